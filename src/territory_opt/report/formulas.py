"""How the numbers of a report were computed, with the values of the policy filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from territory_opt.fairness.wording import amount, measure_title, percent

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["Formula", "formulas"]

_OFF = "friction: off, "


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
    has_load = not problem.arrays_only and _is_the_librarys(problem, "load")
    minus = " − coverage friction" if has_load and problem.measure("load").pair_dependent else ""
    per_rep = Formula(
        "Per full rep",
        "total of the book ÷ capacity share of the rep",
        "A book of 80 for a rep at 0.8 compares as 100. Bands, deviations and dispersion use it (D-LOAD-2).",
    )
    found = [_own(name) for name in problem.own_measures]
    found += [_load(problem, minus), per_rep] if has_load else [per_rep]
    # Without tables there is nothing but measures of one's own.
    found += [] if problem.arrays_only else _sums(problem)
    if problem.has_travel and _is_the_librarys(problem, "travel_hours"):
        found += [
            _travel_hours(problem),
            Formula(
                "Travel share",
                "travel hours ÷ selling hours",
                f"{policy.selling_hours:,.0f} selling hours a year for a full rep; under "
                f"{percent(policy.travel_share)}, and {policy.red_flag_driving_hours_month:g} driving hours a month "
                "are a red flag (D-TRAVEL-1).",
            ),
        ]
    if has_load and (minus or problem.has_travel):
        found.append(_coverage_friction(problem))
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
            "Theil", "mean of (x ÷ mean) × ln(x ÷ mean)", "0 when all books are equal, ln k when one has everything."
        ),
        Formula("Atkinson", "1 − (mean of √x)² ÷ mean", "0 when all books are equal; small books weigh most."),
        Formula(
            "Gap",
            "(cost − proven lower bound) ÷ cost",
            "The lower bound comes from the solver. The cost and every limit are scored again by code that shares "
            "nothing with it.",
        ),
    )


def _is_the_librarys(problem: Problem, *names: str) -> bool:
    """Whether a measure is computed here, and not given by the user in its place."""
    return not any(name in problem.own_measures for name in names)


def _own(name: str) -> Formula:
    return Formula(measure_title(name), "your own numbers, added up", "As given for every account, or account and rep.")


def _load(problem: Problem, minus: str) -> Formula:
    policy = problem.policy
    return Formula(
        "Load of a book",
        f"{policy.named_weight:g} × named ACV + {policy.white_space_weight:g} × white-space ACV{minus}",
        f"Partner-sourced ACV counts {percent(1 - policy.partner_discount)} (D-LOAD-1, D-PARTNER-1).",
    )


def _sums(problem: Problem) -> list[Formula]:
    """TAM and account units, where they are the library's own."""
    policy = problem.policy
    a, b, c = policy.unit_weights
    found = []
    if _is_the_librarys(problem, "tam", "acv"):
        found.append(Formula("TAM of a book", "sum of ACV", "D-TAM-1, D-VALUE-1."))
    if _is_the_librarys(problem, "account_units"):
        found.append(
            Formula(
                "Account units",
                f"{a:g} × A + {b:g} × B + {c:g} × C accounts",
                f"A above {amount(policy.tier_a_acv, 'money')} a year, B from {amount(policy.tier_b_acv, 'money')}, "
                f"C below; {policy.units_low:g} to {policy.units_high:g} for a full rep (D-UNITS-1, D-TIER-1).",
            )
        )
    return found


def _travel_hours(problem: Problem) -> Formula:
    policy = problem.policy
    visits = f"Visits by tier {_list(policy.visits_by_tier)}"
    if problem.places.travel_time is not None:
        return Formula(
            "Travel hours",
            "visits a year × your own hours per visit",
            f"{visits}, unless the table says otherwise (D-TRAVEL-2).",
        )
    return Formula(
        "Travel hours",
        "visits a year × great-circle km ÷ km/h",
        f"{visits}; speed {_list(policy.speed_kmh)} km/h in urban, suburban and rural surroundings, unless the table "
        "says otherwise (D-TRAVEL-2).",
    )


def _coverage_friction(problem: Problem) -> Formula:
    """What this problem takes off the load: the user's own column, or a sum of the prices that are above zero."""
    policy, accounts = problem.policy, problem.accounts
    name = "Coverage friction"
    if accounts.has("friction"):
        return Formula(name, "your own column friction", "The same for every rep, in place of all prices (D-LOAD-4).")
    terms, notes = [], []
    if problem.friction_per_hour > 0:
        terms.append("travel hours × value of a selling hour")
        notes.append(f"{amount(problem.friction_per_hour, 'money')} for an hour in this data")
    if policy.time_zone_penalty_per_hour > 0 and accounts.has("time_zone") and problem.team.has("time_zone"):
        terms.append("hours of time-zone gap × rate")
        notes.append(f"{amount(policy.time_zone_penalty_per_hour, 'money')} for an hour between time zones")
    for attribute, price in (("language", policy.language_penalty), ("vertical", policy.vertical_penalty)):
        if price > 0 and accounts.has(attribute):
            terms.append(f"{attribute} rate")
            notes.append(f"{amount(price, 'money')} for an account whose {attribute} the rep does not serve")
    if terms:
        return Formula(name, " + ".join(terms), f"{'; '.join(notes)} (D-LOAD-4).")
    why = next((note for note in problem.notes if note.startswith(_OFF)), _OFF + "no price is set (D-LOAD-4)")
    told = why.removeprefix(_OFF)
    return Formula(name, "off", f"{told[:1].upper()}{told[1:]}.")


def _list(numbers: tuple[float, ...]) -> str:
    return ", ".join(f"{number:g}" for number in numbers)
