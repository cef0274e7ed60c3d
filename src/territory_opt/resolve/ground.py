"""What pairs of item and rep cost and add to books, for a few pairs or for all of them in blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.costs import Costs
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.criteria.travel import Travel
from territory_opt.problem import Problem
from territory_opt.resolve.items import Items
from territory_opt.travel import EARTH_RADIUS_KM, unit_xyz

__all__ = ["Ground", "Reduced"]

_KM_MARGIN = 5e-4
"""Fast distances are off by less than this: half a metre."""


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """Prices that turn the cost of a pair into its reduced cost.

    Attributes
    ----------
    measure : tuple of str
        Measures with a price, one per row of ``price``.
    price : ndarray of float, shape (n_measures, n_reps)
        What a unit of the measure in a rep's book is worth: it is taken off the cost of the pair.
    kept : ndarray of float, shape (n_caps,)
        What a unit of owned value that stays with its owner is worth, for every cap on disruption.
    cost : float
        1 for the real cost, 0 to price moves alone.
    """

    measure: tuple[str, ...]
    price: FloatArray
    kept: FloatArray
    cost: float = 1.0

    @classmethod
    def of_nothing(cls, n_reps: int, n_caps: int, cost: float) -> Reduced:
        """Costs as they are: no row has a price."""
        return cls((), np.zeros((0, n_reps)), np.zeros(n_caps), cost)


class Ground:
    """Costs and contributions of an edited problem.

    Parameters
    ----------
    problem : Problem
        The edited problem.
    items : Items
        Families and rules.
    home_index : ndarray of int, shape (n_reps,)
        Homes of the open reps.
    """

    def __init__(self, problem: Problem, items: Items, home_index: IntArray) -> None:
        self.problem, self.items, self.homes = problem, items, home_index
        criteria = problem.criteria
        self.travel_weight = sum(c.weight or 0.0 for c in criteria if isinstance(c, Travel) and not c.is_limit)
        owner = problem.owners.protected_index
        moved = np.zeros(problem.n_accounts)
        for criterion in criteria:
            if isinstance(criterion, Disruption) and not criterion.is_limit:
                moved += (criterion.weight or 0.0) * problem.measure(criterion.measure).base
        self.owner = owner
        self.move_cost = np.where(owner >= 0, moved, 0.0)
        self.costs = [c for c in criteria if isinstance(c, Costs)]
        self.misfits = [c for c in criteria if isinstance(c, Eligible | Seniority) and not c.is_limit]
        self.caps = [c for c in criteria if isinstance(c, Disruption) and c.at_most is not None]
        self.capped_value = np.zeros((len(self.caps), problem.n_accounts))
        for row, cap in enumerate(self.caps):
            self.capped_value[row] = np.where(owner >= 0, problem.measure(cap.measure).base, 0.0)
        self.used = [c.measure for c in criteria if isinstance(c, Balance | BookLimits)]
        if any(isinstance(c, Travel) and c.is_limit for c in criteria):
            self.used.append("travel_hours")
        self._points: tuple[FloatArray, FloatArray] | None = None

    def cost(self, item: IntArray, rep: IntArray) -> FloatArray:
        """Objective of pairs without elastic bands; shape (m,)."""
        return self._summed(item, rep, self._cost)

    def amount(self, measure: str, item: IntArray, rep: IntArray) -> FloatArray:
        """What pairs add to books; shape (m,)."""
        return self._summed(item, rep, lambda i, j: self.problem.contribution(measure, i, j, self.homes))

    def kept(self, cap: int, item: IntArray, rep: IntArray) -> FloatArray:
        """Owned value under one of the caps that stays with its owner; shape (m,)."""
        value = self.capped_value[cap]
        return self._summed(item, rep, lambda i, j: np.where(self.owner[i] == j, value[i], 0.0))

    def _summed(self, item: IntArray, rep: IntArray, values: Callable[[IntArray, IntArray], FloatArray]) -> FloatArray:
        groups = self.items.groups
        if groups.trivial:
            return values(groups.order[groups.starts[item]], rep)
        ends = np.append(groups.starts, len(groups.order))
        size = ends[item + 1] - ends[item]
        first = np.cumsum(size) - size
        at = np.repeat(ends[item] - first, size) + np.arange(int(size.sum()))
        each = values(groups.order[at], np.repeat(rep, size))
        total: FloatArray = np.add.reduceat(each, first) if len(first) else np.zeros(0)
        return total

    def _cost(self, accounts: IntArray, reps: IntArray) -> FloatArray:
        cost = np.where(self.owner[accounts] == reps, 0.0, self.move_cost[accounts])
        if self.travel_weight:
            cost += self.travel_weight * self.problem.hours(accounts, reps, self.homes)
        for own in self.costs:
            cost += own.weight * own.table[accounts, reps]
        for criterion in self.misfits:
            cost += (criterion.weight or 0.0) * ~self._fits(criterion, accounts, reps)
        return cost

    def _fits(self, criterion: Eligible | Seniority, accounts: IntArray, reps: IntArray) -> BoolArray:
        problem = self.problem
        fits: BoolArray
        if isinstance(criterion, Seniority):
            wanted = problem.scores.tier[accounts] == criterion.tier
            fits = ~wanted | (problem.team.tenure_years[reps] >= criterion.min_years)
        elif criterion.mask is not None:
            fits = criterion.mask[accounts, reps]
        else:
            matching = problem.matching(criterion.attribute)
            fits = matching.serves[matching.kind_index[accounts], reps]
        return fits

    def block(self, item: IntArray, reduced: Reduced) -> tuple[FloatArray, FloatArray]:
        """Reduced costs of items with every rep, infinite where a rule forbids the pair.

        Parameters
        ----------
        item : ndarray of int, shape (m,)
            Items.
        reduced : Reduced
            Prices.

        Returns
        -------
        value : ndarray of float, shape (m, n_reps)
            Cost less what the contributions are worth.
        margin : ndarray of float, shape (m,)
            By how much the fast distances may make ``value`` wrong.
        """
        groups, k = self.items.groups, self.problem.n_reps
        if groups.trivial:
            accounts, first = groups.order[groups.starts[item]], None
        else:
            ends = np.append(groups.starts, len(groups.order))
            size = ends[item + 1] - ends[item]
            first = np.cumsum(size) - size
            accounts = groups.order[np.repeat(ends[item] - first, size) + np.arange(int(size.sum()))]
        value, margin = self._account_block(accounts, reduced)
        if first is not None:
            value, margin = np.add.reduceat(value, first, axis=0), np.add.reduceat(margin, first)
        value[~self.items.allowed(item)] = np.inf
        return value.reshape(len(item), k), margin

    def _account_block(self, accounts: IntArray, reduced: Reduced) -> tuple[FloatArray, FloatArray]:
        problem, k = self.problem, self.problem.n_reps
        slope = np.full(k, reduced.cost * self.travel_weight)
        base = np.zeros((len(accounts), len(reduced.measure)))
        every = np.arange(k)
        value = np.zeros((len(accounts), k))
        size: FloatArray = np.zeros(len(accounts))
        for row, name in enumerate(reduced.measure):
            measure, price = problem.measure(name), reduced.price[row]
            base[:, row] = measure.base[accounts]
            if name == "travel_hours":
                slope -= price
            elif measure.table is not None:
                worth = measure.table[accounts] * price
                value -= worth
                size += np.abs(worth).max(axis=1)
            elif measure.pair_dependent:
                slope += price * problem.friction_per_hour
                rubs = problem.friction_kind_index
                if rubs is None:
                    base[:, row] -= problem.friction_beyond_travel(accounts, np.zeros_like(accounts))
                else:
                    kinds, index = np.unique(rubs[accounts], return_inverse=True)
                    _, lead = np.unique(rubs[accounts], return_index=True)
                    pairs = np.repeat(accounts[lead], k), np.tile(every, len(kinds))
                    value += (price * problem.friction_beyond_travel(*pairs).reshape(-1, k))[index]
        if len(reduced.measure):
            value -= base @ reduced.price
        margin = np.zeros(len(accounts))
        if problem.has_travel and slope.any():
            hours, margin = self._hours(accounts)
            hours *= slope
            value += hours
            margin = margin * float(np.abs(slope).max())
        owner = self.owner[accounts]
        mine = np.flatnonzero(owner >= 0)
        worth = reduced.cost * self.move_cost[accounts]
        value += worth[:, None]
        value[mine, owner[mine]] -= worth[mine] + reduced.kept @ self.capped_value[:, accounts[mine]]
        if reduced.cost:
            for own in self.costs:
                value += reduced.cost * own.weight * own.table[accounts]
            for criterion in self.misfits:
                if isinstance(criterion, Seniority):
                    junior = ~(problem.team.tenure_years >= criterion.min_years)
                    wrong = (problem.scores.tier[accounts] == criterion.tier)[:, None] & junior
                elif criterion.mask is not None:
                    wrong = ~criterion.mask[accounts]
                else:
                    matching = problem.matching(criterion.attribute)
                    wrong = ~matching.serves[matching.kind_index[accounts]]
                value += reduced.cost * (criterion.weight or 0.0) * wrong
        # Rounding of the sums, as a share of the magnitudes that went in.
        size += np.abs(base) @ np.abs(reduced.price).max(axis=1, initial=0.0)
        largest = np.maximum(value.max(axis=1), -value.min(axis=1))
        return value, margin + 1e-12 * (size + worth + largest)

    def _hours(self, accounts: IntArray) -> tuple[FloatArray, FloatArray]:
        """Yearly hours of accounts with every rep, and by how much they may be off."""
        problem, places = self.problem, self.problem.places
        k = problem.n_reps
        if places.travel_time is not None:
            pairs = np.repeat(accounts, k), np.tile(np.arange(k), len(accounts))
            return problem.hours(*pairs, self.homes).reshape(-1, k), np.zeros(len(accounts))
        if self._points is None:
            chosen = places.open_reps & (self.homes >= 0)
            lat = np.where(chosen, places.lat[self.homes], places.rep_lat)
            lon = np.where(chosen, places.lon[self.homes], places.rep_lon)
            self._points = unit_xyz(places.lat, places.lon), unit_xyz(lat, lon)
        points, homes = self._points
        # Half the squared chord: 1 - cos. The series is of the arc in terms of it.
        half = points[accounts] @ homes.T
        np.subtract(1.0, half, out=half)
        half *= 0.5
        np.clip(half, 0.0, 1.0, out=half)
        np.sqrt(half, out=half)
        np.arcsin(half, out=half)
        half *= 2.0 * EARTH_RADIUS_KM * places.hours_per_km[accounts][:, None]
        np.nan_to_num(half, copy=False, nan=0.0)
        return half, _KM_MARGIN * places.hours_per_km[accounts]
