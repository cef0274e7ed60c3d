"""Which rows and columns of a program are about one rep: the structure that general solvers do not see."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import AnyArray, BoolArray, FloatArray, IntArray
from territory_opt.formulation.program import IntegerProgram
from territory_opt.solvers.pairs import Pairs

__all__ = ["reps_of_rows", "reps_of_rows_and_columns", "totals"]


def totals(index: AnyArray, values: AnyArray, length: int) -> FloatArray:
    """Sum of ``values`` at every position of ``index``, shape (length,).

    Examples
    --------
    >>> totals(np.array([0, 2, 2]), np.array([1.0, 2.0, 3.0]), 4).tolist()
    [1.0, 0.0, 5.0, 0.0]
    """
    return np.bincount(index, values, length).astype(np.float64)


def reps_of_rows(program: IntegerProgram, pairs: Pairs) -> IntArray:
    """Rep that a row is about, -1 when it is about several or none, shape (r,)."""
    return reps_of_rows_and_columns(program, pairs)[0]


def reps_of_rows_and_columns(program: IntegerProgram, pairs: Pairs) -> tuple[IntArray, IntArray]:
    """Rep that every row and every column is about, -1 for several or none, shapes (r,) and (m,).

    A row about one rep holds pairs of that rep only. The other columns of such a row, when it is an equation, are
    about that rep too (the load of a book), and so are rows that hold only such columns (a band on that load).
    """
    column_rep = np.full(program.n_columns, -1, dtype=np.int64)
    column_rep[pairs.columns] = pairs.rep
    rows = program.row_indices().astype(np.int64)
    is_pair = np.zeros(program.n_columns, dtype=bool)
    is_pair[pairs.columns] = True
    of_pair = is_pair[program.indices]
    answer = _single(rows, column_rep[program.indices], of_pair, program.n_rows)
    defining = (program.row_lower == program.row_upper)[rows] & ~of_pair & (answer[rows] >= 0)
    column_rep[program.indices[defining]] = answer[rows[defining]]
    known = (column_rep[program.indices] >= 0) & ~of_pair
    through = _single(rows, column_rep[program.indices], known, program.n_rows)
    return np.where(answer >= 0, answer, through), column_rep


def _single(rows: IntArray, reps: IntArray, counted: BoolArray, n_rows: int) -> IntArray:
    least = np.full(n_rows, np.iinfo(np.int64).max)
    most = np.full(n_rows, -1, dtype=np.int64)
    np.minimum.at(least, rows[counted], reps[counted])
    np.maximum.at(most, rows[counted], reps[counted])
    return np.where((least == most) & (most >= 0), most, -1)
