"""Which columns of a program say that an account goes to a rep: what a general solver cannot know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt._typing import IntArray, read_only

__all__ = ["Pairs"]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """The assignment part of a program: one binary per eligible pair, one equality row per account.

    Parameters
    ----------
    account, rep : ndarray of int, shape (p,)
        Account (or group of accounts) and rep of every pair; accounts rise.
    indptr : ndarray of int, shape (n + 1,)
        Pairs of account ``i`` are ``indptr[i]:indptr[i + 1]``.
    columns : slice
        Columns of the pairs in the program, in this order.
    rows : slice
        Rows ``sum of the pairs of an account = 1``, in account order.

    Raises
    ------
    ValueError
        When the lengths do not agree, or accounts do not rise.

    Examples
    --------
    >>> pairs = Pairs(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([0, 2, 3]), slice(0, 3), slice(0, 2))
    >>> pairs.n_pairs, pairs.n_accounts, pairs.n_reps
    (3, 2, 2)
    """

    account: IntArray
    rep: IntArray
    indptr: IntArray
    columns: slice
    rows: slice

    def __post_init__(self) -> None:
        for name in ("account", "rep", "indptr"):
            array = np.ascontiguousarray(getattr(self, name), dtype=np.int64)
            object.__setattr__(self, name, read_only(array))
        n_pairs, n_accounts = len(self.account), len(self.indptr) - 1
        sizes = (len(self.rep), self.columns.stop - self.columns.start, int(self.indptr[-1]))
        if sizes != (n_pairs,) * 3 or self.rows.stop - self.rows.start != n_accounts:
            raise ValueError(f"{n_pairs} pairs of {n_accounts} accounts do not agree with {sizes}, {self.rows}")
        expected = np.repeat(np.arange(n_accounts), np.diff(self.indptr))
        if not np.array_equal(expected, self.account):
            raise ValueError("pairs must be sorted by account, as indptr says")

    @property
    def n_pairs(self) -> int:
        """Number of pairs."""
        return len(self.account)

    @property
    def n_accounts(self) -> int:
        """Number of accounts."""
        return len(self.indptr) - 1

    @property
    def n_reps(self) -> int:
        """One more than the largest rep position."""
        return int(np.max(self.rep, initial=-1)) + 1
