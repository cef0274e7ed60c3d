"""Families are merged, and a group may go where every member may."""

import numpy as np

import territory_opt as topt
from ground_truth import Truth, random_case
from territory_opt.formulation.groups import allowed_reps, merge_families
from territory_opt.formulation.table import lay_out


def problem(*criteria, n=5, parents=None):
    accounts = topt.Accounts.from_frame(
        {"account_id": list("abcde")[:n], "acv": [1.0, 2, 3, 4, 5][:n], "parent_id": parents or [""] * n}
    )
    return topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2", "r3"]}), criteria=criteria)


def test_without_together_every_account_is_its_own_group():
    groups = merge_families(problem())
    assert groups.trivial
    assert groups.index.tolist() == [0, 1, 2, 3, 4]


def test_criteria_that_share_an_account_make_one_group_numbered_by_first_account():
    stated = problem(
        topt.Together([["e", "b"]]),
        topt.Together([["b", "c"]]),
        topt.Together("parent_id"),
        parents=["", "", "", "a", ""],
    )
    groups = merge_families(stated)
    assert groups.index.tolist() == [0, 1, 1, 0, 1]
    assert groups.members(1).tolist() == [1, 2, 4]
    assert groups.total(np.array([1.0, 2, 3, 4, 5])).tolist() == [5.0, 10.0]
    assert groups.total(np.eye(5)).shape == (2, 5)
    assert groups.all_of(np.array([True, True, True, True, False])).tolist() == [True, False]


def test_allowed_reps_are_those_of_plain_rules():
    for seed in range(60):
        case = random_case(seed, kinds=["vertical", "mask", "lock", "forbid", "seniority", "together"])
        truth, stated = Truth(case), case.problem()
        groups = merge_families(stated)
        allowed = allowed_reps(stated, groups)
        rules = [c for c in case.criteria if not isinstance(c, topt.Together | topt.Travel)]
        for i in range(case.n):
            for j in range(case.k):
                # An account may go to a rep when giving it there, and the others anywhere, breaks no rule about it.
                fine = all(_about_one(truth, c, i, j) for c in rules if c.is_limit)
                if not fine:
                    assert not allowed[groups.index[i], j]
        for g in range(groups.n_groups):
            expected = [
                all(_about_one(truth, c, i, j) for i in groups.members(g) for c in rules if c.is_limit)
                for j in range(case.k)
            ]
            assert allowed[g].tolist() == expected


def _about_one(truth, criterion, i, j):
    """Whether account i with rep j breaks a rule of pairs, the others being where they break nothing."""
    case = truth.case
    if isinstance(criterion, topt.Lock):
        ids = case.accounts["account_id"]
        return all(ids[i] != a or j == (truth.owner[i] if r is None else truth.column[r]) for a, r in criterion.pairs)
    if isinstance(criterion, topt.Forbid):
        return (case.accounts["account_id"][i], case.reps["rep_id"][j]) not in criterion.pairs
    if isinstance(criterion, topt.Seniority):
        return case.accounts["tier"][i] != criterion.tier or case.reps["tenure_years"][j] >= criterion.min_years
    if criterion.mask is not None:
        return bool(criterion.mask[i, j])
    served = {part.strip().lower() for part in case.reps["verticals"][j].split(";") if part.strip()}
    value = case.accounts["vertical"][i].lower()
    return not value or not served or value in served


def test_some_criteria_can_be_left_out():
    forbid, lock = topt.Forbid([("a", "r1")]), topt.Lock({"a": "r2"})
    stated = problem(forbid, lock)
    groups = merge_families(stated)
    assert allowed_reps(stated, groups)[0].tolist() == [False, True, False]
    assert allowed_reps(stated, groups, [forbid])[0].tolist() == [False, True, True]


def test_both_orders_of_the_pair_table_name_the_same_pairs():
    allowed = np.random.default_rng(1).random((7, 4)) < 0.5
    table = lay_out(allowed)
    pairs = list(zip(table.group.tolist(), table.rep.tolist(), strict=True))
    assert pairs == [(g, j) for g in range(7) for j in range(4) if allowed[g, j]]
    assert [pairs[c] for c in table.by_rep] == sorted(pairs, key=lambda pair: (pair[1], pair[0]))
    values = np.arange(28.0).reshape(7, 4)
    assert table.columns_of(values)[table.by_rep].tolist() == table.rows_of(values).tolist()
    assert table.rep_lengths.tolist() == allowed.sum(axis=0).tolist()
