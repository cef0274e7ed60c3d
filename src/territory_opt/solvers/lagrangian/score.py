"""Objective and bands of an assignment, recomputed from the instance alone."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.solvers.lagrangian.instance import EngineInstance

__all__ = ["FEASIBILITY", "score"]

FEASIBILITY = 1e-8
"""Relative tolerance of a band."""

_RADIUS_KM = 6371.0088


def score(inst: EngineInstance, rep_index: IntArray, scale: FloatArray) -> tuple[float, str]:
    """Return the objective and a sentence about a broken rule ("" when all hold).

    Parameters
    ----------
    inst : EngineInstance
        The instance.
    rep_index : ndarray of shape (n,)
        Rep of every account.
    scale : ndarray of shape (M,)
        Scale the bands are read with.

    Notes
    -----
    Haversine distances and plain sums: shares no code with the search or the bound.
    """
    n = rep_index.size
    assert inst.cost_table is not None and inst.locked_rep is not None
    assert inst.cost_class is not None and inst.cost_weight is not None
    assert inst.amount_table is not None and inst.per_amount is not None
    wrong = np.flatnonzero((inst.locked_rep >= 0) & (inst.locked_rep != rep_index))
    if wrong.size:
        return np.inf, f"account {wrong[0]} left the rep it is locked to"
    wrong = np.flatnonzero(~inst.class_allowed[inst.class_index, rep_index] & (inst.locked_rep < 0))
    if wrong.size:
        return np.inf, f"account {wrong[0]} has rep {rep_index[wrong[0]]}, who may not have it"
    hours = inst.travel_hours_per_km * _haversine(inst.lat, inst.lon, inst.rep_lat[rep_index], inst.rep_lon[rep_index])
    moved = (inst.owner_index >= 0) & (inst.owner_index != rep_index)
    objective = inst.travel_weight * float(hours.sum()) + float(inst.move_cost[moved].sum())
    objective += float(np.sum(inst.cost_weight * inst.cost_table[inst.cost_class, rep_index]))
    chosen = rep_index[inst.pairs.account_index] == inst.pairs.rep_index
    extra = float(np.sum(inst.pairs.cost[chosen]))
    if not np.isfinite(extra):
        return np.inf, "a forbidden pair was chosen"
    objective += extra
    broken = ""
    measures = inst.measures
    assert measures.elastic is not None
    for m, name in enumerate(measures.names):
        amount = measures.base[:, m] + measures.per_hour[m] * hours
        for table, slope in zip(inst.amount_table, inst.per_amount[:, m], strict=True):
            amount = amount + slope * inst.cost_weight * table[inst.cost_class, rep_index]
        total = np.bincount(rep_index, weights=amount, minlength=inst.n_reps) if n else np.zeros(inst.n_reps)
        lower, upper = measures.lower[:, m] * scale[m], measures.upper[:, m] * scale[m]
        room = FEASIBILITY * np.maximum(1.0, np.abs(total))
        if np.isfinite(measures.elastic[m]):
            outside = np.maximum(lower - total, 0.0) + np.maximum(total - upper, 0.0)
            objective += float(measures.elastic[m] * outside.sum())
            continue
        bad = np.flatnonzero((total < lower - room) | (total > upper + room))
        if bad.size and not broken:
            j = bad[0]
            broken = f"rep {j}: {name} is {total[j]:.9g}, outside [{lower[j]:.9g}, {upper[j]:.9g}]"
    return objective, broken


def _haversine(lat1: FloatArray, lon1: FloatArray, lat2: FloatArray, lon2: FloatArray) -> FloatArray:
    """Return great-circle kilometres, 0 where a position is unknown."""
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half = np.sin((phi2 - phi1) / 2) ** 2
    half = half + np.cos(phi1) * np.cos(phi2) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    km: FloatArray = 2 * _RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return np.where(np.isnan(km), 0.0, km)
