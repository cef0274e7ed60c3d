"""Pages of one book: headings, tables that carry on over pages, a place to sign."""

from __future__ import annotations

import datetime as dt
from typing import Any

from territory_opt.fairness.wording import count
from territory_opt.report.pdf.content import BookPaper, Grid
from territory_opt.report.pdf.fonts import FAMILY, Drawable

__all__ = ["draw"]

_INK, _QUIET, _LINE, _HEAD, _WARN = (27, 39, 51), (95, 107, 118), (200, 207, 214), (232, 238, 242), (163, 52, 31)
_MARGIN = 15.0
_ROW = 4.6
# From combining marks on: everything before is drawn letter by letter.
_SHAPED = "\u0300"
_ADVICE = "Each rep may contest two assumptions in writing, an ACV forecast or a fit score (D-CHAL-1)."


def draw(pdf: Any, paper: BookPaper, text: Drawable, date: dt.date, mid_year: dt.date | None) -> None:
    """Draw all pages.

    Parameters
    ----------
    pdf : fpdf.FPDF
        A document with its fonts, made by :func:`new_document`.
    paper : BookPaper
        What to say.
    text : Drawable
        Turns texts into what the fonts have.
    date : date
        Day of the document.
    mid_year : date or None
        Day of the mid-year check.
    """
    pen = _Pen(pdf, text)
    pen.title(f"Territory book of {paper.rep_name}")
    pen.quiet(f"Rep ID {paper.rep_id}. {date.isoformat()}.")
    pdf.ln(2)
    pen.strong(paper.headline, _WARN if "OUTSIDE" in paper.headline else _INK)
    pdf.ln(1)
    for name, value in paper.facts:
        pen.fact(name, value)
    pen.section("Your book against the team")
    pen.grid(paper.team, size=7.5)
    pen.section("What changes against today")
    if paper.no_changes:
        pen.plain(paper.no_changes)
    for title, grid in paper.changes:
        pen.strong(title)
        pen.grid(grid)
    pen.section("Your accounts, largest load first")
    pen.grid(paper.accounts)
    pen.section("Rules that were used")
    pen.grid(paper.rules, size=7.5)
    pen.strong("The plan was held to")
    for line in paper.limits:
        pen.plain(f"- {line}")
    if not paper.limits:
        pen.plain("- no limits")
    if text.changed:
        pen.section("Written in another way")
        pen.plain(
            f"{count(len(text.changed), 'text of', 'texts of')} this document hold characters that its fonts lack: "
            "symbols are named in round brackets, other characters given by their Unicode numbers in square brackets. "
            "The data are unchanged."
        )
    _sign(pen, paper, mid_year)


def _sign(pen: _Pen, paper: BookPaper, mid_year: dt.date | None) -> None:
    pdf = pen.pdf
    # The place to sign stays on one page.
    if pdf.will_page_break(78.0):
        pdf.add_page()
    pen.section("Agreed")
    pen.plain("I have read this book, its numbers and its rules.")
    check = f"Mid-year check: {mid_year.isoformat()}. " if mid_year is not None else ""
    pen.quiet(f"{check}{_ADVICE}")
    pdf.ln(14)
    width = (pdf.epw - 12.0) / 2.0
    for who, name in (("Rep", paper.rep_name), ("Manager", paper.manager)):
        top = pdf.get_y()
        for at, label in ((0.0, f"{who}: {name}" if name else who), (width + 12.0, "Place and date")):
            left = pdf.l_margin + at
            pdf.set_draw_color(*_INK)
            pdf.line(left, top, left + width, top)
            pdf.set_xy(left, top + 1.0)
            pen.set(8.0, colour=_QUIET)
            pen.shape(label)
            pdf.multi_cell(width, 4.0, pen.text(label), align="L")
        pdf.set_xy(pdf.l_margin, top + 18.0)
    pdf.set_y(pdf.get_y() - 8.0)
    pen.quiet(f"Fingerprint of this book: {paper.fingerprint}", size=7.0)
    told = "SHA-256 over tables, policy, criteria, rep and accounts: with any of them changed it would be another."
    pen.quiet(told, size=7.0)


class _Pen:
    """Draws lines and tables from top to bottom."""

    def __init__(self, pdf: Any, text: Drawable) -> None:
        self.pdf, self.text = pdf, text

    def set(self, size: float, *, bold: bool = False, colour: tuple[int, int, int] = _INK) -> None:
        self.pdf.set_font(FAMILY, "B" if bold else "", size)
        self.pdf.set_text_color(*colour)

    def title(self, words: str) -> None:
        self.set(17.0, bold=True)
        self._lines(words, 8.0)

    def section(self, words: str) -> None:
        pdf = self.pdf
        pdf.ln(4.0)
        # A heading never stands alone at the foot of a page.
        if pdf.will_page_break(24.0):
            pdf.add_page()
        self.set(11.0, bold=True)
        self._lines(words, 6.0)
        pdf.set_draw_color(*_LINE)
        pdf.line(pdf.l_margin, pdf.get_y(), pdf.l_margin + pdf.epw, pdf.get_y())
        pdf.ln(1.5)

    def strong(self, words: str, colour: tuple[int, int, int] = _INK) -> None:
        self.set(9.5, bold=True, colour=colour)
        self._lines(words, 5.2)

    def plain(self, words: str) -> None:
        self.set(8.5)
        self._lines(words, 4.6)

    def quiet(self, words: str, size: float = 8.5) -> None:
        self.set(size, colour=_QUIET)
        self._lines(words, size * 0.5)

    def fact(self, name: str, value: str) -> None:
        self.set(8.5, colour=_QUIET)
        self.shape(name)
        self.pdf.cell(24.0, 4.6, self.text(name))
        self.set(8.5)
        self.shape(value)
        self.pdf.multi_cell(0, 4.6, self.text(value), new_x="LMARGIN", new_y="NEXT", align="L")

    def _lines(self, words: str, height: float) -> None:
        self.shape(words)
        self.pdf.multi_cell(0, height, self.text(words), new_x="LMARGIN", new_y="NEXT", align="L")

    def grid(self, grid: Grid, size: float = 7.0) -> None:
        """Draw a table; its headings come again on every page."""
        pdf = self.pdf
        scale = pdf.epw / sum(grid.widths)
        widths = [width * scale for width in grid.widths]
        self._grid_row(grid, grid.head, widths, size, head=True)
        for number, row in enumerate(grid.rows):
            cells = [self.text(cell) for cell in row]
            self.set(size, bold=number in grid.marked)
            lines = [self._split(cell, width) for cell, width in zip(cells, widths, strict=True)]
            height = _ROW * max(map(len, lines))
            if pdf.will_page_break(height):
                pdf.add_page()
                self._grid_row(grid, grid.head, widths, size, head=True)
            self._draw_lines(grid, lines, widths, size, height, marked=number in grid.marked)
        pdf.ln(2.0)

    def _grid_row(self, grid: Grid, row: tuple[str, ...], widths: list[float], size: float, *, head: bool) -> None:
        self.set(size, bold=head)
        lines = [self._split(self.text(cell), width) for cell, width in zip(row, widths, strict=True)]
        height = _ROW * max(map(len, lines))
        pdf = self.pdf
        pdf.set_fill_color(*_HEAD)
        pdf.rect(pdf.l_margin, pdf.get_y(), pdf.epw, height, style="F")
        self._draw_lines(grid, lines, widths, size, height, bold=True)

    def shape(self, words: str) -> None:
        """Shape only what needs it: letters that join or run from the right; shaping takes five times as long."""
        self.pdf.set_text_shaping(use_shaping_engine=any(character >= _SHAPED for character in words))

    def _draw_lines(
        self,
        grid: Grid,
        lines: list[list[str]],
        widths: list[float],
        size: float,
        height: float,
        *,
        bold: bool = False,
        marked: bool = False,
    ) -> None:
        pdf = self.pdf
        top, left = pdf.get_y(), pdf.l_margin
        self.set(size, bold=bold or marked, colour=_WARN if marked else _INK)
        for column, (parts, width) in enumerate(zip(lines, widths, strict=True)):
            for at, part in enumerate(parts):
                pdf.set_xy(left, top + at * _ROW)
                self.shape(part)
                pdf.cell(width, _ROW, part, align="R" if column in grid.right else "L")
            left += width
        pdf.set_draw_color(*_LINE)
        pdf.line(pdf.l_margin, top + height, pdf.l_margin + pdf.epw, top + height)
        pdf.set_xy(pdf.l_margin, top + height)

    def _split(self, words: str, width: float) -> list[str]:
        """Lines of a text in a cell; measured only where it could be too long, because measuring shapes the text."""
        pdf = self.pdf
        room = width - 2.0 * pdf.c_margin
        self.shape(words)
        # No letter of this font is wider than its size.
        if len(words) * pdf.font_size <= room or not words:
            return [words]
        if pdf.get_string_width(words) <= room:
            return [words]
        found: list[str] = pdf.multi_cell(width, _ROW, words, dry_run=True, output="LINES", align="L")
        return found
