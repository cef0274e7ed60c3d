"""Conflicts are as small as they can be: without any one of their limits there is an alignment."""

import time

import numpy as np
import pytest

import territory_opt as topt
from ground_truth import Case, Truth, random_case
from territory_opt.diagnose import conflicts
from territory_opt.diagnose.conflicts import smallest_conflicts
from territory_opt.diagnose.opening import openings
from territory_opt.diagnose.search import find_proofs
from territory_opt.diagnose.trial import Clock
from territory_opt.diagnose.view import Facts

from .test_diagnose import healthcare


def n_feasible(case, criteria):
    fewer = Case(case.accounts, case.reps, list(criteria), case.per_hour, case.measures, case.travel_time, case.policy)
    return Truth(fewer).answer()


# In each of these a proof needs more limits than the conflict it proves.
@pytest.mark.parametrize("seed", [50006, 50019, 50062, 50071, 50094, 50102, 50107, 50113])
def test_no_limit_of_a_conflict_can_be_left_out(seed):
    case = random_case(seed)
    found = topt.diagnose(case.problem(), time_limit=20)
    assert found.feasible is False and not any("smaller conflict" in note for note in found.notes)
    for conflict in found.conflicts:
        assert n_feasible(case, conflict.criteria).n_feasible == 0
        for criterion in conflict.criteria:
            rest = n_feasible(case, [c for c in conflict.criteria if c is not criterion])
            assert rest.n_feasible > 0 or rest.unsure, (conflict.sentence, criterion.describe())


def test_without_time_it_is_said_that_a_conflict_may_be_larger_than_it_need_be():
    case = random_case(50071)
    view = Facts(case.problem()).view()
    late = Clock(time.perf_counter() - 1.0, 1)
    (cause,) = smallest_conflicts(find_proofs(view), view, late)
    assert len(cause.criteria) == 2 and not cause.smallest and late.cut


def test_where_nothing_is_solved_a_conflict_is_not_called_the_smallest(monkeypatch):
    monkeypatch.setattr(conflicts, "_MOST_TRIED", 1)
    found = topt.diagnose(healthcare(), time_limit=20)
    assert any("a smaller conflict may be hidden" in note for note in found.notes)
    monkeypatch.undo()
    assert not topt.diagnose(healthcare(), time_limit=20).notes


def test_one_sentence_is_said_once():
    n = 12
    table = {"account_id": [f"a{i}" for i in range(n)], "acv": np.ones(n), "vertical": ["x"] * 6 + ["y"] * 6}
    team = topt.Team.from_frame({"rep_id": ["r", "s", "t"], "verticals": ["x", "x;y", "y"]})
    rules = [topt.Eligible("vertical"), topt.Balance("accounts", between=(0, 3))]
    found = topt.diagnose(topt.Problem(topt.Accounts.from_frame(table), team, criteria=rules))
    sentences = [conflict.sentence for conflict in found.conflicts]
    assert len(set(sentences)) == len(sentences) >= 1


def test_a_count_of_families_is_not_called_the_fewest_accounts():
    def first(*more):
        table = {"account_id": list("abcdef"), "acv": [9.0, 9, 1, 1, 1, 1], "vertical": ["x"] * 4 + ["y"] * 2}
        team = topt.Team.from_frame({"rep_id": ["r", "s"], "verticals": ["x", "y"]})
        rules = [topt.Eligible("vertical"), topt.Balance("tam", between=(0, 12)), *more]
        problem = topt.Problem(topt.Accounts.from_frame(table), team, criteria=rules)
        (proof,) = find_proofs(Facts(problem).view(), first=True)
        return next(iter(openings(problem, rules[0], proof, Clock(time.perf_counter() + 5, 1))))

    assert first().amount == 1 and first().at_bound
    # Opening one family of two is more than opening the account that does it alone.
    family = first(topt.Together([["a", "c"]]))
    assert family.amount == 2 and not family.at_bound
