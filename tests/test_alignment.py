"""Alignments: in and out of frames, and what is refused."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest

import territory_opt as topt


@pytest.fixture
def problem():
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b", "c"], "acv": [1.0, 2, 3]})
    return topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}), criteria=[])


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame], ids=["mapping", "pandas", "polars"])
def test_rows_may_come_in_any_order_and_any_frame(problem, make):
    frame = make({"rep_id": ["r2", "r1", "r2"], "account_id": ["c", "a", "b"]})
    found = topt.Alignment.from_frame(problem, frame)
    assert found.rep_index.tolist() == [0, 1, 1]
    assert topt.Alignment.from_frame(problem, found.to_frame()) == found


def test_ids_that_are_numbers_are_the_same_ids_in_both_tables():
    frame = pd.DataFrame({"account_id": [17, 18, 19], "acv": [1.0, 2, 3]})
    team = topt.Team.from_frame(pd.DataFrame({"rep_id": [1, 2]}))
    problem = topt.Problem(topt.Accounts.from_frame(frame), team, criteria=[])
    given = pd.DataFrame({"account_id": [19, 17, 18], "rep_id": [2, 1, 1]})
    assert topt.Alignment.from_frame(problem, given).rep_index.tolist() == [0, 0, 1]


def test_unknown_repeated_and_missing_ids_are_all_listed(problem):
    with pytest.raises(topt.DataError) as caught:
        topt.Alignment.from_frame(problem, {"account_id": ["a", "a", "z"], "rep_id": ["r1", "r1", "r1"]})
    assert [issue.what for issue in caught.value.issues] == ["'a' is assigned twice", "no account 'z'"]
    with pytest.raises(topt.DataError, match="row 0, column 'rep_id': no rep 'r9'"):
        topt.Alignment.from_frame(problem, {"account_id": ["a"], "rep_id": ["r9"]})
    with pytest.raises(topt.DataError, match="'c' has no row"):
        topt.Alignment.from_frame(problem, {"account_id": ["a", "b"], "rep_id": ["r1", "r1"]})
    with pytest.raises(topt.DataError, match="column 'rep_id': is missing"):
        topt.Alignment.from_frame(problem, {"account_id": ["a"], "owner": ["r1"]})


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ([0, 1], r"shape \(2,\)"),
        ([[0, 1, 1]], r"shape \(1, 3\)"),
        ([0, 1, 2], "2 is outside"),
        ([0, 1, -1], "-1 is outside"),
        ([0.0, 1.0, 1.0], "type float64"),
        (["r1", "r2", "r1"], "give whole numbers"),
    ],
)
def test_positions_that_do_not_fit_are_refused(problem, index, message):
    with pytest.raises(topt.DataError, match=message):
        topt.Alignment.from_index(problem, index)


def test_homes_that_do_not_fit_are_refused(problem):
    with pytest.raises(topt.DataError, match=r"home_index.*shape"):
        topt.Alignment.from_index(problem, [0, 1, 1], [0])
    with pytest.raises(topt.DataError, match="3 is outside"):
        topt.Alignment.from_index(problem, [0, 1, 1], [3, -1])
    assert topt.Alignment.from_index(problem, [0, 1, 1], [2, -1]).home_index.tolist() == [2, -1]


def test_owner_of_finds_a_rep_and_refuses_an_unknown_account(problem):
    found = topt.Alignment.from_index(problem, [0, 1, 1])
    assert found.owner_of("c") == "r2"
    with pytest.raises(topt.DataError, match="no account 'z'"):
        found.owner_of("z")


def test_an_alignment_is_a_value(problem):
    given = np.array([0, 1, 1])
    found = topt.Alignment.from_index(problem, given)
    given[0] = 1
    assert found.rep_index.tolist() == [0, 1, 1]
    with pytest.raises(ValueError, match="read-only"):
        found.rep_index[0] = 1
    assert pickle.loads(pickle.dumps(found)) == found
    assert found != topt.Alignment.from_index(problem, [1, 1, 1])
    assert found != "r1"
    assert repr(found) == "Alignment(3 accounts, 2 reps)"


def test_positions_that_are_no_array_are_refused() -> None:
    problem = topt.Problem.from_arrays([[1, 2], [2, 1]])
    with pytest.raises(topt.DataError, match="no array"):
        topt.Alignment.from_index(problem, [[1], [0, 1]])
