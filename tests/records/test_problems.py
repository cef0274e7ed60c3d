"""Problems as JSON: what comes back is what went, and files that were changed are refused."""

import json

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import territory_opt as topt
from ground_truth import random_case
from territory_opt.criteria import BookLimits, Costs
from territory_opt.data import load_sample
from territory_opt.records import PROBLEM_SCHEMA, problem_from_json, problem_schema, problem_to_json

VALID = jsonschema.Draft202012Validator(problem_schema())


def there_and_back(problem):
    text = problem_to_json(problem)
    VALID.validate(json.loads(text))
    again = problem_from_json(text)
    assert again.fingerprint == problem.fingerprint
    assert again.criteria == problem.criteria
    assert again.policy == problem.policy
    assert again.notes == problem.notes
    assert problem_to_json(again) == text
    return again


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000))
def test_any_problem_comes_back_as_it_went(seed):
    try:
        problem = random_case(seed).problem()
    except (topt.DataError, topt.CriterionError):
        return
    there_and_back(problem)


def test_the_sample_with_its_defaults_comes_back():
    there_and_back(topt.Problem(*load_sample(60, 2)))


def test_arrays_of_ones_own_come_back_and_have_the_same_answer():
    cost = np.array([[1.5, 2], [3, -4], [5, 6]])
    problem = topt.Problem.from_arrays(
        cost, measures={"load": cost + 5, "x": [1, 2, 3]}, lower={"load": [0, -np.inf]},
        upper={"load": [20, 22], "x": 5}, eligible=np.array([[1, 1], [1, 0], [1, 1]], dtype=bool),
    )  # fmt: skip
    again = there_and_back(problem)
    assert topt.solve(again).objective == topt.solve(problem).objective


def test_every_kind_of_criterion_comes_back():
    frame = {
        "account_id": ["a", "b", "c", "d"],
        "acv": [1e3, 2e3, 3e3, 4e3],
        "owner": ["r1", "r2", "r1", ""],
        "vertical": ["x", "y", "", "x"],
        "parent_id": ["", "a", "", ""],
        "lat": [40.0, 41, 42, 43],
        "lon": [-80.0, -81, -82, -83],
        "last_activity": ["2026-01-05", None, "2026-02-01", "2026-02-03"],
        "partner_sourced": [True, False, False, True],
    }
    reps = {"rep_id": ["r1", "r2"], "capacity": [1.0, 0.5], "verticals": ["x", "x;y"], "tenure_years": [4.0, None]}
    criteria = [
        topt.Balance("tam", within=0.9, of="median"),
        topt.Balance("accounts", between=(-np.inf, 4), weight=2.0),
        BookLimits("visits", lower=0),
        Costs(np.arange(8.0).reshape(4, 2), weight=0.5),
        topt.Variation("tam", at_most=1.5),
        topt.Travel(weight=1),
        topt.Travel(share_at_most=0.9),
        topt.Disruption("acv", weight=0.1),
        topt.Disruption("accounts", at_most=0.9),
        topt.Eligible("vertical"),
        topt.Eligible(np.ones((4, 2), dtype=bool), weight=3),
        topt.Seniority("A", min_years=2, weight=1),
        topt.Lock(["a"]),
        topt.Lock({"d": "r2"}),
        topt.Lock(["c"], rep="r1"),
        topt.Forbid([("b", "r1")]),
        topt.Together("parent_id"),
        topt.Together([["a", "c"]]),
        topt.Apart([("a", "d")]),
    ]
    policy = topt.Policy(load_band=0.2, unit_weights=(4.0, 2.0, 1.0), as_of=np.datetime64("2026-03-01").item())
    problem = topt.Problem(
        topt.Accounts.from_frame(frame), topt.Team.from_frame(reps), policy=policy, criteria=criteria
    )
    there_and_back(problem)


def test_a_travel_time_matrix_comes_back_and_a_function_is_refused():
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [1.0, 2.0]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    hours = np.array([[0.1, 0.2], [0.3, 1 / 3]])
    criteria = [topt.Travel(weight=1)]
    there_and_back(topt.Problem(accounts, team, criteria=criteria, travel_time=hours))
    problem = topt.Problem(accounts, team, criteria=criteria, travel_time=lambda a, r: hours[a, r])
    with pytest.raises(topt.DataError, match="function"):
        problem_to_json(problem)


def changed(change):
    record = json.loads(problem_to_json(topt.Problem.from_arrays([[1, 2], [3, 4]], measures={"x": [1, 2]})))
    change(record)
    return json.dumps(record)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda r: r.update(schema="territory-opt/problem/2"), "schema"),
        (lambda r: r.update(extra=1), "extra"),
        (lambda r: r["criteria"][0]["table"][0].__setitem__(0, 9.0), "fingerprint"),
        (lambda r: r["criteria"][0].update(kind="magic"), "criteria"),
        (lambda r: r["accounts"]["ids"].__setitem__(0, "a2"), "a2"),
        (lambda r: r["own_measures"].update(x=[1.0]), "shape"),
        (lambda r: r["own_measures"].update(x=[[1.0], [1.0, 2.0]]), "lengths"),
        (lambda r: r["policy"].update(speed_of_light=3.0), "policy"),
        (lambda r: r["policy"].update(load_band="wide"), "load_band"),
        (
            lambda r: r["accounts"]["columns"].update(acv={"kind": "number", "values": ["x", 1.0]}),
            "accounts.acv",
        ),
        (lambda r: r["accounts"]["columns"].update(last_activity={"kind": "date", "values": ["?", None]}), "date"),
    ],
)
def test_a_file_that_was_changed_is_refused_with_what_is_wrong(change, part):
    with pytest.raises((topt.DataError, topt.CriterionError), match=part):
        problem_from_json(changed(change))


def test_text_that_is_no_json_is_a_data_error():
    with pytest.raises(topt.DataError, match=PROBLEM_SCHEMA):
        problem_from_json("{")
