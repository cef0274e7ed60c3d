"""Caps and pairs kept apart, as rows."""

import itertools

import numpy as np
import pytest

import territory_opt as topt
from ground_truth import Truth, random_case
from territory_opt.solvers.base import ProgramReason
from territory_opt.solvers.highs import HighsBackend


@pytest.mark.parametrize("kind", ["travel_cap", "disruption_cap", "apart"])
def test_rows_hold_exactly_when_the_limit_holds(kind):
    for seed in range(6):
        case = random_case(seed, n=5, k=2, kinds=[kind])
        formulation, truth = topt.formulate(case.problem()), Truth(case)
        for reps in itertools.product(range(2), repeat=5):
            score = truth.score(reps)
            if abs(score.room) > 1e-5:
                x = formulation.encode(np.array(reps))
                assert (formulation.program.violation(x) <= 1e-9) == score.feasible


def problem(*criteria, owner=("r1", "r1", "r2"), **reps):
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b", "c"], "acv": [5.0, 3, 2], "owner": list(owner)})
    return topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"], **reps}), criteria=criteria)


def test_a_pair_that_shares_a_family_cannot_be_kept_apart():
    stated = problem(topt.Together([["a", "b"]]), topt.Apart([("a", "b"), ("a", "c")]))
    assert HighsBackend().solve(topt.formulate(stated).program).reason is ProgramReason.INFEASIBLE
    assert topt.solve(stated).termination.reason is topt.Reason.INFEASIBLE


def test_a_pair_named_twice_makes_one_row_per_rep():
    once, twice = problem(topt.Apart([("a", "b")])), problem(topt.Apart([("a", "b"), ("b", "a")]))
    assert topt.formulate(once).program.n_rows == topt.formulate(twice).program.n_rows


def test_pairs_without_a_common_rep_need_no_row():
    stated = problem(topt.Lock({"a": "r1", "b": "r2"}), topt.Apart([("a", "b")]))
    assert topt.formulate(stated).program.n_rows == 3
    assert topt.solve(stated).has_alignment


def test_no_move_at_all_keeps_every_owner():
    stated = problem(topt.Disruption("acv", at_most=0.0))
    assert topt.solve(stated).alignment.rep_index.tolist() == [0, 0, 1]


def test_a_cap_that_a_lock_breaks_is_infeasible():
    stated = problem(topt.Disruption("acv", at_most=0.4), topt.Lock({"a": "r2"}))
    assert topt.solve(stated).termination.reason is topt.Reason.INFEASIBLE
    loose = problem(topt.Disruption("acv", at_most=0.5), topt.Lock({"a": "r2"}))
    assert topt.solve(loose).alignment.rep_index.tolist() == [1, 0, 1]


def test_owners_who_left_are_no_disruption():
    stated = problem(topt.Disruption("acv", at_most=0.0), owner=("gone", "", "gone"))
    assert topt.solve(stated).has_alignment
