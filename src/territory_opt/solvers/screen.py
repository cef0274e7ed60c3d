"""Proofs of infeasibility that need no solver: an account without a rep, a whale, totals that do not fit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.eligibility import ATTRIBUTES
from territory_opt.criteria.variation import Variation
from territory_opt.formulation.costs import pair_hours
from territory_opt.formulation.formulate import pair_values
from territory_opt.formulation.groups import Groups, allowed_reps, merge_families
from territory_opt.formulation.uneven import least_uneven
from territory_opt.problem import Problem

__all__ = ["screen"]

_SHOWN = 5
_MOST_PAIRS = 2_000_000
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class _Reach:
    """Limits of a band per book, shape (n_reps,), as wide as its middle can make them."""

    low: FloatArray
    high: FloatArray
    average: float


def screen(problem: Problem, home_index: IntArray | None = None) -> tuple[str, ...]:
    """Look for reasons why no alignment can exist.

    Parameters
    ----------
    problem : Problem
        The statement.
    home_index : ndarray of int, shape (n_reps,), optional
        Chosen homes.

    Returns
    -------
    tuple of str
        One sentence per proof, naming accounts, reps and rules, and what would fit; empty when nothing is proven.
    """
    uneven = _uneven(problem)
    if problem.n_accounts * problem.n_reps > _MOST_PAIRS:
        return uneven  # The large engine looks for proofs itself, without a number per pair.
    groups = merge_families(problem)
    allowed = allowed_reps(problem, groups)
    stranded = np.flatnonzero(~allowed.any(axis=1))
    if len(stranded):
        return tuple(_stranded(problem, groups, int(g)) for g in stranded[:_SHOWN]) + _more(len(stranded))
    hours = groups.total(pair_hours(problem, home_index)) if problem.has_travel else np.zeros(allowed.shape)
    homeless = home_index is None and bool(problem.places.open_reps.any())
    reasons = list(uneven)
    for criterion in problem.criteria:
        if isinstance(criterion, Balance) and criterion.is_limit:
            if problem.measure(criterion.measure).pair_dependent and homeless:
                continue  # What an account adds is not known before the homes are.
            values = pair_values(problem, groups, criterion.measure, hours, home_index)
            most = np.where(allowed, values, -np.inf)
            if (np.where(allowed, values, 0.0) < 0).any():
                continue  # With negative contributions neither a whale nor a total proves anything.
            reach = _reach(problem, criterion, most)
            reasons += _whales(problem, criterion, groups, np.where(allowed, values, np.inf), reach)
            reasons += _totals(problem, criterion, most, np.where(allowed, values, np.inf), reach)
    return tuple(reasons)


def _uneven(problem: Problem) -> tuple[str, ...]:
    """Limits on variation that the largest accounts alone break."""
    limits = [c for c in problem.criteria if isinstance(c, Variation)]
    groups = merge_families(problem) if limits else None
    found = []
    for criterion in limits:
        assert groups is not None
        least = least_uneven(problem, groups, criterion.measure)
        if least.variation > criterion.at_most + _TOLERANCE:
            who = ", ".join(_name(problem, groups, int(g)) for g in least.groups[:_SHOWN])
            more = f" and {len(least.groups) - _SHOWN} more" if len(least.groups) > _SHOWN else ""
            alone = "fills a book of its own" if len(least.groups) == 1 else "fill books of their own"
            found.append(
                f"{criterion.describe()}: {who}{more} {alone} above the mean, so that it is at least "
                f"{100 * least.variation:.4g}% however the rest is shared out; allow at_most={_up(least.variation):g}, "
                "or split the largest among several accounts"
            )
    return tuple(found)


def _up(share: float) -> float:
    return math.ceil(share * 1000.0) / 1000.0


def _reach(problem: Problem, criterion: Balance, most: FloatArray) -> _Reach:
    capacity = problem.team.capacity
    average = float(most.max(axis=1).sum() / capacity.sum())
    if criterion.between is not None:
        return _Reach(criterion.between[0] * capacity, criterion.between[1] * capacity, average)
    within = criterion.within or 0.0
    measure = problem.measure(criterion.measure)
    if criterion.of == "target":
        average = float(measure.base.sum() / capacity.sum())
    floor, top = (average, average)
    if criterion.of == "median":
        # All books are within the band of the middle, and so is their mean.
        floor, top = average / (1 + within), average / max(1 - within, 1e-9)
    if measure.pair_dependent and criterion.of != "target":
        floor = 0.0  # The mean falls with every hour travelled.
    return _Reach((1 - within) * floor * capacity, (1 + within) * top * capacity, average)


def _whales(problem: Problem, criterion: Balance, groups: Groups, least: FloatArray, reach: _Reach) -> list[str]:
    over = least > reach.high[None, :] * (1 + _TOLERANCE)
    whales = np.flatnonzero(over.all(axis=1))
    # The mean of books that friction shrinks is not known beforehand: no share of it can be promised to fit.
    sure = criterion.of == "target" or not problem.measure(criterion.measure).pair_dependent
    found = []
    for group in whales[:_SHOWN]:
        size = float(least[group].min())
        full = float((least[group] / problem.team.capacity).min())
        most = float(reach.high[np.isfinite(least[group])].max())
        within = math.ceil(1000 * (full / reach.average - 1)) / 1000 if reach.average > 0 else math.inf
        if criterion.between is not None:
            fit = f"between=({criterion.between[0]:g}, {_rounded(full, math.ceil)}) would hold it"
        elif sure and within <= 1:
            around = "mean" if criterion.of == "median" else criterion.of
            fit = f"within={within:g} of the {around} would hold it"
        else:
            fit = f"between=(0, {_rounded(full, math.ceil)}) would hold it"
        who = _name(problem, groups, int(group))
        found.append(
            f"{who} is a whale: {criterion.measure} {size:,.6g} is more than any book it may go to can hold "
            f"({most:,.6g}; {criterion.describe()}): {fit}, or split it among several accounts"
        )
    return found + list(_more(len(whales)))


def _totals(problem: Problem, criterion: Balance, most: FloatArray, least: FloatArray, reach: _Reach) -> list[str]:
    total_most, total_least = float(most.max(axis=1).sum()), float(least.min(axis=1).sum())
    low, high = float(reach.low.sum()), float(reach.high.sum())
    found = []
    if total_most < low * (1 - _TOLERANCE):
        found.append(
            f"{criterion.describe()}: the books need {low:,.6g} together, and all accounts hold {total_most:,.6g}; "
            f"lower the limit to {_rounded(total_most / float(problem.team.capacity.sum()), math.floor)} a full book, "
            "or take reps off"
        )
    if total_least > high * (1 + _TOLERANCE):
        capacity = float(problem.team.capacity.sum())
        needed = f", or {total_least / (high / capacity) - capacity:,.1f} more full reps" if high > 0 else ""
        found.append(
            f"{criterion.describe()}: all accounts hold {total_least:,.6g}, and the books take {high:,.6g} together; "
            f"{_rounded(total_least / capacity, math.ceil)} a full book would fit{needed}"
        )
    possible = np.where(np.isfinite(most), most, 0.0).sum(axis=0)
    starved = np.flatnonzero(possible < reach.low * (1 - _TOLERANCE))
    found += [
        f"rep {problem.team.rep_id[rep]!s} can reach {criterion.measure} of {possible[rep]:,.6g} with every account "
        f"the rules allow, and {criterion.describe()} asks for {reach.low[rep]:,.6g}: widen what the rep serves"
        for rep in starved[:_SHOWN]
    ]
    return found + list(_more(len(starved)))


def _stranded(problem: Problem, groups: Groups, group: int) -> str:
    members = groups.members(group)
    apart = Groups(*(np.arange(problem.n_accounts),) * 3)
    lost = members[~allowed_reps(problem, apart)[members].any(axis=1)]
    whose, row = (apart, int(lost[0])) if len(lost) else (groups, group)
    limits = [c for c in problem.criteria if c.is_limit and not isinstance(c, Balance)]
    # A rule is to blame when the account has a rep without it.
    rules = [c.describe() for c in limits if allowed_reps(problem, whose, [r for r in limits if r is not c])[row].any()]
    blame = " and ".join(rules) if rules else "several rules together"
    if not len(lost):
        return f"no rep may have {_name(problem, groups, group)} as a whole: {blame}"
    members = lost
    what = f"account {problem.accounts.account_id[members[0]]!s}"
    for attribute in ATTRIBUTES:
        words = attribute.replace("_", " ")
        if problem.accounts.has(attribute) and words in blame:
            what += f" ({words} {problem.accounts.text(attribute)[members[0]]!r})"
    return f"no rep may have {what}: {blame}"


def _name(problem: Problem, groups: Groups, group: int) -> str:
    members = groups.members(group)
    first = f"account {problem.accounts.account_id[members[0]]!s}"
    return first if len(members) == 1 else f"the family of {first} ({len(members)} accounts)"


def _rounded(value: float, to_whole: Callable[[float], int]) -> str:
    """Six digits, rounded to the side on which what is said stays true."""
    if value == 0:
        return "0"
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - 5)
    # One part in a billion is what printing and dividing may have added, not what the value says.
    nearest = round(value / unit)
    whole = nearest if math.isclose(nearest, value / unit, rel_tol=1e-9) else to_whole(value / unit)
    return f"{whole * unit:.12g}"


def _more(count: int) -> tuple[str, ...]:
    return (f"... and {count - _SHOWN} more like these",) if count > _SHOWN else ()
