"""The fairness report as text and as a notebook table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from territory_opt.fairness.measure import MeasureFairness
from territory_opt.fairness.wording import amount, clean, count, display_width, measure_title, percent

if TYPE_CHECKING:
    from territory_opt.fairness.groups import GroupReport
    from territory_opt.fairness.report import FairnessReport

__all__ = ["STYLE", "as_html", "as_text", "groups_html", "groups_text", "html_table", "text_table"]

_HEAD = ("measure", "median", "smallest", "largest", "CV", "Gini", "max/min", "in band", "band")
_REPS_HEAD = ("group", "reps", "accounts", "measure", "per full rep", "against team", "CV", "in band")
_ACCOUNTS_HEAD = ("group", "held by", "accounts", "measure", "per full rep", "share of team", "CV across books")
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
    lines += ["", *(f"- {sentence}" for sentence in report.advice)]
    return "\n".join(lines)


def as_html(report: FairnessReport) -> str:
    """Return the same as HTML; every name is escaped."""
    findings = "".join(f"<li>{escape(sentence)}</li>" for sentence in report.advice)
    caption = f"Fairness of {count(len(report.rep_id), 'book')}, per full rep"
    table = html_table(_HEAD, [_cells(row) for row in report.measures], caption)
    return f'<div class="topt-f">{table}<ul>{findings}</ul></div>'


def groups_text(report: GroupReport) -> str:
    """Return one line per group and measure."""
    head, rows = _group_table(report)
    return "\n".join([_group_title(report), "", *text_table(head, rows)])


def groups_html(report: GroupReport) -> str:
    """Return the same as HTML."""
    head, rows = _group_table(report)
    return f'<div class="topt-f">{html_table(head, rows, _group_title(report))}</div>'


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


def _group_title(report: GroupReport) -> str:
    return f"Fairness by {clean(report.column)} of {report.of}"


def _group_table(report: GroupReport) -> tuple[Sequence[str], list[tuple[str, ...]]]:
    """Groups of reps are compared with the team; kinds of accounts are shared out between the books."""
    rows: list[tuple[str, ...]] = []
    for row in report.rows:
        start = (clean(row["group"]), f"{row['n_reps']:,}", f"{row['n_accounts']:,}", measure_title(row["measure"]))
        mean, cv = amount(row["mean"], row["unit"]), percent(row["cv"], digits=1)
        if report.of == "accounts":
            rows.append((*start, mean, percent(row["share"], digits=1), cv))
            continue
        ratio, in_band = row["ratio"], row["share_in_band"]
        against = percent(None if ratio is None else ratio - 1.0, signed=True, digits=1)
        rows.append((*start, mean, against, cv, "" if in_band is None else percent(in_band, digits=0)))
    head: Sequence[str] = _ACCOUNTS_HEAD if report.of == "accounts" else _REPS_HEAD
    return head, rows
