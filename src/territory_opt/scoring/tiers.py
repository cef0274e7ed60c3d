"""D-TIER and D-UNITS: A, B and C accounts, their account units and visits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from territory_opt._typing import FloatArray, TextArray

__all__ = ["TIERS", "by_tier", "tier", "tier_shares", "unusual_shares"]

TIERS = ("A", "B", "C")


def tier(acv: FloatArray, *, tier_a_acv: float, tier_b_acv: float) -> TextArray:
    """A above ``tier_a_acv``, B from ``tier_b_acv``, C below.

    Parameters
    ----------
    acv : ndarray
        Annual potential in money, shape (n,).
    tier_a_acv, tier_b_acv : float
        Limits in money.

    Returns
    -------
    ndarray of str
        Shape (n,): ``"A"``, ``"B"`` or ``"C"``.

    Notes
    -----
    D-TIER-1: A > 100k, B 25k-100k (both ends included), C < 25k.

    Examples
    --------
    >>> import numpy as np
    >>> acv = np.array([100_000.01, 100_000.0, 25_000.0, 24_999.99])
    >>> tier(acv, tier_a_acv=100_000.0, tier_b_acv=25_000.0).tolist()
    ['A', 'B', 'B', 'C']
    """
    out = np.full(acv.size, "C", dtype=object)
    out[acv >= tier_b_acv] = "B"
    out[acv > tier_a_acv] = "A"
    return out


def by_tier(tiers: TextArray, values: Sequence[float]) -> FloatArray:
    """Return the value of every account's tier.

    Parameters
    ----------
    tiers : ndarray of str
        Shape (n,), each ``"A"``, ``"B"`` or ``"C"``.
    values : sequence of float
        One value for A, B and C.

    Returns
    -------
    ndarray
        Shape (n,).

    Notes
    -----
    D-UNITS-1 (account units 3, 2, 1) and D-TIER-1 (12, 6, 4 visits a year).

    Examples
    --------
    >>> import numpy as np
    >>> by_tier(np.array(["A", "C"], dtype=object), (3.0, 2.0, 1.0)).tolist()
    [3.0, 1.0]
    """
    value_a, value_b, value_c = values
    return np.asarray(np.where(tiers == "A", value_a, np.where(tiers == "B", value_b, value_c)), np.float64)


def tier_shares(tiers: TextArray) -> tuple[float, float, float]:
    """Share of A, B and C accounts.

    Examples
    --------
    >>> import numpy as np
    >>> tier_shares(np.array(["A", "C", "C", "C"], dtype=object))
    (0.25, 0.0, 0.75)
    """
    n_accounts = max(tiers.size, 1)
    shares = [float(np.count_nonzero(tiers == name)) / n_accounts for name in TIERS]
    return shares[0], shares[1], shares[2]


def unusual_shares(tiers: TextArray, expected: Sequence[tuple[float, float]]) -> tuple[str, ...]:
    """Say which tier shares lie outside what a book of accounts usually holds.

    Parameters
    ----------
    tiers : ndarray of str
        Shape (n,).
    expected : sequence of (low, high)
        Expected share of A, B and C.

    Returns
    -------
    tuple of str
        One sentence for each tier outside its range.

    Notes
    -----
    D-TIER-1: reported, not refused.

    Examples
    --------
    >>> import numpy as np
    >>> all_c = np.array(["C"], dtype=object)
    >>> unusual_shares(all_c, ((0.1, 0.2), (0.3, 0.4), (0.4, 0.5)))[0]
    '0 % of the accounts are tier A; 10-20 % is usual (D-TIER-1)'
    """
    lines = []
    for name, share, (low, high) in zip(TIERS, tier_shares(tiers), expected, strict=True):
        if not low <= share <= high:
            lines.append(
                f"{share * 100:.3g} % of the accounts are tier {name}; "
                f"{low * 100:.3g}-{high * 100:.3g} % is usual (D-TIER-1)"
            )
    return tuple(lines)
