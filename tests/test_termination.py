"""One gap, whoever asks."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory_opt.events import Progress
from territory_opt.termination import relative_gap


@pytest.mark.parametrize(
    ("objective", "bound", "gap"),
    [
        (100.0, 99.0, 0.01),
        (-100.0, -101.0, 0.01),
        (5.0, 5.0, 0.0),
        (5.0, 5.1, 0.0),
        (0.0, 0.0, 0.0),
        (0.0, -1e-10, 0.0),
        (1e-12, -1e-10, 0.0),
        (0.0, -1e-7, 1e-7),
        (0.0, -0.5, math.inf),
        (math.inf, 1.0, math.inf),
        (1.0, -math.inf, math.inf),
        (math.inf, math.inf, math.inf),
    ],
)
def test_a_gap_is_a_share_of_the_objective_and_of_nothing_at_zero(objective: float, bound: float, gap: float) -> None:
    assert relative_gap(objective, bound) == pytest.approx(gap)


@given(st.floats(-1e6, 1e6), st.floats(0.0, 1e6))
def test_progress_and_result_tell_the_same_gap(objective: float, below: float) -> None:
    told, gap = Progress(0.0, "search", objective, objective - below).gap, relative_gap(objective, objective - below)
    assert told == (gap if math.isfinite(gap) else None)
