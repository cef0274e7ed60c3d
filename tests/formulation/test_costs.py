"""Costs of pairs add up to the terms of evaluate."""

import numpy as np
import pytest

import territory_opt as topt
from ground_truth import Truth, random_case
from territory_opt.formulation.costs import kept_value, pair_costs, pair_hours
from territory_opt.formulation.groups import merge_families

TERMS = ["travel", "disruption", "vertical_soft", "seniority_soft"]


@pytest.mark.parametrize("kind", TERMS)
def test_the_cost_of_an_alignment_is_the_sum_over_its_groups(kind):
    for seed in range(12):
        case = random_case(seed, kinds=[kind, "together", "groups"])
        stated, truth, rng = case.problem(), Truth(case), np.random.default_rng(seed)
        groups = merge_families(stated)
        cost = pair_costs(stated, groups, groups.total(pair_hours(stated, None)))
        for _ in range(5):
            chosen = rng.integers(0, case.k, groups.n_groups)
            total = cost[np.arange(groups.n_groups), chosen].sum()
            assert total == pytest.approx(truth.score(tuple(chosen[groups.index])).objective, abs=1e-7)


def test_a_soft_mask_costs_per_mismatched_account():
    mask = np.array([[True, False], [False, False]])
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"]})
    stated = topt.Problem(accounts, topt.Team.open(2), criteria=[topt.Eligible(mask, weight=3.0)])
    groups = merge_families(stated)
    assert pair_costs(stated, groups, np.zeros((2, 2))).tolist() == [[0, 3], [3, 3]]
    assert topt.solve(stated).objective == 3.0


def test_kept_value_is_what_the_owner_already_has():
    case = random_case(4, kinds=["together"])
    stated, truth = case.problem(), Truth(case)
    groups = merge_families(stated)
    owned, kept = kept_value(stated, groups, "acv")
    for g in range(groups.n_groups):
        members = groups.members(g)
        assert owned[g] == sum(truth.tam[i] for i in members if truth.owner[i] is not None)
        for j in range(case.k):
            assert kept[g, j] == sum(truth.tam[i] for i in members if truth.owner[i] == j)


def test_hours_of_pairs_are_those_of_the_problem():
    case = random_case(2, kinds=["travel"])
    np.testing.assert_allclose(pair_hours(case.problem(), None), Truth(case).hours)


@pytest.mark.parametrize(
    "criterion",
    [
        topt.Disruption("acv", weight=1e300),
        topt.Disruption("acv", weight=1e14),
        topt.Balance("tam", within=0.1, weight=1e16),
        topt.Eligible("vertical", weight=1e16),
    ],
)
def test_weights_that_drown_every_digit_are_refused(criterion):
    accounts = topt.Accounts.from_frame(
        {"account_id": ["a", "b"], "acv": [1e12, 1e11], "owner": ["r1", "r1"], "vertical": ["x", "y"]}
    )
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"], "verticals": ["x", "x"]})
    with pytest.raises(topt.CriterionError, match="above 1e\\+15: lower all weights by the same factor"):
        topt.solve(topt.Problem(accounts, team, criteria=[criterion]))
