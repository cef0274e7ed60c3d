"""Which method, and why."""

import pytest

import territory_opt as topt
from territory_opt.solvers.choose import CORE_FROM_PAIRS, choose_method
from territory_opt.solvers.highs import HighsBackend


def problem(n, k):
    accounts = topt.Accounts.from_frame({"account_id": [f"a{i}" for i in range(n)]})
    return topt.Problem(accounts, topt.Team.open(k), criteria=[])


def test_auto_chooses_by_the_number_of_pairs_and_says_why():
    small, large = problem(10, 3), problem(CORE_FROM_PAIRS // 10, 10)
    assert choose_method(small, "auto").name == "highs"
    assert "30 pairs of account and rep are few enough" in choose_method(small, "auto").why
    assert choose_method(large, "auto").name == "core"
    assert f"{CORE_FROM_PAIRS:,} or more" in choose_method(large, "auto").why


@pytest.mark.parametrize("name", ["highs", "core", "pulp:CBC"])
def test_a_named_method_is_taken_because_it_was_asked_for(name):
    found = choose_method(problem(10, 3), name)
    assert found.why == "asked for"
    assert topt.solve(problem(10, 3), solver=name).solver == found.name


def test_a_backend_of_your_own_is_taken():
    assert topt.solve(problem(4, 2), solver=HighsBackend()).solver == "highs"


def test_what_is_neither_a_name_nor_a_backend_is_refused():
    with pytest.raises(TypeError, match="a solver is a name or a ProgramBackend, not int"):
        choose_method(problem(4, 2), 3)
    with pytest.raises(topt.SolverUnavailableError, match="no solver is called 'x'"):
        choose_method(problem(4, 2), "x")


def test_identical_reps_are_told_apart_only_once_and_a_start_under_other_names_still_counts():
    accounts = topt.Accounts.from_frame({"account_id": list("abcdef"), "acv": [9.0, 8.0, 7.0, 6.0, 5.0, 4.0]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2", "r3"]})
    problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.01)])
    result = topt.solve(problem, solver="highs", gap=0.0)
    assert result.evaluation.books["tam"].tolist() == [13.0, 13.0, 13.0]
    assert result.alignment.rep_index[0] == 0, "the largest account goes to the first of identical reps"
    renamed = topt.Alignment.from_index(problem, 2 - result.alignment.rep_index)
    again = topt.solve(problem, solver="highs", gap=0.0, start=renamed)
    assert again.termination.reason is topt.Reason.OPTIMAL
