"""Carve by integer program: formulate, solve, and make median bands exact."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeAlias

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.alignment import Alignment
from territory_opt.criteria.balance import Balance
from territory_opt.errors import TerritoryOptError
from territory_opt.evaluation import evaluate
from territory_opt.events import OnEvent, Progress
from territory_opt.formulation.bands import MedianMode
from territory_opt.formulation.formulate import Formulation, formulate
from territory_opt.formulation.groups import Groups
from territory_opt.formulation.median import Placement
from territory_opt.formulation.symmetry import Interchangeable, interchangeable
from territory_opt.formulation.variation import VariationMode
from territory_opt.problem import Problem
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.solvers.base import ProgramLimit, ProgramOptions, ProgramOutcome, ProgramReason
from territory_opt.solvers.medians import Classes, least_pairs, linear_bound, settle_classes
from territory_opt.termination import Limit

__all__ = ["EXACT_MEDIAN_PAIRS", "ProgramMethod", "carve"]

EXACT_MEDIAN_PAIRS = 2_000
"""Up to so many pairs a median band is stated exactly at once; above, the books are placed first."""

_LIKELY_PAIRS = 2.0
_CLASS_SHARE = 0.15
_CARVE_SHARE = 0.75
# Just inside what evaluation forgives, and no tighter: a solver's own tolerance is of that order.
_MEDIAN_TOLERANCE = 9e-7

ProgramMethod: TypeAlias = Callable[[Formulation, ProgramOptions, Request], ProgramOutcome]

_LIMITS = {
    ProgramLimit.TIME: Limit.TIME,
    ProgramLimit.GAP: Limit.GAP,
    ProgramLimit.INTERRUPTED: Limit.INTERRUPTED,
    ProgramLimit.ITERATIONS: Limit.ITERATIONS,
    ProgramLimit.MEMORY: Limit.ITERATIONS,
}


def carve(
    problem: Problem,
    method: ProgramMethod,
    home_index: IntArray | None,
    request: Request,
    *,
    variation: VariationMode = "inner",
    cuts: Mapping[str, FloatArray] | None = None,
) -> Attempt:
    """Solve a problem as an integer program.

    Parameters
    ----------
    problem : Problem
        The statement.
    method : callable
        Solves a formulation.
    home_index : ndarray of int, shape (n_reps,), or None
        Chosen homes.
    request : Request
        Limits and listeners.
    variation : {"inner", "outer"}
        How limits on variation are stated, see :func:`~territory_opt.formulation.variation.add_variation`;
        :func:`~territory_opt.solvers.variations.carve_varied` makes them exact.
    cuts : mapping of str to ndarray of float, shape (m, n_reps), optional
        Further tangents of such limits.

    Returns
    -------
    Attempt
        Its bound holds for the median bands as asked: it is taken from the relaxation, in which the middle of a
        median band is free.

    Notes
    -----
    A free middle with the same band is a relaxation: every alignment that keeps the median band keeps it. Small
    programs state the median exactly. In large ones a program whose accounts are fractional first settles which books
    are below and above which median; that makes fixed limits per book, which any method can keep. Last, a free middle
    with band b / (2 + b) is sufficient. Reps that nothing tells apart are named by the accounts they get while the
    search runs, and as close to the start, or to present owners, as can be at the end.
    """
    state = partial(formulate, home_index=home_index, variation=variation, cuts=cuts)
    medians = [c for c in problem.criteria if isinstance(c, Balance) and c.of == "median" and c.within is not None]
    relaxed = state(problem, median="relaxed")
    same = interchangeable(relaxed)
    if same is None:
        return _carve(problem, state, relaxed, medians, method, home_index, request)
    begun = request.start
    state = partial(state, leave_out=same.leave_out)
    relaxed, request = state(problem, median="relaxed"), _renamed(relaxed.groups, same, request)
    found = _carve(problem, state, relaxed, medians, method, home_index, request)
    if found.rep_index is None:
        return found
    # Which of them has which book is all the same to the criteria, not to those who know the accounts.
    like = problem.owners.rep_index if begun is None else begun
    return replace(found, rep_index=same.familiar(found.rep_index, like)[found.rep_index])


def _carve(
    problem: Problem,
    state: Callable[..., Formulation],
    relaxed: Formulation,
    medians: list[Balance],
    method: ProgramMethod,
    home_index: IntArray | None,
    request: Request,
) -> Attempt:
    """Carve, with medians stated as exactly as the size allows."""
    if not medians:
        return _attempt(relaxed, method, request)
    if relaxed.table.n_pairs <= EXACT_MEDIAN_PAIRS:
        return _attempt(state(problem, median="exact"), method, request)
    linear = linear_bound(relaxed, request)
    if linear is None:
        return Attempt(None, -math.inf, request.stopped_by(), "the linear relaxation was not solved")
    if linear.infeasible:
        return Attempt(None, math.inf, None, "the linear relaxation has no solution")
    request.tell("linear bound", None, linear.bound)
    exact = state(problem, median="exact")
    likely = least_pairs(linear.excess, relaxed.groups.n_groups, _LIKELY_PAIRS)
    request.tell("median", None, linear.bound)
    classes = settle_classes(exact, likely, request.within(_CLASS_SHARE * request.remaining), gap=0.1 * request.gap)
    found = _placed(problem, state, method, medians, classes, home_index, _bounded(request, linear.bound))
    if found.rep_index is None:
        return found if found.infeasible else replace(found, bound=linear.bound)
    objective = evaluated(problem, found.rep_index, home_index)
    bound = linear.bound
    if objective - bound > request.gap * abs(objective) and found.limit is not Limit.INTERRUPTED:
        # No better alignment uses a pair whose excess is above what there is to win.
        request.tell("median bound", objective, bound)
        open_pairs = linear.excess <= objective - linear.bound
        share = request.within(_CARVE_SHARE * request.remaining)
        bound = max(bound, settle_classes(exact, open_pairs, share, gap=0.1 * request.gap).bound)
    if objective - bound > request.gap * abs(objective) and found.limit is not Limit.INTERRUPTED and request.remaining:
        # The order was not the best one, or the bound is weak: the whole program decides, in the time that is left.
        last = _attempt(exact, method, replace(request, start=found.rep_index))
        bound = max(bound, last.bound)
        if last.rep_index is not None and median_kept(problem, last.rep_index, home_index):
            again = evaluated(problem, last.rep_index, home_index)
            if again < objective:
                found, objective = last, again
        found = replace(found, limit=last.limit)
    return replace(found, bound=min(bound, objective))


def _renamed(groups: Groups, same: Interchangeable, request: Request) -> Request:
    """Begin from the alignment that differs in the names of interchangeable reps only, and uses no pair left out."""
    if request.start is None:
        return request
    renamed: IntArray = same.renamed(request.start[groups.order[groups.starts]])[request.start]
    return replace(request, start=renamed)


def _placed(
    problem: Problem,
    state: Callable[..., Formulation],
    method: ProgramMethod,
    medians: list[Balance],
    classes: Classes,
    home_index: IntArray | None,
    request: Request,
) -> Attempt:
    """Carve with the books placed; failing that, with a band that is narrow enough; failing that, exactly."""
    narrow = problem.with_criteria(*(_sufficient(c) for c in medians))
    tries: list[tuple[Problem, MedianMode, Mapping[str, Placement] | None]] = [
        (narrow, "relaxed", None),
        (problem, "exact", None),
    ]
    if classes.placements is not None:
        tries.insert(0, (problem, "placed", classes.placements))
    for statement, mode, placements in tries:
        again = state(statement, median=mode, placements=placements)
        within = request if mode == "exact" else request.within(_CARVE_SHARE * request.remaining)
        found = _attempt(again, method, within)
        if found.rep_index is not None and median_kept(problem, found.rep_index, home_index):
            return found
        if found.limit is Limit.INTERRUPTED or (mode == "exact" and found.infeasible):
            return replace(found, rep_index=None)
    return Attempt(None, -math.inf, request.stopped_by(), "no alignment was found whose median band holds exactly")


def _bounded(request: Request, bound: float) -> Request:
    """Tell a bound of the whole problem while a part of it is searched, whose own bound says less."""
    if request.on_event is None:
        return request
    tell = request.on_event
    return replace(request, on_event=lambda event: tell(replace(event, bound=bound)))


def evaluated(problem: Problem, rep_index: IntArray, home_index: IntArray | None) -> float:
    """Objective of an alignment."""
    return evaluate(problem, Alignment.from_index(problem, rep_index, home_index)).objective


def median_kept(problem: Problem, rep_index: IntArray, home_index: IntArray | None) -> bool:
    """True when every median band holds around the median of the books as they are."""
    for criterion in problem.criteria:
        if isinstance(criterion, Balance) and criterion.of == "median" and criterion.within is not None:
            full = _full_books(problem, criterion.measure, rep_index, home_index)
            middle = float(np.median(full))
            if (np.abs(full - middle) > criterion.within * middle + _MEDIAN_TOLERANCE * abs(middle)).any():
                return False
    return True


def _full_books(problem: Problem, name: str, rep_index: IntArray, home_index: IntArray | None) -> FloatArray:
    added = problem.contribution(name, np.arange(problem.n_accounts), rep_index, home_index)
    books = np.bincount(rep_index, weights=added, minlength=problem.n_reps)
    full: FloatArray = books / problem.team.capacity
    return full


def _sufficient(criterion: Balance) -> Balance:
    within = criterion.within or 0.0
    return Balance(criterion.measure, within=within / (2.0 + within), of="median")


def _attempt(formulation: Formulation, method: ProgramMethod, request: Request) -> Attempt:
    start = None
    if request.start is not None:
        try:
            start = formulation.encode(request.start)
        except ValueError as error:
            if isinstance(error, TerritoryOptError):
                raise
            start = None  # A start that breaks the rules is no start; the search begins without.
    options = ProgramOptions(
        time_limit=request.remaining, gap=request.gap, seed=request.seed, threads=request.threads, start=start
    )
    outcome = method(formulation, options, request)
    limit = None if outcome.limit is None else _LIMITS[outcome.limit]
    if outcome.reason is ProgramReason.INFEASIBLE:
        return Attempt(None, math.inf, None, outcome.detail)
    rep_index = None if outcome.x is None else formulation.decode(outcome.x)
    return Attempt(rep_index, outcome.bound, limit, outcome.detail)


def listener(request: Request) -> OnEvent | None:
    """Wrap the listener of a request so that seconds count from the start of the whole solve."""
    if request.on_event is None:
        return None

    def tell(progress: Progress) -> None:
        request.tell(progress.stage, progress.objective, progress.bound)

    return tell
