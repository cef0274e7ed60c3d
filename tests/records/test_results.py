"""JSON out and in: a round trip, a schema that holds, and files that cannot be trusted."""

import json
import math

import jsonschema
import numpy as np
import pytest

import territory_opt as topt
from territory_opt.records import SCHEMA_NAME, result_from_json, result_schema, result_to_json


def problem(homes=True, within=0.3, n=12):
    rng = np.random.default_rng(2)
    accounts = topt.Accounts.from_frame(
        {
            "account_id": [f"a{i}" for i in range(n)],
            "name": ["=HYPERLINK(1)", "Zoë", *["x"] * (n - 2)],
            "acv": rng.integers(10, 99, n) * 1000.0,
            "lat": rng.uniform(35, 42, n),
            "lon": rng.uniform(-100, -80, n),
        }
    )
    reps = {"rep_id": ["r1", "r2", "r3"], "capacity": [1.0, 0.8, 1.0]}
    if homes:
        reps |= {"lat": [36.0, 38, 40], "lon": [-95.0, -90, -85]}
    criteria = [
        topt.Balance("tam", within=within),
        topt.Balance("accounts", between=(2, math.inf)),
        topt.Travel(weight=1),
    ]
    return topt.Problem(accounts, topt.Team.from_frame(reps), criteria=criteria)


@pytest.fixture(scope="module", params=[True, False], ids=["homes", "open homes"])
def result(request):
    return topt.solve(problem(request.param), gap=0.01, time_limit=20)


def test_a_result_comes_back_as_it_went(result):
    again = result_from_json(result.problem, result.to_json())
    assert again.alignment == result.alignment
    assert again.objective == result.objective
    assert again.bound == result.bound
    assert again.termination == result.termination
    assert (again.solver, again.solver_reason, again.seed) == (result.solver, result.solver_reason, result.seed)
    assert again.notes == result.notes
    assert len(again.events) == len(result.events)
    assert again.to_json() == result.to_json()


def test_json_follows_the_published_schema(result):
    schema = result_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    record = json.loads(result.to_json())
    jsonschema.validate(record, schema)
    assert record["schema"] == SCHEMA_NAME


def test_results_without_an_alignment_go_both_ways():
    impossible = topt.solve(problem(within=0.0))
    assert impossible.termination.reason is topt.Reason.INFEASIBLE
    record = json.loads(impossible.to_json())
    jsonschema.validate(record, result_schema())
    assert record["alignment"] is None
    assert record["objective"] is None
    again = result_from_json(impossible.problem, impossible.to_json())
    assert (again.bound, again.has_alignment) == (math.inf, False)
    cancel = topt.Cancel()
    cancel.request()
    stopped = topt.solve(problem(), cancel=cancel)
    assert result_from_json(stopped.problem, stopped.to_json()).bound == -math.inf


def test_notes_of_the_solve_survive_a_problem_that_is_stated_otherwise():
    solved = topt.solve(topt.Problem(problem(False).accounts, problem(False).team), gap=0.05, time_limit=10)
    same = topt.Problem(solved.problem.accounts, solved.problem.team, criteria=solved.problem.criteria)
    assert result_from_json(same, solved.to_json()).notes == solved.notes


def test_a_result_of_another_problem_is_refused(result):
    with pytest.raises(topt.DataError, match=r"problem_fingerprint.*belongs to another problem"):
        result_from_json(problem(within=0.31), result.to_json())


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"schema": "territory-opt/result/2"}', b"\xff\xfe"])
def test_text_that_is_no_result_is_refused(text):
    with pytest.raises(topt.DataError, match="result: "):
        result_from_json(problem(), text)


def changed(result, **changes):
    return json.dumps(json.loads(result.to_json()) | changes)


def test_every_broken_field_is_named(result):
    with pytest.raises(topt.DataError) as caught:
        result_from_json(result.problem, changed(result, seed="x", gap=[], extra=1))
    assert {issue.column for issue in caught.value.issues} == {"seed", "gap", "extra"}


def test_numbers_that_are_none_are_refused(result):
    with pytest.raises(topt.DataError, match="seconds"):
        result_from_json(result.problem, changed(result, seconds=math.nan))


def test_a_changed_alignment_or_bound_is_found_out(result):
    record = json.loads(result.to_json())
    one_book = {"account_id": record["alignment"]["account_id"], "rep_id": ["r1"] * 12}
    with pytest.raises(topt.DataError, match="does not keep: TAM of every book"):
        result_from_json(result.problem, changed(result, alignment=one_book))
    with pytest.raises(topt.DataError, match="is above the objective"):
        result_from_json(result.problem, changed(result, bound=2 * result.objective))
    with pytest.raises(topt.DataError, match="the file has none"):
        result_from_json(result.problem, changed(result, alignment=None))
    with pytest.raises(topt.DataError, match="no rep 'r9'"):
        wrong = {"account_id": one_book["account_id"], "rep_id": ["r9"] * 12}
        result_from_json(result.problem, changed(result, alignment=wrong))


def test_optimal_without_the_proof_is_refused(result):
    optimal = {"reason": "optimal", "limit": None, "detail": ""}
    for bound in (result.objective * (1 - 1e-5), None):
        with pytest.raises(topt.DataError, match="says optimal, and the bound proves a gap"):
            result_from_json(result.problem, changed(result, termination=optimal, bound=bound))
    proven = changed(result, termination=optimal, bound=result.objective * (1 - 1e-7))
    assert result_from_json(result.problem, proven).termination.reason is topt.Reason.OPTIMAL


def test_books_may_come_in_any_order(result):
    record = json.loads(result.to_json())
    again = result_from_json(result.problem, changed(result, books=record["books"][::-1]))
    assert again.alignment == result.alignment


def test_to_json_is_the_method_of_a_result(result):
    assert result.to_json() == result_to_json(result)


def test_prices_of_the_engine_survive_json_and_files_that_were_changed_are_refused():
    solved = topt.solve(problem(), solver="lagrangian", gap=0.01, time_limit=10)
    prices = solved.alignment.multipliers
    again = result_from_json(solved.problem, solved.to_json()).alignment.multipliers
    assert (again.measures, again.moved, again.settled) == (prices.measures, prices.moved, prices.settled)
    assert np.array_equal(again.per_unit, prices.per_unit)
    for spoil in (lambda table: table.pop(), lambda table: table[0].pop()):
        record = json.loads(solved.to_json())
        spoil(record["multipliers"]["per_unit"])
        with pytest.raises(topt.DataError, match="multipliers"):
            result_from_json(solved.problem, json.dumps(record))


def test_prices_do_not_make_alignments_differ():
    solved = topt.solve(problem(), solver="lagrangian", gap=0.01, time_limit=10).alignment
    assert solved.multipliers is not None
    assert solved == solved.with_multipliers(None)
    assert solved.move("a0", "r1" if solved.owner_of("a0") != "r1" else "r2").multipliers is solved.multipliers
