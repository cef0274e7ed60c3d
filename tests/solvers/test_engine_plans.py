"""Plans of a median: which are tried, in which order, and what comes back."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import territory_opt as topt
from territory_opt.data import load_sample
from territory_opt.events import Cancel
from territory_opt.formulation.median import Placement
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.solvers.engine_plans import Try, between, median_plans, priced_plan, try_plans
from territory_opt.termination import Limit

BOOKS = {"load": np.array([7.0, 10.0, 13.0, 14.0])}


def request(seconds=60.0, gap=1e-3):
    now = time.perf_counter()
    return Request(deadline=now + seconds, gap=gap, seed=1, threads=1, started=now)


def plans():
    return list(median_plans(BOOKS, {"load": 10.0}))


def objective(attempt):
    return float(attempt.rep_index[0])


def tried(answers, asked=None, bound=90.0, **options):
    """Try the plans with given objectives in order; None is no alignment. Returns the attempt and the middles tried."""
    left, seen = iter(answers), []

    def solve(plan, within, near, least):
        value = next(left)
        seen.append(plan["load"].middle)
        if value is None:
            return Attempt(None, bound, Limit.ITERATIONS, "nothing")
        return Attempt(np.array([value]), bound, Limit.GAP)

    found = try_plans(map(Try, plans()), solve, objective, asked or request(), bound, **{"further": 0, **options})
    return found, seen


def test_the_middle_that_the_relaxation_chose_comes_first_and_that_of_its_books_last():
    assert [plan["load"].middle for plan in plans()] == [10.0, 10.75, 11.5]


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_books_inside_the_limits_of_a_plan_keep_the_median_band(part):
    rng = np.random.default_rng(3)
    for k in (4, 5, 8, 9):
        full = rng.uniform(0.85, 1.15, k)
        low, high = Placement.of_books(full).towards(0.98, part).limits(0.15)
        books = rng.uniform(low, high)
        middle = np.median(books)
        assert (np.abs(books - middle) <= 0.15 * middle + 1e-12).all()


def test_the_best_plan_is_solved_again_in_the_time_that_is_left():
    found, seen = tried([101.0, 100.0, None, 95.0])
    assert seen == [10.0, 10.75, 11.5, 10.75]
    assert found.rep_index[0] == 95.0


def test_a_better_first_answer_survives_a_worse_second_one():
    found, _ = tried([101.0, 100.0, None, 100.5])
    assert found.rep_index[0] == 100.0


def test_no_further_plan_is_tried_once_the_gap_is_reached():
    found, seen = tried([90.05])
    assert seen == [10.0]
    assert found.rep_index[0] == 90.05


def test_without_an_answer_the_first_reason_is_given_with_the_bound_of_the_relaxation():
    found, seen = tried([None, None, None])
    assert len(seen) == 3
    assert (found.rep_index, found.bound, found.detail) == (None, 90.0, "nothing")
    assert found.limit is Limit.ITERATIONS


def test_a_median_at_or_below_zero_is_no_plan():
    none = [Try({"load": Placement(np.arange(4), -1.0)})]
    found = try_plans(none, lambda plan, within: pytest.fail("solved"), objective, request(), 5.0)
    assert found.rep_index is None and "not above zero" in found.detail


def test_time_that_ran_out_is_said():
    found, _ = tried([None, None, None], asked=request(0.0))
    assert found.limit is Limit.TIME


def test_books_of_the_relaxation_far_from_its_middle_are_no_obstacle():
    """Friction in the load: the median of the books is where some cannot follow, the middle that was chosen is not."""
    accounts, team = load_sample(3_000, 21, seed=3)
    problem = topt.Problem(accounts, team)
    result = topt.solve(problem, solver="lagrangian", gap=0.05, time_limit=60)
    assert result.has_alignment and result.evaluation.feasible


def test_a_try_begins_where_it_says_and_the_end_at_the_best_answer():
    answers, begun, asked = iter([101.0, None, 102.0, 99.0]), [], []

    def solve(plan, within, near, least):
        begun.append(None if near is None else near.tolist())
        asked.append(least)
        value = next(answers)
        return Attempt(None if value is None else np.array([value]), 90.0, Limit.GAP, "nothing")

    first, second, third = plans()
    tries = [Try(first), Try(second), Try(third, np.array([7]))]
    found = try_plans(tries, solve, objective, request(), 90.0, further=0)
    assert begun == [None, None, [7], [101.0]]
    assert asked == [np.inf, 101.0, 101.0, np.inf]
    assert found.rep_index[0] == 99.0


def test_plans_are_made_one_by_one_and_none_after_the_gap_is_reached():
    made = []

    def tries():
        for plan in plans():
            made.append(plan)
            yield Try(plan)

    found = try_plans(tries(), lambda *_: Attempt(np.array([90.05]), 90.0, Limit.GAP), objective, request(), 90.0)
    assert found.rep_index[0] == 90.05 and len(made) <= 2


def test_the_fallback_is_tried_only_where_no_plan_brought_an_answer():
    other = {"load": Placement(np.arange(4), 9.0)}
    assert tried([None, None, None, 105.0, 104.0], fallback=other)[1] == [10.0, 10.75, 11.5, 9.0, 9.0]
    assert tried([101.0, None, None, 100.0], fallback=other)[1] == [10.0, 10.75, 11.5, 10.0]


def test_an_answer_in_hand_is_never_thrown_away():
    known = (Attempt(np.array([99.0]), 90.0), plans()[2])
    found, seen = tried([None, None, None, None], known=known)
    assert found.rep_index[0] == 99.0
    assert seen[-1] == 11.5


@pytest.mark.parametrize("step", [2, 3, 4])
def test_ctrl_c_in_a_later_step_returns_the_answer_of_an_earlier_one(step):
    count, cancel = 0, Cancel()

    def solve(plan, within, near, least):
        nonlocal count
        count += 1
        if count == step:
            raise KeyboardInterrupt
        return Attempt(np.array([100.0 + count]), 90.0, Limit.GAP)

    asked = replace(request(), cancel=cancel)
    found = try_plans(map(Try, plans()), solve, objective, asked, 90.0)
    assert found.rep_index[0] == 101.0
    assert found.limit is Limit.INTERRUPTED
    assert cancel.requested and count == step


def test_after_a_cancel_no_further_step_is_begun():
    count, cancel = 0, Cancel()

    def solve(plan, within, near, least):
        nonlocal count
        count += 1
        cancel.request()
        return Attempt(np.array([101.0]), 90.0, Limit.TIME)

    found = try_plans(map(Try, plans()), solve, objective, replace(request(), cancel=cancel), 90.0)
    assert (found.rep_index[0], found.limit, count) == (101.0, Limit.INTERRUPTED, 1)


def test_books_inside_the_plan_of_the_multipliers_keep_the_median_band():
    rng = np.random.default_rng(6)
    for k in (4, 7):
        price = rng.normal(size=k)
        low, high = priced_plan({"load": price}, {"load": 3.0})["load"].limits(0.15)
        assert low[np.argmin(price)] > 2.9 and high[np.argmax(price)] < 3.1
        books = rng.uniform(low, high)
        assert (np.abs(books - np.median(books)) <= 0.15 * np.median(books)).all()


def test_a_plan_that_needs_long_waits_until_the_others_had_their_turn():
    asked, answers = [], iter([None, None, None, None, 100.0, 99.0])

    def solve(plan, within, near, least):
        asked.append((plan["load"].middle, within.deadline - time.perf_counter()))
        value = next(answers)
        if value is None:
            return Attempt(None, 90.0, Limit.TIME, "nothing")
        return Attempt(np.array([value]), 90.0, Limit.GAP)

    found = try_plans(map(Try, plans()), solve, objective, request(10_000.0), 90.0)
    assert found.rep_index[0] == 99.0
    assert [middle for middle, _ in asked] == [10.0, 10.75, 11.5, 10.0, 10.75, 10.75]
    assert all(seconds < 1_000.0 for _, seconds in asked[:3])
    assert all(seconds > 1_000.0 for _, seconds in asked[3:])


@given(
    best=st.floats(5.0, 15.0),
    low=st.floats(0.5, 4.0),
    high=st.floats(0.5, 4.0),
    bend=st.floats(0.1, 10.0),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_next_middle_is_the_least_of_a_parabola_where_there_is_one(best, low, high, bend):
    at = best + 0.1 * min(low, high)
    known = [
        (at - low, bend * (at - low - best) ** 2),
        (at, bend * (at - best) ** 2),
        (at + high, bend * (at + high - best) ** 2),
    ]
    found = between(known, at)
    if found is None or max(low, high) > 4 * min(low, high):
        return
    assert found == pytest.approx(best, rel=1e-6)


def test_the_next_middle_lies_between_neighbours_or_one_step_out_and_never_next_to_one_that_is_known():
    assert between([(10.0, 1.0)], 10.0) is None
    assert between([(10.0, 1.0), (9.0, 2.0)], 10.0) == pytest.approx(11.0)
    assert between([(10.0, 1.0), (11.0, np.inf)], 10.0) == pytest.approx(9.0)
    assert 10.0 < between([(9.0, np.inf), (10.0, 1.0), (14.0, np.inf)], 10.0) < 14.0
    assert between([(9.99, 5.0), (10.0, 1.0), (10.01, 5.0)], 10.0) is None
    assert between([(1.0, 1.0), (3.0, 2.0)], 1.0) is None  # The step out would end below zero.


def test_middles_that_were_not_planned_are_tried_where_those_planned_point():
    rep_index = np.zeros(1, dtype=np.int64)
    asked = []

    def solve(plan, within, near, least):
        middle = plan["load"].middle
        asked.append(middle)
        return Attempt(np.array([round(1e6 * ((middle - 10.7) ** 2 + 5.0))]), limit=Limit.GAP)

    plans = [Try({"load": Placement(rep_index, middle)}) for middle in (8.0, 10.0, 12.0)]
    found = try_plans(plans, solve, lambda attempt: attempt.rep_index[0] / 1e6, request(), 0.0)
    assert found.rep_index[0] / 1e6 == pytest.approx(5.0, abs=1e-4)
    assert asked[:3] == [8.0, 10.0, 12.0]
    assert asked[3] == pytest.approx(10.7, abs=1e-3)
