"""The accounts that still have a choice once the dual is known, and the books they are to fill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.solvers.lagrangian.band import Bands
from territory_opt.solvers.lagrangian.items import Model, pair_measures
from territory_opt.solvers.lagrangian.pack import Packed
from territory_opt.solvers.lagrangian.pricing import Priced

_SHARED = 4.0
"""Pairs within this many temperatures of the best have more than 2 % of the account."""

__all__ = ["Core", "book_totals", "build_core", "elastic_rows", "real_bands", "rounded_choice"]


@dataclass(frozen=True, slots=True)
class Core:
    """Near-best pairs of the accounts that have two or more, by account.

    Parameters
    ----------
    start_rep : ndarray of shape (n,)
        Rep of every account that is not in the core.
    item : ndarray of shape (c,)
        The accounts (positions among the free ones), neighbours next to each other.
    first : ndarray of shape (c + 1,)
        First pair of every account.
    pair_rep, excess, amount
        Rep (p,), reduced cost above the best (p,), contributions (p, M) in average contributions.
    by_rep, rep_first
        Pairs sorted by rep and where every rep begins.
    rest : ndarray of shape (k, M)
        Totals of all other accounts at their best rep, in average contributions.
    lower, upper, price : ndarray of shape (k, M)
        Bands and multipliers, in average contributions.
    """

    start_rep: IntArray
    item: IntArray
    first: IntArray
    pair_rep: IntArray
    excess: FloatArray
    amount: FloatArray
    by_rep: IntArray
    rep_first: IntArray
    rest: FloatArray
    lower: FloatArray
    upper: FloatArray
    price: FloatArray


def real_bands(model: Model, bands: Bands, scale: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return bands (k, M) of the free accounts at a scale, in average contributions; may be infinite."""
    lower, upper = model.band(scale)
    return lower / bands.unit, upper / bands.unit


def elastic_rows(core: Core, model: Model, bands: Bands) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return lower and upper limits and prices (k, M) for a search that knows hard bands only.

    Notes
    -----
    Where the multiplier of an elastic row is below what a unit outside costs, the relaxation keeps the band, and so
    does the search. Where it has reached that, the total may be anything beyond the limit at no excess.
    """
    soft = np.isfinite(bands.most)
    if not soft.any():
        return core.lower, core.upper, core.price
    low, high = ((edge - model.fixed_totals) / bands.unit for edge in (model.soft_lower, model.soft_upper))
    above, below = core.price >= bands.most, core.price <= -bands.most
    lower = np.where(above, high, np.where(below, -np.inf, low))
    upper = np.where(above, np.inf, np.where(below, low, high))
    price = np.where(soft & (above | below), 0.0, core.price)
    return np.where(soft, lower, core.lower), np.where(soft, upper, core.upper), price


def book_totals(model: Model, bands: Bands, rep: IntArray, item: IntArray | None = None) -> FloatArray:
    """Return totals (k, M) of free accounts given to reps, in average contributions."""
    who = np.arange(rep.size) if item is None else item
    amount = pair_measures(model, model.items, who, rep)
    totals = np.empty((model.n_reps, model.n_measures))
    for m in range(model.n_measures):
        totals[:, m] = np.bincount(rep, weights=amount[:, m], minlength=model.n_reps) / bands.unit[m]
    return totals


def build_core(
    model: Model,
    bands: Bands,
    packed: Packed,
    priced: Priced,
    price: FloatArray,
    scale: FloatArray,
    per_rep: int,
    heat: float,
    pinned: IntArray,
) -> Core:
    """Collect, for every rep, the nearest ``per_rep`` pairs by which an account could leave it or come to it,
    and every pair that has a share of an account at the last temperature of the dual.
    """
    item, rep, excess = priced.pair_item, priced.pair_rep, priced.pair_excess
    home = priced.best_rep[item]
    keep = excess <= _SHARED * heat * item_temperature(packed)[item]
    second = np.flatnonzero(~keep)
    if second.size:
        order = second[np.argsort(excess[second], kind="stable")]
        near = _rank(home[order], model.n_reps) < per_rep
        near |= _rank(rep[order], model.n_reps) < per_rep
        keep[order[near]] = True
    keep |= (rep == home) | (rep == pinned[item])
    item, rep, excess = item[keep], rep[keep], excess[keep]
    count = np.bincount(item, minlength=model.items.n_items)
    keep = count[item] > 1
    item, rep, excess = item[keep], rep[keep], excess[keep]
    place = np.empty(model.items.n_items, dtype=np.int64)
    place[packed.order] = np.arange(place.size)
    rank = np.argsort(place[item], kind="stable")
    item, rep, excess = item[rank], rep[rank], excess[rank]
    start = np.flatnonzero(np.diff(item, prepend=-1)) if item.size else np.empty(0, dtype=np.int64)
    amount = np.ascontiguousarray(pair_measures(model, model.items, item, rep) / bands.unit)
    inside = np.ones(model.items.n_items, dtype=np.bool_)
    inside[item] = False
    others = np.flatnonzero(inside)
    start_rep = np.where(pinned >= 0, pinned, priced.best_rep)
    rest = book_totals(model, bands, start_rep[others], others)
    lower, upper = real_bands(model, bands, scale)
    # Accounts that another rep would take at the least cost are the first to look at.
    by_rep = np.lexsort((_runner_up(start, excess), rep))
    rep_first = np.searchsorted(rep[by_rep], np.arange(model.n_reps + 1))
    first = np.concatenate([start, [item.size]]).astype(np.int64)
    return Core(
        start_rep, item[start], first, rep, excess, amount, by_rep, rep_first.astype(np.int64), rest, lower, upper,
        price,
    )  # fmt: skip


def _runner_up(start: IntArray, excess: FloatArray) -> FloatArray:
    """Return for every pair the least excess of its account's other pairs than the best; pairs sorted by account."""
    length = np.diff(np.append(start, excess.size))
    best = np.zeros(excess.size, dtype=np.bool_)
    best[_first_least(start, length, excess)] = True
    others = np.where(best, np.inf, excess)
    result: FloatArray = np.repeat(np.minimum.reduceat(others, start), length) if start.size else excess
    return result


def _first_least(start: IntArray, length: IntArray, value: FloatArray) -> IntArray:
    """Return the position of the first least value of every run."""
    least = np.repeat(np.minimum.reduceat(value, start), length) if start.size else value
    hit = np.flatnonzero(value == least)
    run = np.repeat(np.arange(start.size), length)[hit]
    result: IntArray = hit[np.flatnonzero(np.diff(run, prepend=-1))]
    return result


def item_temperature(packed: Packed) -> FloatArray:
    """Return the temperature of every account at relative temperature 1, in objective units, (n,)."""
    count = packed.rows[:, 0]
    used = np.arange(packed.lane_owner.shape[1]) < count[:, None]
    warm = np.empty(packed.order.size)
    warm[packed.order] = packed.lanes[:, 5, :][used]
    result: FloatArray = warm * packed.scale
    return result


def _rank(group: IntArray, n_groups: int) -> IntArray:
    """Return for every entry how many earlier entries belong to the same group."""
    order = np.argsort(group, kind="stable")
    count = np.bincount(group, minlength=n_groups)
    rank = np.empty(group.size, dtype=np.int64)
    rank[order] = np.arange(group.size) - np.repeat(np.cumsum(count) - count, count)
    return rank


def rounded_choice(core: Core, model: Model, packed: Packed, heat: float, pinned: IntArray) -> IntArray:
    """Return a chosen pair per core account by error diffusion of the relaxation's fractions.

    ``pinned`` (n,) is the rep of accounts that are already rounded, -1 for the others.
    """
    from territory_opt.kernels.search import diffuse

    n = core.item.size
    length = np.diff(core.first)
    temperature = heat * item_temperature(packed)[core.item]
    weight = np.exp(-core.excess / np.repeat(temperature, length))
    pin = np.repeat(pinned[core.item], length)
    known = np.repeat(np.logical_or.reduceat(pin == core.pair_rep, core.first[:-1]), length) if n else pin > 0
    weight[known & (pin != core.pair_rep)] = 0.0
    weight[known & (pin == core.pair_rep)] = 1.0
    total = np.add.reduceat(weight, core.first[:-1]) if n else weight
    chance = weight / np.repeat(total, length)
    choice = np.empty(n, dtype=np.int64)
    diffuse(core.first, core.pair_rep, chance, core.amount, choice, model.n_reps)
    return choice
