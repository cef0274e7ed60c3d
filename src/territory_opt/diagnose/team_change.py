"""A problem with more reps or fewer."""

from __future__ import annotations

import numpy as np

from territory_opt._columns import Columns
from territory_opt._typing import IntArray
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.costs import Costs
from territory_opt.criteria.eligibility import Eligible
from territory_opt.criteria.ownership import Forbid, Lock
from territory_opt.errors import TerritoryOptError
from territory_opt.problem import Problem
from territory_opt.team import Team

__all__ = ["named_reps", "with_copies", "with_rep_index"]


def with_copies(problem: Problem, rep: int, count: int) -> Problem | None:
    """Add full reps who serve what one rep serves, from the same home.

    Parameters
    ----------
    problem : Problem
        The statement.
    rep : int
        Position of the rep to copy.
    count : int
        How many to add.

    Returns
    -------
    Problem or None
        None when travel times are a function of the user's, which knows no further reps.
    """
    index = np.concatenate([np.arange(problem.n_reps), np.full(count, rep)])
    taken = set(problem.team.rep_id.tolist())
    names = [name for name in (f"New rep {n}" for n in range(1, count + len(taken) + 1)) if name not in taken]
    return with_rep_index(problem, index, names[:count])


def with_rep_index(problem: Problem, index: IntArray, new: list[str] | None = None) -> Problem | None:
    """Take reps by position; the last ones may be copies under new names.

    Parameters
    ----------
    problem : Problem
        The statement.
    index : ndarray of int, shape (m,)
        Positions in the team.
    new : list of str, optional
        Names of the last reps, who get a full book.

    Returns
    -------
    Problem or None
        None when travel times are a function of the user's, when there would be more reps than accounts, or when a
        rule names a rep who is left out. A copied rep has the costs and the limits of the one who is copied.
    """
    new = new or []
    travel_time = problem.places.travel_time
    if len(index) > problem.n_accounts:
        return None
    if travel_time is not None and not isinstance(travel_time, np.ndarray):
        return None
    columns = {name: column[index].copy() for name, column in problem.team.columns.items()}
    rep_id = problem.team.rep_id[index].copy()
    if new:
        rep_id[-len(new) :] = new
        for name, value in (("capacity", 1.0), ("name", "")):
            if name in columns:
                columns[name][-len(new) :] = value
    own = {name: v if v.ndim == 1 else v[:, index] for name, v in problem.own_measures.items()}
    try:
        return problem.replace(
            team=Team(rep_id, Columns(columns), problem.team.quality),
            criteria=tuple(_of_reps(criterion, index) for criterion in problem.criteria),
            travel_time=None if travel_time is None else travel_time[:, index],
            own_measures=own,
        )
    except TerritoryOptError:
        return None  # A rule names a rep who is gone.


def _of_reps(criterion: Criterion, index: IntArray) -> Criterion:
    """The same with one column, or one limit, per rep that is taken."""
    if isinstance(criterion, Eligible) and criterion.mask is not None:
        return Eligible(criterion.mask[:, index], weight=criterion.weight)
    if isinstance(criterion, Costs):
        return Costs(criterion.table[:, index], weight=criterion.weight)
    if isinstance(criterion, BookLimits) and criterion.lower.ndim:
        return BookLimits(criterion.measure, lower=criterion.lower[index], upper=criterion.upper[index])
    return criterion


def named_reps(problem: Problem) -> set[int]:
    """Reps that a lock or a forbidden pair names, by themselves or through an owner."""
    found: set[int] = set()
    for criterion in problem.criteria:
        if isinstance(criterion, Lock | Forbid):
            rows = problem.accounts.positions([account for account, _ in criterion.pairs])
            for row, (_, rep) in zip(rows, criterion.pairs, strict=True):
                found.add(int(problem.owners.rep_index[row]) if rep is None else problem.team.index_of(rep))
    return found
