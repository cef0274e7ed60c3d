"""Bands as rows: an alignment keeps the rows exactly when it keeps the band."""

import itertools

import numpy as np
import pytest

import territory_opt as topt
from ground_truth import Truth, random_case
from territory_opt.formulation.median import Placement


def assert_rows_say_the_band(case):
    problem, truth = case.problem(), Truth(case)
    for reps in itertools.islice(itertools.product(range(case.k), repeat=case.n), 0, None, 5):
        score = truth.score(reps)
        if abs(score.room) < 1e-5:
            continue
        formulation = topt.formulate(problem)
        x = formulation.encode(np.array(reps))
        assert (formulation.program.violation(x) <= 1e-9) == score.feasible, (reps, score)
        assert formulation.program.objective(x) == pytest.approx(score.objective, abs=1e-7)


@pytest.mark.parametrize("kind", ["mean", "target", "median", "between", "elastic", "elastic_between"])
@pytest.mark.parametrize("k", [2, 3])
def test_rows_hold_exactly_when_the_band_holds(kind, k):
    for seed in range(4):
        case = random_case(seed, n=4, k=k, kinds=[kind])
        case.criteria = [c for c in case.criteria if isinstance(c, topt.Balance)]
        assert_rows_say_the_band(case)


@pytest.mark.parametrize("k", [2, 3, 4])
def test_books_that_keep_their_places_keep_the_median_band(k):
    n_kept = 0
    for seed in range(6):
        case = random_case(seed, n=5, k=k, kinds=["median"], median="tam")
        case.criteria = [topt.Balance("tam", within=0.4, of="median")]
        problem, truth = case.problem(), Truth(case)
        scores = [(np.array(r), truth.score(r)) for r in itertools.product(range(k), repeat=5)]
        full = [np.array(score.books["tam"]) / np.array(truth.capacity) for _, score in scores]
        planned = full[int(np.argmax([score.room for _, score in scores]))]
        placement = Placement.of_books(planned)
        if placement.middle <= 0:
            continue
        formulation = topt.formulate(problem, median="placed", placements={"tam": placement})
        for reps, score in scores:
            if formulation.program.violation(formulation.encode(reps)) <= 1e-9:
                n_kept += 1
                assert score.feasible
    assert n_kept


def test_the_relaxed_median_keeps_every_alignment_that_keeps_the_band():
    for seed in range(10):
        case = random_case(seed, n=4, k=3, kinds=["median"])
        case.criteria = [c for c in case.criteria if isinstance(c, topt.Balance)]
        formulation, truth = topt.formulate(case.problem(), median="relaxed"), Truth(case)
        for reps in itertools.product(range(3), repeat=4):
            if truth.score(reps).room > 1e-6:
                assert formulation.program.violation(formulation.encode(np.array(reps))) <= 1e-9


def band(criterion, values=(3.0, 2, 2, 1), capacity=(1.0, 0.8), **columns):
    n, k = len(values), len(capacity)
    accounts = topt.Accounts.from_frame({"account_id": [f"a{i}" for i in range(n)], "acv": list(values), **columns})
    team = topt.Team.from_frame({"rep_id": [f"r{j}" for j in range(k)], "capacity": list(capacity)})
    formulation = topt.formulate(topt.Problem(accounts, team, criteria=[criterion]))
    return formulation.program, formulation.bands[0]


def test_limits_of_whole_numbers_are_rounded_inwards_but_not_by_noise():
    program, _ = band(topt.Balance("tam", between=(1.2, 2.5)))
    rows = program.block("balance.tam", "rows").slice
    assert program.row_lower[rows].tolist() == [2.0, 1.0]
    assert program.row_upper[rows].tolist() == [2.0, 2.0]  # 2.5 * 0.8 = 2.0000000000000004


def test_one_sided_bands_have_one_side():
    program, _ = band(topt.Balance("tam", between=(1, np.inf)))
    assert np.isinf(program.row_upper[program.block("balance.tam", "rows").slice]).all()


def test_rows_of_money_are_per_full_book_of_about_ten():
    program, found = band(
        topt.Balance("tam", within=0.1), values=(1000.5, 999.5, 1000.25, 1000.75), capacity=(1.0, 0.01)
    )
    rows = program.block("balance.tam", "rows").slice
    assert program.row_upper[rows] == pytest.approx([11.0, 11.0])
    assert found.scale == pytest.approx(4001.0 / 1.01 / 10)


def test_a_measure_of_nothing_makes_rows_that_nothing_keeps():
    program, _ = band(topt.Balance("tam", within=0.1), values=(0.0, 0, 0, 0))
    x = np.zeros(program.n_columns)
    x[::2] = 1.0
    assert program.violation(x) == 0.0


def test_middle_books_planned_too_far_apart_give_limits_that_still_make_the_band_certain():
    placement = Placement(np.arange(4), middle=100.0, spread=40.0)
    low, high = placement.limits(0.15)
    assert (low <= high).all()
    assert high.max() / low.min() <= 1.15 + 1e-12
