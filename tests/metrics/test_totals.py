"""Book totals against a plain loop."""

from __future__ import annotations

import numpy as np
import pytest

from territory_opt.errors import DataError
from territory_opt.metrics import totals


def test_totals_are_the_sums_over_each_book() -> None:
    rng = np.random.default_rng(2)
    book, values = rng.integers(0, 4, 50), rng.random((3, 50))
    expected = [[sum(row[i] for i in range(50) if book[i] == j) for j in range(5)] for row in values]
    np.testing.assert_allclose(totals(book, values, 5), expected)


def test_no_accounts_total_zero() -> None:
    assert totals([], [], 2).tolist() == [0.0, 0.0]
    assert totals([], np.zeros((3, 0)), 2).shape == (3, 2)


def test_positions_out_of_range_and_wrong_shapes_are_refused() -> None:
    with pytest.raises(DataError, match="position 2"):
        totals([0, 2], [1.0, 1.0], 2)
    with pytest.raises(DataError, match="position -1"):
        totals([-1], [1.0], 2)
    with pytest.raises(DataError, match="shape"):
        totals([0, 1], [1.0], 2)


def test_positions_that_are_no_whole_numbers_are_refused_and_not_cut() -> None:
    with pytest.raises(DataError, match="whole numbers"):
        totals([0.7, 1.2], [1.0, 1.0], 2)
