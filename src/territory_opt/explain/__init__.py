"""Why an account is where it is, and what is in a book and why."""

from territory_opt.explain.account import Barred, Explanation, FactorLine, Option
from territory_opt.explain.ask import explain
from territory_opt.explain.flip import Flip
from territory_opt.explain.prepared import Prepared, prepare
from territory_opt.explain.rep import BookLine, Move, Near, RepExplanation, explain_rep
from territory_opt.explain.shadow import ShadowPrices, shadow_prices
from territory_opt.explain.verify import Verified

__all__ = [
    "Barred",
    "BookLine",
    "Explanation",
    "FactorLine",
    "Flip",
    "Move",
    "Near",
    "Option",
    "Prepared",
    "RepExplanation",
    "ShadowPrices",
    "Verified",
    "explain",
    "explain_rep",
    "prepare",
    "shadow_prices",
]
