"""Plans side by side: the numbers, the differences, and which plan is recommended."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import territory_opt as topt
from territory_opt.compare.display import as_text


def problem_of(*criteria, owner=("r0", "r0", "r0", "r1"), reps=None) -> topt.Problem:
    table = {"account_id": list("abcd"), "acv": [9e4, 7e4, 8e4, 8e4], "owner": list(owner)}
    table |= {"lat": [40.0, 40.1, 41.0, 41.1], "lon": [-75.0] * 4}
    team = {"rep_id": ["r0", "r1"], "lat": [40.0, 41.0], "lon": [-75.0, -75.0]} | (reps or {})
    policy = topt.Policy(friction_per_hour=0.0)
    return topt.Problem(topt.Accounts.from_frame(table), topt.Team.from_frame(team), policy=policy, criteria=criteria)


BAND, MOVES, TRAVEL = topt.Balance("tam", within=0.1), topt.Disruption(weight=1.0), topt.Travel(weight=1.0)


def plans_of(problem, **index):
    return {name: topt.Alignment.from_index(problem, reps) for name, reps in index.items()}


def test_every_number_is_that_of_the_evaluation_and_the_fairness_report() -> None:
    problem = problem_of(BAND, MOVES, TRAVEL)
    plans = plans_of(problem, today=[0, 0, 0, 1], plan=[0, 0, 1, 1])
    table = topt.compare(plans, problem)
    for name, plan in plans.items():
        scored, report = topt.evaluate(problem, plan), topt.fairness(problem, plan)
        assert table.value("objective", name) == scored.objective
        assert table.value("limits broken", name) == len(scored.broken)
        assert table.value(BAND.describe(), name) == scored.checks[0].slack
        assert table.value(MOVES.describe(), name) == scored.checks[1].term
        assert table.value("TAM: CV", name) == report.measure("tam").cv
        assert table.value("accounts that move", name) == report.change.n_moved
        assert table.value("travel hours a year", name) == pytest.approx(scored.books["travel_hours"].sum())


def test_differences_are_against_the_first_plan_or_the_one_named() -> None:
    problem = problem_of(BAND, MOVES)
    plans = plans_of(problem, a=[0, 0, 0, 1], b=[0, 0, 1, 1])
    row = next(row for row in topt.compare(plans, problem).rows if row.what == "accounts that move")
    assert row.difference(1, 0) == 1.0
    frame = topt.compare(plans, problem, base="b").to_frame()
    assert frame.loc[frame["what"] == "accounts that move", "a - b"].item() == -1.0
    assert "b - a" not in frame


def test_the_best_of_a_row_knows_which_way_is_better() -> None:
    problem = problem_of(BAND, MOVES)
    table = topt.compare(plans_of(problem, a=[0, 0, 0, 1], b=[0, 0, 1, 1]), problem)
    best = {row.what: [table.names[i] for i in row.best] for row in table.rows}
    assert best["accounts that move"] == ["a"]
    assert best["TAM: CV"] == ["b"]
    assert best["TAM: books in band"] == ["b"]
    assert best[BAND.describe()] == ["b"]


def test_a_plan_that_keeps_every_limit_comes_before_a_cheaper_one_that_does_not() -> None:
    problem = problem_of(BAND, MOVES)
    table = topt.compare(plans_of(problem, today=[0, 0, 0, 1], plan=[0, 0, 1, 1]), problem)
    assert table.feasible == (False, True)
    assert table.objective[0] < table.objective[1]
    assert table.recommended == "plan"
    assert table.recommendation[0] == "Take plan: it alone keeps every limit."
    assert "one account fewer moves" in " ".join(table.recommendation)


def test_of_feasible_plans_the_cheaper_one_is_taken() -> None:
    problem = problem_of(topt.Balance("tam", within=0.9), MOVES)
    table = topt.compare(plans_of(problem, far=[1, 0, 1, 0], near=[0, 0, 1, 1]), problem)
    assert table.recommended == "near"
    assert "keeps every limit at the lowest objective" in table.recommendation[0]


def test_equal_objectives_are_decided_by_fewer_moves() -> None:
    problem = problem_of(BAND)
    table = topt.compare(plans_of(problem, shuffled=[1, 1, 0, 0], calm=[0, 0, 1, 1]), problem)
    assert table.recommended == "calm"
    assert "as good as equal" in table.recommendation[1]
    assert "fewer accounts move (1 and 3)" in table.recommendation[1]


def test_a_plan_that_moves_fewer_accounts_does_not_claim_the_lowest_objective() -> None:
    costs = np.full((4, 2), 250.0)
    # The calm plan is dearer by half of what counts as the same.
    costs[3, 1] += 0.5
    problem = problem_of(topt.Balance("tam", within=0.9), topt.Costs(costs), owner=("r0", "r0", "r1", "r1"))
    table = topt.compare(plans_of(problem, far=[1, 1, 0, 0], calm=[0, 0, 1, 1]), problem)
    assert table.objective == (1000.0, 1000.5) and table.recommended == "calm"
    said = "keeps every limit within 0.1% of the lowest objective, and fewest accounts move"
    assert table.recommendation[0] == f"Take calm: it {said}."


def test_a_problem_made_from_arrays_is_compared_by_its_own_measures() -> None:
    problem = topt.Problem.from_arrays(
        cost=[[1.0, 2.0], [2.0, 1.0], [1.0, 1.0]], measures={"hours": [2.0, 2.0, 5.0]}, upper={"hours": [9.0, 9.0]}
    )
    table = topt.compare(plans_of(problem, a=[0, 1, 0], b=[0, 0, 1]), problem)
    assert (
        table.value("Hours: CV", "a")
        == topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1, 0])).measure("hours").cv
    )
    assert "What b does better: hours is spread more evenly" in " ".join(table.recommendation)


def test_a_broken_limit_is_marked_in_words_of_the_row_and_in_the_page() -> None:
    problem = problem_of(BAND, MOVES)
    table = topt.compare(plans_of(problem, today=[0, 0, 0, 1], plan=[0, 0, 1, 1]), problem)
    row = next(row for row in table.rows if row.section == "criteria")
    assert (row.broken(0), row.broken(1)) == (True, False)
    assert table.to_html().count('<td class="broken"') == 1


def test_the_text_fits_a_terminal_when_told_how_wide_it_is() -> None:
    problem = problem_of(BAND, MOVES, TRAVEL)
    table = topt.compare(plans_of(problem, today=[0, 0, 0, 1], plan=[0, 0, 1, 1], other=[0, 1, 0, 1]), problem)

    wide, narrow, least = as_text(table), as_text(table, width=100), as_text(table, width=60)
    assert "difference against today" in wide and "difference against today" in narrow
    assert "difference against" not in least
    assert max(len(line) for line in least.splitlines() if line.startswith(("objective", "TAM"))) <= 60


def test_when_no_plan_keeps_every_limit_that_comes_first() -> None:
    problem = problem_of(topt.Balance("tam", within=0.0), topt.Lock({"a": "r0"}))
    table = topt.compare(plans_of(problem, one=[0, 0, 0, 1], two=[1, 0, 0, 0]), problem)
    assert table.recommendation[0].startswith("No plan keeps every limit. one breaks the fewest, 1:")


def test_a_result_brings_its_proven_floor_and_one_of_other_criteria_is_noted() -> None:
    problem = problem_of(BAND, MOVES)
    other = problem.with_criteria(topt.Balance("tam", within=0.5))
    table = topt.compare({"plan": topt.solve(problem), "loose": topt.solve(other)}, problem)
    assert table.value("proven floor", "plan") == pytest.approx(table.value("objective", "plan"))
    assert table.value("proven floor", "loose") is None
    assert table.notes == ("solved with other criteria, and scored with these: loose",)


def test_the_same_alignment_twice_is_noted() -> None:
    problem = problem_of(BAND)
    table = topt.compare(plans_of(problem, a=[0, 0, 1, 1], b=[0, 0, 1, 1]), problem)
    assert "b is the same alignment as a" in table.notes


def test_an_undefined_number_is_missing_and_has_no_difference() -> None:
    problem = problem_of(BAND)
    table = topt.compare(plans_of(problem, a=[0, 0, 0, 0], b=[0, 0, 1, 1]), problem)
    row = next(row for row in table.rows if row.what == "TAM: largest over smallest")
    assert row.values[0] is None and row.difference(1, 0) is None
    frame = table.to_frame()
    assert frame.loc[frame["what"] == row.what, "a"].item() is pd.NA
    assert "undefined" in str(table)
    assert json.dumps(table.to_dict(), allow_nan=False)


def test_without_owners_and_places_there_are_no_such_rows() -> None:
    table = {"account_id": ["a", "b"], "acv": [1e5, 1e5]}
    problem = topt.Problem(topt.Accounts.from_frame(table), topt.Team.from_frame({"rep_id": ["r0", "r1"]}))
    sections = {row.section for row in topt.compare(plans_of(problem, a=[0, 1], b=[1, 0]), problem).rows}
    assert sections == {"verdict", "criteria", "fairness"}


def test_names_are_escaped_and_kept_on_one_line() -> None:
    problem = problem_of(BAND)
    table = topt.compare(
        {
            "<b>x\n</b>": topt.Alignment.from_index(problem, [0, 0, 1, 1]),
            "y": topt.Alignment.from_index(problem, [0, 1, 0, 1]),
        },
        problem,
    )
    assert "<b>x" not in table.to_html()
    assert table.names[0] == "<b>x </b>"


@pytest.mark.parametrize(
    ("plans", "said"),
    [
        ({"a": [0, 0, 1, 1]}, "at least two"),
        ({"a": [0, 0, 1, 1], "": [0, 0, 1, 1]}, "has no name"),
        ({"a": [0, 0, 1, 1], " a ": [0, 0, 1, 1]}, "two plans are called 'a'"),
        ({"a": [0, 0, 1, 1], "unit": [0, 0, 1, 1]}, "a column of the table"),
    ],
)
def test_unusable_names_are_refused(plans, said) -> None:
    problem = problem_of(BAND)
    with pytest.raises(topt.CriterionError, match=said):
        topt.compare({name: topt.Alignment.from_index(problem, reps) for name, reps in plans.items()}, problem)


def test_wrong_kinds_of_plans_are_refused() -> None:
    problem = problem_of(BAND)
    good = topt.Alignment.from_index(problem, [0, 0, 1, 1])
    with pytest.raises(topt.CriterionError, match="plans by name"):
        topt.compare([good, good], problem)
    with pytest.raises(topt.CriterionError, match="ndarray, not an Alignment"):
        topt.compare({"a": good, "b": np.array([0, 0, 1, 1])}, problem)
    with pytest.raises(topt.CriterionError, match="base='z'"):
        topt.compare({"a": good, "b": good}, problem, base="z")
    nothing = topt.solve(problem.with_criteria(topt.Balance("tam", between=(1.0, 2.0))))
    with pytest.raises(topt.NoAlignmentError):
        topt.compare({"a": good, "b": nothing}, problem)
    other = topt.Problem(topt.Accounts.from_frame({"account_id": ["x", "y"], "acv": [1e5, 1e5]}), problem.team)
    with pytest.raises(topt.DataError, match="other accounts"):
        topt.compare({"a": good, "b": topt.Alignment.from_index(other, [0, 1])}, problem)
