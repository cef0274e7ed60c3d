"""The linear program over the moves so far, kept alive while columns are added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.events import Cancel
from territory_opt.resolve.ground import Ground
from territory_opt.resolve.ledgers import Ledger
from territory_opt.resolve.sparse import Base, Sparse, build_sparse
from territory_opt.solvers._watch import run_watched
from territory_opt.solvers.highs import highs_model

__all__ = ["Linear", "Master"]


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """Optimum over the columns so far.

    Attributes
    ----------
    sparse : Sparse
        The rows; its own pairs are only the first ones.
    item, rep : ndarray of int, shape (p,)
        All pairs.
    x : ndarray of float, shape (p,)
        Their values.
    dual : ndarray of float, shape (n_rows,)
        Duals of the rows.
    objective : float
        Optimum, what is paid for missed bands included.
    slack : float
        By how much hard bands are missed in all, in rows.
    """

    sparse: Sparse
    item: IntArray
    rep: IntArray
    x: FloatArray
    dual: FloatArray
    objective: float
    slack: float


class Master:
    """Rows fixed, columns growing; hard bands may be missed at a price, so that there always is an optimum.

    Parameters
    ----------
    ground, base : Ground, Base
        The problem.
    ledgers : tuple of Ledger
        Limits of the books.
    objective : callable
        Objective of pairs, from items and reps.
    slack : float
        Price of missing a hard band, in rows.
    unit : float
        Size of a typical price: the program is solved in such units.

    Attributes
    ----------
    ledgers : tuple of Ledger
        As given.
    sparse : Sparse or None
        The rows, once there are any columns.
    """

    def __init__(
        self,
        ground: Ground,
        base: Base,
        ledgers: tuple[Ledger, ...],
        objective: Callable[[IntArray, IntArray], FloatArray],
        slack: float,
        unit: float,
    ) -> None:
        self._ground, self._base, self.ledgers = ground, base, ledgers
        self._objective, self._slack, self._unit = objective, slack, unit
        self._model: Any = None
        self.sparse: Sparse | None = None
        self._code = np.zeros(0, dtype=np.int64)
        self._column = np.zeros(0, dtype=np.int64)
        self._slacks = np.zeros(0, dtype=np.int64)

    def add(self, item: IntArray, rep: IntArray, moves_at_most: float, offset: float, elastic: float) -> bool:
        """Add pairs that are not there yet; False when all were."""
        k = self._ground.items.n_reps
        code = np.setdiff1d(item * k + rep, self._code)
        if not len(code) and self.sparse is not None:
            return False
        part = build_sparse(
            self._ground, self._base, self.ledgers, code // k, code % k, moves_at_most=moves_at_most,
            objective=self._objective(code // k, code % k), offset=offset, slack_price=self._slack, elastic=elastic,
        )  # fmt: skip
        if self.sparse is None:
            scaled = replace(part.program, cost=part.program.cost / self._unit, offset=part.program.offset / self._unit)
            self._model = highs_model(scaled, relaxed=True)
            self._model.setOptionValue("threads", 1)
            self.sparse = part
            self._slacks = part.slack_columns
            first = 0
        else:
            first = self._model.getNumCol()
            columns = part.program.matrix()[:, : len(code)].tocsc()
            self._model.addCols(
                len(code), part.program.cost[: len(code)] / self._unit, np.zeros(len(code)), np.ones(len(code)),
                columns.nnz, columns.indptr[:-1].astype(np.int32), columns.indices.astype(np.int32), columns.data,
            )  # fmt: skip
        self._code = np.concatenate([self._code, code])
        self._column = np.concatenate([self._column, first + np.arange(len(code))])
        return True

    def dearer(self, factor: float) -> None:
        """Raise the price of missed bands."""
        self._slack *= factor
        columns = self._slacks.astype(np.int32)
        self._model.changeColsCost(len(columns), columns, np.full(len(columns), self._slack / self._unit))

    def solve(self, deadline: float, cancel: Cancel | None) -> Linear | None:
        """Optimum over the columns so far, from where the last one ended; None when stopped."""
        import highspy

        run_watched(self._model, deadline=deadline, cancel=cancel)
        optimal = highspy.HighsModelStatus.kOptimal
        if self._model.getModelStatus() != optimal:
            # A basis that went bad: once more from nothing.
            self._model.clearSolver()
            run_watched(self._model, deadline=deadline, cancel=cancel)
        if self._model.getModelStatus() != optimal or self.sparse is None:
            return None
        solution = self._model.getSolution()
        value, k = np.asarray(solution.col_value), self._ground.items.n_reps
        return Linear(
            self.sparse,
            self._code // k,
            self._code % k,
            value[self._column],
            np.asarray(solution.row_dual) * self._unit,
            float(self._model.getInfo().objective_function_value) * self._unit,
            float(value[self._slacks].sum()),
        )
