"""Wider limits that would let an account go where it costs less are stated soundly."""

import numpy as np
import pytest

import territory_opt as topt
from explain.enumerated import best_of, make
from territory_opt.explain import explain


def arrays(seed, **limits):
    rng = np.random.default_rng([3, seed])
    cost = rng.integers(1, 40, (7, 3)).astype(float)
    return topt.Problem.from_arrays(cost, measures={"effort": rng.integers(5, 15, 7).astype(float)}, **limits)


PROBLEMS = {
    "a band around the mean": lambda seed: make(seed, within=0.12),
    "a band between": lambda seed: make(seed).with_criteria(topt.Balance("tam", between=(60_000, 115_000))),
    "limits of every book's own": lambda seed: arrays(seed, upper={"effort": [30.0, 25.0, 40.0]}),
    "two bands": lambda seed: make(seed, extra=[topt.Balance("accounts", between=(2, 3))]),
    "a cap on travel": lambda seed: make(seed, extra=[topt.Travel(share_at_most=0.012)]),
}


@pytest.mark.parametrize("kind", PROBLEMS)
def test_with_the_wider_limits_the_move_alone_keeps_every_limit_and_saves_what_is_said(kind):
    n_flips = 0
    for seed in range(8):
        problem = PROBLEMS[kind](seed)
        result = topt.solve(problem, gap=0.0)
        if not result.has_alignment:
            continue
        for account in problem.accounts.account_id.tolist():
            why = result.explain(account)
            for flip in (flip for flip in why.flips if flip.kind == "balance"):
                n_flips += 1
                moved = result.alignment.rep_index.copy()
                moved[problem.accounts.index_of(account)] = problem.team.index_of(flip.rep_id)
                alignment = topt.Alignment.from_index(problem, moved)
                assert not topt.evaluate(problem, alignment).feasible
                after = topt.evaluate(flip.apply(problem), alignment)
                assert after.feasible
                saved = result.objective - after.objective
                assert saved > 0 and saved == pytest.approx(-why.option(flip.rep_id).own)
                assert flip.words.endswith(f"saves {saved:,.4g}") and flip.size > 0
                assert {c.key for c in flip.criteria} <= {c.key for c in problem.criteria}
    assert n_flips >= 3


def test_tried_says_whether_the_best_answer_really_goes_there():
    seen = set()
    for seed in range(6):
        problem = make(seed, within=0.12)
        result = topt.solve(problem, gap=0.0)
        for account in ("a0", "a3", "a5"):
            for flip in explain(result, account, verify=True, gap=0.0).flips:
                if flip.kind == "balance" and flip.flipped is not None:
                    _, reps = best_of(flip.apply(problem))
                    there = problem.team.rep_id[reps[problem.accounts.index_of(account)]] == flip.rep_id
                    assert flip.flipped == there
                    seen.add(there)
    assert True in seen


def test_a_move_that_breaks_something_else_is_no_flip_of_the_balance():
    for seed in range(8):
        problem = make(seed, within=0.12)
        result = topt.solve(problem, gap=0.0)
        for account in problem.accounts.account_id.tolist():
            for flip in (f for f in result.explain(account).flips if f.kind == "balance"):
                i, j = problem.accounts.index_of(account), problem.team.index_of(flip.rep_id)
                there = np.flatnonzero(result.alignment.rep_index == j)
                if not len(there):
                    continue
                apart = topt.Apart([(account, str(problem.accounts.account_id[there[0]]))])
                held = topt.solve(problem.with_criteria(apart), gap=0.0)
                if not np.array_equal(held.alignment.rep_index, result.alignment.rep_index):
                    continue
                again = held.explain(account).flips
                assert not any(f.kind == "balance" and f.rep_id == flip.rep_id for f in again), (seed, i)
                return
    pytest.fail("no case was found")


def test_the_words_name_the_limit_today_and_as_it_would_have_to_be():
    table = {"account_id": list("abcd"), "acv": [50.0, 50, 50, 10], "visits": [1.0] * 4}
    hours = np.array([[1.0, 9.0], [1.0, 9.0], [9.0, 1.0], [2.0, 5.0]])
    problem = topt.Problem(
        topt.Accounts.from_frame(table), topt.Team.from_frame({"rep_id": ["x", "y"]}), travel_time=hours,
        criteria=[topt.Balance("tam", between=(0, 105)), topt.Travel(weight=1.0)],
    )  # fmt: skip
    why = topt.solve(problem, gap=0.0).explain("d")
    flip = next(flip for flip in why.flips if flip.kind == "balance")
    assert flip.words == "if a book of TAM might be 110 (105 today): the move alone then keeps every limit and saves 3"
    assert "(a better answer, for certain)" in str(why)
    own = topt.Problem.from_arrays(hours, measures={"effort": [5, 5, 5, 1]}, upper={"effort": [10, 20]})
    flip = next(f for f in topt.solve(own, gap=0.0).explain("a4").flips if f.kind == "balance")
    assert flip.words.startswith("if the limit of r1 on effort were 11 (10 today): ")
    assert flip.apply(own).criteria[-1].upper.tolist() == [11, 20]
