"""A diagnosis names who and which limits, and says what would help."""

import pickle
import time

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.diagnose.trial import Clock


def build(values, k=2, criteria=(), capacity=None, reps=None, **columns):
    table = {"account_id": [f"a{i}" for i in range(len(values))], "acv": list(map(float, values)), **columns}
    team = {"rep_id": [f"r{j}" for j in range(k)], "capacity": capacity or [1.0] * k, **(reps or {})}
    return topt.Problem(topt.Accounts.from_frame(table), topt.Team.from_frame(team), criteria=criteria)


def healthcare():
    """520 account units of Healthcare for 3 reps of at most 150; 5 other reps have little to do."""
    tiers = ["A"] * 120 + ["B"] * 80 + ["C"] * 60
    verticals = ["Healthcare"] * 200 + ["Energy"] * 60
    reps = {"verticals": ["Healthcare"] * 3 + ["Energy"] * 2}
    limits = [topt.Balance("account_units", between=(0, 150)), topt.Eligible("vertical")]
    return build([1.0] * 260, 5, limits, reps=reps, tier=tiers, vertical=verticals)


def test_the_example_of_the_domain_is_told_in_its_words():
    found = topt.diagnose(healthcare())
    (conflict,) = found.conflicts
    assert conflict.sentence == (
        "Healthcare: 520 account units for 3 eligible reps (r0, r1 and r2); at most 150 each, 450 fit"
    )
    assert conflict.classes == ("vertical Healthcare",)
    assert conflict.rep_id == ("r0", "r1", "r2") and len(conflict.account_id) == 200
    assert dict(conflict.numbers) == pytest.approx({"amount": 520, "fits": 450, "reps": 3, "at_most": 150}, rel=1e-5)
    shorts = [way.short for way in found.relaxations]
    # 70 units too many are 24 accounts of 3 at the least.
    assert shorts == ["174 account units a rep", "one more rep", "24 accounts opened to others"]
    assert all(way.least for way in found.relaxations)
    assert found.sentence.endswith("; needs 174 account units a rep, or one more rep, or 24 accounts opened to others")


def test_every_way_out_can_be_solved_as_it_is():
    for way in topt.diagnose(healthcare()).relaxations:
        assert topt.solve(way.problem, time_limit=10, gap=0.5).has_alignment


def test_a_feasible_problem_gets_its_alignment_and_no_conflict():
    problem = build([1, 2, 3, 4], criteria=[topt.Balance("tam", within=0.2)])
    found = topt.diagnose(problem)
    assert found.feasible is True and not found.conflicts
    assert topt.evaluate(problem, found.alignment).feasible
    result = topt.solve(problem)
    assert topt.diagnose(result).alignment == result.alignment


def test_no_time_is_not_known_rather_than_impossible():
    found = topt.diagnose(build(range(1, 9), criteria=[topt.Balance("tam", within=0.2)]), time_limit=0)
    assert found.feasible is None
    assert "not known" in repr(found) and found.notes


def test_books_that_cannot_be_filled_are_named():
    reps = {"verticals": ["x;y", "x"]}
    problem = build(
        [1.0] * 6, 2, [topt.Eligible("vertical"), topt.Balance("accounts", between=(2, 6))], reps=reps,
        vertical=["y", "y", "y", "y", "y", "x"],
    )  # fmt: skip
    found = topt.diagnose(problem)
    assert found.conflicts[0].kind == "starved"
    assert found.conflicts[0].sentence == ("the book of r1 needs 2 accounts at the least, and all within reach is 1")
    assert {"only 1 account a rep", "1 account opened to others"} <= {way.short for way in found.relaxations}


def test_a_band_around_the_median_that_is_pulled_both_ways_is_told_so():
    problem = build([90.0, 10, 10, 10], 3, [topt.Balance("tam", within=0.2, of="median"), topt.Lock({"a0": "r0"})])
    found = topt.diagnose(problem)
    assert found.feasible is False
    assert found.conflicts[0].criteria[0].of == "median"


def test_accounts_apart_and_too_few_reps():
    pairs = [("a0", "a1"), ("a0", "a2"), ("a1", "a2")]
    found = topt.diagnose(build([1, 1, 1, 1], 2, [topt.Apart(pairs)]))
    assert found.conflicts[0].kind == "unmixed"
    (way,) = (way for way in found.relaxations if way.unit == "pairs")
    assert way.amount == 1 and "share a rep" in way.change


def test_a_family_to_be_kept_apart_from_itself():
    criteria = [topt.Apart([("a0", "a1")]), topt.Together([["a0", "a1"]])]
    found = topt.diagnose(build([1, 1, 1], 2, criteria))
    assert found.conflicts[0].kind == "torn" and set(found.conflicts[0].criteria) == set(criteria)


def test_moves_that_rules_force_are_held_against_the_cap():
    reps = {"verticals": ["x", "y"]}
    problem = build(
        [50.0, 25, 25], 2, [topt.Eligible("vertical"), topt.Disruption("acv", at_most=0.2)], reps=reps,
        vertical=["y", "x", "y"], owner=["r0", "r0", "r1"],
    )  # fmt: skip
    found = topt.diagnose(problem)
    assert found.conflicts[0].kind == "forced"
    assert "50% of owned ACV moves, and 20% may" in found.conflicts[0].sentence
    assert "50% of owned ACV may move" in {way.short for way in found.relaxations}


def test_large_accounts_are_counted_against_the_places_for_them():
    problem = build([60.0, 60, 60, 5, 5], 2, [topt.Balance("tam", between=(0, 110))])
    found = topt.diagnose(problem)
    assert found.conflicts[0].kind == "packed"
    assert found.conflicts[0].sentence.startswith("3 accounts of 60 TAM or more for all 2 reps")


def test_what_only_a_solver_can_prove_names_limits_and_reps():
    # No half of these is between 14 and 16, and 15 is wanted; the totals fit.
    values = [7.0, 7, 7, 3, 3, 3]
    limits = [topt.Balance("tam", within=0.05), topt.Together([["a0", "a3"]]), topt.Forbid([("a1", "r0")])]
    found = topt.diagnose(build(values, 2, limits))
    assert found.feasible is False
    assert found.conflicts[0].kind == "joint"
    assert found.conflicts[0].criteria == (limits[0],)


def test_several_conflicts_are_relaxed_together():
    limits = [topt.Forbid([("a0", "r0"), ("a0", "r1")]), topt.Balance("accounts", between=(0, 1))]
    found = topt.diagnose(build([1, 2, 3, 4], 2, limits))
    assert found.feasible is False
    assert found.relaxations
    for way in found.relaxations:
        assert topt.evaluate(way.problem, way.alignment).feasible


def test_an_error_without_an_alignment_points_here():
    result = topt.solve(healthcare())
    with pytest.raises(topt.NoAlignmentError, match=r"territory_opt\.diagnose"):
        _ = result.alignment


@pytest.mark.parametrize("wrong", [{"time_limit": -1}, {"time_limit": float("nan")}, {"seed": -1}, {"seed": 0.5}])
def test_a_limit_that_is_none_is_refused(wrong):
    with pytest.raises(topt.CriterionError):
        topt.diagnose(healthcare(), **wrong)


def test_it_can_be_shown_saved_and_pickled():
    problem = build([9.0, 1, 1, 1], 2, [topt.Balance("tam", within=0.1)], name=["<b>x</b>"] * 4)
    found = topt.diagnose(problem)
    frame = found.to_frame()
    assert list(frame.columns) == ["kind", "what", "amount", "unit", "least", "detail"]
    assert set(frame["kind"]) >= {"conflict", "whale"}
    told = found.to_dict()
    assert (told["feasible"] is False and told["conflicts"][0]["sentence"] in str(found).lower()) or told["conflicts"]
    assert "<script" not in found._repr_html_() and "<b>x" not in found._repr_html_()
    again = pickle.loads(pickle.dumps(found))
    assert again.sentence == found.sentence


def test_names_from_data_cannot_become_markup():
    table = {"account_id": ["<img src=x>", "b", "c"], "acv": [9.0, 1, 1]}
    team = topt.Team.from_frame({"rep_id": ["<i>r</i>", "s"]})
    problem = topt.Problem(topt.Accounts.from_frame(table), team, criteria=[topt.Balance("tam", within=0.1)])
    page = topt.diagnose(problem)._repr_html_()
    assert "<img" not in page and "&lt;img" in page


def test_a_hundred_conflicts_do_not_take_long():
    n = 300
    rng = np.random.default_rng(3)
    mask = rng.random((n, 12)) < 0.3
    mask[:100] = False
    began = time.process_time()
    found = topt.diagnose(
        build(np.ones(n), 12, [topt.Eligible(mask), topt.Balance("accounts", within=0.3)]), time_limit=5
    )
    assert found.feasible is False and len(found.conflicts) <= 5
    assert time.process_time() - began < 8


def test_what_is_cut_short_on_a_part_of_the_time_is_known_to_the_whole():
    clock = Clock(time.perf_counter() + 60.0, 1)
    assert not clock.cut
    clock.part(0.5).part(0.5).cut = True
    assert clock.cut and clock.part(0.1).cut


def test_only_a_problem_or_a_result_is_diagnosed():
    with pytest.raises(topt.CriterionError, match="not str"):
        topt.diagnose("problem")
