"""Eligible pairs laid out twice: by group for the assignment, by rep for the books."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt._typing import AnyArray, BoolArray, FloatArray, IntArray

__all__ = ["PairTable", "lay_out"]


@dataclass(frozen=True, slots=True)
class PairTable:
    """Eligible pairs of groups and reps.

    Attributes
    ----------
    allowed : ndarray of bool, shape (n_groups, n_reps)
        Which pairs there are.
    group, rep : ndarray of int, shape (p,)
        The pairs in the order of their columns: group by group.
    by_rep : ndarray of int, shape (p,)
        Columns sorted by rep, then group.
    rep_lengths : ndarray of int, shape (n_reps,)
        Pairs of every rep.
    """

    allowed: BoolArray
    group: IntArray
    rep: IntArray
    by_rep: AnyArray
    rep_lengths: IntArray

    @property
    def n_pairs(self) -> int:
        """Number of pairs."""
        return len(self.group)

    def columns_of(self, values: FloatArray) -> FloatArray:
        """Pick the pairs of an array (n_groups, n_reps), in column order."""
        picked: FloatArray = values[self.allowed]
        return picked

    def rows_of(self, values: FloatArray) -> FloatArray:
        """Pick the pairs of an array (n_groups, n_reps), sorted by rep."""
        picked: FloatArray = values.T[self.allowed.T]
        return picked


def lay_out(allowed: BoolArray) -> PairTable:
    """Number the eligible pairs.

    Parameters
    ----------
    allowed : ndarray of bool, shape (n_groups, n_reps)
        Which pairs there are.

    Returns
    -------
    PairTable
        Both orders.

    Examples
    --------
    >>> table = lay_out(np.array([[True, True], [False, True]]))
    >>> table.group.tolist(), table.rep.tolist(), table.by_rep.tolist()
    ([0, 0, 1], [0, 1, 1], [0, 1, 2])
    """
    group, rep = np.nonzero(allowed)
    # The position of a pair among the eligible ones, read down the columns, sorts by rep without a sort.
    position = np.cumsum(allowed.ravel(), dtype=np.int32).reshape(allowed.shape) - 1
    return PairTable(allowed, group, rep, position.T[allowed.T], allowed.sum(axis=0).astype(np.int64))
