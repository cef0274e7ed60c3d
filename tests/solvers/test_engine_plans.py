"""Plans of a median: which are tried, in which order, and what comes back."""

import time

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.data import load_sample
from territory_opt.formulation.median import Placement
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.solvers.engine_plans import median_plans, try_plans
from territory_opt.termination import Limit

BOOKS = {"load": np.array([7.0, 10.0, 13.0, 14.0])}


def request(seconds=60.0, gap=1e-3):
    now = time.perf_counter()
    return Request(deadline=now + seconds, gap=gap, seed=1, threads=1, started=now)


def plans():
    return list(median_plans(None, BOOKS, {"load": 10.0}))


def tried(answers, asked=None, bound=90.0):
    """Try the plans with given objectives in order; None is no alignment. Returns the attempt and the middles tried."""
    left, seen = iter(answers), []

    def solve(plan, within, near, least):
        value = next(left)
        seen.append(plan["load"].middle)
        if value is None:
            return Attempt(None, bound, Limit.ITERATIONS, "nothing")
        return Attempt(np.array([value]), bound, Limit.GAP)

    found = try_plans(plans(), solve, lambda a: float(a.rep_index[0]), asked or request(), bound)
    return found, seen


def test_the_middle_that_the_relaxation_chose_comes_first_and_that_of_its_books_last():
    assert [plan["load"].middle for plan in plans()] == [10.0, 10.75, 11.5]


def test_what_the_classes_settled_comes_before_all_others():
    settled = {"load": Placement(np.arange(4), 9.0)}
    assert next(iter(median_plans(settled, BOOKS, {"load": 10.0}))) is settled


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
    none = [{"load": Placement(np.arange(4), -1.0)}]
    found = try_plans(none, lambda plan, within: pytest.fail("solved"), lambda a: 0.0, request(), 5.0)
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


def test_the_last_plan_begins_at_the_relaxed_answer_and_the_end_at_the_best_one():
    answers, begun, asked = iter([101.0, None, 102.0, 99.0]), [], []

    def solve(plan, within, near, least):
        begun.append(None if near is None else near.tolist())
        asked.append(least)
        value = next(answers)
        return Attempt(None if value is None else np.array([value]), 90.0, Limit.GAP, "nothing")

    found = try_plans(plans(), solve, lambda a: float(a.rep_index[0]), request(), 90.0, np.array([7]))
    assert begun == [None, None, [7], [101.0]]
    assert asked == [np.inf, 101.0, 101.0, np.inf]
    assert found.rep_index[0] == 99.0
