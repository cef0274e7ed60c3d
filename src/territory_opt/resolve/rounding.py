"""A first whole answer: the fractional one rounded, then mended book by book."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt._typing import FloatArray, IntArray

__all__ = ["Board", "rounded"]

_STEPS = 500
_TOLERANCE = 1e-9


@dataclass(slots=True, eq=False)
class Board:
    """Items that may be placed or moved, and the books around them; changed by :func:`rounded`.

    Attributes
    ----------
    rep : ndarray of int, shape (q,)
        Rep of every item now; -1 while it has none.
    moves : ndarray of int, shape (q, n_reps)
        Moves that every pair counts.
    value : ndarray of float, shape (q, n_reps)
        Reduced cost of every pair, 0 at home, infinite where a rule forbids it.
    amount : ndarray of float, shape (n_ledgers, q, n_reps)
        What pairs add to books, in rows.
    book, low, high : ndarray of float, shape (n_ledgers, n_reps)
        Books without the items on the board, and their limits, in rows.
    moves_left : float
        Moves that are left.
    """

    rep: IntArray
    moves: IntArray
    value: FloatArray
    amount: FloatArray
    book: FloatArray
    low: FloatArray
    high: FloatArray
    moves_left: float

    def put(self, q: int, rep: int) -> None:
        """Give one item to a rep."""
        old = int(self.rep[q])
        if old >= 0:
            self.book[:, old] -= self.amount[:, q, old]
            self.moves_left += int(self.moves[q, old])
        self.book[:, rep] += self.amount[:, q, rep]
        self.moves_left -= int(self.moves[q, rep])
        self.rep[q] = rep

    def missed(self, book: FloatArray, rep: IntArray | slice) -> FloatArray:
        """By how much books (n_ledgers, ...) miss the limits of reps, summed over the ledgers."""
        low, high = self.low[:, rep], self.high[:, rep]
        result: FloatArray = (np.maximum(low - book, 0.0) + np.maximum(book - high, 0.0)).sum(axis=0)
        return result


def rounded(board: Board) -> bool:
    """Place every item and mend the books; True when every limit holds.

    Parameters
    ----------
    board : Board
        Items without a rep are placed, largest first, where they are cheapest among the reps with room. Then, while
        a book misses a limit, the item goes or comes that mends most for its cost.
    """
    waiting = np.flatnonzero(board.rep < 0)
    size = board.amount.max(axis=0, initial=0.0)
    size = np.where(np.isfinite(board.value), size, 0.0).max(axis=1)
    for q in waiting[np.argsort(-size[waiting], kind="stable")].tolist():
        after = board.book + board.amount[:, q]
        before = board.missed(board.book, slice(None))
        worse = np.maximum(board.missed(after, slice(None)) - before, 0.0)
        score = np.where((worse <= _TOLERANCE) & (board.moves[q] <= board.moves_left), board.value[q], np.inf)
        if not np.isfinite(score).any():
            score = np.where(np.isfinite(board.value[q]), worse, np.inf)
        board.put(q, int(np.argmin(score)))
    for _ in range(_STEPS):
        missed = board.missed(board.book, slice(None))
        worst = int(np.argmax(missed))
        if missed[worst] <= _TOLERANCE:
            return True
        if not _mend(board, worst, missed):
            return False
    return False


def _mend(board: Board, rep: int, missed: FloatArray) -> bool:
    """Make the shift, into a book or out of it, that mends most for its cost; False when none mends."""
    k = board.value.shape[1]
    best, chosen = 0.0, (-1, -1)
    there = np.flatnonzero(board.rep == rep)
    elsewhere = np.flatnonzero((board.rep != rep) & np.isfinite(board.value[:, rep]))
    for q, to in ((there, None), (elsewhere, rep)):
        if not len(q):
            continue
        if to is None:
            who, into = np.repeat(q, k), np.tile(np.arange(k), len(q))
            keep = np.isfinite(board.value[who, into]) & (into != rep)
            who, into = who[keep], into[keep]
        else:
            who, into = q, np.full(len(q), to)
        out = board.rep[who]
        fits = board.moves[who, into] - board.moves[who, out] <= board.moves_left
        who, into, out = who[fits], into[fits], out[fits]
        if not len(who):
            continue
        gone = board.missed(board.book[:, out] - board.amount[:, who, out], out)
        come = board.missed(board.book[:, into] + board.amount[:, who, into], into)
        gain = missed[out] + missed[into] - gone - come
        price = np.maximum(board.value[who, into] - board.value[who, out], 0.0)
        rate = np.where(gain > 1e-7, gain / (1e-6 + price / (1.0 + price.max())), 0.0)
        at = int(np.argmax(rate))
        if rate[at] > best:
            best, chosen = float(rate[at]), (int(who[at]), int(into[at]))
    if chosen[0] < 0:
        return False
    board.put(*chosen)
    return True
