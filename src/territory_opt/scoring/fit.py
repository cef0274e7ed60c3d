"""D-ICP: how well an account fits the ideal customer profile, 0 to 100."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from territory_opt._typing import FloatArray

__all__ = ["FIT_COMPONENTS", "fit_score"]

FIT_COMPONENTS = ("firmographic", "technographic", "intent")


def fit_score(components: Mapping[str, FloatArray], weights: Sequence[float], n_accounts: int) -> FloatArray:
    """Weighted mean of the fit components that are known.

    Parameters
    ----------
    components : mapping of str to ndarray
        ``firmographic``, ``technographic``, ``intent``, each (n,) in 0-100, NaN where unknown; any may be absent.
    weights : sequence of float
        Weights of the three components in that order.
    n_accounts : int
        Number of accounts n.

    Returns
    -------
    ndarray
        Shape (n,); NaN where no component with a positive weight is known.

    Notes
    -----
    D-ICP-1. A missing component leaves its weight to the others, account by account.

    Examples
    --------
    >>> import numpy as np
    >>> fit_score({"firmographic": np.array([80.0]), "intent": np.array([20.0])}, (0.5, 0.25, 0.25), 1).tolist()
    [60.0]
    """
    total = np.zeros(n_accounts)
    weight_sum = np.zeros(n_accounts)
    for name, weight in zip(FIT_COMPONENTS, weights, strict=True):
        if name not in components or weight == 0.0:
            continue
        known = ~np.isnan(components[name])
        total[known] += weight * components[name][known]
        weight_sum[known] += weight
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(weight_sum > 0.0, total / weight_sum, np.nan), np.float64)
