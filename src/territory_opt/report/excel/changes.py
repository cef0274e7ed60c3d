"""The sheet of changes: every account that gets another owner, in a list that follows edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt.report.excel.plan import Plan
from territory_opt.report.excel.table import Column, Sheet, letter, looked_up, padded, put

if TYPE_CHECKING:
    from territory_opt.report.excel.styles import Styles

__all__ = ["NAME", "room_for", "write_changes"]

NAME = "Changes"
_HEAD = 10
_SPARE_ROWS, _SPARE_SHARE = 25, 0.25


def room_for(n_now: int, n_most: int) -> int:
    """Rows of a list that may grow when accounts are moved by hand.

    Examples
    --------
    >>> room_for(100, 5_000), room_for(10, 12)
    (125, 12)
    """
    return max(1, min(n_now + max(_SPARE_ROWS, round(_SPARE_SHARE * n_now)), n_most))


def write_changes(book: Any, sheet: Any, styles: Styles, plan: Plan) -> None:
    """Write the sheet.

    Parameters
    ----------
    book, sheet : xlsxwriter workbook and worksheet
        Where to.
    styles : Styles
        How cells look.
    plan : Plan
        What to write.
    """
    change = plan.report.change
    if change is None:
        sheet.set_column(0, 0, 100)
        sheet.write_string(0, 0, "Changes against today", styles["title"])
        told = "The tables name no owner who is in the team: nothing changes hands."
        sheet.write_string(1, 0, told, styles["remark"])
        return
    moved = np.flatnonzero(plan.moved)
    n_rows = room_for(moved.size, plan.problem.n_accounts)
    table = Sheet(book, sheet, styles, _columns(plan, moved, n_rows), head=_HEAD)
    table.frame()
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(_HEAD + 1, 2)
    sheet.print_area(0, 0, _HEAD + n_rows, len(table.columns) - 2)
    sheet.write_string(0, 0, "Changes against today", styles["title"])
    told = "Dormant accounts move freely and are not counted as disruption; they are marked in the list."
    sheet.write_string(1, 0, told, styles["remark"])
    owned = 'acc_owner,">0",acc_free,0'
    total = float(plan.problem.scores.acv[plan.problem.owners.protected_index >= 0].sum())
    facts: tuple[tuple[str, float, str, str], ...] = (
        ("Accounts that change owner", change.n_moved, "fact", '=COUNTIFS(acc_change,"moved")'),
        ("of accounts with an owner", change.n_owned, "fact", f"=COUNTIFS({owned})"),
        ("ACV that changes owner", change.moved_acv, "fact", '=SUMIFS(acc_acv,acc_change,"moved")'),
        ("of owned ACV", total, "fact", f"=SUMIFS(acc_acv,{owned})"),
        ("Share of owned ACV", change.acv_share, "fact_percent", "=IF({cell}{above}>0,{cell}{before}/{cell}{above},0)"),
    )
    # Titles begin in the column of ids and may run into the next; numbers stand in the column of owners.
    at = table.at["from"]
    for row, (title, value, style, formula) in enumerate(facts, start=3):
        sheet.write_string(row, 1, title, styles["bold"])
        cells = {"{cell}": letter(at), "{above}": str(row), "{before}": str(row - 1)}
        for name, cell in cells.items():
            formula = formula.replace(name, cell)
        put(sheet, row, at, value, styles[style], formula)
    full = f'=IF(MAX(acc_count)>{n_rows},"There are "&MAX(acc_count)&" changes; the list has room for {n_rows:,}.","")'
    put(sheet, 8, 1, "", styles["bold"], full)
    table.write()
    table.grey_out_spare("id")


def _columns(plan: Plan, moved: Any, n_rows: int) -> list[Column]:
    problem, accounts, reps = plan.problem, plan.problem.accounts, plan.alignment.rep_index
    found = [Column("n", "#", "whole", range(1, n_rows + 1), 7)]
    ids = [str(account) for account in accounts.account_id[moved].tolist()]
    found.append(Column("id", "Account ID", "text", padded(ids, n_rows), 18, looked_up("acc_id")))
    if accounts.has("name"):
        names = [str(name) for name in accounts.text("name")[moved].tolist()]
        found.append(Column("name", "Account", "text", padded(names, n_rows), 32, looked_up("acc_name")))
    before, after = [plan.labels[j] for j in plan.owner[moved].tolist()], [plan.labels[j] for j in reps[moved].tolist()]
    words = plan.changes[moved].tolist()
    money = next(shown.kind for shown in plan.measures if shown.key == "tam")
    found += [
        Column("from", "From", "text", padded(before, n_rows), 24, looked_up("acc_today")),
        Column("to", "To", "text", padded(after, n_rows), 24, looked_up("acc_rep")),
        Column("change", "Change", "status", padded(words, n_rows), 14, looked_up("acc_change")),
        Column("tier", "Tier", "status", padded(problem.scores.tier[moved].tolist(), n_rows), 7, looked_up("acc_tier")),
        Column("acv", "ACV", money, padded(problem.scores.acv[moved].tolist(), n_rows), 13, looked_up("acc_acv")),
        Column("load", "Load", money, padded(plan.load[moved].tolist(), n_rows), 13, looked_up("acc_load")),
    ]
    # The n-th change is where the running count of changes first is n.
    place = [i + 1 for i in moved.tolist()] + [0] * (n_rows - len(moved))
    found.append(Column("at", "Row", "whole", place, 9, "=IFERROR(MATCH([n],acc_count,0),0)", hidden=True))
    return found
