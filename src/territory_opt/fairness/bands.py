"""Which band a measure is judged by: the problem's own, else the one a domain rule sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.criteria import Balance
from territory_opt.evaluation import FEASIBILITY_TOLERANCE
from territory_opt.fairness.measure import Band
from territory_opt.fairness.wording import amount, percent
from territory_opt.verdicts import band_reference

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["balance_for", "band_for"]


def band_for(problem: Problem, measure: str, totals: FloatArray) -> Band | None:
    """Find the band of a measure, as numbers for these books.

    Parameters
    ----------
    problem : Problem
        Its Balance criteria come first, its policy second.
    measure : str
        Measure name.
    totals : ndarray of float, shape (n_reps,)
        Total of every book.

    Returns
    -------
    Band or None
        None when neither a criterion nor a rule says where the books should be.

    Notes
    -----
    D-LOAD-2 (load), D-TAM-1 (TAM), D-UNITS-1 (account units).
    """
    found = balance_for(problem, measure)
    if found is None:
        return None
    balance, rule = found
    if balance.between is not None:
        low, high = (float(end) for end in balance.between)
        slack = FEASIBILITY_TOLERANCE * max(1.0, *(abs(end) for end in (low, high) if np.isfinite(end)))
        words = _between(low, high, problem.measure(measure).unit)
        return Band(low, high, float(np.median(totals / problem.team.capacity)), words, rule, False, slack)
    within = float(balance.within or 0.0)
    middle = band_reference(problem, balance, totals)
    half = within * abs(middle)
    words = f"within {percent(within)} of the {balance.of}"
    return Band(middle - half, middle + half, middle, words, rule, True, FEASIBILITY_TOLERANCE * abs(middle))


def balance_for(problem: Problem, measure: str) -> tuple[Balance, str] | None:
    """Find what sets the band of a measure: a criterion, else a domain rule; and which of the two.

    Parameters
    ----------
    problem : Problem
        Its Balance criteria come first, its policy second.
    measure : str
        Measure name.

    Returns
    -------
    (Balance, str) or None
        The band as a criterion, and ``"criterion"`` or the rule id; None when neither says anything.

    Notes
    -----
    D-LOAD-2 (load), D-TAM-1 (TAM), D-UNITS-1 (account units).
    """
    policy = problem.policy
    balance = _criterion(problem, measure)
    if balance is not None:
        return balance, "criterion"
    if measure in problem.own_measures or problem.arrays_only:
        return None  # The rules of the domain speak of the library's own measures of accounts.
    return {
        "load": (Balance("load", within=policy.load_band, of="median"), "D-LOAD-2"),
        "tam": (Balance("tam", within=policy.tam_band, of="mean"), "D-TAM-1"),
        "account_units": (Balance("account_units", between=(policy.units_low, policy.units_high)), "D-UNITS-1"),
    }.get(measure)


def _criterion(problem: Problem, measure: str) -> Balance | None:
    wanted = {"tam", "acv"} if measure == "tam" else {measure}
    for criterion in problem.criteria:
        if isinstance(criterion, Balance) and criterion.measure in wanted:
            return criterion
    return None


def _between(low: float, high: float, unit: str) -> str:
    if not np.isfinite(low):
        return f"at most {amount(high, unit)}"
    if not np.isfinite(high):
        return f"at least {amount(low, unit)}"
    return f"between {amount(low, unit)} and {amount(high, unit)}"
