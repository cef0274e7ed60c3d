"""Where the middle of a median band may lie, for the large engine: a few plans, tried one after the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from territory_opt._typing import FloatArray, IntArray
from territory_opt.formulation.median import Placement
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.termination import Limit

__all__ = ["Plan", "median_plans", "try_plans"]

Plan: TypeAlias = Mapping[str, Placement]

_PARTS = (1.0, 0.5, 0.0)
"""Planned middle, from that of the books of the relaxation (0) to the middle the relaxation chose (1)."""

_SEARCH_SHARE, _OTHER_SHARE = 0.5, 0.15
_ROUGH = 1.0
"""Gap of a try: its first answer is enough to compare plans by."""


def median_plans(
    settled: Plan | None, books: Mapping[str, FloatArray] | None, middles: Mapping[str, float]
) -> Iterator[Plan]:
    """Make the plans worth trying, the most promising first.

    Parameters
    ----------
    settled : mapping of measure to Placement, or None
        What a program over the classes of the books has settled.
    books : mapping of measure to ndarray of shape (n_reps,), or None
        Books of an answer with a free middle, per full unit of capacity; None when there is no answer.
    middles : mapping of measure to float
        The free middles of that answer.

    Yields
    ------
    mapping of measure to Placement
        One per measure.

    Notes
    -----
    With a free middle T the books spread over the whole band of T, and their own median may lie anywhere in it. Where
    some books cannot be large, the median has to stay near T; where it costs nothing, the median of the books is as
    good.

    Examples
    --------
    >>> import numpy as np
    >>> plans = median_plans(None, {"load": np.array([8.0, 12.0, 12.0])}, {"load": 10.0})
    >>> [plan["load"].middle for plan in plans]
    [10.0, 11.0, 12.0]
    """
    if settled is not None:
        yield settled
    if books is not None:
        placed = {name: Placement.of_books(full) for name, full in books.items()}
        for part in _PARTS:
            yield {name: one.towards(middles[name], part) for name, one in placed.items()}


def try_plans(
    plans: Sequence[Plan],
    solve: Callable[[Plan, Request, IntArray | None, float], Attempt],
    objective: Callable[[Attempt], float],
    request: Request,
    bound: float,
    relaxed: IntArray | None = None,
) -> Attempt:
    """Solve with every plan, then improve the best answer in the time that is left.

    Parameters
    ----------
    plans : sequence of mapping
        Plans; none above zero in the middle is skipped.
    solve : callable
        Solves with one plan within a request, from an alignment that is to be mended, or anew; gives up when the plan
        cannot get below the last argument.
    objective : callable
        Objective of an attempt with an alignment.
    request : Request
        Limits; its gap ends the tries.
    bound : float
        Bound that holds whatever the plan.
    relaxed : ndarray of int, shape (n_accounts,), optional
        Answer with a free middle. The last plan keeps its books on their side of the middle, so it begins there.

    Returns
    -------
    Attempt
        The best answer, or the first reason why there is none.
    """
    usable = [plan for plan in plans if all(placement.middle > 0 for placement in plan.values())]
    if plans and not usable:
        return Attempt(None, bound, request.stopped_by(), "the median that was planned is not above zero")
    if len(usable) <= 1:
        return solve(usable[0] if usable else {}, request, None, math.inf)
    best: tuple[float, Attempt, Plan] | None = None
    failed: Attempt | None = None
    for number, plan in enumerate(usable):
        share, least = (_SEARCH_SHARE, math.inf) if best is None else (_OTHER_SHARE, best[0])
        near = relaxed if number + 1 == len(usable) else None
        found = solve(plan, request.within(share * request.remaining, gap=max(_ROUGH, request.gap)), near, least)
        if found.rep_index is None:
            failed = failed or found
        else:
            value = objective(found)
            if best is None or value < best[0]:
                best = value, found, plan
                request.tell("median", value, bound)
        if found.limit is Limit.INTERRUPTED or request.remaining == 0 or _near(best, bound, request.gap):
            break
    if best is None:
        assert failed is not None  # every try ended one way or the other
        return replace(failed, bound=bound, limit=request.stopped_by())
    value, found, plan = best
    if found.limit is Limit.INTERRUPTED or _near(best, bound, request.gap):
        return found
    last = solve(plan, request, found.rep_index, math.inf) if request.remaining else Attempt(None, limit=Limit.TIME)
    if last.rep_index is not None and objective(last) <= value:
        return last
    return replace(found, limit=last.limit)


def _near(best: tuple[float, Attempt, Plan] | None, bound: float, gap: float) -> bool:
    return best is not None and math.isfinite(bound) and best[0] - bound <= gap * abs(best[0])
