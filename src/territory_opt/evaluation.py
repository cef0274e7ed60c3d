"""Independent re-scoring: what an alignment is worth, from the statement alone.

Nothing of the formulation or of a solver is used here: an answer is scored from the statement alone.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from territory_opt._typing import FloatArray, read_only
from territory_opt.alignment import Alignment
from territory_opt.criteria.base import Criterion
from territory_opt.errors import DataError, Issue, TerritoryOptWarning
from territory_opt.problem import Problem
from territory_opt.verdicts import Scored, verdict

__all__ = ["FEASIBILITY_TOLERANCE", "CriterionCheck", "Evaluation", "check_tables", "evaluate"]

FEASIBILITY_TOLERANCE = 1e-6
"""How far, as a share of its limit's scale, a criterion may be overstepped and still count as kept."""


@dataclass(frozen=True, slots=True)
class CriterionCheck:
    """One criterion against one alignment.

    Attributes
    ----------
    criterion : criterion
        What was asked.
    name : str
        The criterion in words.
    satisfied : bool
        True when the limit is kept, within :data:`FEASIBILITY_TOLERANCE`; terms are always satisfied.
    slack : float
        Room left in ``unit``; negative when broken.
    unit : str
        Unit of the slack.
    term : float
        What the criterion adds to the objective; 0 for a limit.
    worst : str
        The rep or account where it is tightest; empty when none.
    detail : str
        One line with the numbers.
    """

    criterion: Criterion
    name: str
    satisfied: bool
    slack: float
    unit: str
    term: float
    worst: str
    detail: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an alignment is worth.

    Attributes
    ----------
    objective : float
        Sum of the weighted terms.
    feasible : bool
        True when every limit is kept.
    checks : tuple of CriterionCheck
        In the order of the criteria.
    books : mapping of str to ndarray of float, shape (n_reps,)
        Total of every measure in every book.
    """

    objective: float
    feasible: bool
    checks: tuple[CriterionCheck, ...]
    books: Mapping[str, FloatArray]

    @property
    def terms(self) -> dict[str, float]:
        """What each weighted criterion adds to the objective, by its words."""
        return {check.name: check.term for check in self.checks if not check.criterion.is_limit}

    @property
    def broken(self) -> tuple[CriterionCheck, ...]:
        """Limits that are not kept."""
        return tuple(check for check in self.checks if not check.satisfied)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.objective, self.feasible, self.checks, dict(self.books))


def evaluate(problem: Problem, alignment: Alignment) -> Evaluation:
    """Score an alignment from scratch.

    Parameters
    ----------
    problem : Problem
        The statement.
    alignment : Alignment
        Any alignment of the same tables.

    Returns
    -------
    Evaluation
        Objective, slack of every criterion, totals of every book.

    Warns
    -----
    TerritoryOptWarning
        If a rep has no home, neither in the team nor in the alignment: travel is then counted as 0 hours.

    Raises
    ------
    DataError
        If it is no alignment, or one of other accounts or reps, or in another order.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b", "c"], "acv": [9e4, 7e4, 2e4]})
    >>> team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    >>> problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.1)])
    >>> topt.evaluate(problem, topt.Alignment.from_index(problem, [0, 1, 1])).feasible
    True
    >>> topt.evaluate(problem, topt.Alignment.from_index(problem, [0, 1, 0])).broken[0].worst
    'r2'
    """
    check_tables(problem, alignment)
    homeless = problem.places.open_reps & (alignment.home_index < 0)
    if homeless.any():
        first = str(problem.team.rep_id[np.flatnonzero(homeless)[0]])
        text = (
            f"{int(homeless.sum())} reps ({first} ...) have no home in this alignment: their travel counts as 0 hours"
        )
        warnings.warn(f"{text}; give home_index, or take it from a result", TerritoryOptWarning, stacklevel=2)
    everyone = np.arange(problem.n_accounts)
    reps, homes, k = alignment.rep_index, alignment.home_index, problem.n_reps
    books = {}
    for name in problem.measures:
        added = problem.contribution(name, everyone, reps, homes)
        books[name] = read_only(np.bincount(reps, weights=added, minlength=k).astype(np.float64))
    scored = Scored(problem, alignment, books)
    checks = tuple(_check(criterion, scored) for criterion in problem.criteria)
    return Evaluation(
        objective=float(sum(check.term for check in checks)),
        feasible=all(check.satisfied for check in checks),
        checks=checks,
        books=MappingProxyType(books),
    )


def check_tables(problem: Problem, alignment: Alignment) -> None:
    """Check that an alignment is of a problem's accounts and reps.

    Parameters
    ----------
    problem : Problem
        The tables.
    alignment : Alignment
        What is to be judged.

    Raises
    ------
    DataError
        It is no alignment, or one of other accounts or reps, or in another order.
    """
    if not isinstance(alignment, Alignment):
        what = f"is {type(alignment).__name__} where an Alignment is needed"
        hint = "give result.alignment, or make one with Alignment.from_frame(problem, frame)"
        raise DataError("alignment", [Issue(None, None, what, hint)])
    for ids, own, table in (
        (alignment.account_id, problem.accounts.account_id, "accounts"),
        (alignment.rep_id, problem.team.rep_id, "reps"),
    ):
        if ids is not own and not np.array_equal(ids, own):
            hint = "make it with Alignment.from_frame(problem, frame)"
            raise DataError("alignment", [Issue(None, None, f"has other {table} than the problem", hint)])


def _check(criterion: Criterion, scored: Scored) -> CriterionCheck:
    found = verdict(criterion, scored)
    satisfied = not criterion.is_limit or found.slack >= -FEASIBILITY_TOLERANCE * found.scale
    return CriterionCheck(
        criterion=criterion,
        name=criterion.describe(),
        satisfied=satisfied,
        slack=found.slack,
        unit=found.unit,
        term=0.0 if criterion.is_limit else found.term,
        worst=found.worst,
        detail=found.detail,
    )


def _rebuild(
    objective: float, feasible: bool, checks: tuple[CriterionCheck, ...], books: dict[str, FloatArray]
) -> Evaluation:
    return Evaluation(objective, feasible, checks, MappingProxyType({n: read_only(b) for n, b in books.items()}))
