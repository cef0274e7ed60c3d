"""Solve once, or in rounds that move the open homes into the middle of their books."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from territory_opt._typing import IntArray
from territory_opt.alignment import Alignment
from territory_opt.evaluation import evaluate
from territory_opt.problem import Problem
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.solvers.choose import Method
from territory_opt.solvers.homes import choose_homes, homes_in_limits, recentred
from territory_opt.solvers.listening import Listener
from territory_opt.termination import Limit

__all__ = ["attempted", "with_open_homes"]

_HOME_ROUNDS = 3


def attempted(problem: Problem, method: Method, homes: IntArray | None, request: Request) -> Attempt:
    """One attempt; Ctrl-C between the steps of a method ends it without an alignment."""
    if request.cancel is not None and request.cancel.requested:
        return Attempt(None, -math.inf, Limit.INTERRUPTED, "stopped before the search began")
    try:
        return method.solve(problem, homes, request)
    except KeyboardInterrupt:
        if request.cancel is not None:
            request.cancel.request()
        return Attempt(None, -math.inf, Limit.INTERRUPTED, "stopped before an alignment was found")


def with_open_homes(
    problem: Problem, method: Method, request: Request, start: Alignment | None
) -> tuple[Attempt, IntArray, tuple[str, ...]]:
    """Choose homes, carve, and while time is left put the homes in the middle of their books and carve again."""
    open_reps = problem.places.open_reps
    request.tell("homes")
    homes = choose_homes(problem, request.seed)
    if start is not None:
        homes = np.where(open_reps & (start.home_index >= 0), start.home_index, homes)
    best_objective, best_homes, best = math.inf, homes, None
    for number in range(1, _HOME_ROUNDS + 1):
        if isinstance(request.on_event, Listener):
            request.on_event.forget()
        began = request.remaining
        attempt = attempted(problem, method, homes, request)
        if best is None or (attempt.rep_index is not None and best.rep_index is None):
            best, best_homes = attempt, homes
        if attempt.infeasible and homes_in_limits(problem):
            homes = choose_homes(problem, request.seed + number)
            continue
        if attempt.rep_index is None:
            if attempt.limit is Limit.INTERRUPTED:
                best = replace(best, limit=attempt.limit)
            break
        objective = evaluate(problem, Alignment.from_index(problem, attempt.rep_index, homes)).objective
        improved = objective < best_objective * (1 - 1e-4)
        if objective < best_objective:
            best_objective, best_homes, best = objective, homes, attempt
        moved = recentred(problem, attempt.rep_index, homes, request.seed)
        spent = began - request.remaining
        if not improved or np.array_equal(moved, homes) or request.remaining < spent or _stopped(attempt):
            break
        homes, request = moved, replace(request, start=attempt.rep_index)
    assert best is not None  # the loop runs at least once
    homes = best_homes
    names = [str(problem.team.rep_id[j]) for j in np.flatnonzero(open_reps)]
    ids = problem.accounts.account_id
    chosen = ", ".join(f"{names[i]} at {ids[homes[j]]}" for i, j in enumerate(np.flatnonzero(open_reps)[:5]))
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return best, homes, (f"homes chosen: {chosen}{more}; the bound holds for these homes",)


def _stopped(attempt: Attempt) -> bool:
    return attempt.limit in (Limit.INTERRUPTED, Limit.TIME)
