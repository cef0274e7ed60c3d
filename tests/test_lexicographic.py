"""Criteria in order are as good as enumeration says the ones before allow."""

import itertools
import math

import numpy as np
import pytest

import territory_opt as topt
from explain.enumerated import make


def read(problem, reps):
    owner, acv = problem.owners.protected_index, problem.scores.acv
    reps = np.array(reps)
    books = np.bincount(reps, weights=acv, minlength=problem.n_reps)
    return {
        "balance:tam": np.abs(books / books.mean() - 1).max(),
        "variation:tam": books.std() / books.mean(),
        "disruption": acv[(owner >= 0) & (owner != reps)].sum() / acv[owner >= 0].sum(),
        "travel": problem.hours(np.arange(len(reps)), reps).sum(),
        "objective": topt.evaluate(problem, topt.Alignment.from_index(problem, reps)).objective,
    }


def best_in_order(problem, order, give):
    """Best value of every criterion in turn, by enumeration."""
    every = [read(problem, reps) for reps in itertools.product(range(problem.n_reps), repeat=problem.n_accounts)]
    every = [row for row in every if row["balance:tam"] <= problem.criteria[0].within + 1e-6]
    best = []
    for name in order:
        best.append(min(row[name] for row in every))
        every = [row for row in every if row[name] <= best[-1] * (1 + give) + 2e-6]
    return best


ORDERS = [
    ("balance:tam", "disruption", "travel"),
    ("disruption", "balance:tam"),
    ("variation:tam", "objective"),
    ("disruption", "travel"),
]


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
@pytest.mark.parametrize("give", [0.0, 0.4])
def test_every_step_is_the_best_that_the_steps_before_allow(order, give):
    for seed in (1, 4):
        problem = make(seed, n=6)
        found = topt.lexicographic(problem, *order, give=give, tolerance=1e-6, gap=0.0)
        assert [step.name for step in found.steps] == list(order)
        known = best_in_order(problem, order, give)
        for step, best in zip(found.steps, known, strict=True):
            assert step.value == pytest.approx(best, abs=3e-6, rel=1e-6)
            assert step.bound <= best + 1e-6
            assert step.value - step.bound <= 3e-6 * max(1.0, abs(best))
        values = read(problem, found.alignment.rep_index)
        for step in found.steps[:-1]:
            assert values[step.name] <= step.value * (1 + give) + 2e-6
        assert found.result.evaluation.feasible


def test_among_equals_the_objective_of_the_problem_decides():
    problem = make(2, n=6)
    found = topt.minimax(problem, "tam", give=0.5, tolerance=1e-6, gap=0.0)
    known = best_in_order(problem, ("balance:tam", "objective"), 0.5)
    assert topt.evaluate(problem, found.alignment).objective == pytest.approx(known[1])


def test_the_rungs_say_what_was_tried_and_prove_the_bound():
    found = topt.minimax(make(3, n=6), "tam", tolerance=1e-4)
    step = found.steps[0]
    assert {rung.status for rung in step.rungs} <= {"kept", "impossible", "not found"}
    assert any(rung.status == "impossible" for rung in step.rungs)
    assert step.bound <= min(rung.value for rung in step.rungs if rung.status == "kept")
    frame = found.to_frame()
    assert frame["criterion"].tolist() == ["balance:tam"]
    assert frame["n_rungs"].tolist() == [len(step.rungs)]
    assert "widest tam deviation" in str(found)
    assert "<script" not in found._repr_html_()


def test_without_an_alignment_there_is_no_step_and_the_result_says_why():
    problem = make(1, n=6, within=0.0)
    found = topt.lexicographic(problem, "balance:tam", "travel")
    assert found.steps == ()
    assert found.result.termination.reason is topt.Reason.INFEASIBLE
    assert "No alignment" in str(found)
    with pytest.raises(topt.NoAlignmentError):
        _ = found.alignment


def test_a_cancel_before_the_first_rung_keeps_what_there_is():
    cancel = topt.Cancel()
    cancel.request()
    found = topt.lexicographic(make(1, n=6), "balance:tam", "travel", cancel=cancel)
    assert len(found.steps) <= 1


@pytest.mark.parametrize(
    ("order", "options", "message"),
    [
        ((), {}, "one or more different criteria"),
        (("travel", "travel"), {}, "one or more different criteria"),
        (("travel", "disruption"), {}, "'travel' can only be last"),
        (("objective", "travel"), {}, "'objective' can only be last"),
        (("profit",), {}, "no criterion 'profit'"),
        (("balance:profit",), {}, "profit"),
        (("disruption",), {"give": -0.1}, "give=-0.1 must be a finite share"),
        (("disruption",), {"tolerance": math.nan}, "tolerance=nan must be a finite share"),
        (("disruption",), {"time_limit": -1}, "time_limit=-1"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(order, options, message):
    with pytest.raises(topt.TerritoryOptError, match=message):
        topt.lexicographic(make(1), *order, **options)


def test_a_fixed_range_has_no_band_to_narrow():
    problem = make(1).with_criteria(topt.Balance("accounts", between=(1, 5)))
    with pytest.raises(topt.CriterionError, match="fixed range"):
        topt.minimax(problem, "accounts")


def test_a_frontier_can_run_over_a_limit_on_variation():
    found = topt.frontier(make(2, n=6), "disruption", "variation:tam", points=4, gap=0.0)
    assert len(found.kept) >= 2
    for point in found.kept:
        assert point.values["variation:tam"] <= point.levels["variation:tam"] + 1e-6
