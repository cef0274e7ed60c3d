"""Scenarios: named, hashed, solved, compared, and the same after a trip through a file."""

from __future__ import annotations

import json
import math
import pickle

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import territory_opt as topt
from territory_opt.scenarios.codec import criterion_from_json, criterion_to_json
from territory_opt.scenarios.file import scenarios_schema


@pytest.fixture(scope="module")
def problem() -> topt.Problem:
    rng = np.random.default_rng(4)
    table = {
        "account_id": [f"a{i}" for i in range(24)],
        "acv": rng.uniform(2e4, 9e4, 24).round(-2),
        "owner": [f"r{i % 3}" for i in range(24)],
        "lat": rng.uniform(38, 42, 24),
        "lon": rng.uniform(-90, -84, 24),
    }
    team = {"rep_id": ["r0", "r1", "r2"], "lat": [39.0, 40.0, 41.0], "lon": [-89.0, -87.0, -85.0]}
    criteria = [topt.Balance("tam", within=0.2), topt.Travel(weight=1.0), topt.Disruption("acv", weight=1e-3)]
    policy = topt.Policy(friction_per_hour=0.0)
    return topt.Problem(topt.Accounts.from_frame(table), topt.Team.from_frame(team), policy=policy, criteria=criteria)


@pytest.fixture(scope="module")
def solved(problem) -> topt.Scenarios:
    listed = (
        topt.Scenarios(problem).add("as asked", description="as it is").add("tight", topt.Balance("tam", within=0.05))
    )
    listed = listed.add("impossible", topt.Balance("tam", between=(1.0, 2.0))).add("later", without=["travel"])
    return listed.solve("as asked", "tight", "impossible")


def test_adding_replaces_and_leaves_out_criteria_and_changes_nothing_else(problem) -> None:
    empty = topt.Scenarios(problem)
    one = empty.add("tight", topt.Balance("tam", within=0.05), without=["travel"])
    assert (len(empty), one.names) == (0, ("tight",))
    assert one["tight"].criteria == (topt.Balance("tam", within=0.05), topt.Disruption("acv", weight=1e-3))
    assert one.remove("tight").names == ()
    with pytest.raises(AttributeError, match="frozen"):
        one.problem = problem


def test_only_those_without_an_answer_are_solved(solved) -> None:
    again = solved.solve()
    assert again["as asked"].result is solved["as asked"].result
    assert solved["later"].result is None and again["later"].result.has_alignment
    assert again.solve("later", again=True)["later"].result is not again["later"].result


def test_infeasible_is_a_result(solved) -> None:
    assert solved["impossible"].result.termination.reason is topt.Reason.INFEASIBLE
    assert list(solved.to_frame()["outcome"])[2:] == ["infeasible", "not solved"]


def test_the_fingerprint_changes_with_whatever_the_answer_depends_on(problem) -> None:
    listed = topt.Scenarios(problem).add("a").add("b").add("seed", seed=2).add("gap", gap=0.01)
    listed = (
        listed.add("limit", time_limit=5).add("tight", topt.Balance("tam", within=0.1)).add("solver", solver="highs")
    )
    marks = [one.fingerprint(problem) for one in listed]
    assert marks[0] == marks[1]
    assert len(set(marks)) == 6
    richer = problem.replace(policy=problem.policy.replace(named_weight=0.7, white_space_weight=0.3))
    assert listed["a"].fingerprint(richer) != marks[0]


def test_a_file_brings_back_everything(solved, tmp_path, problem) -> None:
    path = solved.save(tmp_path / "scenarios.json")
    other = problem.replace(criteria=[])
    again = topt.Scenarios.load(path, other)
    assert again.problem.criteria == problem.criteria
    assert list(again) == list(solved)
    for one, two in zip(solved, again, strict=True):
        assert one.fingerprint(problem) == two.fingerprint(problem)
        assert (one.result is None) == (two.result is None)
    assert again["tight"].result.alignment == solved["tight"].result.alignment
    assert again["tight"].result.bound == solved["tight"].result.bound
    assert str(again.compare()) == str(solved.compare())
    jsonschema.validate(json.loads(path.read_text("utf-8")), scenarios_schema())


def test_solving_what_a_file_asks_gives_the_same_answer(solved, tmp_path, problem) -> None:
    path = topt.Scenarios(problem).add("tight", topt.Balance("tam", within=0.05)).save(tmp_path / "asked.json")
    again = topt.Scenarios.load(path, problem).solve()
    assert again["tight"].result.alignment == solved["tight"].result.alignment


def test_a_problem_made_from_arrays_keeps_its_scenarios_in_a_file(tmp_path) -> None:
    cost = np.random.default_rng(2).uniform(1.0, 9.0, (8, 2))
    problem = topt.Problem.from_arrays(cost=cost, measures={"hours": np.ones(8)}, upper={"hours": [5.0, np.inf]})
    listed = topt.Scenarios(problem).add("as asked").solve()
    again = topt.Scenarios.load(listed.save(tmp_path / "s.json"), problem.replace(criteria=[]))
    assert again.problem.criteria == problem.criteria
    assert again["as asked"].result.objective == listed["as asked"].result.objective


def test_a_file_of_other_tables_is_refused(solved, tmp_path, problem) -> None:
    path = solved.save(tmp_path / "s.json")
    other = problem.replace(policy=problem.policy.replace(tier_a_acv=90e3))
    with pytest.raises(topt.DataError, match="other tables or another policy"):
        topt.Scenarios.load(path, other)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["scenarios"][1]["criteria"][0].update(within=0.06), "fingerprint"),
        (lambda d: d["scenarios"][1]["criteria"][0].update(within=7), "must be a share"),
        (lambda d: d["scenarios"][1]["criteria"][0].update(kind="Joy"), "'Joy' is no criterion"),
        (lambda d: d["scenarios"][1].update(seed=9), "fingerprint"),
        (lambda d: d["scenarios"][1].update(gap=-1.0), "gap=-1.0"),
        (lambda d: d["scenarios"][1].update(extra=1), "Extra inputs"),
        (lambda d: d["scenarios"][1].update(name="as asked"), "two are called"),
        (lambda d: d.update(schema="territory-opt/scenarios/9"), "schema"),
        (lambda d: d["criteria"].append({"kind": "Travel"}), "Travel"),
        (lambda d: d["scenarios"][1]["result"].update(bound=1e12), "above the objective"),
    ],
)
def test_a_changed_file_is_refused(solved, tmp_path, problem, change, said) -> None:
    path = solved.save(tmp_path / "s.json")
    value = json.loads(path.read_text("utf-8"))
    change(value)
    path.write_text(json.dumps(value), "utf-8")
    with pytest.raises(topt.DataError, match=said):
        topt.Scenarios.load(path, problem)


@pytest.mark.parametrize("text", ["", "[]", "{", "\x00"])
def test_a_file_that_is_none_is_refused(tmp_path, problem, text) -> None:
    path = tmp_path / "s.json"
    path.write_text(text, "utf-8")
    with pytest.raises(topt.DataError):
        topt.Scenarios.load(path, problem)
    with pytest.raises(topt.DataError, match="cannot be read"):
        topt.Scenarios.load(tmp_path / "none.json", problem)


def test_comparing_puts_given_plans_first_and_names_what_has_no_alignment(solved, problem) -> None:
    today = topt.Alignment.from_index(problem, problem.owners.rep_index)
    table = solved.compare({"today": today})
    assert table.names == ("today", "as asked", "tight")
    assert table.base == "today"
    assert any("impossible: infeasible; later: not solved" in note for note in table.notes)
    assert table.value("limits broken", "tight") == 0
    with pytest.raises(topt.CriterionError, match="has the name of a scenario"):
        solved.compare({"tight": today})
    with pytest.raises(topt.CriterionError, match="it takes two"):
        topt.Scenarios(problem).add("one").compare()


def test_three_scenarios_of_a_design_phase(problem) -> None:
    found = topt.design_scenarios(problem)
    assert found.names == ("balanced", "least change", "least travel")
    assert found["balanced"].criteria == problem.criteria
    assert topt.Disruption("acv", weight=1e-2) in found["least change"].criteria
    assert topt.Travel(weight=10.0) in found["least travel"].criteria
    table = found.compare()
    moved = [table.value("ACV that moves", name) for name in table.names]
    hours = [table.value("travel hours a year", name) for name in table.names]
    assert moved[1] == min(moved) < moved[2]
    assert hours[2] == min(hours) < hours[1]
    assert table.recommended == "balanced"


def test_a_design_phase_without_owners_or_places_leaves_out_what_has_no_meaning(problem) -> None:
    columns = {"account_id": [f"a{i}" for i in range(6)], "acv": [5e4] * 6}
    team = {"rep_id": ["r0", "r1"]}
    owned = topt.Problem(topt.Accounts.from_frame(columns | {"owner": ["r0", "r1"] * 3}), topt.Team.from_frame(team))
    assert topt.design_scenarios(owned).names == ("balanced", "least change")
    bare = topt.Problem(topt.Accounts.from_frame(columns), topt.Team.from_frame(team))
    with pytest.raises(topt.CriterionError, match="nothing to be for or against"):
        topt.design_scenarios(bare)
    with pytest.raises(topt.CriterionError, match="emphasis"):
        topt.design_scenarios(owned, emphasis=1.0)


def test_a_cancelled_solve_begins_no_further_scenario(problem) -> None:
    cancel = topt.Cancel()
    cancel.request()
    listed = topt.Scenarios(problem).add("a").solve(cancel=cancel)
    assert listed["a"].result is None


@pytest.mark.parametrize(
    "options",
    [{"name": ""}, {"name": "a\nb"}, {"seed": -1}, {"gap": math.nan}, {"threads": 0}, {"time_limit": math.inf}],
)
def test_unusable_scenarios_are_refused(problem, options) -> None:
    with pytest.raises(topt.CriterionError):
        topt.Scenarios(problem).add(**({"name": "x"} | options))


def test_unknown_and_taken_names_are_refused(problem) -> None:
    listed = topt.Scenarios(problem).add("a")
    for call in (lambda: listed["b"], lambda: listed.remove("b"), lambda: listed.add("a"), lambda: listed.solve("b")):
        with pytest.raises(topt.CriterionError):
            call()
    with pytest.raises(topt.CriterionError, match="two scenarios are called a"):
        topt.Scenarios(problem, [*listed, *listed])
    with pytest.raises(topt.CriterionError, match="is a list of kinds"):
        listed.add("b", without="travel")


def test_they_print_pickle_and_escape(solved, problem) -> None:
    again = pickle.loads(pickle.dumps(solved))
    assert list(again) == list(solved)
    assert "not solved" in str(solved) and "as it is" in str(solved)
    assert "<i>" not in topt.Scenarios(problem).add("<i>x</i>")._repr_html_()
    assert "No scenarios yet" in str(topt.Scenarios(problem))


WEIGHT = st.floats(0.001, 1e6)
IDS = st.text("abc12", min_size=1, max_size=4)
PAIRS = st.lists(st.tuples(IDS, IDS).filter(lambda pair: pair[0] != pair[1]), min_size=1, max_size=3)
CRITERIA = st.one_of(
    st.builds(topt.Balance, IDS, within=st.floats(0.01, 1.0), of=st.sampled_from(["mean", "median", "target"])),
    st.builds(topt.Balance, IDS, between=st.tuples(st.floats(-9, 1), st.sampled_from([2.0, math.inf])), weight=WEIGHT),
    st.builds(topt.Travel, weight=WEIGHT),
    st.builds(topt.Travel, share_at_most=st.floats(0.01, 1.0)),
    st.builds(topt.Disruption, IDS, weight=WEIGHT),
    st.builds(topt.Disruption, IDS, at_most=st.floats(0, 1)),
    st.builds(topt.Eligible, st.sampled_from(["vertical", "language"]), weight=st.none() | WEIGHT),
    st.builds(
        lambda n, k, seed: topt.Eligible(np.random.default_rng(seed).random((n, k)) < 0.5),
        st.integers(1, 9),
        st.integers(1, 9),
        st.integers(0, 9),
    ),
    st.builds(
        lambda side, edges: topt.BookLimits("hours", **{side: edges}),
        st.sampled_from(["lower", "upper"]),
        st.floats(-9, 9) | st.lists(st.floats(-9, 9), min_size=1, max_size=4),
    ),
    st.builds(lambda upper: topt.BookLimits("hours", lower=[1.0, -math.inf], upper=upper), st.floats(2, 9)),
    st.builds(
        lambda n, k, seed, weight: topt.Costs(np.random.default_rng(seed).normal(size=(n, k)), weight=weight),
        st.integers(1, 5),
        st.integers(1, 5),
        st.integers(0, 9),
        WEIGHT,
    ),
    st.builds(topt.Variation, IDS, at_most=st.floats(0.001, 3)),
    st.builds(topt.Seniority, IDS, min_years=st.floats(0, 20), weight=st.none() | WEIGHT),
    st.builds(topt.Lock, st.lists(IDS, min_size=1, max_size=3, unique=True)),
    st.builds(topt.Lock, st.dictionaries(IDS, IDS, min_size=1, max_size=3)),
    st.builds(topt.Forbid, PAIRS),
    st.builds(topt.Apart, PAIRS),
    st.builds(topt.Together, IDS),
    st.builds(topt.Together, st.lists(st.lists(IDS, min_size=2, max_size=3), min_size=1, max_size=2)),
)


@given(CRITERIA)
def test_every_criterion_survives_json(criterion) -> None:
    text = json.dumps(criterion_to_json(criterion), allow_nan=False)
    assert criterion_from_json(json.loads(text)) == criterion


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"kind": "Balance"},
        {"kind": "Balance", "measure": "tam", "within": 0.1, "of": "mean", "weight": None, "between": [1]},
        {"kind": "Eligible", "by": {"shape": [2, 2], "bits": "AAAA"}, "weight": None},
        {"kind": "Eligible", "by": {"shape": [2, 2], "bits": "!"}, "weight": None},
        {"kind": "Eligible", "by": {"shape": ["x"], "bits": ""}, "weight": None},
        {"kind": "Costs", "table": {"shape": [2, 2], "float64": "AAAA"}, "weight": 1.0},
        {"kind": "Costs", "table": {"shape": [2, 2]}, "weight": 1.0},
        {"kind": "BookLimits", "measure": "hours", "lower": None, "upper": None},
        {"kind": "BookLimits", "measure": "hours", "lower": ["x"], "upper": None},
        {"kind": "Lock", "pairs": [["a", None], ["b", "r"]]},
        {"kind": "Lock", "pairs": [["a"]]},
        {"kind": "Together", "by": 3},
    ],
)
def test_nonsense_is_no_criterion(value) -> None:
    with pytest.raises(topt.CriterionError):
        criterion_from_json(value)
