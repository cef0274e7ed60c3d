"""How cost and bound came together, as a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

from territory_opt.events import Progress
from territory_opt.report import svg
from territory_opt.report.verdict import exact, gap_words, seconds_words
from territory_opt.termination import relative_gap

__all__ = ["convergence_chart"]

_WIDTH, _HEIGHT = 560.0, 190.0
_LEFT, _RIGHT, _TOP = 70.0, 150.0, 14.0


def convergence_chart(events: Sequence[Progress], objective: float, bound: float) -> str:
    """Draw the cost of the best alignment and the proven bound over time.

    Parameters
    ----------
    events : sequence of Progress
        In order of time.
    objective, bound : float
        What the result stands for. Events that claim more (a solver working on a tightened problem may report them)
        are not drawn.

    Returns
    -------
    str
        An SVG element; empty when there is nothing to see (fewer than two different moments with both numbers).
    """
    if not (math.isfinite(objective) and math.isfinite(bound)):
        return ""
    rounding = 1e-9 * max(abs(objective), abs(bound))
    costs = [
        (e.seconds, e.objective) for e in events if e.objective is not None and e.objective >= objective - rounding
    ]
    bounds = [(e.seconds, e.bound) for e in events if e.bound is not None and e.bound <= bound + rounding]
    costs = [(t, v) for t, v in costs if math.isfinite(v)]
    bounds = [(t, v) for t, v in bounds if math.isfinite(v)]
    if not costs or not bounds or len({t for t, _ in costs + bounds}) < 3:
        return ""
    end = max(event.seconds for event in events)
    costs.append((end, objective))
    bounds.append((end, bound))
    floor, last = bound, objective
    # Early costs can be far above; the picture is about the end of the search.
    reach = max(min(costs[0][1] - floor, 8.0 * (last - floor)), 0.002 * abs(last)) or 1.0
    low, high = floor - 0.3 * reach, floor + 1.15 * reach
    x_scale = (_WIDTH - _LEFT - _RIGHT) / (end or 1.0)

    def x(seconds: float) -> float:
        return _LEFT + seconds * x_scale

    def y(value: float) -> float:
        return _TOP + (high - min(max(value, low), high)) / (high - low) * _HEIGHT

    bottom = _TOP + _HEIGHT
    parts = [svg.line(_LEFT, bottom, x(end), bottom), svg.line(_LEFT, _TOP, _LEFT, bottom)]
    parts += [svg.label(_LEFT - 8, y(v) + 4, exact(v), anchor="end", colour=svg.MUTED) for v in (high, low)]
    parts.append(_steps([(x(t), y(v)) for t, v in costs], x(end), svg.INK))
    parts.append(_steps([(x(t), y(v)) for t, v in bounds], x(end), svg.INSIDE))
    cost_y, bound_y = y(last), y(floor)
    if bound_y - cost_y < 16.0:
        middle = (bound_y + cost_y) / 2.0
        cost_y, bound_y = middle - 8.0, middle + 8.0
    parts.append(svg.label(x(end) + 8, cost_y + 4, f"cost {exact(last)}"))
    parts.append(svg.label(x(end) + 8, bound_y + 4, f"proven bound {exact(floor)}", colour=svg.INSIDE))
    parts.append(svg.label(_LEFT, bottom + 18, "0 s", colour=svg.MUTED))
    parts.append(svg.label(x(end), bottom + 18, seconds_words(end), anchor="end", colour=svg.MUTED))
    gap = relative_gap(last, floor)
    summary = (
        f"Cost {exact(last)} and proven bound {exact(floor)} after {seconds_words(end)}, a gap of {gap_words(gap)}"
    )
    return svg.figure("".join(parts), _WIDTH, bottom + 26, summary)


def _steps(points: list[tuple[float, float]], end: float, colour: str) -> str:
    path = f"M{svg.n(points[0][0])} {svg.n(points[0][1])}"
    path += "".join(f"H{svg.n(px)}V{svg.n(py)}" for px, py in points[1:])
    return f'<path d="{path}H{svg.n(end)}" fill="none" stroke="{colour}" stroke-width="2"/>'
