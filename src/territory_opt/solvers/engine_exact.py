"""The last word on a small problem of the large engine: one integer program over everything."""

from __future__ import annotations

import math
from dataclasses import replace

from territory_opt._typing import IntArray
from territory_opt.alignment import Alignment
from territory_opt.evaluation import evaluate
from territory_opt.formulation.formulate import Formulation
from territory_opt.problem import Problem
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.solvers.base import ProgramOptions, ProgramOutcome
from territory_opt.solvers.carve import listener
from territory_opt.solvers.highs import solve_with_highs
from territory_opt.solvers.variations import carve_varied
from territory_opt.termination import Limit

__all__ = ["exactly"]

_PROVEN = 1e-9


def exactly(problem: Problem, home_index: IntArray | None, request: Request, found: Attempt) -> Attempt:
    """End a small problem for certain, where placed books fell short: one program with the middles as columns.

    Parameters
    ----------
    problem : Problem
        The statement.
    home_index : ndarray of int, shape (n_reps,), or None
        Chosen homes.
    request : Request
        Limits and listeners.
    found : Attempt
        What the engine found. Ctrl-C returns it.

    Notes
    -----
    A placement is a guess; that it has no alignment, or no better one, says nothing about the problem.
    """
    objective = math.inf
    if found.rep_index is not None:
        objective = evaluate(problem, Alignment.from_index(problem, found.rep_index, home_index)).objective
        if objective - found.bound <= request.gap * abs(objective) + _PROVEN * max(1.0, abs(objective)):
            return found

    def method(formulation: Formulation, options: ProgramOptions, within: Request) -> ProgramOutcome:
        return solve_with_highs(formulation.program, options, on_event=listener(within), cancel=within.cancel)

    try:
        last = carve_varied(problem, method, home_index, replace(request, start=found.rep_index))
    except KeyboardInterrupt:
        return replace(found, limit=Limit.INTERRUPTED)
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
