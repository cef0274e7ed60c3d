"""Carve to proof: the large engine and HiGHS together, each beginning where the other has got to."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from territory_opt._typing import IntArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.variation import Variation
from territory_opt.errors import UnsupportedError
from territory_opt.formulation.formulate import Formulation
from territory_opt.formulation.groups import merge_families
from territory_opt.problem import Problem
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.solvers.base import ProgramOptions, ProgramOutcome
from territory_opt.solvers.bridge import to_instance
from territory_opt.solvers.carve import evaluated, listener
from territory_opt.solvers.engine_variation import engine_varied, varied_obstacles
from territory_opt.solvers.knapsack_search import lay_knapsacks, search_knapsacks
from territory_opt.solvers.variations import carve_varied
from territory_opt.termination import Limit

__all__ = ["exact_carve"]

_FEW_PAIRS = 3_000
_ENGINE_SHARE = 0.3
_KNAPSACK_SHARE = 0.8
_PROVEN = 1e-9


def exact_carve(problem: Problem, home_index: IntArray | None, request: Request) -> Attempt:
    """Solve a problem to proof, or as near to it as time allows.

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
        Best alignment and bound.

    Notes
    -----
    One capacity a book and whole weights (generalised assignment), from 400 pairs: the search of
    :func:`~territory_opt.solvers.knapsack_search.search_knapsacks`, and for what it leaves open after most of the time
    one integer program. Other problems of up to 3,000 pairs: one integer program. Problems that the large engine takes
    with bands around fixed middles: :func:`~territory_opt.solvers.lagrangian.exact.solve_exact`. Bands around a median
    or a mean that moves, and capped disruption: the engine first, then the core method from its answer, which states
    them exactly. What the engine cannot take: the core method alone. The better answer and the better bound are kept.
    """
    knapsacks = lay_knapsacks(problem, home_index)
    if knapsacks is not None:
        first = search_knapsacks(knapsacks, request.within(_KNAPSACK_SHARE * request.remaining))
        return first if _settled(problem, home_index, first, request) else _second(problem, home_index, first, request)
    if problem.n_accounts * problem.n_reps <= _FEW_PAIRS:
        return _whole(problem, home_index, request)
    if varied_obstacles(problem):
        return _core(problem, home_index, request)
    try:
        if not _moves(problem):
            return _engine(problem, home_index, request)
        first = _first(problem, home_index, request)
    except UnsupportedError:
        # Travel times of one's own in more rows than the engine holds.
        return _core(problem, home_index, request)
    if _settled(problem, home_index, first, request):
        return first
    start = first.rep_index if first.rep_index is not None else request.start
    return _better(problem, home_index, first, _core(problem, home_index, replace(request, start=start)))


def _settled(problem: Problem, home_index: IntArray | None, first: Attempt, request: Request) -> bool:
    """True where nothing is left to do, or no time to do it."""
    if first.infeasible or first.limit is Limit.INTERRUPTED or request.remaining <= 0:
        return True
    return _gap(problem, home_index, first) <= max(request.gap, _PROVEN)


def _second(problem: Problem, home_index: IntArray | None, first: Attempt, request: Request) -> Attempt:
    """One integer program from where the search of the knapsacks stopped."""
    start = first.rep_index if first.rep_index is not None else request.start
    return _better(problem, home_index, first, _whole(problem, home_index, replace(request, start=start)))


def _moves(problem: Problem) -> bool:
    """True where the instance of the engine is a relaxation: a middle that moves, a cap, or a limit on variation."""
    capped = any(isinstance(c, Disruption) and c.is_limit for c in problem.criteria)
    floating = (
        isinstance(c, Balance)
        and c.within is not None
        and (c.of == "median" or (c.of == "mean" and problem.measure(c.measure).pair_dependent))
        for c in problem.criteria
    )
    varied = any(isinstance(c, Variation) for c in problem.criteria)
    return capped or varied or any(floating)


def _engine(problem: Problem, home_index: IntArray | None, request: Request) -> Attempt:
    from territory_opt.solvers.engine_carve import attempt_of
    from territory_opt.solvers.lagrangian.exact import solve_exact

    groups, cancel = merge_families(problem), request.cancel
    start = request.start
    if start is not None:
        lead = start[groups.order[groups.starts]]
        start = lead if np.array_equal(lead[groups.index], start) else None
    outcome = solve_exact(
        to_instance(problem, groups, home_index),
        gap=request.gap,
        time_limit=request.remaining,
        seed=request.seed,
        threads=request.threads,
        start=start,
        on_progress=lambda event: request.tell(event.stage, event.objective, event.bound),
        should_stop=(lambda: cancel.requested) if cancel is not None else None,
    )
    return attempt_of(problem, groups, outcome)


def _first(problem: Problem, home_index: IntArray | None, request: Request) -> Attempt:
    return engine_varied(problem, home_index, request.within(_ENGINE_SHARE * request.remaining))


def _core(problem: Problem, home_index: IntArray | None, request: Request) -> Attempt:
    from territory_opt.solvers.core import solve_core
    from territory_opt.solvers.medians import assignment_pairs

    def method(formulation: Formulation, options: ProgramOptions, within: Request) -> ProgramOutcome:
        return solve_core(
            formulation.program,
            assignment_pairs(formulation),
            options,
            on_event=listener(within),
            cancel=within.cancel,
        )

    return carve_varied(problem, method, home_index, request)


def _whole(problem: Problem, home_index: IntArray | None, request: Request) -> Attempt:
    from territory_opt.solvers.highs import solve_with_highs

    def method(formulation: Formulation, options: ProgramOptions, within: Request) -> ProgramOutcome:
        return solve_with_highs(formulation.program, options, on_event=listener(within), cancel=within.cancel)

    return carve_varied(problem, method, home_index, request)


def _gap(problem: Problem, home_index: IntArray | None, found: Attempt) -> float:
    if found.rep_index is None:
        return math.inf
    objective = evaluated(problem, found.rep_index, home_index)
    return (objective - found.bound) / max(abs(objective), 1e-300)


def _better(problem: Problem, home_index: IntArray | None, one: Attempt, other: Attempt) -> Attempt:
    """Return the better answer with the better bound; an answer of one refutes that the other found none possible.

    Prices of the problem stay prices of it whichever answer wins.
    """
    if other.infeasible:
        return other if one.rep_index is None else one
    bound = max(one.bound, other.bound)
    if other.rep_index is None:
        best = replace(one, limit=other.limit if one.rep_index is None else one.limit or other.limit)
    elif one.rep_index is None:
        best = other
    else:
        levels = [
            evaluated(problem, found.rep_index, home_index) for found in (one, other) if found.rep_index is not None
        ]
        best = replace(one, limit=other.limit) if levels[0] < levels[1] else other
    if best.rep_index is not None:
        bound = min(bound, evaluated(problem, best.rep_index, home_index))
    prices = best.multipliers or one.multipliers or other.multipliers
    return replace(best, bound=bound, multipliers=prices)
