"""How the numbers of a report were computed, with the values of the policy filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from territory_opt.fairness.wording import amount, percent

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["Formula", "formulas"]


@dataclass(frozen=True, slots=True)
class Formula:
    """One line of the explanation.

    Attributes
    ----------
    name : str
        What is computed.
    formula : str
        How.
    note : str
        What to know about it, with the rule id.
    """

    name: str
    formula: str
    note: str


def formulas(problem: Problem) -> tuple[Formula, ...]:
    """List the formulas behind a report.

    Parameters
    ----------
    problem : Problem
        Its policy fills in the numbers.

    Returns
    -------
    tuple of Formula
        In the order of the page.
    """
    policy = problem.policy
    a, b, c = policy.unit_weights
    found = [
        Formula(
            "Load of a book",
            f"{policy.named_weight:g} × named ACV + {policy.white_space_weight:g} × white-space ACV "
            "− coverage friction",
            f"Partner-sourced ACV counts {percent(1 - policy.partner_discount)} (D-LOAD-1, D-PARTNER-1).",
        ),
        Formula(
            "Per full rep",
            "total of the book ÷ capacity share of the rep",
            "A book of 80 for a rep at 0.8 compares as 100. Bands, deviations and dispersion use it (D-LOAD-2).",
        ),
        Formula("TAM of a book", "sum of ACV", "D-TAM-1, D-VALUE-1."),
        Formula(
            "Account units",
            f"{a:g} × A + {b:g} × B + {c:g} × C accounts",
            f"A above {amount(policy.tier_a_acv, 'money')} a year, B from {amount(policy.tier_b_acv, 'money')}, "
            f"C below; {policy.units_low:g} to {policy.units_high:g} for a full rep (D-UNITS-1, D-TIER-1).",
        ),
    ]
    if problem.has_travel:
        found += [
            Formula(
                "Travel hours",
                "visits a year × great-circle km ÷ km/h",
                f"Visits by tier {_list(policy.visits_by_tier)}; speed {_list(policy.speed_kmh)} km/h in urban, "
                "suburban and rural surroundings, unless the table says otherwise (D-TRAVEL-2).",
            ),
            Formula(
                "Travel share",
                "travel hours ÷ selling hours",
                f"{policy.selling_hours:,.0f} selling hours a year for a full rep; under "
                f"{percent(policy.travel_share)}, and {policy.red_flag_driving_hours_month:g} driving hours a month "
                "are a red flag (D-TRAVEL-1).",
            ),
            Formula(
                "Coverage friction",
                "travel hours × value of a selling hour",
                f"{amount(problem.friction_per_hour, 'money')} for an hour in this data (D-LOAD-4).",
            ),
        ]
    return (
        *found,
        Formula(
            "Coefficient of variation (CV)",
            "standard deviation ÷ mean, over the books",
            f"Population form; the target is under {percent(policy.cv_target)} (D-CV-1).",
        ),
        Formula(
            "Gini",
            "half the mean difference between two books ÷ mean",
            "0 when all books are equal; it approaches 1 when one book has everything.",
        ),
        Formula("Jain", "(sum x)² ÷ (k × sum x²)", "1 when all books are equal, 1/k when one book has everything."),
        Formula(
            "Gap",
            "(cost − proven lower bound) ÷ cost",
            "The lower bound comes from the solver. The cost and every limit are scored again by code that shares "
            "nothing with it.",
        ),
    )


def _list(numbers: tuple[float, ...]) -> str:
    return ", ".join(f"{number:g}" for number in numbers)
