"""Sums, latest days and most frequent owners by account: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from territory_opt._text import codes, text_array
from territory_opt._typing import AnyArray, BoolArray, FloatArray, IntArray, TextArray

__all__ = ["deal_values", "favourite", "latest_by", "sum_by"]


def sum_by(group: IntArray, values: FloatArray, use: BoolArray, n_groups: int) -> FloatArray:
    """Sum of ``values`` over the rows in use, per group; shape (n_groups,).

    Examples
    --------
    >>> sum_by(np.array([0, 0, 1]), np.array([1.0, 2.0, 4.0]), np.array([True, True, False]), 2).tolist()
    [3.0, 0.0]
    """
    return np.bincount(group[use], weights=values[use], minlength=n_groups).astype(np.float64)


def latest_by(group: IntArray, days: Sequence[AnyArray], use: BoolArray, n_groups: int) -> AnyArray:
    """Latest of several dates over the rows in use, per group; datetime64[D] of shape (n_groups,), NaT without any.

    Examples
    --------
    >>> days = np.array(["2026-01-01", "2026-02-01"], dtype="datetime64[D]")
    >>> latest_by(np.array([0, 0]), [days], np.array([True, True]), 2).astype(str).tolist()
    ['2026-02-01', 'NaT']
    """
    unset = np.iinfo(np.int64).min
    last = np.full(n_groups, unset, dtype=np.int64)
    for column in days:
        known = use & ~np.isnat(column)
        np.maximum.at(last, group[known], column[known].astype("datetime64[D]").astype(np.int64))
    out = np.full(n_groups, np.datetime64("NaT"), dtype="datetime64[D]")
    out[last > unset] = last[last > unset].astype("datetime64[D]")
    return out


def favourite(group: IntArray, owners: TextArray, use: BoolArray, n_groups: int) -> TextArray:
    """Owner of most rows in use, per group; ties go to the first in the alphabet, ``""`` without any.

    Examples
    --------
    >>> favourite(np.array([0, 0, 0]), text_array(["b", "a", "b"]), np.array([True, True, True]), 2).tolist()
    ['b', '']
    """
    use = use & (owners != "")
    code, names = codes(owners[use])
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    count = np.zeros((n_groups, max(len(names), 1)), dtype=np.int64)
    np.add.at(count, (group[use], rank[code] if names else code), 1)
    best = count.argmax(axis=1)
    some = count.max(axis=1) > 0
    return text_array(names[order[b]] if has else "" for b, has in zip(best.tolist(), some.tolist(), strict=True))


def deal_values(product: TextArray | None, value: FloatArray, won: BoolArray) -> FloatArray:
    """What each deal is worth: its own value, else the median value of won deals of its product, else of all.

    Parameters
    ----------
    product : ndarray of str or None
        Shape (n,).
    value : ndarray
        Money, shape (n,); 0 where unknown.
    won : ndarray of bool
        Shape (n,).

    Returns
    -------
    ndarray
        Money, shape (n,); 0 where nothing was ever won.

    Examples
    --------
    >>> value = np.array([10.0, 30.0, 0.0])
    >>> deal_values(None, value, np.array([True, True, False])).tolist()
    [10.0, 30.0, 20.0]
    """
    typical = float(np.median(value[won])) if won.any() else 0.0
    worth = np.where(value > 0.0, value, typical)
    if product is None:
        return np.asarray(worth, np.float64)
    code, names = codes(product)
    for position in range(len(names)):
        rows = code == position
        sold = rows & won
        if sold.any():
            worth[rows & (value <= 0.0)] = np.median(value[sold])
    return np.asarray(worth, np.float64)
