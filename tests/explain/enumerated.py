"""Tiny problems that can be enumerated, and what enumeration says of them."""

import itertools

import numpy as np

import territory_opt as topt

N, K = 7, 3


def hours_of(seed, n=N, k=K):
    return np.random.default_rng([31, seed]).integers(1, 60, (n, k)).astype(float)


def make(seed, *, n=N, k=K, extra=(), owners=True, within=0.25):
    rng = np.random.default_rng([17, seed])
    reps = [f"r{j}" for j in range(k)]
    table = {
        "account_id": [f"a{i}" for i in range(n)],
        "acv": rng.integers(20, 60, n) * 1000.0,
        "visits": np.ones(n),
        "tier": ["B"] * n,
    }
    if owners:
        table["owner"] = [reps[j] for j in rng.integers(0, k, n)]
    criteria = [topt.Balance("tam", within=within, of="mean"), topt.Travel(weight=1.0), *extra]
    if owners:
        criteria.append(topt.Disruption("acv", weight=0.0005))
    return topt.Problem(
        topt.Accounts.from_frame(table),
        topt.Team.from_frame({"rep_id": reps}),
        policy=topt.Policy(friction_per_hour=0.0),
        criteria=criteria,
        travel_time=hours_of(seed, n, k),
    )


def best_of(problem, accept=lambda reps: True):
    """Least objective over all alignments that are accepted and feasible, by enumeration; None when there is none."""
    best = None
    for reps in itertools.product(range(problem.n_reps), repeat=problem.n_accounts):
        if not accept(reps):
            continue
        found = topt.evaluate(problem, topt.Alignment.from_index(problem, list(reps)))
        if found.feasible and (best is None or found.objective < best[0]):
            best = (found.objective, reps)
    return best
