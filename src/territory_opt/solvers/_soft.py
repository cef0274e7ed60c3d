"""Let coupling rows give way at a price, so that there is always a point to improve, and a way to feasibility."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.formulation.program import IntegerProgram
from territory_opt.solvers.pairs import Pairs

__all__ = ["giving_way", "row_prices", "soft_rows", "softened"]


def soft_rows(program: IntegerProgram, pairs: Pairs) -> IntArray:
    """Rows that may give way: all but the assignment, and what defines other columns: equations and tangents."""
    is_pair = np.zeros(program.n_columns, dtype=bool)
    is_pair[pairs.columns] = True
    other = np.bincount(program.row_indices(), ~is_pair[program.indices], program.n_rows) > 0
    defines = other & (program.row_lower == program.row_upper)
    bounded = np.isfinite(program.row_lower) | np.isfinite(program.row_upper)
    soft: BoolArray = bounded & ~defines
    soft[pairs.rows] = False
    for block in program.blocks:
        if block.kind == "rows" and block.name.startswith("tangent."):
            soft[block.slice] = False
    return np.flatnonzero(soft)


def row_prices(program: IntegerProgram, rows: IntArray, duals: FloatArray, factor: float) -> FloatArray:
    """What a unit of violation costs on each of ``rows``: ``factor`` times the largest dual of its block.

    At 5 a search may pass through points that break a row; at 100 it soon finds points that keep all.
    """
    size = np.abs(duals)
    highest = float(size[rows].max(initial=0.0)) or 1.0
    price = np.full(program.n_rows, highest)
    for block in program.blocks:
        if block.kind == "rows":
            price[block.slice] = float(size[block.slice].max(initial=0.0)) or highest
    return factor * price[rows]


def softened(program: IntegerProgram, rows: IntArray, prices: FloatArray) -> IntegerProgram:
    """Add a column for falling short and one for going over to each of ``rows``, at the end.

    Examples
    --------
    >>> one = IntegerProgram([1], [0, 1], [0], [1], [2], [2], [0], [1], [1])
    >>> soft = softened(one, np.array([0]), np.array([10.0]))
    >>> soft.cost.tolist(), soft.violation([1, 1, 0])
    ([1.0, 10.0, 10.0], 0.0)
    """
    m, count = program.n_columns, len(rows)
    at = np.repeat(program.indptr[rows + 1], 2)
    extra = np.stack([np.arange(m, m + count), np.arange(m + count, m + 2 * count)], axis=1).ravel()
    signs = np.tile([1.0, -1.0], count)
    grown = np.zeros(program.n_rows + 1, dtype=np.int64)
    grown[rows + 1] = 2
    far = np.inf * np.ones(2 * count)
    return replace(
        program,
        cost=np.concatenate([program.cost, prices, prices]),
        indptr=program.indptr + np.cumsum(grown),
        indices=np.insert(program.indices.astype(np.int64), at, extra),
        values=np.insert(program.values, at, signs),
        col_lower=np.concatenate([program.col_lower, 0 * prices, 0 * prices]),
        col_upper=np.concatenate([program.col_upper, far]),
        integrality=np.concatenate([program.integrality, np.zeros(2 * count, dtype=np.uint8)]),
    )


def giving_way(program: IntegerProgram, rows: IntArray, x: FloatArray) -> FloatArray:
    """Point of the softened program for a point ``x``: each of ``rows`` gives way by as much as it must."""
    level = program.activity(x)[rows]
    short = np.maximum(program.row_lower[rows] - level, 0.0)
    over = np.maximum(level - program.row_upper[rows], 0.0)
    return np.concatenate([x, short, over])
