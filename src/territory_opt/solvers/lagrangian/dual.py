"""Newton ascent of the smoothed dual, from few merged accounts and a warm dual to all of them and a cold one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from territory_opt._typing import FloatArray
from territory_opt.kernels.dual import smoothed_dual
from territory_opt.solvers.lagrangian.band import Bands, smooth_band, typical_amounts
from territory_opt.solvers.lagrangian.chunks import Workers
from territory_opt.solvers.lagrangian.items import Items, Model
from territory_opt.solvers.lagrangian.pack import LANES, Packed, merge_items, pack

__all__ = ["DualPoint", "LevelDual", "ascend", "solve_dual"]

_RIDGE = 1e-6
_OVERSHOOT = 0.5
_GROWTH = 2.0
_FLAT = 1e-2
_LAST_FLAT = 1e-3
_STEPS = 20
_COARSE = (
    (12, (0.2,), 1.5),
    (40, (0.2, 0.1), 1.5),
    (160, (0.1, 0.05, 0.025), 1.5),
    (1000, (0.05, 0.025), 4.0),
)
"""Levels: items per rep, temperatures, and how many times more accounts there must be for the level to pay."""
_WARM = (1.0, 0.4, 0.2, 0.1)
_COLD = (0.05, 0.025, 0.012, 0.006, 0.003)
_SHORTEST = 0.02
_LEAST_DAMPING = 1e-6
_SINGLE = 500
"""Rows from which steps are factorised in single precision: half the time, and a step need not be exact."""
_FAR = 1e30


@dataclass(frozen=True, slots=True)
class DualPoint:
    """Value, gradient (k, M) and minus the Hessian (k M, k M, upper triangle) at some multipliers."""

    value: float
    gradient: FloatArray
    curvature: FloatArray
    scale: FloatArray


class LevelDual:
    """The smoothed dual over one packing of the accounts.

    Notes
    -----
    The curvature is a dense matrix of side reps times measures: 32 MB at 1,000 reps and two measures, and its
    factorisation grows with the cube. Beyond about 5,000 rows a sparse factorisation would be needed.
    """

    def __init__(self, model: Model, items: Items, packed: Packed, bands: Bands, team: Workers) -> None:
        self.packed, self.bands, self._team = packed, bands, team
        self._model = model
        weight = model.travel_weight if model.travel_weight > 0 else 1.0
        self._travel = model.travel_weight / weight
        self._per_hour = model.per_hour / (bands.unit * weight)
        groups, k, m = packed.rows.shape[0], model.n_reps, model.n_measures
        self._lanes = packed.lanes.reshape(groups, packed.lanes.shape[1] * LANES)
        self._spans = np.ascontiguousarray(packed.spans, dtype=np.float32)
        owned = np.where(packed.lane_owner >= 0, packed.lanes[:, 3] * packed.lanes[:, 4].astype(np.float64), 0.0)
        self._owned = float(owned.sum())
        # What the kernel reads of a rep: home, price of a kilometre, whether there is a home, multipliers.
        self._team_rows = np.zeros((5 + m, k), dtype=np.float32)
        self._team_rows[:3], self._team_rows[4] = model.homes.T, model.has_home
        self._ban = np.ascontiguousarray(np.where(model.allowed, 0.0, _FAR), dtype=np.float32)
        self._table = np.ascontiguousarray(model.table, dtype=np.float32)
        self._amounts = np.ascontiguousarray(model.amounts, dtype=np.float32)
        self._per_amount = model.per_amount / bands.unit
        self._amount_rows = self._amounts.reshape(-1, k)
        self._amount_slope = np.ascontiguousarray(self._per_amount, dtype=np.float32)
        self._hour_slope = self._per_hour.astype(np.float32)[None]
        self._idle = np.flatnonzero(bands.idle.ravel())
        self._rooms: dict[int, tuple[NDArray[Any], ...]] = {}
        contribution = np.abs(items.base / bands.unit).sum(0) + (
            np.abs(model.per_hour) / bands.unit * items.travel.sum() * packed.nearest_km
        )
        if model.per_amount.any():
            contribution += typical_amounts(model, items) / bands.unit
        self.cost_unit = float(packed.scale.sum()) * packed.nearest_km
        self._warm = self.cost_unit / np.maximum(contribution, 1e-300)
        # A book that changes by itself when its multiplier moves by one typical amount.
        self.stiffness = np.tile(contribution**2 / (model.n_reps * self.cost_unit), model.n_reps)

    def slope(self, price: FloatArray) -> FloatArray:
        """Return the price of a kilometre per rep (k,), in scales."""
        result: FloatArray = np.where(self._model.has_home, self._travel + price @ self._per_hour, 0.0)
        return result

    def at(self, price: FloatArray, heat: float) -> DualPoint:
        """Evaluate at multipliers (k, M) and a relative temperature."""
        k, m = price.shape
        packed, table, team_rows = self.packed, self._table, self._team_rows.copy()
        # Where no assignment fits the bands the prices run away, out of what single precision holds.
        team_rows[3], team_rows[5:] = np.clip(self.slope(price), -_FAR, _FAR), np.clip(price.T, -_FAR, _FAR)
        for amounts, one in zip(self._amounts, self._per_amount, strict=True):
            table = table + amounts * (price @ one).astype(np.float32)

        def part(chunk: int, first: int, last: int) -> tuple[float, FloatArray, FloatArray]:
            gradient, (v, spare, index, matrix) = np.zeros((k, m)), self._room(chunk)
            value = smoothed_dual(
                first, last, self._lanes, packed.lane_owner, self._spans, packed.rows, team_rows, self._ban, table,
                self._amount_rows, self._amount_slope, self._hour_slope, np.float32(heat), v, spare, index, gradient,
                matrix,
            )  # fmt: skip
            return value, gradient, matrix

        value, gradient, curvature = self._owned, np.zeros((k, m)), np.empty((0, 0))
        for one_value, one_gradient, one_matrix in self._team.run(part, packed.rows.shape[0]):
            value += one_value
            gradient += one_gradient
            if curvature.size:
                curvature += one_matrix
            else:
                curvature = one_matrix
        band = smooth_band(self.bands, price, heat * self._warm, heat * self.cost_unit * 0.01)
        gradient += band.slope
        spot = np.einsum("ii->i", curvature)
        spot += band.bend.ravel()
        for free in np.flatnonzero(band.ray):
            index = np.arange(k) * m + free
            curvature[np.ix_(index, index)] += band.ray[free] * np.outer(band.push[:, free], band.push[:, free])
        idle = self._idle
        if idle.size:
            gradient[self.bands.idle] = 0.0
            curvature[idle, :], curvature[:, idle], curvature[idle, idle] = 0.0, 0.0, 1.0
        return DualPoint(value + band.value, gradient, curvature, band.scale)

    def _room(self, chunk: int) -> tuple[NDArray[Any], ...]:
        """Return the kernel's room to work in and a zeroed matrix, all but the first matrix kept between evaluations.

        The first matrix becomes part of an answer, which may outlive the next evaluation.
        """
        k, m = self._model.n_reps, self._model.n_measures
        size = k * m
        if chunk not in self._rooms:
            matrix = np.empty((size, size)) if chunk else np.empty((0, 0))
            self._rooms[chunk] = (
                np.empty((k, LANES), np.float32), np.empty((2 + m, 3 * LANES + size), np.float32),
                np.empty((4, size + 1), np.int32), matrix,
            )  # fmt: skip
        *room, matrix = self._rooms[chunk]
        if not chunk:
            return *room, np.zeros((size, size))
        matrix.fill(0.0)
        return *room, matrix


def ascend(
    level: LevelDual,
    price: FloatArray,
    heats: tuple[float, ...],
    *,
    stop: Callable[[], bool],
    last_flat: float = _FLAT,
    damping: float = _LEAST_DAMPING,
) -> tuple[FloatArray, FloatArray]:
    """Climb the dual at falling temperatures.

    Parameters
    ----------
    level : LevelDual
        The dual.
    price : ndarray of shape (k, M)
        Start.
    heats : tuple of float
        Relative temperatures, warm to cold.
    stop : callable
        Asked before every step.
    last_flat : float
        At the last temperature stop when a step promises less than this part of the smoothing.
    damping : float
        First damping, in parts of a book's natural stiffness; more where the start is known to be off a ridge.

    Returns
    -------
    price : ndarray of shape (k, M)
        The multipliers reached.
    scale : ndarray of shape (M,)
        The scales in use there.

    Notes
    -----
    Damping kills the smooth modes that carry load between regions, so it stays at 1e-6 of a book's natural
    stiffness unless steps fail; where owners hold on to everything the curvature vanishes and steps do fail.
    """
    scale = level.bands.scale_low
    for heat in heats:
        point, last = level.at(price, heat), 1.0
        flat = last_flat if heat == heats[-1] else _FLAT
        for _ in range(_STEPS):
            if stop():
                return np.clip(price, -level.bands.most, level.bands.most), point.scale
            step, gain = _newton(point, damping * level.stiffness)
            if gain <= flat * heat * level.cost_unit:
                break
            alpha = min(1.0, _GROWTH * last)
            while True:
                trial = level.at(price + alpha * step, heat)
                slope = float(np.sum(step * trial.gradient))
                if slope >= -_OVERSHOOT * gain or alpha < _SHORTEST:
                    break
                alpha *= min(max(gain / (gain - slope), 0.05), 0.6)
            if slope < -gain:
                damping *= 100.0
                continue
            price, point, last = price + alpha * step, trial, alpha
            damping = max(damping * (0.1 if alpha > 0.3 else 3.0), _LEAST_DAMPING)
        scale = point.scale
    return np.clip(price, -level.bands.most, level.bands.most), scale


def _newton(point: DualPoint, ridge: FloatArray) -> tuple[FloatArray, float]:
    """Return the Newton step (k, M) and the gain it promises."""
    size = ridge.size
    single = size > _SINGLE
    least = 1e-12 * max(float(np.abs(np.einsum("ii->i", point.curvature)).max(initial=0.0)), 1e-30)
    factorise, backward = (lapack.spotrf, lapack.spotrs) if single else (lapack.dpotrf, lapack.dpotrs)
    if not (np.isfinite(point.gradient).all() and np.isfinite(ridge).all()):
        return np.zeros(point.gradient.shape), 0.0
    while True:
        matrix: NDArray[np.floating[Any]] = point.curvature.astype(np.float32 if single else np.float64)
        spot = np.einsum("ii->i", matrix)
        spot += ridge + _RIDGE * spot
        # LAPACK reads columns: the transpose of a C-ordered upper triangle is its lower one.
        factor, info = factorise(matrix.T, lower=1, clean=0, overwrite_a=1)
        if info == 0:
            answer, _ = backward(factor, point.gradient.reshape(size), lower=1)
            step = np.asarray(answer, dtype=np.float64)
            return step.reshape(point.gradient.shape), float(np.dot(step, point.gradient.ravel()))
        ridge = 100.0 * np.maximum(ridge, least)


def solve_dual(
    model: Model, bands: Bands, packed: Packed, team: Workers, *, stop: Callable[[], bool],
    start: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Return near-optimal multipliers (k, M), per average contribution, and the scales in use.

    Notes
    -----
    Coarse to fine: neighbours merged to about 12 per rep, then 40, 160 and, where there are many, 1,000, then all. From
    a ``start`` that is known to be near, all at once.
    """
    k, n = model.n_reps, model.items.n_items
    price = np.zeros((k, model.n_measures)) if start is None else start.copy()
    first = price
    scale = bands.scale_low
    if not model.n_measures:
        return price, scale
    for per_rep, heats, times in _COARSE if start is None else ():
        if n > times * per_rep * k:
            coarse = merge_items(model, per_rep * k)
            level = LevelDual(coarse, coarse.items, pack(coarse, coarse.items, bands.unit), bands, team)
            price, scale = ascend(level, _better(level, price, first, heats[0]), heats, stop=stop)
    level = LevelDual(model, model.items, packed, bands, team)
    ladder: tuple[float, ...] = _COLD if start is not None or n > 60 * k else _WARM + _COLD
    price = _better(level, price, first, ladder[0])
    if start is None and price is first:
        ladder = _WARM + _COLD
    return ascend(level, price, ladder, last_flat=_LAST_FLAT, stop=stop)


def _better(level: LevelDual, price: FloatArray, first: FloatArray, heat: float) -> FloatArray:
    """Return the multipliers of a coarser level, or the first ones where those are worth more.

    Merged accounts may have no fractional solution where the accounts have one: then the coarse dual runs away.
    """
    if price is first or level.at(price, heat).value >= level.at(first, heat).value:
        return price
    return first
