"""A random walk over feasible plans: many chains in step, by single moves and swaps."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.evaluation import FEASIBILITY_TOLERANCE
from territory_opt.fairness.ensemble_space import PlanSpace

__all__ = ["Walk"]

_BLOCK = 256
_CLOSE = 8
_LARGE = 1_000_000
"""Proposals over all chains from which a compiled walk is worth its compilation: 2 s, against 4 us a proposal."""


class Walk:
    """Chains that all start from the plan; :meth:`advance` moves them, :attr:`plans` is where they are.

    Parameters
    ----------
    space : PlanSpace
        What may move, and what must be kept.
    n_chains : int
        Chains in step.
    rng : numpy.random.Generator
        Randomness of the walk.
    n_proposals : int
        Proposals each chain will make, to choose between plain NumPy and a compiled walk.

    Notes
    -----
    A proposal is, with equal chance: a swap of the reps of two uniformly drawn items; a swap of two items that stand up
    to 8 places apart in a fixed order, by size or by place; a move of a uniformly drawn item to a uniformly drawn rep;
    or a move between two of the six reps nearest to the item. Each is as likely as its reverse, and it is made if and
    only if the new plan keeps every limit: the Metropolis rule (1953, doi:10.1063/1.1699114) for the uniform
    distribution over the feasible plans that can be reached from the start.
    """

    def __init__(self, space: PlanSpace, n_chains: int, rng: np.random.Generator, n_proposals: int) -> None:
        self.space = space
        self.rng = rng
        self.where = np.full((n_chains, space.n_items + 1), -1, dtype=np.int64)
        self.where[:, :-1] = space.start
        self.books = np.zeros((n_chains, *space.low.shape))
        self.sums = np.zeros((n_chains, len(space.summed_high)))
        self.n_made = 0
        self.n_proposed = 0
        self.place = np.zeros((len(space.orders), space.n_items + 1), dtype=np.int64)
        np.put_along_axis(self.place, space.orders, np.arange(len(space.free))[None, :], axis=1)
        self.compiled = n_chains * n_proposals >= _LARGE
        self._recount()

    @property
    def plans(self) -> IntArray:
        """Rep of every item in every chain, shape (n_chains, n_items)."""
        return self.where[:, :-1]

    def advance(self, n_proposals: int) -> None:
        """Make so many proposals in every chain."""
        done = 0
        while done < n_proposals:
            size = (min(_BLOCK, n_proposals - done), len(self.where))
            first, second, rep, swap, near = self._proposals(size)
            if self.compiled:
                self._compiled(first, second, rep, swap, near)
            else:
                for t in range(size[0]):
                    self._step(first[t], second[t], rep[t], swap[t], near[t])
            done += size[0]
        self.n_proposed += n_proposals * len(self.where)
        # Sums of many small changes drift by rounding; a fresh count keeps the limits what they are.
        self._recount()

    def _proposals(self, size: tuple[int, int]) -> tuple[IntArray, IntArray, IntArray, BoolArray, BoolArray]:
        """Draw items, reps and kinds, each of shape ``size``, without a look at where anything is."""
        space, rng = self.space, self.rng
        first = space.free[rng.integers(len(space.free), size=size)]
        kind = rng.integers(4, size=size)
        # Swaps: of any two items, or of two that stand close in an order.
        order = rng.integers(len(space.orders), size=size)
        step = rng.integers(1, _CLOSE + 1, size=size) * np.where(rng.random(size) < 0.5, -1, 1)
        place = self.place[order, first] + step
        inside = (place >= 0) & (place < len(space.free))
        # Beyond the end of an order there is nobody: an item swapped with itself stays.
        beside = np.where(inside, space.orders[order, np.clip(place, 0, len(space.free) - 1)], first)
        anyone = space.free[rng.integers(len(space.free), size=size)]
        # Moves: to any rep, or between reps that are near.
        rep = rng.integers(len(space.capacity), size=size)
        near = np.zeros(size, dtype=np.bool_)
        if space.near.shape[1]:
            near = kind == 3
            rep = np.where(near, space.near[first, rng.integers(space.near.shape[1], size=size)], rep)
        return first, np.where(kind == 0, anyone, beside), rep, kind < 2, near

    def _step(self, first: IntArray, second: IntArray, rep: IntArray, swap: BoolArray, near: BoolArray) -> None:
        space, chain = self.space, np.arange(len(self.where))
        here = self.where[chain, first]
        there = np.where(swap, self.where[chain, second], rep)
        other = np.where(swap, second, space.n_items)
        if near.any():
            # Both ends of a near move are near, so that the way back is as likely.
            near_here = (space.near[first] == here[:, None]).any(axis=1)
            there = np.where(near & ~near_here, here, there)
        able = (here != there) & space.allowed[first, there] & space.allowed[other, here]
        live = np.flatnonzero(able)
        if space.partner.shape[1]:
            live = live[self._apart(live, first[live], other[live], there[live])]
            live = live[self._apart(live, other[live], first[live], here[live])]
        if not len(live):
            return
        first, other, here, there = first[live], other[live], here[live], there[live]
        weight = space.weight
        new_here = self.books[live, here] + weight[other, here] - weight[first, here]
        new_there = self.books[live, there] + weight[first, there] - weight[other, there]
        kept = (new_here >= space.low[here]) & (new_here <= space.high[here])
        kept &= (new_there >= space.low[there]) & (new_there <= space.high[there])
        good: BoolArray = np.asarray(kept.all(axis=1))
        change = space.summed[first, there] - space.summed[first, here]
        change += space.summed[other, here] - space.summed[other, there]
        sums = self.sums[live] + change
        good &= (sums <= space.summed_high).all(axis=1)
        if len(space.floating):
            some = np.flatnonzero(good)
            good[some] = self._floating(live[some], here[some], there[some], new_here[some], new_there[some])
        live, first, other, here, there = live[good], first[good], other[good], here[good], there[good]
        self.books[live, here] = new_here[good]
        self.books[live, there] = new_there[good]
        self.sums[live] = sums[good]
        self.where[live, first] = there
        # Nobody stays nowhere.
        self.where[live, other] = np.where(other == space.n_items, -1, here)
        self.n_made += len(live)

    def _apart(self, chain: IntArray, item: IntArray, excused: IntArray, rep: IntArray) -> BoolArray:
        """True where no item to be kept apart is with the rep; the item that leaves the rep is excused."""
        partner = self.space.partner[item]
        clash = (self.where[chain[:, None], partner] == rep[:, None]) & (partner != excused[:, None])
        able: BoolArray = ~clash.any(axis=1)
        return able

    def _floating(
        self, chain: IntArray, here: IntArray, there: IntArray, new_here: FloatArray, new_there: FloatArray
    ) -> BoolArray:
        """Hold every book against bands whose middle moves with the books."""
        space, rows = self.space, np.arange(len(chain))
        good = np.ones(len(chain), dtype=np.bool_)
        for m, within, median in zip(space.floating, space.within, space.median, strict=True):
            books = self.books[chain, :, m]
            books[rows, here], books[rows, there] = new_here[:, m], new_there[:, m]
            full = books / space.capacity
            middle = np.median(full, axis=1) if median else books.sum(axis=1) / space.capacity.sum()
            half = (within + FEASIBILITY_TOLERANCE) * np.abs(middle)
            good &= (middle >= 0) & (np.abs(full - middle[:, None]) <= half[:, None]).all(axis=1)
        return good

    def _compiled(self, first: IntArray, second: IntArray, rep: IntArray, swap: BoolArray, near: BoolArray) -> None:
        from territory_opt.kernels.walk import walk

        space = self.space
        self.n_made += int(
            walk(
                self.where,
                self.books,
                self.sums,
                first,
                second,
                rep,
                swap,
                near,
                space.near,
                space.allowed,
                space.weight,
                space.low,
                space.high,
                space.summed,
                space.summed_high,
                space.partner,
                space.floating,
                space.within + FEASIBILITY_TOLERANCE,
                space.median,
                space.capacity,
            )
        )

    def _recount(self) -> None:
        space = self.space
        items = np.arange(space.n_items)
        for chain, reps in enumerate(self.plans):
            for m in range(space.low.shape[1]):
                self.books[chain, :, m] = np.bincount(reps, space.weight[items, reps, m], len(space.capacity))
            self.sums[chain] = space.summed[items, reps].sum(axis=0)
