"""One flat row per result: plain values, stable names, tables by concatenation."""

import json
import math

import jsonschema
import pandas as pd
import pytest

import territory_opt as topt
from territory_opt.data import load_sample
from territory_opt.records import ROW_SCHEMA, record_schema, result_from_json

VALID = jsonschema.Draft202012Validator(record_schema())

FIXED = [
    "schema", "library_version", "problem_fingerprint", "criteria_fingerprint", "n_accounts", "n_reps", "n_criteria",
    "solver", "solver_version",
    "asked_solver", "asked_gap", "asked_seconds", "threads", "has_start",
    "seed", "seconds", "has_alignment", "objective", "bound", "gap", "reason", "limit",
    "python_version", "libraries", "machine", "n_cores",
]  # fmt: skip


def small(upper=5.0):
    return topt.Problem.from_arrays([[1, 5], [1, 4], [2, 2]], measures={"x": [3, 2, 2]}, upper={"x": [4, upper]})


def test_a_row_has_the_published_columns_first_and_plain_values():
    row = topt.solve(small(), gap=0.0).record()
    assert list(row)[: len(FIXED)] == FIXED
    VALID.validate(json.loads(json.dumps(row, allow_nan=False)))
    assert {type(value) for value in row.values()} <= {str, int, float, bool, type(None)}
    assert (row["schema"], row["objective"], row["bound"], row["gap"], row["reason"]) == (
        ROW_SCHEMA, 7.0, 7.0, 0.0, "optimal",
    )  # fmt: skip


def test_terms_slacks_and_metrics_are_those_of_the_evaluation():
    result = topt.solve(small(), gap=0.0)
    row, books = result.record(), result.evaluation.books["x"]
    assert row["term.costs"] == result.objective
    assert row["slack.book_limits:x"] == min(4 - books[0], 5 - books[1])
    assert (row["x.min"], row["x.max"], row["x.mean"]) == (books.min(), books.max(), books.mean())
    assert row["x.cv"] == pytest.approx(books.std() / books.mean())


def test_a_table_without_columns_has_no_rows_of_measures_that_say_nothing():
    assert not any(name.startswith(("tam.", "load.", "visits.")) for name in topt.solve(small()).record())


def test_infeasible_is_a_row_too():
    row = topt.solve(small(upper=1.0)).record()
    VALID.validate(row)
    assert list(row) == FIXED
    assert (row["reason"], row["has_alignment"], row["objective"], row["gap"]) == ("infeasible", False, None, None)


def test_rows_make_a_table_and_fingerprints_tell_instances_apart():
    solved = [topt.solve(problem) for problem in (small(), small(), small(upper=6.0))]
    table = pd.DataFrame([result.record() for result in solved])
    assert table["problem_fingerprint"].nunique() == table["criteria_fingerprint"].nunique() == 2
    assert table["objective"].tolist() == [result.objective for result in solved]


def test_the_same_criteria_on_other_data_have_one_criteria_fingerprint():
    rows = []
    for seed in (1, 2):
        accounts, team = load_sample(60, 3, seed=seed)
        problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.5), topt.Travel(weight=1)])
        rows.append(topt.solve(problem, gap=0.5, time_limit=10).record())
        VALID.validate(rows[-1])
        assert "tam.cv" in rows[-1]
        assert "acv.cv" not in rows[-1]
    assert rows[0]["criteria_fingerprint"] == rows[1]["criteria_fingerprint"]
    assert rows[0]["problem_fingerprint"] != rows[1]["problem_fingerprint"]


def test_locks_do_not_make_columns_of_their_ids():
    problem = small().with_criteria(topt.Lock({"a1": "r1"}), topt.Lock({"a2": "r2"}))
    row = topt.solve(problem).record()
    VALID.validate(row)
    assert {"slack.lock", "slack.lock#2"} <= set(row)


def test_a_row_says_what_was_asked_and_with_which_libraries():
    import numpy as np

    problem = small()
    first = topt.solve(problem, solver="highs", gap=0.0, time_limit=math.inf, threads=2)
    row = topt.solve(problem, gap=0.25, time_limit=7, start=first.alignment).record()
    asked = ("asked_solver", "asked_gap", "asked_seconds", "threads", "has_start")
    assert [row[name] for name in asked] == ["auto", 0.25, 7.0, 1, True]
    assert [first.record()[name] for name in asked] == ["highs", 0.0, None, 2, False]
    assert f"numpy {np.__version__}" in row["libraries"]
    again = result_from_json(problem, first.to_json())
    assert again.asked == first.asked
    spoilt = json.loads(first.to_json())
    spoilt["asked"]["threads"] = 0
    with pytest.raises(topt.DataError, match="threads"):
        result_from_json(problem, json.dumps(spoilt))
    old = json.loads(first.to_json())
    del old["asked"], old["multipliers"]
    unknown = result_from_json(problem, json.dumps(old)).record()
    VALID.validate(unknown)
    assert [unknown[name] for name in asked] == [None] * 5
