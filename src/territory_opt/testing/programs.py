"""Small programs whose answers are known by counting, for the conformance suite."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from territory_opt._typing import FloatArray
from territory_opt.formulation.program import IntegerProgram

__all__ = ["counted_optimum", "dense_program", "market_split", "random_program", "tiny_carve"]


def dense_program(
    cost: ArrayLike,
    matrix: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    whole: ArrayLike | None = None,
    offset: float = 0.0,
) -> IntegerProgram:
    """Make a program from a dense matrix; columns are binaries unless said otherwise.

    Examples
    --------
    >>> dense_program([1, 2], [[1, 1]], [1], [1])
    IntegerProgram(1 rows, 2 columns (2 integer), 2 nonzeros)
    """
    from scipy.sparse import csr_array

    costs = np.asarray(cost, dtype=np.float64)
    rows = csr_array(np.asarray(matrix, dtype=np.float64).reshape(-1, len(costs)))
    ones = np.ones(len(costs))
    return IntegerProgram(
        cost=costs,
        indptr=rows.indptr,
        indices=rows.indices,
        values=rows.data,
        row_lower=np.asarray(lower, dtype=np.float64),
        row_upper=np.asarray(upper, dtype=np.float64),
        col_lower=0 * ones if low is None else np.asarray(low, dtype=np.float64),
        col_upper=ones if high is None else np.asarray(high, dtype=np.float64),
        integrality=ones.astype(np.uint8) if whole is None else np.asarray(whole, dtype=np.uint8),
        offset=offset,
    )


def counted_optimum(program: IntegerProgram) -> float | None:
    """Optimum of a pure binary program by trying every point; None when no point is feasible.

    Examples
    --------
    >>> counted_optimum(dense_program([1, 2], [[1, 1]], [1], [1]))
    1.0
    """
    points = (np.array(point, dtype=np.float64) for point in product((0, 1), repeat=program.n_columns))
    found = [program.objective(x) for x in points if program.violation(x) <= 1e-9]
    return min(found, default=None)


def random_program(seed: int, n_columns: int = 9, n_rows: int = 4) -> IntegerProgram:
    """Make a pure binary program with ranged rows and small whole coefficients; some have no solution."""
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-3, 6, (n_rows, n_columns)) * (rng.random((n_rows, n_columns)) < 0.7)
    middle = matrix.sum(axis=1) / 2
    width = rng.integers(0, 3, n_rows)
    return dense_program(
        rng.integers(-5, 10, n_columns),
        matrix,
        np.floor(middle) - width,
        np.floor(middle) + width,
        offset=float(rng.integers(-4, 5)),
    )


def tiny_carve(seed: int = 0, n_accounts: int = 8, n_reps: int = 3, scale: float = 1.0) -> IntegerProgram:
    """Make a carve: assignment rows, explicit loads as free columns, a band on their free mean, ranged units.

    ``scale`` multiplies the loads: ``1e6`` makes rows of money, with coefficients far from 1.
    """
    rng = np.random.default_rng(seed)
    n_pairs = n_accounts * n_reps
    account, rep = np.divmod(np.arange(n_pairs), n_reps)
    load, units = rng.lognormal(0, 0.4, n_accounts) * scale, rng.integers(1, 4, n_accounts)
    width = n_pairs + n_reps + 1
    eye, mean = np.eye(n_reps), np.full((n_reps, 1), 1.0)
    x_load, x_units = np.zeros((2, n_reps, n_pairs))
    x_load[rep, np.arange(n_pairs)] = load[account]
    x_units[rep, np.arange(n_pairs)] = units[account]
    assign = np.zeros((n_accounts, n_pairs))
    assign[account, np.arange(n_pairs)] = 1
    none, far = np.zeros((n_reps, n_pairs)), np.full(n_reps, np.inf)
    matrix = np.vstack(
        [
            np.hstack([assign, np.zeros((n_accounts, n_reps + 1))]),
            np.hstack([x_load, -eye, 0 * mean]),
            np.hstack([np.zeros((1, n_pairs)), np.ones((1, n_reps)), [[-float(n_reps)]]]),
            np.hstack([none, eye, -1.3 * mean]),
            np.hstack([none, eye, -0.7 * mean]),
            np.hstack([x_units, 0 * eye, 0 * mean]),
        ]
    )
    ones, zeros, target = np.ones(n_accounts), np.zeros(n_reps), units.sum() / n_reps
    return dense_program(
        np.concatenate([rng.uniform(1, 9, n_pairs), np.zeros(n_reps + 1)]),
        matrix,
        np.concatenate([ones, zeros, [0], -far, zeros, zeros + np.floor(0.6 * target)]),
        np.concatenate([ones, zeros, [0], zeros, far, zeros + np.ceil(1.4 * target)]),
        low=np.where(np.arange(width) < n_pairs, 0.0, -np.inf),
        high=np.where(np.arange(width) < n_pairs, 1.0, np.inf),
        whole=np.arange(width) < n_pairs,
    )


def market_split(seed: int = 3, n_rows: int = 5, n_columns: int = 40) -> tuple[IntegerProgram, FloatArray]:
    """Make a market-split program, out of reach of branch and bound, with a solution planted; returns both."""
    rng = np.random.default_rng(seed)
    matrix = rng.integers(1, 100, (n_rows, n_columns))
    planted = (rng.random(n_columns) < 0.5).astype(np.float64)
    level = matrix @ planted
    return dense_program(rng.integers(1, 10, n_columns), matrix, level, level), planted
