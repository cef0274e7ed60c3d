"""A problem made of arrays: its objective is the cost given, and every fault of the arrays is told at once."""

import pickle

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.criteria import BookLimits, Costs

COST = np.array([[1.0, 5.0], [1.0, 4.0], [2.0, -3.0]])


def test_the_objective_is_the_sum_of_the_costs_chosen():
    problem = topt.Problem.from_arrays(COST)
    for reps in ([0, 1, 1], [1, 0, 0], [0, 0, 1]):
        found = topt.evaluate(problem, topt.Alignment.from_index(problem, reps))
        assert found.objective == COST[np.arange(3), reps].sum()
        assert found.feasible


def test_accounts_and_reps_are_numbered_from_one():
    problem = topt.Problem.from_arrays(COST)
    assert problem.accounts.account_id.tolist() == ["a1", "a2", "a3"]
    assert problem.team.rep_id.tolist() == ["r1", "r2"]
    assert problem.team.capacity.tolist() == [1.0, 1.0]


def test_a_measure_of_ones_own_takes_the_place_of_the_librarys():
    pairs = np.arange(6.0).reshape(3, 2)
    problem = topt.Problem.from_arrays(COST, measures={"load": pairs, "acv": [7, 8, 9]})
    books = topt.evaluate(problem, topt.Alignment.from_index(problem, [0, 1, 1])).books
    assert books["load"].tolist() == [0.0, 3.0 + 5.0]
    assert books["tam"].tolist() == books["acv"].tolist() == [7.0, 17.0]


def test_limits_are_a_band_when_equal_for_all_and_limits_per_rep_otherwise():
    problem = topt.Problem.from_arrays(
        COST,
        measures={"x": [1, 2, 3], "y": [1, 1, 1], "z": [1, 1, 1]},
        lower={"x": 2},
        upper={"y": [2, 1], "z": np.inf},
    )
    assert problem.criteria == (
        Costs(COST),
        topt.Balance("x", between=(2.0, np.inf)),
        BookLimits("y", upper=[2.0, 1.0]),
    )


@pytest.mark.parametrize(
    ("reps", "broken", "worst"),
    [([0, 0, 1], (), ""), ([0, 1, 1], ("upper",), "r2"), ([1, 1, 0], ("upper",), "r2"), ([0, 0, 0], ("upper",), "r1")],
)
def test_limits_per_rep_are_scored_in_the_unit_of_the_measure(reps, broken, worst):
    problem = topt.Problem.from_arrays(COST, measures={"y": [1, 1, 1]}, upper={"y": [2, 1]})
    found = topt.evaluate(problem, topt.Alignment.from_index(problem, reps))
    assert found.feasible == (not broken)
    assert [check.worst for check in found.broken] == ([worst] if broken else [])
    check = next(check for check in found.checks if isinstance(check.criterion, BookLimits))
    assert check.slack == (0.0 if not broken else -1.0)


def test_eligible_bars_pairs():
    mask = np.array([[True, False], [True, True], [True, True]])
    problem = topt.Problem.from_arrays(COST, eligible=mask)
    assert not topt.evaluate(problem, topt.Alignment.from_index(problem, [1, 0, 0])).feasible
    assert topt.solve(problem).objective == 1 + 1 - 3


def test_every_fault_of_every_array_is_told_at_once():
    with pytest.raises(topt.DataError) as caught:
        topt.Problem.from_arrays(
            COST,
            measures={"x": [1, 2], "y": [1, np.nan, 3], "travel_hours": [1, 1, 1], "z": [1, 1, 1]},
            lower={"w": 1, "z": [3, 0]},
            upper={"z": [2, 1]},
            eligible=[[1, 0], [1, 1], [1, 1]],
        )
    told = {issue.column for issue in caught.value.issues}
    assert told == {
        "measures['x']",
        "measures['y']",
        "measures['travel_hours']",
        "limits['w']",
        "limits['z']",
        "eligible",
    }


@pytest.mark.parametrize("cost", [[1.0, 2.0], np.zeros((0, 2)), [[np.inf, 1.0]], "text", [[1, 2], [3]]])
def test_costs_that_are_no_table_of_finite_numbers_are_refused(cost):
    with pytest.raises(topt.DataError, match="cost"):
        topt.Problem.from_arrays(cost)


def test_a_graph_is_not_accepted_and_ignored():
    with pytest.raises(TypeError, match="graph"):
        topt.Problem.from_arrays(COST, graph=[(0, 1)])


def test_pickle_and_replace_keep_the_arrays_and_the_fingerprint_knows_them():
    problem = topt.Problem.from_arrays(COST, measures={"x": COST + 9}, upper={"x": [20, 30]})
    assert pickle.loads(pickle.dumps(problem)).fingerprint == problem.fingerprint
    assert problem.replace(policy=problem.policy).fingerprint == problem.fingerprint
    others = [
        topt.Problem.from_arrays(COST + 1, measures={"x": COST + 9}, upper={"x": [20, 30]}),
        topt.Problem.from_arrays(COST, measures={"x": COST + 8}, upper={"x": [20, 30]}),
        topt.Problem.from_arrays(COST, measures={"x": COST + 9}, upper={"x": [20, 31]}),
    ]
    assert len({problem.fingerprint, *(other.fingerprint for other in others)}) == 4


def test_arrays_are_copied_and_cannot_be_written_to():
    given = COST.copy()
    problem = topt.Problem.from_arrays(given, measures={"x": given})
    given[:] = 0
    assert problem.criteria[0].table[0, 1] == problem.measure("x").table[0, 1] == 5.0
    with pytest.raises(ValueError, match="read-only"):
        problem.own_measures["x"][0] = 1


def test_a_target_of_a_measure_that_depends_on_the_rep_is_refused():
    problem = topt.Problem.from_arrays(COST, measures={"x": COST})
    with pytest.raises(topt.CriterionError, match="no target"):
        problem.with_criteria(topt.Balance("x", within=0.1, of="target"))


@pytest.mark.parametrize("one", [1, 1.0, np.float64(1.0)])
def test_equal_criteria_have_one_fingerprint_however_their_numbers_are_typed(one):
    problem = topt.Problem.from_arrays(COST, measures={"x": [1, 2, 3]})
    base = problem.with_criteria(topt.Balance("x", within=1.0, weight=1.0))
    assert problem.with_criteria(topt.Balance("x", within=one, weight=one)).fingerprint == base.fingerprint


def test_only_what_was_given_is_reported_and_no_domain_rule_judges_it():
    problem = topt.Problem.from_arrays(COST, measures={"effort": [1, 2, 3], "load": [3, 1, 1]}, upper={"effort": 5})
    report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1, 1]))
    assert report.measure_names == ("effort", "load", "accounts")
    assert report.measure("effort").band.high == 5.0
    assert report.measure("load").band is None
    assert report.measure("load").max == 3.0
    assert not any("D-" in sentence for sentence in report.advice)


def test_a_result_of_arrays_is_shown_by_its_own_measure(tmp_path):
    problem = topt.Problem.from_arrays(COST, measures={"effort": [1, 2, 3]}, upper={"effort": 5})
    result = topt.solve(problem)
    page = result.write_html(tmp_path / "report.html").read_text("utf-8")
    for shown in (str(result), result._repr_html_(), page):
        assert "ffort" in shown
    assert "variation of effort" in page
    assert "TAM" not in str(result) + result._repr_html_()
    assert "CV of effort" in str(result)


def test_costs_alone_are_reported_by_the_number_of_accounts():
    result = topt.solve(topt.Problem.from_arrays(COST))
    assert result.fairness().measure_names == ("accounts",)
    assert "CV of accounts" in str(result)


@pytest.mark.parametrize(("reps", "said"), [([0, 0, 1], "inside its bands"), ([0, 1, 1], "1 of 2 books is outside")])
def test_fairness_names_the_books_outside_limits_of_their_own(reps, said):
    problem = topt.Problem.from_arrays(COST, measures={"effort": [1, 1, 1]}, upper={"effort": [2, 1]})
    report = topt.fairness(problem, topt.Alignment.from_index(problem, reps))
    assert said in report.advice[0]
    assert ("r2 2" in report.advice[0]) == (reps == [0, 1, 1])


def test_measures_and_limits_without_names_are_refused_all_at_once() -> None:
    with pytest.raises(topt.DataError) as error:
        topt.Problem.from_arrays([[1, 2], [2, 1]], measures=[1, 1], upper=2)
    assert [issue.column for issue in error.value.issues] == ["measures", "upper"]
