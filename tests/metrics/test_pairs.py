"""Pairs of books 50 % apart, against looking at every pair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory_opt.errors import CriterionError
from territory_opt.metrics import n_pairs_apart, pairs_apart

whole = st.lists(st.integers(-3, 40), min_size=1, max_size=14)


def every_pair(values: list[int]) -> list[tuple[float, int, int]]:
    found = []
    for i, large in enumerate(values):
        for j, small in enumerate(values):
            if large > 0 and large > small and (small <= 0 or large >= 1.5 * small):
                found.append((large / small if small > 0 else np.inf, i, j))
    return found


@given(whole)
def test_the_count_is_that_of_every_pair(values: list[int]) -> None:
    assert n_pairs_apart(values) == len(every_pair(values))


@given(whole, st.integers(1, 6))
def test_the_listed_pairs_are_the_widest(values: list[int], at_most: int) -> None:
    larger, smaller = pairs_apart(values, at_most=at_most)
    expected = sorted((ratio for ratio, _, _ in every_pair(values)), reverse=True)[:at_most]
    found = [values[i] / values[j] if values[j] > 0 else np.inf for i, j in zip(larger, smaller, strict=True)]
    assert found == pytest.approx(expected)


def test_exactly_fifty_percent_apart_is_a_failure() -> None:
    assert n_pairs_apart([0.2, 0.3]) == 1
    assert n_pairs_apart([0.2, 0.2999]) == 0


def test_books_inside_fifteen_percent_of_the_median_are_never_apart() -> None:
    assert n_pairs_apart([0.85, 1.0, 1.15]) == 0


def test_ten_thousand_books_with_ties_answer_at_once() -> None:
    values = np.repeat([1.0, 2.0], 5000)
    assert n_pairs_apart(values) == 25_000_000
    larger, smaller = pairs_apart(values, at_most=3)
    assert (values[larger] == 2.0).all() and (values[smaller] == 1.0).all() and larger.size == 3


def test_one_book_has_no_pairs() -> None:
    assert n_pairs_apart([5.0]) == 0
    assert pairs_apart([5.0])[0].size == 0


@pytest.mark.parametrize("apart", [0.0, -0.5, np.nan, "wide", None])
def test_an_impossible_distance_is_refused(apart: float) -> None:
    with pytest.raises(CriterionError, match="apart"):
        n_pairs_apart([1.0, 2.0], apart=apart)


def test_a_book_is_never_apart_from_itself_or_its_equals_however_small_the_distance() -> None:
    values = [1.0, 1.0, 2.0]
    assert n_pairs_apart(values, apart=1e-13) == pairs_apart(values, apart=1e-13)[0].size == 2
