"""A cap on disruption and elastic bands in the large engine."""

import time

import numpy as np
import pytest

import territory_opt as topt
from ground_truth import Truth, random_case
from territory_opt.solvers.attempt import Request
from territory_opt.solvers.bridge import obstacles
from territory_opt.solvers.engine_cap import Cap, solve_capped
from territory_opt.solvers.lagrangian.instance import EngineLimit, EngineOutcome, EngineStatus


def agree(kinds, seeds):
    """Hold the engine against enumeration; how many cases were seen, answered, and answered at the optimum."""
    n_seen = n_answered = n_best = 0
    for seed in seeds:
        case = random_case(seed, k=3, kinds=kinds)
        problem = case.problem()
        if obstacles(problem):
            continue
        answer = Truth(case).answer()
        if answer.unsure:
            continue
        n_seen += 1
        result = topt.solve(problem, solver="lagrangian", gap=0.0, time_limit=10)
        tolerance = 1e-6 * max(1.0, abs(answer.best))
        if result.has_alignment:
            assert answer.n_feasible > 0
            assert result.evaluation.feasible
            assert result.objective >= answer.best - tolerance
            assert result.bound <= answer.best + tolerance
            if result.termination.reason is topt.Reason.OPTIMAL:
                assert result.objective <= answer.best + tolerance
            n_answered += 1
            n_best += result.objective <= answer.best + tolerance
        elif result.termination.reason is topt.Reason.INFEASIBLE:
            assert answer.n_feasible == 0
    return n_seen, n_answered, n_best


@pytest.mark.parametrize("kinds", [["elastic", "travel"], ["elastic_between", "travel", "together"]])
def test_an_elastic_band_is_priced_to_the_optimum(kinds):
    n_seen, n_answered, n_best = agree(kinds, range(700, 712))
    assert n_seen >= 6
    assert n_best == n_answered == n_seen


def test_elastic_and_hard_bands_agree_with_enumeration_together():
    n_seen, _, n_best = agree(["elastic_between", "travel", "target", "disruption"], range(720, 740))
    assert n_seen >= 8
    assert n_best >= 3


def test_a_cap_on_disruption_agrees_with_enumeration():
    n_seen, n_answered, n_best = agree(["disruption_cap", "travel"], range(740, 756))
    assert n_seen >= 8
    assert n_answered >= 6
    assert n_best >= 4


def market(n=4_000, n_reps=20, seed=3):
    rng = np.random.default_rng(seed)
    lat, lon = rng.uniform(30, 45, n), rng.uniform(-115, -80, n)
    rep_lat, rep_lon = rng.uniform(30, 45, n_reps), rng.uniform(-115, -80, n_reps)
    near = np.argmin((lat[:, None] - rep_lat) ** 2 + (lon[:, None] - rep_lon) ** 2, axis=1)
    owner = np.where(rng.random(n) < 0.8, near, rng.integers(0, n_reps, n))
    accounts = {
        "account_id": [f"a{i}" for i in range(n)],
        "acv": rng.lognormal(10, 0.5, n),
        "lat": lat,
        "lon": lon,
        "visits": rng.integers(1, 13, n),
        "owner": [f"r{j}" for j in owner],
    }
    team = {"rep_id": [f"r{j}" for j in range(n_reps)], "lat": rep_lat, "lon": rep_lon}
    return topt.Problem(
        topt.Accounts.from_frame(accounts),
        topt.Team.from_frame(team),
        policy=topt.Policy(friction_per_hour=0.0),
        criteria=[topt.Balance("tam", within=0.6), topt.Travel(weight=1.0)],
    )


def test_a_cap_that_binds_is_kept_at_a_small_gap():
    problem = market()
    free = topt.solve(problem, solver="lagrangian", gap=0.005, time_limit=30)
    capped = problem.with_criteria(topt.Disruption("acv", at_most=0.2))
    tight = topt.solve(capped, solver="lagrangian", gap=0.01, time_limit=60)
    assert not topt.evaluate(capped, free.alignment).feasible
    assert tight.evaluation.feasible
    assert tight.gap <= 0.01
    assert tight.objective > free.bound


def test_a_cap_below_what_has_to_move_on_a_larger_problem_says_how_much_does():
    result = topt.solve(
        market().with_criteria(topt.Disruption("acv", at_most=0.02)), solver="lagrangian", gap=0.01, time_limit=60
    )
    assert result.termination.reason is topt.Reason.INFEASIBLE
    assert "of the owned value change owner" in repr(result)


def test_a_cap_below_what_has_to_move_is_infeasible():
    accounts = topt.Accounts.from_frame({"account_id": list("abcd"), "acv": [9e4, 7e4, 8e4, 8e4], "owner": ["r1"] * 4})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    criteria = [topt.Balance("tam", within=0.2), topt.Disruption("acv", at_most=0.1)]
    problem = topt.Problem(accounts, team, criteria=criteria)
    result = topt.solve(problem, solver="lagrangian", gap=0.0, time_limit=5)
    assert result.termination.reason is topt.Reason.INFEASIBLE


def test_an_elastic_band_that_is_too_narrow_for_any_alignment_still_has_an_answer():
    problem = market(2_000, 10).replace(
        criteria=[topt.Balance("tam", within=0.0, weight=1e-4), topt.Travel(weight=1.0)]
    )
    result = topt.solve(problem, solver="lagrangian", gap=0.01, time_limit=30)
    assert result.has_alignment
    assert result.gap <= 0.01
    assert result.evaluation.terms


def test_two_caps_on_disruption_and_a_moving_elastic_middle_are_named():
    accounts = topt.Accounts.from_frame({"account_id": list("abcd"), "acv": [9e4, 7e4, 8e4, 8e4], "owner": ["r1"] * 4})
    problem = topt.Problem(
        accounts,
        topt.Team.from_frame({"rep_id": ["r1", "r2"]}),
        travel_time=np.ones((4, 2)),
        criteria=[
            topt.Disruption("acv", at_most=0.1),
            topt.Disruption("accounts", at_most=0.1),
            topt.Balance("travel_hours", within=0.1, weight=1.0),
        ],
    )
    text = ", ".join(obstacles(problem))
    assert "more than one cap on disruption" in text
    assert "an elastic band around a mean that depends on the alignment" in text


def prices(outcomes):
    """Solve under a cap of 10 with outcomes given in order, each what moves and what ended it."""
    tried, left = [], iter(outcomes)

    def solve(price, within):
        tried.append(price)
        moved, limit = next(left)
        none = np.zeros((1, 1))
        return EngineOutcome(
            np.array([moved]), 5.0 + price * moved, 1.0, EngineStatus.FEASIBLE, limit, "", none, np.ones(1), {}
        )

    now = time.perf_counter()
    request = Request(deadline=now + 60.0, gap=0.0, seed=1, threads=1, started=now)
    cap = Cap(
        100.0, 10.0, lambda rep: float(rep[0]), lambda price: price, lambda: pytest.fail("asked what moves least")
    )
    return solve_capped(cap, solve, request), tried


def test_after_an_interrupt_no_further_price_is_tried_and_nothing_else_is_asked():
    outcome, tried = prices([(50.0, EngineLimit.INTERRUPTED)])
    assert tried == [0.0]
    assert (outcome.rep_index, outcome.limit) == (None, EngineLimit.INTERRUPTED)


def test_an_answer_that_keeps_the_cap_survives_an_interrupt_at_a_later_price():
    outcome, tried = prices([(50.0, EngineLimit.GAP), (8.0, EngineLimit.GAP), (12.0, EngineLimit.INTERRUPTED)])
    assert len(tried) == 3
    assert outcome.rep_index[0] == 8.0
    assert outcome.limit is EngineLimit.INTERRUPTED
