"""How uneven the books are, in one number.

Every function takes ``values`` of shape (..., k), one value per book on the last axis, and returns one number per
leading index: draws x books gives draws. Where a measure is undefined for a row (a total that is not positive, a
negative book) the entry is NaN; :func:`territory_opt.fairness` turns that into ``None`` with the reason.

All are invariant to scale, to permutation of the books, and to replication of the team (each book twice).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from territory_opt._typing import BoolArray, FloatArray
from territory_opt.errors import CriterionError
from territory_opt.metrics._values import book_values, scaled

__all__ = ["atkinson", "cv", "gini", "jain", "max_min_ratio", "theil"]


def cv(values: ArrayLike) -> FloatArray:
    """Coefficient of variation: population standard deviation over mean.

    Parameters
    ----------
    values : array_like, shape (..., k)
        One value per book on the last axis.

    Returns
    -------
    ndarray, shape (...)
        0 when all books are equal; NaN where the total is not positive.

    Raises
    ------
    DataError
        No books, or a value that is not finite.

    Notes
    -----
    D-CV-1. Population form (divisor k): the books are the whole team, not a sample of it. A band of b around the
    mean implies cv <= b / sqrt(1 - b**2).

    Examples
    --------
    >>> round(float(cv([8.0, 12.0])), 3)
    0.2
    """
    relative, defined = _relative(book_values(values))
    return _where(defined, relative.std(axis=-1))


def gini(values: ArrayLike) -> FloatArray:
    """Gini coefficient: half the mean absolute difference between two books, over the mean.

    Parameters
    ----------
    values : array_like, shape (..., k)
        One value per book on the last axis.

    Returns
    -------
    ndarray, shape (...)
        From 0 (equal) to (k - 1) / k (one book has all); NaN where the total is not positive or a book is negative.

    Raises
    ------
    DataError
        No books, or a value that is not finite.

    Notes
    -----
    With sorted x: sum_i (2 i - k - 1) x_i / (k sum x). C. Gini, Variabilita e mutabilita, 1912; the sorted form is
    that of A. Sen, On Economic Inequality, 1973. No small-sample correction (that would break replication).

    Examples
    --------
    >>> round(float(gini([1.0, 2.0, 3.0, 4.0])), 3)
    0.25
    """
    array = book_values(values)
    relative, defined = _relative(array)
    n_books = array.shape[-1]
    rank_weight = 2.0 * np.arange(1, n_books + 1) - n_books - 1.0
    spread = (np.sort(relative, axis=-1) * rank_weight).sum(axis=-1) / n_books**2
    # Rounding can leave an equal team a hair below zero.
    return _where(defined & _no_negative(array), np.maximum(spread, 0.0))


def jain(values: ArrayLike) -> FloatArray:
    """Jain's fairness index: (sum x)**2 / (k sum x**2).

    Parameters
    ----------
    values : array_like, shape (..., k)
        One value per book on the last axis.

    Returns
    -------
    ndarray, shape (...)
        From 1 / k (one book has all) to 1 (equal); equals 1 / (1 + cv**2). NaN where the total is not positive or a
        book is negative.

    Raises
    ------
    DataError
        No books, or a value that is not finite.

    Notes
    -----
    R. Jain, D. Chiu, W. Hawe, A quantitative measure of fairness and discrimination for resource allocation in
    shared computer systems, DEC-TR-301, 1984, arXiv:cs/9809099.

    Examples
    --------
    >>> float(jain([1.0, 0.0, 0.0, 0.0]))
    0.25
    """
    array = book_values(values)
    relative, defined = _relative(array)
    mean_square = np.square(relative).mean(axis=-1)
    index = 1.0 / np.where(mean_square > 0.0, mean_square, 1.0)
    return _where(defined & _no_negative(array), np.minimum(index, 1.0))


def theil(values: ArrayLike) -> FloatArray:
    """Theil's T: mean of (x / mean) log(x / mean).

    Parameters
    ----------
    values : array_like, shape (..., k)
        One value per book on the last axis; an empty book contributes its limit, 0.

    Returns
    -------
    ndarray, shape (...)
        From 0 (equal) to log k (one book has all); NaN where the total is not positive or a book is negative.

    Raises
    ------
    DataError
        No books, or a value that is not finite.

    Notes
    -----
    H. Theil, Economics and Information Theory, 1967: T = (1/k) sum (x / mean) log(x / mean).

    Examples
    --------
    >>> import math
    >>> math.isclose(float(theil([1.0, 0.0])), math.log(2))
    True
    """
    array = book_values(values)
    relative, defined = _relative(array)
    defined = defined & _no_negative(array)
    share = np.where(relative > 0.0, relative, 1.0)
    entropy = np.where(relative > 0.0, share * np.log(share), 0.0).mean(axis=-1)
    return _where(defined, np.maximum(entropy, 0.0))


def atkinson(values: ArrayLike, *, aversion: float = 0.5) -> FloatArray:
    """Atkinson's index: the share of the total that could be given up if the rest were shared equally.

    Parameters
    ----------
    values : array_like, shape (..., k)
        One value per book on the last axis.
    aversion : float, default 0.5
        Aversion to inequality, > 0; larger values look harder at the smallest books. At 1 and above an empty book
        makes the index 1.

    Returns
    -------
    ndarray, shape (...)
        From 0 (equal) to 1; NaN where the total is not positive or a book is negative.

    Raises
    ------
    DataError
        No books, or a value that is not finite.
    CriterionError
        ``aversion`` is not a positive number.

    Notes
    -----
    1 - (mean (x / mean)**(1 - e))**(1 / (1 - e)), and 1 - geometric mean / mean at e = 1. A. B. Atkinson, On the
    measurement of inequality, J. Econ. Theory 2, 1970, doi:10.1016/0022-0531(70)90039-6.

    Examples
    --------
    >>> round(float(atkinson([1.0, 9.0])), 3)
    0.2
    >>> round(float(atkinson([1.0, 9.0], aversion=1.0)), 3)
    0.4
    """
    if not (np.isfinite(aversion) and aversion > 0.0):
        raise CriterionError(f"aversion is {aversion}: Atkinson's index needs a positive number (0.5 is usual)")
    array = book_values(values)
    relative, defined = _relative(array)
    defined = defined & _no_negative(array)
    positive = np.where(relative > 0.0, relative, 1.0)
    has_empty = (relative <= 0.0).any(axis=-1)
    if aversion < 1.0:
        powers = np.where(relative > 0.0, positive ** (1.0 - aversion), 0.0)
        equal_equivalent = powers.mean(axis=-1) ** (1.0 / (1.0 - aversion))
    else:
        # Through logarithms: x ** (1 - e) overflows for small x and large e.
        logs = np.log(positive)
        if aversion == 1.0:
            equal_equivalent = np.exp(logs.mean(axis=-1))
        else:
            power = (1.0 - aversion) * logs
            top = power.max(axis=-1)
            log_mean = top + np.log(np.exp(power - top[..., None]).mean(axis=-1))
            equal_equivalent = np.exp(log_mean / (1.0 - aversion))
        equal_equivalent = np.where(has_empty, 0.0, equal_equivalent)
    return _where(defined, np.clip(1.0 - equal_equivalent, 0.0, 1.0))


def max_min_ratio(values: ArrayLike) -> FloatArray:
    """Largest book over smallest book.

    Parameters
    ----------
    values : array_like, shape (..., k)
        One value per book on the last axis.

    Returns
    -------
    ndarray, shape (...)
        1 when all books are equal; NaN where the smallest book is not positive.

    Raises
    ------
    DataError
        No books, or a value that is not finite.

    Examples
    --------
    >>> float(max_min_ratio([2.0, 3.0]))
    1.5
    """
    array = scaled(book_values(values))
    smallest = array.min(axis=-1)
    # A smallest book below 1e-300 of the largest has no ratio that a float can hold.
    defined = smallest > 1e-300
    return _where(defined, array.max(axis=-1) / np.where(defined, smallest, 1.0))


def _relative(array: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Values over their mean, and where that is meaningful (a mean that is positive beyond rounding)."""
    part = scaled(array)
    mean = part.mean(axis=-1, keepdims=True)
    # Books that cancel leave a mean made of rounding errors only.
    noise = np.finfo(np.float64).eps * np.abs(part).sum(axis=-1, keepdims=True)
    defined = mean > noise
    return part / np.where(defined, mean, 1.0), defined[..., 0]


def _no_negative(array: FloatArray) -> BoolArray:
    return np.asarray((array >= 0.0).all(axis=-1))


def _where(defined: BoolArray, result: FloatArray) -> FloatArray:
    """NaN where undefined, as an array that also behaves as a number when there is one row."""
    return np.where(defined, result, np.nan)[()]
