"""The first sheet and the last: the verdict with its proof, and how everything was computed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from territory_opt.fairness.wording import clean, count, joined, percent
from territory_opt.report.excel.labels import LONGEST_LABEL
from territory_opt.report.excel.plan import Plan
from territory_opt.report.excel.table import put
from territory_opt.report.formulas import formulas
from territory_opt.report.verdict import exact, gap_words, numbers_of, seconds_words, verdict

if TYPE_CHECKING:
    from territory_opt.report.excel.styles import Styles

__all__ = ["FIRST", "LAST", "write_notes", "write_readme"]

FIRST, LAST = "Read me", "Notes"
_SHEETS = (
    ("Rules", "every number of the rules, in yellow; changing one changes everything that follows from it"),
    ("Team", "per measure: band, books inside it, and how evenly the books share it"),
    ("Reps", "per book: totals, deviation from the team, in its band or not"),
    ("Accounts", "who has which account; another rep in the yellow column recalculates the whole workbook"),
    ("Changes", "accounts that get another owner"),
    ("Notes", "the formulas, and what was assumed about the tables"),
)


def write_readme(sheet: Any, styles: Styles, plan: Plan) -> None:
    """Write the first sheet.

    Parameters
    ----------
    sheet : xlsxwriter worksheet
        Where to.
    styles : Styles
        How cells look.
    plan : Plan
        What to write.
    """
    page = _Page(sheet, styles)
    sheet.set_column(0, 0, 52)
    sheet.set_column(1, 1, 26)
    sheet.set_column(2, 2, 78)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    result = plan.result
    if result is None:
        page.line("Territory books", "title")
        page.line("Any alignment, judged: there is no solver and no proof behind this workbook.", "remark")
    else:
        said = verdict(result)
        page.line(said.headline, said.tone)
        page.line(said.detail, "remark")
    page.skip()
    _figures(page, plan)
    if result is not None:
        page.section("Proof")
        cost = "nothing that keeps the limits can cost less" if math.isfinite(result.bound) else "none was proven"
        page.fact(
            "Cost of this plan", exact(result.objective), "scored again by code that shares nothing with the solver"
        )
        page.fact("Proven lower bound", exact(result.bound) if math.isfinite(result.bound) else "none", cost)
        page.fact("Gap", gap_words(result.gap), "(cost - bound) / cost, rounded up")
        page.fact("Ended", str(result.termination), "")
        page.fact(
            "Solver", f"{result.solver}, seed {result.seed}, {seconds_words(result.seconds)}", result.solver_reason
        )
    page.fact("Plan", plan.problem.fingerprint[:16], "fingerprint of tables, policy and criteria")
    if result is not None:
        page.section("Limits and costs of the plan as it was carved")
        names = dict(zip(plan.report.rep_id, plan.report.rep_name, strict=True))
        for check in result.evaluation.checks:
            word = "cost" if not check.criterion.is_limit else "kept" if check.satisfied else "not kept"
            page.fact(check.name, word, numbers_of(check, names))
        told = "Only bands, travel and changes follow edits in this workbook; other limits are not checked again here."
        page.line(told, "remark")
    page.section("What stands out in the plan")
    for sentence in plan.report.advice or ("Nothing.",):
        page.line(f"- {sentence}")
    page.section("Sheets")
    for name, told in _SHEETS:
        page.link(name, told)


def _figures(page: _Page, plan: Plan) -> None:
    """The handful of numbers that describe the books; they follow edits."""
    report, n_reps = plan.report, len(plan.labels)
    page.section("Now, with all edits in this workbook")
    page.formula("Accounts", plan.problem.n_accounts, "=ROWS(acc_book)", "fact", f"in {count(n_reps, 'book')}")
    load = next(shown for shown in plan.measures if shown.key == "load")
    if load.row.band is not None and load.row.n_outside is not None:
        inside = n_reps - load.row.n_outside
        page.formula("Books in the load band", inside, "=inside_load", "fact", f"of {n_reps:,}")
    spread = '=IF(AVERAGE(full_load)>0,STDEVP(full_load)/AVERAGE(full_load),"undefined")'
    value = "undefined" if load.row.cv is None else load.row.cv
    target = f"target under {percent(report.cv_target)} in the plan (D-CV-1)"
    page.formula("Variation of load (CV)", value, spread, "fact_percent", target)
    if report.change is not None:
        moved = '=COUNTIFS(acc_change,"moved")'
        page.formula("Accounts that change owner", report.change.n_moved, moved, "fact", "see Changes")
    if report.travel is not None:
        share = "=SUM(book_travel_hours)/(selling_hours*SUM(rep_capacity))"
        page.formula("Selling hours on travel", report.travel.team_share, share, "fact_percent", "of the whole team")
    edits = "=SUMPRODUCT((acc_book<>acc_planned)*1)"
    page.formula("Accounts edited here", 0, edits, "fact", "with another rep than in the plan")
    page.formula("Rules edited here", 0, "=n_rules_changed", "fact", "numbers on the sheet Rules")
    said = '=IF(SUMPRODUCT((acc_book<>acc_planned)*1)+n_rules_changed=0,"{}","{}")'
    plain = "This is the plan as it was judged."
    edited = "This is not the plan any more: verdict, proof and limits on this sheet speak of the plan."
    page.formula("", plain, said.format(plain, edited), "bold", "")


def write_notes(sheet: Any, styles: Styles, plan: Plan) -> None:
    """Write the last sheet.

    Parameters
    ----------
    sheet : xlsxwriter worksheet
        Where to.
    styles : Styles
        How cells look.
    plan : Plan
        What to write.
    """
    page = _Page(sheet, styles)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 60)
    sheet.set_column(2, 2, 80)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    page.line("Notes", "title")
    page.section("How the numbers are computed")
    for formula in formulas(plan.problem):
        page.wrapped(formula.name, formula.formula, formula.note, (28, 60, 80))
    page.section("About this workbook")
    for told in _about(plan):
        page.line(f"- {told}")
    for heading, notes in (
        ("About the tables", plan.problem.notes),
        ("About the solve", () if plan.result is None else plan.result.notes),
    ):
        if notes:
            page.section(heading)
            for note in notes:
                page.line(f"- {note}")
    for quality in (plan.problem.accounts.quality, plan.problem.team.quality):
        found = [*quality.warnings, *quality.derived, *quality.defaulted, *quality.notes]
        if found:
            page.section(f"Reading the table of {quality.table}")
            for note in found:
                page.line(f"- {note}")


def _about(plan: Plan) -> list[str]:
    told = [
        "Yellow cells are for changing; all else is computed. Names such as friction_price are cells of the sheet "
        "Rules, names such as acc_load columns of the sheet Accounts: see the name manager.",
        "Hidden columns at the right of Accounts and Reps hold the numbers of books and totals per full rep.",
        "Tier, ACV, named and white-space ACV and visits are those that the plan was made with: another tier changes "
        "the account units only.",
        "A book on the edge of its band is inside: a millionth of the reference is allowed for rounding.",
    ]
    if plan.distances:
        told.append("Kilometres are great-circle distances to the home of the rep on the sheet Rules (D-TRAVEL-2).")
    if plan.fixed_pairs:
        told.append(
            f"Known here for the rep of the plan only: {joined(plan.fixed_pairs)}. An account that is moved by hand "
            "keeps them, and says so."
        )
    renamed = [
        (label, name) for label, name in zip(plan.labels, plan.report.rep_name, strict=True) if label != clean(name)
    ]
    if renamed:
        told.append(
            f"{count(len(renamed), 'name')} of reps read differently here: a spreadsheet cannot look up names that are "
            f"empty, longer than {LONGEST_LABEL} characters, or differ in case only. The ids on Reps are complete."
        )
    return told


class _Page:
    """Lines from top to bottom."""

    def __init__(self, sheet: Any, styles: Styles) -> None:
        self.sheet, self.styles, self.row = sheet, styles, 0

    def line(self, text: str, style: str = "fact_text") -> None:
        put(self.sheet, self.row, 0, text, self.styles[style])
        self.row += 1

    def skip(self) -> None:
        self.row += 1

    def section(self, title: str) -> None:
        self.row += 1
        for column in range(3):
            put(self.sheet, self.row, column, title if column == 0 else None, self.styles["section"])
        self.row += 1

    def fact(self, title: str, value: str, remark: str = "") -> None:
        self.wrapped(title, value, remark)

    def wrapped(self, title: str, value: str, remark: str, widths: tuple[int, int, int] = (52, 26, 78)) -> None:
        lines = max(-(-len(text) // width) for text, width in zip((title, value, remark), widths, strict=True))
        # Spreadsheets do not grow a row by themselves when a file is opened.
        self.sheet.set_row(self.row, 15 * max(lines, 1))
        for column, text in enumerate((title, value, remark)):
            style = "remark_wrapped" if column == 2 else "bold_wrapped" if column == 0 else "wrapped"
            put(self.sheet, self.row, column, text, self.styles[style])
        self.row += 1

    def formula(self, title: str, value: Any, formula: str, style: str, remark: str) -> None:
        put(self.sheet, self.row, 0, title, self.styles["bold"])
        put(self.sheet, self.row, 1 if title else 0, value, self.styles[style], formula)
        put(self.sheet, self.row, 2, remark, self.styles["remark"])
        self.row += 1

    def link(self, sheet: str, told: str) -> None:
        self.sheet.write_url(self.row, 0, f"internal:'{sheet}'!A1", self.styles["link_plain"], sheet)
        put(self.sheet, self.row, 1, told, self.styles["fact_text"])
        self.row += 1
