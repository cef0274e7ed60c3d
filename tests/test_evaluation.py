"""evaluate agrees with a second implementation that shares nothing with it."""

import numpy as np
import pytest

import territory_opt as topt
from ground_truth import KINDS, UNSURE, Truth, random_case
from territory_opt.evaluation import FEASIBILITY_TOLERANCE


def assert_same_score(case, reps, problem):
    truth, found = Truth(case).score(tuple(reps)), topt.evaluate(problem, topt.Alignment.from_index(problem, reps))
    assert found.objective == pytest.approx(truth.objective, rel=1e-9, abs=1e-7)
    for name, book in truth.books.items():
        np.testing.assert_allclose(found.books[name], book, rtol=1e-9, atol=1e-7)
    if not UNSURE[0] < -truth.room < UNSURE[1]:
        assert found.feasible == truth.feasible


@pytest.mark.parametrize("kind", [*KINDS, "variation"])
def test_every_kind_of_criterion_scores_like_plain_arithmetic(kind):
    for seed in range(10):
        case = random_case(seed, kinds=[kind])
        problem, rng = case.problem(), np.random.default_rng(seed)
        for _ in range(4):
            assert_same_score(case, rng.integers(0, case.k, case.n), problem)


def test_mixed_criteria_score_like_plain_arithmetic():
    for seed in range(100, 160):
        case = random_case(seed)
        problem, rng = case.problem(), np.random.default_rng(seed)
        for _ in range(3):
            assert_same_score(case, rng.integers(0, case.k, case.n), problem)


def test_terms_add_up_to_the_objective_and_limits_add_nothing():
    for seed in range(20):
        case = random_case(seed, kinds=["travel", "disruption", "mean", "seniority_soft"])
        problem = case.problem()
        found = topt.evaluate(problem, topt.Alignment.from_index(problem, np.zeros(case.n, dtype=int)))
        assert sum(found.terms.values()) == pytest.approx(found.objective)
        assert all(check.term == 0 for check in found.checks if check.criterion.is_limit)
        assert found.feasible == (not found.broken)


def small():
    accounts = topt.Accounts.from_frame({"account_id": list("abcd"), "acv": [100.0, 100, 100, 100]})
    return accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]})


def test_slack_is_room_left_in_the_unit_of_the_measure():
    accounts, team = small()
    problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.6)])
    check = topt.evaluate(problem, topt.Alignment.from_index(problem, [0, 0, 0, 1])).checks[0]
    assert check.slack == pytest.approx(0.6 * 200 - 100)
    assert check.unit == "money"
    tight = problem.with_criteria(topt.Balance("tam", within=0.2))
    check = topt.evaluate(tight, topt.Alignment.from_index(tight, [0, 0, 0, 1])).checks[0]
    assert check.slack == pytest.approx(0.2 * 200 - 100)
    assert not check.satisfied


def test_a_limit_overstepped_by_less_than_the_tolerance_is_kept_and_by_more_is_not():
    accounts, team = small()
    for factor, kept in ((0.5, True), (2.0, False)):
        edge = 200 * (1 - factor * FEASIBILITY_TOLERANCE)
        problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", between=(0, edge))])
        assert topt.evaluate(problem, topt.Alignment.from_index(problem, [0, 0, 1, 1])).feasible == kept


def test_the_worst_book_and_account_are_named():
    accounts, team = small()
    problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.1), topt.Lock({"c": "r2"})])
    balance, lock = topt.evaluate(problem, topt.Alignment.from_index(problem, [0, 0, 0, 1])).checks
    assert balance.worst in ("r1", "r2")
    assert lock.worst == "c"
    assert "1 account not where they are locked" in lock.detail


def test_books_that_hold_nothing_of_a_measure_are_in_balance():
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "named_acv": [1.0, 2], "white_space_acv": [0.0, 0]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    for of in ("mean", "median", "target"):
        problem = topt.Problem(accounts, team, criteria=[topt.Balance("white_space_acv", within=0.1, of=of)])
        assert topt.evaluate(problem, topt.Alignment.from_index(problem, [0, 1])).feasible
        assert topt.solve(problem).termination.reason is topt.Reason.OPTIMAL


def test_a_load_that_friction_eats_up_breaks_every_hard_band_and_costs_in_an_elastic_one():
    accounts = topt.Accounts.from_frame(
        {"account_id": ["a", "b"], "acv": [10.0, 10], "lat": [40.0, 41], "lon": [-90.0, -90], "visits": [10, 10]}
    )
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"], "lat": [45.0, 46], "lon": [-90.0, -90]})
    policy = topt.Policy(friction_per_hour=100.0)
    for of in ("mean", "median"):
        hard = topt.Problem(accounts, team, policy=policy, criteria=[topt.Balance("load", within=0.9, of=of)])
        check = topt.evaluate(hard, topt.Alignment.from_index(hard, [0, 1])).checks[0]
        assert not check.satisfied
        assert "below zero" in check.detail
        assert topt.solve(hard).termination.reason is topt.Reason.INFEASIBLE
    soft = topt.Problem(accounts, team, policy=policy, criteria=[topt.Balance("load", within=0.9, weight=1.0)])
    result = topt.solve(soft, gap=0.0)
    assert result.termination.reason is topt.Reason.OPTIMAL
    assert result.objective > 0


def test_an_alignment_of_another_problem_is_refused():
    accounts, team = small()
    problem = topt.Problem(accounts, team, criteria=[])
    other = topt.Problem(
        topt.Accounts.from_frame({"account_id": list("abce"), "acv": [1.0, 1, 1, 1]}), team, criteria=[]
    )
    alignment = topt.Alignment.from_index(other, [0, 0, 1, 1])
    with pytest.raises(topt.DataError, match="has other accounts than the problem"):
        topt.evaluate(problem, alignment)


def test_evaluation_survives_pickling_and_its_books_cannot_be_changed():
    import pickle

    accounts, team = small()
    problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.6)])
    found = topt.evaluate(problem, topt.Alignment.from_index(problem, [0, 0, 0, 1]))
    again = pickle.loads(pickle.dumps(found))
    assert again.objective == found.objective
    assert again.books["tam"].tolist() == [300.0, 100.0]
    with pytest.raises(ValueError, match="read-only"):
        again.books["tam"][0] = 0.0
    with pytest.raises(TypeError):
        again.books["tam"] = 0


@pytest.mark.parametrize("given", [None, [0, 1], "plan"])
def test_what_is_no_alignment_is_refused_with_the_way_to_make_one(given):
    accounts, team = small()
    problem = topt.Problem(accounts, team, criteria=[])
    with pytest.raises(topt.DataError, match=f"is {type(given).__name__} where an Alignment is needed.*from_frame"):
        topt.evaluate(problem, given)
    with pytest.raises(topt.DataError, match="where an Alignment is needed"):
        topt.envy(problem, given)


def test_details_are_in_digits_and_in_the_number_of_what_they_count():
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [1_558_240.0, 2_000_000.0]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    rules = [
        topt.Balance("tam", within=0.1),
        topt.Balance("acv", between=(-np.inf, 1_900_000.0)),
        topt.BookLimits("tam", upper=[1_600_000.0, 1_600_000.0]),
    ]
    problems = [topt.Problem(accounts, team, criteria=[rule]) for rule in rules]
    plan = topt.Alignment.from_index(problems[0], [0, 1])
    first, second, third = (topt.evaluate(problem, plan).checks[0].detail for problem in problems)
    assert first == "2 books outside 10% around the mean 1,779,120; tightest r1 at 1,558,240"
    assert second == "1 book outside, at most 1,900,000; tightest r2 at 2,000,000"
    assert third == "1 book outside its limits; tightest r2 at 2,000,000, limit 1,600,000"
