"""Limits on variation are exact: by tangents and cuts on small problems, by bands that widen on larger ones."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import territory_opt as topt
from ground_truth import Truth, random_case
from territory_opt.solvers import engine_variation, exact, variations
from territory_opt.solvers.attempt import Request
from territory_opt.solvers.banded import banded
from territory_opt.solvers.highs import solve_with_highs
from territory_opt.solvers.widened import fitted
from territory_opt.solvers.worst_books import worst_books


def assert_true(case, solver="highs"):
    answer = Truth(case).answer()
    if answer.unsure:
        return False
    events = []
    result = topt.solve(case.problem(), solver=solver, gap=0.0, time_limit=30, on_event=events.append)
    if answer.n_feasible == 0:
        assert result.termination.reason is topt.Reason.INFEASIBLE
        return True
    assert result.objective == pytest.approx(answer.best, rel=1e-6, abs=1e-5)
    assert result.bound <= answer.best + 1e-6 * max(1.0, answer.best)
    if answer.best == 0 or answer.best >= 1.5:
        assert result.termination.reason is topt.Reason.OPTIMAL
    told = [event.objective for event in events if event.objective is not None]
    assert told == sorted(told, reverse=True)
    assert min(told, default=result.objective) >= answer.best - 1e-5
    return True


MIXES = (
    ["variation", "travel"],
    ["variation", "mean", "disruption"],
    ["variation", "median", "travel", "vertical"],
    ["variation", "variation", "together", "disruption"],
)


@pytest.mark.parametrize("kinds", MIXES, ids="-".join)
@pytest.mark.parametrize("solver", ["highs", "core", "exact", "lagrangian"])
def test_the_optimum_is_that_of_enumeration(kinds, solver):
    assert sum(assert_true(random_case(seed, k=3, kinds=kinds), solver) for seed in range(400, 408)) >= 5


@pytest.mark.parametrize("kinds", MIXES, ids="-".join)
def test_the_path_of_large_problems_finds_the_optimum_of_small_ones(kinds, monkeypatch):
    monkeypatch.setattr(variations, "EXACT_MEDIAN_PAIRS", 0)
    assert sum(assert_true(random_case(seed, k=3, kinds=kinds)) for seed in range(420, 428)) >= 5


@pytest.mark.parametrize("kinds", MIXES, ids="-".join)
def test_engine_and_core_together_find_the_optimum_of_small_ones(kinds, monkeypatch):
    monkeypatch.setattr(exact, "_FEW_PAIRS", 0)
    assert sum(assert_true(random_case(seed, k=3, kinds=kinds), "exact") for seed in range(440, 446)) >= 4


@pytest.mark.parametrize("capacity", [[1.0] * 5, [1.0, 0.8, 0.5, 1.0, 0.7]])
@pytest.mark.parametrize("limit", [0.02, 0.15])
def test_the_bound_of_the_engine_is_one_of_the_limit_and_close(capacity, limit, monkeypatch):
    rng = np.random.default_rng(11)
    n = 120
    places = {"lat": rng.uniform(35, 40, n), "lon": rng.uniform(-90, -80, n)}
    accounts = topt.Accounts.from_frame(
        {"account_id": [f"a{i}" for i in range(n)], "acv": rng.integers(9, 30, n) * 1e3, "visits": np.ones(n), **places}
    )
    team = topt.Team.from_frame(
        {
            "rep_id": [f"r{j}" for j in range(5)],
            "capacity": capacity,
            "lat": rng.uniform(35, 40, 5),
            "lon": rng.uniform(-90, -80, 5),
        }
    )
    criteria = [topt.Variation("tam", at_most=limit), topt.Travel(weight=1.0)]
    problem = topt.Problem(accounts, team, policy=topt.Policy(friction_per_hour=0.0), criteria=criteria)
    truth = topt.solve(problem, solver="highs", gap=2e-3, time_limit=60)
    monkeypatch.setattr(engine_variation, "EXACT_MEDIAN_PAIRS", 0)
    found = topt.solve(problem, solver="lagrangian", gap=1e-3, time_limit=10)
    assert found.evaluation.feasible
    assert found.bound <= truth.objective * (1 + 1e-9)
    assert found.bound >= 0.99 * truth.bound
    assert found.objective <= 1.03 * truth.objective


def test_where_travel_lowers_the_load_the_bound_still_holds(monkeypatch):
    monkeypatch.setattr(engine_variation, "EXACT_MEDIAN_PAIRS", 0)
    told = 0
    for seed in range(460, 480):
        case = random_case(seed, n=7, k=3, kinds=["variation", "disruption"], median="load")
        case.criteria = [c for c in case.criteria if not isinstance(c, topt.Travel)] + [topt.Travel(weight=2.0)]
        case.per_hour = 0.02
        answer = Truth(case).answer()
        if answer.unsure:
            continue
        result = topt.solve(case.problem(), solver="lagrangian", gap=1e-3, time_limit=5)
        assert result.bound <= answer.best + 1e-6 * max(1.0, abs(answer.best))
        if result.has_alignment:
            assert result.objective >= answer.best - 1e-6 * max(1.0, abs(answer.best))
            told += result.bound > 0.5 * answer.best > 0
    assert told >= 5


def test_what_no_bands_can_state_is_left_to_programs_by_name():
    accounts = topt.Accounts.from_frame(
        {"account_id": list("abcd"), "acv": [4e4, 3e4, 2e4, 1e4], "lat": [40.0, 41, 42, 43], "lon": [-80.0] * 4}
    )
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"], "lat": [40.0, 43], "lon": [-80.0, -80]})
    limits = [topt.Variation("load", at_most=0.5), topt.Balance("load", within=0.6, of="target")]
    problem = topt.Problem(
        accounts, team, policy=topt.Policy(friction_per_hour=1.0), criteria=[*limits, topt.Travel(weight=1.0)]
    )
    with pytest.raises(topt.UnsupportedError, match="a limit on variation beside another limit"):
        topt.solve(problem, solver="lagrangian")
    assert topt.solve(problem, solver="exact").termination.reason is topt.Reason.OPTIMAL


def test_limits_of_books_that_leave_the_bands_no_room_are_kept():
    accounts = topt.Accounts.from_frame({"account_id": list("abcde"), "acv": [4e4, 3e4, 2e4, 1e4, 1e4]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    limits = [topt.Variation("tam", at_most=0.3), topt.BookLimits("tam", upper=[4e4, 9e4])]
    problem = topt.Problem(accounts, team, criteria=[*limits, topt.Balance("tam", between=(0, 1e6))])
    for solver in ("lagrangian", "exact", "highs"):
        result = topt.solve(problem, solver=solver)
        assert result.evaluation.feasible


@given(
    price=st.lists(st.floats(-5, 5), min_size=2, max_size=6),
    limit=st.floats(0.01, 0.6),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_no_books_inside_the_limit_are_worth_less_than_the_worst(price, limit, seed):
    rng, k = np.random.default_rng(seed), len(price)
    capacity, total = rng.uniform(0.5, 1.2, k), (10.0, 12.0)
    worst = worst_books(np.array(price), capacity, limit, total)
    full = worst / capacity
    assert 10.0 - 1e-9 <= worst.sum() <= 12.0 + 1e-9
    assert full.std() <= limit * full.mean() * (1 + 1e-9)
    for _ in range(20):
        away = rng.normal(size=k)
        away -= away.mean()
        away *= rng.uniform(0, 1) * limit * np.sqrt(k) / max(np.linalg.norm(away), 1e-12)
        books = capacity * (1.0 + away)
        books *= rng.uniform(*total) / books.sum()
        assert worst @ price <= books @ price + 1e-9


def test_an_answer_in_the_shell_between_tangents_is_cut_off_and_the_true_one_found(monkeypatch):
    # The limit is a hair below what the answer of the tangents has: only further tangents tell them apart.
    rng, shells = np.random.default_rng(4), 0
    outers = []
    carve = variations.carve

    def counted(*args, **kwargs):
        outers.append(kwargs.get("cuts"))
        return carve(*args, **kwargs)

    monkeypatch.setattr(variations, "carve", counted)
    for _ in range(6):
        acv = rng.integers(20, 60, 7) * 1e3
        accounts = topt.Accounts.from_frame(
            {"account_id": list("abcdefg"), "acv": acv, "owner": [f"r{j}" for j in rng.integers(0, 3, 7)]}
        )
        team = topt.Team.from_frame({"rep_id": ["r0", "r1", "r2"]})
        moves = topt.Disruption("acv", weight=1.0)
        loose = topt.solve(topt.Problem(accounts, team, criteria=[topt.Variation("tam", at_most=0.2), moves]), gap=0)
        books = loose.evaluation.books["tam"]
        own = float(books.std() / books.mean())
        problem = topt.Problem(accounts, team, criteria=[topt.Variation("tam", at_most=own * (1 - 2e-5)), moves])
        outers.clear()
        result = topt.solve(problem, gap=0)
        assert result.evaluation.feasible
        assert result.termination.reason is topt.Reason.OPTIMAL
        shells += any(cuts for cuts in outers)
    assert shells


@pytest.mark.parametrize("capacity", [[1.0] * 4, [1.0, 0.8, 0.5, 1.0]])
@pytest.mark.parametrize("own", [None, "mean", "median", "target", "between"])
def test_bands_in_the_place_of_a_limit_keep_it(capacity, own):
    rng = np.random.default_rng(7)
    accounts = topt.Accounts.from_frame(
        {"account_id": [f"a{i}" for i in range(40)], "acv": rng.integers(9, 30, 40) * 1e3}
    )
    team = topt.Team.from_frame({"rep_id": [f"r{j}" for j in range(4)], "capacity": capacity})
    limit = topt.Variation("tam", at_most=0.08)
    band = (
        []
        if own is None
        else [topt.Balance("tam", within=0.3, of=own) if own != "between" else topt.Balance("tam", between=(0, 1e9))]
    )
    problem = topt.Problem(accounts, team, criteria=[limit, *band])
    narrow = banded(problem)
    assert not any(isinstance(c, topt.Variation) for c in narrow.criteria)
    for seed in range(3):
        costs = topt.Costs(np.random.default_rng(seed).integers(0, 99, (40, 4)))
        result = topt.solve(narrow.with_criteria(costs), solver="highs", gap=0.05, time_limit=10)
        score = topt.evaluate(problem, topt.Alignment.from_index(problem, result.alignment.rep_index))
        assert score.feasible
        wider = fitted(problem, score.books)
        again = topt.solve(wider.with_criteria(costs), solver="highs", gap=0.01, time_limit=10)
        assert topt.evaluate(wider, topt.Alignment.from_index(wider, result.alignment.rep_index)).feasible
        if capacity[1] == 1.0:
            assert topt.evaluate(problem, topt.Alignment.from_index(problem, again.alignment.rep_index)).feasible


def test_a_start_that_keeps_the_limit_is_never_lost():
    rng = np.random.default_rng(3)
    accounts = topt.Accounts.from_frame(
        {"account_id": [f"a{i}" for i in range(60)], "acv": rng.integers(9, 30, 60) * 1e3}
    )
    team = topt.Team.from_frame({"rep_id": [f"r{j}" for j in range(5)]})
    problem = topt.Problem(
        accounts, team, criteria=[topt.Variation("tam", at_most=0.5), topt.Costs(rng.integers(0, 99, (60, 5)))]
    )
    start = topt.Alignment.from_index(problem, np.arange(60) % 5)
    result = topt.solve(problem, solver="highs", time_limit=0.0, start=start)
    assert result.has_alignment


def test_diagnose_finds_the_least_variation_that_whole_accounts_allow():
    accounts = topt.Accounts.from_frame({"account_id": list("abcd"), "acv": [9e4, 2e4, 2e4, 2e4]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    problem = topt.Problem(accounts, team, criteria=[topt.Variation("tam", at_most=0.1)])
    found = topt.diagnose(problem, time_limit=20)
    assert found.conflicts[0].criteria == problem.criteria
    changed = [way for way in found.relaxations if "vary by" in way.change]
    assert changed[0].amount == pytest.approx(0.2)
    assert changed[0].least


@pytest.mark.parametrize("name", ["accounts", "account_units", "doors"])
def test_the_bound_of_the_engine_holds_for_measures_of_whole_numbers(name, monkeypatch):
    # Books that are worth least are fractional: they are no limits to be rounded to what whole accounts can reach.
    monkeypatch.setattr(engine_variation, "EXACT_MEDIAN_PAIRS", 0)
    told = 0
    for seed in range(12):
        case = random_case(seed, n=5, k=3, kinds=["travel"])
        case.criteria = [topt.Travel(weight=1.0), topt.Variation(name, at_most=(0.1, 0.3, 0.5)[seed % 3])]
        if seed % 2:
            case.reps["capacity"] = [1.0] * 3
        answer = Truth(case).answer()
        if answer.unsure or not answer.n_feasible:
            continue
        result = topt.solve(case.problem(), solver="lagrangian", gap=0.0, time_limit=5)
        assert result.bound <= answer.best + 1e-6 * answer.best
        told += 1
    assert told >= 4


def test_bands_that_no_books_are_inside_end_the_climb_and_not_the_solve(monkeypatch):
    # All there is of the measure is locked to one rep.
    monkeypatch.setattr(engine_variation, "EXACT_MEDIAN_PAIRS", 0)
    accounts = topt.Accounts.from_frame(
        {"account_id": ["a", "b"], "named_acv": [0.0, 90.0], "white_space_acv": [80.0, 40.0]}
    )
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"], "capacity": [1.0, 0.8]})
    criteria = [topt.Variation("named_acv", at_most=0.3), topt.Lock({"b": "r1"})]
    result = topt.solve(topt.Problem(accounts, team, criteria=criteria), solver="lagrangian", time_limit=10)
    assert not result.has_alignment


def even_problem(n=400, k=8):
    rng = np.random.default_rng(5)
    places = {"lat": rng.uniform(35, 40, n), "lon": rng.uniform(-90, -80, n), "visits": np.ones(n)}
    table = {"account_id": [f"a{i}" for i in range(n)], "acv": rng.integers(9, 30, n) * 1e3, **places}
    team = {"rep_id": [f"r{j}" for j in range(k)], "lat": rng.uniform(35, 40, k), "lon": rng.uniform(-90, -80, k)}
    criteria = [topt.Variation("tam", at_most=0.05), topt.Travel(weight=1.0)]
    policy = topt.Policy(friction_per_hour=0.0)
    return topt.Problem(topt.Accounts.from_frame(table), topt.Team.from_frame(team), policy=policy, criteria=criteria)


def test_ctrl_c_while_prices_are_sought_returns_the_answer_in_hand(monkeypatch):
    from territory_opt.solvers.lagrangian import duals

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(duals, "near_duals", interrupted)
    result = topt.solve(even_problem(), solver="lagrangian", gap=0.0, time_limit=20)
    assert result.has_alignment
    assert result.evaluation.feasible
    assert result.termination.limit is topt.Limit.INTERRUPTED


def test_prices_are_sought_no_longer_than_there_is_time(monkeypatch):
    from territory_opt.solvers.lagrangian import duals

    asked, real = [], duals.near_duals

    def watched(*args, stop, **kwargs):
        asked.append(stop())
        return real(*args, stop=stop, **kwargs)

    monkeypatch.setattr(duals, "near_duals", watched)
    cancel = topt.Cancel()

    def on_event(event):
        if event.stage == "variation":
            cancel.request()

    result = topt.solve(even_problem(), solver="lagrangian", gap=0.0, time_limit=20, cancel=cancel, on_event=on_event)
    assert asked == [False]
    assert result.has_alignment


@pytest.mark.parametrize("after", [0, 1])
def test_ctrl_c_between_programs_returns_the_answer_in_hand(after, monkeypatch):
    problem, calls = even_problem(), []
    start = topt.solve(problem, solver="lagrangian", gap=0.05, time_limit=20).alignment
    real = variations.carve

    def interrupted(*args, **kwargs):
        calls.append(kwargs)
        if len(calls) > after:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(variations, "carve", interrupted)
    found = variations.carve_varied(
        problem, None if after == 0 else _highs, None, _request(start.rep_index, seconds=4.0)
    )
    assert found.rep_index is not None
    assert found.limit is topt.Limit.INTERRUPTED


def _highs(formulation, options, request):
    return solve_with_highs(formulation.program, options, cancel=request.cancel)


def _request(start, seconds):
    now = time.perf_counter()
    return Request(now + seconds, 0.0, 1, 1, now, cancel=topt.Cancel(), start=start)
