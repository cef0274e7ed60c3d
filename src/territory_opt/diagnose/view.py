"""A problem under some of its limits: who may go where, and what every book may hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.criteria.grouping import Apart, Together
from territory_opt.criteria.ownership import Forbid, Lock
from territory_opt.criteria.travel import Travel
from territory_opt.formulation.groups import Groups, allowed_reps, merge_families
from territory_opt.problem import Problem

__all__ = ["BANDS", "RULES", "Band", "BandCriterion", "Facts", "View"]

RULES = (Eligible, Seniority, Lock, Forbid)
"""Kinds of criteria that say which rep may have which account."""

BANDS = (Balance, Travel, BookLimits)
"""Kinds of criteria that say what a book may hold."""

BandCriterion: TypeAlias = Balance | Travel | BookLimits

# Evaluation forgives 1e-6 of a limit's scale: a proof must hold beyond that.
_FORGIVEN = 1.5e-6
_MOST_PAIRS = 40_000_000
_BLOCK = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """What every book may hold of one measure: between ``low * T`` and ``high * T`` per full unit of capacity.

    Attributes
    ----------
    criterion : Balance, Travel or BookLimits
        Whose limit it is.
    measure, unit : str
        What is counted.
    least, most : ndarray of float, shape (n_groups,)
        Least and most that a group can add to a book it may go to; 0 where it may go to none.
    values : ndarray of float, shape (n_groups,) or (n_groups, n_reps)
        What it adds.
    low, high : float
        Edges, what evaluation forgives included; -inf and inf where there is none.
    middle : tuple of float
        Least and greatest possible T. Equal for a band that is known beforehand.
    whole : bool
        Every total is a whole number.
    positive : bool
        No group can make a book smaller.
    capacity : ndarray of float, shape (n_reps,)
        Share of a full book.
    each : tuple of ndarray of float, shape (n_reps,), or None
        Edges of every book where each has its own; ``low`` and ``high`` are then infinite.
    """

    criterion: BandCriterion
    measure: str
    unit: str
    values: FloatArray
    least: FloatArray
    most: FloatArray
    low: float
    high: float
    middle: tuple[float, float]
    whole: bool
    positive: bool
    capacity: FloatArray
    each: tuple[FloatArray, FloatArray] | None = None

    @property
    def fixed(self) -> bool:
        """True when the edges are known before the carve."""
        return self.middle[0] == self.middle[1]

    def ceiling(self, middle: float | None = None) -> FloatArray:
        """Most that every book may hold, shape (n_reps,); with the greatest middle unless one is given."""
        at = self.middle[1] if middle is None else middle
        edge: FloatArray = self.high * at * self.capacity if self.each is None else self.each[1]
        return np.floor(edge) if self.whole else edge

    def floor(self, middle: float | None = None) -> FloatArray:
        """Least that every book must hold, shape (n_reps,); with the least middle unless one is given."""
        at = self.middle[0] if middle is None else middle
        edge = np.maximum(self.low * at * self.capacity if self.each is None else self.each[0], 0.0)
        return np.ceil(edge) if self.whole else edge


class Facts:
    """What is worked out once per problem and shared by all its views."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.limits = tuple(c for c in problem.criteria if c.is_limit)
        self.everyone = np.arange(problem.n_accounts)
        self._alone = Groups(self.everyone, self.everyone, self.everyone)
        self._groups: dict[tuple[Criterion, ...], Groups] = {}
        self._masks: dict[int, BoolArray] = {}
        self._values: dict[str, FloatArray | None] = {}

    @property
    def readable(self) -> bool:
        """False for a problem too large to hold a number per pair."""
        return self.problem.n_accounts * self.problem.n_reps <= _MOST_PAIRS

    def groups(self, criteria: tuple[Criterion, ...]) -> Groups:
        """Families that the criteria merge."""
        together = tuple(c for c in criteria if isinstance(c, Together))
        if not together:
            return self._alone
        if together not in self._groups:
            self._groups[together] = merge_families(self.problem.replace(criteria=together))
        return self._groups[together]

    def mask(self, criterion: Criterion) -> BoolArray:
        """Reps that one rule leaves to every account, shape (n_accounts, n_reps)."""
        if id(criterion) not in self._masks:
            self._masks[id(criterion)] = allowed_reps(self.problem, self._alone, [criterion])
        return self._masks[id(criterion)]

    def values(self, measure: str) -> FloatArray | None:
        """What accounts add, shape (n_accounts,) or (n_accounts, n_reps); None while open homes leave it unknown."""
        if measure not in self._values:
            problem = self.problem
            found: FloatArray | None
            if not problem.measure(measure).pair_dependent:
                found = problem.measure(measure).base
            elif problem.places.open_reps.any():
                found = None
            else:
                n, k = problem.n_accounts, problem.n_reps
                found = np.empty((n, k))
                for some in np.array_split(self.everyone, 1 + n * k // _BLOCK):
                    pairs = np.repeat(some, k), np.tile(np.arange(k), len(some))
                    found[some] = problem.contribution(measure, *pairs).reshape(len(some), k)
            self._values[measure] = found
        return self._values[measure]

    def view(self, criteria: tuple[Criterion, ...] | None = None) -> View:
        """The problem under these limits; all of them by default."""
        return View(self, self.limits if criteria is None else criteria)


class View:
    """One subset of the limits of a problem."""

    def __init__(self, facts: Facts, criteria: tuple[Criterion, ...]) -> None:
        self.facts = facts
        self.problem = facts.problem
        self.criteria = criteria

    @cached_property
    def groups(self) -> Groups:
        """Families of these limits."""
        return self.facts.groups(self.criteria)

    @cached_property
    def allowed(self) -> BoolArray:
        """Reps that the rules leave to every group, shape (n_groups, n_reps)."""
        allowed = np.ones((self.problem.n_accounts, self.problem.n_reps), dtype=np.bool_)
        for criterion in self.criteria:
            if isinstance(criterion, RULES):
                allowed &= self.facts.mask(criterion)
        return self.groups.all_of(allowed)

    @cached_property
    def bands(self) -> tuple[Band, ...]:
        """Bands and travel caps whose amounts are known."""
        found = (self._band(c) for c in self.criteria if isinstance(c, BANDS))
        return tuple(band for band in found if band is not None)

    def band(self, criterion: Criterion) -> Band | None:
        """The band of one criterion; None where these limits do not have it."""
        return next((band for band in self.bands if band.criterion is criterion), None)

    @cached_property
    def strong(self) -> BoolArray:
        """Pairs that rules leave and that break no band on their own, shape (n_groups, n_reps)."""
        strong = self.allowed.copy()
        for band in self.bands:
            if band.positive:
                strong &= self.fits(band, band.ceiling())
        return strong

    def without(self, criterion: Criterion) -> View:
        """The same without one of the limits."""
        return View(self.facts, tuple(c for c in self.criteria if c is not criterion))

    def fits(self, band: Band, ceiling: FloatArray) -> BoolArray:
        """Pairs whose group alone stays below the ceiling, shape (n_groups, n_reps)."""
        values = band.values[:, None] if band.values.ndim == 1 else band.values
        fits: BoolArray = values <= ceiling[None, :]
        return fits

    def closest(self, band: Band, row: int) -> tuple[float, float]:
        """What a group adds to the book that comes closest to holding it, and what that book holds."""
        reps = np.flatnonzero(self.allowed[row])
        values = band.values[row] if band.values.ndim == 2 else np.full(self.problem.n_reps, band.values[row])
        ceiling = band.ceiling()
        best = reps[np.argmin(values[reps] - ceiling[reps])]
        return float(values[best]), float(ceiling[best])

    def rows(self, accounts: IntArray) -> IntArray:
        """Groups that hold these accounts."""
        return np.unique(self.groups.index[accounts])

    def members(self, rows: IntArray | BoolArray) -> IntArray:
        """Accounts of these groups, in the order of the table."""
        chosen = np.zeros(self.groups.n_groups, dtype=np.bool_)
        chosen[rows] = True
        return np.flatnonzero(chosen[self.groups.index])

    def apart(self) -> list[tuple[int, int]]:
        """Pairs of groups that must not share a rep."""
        pairs = [pair for c in self.criteria if isinstance(c, Apart) for pair in c.pairs]
        if not pairs:
            return []
        ends = self.groups.index[self.problem.accounts.positions([account for pair in pairs for account in pair])]
        return [(int(a), int(b)) for a, b in ends.reshape(-1, 2)]

    def caps(self) -> list[Disruption]:
        """Caps on what changes owner."""
        return [c for c in self.criteria if isinstance(c, Disruption)]

    def _band(self, criterion: BandCriterion) -> Band | None:
        problem = self.problem
        name = "travel_hours" if isinstance(criterion, Travel) else criterion.measure
        if name not in problem.measures or (name == "travel_hours" and not problem.has_travel):
            return None
        values = self.facts.values(name)
        if values is None:
            return None
        values = self.groups.total(values)
        measure, capacity = problem.measure(name), problem.team.capacity
        some = self.allowed.any(axis=1)
        if values.ndim == 1:
            least = most = np.where(some, values, 0.0)
            positive = bool((values[some] >= 0).all())
        else:
            least = np.where(some, np.where(self.allowed, values, np.inf).min(axis=1), 0.0)
            most = np.where(some, np.where(self.allowed, values, -np.inf).max(axis=1), 0.0)
            positive = bool((least >= 0).all())
        each = None
        if isinstance(criterion, BookLimits):
            each, (low, high, middle) = _own_edges(problem, criterion), (-np.inf, np.inf, (1.0, 1.0))
        else:
            low, high, middle = _edges(problem, criterion, least, most)
        if not middle[1] > 0:
            return None  # A middle that may be zero or less says nothing that could be proven here.
        return Band(
            criterion, name, measure.unit, values, least, np.maximum(most, 0.0), low, high, middle,
            measure.integer and values.ndim == 1, positive, capacity, each,
        )  # fmt: skip


def _own_edges(problem: Problem, criterion: BookLimits) -> tuple[FloatArray, FloatArray]:
    low, high = criterion.per_rep(problem.n_reps)
    size = np.maximum(np.where(np.isfinite(low), np.abs(low), 1.0), np.where(np.isfinite(high), np.abs(high), 1.0))
    forgiven = _FORGIVEN * np.maximum(size, 1.0)
    return low - forgiven, high + forgiven


def _edges(
    problem: Problem, criterion: Balance | Travel, least: FloatArray, most: FloatArray
) -> tuple[float, float, tuple[float, float]]:
    if isinstance(criterion, Travel):
        share = (criterion.share_at_most or 0.0) + _FORGIVEN
        return -np.inf, share * problem.policy.selling_hours, (1.0, 1.0)
    if criterion.between is not None:
        low, high = criterion.between
        forgiven = _FORGIVEN * max(1.0, *(abs(edge) for edge in (low, high) if np.isfinite(edge)))
        return low - forgiven, high + forgiven, (1.0, 1.0)
    within = (criterion.within or 0.0) + _FORGIVEN
    capacity = problem.team.capacity
    total = float(capacity.sum())
    if criterion.of == "target":
        middle = float(problem.measure(criterion.measure).base.sum()) / total
        return 1.0 - within, 1.0 + within, (middle, middle)
    if criterion.of == "mean":
        return 1.0 - within, 1.0 + within, (max(float(least.sum()), 0.0) / total, float(most.sum()) / total)
    # At most half of the books are above their median and at most half below: that ties it to their total.
    half = float(np.sort(capacity)[len(capacity) - len(capacity) // 2 :].sum())
    lowest = max(float(least.sum()), 0.0) / (total + within * half)
    room = total - within * half
    return 1.0 - within, 1.0 + within, (lowest, float(most.sum()) / room if room > 0 else np.inf)
