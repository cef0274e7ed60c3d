"""Branch on how many large accounts every book holds: a tighter bound than splitting them at will.

The relaxation halves an account of six tenths of a book between two reps wherever that is cheaper, and the counting
measure of :mod:`~territory_opt.solvers.lagrangian.strengthen` does not forbid it. A book holds a whole number of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.solvers.lagrangian.band import Bands
from territory_opt.solvers.lagrangian.chunks import Workers
from territory_opt.solvers.lagrangian.core import item_temperature
from territory_opt.solvers.lagrangian.dual import LevelDual, ascend
from territory_opt.solvers.lagrangian.items import Model
from territory_opt.solvers.lagrangian.pack import Packed
from territory_opt.solvers.lagrangian.place import Placed, Placer
from territory_opt.solvers.lagrangian.pricing import price_all, reduced_cost

__all__ = ["CountSearch"]

_HEAT = 0.01
_FLAT = 5e-3
_MOST_LARGE = 1_000
_MOST_CELLS = 200_000
_WHOLE = 0.02
_ASTRAY = 0.003
_TRY = 16
_VALUED = 6
"""Splits between two tries to round a node to whole counts, and placements that are valued then."""
_MEMORY = 0.5
"""Weight of the past in what branching on a rep is expected to bring."""


@dataclass(frozen=True, slots=True)
class _Node:
    """Bounds on the counts (k,), the bound, its multipliers and the counts of the relaxation."""

    low: IntArray
    high: IntArray
    bound: float
    price: FloatArray
    count: FloatArray


class CountSearch:
    """Branch and bound over the number of large accounts in every book.

    Parameters
    ----------
    model, bands, packed : Model, Bands, Packed
        The strengthened problem.
    n_measures : int
        Measures of the instance; the first counting measure comes after them.
    price : ndarray of shape (k, M)
        Multipliers of the relaxation.
    team : Workers
        Threads.

    Notes
    -----
    A node is a box of counts. Its bound is the exact dual with the band of the count set to the box, so every node
    is solved by a few Newton steps from its parent. The least bound over the nodes that are left holds for the
    instance: branch and bound (Land and Doig 1960, doi:10.2307/1910129) with the engine's own dual at every node.
    """

    def __init__(
        self, model: Model, bands: Bands, packed: Packed, n_measures: int, price: FloatArray, team: Workers
    ) -> None:
        self._model, self._bands, self._packed, self._team, self._measure = model, bands, packed, team, n_measures
        self._level = LevelDual(model, model.items, packed, bands, team)
        self._item = np.flatnonzero(model.items.base[:, n_measures] > 0.5)
        self._unit = float(bands.unit[n_measures])
        self._allowed = model.allowed[model.items.class_row[self._item]]
        room = np.floor(bands.upper[:, n_measures] * self._unit + 1e-6)
        self._high = np.clip(room, 0, self._allowed.sum(0)).astype(np.int64)
        self._warm = _HEAT * item_temperature(packed)[self._item]
        self._gain = np.ones(model.n_reps)
        self._ticket, self._start, self._closed = 0, price, np.inf
        self.root = self._node(np.zeros_like(self._high), self._high, price)
        self._heap: list[tuple[float, int, _Node]] = [(self.root.bound, 0, self.root)]
        self.placer = Placer(model, self._item, self._high, n_measures, team)

    @staticmethod
    def applies(model: Model, n_measures: int) -> bool:
        """Return whether there is a counting measure worth branching on.

        Parameters
        ----------
        model : Model
            The strengthened problem.
        n_measures : int
            Number of measures of the instance; what comes after them counts large accounts.
        """
        if model.n_measures == n_measures or model.free_scale.any() or np.isfinite(model.elastic).any():
            return False
        count = model.items.base[:, n_measures].sum()
        return bool(2 <= count <= _MOST_LARGE and count * model.n_reps <= _MOST_CELLS and count < model.items.n_items)

    @property
    def bound(self) -> float:
        """Lower bound on the objective of every alignment below the cutoffs given so far."""
        return min(self._heap[0][0] if self._heap else np.inf, self._closed)

    def place(self, *, seconds: Callable[[], float], stop: Callable[[], bool], most: int) -> Placed | None:
        """Return a good placement of the large accounts, at most so many are valued; None where they fit nowhere."""
        return self.placer.search(self.root.price, self.root.low, self._high, seconds=seconds, stop=stop, most=most)

    def raise_bound(
        self, cutoff: float, target: float, *, seconds: Callable[[], float], stop: Callable[[], bool],
        report: Callable[[float], None],
    ) -> Placed | None:  # fmt: skip
        """Branch until the bound reaches ``target``, time ends, or a better placement turns up.

        Parameters
        ----------
        cutoff : float
            Objective of the best alignment; nodes at or above it are dropped.
        target : float
            Bound that is enough.
        seconds, stop
            Time left; True when the caller wants out.
        report : callable
            Told the bound now and then.

        Returns
        -------
        Placed or None
            A placement whose bound is below the cutoff, worth completing; the search can go on afterwards.

        Notes
        -----
        Best bound first; the rep to branch on has the most fractional count, weighted by what branching on it brought
        before. A node whose counts are all fixed cannot be split further: its bound stays.
        """
        n_splits = 0
        while self._heap and not stop() and seconds() > 0:
            bound, _, node = self._heap[0]
            if bound >= target or bound >= cutoff:
                break
            heapq.heappop(self._heap)
            found = None
            j = self._branching(node)
            if j < 0:
                self._closed = min(self._closed, bound)
            else:
                self._split(node, j, cutoff)
                n_splits += 1
            if j < 0 or n_splits % _TRY == 0:
                report(min(self.bound, cutoff))
                found = self.placer.search(node.price, node.low, node.high, seconds=seconds, stop=stop, most=_VALUED)
            if found is not None and found.value < cutoff:
                return found
        return None

    def _branching(self, node: _Node) -> int:
        """Return the rep to branch on, -1 when all counts are fixed."""
        open_ = node.low < node.high
        if not open_.any():
            return -1
        part = node.count - np.floor(node.count)
        part = np.minimum(part, 1.0 - part)
        if part[open_].max() <= _WHOLE:
            return int(np.argmax(np.where(open_, part, -1.0)))
        return int(np.argmax(np.where(open_, part * self._gain, -1.0)))

    def _split(self, node: _Node, j: int, cutoff: float) -> None:
        """Replace a node by two with fewer and more large accounts in book j."""
        cut = int(np.clip(np.floor(node.count[j]), node.low[j], node.high[j] - 1))
        rise = []
        for more in (False, True):
            low, high = node.low.copy(), node.high.copy()
            if more:
                low[j] = cut + 1
            else:
                high[j] = cut
            if low.sum() > self._item.size or high.sum() < self._item.size:
                rise.append(0.0)
                continue
            child = self._node(low, high, node.price, least=node.bound)
            rise.append(child.bound - node.bound)
            if child.bound < cutoff:
                self._ticket += 1
                heapq.heappush(self._heap, (child.bound, self._ticket, child))
            else:
                self._closed = min(self._closed, child.bound)
        unit = 1e-4 * max(abs(node.bound), 1e-12)
        found = float(np.sqrt(max(rise[0] / unit, 0.1) * max(rise[1] / unit, 0.1)))
        self._gain[j] = _MEMORY * self._gain[j] + (1.0 - _MEMORY) * min(found, 1e6)

    def _node(self, low: IntArray, high: IntArray, price: FloatArray, least: float = -np.inf) -> _Node:
        """Solve the dual of a box of counts, starting at some multipliers."""
        lower, upper = self._bands.lower.copy(), self._bands.upper.copy()
        lower[:, self._measure], upper[:, self._measure] = low / self._unit, high / self._unit
        bands = replace(self._bands, lower=lower, upper=upper)
        self._level.bands = bands
        bound = price_all(self._model, self._packed, bands, price, self._team).bound
        for start in (price, self._start):
            end, _ = ascend(self._level, start, (_HEAT,), stop=_never, last_flat=_FLAT)
            reached = price_all(self._model, self._packed, bands, end, self._team).bound
            if reached > bound:
                bound, price = reached, end
            if reached >= bound - _ASTRAY * abs(bound):
                break  # Otherwise a step went astray: once more from the relaxation.
        return _Node(low, high, max(bound, least), price, self._counts(price))

    def _counts(self, price: FloatArray) -> FloatArray:
        """Return how many large accounts every rep holds at the temperature of the dual, (k,)."""
        k, n_large = self._model.n_reps, self._item.size
        item, rep = np.repeat(self._item, k), np.tile(np.arange(k), n_large)
        value, _ = reduced_cost(self._model, self._bands, price, item, rep)
        value = np.where(self._allowed, value.reshape(n_large, k), np.inf)
        weight = np.exp(-(value - value.min(1)[:, None]) / self._warm[:, None])
        result: FloatArray = (weight / weight.sum(1)[:, None]).sum(0)
        return result


def _never() -> bool:
    return False
