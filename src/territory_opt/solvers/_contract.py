"""What every backend does alike: starts, proofs of impossibility, and the better of two points."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.formulation.program import IntegerProgram
from territory_opt.solvers.base import POINT_TOLERANCE, ProgramOptions, ProgramOutcome, ProgramReason, box_bound

__all__ = ["better_point", "crossed", "impossible", "unbounded", "usable_start"]

_DOUBT_SECONDS = 20.0


def impossible(detail: str, began: float, solver: str) -> ProgramOutcome:
    """Outcome of a program that is proven to have no solution.

    Parameters
    ----------
    detail : str
        Who says so, in a sentence.
    began : float
        Moment of ``time.perf_counter()`` at which the solve began.
    solver : str
        Name of the backend.

    Examples
    --------
    >>> impossible("bounds cross", time.perf_counter(), "highs").bound
    inf
    """
    seconds = time.perf_counter() - began
    return ProgramOutcome(None, None, np.inf, ProgramReason.INFEASIBLE, None, detail, seconds, solver)


def usable_start(program: IntegerProgram, options: ProgramOptions) -> FloatArray | None:
    """The start that was given, if it satisfies the program."""
    start = options.start
    return start if start is not None and program.violation(start) <= POINT_TOLERANCE else None


def better_point(program: IntegerProgram, start: FloatArray | None, x: FloatArray | None) -> FloatArray | None:
    """The start or what was found, whichever costs less; what was found when they cost the same."""
    if start is not None and (x is None or program.objective(start) < program.objective(x)):
        return start
    return x


def crossed(program: IntegerProgram) -> bool:
    """Whether bounds cross, or a row without terms cannot hold."""
    # PuLP turns a ranged row into two and drops rows without terms: what it cannot say is settled here.
    bare = np.diff(program.indptr) == 0
    return bool(
        (program.row_lower > program.row_upper).any()
        or (program.col_lower > program.col_upper).any()
        or (program.row_lower[bare] > POINT_TOLERANCE).any()
        or (program.row_upper[bare] < -POINT_TOLERANCE).any()
    )


def unbounded(program: IntegerProgram, claimed: bool) -> bool:
    """Whether a program that a solver calls infeasible or ``claimed`` unbounded is the latter."""
    # Several solvers say one of the two words for "either": without costs only infeasibility is left to find.
    if not claimed and np.isfinite(box_bound(program)):
        return False
    from territory_opt.solvers.highs import HighsBackend

    still = replace(program, cost=np.zeros(program.n_columns))
    return HighsBackend().solve(still, ProgramOptions(time_limit=_DOUBT_SECONDS)).x is not None
