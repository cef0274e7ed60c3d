"""D-SENIOR: which reps have the tenure an account's tier wants."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, TextArray

__all__ = ["is_senior", "seniority_match"]


def is_senior(tenure_years: FloatArray, min_years: float) -> BoolArray:
    """Reps with at least ``min_years`` of tenure; an unknown tenure (NaN) is not senior.

    Parameters
    ----------
    tenure_years : ndarray
        Years, shape (k,).
    min_years : float
        Years from which a rep is senior.

    Returns
    -------
    ndarray of bool
        Shape (k,).

    Notes
    -----
    D-SENIOR-1, D-TIER-1 (A accounts want 3 years).

    Examples
    --------
    >>> import numpy as np
    >>> is_senior(np.array([3.0, 2.9, np.nan]), 3.0).tolist()
    [True, False, False]
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(tenure_years >= min_years, np.bool_)


def seniority_match(
    tiers: TextArray, tenure_years: FloatArray, *, senior_years: float, junior_years: float
) -> BoolArray:
    """Whether account i and rep i are of matching seniority.

    Parameters
    ----------
    tiers : ndarray of str
        Tier of the accounts, shape (n,).
    tenure_years : ndarray
        Tenure of the rep of each account in years, shape (n,); NaN matches nothing but C.
    senior_years, junior_years : float
        A wants at least ``senior_years``, B at least ``junior_years``; anyone may hold C.

    Returns
    -------
    ndarray of bool
        Shape (n,).

    Notes
    -----
    D-TIER-1: seniority wanted is A >= 3 years, B 1-3, C junior or inside sales. A rep above the wish of a tier is
    not a misfit: the rule protects accounts from too little experience.

    Examples
    --------
    >>> import numpy as np
    >>> tiers = np.array(["A", "B", "C"], dtype=object)
    >>> seniority_match(tiers, np.full(3, 1.5), senior_years=3.0, junior_years=1.0).tolist()
    [False, True, True]
    """
    needed = np.where(tiers == "A", senior_years, np.where(tiers == "B", junior_years, -np.inf))
    years = np.where(np.isnan(tenure_years), -np.inf, tenure_years)
    return np.asarray(years >= needed, np.bool_)
