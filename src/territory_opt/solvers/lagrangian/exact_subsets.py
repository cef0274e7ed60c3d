"""Lower the objective: integer programs over a few reps at a time, never the same ones twice for nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_matrix

from territory_opt._typing import IntArray
from territory_opt.solvers.lagrangian.loading import trees
from territory_opt.solvers.lagrangian.repair import exchange_graph
from territory_opt.solvers.lagrangian.state import State
from territory_opt.solvers.lagrangian.subproblem import Program, build_program, solve_program
from territory_opt.solvers.lagrangian.tree import PairTree, narrowed

__all__ = ["Subsets"]

_FIRST_WIDTH, _MOST_WIDTH = 4, 10
_FIRST_PAIRS, _MORE_PAIRS, _MOST_PAIRS = 200, 50, 600
_FIRST_SECONDS, _MOST_SECONDS = 0.3, 4.0
_ROUND, _RARE = 60, 0.08
_COOL, _GAP_SHARE, _MANY_KEYS = 0.7, 0.2, 200_000
_GRAPH_SHARE = 20
_STEP_SHARE, _OPEN_PIECES, _FIRST_PIECES, _MOST_PIECES = 0.01, 2_000, 200, 4_000


class Subsets:
    """Improves a feasible assignment by programs over a few reps.

    Parameters
    ----------
    state : State
        A feasible assignment; changed.
    seed : int
        Seed of the choices and of the solver.
    unit_cost : float
        Typical cost, for scaling.

    Notes
    -----
    Objective minus bound is the sum of what single reps are responsible for. A rep is drawn in proportion to that,
    and others by how cheaply they trade with it; the pairs with the smallest change of reduced cost are free, the
    rest is folded into the bands. A set of reps whose books have not changed since it was last solved is not solved
    again at the same size. Where fewer than 8 % of the programs help, they get more reps, more pairs and more time.
    """

    def __init__(self, state: State, *, seed: int, unit_cost: float) -> None:
        self._state, self._unit_cost = state, unit_cost
        self._rng = np.random.default_rng(seed)
        self._width = min(_FIRST_WIDTH, max(state.model.n_reps - 1, 1))
        self._n_pairs, self._seconds = _FIRST_PAIRS, _FIRST_SECONDS
        self._n_pieces = _FIRST_PIECES
        self._graph: csr_matrix | None = None
        self._graphed = self._graph_seconds = 0.0
        self._tries = self._wins = self._moment = 0
        self._changed = np.zeros(state.model.n_reps, dtype=np.int64)
        self._solved: dict[bytes, int] = {}

    def run(
        self, *, target: float, seconds: Callable[[], float], stop: Callable[[], bool], report: Callable[[], None]
    ) -> None:
        """Improve until the excess of the assignment is at most ``target``, or time is up.

        Parameters
        ----------
        target : float
            Excess over the bound at the state's own multipliers.
        seconds, stop : callable
            Time left; True when the caller wants out.
        report : callable
            Called after every improvement.
        """
        state = self._state
        graph = self._exchanges()
        by_rep = np.maximum(state.rep_excess(), 0.0)
        idle = 0
        while state.excess() > target and not stop() and seconds() > 0 and by_rep.sum() > 0:
            j = int(self._rng.choice(by_rep.size, p=by_rep / by_rep.sum()))
            reps = self._company(graph, j)
            key = reps.tobytes()
            if reps.size < 2 or self._solved.get(key, -1) >= int(self._changed[reps].max()):
                by_rep[j] *= 0.95
                idle += 1
                if idle > 20 * _ROUND:
                    self._grow()
                    idle = 0
                    by_rep = np.maximum(state.rep_excess(), 0.0)
                    if self._at_most():
                        return
                continue
            idle = 0
            self._moment += 1
            self._solved[key] = self._moment
            won = self._solve(reps, min(seconds(), self._seconds), float(by_rep[reps].sum()), stop)
            self._tries += 1
            if won:
                self._wins += 1
                report()
                by_rep = np.maximum(state.rep_excess(), 0.0)
            else:
                by_rep[j] *= _COOL
            if self._tries >= _ROUND:
                if self._wins < _RARE * self._tries:
                    self._grow()
                self._tries = self._wins = 0
                by_rep = np.maximum(state.rep_excess(), 0.0)

    def _exchanges(self) -> csr_matrix:
        """Return what passing an account on costs, brought up to date now and then: it takes a second at 100,000."""
        now = time.perf_counter()
        if self._graph is None or now - self._graphed > _GRAPH_SHARE * self._graph_seconds:
            self._graph = exchange_graph(self._state)
            self._graphed = time.perf_counter()
            self._graph_seconds = self._graphed - now
        return self._graph

    def _at_most(self) -> bool:
        return self._width >= min(_MOST_WIDTH, self._state.model.n_reps - 1) and self._n_pairs >= _MOST_PAIRS

    def _grow(self) -> None:
        """Larger programs from now on; what was settled at the smaller size is open again."""
        self._width = min(self._width + 1, _MOST_WIDTH, max(self._state.model.n_reps - 1, 1))
        self._n_pairs = min(self._n_pairs + _MORE_PAIRS, _MOST_PAIRS)
        self._seconds = min(1.5 * self._seconds, _MOST_SECONDS)
        self._n_pieces = min(int(1.5 * self._n_pieces), _MOST_PIECES)
        self._solved.clear()

    def _solve(self, reps: IntArray, seconds: float, excess: float, stop: Callable[[], bool]) -> bool:
        """Solve one program; True when the assignment is better for it."""
        state = self._state
        # A pair whose reduced cost alone exceeds what these reps have to gain is in no better answer of theirs.
        program = narrowed(build_program(state, reps, per_arc=None, n_pairs=self._n_pairs, at_most=excess), state)
        if len(self._solved) > _MANY_KEYS:
            self._solved.clear()
        choice = self._better(program, seconds, max(excess, 1e-12), stop)
        if choice is None or program.gain(choice) <= 1e-9 * self._unit_cost:
            return False
        before = state.rep[program.item].copy()
        after = reps[program.pair_rep[choice]]
        state.move(program.item, after)
        if state.violation()[reps].any():
            state.move(program.item, before)
            return False
        moved = before != after
        self._moment += 1
        self._changed[before[moved]] = self._changed[after[moved]] = self._moment
        return True

    def _better(self, program: Program, seconds: float, excess: float, stop: Callable[[], bool]) -> IntArray | None:
        """Return chosen pairs that may be better than the present ones, None without any."""
        if not program.item.size:
            return None
        if program.outside.any() or not trees.ready:
            return solve_program(
                program, seconds=seconds, seed=int(self._rng.integers(2**31)), unit_cost=self._unit_cost,
                absolute_gap=_GAP_SHARE * excess, stop=stop,
            ).choice  # fmt: skip
        step = _STEP_SHARE * excess
        until = time.perf_counter() + seconds
        tree = PairTree(program, unit=excess, cutoff=-step, step=step, pieces=_OPEN_PIECES)
        tree.run(seconds=lambda: until - time.perf_counter(), stop=stop, pieces=self._n_pieces)
        return tree.choice

    def _company(self, graph: csr_matrix, j: int) -> IntArray:
        """Return j and up to ``width`` reps it trades with cheaply, in order."""
        lo, hi = graph.indptr[j], graph.indptr[j + 1]
        to, price = graph.indices[lo:hi], graph.data[lo:hi]
        if not to.size:
            return np.array([j], dtype=np.int64)
        chance = 1.0 / (price + 0.1 * float(np.median(price)) + 1e-12)
        pick = self._rng.choice(to, size=min(self._width, to.size), replace=False, p=chance / chance.sum())
        return np.unique(np.append(pick, j)).astype(np.int64)
