"""Median bands by way of the relaxation, placed books, the narrow band, and the whole program."""

from dataclasses import replace

import numpy as np
import pytest

import territory_opt as topt
import territory_opt.solvers.carve as carve
from ground_truth import Truth, random_case


@pytest.fixture
def at_size(monkeypatch):
    monkeypatch.setattr(carve, "EXACT_MEDIAN_PAIRS", 0)


def assert_true(case):
    answer = Truth(case).answer()
    if answer.unsure:
        return
    result = topt.solve(case.problem(), solver="highs", gap=0.0, time_limit=30)
    if answer.n_feasible == 0:
        assert result.termination.reason is topt.Reason.INFEASIBLE
        return
    assert result.objective == pytest.approx(answer.best, rel=1e-6, abs=1e-5)
    assert result.bound <= result.objective
    if answer.best == 0 or answer.best >= 1.5:
        assert result.termination.reason is topt.Reason.OPTIMAL


@pytest.mark.parametrize("k", [2, 3, 4])
def test_the_path_of_large_problems_finds_the_optimum_of_small_ones(at_size, k):
    for seed in range(9000, 9010):
        assert_true(random_case(seed, k=k, kinds=["median", "travel", "vertical"]))


def test_two_median_bands_at_once(at_size):
    for seed in range(9100, 9110):
        case = random_case(seed, k=3, kinds=["travel", "disruption"])
        case.criteria += [topt.Balance("tam", within=0.4, of="median"), topt.Balance("load", within=0.6, of="median")]
        assert_true(case)


@pytest.mark.parametrize("missing", ["places", "bound"])
def test_without_places_or_a_better_bound_the_answer_is_still_true(at_size, monkeypatch, missing):
    def settle(exact, keep, request, *, gap):
        found = settled(exact, keep, request, gap=gap)
        return replace(found, placements=None) if missing == "places" else replace(found, bound=-np.inf)

    settled = carve.settle_classes
    monkeypatch.setattr(carve, "settle_classes", settle)
    for seed in range(9200, 9208):
        assert_true(random_case(seed, k=3, kinds=["median", "travel"]))


def test_a_free_middle_alone_would_not_keep_the_median_band():
    # Books of .85 .85 .85 .85 1.15 fit a middle of 1 and have a median of .85.
    values = [85.0, 85, 85, 85, 115]
    accounts = topt.Accounts.from_frame({"account_id": list("abcde"), "acv": values})
    team = topt.Team.from_frame({"rep_id": [f"r{j}" for j in range(5)]})
    problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.15, of="median")])
    relaxed = topt.formulate(problem, median="relaxed")
    spread = np.arange(5)
    assert not carve.median_kept(problem, spread, None)
    assert not topt.evaluate(problem, topt.Alignment.from_index(problem, spread)).feasible
    assert topt.solve(problem).termination.reason is topt.Reason.INFEASIBLE
    assert relaxed.program.n_rows < topt.formulate(problem, median="exact").program.n_rows


def test_median_kept_says_what_evaluate_says():
    for seed in range(60):
        case = random_case(seed, kinds=["median"])
        problem, rng = case.problem(), np.random.default_rng(seed)
        reps = rng.integers(0, case.k, case.n)
        found = topt.evaluate(problem, topt.Alignment.from_index(problem, reps))
        band = next(check for check in found.checks if isinstance(check.criterion, topt.Balance))
        assert carve.median_kept(problem, reps, None) == band.satisfied


def test_a_stop_on_the_way_gives_an_alignment_that_keeps_the_band_or_none(at_size):
    case = random_case(9300, k=3, n=7, kinds=["median", "travel"])
    for stage in ("screen", "linear bound", "median", "search", "median bound"):

        def stop(progress, stage=stage):
            if progress.stage == stage:
                raise KeyboardInterrupt

        result = topt.solve(case.problem(), solver="highs", gap=0.0, on_event=stop)
        if result.has_alignment:
            assert result.evaluation.feasible
