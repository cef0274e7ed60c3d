"""A seeded market for the fairness benchmark."""

from __future__ import annotations

from typing import Any

import numpy as np

SEED = 20_260


def market(n_accounts: int, n_reps: int, *, places: bool = False) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """Account columns, rep columns, and the rep of every account."""
    rng = np.random.default_rng(SEED)
    is_named = rng.random(n_accounts) < 0.6
    named = np.where(is_named, rng.lognormal(10.0, 1.2, n_accounts), 0.0).round(2)
    more = ~is_named | (rng.random(n_accounts) < 0.3)
    white = np.where(more, rng.lognormal(9.5, 1.2, n_accounts), 0.0).round(2)
    sizes = np.array(["SMB", "mid-market", "enterprise"], dtype=object)
    rep_index = np.concatenate([np.arange(n_reps), rng.integers(0, n_reps, n_accounts - n_reps)])
    accounts = {
        "account_id": [f"a{i}" for i in range(n_accounts)],
        "named_acv": named,
        "white_space_acv": white,
        "partner_sourced": (rng.random(n_accounts) < 0.1).astype(np.float64),
        "segment": sizes[np.digitize(named + white, [40e3, 200e3])],
    }
    reps: dict[str, Any] = {"rep_id": [f"r{j}" for j in range(n_reps)]}
    if places:
        lat, lon = rng.uniform(27, 47, n_reps), rng.uniform(-121, -71, n_reps)
        reps |= {"lat": lat, "lon": lon}
        accounts["lat"] = lat[rep_index] + rng.normal(0, 0.3, n_accounts)
        accounts["lon"] = lon[rep_index] + rng.normal(0, 0.3, n_accounts)
    return accounts, reps, rep_index


def values_of(accounts: dict[str, Any]) -> Any:
    """Five measures as arrays, shape (5, n): load, TAM, named, white-space and partner ACV."""
    named, white = accounts["named_acv"], accounts["white_space_acv"]
    partner = accounts["partner_sourced"]
    load = (0.6 * named + 0.4 * white) * np.where(partner > 0, 0.675, 1.0)
    return np.stack([load, named + white, named, white, (named + white) * partner])
