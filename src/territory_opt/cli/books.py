"""The books of a result as a table that fits the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from territory_opt.fairness.wording import amount, count, measure_title, percent
from territory_opt.report.text import capacities, marker

if TYPE_CHECKING:
    from territory_opt.fairness import FairnessReport

__all__ = ["books_table"]

_MOST_BOOKS = 40
_ENDS = 10
_BASE_WIDTH = 54
_COLUMN_WIDTH = 11
_FURTHER = ("tam", "account_units", "travel_hours", "accounts")


def books_table(report: FairnessReport, width: int) -> Table:
    """Lay out one line per book, largest load first.

    Parameters
    ----------
    report : FairnessReport
        Whose books.
    width : int
        Columns of the terminal; measures that do not fit are left out, the least telling first.

    Returns
    -------
    rich.table.Table
        With books outside a band in red; of more than forty books, the ten at either end.
    """
    load, share = report.measure("load"), capacities(report)
    n_further = max(0, (width - _BASE_WIDTH - (_COLUMN_WIDTH if share else 0)) // _COLUMN_WIDTH)
    further = [row for name in _FURTHER for row in report.measures if row.measure == name][:n_further]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    table.add_column("Book", overflow="ellipsis", no_wrap=True, max_width=24)
    if share:
        table.add_column("Capacity", justify="right", no_wrap=True)
    table.add_column("Load", justify="right", no_wrap=True)
    table.add_column("against the team", justify="center", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    for row in further:
        table.add_column(measure_title(row.measure), justify="right", no_wrap=True)
    order = np.argsort(-load.values, kind="stable").tolist()
    hidden = len(order) - 2 * _ENDS if len(order) > _MOST_BOOKS else 0
    for position, j in enumerate(order):
        if hidden and _ENDS <= position < len(order) - _ENDS:
            if position == _ENDS:
                table.add_row(Text(f"... {count(hidden, 'book')} ...", "dim"))
            continue
        inside = bool(load.inside[j])
        cells = [Text(amount(float(row.totals[j]), row.unit), "" if row.inside[j] else "bold red") for row in further]
        table.add_row(
            Text(report.rep_name[j]),
            *share[j : j + 1],
            amount(float(load.totals[j]), load.unit),
            _drawn(marker(load, j)),
            Text(percent(float(load.deviation[j]), signed=True, digits=1), "" if inside else "bold red"),
            *cells,
        )
    return table


def _drawn(picture: str) -> Text:
    """Colour the position of a book: inside its band, or outside."""
    text = Text(picture, "dim")
    for sign, style in (("o", "bold green not dim"), ("X", "bold red not dim")):
        text.highlight_words([sign], style)
    return text
