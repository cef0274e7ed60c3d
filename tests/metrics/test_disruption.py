"""Disruption: what changes hands, and what never counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory_opt.errors import DataError
from territory_opt.metrics import has_moved, moved_share, moved_total


def test_accounts_whose_owner_left_the_team_are_not_disruption() -> None:
    before, after, value = [-1, -1, 2], [0, 1, 2], [100.0, 100.0, 1.0]
    assert not has_moved(before, after).any()
    assert float(moved_total(before, after, value)) == 0.0
    assert float(moved_share(before, after, value)) == 0.0


def test_the_share_is_of_the_value_with_a_known_owner() -> None:
    assert float(moved_share([0, 1, -1], [1, 1, 1], [10.0, 30.0, 960.0])) == 0.25


def test_without_value_accounts_are_counted() -> None:
    assert float(moved_total([0, 1, 1], [1, 0, 1])) == 2.0
    assert float(moved_share([0, 1, 1, 1], [1, 1, 1, 1])) == 0.25


def test_nobody_owned_anything_is_no_disruption() -> None:
    assert float(moved_share([-1, -1], [0, 1])) == 0.0
    assert float(moved_share([0], [1], [0.0])) == 0.0


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 3), st.floats(0, 1e6)), min_size=1, max_size=40))
def test_share_is_between_zero_and_one_and_staying_put_moves_nothing(rows) -> None:
    before, after, value = (np.array(column) for column in zip(*rows, strict=True))
    assert 0.0 <= float(moved_share(before, after, value)) <= 1.0 + 1e-12
    assert float(moved_total(before, np.where(before >= 0, before, after), value)) == 0.0


def test_several_plans_at_once_equal_one_at_a_time() -> None:
    rng = np.random.default_rng(5)
    before, plans, value = rng.integers(-1, 4, 30), rng.integers(0, 4, (6, 30)), rng.random(30)
    expected = [float(moved_share(before, plan, value)) for plan in plans]
    np.testing.assert_allclose(moved_share(before, plans, value), expected)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DataError, match="before"):
        has_moved([0, 1], [0])
    with pytest.raises(DataError, match="value has shape"):
        moved_total([0, 1], [0, 0], [1.0])


@pytest.mark.parametrize("value", [[1.0, np.nan], [1.0, -2.0], [np.inf, np.nan]])
def test_a_value_that_cannot_be_is_refused_and_not_read_as_nothing_owned(value) -> None:
    for measure in (moved_total, moved_share):
        with pytest.raises(DataError, match="finite number, 0 or more"):
            measure([0, 1], [1, 1], value)
