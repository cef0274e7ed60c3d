"""A comparison as text and as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from territory_opt.fairness.display import STYLE, text_table
from territory_opt.fairness.wording import amount, percent

if TYPE_CHECKING:
    from territory_opt.compare.comparison import Comparison, ComparisonRow

__all__ = ["LEGEND", "as_html", "as_text", "cell", "change", "table_html"]

LEGEND = "* is the best of its row. Of a limit, the room that is left is shown: below zero it is broken."

_LONGEST_LABEL, _SHORTEST_LABEL = 58, 32
_CUT = "..."
# Beside the style of the fairness tables, which the fragment shares.
_STYLE = (
    STYLE + "<style>.topt-c td{white-space:nowrap;text-align:right}.topt-c th[scope=rowgroup]{text-align:left;"
    "font-weight:600;padding-top:.8em}.topt-c th[scope=row]{max-width:30em}.topt-c small{opacity:.75;"
    "display:inline-block;min-width:5.5em}.topt-c .broken{font-weight:600}.topt-c em{font-style:normal}</style>"
)


def as_text(comparison: Comparison, *, width: int | None = None) -> str:
    """Return the table, the recommendation and the notes.

    Parameters
    ----------
    comparison : Comparison
        What to show.
    width : int, optional
        Columns of the terminal: labels are cut to fit, and the differences left out where that is not enough.
    """
    lines, differences = _fitted(comparison, width)
    # A blank line between the parts of the table.
    parts: list[str] = [lines[0]]
    section = ""
    for row, line in zip(comparison.rows, lines[1:], strict=True):
        if row.section != section:
            parts += ["", row.section.upper()]
            section = row.section
        parts.append(line)
    beside = f"Beside each number: the difference against {comparison.base}. " if differences else ""
    parts += ["", beside + LEGEND, "", *comparison.recommendation]
    return "\n".join([*parts, *(f"Note: {note}" for note in comparison.notes)])


def _fitted(comparison: Comparison, width: int | None) -> tuple[list[str], bool]:
    """Lay out the lines of the table, and tell whether they have the differences."""
    base = comparison.names.index(comparison.base)
    lines: list[str] = []
    differences = False
    for differences in (True, False):
        for longest in (_LONGEST_LABEL, _SHORTEST_LABEL):
            head = [""]
            for plan, name in enumerate(comparison.names):
                head += [name, ""] if differences and plan != base else [name]
            rows = []
            for row in comparison.rows:
                cells = [_label(row.what, longest)]
                for plan in range(len(comparison.names)):
                    beside = [change(row, plan, base)] if differences and plan != base else []
                    cells += [cell(row, plan), *beside]
                rows.append(cells)
            lines = text_table(head, rows)
            if width is None or max(map(len, lines)) <= width:
                return lines, differences
    return lines, differences


def _label(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - len(_CUT)] + _CUT


def as_html(comparison: Comparison) -> str:
    """Return the same as HTML."""
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in comparison.recommendation)
    notes = "".join(f"<li>{escape(note)}</li>" for note in comparison.notes)
    listed = f"<ul>{notes}</ul>" if notes else ""
    beside = f"Beside each number: the difference against {comparison.base}. {LEGEND}"
    return f'<div class="topt-f">{said}{_STYLE}{table_html(comparison)}<p>{escape(beside)}</p>{listed}</div>'


def table_html(comparison: Comparison, *, caption: str = "Plans side by side") -> str:
    """Return the table alone: one body per part of it, each under its heading; labels are not cut.

    Parameters
    ----------
    comparison : Comparison
        What to show.
    caption : str
        Of the table.
    """
    base = comparison.names.index(comparison.base)
    top = "".join(f'<th scope="col"><bdi>{escape(name)}</bdi></th>' for name in comparison.names)
    bodies = []
    for section in dict.fromkeys(row.section for row in comparison.rows):
        lines = [
            f'<tr><th scope="rowgroup" colspan="{len(comparison.names) + 1}">{escape(section.capitalize())}</th></tr>'
        ]
        for row in comparison.rows:
            if row.section == section:
                cells = "".join(_html_cell(row, i, base) for i in range(len(comparison.names)))
                lines.append(f'<tr><th scope="row">{escape(row.what)}</th>{cells}</tr>')
        bodies.append(f"<tbody>{''.join(lines)}</tbody>")
    head = f"<caption>{escape(caption)}</caption><thead><tr><td></td>{top}</tr></thead>"
    return f'<table class="topt-c">{head}{"".join(bodies)}</table>'


def _html_cell(row: ComparisonRow, plan: int, base: int) -> str:
    detail = row.details[plan] if row.details else ""
    told = f' title="{escape(detail)}"' if detail else ""
    css, word = (' class="broken"', "<em>broken</em> ") if row.broken(plan) else ("", "")
    beside = "" if plan == base else f"<small>{escape(change(row, plan, base))}</small>"
    return f"<td{css}{told}>{word}{escape(cell(row, plan))}{beside}</td>"


def cell(row: ComparisonRow, plan: int) -> str:
    """Return one number of one plan as it is read; a star before it where it is the best, empty where a plan has none.

    Parameters
    ----------
    row : ComparisonRow
        The number.
    plan : int
        Position of the plan.
    """
    value = row.values[plan]
    if value is None:
        # Not every plan has a bound; any other number that is missing is undefined.
        return "" if row.section == "verdict" else "undefined"
    return ("* " if plan in row.best else "") + _number(value, row.unit)


def change(row: ComparisonRow, plan: int, base: int) -> str:
    """Return the difference of a plan against the base, with its sign; empty where there is none.

    Parameters
    ----------
    row : ComparisonRow
        The number.
    plan, base : int
        Positions of the plans.
    """
    value = row.difference(plan, base)
    return _number(value, row.unit, signed=True) if value else ""


def _number(value: float, unit: str, *, signed: bool = False) -> str:
    sign = "+" if signed and value > 0 else ""
    if unit == "share":
        # A difference of shares is in points, not in per cent of anything.
        return f"{round(100 * value, 1) + 0.0:+,.1f} pts" if signed else percent(value, digits=1)
    if unit == "ratio":
        return f"{sign}{value:.{2 if abs(value) >= 1.0 else 3}f}"
    if unit == "count":
        return f"{sign}{value:,.0f}"
    return sign + amount(value, "" if unit == "objective" else unit)
