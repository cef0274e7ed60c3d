"""The realised median of the books as linear rows: every book is below, in, or above the middle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.formulation.builder import Builder
from territory_opt.formulation.tails import with_tail

__all__ = ["Median", "Placement", "add_median", "middle_ranks"]

PLACE_TOLERANCE = 0.002
"""How far from its planned value the median of placed books may come out, as a share of it."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Books placed below, in and above a planned median.

    Attributes
    ----------
    order : ndarray of int, shape (n_reps,)
        Reps from the smallest book to the largest.
    middle : float
        Planned median, in the unit of the measure per full unit of capacity.
    spread : float
        Planned half distance of the two middle books of an even team; 0 for an odd one.
    """

    order: IntArray
    middle: float
    spread: float = 0.0

    @classmethod
    def of_books(cls, full: FloatArray) -> Placement:
        """Place books as they are; ``full`` (n_reps,) is their size per full unit of capacity."""
        ranks, ranked = middle_ranks(len(full)), np.sort(full)
        low, high = float(ranked[ranks[0]]), float(ranked[ranks[-1]])
        return cls(np.argsort(full, kind="stable"), (low + high) / 2.0, (high - low) / 2.0)

    def towards(self, middle: float, part: float) -> Placement:
        """Plan a median this part of the way to another one, where the middle books of an even team meet.

        Examples
        --------
        >>> Placement.of_books(np.array([8.0, 12.0])).towards(9.0, 1.0).middle
        9.0
        """
        return Placement(self.order, self.middle + part * (middle - self.middle)) if part else self

    def limits(self, within: float) -> tuple[FloatArray, FloatArray]:
        r"""Limits per full unit of capacity, shape (n_reps,), that make a median band certain.

        Notes
        -----
        With the planned middle books at :math:`a \le c` around :math:`T`: books up to the first middle one are at most
        :math:`a + eT`, books from it on at least :math:`a - eT`, and likewise for :math:`c`. So the middle order
        statistics are within :math:`eT` of :math:`a` and :math:`c`, and the median of :math:`T`; every book is inside
        the band around both ends of that.
        """
        k = len(self.order)
        place = np.argsort(self.order)
        first, last = middle_ranks(k)[0], middle_ranks(k)[-1]
        margin = PLACE_TOLERANCE * self.middle
        low, high = (1.0 - within) * (self.middle + margin), (1.0 + within) * (self.middle - margin)
        before, after = self.middle - self.spread, self.middle + self.spread
        floor = np.select([place < first, place == first], [low, before - margin], after - margin)
        ceiling = np.select([place > last, place == last], [high, after + margin], before + margin)
        floor, ceiling = np.maximum(floor, low), np.minimum(ceiling, high)
        if (floor <= ceiling).all():
            return floor, ceiling
        # The planned middle books are too far apart for the band: keep all books so close that any median will do.
        narrow = within / (2.0 + within)
        return np.full(k, (1.0 - narrow) * self.middle), np.full(k, (1.0 + narrow) * self.middle)


def middle_ranks(k: int) -> tuple[int, ...]:
    """Ranks, from 0, of the middle of k books: one for an odd number, two for an even one."""
    return tuple(sorted({(k - 1) // 2, k // 2}))


@dataclass(frozen=True, slots=True)
class Median:
    """Columns of an exact median.

    Attributes
    ----------
    ranks : tuple of int
        Ranks, from 0, of the middle books: one for an odd number of reps, two for an even one.
    statistics : tuple of int
        Column of every middle book's size per full unit of capacity.
    below, above : slice
        Indicators of the books before and after the middle ones, shape (n_reps,) each.
    middles : tuple of slice
        Indicators of every middle book.
    """

    ranks: tuple[int, ...]
    statistics: tuple[int, ...]
    below: slice
    above: slice
    middles: tuple[slice, ...]

    def fill(self, x: FloatArray, full: FloatArray) -> None:
        """Write the columns that belong to books of size ``full`` per full unit of capacity, shape (n_reps,)."""
        place = np.argsort(np.argsort(full, kind="stable"), kind="stable")
        x[self.below] = place < self.ranks[0]
        x[self.above] = place > self.ranks[-1]
        for rank, column, middle in zip(self.ranks, self.statistics, self.middles, strict=True):
            x[middle] = place == rank
            x[column] = np.sort(full)[rank]


def add_median(
    builder: Builder,
    name: str,
    loads: slice,
    reference: int,
    capacity: FloatArray,
    widest: float,
) -> Median:
    r"""Tie a column to the median of the books.

    Parameters
    ----------
    builder : Builder
        Gets the blocks.
    name : str
        Measure, for the names of the blocks.
    loads : slice
        Columns of the book totals :math:`L_j`.
    reference : int
        Column :math:`T` that is to be the median of :math:`L_j / s_j`.
    capacity : ndarray of float, shape (n_reps,)
        Capacity shares :math:`s_j`.
    widest : float
        Farthest that two books per full unit can be apart, :math:`M`.

    Returns
    -------
    Median
        Where the columns are.

    Notes
    -----
    With indicators :math:`b_j + \sum_r m_{rj} + a_j = 1`, one book per middle rank and the others shared out evenly:
    a book that is not above has :math:`L_j / s_j \le c + M a_j`, a book that is not below
    :math:`L_j / s_j \ge a - M b_j`, where :math:`a \le c` are the middle order statistics; the middle books meet
    them, and :math:`T = (a + c) / 2`. For an odd number of reps :math:`a = c = T`.
    """
    k = len(capacity)
    ranks = middle_ranks(k)

    def indicators(what: str) -> slice:
        return builder.columns(f"{what}.{name}", np.zeros(k), 0.0, 1.0, integer=True)

    first, last = ranks[0], ranks[-1]
    below = indicators("lower")
    middles = tuple(indicators(f"middle{rank}") for rank in ranks)
    above = indicators("upper")
    statistics = (reference,)
    if len(ranks) == 2:
        statistics = tuple(builder.columns(f"order{rank}.{name}", [0.0], 0.0, np.inf).start for rank in ranks)
    nothing = np.zeros(k, dtype=np.int64)
    classes = (below, *middles, above)
    builder.rows(f"class.{name}", *with_tail(nothing, [], [], [(part, 1.0) for part in classes]), 1.0, 1.0)
    for what, part, count in (("lower", below, first), ("upper", above, k - 1 - last)):
        builder.rows(f"n_{what}.{name}", [k], range(part.start, part.stop), np.ones(k), count, count)
    for rank, part in zip(ranks, middles, strict=True):
        builder.rows(f"one{rank}.{name}", [k], range(part.start, part.stop), np.ones(k), 1.0, 1.0)
    full = (loads, 1.0 / capacity)
    for rank, column in zip(ranks, statistics, strict=True):
        level = (slice(column, column + 1), -1.0)
        # Columns of a row must rise: the reference of an odd team lies before the indicators, others after.
        later = [level] if column != reference else []
        early = [] if later else [level]
        not_above = [(part, -widest) for part in (*middles, above)[(1 if rank == first else 2) :]]
        builder.rows(
            f"at_most{rank}.{name}", *with_tail(nothing, [], [], [full, *early, *not_above, *later]), -np.inf, 0.0
        )
        not_below = [(part, widest) for part in (below, *middles)[: (1 if rank == first else 2)]]
        builder.rows(
            f"at_least{rank}.{name}", *with_tail(nothing, [], [], [full, *early, *not_below, *later]), 0.0, np.inf
        )
    if len(ranks) == 2:
        builder.rows(f"median.{name}", [3], [reference, *statistics], [-1.0, 0.5, 0.5], 0.0, 0.0)
    return Median(ranks, statistics, below, above, middles)
