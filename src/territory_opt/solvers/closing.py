"""The end of a solve: the answer re-scored, and why it ended."""

from __future__ import annotations

from territory_opt.alignment import Alignment
from territory_opt.errors import SolverError
from territory_opt.evaluation import Evaluation, evaluate
from territory_opt.problem import Problem
from territory_opt.solvers.attempt import Attempt
from territory_opt.solvers.choose import Method
from territory_opt.termination import OPTIMALITY_GAP, Limit, Reason, Termination, relative_gap

__all__ = ["certified", "termination"]

_BOUND_TOLERANCE = 1e-6
_ROUNDING = 1e-9


def certified(problem: Problem, alignment: Alignment, attempt: Attempt, method: Method) -> Evaluation:
    """Re-score; an answer that breaks a limit or beats its own bound is an error of the solver, not a result."""
    evaluation = evaluate(problem, alignment)
    if not evaluation.feasible:
        broken = "; ".join(f"{check.name}: {check.detail}" for check in evaluation.broken)
        raise SolverError(f"{method.name} gave an alignment that does not keep: {broken}")
    excess = attempt.bound - evaluation.objective
    if excess > _BOUND_TOLERANCE * max(1.0, abs(evaluation.objective)):
        raise SolverError(
            f"{method.name} claims a bound of {attempt.bound:.9g} above its own re-scored "
            f"objective {evaluation.objective:.9g}"
        )
    return evaluation


def termination(
    attempt: Attempt, found: tuple[Alignment, Evaluation] | None, gap: float, open_homes: bool
) -> Termination:
    """Say why a solve ended: from the re-scored gap, not from what a step believed of itself."""
    if found is None:
        if attempt.infeasible:
            return Termination(Reason.INFEASIBLE, None, attempt.detail or "no alignment keeps every criterion")
        return Termination(Reason.NO_ALIGNMENT_FOUND, attempt.limit or Limit.ITERATIONS, attempt.detail)
    objective = found[1].objective
    reached = relative_gap(objective, attempt.bound)
    if reached <= OPTIMALITY_GAP * (1 + _ROUNDING):
        if open_homes:
            return Termination(Reason.FEASIBLE, Limit.HOMES, "optimal for the chosen homes, which are a heuristic")
        return Termination(Reason.OPTIMAL)
    limit = attempt.limit or Limit.ITERATIONS
    if limit is not Limit.INTERRUPTED and reached <= gap * (1 + _ROUNDING):
        limit = Limit.GAP
    elif limit is Limit.GAP:
        limit = Limit.ITERATIONS  # The gap of a step on the way was reached, not that of the whole.
    detail = "the bound holds for the chosen homes" if open_homes else ""
    return Termination(Reason.FEASIBLE, limit, detail)
