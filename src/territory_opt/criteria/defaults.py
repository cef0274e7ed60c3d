"""The domain rules that a problem gets when the user states no criteria."""

from __future__ import annotations

from typing import TYPE_CHECKING

from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.eligibility import ATTRIBUTES, Eligible, Seniority
from territory_opt.criteria.grouping import Together
from territory_opt.criteria.travel import Travel
from territory_opt.scoring.value import MONEY_COLUMNS

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["default_criteria"]

# A band that the team's average only just meets leaves no room for whole accounts.
_ROOM = 0.02


def default_criteria(problem: Problem) -> tuple[tuple[Criterion, ...], tuple[str, ...]]:
    """Choose the criteria that the columns allow, and say why.

    Parameters
    ----------
    problem : Problem
        A problem without criteria yet.

    Returns
    -------
    criteria : tuple of criterion
        In the order of the rules.
    notes : tuple of str
        One line each.

    Notes
    -----
    D-LOAD-2, D-TAM-1, D-UNITS-1, D-TRAVEL-2, D-ICP-2, D-SENIOR-1. The cap on travel share (D-TRAVEL-1) is reported,
    not imposed: add ``Travel(share_at_most=0.25)``.
    """
    chosen: list[Criterion] = []
    notes: list[str] = []

    def take(criterion: Criterion, why: str) -> None:
        chosen.append(criterion)
        notes.append(f"default: {criterion.describe()} ({why})")

    policy = problem.policy
    take(Balance("load", within=policy.load_band, of="median"), "D-LOAD-2")
    if any(problem.accounts.has(column) for column in MONEY_COLUMNS):
        take(Balance("tam", within=policy.tam_band, of="mean"), "D-TAM-1")
        take(*_units(problem))
    for attribute in ATTRIBUTES:
        if attribute != "time_zone" and problem.accounts.has(attribute) and any(problem.team.serves[attribute]):
            take(Eligible(attribute), "D-ICP-2: the account and team tables both have it")
    if problem.accounts.has("parent_id") and any(problem.accounts.text("parent_id")):
        take(Together("parent_id"), "families have one owner")
    if problem.has_travel:
        take(Travel(weight=1.0), "D-TRAVEL-2")
    if problem.owners.known:
        hour = float(problem.scores.gross_load.sum()) / float(problem.selling_hours.sum())
        weight = policy.move_cost_share / hour if hour > 0 else 0.0
        why = f"a move costs {100 * policy.move_cost_share:g}% of its ACV; an hour is worth {hour:,.0f}"
        take(Disruption("acv", weight=weight), why)
    if problem.team.has("tenure_years"):
        take(Seniority("A", min_years=policy.senior_years, weight=policy.seniority_hours), "D-SENIOR-1")
    return tuple(chosen), tuple(notes)


def _units(problem: Problem) -> tuple[Balance, str]:
    policy = problem.policy
    low, high = policy.units_low, policy.units_high
    average = float(problem.scores.account_units.sum()) / float(problem.team.capacity.sum())
    if low * (1 + _ROOM) <= average <= high * (1 - _ROOM):
        return Balance("account_units", between=(low, high)), f"D-UNITS-1; the average is {average:.0f}"
    within = (high - low) / (high + low)
    why = (
        f"D-UNITS-1 asks {low:g}-{high:g} units a full book, which {len(problem.team)} reps with an average of "
        f"{average:.0f} cannot meet: its width is kept around the mean"
    )
    return Balance("account_units", within=within, of="mean"), why
