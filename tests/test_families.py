"""Families: who must share a rep."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import territory_opt as topt
from territory_opt.families import family_index, joined


def families(ids, parents, criterion=None, column="parent_id"):
    accounts = topt.Accounts.from_frame({"account_id": ids, "acv": [1.0] * len(ids), column: parents})
    return family_index(accounts, criterion or topt.Together(column)).tolist()


def test_a_parent_its_children_and_theirs_are_one_family():
    assert families(list("abcde"), ["", "a", "b", "", "d"]) == [0, 0, 0, 1, 1]


def test_children_of_a_parent_that_is_no_account_are_one_family():
    assert families(list("abcd"), ["HQ", "HQ", "", ""]) == [0, 0, 1, 2]


def test_equal_values_of_another_column_belong_together_and_blanks_do_not():
    assert families(list("abcd"), ["x", "", "x", ""], column="city") == [0, 1, 0, 2]


def test_groups_that_share_an_account_are_joined():
    groups = topt.Together([["a", "b"], ["b", "c"], ["d", "e"]])
    assert families(list("abcde"), [""] * 5, groups) == [0, 0, 0, 1, 1]


def test_no_parents_at_all_make_no_families():
    assert families(list("ab"), ["", ""]) == [0, 1]


@given(n=st.integers(1, 12), links=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=12))
def test_components_are_those_of_repeated_relabelling(n, links):
    links = [(a % n, b % n) for a, b in links]
    label = list(range(n))
    for _ in range(n):
        for a, b in links:
            label[a] = label[b] = min(label[a], label[b])
    first = np.array([a for a, _ in links], dtype=np.int64)
    second = np.array([b for _, b in links], dtype=np.int64)
    order = {value: number for number, value in enumerate(dict.fromkeys(label))}
    assert joined(n, first, second).tolist() == [order[value] for value in label]
