"""Edits of a problem: accounts and reps that come and go, values that change; everything else stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt._columns import Columns
from territory_opt._typing import AnyArray, IntArray
from territory_opt.accounts import Accounts
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.costs import Costs
from territory_opt.criteria.eligibility import Eligible
from territory_opt.errors import CriterionError, DataError, Issue
from territory_opt.quality import DataQuality
from territory_opt.team import Team

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["Editing", "with_accounts", "with_reps", "with_values", "without_accounts", "without_reps"]


class Editing:
    """The edits as methods: every one returns a new problem."""

    __slots__ = ()

    def with_accounts(self: Any, frame: Any, *, columns: Mapping[str, str | None] | None = None) -> Problem:
        """Add accounts; see :func:`territory_opt.edits.with_accounts`."""
        return with_accounts(self, frame, columns=columns)

    def with_reps(self: Any, frame: Any, *, columns: Mapping[str, str | None] | None = None) -> Problem:
        """Add reps; see :func:`territory_opt.edits.with_reps`."""
        return with_reps(self, frame, columns=columns)

    def with_values(self: Any, column: str, values: Mapping[str, Any]) -> Problem:
        """Change values of some accounts; see :func:`territory_opt.edits.with_values`."""
        return with_values(self, column, values)

    def without_accounts(self: Any, *account_id: str) -> Problem:
        """Drop accounts; see :func:`territory_opt.edits.without_accounts`."""
        return without_accounts(self, *account_id)

    def without_reps(self: Any, *rep_id: str) -> Problem:
        """Drop reps; see :func:`territory_opt.edits.without_reps`."""
        return without_reps(self, *rep_id)


def without_reps(problem: Problem, *rep_id: str) -> Problem:
    """The problem after reps have left.

    Parameters
    ----------
    problem : Problem
        The statement.
    *rep_id : str
        Who leaves.

    Returns
    -------
    Problem
        Travel times, costs, measures, limits and masks of your own lose the columns of these reps; all else stays.

    Raises
    ------
    DataError
        If a rep is unknown, or nobody would be left; all are listed.
    CriterionError
        If a criterion names one of them: say first what is to become of it.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 7e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> without_reps(problem, "r1").team.rep_id.tolist()
    ['r2']
    """
    keep = _kept(problem.team.rep_id, rep_id, "team", "rep_id")
    team = problem.team
    columns = Columns({name: column[keep] for name, column in team.columns.items()})
    return problem.replace(
        team=Team(team.rep_id[keep], columns, team.quality),
        travel_time=_cut(problem, None, keep),
        criteria=_cut_criteria(problem, None, keep),
        own_measures=_cut_measures(problem, None, keep),
    )


def without_accounts(problem: Problem, *account_id: str) -> Problem:
    """The problem after accounts have gone.

    Parameters
    ----------
    problem : Problem
        The statement.
    *account_id : str
        Which are gone.

    Raises
    ------
    DataError
        If an account is unknown, or none would be left; all are listed.
    CriterionError
        If a criterion names one of them.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 7e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1"]}))
    >>> without_accounts(problem, "a").accounts.account_id.tolist()
    ['b']
    """
    accounts = problem.accounts
    keep = _kept(accounts.account_id, account_id, "accounts", "account_id")
    columns = Columns({name: column[keep] for name, column in accounts.columns.items()})
    return problem.replace(
        accounts=Accounts(accounts.account_id[keep], columns, accounts.measures, accounts.quality),
        travel_time=_cut(problem, keep, None),
        criteria=_cut_criteria(problem, keep, None),
        own_measures=_cut_measures(problem, keep, None),
    )


def with_accounts(problem: Problem, frame: Any, *, columns: Mapping[str, str | None] | None = None) -> Problem:
    """The problem with further accounts.

    Parameters
    ----------
    problem : Problem
        The statement.
    frame : frame, mapping, or Accounts
        The new rows, read as by :meth:`Accounts.from_frame`.
    columns : mapping, optional
        Canonical name to header, as there.

    Returns
    -------
    Problem
        New accounts come last. Columns that the new rows do not have are blank there. Headers that were not recognised,
        and whatever else was read into the new rows, stand in ``problem.accounts.quality``.

    Raises
    ------
    DataError
        If the new rows are unusable, have columns that the table has not, or an id is there already; all are listed.
    CriterionError
        If travel times, costs, measures or masks of your own say nothing about the new accounts.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 7e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1"]}))
    >>> with_accounts(problem, {"account_id": ["c"], "acv": [1e4]}).n_accounts
    3
    """
    accounts = problem.accounts
    more = (
        frame
        if isinstance(frame, Accounts)
        else Accounts.from_frame(frame, columns=columns, measures=accounts.measures)
    )
    _refuse_own(problem, "accounts")
    joined = _joined(accounts.to_frame(), more.to_frame(), "accounts")
    table = Accounts.from_frame(joined, columns=_same(joined), measures=accounts.measures)
    quality = _said(table.quality, accounts.quality, more.quality)
    return problem.replace(accounts=Accounts(table.account_id, table.columns, table.measures, quality))


def with_reps(problem: Problem, frame: Any, *, columns: Mapping[str, str | None] | None = None) -> Problem:
    """The problem with further reps.

    Parameters
    ----------
    problem : Problem
        The statement.
    frame : frame, mapping, or Team
        The new rows, read as by :meth:`Team.from_frame`.
    columns : mapping, optional
        Canonical name to header, as there.

    Raises
    ------
    DataError
        If the new rows are unusable, have columns that the table has not, or an id is there already; all are listed.
    CriterionError
        If travel times, costs, measures, limits or masks of your own say nothing about the new reps.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 7e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1"]}))
    >>> with_reps(problem, {"rep_id": ["r2"], "capacity": [0.5]}).team.capacity.tolist()
    [1.0, 0.5]
    """
    more = frame if isinstance(frame, Team) else Team.from_frame(frame, columns=columns)
    _refuse_own(problem, "reps")
    joined = _joined(problem.team.to_frame(), more.to_frame(), "team")
    team = Team.from_frame(joined, columns=_same(joined))
    quality = _said(team.quality, problem.team.quality, more.quality)
    return problem.replace(team=Team(team.rep_id, team.columns, quality))


def with_values(problem: Problem, column: str, values: Mapping[str, Any]) -> Problem:
    """The problem after values of accounts have changed, such as a forecast that was challenged.

    Parameters
    ----------
    problem : Problem
        The statement.
    column : str
        A column the accounts have.
    values : mapping of str to value
        Account id to new value.

    Raises
    ------
    DataError
        If the column or an account is not there, or a value is unusable; all are listed.

    Notes
    -----
    D-CHAL-1: a rep contests an ACV forecast or a fit score.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 7e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1"]}))
    >>> with_values(problem, "acv", {"b": 5e4}).accounts.number("acv").tolist()
    [90000.0, 50000.0]
    """
    accounts = problem.accounts
    issues = []
    if column not in accounts.columns:
        have = ", ".join(accounts.columns)
        issues.append(Issue(None, column, "is not in the table", f"the table has {have}"))
    rows: IntArray = accounts.positions(list(values))
    issues += [
        Issue(None, "account_id", f"no account {item!r}", "check the spelling")
        for item, row in zip(values, rows, strict=True)
        if row < 0
    ]
    if issues:
        raise DataError("accounts", issues)
    frame = accounts.to_frame()
    frame[column] = frame[column].astype(object)
    for row, value in zip(rows.tolist(), values.values(), strict=True):
        frame.loc[row, column] = value
    table = Accounts.from_frame(frame, columns=_same(frame), measures=accounts.measures)
    quality = _said(table.quality, accounts.quality)
    return problem.replace(accounts=Accounts(table.account_id, table.columns, table.measures, quality))


def _kept(ids: AnyArray, gone: Iterable[str], table: str, column: str) -> IntArray:
    known = {str(item): row for row, item in enumerate(ids.tolist())}
    named, issues = [], []
    for item in gone:
        if not isinstance(item, str):
            issues.append(Issue(None, column, f"{item!r} is not an id", "give texts, one by one: (*ids), not (ids)"))
        elif item not in known:
            issues.append(Issue(None, column, f"no {column} {item!r}", "check the spelling"))
        else:
            named.append(known[item])
    keep = np.setdiff1d(np.arange(len(ids)), named)
    if not issues and not len(keep):
        issues.append(Issue(None, None, "nothing would be left", "keep at least one row"))
    if issues:
        raise DataError(table, issues)
    return keep


def _cut(problem: Problem, accounts: IntArray | None, reps: IntArray | None) -> Any:
    """Travel times without some rows or columns; positions are renumbered for a function."""
    hours = problem.places.travel_time
    if hours is None:
        return None
    if callable(hours):
        return _Renumbered(hours, accounts, reps)
    return _part(hours, accounts, reps)


def _part(table: AnyArray, accounts: IntArray | None, reps: IntArray | None) -> AnyArray:
    """Some rows and columns of a table by account and rep; None keeps all."""
    part: AnyArray = table if accounts is None else table[accounts]
    return part if reps is None else part[:, reps]


def _cut_measures(problem: Problem, accounts: IntArray | None, reps: IntArray | None) -> dict[str, AnyArray]:
    return {
        name: _part(values, accounts, reps if values.ndim == 2 else None)
        for name, values in problem.own_measures.items()
    }


class _Renumbered:
    """Travel times by a function that still counts accounts and reps as before."""

    __slots__ = ("_accounts", "_hours", "_reps")

    def __init__(self, hours: Any, accounts: IntArray | None, reps: IntArray | None) -> None:
        self._hours, self._accounts, self._reps = hours, accounts, reps

    def __call__(self, account: IntArray, rep: IntArray) -> Any:
        account = account if self._accounts is None else self._accounts[account]
        return self._hours(account, rep if self._reps is None else self._reps[rep])


def _cut_criteria(problem: Problem, accounts: IntArray | None, reps: IntArray | None) -> list[Criterion]:
    cut = (_cut_criterion(c, accounts, reps) for c in problem.criteria)
    return [c for c in cut if c is not None]


def _cut_criterion(criterion: Criterion, accounts: IntArray | None, reps: IntArray | None) -> Criterion | None:
    if isinstance(criterion, Eligible) and criterion.mask is not None:
        return Eligible(_part(criterion.mask, accounts, reps), weight=criterion.weight)
    if isinstance(criterion, Costs):
        return Costs(_part(criterion.table, accounts, reps), weight=criterion.weight)
    if isinstance(criterion, BookLimits) and reps is not None and criterion.lower.ndim:
        low, high = criterion.lower[reps], criterion.upper[reps]
        if not (np.isfinite(low).any() or np.isfinite(high).any()):
            return None  # Only reps who left had a limit.
        return BookLimits(criterion.measure, lower=low, upper=high)
    return criterion


def _refuse_own(problem: Problem, what: str) -> None:
    """Arrays of the user's own cannot be continued for rows that are new."""
    own = [
        c.describe()
        for c in problem.criteria
        if (isinstance(c, Eligible) and c.mask is not None)
        or isinstance(c, Costs)
        or (isinstance(c, BookLimits) and what == "reps" and c.lower.ndim)
    ]
    if problem.places.travel_time is not None:
        own.append("your own travel times")
    own += [
        f"your own measure {name!r}"
        for name, values in problem.own_measures.items()
        if what == "accounts" or values.ndim == 2
    ]
    if own:
        raise CriterionError(
            f"{', '.join(own)} say nothing about new {what}: build the problem anew, or use replace() with all of them"
        )


def _joined(old: Any, new: Any, table: str) -> Any:
    import pandas as pd

    strange = [name for name in new.columns if name not in old.columns]
    if strange:
        have = ", ".join(old.columns)
        raise DataError(table, [Issue(None, name, "is not in the table", f"the table has {have}") for name in strange])
    frame = pd.concat([old.astype(object), new.astype(object)], ignore_index=True)
    return frame.astype(object).where(frame.notna(), None)


def _said(now: DataQuality, *before: DataQuality) -> DataQuality:
    """The report on joined rows, with all that was said when they were read: what was not used is not forgotten."""
    said = before[0]
    for more in before[1:]:
        said = said.merge(more)
    # How headers were mapped is known from the first reading; the joined table has canonical names only.
    return replace(said.merge(replace(now, mapped=())), n_rows=now.n_rows)


def _same(frame: Any) -> dict[str, str | None]:
    """Every header is the canonical name already: nothing is guessed again."""
    return {str(name): str(name) for name in frame.columns}
