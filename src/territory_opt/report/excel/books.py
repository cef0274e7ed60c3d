"""One sheet per rep: the book on one page, following whatever is changed elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt._typing import IntArray
from territory_opt.report.excel.changes import room_for
from territory_opt.report.excel.plan import Plan, ShownMeasure
from territory_opt.report.excel.reps import NAME as REPS
from territory_opt.report.excel.reps import status_words
from territory_opt.report.excel.styles import BAR
from territory_opt.report.excel.table import Column, Sheet, looked_up, padded, put

if TYPE_CHECKING:
    from territory_opt.report.excel.styles import Styles

__all__ = ["write_book"]

_HEAD = 10
_MOST_FACTS = 6


def write_book(book: Any, sheet: Any, styles: Styles, plan: Plan, j: int) -> None:
    """Write the sheet of one rep.

    Parameters
    ----------
    book, sheet : xlsxwriter workbook and worksheet
        Where to.
    styles : Styles
        How cells look.
    plan : Plan
        What to write.
    j : int
        Position of the rep in the team.
    """
    mine = np.flatnonzero(plan.alignment.rep_index == j)
    n_rows = room_for(mine.size, plan.problem.n_accounts)
    table = Sheet(book, sheet, styles, _columns(plan, mine, n_rows, j), head=_HEAD)
    table.frame()
    first, last = _HEAD + 1, _HEAD + n_rows
    sheet.freeze_panes(_HEAD + 1, 2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&RPage &P of &N")
    sheet.print_area(0, 0, last, len(table.columns) - 3)
    put(sheet, 0, 0, plan.labels[j], styles["title"])
    sheet.write_url(1, 0, f"internal:'{REPS}'!A1", styles["link_plain"], "All reps")
    for position, shown in enumerate(plan.measures[:_MOST_FACTS]):
        _fact(sheet, styles, shown, j, 2 + position, table.at["tier"])
    n_mine = f"COUNTIFS(acc_book,{j + 1})"
    note = f'=IF({n_mine}>{n_rows},"The book has "&{n_mine}&" accounts; the list has room for {n_rows:,}.","")'
    put(sheet, _HEAD - 1, 1, "", styles["bold"], note)
    table.write()
    table.grey_out_spare("id")
    for key in ("acv", "load"):
        bar = {"type": "data_bar", "bar_color": BAR, "bar_solid": True, "min_type": "num", "min_value": 0}
        sheet.conditional_format(first, table.at[key], last, table.at[key], bar)


def _fact(sheet: Any, styles: Styles, shown: ShownMeasure, j: int, row: int, column: int) -> None:
    """A total, and beside it where it stands; looked up by number, so that sorting the reps changes nothing."""
    style = {"money": "fact", "units": "fact", "tenths": "fact_tenths"}.get(shown.kind, "fact_fine")
    place = f"MATCH({j + 1},book_no,0)"
    put(sheet, row, 1, shown.title, styles["bold"])
    total = float(shown.row.totals[j])
    put(sheet, row, column, total, styles[style], f"=INDEX(book_{shown.key},{place})")
    if shown.row.band is not None:
        word = status_words(shown.row)[j]
        put(sheet, row, column + 1, word, styles["fact_text"], f"=INDEX(status_{shown.key},{place})")


def _columns(plan: Plan, mine: IntArray, n_rows: int, j: int) -> list[Column]:
    problem, accounts = plan.problem, plan.problem.accounts
    ids = [str(account) for account in accounts.account_id[mine].tolist()]
    found = [
        Column("n", "#", "whole", range(1, n_rows + 1), 7),
        Column("id", "Account ID", "text", padded(ids, n_rows), 20, looked_up("acc_id")),
    ]
    if accounts.has("name"):
        names = [str(name) for name in accounts.text("name")[mine].tolist()]
        found.append(Column("name", "Account", "text", padded(names, n_rows), 34, looked_up("acc_name")))
    tier = problem.scores.tier[mine].tolist()
    found.append(Column("tier", "Tier", "status", padded(tier, n_rows), 14, looked_up("acc_tier")))
    if plan.has_owners:
        words, given = plan.changes[mine].tolist(), accounts.text("owner")[mine].tolist()
        today = [
            plan.labels[o] if o >= 0 else str(text).strip()
            for text, o in zip(given, plan.owner[mine].tolist(), strict=True)
        ]
        # An empty cell that is looked up would read as 0.
        empty_is_empty = '=IF([at]=0,"",INDEX(acc_today,[at])&"")'
        found.append(Column("today", "Owner today", "text", padded(today, n_rows), 22, empty_is_empty))
        found.append(Column("change", "Change", "status", padded(words, n_rows), 13, looked_up("acc_change")))
    money = next(shown.kind for shown in plan.measures if shown.key == "tam")
    units = problem.scores.account_units[mine].tolist()
    found += [
        Column("acv", "ACV", money, padded(problem.scores.acv[mine].tolist(), n_rows), 13, looked_up("acc_acv")),
        Column("load", "Load", money, padded(plan.load[mine].tolist(), n_rows), 13, looked_up("acc_load")),
        Column("units", "Units", "units", padded(units, n_rows), 8, looked_up("acc_units")),
    ]
    if problem.has_travel:
        hours = padded(plan.hours[mine].tolist(), n_rows)
        found.append(Column("hours", "Travel hours a year", "tenths", hours, 11, looked_up("acc_hours")))
    # The first account of the book is looked up, every other follows the one before it. The chain stays in its order
    # when the list is sorted: it lies outside the filter.
    place = [i + 1 for i in mine.tolist()] + [0] * (n_rows - mine.size)
    first = f"IFERROR(MATCH({j + 1},acc_book,0),0)"
    chain = f"=IF(ISTEXT([^chain]),{first},IF([^chain]=0,0,INDEX(acc_next,[^chain])))"
    found.append(Column("at", "Row", "whole", place, 9, "=INDEX([@chain],[n])", hidden=True))
    found.append(Column("chain", "Chain", "whole", place, 9, chain, hidden=True))
    return found
