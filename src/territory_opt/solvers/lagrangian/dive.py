"""Round the large accounts first and let the multipliers answer: a dive in a few steps.

The dual splits some accounts between two reps. Where such an account is worth dozens of average ones, rounding it
leaves a hole in one region that no local search fills, because the room is far away. With the account fixed, a few
Newton steps move everything else by a little, everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.kernels.search import diffuse
from territory_opt.solvers.lagrangian.band import Bands
from territory_opt.solvers.lagrangian.chunks import Workers
from territory_opt.solvers.lagrangian.core import item_temperature
from territory_opt.solvers.lagrangian.dual import LevelDual, ascend
from territory_opt.solvers.lagrangian.items import Model, pair_cost, pair_hours, pair_measures
from territory_opt.solvers.lagrangian.pack import Packed
from territory_opt.solvers.lagrangian.pricing import Priced

__all__ = ["DEEP", "QUICK", "Dive", "dive"]

QUICK = (8.0, 2.0, 1.0)
DEEP = (16.0, 8.0, 5.6, 4.0, 2.8, 2.0, 1.4, 1.0, 1.0, 1.0)
"""Rounds of a dive: accounts from this contribution on, in average ones, are fixed where they are split."""

_WIDE = 40.0
"""Pairs within this many temperatures of the best at the start may win an account on the way."""

_SPLIT = 0.98
_DAMPING = 1e-2
"""Fixing accounts throws isolated books off; undamped, the first steps of a round fail."""


@dataclass(frozen=True, slots=True)
class Dive:
    """Multipliers (k, M) after the dive, and the accounts that were fixed with their reps."""

    price: FloatArray
    item: IntArray
    rep: IntArray


def dive(
    model: Model, bands: Bands, packed: Packed, priced: Priced, price: FloatArray, heat: float, team: Workers, *,
    sizes: tuple[float, ...], stop: Callable[[], bool],
) -> Dive:  # fmt: skip
    """Fix split accounts from large to small, with a few Newton steps after every round.

    Parameters
    ----------
    model, bands, packed : Model, Bands, Packed
        The problem.
    priced : Priced
        Near-best pairs at ``price``.
    price : ndarray of shape (k, M)
        Multipliers of the relaxation.
    heat : float
        Relative temperature at which the shares are read.
    team : Workers
        Threads.
    sizes : tuple of float
        Least contribution that is fixed, per round.
    stop : callable
        Asked between rounds.
    """
    fixed_item, fixed_rep = np.empty(0, np.int64), np.empty(0, np.int64)
    warm = heat * item_temperature(packed)
    near = priced.pair_excess <= _WIDE * warm[priced.pair_item]
    item, rep = priced.pair_item[near], priced.pair_rep[near]
    hours = pair_hours(model, model.items, item, rep)
    cost = pair_cost(model, model.items, item, rep, hours)
    amount = pair_measures(model, model.items, item, rep, hours) / bands.unit
    size = np.abs(model.items.base / bands.unit).max(1)[item] if model.n_measures else np.zeros(item.size)
    place = np.empty(packed.order.size, dtype=np.int64)
    place[packed.order] = np.arange(place.size)
    lanes, spot = packed.lanes.copy(), _lane_of(packed)
    held = np.zeros((model.n_reps, model.n_measures))
    for least in sizes:
        if stop():
            break
        split = _split(item, cost + np.sum(amount * price[rep], axis=1), warm, np.asarray(size >= least))
        split &= ~np.isin(item, fixed_item)
        chosen = np.flatnonzero(split)
        if not chosen.size:
            continue
        chosen = chosen[np.argsort(place[item[chosen]], kind="stable")]
        pick = _rounded(item[chosen], rep[chosen], (cost + np.sum(amount * price[rep], axis=1))[chosen],
                        amount[chosen], warm, model.n_reps)  # fmt: skip
        won = chosen[pick]
        fixed_item, fixed_rep = np.append(fixed_item, item[won]), np.append(fixed_rep, rep[won])
        np.add.at(held, rep[won], amount[won])
        lanes.reshape(lanes.shape[0], -1)[spot[0][item[won]], 3 * 32 + spot[1][item[won]]] = 0.0
        rest = replace(packed, lanes=lanes)
        level = LevelDual(model, model.items, rest, _less(bands, held), team)
        price, _ = ascend(level, price, (heat,), stop=stop, last_flat=1e-3, damping=_DAMPING)
    return Dive(price, fixed_item, fixed_rep)


def _lane_of(packed: Packed) -> tuple[IntArray, IntArray]:
    """Return the group and the lane of every account."""
    group = np.repeat(np.arange(packed.rows.shape[0]), np.diff(packed.start))
    lane = np.arange(packed.order.size) - packed.start[group]
    of_group, of_lane = np.empty_like(group), np.empty_like(group)
    of_group[packed.order], of_lane[packed.order] = group, lane
    return of_group, of_lane


def _less(bands: Bands, held: FloatArray) -> Bands:
    """Return the bands with the fixed accounts taken out."""
    free = bands.free
    lower = np.where(free, bands.lower, bands.lower - held)
    upper = np.where(free, bands.upper, bands.upper - held)
    return replace(bands, lower=lower, upper=upper, shift=np.where(free, bands.shift + held, bands.shift))


def _shares(item: IntArray, reduced: FloatArray, warm: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the share of every pair in its account, and the first pair of every account (pairs sorted by account)."""
    first = np.flatnonzero(np.diff(item, prepend=-1))
    length = np.diff(np.append(first, item.size))
    best = np.repeat(np.minimum.reduceat(reduced, first), length)
    weight = np.exp(-(reduced - best) / warm[item])
    share: FloatArray = weight / np.repeat(np.add.reduceat(weight, first), length)
    return share, first


def _split(item: IntArray, reduced: FloatArray, warm: FloatArray, large: BoolArray) -> BoolArray:
    """Mark the pairs of large accounts whose best rep has less than 98 % of them."""
    if not item.size:
        return np.zeros(0, dtype=np.bool_)
    share, first = _shares(item, reduced, warm)
    most = np.repeat(np.maximum.reduceat(share, first), np.diff(np.append(first, item.size)))
    result: BoolArray = large & (most < _SPLIT)
    return result


def _rounded(
    item: IntArray, rep: IntArray, reduced: FloatArray, amount: FloatArray, warm: FloatArray, n_reps: int
) -> IntArray:
    """Return one pair per account by error diffusion of the shares."""
    share, first = _shares(item, reduced, warm)
    choice = np.empty(first.size, dtype=np.int64)
    bounds = np.append(first, item.size).astype(np.int64)
    diffuse(bounds, np.ascontiguousarray(rep), share, np.ascontiguousarray(amount), choice, n_reps)
    return choice
