"""Named blocks of columns and rows, put together into one program without sorting."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from territory_opt._typing import AnyArray, FloatArray
from territory_opt.formulation.program import Block, IntegerProgram

__all__ = ["Builder"]


@dataclass(slots=True)
class Builder:
    """Collects blocks; rows come as CSR pieces, so that a million columns are never sorted.

    Examples
    --------
    >>> builder = Builder()
    >>> x = builder.columns("x", [1.0, 2.0], 0, 1, integer=True)
    >>> builder.rows("pick", [2], [0, 1], [1.0, 1.0], [1], [1])
    slice(0, 1, None)
    >>> builder.build()
    IntegerProgram(1 rows, 2 columns (2 integer), 2 nonzeros)
    """

    offset: float = 0.0
    _columns: list[tuple[FloatArray, FloatArray, FloatArray, AnyArray]] = field(default_factory=list)
    _rows: list[tuple[AnyArray, AnyArray, AnyArray, FloatArray, FloatArray]] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)
    _n_columns: int = 0
    _n_rows: int = 0

    def columns(
        self, name: str, cost: ArrayLike, lower: ArrayLike, upper: ArrayLike, *, integer: bool = False
    ) -> slice:
        """Add columns with costs of shape (m,); bounds are scalars or of that shape."""
        costs = np.asarray(cost, dtype=np.float64)
        size = len(costs)
        lows = np.broadcast_to(np.asarray(lower, dtype=np.float64), (size,))
        highs = np.broadcast_to(np.asarray(upper, dtype=np.float64), (size,))
        self._columns.append((costs, lows, highs, np.full(size, int(integer), dtype=np.uint8)))
        return self._block("columns", name, size)

    def rows(
        self,
        name: str,
        lengths: ArrayLike,
        indices: ArrayLike,
        values: ArrayLike,
        lower: ArrayLike,
        upper: ArrayLike,
    ) -> slice:
        """Add rows: coefficients per row, their columns and values in row order, and row bounds."""
        size = len(np.asarray(lengths))
        lows = np.broadcast_to(np.asarray(lower, dtype=np.float64), (size,))
        highs = np.broadcast_to(np.asarray(upper, dtype=np.float64), (size,))
        piece = (np.asarray(lengths), np.asarray(indices, dtype=np.int32), np.asarray(values, dtype=np.float64))
        self._rows.append((*piece, lows, highs))
        return self._block("rows", name, size)

    def build(self) -> IntegerProgram:
        """Put everything together."""
        cost, low, high, whole = (np.concatenate(part) for part in zip(*self._columns, strict=True))
        lengths, indices, values, row_low, row_high = (np.concatenate(part) for part in zip(*self._rows, strict=True))
        return IntegerProgram(
            cost=cost,
            indptr=np.concatenate([[0], np.cumsum(lengths)]),
            indices=indices,
            values=values,
            row_lower=row_low,
            row_upper=row_high,
            col_lower=low,
            col_upper=high,
            integrality=whole,
            offset=self.offset,
            blocks=tuple(self._blocks),
        )

    def _block(self, kind: str, name: str, size: int) -> slice:
        if kind == "columns":
            start = self._n_columns
            self._n_columns += size
            self._blocks.append(Block("columns", name, start, start + size))
        else:
            start = self._n_rows
            self._n_rows += size
            self._blocks.append(Block("rows", name, start, start + size))
        return slice(start, start + size)
