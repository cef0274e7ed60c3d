"""Multipliers of an instance and the bound that multipliers prove, without looking for an assignment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.solvers.lagrangian.instance import EngineInstance

if TYPE_CHECKING:
    from territory_opt.solvers.lagrangian.items import Model

__all__ = ["bound_at", "near_duals"]


def near_duals(
    instance: EngineInstance,
    known: FloatArray | None = None,
    *,
    start: FloatArray | None = None,
    n_unrounded: int = 0,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[FloatArray, float]:
    """Multipliers per unit of every measure in every book, and the exact bound at them.

    Parameters
    ----------
    instance : EngineInstance
        The arrays.
    known : ndarray of float, shape (k, M), optional
        Multipliers that a solve ended with: they are only priced.
    start : ndarray of float, shape (k, M), optional
        Multipliers to begin from, where those sought are near.
    n_unrounded : int
        So many measures, the last ones, have edges that are no limits of books: they are not rounded to what whole
        accounts can reach.
    stop : callable, optional
        True when there is no more time: what is found by then still proves its bound.

    Returns
    -------
    duals : ndarray of float, shape (k, M)
        Above zero where more is wanted.
    bound : float
        No assignment that keeps the bands costs less.
    """
    from threadpoolctl import threadpool_limits

    from territory_opt.solvers.lagrangian.band import build_bands
    from territory_opt.solvers.lagrangian.chunks import workers
    from territory_opt.solvers.lagrangian.dual import solve_dual
    from territory_opt.solvers.lagrangian.pack import pack
    from territory_opt.solvers.lagrangian.pricing import price_all
    from territory_opt.solvers.lagrangian.strengthen import strengthen

    model = _unrounded(instance, n_unrounded)
    if not model.items.n_items:
        return np.zeros((instance.n_reps, instance.n_measures)), model.fixed_cost
    with threadpool_limits(1), workers(1) as team:
        bands = build_bands(model)
        packed = pack(model, model.items, bands.unit)
        if known is None:
            begin = None if start is None else -start * bands.unit
            price, _ = solve_dual(model, bands, packed, team, stop=stop, start=begin)
        else:
            # An elastic band is not worth more than what a unit outside costs; a row without a band is worth nothing.
            price = np.where(bands.idle, 0.0, np.clip(-known * bands.unit, -bands.most, bands.most))
            if strengthen(model).n_measures > model.n_measures:
                # The solve also had prices of rows that count large accounts, which are no measures of the problem.
                price, _ = solve_dual(model, bands, packed, team, stop=stop, start=price)
        bound = price_all(model, packed, bands, price, team).bound
    return -(price / bands.unit), bound


def _unrounded(instance: EngineInstance, count: int) -> Model:
    """The model of an instance, the last measures as fractional as their edges."""
    from territory_opt.solvers.lagrangian.items import build_model

    model = build_model(instance)
    whole = model.integer_measure.copy()
    whole[len(whole) - count :] = False
    return replace(model, integer_measure=whole)


def bound_at(instance: EngineInstance, duals: FloatArray, *, n_unrounded: int = 0) -> float:
    """Lower bound of an instance at multipliers as they are.

    Parameters
    ----------
    instance : EngineInstance
        The arrays.
    duals : ndarray of float, shape (k, M)
        Per unit of every measure in every book, above zero where more is wanted. Any will do: poor ones make the bound
        weak, never false.
    n_unrounded : int
        As in :func:`near_duals`.

    Returns
    -------
    float
        No assignment that keeps the bands costs less.
    """
    from threadpoolctl import threadpool_limits

    from territory_opt.solvers.lagrangian.band import build_bands
    from territory_opt.solvers.lagrangian.chunks import workers
    from territory_opt.solvers.lagrangian.pack import pack
    from territory_opt.solvers.lagrangian.pricing import price_all

    model = _unrounded(instance, n_unrounded)
    if not model.items.n_items:
        return float(model.fixed_cost)
    with threadpool_limits(1), workers(1) as team:
        bands = build_bands(model)
        price = np.where(bands.idle, 0.0, np.clip(-duals * bands.unit, -bands.most, bands.most))
        return float(price_all(model, pack(model, model.items, bands.unit), bands, price, team).bound)
