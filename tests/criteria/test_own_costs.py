"""Costs and limits of one's own as values."""

import copy
import pickle

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.criteria import BookLimits, Costs


@pytest.mark.parametrize(
    "criterion",
    [Costs([[1.0, 2.0]], weight=2), BookLimits("x", lower=[1, 2], upper=[3, np.inf]), BookLimits("x", upper=3)],
    ids=repr,
)
def test_they_are_frozen_values(criterion):
    for again in (copy.deepcopy(criterion), pickle.loads(pickle.dumps(criterion))):
        assert again == criterion
        assert hash(again) == hash(criterion)
        array = again.table if isinstance(again, Costs) else again.lower
        assert not array.flags.writeable
    with pytest.raises(AttributeError):
        criterion.weight = 3


def test_different_numbers_are_different_criteria():
    assert Costs([[1.0]]) != Costs([[2.0]]) != Costs([[2.0]], weight=2)
    assert BookLimits("x", upper=[1, 2]) != BookLimits("x", upper=[1, 3]) != BookLimits("y", upper=[1, 3])


@pytest.mark.parametrize("table", [[1.0, 2.0], [[np.nan]], [[np.inf]], [["a"]]])
def test_costs_must_be_finite_numbers_by_account_and_rep(table):
    with pytest.raises(topt.CriterionError, match="Costs"):
        Costs(table)


@pytest.mark.parametrize(
    "limits",
    [{}, {"lower": [2, 2], "upper": [3, 1]}, {"lower": [1, 2], "upper": [3]}, {"upper": np.nan}, {"lower": np.inf},
     {"upper": [[1.0]]}, {"lower": "a"}],
)  # fmt: skip
def test_limits_that_hold_no_book_are_refused(limits):
    with pytest.raises(topt.CriterionError, match="BookLimits"):
        BookLimits("x", **limits)


def test_a_problem_refuses_tables_of_another_size_with_all_faults():
    problem = topt.Problem.from_arrays(np.zeros((3, 2)), measures={"x": [1, 2, 3]})
    with pytest.raises(topt.CriterionError) as caught:
        problem.with_criteria(Costs(np.zeros((2, 2))), BookLimits("x", upper=[1, 2, 3]), BookLimits("q", upper=1))
    for part in ("(2, 2)", "3 limits; the team has 2 reps", "'q'"):
        assert part in str(caught.value)


def test_costs_add_to_the_other_terms():
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [5.0, 7.0], "owner": ["r1", "r1"]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    table = [[1.0, 2.0], [3.0, 4.0]]
    problem = topt.Problem(accounts, team, criteria=[Costs(table, weight=10), topt.Disruption("acv", weight=1)])
    found = topt.evaluate(problem, topt.Alignment.from_index(problem, [0, 1]))
    assert found.objective == 10 * (1 + 4) + 7
