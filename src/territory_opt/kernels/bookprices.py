"""Relaxation of a carve in which only the books are rows: what a choice per item needs is kept implicitly."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "Books",
    "Work",
    "compact",
    "factor",
    "inner",
    "largest",
    "least_cost",
    "load",
    "new_work",
    "outer",
    "primal",
    "shares",
    "start",
    "swap",
]

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
_compiled: Any = njit
outer = _compiled(cache=True, **_OPTIONS)
inner = _compiled(no_cpython_wrapper=True, **_OPTIONS)
"""For functions that only compiled ones call: a wrapper that takes twenty arrays from Python compiles for a second."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Books(NamedTuple):
    """Items with their pairs, and the rows they are to fill.

    ``first`` (n + 1,) first pair of every item; ``item`` (p,) item of every pair; ``row`` (p,) first of the M rows that
    it adds to; ``cost`` (p,); ``amount`` (p, M); ``lower`` and ``upper`` (r,) limits of the rows, may be infinite.
    """

    first: Ints
    item: Ints
    row: Ints
    cost: Floats
    amount: Floats
    lower: Floats
    upper: Floats


class Work(NamedTuple):
    """A relaxation in progress.

    ``open`` (p,) 1 for pairs that may be used; ``key`` (n,) the pair that stands for what the others of an item leave;
    ``n_basic`` (n,) how many of the others are basic; ``basic`` (r,) pair, or -1 - row for the total of a row;
    ``where`` (p,) position in ``basic`` or -1; ``side`` (r,) 0 total at its lower limit, 1 at its upper, 2 basic;
    ``inverse`` (r, r) of the basis; ``price`` (r,) multipliers; ``reduced`` (p,) cost above the key's; ``value`` (r,)
    of the basics; ``total`` (r,) of the keys. ``live``, ``begin``, ``pairs`` list the items with a choice and their
    open pairs, the number of items in the last place of ``live``; ``rest`` (r + 1,) totals and cost of the other items.
    The others are room to work in.
    """

    open: NDArray[np.uint8]
    key: Ints
    n_basic: Ints
    basic: Ints
    where: Ints
    side: Ints
    inverse: Floats
    price: Floats
    reduced: Floats
    value: Floats
    total: Floats
    live: Ints
    begin: Ints
    pairs: Ints
    rest: Floats
    step: Floats
    slope: Floats
    share: Floats
    candidate: Ints
    ratio: Floats
    column: Floats


def new_work(books: Books) -> Work:
    """Return room for a relaxation in which all pairs are open."""
    n, p, r = books.first.size - 1, books.cost.size, books.lower.size
    whole = np.int64
    return Work(
        np.ones(p, np.uint8), np.zeros(n, whole), np.zeros(n, whole), np.zeros(r, whole), np.full(p, -1, whole),
        np.zeros(r, whole), np.eye(r), np.zeros(r), np.zeros(p), np.zeros(r), np.zeros(r), np.zeros(n + 1, whole),
        np.zeros(n + 1, whole), np.zeros(p, whole), np.zeros(r + 1), np.zeros(r), np.zeros(p), np.zeros(n),
        np.zeros(p + r, whole), np.zeros(p + r), np.zeros(r),
    )  # fmt: skip


@inner
def load(into, work):  # type: ignore[no-untyped-def]
    """Copy a relaxation; only what is alive in it.

    Loops, because copying a slice makes Numba compile the text of an error message, which takes seconds.
    """
    r = work.basic.size
    for p in range(work.open.size):
        into.open[p] = work.open[p]
    for i in range(work.key.size):
        into.key[i], into.n_basic[i] = work.key[i], work.n_basic[i]
    for c in range(r):
        if into.basic[c] >= 0:
            into.where[into.basic[c]] = -1
    for c in range(r):
        v = work.basic[c]
        into.basic[c] = v
        if v >= 0:
            into.where[v] = c
        into.side[c], into.price[c], into.value[c] = work.side[c], work.price[c], work.value[c]
        into.total[c], into.rest[c] = work.total[c], work.rest[c]
        for a in range(r):
            into.inverse[c, a] = work.inverse[c, a]
    into.rest[r] = work.rest[r]
    n = work.live[-1]
    into.live[-1] = n
    for u in range(n):
        into.live[u], into.begin[u] = work.live[u], work.begin[u]
    into.begin[n] = work.begin[n]
    for e in range(work.begin[n]):
        p = work.pairs[e]
        into.pairs[e] = p
        into.reduced[p] = work.reduced[p]


@inner
def _reduce(books, work):  # type: ignore[no-untyped-def]
    """Compute the reduced costs of all live pairs from the prices."""
    m = books.amount.shape[1]
    for u in range(work.live[-1]):
        k = work.key[work.live[u]]
        base = books.cost[k]
        for q in range(m):
            base -= work.price[books.row[k] + q] * books.amount[k, q]
        for e in range(work.begin[u], work.begin[u + 1]):
            p = work.pairs[e]
            cost = books.cost[p]
            for q in range(m):
                cost -= work.price[books.row[p] + q] * books.amount[p, q]
            work.reduced[p] = cost - base


@inner
def least_cost(books, work):  # type: ignore[no-untyped-def]
    """Return the Lagrangian bound at the prices over the open pairs: valid whatever the prices are.

    Prices on limits that do not exist are set to 0 first.
    """
    m = books.amount.shape[1]
    r = books.lower.size
    out = work.rest[r]
    for a in range(r):
        t = work.price[a]
        edge = books.lower[a] if t > 0 else books.upper[a]
        if t != 0.0 and not np.isfinite(edge):
            work.price[a] = t = 0.0
        if t != 0.0:
            out += t * (edge - work.rest[a])
    for u in range(work.live[-1]):
        least = np.inf
        for e in range(work.begin[u], work.begin[u + 1]):
            p = work.pairs[e]
            cost = books.cost[p]
            for q in range(m):
                cost -= work.price[books.row[p] + q] * books.amount[p, q]
            least = min(least, cost)
        out += least
    return out


@inner
def _invert(matrix, out):  # type: ignore[no-untyped-def]
    """Write the inverse of a square matrix, which is destroyed (Gauss and Jordan, largest pivot of a column)."""
    r = matrix.shape[0]
    for a in range(r):
        for c in range(r):
            out[a, c] = 1.0 if a == c else 0.0
    for c in range(r):
        top = c
        for a in range(c + 1, r):
            if abs(matrix[a, c]) > abs(matrix[top, c]):
                top = a
        if top != c:
            for e in range(r):
                matrix[c, e], matrix[top, e] = matrix[top, e], matrix[c, e]
                out[c, e], out[top, e] = out[top, e], out[c, e]
        scale = 1.0 / matrix[c, c]
        for e in range(r):
            matrix[c, e] *= scale
            out[c, e] *= scale
        for a in range(r):
            f = matrix[a, c]
            if a != c and f != 0.0:
                for e in range(c, r):
                    matrix[a, e] -= f * matrix[c, e]
                for e in range(r):
                    out[a, e] -= f * out[c, e]


@outer
def factor(books, work):  # type: ignore[no-untyped-def]
    """Invert the basis anew; prices, totals and reduced costs follow from it.

    Notes
    -----
    Dantzig and Van Slyke 1967 (generalised upper bounds, doi:10.1016/S0022-0000(67)80015-6): every item has a key
    pair, which has what the others leave. The columns of the basis are pairs less their item's key, and totals.
    """
    r, m = books.lower.size, books.amount.shape[1]
    basis, cost = np.zeros((r, r)), np.zeros(r)
    for c in range(r):
        v = work.basic[c]
        if v < 0:
            basis[-v - 1, c] = -1.0
        else:
            k = work.key[books.item[v]]
            cost[c] = books.cost[v] - books.cost[k]
            for q in range(m):
                basis[books.row[v] + q, c] += books.amount[v, q]
                basis[books.row[k] + q, c] -= books.amount[k, q]
    _invert(basis, work.inverse)
    for a in range(r):
        t = 0.0
        for c in range(r):
            t += cost[c] * work.inverse[c, a]
        work.price[a] = 0.0 if work.side[a] == 2 else t
    for a in range(r):
        work.total[a] = work.rest[a]
    for u in range(work.live[-1]):
        k = work.key[work.live[u]]
        for q in range(m):
            work.total[books.row[k] + q] += books.amount[k, q]
    _reduce(books, work)


@inner
def compact(books, work, reach):  # type: ignore[no-untyped-def]
    """Close the nonbasic pairs whose reduced cost exceeds ``reach``; drop the items without a choice from the lists."""
    m, r = books.amount.shape[1], books.lower.size
    n = to = 0
    for u in range(work.live[-1]):
        i = work.live[u]
        k, begin = work.key[i], to
        lo, hi = work.begin[u], work.begin[u + 1]
        work.begin[n] = begin
        for e in range(lo, hi):
            p = work.pairs[e]
            if work.open[p] and p != k and work.where[p] < 0 and work.reduced[p] > reach:
                work.open[p] = 0
            if work.open[p]:
                work.pairs[to] = p
                to += 1
        if to - begin > 1 or work.n_basic[i] > 0:
            work.live[n] = i
            n += 1
        else:
            to = begin
            for q in range(m):
                work.rest[books.row[k] + q] += books.amount[k, q]
            work.rest[r] += books.cost[k]
    work.begin[n] = to
    work.live[-1] = n


@outer
def start(books, work):  # type: ignore[no-untyped-def]
    """Begin with a basis given by ``basic``, ``side``, ``price`` and the keys of the items that have basic pairs.

    Every other item has its cheapest open pair as key.
    """
    m, r = books.amount.shape[1], books.lower.size
    for p in range(work.where.size):
        work.where[p] = -1
    for i in range(work.n_basic.size):
        work.n_basic[i] = 0
    for a in range(r + 1):
        work.rest[a] = 0.0
    for c in range(r):
        v = work.basic[c]
        if v >= 0:
            work.where[v] = c
            work.n_basic[books.item[v]] += 1
    n = to = 0
    for i in range(books.first.size - 1):
        least, best, begin = np.inf, -1, to
        work.live[n], work.begin[n] = i, to
        for p in range(books.first[i], books.first[i + 1]):
            if work.open[p]:
                cost = books.cost[p]
                for q in range(m):
                    cost -= work.price[books.row[p] + q] * books.amount[p, q]
                work.reduced[p] = cost
                work.pairs[to] = p
                to += 1
                if cost < least:
                    least, best = cost, p
        if work.n_basic[i] == 0:
            work.key[i] = best
        for e in range(begin, to):
            work.reduced[work.pairs[e]] -= least
        n += 1
    work.begin[n] = to
    work.live[-1] = n
    compact(books, work, np.inf)
    factor(books, work)


@inner
def swap(books, work, c):  # type: ignore[no-untyped-def]
    """Make the basic pair at position c its item's key, and the key basic in its place."""
    p = work.basic[c]
    i = books.item[p]
    k = work.key[i]
    r, m = books.lower.size, books.amount.shape[1]
    for a in range(r):
        work.inverse[c, a] = -work.inverse[c, a]
    if work.n_basic[i] > 1:
        for o in range(r):
            v = work.basic[o]
            if o != c and v >= 0 and books.item[v] == i:
                for a in range(r):
                    work.inverse[c, a] -= work.inverse[o, a]
    work.basic[c] = k
    work.where[k], work.where[p] = c, -1
    work.key[i] = p
    for q in range(m):
        work.total[books.row[p] + q] += books.amount[p, q]
        work.total[books.row[k] + q] -= books.amount[k, q]


@inner
def primal(books, work):  # type: ignore[no-untyped-def]
    """Compute the values of the basics."""
    r = books.lower.size
    for c in range(r):
        value = 0.0
        for a in range(r):
            side = -work.total[a]
            if work.side[a] == 0:
                side += books.lower[a]
            elif work.side[a] == 1:
                side += books.upper[a]
            value += work.inverse[c, a] * side
        work.value[c] = value


@inner
def shares(books, work):  # type: ignore[no-untyped-def]
    """Compute what the keys of split items have, in ``share``."""
    for c in range(work.basic.size):
        if work.basic[c] >= 0:
            work.share[books.item[work.basic[c]]] = 1.0
    for c in range(work.basic.size):
        if work.basic[c] >= 0:
            work.share[books.item[work.basic[c]]] -= work.value[c]


@inner
def largest(books, work, i):  # type: ignore[no-untyped-def]
    """Return the position of the open basic pair with most of item i, -1 without one."""
    best, most = -1, -1e300
    for c in range(work.basic.size):
        v = work.basic[c]
        if v >= 0 and books.item[v] == i and work.open[v] and work.value[c] > most:
            best, most = c, work.value[c]
    return best
