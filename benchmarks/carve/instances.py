"""Seeded instances of the carve benchmark, and the real table it is also run on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import territory_opt as topt

SEED = 20_260


N_CITIES = 300
RURAL_SHARE = 0.08
LATITUDES, LONGITUDES = (27.0, 47.0), (-121.0, -71.0)
KM_PER_DEGREE = 111.195
VERTICALS = [f"V{v}" for v in range(10)]


def _places(rng: np.random.Generator, n: int, cities: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, ...]:
    city = rng.choice(N_CITIES, n, p=weight / weight.sum())
    spread = 32.0 * weight[city] ** 0.25 / KM_PER_DEGREE
    place = cities[city] + rng.normal(0, 1, (n, 2)) * spread[:, None]
    rural = rng.random(n) < RURAL_SHARE
    place[rural] = rng.uniform(*zip(LATITUDES, LONGITUDES, strict=True), (int(rural.sum()), 2))
    return place, np.where(rural, -1, city)


def tables(n_accounts: int, n_reps: int, seed: int) -> tuple[topt.Accounts, topt.Team]:
    """A country of cities: the shape that DESIGN section 6 describes, as public tables.

    300 cities uniform in 27-47 N, 71-121 W with Zipf(1) weights, Gaussian spread 32 km x weight^0.25, 8 % rural and
    uniform; reps drawn the same way; named and white-space ACV log-normal, sigma 1.2; tiers by named-ACV quantiles
    50 / 85 %, visits 2 / 6 / 12; minutes per km 1.5 in the 30 largest cities, 1.15 in the others, 0.8 rural; ten
    verticals, 60 % of accounts in the first, which every rep serves, each other one with probability 0.5; capacity
    0.6 / 0.8 / 1.0 with probabilities 0.1 / 0.2 / 0.7; owner a near eligible rep of geometric(0.6) rank, 20 % none.
    """
    rng = np.random.default_rng([seed, n_accounts, n_reps])
    cities = rng.uniform(*zip(LATITUDES, LONGITUDES, strict=True), (N_CITIES, 2))
    weight = 1.0 / np.arange(1, N_CITIES + 1)
    place, city = _places(rng, n_accounts, cities, weight)
    home, _ = _places(rng, n_reps, cities, weight)
    named = np.round(25_000 * rng.lognormal(0, 1.2, n_accounts))
    white = np.round(15_000 * rng.lognormal(0, 1.2, n_accounts))
    tier = np.searchsorted(np.quantile(named, [0.50, 0.85]), named)
    minutes_per_km = np.where(city < 0, 0.8, np.where(city < 30, 1.5, 1.15))
    vertical = np.where(rng.random(n_accounts) < 0.6, 0, rng.integers(1, 10, n_accounts))
    serves = rng.random((10, n_reps)) < 0.5
    serves[0] = True
    serves[np.arange(10), rng.integers(0, n_reps, 10)] = True
    stretch = np.cos(np.radians(37))
    away = np.hypot(place[:, None, 0] - home[None, :, 0], stretch * (place[:, None, 1] - home[None, :, 1]))
    near = np.argsort(np.where(serves[vertical], away, np.inf), axis=1)
    rank = np.minimum(rng.geometric(0.6, n_accounts) - 1, serves[vertical].sum(axis=1) - 1)
    owner = np.where(rng.random(n_accounts) < 0.8, near[np.arange(n_accounts), rank], -1)
    accounts = {
        "account_id": [f"A{i}" for i in range(n_accounts)],
        "lat": place[:, 0],
        "lon": place[:, 1],
        "named_acv": named,
        "white_space_acv": white,
        "tier": np.array(["C", "B", "A"], dtype=object)[tier],
        "visits": np.array([2.0, 6.0, 12.0])[tier],
        "speed_kmh": 60.0 / minutes_per_km,
        "vertical": np.array(VERTICALS, dtype=object)[vertical],
        "owner": [f"R{j}" if j >= 0 else "" for j in owner],
    }
    team = {
        "rep_id": [f"R{j}" for j in range(n_reps)],
        "lat": home[:, 0],
        "lon": home[:, 1],
        "capacity": rng.choice([0.6, 0.8, 1.0], n_reps, p=[0.1, 0.2, 0.7]),
        "verticals": [";".join(np.array(VERTICALS)[serves[:, j]]) for j in range(n_reps)],
    }
    return topt.Accounts.from_frame(accounts), topt.Team.from_frame(team)


def carve_problem(
    n_accounts: int, n_reps: int, *, of: str = "mean", friction: bool = False, seed: int = SEED
) -> topt.Problem:
    """Load within 15 %, account units within 20 % of the mean, verticals, travel hours and moves priced.

    A move costs 20 minutes of travel per thousand of ACV.
    """
    accounts, team = tables(n_accounts, n_reps, seed)
    criteria = (
        topt.Balance("load", within=0.15, of=of),  # type: ignore[arg-type]
        topt.Balance("account_units", within=0.20, of="mean"),
        topt.Eligible("vertical"),
        topt.Travel(weight=1.0),
        topt.Disruption("acv", weight=20 / 60 / 1000),
    )
    policy = topt.Policy() if friction else topt.Policy(friction_per_hour=0.0)
    return topt.Problem(accounts, team, policy=policy, criteria=criteria)


def hospitals(path: Path) -> topt.Problem:
    """US hospitals (open ones), value = beds x 10,000, 50 reps in the cities with most beds, the last 10 homeless."""
    table = pd.read_csv(path, dtype={"ID": str})
    table = table[table["STATUS"] == "OPEN"]
    beds = table["BEDS"].where(table["BEDS"] > 0)
    cities = (
        table.assign(beds=beds)
        .groupby(["CITY", "STATE"])
        .agg(beds=("beds", "sum"), lat=("LATITUDE", "mean"), lon=("LONGITUDE", "mean"))
        .sort_values("beds", ascending=False)
        .head(50)
        .reset_index()
    )
    accounts = pd.DataFrame(
        {
            "account_id": table["ID"],
            "name": table["NAME"],
            "lat": table["LATITUDE"],
            "lon": table["LONGITUDE"],
            "acv": beds.fillna(beds.median()) * 10_000,
            "vertical": table["TYPE"],
            "region": table["STATE"],
            "city": table["CITY"],
            "last_activity": table["SOURCEDATE"],
        }
    )
    reps = pd.DataFrame(
        {
            "rep_id": [f"R{j:02d}" for j in range(50)],
            "name": cities["CITY"],
            "lat": cities["lat"],
            "lon": cities["lon"],
        }
    )
    reps.loc[40:, ["lat", "lon"]] = np.nan
    return topt.Problem(topt.Accounts.from_frame(accounts), topt.Team.from_frame(reps))
