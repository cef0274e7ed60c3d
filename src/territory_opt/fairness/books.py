"""Books that stand out, by name: outside their band, or too far from another book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from territory_opt import metrics
from territory_opt.fairness.measure import MeasureFairness

__all__ = ["BooksApart", "OutsideBook", "books_apart", "outside_books"]


@dataclass(frozen=True, slots=True)
class OutsideBook:
    """A book outside the band of a measure.

    Attributes
    ----------
    measure, unit : str
        The measure.
    rep_id, rep_name : str
        Whose book.
    value : float
        Per full unit of capacity.
    low, high : float
        Ends of the band; infinite where open.
    deviation : float
        (value - reference) / reference; 0.18 is 18 % above. The reference is the band's middle, or the median of
        the books for an absolute band. Zero where the reference is not positive.
    excess : float
        How far beyond the nearer end, in the unit of the measure: positive above, negative below.
    """

    measure: str
    unit: str
    rep_id: str
    rep_name: str
    value: float
    low: float
    high: float
    deviation: float
    excess: float


@dataclass(frozen=True, slots=True)
class BooksApart:
    """Two books too far apart (D-LOAD-2).

    Attributes
    ----------
    measure : str
        The measure.
    larger_id, larger_name, smaller_id, smaller_name : str
        The two reps.
    larger, smaller : float
        Their books, per full unit of capacity.
    ratio : float or None
        larger / smaller; None when the smaller book is empty.
    """

    measure: str
    larger_id: str
    larger_name: str
    smaller_id: str
    smaller_name: str
    larger: float
    smaller: float
    ratio: float | None


def outside_books(row: MeasureFairness, rep_id: Sequence[str], rep_name: Sequence[str]) -> tuple[OutsideBook, ...]:
    """List the books outside the band of one measure, furthest first.

    Parameters
    ----------
    row : MeasureFairness
        The measure.
    rep_id, rep_name : sequence of str, length n_reps
        Names at the edge.

    Returns
    -------
    tuple of OutsideBook
        Empty when there is no band.
    """
    if row.band is None:
        return ()
    low, high = row.band.low, row.band.high
    position = np.flatnonzero(~row.inside)
    excess = np.where(row.values > high, row.values - high, row.values - low)
    order = position[np.argsort(-np.abs(excess[position]), kind="stable")]
    return tuple(
        OutsideBook(
            measure=row.measure,
            unit=row.unit,
            rep_id=rep_id[j],
            rep_name=rep_name[j],
            value=float(row.values[j]),
            low=low,
            high=high,
            deviation=float(row.deviation[j]),
            excess=float(excess[j]),
        )
        for j in order.tolist()
    )


def books_apart(
    row: MeasureFairness, rep_id: Sequence[str], rep_name: Sequence[str], *, apart: float, at_most: int = 10
) -> tuple[BooksApart, ...]:
    """List the pairs of books furthest apart, worst first.

    Parameters
    ----------
    row : MeasureFairness
        The measure.
    rep_id, rep_name : sequence of str, length n_reps
        Names at the edge.
    apart : float
        Relative distance from which two books are called out: 0.5 is 50 %.
    at_most : int
        How many pairs.

    Returns
    -------
    tuple of BooksApart
        Empty when no two books are that far apart.

    Notes
    -----
    D-LOAD-2.
    """
    larger, smaller = metrics.pairs_apart(row.values, apart=apart, at_most=at_most)
    found = []
    for i, j in zip(larger.tolist(), smaller.tolist(), strict=True):
        large, small = float(row.values[i]), float(row.values[j])
        ratio = large / small if small > 0.0 and np.isfinite(large / small) else None
        found.append(BooksApart(row.measure, rep_id[i], rep_name[i], rep_id[j], rep_name[j], large, small, ratio))
    return tuple(found)
