"""Every solver finds the counted optimum of small problems made of arrays, or proves that there is none."""

import itertools

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.criteria import Costs
from territory_opt.solvers.registry import get_backend

SOLVERS = ("highs", "core", "lagrangian", "exact", "scip", "pulp:CBC", "pulp:HiGHS", "pulp:SCIP_PY", "pulp:GLPK_CMD")


def case(seed):
    """Arrays of a small problem: integer or real measures per account or pair, limits for all or per rep."""
    rng = np.random.default_rng(seed)
    n, k = 6, 3
    whole = seed % 3 > 0
    amount = rng.integers(1, 9, (n, k) if seed % 2 else n) + (0.0 if whole else rng.random())
    lower = rng.integers(2, 6, k).astype(float)
    upper = lower + rng.integers(5, 12, k)
    if seed % 4 == 0:
        lower, upper = 2.0, 18.0
    cost = rng.integers(-5, 20, (n, k)) + (0.0 if whole else rng.random((n, k)))
    return cost, amount, lower, upper, rng.random((n, k)) < 0.85


def counted(cost, amount, lower, upper, mask):
    n, k = cost.shape
    table = np.broadcast_to(amount if amount.ndim == 2 else amount[:, None], (n, k))
    best, rows = np.inf, np.arange(n)
    for reps in map(np.array, itertools.product(range(k), repeat=n)):
        book = np.bincount(reps, weights=table[rows, reps], minlength=k)
        if mask[rows, reps].all() and (book >= lower - 1e-9).all() and (book <= upper + 1e-9).all():
            best = min(best, cost[rows, reps].sum())
    return best


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_counted_optimum_is_found(solver):
    if solver not in ("core", "lagrangian", "exact"):
        try:
            get_backend(solver)
        except topt.SolverUnavailableError as error:
            pytest.skip(str(error))
    infeasible = 0
    for seed in range(12):
        cost, amount, lower, upper, mask = arrays = case(seed)
        problem = topt.Problem.from_arrays(
            cost, measures={"load": amount}, lower={"load": lower}, upper={"load": upper}, eligible=mask
        )
        result = topt.solve(problem, solver=solver, gap=0.0, time_limit=30)
        best = counted(*arrays)
        if np.isinf(best):
            infeasible += 1
            assert result.termination.reason is topt.Reason.INFEASIBLE, (seed, result)
            continue
        assert result.objective == pytest.approx(best, abs=1e-9), (seed, result)
        assert result.bound == pytest.approx(best, abs=1e-5 * max(1.0, abs(best))), (seed, result)
    assert 0 < infeasible < 12


def test_the_large_engine_prices_tables_as_the_integer_program_does():
    rng = np.random.default_rng(5)
    n, k = 400, 6
    place, home = rng.random((n, 2)), rng.random((k, 2))
    cost = 100 * np.linalg.norm(place[:, None] - home[None], axis=2)
    amount = rng.uniform(1, 4, (n, k))
    limit = amount.mean() * n / k
    low, high = np.full(k, 0.8 * limit), np.linspace(1.05, 1.2, k) * limit
    problem = topt.Problem.from_arrays(cost, measures={"x": amount}, lower={"x": low}, upper={"x": high})
    engine = topt.solve(problem, solver="lagrangian", gap=2e-3, time_limit=30)
    exact = topt.solve(problem, solver="highs", gap=1e-3, time_limit=30)
    assert engine.gap <= 5e-3
    assert engine.bound <= exact.objective * (1 + 1e-9)
    assert exact.bound <= engine.objective * (1 + 1e-9)


def test_families_and_other_terms_go_with_own_costs_in_every_method():
    rng = np.random.default_rng(8)
    n, k = 12, 3
    frame = {
        "account_id": [f"a{i}" for i in range(n)],
        "acv": rng.integers(1, 9, n) * 1000.0,
        "lat": rng.uniform(40, 42, n),
        "lon": rng.uniform(-90, -85, n),
        "parent_id": [f"p{i % 9}" for i in range(n)],
        "owner": rng.choice(["r1", "r2", "r3"], n).tolist(),
    }
    team = topt.Team.from_frame({"rep_id": ["r1", "r2", "r3"], "lat": [40, 41, 42.0], "lon": [-90, -88, -85.0]})
    amount = rng.uniform(1, 4, (n, k))
    criteria = [
        Costs(rng.uniform(0, 30, (n, k))),
        topt.Travel(weight=1),
        topt.Disruption("acv", weight=0.01),
        topt.Together("parent_id"),
        topt.Balance("effort", within=0.4, of="mean"),
    ]
    problem = topt.Problem(topt.Accounts.from_frame(frame), team, criteria=criteria, own_measures={"effort": amount})
    found = {
        solver: topt.solve(problem, solver=solver, gap=0.0, time_limit=30)
        for solver in ("highs", "core", "lagrangian", "exact")
    }
    assert found["highs"].termination.reason is topt.Reason.OPTIMAL
    best = found["highs"].objective
    for result in found.values():
        assert result.objective == pytest.approx(best, rel=1e-6)
        assert result.bound <= best * (1 + 1e-9)
