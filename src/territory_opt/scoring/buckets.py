"""D-BUCKET: named, priority inbound or white space."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import FloatArray, TextArray

__all__ = ["BUCKETS", "NAMED", "PRIORITY_INBOUND", "WHITE_SPACE", "bucket"]

NAMED = "named"
PRIORITY_INBOUND = "priority_inbound"
WHITE_SPACE = "white_space"
BUCKETS = (NAMED, PRIORITY_INBOUND, WHITE_SPACE)


def bucket(fit: FloatArray, forecast_acv: FloatArray, *, fit_threshold: float, named_acv_threshold: float) -> TextArray:
    """Pool of every account in the carve.

    Parameters
    ----------
    fit : ndarray
        Fit score 0-100, shape (n,); NaN where unknown.
    forecast_acv : ndarray
        Forecast ACV in money, shape (n,).
    fit_threshold : float
        Fit from which an account is in the tier-1 pool.
    named_acv_threshold : float
        Forecast ACV from which a tier-1 account is named, in money.

    Returns
    -------
    ndarray of str
        Shape (n,): ``"named"``, ``"priority_inbound"`` or ``"white_space"``. An account whose fit is unknown has not
        shown that it belongs in the tier-1 pool and is white space.

    Notes
    -----
    D-BUCKET-1.

    Examples
    --------
    >>> import numpy as np
    >>> fit, acv = np.array([70.0, 90.0, 69.9]), np.array([75_000.0, 74_999.0, 1e6])
    >>> bucket(fit, acv, fit_threshold=70.0, named_acv_threshold=75_000.0).tolist()
    ['named', 'priority_inbound', 'white_space']
    """
    out = np.full(fit.size, WHITE_SPACE, dtype=object)
    with np.errstate(invalid="ignore"):
        tier_1 = fit >= fit_threshold
    out[tier_1] = PRIORITY_INBOUND
    out[tier_1 & (forecast_acv >= named_acv_threshold)] = NAMED
    return out
