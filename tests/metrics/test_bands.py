"""Bands: references, deviations, who is inside."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory_opt.errors import CriterionError, DataError
from territory_opt.metrics import band_limits, deviation, in_band, reference, share_in_band

values_ = st.lists(st.floats(1.0, 1e6), min_size=1, max_size=20)


def test_four_books_of_085_and_one_of_115_have_median_085() -> None:
    # The example of DESIGN 5: inside 15 % of the mean-like T = 1, outside 15 % of the median.
    loads = [0.85, 0.85, 0.85, 0.85, 1.15]
    low, high = band_limits(loads, 0.15)
    assert float(reference(loads)) == 0.85
    assert in_band(loads, low, high).tolist() == [True, True, True, True, False]
    assert in_band(loads, 0.85, 1.15).all()


def test_an_even_team_has_the_mean_of_the_two_middle_books_as_median() -> None:
    assert float(reference([1.0, 2.0, 4.0, 9.0])) == 3.0


def test_the_mean_is_total_over_capacity() -> None:
    loads = np.array([80.0, 100.0, 120.0])
    capacity = np.array([0.8, 1.0, 1.0])
    assert float(reference(loads / capacity, of="mean", capacity=capacity)) == pytest.approx(300 / 2.8)


@given(values_, st.floats(0, 1))
def test_a_book_is_in_the_band_exactly_when_its_deviation_is_within(values: list[float], within: float) -> None:
    low, high = band_limits(values, within)
    inside = in_band(values, low, high)
    off = np.abs(deviation(values))
    assert inside[off <= within].all()
    assert not inside[off > within + 1e-6].any()
    assert float(share_in_band(values, low, high)) == inside.mean()


def test_the_edge_is_inside_despite_rounding() -> None:
    assert in_band([0.85 * 3.3, 1.15 * 3.3], 0.85 * 3.3, 1.15 * 3.3).all()
    assert in_band([1.15000000001], 0.85, 1.15).all()
    assert not in_band([1.1500001], 0.85, 1.15).any()


def test_one_side_may_be_open() -> None:
    assert in_band([0.0, 5.0], -np.inf, 5.0).all()
    assert in_band([-1.0, 7.0], 0.0, np.inf).tolist() == [False, True]


def test_a_reference_that_is_not_positive_has_no_relative_deviation() -> None:
    assert np.isnan(deviation([0.0, 0.0])).all()
    low, high = band_limits([-4.0, -4.0], 0.15)
    assert low < high


def test_bands_of_draws_equal_bands_of_each_draw() -> None:
    draws = np.random.default_rng(1).lognormal(size=(5, 9))
    low, high = band_limits(draws, 0.15)
    expected = [float(share_in_band(row, *band_limits(row, 0.15))) for row in draws]
    np.testing.assert_allclose(share_in_band(draws, low, high), expected)
    assert deviation(draws).shape == (5, 9)


def test_unknown_references_and_impossible_bands_are_refused() -> None:
    with pytest.raises(CriterionError, match="'average'"):
        reference([1.0], of="average")  # type: ignore[arg-type]
    for within in (-0.1, np.nan, np.inf, "wide"):
        with pytest.raises(CriterionError, match="within"):
            band_limits([1.0], within)
    with pytest.raises(DataError):
        in_band([], 0, 1)


@pytest.mark.parametrize("capacity", [[1.0], [[1.0, 1.0]], [1.0, 0.0], [1.0, -0.5], [1.0, np.nan]])
def test_capacities_are_one_positive_share_per_book(capacity) -> None:
    with pytest.raises(DataError, match=r"capacity|finite"):
        reference([1.0, 2.0], of="mean", capacity=capacity)
