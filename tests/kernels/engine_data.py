"""Random instances for kernel tests: every kind of account and rep."""

from __future__ import annotations

import numpy as np

from territory_opt.solvers.lagrangian.instance import EngineInstance, Measures


def random_instance(seed: int, n: int, k: int, m: int, friction: float, n_amounts: int = 0) -> EngineInstance:
    rng = np.random.default_rng(seed)
    lat, lon = rng.uniform(25, 48, n), rng.uniform(-120, -70, n)
    rep_lat, rep_lon = rng.uniform(25, 48, k), rng.uniform(-120, -70, k)
    lat[rng.random(n) < 0.1] = np.nan
    rep_lat[rng.random(k) < 0.2] = np.nan
    allowed = rng.random((3, k)) < 0.6
    allowed[0] = True
    allowed[:, 0] = True
    base = rng.lognormal(0, 0.8, (n, m))
    target = base.sum(0) / k
    lower, upper = np.tile(0.7 * target, (k, 1)), np.tile(1.3 * target, (k, 1))
    lower[rng.random((k, m)) < 0.2] = -np.inf
    upper[rng.random((k, m)) < 0.2] = np.inf
    owner = rng.integers(-1, k, n)
    amounts = rng.uniform(0, 3, (n_amounts, 2, k)) * (rng.random((n_amounts, 1, k)) < 0.8)
    slope = rng.normal(0, 0.3, (n_amounts, m)) * (rng.random((n_amounts, m)) < 0.7)
    return EngineInstance(
        lat=lat, lon=lon, rep_lat=rep_lat, rep_lon=rep_lon, travel_hours_per_km=rng.uniform(0.01, 0.1, n),
        travel_weight=2.0, owner_index=owner, move_cost=rng.uniform(0, 20, n) * (owner >= 0),
        measures=Measures(
            tuple(f"m{j}" for j in range(m)), base, np.where(np.arange(m) == 0, -friction * 0.1, 0.0), lower, upper
        ),
        class_index=rng.integers(0, 3, n), class_allowed=allowed, cost_class=rng.integers(0, 2, n),
        cost_table=rng.uniform(0, 10, (2, k)), cost_weight=rng.uniform(0, 2, n),
        amount_table=amounts if n_amounts else None, per_amount=slope if n_amounts else None,
    )  # fmt: skip
