"""Books against their bands: one picture per measure, drawn by hand as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from territory_opt._typing import BoolArray, IntArray
from territory_opt.fairness.measure import MeasureFairness
from territory_opt.fairness.wording import amount, count, display_width, measure_title, percent
from territory_opt.report import svg

__all__ = ["axis_range", "band_chart", "chart_summary", "strip"]

_MOST_ROWS = 60
_MOST_DOTS = 600
_WIDTH = 560.0
_NAME = 160.0
_LETTER = 6.9
_RIGHT = 62.0
_ROW, _DENSE_ROW, _DENSE_FROM = 19.0, 15.0, 31
_TOP = 8.0
_AXIS = 30.0
_NAME_LETTERS = 22


def band_chart(row: MeasureFairness, names: tuple[str, ...]) -> str:
    """Draw every book of a measure against band and reference, largest first.

    Parameters
    ----------
    row : MeasureFairness
        The measure.
    names : tuple of str, length n_reps
        Names of the books.

    Returns
    -------
    str
        An SVG element: one line per book up to 60 books, otherwise the books in order of size.
    """
    order = np.argsort(-row.values, kind="stable")
    return _rows(row, names, order) if order.size <= _MOST_ROWS else _ranked(row, names, order)


def strip(row: MeasureFairness, position: int, *, width: float = 120.0) -> str:
    """Draw one book against its band, small enough for a table cell.

    Parameters
    ----------
    row : MeasureFairness
        The measure.
    position : int
        Position of the book.
    width : float
        Pixels.

    Returns
    -------
    str
        An SVG element; empty without a band.
    """
    if row.band is None:
        return ""
    height, middle_y = 14.0, 7.0
    low, high = axis_range(row)
    scale = (width - 14.0) / (high - low)

    def x(value: float) -> float:
        return 7.0 + (float(np.clip(value, low, high)) - low) * scale

    left, right = x(max(row.band.low, low)), x(min(row.band.high, high))
    value = float(row.values[position])
    mark = svg.dot(x(value), middle_y, radius=4) if row.inside[position] else svg.diamond(x(value), middle_y, radius=5)
    where = "inside" if row.inside[position] else "outside"
    body = (
        f'<rect x="{svg.n(left)}" y="3" width="{svg.n(right - left)}" height="8" fill="#8cafd0" fill-opacity=".35"/>'
        f'<line x1="{svg.n(x(row.band.reference))}" y1="1" x2="{svg.n(x(row.band.reference))}" y2="13" '
        f'stroke="{svg.MUTED}"/>{mark}'
    )
    return (
        f'<svg width="{svg.n(width)}" height="{svg.n(height)}" viewBox="0 0 {svg.n(width)} {svg.n(height)}" role="img" '
        f'aria-label="{where} the band">{body}</svg>'
    )


def chart_summary(row: MeasureFairness) -> str:
    """Say in one sentence what the chart of a measure shows."""
    start = (
        f"{measure_title(row.measure)} per full rep, from {amount(row.min, row.unit)} to {amount(row.max, row.unit)}"
    )
    spread = "" if row.cv is None else f", CV {percent(row.cv, digits=1)}"
    if row.band is None:
        return f"{start}, mean {amount(row.mean, row.unit)}{spread}."
    n_books = row.values.size
    inside = f"{n_books - (row.n_outside or 0):,} of {count(n_books, 'book')} {row.band.words}"
    return f"{start}{spread}; {inside}."


def _reference(row: MeasureFairness) -> float:
    return row.mean if row.band is None else row.band.reference


def _has_median_line(row: MeasureFairness) -> bool:
    """True when the median is not the reference itself; then it gets a dashed line of its own."""
    return abs(row.median - _reference(row)) > 1e-9 * max(abs(row.median), abs(_reference(row)))


def axis_range(row: MeasureFairness) -> tuple[float, float]:
    """Ends of the axis: all books, the band and the reference, with a little air."""
    points = [row.min, row.max, _reference(row)]  # The median lies between the first two.
    if row.band is not None:
        points += [end for end in (row.band.low, row.band.high) if math.isfinite(end)]
    low, high = min(points), max(points)
    air = 0.06 * (high - low) or 0.5 * abs(high) or 1.0
    return low - air, high + air


def _ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers inside the range."""
    rough = (high - low) / about
    base = 10.0 ** math.floor(math.log10(rough))
    step = next(base * m for m in (1.0, 2.0, 2.5, 5.0, 10.0) if base * m >= rough * 0.999)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [i * step for i in range(first, last + 1)]


def _tick_words(ticks: list[float], unit: str) -> list[str]:
    """Numbers of an axis, all with the same suffix and the same decimals.

    Examples
    --------
    >>> _tick_words([3.0e6, 3.5e6, 4.0e6], "money"), _tick_words([400.0, 600.0], "hours"), _tick_words([0.0, 2.5], "")
    (['3.0M', '3.5M', '4.0M'], ['400 h', '600 h'], ['0.0', '2.5'])
    """
    top = max((abs(tick) for tick in ticks), default=0.0)
    scales = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
    small = unit != "money" and top < 1e4
    scale, suffix = (1.0, "") if small else next((s for s in scales if top >= s[0]), (1.0, ""))
    step = abs(ticks[1] - ticks[0]) / scale if len(ticks) > 1 else top / scale
    digits = next((d for d in range(4) if abs(step * 10**d - round(step * 10**d)) < 1e-6), 3)
    end = suffix + (" h" if unit == "hours" else "")
    if step < 1e-3:
        return [amount(tick, unit) for tick in ticks]
    return [f"{tick / scale + 0.0:,.{digits}f}{end}" for tick in ticks]


def _rows(row: MeasureFairness, names: tuple[str, ...], order: IntArray) -> str:
    low, high = axis_range(row)
    left = min(_NAME, _LETTER * max(display_width(_short(name)) for name in names) + 14.0)
    right = _WIDTH - _RIGHT
    scale = (right - left) / (high - low)
    pitch = _ROW if order.size < _DENSE_FROM else _DENSE_ROW
    bottom = _TOP + pitch * order.size

    def x(value: float) -> float:
        return left + (value - low) * scale

    middle = _reference(row)
    parts = [_background(row, x, low, high, _TOP, bottom)]
    for line_number, j in enumerate(order.tolist()):
        y = _TOP + pitch * (line_number + 0.5)
        value = float(row.values[j])
        inside = bool(row.inside[j])
        deviation = percent(float(row.deviation[j]), signed=True, digits=1)
        # Inside absolute ends a distance from the median says little, and from zero or less there is none.
        relative = (row.band is None or row.band.relative) and middle > 0.0
        told = deviation if relative else amount(value, row.unit)
        title = f"{names[j]}: {amount(value, row.unit)}" + (f" ({deviation})" if middle > 0.0 else "")
        colour = svg.INSIDE if inside else svg.OUTSIDE
        parts.append(svg.label(left - 10, y + 4, _short(names[j]), anchor="end", css="name"))
        parts.append(svg.line(x(middle), y, x(value), y, colour=colour, width=1.5))
        draw = svg.dot if inside else svg.diamond
        parts.append(draw(x(value), y, title=title))
        parts.append(svg.label(_WIDTH, y + 4, told, anchor="end", colour=svg.MUTED))
    parts.append(_axis(row, x, low, high, bottom))
    return svg.figure("".join(parts), _WIDTH, bottom + _AXIS, chart_summary(row))


def _ranked(row: MeasureFairness, names: tuple[str, ...], order: IntArray) -> str:
    """Many books: value over rank, with the ends named."""
    low, high = axis_range(row)
    left, right, height = 64.0, _WIDTH - 8.0, 250.0
    y_scale = height / (high - low)

    def y(value: float) -> float:
        return _TOP + (high - value) * y_scale

    parts = []
    if row.band is not None:
        top, bottom = y(min(row.band.high, high)), y(max(row.band.low, low))
        parts.append(
            f'<rect x="{svg.n(left)}" y="{svg.n(top)}" width="{svg.n(right - left)}" height="{svg.n(bottom - top)}" '
            f'fill="{svg.BAND}"/>'
        )
    ticks = _ticks(low, high)
    for tick, words in zip(ticks, _tick_words(ticks, row.unit), strict=True):
        parts.append(svg.line(left, y(tick), right, y(tick)))
        parts.append(svg.label(left - 8, y(tick) + 4, words, anchor="end", colour=svg.MUTED))
    parts.append(svg.line(left, y(_reference(row)), right, y(_reference(row)), colour=svg.MUTED, width=1.5))
    if _has_median_line(row):
        parts.append(svg.line(left, y(row.median), right, y(row.median), colour=svg.MUTED, dash="3 3"))
    step = (right - left - 12.0) / max(order.size - 1, 1)
    for rank in _drawn(row.inside[order]).tolist():
        j = int(order[rank])
        value, inside = float(row.values[j]), bool(row.inside[j])
        title = f"{names[j]}: {amount(value, row.unit)}"
        draw, radius = (svg.dot, 2.2) if inside else (svg.diamond, 4.0)
        parts.append(draw(left + 6.0 + rank * step, y(value), radius=radius, title=title))
    bottom = _TOP + height
    ends = f"largest: {_short(names[int(order[0])])}", f"smallest: {_short(names[int(order[-1])])}"
    parts.append(svg.label(left, bottom + 20, ends[0], colour=svg.MUTED))
    parts.append(svg.label(right, bottom + 20, ends[1], anchor="end", colour=svg.MUTED))
    return svg.figure("".join(parts), _WIDTH, bottom + _AXIS, chart_summary(row))


def _drawn(inside: BoolArray) -> IntArray:
    """Ranks to draw: all up to a limit, otherwise evenly spread ones and as many of those outside."""
    if inside.size <= _MOST_DOTS:
        return np.arange(inside.size)
    spread = np.linspace(0, inside.size - 1, _MOST_DOTS // 2).round().astype(np.int64)
    outside = np.flatnonzero(~inside)
    if outside.size > _MOST_DOTS // 2:
        outside = outside[np.linspace(0, outside.size - 1, _MOST_DOTS // 2).round().astype(np.int64)]
    return np.union1d(spread, outside)


def _background(
    row: MeasureFairness, x: Callable[[float], float], low: float, high: float, top: float, bottom: float
) -> str:
    parts = []
    if row.band is not None:
        left, right = x(max(row.band.low, low)), x(min(row.band.high, high))
        parts.append(
            f'<rect x="{svg.n(left)}" y="{svg.n(top)}" width="{svg.n(right - left)}" height="{svg.n(bottom - top)}" '
            f'fill="{svg.BAND}"/>'
        )
    parts.append(svg.line(x(_reference(row)), top, x(_reference(row)), bottom, colour=svg.MUTED, width=1.5))
    if _has_median_line(row):
        parts.append(svg.line(x(row.median), top, x(row.median), bottom, colour=svg.MUTED, dash="3 3"))
    return "".join(parts)


def _axis(row: MeasureFairness, x: Callable[[float], float], low: float, high: float, bottom: float) -> str:
    parts = [svg.line(x(low), bottom, x(high), bottom)]
    ticks = _ticks(low, high)
    for tick, words in zip(ticks, _tick_words(ticks, row.unit), strict=True):
        parts.append(svg.line(x(tick), bottom, x(tick), bottom + 4, colour=svg.MUTED))
        parts.append(svg.label(x(tick), bottom + 19, words, anchor="middle", colour=svg.MUTED))
    return "".join(parts)


def _short(name: str) -> str:
    if display_width(name) <= _NAME_LETTERS:
        return name
    kept = name
    while kept and display_width(kept) > _NAME_LETTERS - 1:
        kept = kept[:-1]
    return kept.rstrip() + "\u2026"
