"""A comparison as text and as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from territory_opt.fairness.display import STYLE, text_table
from territory_opt.fairness.wording import amount, percent

if TYPE_CHECKING:
    from territory_opt.compare.comparison import Comparison, ComparisonRow

__all__ = ["as_html", "as_text"]

_WIDTH = 58
# Beside the style of the fairness tables, which the fragment shares.
_STYLE = (
    STYLE + "<style>.topt-c td{white-space:nowrap;text-align:right}.topt-c th[scope=rowgroup]{text-align:left;"
    "font-weight:600;padding-top:.8em}.topt-c th[scope=row]{max-width:30em}</style>"
)


def as_text(comparison: Comparison) -> str:
    """Return the table, the recommendation and the notes."""
    head, rows = _table(comparison)
    lines = text_table(head, rows)
    # A blank line between the parts of the table.
    parts: list[str] = [lines[0]]
    section = ""
    for row, line in zip(comparison.rows, lines[1:], strict=True):
        if row.section != section:
            parts += ["", row.section.upper()]
            section = row.section
        parts.append(line)
    parts += ["", _legend(comparison), "", *comparison.recommendation]
    return "\n".join([*parts, *(f"Note: {note}" for note in comparison.notes)])


def as_html(comparison: Comparison) -> str:
    """Return the same as HTML."""
    table = _html_table(comparison)
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in comparison.recommendation)
    notes = "".join(f"<li>{escape(note)}</li>" for note in comparison.notes)
    listed = f"<ul>{notes}</ul>" if notes else ""
    return f'<div class="topt-f">{said}{table}<p>{escape(_legend(comparison))}</p>{listed}</div>'


def _html_table(comparison: Comparison) -> str:
    """One body per part of the table, each under its heading; labels are not cut."""
    base = comparison.names.index(comparison.base)
    top = "".join(f'<th scope="col"><bdi>{escape(name)}</bdi></th>' for name in comparison.names)
    bodies = []
    for section in dict.fromkeys(row.section for row in comparison.rows):
        lines = [
            f'<tr><th scope="rowgroup" colspan="{len(comparison.names) + 1}">{escape(section.capitalize())}</th></tr>'
        ]
        for row in comparison.rows:
            if row.section == section:
                cells = "".join(f"<td>{_html_cell(row, i, base)}</td>" for i in range(len(comparison.names)))
                lines.append(f'<tr><th scope="row">{escape(row.what)}</th>{cells}</tr>')
        bodies.append(f"<tbody>{''.join(lines)}</tbody>")
    head = f"<caption>Plans side by side</caption><thead><tr><td></td>{top}</tr></thead>"
    return f'{_STYLE}<table class="topt-c">{head}{"".join(bodies)}</table>'


def _html_cell(row: ComparisonRow, plan: int, base: int) -> str:
    text = escape(_cell(row, plan, base))
    detail = row.details[plan] if row.details else ""
    told = f' title="{escape(detail)}"' if detail else ""
    return f"<span{told}>{text}</span>"


def _legend(comparison: Comparison) -> str:
    return (
        f"In brackets: difference against {comparison.base}. * is the best of the row. Of a limit, the room that is "
        "left is shown: below zero it is broken."
    )


def _table(comparison: Comparison) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    base = comparison.names.index(comparison.base)
    head = ("", *comparison.names)
    rows = []
    for row in comparison.rows:
        label = row.what if len(row.what) <= _WIDTH else row.what[: _WIDTH - 3] + "..."
        rows.append((label, *(_cell(row, i, base) for i in range(len(comparison.names)))))
    return head, rows


def _cell(row: ComparisonRow, plan: int, base: int) -> str:
    if row.section == "verdict" and row.values[plan] is None:
        return ""
    text = _number(row.values[plan], row.unit)
    if plan in row.best:
        text += " *"
    change = row.difference(plan, base)
    if plan == base or change is None or not change:
        return text
    return f"{text} ({_number(change, row.unit, signed=True)})"


def _number(value: float | None, unit: str, *, signed: bool = False) -> str:
    if value is None:
        return "undefined"
    sign = "+" if signed and value > 0 else ""
    if unit == "share":
        # A difference of shares is in points, not in per cent of anything.
        return f"{100 * value:+,.1f} pts" if signed else percent(value, digits=1)
    if unit == "ratio":
        return f"{sign}{value:.3f}"
    if unit == "count":
        return f"{sign}{value:,.0f}"
    return sign + amount(value, "" if unit == "objective" else unit)
