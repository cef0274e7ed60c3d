"""What books bring against the quotas of their reps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from territory_opt import metrics
from territory_opt._typing import FloatArray
from territory_opt.fairness.wording import joined, measure_title, percent

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["QuotaAttainment", "quota_attainment"]

_BRINGS = ("revenue", "current_spend")
"""Measures that are what a book brings; without them it is what its accounts are worth."""


@dataclass(frozen=True, slots=True)
class QuotaAttainment:
    """Quota attainment across books (D-CV-1).

    Attributes
    ----------
    measure : str
        What a book brings: ``"revenue"`` or ``"current_spend"`` where the accounts were read with it as a measure,
        else ``"tam"``, the expected value of its accounts.
    books : tuple of float or None, length n_reps
        That total over the rep's quota; None where the rep has none.
    cv : float or None
        Coefficient of variation over the reps with a quota; None where ``why`` says.
    cv_target_met : bool or None
        Whether it is under the target; None without a CV.
    why : str
        Why there is no CV, or who is left out of it; empty when all reps have quotas.
    """

    measure: str
    books: tuple[float | None, ...]
    cv: float | None
    cv_target_met: bool | None
    why: str

    @property
    def sentence(self) -> str:
        """The finding in words; empty without a CV."""
        if self.cv is None:
            return ""
        left_out = f"; {self.why}" if self.why else ""
        return f"{measure_title(self.measure)} per unit of quota varies by {percent(self.cv)} across books{left_out}"


def quota_attainment(problem: Problem, books: Mapping[str, FloatArray], rep_name: tuple[str, ...]) -> QuotaAttainment:
    """Hold what books bring against the ``quota`` column of the team.

    Parameters
    ----------
    problem : Problem
        Gives quotas and the target of the CV.
    books : mapping of str to ndarray of float, shape (n_reps,)
        Totals per measure.
    rep_name : tuple of str, length n_reps
        Names to show.

    Notes
    -----
    D-CV-1. Quotas are taken as they are: a rep at half capacity has half a quota already.

    Examples
    --------
    >>> import numpy as np, territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 3e4]})
    >>> team = topt.Team.from_frame({"rep_id": ["r1", "r2"], "quota": [3e4, 1e4]})
    >>> quota_attainment(topt.Problem(accounts, team), {"tam": np.array([9e4, 3e4])}, ("r1", "r2")).books
    (3.0, 3.0)
    """
    measure = next((name for name in _BRINGS if name in books), "tam")
    quota = np.asarray(problem.team.quota, dtype=np.float64)
    has = quota > 0.0
    shares = np.full(quota.size, np.nan)
    np.divide(books[measure], quota, out=shares, where=has)
    known = tuple(float(share) if there else None for share, there in zip(shares, has, strict=True))
    n = int(has.sum())
    if n < 2:
        who = "no rep has" if n == 0 else "only one rep has"
        why = f"{who} a quota above zero: give the team a quota column"
        return QuotaAttainment(measure, known, None, None, why)
    cv = float(metrics.cv(shares[has]))
    if np.isnan(cv):
        return QuotaAttainment(measure, known, None, None, "the books of reps with quotas total zero or less")
    without = joined([rep_name[j] for j in np.flatnonzero(~has)], at_most=3)
    why = f"no quota for {without}" if without else ""
    return QuotaAttainment(measure, known, cv, cv < problem.policy.cv_target, why)
