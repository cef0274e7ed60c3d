"""Limits on variation at size: bands that keep them, wider where books press and narrower where they do not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.alignment import Alignment
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion, canonical_measure
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.variation import Variation
from territory_opt.evaluation import evaluate
from territory_opt.problem import Problem
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.solvers.banded import banded
from territory_opt.termination import Limit

__all__ = ["fitted", "share_of_room", "unbounded", "widen"]

_ROUNDS = 6
_FIRST_SHARE, _ROUND_SHARE = 0.4, 0.3
_ROUGH_GAP = 5e-3
_EVEN = 0.2
"""Part of the room that all books share alike, wherever they are today."""
_MOVING_MARGIN = 5e-3
"""Part of the room left free where the mean itself moves with the alignment."""

Solve: TypeAlias = Callable[[Problem, Request], Attempt]


def widen(problem: Problem, home_index: IntArray | None, request: Request, solve: Solve) -> Attempt:
    """Find an answer that keeps every limit on variation, by bands alone.

    Parameters
    ----------
    problem : Problem
        With limits on variation.
    home_index : ndarray of int, shape (n_reps,), or None
        Chosen homes.
    request : Request
        Limits and listeners.
    solve : callable
        Solves a problem without limits on variation.

    Returns
    -------
    Attempt
        Its alignment keeps the limits; its bound says nothing.

    Notes
    -----
    The first bands are as narrow as the limit for all books. A book far from the mean leaves room to none, one close to
    it leaves its room to others: the squares of the half widths add up to what the limit allows. Every round keeps the
    present books inside and shares out the room that is left as they do: most to those at the edge.
    """
    best, least, detail = None, math.inf, "no alignment was found in bands that keep the limits on variation"
    narrow = banded(problem)
    if narrow is None:
        return Attempt(None, -math.inf, request.stopped_by(), detail)
    rough = max(request.gap, _ROUGH_GAP)
    asked, within = narrow, request.within(_FIRST_SHARE * request.remaining, gap=rough)
    for _ in range(_ROUNDS):
        found = solve(asked, unbounded(within, least))
        if found.rep_index is None:
            detail = found.detail or detail
            break
        score = evaluate(problem, Alignment.from_index(problem, found.rep_index, home_index))
        if not score.feasible or not score.objective < least:
            break
        gained, best, least = least - score.objective, found, score.objective
        if found.limit is Limit.INTERRUPTED or request.remaining <= 0:
            break
        last = gained <= rough * abs(least)
        if last and within.gap <= request.gap:
            break
        asked = fitted(problem, score.books)
        share = 1.0 if last else _ROUND_SHARE
        within = request.within(share * request.remaining, gap=request.gap if last else rough)
        within = replace(within, start=found.rep_index)
    if best is None:
        return Attempt(None, -math.inf, request.stopped_by(), detail)
    return replace(best, bound=-math.inf)


def fitted(
    problem: Problem, books: Mapping[str, FloatArray], halves: Mapping[str, FloatArray] | None = None
) -> Problem:
    """State a problem with limits per book in the place of every limit on variation.

    Parameters
    ----------
    problem : Problem
        The statement.
    books : mapping of str to ndarray of float, shape (n_reps,)
        Totals of every book: they say where the mean is.
    halves : mapping of str to ndarray of float, shape (n_reps,), optional
        How wide bands are, compared with each other. Without, all these books are inside, and the room they leave is
        shared out as they share theirs.

    Returns
    -------
    Problem
        Whoever keeps its criteria keeps those asked for, as long as the mean of the books is where it is now.
    """
    capacity = problem.team.capacity
    kept: dict[object, Criterion] = {c.key: c for c in problem.criteria if not isinstance(c, Variation)}
    for criterion in problem.criteria:
        if not isinstance(criterion, Variation):
            continue
        name, measure = canonical_measure(criterion.measure), problem.measure(criterion.measure)
        book = books[criterion.measure]
        full = book / capacity
        mean = float(full.mean())
        room = criterion.at_most**2 * mean**2 * len(full)
        # With capacities that differ the mean moves too, whatever is in the books.
        if measure.pair_dependent or not (capacity == capacity[0]).all():
            room *= (1.0 - _MOVING_MARGIN) ** 2
        away = np.square(full - mean)
        if halves is None:
            half = np.sqrt(away + max(room - float(away.sum()), 0.0) * share_of_room(away))
        else:
            half = halves[criterion.measure] * math.sqrt(room / float(np.square(halves[criterion.measure]).sum()))
        low, high = mean - half, mean + half
        own = kept.get(("balance", name))
        if isinstance(own, Balance) and own.is_limit and own.within is not None and own.of != "target":
            low, high = _inside(own, low, high, mean)
            del kept[own.key]
        low, high = low * capacity, high * capacity
        before = kept.get(("book_limits", name))
        if isinstance(before, BookLimits):
            limits = before.per_rep(problem.n_reps)
            low, high = np.maximum(low, limits[0]), np.minimum(high, limits[1])
        if halves is None:
            low, high = np.minimum(low, book), np.maximum(high, book)
        merged = BookLimits(criterion.measure, lower=low, upper=np.maximum(low, high))
        kept[merged.key] = merged
    return problem.replace(criteria=list(kept.values()))


def share_of_room(weight: FloatArray) -> FloatArray:
    """How books share the squares of their half widths, shape (k,), adding up to 1.

    Examples
    --------
    >>> share_of_room(np.array([4.0, 0.0])).round(2).tolist()
    [0.9, 0.1]
    """
    total = float(weight.sum())
    even = np.full(len(weight), 1.0 / len(weight))
    if not total > 0:
        return even
    shares: FloatArray = _EVEN * even + (1.0 - _EVEN) * weight / total
    return shares


def _inside(own: Balance, low: FloatArray, high: FloatArray, mean: float) -> tuple[FloatArray, FloatArray]:
    """Cut limits per full unit of capacity so that a band around the mean or the median of the same books is kept."""
    within = own.within or 0.0
    least, most = mean, mean
    if own.of == "median":
        least, most = float(np.median(low)), float(np.median(high))
    return np.maximum(low, (1.0 - within) * most), np.minimum(high, (1.0 + within) * least)


def unbounded(request: Request, least: float, bound: float = -math.inf) -> Request:
    """Hear answers of narrower bands where they are better than what is known, and no bound but the one that is.

    Parameters
    ----------
    request : Request
        Whose listener is told.
    least, bound : float
        Objective and bound so far.
    """
    if request.on_event is None:
        return request
    tell = request.on_event
    known = None if math.isinf(least) else least
    proven = None if math.isinf(bound) else bound

    def better(objective: float | None) -> float | None:
        return known if objective is None or objective > least else objective

    return replace(
        request, on_event=lambda event: tell(replace(event, bound=proven, objective=better(event.objective)))
    )
