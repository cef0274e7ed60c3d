"""The best bound a solver proved, read where it keeps it: PuLP does not carry it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["cbc_bound", "native_bound"]

_READERS: dict[str, Callable[[Any], float]] = {
    "HiGHS": lambda model: model.getInfo().mip_dual_bound,
    "SCIP_PY": lambda model: model.getDualbound(),
    "GUROBI": lambda model: model.ObjBound,
    "CPLEX_PY": lambda model: model.solution.MIP.get_best_objective(),
    "XPRESS_PY": lambda model: model.attributes.bestbound,
    "COPT": lambda model: model.BestBnd,
}
_ENORMOUS = 1e20


def native_bound(solver: str, problem: Any, log: Path) -> float | None:
    """Return the bound of the program without its offset, or None where it cannot be read."""
    if solver in ("PULP_CBC_CMD", "COIN_CMD"):
        value = cbc_bound(log.read_text(errors="replace")) if log.exists() else None
    else:
        reader, model = _READERS.get(solver), getattr(problem, "solverModel", None)
        if reader is None or model is None:
            return None
        try:
            value = float(reader(model))
        except Exception:  # a vendor's own class, or a pure linear program without such an attribute
            return None
    return value if value is not None and math.isfinite(value) and abs(value) < _ENORMOUS else None


def cbc_bound(log: str) -> float | None:
    r"""Read the best bound from a log of CBC; None when the log proves none.

    Examples
    --------
    >>> cbc_bound("Result - Stopped on time limit\nObjective value:   12.0\nLower bound:   11.5")
    11.5
    >>> cbc_bound("Result - Optimal solution found\nObjective value:   12.0")
    12.0
    >>> cbc_bound("Cbc0010I After 0 nodes, 1 on tree, 1e+50 best solution, best possible 11.25 (0.1 seconds)")
    11.25
    """
    found = re.findall(r"^Lower bound:\s+(\S+)", log, re.MULTILINE)
    if not found and "Result - Optimal solution found" in log:
        found = re.findall(r"^Objective value:\s+(\S+)", log, re.MULTILINE)
    if not found:
        found = re.findall(r"best possible\s+(-?[\d.eE+-]+)", log)
    try:
        return float(found[-1]) if found else None
    except ValueError:
        return None
