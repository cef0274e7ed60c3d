"""The fairness report as text and as a notebook table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from territory_opt.fairness.measure import MeasureFairness
from territory_opt.fairness.wording import amount, count, display_width, measure_title, percent

if TYPE_CHECKING:
    from territory_opt.fairness.report import FairnessReport

__all__ = ["STYLE", "as_html", "as_text", "html_table", "text_table"]

_HEAD = ("measure", "median", "smallest", "largest", "CV", "Gini", "max/min", "in band", "band")
# Colours come from the notebook's theme, so that the table reads on white and on black.
STYLE = (
    "<style>.topt-f{font:14px/1.5 system-ui,sans-serif;max-width:64em}.topt-f table{border-collapse:collapse;"
    "font-variant-numeric:tabular-nums}.topt-f caption{text-align:left;font-weight:600;padding:0 0 .4em}"
    ".topt-f th,.topt-f td{padding:.15em .9em .15em 0;text-align:right;font-weight:400;background:none}"
    ".topt-f thead th{opacity:.7;border-bottom:1px solid #8886}.topt-f th:first-child,.topt-f li{text-align:left}"
    "</style>"
)


def as_text(report: FairnessReport) -> str:
    """Return the table of measures and the findings."""
    lines = [f"Fairness of {count(len(report.rep_id), 'book')}, per full rep", ""]
    lines += text_table(_HEAD, [_cells(row) for row in report.measures])
    if report.attainment is not None and report.attainment.cv is not None:
        lines += ["", f"{report.attainment.sentence}."]
    lines += ["", *(f"- {sentence}" for sentence in report.advice)]
    return "\n".join(lines)


def as_html(report: FairnessReport) -> str:
    """Return the same as HTML; every name is escaped."""
    findings = "".join(f"<li>{escape(sentence)}</li>" for sentence in report.advice)
    caption = f"Fairness of {count(len(report.rep_id), 'book')}, per full rep"
    table = html_table(_HEAD, [_cells(row) for row in report.measures], caption)
    quota = report.attainment
    said = f"<p>{escape(quota.sentence)}.</p>" if quota is not None and quota.cv is not None else ""
    return f'<div class="topt-f">{table}{said}<ul>{findings}</ul></div>'


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, n_left: int = 1) -> list[str]:
    """Lay out rows in columns: the first ``n_left`` to the left, the others to the right; the last one ragged.

    Examples
    --------
    >>> text_table(("rep", "load"), [("Ana", "10"), ("Bo", "9")])
    ['rep  load', 'Ana    10', 'Bo      9']
    """
    cells = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(display_width(row[c]) for row in cells) for c in range(len(head))]
    lines = []
    for row in cells:
        parts = []
        for c, text in enumerate(row):
            pad = " " * (widths[c] - display_width(text))
            parts.append(text + pad if c < n_left else pad + text)
        lines.append("  ".join(parts).rstrip())
    return lines


def html_table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    """Lay out rows as an HTML table with a caption; every cell is escaped, the first one heads its row."""
    top = "".join(f'<th scope="col">{escape(text)}</th>' for text in head)
    body = "".join(
        f'<tr><th scope="row"><bdi>{escape(row[0])}</bdi></th>'
        + "".join(f"<td>{escape(text)}</td>" for text in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f"{STYLE}<table><caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cells(row: MeasureFairness) -> tuple[str, ...]:
    in_band = "" if row.share_in_band is None else percent(row.share_in_band, digits=0)
    return (
        measure_title(row.measure),
        amount(row.median, row.unit),
        amount(row.min, row.unit),
        amount(row.max, row.unit),
        percent(row.cv, digits=1),
        "undefined" if row.gini is None else f"{row.gini:.3f}",
        "undefined" if row.max_min is None else f"{row.max_min:.2f}",
        in_band,
        "" if row.band is None else row.band.words,
    )
