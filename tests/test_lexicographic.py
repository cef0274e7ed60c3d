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


def told(acv, owner, *criteria):
    accounts = topt.Accounts.from_frame({"account_id": [f"a{i}" for i in range(len(acv))], "acv": acv, "owner": owner})
    return topt.Problem(accounts, topt.Team.from_frame({"rep_id": sorted(set(owner))}), criteria=criteria)


@pytest.mark.parametrize(
    ("limit", "first"),
    [(topt.Balance("tam", within=0.2), "balance:tam"), (topt.Variation("tam", at_most=0.2), "variation:tam")],
)
def test_what_a_step_may_give_up_never_exceeds_the_own_limit_of_the_problem(limit, first):
    # Without a move the books lie 26% from the mean: what may be given up allows that, the problem does not.
    problem = told([50e3, 14.5e3, 37.5e3], ["r0", "r0", "r1"], limit)
    found = topt.lexicographic(problem, first, "disruption", give=20.0)
    assert topt.evaluate(problem, found.alignment).feasible
    assert found.steps[1].value > 0


def test_a_cap_on_moves_of_the_problem_holds_for_later_steps():
    cap = topt.Disruption("tam", at_most=0.2)
    problem = told([50e3, 14.5e3, 37.5e3], ["r0", "r0", "r1"], cap, topt.Costs(np.array([[9, 0], [1, 1], [0, 9]])))
    found = topt.lexicographic(problem, "balance:tam", "disruption", "objective", give=9.0)
    assert topt.evaluate(problem, found.alignment).feasible


def test_a_book_of_more_than_twice_the_mean_has_a_narrowest_band_too():
    problem = told([1e6, 1e3, 2e3, 1e3], ["r0", "r1", "r2", "r1"])
    found = topt.lexicographic(problem, "balance:tam", "disruption")
    wide = 3 * 1e6 / 1.004e6 - 1
    assert found.steps[0].value == pytest.approx(wide)
    assert wide - 1e-3 <= found.steps[0].bound <= wide
    assert found.steps[1].value == 0
    assert found.alignment.rep_index.tolist().count(found.alignment.rep_index[0]) == 1


def on_a_road(per_hour):
    accounts = topt.Accounts.from_frame(
        {"account_id": list("abcd"), "acv": [1e6, 1e3, 2e3, 1e3], "lat": [40.0, 41, 42, 43], "lon": [-80.0] * 4}
    )
    team = topt.Team.from_frame({"rep_id": ["r0", "r1", "r2"], "lat": [40.0, 41, 42], "lon": [-80.0] * 3})
    return topt.Problem(accounts, team, policy=topt.Policy(friction_per_hour=per_hour), criteria=[])


def test_a_deviation_that_no_band_around_a_moving_mean_can_state_is_refused_in_words():
    with pytest.raises(topt.CriterionError, match="a band reaches 100% at the most"):
        topt.minimax(on_a_road(1.0), "load")


@pytest.mark.parametrize("name", ["balance:load", "variation:load"])
def test_without_a_mean_above_zero_there_is_no_step_and_it_is_said(name):
    found = topt.lexicographic(on_a_road(1e6), name, time_limit=20)
    assert found.steps == ()
    assert "no mean above zero" in str(found)


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (("balance:tam", "objective"), "has a price"),
        (("disruption", "disruption:acv"), "one or more different criteria"),
        ((["disruption"],), "no criterion"),
    ],
)
def test_what_would_take_the_place_of_a_price_or_is_asked_twice_is_refused(order, message):
    priced = told([5e4, 3e4, 2e4], ["r0", "r1", "r0"], topt.Balance("tam", within=0.0, weight=1.0))
    with pytest.raises(topt.CriterionError, match=message):
        topt.lexicographic(priced, *order)


def test_every_step_hears_the_cancel(monkeypatch):
    from territory_opt.frontier import search

    cancel = topt.Cancel()
    heard = []

    def interrupted(problem, **options):
        cancel.request()
        heard.append(options["cancel"].requested)
        return topt.solve(problem, **options)

    monkeypatch.setattr(search, "solve", interrupted)
    found = topt.lexicographic(make(1, n=6), "disruption", "travel", cancel=cancel)
    assert heard[0]
    assert found.steps == ()


def test_ctrl_c_ends_the_order_and_not_one_rung_of_it(monkeypatch):
    from territory_opt.solvers import choose

    calls = []
    carve_varied = choose.carve_varied

    def stopped(*args, **kwargs):
        calls.append(args)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return carve_varied(*args, **kwargs)

    monkeypatch.setattr(choose, "carve_varied", stopped)
    found = topt.lexicographic(make(1, n=6), "balance:tam", "disruption", "travel", tolerance=1e-9)
    assert len(calls) == 2
    assert len(found.steps) == 1
    assert found.result.has_alignment
