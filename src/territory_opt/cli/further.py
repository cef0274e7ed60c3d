"""Files beside the usual ones: a workbook, points for a map, and books to sign."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from territory_opt.errors import DataError, Issue, SolverUnavailableError

if TYPE_CHECKING:
    from territory_opt.problem import Problem
    from territory_opt.result import Result

__all__ = ["EXCEL", "GEOJSON", "Further", "book_file"]

EXCEL: Final = "carve.xlsx"
GEOJSON: Final = "carve.geojson"
_EVERY: Final = "all"
_NEEDED = {"excel": ("xlsxwriter",), "pdf": ("fpdf", "uharfbuzz")}


@dataclass(frozen=True, slots=True)
class Further:
    """What was asked for beside the usual files.

    Attributes
    ----------
    excel : bool
        A workbook.
    rep_sheets : bool
        With a sheet for every rep.
    geojson : bool
        Points for a map.
    pdf : tuple of str
        Ids of the reps whose books are to be signed; ``all`` for everyone.
    """

    excel: bool = False
    rep_sheets: bool = False
    geojson: bool = False
    pdf: tuple[str, ...] = ()

    def check(self, problem: Problem) -> None:
        """Fail now rather than after the solve when something that is asked for cannot be written.

        Raises
        ------
        SolverUnavailableError
            A package is missing; the message has the install line.
        DataError
            No rep has an id, or the tables are too large for a workbook, or for a sheet per rep.
        """
        for extra, asked in (("excel", self.excel or self.rep_sheets), ("pdf", bool(self.pdf))):
            missing = [name for name in _NEEDED[extra] if asked and find_spec(name) is None]
            if missing:
                raise SolverUnavailableError(f"{missing[0]} is not installed: pip install 'territory-opt[{extra}]'")
        self._reps(problem)
        if self.excel or self.rep_sheets:
            from territory_opt.report.excel.write import obstacles

            issues = obstacles(problem, problem.n_reps if self.rep_sheets else 0)
            if issues:
                raise DataError("workbook", issues)

    def makers(self, result: Result) -> dict[str, Callable[[Path], object]]:
        """Return, by file name, what writes the file to a path."""
        found: dict[str, Callable[[Path], object]] = {}
        if self.excel or self.rep_sheets:
            found[EXCEL] = partial(result.write_excel, sheets_per_rep=self.rep_sheets)
        if self.geojson:
            found[GEOJSON] = result.write_geojson
        for rep in self._reps(result.problem):
            found[book_file(rep)] = partial(result.write_pdf, rep)
        return found

    def _reps(self, problem: Problem) -> list[str]:
        everyone = [str(rep) for rep in problem.team.rep_id]
        if self.pdf == (_EVERY,) and _EVERY not in everyone:
            return everyone
        issues = [
            Issue(None, None, f"--pdf {rep!r}: no rep has this id", "use an id of the team, or all")
            for rep in self.pdf
            if rep not in everyone
        ]
        if issues:
            raise DataError("team", issues)
        return list(dict.fromkeys(self.pdf))


def book_file(rep: str) -> str:
    """Name the file of a rep's book; an id that no file can be called by is told apart by its digest.

    Examples
    --------
    >>> book_file("R-01"), book_file("a/b")
    ('book-R-01.pdf', 'book-a_b-c14cddc0.pdf')
    """
    plain = re.sub(r"[^\w-]", "_", rep, flags=re.ASCII)[:60]
    end = "" if plain == rep else f"-{hashlib.sha256(rep.encode('utf-8', 'replace')).hexdigest()[:8]}"
    return f"book-{plain}{end}.pdf"
