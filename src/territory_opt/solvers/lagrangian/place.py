"""Give the large accounts to reps: a local search whose moves are judged by the dual of everybody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.solvers.lagrangian.band import Bands, build_bands
from territory_opt.solvers.lagrangian.chunks import Workers
from territory_opt.solvers.lagrangian.dual import LevelDual, ascend
from territory_opt.solvers.lagrangian.items import Model, fold_fixed, pair_cost, pair_hours, pair_measures
from territory_opt.solvers.lagrangian.pack import pack
from territory_opt.solvers.lagrangian.pricing import price_all

__all__ = ["Placed", "Placer", "assign_large", "without_large"]

_HEATS = (0.01,)
_WARM = (0.05, 0.01)
_FLAT = 2e-3
_MOST_CUTS = 400
_BETTER = 1e-5
_ASTRAY = 0.003


@dataclass(frozen=True, slots=True)
class Placed:
    """Large accounts on reps.

    Parameters
    ----------
    item, rep : ndarray of shape (q,)
        The large accounts and the reps they are given to.
    price : ndarray of shape (k, M)
        Multipliers of the other accounts' problem.
    value : float
        Lower bound on the objective of all alignments with these reps.
    """

    item: IntArray
    rep: IntArray
    price: FloatArray
    value: float


class Placer:
    """Bounds of placements of the large accounts, each a few Newton steps from the last.

    Parameters
    ----------
    model : Model
        The strengthened problem.
    item : ndarray of shape (q,)
        The large accounts.
    room : ndarray of shape (k,)
        How many of them a book holds.
    n_measures : int
        Measures of the instance; counting measures come after them.
    team : Workers
        Threads.

    Notes
    -----
    The dual is that of the other accounts with the large ones taken out of the bands. At multipliers t its value is
    linear in the placement: a constant plus the reduced costs ``c_lj + t_j w_l`` of the large accounts. So every
    placement that was valued bounds all others from below, and a move is tried only where the largest of these
    bounds is under the best value.
    """

    def __init__(self, model: Model, item: IntArray, room: IntArray, n_measures: int, team: Workers) -> None:
        self.item, self.room, self._team = item, room, team
        k, q = model.n_reps, item.size
        rep = np.argmax(model.allowed[model.items.class_row[item]], axis=1)
        nowhere = Placed(item, rep, np.empty((0, 0)), -np.inf)
        some = without_large(model, nowhere, n_measures)
        who, to = np.repeat(item, k), np.tile(np.arange(k), q)
        hours = pair_hours(model, model.items, who, to)
        cost = pair_cost(model, model.items, who, to, hours).reshape(q, k)
        self._cost = np.where(model.allowed[model.items.class_row[item]], cost, np.inf)
        self._amount = pair_measures(model, model.items, who, to, hours).reshape(q, k, model.n_measures)
        mine = np.arange(q)
        held = np.zeros_like(some.fixed_totals)
        np.add.at(held, rep, self._amount[mine, rep])
        empty = replace(
            some, fixed_totals=some.fixed_totals - held, fixed_cost=some.fixed_cost - float(cost[mine, rep].sum())
        )
        self._model, self._bands = empty, build_bands(empty)
        self._packed = pack(empty, empty.items, self._bands.unit)
        self._level = LevelDual(empty, empty.items, self._packed, self._bands, team)
        self._constant: list[float] = []
        self._reduced: list[FloatArray] = []
        self._tried: set[bytes] = set()
        self.best: Placed | None = None

    def value(self, rep: IntArray, price: FloatArray) -> Placed:
        """Return the bound of a placement (q,), starting at some multipliers (k, M)."""
        bands = self._with(rep)
        self._level.bands = bands
        best, best_price, known = -np.inf, price, self._estimate(rep)
        for heats in (_HEATS, _WARM):
            end, _ = ascend(self._level, price, heats, stop=_never, last_flat=_FLAT)
            found = price_all(self._model, self._packed, bands, end, self._team).bound
            if found > best:
                best, best_price = found, end
            if found >= known - _ASTRAY * abs(known):
                break
        mine = np.arange(self.item.size)
        if np.isfinite(best) and len(self._constant) < _MOST_CUTS:
            self._constant.append(best - float(self._load_cost(best_price)[mine, rep].sum()))
            self._reduced.append(self._at(best_price))
        own = float(self._cost[mine, rep].sum())
        return Placed(self.item, rep, best_price, best + own)

    def search(
        self, price: FloatArray, low: IntArray, high: IntArray, *, seconds: Callable[[], float],
        stop: Callable[[], bool], most: int = 1_000,
    ) -> Placed | None:  # fmt: skip
        """Round at multipliers (k, M) inside counts (k,), then move one large account at a time while that helps.

        Parameters
        ----------
        price : ndarray of shape (k, M)
            Multipliers.
        low, high : ndarray of shape (k,)
            Least and largest number of large accounts per rep.
        seconds, stop
            Time left; True when the caller wants out.
        most : int
            Placements to value at most.

        Returns
        -------
        Placed or None
            None unless it is new and better than all before.
        """
        rep = assign_large(self._at(price), low, high)
        if rep is None or rep.tobytes() in self._tried:
            return None
        here, better, last = self._try(rep, price), True, len(self._tried) + most - 1
        while better and not stop() and seconds() > 0:
            better = False
            for move in self._moves(here):
                if stop() or seconds() <= 0 or len(self._tried) >= last:
                    break
                if move.tobytes() in self._tried or self._bound(move) >= here.value:
                    continue
                other = self._try(move, here.price)
                if other.value < here.value:
                    here, better = other, True
                    break
        if self.best is not None and here.value >= self.best.value - _BETTER * abs(self.best.value):
            return None
        self.best = here
        return here

    def _try(self, rep: IntArray, price: FloatArray) -> Placed:
        self._tried.add(rep.tobytes())
        return self.value(rep, price)

    def _with(self, rep: IntArray) -> Bands:
        """Return the bands of the other accounts."""
        held = np.zeros_like(self._bands.lower)
        np.add.at(held, rep, self._amount[np.arange(rep.size), rep] / self._bands.unit)
        return replace(self._bands, lower=self._bands.lower - held, upper=self._bands.upper - held)

    def _at(self, price: FloatArray) -> FloatArray:
        """Return the reduced costs (q, k) of the large accounts, inf where they may not go."""
        return self._cost + self._load_cost(price)

    def _load_cost(self, price: FloatArray) -> FloatArray:
        """Return what the multipliers ask for the room the large accounts take, (q, k)."""
        result: FloatArray = np.einsum("qkm,km->qk", self._amount / self._bands.unit, price)
        return result

    def _estimate(self, rep: IntArray) -> float:
        """Return a lower bound on the dual of the other accounts, less what the large ones cost themselves."""
        return self._bound(rep) - float(self._cost[np.arange(rep.size), rep].sum())

    def _bound(self, rep: IntArray) -> float:
        mine = np.arange(rep.size)
        return max(
            (c + float(r[mine, rep].sum()) for c, r in zip(self._constant, self._reduced, strict=True)),
            default=-np.inf,
        )

    def _moves(self, here: Placed) -> list[IntArray]:
        """Return placements with one large account elsewhere, the most promising first."""
        mine, rep = np.arange(here.rep.size), here.rep
        value = np.full((rep.size, self.room.size), -np.inf)
        for constant, reduced in zip(self._constant, self._reduced, strict=True):
            now = reduced[mine, rep]
            value = np.maximum(value, constant + float(now.sum()) + reduced - now[:, None])
        count = np.bincount(rep, minlength=self.room.size)
        value[:, count >= self.room] = np.inf
        value[mine, rep] = np.inf
        order = np.argsort(value, axis=None, kind="stable")
        order = order[value.ravel()[order] < here.value]
        found = []
        for spot in order:
            item, to = divmod(int(spot), self.room.size)
            move = rep.copy()
            move[item] = to
            found.append(move)
        return found


def assign_large(reduced: FloatArray, low: IntArray, high: IntArray) -> IntArray | None:
    """Return the cheapest reps (q,) of the large accounts inside counts (k,); None if they do not fit.

    Parameters
    ----------
    reduced : ndarray of shape (q, k)
        Cost of every pair; inf forbids it.
    low, high : ndarray of shape (k,)
        Least and largest number per rep.

    Examples
    --------
    >>> import numpy as np
    >>> assign_large(np.array([[1.0, 5.0], [2.0, 9.0]]), np.array([0, 0]), np.array([1, 1]))
    array([1, 0])
    """
    from scipy.optimize import linear_sum_assignment

    n_large = reduced.shape[0]
    place = np.repeat(np.arange(high.size), high)
    if place.size < n_large:
        return None
    known = reduced[np.isfinite(reduced)]
    far = 1.0 + 2.0 * (n_large + 1) * float(known.max(initial=0.0) - known.min(initial=0.0))
    matrix = np.where(np.isfinite(reduced), reduced, known.max(initial=0.0) + far)[:, place]
    # The places a book needs filled are taken before any other.
    rank = np.arange(place.size) - np.searchsorted(place, place)
    matrix = matrix - np.where(rank < low[place], (n_large + 2) * far, 0.0)
    row, column = linear_sum_assignment(matrix)
    rep = np.empty(n_large, np.int64)
    rep[row] = place[column]
    fits = np.isfinite(reduced[np.arange(n_large), rep]).all()
    return rep if fits and np.all(np.bincount(rep, minlength=high.size) >= low) else None


def without_large(model: Model, placed: Placed, n_measures: int) -> Model:
    """Return the problem of the other accounts once the large ones are placed.

    Parameters
    ----------
    model : Model
        The strengthened problem.
    placed : Placed
        The large accounts and their reps.
    n_measures : int
        Number of measures of the instance; the counting measures lose their bands.
    """
    rep = np.full(model.items.n_items, -1)
    rep[placed.item] = placed.rep
    rest = fold_fixed(replace(model, fixed_rep=rep), np.flatnonzero(rep < 0))
    fixed = model.fixed_rep.copy()
    fixed[model.account_index[placed.item]] = placed.rep
    lower, upper = model.lower.copy(), model.upper.copy()
    lower[:, n_measures:], upper[:, n_measures:] = -np.inf, np.inf
    return replace(
        rest, account_index=model.account_index[rest.account_index], fixed_rep=fixed,
        fixed_cost=model.fixed_cost + rest.fixed_cost, fixed_totals=model.fixed_totals + rest.fixed_totals,
        lower=lower, upper=upper,
    )  # fmt: skip


def _never() -> bool:
    return False
