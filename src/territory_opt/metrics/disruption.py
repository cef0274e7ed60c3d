"""How much changes hands between two alignments."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from territory_opt._typing import BoolArray, FloatArray
from territory_opt.errors import DataError, Issue

__all__ = ["has_moved", "moved_share", "moved_total"]


def has_moved(before: ArrayLike, after: ArrayLike) -> BoolArray:
    """Tell which accounts had a known owner and get another one.

    Parameters
    ----------
    before : array_like of int, shape (..., n)
        Rep position of each account today; negative where there is no known owner in the team.
    after : array_like of int, shape (..., n)
        Rep position of each account in the plan.

    Returns
    -------
    ndarray of bool, shape (..., n)
        True where the account changes hands.

    Raises
    ------
    DataError
        The two have different numbers of accounts.

    Notes
    -----
    Accounts whose owner left the team, or that had none, are not disruption: nobody loses them.

    Examples
    --------
    >>> has_moved([0, 1, -1], [0, 0, 0]).tolist()
    [False, True, False]
    """
    old, new = np.asarray(before), np.asarray(after)
    if old.shape[-1:] != new.shape[-1:]:
        what = f"{old.shape[-1:]} accounts before and {new.shape[-1:]} after"
        raise DataError("alignment", [Issue(None, None, what, "pass one rep position per account in both")])
    moved: BoolArray = (old >= 0) & (old != new)
    return moved


def moved_total(before: ArrayLike, after: ArrayLike, value: ArrayLike | None = None) -> FloatArray:
    """Value of the accounts that change hands.

    Parameters
    ----------
    before, after : array_like of int, shape (..., n)
        As in :func:`has_moved`.
    value : array_like, shape (n,), optional
        Value of each account, >= 0; default 1 each, which counts accounts.

    Returns
    -------
    ndarray, shape (...)
        Moved value, in the unit of ``value``.

    Raises
    ------
    DataError
        Shapes that do not fit, or a value that is negative or not finite.

    Examples
    --------
    >>> float(moved_total([0, 1, -1], [0, 0, 0], [5.0, 7.0, 9.0]))
    7.0
    """
    moved = has_moved(before, after)
    return np.asarray((moved * _weights(value, moved.shape[-1])).sum(axis=-1))[()]


def moved_share(before: ArrayLike, after: ArrayLike, value: ArrayLike | None = None) -> FloatArray:
    """Share of the value with a known owner that changes hands.

    Parameters
    ----------
    before, after, value
        As in :func:`moved_total`.

    Returns
    -------
    ndarray, shape (...)
        From 0 to 1; 0 where nothing has a known owner.

    Raises
    ------
    DataError
        Shapes that do not fit, or a value that is negative or not finite.

    Notes
    -----
    The share that ``Disruption(at_most=...)`` limits.

    Examples
    --------
    >>> float(moved_share([0, 1, 1, -1], [0, 0, 1, 0], [5.0, 5.0, 10.0, 9.0]))
    0.25
    """
    moved = has_moved(before, after)
    weight = _weights(value, moved.shape[-1])
    owned = ((np.asarray(before) >= 0) * weight).sum(axis=-1)
    changed = (moved * weight).sum(axis=-1)
    return np.asarray(np.where(owned > 0.0, changed / np.where(owned > 0.0, owned, 1.0), 0.0))[()]


def _weights(value: ArrayLike | None, n_accounts: int) -> FloatArray:
    if value is None:
        return np.ones(n_accounts)
    weight = np.asarray(value, dtype=np.float64)
    if weight.shape != (n_accounts,):
        what = f"value has shape {weight.shape}, there are {n_accounts} accounts"
        raise DataError("alignment", [Issue(None, None, what, "pass one value per account")])
    # A NaN would read as "nothing has a known owner", and a negative value as a share outside 0 to 1.
    bad = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0.0)))
    if bad.size:
        hint = "a value is a finite number, 0 or more"
        raise DataError("alignment", [Issue(int(row), "value", f"is {weight[row]}", hint) for row in bad])
    return weight
