"""D-WHITE: prospects nobody talks to, best fit first, and products a customer does not own yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from territory_opt._frozen import FrozenArrays
from territory_opt._typing import AnyArray, BoolArray, FloatArray, IntArray, read_only
from territory_opt.scoring.dormancy import days_since

__all__ = ["WhiteSpace", "product_white_space", "white_space"]

_YEAR_DAYS = 365.0


@dataclass(frozen=True, slots=True, eq=False)
class WhiteSpace(FrozenArrays):
    """Untouched prospects and how well the good ones are contacted.

    Parameters
    ----------
    account_index : ndarray of int64
        Untouched prospects, best fit first (unknown fit last), ties in table order.
    n_prospects : int
        Number of prospects.
    n_high_fit : int
        Number of prospects with a high fit.
    contacted_share : float
        Share of high-fit prospects with activity within a year; NaN when there are none.
    on_target : bool
        Whether that share reaches the target.
    """

    account_index: IntArray
    n_prospects: int
    n_high_fit: int
    contacted_share: float
    on_target: bool


def white_space(
    prospect: BoolArray,
    fit: FloatArray,
    last_activity: AnyArray,
    as_of: dt.date,
    *,
    untouched_days: float,
    fit_threshold: float,
    contact_share: float,
) -> WhiteSpace:
    """Rank the prospects nobody has touched for half a year.

    Parameters
    ----------
    prospect : ndarray of bool
        Shape (n,).
    fit : ndarray
        Fit score 0-100, shape (n,); NaN where unknown.
    last_activity : ndarray of datetime64[D]
        Shape (n,); NaT where no activity is logged.
    as_of : datetime.date
        The day the data are as of.
    untouched_days : float
        Days without activity after which a prospect is untouched.
    fit_threshold : float
        Fit from which a prospect is of high fit.
    contact_share : float
        Share of high-fit prospects to contact within a year.

    Returns
    -------
    WhiteSpace
        The ranking and the contact share.

    Notes
    -----
    D-WHITE-1.

    Examples
    --------
    >>> import numpy as np
    >>> days = np.array(["2025-01-01", "NaT", "2026-03-01"], dtype="datetime64[D]")
    >>> found = white_space(np.ones(3, bool), np.array([60.0, 90.0, 80.0]), days, dt.date(2026, 4, 1),
    ...     untouched_days=182, fit_threshold=70.0, contact_share=0.8)
    >>> found.account_index.tolist(), found.contacted_share
    ([1, 0], 0.5)
    """
    age = days_since(last_activity, as_of)
    untouched = np.flatnonzero(prospect & (age >= untouched_days))
    key = np.where(np.isnan(fit), -np.inf, fit)
    ranked = untouched[np.argsort(-key[untouched], kind="stable")]
    high = prospect & (key >= fit_threshold)
    n_high = int(high.sum())
    share = float((age[high] <= _YEAR_DAYS).mean()) if n_high else float("nan")
    return WhiteSpace(
        account_index=read_only(ranked.astype(np.int64)),
        n_prospects=int(prospect.sum()),
        n_high_fit=n_high,
        contacted_share=share,
        on_target=n_high == 0 or share >= contact_share,
    )


def product_white_space(owned: Sequence[Iterable[str]], catalogue: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Products every customer does not own yet, in the order of the catalogue.

    Parameters
    ----------
    owned : sequence of iterable of str
        Products of every customer.
    catalogue : iterable of str
        All products on sale.

    Returns
    -------
    tuple of tuple of str
        One tuple for each customer.

    Notes
    -----
    D-WHITE-1.

    Examples
    --------
    >>> product_white_space([["core"], []], ["core", "plus"])
    (('plus',), ('core', 'plus'))
    """
    products = tuple(dict.fromkeys(catalogue))
    return tuple(tuple(p for p in products if p not in have) for have in map(frozenset, owned))
