"""Rows per rep that end in a few columns of their own."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from territory_opt._typing import FloatArray, IntArray

__all__ = ["Tail", "with_tail"]

Tail: TypeAlias = list[tuple[slice, float | FloatArray]]


def with_tail(
    lengths: IntArray, indices: ArrayLike, values: ArrayLike, tail: Tail
) -> tuple[IntArray, IntArray, FloatArray]:
    """Append columns to rows in CSR form.

    Parameters
    ----------
    lengths : ndarray of int, shape (k,)
        Coefficients per row so far.
    indices, values : array_like
        Their columns and values, in row order.
    tail : list of (slice, float or ndarray)
        Row j gets the j-th column of every slice, with the j-th factor; a slice of one column goes to every row.

    Returns
    -------
    lengths, indices, values : ndarray
        The longer rows.

    Examples
    --------
    >>> with_tail(np.array([1, 1]), [0, 1], [5.0, 6.0], [(slice(2, 4), -1.0)])[1].tolist()
    [0, 2, 1, 3]
    """
    k = len(lengths)
    stops = np.cumsum(lengths)
    columns = [np.arange(s.start, s.stop) if s.stop - s.start == k else np.full(k, s.start) for s, _ in tail]
    factors = [np.broadcast_to(np.asarray(value, dtype=np.float64), (k,)) for _, value in tail]
    where = np.repeat(stops, len(tail))
    return (
        np.asarray(lengths) + len(tail),
        np.insert(np.asarray(indices, dtype=np.int64), where, np.stack(columns, axis=1).ravel()),
        np.insert(np.asarray(values, dtype=np.float64), where, np.stack(factors, axis=1).ravel()),
    )
