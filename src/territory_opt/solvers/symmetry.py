"""Identical reps make every carve count many times over; triangular fixing leaves one of each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.formulation.program import IntegerProgram
from territory_opt.solvers._structure import reps_of_rows_and_columns
from territory_opt.solvers.pairs import Pairs

__all__ = ["Symmetry", "identical_reps", "triangular_pairs"]


def identical_reps(program: IntegerProgram, pairs: Pairs) -> IntArray:
    """Class of every rep: reps are in one class when exchanging them leaves the program as it is.

    Parameters
    ----------
    program : IntegerProgram
        The program.
    pairs : Pairs
        Its assignment part.

    Returns
    -------
    ndarray of int, shape (k,)
        The first rep that each rep is identical to; its own position when it is like no rep before it.

    Notes
    -----
    Costs, coefficients, bounds, eligibility: everything is compared, by exchanging the two reps' rows and columns
    and looking whether the same program results. Nothing is rounded.
    """
    row_rep, column_rep = reps_of_rows_and_columns(program, pairs)
    rows = [np.flatnonzero(row_rep == rep) for rep in range(pairs.n_reps)]
    columns = [np.flatnonzero(column_rep == rep) for rep in range(pairs.n_reps)]
    matrix = program.matrix().tocsr()
    matrix.sort_indices()
    answer = np.arange(pairs.n_reps)
    leaders: list[int] = []
    for rep in range(pairs.n_reps):
        for leader in leaders:
            if _alike(program, matrix, (rows[leader], rows[rep]), (columns[leader], columns[rep])):
                answer[rep] = leader
                break
        else:
            leaders.append(rep)
    return answer


def _alike(
    program: IntegerProgram, matrix: object, rows: tuple[IntArray, IntArray], columns: tuple[IntArray, IntArray]
) -> bool:
    if len(rows[0]) != len(rows[1]) or len(columns[0]) != len(columns[1]):
        return False
    for array in (program.cost, program.col_lower, program.col_upper, program.integrality):
        if not np.array_equal(array[columns[0]], array[columns[1]]):
            return False
    for array in (program.row_lower, program.row_upper):
        if not np.array_equal(array[rows[0]], array[rows[1]]):
            return False
    row_order, column_order = np.arange(program.n_rows), np.arange(program.n_columns)
    row_order[np.concatenate(rows)] = np.concatenate(rows[::-1])
    column_order[np.concatenate(columns)] = np.concatenate(columns[::-1])
    exchanged = matrix[row_order][:, column_order]  # type: ignore[index]  # scipy has no stubs
    return bool((exchanged != matrix).nnz == 0)


def triangular_pairs(pairs: Pairs, rep_class: IntArray, value: FloatArray) -> BoolArray:
    """Pairs to keep so that of every set of carves that differ only by identical reps one is left.

    Parameters
    ----------
    pairs : Pairs
        The assignment part.
    rep_class : ndarray of int, shape (k,)
        Class of every rep, as :func:`identical_reps` gives it.
    value : ndarray, shape (n,)
        Any order will do; by size, largest first, cuts most.

    Returns
    -------
    ndarray of bool, shape (p,)
        False for pairs that may be dropped.

    Notes
    -----
    The p-th account, counted from 0 by falling value, may use only the first p + 1 reps of a class: reps can be
    renamed by the first account they hold.

    Examples
    --------
    >>> pairs = Pairs(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([0, 2, 4]), slice(0, 4), slice(0, 2))
    >>> triangular_pairs(pairs, np.array([0, 0]), np.array([1.0, 2.0])).tolist()
    [True, True, True, False]
    """
    keep = np.ones(pairs.n_pairs, dtype=bool)
    order = np.argsort(-value, kind="stable")
    position = np.empty(pairs.n_accounts, dtype=np.int64)
    position[order] = np.arange(pairs.n_accounts)
    for leader in np.unique(rep_class):
        members = np.flatnonzero(rep_class == leader)
        if len(members) < 2:
            continue
        place = np.full(pairs.n_reps, -1, dtype=np.int64)
        place[members] = np.arange(len(members))
        mine = np.flatnonzero(place[pairs.rep] >= 0)
        # Only accounts that may go to the class count; the members' accounts are the same.
        counted, where = np.unique(position[pairs.account[mine]], return_inverse=True)
        keep[mine] = place[pairs.rep[mine]] <= np.arange(len(counted))[where]
    return keep


@dataclass(frozen=True, slots=True, eq=False)
class Symmetry:
    """A program without the copies that identical reps make of every carve.

    Parameters
    ----------
    whole : IntegerProgram
        The program as it was.
    pairs : Pairs
        Its assignment part.
    rep_class : ndarray of int, shape (k,)
        Class of every rep.
    value : ndarray, shape (n,)
        Order of the accounts.
    program : IntegerProgram
        The same with the superfluous pairs fixed at 0.
    """

    whole: IntegerProgram
    pairs: Pairs
    rep_class: IntArray
    value: FloatArray
    program: IntegerProgram

    @classmethod
    def of(cls, program: IntegerProgram, pairs: Pairs, value: FloatArray) -> Symmetry:
        """Find identical reps and fix the pairs that only repeat carves."""
        rep_class = identical_reps(program, pairs)
        upper = program.col_upper.copy()
        upper[pairs.columns][~triangular_pairs(pairs, rep_class, value)] = 0.0
        return cls(program, pairs, rep_class, value, replace(program, col_upper=upper))

    @property
    def n_fixed(self) -> int:
        """Number of pairs fixed at 0."""
        return int(np.sum(self.program.col_upper != self.whole.col_upper))

    def place(self, x: FloatArray) -> FloatArray:
        """Rename identical reps in a point of the whole program so that it is a point of :attr:`program`."""
        pairs = self.pairs
        _, column_rep = reps_of_rows_and_columns(self.whole, pairs)
        used = np.flatnonzero(x[pairs.columns] > 0.5)
        order = used[np.argsort(-self.value[pairs.account[used]], kind="stable")]
        first = np.full(pairs.n_reps, len(order))
        np.minimum.at(first, pairs.rep[order], np.arange(len(order)))
        placed = x.copy()
        for leader in np.unique(self.rep_class):
            members = np.flatnonzero(self.rep_class == leader)
            for target, source in zip(members, members[np.argsort(first[members], kind="stable")], strict=True):
                placed[column_rep == target] = x[column_rep == source]
        return placed
