"""The line of progress, as text."""

from __future__ import annotations

import io

from rich.console import Console

from territory_opt.cli.progress import ProgressLine
from territory_opt.events import Progress


def shown(objective: float, bound: float) -> str:
    line = ProgressLine(Console(file=io.StringIO()))
    line(Progress(1.0, "search", objective, bound))
    return line.text(1.0)


def test_a_vanishing_gap_is_said_to_be_tiny() -> None:
    assert "gap <0.0001%" in shown(1e6, 1e6 - 1e-9)


def test_a_gap_that_is_no_share_is_left_out() -> None:
    assert "gap" not in shown(0.0, -5.0)
    assert "gap 0%" in shown(0.0, 0.0)
