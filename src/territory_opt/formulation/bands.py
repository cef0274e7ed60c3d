"""Balance bands: around a fixed number, around the realised mean, or around the realised median."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.criteria.balance import Balance
from territory_opt.formulation.builder import Builder
from territory_opt.formulation.costs import check_prices
from territory_opt.formulation.median import Median, Placement, add_median
from territory_opt.formulation.table import PairTable
from territory_opt.formulation.tails import Tail, with_tail
from territory_opt.problem import Problem

__all__ = ["FULL_BOOK", "Band", "MedianMode", "add_band", "full_book"]

# Solvers keep rows to about 1e-6; of a book of 10 that is ten times less than evaluation forgives.
FULL_BOOK = 10.0
"""What a full book is scaled to."""
_SMALL = 1000.0

MedianMode: TypeAlias = Literal["relaxed", "exact", "placed"]


def _nothing() -> slice:
    return slice(0, 0)


@dataclass(frozen=True, slots=True)
class Band:
    """Columns of one band, so that a known alignment can be written into the program.

    Attributes
    ----------
    criterion : Balance
        What it enforces.
    scale : float
        The measure is divided by this, so that a full book is about 10; 1 for whole numbers.
    capacity : ndarray of float, shape (n_reps,)
        Share of a full book.
    loads : slice
        Column of every book's scaled total; empty for a fixed band.
    middle : int
        Column of the band's middle; -1 for a fixed band.
    below, above : slice
        Columns of what an elastic band is missed by.
    median : Median or None
        Columns of an exact median.
    limits : tuple of ndarray of float
        Scaled fixed limits of an elastic band, shape (n_reps,) each.
    """

    criterion: Balance
    scale: float
    capacity: FloatArray
    loads: slice = field(default_factory=_nothing)
    middle: int = -1
    below: slice = field(default_factory=_nothing)
    above: slice = field(default_factory=_nothing)
    median: Median | None = None
    limits: tuple[FloatArray, FloatArray] | None = None

    def fill(self, x: FloatArray, book: FloatArray) -> None:
        """Write the columns of this band that belong to book totals of shape (n_reps,) into ``x``."""
        scaled = book / self.scale
        if self.limits is not None:
            x[self.below] = np.maximum(self.limits[0] - scaled, 0.0)
            x[self.above] = np.maximum(scaled - self.limits[1], 0.0)
        if self.middle < 0:
            return
        x[self.loads] = scaled
        full = scaled / self.capacity
        if self.criterion.of == "mean":
            mean = scaled.sum() / self.capacity.sum()
            x[self.middle] = mean
            if self.criterion.weight is not None:
                within = self.criterion.within or 0.0
                x[self.below] = np.maximum((1.0 - within) * mean - full, 0.0) * self.capacity
                x[self.above] = np.maximum(full - (1.0 + within) * mean, 0.0) * self.capacity
            return
        x[self.middle] = np.median(full)
        if self.median is not None:
            self.median.fill(x, full)


def add_band(
    builder: Builder,
    problem: Problem,
    criterion: Balance,
    table: PairTable,
    values: FloatArray,
    *,
    median: MedianMode = "relaxed",
    placement: Placement | None = None,
) -> Band:
    r"""Add the rows of one balance criterion.

    Parameters
    ----------
    builder : Builder
        Gets the blocks.
    problem : Problem
        Gives capacities and totals.
    criterion : Balance
        The band.
    table : PairTable
        Eligible pairs.
    values : ndarray of float, shape (n_groups, n_reps)
        What every group adds to every book.
    median : {"relaxed", "exact", "placed"}
        A median band is relaxed to the same band around a free middle; or stated exactly with indicators; or
        replaced by fixed limits per book that make it certain.
    placement : Placement, optional
        For ``"placed"``: which books are below and above which median.

    Returns
    -------
    Band
        Where its columns are.

    Notes
    -----
    A fixed band is :math:`l_j \le \sum_i p_{ij} x_{ij} \le u_j`. Otherwise, with :math:`L_j = \sum_i p_{ij} x_{ij}`
    and middle :math:`T`: :math:`(1-b) s_j T \le L_j \le (1+b) s_j T`. The realised mean adds
    :math:`\sum_j L_j = T \sum_j s_j`; the exact median is :func:`territory_opt.formulation.median.add_median`.
    """
    capacity, k = problem.team.capacity, problem.n_reps
    measure = problem.measure(criterion.measure)
    name = criterion.measure
    average = float(measure.base.sum()) / float(capacity.sum())
    fixed = criterion.between is not None or criterion.of == "target"
    fixed = fixed or (criterion.of == "mean" and not measure.pair_dependent)
    # Small whole numbers (units, accounts) stay whole: solvers round such rows inwards. Money is scaled all the same.
    sizes = measure.base if measure.table is None else measure.table
    whole = fixed and measure.integer and float(np.abs(sizes).max()) <= _SMALL
    scale = 1.0 if whole else full_book(table, values, average, capacity) / FULL_BOOK
    lengths, columns = table.rep_lengths, table.by_rep
    # A solver's tolerance is absolute: rows are per full unit of capacity, so that it is as small for a small book.
    share_of = np.ones(k) if whole else capacity
    coefficients = table.rows_of(values) / (scale * np.repeat(share_of, lengths))
    if median == "placed" and placement is not None and criterion.of == "median" and criterion.within is not None:
        low, high = (edge / scale for edge in placement.limits(criterion.within))
        builder.rows(f"balance.{name}", lengths, columns, coefficients, low, high)
        return Band(criterion, scale, capacity)
    if fixed:
        low, high = _fixed_limits(criterion, average, capacity, scale, whole=whole)
        if criterion.weight is None:
            builder.rows(f"balance.{name}", lengths, columns, coefficients, low / share_of, high / share_of)
            return Band(criterion, scale, capacity)
        price = np.full(k, criterion.weight * scale)
        check_prices(price)
        below = builder.columns(f"below.{name}", price, 0.0, np.inf)
        above = builder.columns(f"above.{name}", price, 0.0, np.inf)
        rows = with_tail(lengths, columns, coefficients, [(below, 1.0 / share_of), (above, -1.0 / share_of)])
        builder.rows(f"balance.{name}", *rows, low / share_of, high / share_of)
        return Band(criterion, scale, capacity, below=below, above=above, limits=(low, high))
    within = criterion.within or 0.0
    loads = builder.columns(f"book.{name}", np.zeros(k), -np.inf, np.inf)
    top = _highest_middle(table, values / scale, capacity, within)
    # Only a hard band needs a middle above zero; an elastic one is missed by all books when friction eats the total.
    least, most = (0.0, top) if criterion.weight is None else (-np.inf, np.inf)
    middle = builder.columns(f"middle.{name}", [0.0], least, most).start
    below, above = slice(0, 0), slice(0, 0)
    if criterion.weight is not None:
        price = np.full(k, criterion.weight * scale)
        check_prices(price)
        below = builder.columns(f"below.{name}", price, 0.0, np.inf)
        above = builder.columns(f"above.{name}", price, 0.0, np.inf)
    builder.rows(f"total.{name}", *with_tail(lengths, columns, coefficients, [(loads, -1.0 / capacity)]), 0.0, 0.0)
    elastic_low = [(below, 1.0 / capacity)] if criterion.weight is not None else []
    elastic_high = [(above, -1.0 / capacity)] if criterion.weight is not None else []
    for edge, share, elastic, low_, high_ in (
        ("low", 1.0 - within, elastic_low, 0.0, np.inf),
        ("high", 1.0 + within, elastic_high, -np.inf, 0.0),
    ):
        tail: Tail = [(loads, 1.0 / capacity), (slice(middle, middle + 1), -share), *elastic]
        builder.rows(f"{edge}.{name}", *with_tail(np.zeros(k, dtype=np.int64), [], [], tail), low_, high_)
    if criterion.of == "mean":
        indices = [*range(loads.start, loads.stop), middle]
        builder.rows(f"mean.{name}", [k + 1], indices, [*np.ones(k), -capacity.sum()], 0.0, 0.0)
        return Band(criterion, scale, capacity, loads, middle, below, above)
    # At most half of the books are above their median, and at most half below: that ties it to their total.
    half = float(np.sort(capacity)[k - k // 2 :].sum())
    spread = [-(capacity.sum() + within * half), -(capacity.sum() - within * half)]
    for edge, share, low_, high_ in (("most", spread[0], -np.inf, 0.0), ("least", spread[1], 0.0, np.inf)):
        builder.rows(
            f"{edge}.{name}", [k + 1], [*range(loads.start, loads.stop), middle], [*np.ones(k), share], low_, high_
        )
    exact = None
    if median == "exact":
        widest = (2.0 if k % 2 == 0 else 1.0) * within * top
        exact = add_median(builder, name, loads, middle, capacity, widest)
    return Band(criterion, scale, capacity, loads, middle, median=exact)


def _fixed_limits(
    criterion: Balance, average: float, capacity: FloatArray, scale: float, *, whole: bool
) -> tuple[FloatArray, FloatArray]:
    if criterion.between is not None:
        low, high = criterion.between[0] * capacity, criterion.between[1] * capacity
    else:
        within = criterion.within or 0.0
        low, high = (1 - within) * average * capacity, (1 + within) * average * capacity
    if whole and criterion.weight is None:
        # Tolerance first, so that 100.00000001 asked for by rounding does not become 101.
        low, high = np.ceil(low - 5e-7 * np.abs(low)), np.floor(high + 5e-7 * np.abs(high))
    return low / scale, high / scale


def full_book(table: PairTable, values: FloatArray, average: float, capacity: FloatArray) -> float:
    """What a full book holds, roughly: rows are divided by it."""
    if average != 0:
        return abs(average)
    values = np.abs(values)  # Where nothing is in the accounts, friction alone fills books, below zero.
    least = np.where(table.allowed, values, np.inf).min(axis=1)
    most = np.where(table.allowed, values, -np.inf).max(axis=1)
    some = np.isfinite(least)
    # Where every account has a rep next door, the least says nothing about the size of a book.
    total = max(float(least[some].sum()), 1e-3 * float(most[some].sum()))
    return total / float(capacity.sum()) or 1.0


def _highest_middle(table: PairTable, scaled: FloatArray, capacity: FloatArray, within: float) -> float:
    """Upper bound of the middle: every book holds at least 1 - b of it, one holds all of it, and there is no more."""
    most = np.where(table.allowed, scaled, -np.inf).max(axis=1)
    total = float(most[np.isfinite(most)].sum())
    return max(total, 0.0) / max((1.0 - within) * float(capacity.sum()), float(capacity.min()))
