"""Conflicts that only a solver can prove: fewest limits first, then the reps whose books they are about."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from territory_opt._typing import IntArray
from territory_opt.criteria.base import Criterion
from territory_opt.diagnose.findings import Conflict
from territory_opt.diagnose.trial import Clock, is_small, try_problem
from territory_opt.fairness.wording import joined
from territory_opt.formulation.formulate import formulate
from territory_opt.formulation.program import IntegerProgram
from territory_opt.problem import Problem
from territory_opt.solvers.base import ProgramOptions, ProgramReason
from territory_opt.solvers.highs import solve_with_highs

__all__ = ["joint_conflict", "stated_conflict"]

_MOST_REPS = 40
_SHARE = 0.3
_PER_REP = ("balance.", "limits.", "low.", "high.", "travel")


def joint_conflict(problem: Problem, clock: Clock) -> tuple[Conflict, bool]:
    """Leave out one limit after the other as long as the rest stays impossible.

    Parameters
    ----------
    problem : Problem
        That a solver proved to have no alignment.
    clock : Clock
        How long.

    Returns
    -------
    conflict : Conflict
        Its criteria alone are proven to have no alignment.
    smallest : bool
        True when without any one of them there is an alignment.

    Notes
    -----
    Deletion filtering (J. W. Chinneck, E. W. Dravnieks 1991, doi:10.1287/ijoc.3.2.157), on limits first and then on
    the rows of one rep at a time.
    """
    needed = [c for c in problem.criteria if c.is_limit]
    smallest = True
    for criterion in reversed(tuple(needed)):
        fewer = [c for c in needed if c is not criterion]
        trial = try_problem(problem.replace(criteria=fewer), clock, share=_SHARE)
        if trial.impossible:
            needed = fewer
        elif trial.alignment is None:
            smallest = False
    return stated_conflict(problem, tuple(needed), clock), smallest


def stated_conflict(problem: Problem, criteria: tuple[Criterion, ...], clock: Clock) -> Conflict:
    """State limits that a solver proved impossible together, and the reps whose books are enough to show it.

    Parameters
    ----------
    problem : Problem
        The statement.
    criteria : tuple of criterion
        The limits.
    clock : Clock
        How long to look for the reps.

    Returns
    -------
    Conflict
        Of the kind ``"joint"``.
    """
    reps = _reps(problem.replace(criteria=criteria), clock) if is_small(problem) else None
    said = joined([c.describe() for c in criteria], at_most=8)
    verb = "cannot be kept" if len(criteria) == 1 else "cannot be kept together"
    named: tuple[str, ...] = ()
    where = ""
    if reps is not None and 0 < len(reps) < problem.n_reps:
        named = tuple(map(str, problem.team.rep_id[reps]))
        where = f"; the books of {joined([str(name) for name in problem.team.name[reps]])} are enough to show it"
    text = f"{said} {verb} with whole accounts{where}"
    return Conflict("joint", criteria, text, (), named, (), (("criteria", float(len(criteria))),))


def _reps(problem: Problem, clock: Clock) -> IntArray | None:
    """Reps whose limits on books are needed for the proof; None when that was not found out in time."""
    if problem.n_reps > _MOST_REPS or problem.places.open_reps.any():
        return None
    program = formulate(problem, variation="outer").program
    owner = _rep_of_rows(program, problem.n_reps)
    if (owner < 0).all() or not _impossible(program, clock):
        return None
    kept = np.ones(problem.n_reps, dtype=np.bool_)
    for rep in range(problem.n_reps):
        if clock.remaining <= 0:
            break
        rows = owner == rep
        freed = replace(
            program,
            row_lower=np.where(rows, -np.inf, program.row_lower),
            row_upper=np.where(rows, np.inf, program.row_upper),
        )
        if _impossible(freed, clock):
            program, kept[rep] = freed, False
    return np.flatnonzero(kept)


def _rep_of_rows(program: IntegerProgram, n_reps: int) -> IntArray:
    owner = np.full(program.n_rows, -1, dtype=np.int64)
    for block in program.blocks:
        if block.kind == "rows" and block.name.startswith(_PER_REP) and len(block) == n_reps:
            owner[block.slice] = np.arange(n_reps)
    return owner


def _impossible(program: IntegerProgram, clock: Clock) -> bool:
    options = ProgramOptions(time_limit=0.2 * clock.remaining, gap=1e9, seed=clock.seed)
    free = replace(program, cost=np.zeros(program.n_columns))
    return solve_with_highs(free, options).reason is ProgramReason.INFEASIBLE
