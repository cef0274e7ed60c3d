"""D-DORMANT: named accounts nobody has touched return to white space."""

from __future__ import annotations

import datetime as dt

import numpy as np

from territory_opt._typing import AnyArray, BoolArray, FloatArray

__all__ = ["days_since", "dormant", "latest"]


def latest(last_activity: AnyArray) -> dt.date | None:
    """Return the latest day with activity, or None where there is none.

    Parameters
    ----------
    last_activity : ndarray of datetime64[D]
        Shape (n,); NaT where no activity is logged.

    Examples
    --------
    >>> import numpy as np
    >>> latest(np.array(["2026-01-31", "NaT"], dtype="datetime64[D]"))
    datetime.date(2026, 1, 31)
    """
    known = last_activity[~np.isnat(last_activity)]
    if known.size == 0:
        return None
    day: dt.date = known.max().astype("datetime64[D]").item()
    return day


def days_since(last_activity: AnyArray, as_of: dt.date) -> FloatArray:
    """Days between the last activity and ``as_of``; infinity where none is logged.

    Parameters
    ----------
    last_activity : ndarray of datetime64[D]
        Shape (n,).
    as_of : datetime.date
        The day the data are as of.

    Returns
    -------
    ndarray
        Days, shape (n,).

    Examples
    --------
    >>> import numpy as np
    >>> days = np.array(["2026-01-31", "NaT"], dtype="datetime64[D]")
    >>> days_since(days, dt.date(2026, 2, 10)).tolist()
    [10.0, inf]
    """
    none_logged = np.isnat(last_activity)
    age = (np.datetime64(as_of, "D") - last_activity.astype("datetime64[D]")).astype(np.int64).astype(np.float64)
    age[none_logged] = np.inf
    return np.asarray(age, np.float64)


def dormant(named: BoolArray, last_activity: AnyArray, as_of: dt.date, dormant_days: float) -> BoolArray:
    """Named accounts without logged activity for ``dormant_days`` or more.

    Parameters
    ----------
    named : ndarray of bool
        Shape (n,).
    last_activity : ndarray of datetime64[D]
        Shape (n,); NaT (no activity was ever logged) is dormant.
    as_of : datetime.date
        The day the data are as of.
    dormant_days : float
        Days without activity.

    Returns
    -------
    ndarray of bool
        Shape (n,).

    Notes
    -----
    D-DORMANT-1.

    Examples
    --------
    >>> import numpy as np
    >>> days = np.array(["2026-01-01", "2026-03-31", "NaT"], dtype="datetime64[D]")
    >>> dormant(np.array([True, True, True]), days, dt.date(2026, 4, 1), 90.0).tolist()
    [True, False, True]
    """
    return np.asarray(named & (days_since(last_activity, as_of) >= dormant_days), np.bool_)
