"""Limits on the coefficient of variation, made exact: a relaxation for the bound, tighter rows for the answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.alignment import Alignment
from territory_opt.criteria.variation import Variation
from territory_opt.evaluation import evaluate
from territory_opt.formulation.variation import VariationMode
from territory_opt.problem import Problem
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.solvers.carve import EXACT_MEDIAN_PAIRS, ProgramMethod, carve, evaluated
from territory_opt.solvers.widened import unbounded, widen
from territory_opt.termination import Limit

__all__ = ["carve_varied", "has_variation", "settle_variation", "variation_kept"]

_OUTER_SHARE = 0.5
_BEGIN_SHARE = 0.5
_CUT_ROUNDS = 200
# Just inside what evaluation forgives.
_TOLERANCE = 9e-7

NOTHING = Attempt(None)
"""No answer, and nothing known."""

Cuts: TypeAlias = Mapping[str, FloatArray]
Solve: TypeAlias = Callable[[VariationMode, Cuts, Request], Attempt]


def carve_varied(problem: Problem, method: ProgramMethod, home_index: IntArray | None, request: Request) -> Attempt:
    """Solve a problem as an integer program, limits on the coefficient of variation included.

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

    Returns
    -------
    Attempt
        Bound and answer hold for the limits as asked.

    Notes
    -----
    D-CV-1. Above 2,000 pairs an answer to bands that keep the limits, by
    :func:`~territory_opt.solvers.widened.widen`, is where the rest begins. Then tangents alone, a relaxation: where its
    answer keeps the limit, all is settled. Otherwise a program whose limit is tighter by what tangents miss gives an
    answer, and the relaxation gets further tangents where its answers were, one round after the other, until they keep
    the limit or time is up (outer approximation, Duran and Grossmann 1986, doi:10.1007/BF02592064).
    """
    if not has_variation(problem):
        return carve(problem, method, home_index, request)
    best, least = _begun(problem, method, home_index, request)
    if best.limit is Limit.INTERRUPTED:
        return best

    def solve(mode: VariationMode, cuts: Cuts, within: Request) -> Attempt:
        return carve(problem, method, home_index, within, variation=mode, cuts=cuts)

    def value(rep_index: IntArray) -> float:
        return evaluated(problem, rep_index, home_index)

    return settle_variation(problem, home_index, solve, value, request, best, least)


def has_variation(problem: Problem) -> bool:
    """True when there is a limit on variation."""
    return any(isinstance(c, Variation) for c in problem.criteria)


def settle_variation(
    problem: Problem,
    home_index: IntArray | None,
    solve: Solve,
    value: Callable[[IntArray], float],
    request: Request,
    best: Attempt = NOTHING,
    least: float = math.inf,
) -> Attempt:
    """Take turns of a relaxation and further tangents until its answer keeps every limit on variation.

    Parameters
    ----------
    problem : Problem
        Whose limits on variation are to be kept.
    home_index : ndarray of int, shape (n_reps,), or None
        Chosen homes.
    solve : callable
        Solves a program with the limits stated in a mode, with further tangents, within a request.
    value : callable
        What is minimised, of the rep of every account.
    request : Request
        Limits and listeners.
    best : Attempt
        An answer to begin with, if there is one.
    least : float
        Its value.

    Returns
    -------
    Attempt
        Bound and answer hold for the limits as asked.
    """
    request = request if best.rep_index is None else replace(request, start=best.rep_index)

    def tried(mode: VariationMode, within: Request) -> Attempt:
        try:
            return solve(mode, cuts, within)
        except KeyboardInterrupt:
            # The answer in hand is not lost with the program that was to better it.
            if request.cancel is not None:
                request.cancel.request()
            return Attempt(None, -math.inf, Limit.INTERRUPTED)

    def settled() -> bool:
        near = best.rep_index is not None and least - bound <= request.gap * abs(least)
        return near or outer.limit is Limit.INTERRUPTED or request.remaining <= 0

    cuts: dict[str, FloatArray] = {}
    bound, seen, share = -math.inf, None, _OUTER_SHARE
    for number in range(_CUT_ROUNDS):
        within = _unheard(replace(request, start=request.start if best.rep_index is None else best.rep_index), share)
        outer = tried("outer", within)
        if outer.infeasible:
            return outer if best.rep_index is None else replace(best, bound=least)
        bound = max(bound, outer.bound)
        kept = outer.rep_index is not None and variation_kept(problem, outer.rep_index, home_index)
        if outer.rep_index is not None and kept:
            objective = value(outer.rep_index)
            if objective <= least:
                best, least = outer, objective
        request.tell("variation", None if best.rep_index is None else least, min(bound, least))
        if settled() or (kept and number > 0 and outer.limit is None):
            break
        if number == 0 and not kept:
            begun = unbounded(replace(request, start=best.rep_index), least, bound)
            inner = tried("inner", begun)
            if inner.rep_index is not None and variation_kept(problem, inner.rep_index, home_index):
                objective = value(inner.rep_index)
                if objective < least:
                    best, least = inner, objective
            if settled() or inner.limit is Limit.INTERRUPTED:
                break
        if outer.rep_index is None or (seen is not None and np.array_equal(seen, outer.rep_index)):
            # It breaks the limit by no more than a solver forgives: further tangents say nothing new.
            break
        seen, share = outer.rep_index, 1.0
        for name, at in _deviations(problem, outer.rep_index, home_index).items():
            cuts[name] = np.concatenate([cuts[name], at]) if name in cuts else at
    if best.rep_index is None:
        return Attempt(None, bound, request.stopped_by(), "no alignment was found that keeps the limits on variation")
    limit = None if least - bound <= request.gap * abs(least) else request.stopped_by()
    return replace(best, bound=min(bound, least), limit=limit)


def _begun(
    problem: Problem, method: ProgramMethod, home_index: IntArray | None, request: Request
) -> tuple[Attempt, float]:
    """Begin with an answer to bands that keep every limit: at size those are found sooner."""
    if request.start is not None:
        score = evaluate(problem, Alignment.from_index(problem, request.start, home_index))
        if score.feasible:
            return replace(NOTHING, rep_index=request.start), score.objective
    if problem.n_accounts * problem.n_reps <= EXACT_MEDIAN_PAIRS:
        return NOTHING, math.inf

    def solve(narrow: Problem, within: Request) -> Attempt:
        return carve(narrow, method, home_index, within)

    found = widen(problem, home_index, request.within(_BEGIN_SHARE * request.remaining), solve)
    if found.rep_index is None:
        return found if found.limit is Limit.INTERRUPTED else NOTHING, math.inf
    return found, evaluated(problem, found.rep_index, home_index)


def variation_kept(problem: Problem, rep_index: IntArray, home_index: IntArray | None) -> bool:
    """True when every limit on variation holds for the books as they are."""
    for criterion in problem.criteria:
        if isinstance(criterion, Variation):
            full = _full_books(problem, criterion, rep_index, home_index)
            mean = float(full.mean())
            if not mean > 0 and full.any():
                return False
            if float(np.sqrt(np.mean(np.square(full - mean)))) > (criterion.at_most + _TOLERANCE) * mean:
                return False
    return True


def _deviations(problem: Problem, rep_index: IntArray, home_index: IntArray | None) -> dict[str, FloatArray]:
    """Deviations of books from their mean, as shares of it, shape (1, n_reps), where a limit is not kept."""
    found = {}
    for criterion in problem.criteria:
        if isinstance(criterion, Variation):
            full = _full_books(problem, criterion, rep_index, home_index)
            mean = float(full.mean())
            if mean > 0:
                found[criterion.measure] = (full / mean - 1.0)[None, :]
    return found


def _full_books(problem: Problem, criterion: Variation, rep_index: IntArray, home_index: IntArray | None) -> FloatArray:
    added = problem.contribution(criterion.measure, np.arange(problem.n_accounts), rep_index, home_index)
    books = np.bincount(rep_index, weights=added, minlength=problem.n_reps)
    full: FloatArray = books / problem.team.capacity
    return full


def _unheard(request: Request, share: float) -> Request:
    """A share of the time, with bounds heard and answers not: those of a relaxation may break the limit."""
    within = request.within(share * request.remaining)
    if request.on_event is None:
        return within
    tell = request.on_event
    return replace(within, on_event=lambda event: tell(replace(event, objective=None)))
