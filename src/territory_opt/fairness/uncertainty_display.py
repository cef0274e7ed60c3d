"""The forecast-risk report as text and as HTML, and its findings in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.fairness.display import html_table, text_table
from territory_opt.fairness.wording import clean, count, joined, measure_title, percent

if TYPE_CHECKING:
    from territory_opt.fairness.uncertainty import ForecastRisk
    from territory_opt.fairness.uncertainty_measure import MeasureRisk

__all__ = ["as_html", "as_text", "findings_of"]

_GROUPS_HEAD = ("group", "reps", "against team at forecast", "against team", "below team", "lowest", "CV")
_BOOKS_HEAD = ("book", "deviation", "smallest", "largest", "outside band")
_DRIVERS_HEAD = ("error of", "share of the CV's variance", "book")
_LEGEND = "CV over the draws: the hill is how often it comes out so, the upright line is the CV at the forecast."
_SPACE = '<div style="height:.9em"></div>'
_N_BOOKS = 5
_N_DRIVERS = 5


def as_text(risk: ForecastRisk) -> str:
    """Return the table of measures, the findings, and the books and drivers of the first measure."""
    lines = [_title(risk), "", *text_table(_head(risk), [_cells(row) for row in risk.measures])]
    lines += ["", *(f"- {sentence}" for sentence in risk.findings)]
    if risk.measures:
        first = risk.measures[0]
        books, drivers, groups = _book_rows(risk, first), _driver_rows(risk, first), _group_rows(risk, first)
        if groups:
            lines += ["", _groups_title(risk, first), "", *text_table(_GROUPS_HEAD, groups)]
        if books:
            lines += ["", _books_title(first), "", *text_table(_BOOKS_HEAD, books)]
        if drivers:
            lines += ["", _drivers_title(first), "", *text_table(_DRIVERS_HEAD, drivers)]
    return "\n".join(lines)


def as_html(risk: ForecastRisk) -> str:
    """Return the same as HTML; every name is escaped."""
    from html import escape

    from territory_opt.fairness.uncertainty_picture import cv_picture

    parts = [html_table(_head(risk), _unbroken([_cells(row) for row in risk.measures]), _title(risk))]
    picture = cv_picture(risk)
    if picture:
        parts.append(f'<figure style="margin:.8em 0">{picture}<figcaption>{_LEGEND}</figcaption></figure>')
    parts.append("<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in risk.findings) + "</ul>")
    if risk.measures:
        first = risk.measures[0]
        books, drivers, groups = _book_rows(risk, first), _driver_rows(risk, first), _group_rows(risk, first)
        if groups:
            parts.append(_SPACE + html_table(_GROUPS_HEAD, _unbroken(groups), _groups_title(risk, first)))
        if books:
            parts.append(_SPACE + html_table(_BOOKS_HEAD, _unbroken(books), _books_title(first)))
        if drivers:
            parts.append(_SPACE + html_table(_DRIVERS_HEAD, _unbroken(drivers), _drivers_title(first)))
    return f'<div class="topt-f">{"".join(parts)}</div>'


def _unbroken(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Ranges stay on one line of a table; names are left as they are, so that they can be copied."""
    return [tuple(text.replace(" ", "\u00a0") if "% to " in text else text for text in row) for row in rows]


def findings_of(risk: ForecastRisk) -> tuple[str, ...]:
    """Say in sentences what a forecast error of this size does to the books, measure by measure."""
    found = []
    for row in risk.measures:
        title, cv = measure_title(row.measure), row.interval("cv")
        if cv.low is None or cv.high is None:
            found.append(f"{title} has no coefficient of variation: {row.undefined}.")
            continue
        text = (
            f"{title}: the CV is {percent(cv.point, digits=1)} at the forecast, {percent(cv.low, digits=1)} to "
            f"{percent(cv.high, digits=1)} in {percent(risk.level, digits=0)} of the draws, and under "
            f"{percent(risk.cv_target)} in {_chance(row.p_cv_under_target)} (D-CV-1)."
        )
        if row.p_all_in_band is not None:
            middle = row.interval("share_in_band").median
            j = int(np.argmax(row.p_outside))
            who = f"; most often outside is {joined([risk.rep_name[j]])}, in {_chance(float(row.p_outside[j]))}"
            text += (
                f" All books are in their band in {_chance(row.p_all_in_band)} of the draws, "
                f"{percent(middle, digits=0)} of them in the middle draw{who if row.p_outside[j] > 0.0 else ''}."
            )
        if row.n_undefined:
            text += f" No CV in {count(row.n_undefined, 'draw')}: {row.undefined}."
        found.append(text)
    return tuple(found)


def _title(risk: ForecastRisk) -> str:
    size = sorted(set(risk.sigma.tolist()))
    sigma = percent(size[0]) if len(size) == 1 else f"{percent(size[0])} to {percent(size[-1])}"
    return (
        f"Fairness of {count(len(risk.rep_id), 'book')} under a forecast error of {sigma} "
        f"({count(risk.draws, 'draw')}, correlation {risk.correlation:g} within a {clean(risk.by)})"
    )


def _head(risk: ForecastRisk) -> tuple[str, ...]:
    level = percent(risk.level, digits=0)
    return (
        "measure",
        "CV at forecast",
        f"CV, {level} of draws",
        f"chance under {percent(risk.cv_target)}",
        "in band at forecast",
        f"in band, {level} of draws",
        "chance all in band",
    )


def _cells(row: MeasureRisk) -> tuple[str, ...]:
    cv, share = row.interval("cv"), row.interval("share_in_band")
    return (
        measure_title(row.measure),
        percent(cv.point, digits=1),
        _range(cv.low, cv.high, 1),
        "undefined" if row.p_cv_under_target is None else _chance(row.p_cv_under_target),
        "" if share.point is None else percent(share.point, digits=0),
        "" if share.low is None else _range(share.low, share.high, 0),
        "" if row.p_all_in_band is None else _chance(row.p_all_in_band),
    )


def _range(low: float | None, high: float | None, digits: int) -> str:
    if low is None or high is None:
        return "undefined"
    return f"{percent(low, digits=digits)} to {percent(high, digits=digits)}"


def _chance(share: float | None) -> str:
    """Return a share of the draws; what is rare is not called 0 %, what is near certain is not called 100 %."""
    if share is None:
        return "undefined"
    if 0.0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= share < 1.0 else percent(share, digits=0)


def _book_rows(risk: ForecastRisk, row: MeasureRisk) -> list[tuple[str, ...]]:
    """Books most likely to stand out: outside the band, or an extreme one where there is no band."""
    if len(risk.rep_id) < 2 or row.interval("cv").low is None:
        return []
    banded = not np.isnan(row.p_outside).any()
    risky: FloatArray = row.p_outside if banded else row.p_smallest + row.p_largest
    order = np.argsort(-risky, kind="stable")[:_N_BOOKS]
    return [
        (
            clean(risk.rep_name[j]),
            f"{percent(float(row.deviation_low[j]), signed=True, digits=1)} to "
            f"{percent(float(row.deviation_high[j]), signed=True, digits=1)}",
            _chance(float(row.p_smallest[j])),
            _chance(float(row.p_largest[j])),
            _chance(float(row.p_outside[j])) if banded else "",
        )
        for j in order.tolist()
        if risky[j] > 0.0
    ]


def _books_title(row: MeasureRisk) -> str:
    return f"{measure_title(row.measure)}: books most likely to stand out"


def _group_rows(risk: ForecastRisk, row: MeasureRisk) -> list[tuple[str, ...]]:
    def against(ratio: float | None) -> str:
        return percent(None if ratio is None else ratio - 1.0, signed=True, digits=1)

    return [
        (
            clean(one.group),
            f"{one.n_reps:,}",
            against(one.ratio),
            "undefined" if one.ratio_low is None else f"{against(one.ratio_low)} to {against(one.ratio_high)}",
            _chance(one.p_below),
            _chance(one.p_lowest),
            _range(one.cv_low, one.cv_high, 1) if one.n_reps > 1 else "",
        )
        for one in risk.group_rows
        if one.measure == row.measure
    ]


def _groups_title(risk: ForecastRisk, row: MeasureRisk) -> str:
    return f"{measure_title(row.measure)} by {clean(risk.groups_by)}, {percent(risk.level, digits=0)} of the draws"


def _driver_rows(risk: ForecastRisk, row: MeasureRisk) -> list[tuple[str, ...]]:
    names = dict(zip(risk.rep_id, risk.rep_name, strict=True))
    rows: list[tuple[str, ...]] = []
    for kind in ("segment", "account"):
        for driver in [one for one in row.drivers if one.kind == kind][:_N_DRIVERS]:
            what = f"all {clean(driver.name)} accounts" if kind == "segment" else clean(driver.name)
            rows.append((what, _chance(driver.share), clean(names.get(driver.rep_id, ""))))
    return rows


def _drivers_title(row: MeasureRisk) -> str:
    return f"{measure_title(row.measure)}: whose error drives the spread of the CV"
