"""How cost and bound came together, as a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

from territory_opt.events import Progress
from territory_opt.report import svg
from territory_opt.report.verdict import exact, gap_words, seconds_words
from territory_opt.termination import relative_gap

__all__ = ["convergence_chart", "reach_above", "running_best"]

_Steps: TypeAlias = list[tuple[float, float]]

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
        An SVG element; empty when there is nothing to see: no cost or no bound, or fewer than three different moments.
    """
    if not (math.isfinite(objective) and math.isfinite(bound)):
        return ""
    costs, bounds = running_best(events, objective, bound)
    if not costs or not bounds or len({t for t, _ in costs + bounds}) < 3:
        return ""
    end = max(event.seconds for event in events)
    reach = reach_above(costs, objective, bound)
    costs.append((end, objective))
    bounds.append((end, bound))
    floor, last = bound, objective
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
    # A cost that was found at the very end has no line to be seen by.
    parts.append(svg.dot(x(end), y(last), radius=3.5, colour=svg.INK))
    parts.append(svg.dot(x(end), y(floor), radius=3.5))
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


def running_best(events: Sequence[Progress], objective: float, bound: float) -> tuple[_Steps, _Steps]:
    """Return the best cost and the best bound over time.

    Parameters
    ----------
    events : sequence of Progress
        In order of time. What a search reports can wobble; what it has, cannot.
    objective, bound : float
        What the result stands for: numbers that claim more are left out.

    Returns
    -------
    costs, bounds : list of (float, float)
        Seconds and number.

    Examples
    --------
    >>> events = [Progress(1.0, "a", 12.0, 7.0), Progress(2.0, "a", 13.0, 11.0), Progress(3.0, "a", 10.0, 8.0)]
    >>> running_best(events, 10.0, 9.0)
    ([(1.0, 12.0), (2.0, 12.0), (3.0, 10.0)], [(1.0, 7.0), (3.0, 8.0)])
    """
    slack = 1e-9 * max(abs(objective), abs(bound))
    costs: _Steps = []
    bounds: _Steps = []
    for event in events:
        cost, floor = event.objective, event.bound
        if cost is not None and math.isfinite(cost) and cost >= objective - slack:
            costs.append((event.seconds, min(cost, costs[-1][1]) if costs else cost))
        if floor is not None and math.isfinite(floor) and floor <= bound + slack:
            bounds.append((event.seconds, max(floor, bounds[-1][1]) if bounds else floor))
    return costs, bounds


def reach_above(costs: Sequence[tuple[float, float]], objective: float, bound: float) -> float:
    """Height of the picture over the bound: early costs can be far above, and the picture is about the end.

    Parameters
    ----------
    costs : sequence of (float, float)
        Seconds and cost; may be empty.
    objective, bound : float
        What the result stands for.
    """
    first = costs[0][1] if costs else objective
    return max(min(first - bound, 8.0 * (objective - bound)), 0.002 * abs(objective)) or 1.0


def _steps(points: _Steps, end: float, colour: str) -> str:
    path = f"M{svg.n(points[0][0])} {svg.n(points[0][1])}"
    path += "".join(f"H{svg.n(px)}V{svg.n(py)}" for px, py in points[1:])
    return f'<path d="{path}H{svg.n(end)}" fill="none" stroke="{colour}" stroke-width="2"/>'
