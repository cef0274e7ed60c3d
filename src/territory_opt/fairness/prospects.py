"""Prospects that fit well and that nobody talks to (D-WHITE-1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from territory_opt.scoring.buckets import NAMED
from territory_opt.scoring.dormancy import latest
from territory_opt.scoring.white_space import WhiteSpace, white_space

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["prospects_of"]


def prospects_of(problem: Problem) -> WhiteSpace | None:
    """Rank the untouched prospects of a problem.

    Parameters
    ----------
    problem : Problem
        Its accounts give the last activity, its scores the fit.

    Returns
    -------
    WhiteSpace or None
        None when the table has no activity or no fit.

    Notes
    -----
    D-WHITE-1. A prospect is an account that spends nothing today; without a column ``current_spend``, one whose
    bucket is not named.
    """
    accounts, scores, policy = problem.accounts, problem.scores, problem.policy
    if not accounts.has("last_activity") or np.isnan(scores.fit).all():
        return None
    activity = accounts.dates("last_activity")
    as_of = policy.as_of or latest(activity)
    if as_of is None:
        return None
    spends = accounts.number("current_spend") > 0.0 if accounts.has("current_spend") else scores.bucket == NAMED
    return white_space(
        np.asarray(~spends, dtype=np.bool_),
        scores.fit,
        activity,
        as_of,
        untouched_days=policy.white_space_untouched_days,
        fit_threshold=policy.fit_threshold,
        contact_share=policy.white_space_contact_share,
    )
