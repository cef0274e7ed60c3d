"""What people see: problems, data quality and results, on a terminal with colours and in a pipe without."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from territory_opt.errors import DataError
from territory_opt.fairness.wording import clean, count

if TYPE_CHECKING:
    from territory_opt.diagnose import Diagnosis
    from territory_opt.problem import Problem
    from territory_opt.quality import DataQuality
    from territory_opt.result import Result

__all__ = [
    "errors_to",
    "listed",
    "output_to",
    "show_problem",
    "show_quality",
    "show_result",
    "show_written",
    "tell_obstacles",
    "tell_problems",
    "tell_warning",
    "tell_ways",
]

_SHOWN = 20
_PIPE_WIDTH = 120
_MOST_BOOKS = 3
_TONES = {"proven": "bold green", "open": "bold yellow", "failed": "bold red"}
_SECTIONS = (
    ("Look at", "warnings", "yellow"),
    ("Derived", "derived", ""),
    ("Defaulted", "defaulted", ""),
    ("Noted", "notes", ""),
    ("Not used", "ignored", "dim"),
)


def output_to() -> Console:
    """Return the console of standard output; in a pipe lines are not broken at 80 characters."""
    return _console(stderr=False)


def errors_to() -> Console:
    """Return the console of standard error."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PIPE_WIDTH
    return console


def tell_warning(text: str) -> None:
    """Say something that does not stop the command."""
    errors_to().print(_bullet(f"Note: {text}", "yellow"))


def tell_problems(errors: Sequence[Exception], *, every_problem: bool = False) -> None:
    """List what is wrong, table by table.

    Parameters
    ----------
    errors : sequence of Exception
        A DataError is written out problem by problem.
    every_problem : bool
        Also beyond the first twenty of a table.
    """
    console = errors_to()
    rows = cut = False
    for error in errors:
        if not isinstance(error, DataError):
            console.print(_bullet(_tame(f"Error: {error}"), "red"))
            continue
        shown = error.issues if every_problem else error.issues[:_SHOWN]
        console.print(Text(f"{clean(error.table)}: {count(len(error.issues), 'problem')}", "bold red"))
        for issue in shown:
            rows |= issue.row is not None
            console.print(_item(clean(str(issue))))
        if len(error.issues) > len(shown):
            cut = True
            console.print(_item(f"... and {count(len(error.issues) - len(shown), 'more problem')}"))
    if rows:
        console.print(Text("Rows count from 0 below the header: row 0 is the first account or rep.", "dim"))
    if cut:
        console.print(Text("'territory-opt check' lists all of them.", "dim"))


def show_quality(console: Console, quality: DataQuality) -> None:
    """Print a data-quality report."""
    console.print(Text(f"{quality.table}: {count(quality.n_rows, 'row')}", "bold"))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column()
    pairs = [name if name == header else f"{name} <- {header}" for name, header in quality.mapped]
    if pairs:
        grid.add_row("Columns", Text(clean(", ".join(pairs))))
    for title, attribute, style in _SECTIONS:
        entries: tuple[str, ...] = getattr(quality, attribute)
        if attribute == "ignored":
            entries = (", ".join(entries),) if entries else ()
        for position, entry in enumerate(entries):
            grid.add_row(title if position == 0 else "", Text(clean(entry), style))
    console.print(Padding(grid, (0, 0, 0, 2), expand=False))


def show_problem(console: Console, problem: Problem) -> None:
    """Print what a carve of these tables is held to, and what was noticed about both together."""
    console.print(Text("Both tables", "bold"))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column()
    notes = [note for note in problem.notes if not note.startswith("default: ")]
    for position, note in enumerate(notes):
        grid.add_row("Noted" if position == 0 else "", Text(clean(note)))
    for title, wanted in (("Limits", True), ("Costs", False)):
        lines = [criterion.describe() for criterion in problem.criteria if criterion.is_limit is wanted]
        for position, line in enumerate(lines):
            grid.add_row(title if position == 0 else "", Text(clean(line)))
    console.print(Padding(grid, (0, 0, 0, 2), expand=False))


def tell_obstacles(console: Console, obstacles: Sequence[str]) -> None:
    """Say what makes a carve impossible, or that nothing obvious does."""
    if not obstacles:
        console.print(Text("Ready to carve: no obstacle found.", "bold green"))
        return
    console.print(Text("No alignment can keep these limits:", "bold red"))
    for obstacle in obstacles:
        console.print(_item(clean(obstacle)))


def tell_ways(console: Console, found: Diagnosis) -> None:
    """Say which limits are in conflict, and what would make a carve possible."""
    if found.conflicts:
        console.print(Text("In conflict:", "bold"))
    for conflict in found.conflicts:
        console.print(_item(clean(conflict.sentence)))
    if found.relaxations:
        console.print(Text("Any one of these makes it possible (each was tried):", "bold"))
    for relaxation in found.relaxations:
        console.print(_item(f"{clean(relaxation.change)}: {clean(relaxation.cost)}"))


def show_result(console: Console, result: Result) -> None:
    """Print the summary of a result; on a terminal with colours and fitted to its width."""
    if not console.is_terminal:
        console.print(str(result), soft_wrap=True)
        return
    from territory_opt.report.text import figures
    from territory_opt.report.verdict import verdict

    said = verdict(result)
    console.print(Text(said.headline, _TONES[said.tone]))
    console.print(Text(said.detail))
    for reason in said.reasons:
        console.print(_item(reason))
    if not result.has_alignment:
        console.print(Text("Asked for:", "bold"))
        for criterion in result.problem.criteria:
            console.print(_item(clean(criterion.describe())))
        return
    from territory_opt.cli.books import books_table

    report = result.fairness()
    console.print(Text(". ".join(figures(report)) + "."))
    console.print()
    console.print(books_table(report, console.width))
    console.print()
    for sentence in report.advice:
        console.print(_item(sentence))


def show_written(console: Console, folder: Path, names: Iterable[str], report: Path) -> None:
    """Say which files were written, and which one to open."""
    console.print()
    console.print(Text.assemble(("Wrote ", "dim"), f"{folder}{os.sep}", (": " + listed(names), "dim")))
    console.print(
        Text.assemble(("Report: ", "bold"), (str(report), f"link {report.resolve().as_uri()}")), soft_wrap=True
    )


def listed(names: Iterable[str]) -> str:
    """Return file names in one line; the books of a whole team are counted.

    Examples
    --------
    >>> listed(["report.html", "book-r1.pdf", "book-r2.pdf", "book-r3.pdf", "book-r4.pdf"])
    'report.html, 4 books to sign (book-r1.pdf ...)'
    """
    given = list(names)
    books = [name for name in given if name.endswith(".pdf")]
    if len(books) > _MOST_BOOKS:
        given = [name for name in given if name not in books]
        given.append(f"{count(len(books), 'book')} to sign ({books[0]} ...)")
    return ", ".join(given)


def _tame(text: str) -> str:
    """Keep lines and their indent, and nothing else that could move the cursor."""
    return "\n".join(" " * (len(line) - len(line.lstrip(" "))) + clean(line) for line in text.split("\n"))


def _item(text: str) -> Table:
    return _bullet(text, "", mark="- ")


def _bullet(text: str, style: str, mark: str = "") -> Table:
    """Lay out a text whose further lines are indented under its first word."""
    grid = Table.grid()
    if mark:
        grid.add_column(no_wrap=True)
        grid.add_column()
        grid.add_row(mark, Text(text, style))
    else:
        grid.add_column()
        grid.add_row(Text(text, style))
    return grid
