"""Write a workbook whose formulas give the library's numbers, and keep giving the right ones when it is edited."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from territory_opt.errors import DataError, Issue, SolverUnavailableError
from territory_opt.report.excel.accounts import HEAD, write_accounts
from territory_opt.report.excel.accounts import NAME as ACCOUNTS
from territory_opt.report.excel.books import write_book
from territory_opt.report.excel.changes import NAME as CHANGES
from territory_opt.report.excel.changes import write_changes
from territory_opt.report.excel.labels import sheet_names
from territory_opt.report.excel.plan import Plan, plan_of
from territory_opt.report.excel.readme import FIRST, LAST, write_notes, write_readme
from territory_opt.report.excel.reps import NAME as REPS
from territory_opt.report.excel.reps import write_reps
from territory_opt.report.excel.rules import NAME as RULES
from territory_opt.report.excel.rules import write_rules
from territory_opt.report.excel.styles import Styles
from territory_opt.report.excel.team import NAME as TEAM
from territory_opt.report.excel.team import write_team
from territory_opt.report.whole import whole_file

if TYPE_CHECKING:
    from territory_opt.fairness import FairnessReport
    from territory_opt.problem import Problem
    from territory_opt.result import Result

__all__ = ["MOST_BOOK_SHEETS", "MOST_ROWS", "obstacles", "write_excel"]

MOST_ROWS = 1_048_576
"""Rows of a sheet; the file format knows no more."""

MOST_BOOK_SHEETS = 500
"""Sheets of reps in one workbook; beyond it spreadsheets open slowly and nobody finds a tab."""

_ROOM = 200
_COMPUTED = frozenset(("load", "tam", "acv", "named_acv", "white_space_acv", "account_units", "travel_hours"))


def write_excel(
    source: Result | FairnessReport, path: str | Path, *, sheets_per_rep: bool | Sequence[str] = False
) -> Path:
    """Write a workbook with live formulas.

    Parameters
    ----------
    source : Result or FairnessReport
        A result with an alignment; or the report of any alignment, then without a proof.
    path : str or Path
        Where to, usually ending in ``.xlsx``; the file is written whole or not at all.
    sheets_per_rep : bool or sequence of str, default False
        Add a sheet for every rep, or for the reps of these ids.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    NoAlignmentError
        The result has no alignment.
    SolverUnavailableError
        XlsxWriter is not installed (an ``ImportError``); the message has the install line.
    DataError
        More accounts or reps than a sheet has rows, more sheets than 500, an id that no rep has, or numbers that the
        workbook does not compute: a problem made from arrays, or a measure of your own in place of the library's.
    OSError
        The folder does not exist or cannot be written to.

    Notes
    -----
    D-LOAD-1, D-LOAD-2, D-LOAD-4, D-TAM-1, D-UNITS-1, D-TRAVEL-1, D-CV-1. Every formula carries the value that the
    library computed, so that programs which do not calculate show the right numbers too.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 7e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_excel(report, pathlib.Path(folder, "books.xlsx")).name
    'books.xlsx'
    """
    try:
        import xlsxwriter
    except ImportError:
        told = "XlsxWriter is not installed: pip install 'territory-opt[excel]'"
        raise SolverUnavailableError(told) from None
    plan = plan_of(source)
    wanted = _checked(plan, sheets_per_rep)
    target = Path(path)
    with whole_file(target) as temporary, tempfile.TemporaryDirectory(prefix="territory-opt-") as scratch:
        # Rows go to disk as they are written: memory does not grow with the number of accounts.
        options = {"constant_memory": True, "tmpdir": scratch, "strings_to_formulas": False}
        options |= {"strings_to_urls": False, "strings_to_numbers": False}
        with xlsxwriter.Workbook(str(temporary), options) as book:
            _write_sheets(book, plan, wanted)
    return target


def _write_sheets(book: Any, plan: Plan, wanted: Sequence[int]) -> None:
    styles = Styles(book)
    book.set_calc_mode("auto")
    fixed = (FIRST, RULES, TEAM, REPS, ACCOUNTS, CHANGES)
    names = dict(zip(wanted, sheet_names([plan.labels[j] for j in wanted], (*fixed, LAST)), strict=True))
    kind = _plain_formulas()
    sheets = {name: book.add_worksheet(name, kind) for name in (*fixed, *names.values(), LAST)}
    for sheet in sheets.values():
        sheet.set_footer("&L&A&RPage &P of &N")
    links = [names.get(j, "") for j in range(len(plan.labels))]
    write_readme(sheets[FIRST], styles, plan)
    write_rules(book, sheets[RULES], styles, plan)
    write_team(book, sheets[TEAM], styles, plan)
    write_reps(book, sheets[REPS], styles, plan, links)
    write_accounts(book, sheets[ACCOUNTS], styles, plan, chained=bool(wanted))
    write_changes(book, sheets[CHANGES], styles, plan)
    for j, name in names.items():
        write_book(book, sheets[name], styles, plan, j)
    write_notes(sheets[LAST], styles, plan)


def _plain_formulas() -> type:
    """A sheet that takes formulas as they are.

    XlsxWriter looks for some hundred functions newer than the file format in every formula, which takes two thirds of
    the time; none of them is used here. If that step ever moves, this class changes nothing.
    """
    from xlsxwriter.worksheet import Worksheet

    class PlainSheet(Worksheet):  # type: ignore[misc]  # the base class is known at run time only
        def _prepare_formula(self, formula: str, *_: Any, **__: Any) -> str:
            return formula.removeprefix("=")

    return PlainSheet


def obstacles(problem: Problem, n_sheets: int) -> list[Issue]:
    """List why no alignment of a problem can have a workbook; known before anything is solved.

    Parameters
    ----------
    problem : Problem
        What is to be written.
    n_sheets : int
        Sheets of reps that are asked for.

    Examples
    --------
    >>> import territory_opt as topt
    >>> problem = topt.Problem.from_arrays(cost=[[1.0, 2.0], [2.0, 1.0]], measures={"hours": [1.0, 2.0]})
    >>> [issue.hint for issue in obstacles(problem, 0)]
    ['write a page (write_html), or take fairness().to_frame()']
    """
    issues = []
    if problem.arrays_only:
        told = "the problem was made from arrays: there are no accounts with ACV whose load a workbook could compute"
        issues.append(Issue(None, None, told, "write a page (write_html), or take fairness().to_frame()"))
    for name in sorted(_COMPUTED & set(problem.own_measures)):
        told = f"{name} is a measure of your own, and the workbook would compute the library's in its place"
        issues.append(Issue(None, name, told, "give the measure another name, or write a page: write_html"))
    for n, what in ((problem.n_accounts, "accounts"), (problem.n_reps, "reps")):
        if n + HEAD + _ROOM > MOST_ROWS:
            told = f"{n:,} {what} do not fit on a sheet, which has {MOST_ROWS:,} rows"
            issues.append(Issue(None, None, told, "write a CSV or GeoJSON, or one workbook per part of the team"))
    if n_sheets > MOST_BOOK_SHEETS:
        told = f"{n_sheets:,} sheets of reps: at most {MOST_BOOK_SHEETS} are written"
        issues.append(
            Issue(None, None, told, "name some of the reps, sheets_per_rep=['r1', 'r2'], or leave the sheets out")
        )
    return issues


def _checked(plan: Plan, sheets_per_rep: bool | Sequence[str]) -> list[int]:
    """Positions of the reps who get a sheet, or every reason why there can be no such workbook."""
    reps = {str(rep): j for j, rep in enumerate(plan.report.rep_id)}
    unknown: list[str] = []
    if isinstance(sheets_per_rep, bool):
        wanted = list(reps.values()) if sheets_per_rep else []
    else:
        given = [sheets_per_rep] if isinstance(sheets_per_rep, str) else list(dict.fromkeys(sheets_per_rep))
        unknown = [rep for rep in given if rep not in reps]
        wanted = [reps[rep] for rep in given if rep in reps]
    issues = obstacles(plan.problem, len(wanted))
    issues += [
        Issue(None, None, f"sheets_per_rep: no rep has the id {rep!r}", "use ids of the team") for rep in unknown
    ]
    if issues:
        raise DataError("workbook", issues)
    return wanted
