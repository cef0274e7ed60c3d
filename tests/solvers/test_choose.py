"""Which method, and why."""

import numpy as np
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


def test_auto_waits_for_no_compiler_where_one_whole_capacity_a_book_is_the_only_limit():
    rng = np.random.default_rng(0)
    cost, weight = rng.integers(5, 50, (80, 5)), rng.integers(5, 25, (80, 5))
    room = np.floor(0.9 * weight.sum(axis=0) / 5)
    plain = topt.Problem.from_arrays(cost, measures={"w": weight}, upper={"w": room})
    assert choose_method(plain, "auto").name == "highs"
    exact = topt.solve(plain, solver="exact", gap=0.0, time_limit=60)
    assert exact.objective == pytest.approx(topt.solve(plain, gap=0.0).objective)
