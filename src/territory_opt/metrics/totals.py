"""Book totals: the sum of each measure over the accounts of each rep."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from territory_opt._typing import FloatArray
from territory_opt.errors import DataError, Issue

__all__ = ["totals"]


def totals(index: ArrayLike, values: ArrayLike, n_books: int) -> FloatArray:
    """Sum ``values`` over the accounts of each book.

    Parameters
    ----------
    index : array_like of int, shape (n,)
        Book of each account, from 0 to ``n_books`` - 1.
    values : array_like, shape (..., n)
        Value of each account on the last axis: one row per measure, or per draw.
    n_books : int
        Number of books, >= 1; a book without accounts totals 0.

    Returns
    -------
    ndarray, shape (..., n_books)
        The totals.

    Raises
    ------
    DataError
        Shapes that do not fit, or a book position that is no whole number or out of range.

    Examples
    --------
    >>> totals([0, 1, 0], [[1.0, 2.0, 3.0], [1.0, 1.0, 1.0]], 3).tolist()
    [[4.0, 2.0, 0.0], [2.0, 1.0, 0.0]]
    """
    given = np.asarray(index)
    if given.size and given.dtype.kind not in "iu":
        what = f"book positions are of type {given.dtype}"
        raise DataError("alignment", [Issue(None, None, what, "pass whole numbers from 0")])
    book = given.astype(np.int64, copy=False)
    array = np.asarray(values, dtype=np.float64)
    if array.shape[-1:] != book.shape:
        what = f"values have shape {array.shape}, there are {book.size} accounts"
        raise DataError("alignment", [Issue(None, None, what, "pass one value per account on the last axis")])
    if book.size and (book.min() < 0 or book.max() >= n_books):
        row = int(np.flatnonzero((book < 0) | (book >= n_books))[0])
        what = f"book position {book[row]} is outside 0 to {n_books - 1}"
        raise DataError("alignment", [Issue(row, None, what, "every account needs a rep of the team")])
    leading = array.shape[:-1]
    flat = array.reshape(math.prod(leading), book.size)
    out = np.empty((flat.shape[0], n_books))
    for row, line in enumerate(flat):
        out[row] = np.bincount(book, weights=line, minlength=n_books)
    return out.reshape(*leading, n_books)
