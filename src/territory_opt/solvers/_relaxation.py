"""The linear relaxation of a carve: its bound, recomputed from the duals, and what every pair costs beyond it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.events import Cancel
from territory_opt.formulation.program import IntegerProgram
from territory_opt.solvers._structure import reps_of_rows
from territory_opt.solvers._watch import run_watched
from territory_opt.solvers.highs import highs_model
from territory_opt.solvers.pairs import Pairs

__all__ = ["LinearBound", "Relaxation", "implied_bounds"]

_TIGHTEN_ROUNDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class LinearBound:
    """A bound, and the reduced costs that came with it.

    Parameters
    ----------
    bound : float
        Proven lower bound of the program.
    excess : ndarray, shape (p,)
        Least increase of ``bound`` when a solution uses the pair: reduced cost minus the account's smallest.
    x : ndarray, shape (m,)
        Point of the relaxation.
    duals : ndarray, shape (r,)
        Duals of the rows.
    row_rep : ndarray of int, shape (r,)
        Rep that a row is about, -1 when it is about several or none.
    infeasible : bool
        Proven: the relaxation, so the program, has no solution.
    """

    bound: float
    excess: FloatArray
    x: FloatArray
    duals: FloatArray
    row_rep: IntArray
    infeasible: bool = False

    def slack_costs(self, program: IntegerProgram, x: FloatArray) -> FloatArray:
        """What the slack of every row costs a point beyond the bound: dual times distance, shape (r,)."""
        y = self.duals
        side = np.where(y > 0, program.row_lower, program.row_upper)
        priced = (y != 0) & np.isfinite(side)
        cost = np.zeros(program.n_rows)
        cost[priced] = np.abs(y[priced] * (program.activity(x)[priced] - side[priced]))
        return cost


class Relaxation:
    """Linear relaxation of ``program``, kept in HiGHS between solves."""

    def __init__(self, program: IntegerProgram, pairs: Pairs, by_column: Any, *, threads: int = 1) -> None:
        self.program = program
        self.pairs = pairs
        self._by_column = by_column
        self._low, self._high = implied_bounds(program)
        self._row_rep = reps_of_rows(program, pairs)
        self._model = highs_model(program, relaxed=True)
        self._model.setOptionValue("threads", threads)
        self._model.setOptionValue("parallel", "on" if threads > 1 else "off")

    def solve(
        self,
        deadline: float,
        cancel: Cancel | None,
        *,
        tightened: float = 0.0,
        around: FloatArray | None = None,
    ) -> tuple[LinearBound | None, bool]:
        """Solve; return the result and whether Ctrl-C stopped it.

        With a point ``around``, coupling rows are first tightened by the share ``tightened`` of the activity that
        meets in them there. The result is None when it was not solved before the deadline. ``bound`` and ``excess``
        always belong to the rows' own bounds, whatever the bounds solved for.
        """
        import highspy

        program, model = self.program, self._model
        lower, upper = program.row_lower, program.row_upper
        if around is not None:
            lower, upper = self._tightened(tightened, around)
        rows = np.arange(program.n_rows, dtype=np.int32)
        model.changeRowsBounds(len(rows), rows, lower, upper)
        remaining = deadline - time.perf_counter()
        if remaining <= 0:
            return None, False
        if np.isfinite(remaining):
            model.setOptionValue("time_limit", model.getRunTime() + remaining)
        interrupted = run_watched(model, deadline=deadline, cancel=cancel)
        status = model.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            none, nowhere = np.zeros(self.pairs.n_pairs), np.zeros(program.n_columns)
            return LinearBound(np.inf, none, nowhere, np.zeros(program.n_rows), self._row_rep, True), interrupted
        if status != highspy.HighsModelStatus.kOptimal:
            return None, interrupted
        solution = model.getSolution()
        duals = np.asarray(solution.row_dual)
        bound, excess = self.bound_of(duals)
        return LinearBound(bound, excess, np.asarray(solution.col_value), duals, self._row_rep), interrupted

    def _tightened(self, share: float, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        # Ranged rows give way by no more than a quarter of their range; assignment rows and equations not at all.
        program = self.program
        bounds = np.stack([program.row_lower, program.row_upper])
        scale = 0.5 * (abs(program.matrix()) @ np.abs(x))
        scale = np.maximum(scale, np.max(np.abs(np.where(np.isfinite(bounds), bounds, 0.0)), axis=0))
        step = np.minimum(share * scale, 0.25 * np.maximum(bounds[1] - bounds[0], 0.0))
        step[self.pairs.rows] = 0.0
        return bounds[0] + step, bounds[1] - step

    def bound_of(self, duals: FloatArray) -> tuple[float, FloatArray]:
        """Lagrangian bound of any duals, in double precision, and the excess of every pair.

        Notes
        -----
        With y >= 0 on lower and y <= 0 on upper row bounds, min c x is at least
        sum of y b + sum over accounts of min_j d_ij + sum over the other columns of min(d l, d u), where
        d = c - A' y leaves the assignment rows out. It holds whatever rounding made of y, so no trust in the
        solver's tolerances is needed.
        """
        program, pairs = self.program, self.pairs
        y = duals.copy()
        y[pairs.rows] = 0.0
        y[(y > 0) & ~np.isfinite(program.row_lower)] = 0.0
        y[(y < 0) & ~np.isfinite(program.row_upper)] = 0.0
        reduced = program.cost - self._by_column.T @ y
        mine = reduced[pairs.columns]
        smallest = np.minimum.reduceat(mine, pairs.indptr[:-1])
        side = np.where(y > 0, program.row_lower, program.row_upper)
        used = y != 0
        bound = float(y[used] @ side[used]) + float(smallest.sum()) + program.offset
        other = np.ones(program.n_columns, dtype=bool)
        other[pairs.columns] = False
        rest = np.where(reduced > 0, self._low, self._high)[other]
        weights = reduced[other]
        used = weights != 0
        bound += float(weights[used] @ rest[used])
        return bound, mine - smallest[pairs.account]


def implied_bounds(program: IntegerProgram) -> tuple[FloatArray, FloatArray]:
    """Column bounds, tightened where infinite by what the rows imply, shape (m,) each.

    They make the Lagrangian bound finite when a free column's reduced cost is a speck instead of zero.

    Examples
    --------
    >>> import numpy as np
    >>> program = IntegerProgram([0, 0], [0, 2], [0, 1], [2.0, -1.0], [0], [0], [0, -np.inf], [1, np.inf], [1, 0])
    >>> [abs(side).tolist() for side in implied_bounds(program)]
    [[0.0, 0.0], [1.0, 2.0]]
    """
    low, high = program.col_lower.copy(), program.col_upper.copy()
    open_rows = (
        np.flatnonzero(np.add.reduceat(_open(program, low, high), program.indptr[:-1]) > 0)
        if (program.n_nonzeros)
        else np.zeros(0, dtype=np.int64)
    )
    for _ in range(_TIGHTEN_ROUNDS):
        before = int((~np.isfinite(low)).sum() + (~np.isfinite(high)).sum())
        if before == 0:
            break
        for row in open_rows.tolist():
            _tighten(program, row, low, high)
        if int((~np.isfinite(low)).sum() + (~np.isfinite(high)).sum()) == before:
            break
    return low, high


def _open(program: IntegerProgram, low: FloatArray, high: FloatArray) -> FloatArray:
    unbounded = (~np.isfinite(low) | ~np.isfinite(high)).astype(np.float64)
    # A sentinel keeps reduceat inside the array when the last rows are empty.
    return np.append(unbounded[program.indices], 0.0)


def _tighten(program: IntegerProgram, row: int, low: FloatArray, high: FloatArray) -> None:
    inside = slice(program.indptr[row], program.indptr[row + 1])
    columns, values = program.indices[inside], program.values[inside]
    least = values * np.where(values > 0, low[columns], high[columns])
    most = values * np.where(values > 0, high[columns], low[columns])
    for terms, bound, up in ((least, program.row_upper[row], True), (most, program.row_lower[row], False)):
        loose = np.flatnonzero(~np.isfinite(terms))
        if not np.isfinite(bound) or len(loose) > 1:
            continue
        total = terms[np.isfinite(terms)].sum()
        # With one loose term only that column is bounded by the rest; with none, every column that is still open.
        unbounded = ~(np.isfinite(low[columns]) & np.isfinite(high[columns]))
        for at in (loose if len(loose) else np.flatnonzero(unbounded)).tolist():
            column, value = columns[at], values[at]
            limit = (bound - (total if len(loose) else total - terms[at])) / value
            if up == (value > 0):
                high[column] = min(high[column], limit)
            else:
                low[column] = max(low[column], limit)
