"""The exact bound at given multipliers, and the pairs worth looking at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.kernels.pricing import MOST_CHOICES, price_items
from territory_opt.solvers.lagrangian.band import Bands, hard_band
from territory_opt.solvers.lagrangian.chunks import Workers
from territory_opt.solvers.lagrangian.items import Model, pair_cost, pair_hours, pair_measures, row_costs
from territory_opt.solvers.lagrangian.pack import Packed

__all__ = ["Priced", "price_all", "reduced_cost", "with_pairs"]

_ROUNDING = 1e-12
_PIECE = 2_048
"""Groups priced at a time: lists with room for every pair of all of them would be many times the instance."""


@dataclass(frozen=True, slots=True)
class Priced:
    """What the exact dual says.

    Parameters
    ----------
    bound : float
        Lower bound on the objective of every assignment inside the bands (fixed accounts included).
    best_rep, best_value : ndarray of shape (n,)
        Cheapest rep of every free account and its reduced cost.
    pair_item, pair_rep : ndarray of shape (p,)
        Pairs within the threshold of the best, for accounts that have two or more, sorted by account.
    pair_excess : ndarray of shape (p,)
        Reduced cost above the best.
    scale : ndarray of shape (M,)
        Scale of every measure that attains the bound.
    """

    bound: float
    best_rep: IntArray
    best_value: FloatArray
    pair_item: IntArray
    pair_rep: IntArray
    pair_excess: FloatArray
    scale: FloatArray


def price_all(
    model: Model, packed: Packed, bands: Bands, price: FloatArray, team: Workers, *, threshold: float = -1.0,
    zero_cost: bool = False,
) -> Priced:  # fmt: skip
    """Price every free account against every eligible rep in double precision.

    Parameters
    ----------
    model, packed, bands
        The problem.
    price : ndarray of shape (k, M)
        Multipliers per average contribution.
    team : Workers
        Threads.
    threshold : float
        List the pairs within this of the best (objective units); negative lists none.
    zero_cost : bool
        Drop all costs: a positive bound is then a proof that no assignment fits the bands.

    Notes
    -----
    The bound is lowered by 1e-12 of the sum of all magnitudes, which covers the rounding of the sums.
    """
    items, m = model.items, model.n_measures
    if zero_cost:
        price = np.where(np.isfinite(bands.most), 0.0, price)
    weight = model.travel_weight if model.travel_weight > 0 else 1.0
    per_hour = price @ (model.per_hour / bands.unit)
    real = 0.0 if zero_cost else 1.0
    slope = np.where(model.has_home, real * model.travel_weight + per_hour, 0.0)
    raw = np.ascontiguousarray((price / bands.unit).T)
    scaled = np.ascontiguousarray(price.T)
    ban = np.ascontiguousarray(np.where(model.allowed, 0.0, np.inf))
    homes = np.ascontiguousarray(model.homes.T)
    best_rep = np.zeros(items.n_items, dtype=np.int64)
    best_value = np.zeros(items.n_items)
    saving = items.move_cost * real
    table = row_costs(model, price / bands.unit, real)

    def piece(first: int, last: int) -> tuple[float, IntArray, IntArray, FloatArray]:
        room = MOST_CHOICES * int(packed.start[last] - packed.start[first]) if threshold >= 0 else 0
        pairs = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room)
        places = np.empty(model.n_reps + 1, np.int64), np.empty(model.n_reps + 1, np.int64)
        total, count = price_items(
            first, last, packed.order, packed.start, packed.spans, packed.rows, items.points, items.travel, items.base,
            items.owner, saving, items.table_weight, homes, ban, table, slope, slope / weight, raw, scaled,
            packed.scale, threshold, best_rep, best_value, pairs[0], pairs[1], pairs[2],
            np.empty((3, model.n_reps + 1)), places[0], places[1],
        )  # fmt: skip
        return total, pairs[0][:count].copy(), pairs[1][:count].copy(), pairs[2][:count].copy()

    def part(_: int, first: int, last: int) -> list[tuple[float, IntArray, IntArray, FloatArray]]:
        edges = [*range(first, last, _PIECE), last]
        return [piece(a, b) for a, b in pairwise(edges)]

    total, lists = 0.0, []
    for pieces in team.run(part, packed.rows.shape[0]):
        for one, *pair in pieces:
            total += one
            lists.append(pair)
    band, scale = hard_band(bands, price) if m else (0.0, bands.scale_low)
    fixed = 0.0 if zero_cost else model.fixed_cost
    size = float(np.sum(np.abs(best_value))) + float(np.sum(saving))
    size += float(np.sum(np.abs(price) * np.maximum(np.abs(bands.lower), np.abs(bands.upper)))) + abs(fixed)
    bound = total + band + fixed - _ROUNDING * size
    item, rep, excess = (np.concatenate([one[j] for one in lists]) for j in range(3)) if lists else (
        np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))  # fmt: skip
    rank = np.argsort(item, kind="stable")
    return Priced(bound, best_rep, best_value, item[rank], rep[rank], excess[rank], scale)


def with_pairs(priced: Priced, model: Model, bands: Bands, price: FloatArray, item: IntArray, rep: IntArray) -> Priced:
    """Return the same with some pairs, and the best pairs of their accounts, certainly on the list."""
    k = model.n_reps
    code = np.concatenate([item * k + rep, item * k + priced.best_rep[item]])
    concerned = np.zeros(model.items.n_items, dtype=np.bool_)
    concerned[item] = True
    listed = np.flatnonzero(concerned[priced.pair_item])
    code = np.setdiff1d(code, priced.pair_item[listed] * k + priced.pair_rep[listed])
    who, to = code // k, code % k
    value, _ = reduced_cost(model, bands, price, who, to)
    pair_item = np.concatenate([priced.pair_item, who])
    order = np.argsort(pair_item, kind="stable")
    excess = np.concatenate([priced.pair_excess, np.maximum(value - priced.best_value[who], 0.0)])
    pair_rep = np.concatenate([priced.pair_rep, to])
    return replace(priced, pair_item=pair_item[order], pair_rep=pair_rep[order], pair_excess=excess[order])


def reduced_cost(
    model: Model, bands: Bands, price: FloatArray, item: IntArray, rep: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return reduced cost (p,) and contributions (p, M), in average contributions, of pairs.

    Notes
    -----
    As in :func:`price_all` the move cost is a saving of the owner, not a cost of the others.
    """
    hours = pair_hours(model, model.items, item, rep)
    amount = pair_measures(model, model.items, item, rep, hours) / bands.unit
    cost = pair_cost(model, model.items, item, rep, hours)
    cost = cost - np.where(model.items.owner[item] >= 0, model.items.move_cost[item], 0.0)
    return cost + np.sum(amount * price[rep], axis=-1), amount
