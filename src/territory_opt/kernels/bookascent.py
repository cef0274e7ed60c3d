"""Dual simplex method with long steps over the relaxation of a carve."""

from __future__ import annotations

import numpy as np

from territory_opt.kernels.bookprices import factor, inner, largest, least_cost, outer, primal, shares, swap

__all__ = ["ascend"]

_FIT = 1e-7
_SPECK = 1e-9
_BLUR, _BEYOND = 1e-12, 0.01
_REFRESH = 50
_MOST_TROUBLE = 5


@inner
def _whole_keys(books, work):  # type: ignore[no-untyped-def]
    """Make every key at least 0, by another key where one is below; return whether nothing had to change."""
    shares(books, work)
    fine = True
    for c in range(work.basic.size):
        v = work.basic[c]
        if v >= 0 and work.share[books.item[v]] < -_FIT:
            best = largest(books, work, books.item[v])
            work.share[books.item[v]] = 0.0
            if best >= 0:
                swap(books, work, best)
                fine = False
    return fine


@inner
def _leaving(books, work):  # type: ignore[no-untyped-def]
    """Return the basic position farthest outside its limits (steepest edge), -1 for none, and whether it is below."""
    out, worst, below = -1, 0.0, True
    for c in range(work.basic.size):
        v = work.basic[c]
        low = books.lower[-v - 1] if v < 0 else 0.0
        high = books.upper[-v - 1] if v < 0 else (np.inf if work.open[v] else 0.0)
        off = max(low - work.value[c], work.value[c] - high)
        if off > _FIT:
            size = 0.0
            for a in range(work.basic.size):
                size += work.inverse[c, a] * work.inverse[c, a]
            if off * off > worst * size:
                out, worst, below = c, off * off / size, work.value[c] < low
    return out, below


@inner
def _candidates(books, work):  # type: ignore[no-untyped-def]
    """List where the ascent along ``step`` bends: totals whose price reaches 0, pairs that reach their item's key."""
    m = books.amount.shape[1]
    n = 0
    for a in range(work.step.size):
        g = work.step[a]
        bends = (work.side[a] == 0 and g > _SPECK) or (work.side[a] == 1 and g < -_SPECK)
        if bends and books.lower[a] < books.upper[a]:
            work.candidate[n], work.ratio[n] = -a - 1, max(work.price[a] / g, 0.0)
            n += 1
    for u in range(work.live[-1]):
        k = work.key[work.live[u]]
        base = 0.0
        for q in range(m):
            base += work.step[books.row[k] + q] * books.amount[k, q]
        for e in range(work.begin[u], work.begin[u + 1]):
            p = work.pairs[e]
            g = -base
            for q in range(m):
                g += work.step[books.row[p] + q] * books.amount[p, q]
            work.slope[p] = g
            if g < -_SPECK and work.where[p] < 0:
                work.candidate[n], work.ratio[n] = p, max(work.reduced[p] / -g, 0.0)
                n += 1
        work.slope[k] = 0.0
    return n


@inner
def _nearest(work, n):  # type: ignore[no-untyped-def]
    """Return the place of the next bend; of several in one spot, the one with the largest pivot."""
    least, best = np.inf, -1
    for e in range(n):
        least = min(least, work.ratio[e])
    most = -1.0
    for e in range(n):
        if work.ratio[e] <= least + 1e-10 * (1.0 + least):
            v = work.candidate[e]
            size = abs(work.step[-v - 1]) if v < 0 else abs(work.slope[v])
            if size > most:
                best, most = e, size
    return best


@inner
def _rekey(books, work, p, n, u_at):  # type: ignore[no-untyped-def]
    """Walk past the bend of pair p: it becomes the key of its unsplit item. Return the new number of candidates."""
    i, m = books.item[p], books.amount.shape[1]
    k = work.key[i]
    for q in range(m):
        work.total[books.row[p] + q] += books.amount[p, q]
        work.total[books.row[k] + q] -= books.amount[k, q]
    work.key[i] = p
    e = 0
    while e < n:
        if work.candidate[e] >= 0 and books.item[work.candidate[e]] == i:
            n -= 1
            work.candidate[e], work.ratio[e] = work.candidate[n], work.ratio[n]
        else:
            e += 1
    more, fall = work.reduced[p], work.slope[p]
    for s in range(books.first[i], books.first[i + 1]):
        if work.open[s]:
            work.reduced[s] -= more
            work.slope[s] -= fall
            if s != p and work.slope[s] < -_SPECK:
                work.candidate[n], work.ratio[n] = s, max(work.reduced[s] / -work.slope[s], u_at)
                n += 1
    return n


@inner
def _pivot(books, work, c, enter, below):  # type: ignore[no-untyped-def]
    """Exchange the basic at position c for ``enter``; return the pivot."""
    r, m = books.lower.size, books.amount.shape[1]
    v = work.basic[c]
    if enter < 0:
        for o in range(r):
            work.column[o] = -work.inverse[o, -enter - 1]
    else:
        k = work.key[books.item[enter]]
        for o in range(r):
            value = 0.0
            for q in range(m):
                value += work.inverse[o, books.row[enter] + q] * books.amount[enter, q]
                value -= work.inverse[o, books.row[k] + q] * books.amount[k, q]
            work.column[o] = value
    pivot = work.column[c]
    for a in range(r):
        work.inverse[c, a] /= pivot
    for o in range(r):
        f = work.column[o]
        if o != c and f != 0.0:
            for a in range(r):
                work.inverse[o, a] -= f * work.inverse[c, a]
    if v < 0:
        work.side[-v - 1] = 0 if below else 1
    else:
        work.where[v] = -1
        work.n_basic[books.item[v]] -= 1
    work.basic[c] = enter
    if enter < 0:
        work.side[-enter - 1] = 2
        work.price[-enter - 1] = 0.0
    else:
        work.where[enter] = c
        work.n_basic[books.item[enter]] += 1
        work.reduced[enter] = 0.0
    return abs(pivot)


@inner
def _endless(books, work, cutoff, bound, rise, at, steps):  # type: ignore[no-untyped-def]
    """Walk along ``step`` until the bound has passed the cutoff; back to the start where that cannot be told."""
    column = work.column
    for a in range(column.size):
        column[a] = work.price[a]
    far = at + (2.0 * max(cutoff - bound, 0.0) + _BEYOND) / max(rise, 1e-300)
    size = 1.0
    for a in range(work.step.size):
        work.price[a] -= far * work.step[a]
        if np.isfinite(books.lower[a]):
            size += abs(work.price[a] * books.lower[a])
        if np.isfinite(books.upper[a]):
            size += abs(work.price[a] * books.upper[a])
    reached = least_cost(books, work)
    if reached - _BLUR * size >= cutoff:
        return 1, reached, steps
    for a in range(column.size):
        work.price[a] = column[a]
    factor(books, work)
    return 3, least_cost(books, work), steps


@outer
def ascend(books, work, cutoff, most):  # type: ignore[no-untyped-def]
    """Raise the bound to the optimum of the relaxation, by the dual simplex method with long steps.

    Parameters
    ----------
    books : Books
        Items and rows.
    work : Work
        A dual feasible basis; changed.
    cutoff : float
        Stop at this bound.
    most : int
        Stop after so many steps.

    Returns
    -------
    status : int
        0 at the optimum, 1 at the cutoff or above it, 2 after all steps, 3 when numbers got in the way.
    bound : float
        The Lagrangian bound at the last prices: valid in every case.
    n_steps : int
        Steps made.

    Notes
    -----
    The row that is left has the steepest edge (Forrest and Goldfarb 1992, doi:10.1007/BF01581089). A step goes on past
    totals that can pass from one limit to the other, and past items that can change their key, as long as the bound
    rises. Costs should be of the order of 1.
    """
    steps = since = trouble = 0
    bound = least_cost(books, work)
    if bound >= cutoff:
        return 1, bound, 0
    while True:
        if since >= _REFRESH:
            factor(books, work)
            since = 0
            bound = least_cost(books, work)
        primal(books, work)
        if not _whole_keys(books, work):
            primal(books, work)
        c, below = _leaving(books, work)
        if c < 0 or steps >= most:
            return (0 if c < 0 else 2), least_cost(books, work), steps
        v = work.basic[c]
        edge = 0.0
        if v < 0:
            edge = books.lower[-v - 1] if below else books.upper[-v - 1]
        rise = abs(work.value[c] - edge)
        for a in range(work.step.size):
            work.step[a] = work.inverse[c, a] if below else -work.inverse[c, a]
        n = _candidates(books, work)
        at, enter, found = 0.0, -1, False
        while n > 0 and not found:
            e = _nearest(work, n)
            bound += rise * max(work.ratio[e] - at, 0.0)
            at, enter = max(at, work.ratio[e]), work.candidate[e]
            if enter < 0:
                a = -enter - 1
                left = rise - abs(work.step[a]) * (books.upper[a] - books.lower[a])
            else:
                left = rise - abs(work.slope[enter]) if work.n_basic[books.item[enter]] == 0 else -1.0
            if not (left > 0.0 and np.isfinite(left)):
                found = True
            elif enter < 0:
                work.side[-enter - 1] = 1 - work.side[-enter - 1]
                n -= 1
                work.candidate[e], work.ratio[e] = work.candidate[n], work.ratio[n]
            else:
                n = _rekey(books, work, enter, n, at)
            if not found:
                rise = left
        if not found:
            # The bound rises for ever: there is no answer. Walk far enough to show it, and not so far that sums blur.
            return _endless(books, work, cutoff, bound, rise, at, steps)
        for a in range(work.step.size):
            work.price[a] -= at * work.step[a]
        for e in range(work.begin[work.live[-1]]):
            work.reduced[work.pairs[e]] += at * work.slope[work.pairs[e]]
        size = _pivot(books, work, c, enter, below)
        steps += 1
        since += 1
        if size < _FIT:
            since = _REFRESH
            trouble += 1
        if bound >= cutoff or trouble > _MOST_TROUBLE:
            bound = least_cost(books, work)
            if bound >= cutoff:
                return 1, bound, steps
            if trouble > _MOST_TROUBLE:
                return 3, bound, steps
