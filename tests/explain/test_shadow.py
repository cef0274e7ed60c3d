"""Shadow prices prove what they say."""

import itertools

import numpy as np
import pytest

import territory_opt as topt
from explain.enumerated import best_of, make
from territory_opt.explain import explain, shadow
from territory_opt.explain.account import reduced_costs
from territory_opt.explain.factors import account_factors
from territory_opt.explain.prepared import Prepared
from territory_opt.formulation.groups import merge_families


def placed(n=9, k=3, seed=0, **policy):
    rng = np.random.default_rng(seed)
    accounts = {
        "account_id": [f"a{i}" for i in range(n)], "acv": rng.integers(20, 60, n) * 1000.0,
        "lat": rng.uniform(40, 42, n), "lon": rng.uniform(-90, -87, n),
        "owner": [f"r{j}" for j in rng.integers(0, k, n)],
    }  # fmt: skip
    reps = {"rep_id": [f"r{j}" for j in range(k)], "lat": rng.uniform(40, 42, k), "lon": rng.uniform(-90, -87, k)}
    return topt.Accounts.from_frame(accounts), topt.Team.from_frame(reps), topt.Policy(**policy)


CASES = [
    [topt.Balance("tam", within=0.2), topt.Travel(weight=1.0)],
    [topt.Balance("accounts", between=(2, 4)), topt.Travel(weight=1.0), topt.Disruption("acv", weight=1e-4)],
    [topt.Balance("load", within=0.2, of="median"), topt.Travel(weight=1.0)],
    [topt.Balance("load", within=0.3, of="mean"), topt.Travel(weight=1.0), topt.Travel(share_at_most=0.2)],
    [topt.Disruption("accounts", at_most=0.3), topt.Travel(weight=1.0), topt.Balance("tam", within=0.3)],
    [topt.Balance("tam", within=0.1, weight=0.001), topt.Travel(weight=1.0)],
]


@pytest.mark.parametrize("number", range(len(CASES)))
@pytest.mark.parametrize("source", ["linear", "engine"])
def test_every_bound_of_a_pair_holds_for_every_alignment(number, source, monkeypatch):
    accounts, team, policy = placed(n=7, seed=number, friction_per_hour=20.0)
    problem = topt.Problem(accounts, team, policy=policy, criteria=CASES[number])
    if source == "engine":
        monkeypatch.setattr(shadow, "ENGINE_FROM_PAIRS", 1)
    ready = Prepared(problem, None)
    assert ("engine" in ready.shadow.source) == (source == "engine")
    excess = np.zeros((problem.n_accounts, problem.n_reps))
    for i in range(problem.n_accounts):
        own, rebalance, _ = reduced_costs(ready, account_factors(problem, ready.members(i), None))
        excess[i] = own + rebalance - (own + rebalance).min()
    worst = np.inf
    for reps in itertools.product(range(problem.n_reps), repeat=problem.n_accounts):
        found = topt.evaluate(problem, topt.Alignment.from_index(problem, list(reps)))
        if found.feasible:
            total = ready.shadow.bound + excess[np.arange(problem.n_accounts), list(reps)].sum()
            assert total <= found.objective + 1e-6 * max(1.0, abs(found.objective))
            worst = min(worst, found.objective - ready.shadow.bound)
    assert np.isfinite(worst)
    assert worst <= 0.35 * abs(ready.shadow.bound)


def test_accounts_kept_apart_have_a_price_too():
    problem = make(3, extra=[topt.Apart([("a0", "a1"), ("a1", "a2")])])
    result = topt.solve(problem, gap=0.0)
    best = best_of(problem)[0]
    for account in range(3):
        for option in result.explain(f"a{account}").alternatives:
            j = problem.team.index_of(option.rep_id)
            other = best_of(problem, lambda reps, i=account, j=j: reps[i] == j)
            assert other is None or option.at_least <= other[0] - best + 1e-6


BLOCKED = {
    "accounts kept apart": [topt.Apart([("a0", "a1"), ("a2", "a3")])],
    "more than one cap on disruption": [
        topt.Disruption("acv", at_most=0.6), topt.Disruption("accounts", at_most=0.6),
    ],
    "an elastic band around a mean that depends on the alignment": [topt.Balance("load", within=0.1, weight=0.001)],
}  # fmt: skip


@pytest.mark.parametrize("kind", BLOCKED)
def test_what_the_engine_cannot_take_is_left_out_said_and_proves_nothing_false(kind, monkeypatch):
    accounts, team, policy = placed(n=7, seed=2, friction_per_hour=20.0)
    rules = [topt.Balance("tam", within=0.3), topt.Travel(weight=1.0), *BLOCKED[kind]]
    problem = topt.Problem(accounts, team, policy=policy, criteria=rules)
    result = topt.solve(problem, gap=0.0)
    monkeypatch.setattr(shadow, "ENGINE_FROM_PAIRS", 1)
    ready = Prepared(problem, None)
    assert ready.shadow.source == f"dual of the large engine, without {kind}"
    assert len(ready.shadow.moved) == sum(isinstance(c, topt.Disruption) for c in rules)
    best = best_of(problem)[0]
    assert ready.shadow.bound <= best + 1e-6
    for i in range(3):
        for option in explain(result, f"a{i}", prepared=ready).options:
            j = problem.team.index_of(option.rep_id)
            other = best_of(problem, lambda reps, i=i, j=j: reps[i] == j)
            assert other is None or option.at_least <= other[0] - best + 1e-6


def test_an_impossible_problem_has_no_prices():
    problem = make(0, within=0.0001)
    with pytest.raises(topt.SolverError, match="no solution"):
        shadow.shadow_prices(problem.with_criteria(topt.Balance("tam", between=(0, 1))), merge_families(problem), None)
