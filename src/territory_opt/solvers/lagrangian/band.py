"""The band part of the dual: what a multiplier earns from the room a band leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from territory_opt._typing import BoolArray, FloatArray
from territory_opt.solvers.lagrangian.items import Items, Model, row_amounts

_STEEP = 20.0
"""How much of the parabola beyond the largest multiplier a whole book bends, in multipliers: overshoots stay at 5 %."""

__all__ = ["Bands", "SmoothBand", "build_bands", "hard_band", "smooth_band", "typical_amounts"]


@dataclass(frozen=True, slots=True)
class Bands:
    """Finite bands of the free accounts' totals, in average contributions.

    Parameters
    ----------
    lower, upper : ndarray of shape (k, M)
        Finite; a missing side is replaced by the least or largest total any assignment can give. Shares of the
        scale where that is free.
    shift : ndarray of shape (k, M)
        Totals of the fixed accounts where the scale is free (elsewhere already inside the band).
    idle : ndarray of shape (k, M), bool
        Rows without any band: their multiplier stays 0.
    scale_low, scale_high : ndarray of shape (M,)
        Range of the common scale.
    unit : ndarray of shape (M,)
        Size of an average contribution.
    most : ndarray of shape (M,)
        Largest multiplier: what a unit outside an elastic band costs; infinite where the band must hold.
    """

    lower: FloatArray
    upper: FloatArray
    shift: FloatArray
    idle: BoolArray
    scale_low: FloatArray
    scale_high: FloatArray
    unit: FloatArray
    most: FloatArray

    @property
    def free(self) -> BoolArray:
        """Measures with a free scale, shape (M,)."""
        result: BoolArray = self.scale_high > self.scale_low
        return result


def build_bands(model: Model) -> Bands:
    """Return the bands of a model with every infinite side replaced by a valid finite one."""
    items = model.items
    unit = measure_unit(model)
    far = np.pi * 6371.0088 * items.travel.sum() if model.has_home.any() else 0.0
    bend = model.per_hour * far
    most = np.maximum(items.base, 0).sum(0) + np.maximum(bend, 0)
    least = np.minimum(items.base, 0).sum(0) + np.minimum(bend, 0)
    for m in np.flatnonzero(model.per_amount.any(0)):
        more = row_amounts(model, int(m))
        most[m] += np.sum(items.table_weight * np.maximum(more.max(1), 0.0)[items.table_row])
        least[m] += np.sum(items.table_weight * np.minimum(more.min(1), 0.0)[items.table_row])
    free = model.free_scale
    lower, upper = model.band(np.where(free, 1.0, model.scale_low))
    soft = np.isfinite(model.elastic)
    lower = np.where(soft, model.soft_lower - model.fixed_totals, lower)
    upper = np.where(soft, model.soft_upper - model.fixed_totals, upper)
    shift = np.where(free, model.fixed_totals, 0.0)
    lower, upper = lower + shift, upper + shift
    idle = (np.isneginf(lower) & np.isposinf(upper)) | (model.elastic == 0.0)
    # A free scale multiplies its band, so a missing side has to hold at the smallest scale.
    floor = np.where(free, (least + np.minimum(shift, 0)) / np.maximum(model.scale_low, 1e-300), least)
    roof = np.where(free, (most + np.maximum(shift, 0)) / np.maximum(model.scale_low, 1e-300), most)
    lower = np.where(np.isneginf(lower), np.minimum(floor, upper), lower)
    upper = np.where(np.isposinf(upper), np.maximum(roof, lower), upper)
    most_price = model.elastic * unit
    return Bands(lower / unit, upper / unit, shift / unit, idle, model.scale_low, model.scale_high, unit, most_price)


def measure_unit(model: Model) -> FloatArray:
    """Return the size of an average contribution per measure, shape (M,); 1 where all are zero."""
    items = model.items
    size = np.abs(items.base).mean(0) if items.n_items else np.zeros(model.n_measures)
    if model.has_home.any() and items.n_items:
        size = size + np.abs(model.per_hour) * float(items.travel.mean()) * 10.0
    if items.n_items:
        size = size + typical_amounts(model, items) / items.n_items
    result: FloatArray = np.where(size > 0, size, 1.0)
    return result


def typical_amounts(model: Model, items: Items) -> FloatArray:
    """Return about what the rows add to every measure in all, (M,): of each row the third smallest amount."""
    result = np.zeros(model.n_measures)
    third = min(3, model.n_reps) - 1
    for m in np.flatnonzero(model.per_amount.any(0)):
        size = np.partition(np.abs(row_amounts(model, int(m))), third, axis=1)[:, third]
        result[m] = np.sum(items.table_weight * size[items.table_row])
    return result


@dataclass(frozen=True, slots=True)
class SmoothBand:
    """Value and derivatives of the smoothed band part.

    ``value``; ``slope`` (k, M); ``bend`` (k, M), minus the diagonal of the Hessian; ``ray`` (M,) and ``push`` (k, M):
    minus the Hessian also holds ``ray_m push_m push_m'``; ``scale`` (M,), the scales in use.
    """

    value: float
    slope: FloatArray
    bend: FloatArray
    ray: FloatArray
    push: FloatArray
    scale: FloatArray


def smooth_band(bands: Bands, price: FloatArray, heat: FloatArray, total_heat: float) -> SmoothBand:
    """Return the smoothed ``min -sum_jm price_jm u_jm`` over totals u inside the bands.

    Parameters
    ----------
    bands : Bands
        Bands of the free accounts.
    price : ndarray of shape (k, M)
        Multipliers, positive when the upper side pushes.
    heat : ndarray of shape (M,)
        Temperature of the multipliers.
    total_heat : float
        Temperature of the choice of a free scale, in objective units.

    Notes
    -----
    One row gives ``-t lo - (hi - lo) d log(1 + exp(t / d))``. Beyond the largest multiplier of an elastic band a steep
    parabola takes over. With a free scale T in [a, b] the rows of a measure
    give ``T phi`` and the least over T is smoothed the same way: ``a phi - (b - a) D log(1 + exp(-phi / D))``.
    """
    width = bands.upper - bands.lower
    state = expit(price / heat)
    row = -price * bands.lower - width * heat * np.logaddexp(0.0, price / heat)
    slope = -(bands.lower + width * state)
    bend = width * state * (1.0 - state) / heat
    beyond = np.abs(price) - bands.most
    over = np.maximum(beyond, 0.0)
    if over.any():
        steep = _STEEP * np.maximum(np.abs(bands.lower), np.abs(bands.upper)).mean(0) / np.maximum(bands.most, 1e-300)
        row = row - np.where(over > 0, 0.5 * steep * over**2, 0.0)
        slope = slope - np.where(over > 0, steep * over * np.sign(price), 0.0)
        bend = bend + np.where(over > 0, steep, 0.0)
    ray, scale = np.zeros(heat.size), bands.scale_low.copy()
    free = bands.free
    value = float(row[:, ~free].sum())
    push = slope
    if free.any():
        reach = (bands.scale_high - bands.scale_low)[free]
        phi, cold = row[:, free].sum(0), total_heat / reach
        grow = expit(-phi / cold)
        scale = scale.copy()
        scale[free] += reach * grow
        value += float(np.sum(bands.scale_low[free] * phi - reach * cold * np.logaddexp(0.0, -phi / cold)))
        value += float(np.sum(price[:, free] * bands.shift[:, free]))
        ray[free] = reach * grow * (1.0 - grow) / cold
        slope = np.where(free, slope * scale + bands.shift, slope)
        bend = np.where(free, bend * scale, bend)
    return SmoothBand(value, slope, bend, ray, push, scale)


def hard_band(bands: Bands, price: FloatArray) -> tuple[float, FloatArray]:
    """Return the exact band part of the dual and the scales that attain it; the price is within ``bands.most``."""
    row = -np.where(price > 0, price * bands.upper, price * bands.lower)
    by_measure = row.sum(0)
    free = bands.free
    scale = np.where(free & (by_measure < 0), bands.scale_high, bands.scale_low)
    value = np.where(free, scale * by_measure + np.sum(price * bands.shift, axis=0), by_measure)
    return float(value.sum()), scale
