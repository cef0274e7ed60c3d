"""Branch and bound over the pairs that are left, with a relaxation in which only the books are rows.

A relaxation with one row per account costs a general solver milliseconds. Here an account's row is kept implicitly and
the basis is as large as the number of bands, so one costs microseconds, and tens of thousands can be looked at.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.solvers.lagrangian.state import State
from territory_opt.solvers.lagrangian.subproblem import Program

__all__ = ["PairTree", "narrowed"]

_RULES = (4, 8, 30)
_FAR, _DEEP_EVERY, _DEEP = 0.3, 8, 1.0
_FIRST_PIECES, _MOST_PIECES, _CALL_SECONDS = 1, 2_000, 0.05
_ROOT_STEPS = 200
_MEMORY = 200_000_000
_FITS = 1e-9
_BLUR = 1e-11
_ROOM, _LEFT = 0.4, 1e-7


class PairTree:
    """Search of a program without elastic bands, that can be stopped and go on.

    Parameters
    ----------
    program : Program
        Its present choice is the answer to beat, at cost 0.
    unit : float
        What a noticeable difference of cost is; about the distance that is left.
    cutoff : float
        Only answers that cost less than this are of interest.
    step : float
        A better answer has to be better by this.
    pieces : int, optional
        Most open pieces at a time; by default what 200 MB hold.

    Attributes
    ----------
    choice : ndarray of shape (q,) or None
        Chosen pair of every account in the best answer found.
    bound : float
        No answer costs less than this or the cutoff.

    Notes
    -----
    See :func:`~territory_opt.kernels.booktree.explore`. The bound of every piece is the Lagrangian bound at the prices
    of its relaxation, summed in double precision: it does not rest on a tolerance of the simplex method.
    """

    def __init__(self, program: Program, *, unit: float, cutoff: float, step: float, pieces: int | None = None) -> None:
        from territory_opt.kernels import bookprices, booktree
        from territory_opt.kernels.bookascent import ascend

        self._program, self._unit, self._step = program, unit, step
        n_rows, n_pairs = program.lower.size, program.cost.size
        measures = program.lower.shape[1]
        roundoff = _FITS * (1.0 + np.maximum(_size(program.lower), _size(program.upper)))
        self._books = books = bookprices.Books(
            program.first, np.repeat(np.arange(program.item.size), np.diff(program.first)),
            program.pair_rep * measures, program.cost / unit, np.ascontiguousarray(program.amount),
            (program.lower - roundoff).ravel(), (program.upper + roundoff).ravel(),
        )  # fmt: skip
        self._works = [bookprices.new_work(books) for _ in range(3)]
        level = np.array([cutoff / unit, np.inf])
        n_items = program.item.size
        self._record = booktree.Record(
            np.zeros((2, n_pairs)), np.zeros((2, n_pairs)), np.full(n_items, -1, dtype=np.int64), level
        )
        per_piece = n_pairs // 8 + 17 * n_rows + 40
        self._pieces = booktree.new_pieces(n_rows, n_pairs, pieces or max(_MEMORY // per_piece, 10 * booktree.RESERVE))
        self._least = booktree.LEAST
        self._rules, self._turn, self._batch = np.array(_RULES), 0, _FIRST_PIECES
        # Sums over accounts and rows are rounded: the bound stays below that.
        self._blur = _BLUR * float(np.abs(books.cost).sum() + 1.0)
        work = self._works[0]
        work.basic[:], work.side[:] = -1 - np.arange(n_rows), 2
        bookprices.start(books, work)
        status, bound, _ = ascend(books, work, level[0], _ROOT_STEPS)
        if status != 1:
            booktree.store(books, work, self._pieces, bound)

    @property
    def choice(self) -> IntArray | None:
        """Chosen pairs of the best answer, None while there is none."""
        best = self._record.best
        return best.copy() if best.size and best[0] >= 0 else None

    @property
    def bound(self) -> float:
        """Lower bound on the cost of every answer, as far as it is below the cutoff."""
        pieces, level = self._pieces, self._record.level
        least = pieces.bound[pieces.heap[0]] if pieces.number[0] else np.inf
        return (float(min(least, level[0], level[1])) - self._blur) * self._unit

    @property
    def n_pieces(self) -> int:
        """Number of pieces looked at so far."""
        return int(self._pieces.number[2])

    @property
    def is_settled(self) -> bool:
        """True when no piece is left to look at."""
        return not self._pieces.number[0]

    @property
    def is_full(self) -> bool:
        """True when there is no room for further pieces."""
        return bool(self._pieces.number[1] <= self._least)

    def lower_cutoff(self, cutoff: float) -> None:
        """Only answers that cost less than this are of interest from now on."""
        self._record.level[0] = min(self._record.level[0], cutoff / self._unit)

    def run(
        self, *, seconds: Callable[[], float], stop: Callable[[], bool], report: Callable[[], None] | None = None,
        pieces: int | None = None,
    ) -> None:  # fmt: skip
        """Look at pieces until none is left, time is up, or there is no room.

        Parameters
        ----------
        seconds, stop : callable
            Time left; True when the caller wants out.
        report : callable, optional
            Called several times a second.
        pieces : int, optional
            Most pieces to look at.
        """
        from territory_opt.kernels.booktree import explore

        work, spare, child = self._works
        until = None if pieces is None else self.n_pieces + pieces
        while not self.is_settled and not self.is_full and seconds() > 0 and not stop():
            left = self._batch if until is None else min(self._batch, until - self.n_pieces)
            if left <= 0:
                break
            far = _DEEP if self._turn % _DEEP_EVERY == 0 else _FAR
            began, before = time.perf_counter(), self.n_pieces
            explore(
                self._books, work, spare, child, self._pieces, self._record, self._rules, self._step / self._unit, far,
                left,
            )  # fmt: skip
            self._turn += 1
            rate = (self.n_pieces - before) / max(time.perf_counter() - began, 1e-6)
            self._batch = int(np.clip(_CALL_SECONDS * rate, _FIRST_PIECES, _MOST_PIECES))
            if report is not None:
                report()


def narrowed(program: Program, state: State) -> Program:
    """Return a program with the bands of whole measures as they are.

    :func:`~territory_opt.solvers.lagrangian.subproblem.build_program` leaves them four tenths of a unit of room for
    rounding, in which a relaxation loses as much as half of what it is to prove.
    """
    room = np.where(state.model.integer_measure, (_ROOM - _LEFT) / state.bands.unit, 0.0)
    return replace(program, lower=program.lower + room, upper=program.upper - room)


def _size(edge: FloatArray) -> FloatArray:
    result: FloatArray = np.where(np.isfinite(edge), np.abs(edge), 0.0)
    return result
