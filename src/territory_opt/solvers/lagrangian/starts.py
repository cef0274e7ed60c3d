"""What a caller knows beforehand, in the terms of one solve: an assignment, a near one, multipliers."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.solvers.lagrangian.band import Bands
from territory_opt.solvers.lagrangian.instance import EngineInstance
from territory_opt.solvers.lagrangian.items import Model
from territory_opt.solvers.lagrangian.score import score

__all__ = ["allowed_or", "as_price", "known_start"]


def known_start(inst: EngineInstance, start: IntArray | None, scale: FloatArray) -> tuple[IntArray, float] | None:
    """Return a caller's assignment and its objective, None unless it satisfies everything."""
    if start is None:
        return None
    start = np.ascontiguousarray(start, dtype=np.int64)
    if start.shape != (inst.n_accounts,) or start.min(initial=0) < 0 or start.max(initial=0) >= inst.n_reps:
        return None
    objective, broken = score(inst, start, scale)
    return None if broken else (start, objective)


def allowed_or(model: Model, rep: IntArray, other: IntArray) -> IntArray:
    """Return the reps of the free accounts, and the other ones where an account may not go to its own."""
    fits = (rep >= 0) & model.allowed[model.items.class_row, np.maximum(rep, 0)]
    result: IntArray = np.where(fits, rep, other)
    return result


def as_price(duals: FloatArray, bands: Bands) -> FloatArray:
    """Return multipliers per average contribution, zero for the rows that the reduction added."""
    price = np.zeros((duals.shape[0], bands.unit.size))
    price[:, : duals.shape[1]] = -duals
    price = np.clip(price * bands.unit, -bands.most, bands.most)
    price[bands.idle] = 0.0
    return price
