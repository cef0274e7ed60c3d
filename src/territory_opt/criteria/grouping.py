"""Which accounts share a rep, and which must not."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from territory_opt.criteria._rule import Rule, id_pairs
from territory_opt.errors import CriterionError

__all__ = ["Apart", "Together"]


class Together(Rule):
    """Accounts of one group go to one rep.

    Parameters
    ----------
    by : str, or iterable of iterables of str
        ``"parent_id"`` (families: an account, its parent and everything below), another text column whose equal
        values belong together, or groups of account ids.

    Raises
    ------
    CriterionError
        If a group has fewer than two accounts.

    Examples
    --------
    >>> Together("parent_id").describe()
    'accounts with the same parent_id stay together'
    """

    __slots__ = ("column", "groups")
    column: str | None
    groups: tuple[tuple[str, ...], ...]

    def __init__(self, by: str | Iterable[Iterable[str]]) -> None:
        if isinstance(by, str):
            self._set(column=by, groups=())
            return
        groups = tuple(tuple(str(a) for a in group) for group in by)
        if not groups or any(len(group) < 2 for group in groups):
            raise CriterionError("Together: every group needs at least two account ids")
        self._set(column=None, groups=groups)

    @property
    def key(self) -> Hashable:
        """Kind and column; groups of ids add up."""
        return ("together", self.column or self.groups)

    @property
    def is_limit(self) -> bool:
        """Always a hard limit."""
        return True

    def describe(self) -> str:
        """One line in words."""
        if self.column is not None:
            return f"accounts with the same {self.column} stay together"
        n = len(self.groups)
        return f"{n} group{'' if n == 1 else 's'} of accounts stay together"

    def __repr__(self) -> str:
        return f"Together({self.column!r})" if self.column is not None else f"Together({list(self.groups)!r})"


class Apart(Rule):
    """Pairs of accounts that must not share a rep (competitors, say).

    Parameters
    ----------
    pairs : iterable of (account id, account id)
        The pairs.

    Raises
    ------
    CriterionError
        If the pairs are empty, not pairs, or an account is to be apart from itself.

    Examples
    --------
    >>> Apart([("A-1", "A-2")]).describe()
    '1 pair of accounts kept apart'
    """

    __slots__ = ("pairs",)
    pairs: tuple[tuple[str, str], ...]

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        checked = id_pairs("Apart", pairs)
        same = [a for a, b in checked if a == b]
        if same:
            raise CriterionError(f"Apart: {same[0]!r} cannot be apart from itself")
        self._set(pairs=checked)

    @property
    def key(self) -> Hashable:
        """Pairs add up; only an equal rule replaces."""
        return ("apart", self.pairs)

    @property
    def is_limit(self) -> bool:
        """Always a hard limit."""
        return True

    def describe(self) -> str:
        """One line in words."""
        n = len(self.pairs)
        return f"{n} pair{'' if n == 1 else 's'} of accounts kept apart"

    def __repr__(self) -> str:
        return f"Apart({list(self.pairs)!r})"
