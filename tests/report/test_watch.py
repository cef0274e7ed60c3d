"""Progress in a notebook: what is drawn is what was told, and not more often than asked."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET

import pytest

import territory_opt as topt
from territory_opt.events import Progress
from territory_opt.report.watch import GapWatch


def told(*gaps: float | None) -> GapWatch:
    watch = GapWatch()
    for t, gap in enumerate(gaps):
        watch.take(
            Progress(float(t), "search", None if gap is None else 100.0, None if gap is None else 100.0 * (1 - gap))
        )
    return watch


def test_before_an_alignment_it_says_so() -> None:
    assert str(GapWatch()) == "nothing reported yet"
    assert str(told(None, None)) == "search, 1.0 s: no alignment yet"
    assert "<svg" not in told(None)._repr_html_()


def test_the_gap_falls_in_the_picture() -> None:
    text = told(0.5, 0.1, 0.01)._repr_html_()
    assert "gap 1%" in text and "The gap fell from 50% to 1%" in text
    root = ET.fromstring(text[text.index("<svg") : text.index("</svg>") + 6])
    path = next(e.get("d") for e in root.iter("{http://www.w3.org/2000/svg}path"))
    heights = [float(part.split("H")[0]) for part in path.replace("M", "V", 1).split("V")[2:]]
    assert heights == sorted(heights)


@pytest.mark.parametrize("gaps", [(0.5, 0.0), (0.0, 0.0), (1e-9, 0.0), (3.0, 2.0), (0.02, 0.019)])
def test_any_gaps_can_be_drawn(gaps) -> None:
    assert "nan" not in told(*gaps)._repr_html_()


def test_a_stage_cannot_break_out() -> None:
    watch = GapWatch()
    watch.take(Progress(1.0, "<script>\n", 2.0, 1.0))
    assert "<script" not in watch._repr_html_()


def test_a_thousand_events_in_a_moment_are_drawn_a_few_times(monkeypatch) -> None:
    shown: list[str] = []

    class Handle:
        def update(self, watch: GapWatch) -> None:
            shown.append(str(watch))

    display = pytest.importorskip("IPython.display")
    monkeypatch.setattr(display, "display", lambda watch, display_id: shown.append(str(watch)) or Handle())
    watch = GapWatch(every_seconds=60.0)
    for t in range(1_000):
        watch(Progress(t / 1e4, "search", 100.0, 99.0 + t / 1e4))
    assert 1 <= len(shown) <= 3
    watch(Progress(1.0, "search", 100.0, 99.9))
    assert "gap 0.1%" in shown[-1]


def test_a_solve_can_be_watched(monkeypatch) -> None:
    display = pytest.importorskip("IPython.display")
    shown: list[str] = []
    monkeypatch.setattr(display, "display", lambda watch, display_id: shown.append(watch._repr_html_()))
    accounts = topt.Accounts.from_frame(
        {"account_id": list("abcd"), "acv": [4.0, 3.0, 2.0, 1.0], "owner": list("xxyy")}
    )
    problem = topt.Problem(
        accounts, topt.Team.from_frame({"rep_id": ["x", "y"]}), criteria=[topt.Disruption("acv", weight=1.0)]
    )
    watch = GapWatch(every_seconds=60.0)
    result = topt.solve(problem, on_event=watch)
    assert result.has_alignment and shown
    assert str(watch) != "nothing reported yet"


def test_without_ipython_the_install_line_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "IPython", None)
    monkeypatch.setitem(sys.modules, "IPython.display", None)
    with pytest.raises(ImportError, match="pip install ipython"):
        GapWatch()(Progress(1.0, "search"))
