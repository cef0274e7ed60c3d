"""The sheet of accounts: the rep of each can be changed, and its load, hours and units follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt._typing import AnyArray
from territory_opt.fairness.wording import joined
from territory_opt.report.excel.plan import Plan
from territory_opt.report.excel.styles import BAR
from territory_opt.report.excel.table import Column, Sheet, letter, put
from territory_opt.travel import EARTH_RADIUS_KM

if TYPE_CHECKING:
    from territory_opt.report.excel.styles import Styles

__all__ = ["HEAD", "NAME", "account_columns", "write_accounts"]

NAME = "Accounts"
HEAD = 3
# A look-up takes these three for patterns; a comparison does not, but reads every name.
_PATTERNS = frozenset("*?~")
_TEXTS = ("vertical", "segment", "region", "city")
_MOST_TEXTS = 2


def account_columns(plan: Plan, *, chained: bool) -> list[Column]:
    """Columns of the table, helpers last.

    Parameters
    ----------
    plan : Plan
        What to show.
    chained : bool
        Add the helper by which the sheet of a rep finds its accounts.

    Notes
    -----
    D-LOAD-1: load = (0.6 named + 0.4 white space) x what counts - friction; D-TRAVEL-2: hours = visits x km / speed.
    """
    problem, accounts, scores = plan.problem, plan.problem.accounts, plan.problem.scores
    n, reps = problem.n_accounts, plan.alignment.rep_index
    book = (reps + 1).tolist()
    found = [
        Column("no", "No.", "whole", range(1, n + 1), 7, name="acc_no"),
        Column("id", "Account ID", "text", accounts.account_id.tolist(), 14, name="acc_id"),
    ]
    if accounts.has("name"):
        found.append(Column("name", "Account", "text", accounts.text("name").tolist(), 30, name="acc_name"))
    found.append(Column("rep", "Rep", "input_text", [plan.labels[j] for j in reps.tolist()], 24, name="acc_rep"))
    if plan.has_owners:
        today = _today(plan)
        found.append(Column("today", "Owner today", "text", today, 22, name="acc_today"))
        found.append(Column("change", "Change", "status", plan.changes.tolist(), 13, _CHANGE, name="acc_change"))
    tier = scores.tier.tolist()
    found.append(Column("tier", "Tier", "input_text", tier, 7, name="acc_tier"))
    shown_texts = [name for name in _TEXTS if accounts.has(name)][:_MOST_TEXTS]
    found += [
        Column(f"text_{name}", name.capitalize(), "text", accounts.text(name).tolist(), 16) for name in shown_texts
    ]
    money = next(shown.kind for shown in plan.measures if shown.key == "tam")
    found += [
        Column("acv", "ACV", money, _numbers(scores.acv), 13, name="acc_acv"),
        Column("named", "Named ACV", money, _numbers(scores.named_acv), 13, name="acc_named"),
        Column("white", "White-space ACV", money, _numbers(scores.white_space_acv), 13, name="acc_white"),
    ]
    gross = "=weight_named*[named]+weight_white*[white]"
    if scores.partner.any():
        found.append(
            Column("partner", "Partner-sourced", "text", ["yes" if p else "" for p in scores.partner.tolist()], 10)
        )
        gross = '=(weight_named*[named]+weight_white*[white])*IF([partner]="yes",1-partner_discount,1)'
    load = "=[gross]"
    found.append(Column("gross", "Load before friction", money, _numbers(scores.gross_load), 13, gross, "acc_gross"))
    if problem.has_travel:
        found += _travel(plan)
        load += "-friction_price*[hours]"
    if plan.other_friction.any():
        title = "Other friction" if problem.has_travel else "Friction"
        found.append(Column("other", title, money, _numbers(plan.other_friction), 13))
        load += "-[other]"
    units = 'IF([tier]="A",units_a,IF([tier]="B",units_b,units_c))'
    found += [
        Column("load", "Load", money, _numbers(plan.load), 13, load, "acc_load"),
        Column("units", "Units", "units", _numbers(scores.account_units), 8, f"={units}", "acc_units"),
    ]
    known = {column.name for column in found}
    for shown in plan.measures:
        if shown.account_range and shown.account_range not in known:
            added = problem.contribution(shown.row.measure, np.arange(n), reps, plan.alignment.home_index)
            found.append(Column(shown.key, shown.title, shown.kind, _numbers(added), 13, name=shown.account_range))
    # Empty while nothing was edited.
    found.append(Column("edited", "Edited here", "status", [""] * n, 11, _edited(plan), name="acc_edited"))
    number = "=IFERROR(MATCH([rep],reps,0),0)"
    if any(_PATTERNS & set(label) for label in plan.labels):
        number = "=SUMPRODUCT((reps=[rep])*(ROW(reps)-ROW(INDEX(reps,1))+1))"
    found.append(Column("book", "Book no.", "whole", book, 9, number, "acc_book", hidden=True))
    found.append(Column("planned", "Book no. in the plan", "whole", book, 9, name="acc_planned", hidden=True))
    if plan.has_owners:
        found += _owner_helpers(plan)
    if chained:
        at = next(position for position, column in enumerate(found) if column.key == "book")
        found.append(_chain(plan, letter(at)))
    return found


_CHANGE = (
    '=IF([owner]=0,"new",IF([owner]<0,"owner left",IF([owner]=[book],"kept",IF([free]=1,"moved (free)","moved"))))'
)


def write_accounts(book: Any, sheet: Any, styles: Styles, plan: Plan, *, chained: bool) -> None:
    """Write the sheet.

    Parameters
    ----------
    book, sheet : xlsxwriter workbook and worksheet
        Where to.
    styles : Styles
        How cells look.
    plan : Plan
        What to write.
    chained : bool
        Add the helper of the reps' own sheets.
    """
    columns = account_columns(plan, chained=chained)
    table = Sheet(book, sheet, styles, columns, head=HEAD)
    table.frame()
    first, last = HEAD + 1, HEAD + table.n_rows
    sheet.freeze_panes(HEAD + 1, table.at["rep"] + 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, last, table.at["edited"])
    sheet.write_string(0, 0, "Accounts", styles["title"])
    sheet.write_string(1, 0, _remark(plan), styles["remark"])
    sheet.write_string(2, 0, "Sums of what the filter shows", styles["total_text"])
    for column in columns:
        if column.name in {"acc_acv", "acc_named", "acc_white", "acc_gross", "acc_load", "acc_units", "acc_hours"}:
            total = float(np.sum(np.asarray(column.values, dtype=np.float64)))
            put(sheet, 2, table.at[column.key], total, styles["total"], f"=SUBTOTAL(109,{table.cells(column.key)})")
    table.write()
    at = table.at["rep"]
    menu = {"validate": "list", "source": "=reps", "error_title": "Not a rep", "error_type": "stop"}
    menu |= {"error_message": "Choose a rep from the menu; the reps are on the sheet Rules."}
    sheet.data_validation(first, at, last, at, menu)
    tiers = {"validate": "list", "source": ["A", "B", "C"], "error_title": "Tier"}
    sheet.data_validation(first, table.at["tier"], last, table.at["tier"], tiers | {"error_message": "A, B or C."})
    edited = f"${letter(table.at['book'])}{first + 1}<>${letter(table.at['planned'])}{first + 1}"
    sheet.conditional_format(
        first, at, last, at, {"type": "formula", "criteria": f"={edited}", "format": styles["edited"]}
    )
    bar = {"type": "data_bar", "bar_color": BAR, "bar_solid": True, "min_type": "num", "min_value": 0}
    for key in ("acv", "load"):
        sheet.conditional_format(first, table.at[key], last, table.at[key], bar)


def _remark(plan: Plan) -> str:
    text = "Choose another rep or tier in a yellow cell: every sheet follows."
    if plan.fixed_pairs:
        what = joined(plan.fixed_pairs)
        text += f" {what[:1].upper()}{what[1:]} of a moved account stay those of its rep in the plan: the workbook "
        text += "does not know them for other reps."
    return text


def _edited(plan: Plan) -> str:
    """Say that an account was moved here, and whether a number of it is then out of date."""
    word = "edited, see note" if plan.fixed_pairs else "edited"
    return f'=IF([book]=0,"no such rep",IF([book]=[planned],"","{word}"))'


def _today(plan: Plan) -> list[str]:
    """Today's owner: a rep by name, anybody else as the table has it."""
    given = plan.problem.accounts.text("owner").tolist()
    return [plan.labels[j] if j >= 0 else str(text).strip() for j, text in zip(plan.owner.tolist(), given, strict=True)]


def _travel(plan: Plan) -> list[Column]:
    places, n = plan.problem.places, plan.problem.n_accounts
    hours = _numbers(plan.hours)
    visits = Column("visits", "Visits a year", "tenths", _numbers(places.visits), 9, name="acc_visits")
    if not plan.distances:
        return [visits, Column("hours", "Travel hours a year", "tenths", hours, 11, name="acc_hours")]
    km = places.km(np.arange(n), plan.alignment.rep_index, plan.alignment.home_index)
    there = 'OR([lat]="",[book]=0,INDEX(rep_lat,MAX([book],1))="")'
    lat, lon = "INDEX(rep_lat,[book])", "INDEX(rep_lon,[book])"
    square = f"SIN(RADIANS({lat}-[lat])/2)^2+COS(RADIANS([lat]))*COS(RADIANS({lat}))*SIN(RADIANS({lon}-[lon])/2)^2"
    formula = f"=IF({there},0,2*{EARTH_RADIUS_KM}*ASIN(MIN(1,SQRT({square}))))"
    return [
        visits,
        Column("speed", "km/h", "units", _numbers(plan.problem.scores.speed_kmh), 7),
        Column("lat", "Latitude", "degrees", _numbers(places.lat), 10),
        Column("lon", "Longitude", "degrees", _numbers(places.lon), 10),
        Column("km", "km from home", "tenths", _numbers(np.nan_to_num(km, nan=0.0)), 9, formula),
        Column("hours", "Travel hours a year", "tenths", hours, 11, "=[visits]*[km]/[speed]", "acc_hours"),
    ]


def _owner_helpers(plan: Plan) -> list[Column]:
    """Numbers behind the column of changes; the running count lets the sheet of changes find them."""
    moved = plan.moved
    owner = np.where(plan.owner == -2, -1, plan.owner + 1)
    count = '=N([^count])+IF(LEFT([change],5)="moved",1,0)'
    return [
        Column("owner", "Owner no.", "whole", owner.tolist(), 9, name="acc_owner", hidden=True),
        Column("free", "Free to move", "whole", plan.free.astype(int).tolist(), 9, name="acc_free", hidden=True),
        Column("count", "Changes so far", "whole", np.cumsum(moved).tolist(), 9, count, "acc_count", hidden=True),
    ]


def _chain(plan: Plan, book: str) -> Column:
    """Position of the next account of the same book, 0 for the last: sheets of reps follow it, whatever is edited."""
    reps, n = plan.alignment.rep_index, plan.problem.n_accounts
    following = np.zeros(n, dtype=np.int64)
    order = np.argsort(reps, kind="stable")
    same = reps[order][1:] == reps[order][:-1]
    following[order[:-1][same]] = order[1:][same] + 1
    # The range ends one row below the table, so that the last account has an empty cell to look at.
    formula = f"=IFERROR(ROW()-{HEAD + 1}+MATCH([book],{book}{{next}}:{book}${HEAD + 2 + n},0),0)"
    return Column("next", "Next of the book", "whole", following.tolist(), 9, formula, "acc_next", hidden=True)


def _numbers(values: AnyArray) -> list[Any]:
    """Plain numbers; what is unknown is an empty cell."""
    return [value if value == value else None for value in values.tolist()]
