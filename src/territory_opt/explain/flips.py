"""Changes that would send an account elsewhere, found from its reduced costs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.travel import Travel
from territory_opt.criteria.variation import Variation
from territory_opt.explain.factors import Factors
from territory_opt.explain.flip import MARGIN, Flip
from territory_opt.explain.rules import Rulings
from territory_opt.explain.verify import Verified
from territory_opt.fairness.wording import amount, clean, percent
from territory_opt.problem import Problem

__all__ = ["certain_flips", "find_flips", "only_costs"]

_REPS = 8
_MOST_GROWTH = 3.0


def only_costs(problem: Problem) -> bool:
    """True when travel hours enter the objective and no band or cap: a change of hours then moves one cost only."""
    hours = any(isinstance(c, Travel) and c.is_limit for c in problem.criteria)
    limited = {c.measure for c in problem.criteria if isinstance(c, Balance | BookLimits | Variation)}
    hours |= "travel_hours" in limited
    return not hours and not ("load" in limited and problem.friction_per_hour > 0)


def find_flips(
    problem: Problem,
    home_index: IntArray | None,
    members: IntArray,
    account: int,
    factors: Factors,
    ruled: Rulings,
    estimate: FloatArray,
    slope: FloatArray,
    per_hour: FloatArray,
    now: int,
    objective: float,
) -> tuple[Flip, ...]:
    """Changes that close the estimated difference to another rep, least first.

    Parameters
    ----------
    problem : Problem
        The statement.
    home_index : ndarray of int, shape (n_reps,), or None
        Chosen homes.
    members : ndarray of int
        Accounts that move together; a family offers no change of a single member's data but its rules.
    account : int
        The account that is explained.
    factors : Factors
        Its costs.
    ruled : Rulings
        Its rules.
    estimate, slope : ndarray of float, shape (n_reps,)
        Estimated difference to the rep who has it, and how the reduced cost changes when its money doubles.
    per_hour : ndarray of float, shape (n_reps,)
        What an hour of travel costs with every rep, in the objective and in the books.
    now : int
        Position of the rep who has it.
    objective : float
        Of the whole alignment: a change has to show beyond the tolerance of a solve.

    Returns
    -------
    tuple of Flip
        Estimates: at the same shadow prices the account is then cheaper with the other rep.
    """
    who = str(problem.accounts.account_id[account])
    found: list[Flip] = []
    others = np.flatnonzero(ruled.allowed & (np.arange(problem.n_reps) != now))
    others = others[np.argsort(estimate[others], kind="stable")][:_REPS]
    single = len(members) == 1
    for j in others.tolist() if single else []:
        need = max(float(estimate[j]), 0.0) + MARGIN * abs(objective)
        found += _by_travel(problem, home_index, who, account, j, need, float(factors.hours[j]), float(per_hour[j]))
        found += _by_owner(problem, who, account, j, now, need)
        rate = float(slope[j] - slope[now])
        found += _by_value(problem, who, account, j, need, rate)
    barred = sorted((j for j in ruled.reasons if estimate[j] < 0), key=lambda j: estimate[j])
    for j in barred[:_REPS] if single else []:
        why = " and ".join(ruled.reasons[j])
        words = f"if the rule were lifted for it: {clean(str(problem.team.name[j]))} is barred, {why}"
        found.append(Flip(who, str(problem.team.rep_id[j]), "rule", 0.0, 1.0, words))
    return tuple(sorted(found, key=lambda flip: flip.size))


def _hour_weight(problem: Problem) -> float:
    """Objective per travel hour."""
    return float(sum(c.weight or 0.0 for c in problem.criteria if isinstance(c, Travel) and not c.is_limit))


def _by_travel(
    problem: Problem, home_index: IntArray | None, who: str, account: int, j: int, need: float, hours: float,
    price: float,
) -> list[Flip]:  # fmt: skip
    less = need / price if price > 0 else 0.0
    if not 0 < less <= hours:
        return []
    rep = clean(str(problem.team.name[j]))
    words = f"if {rep} had {amount(less, 'hours')} less travel to it"
    per_km = float(problem.places.hours_per_km[account])
    if problem.places.travel_time is None and per_km > 0:
        km = float(problem.places.km(np.array([account]), np.array([j]), home_index)[0])
        words = (
            f"if it were {less / per_km:,.0f} km nearer to {rep} ({km:,.0f} km today), {amount(less, 'hours')} a year"
        )
    return [Flip(who, str(problem.team.rep_id[j]), "travel", less, less / hours, words)]


def _by_owner(problem: Problem, who: str, account: int, j: int, now: int, need: float) -> list[Flip]:
    owner = int(problem.owners.protected_index[account])
    prices = [c for c in problem.criteria if isinstance(c, Disruption) and not c.is_limit]
    if owner == j or not prices or not problem.accounts.has("owner") or problem.scores.dormant[account]:
        return []
    paid = sum((c.weight or 0.0) * float(problem.measure(c.measure).base[account]) for c in prices)
    gain = paid * (1.0 if owner >= 0 else 0.0) + (paid if owner == now or owner < 0 else 0.0)
    if not gain > need:
        return []
    words = f"if {clean(str(problem.team.name[j]))} owned it today"
    return [Flip(who, str(problem.team.rep_id[j]), "owner", 0.0, 1.0, words)]


def _by_value(problem: Problem, who: str, account: int, j: int, need: float, rate: float) -> list[Flip]:
    worth = float(problem.scores.acv[account])
    if rate == 0.0 or worth <= 0 or not any(problem.accounts.has(name) for name in ("acv", "named_acv")):
        return []
    share = -need / rate
    if not (-1.0 < share <= _MOST_GROWTH) or share == 0.0:
        return []
    side = "more" if share > 0 else "less"
    shown = percent(share, signed=True, digits=0 if abs(share) >= 0.1 else 1)
    words = f"if it were worth {amount(abs(share) * worth, 'money')} {side} ({shown})"
    return [Flip(who, str(problem.team.rep_id[j]), "value", share * worth, abs(share), words)]


def certain_flips(
    problem: Problem, home_index: IntArray | None, account_id: str, flips: tuple[Flip, ...],
    found: dict[str, Verified], hours: dict[str, float], per_hour: FloatArray, objective: float,
) -> tuple[Flip, ...]:  # fmt: skip
    """Measure changes of travel by what re-solves say instead of by estimates.

    Notes
    -----
    Where travel is in the objective and in no band or cap, only the cost of one pair changes: every alignment with the
    account elsewhere costs at least the proven bound, and the best one with it there falls by the whole change. That
    flips it for certain. Otherwise an hour is worth its shadow price, and the change stays an estimate.
    """
    weight, certain = _hour_weight(problem), only_costs(problem)
    kept = [flip for flip in flips if flip.kind != "travel" or flip.rep_id not in found]
    for rep_id, said in found.items():
        i, j = problem.accounts.index_of(account_id), problem.team.index_of(rep_id)
        price = weight if certain else float(per_hour[j])
        if math.isfinite(said.high) and said.high > 0 and weight > 0:
            need = said.high + MARGIN * abs(objective)
            proven = _by_travel(problem, home_index, account_id, i, j, need, hours[rep_id], price)
            kept += [replace(flip, certain=certain) for flip in proven]
    return tuple(sorted(kept, key=lambda flip: flip.size))
