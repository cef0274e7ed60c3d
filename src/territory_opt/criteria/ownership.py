"""Named accounts and named reps: locks and forbidden pairs."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

from territory_opt.criteria._rule import Rule, id_pairs
from territory_opt.errors import CriterionError

__all__ = ["Forbid", "Lock"]


class Lock(Rule):
    """Accounts that must stay with their owner, or go to a named rep.

    Parameters
    ----------
    accounts : iterable of str, or mapping of str to str
        Account ids that keep their current owner; or a mapping account id -> rep id.
    rep : str, optional
        With an iterable: the rep that gets them all, in place of the current owner.

    Raises
    ------
    CriterionError
        If no account is given, or a mapping and ``rep`` together. Unknown ids are refused by
        :class:`territory_opt.Problem`, all at once.

    Examples
    --------
    >>> Lock(["A-17"]).describe()
    '1 account locked to its owner'
    >>> Lock({"A-17": "R-2"}).describe()
    '1 account locked to a named rep'
    """

    __slots__ = ("pairs",)
    pairs: tuple[tuple[str, str | None], ...]

    def __init__(self, accounts: Iterable[str] | Mapping[str, str], rep: str | None = None) -> None:
        if isinstance(accounts, str):
            raise CriterionError(f"Lock: give a list of account ids, as in Lock([{accounts!r}])")
        pairs: tuple[tuple[str, str | None], ...]
        if isinstance(accounts, Mapping):
            if rep is not None:
                raise CriterionError("Lock: give a mapping of accounts to reps, or rep=, not both")
            pairs = tuple((str(a), str(r)) for a, r in accounts.items())
        else:
            pairs = tuple((str(a), None if rep is None else str(rep)) for a in accounts)
        if not pairs:
            raise CriterionError("Lock: no accounts given")
        self._set(pairs=pairs)

    @property
    def key(self) -> Hashable:
        """Locks add up; only an equal lock replaces."""
        return ("lock", self.pairs)

    @property
    def is_limit(self) -> bool:
        """Always a hard limit."""
        return True

    def describe(self) -> str:
        """One line in words."""
        n = len(self.pairs)
        kept = all(rep is None for _, rep in self.pairs)
        whom = ("its owner" if n == 1 else "their owners") if kept else ("a named rep" if n == 1 else "named reps")
        return f"{n} account{'' if n == 1 else 's'} locked to {whom}"

    def __repr__(self) -> str:
        if all(rep is None for _, rep in self.pairs):
            return f"Lock({[account for account, _ in self.pairs]!r})"
        return f"Lock({dict(self.pairs)!r})"


class Forbid(Rule):
    """Accounts that a named rep must not have.

    Parameters
    ----------
    pairs : iterable of (account id, rep id)
        The forbidden pairs.

    Raises
    ------
    CriterionError
        If the pairs are empty or not pairs.

    Examples
    --------
    >>> Forbid([("A-1", "R-2")]).describe()
    '1 forbidden pair of account and rep'
    """

    __slots__ = ("pairs",)
    pairs: tuple[tuple[str, str], ...]

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._set(pairs=id_pairs("Forbid", pairs))

    @property
    def key(self) -> Hashable:
        """Forbidden pairs add up; only an equal rule replaces."""
        return ("forbid", self.pairs)

    @property
    def is_limit(self) -> bool:
        """Always a hard limit."""
        return True

    def describe(self) -> str:
        """One line in words."""
        n = len(self.pairs)
        return f"{n} forbidden pair{'' if n == 1 else 's'} of account and rep"

    def __repr__(self) -> str:
        return f"Forbid({list(self.pairs)!r})"
