"""The sheet of reps: totals of every book, where it stands against its band, and what changes hands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt.report.excel.plan import Plan, ShownMeasure
from territory_opt.report.excel.styles import BAR
from territory_opt.report.excel.table import Column, Sheet

if TYPE_CHECKING:
    from territory_opt.fairness.measure import MeasureFairness
    from territory_opt.report.excel.styles import Styles

__all__ = ["HEAD", "NAME", "STATUSES", "rep_columns", "status_words", "write_reps"]

NAME = "Reps"
HEAD = 3
STATUSES = ("below", "in band", "above")


def rep_columns(plan: Plan, links: Sequence[str] = ()) -> list[Column]:
    """Columns of the table, helpers last.

    Parameters
    ----------
    plan : Plan
        What to show.
    links : sequence of str, length n_reps
        Sheet of every rep; empty for none.

    Notes
    -----
    D-LOAD-2, D-TAM-1, D-UNITS-1, D-TRAVEL-1, D-LOAD-3.
    """
    report, n = plan.report, len(plan.labels)
    found = [
        Column("rep", "Rep", "text", plan.labels, 26, links=links),
        Column(
            "capacity",
            "Capacity",
            "tenths" if _tenths(report.capacity) else "ratio",
            report.capacity.tolist(),
            9,
            "=INDEX(rep_capacity,[no])",
        ),
    ]
    for shown in plan.measures:
        found += _measure(shown)
    if report.mix is not None:
        share = '=IF([named_acv]+[white_space_acv]>0,[named_acv]/([named_acv]+[white_space_acv]),"")'
        found.append(Column("mix", "Named share", "percent", report.mix.books, 9, share))
    if report.travel is not None:
        found += _travel(plan)
    if plan.has_owners:
        found += _changes(plan)
    found.append(Column("id", "Rep ID", "text", report.rep_id, 14))
    found.append(Column("no", "Book no.", "whole", range(1, n + 1), 9, name="book_no", hidden=True))
    for shown in plan.measures:
        formula = f"=[{shown.key}]/[capacity]"
        values = shown.row.values.tolist()
        found.append(
            Column(
                f"full_{shown.key}",
                f"{shown.title} per full rep",
                shown.kind,
                values,
                13,
                formula,
                f"full_{shown.key}",
                hidden=True,
            )
        )
    return found


def write_reps(book: Any, sheet: Any, styles: Styles, plan: Plan, links: Sequence[str]) -> None:
    """Write the sheet.

    Parameters
    ----------
    book, sheet : xlsxwriter workbook and worksheet
        Where to.
    styles : Styles
        How cells look.
    plan : Plan
        What to write.
    links : sequence of str, length n_reps
        Sheet of every rep; empty for none.
    """
    columns = rep_columns(plan, links)
    table = Sheet(book, sheet, styles, columns, head=HEAD)
    table.frame()
    first, last = HEAD + 1, HEAD + table.n_rows
    sheet.freeze_panes(HEAD + 1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, "Reps", styles["title"])
    remark = "Every number is computed from the sheets Accounts and Rules. Deviations and bands are per full rep."
    sheet.write_string(1, 0, remark, styles["remark"])
    table.write()
    for shown in plan.measures:
        _mark(sheet, styles, table, shown, first, last)
    for key, limit in (("travel_share", "travel_limit"), ("driving", "driving_limit")):
        if key in table.at:
            over = {"type": "cell", "criteria": ">", "value": f"={limit}*(1+1E-9)", "format": styles["warn"]}
            sheet.conditional_format(first, table.at[key], last, table.at[key], over)


def _mark(sheet: Any, styles: Styles, table: Sheet, shown: ShownMeasure, first: int, last: int) -> None:
    """Bars for totals and deviations, colours for a status."""
    at = table.at[shown.key]
    bar = {"type": "data_bar", "bar_color": BAR, "bar_solid": True, "min_type": "num", "min_value": 0}
    if float(shown.row.totals.min(initial=0.0)) >= 0.0:
        sheet.conditional_format(first, at, last, at, bar)
    if shown.band is None:
        return
    at = table.at[f"dev_{shown.key}"]
    both = {"type": "data_bar", "bar_color": BAR, "bar_solid": True, "bar_axis_position": "middle"}
    sheet.conditional_format(first, at, last, at, both | {"bar_negative_color": "#d9a79b", "data_bar_2010": True})
    at = table.at[f"status_{shown.key}"]
    for word in STATUSES:
        style = styles["good" if word == "in band" else "warn"]
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": style}
        sheet.conditional_format(first, at, last, at, rule)


def _measure(shown: ShownMeasure) -> list[Column]:
    row, key = shown.row, shown.key
    total = f"=SUMIFS({shown.account_range},acc_book,[no])" if shown.account_range else "=COUNTIFS(acc_book,[no])"
    found = [Column(key, shown.title, shown.kind, row.totals.tolist(), 13, total, f"book_{key}")]
    if shown.band is None or row.band is None:
        return found
    against = shown.band.of or "median"
    formula = f"=IF(ref_{key}>0,([full_{key}]-ref_{key})/ref_{key},0)"
    found.append(Column(f"dev_{key}", f"against the {against}", "signed", row.deviation.tolist(), 11, formula))
    tests = []
    if not np.isneginf(row.band.low):
        tests.append(("below", f"[full_{key}]<low_{key}-slack_{key}"))
    if not np.isposinf(row.band.high):
        tests.append(("above", f"[full_{key}]>high_{key}+slack_{key}"))
    formula = '"in band"'
    for word, test in reversed(tests):
        formula = f'IF({test},"{word}",{formula})'
    found.append(
        Column(f"status_{key}", f"{shown.title}: band", "status", status_words(row), 10, f"={formula}", f"status_{key}")
    )
    return found


def status_words(row: MeasureFairness) -> list[str]:
    """Where every book stands against its band, in the words of the formula; "in band" without one."""
    low = -np.inf if row.band is None else row.band.low
    return [
        "in band" if inside else "below" if value < low else "above"
        for inside, value in zip(row.inside.tolist(), row.values.tolist(), strict=True)
    ]


def _travel(plan: Plan) -> list[Column]:
    travel = plan.report.travel
    assert travel is not None  # asked for by the caller
    share = "=[travel_hours]/(selling_hours*[capacity])"
    return [
        Column("travel_share", "Travel share", "percent", travel.share.tolist(), 9, share),
        Column("driving", "Driving hours a month", "tenths", travel.month.tolist(), 10, "=[travel_hours]/12"),
    ]


def _changes(plan: Plan) -> list[Column]:
    """Accounts that stay, come and go against today."""
    k, owner, reps = len(plan.labels), plan.owner, plan.alignment.rep_index
    kept = np.bincount(reps[owner == reps], minlength=k)
    held = np.bincount(owner[owner >= 0], minlength=k)
    now = np.bincount(reps, minlength=k)
    return [
        Column("kept", "Kept", "units", kept.tolist(), 8, "=COUNTIFS(acc_owner,[no],acc_book,[no])"),
        Column("gained", "Gained", "units", (now - kept).tolist(), 8, "=COUNTIFS(acc_book,[no])-[kept]"),
        Column("lost", "Lost", "units", (held - kept).tolist(), 8, "=COUNTIFS(acc_owner,[no])-[kept]"),
    ]


def _tenths(values: Any) -> bool:
    return bool(np.all(np.round(values, 1) == values))
