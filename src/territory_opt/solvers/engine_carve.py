"""Carve by the large engine: duals first, then books placed where a band has no fixed middle."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from territory_opt._typing import FloatArray, IntArray, read_only
from territory_opt.alignment import Alignment
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.travel import Travel
from territory_opt.errors import UnsupportedError
from territory_opt.evaluation import evaluate
from territory_opt.events import Progress
from territory_opt.formulation.costs import kept_value, pair_costs, pair_hours
from territory_opt.formulation.formulate import Formulation, formulate, pair_values
from territory_opt.formulation.groups import Groups, merge_families
from territory_opt.multipliers import Multipliers
from territory_opt.problem import Problem
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.solvers.base import ProgramOptions, ProgramOutcome
from territory_opt.solvers.bridge import capped, obstacles, to_instance
from territory_opt.solvers.carve import EXACT_MEDIAN_PAIRS, carve, listener
from territory_opt.solvers.engine_cap import solve_capped
from territory_opt.solvers.engine_plans import Plan, median_plans, try_plans
from territory_opt.solvers.engine_words import in_ids
from territory_opt.solvers.highs import solve_with_highs
from territory_opt.solvers.lagrangian.engine import solve_instance
from territory_opt.solvers.lagrangian.instance import EngineInstance, EngineLimit, EngineOutcome, EngineStatus
from territory_opt.solvers.medians import least_pairs, settle_classes
from territory_opt.termination import Limit

__all__ = ["attempt_of", "engine_carve"]

_CLASS_PAIRS = 1_500_000
_LIKELY_PAIRS = 2.0
_CLASS_SHARE = 0.2
_PLACED_SHARE = 0.6
_PLACED_GAP = 0.25
_MEAN_ROUNDS = 6
_FIND_SHARE, _IMPROVE_SHARE = 0.3, 0.7
_MARGIN, _DRIFT = 5e-4, 0.3
_PROVEN = 1e-9
_LIMITS = {EngineLimit.GAP: Limit.GAP, EngineLimit.TIME: Limit.TIME, EngineLimit.INTERRUPTED: Limit.INTERRUPTED}
_LIMITS[EngineLimit.ITERATIONS] = Limit.ITERATIONS


def engine_carve(problem: Problem, home_index: IntArray | None, request: Request) -> Attempt:
    """Solve with the large engine.

    Parameters
    ----------
    problem : Problem
        The statement.
    home_index : ndarray of int, shape (n_reps,), or None
        Chosen homes.
    request : Request
        Limits and listeners.

    Returns
    -------
    Attempt
        Best alignment and a bound that holds for the bands as asked.

    Raises
    ------
    UnsupportedError
        If a criterion cannot be expressed; the message names solvers that can.

    Notes
    -----
    Bands around a median, or around a mean that friction moves, are first solved with a free middle, a relaxation whose
    bound is kept. Books are then placed (median) or the middle is set to what the books hold (mean), and solved again.
    Problems of up to 2,000 pairs end with one program over everything, so that they end for certain.
    """
    blocked = obstacles(problem)
    if blocked:
        raise UnsupportedError(f"the large engine cannot take {', '.join(blocked)}; solver='core' and 'highs' can")
    groups = merge_families(problem)
    floating = [c for c in problem.criteria if isinstance(c, Balance) and _floats(problem, c)]
    if floating:
        found = _floating(problem, groups, home_index, floating, request)
    else:
        found = attempt_of(problem, groups, _solve(problem, groups, to_instance(problem, groups, home_index), request))
        if found.limit is not Limit.ITERATIONS:
            return found
    if found.limit is Limit.INTERRUPTED or groups.n_groups * problem.n_reps > EXACT_MEDIAN_PAIRS or found.infeasible:
        return found
    return _exactly(problem, home_index, request, found)


def _floating(
    problem: Problem, groups: Groups, home_index: IntArray | None, floating: list[Balance], request: Request
) -> Attempt:
    """Solve a problem some of whose bands have no fixed middle."""
    relaxed = to_instance(problem, groups, home_index)
    first = _solve(problem, groups, relaxed, request.within(0.5 * request.remaining, gap=1.0), relaxed=True)
    if first.status is EngineStatus.INFEASIBLE:
        return attempt_of(problem, groups, first)
    bound = first.bound
    request.tell("linear bound", None, bound)
    medians = [c for c in floating if c.of == "median"]
    classes = _ClassSearch.of(problem, groups, home_index, first) if medians else None
    plans: list[Plan] = [{}]
    if medians:
        request.tell("median", None, bound)
        plans = _plans(problem, groups, home_index, relaxed, first, medians, classes, request)
    middles = {c.measure: _scale_of(relaxed, first, c.measure) for c in floating if c.of == "mean"}

    def solve(plan: Plan, within: Request, near: IntArray | None, least: float) -> Attempt:
        begin = _Begin(first.duals, None if near is None else near[groups.order[groups.starts]], least)
        return _with_middles(problem, groups, home_index, plan, middles, within, bound, begin)

    def objective_of(attempt: Attempt) -> float:
        assert attempt.rep_index is not None
        return evaluate(problem, Alignment.from_index(problem, attempt.rep_index, home_index)).objective

    placing = request.within(_PLACED_SHARE * request.remaining) if classes is not None else request
    free = None if first.rep_index is None else first.rep_index[groups.index]
    found = try_plans(plans, solve, objective_of, placing, bound, free)
    # Prices of the problem itself, not of one placement of its books.
    found = replace(found, multipliers=_multipliers(problem, first))
    if found.rep_index is None or found.limit is Limit.INTERRUPTED:
        return found
    objective = objective_of(found)
    if classes is not None and objective - bound > request.gap * abs(objective):
        # No better alignment uses a pair whose excess is above what there is to win.
        request.tell("median bound", objective, bound)
        open_pairs = classes.excess <= objective - first.bound
        bound = max(bound, settle_classes(classes.exact, open_pairs, request, gap=0.1 * request.gap).bound)
    return replace(found, bound=min(bound, objective))


def _exactly(problem: Problem, home_index: IntArray | None, request: Request, found: Attempt) -> Attempt:
    """End a small problem for certain, where placed books fell short: one program with the middles as columns.

    A placement is a guess; that it has no alignment, or no better one, says nothing about the problem.
    """
    objective = math.inf
    if found.rep_index is not None:
        objective = evaluate(problem, Alignment.from_index(problem, found.rep_index, home_index)).objective
        if objective - found.bound <= request.gap * abs(objective) + _PROVEN * max(1.0, abs(objective)):
            return found

    def method(formulation: Formulation, options: ProgramOptions, within: Request) -> ProgramOutcome:
        return solve_with_highs(formulation.program, options, on_event=listener(within), cancel=within.cancel)

    last = carve(problem, method, home_index, replace(request, start=found.rep_index))
    if last.infeasible and found.rep_index is None:
        return last
    bound = max(found.bound, last.bound) if not last.infeasible else found.bound
    if last.rep_index is not None:
        score = evaluate(problem, Alignment.from_index(problem, last.rep_index, home_index))
        if score.feasible and score.objective < objective:
            return replace(last, bound=min(bound, score.objective))
    if found.rep_index is None:
        return replace(found, bound=bound)
    return replace(found, bound=min(bound, objective), limit=last.limit)


@dataclass(frozen=True, slots=True, eq=False)
class _Begin:
    """Where a solve begins, multipliers and an assignment of groups to be mended, and below what it has to get."""

    duals: FloatArray | None = None
    near: IntArray | None = None
    least: float = math.inf


_NOTHING = _Begin()


@dataclass(frozen=True, slots=True, eq=False)
class _ClassSearch:
    """The exact median program, and what every pair costs beyond the relaxation."""

    exact: Formulation
    excess: FloatArray

    @classmethod
    def of(
        cls, problem: Problem, groups: Groups, home_index: IntArray | None, first: EngineOutcome
    ) -> _ClassSearch | None:
        """None where the program would be too large."""
        if groups.n_groups * problem.n_reps > _CLASS_PAIRS:
            return None
        exact = formulate(problem, home_index=home_index, median="exact")
        return cls(exact, _excess(problem, exact, first))


def _with_middles(
    problem: Problem,
    groups: Groups,
    home_index: IntArray | None,
    placements: Plan,
    middles: dict[str, float],
    request: Request,
    bound: float,
    begin: _Begin,
) -> Attempt:
    """Solve with fixed middles; a mean that moves with the alignment is set to what the books hold, and again.

    The first answer around such a mean only says where it is. The next ones begin from the one before and keep their
    bands around every middle within a margin of its own, for what is still improved moves the mean again.

    The multipliers of the relaxation start the ascent: from zero, books whose load falls with every hour of travel can
    send it to prices it does not come back from.
    """
    capacity = float(problem.team.capacity.sum())
    best, least, why = None, math.inf, "no alignment was found whose bands hold around their real middle"
    margin = 0.0
    for turn in range(_MEAN_ROUNDS if middles else 1):
        ranges = {name: (middle * (1 - margin), middle * (1 + margin)) for name, middle in middles.items()}
        instance = to_instance(problem, groups, home_index, placements, ranges)
        within = replace(request, gap=_PLACED_GAP * request.gap)
        if middles:
            share = _FIND_SHARE if turn == 0 else _IMPROVE_SHARE
            within = request.within(share * request.remaining, gap=1.0 if turn == 0 else within.gap)
        outcome = _solve(problem, groups, instance, within, known_bound=bound, begin=begin)
        found = attempt_of(problem, groups, outcome)
        if found.rep_index is None:
            why = f"with the books placed as they were: {found.detail}"
            break
        score = evaluate(problem, Alignment.from_index(problem, found.rep_index, home_index))
        if score.feasible and score.objective < least:
            best, least = replace(found, bound=min(bound, score.objective)), score.objective
        good = best is not None and least - bound <= request.gap * abs(least)
        if good or (score.feasible and turn > 0) or found.limit is Limit.INTERRUPTED:
            break
        begin = _Begin(outcome.duals, outcome.rep_index)
        real = {name: float(score.books[name].sum()) / capacity for name in middles}
        if turn > 0:
            margin = _DRIFT * max(abs(real[name] / middles[name] - 1) for name in middles)
        margin, middles = max(margin, _MARGIN), real
    if best is None:
        return Attempt(None, bound, request.stopped_by(), why)
    return best if best.limit in (Limit.GAP, Limit.INTERRUPTED) else replace(best, limit=request.stopped_by())


def _floats(problem: Problem, criterion: Balance) -> bool:
    if criterion.within is None or criterion.of == "target":
        return False
    return criterion.of == "median" or problem.measure(criterion.measure).pair_dependent


def _solve(
    problem: Problem,
    groups: Groups,
    instance: EngineInstance,
    request: Request,
    known_bound: float = -math.inf,
    *,
    relaxed: bool = False,
    begin: _Begin = _NOTHING,
) -> EngineOutcome:
    cap = capped(problem, groups, instance)
    if cap is None:
        return _run(instance, request, known_bound, relaxed=relaxed, begin=begin)
    silent = replace(request, on_event=None)
    heard = silent if relaxed or known_bound != -math.inf else request

    def solve(priced: EngineInstance, within: Request) -> EngineOutcome:
        # With a price on the cap neither objective nor bound is the problem's, so nothing is to be got below.
        free = replace(begin, least=math.inf)
        return _run(priced, replace(silent, deadline=within.deadline, gap=within.gap), relaxed=True, begin=free)

    return solve_capped(cap, solve, heard)


def _run(
    instance: EngineInstance,
    request: Request,
    known_bound: float = -math.inf,
    *,
    relaxed: bool = False,
    begin: _Begin = _NOTHING,
) -> EngineOutcome:
    cancel = request.cancel

    def tell(event: Progress) -> None:
        # An alignment of the relaxation is none of the problem; the bound of placed books holds for them alone.
        objective = None if relaxed else event.objective
        request.tell(event.stage, objective, event.bound if known_bound == -math.inf else known_bound)

    return solve_instance(
        instance,
        gap=request.gap,
        time_limit=request.remaining,
        seed=request.seed,
        threads=request.threads,
        duals=begin.duals,
        near=begin.near,
        least=begin.least,
        on_progress=tell,
        should_stop=(lambda: cancel.requested) if cancel is not None else None,
    )


def attempt_of(problem: Problem, groups: Groups, outcome: EngineOutcome) -> Attempt:
    """Return an outcome of the engine in the terms of the problem: accounts for groups, ids for positions.

    Parameters
    ----------
    problem : Problem
        The statement.
    groups : Groups
        Merged families.
    outcome : EngineOutcome
        What the engine says of their instance.
    """
    detail = in_ids(problem, groups, _measure_names(problem), outcome.detail)
    if outcome.status is EngineStatus.INFEASIBLE:
        return Attempt(None, math.inf, None, detail)
    rep_index = None if outcome.rep_index is None else outcome.rep_index[groups.index]
    limit = None if outcome.limit is None else _LIMITS[outcome.limit]
    return Attempt(
        rep_index, outcome.bound, limit, detail, None if rep_index is None else _multipliers(problem, outcome)
    )


def _multipliers(problem: Problem, outcome: EngineOutcome) -> Multipliers:
    """Prices of an outcome in the terms of the problem."""
    return Multipliers(_measure_names(problem), read_only(outcome.duals.copy()), outcome.cap_price)


def _measured(problem: Problem) -> list[Balance | BookLimits | Travel]:
    """Criteria that are measures of the engine, in its order."""
    measured = [c for c in problem.criteria if isinstance(c, Balance | BookLimits | Travel)]
    return [c for c in measured if not isinstance(c, Travel) or c.is_limit]


def _measure_names(problem: Problem) -> tuple[str, ...]:
    return tuple("travel_hours" if isinstance(c, Travel) else c.measure for c in _measured(problem))


def _scale_of(instance: EngineInstance, outcome: EngineOutcome, name: str) -> float:
    return float(outcome.scale[instance.measures.names.index(name)])


def _plans(
    problem: Problem,
    groups: Groups,
    home_index: IntArray | None,
    relaxed: EngineInstance,
    first: EngineOutcome,
    medians: list[Balance],
    classes: _ClassSearch | None,
    request: Request,
) -> list[Plan]:
    settled, full = None, None
    if classes is not None:
        likely = least_pairs(classes.excess, groups.n_groups, _LIKELY_PAIRS)
        within = request.within(_CLASS_SHARE * request.remaining)
        settled = settle_classes(classes.exact, likely, within, gap=0.1 * request.gap).placements
    if first.rep_index is not None:
        alignment = Alignment.from_index(problem, first.rep_index[groups.index], home_index)
        books = evaluate(problem, alignment).books
        full = {c.measure: books[c.measure] / problem.team.capacity for c in medians}
    middles = {c.measure: _scale_of(relaxed, first, c.measure) for c in medians}
    return list(median_plans(settled, full, middles)) or [{}]


def _excess(problem: Problem, formulation: Formulation, outcome: EngineOutcome) -> FloatArray:
    """What every pair costs beyond the account's cheapest at the engine's duals, shape (n_pairs,)."""
    groups, table, homes = formulation.groups, formulation.table, formulation.home_index
    hours = groups.total(pair_hours(problem, homes)) if problem.has_travel else np.zeros(table.allowed.shape)
    reduced = pair_costs(problem, groups, hours)
    for criterion in problem.criteria:
        if isinstance(criterion, Disruption) and criterion.is_limit:
            owned, kept = kept_value(problem, groups, criterion.measure)
            reduced = reduced + outcome.cap_price * (owned[:, None] - kept)
    for column, name in enumerate(_measure_names(problem)):
        reduced = reduced - outcome.duals[:, column] * pair_values(problem, groups, name, hours, homes)
    least = np.where(table.allowed, reduced, np.inf).min(axis=1)
    return table.columns_of(reduced - least[:, None])
