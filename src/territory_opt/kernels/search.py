"""Local search over near-best pairs in excess form: single moves, then moves of two accounts at once."""

from __future__ import annotations

import numpy as np
from numba import njit

from territory_opt._typing import BoolArray, FloatArray, IntArray

__all__ = ["diffuse", "search"]


def diffuse(
    first: IntArray, pair_rep: IntArray, chance: FloatArray, amount: FloatArray, choice: IntArray, n_reps: int
) -> None:
    """Round fractional choices so that the rounding errors of every book cancel along the way.

    Parameters
    ----------
    first : ndarray of shape (n + 1,)
        First pair of every item.
    pair_rep : ndarray of shape (p,)
        Rep of every pair.
    chance : ndarray of shape (p,)
        Fraction of the item that the relaxation gives to the pair; sums to 1 per item.
    amount : ndarray of shape (p, M)
        What the pair adds to every measure, in average contributions.
    choice : ndarray of shape (n,)
        Receives the chosen pair of every item.
    n_reps : int
        Number of reps.

    Notes
    -----
    Error diffusion (Floyd and Steinberg 1976): every item goes to the rep that is owed most, relative to what the
    relaxation promised up to here; reps that were promised less than 2 % of the item are left out.
    """
    _diffuse(first, pair_rep, chance, amount, choice, np.zeros((n_reps, amount.shape[1])))


@njit(
    "void(int64[::1], int64[::1], float64[::1], float64[:,::1], int64[::1], float64[:,::1])",
    cache=True, nogil=True, error_model="numpy",
)  # fmt: skip
def _diffuse(first, pair_rep, chance, amount, choice, owed):  # type: ignore[no-untyped-def]
    n_measures = amount.shape[1]
    for i in range(first.size - 1):
        best, most = first[i], -1e300
        for e in range(first[i], first[i + 1]):
            if chance[e] < 0.02:
                continue
            j = pair_rep[e]
            claim = 0.0
            for m in range(n_measures):
                owed[j, m] += chance[e] * amount[e, m]
                claim += owed[j, m] * abs(amount[e, m])
            if claim > most:
                best, most = e, claim
        for m in range(n_measures):
            owed[pair_rep[best], m] -= amount[best, m]
        choice[i] = best


@njit("float64(float64, float64, float64, float64, float64)", inline="never", nogil=True, cache=True)
def _row(total, lower, upper, price, penalty):  # type: ignore[no-untyped-def]
    """Return the excess of one book and measure: distance from the side that pays, penalty outside."""
    if total > upper:
        return penalty * (total - upper) + (0.0 if price >= 0.0 else price * (lower - upper))
    if total < lower:
        return penalty * (lower - total) + (price * (upper - lower) if price > 0.0 else 0.0)
    return price * (upper - total) if price >= 0.0 else price * (lower - total)


@njit(
    "float64(int64, float64[:,::1], float64[:,::1], float64[:,::1], float64[:,::1], float64)",
    inline="never", nogil=True, cache=True,
)  # fmt: skip
def _book(j, totals, lower, upper, price, penalty):  # type: ignore[no-untyped-def]
    """Return the excess of all rows of one rep."""
    out = 0.0
    for m in range(totals.shape[1]):
        out += _row(totals[j, m], lower[j, m], upper[j, m], price[j, m], penalty)
    return out


def search(
    first: IntArray, pair_rep: IntArray, excess: FloatArray, amount: FloatArray, choice: IntArray, by_rep: IntArray,
    rep_first: IntArray, totals: FloatArray, lower: FloatArray, upper: FloatArray, price: FloatArray, penalty: float,
    sweeps: int, depth: int, reach: int, steepest: bool, dirty: BoolArray,
) -> int:  # fmt: skip
    """Improve the choices in place until no move helps or the sweeps are used up.

    Parameters
    ----------
    first, pair_rep, amount
        See :func:`diffuse`.
    excess : ndarray of shape (p,)
        Reduced cost of the pair above the item's best.
    choice : ndarray of shape (n,)
        Chosen pair of every item; changed.
    by_rep, rep_first : ndarray of shape (p,), (k + 1,)
        Pairs sorted by rep, those that are likely to leave first, and where every rep begins.
    totals, lower, upper, price : ndarray of shape (k, M)
        Books (changed), bands and multipliers, in average contributions.
    penalty : float
        Price of a unit outside a band.
    sweeps : int
        Passes over the reps.
    depth : int
        1: single moves; 2: also moves of two items, where the second leaves the rep that the first enters.
    reach : int
        How many of the second rep's pairs are tried for the second item, in the order of ``by_rep``.
    steepest : bool
        Make only the best move that starts at a rep, then look at it again. Slower; with a high penalty the first
        move that mends a band is often a dreadful one.
    dirty : ndarray of shape (k,), bool
        Reps to look at; changed.

    Returns
    -------
    int
        Number of moves made.

    Notes
    -----
    Every move lowers ``sum excess + sum of rows``; inside the bands that sum is the objective minus the bound. A rep
    is looked at again only after its book, or that of a rep it traded with, changed.
    """
    owner_item = np.repeat(np.arange(first.size - 1), np.diff(first))
    k, n_measures = totals.shape
    moves: int = _search(
        first, pair_rep, excess, amount, choice, by_rep, rep_first, totals, lower, upper, price, float(penalty), sweeps,
        depth, reach, steepest, dirty, owner_item, np.empty(by_rep.size, np.int64), np.empty(k, np.int64),
        np.empty(k), np.empty(n_measures),
    )  # fmt: skip
    return moves


@njit(
    "int64(int64[::1], int64[::1], float64[::1], float64[:,::1], int64[::1], int64[::1], int64[::1],"
    "float64[:,::1], float64[:,::1], float64[:,::1], float64[:,::1], float64, int64, int64, int64, boolean,"
    "boolean[::1], int64[::1], int64[::1], int64[::1], float64[::1], float64[::1])",
    cache=True, nogil=True, error_model="numpy",
)  # fmt: skip
def _search(  # type: ignore[no-untyped-def]
    first, pair_rep, excess, amount, choice, by_rep, rep_first, totals, lower, upper, price, penalty, sweeps, depth,
    reach, steepest, dirty, owner_item, inside, n_inside, cost, after,
):  # fmt: skip
    """Improve the choices; ``owner_item`` (p,) item of every pair, the rest room to work in.

    ``inside`` (p,) lists the chosen pairs of a rep in the order of ``by_rep``, ``n_inside`` (k,) how many, negative
    once the rep's book has changed.
    """
    k, n_measures = totals.shape
    moves = 0
    for j in range(k):
        cost[j] = _book(j, totals, lower, upper, price, penalty)
        n_inside[j] = -1
    for _ in range(sweeps):
        made = 0
        for j in range(k):
            if not dirty[j]:
                continue
            dirty[j] = False
            best, best_f, best_h = -1e-7, -1, -1
            for place in range(rep_first[j], rep_first[j + 1]):
                e = by_rep[place]
                a = owner_item[e]
                if choice[a] == e:
                    rest = 0.0
                    for m in range(n_measures):
                        rest += _row(totals[j, m] - amount[e, m], lower[j, m], upper[j, m], price[j, m], penalty)
                    leave = rest - cost[j] - excess[e]
                    if not steepest:
                        best, best_f, best_h = -1e-7, -1, -1
                    for f in range(first[a], first[a + 1]):
                        if f == e:
                            continue
                        h = pair_rep[f]
                        enter = leave + excess[f] - cost[h]
                        change = enter
                        for m in range(n_measures):
                            after[m] = totals[h, m] + amount[f, m]
                            change += _row(after[m], lower[h, m], upper[h, m], price[h, m], penalty)
                        if change < best:
                            best, best_f, best_h = change, f, -1
                        if depth < 2:
                            continue
                        start = rep_first[h]
                        if n_inside[h] < 0:
                            n_inside[h] = 0
                            for spot in range(start, min(start + reach, rep_first[h + 1])):
                                e2 = by_rep[spot]
                                inside[start + n_inside[h]] = e2
                                n_inside[h] += 1 if choice[owner_item[e2]] == e2 else 0
                        for spot in range(start, start + n_inside[h]):
                            e2 = inside[spot]
                            b = owner_item[e2]
                            # what holds whatever b's target: h receives a and loses b
                            part = enter - excess[e2]
                            for m in range(n_measures):
                                part += _row(after[m] - amount[e2, m], lower[h, m], upper[h, m], price[h, m], penalty)
                            for f2 in range(first[b], first[b + 1]):
                                g = pair_rep[f2]
                                change = part + excess[f2]
                                # rows are never negative: the book that receives b can give back its cost at most
                                change -= rest if g == j else cost[g]
                                if f2 == e2 or change >= best:
                                    continue
                                for m in range(n_measures):
                                    into = totals[g, m] + amount[f2, m] - (amount[e, m] if g == j else 0.0)
                                    change += _row(into, lower[g, m], upper[g, m], price[g, m], penalty)
                                if change < best:
                                    best, best_f, best_h = change, f, f2
                last = place + 1 == rep_first[j + 1]
                if best_f < 0 or (steepest and not last):
                    continue
                made += 1
                f2 = best_h
                while best_f >= 0:
                    # the first move, then the second one if there is one
                    item = owner_item[best_f]
                    old = choice[item]
                    choice[item] = best_f
                    out, into_rep = pair_rep[old], pair_rep[best_f]
                    for m in range(n_measures):
                        totals[out, m] -= amount[old, m]
                        totals[into_rep, m] += amount[best_f, m]
                    for h in (out, into_rep):
                        cost[h] = _book(h, totals, lower, upper, price, penalty)
                        dirty[h] = True
                        n_inside[h] = -1
                    best_f, f2 = f2, -1
                best = -1e-7
        moves += made
        if made == 0:
            break
    return moves
