"""Reps that nothing tells apart: of all alignments that differ in their names only, one is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.formulation.formulate import Formulation
from territory_opt.formulation.program import IntegerProgram

__all__ = ["Interchangeable", "interchangeable"]

_SEED = 20_240_607
_SPECK = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Interchangeable:
    """Classes of reps that can be swapped, and the order of groups that names them.

    Attributes
    ----------
    classes : tuple of ndarray of int
        Positions of two or more reps each, rising.
    order : ndarray of int, shape (n_groups,)
        Groups from the largest to the smallest.
    leave_out : ndarray of bool, shape (n_groups, n_reps)
        Pairs that some renamed alignment does without.
    """

    classes: tuple[IntArray, ...]
    order: IntArray
    leave_out: BoolArray

    def renamed(self, lead: IntArray) -> IntArray:
        """Rename reps so that no pair that is left out is used.

        Parameters
        ----------
        lead : ndarray of int, shape (n_groups,)
            Rep of every group.

        Returns
        -------
        ndarray of int, shape (n_reps,)
            New position of every rep.
        """
        name = np.arange(self.leave_out.shape[1])
        for reps in self.classes:
            met = lead[self.order][np.isin(lead[self.order], reps)]
            first = met[np.sort(np.unique(met, return_index=True)[1])]
            name[np.concatenate([first, np.setdiff1d(reps, first)])] = reps
        return name

    def familiar(self, rep_index: IntArray, like: IntArray) -> IntArray:
        """Rename reps so that as many accounts as can be have the rep they have in another alignment.

        Parameters
        ----------
        rep_index, like : ndarray of int, shape (n_accounts,)
            Alignment, and the other one; -1 in it for nobody.

        Returns
        -------
        ndarray of int, shape (n_reps,)
            New position of every rep.
        """
        from scipy.optimize import linear_sum_assignment

        k = self.leave_out.shape[1]
        known = like >= 0
        both = np.bincount(rep_index[known] * k + like[known], minlength=k * k).reshape(k, k)
        name = np.arange(k)
        for reps in self.classes:
            rows, columns = linear_sum_assignment(both[np.ix_(reps, reps)], maximize=True)
            name[reps[rows]] = reps[columns]
        return name


def interchangeable(formulation: Formulation) -> Interchangeable | None:
    """Find reps that can be swapped without any change to a program.

    Parameters
    ----------
    formulation : Formulation
        Not with placed books.

    Returns
    -------
    Interchangeable or None
        None where all reps differ.

    Notes
    -----
    A swap of two reps is kept when it maps the program onto itself, coefficient by coefficient. In a class of such reps
    the p-th largest group that may go to them goes, in some renamed alignment, to one of the first p: the first goes to
    the first rep, the next to the same or a new one, and so on (triangular fixing; DESIGN section 5, Kaibel and Pfetsch
    2008, doi:10.1007/s10107-006-0081-5).

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b", "c"], "acv": [3e4, 9e4, 7e4]})
    >>> team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    >>> problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.3)])
    >>> interchangeable(topt.formulate(problem)).leave_out.tolist()
    [[False, False], [False, True], [False, False]]
    """
    classes = tuple(part for reps in _alike(formulation) for part in _swappable(formulation, reps))
    if not classes:
        return None
    table = formulation.table
    order = np.argsort(-_sizes(formulation), kind="stable")
    leave_out = np.zeros(table.allowed.shape, dtype=np.bool_)
    for reps in classes:
        mine = order[table.allowed[order, reps[0]]][: len(reps) - 1]
        for p, group in enumerate(mine.tolist()):
            leave_out[group, reps[p + 1 :]] = True
    return Interchangeable(classes, order, leave_out)


def _alike(formulation: Formulation) -> list[IntArray]:
    """Reps of equal capacity with the same pairs at the same costs, in rows that look alike: candidates."""
    table, cost = formulation.table, formulation.program.cost
    ends = np.concatenate([[0], np.cumsum(table.rep_lengths)])
    capacity = formulation.problem.team.capacity
    keys = []
    for rep in range(len(table.rep_lengths)):
        columns = table.by_rep[ends[rep] : ends[rep + 1]]
        keys.append((float(capacity[rep]), table.group[columns].tobytes(), cost[columns].tobytes()))
    if len(set(keys)) == len(keys):
        return []
    # Every pair of reps that passes is held against the whole program: rows tell most of them apart sooner.
    met: dict[object, list[int]] = {}
    for rep, key in enumerate(zip(keys, _rows_of_reps(formulation), strict=True)):
        met.setdefault(key, []).append(rep)
    return [np.array(reps) for reps in met.values() if len(reps) > 1]


def _rows_of_reps(formulation: Formulation) -> list[bytes]:
    """Limits of the rows that the pairs of a rep are in, each with a random sum of its coefficients.

    The sums add up the same numbers in the same order where two reps can be swapped, and are then equal to the bit.
    """
    program, table = formulation.program, formulation.table
    k, by_column = len(table.rep_lengths), program.matrix().tocsc()[:, : table.n_pairs]
    weight = np.random.default_rng(_SEED).standard_normal(len(table.allowed))
    column = np.repeat(np.arange(table.n_pairs), np.diff(by_column.indptr))
    code = table.rep[column].astype(np.int64) * program.n_rows + by_column.indices
    known, at = np.unique(code, return_inverse=True)
    sums = np.bincount(at, weights=by_column.data * weight[table.group[column]], minlength=len(known))
    rep, row = known // program.n_rows, known % program.n_rows
    low, high = program.row_lower[row], program.row_upper[row]
    order = np.lexsort((sums, high, low, rep))
    said = np.stack([low, high, sums], axis=1)[order] + 0.0
    ends = np.searchsorted(rep, np.arange(k + 1))
    return [said[ends[j] : ends[j + 1]].tobytes() for j in range(k)]


def _swappable(formulation: Formulation, reps: IntArray) -> list[IntArray]:
    """Part candidates into classes whose swaps map the program onto itself."""
    program = formulation.program
    matrix = program.matrix()
    weight = np.random.default_rng(_SEED).standard_normal(program.n_columns)
    classes: list[list[int]] = []
    for rep in reps.tolist():
        for known in classes:
            if _maps_onto_itself(program, matrix, _swap(formulation, known[0], rep), weight):
                known.append(rep)
                break
        else:
            classes.append([rep])
    return [np.array(known) for known in classes if len(known) > 1]


def _swap(formulation: Formulation, one: int, other: int) -> IntArray:
    """Columns after a swap of two reps: pairs, and blocks with one column per rep."""
    table, program, k = formulation.table, formulation.program, formulation.problem.n_reps
    ends = np.concatenate([[0], np.cumsum(table.rep_lengths)])
    swapped = np.arange(program.n_columns)
    mine, theirs = (table.by_rep[ends[rep] : ends[rep + 1]] for rep in (one, other))
    swapped[mine], swapped[theirs] = theirs, mine
    for block in program.blocks:
        if block.kind == "columns" and block.name != "pair" and len(block) == k:
            swapped[[block.start + one, block.start + other]] = [block.start + other, block.start + one]
    return swapped


def _maps_onto_itself(program: IntegerProgram, matrix: Any, swapped: IntArray, weight: FloatArray) -> bool:
    moved = np.flatnonzero(swapped != np.arange(program.n_columns))
    for values in (program.cost, program.col_lower, program.col_upper, program.integrality):
        if not np.array_equal(values[moved], values[swapped[moved]]):
            return False
    touches = np.zeros(program.n_columns)
    touches[moved] = 1.0
    rows = np.flatnonzero(abs(matrix) @ touches > 0)
    before = matrix[rows]
    after = before[:, swapped]
    low, high = program.row_lower[rows], program.row_upper[rows]
    # Rows are matched by a random sum; then every coefficient is compared, so that chance decides nothing.
    orders = [np.lexsort((np.round(part @ weight / _SPECK), high, low)) for part in (before, after)]
    if not (np.array_equal(low[orders[0]], low[orders[1]]) and np.array_equal(high[orders[0]], high[orders[1]])):
        return False
    return bool((before[orders[0]] != after[orders[1]]).nnz == 0)


def _sizes(formulation: Formulation) -> FloatArray:
    """How much groups weigh in the rows of books, shape (n_groups,): the largest say most about who is who."""
    table, program = formulation.table, formulation.program
    weights = np.bincount(program.indices, weights=np.abs(program.values), minlength=program.n_columns)
    sizes = np.bincount(table.group, weights=weights[: table.n_pairs], minlength=len(table.allowed))
    return sizes.astype(np.float64)
