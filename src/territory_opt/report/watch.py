"""Progress of a solve in a notebook: the gap falling, drawn while the solve runs."""

from __future__ import annotations

import math
import time
from html import escape
from typing import Any

from territory_opt.errors import SolverUnavailableError
from territory_opt.events import Progress
from territory_opt.fairness.wording import clean
from territory_opt.report import svg
from territory_opt.report.verdict import exact, gap_words, seconds_words

__all__ = ["GapWatch"]

_WIDTH, _HEIGHT, _LEFT = 360.0, 90.0, 44.0
_MOST_POINTS = 400


class GapWatch:
    """Shows stage, cost, bound and gap of a solve, and how the gap fell, in one notebook cell.

    Parameters
    ----------
    every_seconds : float, default 0.25
        How often the picture is drawn anew, at most.

    Raises
    ------
    SolverUnavailableError
        At the first event, when there is no IPython (an ``ImportError``); any notebook has it.

    Notes
    -----
    Give it to ``solve(on_event=...)``. A watch is for one solve; it keeps what it was told, so that it can be shown
    again afterwards.

    Examples
    --------
    >>> watch = GapWatch()
    >>> watch.take(Progress(1.0, "search", objective=100.0, bound=98.0))
    >>> watch.take(Progress(2.0, "search", objective=100.0, bound=99.0))
    >>> print(watch)
    search, 2.0 s: cost 100, proven bound 99, gap 1%
    """

    __slots__ = ("_drawn", "_every", "_handle", "_last", "_points")

    def __init__(self, *, every_seconds: float = 0.25) -> None:
        self._every = every_seconds
        self._points: list[tuple[float, float]] = []
        self._last: Progress | None = None
        self._drawn = -math.inf
        self._handle: Any = None

    def __call__(self, progress: Progress) -> None:
        """Take an event and draw, if the last drawing is old enough or the gap has changed much."""
        before = self._points[-1][1] if self._points else math.inf
        self.take(progress)
        fell = bool(self._points) and self._points[-1][1] < 0.8 * before
        now = time.monotonic()
        if now - self._drawn >= self._every or fell:
            self._drawn = now
            self._show()

    def take(self, progress: Progress) -> None:
        """Take an event without drawing."""
        self._last = progress
        gap = progress.gap
        if gap is not None and (not self._points or gap != self._points[-1][1]):
            self._points.append((progress.seconds, gap))

    def _show(self) -> None:
        try:
            from IPython.display import display
        except ImportError as missing:
            raise SolverUnavailableError("a GapWatch is shown by IPython: pip install ipython") from missing
        if self._handle is None:
            self._handle = display(self, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(self)

    def __str__(self) -> str:
        last = self._last
        if last is None:
            return "nothing reported yet"
        parts = []
        if last.objective is not None:
            parts.append(f"cost {exact(last.objective)}")
        if last.bound is not None:
            parts.append(f"proven bound {exact(last.bound)}")
        if last.gap is not None:
            parts.append(f"gap {gap_words(last.gap)}")
        return f"{clean(last.stage)}, {seconds_words(last.seconds)}: {', '.join(parts) or 'no alignment yet'}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return (
            f'<div style="font:14px/1.5 system-ui,sans-serif"><p style="margin:0 0 .4em">{escape(str(self))}</p>'
            f"{self._picture()}</div>"
        )

    def _picture(self) -> str:
        """The gap over time, on a scale of powers of ten; empty before the second point."""
        points = [(seconds, max(gap, 1e-6)) for seconds, gap in self._points]
        if len(points) < 2 or self._last is None:
            return ""
        if len(points) > _MOST_POINTS:
            step = (len(points) - 1) / (_MOST_POINTS - 1)
            points = [points[round(k * step)] for k in range(_MOST_POINTS)]
        end = max(self._last.seconds, points[-1][0]) or 1.0
        top = math.ceil(math.log10(max(gap for _, gap in points)))
        low = min(math.floor(math.log10(min(gap for _, gap in points))), top - 1)

        def x(seconds: float) -> float:
            return _LEFT + (_WIDTH - _LEFT - 4.0) * seconds / end

        def y(gap: float) -> float:
            return 8.0 + _HEIGHT * (top - math.log10(gap)) / (top - low)

        parts = []
        for power in range(low, top + 1):
            at = y(10.0**power)
            parts.append(svg.line(_LEFT, at, _WIDTH - 4.0, at, colour="#8884"))
            parts.append(svg.label(_LEFT - 6, at + 4, f"{100 * 10.0**power:g}%", anchor="end", colour="currentColor"))
        path = f"M{svg.n(x(points[0][0]))} {svg.n(y(points[0][1]))}"
        path += "".join(f"H{svg.n(x(seconds))}V{svg.n(y(gap))}" for seconds, gap in points[1:])
        parts.append(f'<path d="{path}H{svg.n(x(end))}" fill="none" stroke="#2f86d1" stroke-width="2"/>')
        parts.append(svg.dot(x(end), y(points[-1][1]), radius=3, colour="#2f86d1"))
        parts.append(svg.label(_WIDTH - 4, _HEIGHT + 24, seconds_words(end), anchor="end", colour="currentColor"))
        said = f"The gap fell from {gap_words(points[0][1])} to {gap_words(points[-1][1])}"
        picture = svg.figure("".join(parts), _WIDTH, _HEIGHT + 30, said, css="topt-gap")
        return picture.replace("<svg ", f'<svg width="{_WIDTH:.0f}" style="font-size:11px" ', 1)
