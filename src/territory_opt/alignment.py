"""The whole map from accounts to reps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt._frozen import FrozenArrays
from territory_opt._typing import AnyArray, IntArray, TextArray, read_only
from territory_opt.errors import DataError, Issue
from territory_opt.history import Step
from territory_opt.multipliers import Multipliers

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.counter import CounterMove
    from territory_opt.effect import MoveEffect
    from territory_opt.problem import Problem

__all__ = ["Alignment"]

_FEW = 4
"""Up to so many ids are looked up one by one; for more a dictionary is made first."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment(FrozenArrays):
    """Who owns every account.

    Attributes
    ----------
    account_id : ndarray of str, shape (n_accounts,)
        Ids in the order of the problem.
    rep_id : ndarray of str, shape (n_reps,)
        Ids in the order of the team.
    rep_index : ndarray of int, shape (n_accounts,)
        Position in the team of every account's rep.
    home_index : ndarray of int, shape (n_reps,)
        Account position of every open home that was chosen; -1 where the rep has a home, or needs none.
    history : tuple of Step
        What was changed by hand since the alignment was made, first to last.
    problem : Problem or None
        The problem it was made for; what a move does is told against it. Not compared.
    multipliers : Multipliers or None
        Prices that the solve which made it ended with: a re-solve begins from them. Not compared.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 7e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> topt.Alignment.from_index(problem, [1, 0]).owner_of("a")
    'r2'
    """

    account_id: TextArray
    rep_id: TextArray
    rep_index: IntArray
    home_index: IntArray
    history: tuple[Step, ...] = ()
    problem: Problem | None = field(default=None, repr=False)
    multipliers: Multipliers | None = field(default=None, repr=False)

    @classmethod
    def from_index(cls, problem: Problem, rep_index: Any, home_index: Any = None) -> Alignment:
        """Build from positions in the team.

        Parameters
        ----------
        problem : Problem
            Gives the ids.
        rep_index : array of int, shape (n_accounts,)
            Position in the team of every account's rep.
        home_index : array of int, shape (n_reps,), optional
            Account position of every open home; -1 elsewhere.

        Raises
        ------
        DataError
            If a shape does not fit, a position is outside the tables, or an open home is at an account that has no
            known place; all are listed.
        """
        n, k = problem.n_accounts, problem.n_reps
        reps = _whole(rep_index, n, k, "rep_index", lowest=0)
        homes = np.full(k, -1, dtype=np.int64)
        if home_index is not None:
            homes = _whole(home_index, k, n, "home_index", lowest=-1)
            nowhere = problem.places.open_reps & (homes >= 0) & ~np.isfinite(problem.places.lat[homes])
            ids, hint = problem.accounts.account_id, "choose an account with coordinates"
            lost = [
                Issue(int(j), "home_index", f"{ids[homes[j]]!r} has no known place", hint)
                for j in np.flatnonzero(nowhere)
            ]
            if lost:
                raise DataError("alignment", lost)
        return cls(problem.accounts.account_id, problem.team.rep_id, read_only(reps), read_only(homes), (), problem)

    @classmethod
    def from_frame(cls, problem: Problem, frame: Any) -> Alignment:
        """Build from a table with the columns ``account_id`` and ``rep_id``, in any order.

        Parameters
        ----------
        problem : Problem
            Gives the tables that the ids must be in.
        frame : data frame or mapping of columns
            One row per account.

        Raises
        ------
        DataError
            If ids are unknown, repeated or missing; all are listed.
        """
        from territory_opt.frames import read_columns

        columns = read_columns(frame)
        missing = [name for name in ("account_id", "rep_id") if name not in columns]
        if missing:
            have = ", ".join(columns)
            raise DataError("alignment", [Issue(None, name, "is missing", f"columns: {have}") for name in missing])
        accounts = {str(a): i for i, a in enumerate(problem.accounts.account_id)}
        reps = {str(r): j for j, r in enumerate(problem.team.rep_id)}
        rep_index = np.full(problem.n_accounts, -1, dtype=np.int64)
        issues: list[Issue] = []
        given = zip(_texts(columns["account_id"]), _texts(columns["rep_id"]), strict=True)
        for row, (account, rep) in enumerate(given):
            if account not in accounts:
                issues.append(Issue(row, "account_id", f"no account {account!r}", "use ids of the accounts table"))
            elif rep not in reps:
                issues.append(Issue(row, "rep_id", f"no rep {rep!r}", "use ids of the team table"))
            elif rep_index[accounts[account]] >= 0:
                issues.append(Issue(row, "account_id", f"{account!r} is assigned twice", "keep one row"))
            else:
                rep_index[accounts[account]] = reps[rep]
        if not issues:
            lost = np.flatnonzero(rep_index < 0)
            ids = problem.accounts.account_id
            issues = [Issue(None, "account_id", f"{ids[i]!r} has no row", "assign every account") for i in lost]
        if issues:
            raise DataError("alignment", issues)
        return cls.from_index(problem, rep_index)

    def owner_of(self, account_id: str) -> str:
        """Rep id of one account.

        Raises
        ------
        DataError
            If there is no such account.
        """
        found = np.flatnonzero(self.account_id == account_id)
        if not len(found):
            raise DataError(
                "alignment", [Issue(None, "account_id", f"no account {account_id!r}", "check the spelling")]
            )
        return str(self.rep_id[self.rep_index[found[0]]])

    def move(self, account_id: str, rep_id: str, *, who: str = "", why: str = "") -> Alignment:
        """Give one account to another rep.

        Parameters
        ----------
        account_id, rep_id : str
            Who goes where.
        who, why : str
            Kept in :attr:`history`.

        Returns
        -------
        Alignment
            A child that remembers the step; this one stays as it is. A move that breaks a limit is made all the
            same: :attr:`effect` says so.

        Raises
        ------
        DataError
            If there is no such account or rep, or the rep has the account already.

        Examples
        --------
        >>> import territory_opt as topt
        >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b", "c"], "acv": [9e4, 7e4, 2e4]})
        >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
        >>> child = topt.Alignment.from_index(problem, [0, 1, 0]).move("c", "r2", who="Ann")
        >>> child.owner_of("c"), str(child.history[-1]), child.undo().owner_of("c")
        ('r2', 'c: r1 -> r2 (Ann)', 'r1')
        """
        return self.move_all({account_id: rep_id}, who=who, why=why)

    def move_all(self, moves: Mapping[str, str], *, who: str = "", why: str = "") -> Alignment:
        """Give several accounts to other reps in one step, such as a swap.

        Parameters
        ----------
        moves : mapping of str to str
            Account id to rep id.
        who, why : str
            Kept in :attr:`history`.

        Raises
        ------
        DataError
            If an account or a rep is unknown, or a rep has the account already; all are listed.
        """
        accounts = _position_of(self.account_id, moves)
        reps = _position_of(self.rep_id, moves.values())
        issues = [
            Issue(None, name, f"no {kind} {item!r}", "check the spelling")
            for name, kind, known, wanted in (
                ("account_id", "account", accounts, moves),
                ("rep_id", "rep", reps, dict.fromkeys(moves.values())),
            )
            for item in wanted
            if item not in known
        ]
        if issues:
            raise DataError("alignment", issues)
        step = Step(tuple((a, str(self.rep_id[self.rep_index[accounts[a]]]), r) for a, r in moves.items()), who, why)
        return self._with([(accounts[a], reps[r]) for a, r in moves.items()], (*self.history, step))

    @property
    def parent(self) -> Alignment | None:
        """The alignment before the last step; None when nothing was changed by hand."""
        return self.undo() if self.history else None

    def undo(self, steps: int = 1) -> Alignment:
        """Take back the last steps.

        Raises
        ------
        DataError
            If there are not so many steps.
        """
        if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= len(self.history):
            what = f"cannot undo {steps!r} of {len(self.history)} steps"
            raise DataError("alignment", [Issue(None, "history", what, "give a whole number of steps from 1")])
        back: dict[str, str] = {}
        for step in reversed(self.history[-steps:]):
            back.update({account: before for account, before, _ in step.moves})
        accounts, reps = _position_of(self.account_id, back), _position_of(self.rep_id, back.values())
        return self._with([(accounts[a], reps[r]) for a, r in back.items()], self.history[:-steps])

    @property
    def effect(self) -> MoveEffect:
        """What the last step did: both books before and after, the objective, limits newly broken and mended.

        Raises
        ------
        DataError
            If nothing was changed by hand, or the alignment does not know its problem.
        """
        from territory_opt.effect import move_effect

        return move_effect(self._known_problem(), self.undo(), self)

    def counter_swaps(self, n: int = 5) -> tuple[CounterMove, ...]:
        """Best moves and swaps that restore the balance after the last step; see :func:`territory_opt.counter`.

        Parameters
        ----------
        n : int
            At most so many.

        Raises
        ------
        DataError
            If nothing was changed by hand, or the alignment does not know its problem.
        """
        from territory_opt.counter import counter_moves

        return counter_moves(self._known_problem(), self, n)

    def _known_problem(self) -> Problem:
        if self.problem is None:
            hint = "make it with Alignment.from_index or from_frame"
            raise DataError("alignment", [Issue(None, None, "does not know its problem", hint)])
        return self.problem

    def _with(self, moves: list[tuple[int, int]], history: tuple[Step, ...]) -> Alignment:
        rep_index = self.rep_index.copy()
        for account, rep in moves:
            rep_index[account] = rep
        return replace(self, rep_index=read_only(rep_index), history=history)

    def with_multipliers(self, multipliers: Multipliers | None) -> Alignment:
        """Return the same alignment with the prices that its solve ended with.

        Raises
        ------
        DataError
            If they are not one row per rep.
        """
        if multipliers is not None and multipliers.per_unit.shape != (len(self.rep_id), len(multipliers.measures)):
            what = f"shape {multipliers.per_unit.shape} for {len(self.rep_id)} reps"
            raise DataError("alignment", [Issue(None, "multipliers", what, "one row per rep, one column per measure")])
        return replace(self, multipliers=multipliers)

    def to_frame(self) -> pd.DataFrame:
        """One row per account: ``account_id``, ``rep_id``."""
        import pandas as pd

        return pd.DataFrame({"account_id": self.account_id, "rep_id": self.rep_id[self.rep_index]})

    def __len__(self) -> int:
        return len(self.rep_index)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Alignment):
            return NotImplemented
        return all(
            np.array_equal(mine, theirs)
            for mine, theirs in (
                (self.account_id, other.account_id),
                (self.rep_id, other.rep_id),
                (self.rep_index, other.rep_index),
                (self.home_index, other.home_index),
            )
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Alignment({len(self):,} accounts, {len(self.rep_id):,} reps)"

    def _repr_html_(self) -> str:
        from territory_opt.report.notebook import alignment_html

        return alignment_html(self)


def _position_of(ids: TextArray, wanted: Iterable[str]) -> dict[str, int]:
    """Positions of the ids that are there."""
    asked = dict.fromkeys(wanted)
    if len(asked) > _FEW:
        place = {item: row for row, item in enumerate(ids.tolist())}
        return {item: place[item] for item in asked if item in place}
    found = {}
    for item in asked:
        at = np.flatnonzero(ids == item)
        if len(at):
            found[item] = int(at[0])
    return found


def _texts(ids: AnyArray) -> list[str]:
    from territory_opt.frames import number_texts

    # Ids that are numbers in the frame are texts in the tables: 17, not 17.0.
    texts = number_texts(ids) if ids.dtype.kind == "f" else ids
    return [str(text).strip() for text in texts.tolist()]


def _whole(values: Any, length: int, bound: int, name: str, *, lowest: int) -> IntArray:
    try:
        given = np.asarray(values)
    except ValueError as error:
        raise DataError("alignment", [Issue(None, name, f"is no array: {error}", "give one position each")]) from error
    if given.shape != (length,):
        raise DataError("alignment", [Issue(None, name, f"shape {given.shape}", f"one position each: ({length},)")])
    if given.dtype.kind not in "iu":
        raise DataError("alignment", [Issue(None, name, f"type {given.dtype}", "give whole numbers")])
    index = given.astype(np.int64)
    bad = np.flatnonzero((index < lowest) | (index >= bound))
    if len(bad):
        hint = f"positions run from {lowest} to {bound - 1}"
        raise DataError("alignment", [Issue(int(row), name, f"{index[row]} is outside", hint) for row in bad])
    return index
