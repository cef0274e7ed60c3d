"""The builder puts named blocks together as they came."""

import numpy as np
import pytest

from territory_opt.formulation.builder import Builder
from territory_opt.formulation.tails import with_tail


def test_blocks_keep_their_order_names_and_bounds():
    builder = Builder(offset=3.0)
    x = builder.columns("x", [1.0, 2.0], 0, 1, integer=True)
    y = builder.columns("y", [5.0], -np.inf, [7.0])
    first = builder.rows("both", [2, 1], [0, 2, 1], [1.0, -1.0, 4.0], [0, 1], np.inf)
    second = builder.rows("one", [1], [2], [1.0], -np.inf, 2)
    assert (x, y, first, second) == (slice(0, 2), slice(2, 3), slice(0, 2), slice(2, 3))
    program = builder.build()
    assert program.offset == 3.0
    assert program.cost.tolist() == [1, 2, 5]
    assert program.integrality.tolist() == [1, 1, 0]
    assert program.matrix().toarray().tolist() == [[1, 0, -1], [0, 4, 0], [0, 0, 1]]
    assert program.row_lower.tolist() == [0, 1, -np.inf]
    assert program.row_upper.tolist() == [np.inf, np.inf, 2]
    assert program.col_upper.tolist() == [1, 1, 7]
    assert list(program.column_names()) == ["x_0", "x_1", "y_0"]
    assert list(program.row_names()) == ["both_0", "both_1", "one_0"]


def test_an_empty_block_is_allowed():
    builder = Builder()
    builder.columns("x", [1.0], 0, 1)
    builder.rows("none", [], [], [], 0.0, 1.0)
    builder.rows("one", [1], [0], [1.0], 0.0, 1.0)
    assert builder.build().n_rows == 1


def test_bounds_of_the_wrong_length_are_refused():
    with pytest.raises(ValueError, match="broadcast"):
        Builder().columns("x", [1.0, 2.0], [0, 0, 0], 1)


def test_tails_come_after_the_entries_of_their_own_row():
    lengths, indices, values = with_tail(
        np.array([2, 0, 1]),
        [0, 1, 2],
        [1.0, 2.0, 3.0],
        [(slice(5, 8), -1.0), (slice(9, 10), np.array([4.0, 5.0, 6.0]))],
    )
    assert lengths.tolist() == [4, 2, 3]
    assert indices.tolist() == [0, 1, 5, 9, 6, 9, 2, 7, 9]
    assert values.tolist() == [1, 2, -1, 4, -1, 5, 3, -1, 6]
