"""Which limits on books break when one account moves and nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion, canonical_measure
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.travel import Travel
from territory_opt.criteria.variation import Variation
from territory_opt.diagnose.words import spoken
from territory_opt.effect import book_edges
from territory_opt.evaluation import FEASIBILITY_TOLERANCE
from territory_opt.fairness.wording import amount, clean, percent
from territory_opt.problem import Problem

if TYPE_CHECKING:
    from territory_opt.result import Result

__all__ = ["book_limit", "broken_bands", "moved_book"]


def book_limit(criterion: Criterion) -> str | None:
    """Measure whose books a criterion limits; None when it limits none."""
    if isinstance(criterion, Balance | BookLimits) and criterion.is_limit:
        return canonical_measure(criterion.measure)
    if isinstance(criterion, Travel) and criterion.share_at_most is not None:
        return "travel_hours"
    return None


def moved_book(result: Result, name: str, members: IntArray, now: int, other: int) -> FloatArray:
    """Totals of a measure when some accounts go from one rep to another and nothing else moves, shape (n_reps,)."""
    problem, homes = result.problem, result.alignment.home_index
    book = result.evaluation.books[name].copy()
    for rep, sign in ((now, -1.0), (other, 1.0)):
        reps = np.full(len(members), rep)
        book[rep] += sign * float(problem.contribution(name, members, reps, homes).sum())
    return book


def broken_bands(result: Result, members: IntArray, now: int, other: int) -> tuple[str, ...]:
    """Say which limits on books a bare move of some accounts breaks.

    Parameters
    ----------
    result : Result
        With an alignment.
    members : ndarray of int
        Accounts that move.
    now, other : int
        Positions of the reps that lose and get them.

    Returns
    -------
    tuple of str
        One phrase per broken limit of either book, and per limit on variation.
    """
    said: list[str] = []
    for criterion in result.problem.criteria:
        name = book_limit(criterion)
        if name is not None:
            book = moved_book(result, name, members, now, other)
            said += _broken(result.problem, criterion, name, book, (now, other))
        elif isinstance(criterion, Variation):
            book = moved_book(result, criterion.measure, members, now, other)
            full = book / result.problem.team.capacity
            if float(full.std()) > (criterion.at_most + FEASIBILITY_TOLERANCE) * float(full.mean()):
                what, limit = spoken(criterion.measure), percent(criterion.at_most)
                now_at = percent(float(full.std() / full.mean())) if full.mean() > 0 else "undefined"
                said.append(f"variation of {what} {now_at}, over its limit of {limit}")
    return tuple(said)


def _broken(problem: Problem, criterion: Criterion, name: str, book: FloatArray, reps: tuple[int, int]) -> list[str]:
    forgiven = book_edges(problem, name, book, forgiven=True, only=criterion)
    edges = book_edges(problem, name, book, only=criterion)
    assert forgiven is not None and edges is not None
    said = []
    for rep in reps:
        who, unit = clean(str(problem.team.name[rep])), problem.measure(name).unit
        for broken, over, what in (
            (book[rep] > forgiven[1][rep], book[rep] - edges[1][rep], "over its upper limit"),
            (book[rep] < forgiven[0][rep], edges[0][rep] - book[rep], "under its lower limit"),
        ):
            if broken:
                said.append(f"{spoken(name)} of {who} {amount(float(over), unit)} {what}")
    return said
