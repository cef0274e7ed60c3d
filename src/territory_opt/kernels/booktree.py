"""Branch and bound over the relaxation of a carve: which open piece comes next, on which pair, and what that brings."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from territory_opt.kernels.bookascent import ascend
from territory_opt.kernels.bookprices import (
    compact,
    inner,
    largest,
    least_cost,
    load,
    outer,
    primal,
    shares,
    start,
    swap,
)

__all__ = ["LEAST", "RESERVE", "Pieces", "Record", "explore", "new_pieces", "store"]

RESERVE, LEAST = 400, 8
"""With fewer free places than the first, pieces are finished off one after the other; with fewer than the second, none.
"""
_STEPS = 200
_PART = 1e-6
_LEAST = 1e-9
_DULL = 6

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Pieces(NamedTuple):
    """Open pieces of the answer space, each with the basis of its relaxation.

    ``price`` (c, r), ``basic`` (c, r), ``key`` (c, r) the key of every basic pair's item, ``side`` (c, r); ``open``
    (c, p / 8) a bit for every pair that may be used; ``bound`` (c,). ``heap`` (c,) places by bound; ``free`` (c,)
    unused places; ``number`` (5,) open pieces, free places, pieces looked at, steps, unsplit relaxations.
    """

    price: Floats
    basic: NDArray[np.int32]
    key: NDArray[np.int32]
    side: NDArray[np.int8]
    open: NDArray[np.uint8]
    bound: Floats
    heap: Ints
    free: Ints
    number: Ints


class Record(NamedTuple):
    """What is known so far.

    ``gain`` and ``tried`` (2, p) rise of the bound per share of a pair that was decided against and for, and how often;
    ``best`` (n,) keys of the best answer; ``level`` (2,) the cutoff, and the least bound of pieces that were given up.
    """

    gain: Floats
    tried: Floats
    best: Ints
    level: Floats


def new_pieces(n_rows: int, n_pairs: int, most: int) -> Pieces:
    """Return room for ``most`` open pieces."""
    number = np.array([0, most, 0, 0, 0])
    return Pieces(
        np.zeros((most, n_rows)), np.zeros((most, n_rows), np.int32), np.zeros((most, n_rows), np.int32),
        np.zeros((most, n_rows), np.int8), np.zeros((most, -(-n_pairs // 8)), np.uint8), np.zeros(most),
        np.zeros(most, np.int64), np.arange(most)[::-1].copy(), number,
    )  # fmt: skip


@inner
def _push(pieces, piece):  # type: ignore[no-untyped-def]
    n = pieces.number[0]
    pieces.number[0] += 1
    pieces.heap[n] = piece
    while n > 0:
        up = (n - 1) // 2
        if pieces.bound[pieces.heap[up]] <= pieces.bound[pieces.heap[n]]:
            break
        pieces.heap[up], pieces.heap[n] = pieces.heap[n], pieces.heap[up]
        n = up


@inner
def _take(pieces, at):  # type: ignore[no-untyped-def]
    """Remove the piece at a place of the heap and return it; its own place is free, and keeps its contents for now."""
    heap, bound = pieces.heap, pieces.bound
    piece = heap[at]
    pieces.number[0] -= 1
    n = pieces.number[0]
    last = heap[n]
    while at > 0 and bound[heap[(at - 1) // 2]] > bound[last]:
        heap[at] = heap[(at - 1) // 2]
        at = (at - 1) // 2
    while 2 * at + 1 < n:
        low = 2 * at + 1
        if low + 1 < n and bound[heap[low + 1]] < bound[heap[low]]:
            low += 1
        if bound[last] <= bound[heap[low]]:
            break
        heap[at] = heap[low]
        at = low
    heap[at] = last
    pieces.free[pieces.number[1]] = piece
    pieces.number[1] += 1
    return piece


@inner
def _next(pieces, newest):  # type: ignore[no-untyped-def]
    """Take the piece ``newest`` where it is still open, else the one with the least bound (-1) or a high one (-2)."""
    for at in range(pieces.number[0] if newest >= 0 else 0):
        if pieces.heap[at] == newest:
            return _take(pieces, at)
    return _take(pieces, pieces.number[0] - 1 if newest == -2 else 0)


@outer
def store(books, work, pieces, bound):  # type: ignore[no-untyped-def]
    """Add a piece with the basis of ``work``."""
    pieces.number[1] -= 1
    piece = pieces.free[pieces.number[1]]
    for c in range(work.basic.size):
        pieces.price[piece, c] = work.price[c]
        v = work.basic[c]
        pieces.basic[piece, c] = v
        pieces.side[piece, c] = work.side[c]
        pieces.key[piece, c] = work.key[books.item[v]] if v >= 0 else -1
    for e in range(pieces.open.shape[1]):
        pieces.open[piece, e] = 0
    for p in range(work.open.size):
        pieces.open[piece, p >> 3] |= work.open[p] << (p & 7)
    pieces.bound[piece] = bound
    _push(pieces, piece)
    return piece


@inner
def _restore(books, work, pieces, piece, cutoff):  # type: ignore[no-untyped-def]
    """Make ``work`` the relaxation of a piece."""
    for p in range(work.open.size):
        work.open[p] = (pieces.open[piece, p >> 3] >> (p & 7)) & 1
    for c in range(work.price.size):
        work.price[c] = pieces.price[piece, c]
    for c in range(work.basic.size):
        v = pieces.basic[piece, c]
        work.basic[c], work.side[c] = v, pieces.side[piece, c]
        if v >= 0:
            work.key[books.item[v]] = pieces.key[piece, c]
    start(books, work)
    compact(books, work, cutoff - least_cost(books, work))


@inner
def _decide(books, work, p, used):  # type: ignore[no-untyped-def]
    """Put a pair that has part of its item into use, or close it; False where that cannot be done from this basis."""
    i = books.item[p]
    if used:
        if work.key[i] != p:
            if work.where[p] < 0:
                return False
            swap(books, work, work.where[p])
        for s in range(books.first[i], books.first[i + 1]):
            if s != p:
                work.open[s] = 0
    else:
        if work.key[i] == p:
            c = largest(books, work, i)
            if c < 0:
                return False
            swap(books, work, c)
        work.open[p] = 0
    compact(books, work, np.inf)
    return True


@inner
def _split_pairs(books, work, pair, part):  # type: ignore[no-untyped-def]
    """List pairs that have part of an item; of two that only exclude each other, one."""
    primal(books, work)
    shares(books, work)
    n = 0
    for c in range(work.basic.size):
        v = work.basic[c]
        if v < 0 or not work.open[v] or work.value[c] <= _PART or work.value[c] >= 1 - _PART:
            continue
        pair[n], part[n] = v, work.value[c]
        n += 1
        i = books.item[v]
        n_open, known = 0, False
        for s in range(books.first[i], books.first[i + 1]):
            n_open += work.open[s]
        for e in range(n):
            known = known or pair[e] == work.key[i]
        if n_open > 2 and not known and work.share[i] > _PART:
            pair[n], part[n] = work.key[i], work.share[i]
            n += 1
    return n


@inner
def _learn(record, p, used, rise, part):  # type: ignore[no-untyped-def]
    """Note what deciding on a pair has brought."""
    record.gain[used, p] += max(rise, 0.0) / max(1.0 - part if used else part, _PART)
    record.tried[used, p] += 1


@inner
def _choose(books, work, spare, bound, record, rules, pair, part, n):  # type: ignore[no-untyped-def]
    """Return the place of the pair to decide on: by what that brought before, tried out where little is known."""
    cutoff = record.level[0]
    mean = np.ones(2)
    for used in range(2):
        total = known = 0.0
        for e in range(n):
            if record.tried[used, pair[e]] > 0:
                total += record.gain[used, pair[e]] / record.tried[used, pair[e]]
                known += 1
        if known > 0:
            mean[used] = total / known
    score = np.empty(n)
    for e in range(n):
        score[e] = 1.0
        for used in range(2):
            tried = record.tried[used, pair[e]]
            per = record.gain[used, pair[e]] / tried if tried > 0 else mean[used]
            score[e] *= max(per * (1.0 - part[e] if used else part[e]), _LEAST)
    best, most, n_tried, dull = -1, -1.0, 0, 0
    for _ in range(n):
        e = 0
        for o in range(n):
            if score[o] > score[e]:
                e = o
        p, value = pair[e], score[e]
        score[e] = -1.0
        sure = min(record.tried[0, p], record.tried[1, p]) >= rules[0]
        if not sure and n_tried < rules[1] and dull < _DULL:
            n_tried += 1
            value = 1.0
            for used in range(2):
                rise = 0.0
                load(spare, work)
                if _decide(books, spare, p, used):
                    _, reached, _ = ascend(books, spare, cutoff, rules[2])
                    rise = min(reached, cutoff) - bound
                    _learn(record, p, used, rise, part[e])
                value *= max(rise, _LEAST)
            dull += value <= most
        if value > most:
            best, most = e, value
    return best


@inner
def _answer(books, work, record, step):  # type: ignore[no-untyped-def]
    """Keep an unsplit relaxation as an answer where it fills the rows and beats the cutoff."""
    m, r = books.amount.shape[1], books.lower.size
    for c in range(r):
        if work.basic[c] >= 0 and work.value[c] > 0.5:
            swap(books, work, c)
            work.value[c] = 0.0
    total, cost = np.zeros(r), 0.0
    for i in range(books.first.size - 1):
        k = work.key[i]
        cost += books.cost[k]
        for q in range(m):
            total[books.row[k] + q] += books.amount[k, q]
    for a in range(r):
        if total[a] > books.upper[a] or total[a] < books.lower[a]:
            return
    if cost <= record.level[0]:
        for i in range(work.key.size):
            record.best[i] = work.key[i]
        record.level[0] = cost - step


@outer
def explore(books, work, spare, child, pieces, record, rules, step, far, n_most):  # type: ignore[no-untyped-def]
    """Explore up to ``n_most`` pieces, least bound first.

    Parameters
    ----------
    books : Books
        Items and rows.
    work, spare, child : Work
        Room for three relaxations.
    pieces : Pieces
        Open pieces; changed.
    record : Record
        What is known; changed.
    rules : ndarray of shape (3,), int
        How often a pair is tried before what it brought is trusted, how many are tried in a piece, with how many steps.
    step : float
        An answer has to be this much better than the last.
    far : float
        Follow the better part of a piece until its bound is this share of the way from the least bound to the cutoff.
        From 1, go on with the parts left behind, the last one first: where answers are found.
    n_most : int
        Pieces.

    Notes
    -----
    Land and Doig 1960 (doi:10.2307/1910129); reliability branching of Achterberg, Koch and Martin 2005
    (doi:10.1016/j.orl.2004.04.002). In every piece, pairs whose reduced cost exceeds what its bound leaves to the
    cutoff are closed. Where nothing is split, the piece is settled; one that resists gives its bound to
    ``record.level[1]``.
    """
    n_done = 0
    pair, part = np.empty(2 * work.basic.size, np.int64), np.empty(2 * work.basic.size)
    newest, n_newest = np.empty(n_most + RESERVE, np.int64), 0
    while pieces.number[0] > 0 and n_done < n_most and pieces.number[1] > LEAST:
        tight = pieces.number[1] <= RESERVE
        deep = far >= 1.0 or tight
        which = -2 if tight else -1
        if deep and n_newest > 0:
            n_newest -= 1
            which = newest[n_newest]
        piece = _next(pieces, which)
        bound = pieces.bound[piece]
        if bound >= record.level[0]:
            continue
        _restore(books, work, pieces, piece, record.level[0])
        status, reached, steps = ascend(books, work, record.level[0], _STEPS)
        limit = bound + (1.0 if deep else far) * (record.level[0] - bound)
        while True:
            # work: the relaxation of the piece at hand, solved.
            n_done += 1
            pieces.number[2] += 1
            pieces.number[3] += steps
            rises = reached > bound + _LEAST
            bound = max(bound, reached)
            if status == 1 or bound >= record.level[0]:
                break
            if status == 2 and rises:
                store(books, work, pieces, bound)  # To be gone on with later: the caller may have no more time.
                break
            compact(books, work, record.level[0] - reached)
            n = _split_pairs(books, work, pair, part)
            e = _choose(books, work, spare, bound, record, rules, pair, part, n) if n > 0 else -1
            if n == 0:
                if status == 0:
                    _answer(books, work, record, step)
                    pieces.number[4] += 1
                if bound < record.level[0]:
                    record.level[1] = min(record.level[1], bound)
                break
            p, share = pair[e], part[e]
            # The part that is expected to rise less is followed, so it is solved last, in place.
            ups = np.empty(2)
            for used in range(2):
                tried = record.tried[used, p]
                ups[used] = (record.gain[used, p] / tried if tried > 0 else 1.0) * (1.0 - share if used else share)
            other = 0 if ups[0] > ups[1] else 1
            load(child, work)
            if _decide(books, child, p, other):
                status, reached, steps = ascend(books, child, record.level[0], _STEPS)
                pieces.number[3] += steps
                if status < 2:
                    _learn(record, p, other, min(reached, record.level[0]) - bound, share)
                if status != 1:
                    newest[n_newest] = store(books, child, pieces, max(bound, reached))
                    n_newest += deep and n_newest < newest.size - 1
            else:
                record.level[1] = min(record.level[1], bound)
            if not _decide(books, work, p, 1 - other):
                record.level[1] = min(record.level[1], bound)
                break
            status, reached, steps = ascend(books, work, record.level[0], _STEPS)
            if status < 2:
                _learn(record, p, 1 - other, min(reached, record.level[0]) - bound, share)
            if status != 1 and (max(bound, reached) > limit or n_done >= n_most):
                store(books, work, pieces, max(bound, reached))
                pieces.number[3] += steps
                break
