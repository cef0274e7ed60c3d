"""Sentences of the large engine name accounts, reps, measures and classes as the user knows them."""

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.formulation.groups import merge_families
from territory_opt.solvers.engine_words import in_ids


@pytest.fixture
def problem():
    accounts = topt.Accounts.from_frame(
        {
            "account_id": ["A-7", "A-8", "A-9"],
            "acv": [9e4, 7e4, 5e4],
            "vertical": ["health", "steel", "steel"],
        }
    )
    team = topt.Team.from_frame({"rep_id": ["ann", "bob"], "verticals": ["health", "health; steel"]})
    return topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.5), topt.Eligible("vertical")])


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("rep 1 is 3 above its upper bound of measure 0", "rep bob is 3 above its upper bound of measure tam"),
        ("reps 0, 1 need 5 more", "reps ann, bob need 5 more"),
        ("accounts 0, 2 and 9 more bring 1 more", "accounts A-7, A-9 and 9 more bring 1 more"),
        ("the only reps they may have, 1, 0, have room for", "the only reps they may have, bob, ann, have room for"),
        ("12 accounts are too large; 3 reps are outside", "12 accounts are too large; 3 reps are outside"),
        ("rep 77 and measure 5", "rep 77 and measure 5"),
    ],
)
def test_positions_become_ids(problem, said, meant):
    assert in_ids(problem, merge_families(problem), ("tam",), said) == meant


def test_a_class_is_told_by_what_its_accounts_have_in_common(problem):
    words = in_ids(problem, merge_families(problem), ("tam",), "tam: class 0, 1 bring 4 more")
    assert sorted(words.removeprefix("tam: class ").removesuffix(" bring 4 more").split(", ")) == [
        "(vertical 'health')",
        "(vertical 'steel')",
    ]


def test_an_impossible_class_is_named_in_the_result():
    n = 4_000
    rng = np.random.default_rng(0)
    accounts = topt.Accounts.from_frame(
        {
            "account_id": [f"A-{i}" for i in range(n)],
            "acv": rng.lognormal(10, 0.5, n),
            "vertical": np.where(np.arange(n) % 2, "steel", "health"),
        }
    )
    team = topt.Team.from_frame(
        {"rep_id": [f"rep-{j}" for j in range(10)], "verticals": ["health; steel"] * 2 + ["health"] * 8}
    )
    problem = topt.Problem(
        accounts,
        team,
        policy=topt.Policy(friction_per_hour=0.0),
        criteria=[topt.Balance("tam", within=0.1), topt.Eligible("vertical")],
    )
    result = topt.solve(problem, solver="lagrangian", time_limit=20)
    assert result.termination.reason is topt.Reason.INFEASIBLE
    detail = result.termination.detail
    assert "vertical 'steel'" in detail and "rep-0, rep-1" in detail and "tam" in detail
