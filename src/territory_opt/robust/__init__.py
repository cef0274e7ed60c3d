"""Bands that hold although the forecast is wrong, and what that costs."""

from territory_opt.robust.answer import RobustResult, RobustRound
from territory_opt.robust.search import solve_robust

__all__ = ["RobustResult", "RobustRound", "solve_robust"]
