"""Which bands break when one account moves and nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.travel import Travel
from territory_opt.fairness.wording import amount, clean, measure_title
from territory_opt.problem import Problem
from territory_opt.verdicts import band_reference

if TYPE_CHECKING:
    from territory_opt.result import Result

__all__ = ["band_limits", "broken_bands"]

_TOLERANCE = 1e-6


def band_limits(problem: Problem, criterion: Balance, book: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least and most that every book may hold, shape (n_reps,), with the books as they are."""
    capacity = problem.team.capacity
    if criterion.between is not None:
        return criterion.between[0] * capacity, criterion.between[1] * capacity
    middle, within = band_reference(problem, criterion, book), criterion.within or 0.0
    return (1.0 - within) * middle * capacity, (1.0 + within) * middle * capacity


def broken_bands(result: Result, members: IntArray, now: int, other: int) -> tuple[str, ...]:
    """Say which bands a bare move of some accounts breaks.

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
        One phrase per broken band.
    """
    problem, homes = result.problem, result.alignment.home_index
    said = []
    for criterion in problem.criteria:
        if isinstance(criterion, Balance) and criterion.is_limit:
            name = criterion.measure
        elif isinstance(criterion, Travel) and criterion.share_at_most is not None:
            name = "travel_hours"
        else:
            continue
        book = result.evaluation.books[name].copy()
        for rep, sign in ((now, -1.0), (other, 1.0)):
            reps = np.full(len(members), rep)
            book[rep] += sign * float(problem.contribution(name, members, reps, homes).sum())
        if isinstance(criterion, Balance):
            low, high = band_limits(problem, criterion, book)
        else:
            low = np.full(problem.n_reps, -np.inf)
            high = (criterion.share_at_most or 0.0) * problem.selling_hours
        unit = problem.measure(name).unit
        for rep in (now, other):
            for over, what in (
                (book[rep] - high[rep], "over its upper limit"),
                (low[rep] - book[rep], "under its lower limit"),
            ):
                if over > _TOLERANCE * max(1.0, abs(book[rep])):
                    who = clean(str(problem.team.name[rep]))
                    said.append(f"{measure_title(name).lower()} of {who} {amount(float(over), unit)} {what}")
    return tuple(said)
