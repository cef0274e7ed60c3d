"""Dispersion measures against their published definitions, and their invariances."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory_opt.errors import CriterionError, DataError
from territory_opt.metrics import atkinson, cv, gini, jain, max_min_ratio, theil

ALL = [cv, gini, jain, theil, atkinson, max_min_ratio]
positive = st.lists(st.floats(1e-3, 1e9), min_size=1, max_size=30)
not_negative = st.lists(st.one_of(st.just(0.0), st.floats(1e-3, 1e9)), min_size=1, max_size=30).filter(any)


def pairwise_gini(values: list[float]) -> float:
    k = len(values)
    return sum(abs(a - b) for a in values for b in values) / (2 * k * k * (math.fsum(values) / k))


def plain_theil(values: list[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.fsum(x / mean * math.log(x / mean) for x in values if x > 0) / len(values)


def plain_atkinson(values: list[float], e: float) -> float:
    mean = math.fsum(values) / len(values)
    if e == 1:
        return 1 - math.exp(math.fsum(math.log(x) for x in values) / len(values)) / mean
    return 1 - (math.fsum((x / mean) ** (1 - e) for x in values) / len(values)) ** (1 / (1 - e))


@given(not_negative)
def test_gini_is_half_the_mean_absolute_difference_over_the_mean(values: list[float]) -> None:
    assert float(gini(values)) == pytest.approx(pairwise_gini(values), abs=1e-9)


@given(not_negative)
def test_theil_is_its_definition(values: list[float]) -> None:
    assert float(theil(values)) == pytest.approx(plain_theil(values), abs=1e-9)


@given(positive, st.sampled_from([0.25, 0.5, 1.0, 1.5, 2.0]))
def test_atkinson_is_its_definition(values: list[float], aversion: float) -> None:
    expected = plain_atkinson(values, aversion)
    assert float(atkinson(values, aversion=aversion)) == pytest.approx(expected, abs=1e-9)


@given(not_negative)
def test_jain_is_one_over_one_plus_cv_squared(values: list[float]) -> None:
    assert float(jain(values)) == pytest.approx(1 / (1 + float(cv(values)) ** 2), rel=1e-9)


def test_published_textbook_values() -> None:
    # Gini and Theil of 1..5 and Jain of one user in four, worked by hand.
    assert float(gini([1, 2, 3, 4, 5])) == pytest.approx(4 / 15)
    assert float(cv([2, 4, 4, 4, 5, 5, 7, 9])) == pytest.approx(2 / 5)
    assert float(jain([1, 0, 0, 0])) == 0.25
    assert float(max_min_ratio([2, 5, 4])) == 2.5


def test_gini_of_one_book_with_everything_is_k_minus_one_over_k() -> None:
    assert float(gini([0, 0, 0, 9])) == pytest.approx(0.75)
    assert float(theil([0, 0, 0, 9])) == pytest.approx(math.log(4))


def test_an_empty_book_makes_atkinson_one_from_aversion_one_on() -> None:
    assert float(atkinson([0, 1, 2], aversion=1.0)) == 1.0
    assert float(atkinson([0, 1, 2], aversion=3.0)) == 1.0


@pytest.mark.parametrize("measure", ALL)
@given(values=positive, scale=st.floats(1e-6, 1e6))
def test_scale_changes_nothing(measure, values: list[float], scale: float) -> None:
    assert float(measure(np.array(values) * scale)) == pytest.approx(float(measure(values)), rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("measure", ALL)
@given(values=positive, random=st.randoms(use_true_random=False))
def test_the_order_of_the_books_changes_nothing(measure, values: list[float], random) -> None:
    shuffled = values.copy()
    random.shuffle(shuffled)
    assert float(measure(shuffled)) == pytest.approx(float(measure(values)), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("measure", ALL)
@given(values=positive, copies=st.integers(2, 4))
def test_replicating_the_team_changes_nothing(measure, values: list[float], copies: int) -> None:
    assert float(measure(values * copies)) == pytest.approx(float(measure(values)), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("measure", ALL)
@given(values=positive)
def test_one_book_is_perfectly_even(measure, values: list[float]) -> None:
    best = 1.0 if measure in (jain, max_min_ratio) else 0.0
    assert float(measure(values[:1])) == best


@given(values=st.lists(st.floats(1.0, 1e6), min_size=3, max_size=12), data=st.data())
def test_a_transfer_from_a_richer_to_a_poorer_book_never_raises_inequality(values, data) -> None:
    order = np.argsort(values)
    poor, rich = int(order[0]), int(order[-1])
    amount = data.draw(st.floats(0, 1)) * (values[rich] - values[poor]) / 2
    after = list(values)
    after[poor] += amount
    after[rich] -= amount
    for measure in (cv, gini, theil, atkinson):
        assert float(measure(after)) <= float(measure(values)) + 1e-9
    assert float(jain(after)) >= float(jain(values)) - 1e-9


@given(b=st.floats(0.01, 0.5), k=st.integers(2, 40), seed=st.integers(0, 1000))
def test_a_band_around_the_mean_implies_the_documented_cv(b: float, k: int, seed: int) -> None:
    ends = np.random.default_rng(seed).uniform(1 - b, 1 + b, k)
    inside = 1 + (ends - ends.mean())
    widest = np.abs(inside - 1).max()
    assert float(cv(inside)) <= widest / math.sqrt(1 - min(widest, 0.99) ** 2) + 1e-9


@pytest.mark.parametrize("measure", ALL)
def test_a_zero_or_negative_total_is_undefined(measure) -> None:
    assert np.isnan(measure([0.0, 0.0]))
    assert np.isnan(measure([-3.0, 1.0]))
    assert np.isnan(measure([0.1, 0.2, -0.3]))


def test_a_negative_book_leaves_only_cv_defined() -> None:
    values = [-1.0, 4.0, 6.0]
    assert float(cv(values)) == pytest.approx(np.std(values) / 3)
    for measure in (gini, jain, theil, atkinson, max_min_ratio):
        assert np.isnan(measure(values))


def test_an_empty_book_has_no_max_min_ratio() -> None:
    assert np.isnan(max_min_ratio([0.0, 1.0]))


@pytest.mark.parametrize("measure", ALL)
def test_draws_by_books_equals_one_draw_at_a_time(measure) -> None:
    draws = np.random.default_rng(3).lognormal(size=(7, 11))
    draws[2] = 0.0
    expected = np.array([float(measure(row)) for row in draws])
    np.testing.assert_allclose(measure(draws), expected, rtol=1e-12)
    assert measure(draws.reshape(7, 1, 11)).shape == (7, 1)


@pytest.mark.parametrize("measure", ALL)
@pytest.mark.parametrize("size", [1e-310, 1e-200, 1e200, 1e307])
def test_extreme_sizes_neither_overflow_nor_vanish(measure, size: float) -> None:
    values = np.array([1.0, 2.0, 4.0])
    if size > np.finfo(float).tiny:
        assert float(measure(values * size)) == pytest.approx(float(measure(values)))
    else:
        assert np.isnan(measure(values * size))


@pytest.mark.parametrize("measure", ALL)
def test_no_books_and_values_that_are_not_finite_are_refused(measure) -> None:
    with pytest.raises(DataError, match="no books"):
        measure([])
    with pytest.raises(DataError, match="value 1 is nan"):
        measure([1.0, np.nan])
    with pytest.raises(DataError, match="value 0 is inf"):
        measure([np.inf, 1.0])


@pytest.mark.parametrize("aversion", [0.0, -1.0, math.nan, math.inf])
def test_an_impossible_aversion_is_refused(aversion: float) -> None:
    with pytest.raises(CriterionError, match="aversion"):
        atkinson([1.0, 2.0], aversion=aversion)
