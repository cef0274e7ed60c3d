"""The table of books: cells as they are read, with the numbers they are sorted by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt._typing import BoolArray, FloatArray
from territory_opt.fairness.measure import MeasureFairness
from territory_opt.fairness.wording import amount, measure_title, percent
from territory_opt.report.charts import axis_range, strip
from territory_opt.report.show_math import BookMath, digits_of, digits_of_line, stands
from territory_opt.report.text import capacities

if TYPE_CHECKING:
    from territory_opt.fairness import FairnessReport

__all__ = ["Column", "book_table", "math_values", "static_rows", "table_values"]

_TABLED = ("load", "tam", "account_units", "accounts", "travel_hours")
_PARTS = ("named_acv", "white_space_acv")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``sort`` orders it, ``text`` is read, ``note`` follows smaller, ``out`` marks a book outside."""

    title: str
    sort: FloatArray = field(repr=False)
    text: list[str] = field(repr=False)
    note: list[str] | None = field(default=None, repr=False)
    out: BoolArray | None = field(default=None, repr=False)
    strip: bool = False


def book_table(report: FairnessReport) -> list[Column]:
    """List the columns of the table of books.

    Parameters
    ----------
    report : FairnessReport
        The books.

    Returns
    -------
    list of Column
        After the name: capacity where it differs, the picture of the load, a column per measure, mix and travel.
    """
    rows = [row for name in _TABLED for row in report.measures if row.measure == name]
    rows += [row for row in report.measures if row.measure not in (*_TABLED, *_PARTS)]
    load = report.main
    found = []
    share = capacities(report)
    if share:
        found.append(Column("Capacity", report.capacity, share))
    if load.band is not None:
        title = f"{measure_title(load.measure)} against team"
        found.append(Column(title, load.deviation, [""] * load.values.size, out=~load.inside, strip=True))
    found += [_measure_column(row) for row in rows]
    if report.mix is not None and any(share is not None for share in report.mix.books):
        named = np.array([-1.0 if share is None else share for share in report.mix.books])
        texts = ["" if share is None else percent(share, digits=0) for share in report.mix.books]
        found.append(Column("Named", named, texts))
    if report.travel is not None:
        travel = report.travel.share
        texts = [percent(value, digits=1) for value in travel.tolist()]
        found.append(Column("Travel share", travel, texts, out=np.asarray(report.travel.over_share, dtype=np.bool_)))
    return found


def _measure_column(row: MeasureFairness) -> Column:
    texts = [amount(total, row.unit) for total in row.totals.tolist()]
    notes = None
    if row.band is not None and row.band.relative and row.band.reference > 0.0:
        notes = [percent(share, signed=True, digits=1) for share in row.deviation.tolist()]
    return Column(measure_title(row.measure), row.totals, texts, notes, ~row.inside)


def static_rows(report: FairnessReport, columns: list[Column], *, at_most: int) -> dict[str, Any]:
    """Return the rows that stand in the page itself: those furthest from the team's load, largest first."""
    load = report.main
    shown = np.argsort(-np.abs(load.deviation), kind="stable")[:at_most]
    shown = shown[np.argsort(-load.values[shown], kind="stable")]
    rows = []
    for j in shown.tolist():
        cells = [
            {
                "text": column.text[j],
                "note": "" if column.note is None else column.note[j],
                "out": column.out is not None and not column.strip and bool(column.out[j]),
                "strip": strip(load, j) if column.strip else "",
            }
            for column in columns
        ]
        rows.append({"name": report.rep_name[j], "cells": cells})
    n_books = len(report.rep_id)
    return {"head": ["Book", *(c.title for c in columns)], "rows": rows, "n_hidden": n_books - len(rows), "n": n_books}


def table_values(report: FairnessReport, columns: list[Column]) -> dict[str, Any]:
    """Return the table as JSON-ready columns, with what the picture of a book's load needs."""
    load = report.main
    picture = None
    if load.band is not None:
        low, high = axis_range(load)
        ends = (max(load.band.low, low), min(load.band.high, high))
        picture = {
            "axis": [low, high],
            "band": list(ends),
            "reference": load.band.reference,
            "values": _short(load.values, 2),
        }
    found = [
        {
            "title": column.title,
            "sort": _short(column.sort, 4),
            "text": column.text,
            "note": column.note,
            "out": None if column.out is None else np.flatnonzero(column.out).tolist(),
            "strip": column.strip,
        }
        for column in columns
    ]
    return {"columns": found, "picture": picture, "load": _short(load.values, 2)}


def math_values(found: tuple[BookMath, ...]) -> list[dict[str, Any]]:
    """Return the calculations as JSON-ready columns, rounded to the decimals they are shown with."""
    blocks = []
    for math in found:
        row = math.row
        digits = digits_of(row.unit)
        lines = []
        for line in math.lines:
            # Below zero: at most so many decimals, and none where they are zero.
            shown = -4 if line.kind == "divisor" else digits if digits else -2
            lines.append(
                {
                    "name": line.name,
                    "kind": line.kind,
                    "how": line.how,
                    "digits": shown,
                    "amount": _short(line.amount, abs(shown)),
                    "of": None if line.of is None else _short(line.of, digits_of_line(line, digits)),
                    "of_digits": digits_of_line(line, digits),
                }
            )
        band = row.band
        blocks.append(
            {
                "title": measure_title(row.measure),
                "lines": lines,
                "against": stands(row),
                "reference": round(row.mean if band is None else band.reference, 2),
                "low": None if band is None or not np.isfinite(band.low) else round(band.low, 2),
                "high": None if band is None or not np.isfinite(band.high) else round(band.high, 2),
                "words": "" if band is None else band.words,
                "deviation": _short(row.deviation, 6),
                "outside": np.flatnonzero(~row.inside).tolist(),
                "digits": digits if digits else -2,
            }
        )
    return blocks


def _short(values: FloatArray, digits: int) -> list[float] | list[int]:
    """Numbers with as many decimals as are shown; whole ones without a point."""
    rounded = np.round(values, digits) + 0.0
    if bool((rounded == np.round(rounded)).all()) and bool((np.abs(rounded) < 2**53).all()):
        whole: list[int] = rounded.astype(np.int64).tolist()
        return whole
    numbers: list[float] = rounded.tolist()
    return numbers
