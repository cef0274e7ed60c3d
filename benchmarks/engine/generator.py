"""Seeded instances for the engine benchmarks: a country of cities, reps in them, and books held today.

The shape follows the description in the design notes: Zipf cities, log-normal account values, tiers by quantile,
one vertical everybody serves and nine that each rep serves with probability one half.
"""

from __future__ import annotations

import numpy as np

from territory_opt.solvers.lagrangian.instance import EngineInstance, Measures

N_CITIES = 300
N_VERTICALS = 10
RURAL_SHARE = 0.08
LAT_RANGE = (27.0, 47.0)
LON_RANGE = (-121.0, -71.0)
KM_PER_DEGREE = 111.195


def make_instance(
    n_accounts: int,
    n_reps: int,
    *,
    seed: int,
    load_band: float = 0.05,
    units_band: float = 0.10,
    friction_per_hour: float = 0.0,
    n_lumps: int = 0,
    lump_share: float = 0.0,
    move_price: float = 20.0,
    n_exact: int = 0,
    exact_fill: float = 0.999,
) -> EngineInstance:
    """Return one instance; cost in minutes of travel a year, money in thousands.

    ``n_lumps`` accounts are raised to ``lump_share`` of the mean full book's load. With ``n_exact`` a further class
    of accounts is served by that many reps alone, and brings ``exact_fill`` of all they have room for: packed book by
    book, so that an assignment inside the upper bounds exists when it is below 1, and none when it is above.
    """
    rng = np.random.default_rng([seed, n_accounts, n_reps])
    weight = 1.0 / np.arange(1, N_CITIES + 1)
    city_lat = rng.uniform(*LAT_RANGE, N_CITIES)
    city_lon = rng.uniform(*LON_RANGE, N_CITIES)
    lat, lon, city = _places(rng, n_accounts, city_lat, city_lon, weight)
    rep_lat, rep_lon, _ = _places(rng, n_reps, city_lat, city_lon, weight)
    named = 25.0 * rng.lognormal(0.0, 1.2, n_accounts)
    white = 15.0 * rng.lognormal(0.0, 1.2, n_accounts)
    low, high = np.quantile(named, [0.50, 0.85])
    tier = (named > low).astype(np.int64) + (named > high)
    visits = np.array([2.0, 6.0, 12.0])[tier]
    units = np.array([1.0, 2.0, 3.0])[tier]
    load = 0.6 * named + 0.4 * white
    minutes = np.where(city < 0, 0.8, np.where(city < 30, 1.5, 1.15))
    vertical = np.where(rng.random(n_accounts) < 0.6, 0, rng.integers(1, N_VERTICALS, n_accounts))
    allowed = rng.random((N_VERTICALS, n_reps)) < 0.5
    allowed[0] = True
    share = rng.choice([0.6, 0.8, 1.0], n_reps, p=[0.1, 0.2, 0.7])
    for row in range(1, N_VERTICALS):  # a vertical nobody serves would make every instance infeasible
        if not allowed[row].any():
            allowed[row, rng.integers(n_reps)] = True
    if n_lumps:
        chosen = rng.choice(n_accounts, n_lumps, replace=False)
        # a lump is this share of a full book of the finished instance: l = q (rest + c l) / sum of shares
        rest = load.sum() - load[chosen].sum()
        load[chosen] = lump_share * rest / (share.sum() - n_lumps * lump_share)
        vertical[chosen] = 0
    owner = _owners(rng, lat, lon, rep_lat, rep_lon, vertical, allowed)
    base = np.column_stack([load, units])
    target = share[:, None] * base.sum(0)[None, :] / share.sum()
    band = np.array([load_band, units_band])
    lower, upper = (1 - band) * target, (1 + band) * target
    lower[:, 1], upper[:, 1] = np.ceil(lower[:, 1] - 1e-9), np.floor(upper[:, 1] + 1e-9)
    if n_exact:
        vertical, allowed = _exactly_enough(rng, base, upper, vertical, allowed, n_exact, exact_fill)
        owner = _owners(rng, lat, lon, rep_lat, rep_lon, vertical, allowed)
    # A pair of hours: visits * km * minutes / 60; the objective is minutes, so an hour weighs 60.
    return EngineInstance(
        lat=lat, lon=lon, rep_lat=rep_lat, rep_lon=rep_lon,
        travel_hours_per_km=visits * minutes / 60.0, travel_weight=60.0,
        owner_index=owner, move_cost=np.where(owner >= 0, move_price * (named + white), 0.0),
        measures=Measures(("load", "account_units"), base, np.array([-friction_per_hour, 0.0]), lower, upper),
        class_index=vertical, class_allowed=allowed,
    )  # fmt: skip


def _exactly_enough(rng, base, upper, vertical, allowed, n_reps, fill):  # type: ignore[no-untyped-def]
    """Put accounts of the common vertical into a new class until the books of its only reps are as full as asked."""
    full = np.argsort(-upper[:, 0], kind="stable")[: 3 * n_reps]
    reps = rng.choice(full, n_reps, replace=False)
    room = fill * upper[reps]
    total, chosen = np.zeros_like(room), []
    left = list(rng.permutation(np.flatnonzero(vertical == 0)))
    while left:
        # The emptiest book gets, of the next few accounts, the one that keeps its measures abreast.
        book = int(np.argmin((total / room).max(1)))
        after = (total[book] + base[left[:16]]) / room[book]
        uneven = np.where((after <= 1.0).all(1), after.max(1) - after.min(1), np.inf)
        best = int(np.argmin(uneven))
        if np.isinf(uneven[best]):
            del left[:16]
            continue
        chosen.append(left.pop(best))
        total[book] += base[chosen[-1]]
    vertical = vertical.copy()
    vertical[chosen] = allowed.shape[0]
    served = np.zeros((1, allowed.shape[1]), dtype=bool)
    served[0, reps] = True
    # A rep of the new class may have any of the others too: nothing but the full book keeps them away. They must
    # not be the only reps of another class, though.
    others = ~served[0]
    allowed = np.where(allowed[:, others].any(1)[:, None], allowed, others[None, :])
    return vertical, np.vstack([allowed, served])


def _places(rng, n, city_lat, city_lon, weight):  # type: ignore[no-untyped-def]
    city = rng.choice(N_CITIES, n, p=weight / weight.sum())
    spread = 32.0 * weight[city] ** 0.25 * rng.uniform(0.45, 1.0, N_CITIES)[city]
    lat = city_lat[city] + rng.normal(0, 1, n) * spread / KM_PER_DEGREE
    lon = city_lon[city] + rng.normal(0, 1, n) * spread / (KM_PER_DEGREE * np.cos(np.radians(city_lat[city])))
    rural = rng.random(n) < RURAL_SHARE
    lat = np.where(rural, rng.uniform(*LAT_RANGE, n), lat)
    lon = np.where(rural, rng.uniform(*LON_RANGE, n), lon)
    return lat, lon, np.where(rural, -1, city)


def _owners(rng, lat, lon, rep_lat, rep_lon, vertical, allowed):  # type: ignore[no-untyped-def]
    from scipy.spatial import cKDTree

    from territory_opt.kernels.sphere import unit_vectors

    n = lat.size
    rank = rng.geometric(0.6, n)
    none = rng.random(n) < 0.2
    owner = np.full(n, -1, dtype=np.int64)
    points, homes = unit_vectors(lat, lon), unit_vectors(rep_lat, rep_lon)
    for row in range(allowed.shape[0]):
        reps = np.flatnonzero(allowed[row])
        members = np.flatnonzero(vertical == row)
        depth = min(8, reps.size)
        _, near = cKDTree(homes[reps]).query(points[members], k=depth)
        near = near.reshape(members.size, depth)
        pick = np.minimum(rank[members], depth) - 1
        owner[members] = reps[near[np.arange(members.size), pick]]
    owner[none] = -1
    return owner
