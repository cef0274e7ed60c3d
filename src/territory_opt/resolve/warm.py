"""Prices of the books to begin with: the large engine's duals, stopped early."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.errors import UnsupportedError
from territory_opt.problem import Problem
from territory_opt.resolve.items import Items
from territory_opt.solvers.bridge import obstacles, to_instance
from territory_opt.solvers.lagrangian.band import build_bands
from territory_opt.solvers.lagrangian.chunks import workers
from territory_opt.solvers.lagrangian.dual import solve_dual
from territory_opt.solvers.lagrangian.items import build_model
from territory_opt.solvers.lagrangian.pack import pack

__all__ = ["engine_prices"]


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
