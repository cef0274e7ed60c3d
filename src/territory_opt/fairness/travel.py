"""Driving in each book: share of selling hours, and hours a month (D-TRAVEL-1)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from territory_opt._frozen import FrozenArrays
from territory_opt._typing import BoolArray, FloatArray, read_only

__all__ = ["TravelFairness", "travel_fairness"]

_MONTHS = 12.0


@dataclass(frozen=True, slots=True)
class TravelFairness(FrozenArrays):
    """Travel of the team and of every book.

    Attributes
    ----------
    share_limit : float
        Largest share of selling hours that travel should take.
    month_limit : float
        Driving hours a month above which a book is a red flag.
    team_share : float
        Travel hours over selling hours of the whole team.
    share : ndarray of float, shape (n_reps,)
        Travel hours over selling hours of each book.
    month : ndarray of float, shape (n_reps,)
        Driving hours a month of each book.
    over_share, red_flag : ndarray of bool, shape (n_reps,)
        Books above the two limits.
    """

    share_limit: float
    month_limit: float
    team_share: float
    share: FloatArray = field(repr=False, compare=False)
    month: FloatArray = field(repr=False, compare=False)
    over_share: BoolArray = field(repr=False, compare=False)
    red_flag: BoolArray = field(repr=False, compare=False)


def travel_fairness(
    hours: FloatArray, selling_hours: FloatArray, *, share_limit: float, month_limit: float
) -> TravelFairness:
    """Judge the travel of every book.

    Parameters
    ----------
    hours : ndarray of float, shape (n_reps,)
        Travel hours a year of each book.
    selling_hours : ndarray of float, shape (n_reps,)
        Selling hours a year of each rep, > 0.
    share_limit : float
        Largest share of selling hours.
    month_limit : float
        Driving hours a month.

    Returns
    -------
    TravelFairness
        The judgement.

    Notes
    -----
    D-TRAVEL-1: travel under 25 % of the time; above 30 driving hours a month, split the book or move it inside.

    Examples
    --------
    >>> import numpy as np
    >>> found = travel_fairness(np.array([120.0, 600.0]), np.array([4000.0, 4000.0]), share_limit=0.25, month_limit=30)
    >>> found.red_flag.tolist(), found.over_share.tolist()
    ([False, True], [False, False])
    """
    share = hours / selling_hours
    month = hours / _MONTHS
    return TravelFairness(
        share_limit=share_limit,
        month_limit=month_limit,
        team_share=float(hours.sum() / selling_hours.sum()),
        share=read_only(share),
        month=read_only(month),
        over_share=read_only(share > share_limit * (1.0 + 1e-9)),
        red_flag=read_only(np.asarray(month > month_limit * (1.0 + 1e-9))),
    )
