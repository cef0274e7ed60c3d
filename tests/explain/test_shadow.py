"""Shadow prices prove what they say."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

import territory_opt as topt
from explain.enumerated import best_of, make
from territory_opt.explain import explain, shadow
from territory_opt.explain.account import reduced_costs
from territory_opt.explain.factors import account_factors
from territory_opt.explain.prepared import Prepared, prepare
from territory_opt.formulation.groups import merge_families
from territory_opt.multipliers import Multipliers


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


LARGE = [
    [topt.Balance("tam", within=0.2), topt.Balance("accounts", within=0.3), topt.Travel(weight=1.0)],
    [topt.Disruption("acv", at_most=0.4), topt.Travel(weight=1.0), topt.Balance("tam", within=0.2)],
    [topt.Balance("load", within=0.2, of="median"), topt.Travel(weight=1.0), topt.Travel(share_at_most=0.5)],
    [topt.Balance("tam", within=0.05, weight=0.001), topt.Travel(weight=1.0)],
]


@pytest.mark.parametrize("rules", LARGE)
def test_prices_that_the_solve_ended_with_prove_as_much_as_those_found_anew(rules, monkeypatch):
    accounts, team, policy = placed(n=120, k=4, seed=1)
    problem = topt.Problem(accounts, team, policy=policy, criteria=rules)
    result = topt.solve(problem, solver="lagrangian", gap=0.01, time_limit=20)
    known = result.alignment.multipliers
    assert known is not None and known.settled
    monkeypatch.setattr(shadow, "ENGINE_FROM_PAIRS", 1)
    fresh, begun = Prepared(problem, None), Prepared(problem, None, multipliers=known)
    assert begun.shadow.source == "dual of the large engine, from the solve"
    assert begun.shadow.measures == fresh.shadow.measures
    assert begun.shadow.bound == pytest.approx(fresh.shadow.bound, rel=0.01)
    assert begun.shadow.bound <= result.objective
    excess = np.zeros((2, problem.n_accounts, problem.n_reps))
    for which, ready in enumerate((fresh, begun)):
        for i in range(problem.n_accounts):
            own, rebalance, _ = reduced_costs(ready, account_factors(problem, ready.members(i), None))
            excess[which, i] = own + rebalance - (own + rebalance).min()
    scale = np.abs(excess[0]).max()
    assert np.median(np.abs(excess[0] - excess[1])) <= 0.02 * scale
    # Whatever the prices: no alignment costs less than they say.
    for ready, more in ((fresh, excess[0]), (begun, excess[1])):
        total = ready.shadow.bound + more[np.arange(problem.n_accounts), result.alignment.rep_index].sum()
        assert total <= result.objective + 1e-6 * abs(result.objective)


def test_false_prices_make_a_weak_bound_and_no_wrong_one(monkeypatch):
    accounts, team, policy = placed(n=7, seed=4)
    rules = [topt.Balance("tam", within=0.2), topt.Disruption("accounts", at_most=0.6), topt.Travel(weight=1.0)]
    problem = topt.Problem(accounts, team, policy=policy, criteria=rules)
    best = best_of(problem)[0]
    monkeypatch.setattr(shadow, "ENGINE_FROM_PAIRS", 1)
    fresh = Prepared(problem, None).shadow
    for price, moved in ((1e-3, 0.0), (-1e-3, 2.0), (0.0, 1e3)):
        false = Multipliers(("tam",), np.full((3, 1), price), moved)
        begun = Prepared(problem, None, multipliers=false).shadow
        assert begun.source.endswith("from the solve")
        assert begun.bound <= best + 1e-6
    for unusable in (
        Multipliers(("load",), np.zeros((3, 1))),
        Multipliers(("tam",), np.full((3, 1), np.nan)),
        Multipliers(("tam",), np.zeros((3, 1)), -1.0),
    ):
        found = Prepared(problem, None, multipliers=unusable).shadow
        assert (found.source, found.bound) == (fresh.source, fresh.bound)


def test_an_alignment_brings_its_prices_only_to_its_own_problem():
    accounts, team, policy = placed(n=60, k=3)
    rules = [topt.Balance("tam", within=0.2), topt.Travel(weight=1.0)]
    problem = topt.Problem(accounts, team, policy=policy, criteria=rules)
    alignment = topt.solve(problem, solver="lagrangian", gap=0.01, time_limit=20).alignment
    first = prepare(problem, alignment)
    assert first.multipliers is alignment.multipliers
    assert prepare(problem, alignment) is first
    other = problem.with_criteria(topt.Balance("tam", within=0.3))
    assert prepare(other, alignment).multipliers is None
    plain = prepare(problem, alignment.with_multipliers(None))
    assert plain is not first and plain.multipliers is None
    unsettled = replace(alignment.multipliers, settled=False)
    assert prepare(problem, alignment.with_multipliers(unsettled)) is plain


def test_limits_of_books_of_their_own_keep_their_column_of_prices(monkeypatch):
    rng = np.random.default_rng(3)
    n, k = 30, 3
    cost = rng.integers(1, 60, (n, k)).astype(float)
    first, second = rng.integers(2, 9, n).astype(float), rng.integers(2, 9, n).astype(float)
    problem = topt.Problem.from_arrays(
        cost,
        measures={"one": first, "two": second},
        upper={"one": [first.sum() / 4, first.sum() / 2, first.sum() / 2], "two": second.sum() / 2.5},
    )
    linear = Prepared(problem, None).shadow
    monkeypatch.setattr(shadow, "ENGINE_FROM_PAIRS", 1)
    engine = Prepared(problem, None).shadow
    assert len(engine.measures) == engine.per_unit.shape[1] == 2
    assert engine.bound == pytest.approx(linear.bound, rel=5e-3)
    for name in ("one", "two"):
        ours = engine.per_unit[:, engine.measures.index(name)]
        theirs = sum(linear.per_unit[:, m] for m, other in enumerate(linear.measures) if other == name)
        np.testing.assert_allclose(ours, theirs, atol=0.2 * max(1.0, np.abs(theirs).max()))


def test_prices_of_rows_that_count_large_accounts_are_not_missed(monkeypatch):
    n, k, rng = 150, 20, np.random.default_rng(4)
    acv = np.round(rng.lognormal(10, 1.0, n))
    acv = np.minimum(acv, 0.6 * acv.sum() / k)
    accounts = topt.Accounts.from_frame({
        "account_id": [f"a{i}" for i in range(n)], "acv": acv,
        "lat": rng.uniform(35, 45, n), "lon": rng.uniform(-100, -85, n),
    })  # fmt: skip
    team = topt.Team.from_frame({
        "rep_id": [f"r{j}" for j in range(k)], "lat": rng.uniform(35, 45, k), "lon": rng.uniform(-100, -85, k),
    })  # fmt: skip
    rules = [topt.Balance("tam", within=0.15), topt.Travel(weight=1.0)]
    problem = topt.Problem(accounts, team, policy=topt.Policy(friction_per_hour=0.0), criteria=rules)
    known = topt.solve(problem, solver="lagrangian", gap=0.1, time_limit=20).alignment.multipliers
    monkeypatch.setattr(shadow, "ENGINE_FROM_PAIRS", 1)
    begun, fresh = Prepared(problem, None, multipliers=known).shadow, Prepared(problem, None).shadow
    assert begun.source.endswith("from the solve")
    assert begun.bound == pytest.approx(fresh.bound, rel=1e-4)
