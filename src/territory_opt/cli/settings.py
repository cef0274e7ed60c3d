"""What a command line asks for: columns, rules and policy, as one value that can be saved and read back."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from territory_opt._specs import ACCOUNT_COLUMNS, REP_COLUMNS
from territory_opt._text import close_matches
from territory_opt.accounts import Accounts
from territory_opt.cli.exits import BadInput
from territory_opt.criteria import Balance, Criterion, Disruption, Lock, Together, Travel
from territory_opt.errors import CriterionError, DataError, Issue
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.team import Team

__all__ = ["Settings", "SolveSettings", "read_policy"]

_ACCOUNT_NAMES = frozenset(spec.name for spec in ACCOUNT_COLUMNS)
_REP_NAMES = frozenset(spec.name for spec in REP_COLUMNS)


class _Saved(BaseModel):
    # JSON has no infinity: an open end of a range, or no time limit, is kept as a text.
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")


class SolveSettings(_Saved):
    """How long and how hard to search."""

    solver: str = "auto"
    time_limit: float = 60.0
    gap: float = 1e-3
    seed: int = 1
    threads: int = 1


class Settings(_Saved):
    """What is asked of a carve, in the words of the command line.

    Attributes
    ----------
    columns : tuple of str
        ``NAME=HEADER``, with ``accounts.`` or ``reps.`` in front where a name is in both tables.
    measures : tuple of str
        Further columns that add up over a book.
    load_within, tam_within, units, travel_share, moved_at_most
        Limits that replace the domain defaults; None keeps those.
    lock : tuple of str
        ``ACCOUNT`` stays with its owner, ``ACCOUNT=REP`` goes to that rep.
    together : tuple of str
        Columns whose equal values share a rep.
    without : tuple of str
        Default rules to leave out.
    policy : dict
        All values of :class:`territory_opt.Policy`, so that a saved carve does not depend on later defaults.
    """

    columns: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    load_within: float | None = None
    tam_within: float | None = None
    units: tuple[float, float] | None = None
    travel_share: float | None = None
    moved_at_most: float | None = None
    lock: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    policy: dict[str, Any] = Field(default_factory=lambda: Policy().to_dict())

    @property
    def states_rules(self) -> bool:
        """True when a rule is asked for or left out; columns, measures and policy are no rules."""
        others = {"columns", "measures", "policy"}
        return any(value not in (None, ()) for name, value in self if name not in others)

    def mapping(self) -> tuple[dict[str, str | None], dict[str, str | None]]:
        """Return canonical name to header, for accounts and for reps; an empty header leaves a column out.

        Raises
        ------
        DataError
            With every entry that cannot be understood.

        Examples
        --------
        >>> Settings(columns=("acv=ARR", "capacity=FTE", "reps.lat=Home Lat")).mapping()
        ({'acv': 'ARR'}, {'capacity': 'FTE', 'lat': 'Home Lat'})
        """
        accounts: dict[str, str | None] = {}
        reps: dict[str, str | None] = {}
        issues = []
        for entry in self.columns:
            left, equals, header = entry.partition("=")
            table, dot, name = left.strip().rpartition(".")
            known = {"accounts": _ACCOUNT_NAMES, "reps": _REP_NAMES}.get(table, _ACCOUNT_NAMES | _REP_NAMES)
            if not equals:
                issues.append(Issue(None, None, f"--map {entry!r} has no '='", "write NAME=HEADER, as in acv=ARR"))
            elif dot and table not in ("accounts", "reps"):
                issues.append(Issue(None, None, f"--map {entry!r}: no table {table!r}", "write accounts. or reps."))
            elif name not in known:
                near = close_matches(name, sorted(known))
                hint = f"did you mean {' or '.join(near)}?" if near else "see the column names in the documentation"
                issues.append(Issue(None, None, f"--map {entry!r}: no column is called {name!r}", hint))
            elif table == "reps" or (not table and name not in _ACCOUNT_NAMES):
                reps[name] = header.strip() or None
            else:
                accounts[name] = header.strip() or None
        if issues:
            raise DataError("column mapping", issues)
        return accounts, reps

    def problem(self, accounts: Accounts, team: Team) -> Problem:
        """State the problem: the domain defaults, less ``without``, plus what was asked for.

        Raises
        ------
        BadInput
            With every rule that contradicts itself.
        DataError, CriterionError
            What the tables do not allow.
        """
        problem = Problem(accounts, team, policy=Policy.from_dict(self.policy))
        if self.without:
            problem = problem.without_criteria(*self.without)
        asked = self._criteria(accounts)
        return problem.with_criteria(*asked) if asked else problem

    def _criteria(self, accounts: Accounts) -> list[Criterion]:
        found: list[Criterion] = []
        wrong: list[Exception] = []

        def take(make: Any, *args: Any, **kwargs: Any) -> None:
            try:
                found.append(make(*args, **kwargs))
            except CriterionError as error:
                wrong.append(error)

        if self.load_within is not None:
            take(Balance, "load", within=self.load_within, of="median")
        if self.tam_within is not None:
            take(Balance, "tam", within=self.tam_within, of="mean")
        if self.units is not None:
            take(Balance, "account_units", between=self.units)
        if self.travel_share is not None:
            take(Travel, share_at_most=self.travel_share)
        if self.moved_at_most is not None:
            take(Disruption, "acv", at_most=self.moved_at_most)
        for column in self.together:
            take(Together, column)
        kept, given = self._locks(accounts)
        if kept:
            take(Lock, kept)
        if given:
            take(Lock, given)
        if wrong:
            raise BadInput(wrong)
        return found

    def _locks(self, accounts: Accounts) -> tuple[list[str], dict[str, str]]:
        """Accounts that stay, and accounts with the rep they go to; an id may itself hold an equals sign."""
        ids = set(accounts.account_id.tolist()) if self.lock else set()
        kept: list[str] = []
        given: dict[str, str] = {}
        for entry in self.lock:
            account, equals, rep = entry.rpartition("=")
            if equals and entry.strip() not in ids:
                given[account.strip()] = rep.strip()
            else:
                kept.append(entry.strip())
        return kept, given


def read_policy(path: Path | None) -> dict[str, Any]:
    """Read a policy from a TOML file: one ``name = value`` a line, names as in :class:`territory_opt.Policy`.

    Returns
    -------
    dict
        JSON-ready values of the whole policy.

    Raises
    ------
    DataError
        The file cannot be read or is no TOML.
    CriterionError
        A name is unknown or a value impossible.
    """
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            what = f"cannot be read: {error.strerror or error}"
            raise DataError(str(path), [Issue(None, None, what, "check the path")]) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            hint = "one line per value, such as load_band = 0.10"
            raise DataError(str(path), [Issue(None, None, f"is not TOML: {error}", hint)]) from None
    return Policy.from_dict(values).to_dict()
