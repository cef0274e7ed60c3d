"""Colours for books: few enough to tell apart, and never the same for neighbours."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import FloatArray, IntArray

__all__ = ["COLOURS", "book_colours"]

# Okabe and Ito's palette without yellow (too faint on white), with two of Paul Tol's muted colours.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#aa4499", "#8a8a1f")
_NEIGHBOURS = 7
_MOST_COMPARED = 400


def book_colours(x: FloatArray, y: FloatArray) -> IntArray:
    """Choose a colour for every book, so that books close to each other differ.

    Parameters
    ----------
    x, y : ndarray of float, shape (n_reps,)
        Centre of each book on the page; NaN for a book without a place.

    Returns
    -------
    ndarray of int, shape (n_reps,)
        Positions in ``COLOURS``.

    Examples
    --------
    >>> import numpy as np
    >>> book_colours(np.array([0.0, 1.0, 2.0]), np.zeros(3)).tolist()
    [0, 1, 2]
    """
    n_books = x.size
    chosen = np.full(n_books, -1, dtype=np.int64)
    used = np.zeros(len(COLOURS))
    placed = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if placed.size > _MOST_COMPARED:
        # Nobody tells hundreds of books apart by colour: along strips of the page, neighbours differ most of the time.
        strip = np.floor(np.sqrt(placed.size) * _rank(x[placed]) / placed.size)
        chosen[placed[np.lexsort((y[placed], strip))]] = np.arange(placed.size) % len(COLOURS)
        placed = placed[:0]
    for book in placed.tolist():
        coloured = placed[chosen[placed] >= 0]
        distance = np.hypot(x[coloured] - x[book], y[coloured] - y[book])
        near = coloured[np.argsort(distance, kind="stable")[:_NEIGHBOURS]]
        # Nearest neighbours weigh most; among free colours the least used one comes first.
        penalty = used * 1e-6
        for rank, other in enumerate(near.tolist()):
            penalty[chosen[other]] += 1.0 / (1.0 + rank)
        chosen[book] = int(np.argmin(penalty))
        used[chosen[book]] += 1.0
    chosen[chosen < 0] = 0
    return chosen


def _rank(values: FloatArray) -> IntArray:
    rank = np.empty(values.size, dtype=np.int64)
    rank[np.argsort(values, kind="stable")] = np.arange(values.size)
    return rank
