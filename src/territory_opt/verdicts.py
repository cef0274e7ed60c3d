"""One verdict per kind of criterion: its slack, its cost, and where it is tightest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.alignment import Alignment
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.costs import Costs
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.criteria.grouping import Apart, Together
from territory_opt.criteria.measure_names import digits, measure_words
from territory_opt.criteria.ownership import Forbid, Lock
from territory_opt.criteria.travel import Travel
from territory_opt.criteria.variation import Variation
from territory_opt.errors import CriterionError
from territory_opt.families import family_index
from territory_opt.problem import Problem

__all__ = ["Scored", "Verdict", "band_reference", "verdict"]


@dataclass(frozen=True, slots=True)
class Scored:
    """An alignment with the totals of its books, shape (n_reps,) per measure."""

    problem: Problem
    alignment: Alignment
    books: Mapping[str, FloatArray]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one criterion says; ``scale`` turns the tolerance into the unit of the slack."""

    slack: float
    scale: float
    unit: str
    worst: str
    detail: str
    term: float = 0.0


def band_reference(problem: Problem, criterion: Balance, book: FloatArray) -> float:
    """What a band is around, per full unit of capacity.

    Parameters
    ----------
    problem : Problem
        Gives capacities and, for a target, the team's total.
    criterion : Balance
        With ``within``.
    book : ndarray of float, shape (n_reps,)
        Totals of the measure.

    Returns
    -------
    float
        Mean: total over total capacity. Median: of the books over their capacity. Target: the total before
        friction over total capacity.
    """
    capacity = problem.team.capacity
    if criterion.of == "median":
        return float(np.median(book / capacity))
    total = book.sum() if criterion.of == "mean" else problem.measure(criterion.measure).base.sum()
    return float(total / capacity.sum())


@singledispatch
def verdict(criterion: Criterion, scored: Scored) -> Verdict:
    """Hold one criterion against an alignment."""
    raise CriterionError(f"{criterion!r} cannot be evaluated")


@verdict.register
def _(criterion: Balance, scored: Scored) -> Verdict:
    problem = scored.problem
    book = scored.books[criterion.measure]
    full = book / problem.team.capacity
    if criterion.between is not None:
        low, high = criterion.between
        scale = max(1.0, *(abs(edge) for edge in (low, high) if np.isfinite(edge)))
        reference = f", {_between(low, high)}"
    else:
        middle = band_reference(problem, criterion, book)
        within = criterion.within or 0.0
        low, high = (1 - within) * middle, (1 + within) * middle
        scale = abs(middle)
        reference = f" {100 * within:.4g}% around the {criterion.of} {digits(middle)}"
    room = np.minimum(full - low, high - full)
    worst = int(np.argmin(room))
    # Both edges count: a mean below zero turns the band upside down, and a book can then be outside on both sides.
    outside = (np.maximum(low - full, 0.0) + np.maximum(full - high, 0.0)) * problem.team.capacity
    n_out = int((room < -1e-6 * scale).sum())
    kept = "every book inside" if n_out == 0 else f"{_counted(n_out, 'book')} outside"
    unit = problem.measure(criterion.measure).unit
    name = str(problem.team.rep_id[worst])
    detail = f"{kept}{reference}; tightest {name} at {digits(full[worst])}"
    if criterion.between is None and criterion.is_limit and middle < 0:
        # A band around a total that friction has eaten up is upside down.
        return Verdict(-abs(middle) - 1.0, scale, unit, name, f"the {criterion.of} {digits(middle)} is below zero")
    term = 0.0 if criterion.weight is None else criterion.weight * float(outside.sum())
    return Verdict(float(room[worst]), scale, unit, name, detail, term)


@verdict.register
def _(criterion: BookLimits, scored: Scored) -> Verdict:
    problem, book = scored.problem, scored.books[criterion.measure]
    low, high = criterion.per_rep(problem.n_reps)
    size = np.ones(problem.n_reps)
    for edge in (low, high):
        size = np.maximum(size, np.where(np.isfinite(edge), np.abs(edge), 0.0))
    room = np.minimum(book - low, high - book)
    worst = int(np.argmin(room / size))
    n_out = int((room < -1e-6 * size).sum())
    whose = "its" if n_out == 1 else "their"
    kept = "every book inside its limits" if n_out == 0 else f"{_counted(n_out, 'book')} outside {whose} limits"
    name = str(problem.team.rep_id[worst])
    edges = [digits(edge) for edge in (low[worst], high[worst]) if np.isfinite(edge)]
    limits = f"{'s' if len(edges) == 2 else ''} {' and '.join(edges)}" if edges else "s none"
    detail = f"{kept}; tightest {name} at {digits(book[worst])}, limit{limits}"
    unit = problem.measure(criterion.measure).unit
    return Verdict(float(room[worst]), float(size[worst]), unit, name, detail)


@verdict.register
def _(criterion: Variation, scored: Scored) -> Verdict:
    full = scored.books[criterion.measure] / scored.problem.team.capacity
    mean = float(full.mean())
    farthest = int(np.argmax(np.abs(full - mean)))
    name = str(scored.problem.team.rep_id[farthest])
    far = f"farthest from the mean {digits(mean)} is {name} at {digits(full[farthest])}"
    if not mean > 0:
        # Nothing in any book is no variation; a mean that friction has eaten up has none that means anything.
        empty = not full.any()
        said = "every book is empty" if empty else f"the mean {digits(mean)} is not above zero"
        return Verdict(criterion.at_most if empty else -1.0, 1.0, "share", name, said)
    variation = float(np.sqrt(np.mean(np.square(full - mean)))) / mean
    return Verdict(criterion.at_most - variation, 1.0, "share", name, f"{100 * variation:.4g}%; {far}")


@verdict.register
def _(criterion: Costs, scored: Scored) -> Verdict:
    reps = scored.alignment.rep_index
    total = float(criterion.table[np.arange(len(reps)), reps].sum())
    return Verdict(0.0, 1.0, "cost", "", f"costs of {digits(total)}", criterion.weight * total)


@verdict.register
def _(criterion: Travel, scored: Scored) -> Verdict:
    problem, hours = scored.problem, scored.books["travel_hours"]
    total = float(hours.sum())
    if criterion.share_at_most is None:
        return Verdict(0.0, 1.0, "hours", "", f"{total:,.0f} hours a year", (criterion.weight or 0.0) * total)
    limit = criterion.share_at_most * problem.selling_hours
    room = limit - hours
    worst = int(np.argmin(room))
    share = hours / problem.selling_hours
    name = str(problem.team.rep_id[worst])
    n_out = int((room < -1e-6 * problem.selling_hours).sum())
    kept = "every book inside" if n_out == 0 else f"{_counted(n_out, 'book')} above"
    detail = f"{kept} {100 * criterion.share_at_most:.4g}%; tightest {name} at {100 * share[worst]:.1f}%"
    return Verdict(float(room[worst]), float(problem.selling_hours[worst]), "hours", name, detail)


@verdict.register
def _(criterion: Disruption, scored: Scored) -> Verdict:
    problem = scored.problem
    owner = problem.owners.protected_index
    value = problem.measure(criterion.measure).base
    moves = (owner >= 0) & (owner != scored.alignment.rep_index)
    moved, owned = float(value[moves].sum()), float(value[owner >= 0].sum())
    share = moved / owned if owned > 0 else 0.0
    n_moves = int(moves.sum())
    move = f"{_counted(n_moves, 'account')} {'moves' if n_moves == 1 else 'move'}"
    detail = f"{move}, {100 * share:.1f}% of owned {measure_words(criterion.measure)}"
    unit = problem.measure(criterion.measure).unit
    if criterion.at_most is None:
        return Verdict(0.0, 1.0, unit, "", detail, (criterion.weight or 0.0) * moved)
    return Verdict(criterion.at_most * owned - moved, max(owned, 1.0), unit, "", detail)


@verdict.register
def _(criterion: Lock, scored: Scored) -> Verdict:
    problem = scored.problem
    wanted = np.full(problem.n_accounts, -1, dtype=np.int64)
    reps = {str(rep): j for j, rep in enumerate(problem.team.rep_id)}
    rows = problem.accounts.positions([account for account, _ in criterion.pairs])
    for i, (_, rep) in zip(rows, criterion.pairs, strict=True):
        wanted[i] = problem.owners.rep_index[i] if rep is None else reps[rep]
    return _count(
        criterion, scored, (wanted >= 0) & (wanted != scored.alignment.rep_index), "not where they are locked"
    )


@verdict.register
def _(criterion: Forbid, scored: Scored) -> Verdict:
    problem = scored.problem
    broken = np.zeros(problem.n_accounts, dtype=np.bool_)
    reps = {str(rep): j for j, rep in enumerate(problem.team.rep_id)}
    rows = problem.accounts.positions([account for account, _ in criterion.pairs])
    for i, (_, rep) in zip(rows, criterion.pairs, strict=True):
        broken[i] |= scored.alignment.rep_index[i] == reps[rep]
    return _count(criterion, scored, broken, "with a forbidden rep")


@verdict.register
def _(criterion: Eligible, scored: Scored) -> Verdict:
    everyone, reps = np.arange(scored.problem.n_accounts), scored.alignment.rep_index
    if criterion.mask is not None:
        fits = criterion.mask[everyone, reps]
    else:
        fits = scored.problem.matching(criterion.attribute).allows(everyone, reps)
    return _count(criterion, scored, ~fits, "with a rep who does not serve them", criterion.weight)


@verdict.register
def _(criterion: Seniority, scored: Scored) -> Verdict:
    problem = scored.problem
    junior = ~(problem.team.tenure_years >= criterion.min_years)
    wrong = (problem.scores.tier == criterion.tier) & junior[scored.alignment.rep_index]
    return _count(criterion, scored, wrong, "with a rep of too little tenure", criterion.weight)


@verdict.register
def _(criterion: Together, scored: Scored) -> Verdict:
    family = family_index(scored.problem.accounts, criterion)
    first = np.full(int(family.max()) + 1, -1, dtype=np.int64)
    first[family[::-1]] = scored.alignment.rep_index[::-1]
    return _count(criterion, scored, first[family] != scored.alignment.rep_index, "away from their family")


@verdict.register
def _(criterion: Apart, scored: Scored) -> Verdict:
    problem, reps = scored.problem, scored.alignment.rep_index
    broken = np.zeros(problem.n_accounts, dtype=np.bool_)
    ends = problem.accounts.positions([account for pair in criterion.pairs for account in pair])
    for i, j in ends.reshape(-1, 2):
        broken[i] |= reps[i] == reps[j]
    return _count(criterion, scored, broken, "with the rep of an account to be apart from")


def _count(criterion: Criterion, scored: Scored, broken: BoolArray, what: str, weight: float | None = None) -> Verdict:
    found: IntArray = np.flatnonzero(broken)
    worst = str(scored.problem.accounts.account_id[found[0]]) if len(found) else ""
    detail = f"{_counted(len(found), 'account')} {what}" + (f", first {worst}" if worst else "")
    return Verdict(-float(len(found)), 1.0, "accounts", worst, detail, (weight or 0.0) * len(found))


def _between(low: float, high: float) -> str:
    """An absolute band in words, one side of which may be open."""
    if not np.isfinite(low):
        return f"at most {digits(high)}"
    if not np.isfinite(high):
        return f"at least {digits(low)}"
    return f"between {digits(low)} and {digits(high)}"


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
