"""A complete assignment under improvement: who has what, how full every book is, how far from the bound."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.solvers.lagrangian.band import Bands
from territory_opt.solvers.lagrangian.core import book_totals, real_bands
from territory_opt.solvers.lagrangian.items import Model, pair_cost
from territory_opt.solvers.lagrangian.pricing import reduced_cost

__all__ = ["State"]

_TOLERANCE = 1e-9


class State:
    """An assignment of all free accounts, kept consistent under moves.

    Attributes
    ----------
    rep : ndarray of shape (n,)
        Rep of every free account.
    totals, lower, upper, price : ndarray of shape (k, M)
        Books, bands and multipliers, in average contributions.
    is_soft : ndarray of shape (M,), bool
        Measures with an elastic band, ``soft_lower`` to ``soft_upper`` (k, M); ``lower`` and ``upper`` are infinite.
    best_value, value : ndarray of shape (n,)
        Least and present reduced cost of every account.
    """

    def __init__(
        self, model: Model, bands: Bands, price: FloatArray, scale: FloatArray, best_value: FloatArray, rep: IntArray
    ) -> None:
        self.model, self.bands, self.price = model, bands, price
        self.lower, self.upper = real_bands(model, bands, scale)
        self.is_soft = np.isfinite(bands.most)
        self.soft_lower = (model.soft_lower - model.fixed_totals) / bands.unit
        self.soft_upper = (model.soft_upper - model.fixed_totals) / bands.unit
        self.best_value = best_value
        self.rep = rep.copy()
        self.totals = book_totals(model, bands, rep)
        order = np.argsort(rep, kind="stable")
        edge = np.searchsorted(rep[order], np.arange(model.n_reps + 1))
        self.members = [order[edge[j] : edge[j + 1]] for j in range(model.n_reps)]
        self.value, _ = self.priced(np.arange(rep.size), rep)
        self._part = np.bincount(rep, weights=self.value - best_value, minlength=model.n_reps)

    def priced(self, item: IntArray, rep: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return reduced cost (p,) and contributions (p, M), in average contributions, of pairs."""
        return reduced_cost(self.model, self.bands, self.price, item, rep)

    def violation(self) -> FloatArray:
        """Return how far every book is outside its bands, (k, M), 0 within rounding."""
        over = np.maximum(self.totals - self.upper, self.lower - self.totals)
        size = np.maximum(np.abs(np.where(np.isfinite(self.upper), self.upper, 0.0)), np.abs(self.totals))
        result: FloatArray = np.where(over > _TOLERANCE * (1.0 + size), over, 0.0)
        return result

    def slack_cost(self) -> FloatArray:
        """Return the excess of every row, (k, M): multiplier times the distance from the side that pays."""
        side = np.where(self.price > 0, self.upper, self.lower)
        if self.is_soft.any():
            side = np.where(self.is_soft, np.where(self.price > 0, self.soft_upper, self.soft_lower), side)
        room = np.where(self.price == 0, 0.0, np.where(np.isfinite(side), side, self.totals) - self.totals)
        return self.price * room + self.soft_cost()

    def soft_cost(self) -> FloatArray:
        """Return what every row pays for being outside an elastic band, (k, M)."""
        if not self.is_soft.any():
            return np.zeros(self.totals.shape)
        outside = np.maximum(self.totals - self.soft_upper, 0.0) + np.maximum(self.soft_lower - self.totals, 0.0)
        result: FloatArray = np.where(self.is_soft, self.bands.most, 0.0) * outside
        return result

    def rep_excess(self) -> FloatArray:
        """Return the part of objective - bound that every rep is responsible for, (k,)."""
        result: FloatArray = self._part + self.slack_cost().sum(1)
        return result

    def excess(self) -> float:
        """Return objective - bound at the multipliers, for an assignment inside the bands."""
        return float(self.rep_excess().sum())

    def move(self, item: IntArray, rep: IntArray) -> None:
        """Give accounts to other reps."""
        changed = self.rep[item] != rep
        item, rep = item[changed], rep[changed]
        if not item.size:
            return
        before = self.rep[item]
        _, gone = self.priced(item, before)
        value, come = self.priced(item, rep)
        np.subtract.at(self._part, before, self.value[item] - self.best_value[item])
        np.add.at(self._part, rep, value - self.best_value[item])
        self.value[item] = value
        np.subtract.at(self.totals, before, gone)
        np.add.at(self.totals, rep, come)
        self.rep[item] = rep
        for j in np.unique(before):
            self.members[j] = np.setdiff1d(self.members[j], item[before == j])
        for j in np.unique(rep):
            self.members[j] = np.union1d(self.members[j], item[rep == j])

    def refresh(self) -> None:
        """Sum the books again, without the rounding of many small changes."""
        self._part = np.bincount(self.rep, weights=self.value - self.best_value, minlength=self.model.n_reps)
        self.totals = book_totals(self.model, self.bands, self.rep)

    def cost(self) -> float:
        """Return the objective of the whole instance, fixed accounts included."""
        items = self.model.items
        who = np.arange(items.n_items)
        soft = float(self.soft_cost().sum())
        return float(np.sum(pair_cost(self.model, items, who, self.rep))) + self.model.fixed_cost + soft
