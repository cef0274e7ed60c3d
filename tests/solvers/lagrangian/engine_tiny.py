"""Tiny random instances with every feature of the engine, and their optimum by enumeration."""

from __future__ import annotations

import itertools

import numpy as np

from territory_opt.solvers.lagrangian.instance import EngineInstance, Measures, PairCosts
from territory_opt.solvers.lagrangian.score import score


def tiny_instance(
    seed: int, *, n: int = 7, k: int = 3, friction: float = 0.0, free_scale: bool = False, extras: bool = True,
    band: float = 0.4,
) -> EngineInstance:  # fmt: skip
    rng = np.random.default_rng(seed)
    lat, lon = rng.uniform(30, 40, n), rng.uniform(-100, -90, n)
    rep_lat, rep_lon = rng.uniform(30, 40, k), rng.uniform(-100, -90, k)
    allowed = rng.random((2, k)) < 0.8
    allowed[0] = True
    allowed[1, rng.integers(k)] = True
    load, units = rng.lognormal(0, 0.7, n) * 10, rng.integers(1, 4, n).astype(float)
    base = np.column_stack([load, units])
    target = base.sum(0) / k
    lower = np.tile((1 - band) * target, (k, 1))
    upper = np.tile((1 + band) * target, (k, 1))
    lower[:, 1], upper[:, 1] = -np.inf, np.ceil(upper[:, 1]) + 1
    scale = {}
    if free_scale:
        lower[:, 0], upper[:, 0] = 1 - band, 1 + band
        scale = {
            "scale_low": np.array([0.8 * target[0], 1.0]),
            "scale_high": np.array([1.2 * target[0], 1.0]),
        }
    if extras:
        lat[0] = lon[0] = np.nan
        rep_lat[-1] = rep_lon[-1] = np.nan
    pairs = PairCosts()
    table: dict[str, np.ndarray] = {}
    locked = np.full(n, -1)
    if extras:
        pairs = PairCosts(np.array([1, 2, 2]), np.array([0, 1, 2]), np.array([np.inf, 5.0, -3.0]))
        table = {
            "cost_class": rng.integers(0, 2, n), "cost_table": rng.uniform(-5, 20, (2, k)),
            "cost_weight": rng.uniform(0.5, 2, n),
        }  # fmt: skip
        locked[3] = 1
    owner = rng.integers(-1, k, n)
    return EngineInstance(
        lat=lat, lon=lon, rep_lat=rep_lat, rep_lon=rep_lon, travel_hours_per_km=rng.uniform(0.02, 0.2, n),
        travel_weight=1.0, owner_index=owner, move_cost=rng.uniform(0, 30, n) * (owner >= 0),
        measures=Measures(("load", "units"), base, np.array([-friction, 0.0]), lower, upper, **scale),
        class_index=rng.integers(0, 2, n), class_allowed=allowed, locked_rep=locked, pairs=pairs, **table,
    )  # fmt: skip


def best_by_enumeration(inst: EngineInstance) -> float:
    """Least objective over all assignments inside the bands, inf if there is none."""
    best = np.inf
    scale = inst.measures.scale_low
    free = inst.measures.scale_high > inst.measures.scale_low
    for reps in itertools.product(range(inst.n_reps), repeat=inst.n_accounts):
        rep = np.array(reps)
        objective, broken = score(inst, rep, _fitting_scale(inst, rep) if free.any() else scale)
        if not broken:
            best = min(best, objective)
    return best


def _fitting_scale(inst: EngineInstance, rep: np.ndarray) -> np.ndarray:
    """A scale inside its range for which the bands hold, if there is one."""
    measures = inst.measures
    scale = measures.scale_low.copy()
    for m in np.flatnonzero(measures.scale_high > measures.scale_low):
        totals = np.bincount(rep, weights=measures.base[:, m], minlength=inst.n_reps)
        least = max(measures.scale_low[m], float(np.max(totals / measures.upper[:, m])))
        scale[m] = min(least, measures.scale_high[m])
    return scale
