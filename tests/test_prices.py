"""Prices are what enumeration saves by leaving a criterion out."""

import math

import pytest

import territory_opt as topt
from explain.enumerated import best_of, make
from territory_opt.prices import prices


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_verified_prices_are_the_savings_that_enumeration_finds(seed):
    problem = make(seed, extra=[topt.Lock({"a0": "r1"}), topt.Forbid([("a2", "r0")])])
    result = topt.solve(problem, gap=0.0)
    found = prices(result, gap=0.0)
    best = best_of(problem)[0]
    assert [row.kind for row in found.rows].count("lock") == 1
    for row in found.rows:
        without = problem.replace(criteria=[c for c in problem.criteria if c != row.criterion])
        term = next(c.term for c in result.evaluation.checks if c.criterion == row.criterion)
        saving = best - term - best_of(without)[0]
        assert row.saved == pytest.approx(saving, abs=1e-6)
        assert row.low - 1e-6 <= saving <= row.high + 1e-6
    saved = [row.saved for row in found.rows]
    assert saved == sorted(saved, reverse=True)
    assert max(saved) > 0


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_without_a_solve_the_upper_limit_holds(seed):
    problem = make(seed, extra=[topt.Lock({"a0": "r1"})])
    result = topt.solve(problem, gap=0.0)
    best = best_of(problem)[0]
    for row in result.prices(verify=False).rows:
        assert not row.verified and math.isnan(row.saved) and row.moves is None
        without = problem.replace(criteria=[c for c in problem.criteria if c != row.criterion])
        term = next(c.term for c in result.evaluation.checks if c.criterion == row.criterion)
        saving = best - term - best_of(without)[0]
        assert row.low <= saving <= row.high + 1e-6


def test_hours_and_moves_are_those_of_the_two_answers():
    problem = make(1)
    result = topt.solve(problem, gap=0.0)
    row = next(row for row in result.prices().rows if isinstance(row.criterion, topt.Disruption))
    free = topt.solve(problem.replace(criteria=[c for c in problem.criteria if c != row.criterion]), gap=0.0)
    hours = [r.evaluation.books["travel_hours"].sum() for r in (result, free)]
    assert row.travel_hours == pytest.approx(hours[0] - hours[1])
    owner = problem.owners.protected_index
    assert row.moves == int((owner != result.alignment.rep_index).sum() - (owner != free.alignment.rep_index).sum())


def test_the_price_of_a_lock_is_never_above_its_upper_limit():
    problem = make(2, extra=[topt.Lock({"a0": "r1"}), topt.Lock({"a3": "r2"})])
    result = topt.solve(problem, gap=0.0)
    found = result.prices(verify=False)
    assert len(found.locks) == 2
    best = best_of(problem)[0]
    for lock in found.locks:
        kept = [c for c in problem.criteria if not (isinstance(c, topt.Lock) and c.pairs[0][0] == lock.account_id)]
        assert best - best_of(problem.replace(criteria=kept))[0] <= lock.at_most + 1e-6


def test_the_upper_limit_of_a_lock_holds_beside_accounts_to_be_kept_apart():
    n_dear = 0
    for seed in range(10):
        apart = topt.Apart([("a0", "a1"), ("a1", "a2"), ("a0", "a2")])
        problem = make(seed, extra=[topt.Lock({"a0": "r1"}), apart])
        result = topt.solve(problem, gap=0.0)
        if not result.has_alignment:
            continue
        (lock,) = result.prices(verify=False).locks
        kept = [c for c in problem.criteria if not isinstance(c, topt.Lock)]
        saved = best_of(problem)[0] - best_of(problem.replace(criteria=kept))[0]
        assert saved <= lock.at_most + 1e-6, seed
        n_dear += saved > 1e-6
    assert n_dear >= 2


def test_a_difference_inside_the_gaps_is_called_that():
    problem = make(0)
    result = topt.solve(problem, gap=1.0)
    text = str(prices(result, time_limit=0.0))
    assert "inside the gaps" in text and "Give more time" in text


def test_a_problem_without_weights_has_no_prices():
    problem = make(0).replace(criteria=[topt.Balance("tam", within=0.3)])
    found = topt.solve(problem).prices()
    assert [row.saved for row in found.rows] == [0.0]
    assert "nothing is weighted" in str(found)


def test_prices_read_as_text_html_and_frames():
    found = topt.solve(make(0, extra=[topt.Lock({"a0": "r1"})]), gap=0.0).prices()
    assert "What each criterion costs" in found._repr_html_() and "<script" not in found._repr_html_()
    assert list(found.to_frame()["saved"]) == [row.saved for row in found.rows]
    assert list(found.locks_frame()["account_id"]) == ["a0"]
    assert (found.bands_frame()["per_unit"] > 0).all()
    for name, wrong in (("time_limit", -1), ("time_limit", "x"), ("gap", True), ("threads", 0)):
        with pytest.raises(topt.CriterionError, match=name):
            prices(topt.solve(make(0)), **{name: wrong})


def test_a_result_passes_on_how_far_its_questions_may_go():
    accounts = topt.Accounts.from_frame({"account_id": list("abcd"), "acv": [4e4] * 4, "owner": list("xyzx")})
    rules = [topt.Balance("accounts", between=(1, 2)), topt.Disruption("accounts", weight=1.0)]
    result = topt.solve(topt.Problem(accounts, topt.Team.from_frame({"rep_id": list("xyz")}), criteria=rules))
    with pytest.raises(topt.CriterionError, match="gap"):
        result.explain("a", gap=-1.0)
    with pytest.raises(topt.CriterionError, match="n_verified"):
        result.explain("a", n_verified=-1)
    with pytest.raises(topt.CriterionError, match="threads"):
        result.prices(threads=0)
    for n in (1, 2):
        found = result.explain("d", verify=True, n_verified=n)
        assert sum(option.verified is not None for option in found.options) == n
    assert result.prices(verify=False, gap=0.5).rows
