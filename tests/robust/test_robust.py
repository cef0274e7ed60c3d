"""A robust carve: how often bands hold, what is tightened, and what it costs."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.fairness.uncertainty_model import error_model
from territory_opt.robust.held import Held, band_holds, tightened, uncertain_bands
from territory_opt.robust.search import _answer, _Found

EASY = {"sigma": 0.15, "correlation": 0.0, "draws": 400}


def problem_of(criteria, n=40, n_reps=2, seed=3, spread=2.0, **policy) -> topt.Problem:
    rng = np.random.default_rng(seed)
    accounts = {
        "account_id": [f"a{i}" for i in range(n)],
        "acv": rng.uniform(2e4, spread * 2e4, n).round(-2),
        "lat": rng.uniform(38, 42, n),
        "lon": rng.uniform(-90, -84, n),
    }
    reps = {
        "rep_id": [f"r{j}" for j in range(n_reps)],
        # One rep sits in the middle and would have everything, so that the bands decide.
        "lat": [40.0, *rng.uniform(36, 37, n_reps - 1)],
        "lon": [-87.0, *rng.uniform(-92, -91, n_reps - 1)],
    }
    return topt.Problem(
        topt.Accounts.from_frame(accounts),
        topt.Team.from_frame(reps),
        policy=topt.Policy(friction_per_hour=policy.pop("friction_per_hour", 0.0)),
        criteria=[topt.Travel(weight=1.0), *criteria],
    )


@pytest.mark.parametrize("of", ["mean", "median", "target"])
def test_the_held_share_agrees_with_draws_made_elsewhere(of) -> None:
    problem = problem_of([topt.Balance("tam", within=0.12, of=of)], n=24, n_reps=3)
    plan = topt.Alignment.from_index(problem, [i % 3 for i in range(24)])
    model = error_model(problem, 0.3, correlation=0.0, by="segment", draws=4000, seed=1)
    held = band_holds(problem, plan, uncertain_bands(problem), model)
    rng = np.random.default_rng(9)
    acv = problem.measure("tam").base
    errors = np.exp(0.3 * rng.normal(size=(4000, 24)) - 0.045)
    books = np.stack([(errors * acv)[:, plan.rep_index == j].sum(axis=1) for j in range(3)], axis=1)
    target = (errors @ acv) / 3  # what all accounts of a draw make per book
    middle = {"mean": books.mean(axis=1), "median": np.median(books, axis=1), "target": target}[of]
    inside = np.abs(books - middle[:, None]) <= 0.12 * middle[:, None]
    assert held.every == pytest.approx(inside.all(axis=1).mean(), abs=0.03)
    assert held.book == pytest.approx(inside.mean(axis=0), abs=0.03)
    assert held.share("each") == held.book.min() >= held.share("every")


@pytest.mark.parametrize("of", ["mean", "median", "target"])
def test_the_held_share_is_the_one_the_forecast_risk_reports(of) -> None:
    problem = problem_of([topt.Balance("tam", within=0.12, of=of)], n=24, n_reps=3)
    plan = topt.Alignment.from_index(problem, [i % 3 for i in range(24)])
    risk = topt.fairness(problem, plan).under_uncertainty(sigma=0.3, draws=500, seed=4)
    model = error_model(problem, 0.3, correlation=0.3, by="segment", draws=500, seed=4)
    held = band_holds(problem, plan, uncertain_bands(problem), model)
    assert held.every == pytest.approx(risk.measure("tam").p_all_in_band, abs=1e-12)


def test_errors_multiply_a_table_of_ones_own() -> None:
    worth = np.full((8, 2), 10.0)
    problem = topt.Problem.from_arrays(np.zeros((8, 2)), measures={"load": worth})
    problem = problem.with_criteria(topt.Balance("load", within=0.1))
    plan = topt.Alignment.from_index(problem, np.arange(8) % 2)
    model = error_model(problem, 0.3, correlation=0.0, by="segment", draws=500, seed=1)
    books = np.exp(0.3 * np.random.default_rng(2).normal(size=(4000, 2, 4))).sum(axis=2)
    expected = (np.abs(books / books.mean(axis=1, keepdims=True) - 1.0) <= 0.1).all(axis=1).mean()
    assert band_holds(problem, plan, uncertain_bands(problem), model).every == pytest.approx(expected, abs=0.07)


def test_a_band_around_a_middle_below_zero_holds_in_no_draw() -> None:
    # As for evaluate: friction has eaten the loads up, and equal books are no balance any more.
    problem = problem_of([topt.Balance("load", within=0.5)], n=12, friction_per_hour=5000.0)
    plan = topt.Alignment.from_index(problem, np.arange(12) % 2)
    assert not topt.evaluate(problem, plan).feasible
    model = error_model(problem, 0.0, correlation=0.0, by="segment", draws=4, seed=1)
    wide = (topt.Balance("load", within=1.0),)
    assert band_holds(problem, plan, wide, model).book.tolist() == [0.0, 0.0]


def test_more_draws_than_memory_holds_are_refused() -> None:
    problem = problem_of([topt.Balance("tam", within=0.1)], n=500, n_reps=500)
    plan = topt.Alignment.from_index(problem, np.arange(500))
    model = error_model(problem, 0.3, correlation=0.0, by="segment", draws=1_000_000, seed=1)
    with pytest.raises(topt.CriterionError, match="ask for fewer draws"):
        band_holds(problem, plan, uncertain_bands(problem), model)


def test_errors_do_not_multiply_the_coverage_friction() -> None:
    problem = problem_of([topt.Balance("load", between=(0.0, math.inf))], n=12, friction_per_hour=50.0)
    plan = topt.Alignment.from_index(problem, [i % 2 for i in range(12)])
    everyone = np.arange(12)
    load = problem.contribution("load", everyone, plan.rep_index)
    gross = problem.measure("load").base
    model = error_model(problem, 0.5, correlation=1.0, by="segment", draws=3000, seed=1)
    held = band_holds(problem, plan, uncertain_bands(problem), model)
    assert problem.measure("load").pair_dependent
    # One shared factor for all: a book is above zero when the factor is above friction over gross.
    for j in range(2):
        mine = plan.rep_index == j
        limit = 1.0 - load[mine].sum() / gross[mine].sum()
        z = (math.log(limit) + 0.125) / 0.5
        above = 0.5 * math.erfc(z / math.sqrt(2))
        assert held.book[j] == pytest.approx(above, abs=0.03)


def test_a_robust_plan_holds_more_often_and_costs_no_less() -> None:
    problem = problem_of([topt.Balance("tam", within=0.15)])
    found = topt.solve_robust(problem, share=0.95, **EASY)
    assert found.nominal_held < 0.95 <= found.held
    assert found.reached
    assert found.held_fresh == pytest.approx(found.held, abs=0.05)
    assert found.price >= -1e-6 * found.nominal.objective
    low, high = found.price_range
    assert 0.0 <= low <= found.price + 1e-9 <= high + 1e-9
    assert topt.evaluate(problem, found.alignment).feasible
    assert found.rounds[0].tightening == 0.0
    assert all(a.tightening != b.tightening for a, b in zip(found.rounds, found.rounds[1:], strict=False))


def test_the_fresh_share_is_counted_on_draws_that_the_search_never_saw() -> None:
    problem = problem_of([topt.Balance("tam", within=0.15)])
    found = topt.solve_robust(problem, share=0.95, seed=7, **EASY)
    unseen = replace(found.model, seed=8)
    assert found.held_fresh == band_holds(problem, found.alignment, uncertain_bands(problem), unseen).every


def test_of_the_plans_that_reach_the_share_the_cheapest_is_returned() -> None:
    problem = problem_of([topt.Balance("tam", within=0.15)], n=8)
    bands = uncertain_bands(problem)
    model = error_model(problem, 0.1, correlation=0.0, by="segment", draws=10, seed=1)
    plan = topt.Alignment.from_index(problem, np.arange(8) % 2)

    def made(tightening: float, objective: float, bound: float, held: float) -> _Found:
        result = SimpleNamespace(alignment=plan, objective=objective, bound=bound, has_alignment=True)
        return _Found(tightening, result, Held(held, np.array([held, held])))

    plans = [made(0.0, 5.0, 4.5, 0.5), made(0.5, 9.0, 6.0, 0.9), made(0.25, 8.0, 5.5, 0.8)]
    found = _answer(problem, bands, model, plans[0].result, plans, [], 0.8, "every")
    assert (found.reached, found.tightening, found.price) == (True, 0.25, 3.0)
    # The optima lie between bound and objective: 5.5 to 8 against 4.5 to 5.
    assert found.price_range == (0.5, 3.5)
    none = _answer(problem, bands, model, plans[0].result, plans, [], 0.95, "every")
    assert (none.reached, none.tightening) == (False, 0.5)


def test_a_plan_that_holds_already_is_left_alone() -> None:
    problem = problem_of([topt.Balance("tam", within=0.9)])
    found = topt.solve_robust(problem, share=0.9, **EASY)
    assert (found.reached, found.tightening, len(found.rounds)) == (True, 0.0, 1)
    assert found.price == 0.0
    assert found.alignment == found.nominal.alignment


def test_each_is_a_weaker_demand_than_every() -> None:
    problem = problem_of([topt.Balance("tam", within=0.15)], n=60, n_reps=4)
    every, each = (topt.solve_robust(problem, share=0.9, hold=hold, rounds=3, **EASY) for hold in ("every", "each"))
    assert each.nominal_held >= every.nominal_held
    assert each.tightening <= every.tightening


def test_a_share_that_cannot_be_reached_is_said_to_be() -> None:
    problem = problem_of([topt.Balance("tam", within=0.02)], n=8)
    found = topt.solve_robust(problem, share=0.9, sigma=0.8, draws=300, rounds=3)
    assert not found.reached
    assert found.held < 0.9
    assert "cannot be reached" in " ".join(found.notes)
    assert "Not reached" in str(found)


def test_bands_without_a_width_to_narrow_are_solved_once() -> None:
    # Below zero after friction in some draws, and an end at zero that no share of itself can move.
    problem = problem_of([topt.Balance("load", between=(0.0, math.inf))], n=12, friction_per_hour=50.0)
    found = topt.solve_robust(problem, share=0.999, sigma=1.5, correlation=1.0, draws=300, rounds=3)
    assert (found.reached, len(found.rounds)) == (False, 1)
    assert "no width that could be narrowed" in " ".join(found.notes)


def test_an_infeasible_problem_is_a_result() -> None:
    problem = problem_of([topt.Balance("tam", between=(1.0, 2.0))])
    found = topt.solve_robust(problem, **EASY)
    assert not found.reached and found.robust is None and found.price is None
    assert "No alignment was found" in str(found)
    with pytest.raises(topt.NoAlignmentError):
        _ = found.alignment


def test_tightening_moves_the_ends_towards_the_middle() -> None:
    assert tightened(topt.Balance("tam", within=0.2, of="median"), 0.5) == topt.Balance("tam", within=0.1, of="median")
    assert tightened(topt.Balance("tam", between=(100.0, 200.0)), 0.5).between == (125.0, 175.0)
    assert tightened(topt.Balance("tam", between=(100.0, math.inf)), 0.5).between == (125.0, math.inf)
    assert tightened(topt.Balance("tam", between=(-math.inf, 100.0)), 0.5).between == (-math.inf, 75.0)


def test_bands_that_no_error_touches_stay_and_alone_they_are_refused() -> None:
    problem = problem_of([topt.Balance("account_units", within=0.5)])
    with pytest.raises(topt.CriterionError, match="nothing to break"):
        topt.solve_robust(problem)
    both = problem.with_criteria(topt.Balance("tam", within=0.2))
    assert [band.measure for band in uncertain_bands(both)] == ["tam"]


@pytest.mark.parametrize(
    "option",
    [
        {"share": 0.0},
        {"share": 1.0},
        {"share": "most"},
        {"rounds": 1.5},
        {"hold": "most"},
        {"rounds": 0},
        {"sigma": -1.0},
        {"correlation": 2.0},
    ],
)
def test_unusable_options_are_refused(option) -> None:
    with pytest.raises(topt.CriterionError):
        topt.solve_robust(problem_of([topt.Balance("tam", within=0.2)]), **option)


def test_it_prints_and_turns_into_tables() -> None:
    found = topt.solve_robust(problem_of([topt.Balance("tam", within=0.15)]), share=0.95, **EASY)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["reached"] is True
    assert list(found.to_frame()["tightening"])[:2] == [0.0, 0.5]
    assert "Price of robustness" in str(found)
    assert "<table>" in found._repr_html_()


def test_notes_stay_on_their_lines_whatever_an_id_holds() -> None:
    accounts = topt.Accounts.from_frame({"account_id": [f"a{i}" for i in range(6)], "acv": [1e4] * 6})
    team = topt.Team.from_frame({"rep_id": ["r\n1\x1b[31m", "<b>r2"]})
    problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.9)])
    found = topt.solve_robust(problem, draws=20)
    assert found.notes
    shown = replace(found, notes=("one\nNote: two\x1b[31m <b>",))
    text, html = str(shown), shown._repr_html_()
    assert "\x1b" not in text and text.splitlines()[-1] == "Note: one Note: two [31m <b>"
    assert "<b>" not in html
