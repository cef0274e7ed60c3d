"""The tightest level of a criterion that is limited and never minimised: a ladder of limits, each tried on its own."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from territory_opt.alignment import Alignment
from territory_opt.criteria.base import Criterion
from territory_opt.diagnose.options import edges, least_edge
from territory_opt.diagnose.trial import Clock, try_problem
from territory_opt.evaluation import evaluate
from territory_opt.frontier.axis import Axis
from territory_opt.problem import Problem

__all__ = ["Least", "Rung", "tightest_level"]

_FIRST, _FACTOR = 0.02, 4.0
_CLOSE = 1.5
_RUNG_SHARE = 0.25
_FARTHEST = 1e3
"""Deviations beyond are no deviations: friction has eaten up the mean."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of a ladder that was tried.

    Attributes
    ----------
    level : float
        The limit.
    status : {"kept", "impossible", "not found"}
        What came out; ``"not found"`` proves nothing.
    value : float
        What the answer reads; NaN without one.
    seconds : float
        Wall-clock seconds.
    """

    level: float
    status: str
    value: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Least:
    """The tightest level found, below which one there is proven to be none, and the rungs in between."""

    value: float
    bound: float
    alignment: Alignment
    rungs: tuple[Rung, ...]
    interrupted: bool = False


def tightest_level(
    problem: Problem,
    axis: Axis,
    start: Alignment,
    tolerance: float,
    deadline: float,
    options: Mapping[str, Any],
) -> Least:
    """Lower a limit step by step until it is proven, or seems, too tight.

    Parameters
    ----------
    problem : Problem
        Its limits hold at every level.
    axis : Axis
        A balance or a variation.
    start : Alignment
        That keeps the limits of the problem.
    tolerance : float
        Stop when found and ruled out are so close.
    deadline : float
        Moment of ``time.perf_counter()`` to be done by.
    options : mapping
        ``seed``, ``threads``, ``solver`` and ``cancel`` of the solves.

    Returns
    -------
    Least
        Its bound is proven: by counting, or by a solver that found no alignment.

    Notes
    -----
    Levels fall by a factor of four until one is out of reach, then by the geometric mean of what was reached and what
    was not. A level that no answer was found for in its share of the time is not tried again, and proves nothing.
    """
    evaluation = evaluate(problem, start)
    best, alignment = axis.value(problem, start, evaluation), start
    bound = missed = _ruled_out(problem, axis, best)
    clock, rungs, cancel = Clock(deadline, options["seed"]), list[Rung](), options["cancel"]
    widest, interrupted = min(axis.widest(problem), _FARTHEST), False
    while best - max(bound, missed) > tolerance and clock.remaining > 0 and not interrupted:
        floor = max(bound, missed)
        if (cancel is not None and cancel.requested) or floor >= widest:
            break
        level = min(_next(best, floor, tolerance, first=not rungs), best, widest)
        began = time.perf_counter()
        asked = _limited(problem, axis.limit(problem, level))
        how = {name: options[name] for name in ("solver", "threads", "cancel")}
        trial = try_problem(asked, clock, share=_RUNG_SHARE, **how)
        interrupted = trial.interrupted
        value, status = math.nan, "impossible" if trial.impossible else "not found"
        if trial.alignment is not None:
            found = _of(problem, trial.alignment)
            value, status = axis.value(problem, found, evaluate(problem, found)), "kept"
            if value < best:
                best, alignment = value, found
            else:
                # Kept within what evaluation forgives, and no better: nothing tighter can be told apart.
                missed = level
        elif trial.impossible:
            bound = max(bound, level)
        else:
            missed = level
        rungs.append(Rung(level, status, value, time.perf_counter() - began))
    return Least(best, min(bound, best), alignment, tuple(rungs), interrupted)


def _next(best: float, floor: float, tolerance: float, *, first: bool) -> float:
    """Level to try between what is out of reach and what was reached."""
    if floor <= 0:
        return max(min(best / _FACTOR, _FIRST) if first else best / _FACTOR, tolerance / 2)
    if not math.isfinite(best):
        return floor * _FACTOR
    if best > _CLOSE * floor:
        return math.sqrt(floor * best)
    return (floor + best) / 2


def _ruled_out(problem: Problem, axis: Axis, best: float) -> float:
    """Level up to which counting alone shows that there is no alignment."""
    known = 0.0
    for edge in edges(problem, axis.limit(problem, 0.0)):
        least = least_edge(_limited(problem, edge.criterion), edge)
        known = max(known, least if least > edge.now else 0.0)
    return min(known, best)


def _limited(problem: Problem, limit: Criterion) -> Problem:
    return problem.with_criteria(limit)


def _of(problem: Problem, found: Alignment) -> Alignment:
    """The alignment as one of the problem itself, at its homes."""
    return Alignment.from_index(problem, found.rep_index, found.home_index)
