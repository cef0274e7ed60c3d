"""Write the paper of one book."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from territory_opt.errors import SolverUnavailableError
from territory_opt.report.pdf.content import book_paper
from territory_opt.report.pdf.fonts import FAMILY, load_fonts
from territory_opt.report.pdf.layout import draw
from territory_opt.report.whole import whole_file

if TYPE_CHECKING:
    from territory_opt.fairness import FairnessReport
    from territory_opt.result import Result

__all__ = ["write_pdf"]

_MARGIN = 15.0


def write_pdf(
    source: Result | FairnessReport,
    rep: str,
    path: str | Path,
    *,
    date: dt.date | None = None,
    mid_year_check: dt.date | None = None,
    paper: Literal["A4", "letter"] = "A4",
    fonts: Sequence[str | Path] = (),
) -> Path:
    """Write the book of one rep, to read and to sign.

    Parameters
    ----------
    source : Result or FairnessReport
        A result with an alignment, or the report of any alignment.
    rep : str
        Id of the rep.
    path : str or Path
        Where to; the file is written whole or not at all.
    date : datetime.date, optional
        Day of the document; default today.
    mid_year_check : datetime.date, optional
        Day of the mid-year check, to be printed above the signatures.
    paper : {"A4", "letter"}
        Size of the pages.
    fonts : sequence of path-like
        TrueType or OpenType fonts for characters that DejaVu Sans lacks (Chinese, Japanese, Korean, Indic scripts,
        most emoji), in order of preference.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    NoAlignmentError
        The result has no alignment.
    SolverUnavailableError
        fpdf2 or uharfbuzz is not installed (an ``ImportError``); the message has the install line.
    DataError
        No rep has the id, or a font cannot be used.
    OSError
        The folder does not exist or cannot be written to.

    Notes
    -----
    D-SIGN-1, D-CHAL-1. Latin, Greek, Cyrillic, Arabic and Hebrew are drawn with the font that comes with the library,
    right-to-left text in its own direction. What no font has is written by name or number, and a section of the
    document says so: nothing is left out.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 7e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_pdf(report, "r1", pathlib.Path(folder, "r1.pdf")).read_bytes()[:5]
    b'%PDF-'
    """
    try:
        import fpdf
        import uharfbuzz  # noqa: F401  # shapes Arabic letters; without it they would stand apart
    except ImportError as error:
        told = f"{error.name or 'fpdf2'} is not installed: pip install 'territory-opt[pdf]'"
        raise SolverUnavailableError(told) from None
    content = book_paper(source, rep)
    day = date if date is not None else dt.date.today()
    pdf = _document(fpdf, paper, f"{content.rep_name}: territory book, {day.isoformat()}")
    try:
        text = load_fonts(pdf, fonts)
        pdf.set_title(f"Territory book of {content.rep_name}")
        # The same book on the same day gives the same bytes.
        pdf.set_creation_date(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC))
        pdf.foot = text(f"Book {content.fingerprint[:16]} of {content.rep_name}")
        pdf.add_page()
        draw(pdf, content, text, day, mid_year_check)
        data = bytes(pdf.output())
    finally:
        # fpdf2 leaves the font files open.
        for font in pdf.fonts.values():
            font.close()
    target = Path(path)
    with whole_file(target) as temporary:
        temporary.write_bytes(data)
    return target


def _document(fpdf: Any, paper: str, title: str) -> Any:
    class Document(fpdf.FPDF):  # type: ignore[misc]  # fpdf2 is imported when it is used
        foot = ""

        def footer(self) -> None:
            self.set_y(-12.0)
            self.set_font(FAMILY, "", 7.0)
            self.set_text_color(95, 107, 118)
            self.set_text_shaping(use_shaping_engine=True)
            self.cell(self.epw / 2.0, 4.0, self.foot)
            self.cell(self.epw / 2.0, 4.0, f"Page {self.page_no()} of {{nb}}", align="R")

    pdf = Document(orientation="portrait", unit="mm", format=paper)
    pdf.set_margins(_MARGIN, _MARGIN, _MARGIN)
    pdf.set_auto_page_break(True, margin=18.0)
    pdf.alias_nb_pages()
    pdf.set_subject(title)
    return pdf
