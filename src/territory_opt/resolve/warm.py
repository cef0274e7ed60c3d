"""Prices of the books to begin with: those of the carve before, or the large engine's duals, stopped early."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.errors import UnsupportedError
from territory_opt.multipliers import Multipliers
from territory_opt.problem import Problem
from territory_opt.resolve.items import Items
from territory_opt.resolve.ledgers import Ledger
from territory_opt.resolve.sparse import Sparse
from territory_opt.solvers.bridge import obstacles, to_instance
from territory_opt.solvers.lagrangian.band import build_bands
from territory_opt.solvers.lagrangian.chunks import workers
from territory_opt.solvers.lagrangian.dual import solve_dual
from territory_opt.solvers.lagrangian.items import build_model
from territory_opt.solvers.lagrangian.pack import pack

__all__ = ["engine_prices", "known_prices", "row_duals"]


def known_prices(multipliers: Multipliers | None, ledgers: tuple[Ledger, ...]) -> FloatArray | None:
    """Prices of the carve before the edit, shape (n_ledgers, n_reps); None where it had none of a limited measure."""
    if multipliers is None or not ledgers or not {ledger.measure for ledger in ledgers} <= set(multipliers.measures):
        return None
    # A measure may be limited twice, and may not have been before: each price is used once.
    left = list(multipliers.measures)
    prices = np.zeros((len(ledgers), len(multipliers.per_unit)))
    for row, ledger in enumerate(ledgers):
        if ledger.measure in left:
            at = left.index(ledger.measure)
            prices[row], left[at] = multipliers.per_unit[:, at], ""
    return prices


def row_duals(sparse: Sparse, prices: FloatArray) -> FloatArray:
    """Duals of the rows of a program at prices of the books.

    Parameters
    ----------
    sparse : Sparse
        The rows.
    prices : ndarray of float, shape (n_ledgers, n_reps)
        Objective per unit of the measure.
    """
    dual: FloatArray = np.zeros(sparse.program.n_rows)
    for ledger, (low, high), price in zip(sparse.ledgers, sparse.rows, prices, strict=True):
        row, k = price * ledger.scale, sparse.n_reps
        dual[low : low + k] += row if low == high else np.maximum(row, 0.0)
        dual[high : high + k] += 0.0 if low == high else np.minimum(row, 0.0)
    return dual


def engine_prices(
    problem: Problem, items: Items, home_index: IntArray, steps: int, stop: Callable[[], bool]
) -> FloatArray | None:
    """What a unit of every limited measure is worth in every book, without any limit on moves.

    Parameters
    ----------
    problem : Problem
        The edited problem.
    items : Items
        Its families.
    home_index : ndarray of int, shape (n_reps,)
        Homes of the open reps.
    steps : int
        Steps of the dual ascent, coarse ones included; more are better, and none is needed.
    stop : callable
        True when the caller wants out.

    Returns
    -------
    ndarray of float, shape (n_ledgers, n_reps), or None
        In the order of :func:`territory_opt.resolve.ledgers.lay_ledgers`; None where the engine cannot take the
        problem, or nothing is limited. Any prices make a valid bound.
    """
    if obstacles(problem):
        return None
    try:
        instance = to_instance(problem, items.groups, home_index)
    except UnsupportedError:
        return None
    model = build_model(instance)
    if not instance.n_measures or not model.items.n_items:
        return None
    bands = build_bands(model)
    packed = pack(model, model.items, bands.unit)
    count = 0

    def enough() -> bool:
        nonlocal count
        count += 1
        return count > steps or stop()

    with workers(1) as team:
        price, _ = solve_dual(model, bands, packed, team, stop=enough)
    prices: FloatArray = -(price / bands.unit).T[: instance.n_measures]
    return prices if np.isfinite(prices).all() else None
