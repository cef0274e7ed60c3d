"""Pairs of books that are too far apart, counted and found without looking at every pair."""

from __future__ import annotations

from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from territory_opt._typing import FloatArray, IntArray
from territory_opt.errors import CriterionError
from territory_opt.metrics._values import book_values

__all__ = ["n_pairs_apart", "pairs_apart"]


def n_pairs_apart(values: ArrayLike, *, apart: float = 0.5) -> int:
    """Count the pairs of books of which the larger is at least ``apart`` above the smaller.

    Parameters
    ----------
    values : array_like, shape (k,)
        Value of each book per full capacity unit.
    apart : float, default 0.5
        Relative distance, > 0: 0.5 counts pairs whose larger book is 1.5 times the smaller or more.

    Returns
    -------
    int
        Number of pairs. An empty (or negative) book is apart from every positive one.

    Raises
    ------
    CriterionError
        ``apart`` is not a positive number.
    DataError
        No books, or a value that is not finite.

    Notes
    -----
    D-LOAD-2: two books 50 % apart are a failure. O(k log k).

    Examples
    --------
    >>> n_pairs_apart([10.0, 12.0, 15.0])
    1
    """
    array = np.sort(_flat(values, apart))
    limit = _limit(array, apart)
    # The books from this position on are too large for the book that sets the limit.
    first = np.searchsorted(array, limit, side="left")
    # No book is apart from its equals, however small the distance that counts.
    first = np.maximum(first, np.searchsorted(array, array, side="right"))
    # A book at or below zero has limit 0, and is apart only from what is positive.
    first = np.where(array > 0.0, first, np.searchsorted(array, 0.0, side="right"))
    return int((array.size - first).sum())


def pairs_apart(values: ArrayLike, *, apart: float = 0.5, at_most: int = 10) -> tuple[IntArray, IntArray]:
    """Return the pairs of books that are furthest apart, worst first.

    Parameters
    ----------
    values : array_like, shape (k,)
        Value of each book per full capacity unit.
    apart : float, default 0.5
        As in :func:`n_pairs_apart`.
    at_most : int, default 10
        How many pairs to return; 10,000 books have 50 million pairs.

    Returns
    -------
    larger, smaller : ndarray of int, shape (m,)
        Book positions of each pair, m <= ``at_most``; ties in book order.

    Raises
    ------
    CriterionError
        ``apart`` is not a positive number.
    DataError
        No books, or a value that is not finite.

    Examples
    --------
    >>> larger, smaller = pairs_apart([10.0, 12.0, 15.0])
    >>> larger.tolist(), smaller.tolist()
    ([2], [0])
    """
    array = _flat(values, apart)
    order = np.argsort(array, kind="stable")
    # The m widest pairs join the m smallest books with the m largest ones.
    low = order[:at_most]
    high = order[::-1][:at_most]
    larger, smaller = (side.reshape(-1) for side in np.meshgrid(high, low, indexing="ij"))
    small, large = array[smaller], array[larger]
    wide = (large > 0.0) & np.where(small > 0.0, large >= _limit(small, apart), True) & (large > small)
    larger, smaller, small, large = larger[wide], smaller[wide], small[wide], large[wide]
    ratio = np.where(small > 0.0, large / np.where(small > 0.0, small, 1.0), np.inf)
    worst = np.lexsort((smaller, larger, small - large, -ratio))[:at_most]
    return larger[worst].astype(np.int64), smaller[worst].astype(np.int64)


def _flat(values: ArrayLike, apart: float) -> FloatArray:
    if not (isinstance(apart, Real) and np.isfinite(apart) and apart > 0.0):
        raise CriterionError(f"apart={apart!r} is not a distance: use a positive share such as 0.5")
    return book_values(values).reshape(-1)


def _limit(smaller: FloatArray, apart: float) -> FloatArray:
    # Rounding is on the strict side: 1.5 times, up to 1e-12, is a failure.
    return np.asarray(smaller * (1.0 + apart) * (1.0 - 1e-12))
