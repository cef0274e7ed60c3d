"""Limits of books as rows: what every book holds of a measure, and between which bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from territory_opt._frozen import FrozenArrays
from territory_opt._typing import FloatArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.travel import Travel
from territory_opt.formulation.median import Placement
from territory_opt.measures import Measure
from territory_opt.problem import Problem

__all__ = ["Ledger", "lay_ledgers"]

_FULL = 10.0
_SMALL = 1000.0


@dataclass(frozen=True, slots=True)
class Ledger(FrozenArrays):
    """One limited measure of every book.

    Attributes
    ----------
    measure : str
        What is counted.
    low, high : ndarray of float, shape (n_reps,)
        Bounds of every book; with a floating middle, shares of the middle times capacity.
    scale : ndarray of float, shape (n_reps,)
        Rows are divided by this, so that a full book is about 10; 1 for small whole numbers.
    price : float
        Objective per unit outside an elastic band; infinite for a hard one.
    middle : {"", "mean", "median"}
        What floats with the alignment.
    within : float
        Half width of a floating band.
    """

    measure: str
    low: FloatArray
    high: FloatArray
    scale: FloatArray
    price: float
    middle: Literal["", "mean", "median"] = ""
    within: float = 0.0


def lay_ledgers(problem: Problem, placements: Mapping[str, Placement] | None = None) -> tuple[Ledger, ...]:
    """Bounds of all books, from the statement.

    Parameters
    ----------
    problem : Problem
        Its Balance and BookLimits criteria and its cap on travel are used.
    placements : mapping of measure to Placement, optional
        Fixed limits in the place of median bands.

    Returns
    -------
    tuple of Ledger
        In the order of the criteria.
    """
    found = []
    for criterion in problem.criteria:
        if isinstance(criterion, Balance):
            found.append(_of_band(problem, criterion, (placements or {}).get(criterion.measure)))
        elif isinstance(criterion, BookLimits):
            found.append(_of_limits(problem, criterion))
        elif isinstance(criterion, Travel) and criterion.share_at_most is not None:
            hours = problem.selling_hours
            none = np.full(problem.n_reps, -np.inf)
            found.append(Ledger("travel_hours", none, criterion.share_at_most * hours, hours / _FULL, np.inf))
    return tuple(found)


def _of_band(problem: Problem, criterion: Balance, placement: Placement | None) -> Ledger:
    capacity, measure = problem.team.capacity, problem.measure(criterion.measure)
    price = np.inf if criterion.weight is None else criterion.weight
    within = criterion.within or 0.0
    average = float(measure.base.sum()) / float(capacity.sum())
    size = abs(average)
    if criterion.measure == "travel_hours":
        size = float(np.mean(problem.selling_hours / capacity)) / _FULL
    scale = (size or 1.0) / _FULL * capacity
    floats = criterion.between is None and (
        criterion.of == "median" or (criterion.of == "mean" and measure.pair_dependent)
    )
    if criterion.between is not None:
        low, high = criterion.between[0] * capacity, criterion.between[1] * capacity
    elif placement is not None:
        low, high = (edge * capacity for edge in placement.limits(within))
    elif floats:
        return Ledger(
            criterion.measure,
            (1 - within) * capacity,
            (1 + within) * capacity,
            scale,
            price,
            "median" if criterion.of == "median" else "mean",
            within,
        )
    else:
        low, high = (1 - within) * average * capacity, (1 + within) * average * capacity
    if price == np.inf and _is_small(measure):
        low, high, scale = *_inwards(low, high), np.ones(problem.n_reps)
    return Ledger(criterion.measure, low, high, scale, price)


def _of_limits(problem: Problem, criterion: BookLimits) -> Ledger:
    low, high = criterion.per_rep(problem.n_reps)
    size = np.maximum(np.where(np.isfinite(low), np.abs(low), 0.0), np.where(np.isfinite(high), np.abs(high), 0.0))
    scale = np.where(size > 0, size, 1.0) / _FULL
    if _is_small(problem.measure(criterion.measure)):
        low, high, scale = *_inwards(low, high), np.ones(problem.n_reps)
    return Ledger(criterion.measure, low, high, scale, np.inf)


def _is_small(measure: Measure) -> bool:
    """True for whole numbers of a size that solvers take as they are."""
    values = measure.base if measure.table is None else measure.table
    return measure.integer and float(np.abs(values).max(initial=0.0)) <= _SMALL


def _inwards(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Limits of whole numbers; tolerance first, so that 100.00000001 asked for by rounding does not become 101."""
    return np.ceil(low - 5e-7 * np.abs(low)), np.floor(high + 5e-7 * np.abs(high))
