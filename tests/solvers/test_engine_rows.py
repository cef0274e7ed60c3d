"""Travel times of one's own, families in several places and other frictions, as rows of the large engine."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import territory_opt as topt
from ground_truth import Truth, random_case
from territory_opt.formulation.groups import merge_families
from territory_opt.solvers import engine_rows
from territory_opt.solvers.bridge import obstacles, to_instance
from territory_opt.solvers.engine_rows import allowed_classes, distinct_rows, lay_rows
from territory_opt.solvers.lagrangian.score import score


def with_feature(seed, feature):
    """A random case with one of the features that no distance tells, as (case, problem)."""
    rng = np.random.default_rng(seed)
    case = random_case(seed)
    if feature in ("matrix", "function"):
        origin = rng.integers(0, 2, case.n) if feature == "function" else np.arange(case.n)
        case.travel_time = np.round(rng.uniform(0, 6, (case.n, case.k)), 1)[origin]
    elif feature == "friction":
        case.policy = {"language_penalty": 7.0, "time_zone_penalty_per_hour": 2.0, "vertical_penalty": 3.0}
        case.accounts["language"] = rng.choice(["en", "de", ""], case.n).tolist()
        case.reps["languages"] = rng.choice(["en", "de", "en; de", ""], case.k).tolist()
        case.accounts["time_zone"] = rng.choice(["UTC+1", "UTC-5", ""], case.n).tolist()
        case.reps["time_zone"] = rng.choice(["UTC+1", "UTC-5", "UTC+3"], case.k).tolist()
    elif feature == "own friction":
        case.accounts["friction"] = rng.integers(0, 15, case.n).astype(float).tolist()
    elif feature == "families":
        case.criteria = [c for c in case.criteria if not isinstance(c, topt.Together)] + [topt.Together("parent_id")]
    problem = case.problem()
    if feature == "function":
        hours = case.travel_time
        problem = problem.replace(travel_time=lambda accounts, reps: hours[accounts, reps])
    return case, problem


FEATURES = ["matrix", "function", "friction", "own friction", "families"]


def books_of(inst, rep):
    """Book totals of an instance, without the score's own formula for bands."""
    from territory_opt.solvers.lagrangian.items import build_model, pair_measures

    model = build_model(inst)
    amount = pair_measures(model, model.items, np.arange(model.items.n_items), rep[model.account_index])
    totals = model.fixed_totals.copy()
    np.add.at(totals, rep[model.account_index], amount)
    return totals


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.sampled_from(FEATURES))
def test_an_alignment_has_the_same_cost_and_books_in_the_engine_as_by_evaluation(seed, feature):
    try:
        _, problem = with_feature(seed, feature)
    except (topt.DataError, topt.CriterionError):
        return
    if obstacles(problem):
        return
    groups = merge_families(problem)
    inst = to_instance(problem, groups, None)
    rng = np.random.default_rng(seed)
    for _ in range(5):
        rep = np.array([rng.choice(np.flatnonzero(row)) if row.any() else 0 for row in inst.class_allowed])
        rep = rep[inst.class_index]
        rep = np.where(inst.locked_rep >= 0, inst.locked_rep, rep)
        objective, _ = score(inst, rep, inst.measures.scale_low)
        if not np.isfinite(objective):
            continue
        evaluation = topt.evaluate(problem, topt.Alignment.from_index(problem, rep[groups.index]))
        assert objective == pytest.approx(evaluation.objective, rel=1e-9, abs=1e-6)
        totals = books_of(inst, rep)
        for m, name in enumerate(inst.measures.names):
            np.testing.assert_allclose(totals[:, m], evaluation.books[name], rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("feature", ["matrix", "function", "families"])
def test_the_engine_agrees_with_enumeration(feature):
    n_seen = n_best = 0
    for seed in range(40):
        case, problem = with_feature(seed, feature)
        if obstacles(problem):
            continue
        answer = Truth(case).answer()
        if answer.unsure:
            continue
        n_seen += 1
        result = topt.solve(problem, solver="lagrangian", gap=0.0, time_limit=5)
        tolerance = 1e-6 * max(1.0, abs(answer.best))
        if result.has_alignment:
            assert answer.n_feasible > 0
            assert result.evaluation.feasible
            assert result.objective >= answer.best - tolerance
            assert result.bound <= answer.best + tolerance
            n_best += result.objective <= answer.best + tolerance
        elif result.termination.reason is topt.Reason.INFEASIBLE:
            assert answer.n_feasible == 0
    assert n_seen >= 8
    assert n_best >= 4


@pytest.mark.parametrize("feature", ["friction", "own friction"])
def test_the_engine_agrees_with_the_integer_program_on_frictions_beyond_travel(feature):
    n_best = 0
    for seed in range(200, 225):
        _, problem = with_feature(seed, feature)
        problem = problem.replace(criteria=[topt.Balance("load", within=0.4, of="target"), topt.Travel(weight=1.0)])
        exact = topt.solve(problem, solver="highs", gap=0.0, time_limit=20)
        result = topt.solve(problem, solver="lagrangian", gap=0.0, time_limit=5)
        if result.has_alignment:
            tolerance = 1e-6 * max(1.0, abs(exact.objective))
            assert result.bound <= exact.objective + tolerance
            assert result.objective >= exact.objective - tolerance
            n_best += result.objective <= exact.objective + tolerance
        elif result.termination.reason is topt.Reason.INFEASIBLE:
            assert exact.termination.reason is topt.Reason.INFEASIBLE
    assert n_best >= 5


def spread_families(n_families=300, n_reps=12, seed=0, **changes):
    """A problem in which most accounts belong to families in two or three far places."""
    rng = np.random.default_rng(seed)
    n = 4 * n_families
    frame = {
        "account_id": [f"a{i}" for i in range(n)],
        "acv": rng.lognormal(10, 0.6, n),
        "lat": rng.uniform(30, 45, n),
        "lon": rng.uniform(-115, -80, n),
        "visits": rng.integers(1, 13, n),
        "parent_id": [f"f{rng.integers(n_families)}" if rng.random() < 0.6 else "" for _ in range(n)],
        "owner": rng.choice([f"r{j}" for j in range(n_reps)] + [""] * 4, n),
    }
    team = {
        "rep_id": [f"r{j}" for j in range(n_reps)],
        "lat": rng.uniform(30, 45, n_reps),
        "lon": rng.uniform(-115, -80, n_reps),
    }
    criteria = [
        topt.Balance("tam", within=0.1),
        topt.Travel(weight=1.0),
        topt.Disruption("acv", weight=1e-3),
        topt.Together("parent_id"),
    ]
    return topt.Problem(
        topt.Accounts.from_frame(frame),
        topt.Team.from_frame(team),
        policy=topt.Policy(friction_per_hour=0.0),
        criteria=criteria,
        **changes,
    )


def test_families_in_several_places_are_solved_to_a_small_gap_by_auto():
    problem = spread_families(1_500, 30)
    result = topt.solve(problem, gap=0.005, time_limit=60)
    assert result.solver == "lagrangian"
    assert result.evaluation.feasible
    assert result.gap <= 0.005
    groups = merge_families(problem)
    reps = result.alignment.rep_index
    assert np.array_equal(reps, reps[groups.order[groups.starts]][groups.index])


def test_travel_times_of_ones_own_that_are_the_distances_give_the_same_bound():
    problem = spread_families(200, 8).without_criteria("together")
    n, k = problem.n_accounts, problem.n_reps
    pairs = np.repeat(np.arange(n), k), np.tile(np.arange(k), n)
    per_visit = (problem.hours(*pairs) / problem.places.visits[pairs[0]]).reshape(n, k)
    own = problem.replace(travel_time=per_visit)
    by_map, by_rows = (topt.solve(p, solver="lagrangian", gap=0.002, time_limit=30) for p in (problem, own))
    assert by_rows.evaluation.feasible
    assert by_rows.gap <= 0.002
    assert by_rows.bound == pytest.approx(by_map.bound, rel=2e-3)


def test_accounts_of_one_origin_share_a_row_weighted_by_visits():
    problem = spread_families(50, 6).without_criteria("together")
    region = np.arange(problem.n_accounts) % 5
    hours = np.random.default_rng(1).uniform(0, 9, (5, 6))
    own = problem.replace(travel_time=lambda accounts, reps: hours[region[accounts], reps])
    rows = lay_rows(own, merge_families(own), None, 2.0)
    assert rows.hours.shape == (5, 6)
    np.testing.assert_array_equal(rows.weight, own.places.visits)
    np.testing.assert_allclose(rows.cost, 2.0 * rows.hours)
    np.testing.assert_array_equal(rows.hours[rows.index], hours[region])


def test_too_many_rows_are_refused_with_a_way_out(monkeypatch):
    monkeypatch.setattr(engine_rows, "MOST_ROW_PAIRS", 600)
    with pytest.raises(topt.UnsupportedError, match=r"at most 50 rows.*solver='core'"):
        topt.solve(spread_families(), solver="lagrangian")


def test_members_with_different_kinds_leave_a_family_the_reps_all_may_have():
    accounts = topt.Accounts.from_frame(
        {"account_id": list("abc"), "acv": [1.0, 2.0, 3.0], "vertical": ["x", "y", "x"], "parent_id": ["p", "p", ""]}
    )
    team = topt.Team.from_frame({"rep_id": ["r1", "r2", "r3"], "verticals": ["x", "x; y", "y"]})
    problem = topt.Problem(accounts, team, criteria=[topt.Eligible("vertical"), topt.Together("parent_id")])
    groups = merge_families(problem)
    index, allowed = allowed_classes(problem, groups)
    np.testing.assert_array_equal(allowed[index], [[False, True, False], [True, True, False]])


@given(st.integers(0, 1000), st.integers(1, 40), st.integers(0, 5), st.booleans())
def test_distinct_rows_give_every_row_back_and_repeat_none(seed, m, width, flags):
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 2, (m, width)) > 0 if flags else rng.integers(-1, 2, (m, width)) * 0.25
    distinct, place = distinct_rows(rows)
    np.testing.assert_array_equal(distinct[place], rows)
    assert len(np.unique(distinct, axis=0)) == len(distinct)
