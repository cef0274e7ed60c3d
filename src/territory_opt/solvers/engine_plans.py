"""Where the middle of a median band may lie, for the large engine: a few plans, tried one after the other."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.formulation.median import Placement
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.termination import Limit

__all__ = ["Plan", "Try", "between", "median_plans", "priced_plan", "try_plans"]

Plan: TypeAlias = Mapping[str, Placement]

_PARTS = (1.0, 0.5, 0.0)
"""Planned middle, from that of the books of the relaxation (0) to the middle the relaxation chose (1)."""

_SEARCH_SHARE, _OTHER_SHARE, _AGAIN = 0.5, 0.15, 1.2
_LEAST_TRY, _MOST_TRY = 1.0, 6.0
_FURTHER, _GOLDEN, _APART, _LOPSIDED = 6, 0.382, 3e-3, 4.0
_ROUGH = 1.0
"""Gap of a try: its first answer is enough to compare plans by."""


@dataclass(frozen=True, slots=True, eq=False)
class Try:
    """A plan, and an alignment (n_accounts,) that all but keeps it, where one is known.

    Attributes
    ----------
    plan : mapping of measure to Placement
        One per measure.
    near : ndarray of int, shape (n_accounts,), or None
        Where to begin.
    """

    plan: Plan
    near: IntArray | None = None


def median_plans(books: Mapping[str, FloatArray], middles: Mapping[str, float]) -> Iterator[Plan]:
    """Make plans around the books of an answer with a free middle, the most promising first.

    Parameters
    ----------
    books : mapping of measure to ndarray of shape (n_reps,)
        Books of that answer, per full unit of capacity.
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
    >>> plans = median_plans({"load": np.array([8.0, 12.0, 12.0])}, {"load": 10.0})
    >>> [plan["load"].middle for plan in plans]
    [10.0, 11.0, 12.0]
    """
    placed = {name: Placement.of_books(full) for name, full in books.items()}
    for part in _PARTS:
        yield {name: one.towards(middles[name], part) for name, one in placed.items()}


def priced_plan(prices: Mapping[str, FloatArray], middles: Mapping[str, float]) -> Plan:
    """Make a plan from the multipliers of a relaxation alone: whose upper limit pushes hardest gets the largest book.

    Parameters
    ----------
    prices : mapping of measure to ndarray of shape (n_reps,)
        Multipliers of a measure, negative where the upper limit pushes.
    middles : mapping of measure to float
        The free middles of that relaxation.

    Examples
    --------
    >>> import numpy as np
    >>> priced_plan({"load": np.array([-2.0, 3.0, 0.0])}, {"load": 10.0})["load"].order.tolist()
    [1, 2, 0]
    """
    return {name: Placement(np.argsort(-price, kind="stable"), middles[name]) for name, price in prices.items()}


def try_plans(
    tries: Iterable[Try],
    solve: Callable[[Plan, Request, IntArray | None, float], Attempt],
    objective: Callable[[Attempt], float],
    request: Request,
    bound: float,
    *,
    known: tuple[Attempt, Plan] | None = None,
    fallback: Plan | None = None,
    further: int = _FURTHER,
    last: Callable[[float], Request] | None = None,
) -> Attempt:
    """Solve with every plan, then improve the best answer in the time that is left.

    Parameters
    ----------
    tries : iterable of Try
        Plans, taken one by one: what makes the later ones costs nothing when an earlier one is enough. None above zero
        in the middle is skipped.
    solve : callable
        Solves with one plan within a request, from an alignment that is to be mended, or anew; gives up when the plan
        cannot get below the last argument.
    objective : callable
        Objective of an attempt with an alignment.
    request : Request
        Limits; its gap ends the tries.
    bound : float
        Bound that holds whatever the plan.
    known : tuple of Attempt and Plan, optional
        An answer that is in hand, and a plan that it keeps.
    fallback : mapping of measure to Placement, optional
        Plan that is tried, with all the time that is left, where no other one brought an answer.
    further : int
        Most plans that are tried between those that were given, where their values point.
    last : callable
        Limits of the last improvement, given the best objective; default ``request``.

    Returns
    -------
    Attempt
        The best answer, or the first reason why there is none. Ctrl-C, too, returns the best answer so far.
    """
    search = _Tries(solve, objective, request, bound)
    try:
        if known is not None:
            search.take(*known)
        for one in tries:
            if search.over:
                break
            search.run(one)
        for _ in range(further):
            nearer = None if search.over else search.nearer()
            if nearer is None:
                break
            search.run(Try(nearer))
        if search.best is None and fallback is not None and not search.over:
            search.run(Try(fallback), 1.0)
        for one in tuple(search.unfinished):
            if search.best is None and not search.over:
                search.run(one, patient=True)
        if not search.over:
            search.improve(request if last is None or search.best is None else last(search.best[0]))
    except KeyboardInterrupt:
        search.stopped = True
        if request.cancel is not None:
            request.cancel.request()
        if search.best is None:
            raise
    return search.answer()


def between(known: Iterable[tuple[float, float]], best: float) -> float | None:
    """Next middle to try, from the values of those around the best one.

    Parameters
    ----------
    known : iterable of (float, float)
        Middles and the objectives they brought, infinite for none.
    best : float
        The middle with the least.

    Returns
    -------
    float or None
        The least of the parabola through the best middle and its neighbours, or a point in the wider side; one step
        further out where there is no neighbour; None where that is next to a middle that is known.

    Examples
    --------
    >>> between([(8.0, 16.0), (11.0, 1.0), (16.0, 16.0)], 11.0)
    12.0
    """
    least: dict[float, float] = {}
    for middle, value in known:
        least[middle] = min(value, least.get(middle, math.inf))
    below, above = [m for m in least if m < best], [m for m in least if m > best]
    if not below and not above:
        return None
    if not below or not above:
        step = min(above) - best if above else max(below) - best
        found = best - step
    else:
        low, high = max(below), min(above)
        left, right = best - low, high - best
        down, up = least[low] - least[best], least[high] - least[best]
        found = best + _GOLDEN * right if right > left else best - _GOLDEN * left
        bend = down / left + up / right
        # Next to a neighbour the parabola knows little of the other side, and would creep along.
        if math.isfinite(bend) and bend > 0 and max(left, right) <= _LOPSIDED * min(left, right):
            found = best + 0.5 * (down * right / left - up * left / right) / bend
    near = min(abs(found - middle) for middle in least)
    return found if found > 0 and near > _APART * best else None


class _Tries:
    """What the plans tried so far have brought."""

    def __init__(
        self,
        solve: Callable[[Plan, Request, IntArray | None, float], Attempt],
        objective: Callable[[Attempt], float],
        request: Request,
        bound: float,
    ) -> None:
        self._solve, self._objective, self._request, self._bound = solve, objective, request, bound
        self.best: tuple[float, Attempt, Plan] | None = None
        self.stopped = False
        self.unfinished: list[Try] = []
        self._failed: Attempt | None = None
        self._limit: Limit | None = None
        self._took, self._timed_out = 0.0, False
        self._tried: list[tuple[Plan, float]] = []

    @property
    def over(self) -> bool:
        """True when no further step is to be begun."""
        cancel = self._request.cancel
        self.stopped |= cancel is not None and cancel.requested
        return self.stopped or self._request.remaining == 0 or self._near()

    def _near(self) -> bool:
        if self.best is None or not math.isfinite(self._bound):
            return False
        value = self.best[0]
        return value - self._bound <= self._request.gap * abs(value)

    def take(self, found: Attempt, plan: Plan) -> None:
        """Note what a plan has brought."""
        self.stopped |= found.limit is Limit.INTERRUPTED
        if found.rep_index is None:
            self._failed = self._failed or found
            self._timed_out |= found.limit is Limit.TIME
            self._tried.append((plan, math.inf))
            return
        value = self._objective(found)
        self._tried.append((plan, value))
        if self.best is None or value < self.best[0]:
            self.best = value, found, plan
            self._request.tell("median", value, self._bound)

    def run(self, one: Try, share: float = _SEARCH_SHARE, *, patient: bool = False) -> None:
        """Try a plan until its first answer, in a share of the time that is left.

        Without patience, not for many times what was spent so far: another plan may have an answer at once.
        """
        request = self._request
        if not all(placement.middle > 0 for placement in one.plan.values()):
            why = "the median that was planned is not above zero"
            self._failed = self._failed or Attempt(None, self._bound, request.stopped_by(), why)
            return
        left, seconds, least = request.remaining, share * request.remaining, math.inf
        if not patient:
            seconds = min(seconds, max(_LEAST_TRY, _MOST_TRY * (time.perf_counter() - request.started)))
        if self.best is not None:
            # What the last answer took, and a little more, where a longer limit's share is not more anyway.
            seconds, least = min(max(_OTHER_SHARE * left, _AGAIN * self._took), seconds), self.best[0]
        within = request.within(seconds, gap=max(_ROUGH, request.gap))
        found = self._solve(one.plan, within, one.near, least)
        if found.rep_index is not None:
            self._took = left - request.remaining
        elif found.limit is Limit.TIME and not patient:
            self.unfinished.append(one)
        self.take(found, one.plan)

    def nearer(self) -> Plan | None:
        """Plan whose middles lie where those tried say the best ones are; None where they say nothing new."""
        if self.best is None:
            return None
        plan = dict(self.best[2])
        moved = False
        for name, placement in plan.items():
            known = [(other[name].middle, value) for other, value in self._tried if name in other]
            middle = between(known, placement.middle)
            if middle is not None:
                plan[name], moved = Placement(placement.order, middle), True
        return plan if moved else None

    def improve(self, request: Request) -> None:
        """Improve the best answer with its plan."""
        if self.best is not None:
            _, found, plan = self.best
            last = self._solve(plan, request, found.rep_index, math.inf)
            self._limit = last.limit
            self.take(last, plan)

    def answer(self) -> Attempt:
        """Return the best answer, and what ended the search for a better one."""
        if self.best is None:
            why = "no plan of the medians was tried"
            failed = self._failed or Attempt(None, detail=why)
            return replace(failed, bound=self._bound, limit=self._stopped_by())
        found = self.best[1]
        if self._near():
            return found
        return replace(found, limit=self._stopped_by() if self.stopped or self._limit is None else self._limit)

    def _stopped_by(self) -> Limit:
        if self.stopped:
            return Limit.INTERRUPTED
        return Limit.TIME if self._timed_out else self._request.stopped_by()
