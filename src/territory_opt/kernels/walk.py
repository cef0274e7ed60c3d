"""The random walk over feasible plans, compiled; the plain one is ``fairness.ensemble_walk``."""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["walk"]


@njit(cache=True, nogil=True)
def walk(  # type: ignore[no-untyped-def]
    where,
    books,
    sums,
    first,
    second,
    rep,
    swap,
    near,
    nearest,
    allowed,
    weight,
    low,
    high,
    summed,
    summed_high,
    partner,
    floating,
    half,
    median,
    capacity,
):
    """Make proposals in every chain, in place.

    Parameters
    ----------
    where : ndarray of int, shape (n_chains, n_items + 1)
        Rep of every item; -1 for the stand-in.
    books, sums : ndarray of float, shapes (n_chains, n_reps, n_limited) and (n_chains, n_caps)
        Totals, kept up to date.
    first, second, rep, swap, near : ndarray, shape (n_proposals, n_chains)
        The proposals; a near one is made only between reps that are in ``nearest``.
    nearest, allowed, weight, low, high, summed, summed_high, partner, floating, half, median, capacity
        The limits; see ``PlanSpace``. ``half`` includes the tolerance.

    Returns
    -------
    int
        Number of proposals that were made.
    """
    nobody = where.shape[1] - 1
    n_reps, n_limited = low.shape
    n_caps = summed_high.shape[0]
    new_here = np.empty(n_limited)
    new_there = np.empty(n_limited)
    new_sums = np.empty(n_caps)
    full = np.empty(n_reps)
    made = 0
    for c in range(where.shape[0]):
        for t in range(first.shape[0]):
            g = first[t, c]
            h = second[t, c] if swap[t, c] else nobody
            a = where[c, g]
            b = where[c, h] if swap[t, c] else rep[t, c]
            if a == b or not allowed[g, b] or not allowed[h, a]:
                continue
            good = True
            if near[t, c]:
                good = False
                for p in range(nearest.shape[1]):
                    if nearest[g, p] == a:
                        good = True
            if not good:
                continue
            for p in range(partner.shape[1]):
                q = partner[g, p]
                if q != nobody and q != h and where[c, q] == b:
                    good = False
                q = partner[h, p]
                if q != nobody and q != g and where[c, q] == a:
                    good = False
            if not good:
                continue
            for m in range(n_limited):
                new_here[m] = books[c, a, m] + weight[h, a, m] - weight[g, a, m]
                new_there[m] = books[c, b, m] + weight[g, b, m] - weight[h, b, m]
                if not (low[a, m] <= new_here[m] <= high[a, m] and low[b, m] <= new_there[m] <= high[b, m]):
                    good = False
                    break
            if not good:
                continue
            for q in range(n_caps):
                change = summed[g, b, q] - summed[g, a, q] + summed[h, a, q] - summed[h, b, q]
                new_sums[q] = sums[c, q] + change
                if new_sums[q] > summed_high[q]:
                    good = False
            if not good:
                continue
            for f in range(floating.shape[0]):
                m = floating[f]
                total = 0.0
                share = 0.0
                for j in range(n_reps):
                    value = books[c, j, m]
                    if j == a:
                        value = new_here[m]
                    elif j == b:
                        value = new_there[m]
                    total += value
                    share += capacity[j]
                    full[j] = value / capacity[j]
                middle = np.median(full) if median[f] else total / share
                room = half[f] * abs(middle)
                if middle < 0.0:
                    good = False
                    break
                for j in range(n_reps):
                    if abs(full[j] - middle) > room:
                        good = False
                        break
                if not good:
                    break
            if not good:
                continue
            for m in range(n_limited):
                books[c, a, m] = new_here[m]
                books[c, b, m] = new_there[m]
            for q in range(n_caps):
                sums[c, q] = new_sums[q]
            where[c, g] = b
            if h != nobody:
                where[c, h] = a
            made += 1
    return made
