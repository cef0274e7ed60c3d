"""The distribution of the CV as a small picture: one row per measure, forecast and target marked."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from territory_opt.fairness.wording import measure_title, percent

if TYPE_CHECKING:
    from territory_opt.fairness.uncertainty import ForecastRisk
    from territory_opt.fairness.uncertainty_measure import MeasureRisk

__all__ = ["cv_picture"]

_WIDTH, _LEFT, _RIGHT, _TOP, _ROW, _HILL = 720.0, 130.0, 20.0, 24.0, 46.0, 34.0
_N_BINS = 60
# Readable on white and on black.
_HILLS, _TARGET = "#1f9e9e", "#d1622b"


def cv_picture(risk: ForecastRisk) -> str:
    """Draw the CV of every measure over the draws.

    Parameters
    ----------
    risk : ForecastRisk
        What is drawn; measures without a CV are left out.

    Returns
    -------
    str
        An SVG element, or empty text when no measure has a CV that varies.
    """
    shown = [row for row in risk.measures if row.interval("cv").low is not None]
    drawn = [row.cv[~np.isnan(row.cv)] for row in shown]
    if not any(cv.size and np.ptp(cv) > 0.0 for cv in drawn):
        return ""
    # The far tail of one draw in 500 would flatten everything else.
    most = max([float(np.quantile(cv, 0.998)) for cv in drawn] + [row.interval("cv").point or 0.0 for row in shown])
    end = max(most, risk.cv_target) * 1.05
    scale = (_WIDTH - _LEFT - _RIGHT) / end
    height = _TOP + _ROW * len(shown) + 26.0
    parts = [_row(row, cv, end, scale, _TOP + _ROW * r) for r, (row, cv) in enumerate(zip(shown, drawn, strict=True))]
    at, bottom = _LEFT + risk.cv_target * scale, _TOP + _ROW * len(shown)
    parts.append(
        f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP - 6:.1f}" y2="{bottom:.1f}" stroke="{_TARGET}" '
        f'stroke-width="1.5" stroke-dasharray="4 3"/><text x="{at:.1f}" y="{_TOP - 10:.1f}" text-anchor="middle" '
        f'fill="{_TARGET}">target {percent(risk.cv_target)}</text>'
    )
    for tick in _ticks(end):
        x = _LEFT + tick * scale
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{bottom:.1f}" y2="{bottom + 4:.1f}" stroke="currentColor"/>'
            f'<text x="{x:.1f}" y="{bottom + 17:.1f}" text-anchor="middle" opacity=".75">{percent(tick)}</text>'
        )
    told = escape("; ".join(_told(row) for row in shown), quote=True)
    return (
        f'<svg viewBox="0 0 {_WIDTH:.0f} {height:.0f}" width="{_WIDTH:.0f}" role="img" aria-label="Coefficient of '
        f'variation over the draws. {told}" style="max-width:100%;height:auto;font:12px system-ui,sans-serif" '
        f'fill="currentColor">{"".join(parts)}</svg>'
    )


def _row(row: MeasureRisk, cv: np.ndarray, end: float, scale: float, top: float) -> str:
    base = top + _ROW - 4.0
    counts, edges = np.histogram(np.minimum(cv, end), bins=_N_BINS, range=(0.0, end))
    heights = counts / max(int(counts.max()), 1) * _HILL
    steps = "".join(
        f"V{base - height:.1f}H{_LEFT + right * scale:.1f}" for height, right in zip(heights, edges[1:], strict=True)
    )
    point = _LEFT + (row.interval("cv").point or 0.0) * scale
    return (
        f'<text x="0" y="{base - 8:.1f}">{escape(measure_title(row.measure))}</text>'
        f'<path d="M{_LEFT:.1f} {base:.1f}{steps}V{base:.1f}Z" fill="{_HILLS}" fill-opacity=".75"/>'
        f'<line x1="{_LEFT:.1f}" x2="{_WIDTH - _RIGHT:.1f}" y1="{base:.1f}" y2="{base:.1f}" stroke="currentColor" '
        f'stroke-opacity=".3"/><line x1="{point:.1f}" x2="{point:.1f}" y1="{base - _HILL:.1f}" y2="{base:.1f}" '
        f'stroke="currentColor" stroke-width="2"><title>{escape(_told(row))}</title></line>'
    )


def _told(row: MeasureRisk) -> str:
    cv = row.interval("cv")
    shown = [percent(value, digits=1) for value in (cv.point, cv.low, cv.high)]
    return f"{measure_title(row.measure)}: {shown[0]} at the forecast, {shown[1]} to {shown[2]} over the draws"


def _ticks(end: float) -> list[float]:
    """Four to eight round numbers from zero up to the end."""
    step = next(width for width in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, end) if end / width <= 8.0)
    return [step * n for n in range(int(end / step) + 1)]
