"""Limits on variation by the large engine: prices of the limit itself, and books where they want them to be."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.alignment import Alignment
from territory_opt.criteria.base import Criterion, canonical_measure
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.costs import Costs
from territory_opt.criteria.travel import Travel
from territory_opt.criteria.variation import Variation
from territory_opt.errors import UnsupportedError
from territory_opt.evaluation import Evaluation, evaluate
from territory_opt.formulation.groups import merge_families
from territory_opt.problem import Problem
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.solvers.banded import banded
from territory_opt.solvers.bridge import obstacles, to_instance
from territory_opt.solvers.carve import EXACT_MEDIAN_PAIRS
from territory_opt.solvers.engine_carve import engine_carve
from territory_opt.solvers.engine_exact import exactly
from territory_opt.solvers.lagrangian.instance import EngineInstance
from territory_opt.solvers.variations import has_variation
from territory_opt.solvers.widened import fitted, unbounded
from territory_opt.solvers.worst_books import worst_books
from territory_opt.termination import Limit

__all__ = ["engine_varied", "varied_obstacles"]

_BANDED_SHARE, _BANDED_GAP = 0.25, 0.05
_CLIMB_SHARE, _CLIMBS = 0.2, 12
_NEWEST = 0.3
"""Weight of the newest multipliers in their mean: narrow bands have high prices, so that single ones swing."""
_LEAST_HALF = 0.05
_RUN_AWAY = 1e30
_CARVE_SHARE, _ROUNDS, _GAINED = 0.7, 6, 0.1
_ANY_GAP = 1.0


def varied_obstacles(problem: Problem) -> tuple[str, ...]:
    """What the engine cannot take, in words, where bands stand in for limits on variation.

    Parameters
    ----------
    problem : Problem
        The statement.

    Returns
    -------
    tuple of str
        One phrase each.
    """
    limits = [c for c in problem.criteria if isinstance(c, Variation)]
    if limits and banded(problem) is None and any(problem.measure(c.measure).pair_dependent for c in limits):
        return ("a limit on variation beside another limit on a measure that depends on the rep",)
    return obstacles(problem.replace(criteria=[c for c in problem.criteria if not isinstance(c, Variation)]))


def engine_varied(problem: Problem, home_index: IntArray | None, request: Request) -> Attempt:
    """Solve with the large engine, limits on the coefficient of variation included.

    Parameters
    ----------
    problem : Problem
        Without :func:`varied_obstacles`.
    home_index : ndarray of int, shape (n_reps,), or None
        Chosen homes.
    request : Request
        Limits and listeners.

    Returns
    -------
    Attempt
        Best alignment, and a bound that holds for the limits as asked.

    Raises
    ------
    UnsupportedError
        If a criterion cannot be expressed; the message names solvers that can.

    Notes
    -----
    D-CV-1. Bands that keep the limit give a first answer. Then multipliers and books take turns: at given multipliers
    the books inside the limit that are worth least (:func:`~territory_opt.solvers.worst_books.worst_books`) make a
    Lagrangian bound of the limit itself, and bands about as wide as these books lie from their mean make better
    multipliers, of which a mean is kept. The answer is carved inside such bands. Where travel lowers a measure, its
    total is known as closely as a better alignment than the first answer can travel; where even that is not known, the
    limit is left out of the bound. Problems of up to 2,000 pairs end with one integer program.
    """
    if not has_variation(problem):
        return engine_carve(problem, home_index, request)
    blocked = varied_obstacles(problem)
    if blocked:
        raise UnsupportedError(f"the large engine cannot take {', '.join(blocked)}; solver='core' and 'highs' can")
    best = _Best(problem, home_index, request)
    try:
        return _searched(problem, home_index, request, best)
    except KeyboardInterrupt:
        best.interrupted = True
        return best.attempt


def _searched(problem: Problem, home_index: IntArray | None, request: Request, best: _Best) -> Attempt:
    """Go through the steps as long as there is time and a gap."""
    narrow = banded(problem)
    if narrow is not None:
        best.take(narrow, request.within(_BANDED_SHARE * request.remaining, gap=max(_BANDED_GAP, request.gap)))
    if best.over:
        return best.attempt
    halves = _climb(problem, home_index, best, request.within(_CLIMB_SHARE * request.remaining))
    if halves is not None and not best.over:
        books = _even(problem) if best.score is None else best.score.books
        best.take(fitted(problem, books, halves), request.within(_CARVE_SHARE * request.remaining))
    for _ in range(_ROUNDS):
        if best.score is None or best.over:
            break
        before = best.objective
        best.take(fitted(problem, best.score.books), request)
        if before - best.objective <= _GAINED * request.gap * abs(before):
            break
    if not best.over and (halves is None or best.bound == -math.inf):
        # Without the limits the engine has a bound of its own.
        fewer = problem.replace(criteria=[c for c in problem.criteria if not isinstance(c, Variation)])
        loose = engine_carve(fewer, home_index, replace(request, on_event=None, gap=_ANY_GAP, start=None))
        if loose.infeasible:
            return loose
        best.raise_bound(loose.bound)
    if problem.n_accounts * problem.n_reps <= EXACT_MEDIAN_PAIRS and not best.over:
        return exactly(problem, home_index, unbounded(request, best.objective), best.attempt)
    return best.attempt


class _Best:
    """The best answer and bound so far, both told as they improve."""

    def __init__(self, problem: Problem, home_index: IntArray | None, request: Request) -> None:
        self.problem, self.home_index, self.request = problem, home_index, request
        self.found: Attempt | None = None
        self.score: Evaluation | None = None
        self.bound = -math.inf
        self.words = "no alignment was found in bands that keep the limits on variation"
        self.interrupted = False

    @property
    def objective(self) -> float:
        return math.inf if self.score is None else self.score.objective

    @property
    def closed(self) -> bool:
        return self.score is not None and self.objective - self.bound <= self.request.gap * abs(self.objective)

    @property
    def over(self) -> bool:
        cancel = self.request.cancel
        self.interrupted |= cancel is not None and cancel.requested
        return self.interrupted or self.closed or self.request.remaining <= 0

    @property
    def attempt(self) -> Attempt:
        limit = Limit.GAP if self.closed else Limit.INTERRUPTED if self.interrupted else self.request.stopped_by()
        if self.found is None:
            return Attempt(None, self.bound, limit, self.words)
        return replace(self.found, bound=min(self.bound, self.objective), limit=limit, multipliers=None)

    def take(self, asked: Problem, within: Request) -> None:
        """Solve with bands in the place of the limits; keep what is better and keeps the limits."""
        found = engine_carve(asked, self.home_index, unbounded(within, self.objective, self.bound))
        self.interrupted |= found.limit is Limit.INTERRUPTED
        if found.rep_index is None:
            self.words = found.detail or self.words
            return
        score = evaluate(self.problem, Alignment.from_index(self.problem, found.rep_index, self.home_index))
        if score.feasible and score.objective < self.objective:
            self.found, self.score = found, score

    def raise_bound(self, bound: float) -> None:
        """Keep a better bound."""
        if bound > self.bound:
            self.bound = bound
            self.request.tell("variation", None if self.score is None else self.objective, min(bound, self.objective))


@dataclass(frozen=True, slots=True, eq=False)
class _Laid:
    """The engine's arrays with one measure per limit on variation, the last ones."""

    instance: EngineInstance
    limits: tuple[Variation, ...]

    def inside(self, edges: list[tuple[FloatArray, FloatArray]]) -> EngineInstance:
        """The instance with these limits of books."""
        measures = self.instance.measures
        lower, upper = measures.lower.copy(), measures.upper.copy()
        first = lower.shape[1] - len(self.limits)
        for at, (low, high) in enumerate(edges, first):
            lower[:, at], upper[:, at] = low, high
        return replace(self.instance, measures=replace(measures, lower=lower, upper=upper))


def _even(problem: Problem) -> dict[str, FloatArray]:
    """Books that are even, where the totals are known beforehand."""
    capacity = problem.team.capacity
    return {
        c.measure: float(problem.measure(c.measure).base.sum()) / float(capacity.sum()) * capacity
        for c in problem.criteria
        if isinstance(c, Variation)
    }


def _climb(
    problem: Problem, home_index: IntArray | None, best: _Best, request: Request
) -> dict[str, FloatArray] | None:
    """Raise the bound by turns; half widths of bands for every limited measure, or None where no bound is known."""
    from territory_opt.solvers.lagrangian.duals import bound_at, near_duals

    limits = tuple(c for c in problem.criteria if isinstance(c, Variation))
    totals = [_total(problem, c.measure, best) for c in limits]
    if any(total is None for total in totals):
        return None
    capacity = problem.team.capacity
    laid = _Laid(_lay(problem, limits, home_index), limits)
    known = [total for total in totals if total is not None]
    middles = [_middle(c, best, total) for c, total in zip(limits, known, strict=True)]
    halves = [c.at_most * middle * np.ones(len(capacity)) for c, middle in zip(limits, middles, strict=True)]
    duals: FloatArray | None = None
    mean_duals: FloatArray | None = None
    wanted, least = halves, math.inf

    def stop() -> bool:
        return request.remaining <= 0 or best.over

    for _ in range(_CLIMBS):
        edges = [((m - h) * capacity, (m + h) * capacity) for m, h in zip(middles, halves, strict=True)]
        with np.errstate(over="ignore"):
            duals, value = near_duals(laid.inside(edges), start=duals, stop=stop, n_unrounded=len(limits))
        if not float(np.abs(duals).max(initial=0.0)) < _RUN_AWAY:
            break  # No books are inside such bands: prices grow without end, and say nothing about wider ones.
        if value < least and not stop():  # Half an ascent is low whatever the bands.
            wanted, least = halves, value
        mean_duals = duals if mean_duals is None else (1.0 - _NEWEST) * mean_duals + _NEWEST * duals
        prices = mean_duals[:, mean_duals.shape[1] - len(limits) :].T
        books = []
        for price, c, total in zip(prices, limits, known, strict=True):
            found = worst_books(price, capacity, c.at_most, total)
            if found is None:
                return None
            books.append(found)
        # Books that are worth least are no books of whole accounts.
        reached = bound_at(laid.inside([(found, found) for found in books]), mean_duals, n_unrounded=len(limits))
        best.raise_bound(reached)
        if stop():
            break
        halves = [
            _nearer(half, found / capacity, c.at_most * middle)
            for half, found, c, middle in zip(halves, books, limits, middles, strict=True)
        ]
    return {c.measure: half for c, half in zip(limits, wanted, strict=True)}


def _nearer(half: FloatArray, full: FloatArray, even: float) -> FloatArray:
    """Half widths between those of now and the deviations of books, none of them next to nothing."""
    away = np.maximum(np.abs(full - full.mean()), _LEAST_HALF * even)
    mixed = np.sqrt(np.square(half) + np.square(away))
    nearer: FloatArray = mixed * (even * math.sqrt(len(half)) / float(np.linalg.norm(mixed)))
    return nearer


def _lay(problem: Problem, limits: tuple[Variation, ...], home_index: IntArray | None) -> EngineInstance:
    varied = {canonical_measure(c.measure) for c in limits}
    kept: list[Criterion] = []
    for criterion in problem.criteria:
        if isinstance(criterion, BookLimits) and canonical_measure(criterion.measure) in varied:
            continue  # Without them a bound is still one.
        if not isinstance(criterion, Variation):
            kept.append(criterion)
    wide = np.full(problem.n_reps, np.inf)
    wide[0] = 1e300
    stated = [BookLimits(c.measure, upper=wide) for c in limits]
    changed = problem.replace(criteria=[*kept, *stated])
    return to_instance(changed, merge_families(changed), home_index)


def _middle(criterion: Variation, best: _Best, total: tuple[float, float]) -> float:
    """Mean of the books per full unit of capacity, as the answer has it; without one, of books that are even."""
    capacity = best.problem.team.capacity
    if best.score is not None:
        return float((best.score.books[criterion.measure] / capacity).mean())
    return total[1] / float(capacity.sum())


def _total(problem: Problem, name: str, best: _Best) -> tuple[float, float] | None:
    """Least and greatest total of a measure over alignments better than the answer; None where it is not known."""
    measure = problem.measure(name)
    if not measure.pair_dependent:
        total = float(measure.base.sum())
        return (total, total) if total > 0 else None
    costs = [c for c in problem.criteria if isinstance(c, Costs)]
    weight = sum(c.weight or 0.0 for c in problem.criteria if isinstance(c, Travel) and not c.is_limit)
    if name != "load" or problem.friction_kind_index is not None or measure.table is not None or not weight > 0:
        return None
    if any(float(c.table.min(initial=0.0)) * c.weight < 0 for c in costs) or best.score is None:
        return None
    everyone, nobody = np.arange(problem.n_accounts), np.zeros(problem.n_accounts, dtype=np.int64)
    most = float((measure.base - problem.friction_beyond_travel(everyone, nobody)).sum())
    # No other term is below zero, so that a better alignment travels no more than its objective pays for.
    least = most - problem.friction_per_hour * best.objective / weight
    return (least, most) if least > 0 else None
