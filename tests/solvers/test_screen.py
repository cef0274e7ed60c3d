"""The screen proves infeasibility without a solver, names who and which rule, and never errs."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import territory_opt as topt
from ground_truth import Truth, random_case
from territory_opt.formulation.uneven import least_variation
from territory_opt.solvers.screen import screen


def problem(values, k=2, criteria=(), capacity=None, **columns):
    table = {"account_id": [f"a{i}" for i in range(len(values))], "acv": list(map(float, values)), **columns}
    reps = {"rep_id": [f"r{j}" for j in range(k)], "capacity": capacity or [1.0] * k}
    return topt.Problem(topt.Accounts.from_frame(table), topt.Team.from_frame(reps), criteria=criteria)


def test_a_feasible_problem_is_never_screened_out():
    n_screened = 0
    for seed in range(150):
        case = random_case(seed, kinds=None if seed % 2 else ["median", "mean", "between", "vertical"])
        reasons = screen(case.problem())
        if reasons:
            n_screened += 1
            assert Truth(case).answer().n_feasible == 0, (seed, reasons)
    assert n_screened > 10


def test_large_accounts_are_named_when_they_alone_break_a_limit_on_variation():
    values = [90, 70, 10, 10, 10, 10]
    least = min(
        np.std(books) / np.mean(books)
        for books in (np.bincount(reps, weights=values, minlength=3) for reps in itertools.product(range(3), repeat=6))
    )
    for at_most in (0.05, 0.25, 0.9 * least):
        said = screen(problem(values, 3, [topt.Variation("tam", at_most=at_most)]))
        assert not said or "account a0" in said[0]
    assert "account a0, account a1 fill books of their own" in said[0]
    assert "allow at_most=" in said[0]
    assert screen(problem(values, 3, [topt.Variation("tam", at_most=1.001 * least)])) == ()


@given(sizes=st.lists(st.integers(0, 40), min_size=2, max_size=6), k=st.integers(2, 4))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_no_alignment_is_more_even_than_the_floor_that_the_largest_accounts_set(sizes, k):
    if not sum(sizes):
        return
    floor, n_large = least_variation(sizes, k)
    assert n_large < k
    for reps in itertools.product(range(k), repeat=len(sizes)):
        books = np.bincount(reps, weights=sizes, minlength=k)
        assert books.std() / books.mean() >= floor - 1e-12


def test_nothing_is_said_about_a_problem_without_criteria():
    assert screen(problem([1, 2])) == ()


WHALES = [
    topt.Balance("tam", within=0.2),
    topt.Balance("tam", within=0.2, of="target"),
    topt.Balance("tam", within=0.1, of="median"),
    topt.Balance("tam", between=(0, 40_000.1234567)),
]


@pytest.mark.parametrize("criterion", WHALES)
@pytest.mark.parametrize("size", [75_234.567, 333_333.3333])
def test_a_whale_is_named_with_a_band_that_does_hold_it(criterion, size):
    values = [size, 12_000.5, 11_000, 10_000, 9_000]
    stated = problem(values, criteria=[criterion])
    result = topt.solve(stated)
    assert result.termination.reason is topt.Reason.INFEASIBLE
    text = result.termination.detail
    assert "account a0 is a whale: tam" in text
    between = re.search(r"between=\((-?[\d.e+]+), ([\d.e+]+)\) would hold it", text)
    within = re.search(r"within=([\d.]+) of the (mean|target) would hold it", text)
    if between:
        band = topt.Balance("tam", between=(float(between[1]), float(between[2])))
    else:
        band = topt.Balance("tam", within=float(within[1]), of=within[2])
    assert topt.solve(problem(values, criteria=[band])).termination.reason is topt.Reason.OPTIMAL


def test_a_whale_in_a_team_of_part_time_reps_fits_the_band_it_is_told():
    stated = problem([50.0, 10, 10, 10], criteria=[topt.Balance("tam", between=(0, 60))], capacity=[0.5, 0.8])
    (text,) = (reason for reason in screen(stated) if "whale" in reason)
    high = float(re.search(r"between=\(0, ([\d.]+)\)", text)[1])
    assert high == pytest.approx(62.5)
    again = problem([50.0, 10, 10, 10], criteria=[topt.Balance("tam", between=(0, high))], capacity=[0.5, 0.8])
    assert not any("whale" in reason for reason in screen(again))


def test_a_family_can_be_a_whale():
    stated = problem(
        [20.0, 20, 20, 10, 10], criteria=[topt.Together([["a0", "a1", "a2"]]), topt.Balance("tam", within=0.2)]
    )
    assert any("the family of account a0 (3 accounts) is a whale" in reason for reason in screen(stated))


def test_many_whales_are_counted():
    stated = problem([10.0] * 8, criteria=[topt.Balance("tam", between=(0, 9))])
    assert any("... and 3 more like these" in reason for reason in screen(stated))


def test_an_account_no_rep_may_have_is_named_with_its_rule():
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"], "verticals": ["retail", "energy"]})
    accounts = topt.Accounts.from_frame(
        {"account_id": ["a", "b", "c"], "acv": [1.0, 2, 3], "vertical": ["retail", "health", ""]}
    )
    result = topt.solve(topt.Problem(accounts, team, criteria=[topt.Eligible("vertical")]))
    assert result.termination.reason is topt.Reason.INFEASIBLE
    expected = "no rep may have account b (vertical 'health'): reps serve the vertical of their accounts"
    assert result.termination.detail == expected


def test_rules_that_only_together_leave_no_rep_are_both_named():
    mask = np.array([[True, False], [True, True]])
    stated = problem([1, 2], criteria=[topt.Eligible(mask), topt.Forbid([("a0", "r0")])])
    (reason,) = screen(stated)
    assert reason.startswith("no rep may have account a0: ")
    assert "accounts go only where the mask allows" in reason
    assert "1 forbidden pair" in reason


def test_in_a_family_the_account_to_blame_is_named_or_the_whole_family():
    family = topt.Together([["a0", "a1"]])
    alone = problem([1, 2, 3], criteria=[family, topt.Forbid([("a1", "r0"), ("a1", "r1")])])
    assert screen(alone) == ("no rep may have account a1: 2 forbidden pairs of account and rep",)
    torn = problem([1, 2, 3], criteria=[family, topt.Lock({"a0": "r0", "a1": "r1"})])
    (reason,) = screen(torn)
    assert reason == "no rep may have the family of account a0 (2 accounts) as a whole: 2 accounts locked to named reps"


def test_two_locks_that_contradict_each_other_are_a_result():
    stated = problem([1, 2], criteria=[topt.Lock({"a0": "r0"}), topt.Lock({"a0": "r1"})])
    assert topt.solve(stated).termination.reason is topt.Reason.INFEASIBLE


def test_a_rep_nobody_is_eligible_for_is_named():
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"], "verticals": ["", "energy"]})
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [1.0, 2], "vertical": ["retail", "retail"]})
    criteria = [topt.Eligible("vertical"), topt.Balance("accounts", within=0.5)]
    result = topt.solve(topt.Problem(accounts, team, criteria=criteria))
    assert result.termination.reason is topt.Reason.INFEASIBLE
    assert "rep r2 can reach accounts of 0 with every account the rules allow" in result.termination.detail
    free = topt.solve(topt.Problem(accounts, team, criteria=[topt.Eligible("vertical")]))
    assert free.alignment.rep_index.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("band", "words"),
    [
        ((100, 200), "the books need 200 together, and all accounts hold 60; lower the limit to 30 a full book"),
        (
            (0, 25),
            "all accounts hold 60, and the books take 50 together; 30 a full book would fit, or 0.4 more full reps",
        ),
        ((0, 0), "all accounts hold 60, and the books take 0 together; 30 a full book would fit"),
    ],
)
def test_totals_that_do_not_fit_say_what_would(band, words):
    reasons = screen(problem([10.0, 10, 10, 10, 10, 10], criteria=[topt.Balance("tam", between=band)]))
    assert any(words in reason for reason in reasons), reasons


def test_an_elastic_band_proves_nothing():
    assert screen(problem([99.0, 1], criteria=[topt.Balance("tam", within=0.0, weight=1.0)])) == ()
