"""D-VALUE and D-PARTNER: what an account is worth, and what partner sourcing takes off its load."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import BoolArray, FloatArray

__all__ = ["DEAL_COLUMNS", "MONEY_COLUMNS", "account_value", "partner_factor"]

DEAL_COLUMNS = ("current_spend", "expansion", "first_year_deal", "probability")
"""What D-VALUE-1 makes the value of an account of."""

MONEY_COLUMNS = ("acv", "named_acv", "white_space_acv", "current_spend", "expansion", "first_year_deal")
"""Columns of which any one gives accounts a value in money."""


def account_value(
    current_spend: FloatArray, expansion: FloatArray, first_year_deal: FloatArray, probability: FloatArray
) -> FloatArray:
    """Value of every account: a customer's spend and expansion, a prospect's expected first deal.

    Parameters
    ----------
    current_spend, expansion, first_year_deal : ndarray
        Money a year, shape (n,); NaN where unknown.
    probability : ndarray
        Chance of the first deal in [0, 1], shape (n,); NaN counts as 1 (the deal as estimated).

    Returns
    -------
    ndarray
        Money, shape (n,). An account with a positive ``current_spend`` is a customer; one with neither spend nor
        deal is worth its expansion, or 0.

    Notes
    -----
    D-VALUE-1. TAM of a book is the sum of these.

    Examples
    --------
    >>> import numpy as np
    >>> unknown = np.array([np.nan])
    >>> account_value(unknown, unknown, np.array([50_000.0]), np.array([0.2])).tolist()
    [10000.0]
    """
    spend, extra = np.nan_to_num(current_spend), np.nan_to_num(expansion)
    chance = np.where(np.isnan(probability), 1.0, probability)
    prospect = np.where(np.isnan(first_year_deal), extra, np.nan_to_num(first_year_deal) * chance)
    return np.asarray(np.where(spend > 0.0, spend + extra, prospect), np.float64)


def partner_factor(partner: BoolArray, discount: float) -> FloatArray:
    """Share of an account's ACV that counts in the load.

    Parameters
    ----------
    partner : ndarray of bool
        Shape (n,); True where a partner sources the account.
    discount : float
        Share taken off, in [0, 1].

    Returns
    -------
    ndarray
        Shape (n,): 1, or 1 - discount for partner-sourced accounts.

    Notes
    -----
    D-PARTNER-1.

    Examples
    --------
    >>> import numpy as np
    >>> partner_factor(np.array([True, False]), 0.25).tolist()
    [0.75, 1.0]
    """
    return np.asarray(np.where(partner, 1.0 - discount, 1.0), np.float64)
