"""Which band a measure is judged by: the problem's own, else the one a domain rule sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from territory_opt import metrics
from territory_opt._typing import BoolArray, FloatArray
from territory_opt.criteria import Balance
from territory_opt.evaluation import FEASIBILITY_TOLERANCE
from territory_opt.fairness.measure import Band
from territory_opt.fairness.wording import amount, percent
from territory_opt.verdicts import band_reference

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["balance_for", "band_for", "judged_draws"]


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
        slack = _absolute_slack(low, high)
        words = _between(low, high, problem.measure(measure).unit)
        return Band(low, high, float(np.median(totals / problem.team.capacity)), words, rule, False, slack)
    within = float(balance.within or 0.0)
    middle = band_reference(problem, balance, totals)
    half = within * abs(middle)
    words = f"within {percent(within)} of the {balance.of}"
    if middle < 0.0:
        words += ", which is below zero"
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


def judged_draws(
    balance: Balance, by_draw: FloatArray, capacity: FloatArray, friction: float
) -> tuple[FloatArray, BoolArray]:
    """Hold the books of every draw against a band.

    Parameters
    ----------
    balance : Balance
        The band.
    by_draw : ndarray of float, shape (n_draws, n_reps)
        Books per full unit of capacity.
    capacity : ndarray of float, shape (n_reps,)
        Capacity shares.
    friction : float
        The team's coverage friction over its capacity: what no error multiplies.

    Returns
    -------
    middle : ndarray of float, shape (n_draws,)
        What deviations are from.
    inside : ndarray of bool, shape (n_draws, n_reps)
        Books inside, within the tolerance of :func:`territory_opt.evaluate`.

    Notes
    -----
    A band around the mean, the median or the target moves with the books of each draw; ``between`` stays. Around a
    middle below zero, which friction has eaten up, no book is inside: as :func:`territory_opt.evaluate` has it.
    """
    if balance.between is not None:
        low, high = (float(end) for end in balance.between)
        return np.median(by_draw, axis=1), metrics.in_band(by_draw, low, high, slack=_absolute_slack(low, high))
    if balance.of == "target":
        # The total before friction: the books under the same errors, plus the friction that no error multiplies.
        middle = metrics.reference(by_draw, of="mean", capacity=capacity) + friction
    else:
        middle = metrics.reference(by_draw, of=balance.of, capacity=capacity)
    half = (float(balance.within or 0.0) + FEASIBILITY_TOLERANCE) * np.abs(middle)
    return middle, metrics.in_band(by_draw, middle - half, middle + half) & (middle >= 0.0)[:, None]


def _absolute_slack(low: float, high: float) -> float:
    return FEASIBILITY_TOLERANCE * max(1.0, *(abs(end) for end in (low, high) if np.isfinite(end)))


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
