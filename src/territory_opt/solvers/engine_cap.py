"""A cap on disruption for the large engine: a price on moved value, raised until the cap is kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from territory_opt._typing import IntArray
from territory_opt.solvers.attempt import Request
from territory_opt.solvers.lagrangian.instance import (
    EngineInstance,
    EngineLimit,
    EngineOutcome,
    EngineStatus,
    relative_gap,
)
from territory_opt.solvers.lagrangian.score import score

__all__ = ["Cap", "solve_capped"]

_MOST_PRICES = 16
_MOST_GROWTHS = 8
_FIRST = 0.05
_GROWTH = 4.0
_AIM = 0.003
_NARROW = 1e-4
_SEARCH_SHARE = 0.6
_PROVEN = 1e-6
_ROOM = 1e-9
_FORGIVEN = 2e-6
"""What evaluation forgives, and as much again."""


@dataclass(frozen=True, slots=True)
class Cap:
    """A budget of value that may move.

    Attributes
    ----------
    owned : float
        Value that has an owner.
    budget : float
        How much of it may move.
    moved : callable
        Moved value of an outcome's ``rep_index``.
    instance : callable
        The instance with a price per unit of moved value.
    fewest : callable
        The instance whose objective is nothing but moved value.
    """

    owned: float
    budget: float
    moved: Callable[[IntArray], float]
    instance: Callable[[float], EngineInstance]
    fewest: Callable[[], EngineInstance]


def solve_capped(
    cap: Cap, solve: Callable[[EngineInstance, Request], EngineOutcome], request: Request
) -> EngineOutcome:
    """Solve an instance under a cap on what moves.

    Parameters
    ----------
    cap : Cap
        The budget, and how to price it.
    solve : callable
        Solves one instance within a request.
    request : Request
        Limits.

    Returns
    -------
    EngineOutcome
        Objective and bound without the price; ``cap_price`` is the price that gives the bound.

    Notes
    -----
    With a price mu >= 0 on moved value, the least priced objective less ``mu budget`` is a bound for every mu
    (Geoffrion 1974, doi:10.1007/BFb0120690). What moves falls as mu rises: mu is bracketed, then interpolated towards
    just below the budget. Answers that keep the budget are compared by their objective without the price. Where none
    does, the least value that has to move is bounded: above the budget it is a proof that there is no answer.
    """
    search = _Search(cap, request)
    quick = request.within(_SEARCH_SHARE * request.remaining, gap=1.0)
    price = 0.0
    for number in range(_MOST_PRICES):
        if not search.take(price, solve(cap.instance(price), quick)):
            break
        if search.done or search.low is None or quick.remaining <= 0:
            break
        if search.high is None and number >= _MOST_GROWTHS:
            break
        if search.high is not None and search.high[0] - search.low[0] <= _NARROW * search.high[0]:
            break
        price = _next_price(search.low, search.high, cap, search.level)
    if search.stopped:
        return search.outcome()
    if search.high is None and search.low is not None and request.remaining > 0:
        search.possible(solve(cap.fewest(), request.within(0.5 * request.remaining, gap=1.0)))
    if not search.done and not search.stopped and search.high is not None and request.remaining > 0:
        search.take(search.high[0], solve(cap.instance(search.high[0]), request))
    return search.outcome()


class _Search:
    """What the prices tried so far have brought: the best answer, the best bound, and the bracket."""

    def __init__(self, cap: Cap, request: Request) -> None:
        self._cap, self._request = cap, request
        self._best: EngineOutcome | None = None
        self._last: EngineOutcome | None = None
        self._bounding: EngineOutcome | None = None
        self._price, self.bound = 0.0, -math.inf
        self.low: tuple[float, float] | None = None
        self.high: tuple[float, float] | None = None
        self.level = 0.0
        self.done = self.stopped = False

    def take(self, price: float, outcome: EngineOutcome) -> bool:
        """Note an outcome at a price; False when no further price can help."""
        cap, self._last = self._cap, outcome
        self.stopped |= outcome.limit is EngineLimit.INTERRUPTED
        bound = outcome.bound - price * cap.budget
        if self._bounding is None or bound > self.bound:
            self.bound, self._price, self._bounding = bound, price, outcome
        if outcome.rep_index is None:
            self.done = outcome.status is EngineStatus.INFEASIBLE
            return False
        moved = cap.moved(outcome.rep_index)
        self.level = outcome.objective - price * moved
        if moved <= cap.budget + _ROOM * cap.owned:
            if self._best is None or self.level < self._best.objective:
                self._best = replace(outcome, objective=self.level)
            self.high = (price, moved)
        else:
            self.low = (price, moved)
        best = None if self._best is None else self._best.objective
        self._request.tell("cap on disruption", best, self.bound)
        self.done = best is not None and relative_gap(best, self.bound) <= self._request.gap
        return not self.stopped

    def possible(self, fewest: EngineOutcome) -> bool:
        """Note the answer that moves least; False when even that is proven to be too much."""
        cap = self._cap
        self.stopped |= fewest.limit is EngineLimit.INTERRUPTED
        if fewest.bound > cap.budget + _FORGIVEN * max(cap.owned, 1.0) or fewest.status is EngineStatus.INFEASIBLE:
            share = fewest.bound / max(cap.owned, 1e-300)
            detail = f"the other limits make at least {100.0 * share:.4g}% of the owned value change owner"
            detail = fewest.detail if fewest.status is EngineStatus.INFEASIBLE else detail
            self._last = replace(
                fewest, rep_index=None, objective=math.inf, status=EngineStatus.INFEASIBLE, limit=None, detail=detail
            )
            self.done = True
            return False
        if fewest.rep_index is not None and cap.moved(fewest.rep_index) <= cap.budget + _ROOM * cap.owned:
            objective, broken = score(cap.instance(0.0), fewest.rep_index, fewest.scale)
            if not broken:
                self._best = replace(fewest, objective=objective)
        return True

    def outcome(self) -> EngineOutcome:
        """Return the best answer with the best bound."""
        last, best = self._last, self._best
        assert last is not None and self._bounding is not None
        if last.status is EngineStatus.INFEASIBLE:
            return last
        limit = EngineLimit.ITERATIONS if self._request.remaining > 0 else EngineLimit.TIME
        limit = EngineLimit.INTERRUPTED if self.stopped else limit
        if best is None:
            detail = last.detail or "no alignment was found that keeps the cap on disruption"
            best = replace(last, rep_index=None, objective=math.inf, status=EngineStatus.NO_ALIGNMENT, detail=detail)
        best = replace(best, bound=self.bound, duals=self._bounding.duals, cap_price=self._price, limit=limit)
        if best.rep_index is None:
            return best
        gap = relative_gap(best.objective, self.bound)
        if gap <= _PROVEN:
            return replace(best, status=EngineStatus.OPTIMAL, limit=None)
        limit = EngineLimit.GAP if gap <= self._request.gap else limit
        return replace(best, status=EngineStatus.FEASIBLE, limit=limit)


def _next_price(low: tuple[float, float], high: tuple[float, float] | None, cap: Cap, objective: float) -> float:
    """Return a price between the two that moved too much and too little, near where the budget is just kept."""
    if high is None:
        return _GROWTH * low[0] if low[0] else _FIRST * max(abs(objective), 1e-9) / max(cap.owned, 1e-9)
    aim = cap.budget * (1.0 - _AIM)
    share = (low[1] - aim) / max(low[1] - high[1], 1e-300)
    return low[0] + min(max(share, 0.1), 0.9) * (high[0] - low[0])
