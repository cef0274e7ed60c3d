"""Carve by the large engine: duals first, then books placed where a band has no fixed middle."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from territory_opt._typing import FloatArray, IntArray, read_only
from territory_opt.alignment import Alignment
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.travel import Travel
from territory_opt.errors import UnsupportedError
from territory_opt.evaluation import Evaluation, evaluate
from territory_opt.events import Progress
from territory_opt.formulation.groups import Groups, merge_families
from territory_opt.formulation.median import Placement
from territory_opt.multipliers import Multipliers
from territory_opt.problem import Problem
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.solvers.bridge import capped, obstacles, to_instance
from territory_opt.solvers.carve import EXACT_MEDIAN_PAIRS
from territory_opt.solvers.engine_cap import solve_capped
from territory_opt.solvers.engine_classes import ClassSearch
from territory_opt.solvers.engine_exact import exactly
from territory_opt.solvers.engine_plans import Plan, Try, median_plans, priced_plan, try_plans
from territory_opt.solvers.engine_words import in_ids
from territory_opt.solvers.lagrangian.engine import solve_instance
from territory_opt.solvers.lagrangian.instance import EngineInstance, EngineLimit, EngineOutcome, EngineStatus
from territory_opt.termination import Limit

__all__ = ["attempt_of", "engine_carve"]

_CLOSING = 0.5
_BOUND_SHARE = 0.5
_PLACED_SHARE = 0.6
_PLACED_GAP = 0.25
_MEAN_ROUNDS = 6
_FIND_SHARE, _IMPROVE_SHARE = 0.3, 0.7
_MARGIN, _DRIFT = 5e-4, 0.3
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
    began = time.perf_counter()
    groups = merge_families(problem)
    instance = to_instance(problem, groups, home_index)
    # Scoring the answer again takes about as long as laying the problem out did.
    spare = _CLOSING * (time.perf_counter() - began)
    timed = replace(request, deadline=request.deadline - spare)
    floating = [c for c in problem.criteria if isinstance(c, Balance) and _floats(problem, c)]
    if floating:
        found = _floating(problem, groups, home_index, instance, floating, timed)
    else:
        found = attempt_of(problem, groups, _solve(problem, groups, instance, timed))
        if found.limit is not Limit.ITERATIONS:
            return found
    if found.limit is Limit.INTERRUPTED or groups.n_groups * problem.n_reps > EXACT_MEDIAN_PAIRS or found.infeasible:
        return found
    return exactly(problem, home_index, request, found)


def _floating(
    problem: Problem,
    groups: Groups,
    home_index: IntArray | None,
    relaxed: EngineInstance,
    floating: list[Balance],
    request: Request,
) -> Attempt:
    """Solve a problem some of whose bands have no fixed middle."""
    began, names = time.perf_counter(), _measure_names(problem)
    medians = [c for c in floating if c.of == "median"]
    half = request.within(_BOUND_SHARE * request.remaining, gap=1.0)
    first = _solve(problem, groups, relaxed, half, relaxed=True, begin=_Begin(bound_share=0.5 if medians else 0.0))
    if first.status is EngineStatus.INFEASIBLE:
        return attempt_of(problem, groups, first)
    bound = first.bound
    if first.limit is EngineLimit.INTERRUPTED and first.rep_index is None:
        return Attempt(None, bound, Limit.INTERRUPTED, "stopped before an alignment was found")
    request.tell("linear bound", None, bound)
    middles = {c.measure: _scale_of(relaxed, first, c.measure) for c in floating if c.of == "mean"}
    scores = _Scores(problem, home_index)
    begun: dict[int, tuple[Plan, FloatArray]] = {}  # Holding the plan keeps its id its own.

    def solve(plan: Plan, within: Request, near: IntArray | None, least: float) -> Attempt:
        # From the prices of wide bands the ascent does not come back to narrow ones: they begin anew.
        duals = begun[id(plan)][1] if id(plan) in begun else first.duals if plan or not medians else None
        begin = _Begin(duals, None if near is None else near[groups.order[groups.starts]], least)
        found = _with_middles(problem, groups, home_index, relaxed, plan, middles, within, bound, begin, scores)
        if found.multipliers is not None:
            begun[id(plan)] = plan, found.multipliers.per_unit
        return found

    if not medians:
        found = solve({}, request, None, math.inf)
        return replace(found, multipliers=_multipliers(problem, first))
    planned = {c.measure: _scale_of(relaxed, first, c.measure) for c in medians}
    books, known = None, None
    if first.rep_index is not None:
        free = first.rep_index[groups.index]
        score = scores.of(free)
        books = {c.measure: score.books[c.measure] / problem.team.capacity for c in medians}
        if score.feasible:
            limit = Limit.INTERRUPTED if first.limit is EngineLimit.INTERRUPTED else None
            own = {name: Placement.of_books(full) for name, full in books.items()}
            known = Attempt(free, bound, limit), own
    classes = ClassSearch(problem, groups, home_index, first, names)

    def tries() -> Iterator[Try]:
        if books is None:
            prices = {c.measure: first.duals[:, names.index(c.measure)] for c in medians}
            yield Try(priced_plan(prices, planned))
        else:
            *others, own = median_plans(books, planned)
            yield from map(Try, others)
            yield Try(own, free)
        answered = bool(begun) or known is not None
        if classes.pays(request, began, answered=answered):
            request.tell("median", None, bound)
            settled = classes.plan(request, answered=answered)
            if settled is not None:
                yield Try(settled)

    def last(objective: float) -> Request:
        return request.within(_PLACED_SHARE * request.remaining) if classes.may_bound(objective) else request

    found = try_plans(tries(), solve, scores.objective, request, bound, known=known, fallback={}, last=last)
    # Prices of the problem itself, not of one placement of its books.
    found = replace(found, multipliers=_multipliers(problem, first))
    if found.rep_index is None or found.limit is Limit.INTERRUPTED:
        return found
    objective = scores.objective(found)
    if objective - bound > request.gap * abs(objective) and classes.may_bound(objective):
        request.tell("median bound", objective, bound)
        try:
            bound = max(bound, classes.bound(objective, request))
        except KeyboardInterrupt:
            found = replace(found, limit=Limit.INTERRUPTED)
    return replace(found, bound=min(bound, objective))


class _Scores:
    """Evaluations of alignments, each made once."""

    def __init__(self, problem: Problem, home_index: IntArray | None) -> None:
        self._problem, self._homes = problem, home_index
        self._known: list[tuple[IntArray, Evaluation]] = []

    def of(self, rep_index: IntArray) -> Evaluation:
        for known, score in self._known:
            if known is rep_index:
                return score
        score = evaluate(self._problem, Alignment.from_index(self._problem, rep_index, self._homes))
        self._known = [*self._known[-3:], (rep_index, score)]
        return score

    def objective(self, attempt: Attempt) -> float:
        assert attempt.rep_index is not None
        return self.of(attempt.rep_index).objective


@dataclass(frozen=True, slots=True, eq=False)
class _Begin:
    """Where a solve begins, multipliers and an assignment of groups to be mended, and below what it has to get.

    It leaves it at the bound when less than ``bound_share`` of its time is left by then.
    """

    duals: FloatArray | None = None
    near: IntArray | None = None
    least: float = math.inf
    bound_share: float = 0.0


_NOTHING = _Begin()


def _with_middles(
    problem: Problem,
    groups: Groups,
    home_index: IntArray | None,
    relaxed: EngineInstance,
    placements: Plan,
    middles: dict[str, float],
    request: Request,
    bound: float,
    begin: _Begin,
    scores: _Scores,
) -> Attempt:
    """Solve with fixed middles; a mean that moves with the alignment is set to what the books hold, and again.

    The first answer around such a mean only says where it is. The next ones begin from the one before and keep their
    bands around every middle within a margin of its own, for what is still improved moves the mean again.

    The multipliers of the relaxation start the ascent: from zero, books whose load falls with every hour of travel can
    send it to prices it does not come back from.
    """
    capacity = float(problem.team.capacity.sum())
    best, least, why = None, math.inf, "no alignment was found whose bands hold around their real middle"
    timed_out = False
    margin = 0.0
    for turn in range(_MEAN_ROUNDS if middles else 1):
        ranges = {name: (middle * (1 - margin), middle * (1 + margin)) for name, middle in middles.items()}
        base = to_instance(problem, groups, home_index, placements, ranges) if middles else relaxed
        instance = _placed(problem, base, placements)
        within = replace(request, gap=_PLACED_GAP * request.gap)
        if middles:
            share = _FIND_SHARE if turn == 0 else _IMPROVE_SHARE
            within = request.within(share * request.remaining, gap=1.0 if turn == 0 else within.gap)
        outcome = _solve(problem, groups, instance, within, known_bound=bound, begin=begin)
        found = attempt_of(problem, groups, outcome)
        timed_out = found.limit is Limit.TIME
        if found.rep_index is None:
            why = f"with the books placed as they were: {found.detail}"
            break
        score = scores.of(found.rep_index)
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
    limit = Limit.TIME if timed_out else request.stopped_by()
    if best is None:
        return Attempt(None, bound, limit, why)
    return best if best.limit in (Limit.GAP, Limit.INTERRUPTED) else replace(best, limit=limit)


def _placed(problem: Problem, relaxed: EngineInstance, placements: Plan) -> EngineInstance:
    """Return an instance in which every median band holds for certain; all but its limits stays as it is.

    Where books are placed, they have the limits of their places. Where they are not, the middle stays free, and the
    band is b / (2 + b) around it: then it is b around any of the books, and so around their median.
    """
    measures, capacity = relaxed.measures, problem.team.capacity
    assert measures.scale_low is not None and measures.scale_high is not None
    lower, upper = measures.lower.copy(), measures.upper.copy()
    low, high = measures.scale_low.copy(), measures.scale_high.copy()
    for m, criterion in enumerate(_measured(problem)):
        if not isinstance(criterion, Balance) or criterion.of != "median" or criterion.within is None:
            continue
        narrow = criterion.within / (2.0 + criterion.within)
        least, most = np.full_like(capacity, 1.0 - narrow), np.full_like(capacity, 1.0 + narrow)
        if criterion.measure in placements:
            least, most = placements[criterion.measure].limits(criterion.within)
            low[m] = high[m] = 1.0
        held = np.isfinite(lower[:, m]) | np.isfinite(upper[:, m])  # A measure that nobody brings has no limits.
        lower[held, m], upper[held, m] = (least * capacity)[held], (most * capacity)[held]
    return replace(relaxed, measures=replace(measures, lower=lower, upper=upper, scale_low=low, scale_high=high))


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

    outcome = solve_instance(
        instance,
        gap=request.gap,
        time_limit=request.remaining,
        seed=request.seed,
        threads=request.threads,
        duals=begin.duals,
        near=begin.near,
        least=begin.least,
        bound_share=begin.bound_share,
        on_progress=tell,
        should_stop=(lambda: cancel.requested) if cancel is not None else None,
    )
    if outcome.limit is EngineLimit.INTERRUPTED and cancel is not None:
        cancel.request()  # By Ctrl-C: whatever comes after it is to end as well.
    return outcome


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
