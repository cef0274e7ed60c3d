"""What the duals of a few columns prove about all of them, and which columns they miss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.resolve.ground import Ground, Reduced
from territory_opt.resolve.sparse import Base, Sparse

__all__ = ["Priced", "best_pairs", "block_values", "price_everything", "proven", "sound_duals"]

_BLOCK = 150_000


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """Least reduced cost of every item.

    Attributes
    ----------
    value : ndarray of float, shape (n_items,)
        Of an item that must be placed: its least reduced cost, never overstated. Of one that could stay: what the
        best move changes, never overstated; infinite when there is no move.
    """

    value: FloatArray


def price_everything(ground: Ground, reduced: Reduced, move: float, stop: Callable[[], bool]) -> Priced | None:
    """Price every pair of item and rep, in blocks.

    Parameters
    ----------
    ground : Ground
        Costs and contributions.
    reduced : Reduced
        Prices of the rows.
    move : float
        Price of a move, for items that must be placed and yet contain accounts that could stay.
    stop : callable
        True when the caller wants out; the answer is then None.
    """
    n, k = ground.items.n_items, ground.items.n_reps
    value = np.empty(n)
    step = max(1, _BLOCK // k)
    for first in range(0, n, step):
        if stop():
            return None
        some = np.arange(first, min(first + step, n))
        value[some] = block_values(ground, reduced, move, some).min(axis=1)
    return Priced(value)


def best_pairs(
    ground: Ground, reduced: Reduced, move: float, item: IntArray, count: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Cheapest pairs of items.

    Parameters
    ----------
    ground, reduced, move
        As in :func:`price_everything`.
    item : ndarray of int, shape (m,)
        Items.
    count : int
        Pairs per item.

    Returns
    -------
    item, rep : ndarray of int, shape (p,)
        The pairs.
    value : ndarray of float, shape (p,)
        Their reduced costs.
    """
    if not len(item):
        none = np.zeros(0, dtype=np.int64)
        return none, none, np.zeros(0)
    value = block_values(ground, reduced, move, item)
    count = min(count, value.shape[1])
    rep = np.argpartition(value, count - 1, axis=1)[:, :count]
    best = np.take_along_axis(value, rep, axis=1).ravel()
    who, to = np.repeat(item, count), rep.ravel().astype(np.int64)
    keep = np.isfinite(best)
    return who[keep], to[keep], best[keep]


def block_values(ground: Ground, reduced: Reduced, move: float, item: IntArray) -> FloatArray:
    """Reduced costs (m, n_reps), lowered by what they may be wrong; of a move, relative to staying (infinite)."""
    items = ground.items
    value, margin = ground.block(item, reduced)
    home = items.current[item]
    stays = np.flatnonzero(home >= 0)
    shift = margin.copy()
    shift[stays] += value[stays, home[stays]] + margin[stays]
    value -= shift[:, None]
    value[stays, home[stays]] = np.inf
    split = np.flatnonzero((home < 0) & (items.n_stay[item] > 0))
    if len(split) and move:
        k = items.n_reps
        pairs = np.repeat(item[split], k), np.tile(np.arange(k), len(split))
        value[split] += move * items.moves(*pairs).reshape(-1, k)
    return value


def sound_duals(sparse: Sparse, dual: FloatArray, elastic: float) -> FloatArray:
    """Duals that prove something: of the right sign, no more than an elastic band costs, no use in a middle."""
    program = sparse.program
    sound: FloatArray = dual.copy()
    sound[np.isneginf(program.row_lower)] = np.minimum(sound[np.isneginf(program.row_lower)], 0.0)
    sound[np.isposinf(program.row_upper)] = np.maximum(sound[np.isposinf(program.row_upper)], 0.0)
    for ledger, (low, high), totals, shares in zip(
        sparse.ledgers, sparse.rows, sparse.totals, sparse.shares, strict=True
    ):
        k = len(ledger.low)
        if ledger.price < np.inf:
            most = elastic * ledger.price * ledger.scale
            for row in {low, high}:
                sound[row : row + k] = np.clip(sound[row : row + k], -most, most)
        if not ledger.middle:
            continue
        used = (1.0 - ledger.within) * sound[low : low + k].sum() + (1.0 + ledger.within) * sound[high : high + k].sum()
        if ledger.middle == "mean":
            sound[totals[0]] = -used / shares[0]
        else:
            used += sum(share * sound[row] for row, share in zip(totals, shares, strict=True))
            # A middle costs nothing and is 0 or more: its reduced cost must not be negative.
            sound[totals[1]] += max(-used, 0.0) / shares[1]
    return sound


def proven(
    ground: Ground, base: Base, sparse: Sparse, dual: FloatArray, priced: Priced, *, cost: float, move: float,
    moves_at_most: float,
) -> float:  # fmt: skip
    """Lower bound of the objective within so many moves.

    Parameters
    ----------
    ground, base, sparse : Ground, Base, Sparse
        The problem.
    dual : ndarray of float, shape (n_rows,)
        From :func:`sound_duals`.
    priced : Priced
        At these duals.
    cost : float
        1 for the real objective, 0 to count moves.
    move : float
        Price of a move.
    moves_at_most : float
        Limit on moves; infinite for none.

    Notes
    -----
    The Lagrangian of the bands and of the limit on moves: every item does what is best for itself at the prices. With
    a limit, any price of a move is valid; that of the worst move still within it is the best one.
    """
    program, items = sparse.program, ground.items
    rows = np.zeros(program.n_rows, dtype=bool)
    k = items.n_reps
    for (low, high), totals in zip(sparse.rows, sparse.totals, strict=True):
        rows[low : low + k] = rows[high : high + k] = True
        rows[list(totals)] = True
    rows[list(sparse.kept_rows)] = True
    up, down = rows & (dual > 0), rows & (dual < 0)
    total = float(dual[up] @ program.row_lower[up]) + float(dual[down] @ program.row_upper[down])
    size = float(np.abs(dual[up] * program.row_lower[up]).sum() + np.abs(dual[down] * program.row_upper[down]).sum())
    stays = items.current >= 0
    total += cost * base.cost + float(priced.value[~stays].sum())
    size += abs(base.cost) + float(np.abs(priced.value[~stays][np.isfinite(priced.value[~stays])]).sum())
    gain, weight = priced.value[stays], items.n_stay[items.current >= 0].astype(np.float64)
    if not np.isfinite(moves_at_most):
        extra = float(np.minimum(gain + move * weight, 0.0).sum())
        return total + extra - 1e-12 * size

    def at(price: float) -> float:
        return float(np.minimum(gain + price * weight, 0.0).sum()) - price * moves_at_most

    prices = [move]
    if not (items.n_stay[~stays] > 0).any():
        # The price that fills the limit exactly: concave and piecewise linear, its corners are gain over weight.
        good = np.flatnonzero(gain < 0)
        rate = -gain[good] / weight[good]
        order = np.argsort(-rate, kind="stable")
        full = int(np.searchsorted(np.cumsum(weight[good][order]), moves_at_most, side="left"))
        prices.append(float(rate[order[full]]) if full < len(order) else 0.0)
    return total + max(at(price) for price in prices) - 1e-12 * size
