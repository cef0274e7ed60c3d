"""Where each book stands against the team, and whether it is inside its band.

``values`` are (..., k): one value per book on the last axis, already divided by each rep's capacity share where a
rule asks for it (D-LOAD-2).
"""

from __future__ import annotations

from numbers import Real
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from territory_opt._typing import BoolArray, FloatArray
from territory_opt.errors import CriterionError, DataError, Issue
from territory_opt.metrics._values import book_values

__all__ = ["Of", "band_limits", "deviation", "in_band", "reference", "share_in_band"]

Of = Literal["median", "mean"]

# Sums of a million amounts agree to about this; a book on the edge of its band is inside it.
_ROUNDING = 1e-9


def reference(values: ArrayLike, *, of: Of = "median", capacity: ArrayLike | None = None) -> FloatArray:
    """Return what books are measured against.

    Parameters
    ----------
    values : array_like, shape (..., k)
        Value of each book per full capacity unit.
    of : {"median", "mean"}
        Median of the books; or their mean, weighted by capacity: the team's total over the team's capacity.
    capacity : array_like, shape (k,), optional
        Capacity share of each rep, > 0; default all 1.

    Returns
    -------
    ndarray, shape (...)
        The reference value.

    Raises
    ------
    CriterionError
        ``of`` is neither.
    DataError
        No books, a value that is not finite, or capacities that are not one positive number per book.

    Examples
    --------
    >>> float(reference([1.0, 2.0, 6.0])), float(reference([1.0, 2.0, 6.0], of="mean"))
    (2.0, 3.0)
    >>> float(reference([2.0, 5.0], of="mean", capacity=[1.0, 0.5]))
    3.0
    """
    array = book_values(values)
    if of == "median":
        return np.asarray(np.median(array, axis=-1))[()]
    if of == "mean":
        share = np.ones(array.shape[-1]) if capacity is None else _capacity(capacity, array.shape[-1])
        return np.asarray((array * share).sum(axis=-1) / share.sum())[()]
    raise CriterionError(f"of={of!r} is not a reference: use 'median' or 'mean'")


def deviation(values: ArrayLike, *, of: Of = "median", capacity: ArrayLike | None = None) -> FloatArray:
    """Relative distance of each book from the reference: (value - reference) / reference.

    Parameters
    ----------
    values : array_like, shape (..., k)
        Value of each book per full capacity unit.
    of, capacity
        As in :func:`reference`.

    Returns
    -------
    ndarray, shape (..., k)
        0.15 means 15 % above; NaN where the reference is not positive.

    Raises
    ------
    CriterionError, DataError
        As in :func:`reference`.

    Notes
    -----
    D-LOAD-2 (median of the load), D-TAM-1 (mean of the TAM).

    Examples
    --------
    >>> deviation([8.0, 10.0, 12.0]).tolist()
    [-0.2, 0.0, 0.2]
    """
    array = book_values(values)
    middle = np.asarray(reference(array, of=of, capacity=capacity))[..., None]
    positive = middle > 0.0
    return np.where(positive, (array - middle) / np.where(positive, middle, 1.0), np.nan)


def band_limits(
    values: ArrayLike, within: float, *, of: Of = "median", capacity: ArrayLike | None = None
) -> tuple[FloatArray, FloatArray]:
    """Lower and upper end of the band of ``within`` around the reference.

    Parameters
    ----------
    values : array_like, shape (..., k)
        Value of each book per full capacity unit.
    within : float
        Half width as a share of the reference, >= 0: 0.15 for 15 %.
    of, capacity
        As in :func:`reference`.

    Returns
    -------
    low, high : ndarray, shape (...)
        Ends of the band, in the unit of the values; ``low <= high`` also around a negative reference.

    Raises
    ------
    CriterionError
        ``within`` is negative or not finite, or ``of`` is unknown.
    DataError
        No books, or a value that is not finite.

    Examples
    --------
    >>> low, high = band_limits([8.0, 10.0, 12.0], 0.15)
    >>> float(low), float(high)
    (8.5, 11.5)
    """
    if not (isinstance(within, Real) and np.isfinite(within) and within >= 0.0):
        raise CriterionError(f"within={within!r} is not a band: use a share such as 0.15")
    middle = reference(values, of=of, capacity=capacity)
    half = within * np.abs(middle)
    return middle - half, middle + half


def in_band(values: ArrayLike, low: ArrayLike, high: ArrayLike, *, slack: float = 0.0) -> BoolArray:
    """Tell which books are inside [low, high], edges included.

    Parameters
    ----------
    values : array_like, shape (..., k)
        Value of each book per full capacity unit.
    low, high : array_like, shape (...)
        Ends of the band; infinite where one side is open.
    slack : float, default 0
        How far outside still counts as inside, in the unit of the values; never less than rounding (1e-9 of the
        band's ends).

    Returns
    -------
    ndarray of bool, shape (..., k)
        True where the book is inside.

    Raises
    ------
    DataError
        No books, or a value that is not finite.

    Examples
    --------
    >>> in_band([8.0, 8.5, 12.0], 8.5, 11.5).tolist()
    [False, True, False]
    """
    array = book_values(values)
    lower = np.asarray(low, dtype=np.float64)[..., None]
    upper = np.asarray(high, dtype=np.float64)[..., None]
    inside: BoolArray = (array >= lower - _room(lower, slack)) & (array <= upper + _room(upper, slack))
    return inside


def share_in_band(values: ArrayLike, low: ArrayLike, high: ArrayLike, *, slack: float = 0.0) -> FloatArray:
    """Share of the books inside [low, high].

    Parameters
    ----------
    values, low, high, slack
        As in :func:`in_band`.

    Returns
    -------
    ndarray, shape (...)
        From 0 to 1.

    Raises
    ------
    DataError
        No books, or a value that is not finite.

    Examples
    --------
    >>> float(share_in_band([8.0, 9.0, 10.0, 12.0], 8.5, 11.5))
    0.5
    """
    return np.asarray(in_band(values, low, high, slack=slack).mean(axis=-1))[()]


def _capacity(capacity: ArrayLike, n_books: int) -> FloatArray:
    share = book_values(capacity)
    if share.shape != (n_books,) or not (share > 0.0).all():
        what = f"capacity of shape {share.shape} for {n_books} books, smallest {share.min():g}"
        raise DataError("capacity", [Issue(None, None, what, "pass one share above 0 per book")])
    return share


def _room(edge: FloatArray, slack: float) -> FloatArray:
    finite = np.isfinite(edge)
    rounding = _ROUNDING * np.abs(np.where(finite, edge, 0.0))
    return np.where(finite, np.maximum(rounding, slack), 0.0)
