"""An explanation says what enumeration says."""

import math

import numpy as np
import pytest

import territory_opt as topt
from explain.enumerated import best_of, make
from territory_opt.explain import explain, prepare

SEEDS = [0, 1, 2, 3]


@pytest.mark.parametrize("seed", SEEDS)
def test_verified_costs_are_the_differences_that_enumeration_finds(solved, seed):
    result = solved(seed)
    best = best_of(result.problem)
    assert result.objective == pytest.approx(best[0])
    for account in (0, 3):
        why = explain(result, f"a{account}", verify=True, gap=0.0)
        for option in why.alternatives:
            j = result.problem.team.index_of(option.rep_id)
            other = best_of(result.problem, lambda reps, i=account, j=j: reps[i] == j)
            if other is None:
                assert option.verified.impossible
                continue
            assert option.verified.difference == pytest.approx(other[0] - best[0], abs=1e-6)
            assert option.verified.low <= other[0] - best[0] + 1e-6
            assert option.verified.high >= other[0] - best[0] - 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_at_least_is_never_above_the_true_cost(solved, seed):
    result = solved(seed)
    best = best_of(result.problem)[0]
    for account in range(result.problem.n_accounts):
        why = result.explain(f"a{account}")
        for option in why.alternatives:
            j = result.problem.team.index_of(option.rep_id)
            other = best_of(result.problem, lambda reps, i=account, j=j: reps[i] == j)
            if other is not None:
                assert option.at_least <= other[0] - best + 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_factors_of_all_accounts_add_up_to_the_objective(solved, seed):
    result = solved(seed)
    ids = result.problem.accounts.account_id
    lines = [line for account in ids for line in result.explain(account).chosen.factors]
    assert sum(line.objective for line in lines) == pytest.approx(result.objective)
    assert {line.unit for line in lines} == {"hours", "money"}


@pytest.mark.parametrize("seed", SEEDS)
def test_own_cost_is_the_change_of_the_objective_when_only_the_account_moves(solved, seed):
    result = solved(seed)
    why = result.explain("a2")
    for option in why.alternatives:
        reps = result.alignment.rep_index.copy()
        reps[2] = result.problem.team.index_of(option.rep_id)
        moved = topt.evaluate(result.problem, topt.Alignment.from_index(result.problem, reps))
        assert option.own == pytest.approx(moved.objective - result.objective)
        assert bool(option.breaks) == (not moved.feasible)


@pytest.mark.parametrize("seed", range(6))
def test_the_cheapest_certain_flip_flips_and_a_little_less_does_not(solved, seed):
    from dataclasses import replace

    result = solved(seed)
    tried = 0
    for account in range(result.problem.n_accounts):
        why = explain(result, f"a{account}", verify=True, gap=0.0, n_verified=1)
        for flip in (flip for flip in why.flips if flip.certain):
            again = topt.solve(flip.apply(result.problem), gap=0.0)
            assert again.alignment.owner_of(f"a{account}") == flip.rep_id
            assert flip.flipped is not False
            if flip.change > 0.1:
                less = replace(flip, change=flip.change - 0.05)
                again = topt.solve(less.apply(result.problem), gap=0.0)
                assert again.objective == pytest.approx(result.objective, rel=1e-6)
                tried += 1
    assert tried >= 2


def test_what_a_flip_was_tried_to_do_is_what_a_solve_of_the_changed_data_does(solved):
    seen = set()
    for seed in range(4):
        result = solved(seed)
        for account in ("a0", "a1", "a5"):
            why = explain(result, account, verify=True, gap=0.0)
            for flip in (flip for flip in why.flips if flip.flipped is not None):
                again = topt.solve(flip.apply(result.problem), gap=0.0)
                assert flip.flipped == (again.alignment.owner_of(account) == flip.rep_id)
                seen.add((flip.kind, flip.flipped))
            order = [flip.flipped is False for flip in why.flips]
            assert order == sorted(order)
    assert any(kind == "travel" and flipped for kind, flipped in seen)
    assert any(kind in ("value", "owner") for kind, _ in seen)


def test_every_barred_rep_is_told_every_rule_that_bars_it():
    accounts = topt.Accounts.from_frame(
        {
            "account_id": ["a", "b", "c"],
            "acv": [2e5, 5e4, 5e4],
            "vertical": ["Bank", "Shop", ""],
            "owner": ["x", "y", "y"],
        }
    )
    team = topt.Team.from_frame(
        {"rep_id": ["x", "y", "z"], "verticals": ["Bank", "Shop", "Bank"], "tenure_years": [5.0, 6.0, 1.0]}
    )
    rules = [
        topt.Eligible("vertical"), topt.Seniority("A", min_years=3), topt.Forbid([("a", "y")]), topt.Lock(["b"]),
        topt.Disruption("acv", weight=1.0),
    ]  # fmt: skip
    result = topt.solve(topt.Problem(accounts, team, criteria=rules))
    why = result.explain("a")
    assert [option.rep_id for option in why.options] == ["x"]
    reasons = {barred.rep_id: barred.reasons for barred in why.barred}
    assert reasons["y"] == ("does not serve vertical 'Bank'", "the pair is forbidden")
    assert reasons["z"] == ("has not the 3 years that a tier A account asks",)
    assert next(b.reasons for b in result.explain("b").barred)[-1] == "it is locked to y"
    with pytest.raises(topt.CriterionError, match="does not serve vertical 'Bank'"):
        why.option("y")


def test_lifting_the_rule_that_bars_a_cheaper_rep_flips_the_account(solved):
    flipped = 0
    for seed in range(5):
        free = solved(seed)
        home = free.alignment.owner_of("a4")
        other = next(rep for rep in free.problem.team.rep_id if rep != home)
        for rule in (topt.Lock({"a4": other}), topt.Forbid([("a4", home)])):
            problem = free.problem.with_criteria(rule)
            result = topt.solve(problem, gap=0.0)
            if not result.has_alignment:
                continue
            flips = result.explain("a4").flips
            for flip in (flip for flip in flips if flip.kind == "rule" and flip.rep_id == home):
                again = topt.solve(flip.apply(problem), gap=0.0)
                assert again.alignment.owner_of("a4") == home
                flipped += 1
    assert flipped >= 2


def test_a_family_is_explained_as_one(solved):
    problem = make(1, extra=[topt.Together([["a1", "a5"]])])
    result = topt.solve(problem, gap=0.0)
    why = explain(result, "a5", verify=True, gap=0.0)
    assert why.family == ("a1", "a5")
    best = best_of(problem)[0]
    for option in why.alternatives:
        j = problem.team.index_of(option.rep_id)
        other = best_of(problem, lambda reps, j=j: reps[5] == j)
        assert (
            option.verified.impossible
            if other is None
            else option.verified.difference == pytest.approx(other[0] - best)
        )
        assert option.at_least <= (math.inf if other is None else other[0] - best + 1e-6)


def test_the_preparation_is_made_once_per_problem_and_homes(solved):
    result = solved(0)
    one = prepare(result.problem, result.alignment, result.evaluation)
    assert prepare(result.problem, result.alignment) is one
    assert one.ready().shadow is one.shadow


def test_unknown_accounts_and_missing_alignments_are_errors(solved):
    with pytest.raises(topt.DataError, match="no account has the id"):
        solved(0).explain("nobody")
    with pytest.raises(topt.CriterionError, match="n_verified"):
        explain(solved(0), "a0", n_verified=0)
    impossible = topt.solve(solved(0).problem.with_criteria(topt.Balance("tam", between=(0, 1))))
    with pytest.raises(topt.NoAlignmentError):
        impossible.explain("a0")


def test_explanations_read_as_text_html_and_frame(solved):
    why = explain(solved(0), "a0", verify=True)
    text, page, frame = str(why), why._repr_html_(), why.to_frame()
    assert text.startswith("a0 goes to") and why.rep_id in text.splitlines()[0]
    assert "<script" not in page and "What each rep would cost" in page
    assert frame["eligible"].sum() == len(why.options) and len(frame) == 3
    assert {"travel", "move (acv)"} <= set(frame.columns)
    assert frame.loc[frame["current"], "estimate"].tolist() == [0.0]


def test_names_from_data_are_escaped():
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "name": ["<b>A</b>", "B"], "acv": [1e4, 1e4]})
    team = topt.Team.from_frame({"rep_id": ["r", "s"], "name": ["<i>R</i>", "S"]})
    result = topt.solve(topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.1)]))
    for page in (result.explain("a")._repr_html_(), result.explain_rep("r")._repr_html_()):
        assert "<b>A" not in page and "<i>R" not in page
    assert "&lt;b&gt;A" in result.explain("a")._repr_html_()


def test_money_per_unit_is_the_price_of_a_selling_hour(solved):
    result = solved(0)
    problem = result.problem
    hour = float(problem.scores.gross_load.sum() / problem.selling_hours.sum())
    assert result.explain("a0").money_per_unit == pytest.approx(hour)
    assert np.isfinite(hour)


def test_where_friction_eats_into_the_load_nearer_is_an_estimate_that_was_tried():
    kinds = set()
    for seed in range(3):
        plain = make(seed)
        problem = plain.replace(
            policy=topt.Policy(friction_per_hour=40.0),
            criteria=[topt.Balance("load", within=0.2), topt.Travel(weight=1.0)],
        )
        result = topt.solve(problem, gap=0.0)
        for account in ("a1", "a4"):
            flips = explain(result, account, verify=True, gap=0.0).flips
            assert not any(flip.certain for flip in flips)
            for flip in (flip for flip in flips if flip.flipped is not None):
                again = topt.solve(flip.apply(problem), gap=0.0)
                went = again.alignment.owner_of(account) == flip.rep_id if again.has_alignment else None
                assert flip.flipped == went
                kinds.add((flip.kind, flip.flipped))
    assert ("travel", True) in kinds


def test_a_limit_of_every_books_own_that_a_move_would_break_is_told():
    rng = np.random.default_rng(1)
    problem = topt.Problem.from_arrays(
        rng.integers(1, 40, (9, 3)), measures={"effort": rng.integers(5, 15, 9).astype(float)},
        upper={"effort": [30, 35, 40]},
    )  # fmt: skip
    result = topt.solve(problem, gap=0.0)
    n_broken = 0
    for account in problem.accounts.account_id.tolist():
        for option in result.explain(account).alternatives:
            moved = result.alignment.rep_index.copy()
            moved[problem.accounts.index_of(account)] = problem.team.index_of(option.rep_id)
            kept = topt.evaluate(problem, topt.Alignment.from_index(problem, moved)).feasible
            assert bool(option.breaks) == (not kept)
            n_broken += not kept
    assert n_broken >= 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_limit": "x"},
        {"time_limit": -1},
        {"gap": float("nan")},
        {"n_verified": 1.5},
        {"n_verified": 0},
        {"threads": 0},
    ],
)
def test_a_limit_that_is_none_is_refused(solved, wrong):
    with pytest.raises(topt.CriterionError, match=next(iter(wrong))):
        explain(solved(0), "a0", **wrong)
