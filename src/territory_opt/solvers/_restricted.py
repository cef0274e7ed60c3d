"""Programs with most columns fixed: what is left of them, small enough for branch and bound."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.formulation.program import IntegerProgram

__all__ = ["Restricted", "restrict", "with_whole_rows"]

_SPECK = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Restricted:
    """A program over some columns, the others standing at a known point.

    Parameters
    ----------
    program : IntegerProgram
        What is left.
    columns : ndarray of int
        Columns of the whole program that it keeps, in its order.
    point : ndarray, shape (m,)
        Where all columns of the whole program stood.
    """

    program: IntegerProgram
    columns: IntArray
    point: FloatArray

    def expand(self, x: FloatArray) -> FloatArray:
        """Point of the whole program for a point ``x`` of this one."""
        whole = self.point.copy()
        whole[self.columns] = x
        return whole


def restrict(program: IntegerProgram, by_column: Any, columns: IntArray, point: FloatArray) -> Restricted:
    """Keep ``columns`` and fold the rest of ``point`` into the row bounds; rows left without terms go.

    Parameters
    ----------
    program : IntegerProgram
        The whole program.
    by_column : scipy.sparse.csc_array
        Its matrix by columns, made once by the caller.
    columns : ndarray of int
        Columns to keep.
    point : ndarray, shape (m,)
        Value of every column; those of ``columns`` do not matter.
    """
    fixed = point.copy()
    fixed[columns] = 0.0
    standing = np.flatnonzero(fixed)
    level = by_column[:, standing] @ fixed[standing]
    part = by_column[:, columns].tocsr()
    used = np.flatnonzero(np.diff(part.indptr))
    indptr = np.concatenate([part.indptr[:1], part.indptr[used + 1]])
    # Sums of many fixed terms leave specks: a row that held to the last digit must still hold.
    lower = program.row_lower[used] - level[used]
    upper = program.row_upper[used] - level[used]
    left = IntegerProgram(
        cost=program.cost[columns],
        indptr=indptr,
        indices=part.indices,
        values=part.data,
        row_lower=_whole_where_near(lower),
        row_upper=_whole_where_near(upper),
        col_lower=program.col_lower[columns],
        col_upper=program.col_upper[columns],
        integrality=program.integrality[columns],
        offset=program.offset + float(program.cost[standing] @ fixed[standing]),
    )
    return Restricted(left, columns, point)


def with_whole_rows(program: IntegerProgram) -> IntegerProgram:
    """Round the bounds of rows inwards whose terms are all whole numbers, such as account units.

    The same solutions are left, and the linear relaxation is tighter.

    Examples
    --------
    >>> rows = IntegerProgram([1, 1], [0, 2], [0, 1], [2, 1], [0.4], [2.9], [0, 0], [1, 1], [1, 1])
    >>> whole = with_whole_rows(rows)
    >>> whole.row_lower.tolist(), whole.row_upper.tolist()
    ([1.0], [2.0])
    """
    broken = (program.values != np.rint(program.values)) | ~program.is_integer[program.indices]
    count = np.bincount(program.row_indices()[broken], minlength=program.n_rows)
    whole = count == 0
    lower = np.where(whole, np.ceil(program.row_lower - _SPECK), program.row_lower)
    upper = np.where(whole, np.floor(program.row_upper + _SPECK), program.row_upper)
    return replace(program, row_lower=lower, row_upper=upper)


def _whole_where_near(bound: FloatArray) -> FloatArray:
    near = np.rint(bound)
    with np.errstate(invalid="ignore"):  # infinite bounds stay as they are
        return np.where(np.abs(bound - near) <= 1e-11, near, bound)
