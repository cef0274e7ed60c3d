"""The sheet of the team: one line per measure, with its band and how evenly the books share it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt.evaluation import FEASIBILITY_TOLERANCE
from territory_opt.report.excel.plan import Plan, ShownMeasure
from territory_opt.report.excel.table import put

if TYPE_CHECKING:
    from territory_opt.report.excel.styles import Styles

__all__ = ["NAME", "write_team"]

NAME = "Team"
_HEAD = 3
_TITLES = (
    "Measure", "Total", "Mean", "Median", "Smallest", "Largest", "Largest / smallest", "Variation (CV)", "CV target",
    "Jain index", "Band", "Measured against", "Lower end", "Upper end", "Books inside", "of", "Rounding allowed",
)  # fmt: skip


def write_team(book: Any, sheet: Any, styles: Styles, plan: Plan) -> None:
    """Write the sheet.

    Parameters
    ----------
    book, sheet : xlsxwriter workbook and worksheet
        Where to.
    styles : Styles
        How cells look.
    plan : Plan
        What to write.

    Notes
    -----
    D-CV-1; Jain's index is (sum x)^2 / (k sum x^2): R. Jain, D. Chiu and W. Hawe, DEC-TR-301 (1984).
    """
    for position in range(len(_TITLES)):
        sheet.set_column(position, position, 22 if position == 0 else 30 if position == 10 else 12)
    sheet.set_column(len(_TITLES) - 1, len(_TITLES) - 1, 12, None, {"hidden": True})
    sheet.freeze_panes(_HEAD + 1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD)
    sheet.write_string(0, 0, "Team", styles["title"])
    remark = "How evenly the books share every measure, per full rep: the total of a book over the capacity of its rep."
    sheet.write_string(1, 0, remark, styles["remark"])
    sheet.set_row(_HEAD, 48)
    for position, title in enumerate(_TITLES):
        sheet.write_string(_HEAD, position, title, styles["head_left" if position in (0, 8, 10) else "head"])
    for number, shown in enumerate(plan.measures):
        _write_measure(book, sheet, styles, plan, shown, _HEAD + 1 + number)
    last = _HEAD + len(plan.measures)
    for word, style in (("missed", "warn"), ("met", "good")):
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": styles[style]}
        sheet.conditional_format(_HEAD + 1, 8, last, 8, rule)


def _write_measure(book: Any, sheet: Any, styles: Styles, plan: Plan, shown: ShownMeasure, row: int) -> None:
    found, own, full = shown.row, styles[shown.kind], f"full_{shown.key}"
    at = row + 1
    put(sheet, row, 0, shown.title, styles["text"])
    put(sheet, row, 1, float(found.totals.sum()), own, f"=SUM(book_{shown.key})")
    for position, (function, value) in enumerate(
        (("AVERAGE", found.mean), ("MEDIAN", found.median), ("MIN", found.min), ("MAX", found.max)), start=2
    ):
        put(sheet, row, position, value, own, f"={function}({full})")
    put(sheet, row, 6, _or_undefined(found.max_min), styles["ratio"], f'=IF(E{at}>0,F{at}/E{at},"undefined")')
    spread = f'=IF(C{at}>0,STDEVP({full})/C{at},"undefined")'
    put(sheet, row, 7, _or_undefined(found.cv), styles["percent"], spread)
    words = {True: "met", False: "missed", None: ""}[found.cv_target_met]
    target = f'=IF(ISNUMBER(H{at}),IF(H{at}<cv_target,"met","missed"),"")'
    put(sheet, row, 8, words, styles["status"], target)
    even = f'=IF(AND(C{at}>0,E{at}>=0),SUM({full})^2/(COUNT({full})*SUMSQ({full})),"undefined")'
    put(sheet, row, 9, _or_undefined(found.jain), styles["index"], even)
    if shown.band is None or found.band is None:
        return
    key, band = shown.key, found.band
    put(sheet, row, 10, band.words, styles["status"], _words(shown))
    put(sheet, row, 11, band.reference, own, _reference(plan, shown, at))
    low, high = (f"L{at}-band_{key}*ABS(L{at})", f"L{at}+band_{key}*ABS(L{at})")
    slack = f"={FEASIBILITY_TOLERANCE}*ABS(L{at})"
    if not shown.band.of:
        low, high = f"rule_low_{key}", f"rule_high_{key}"
        ends = [name for name, end in ((low, band.low), (high, band.high)) if np.isfinite(end)]
        slack = f"={FEASIBILITY_TOLERANCE}*MAX(1,{','.join(f'ABS({name})' for name in ends)})"
    for position, (formula, end) in enumerate(((low, band.low), (high, band.high)), start=12):
        if np.isfinite(end):
            put(sheet, row, position, end, own, f"={formula}")
        else:
            put(sheet, row, position, None, own)
    n_inside = int(found.inside.sum())
    put(sheet, row, 14, n_inside, styles["units"], f'=COUNTIF(status_{key},"in band")')
    put(sheet, row, 15, found.inside.size, styles["units"], f"=ROWS(status_{key})")
    put(sheet, row, 16, band.slack, styles["index"], slack)
    for name, column in (("ref", "L"), ("low", "M"), ("high", "N"), ("slack", "Q"), ("inside", "O")):
        book.define_name(f"{name}_{key}", f"='{NAME}'!${column}${at}")


def _words(shown: ShownMeasure) -> str:
    """The band in words, following the rules; a relative one only, the ends of others stand beside."""
    if shown.band is None or not shown.band.of:
        return ""
    return f'="within "&ROUND(100*band_{shown.key},1)&"% of the {shown.band.of}"'


def _reference(plan: Plan, shown: ShownMeasure, at: int) -> str:
    of = shown.band.of if shown.band is not None else ""
    if of == "mean":
        return f"=B{at}/SUM(rep_capacity)"
    if of != "target":
        return f"=D{at}"
    # The target is the total before friction: the same whoever gets an account.
    if not plan.problem.measure(shown.row.measure).pair_dependent:
        return f"=B{at}/SUM(rep_capacity)"
    return "=SUM(acc_gross)/SUM(rep_capacity)" if shown.key == "load" else ""


def _or_undefined(value: float | None) -> float | str:
    return "undefined" if value is None else value
