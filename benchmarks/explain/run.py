"""Time `explain` on one account: `python -m benchmarks.explain.run [--accounts N] [--reps K] [--given]`.

Nothing is solved: the alignment gives every account to the nearest rep who serves it. The one-time preparation (shadow
prices by the dual of the large engine) is measured apart; with ``--given`` random prices stand in for it, which
leaves the time of one explanation the same. Appends a line to ``benchmarks/explain/results.jsonl``.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

import territory_opt as topt
from benchmarks.common import append, peak_mb
from territory_opt.explain import Prepared, ShadowPrices, explain, explain_rep
from territory_opt.result import Result
from territory_opt.termination import Reason, Termination

SEED = 20_261
N_CITIES, N_VERTICALS, N_QUESTIONS = 300, 10, 60


def market(n: int, k: int) -> topt.Problem:
    """Cities with Zipf weights, log-normal values, ten verticals: every rep serves the first and half of the others."""
    rng = np.random.default_rng([SEED, n, k])
    weight = 1.0 / np.arange(1, N_CITIES + 1)
    cities = np.column_stack([rng.uniform(27, 47, N_CITIES), rng.uniform(-121, -71, N_CITIES)])

    def places(m: int) -> np.ndarray:
        city = rng.choice(N_CITIES, m, p=weight / weight.sum())
        return cities[city] + rng.normal(0, 1, (m, 2)) * (0.29 * weight[city] ** 0.25)[:, None]

    place, home = places(n), places(k)
    vertical = np.where(rng.random(n) < 0.6, 0, rng.integers(1, N_VERTICALS, n))
    serves = rng.random((N_VERTICALS, k)) < 0.5
    serves[0] = True
    owner = cKDTree(home).query(place)[1]
    accounts = {
        "account_id": np.array([f"A{i}" for i in range(n)], dtype=object), "lat": place[:, 0], "lon": place[:, 1],
        "named_acv": np.round(25_000 * rng.lognormal(0, 1.2, n)), "white_space_acv": np.round(
            15_000 * rng.lognormal(0, 1.2, n)),
        "vertical": np.array([f"V{v}" for v in range(N_VERTICALS)], dtype=object)[vertical],
        "owner": np.array([f"R{j}" for j in range(k)], dtype=object)[owner],
    }  # fmt: skip
    reps = {
        "rep_id": [f"R{j}" for j in range(k)], "lat": home[:, 0], "lon": home[:, 1],
        "verticals": ["; ".join(f"V{v}" for v in np.flatnonzero(serves[:, j])) for j in range(k)],
    }  # fmt: skip
    rules: list[topt.Criterion] = [
        topt.Balance("load", within=0.05), topt.Balance("account_units", within=0.1), topt.Eligible("vertical"),
        topt.Travel(weight=1.0), topt.Disruption("acv", weight=2e-4), topt.Lock(["A0"]),
    ]  # fmt: skip
    team, table = topt.Team.from_frame(reps), topt.Accounts.from_frame(accounts)
    return topt.Problem(table, team, policy=topt.Policy(friction_per_hour=0.0), criteria=rules)


def nearest(problem: topt.Problem) -> topt.Alignment:
    """Every account with the nearest rep who serves its vertical."""
    matching = problem.matching("vertical")
    rep_index = np.zeros(problem.n_accounts, dtype=np.int64)
    homes = np.column_stack([problem.places.rep_lat, problem.places.rep_lon])
    places = np.column_stack([problem.places.lat, problem.places.lon])
    for kind in range(len(matching.kinds)):
        mine, reps = np.flatnonzero(matching.kind_index == kind), np.flatnonzero(matching.serves[kind])
        if mine.size:
            rep_index[mine] = reps[cKDTree(homes[reps]).query(places[mine])[1]]
    return topt.Alignment.from_index(problem, rep_index)


def given(problem: topt.Problem) -> ShadowPrices:
    """Random prices in the place of duals."""
    rng = np.random.default_rng(SEED)
    price = np.column_stack([rng.normal(0, 1e-4, problem.n_reps), rng.normal(0, 1.0, problem.n_reps)])
    return ShadowPrices(("load", "account_units"), price, np.zeros(0), -math.inf, "given prices", 0.0)


def main() -> None:
    """Measure, print and append one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--reps", type=int, default=1_000)
    parser.add_argument("--given", action="store_true")
    asked = parser.parse_args()
    problem = market(asked.accounts, asked.reps)
    alignment = nearest(problem)
    found = (alignment, topt.evaluate(problem, alignment))
    why = Termination(Reason.FEASIBLE, topt.Limit.ITERATIONS, "nearest reps")
    result = Result(problem, why, -math.inf, 0.0, "nearest", "benchmark", 1, found=found)
    begun = time.process_time()
    prepared = Prepared(problem, None, given(problem) if asked.given else None).ready()
    preparation = time.process_time() - begun
    rng = np.random.default_rng(SEED)
    seconds = []
    for account in rng.integers(0, asked.accounts, N_QUESTIONS):
        begun = time.process_time()
        explain(result, f"A{account}", prepared=prepared)
        seconds.append(time.process_time() - begun)
    begun = time.process_time()
    explain_rep(result, "R7", prepared=prepared)
    row = {
        "n_accounts": asked.accounts, "n_reps": asked.reps, "prices": prepared.shadow.source,
        "preparation_cpu_seconds": round(preparation, 3), "first_ms": round(1e3 * seconds[0], 2),
        "median_ms": round(1e3 * float(np.median(seconds)), 2), "slowest_ms": round(1e3 * max(seconds), 2),
        "explain_rep_cpu_seconds": round(time.process_time() - begun, 3), "peak_mb": round(peak_mb()),
    }  # fmt: skip
    append(Path(__file__).parent / "results.jsonl", row)
    print(row)  # a benchmark prints


if __name__ == "__main__":
    main()
