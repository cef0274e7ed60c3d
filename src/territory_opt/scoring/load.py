"""D-LOAD: what an account adds to a book's load before coverage friction."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import FloatArray

__all__ = ["gross_load"]


def gross_load(
    named_acv: FloatArray,
    white_space_acv: FloatArray,
    factor: FloatArray,
    *,
    named_weight: float,
    white_space_weight: float,
) -> FloatArray:
    """Weighted ACV of every account, before coverage friction.

    Parameters
    ----------
    named_acv, white_space_acv : ndarray
        Money, shape (n,).
    factor : ndarray
        Share of the ACV that counts, shape (n,): :func:`territory_opt.scoring.value.partner_factor`.
    named_weight, white_space_weight : float
        Weights that sum to 1.

    Returns
    -------
    ndarray
        Money, shape (n,).

    Notes
    -----
    D-LOAD-1, D-PARTNER-1: ``(0.6 named + 0.4 white) * (1 - partner discount)``. The friction of D-LOAD-4 depends on
    the rep and is subtracted where account and rep meet.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.array([1.0])
    >>> gross_load(100.0 * one, 50.0 * one, one, named_weight=0.6, white_space_weight=0.4).tolist()
    [80.0]
    """
    return np.asarray((named_weight * named_acv + white_space_weight * white_space_acv) * factor, np.float64)
