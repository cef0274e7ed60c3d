"""What the fonts can draw, and what is written in its place where they cannot."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from territory_opt.errors import DataError, Issue

__all__ = ["FAMILY", "Drawable", "load_fonts"]

FAMILY = "DejaVu"
_FILES = (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf"))


@dataclass(slots=True)
class Drawable:
    """Texts as the fonts at hand can draw them.

    Attributes
    ----------
    known : collection of int
        Code points that some font has.
    changed : dict of str to str
        Every text that had to be written in another way, and how.
    """

    known: Collection[int]
    changed: dict[str, str] = field(default_factory=dict)

    def __call__(self, text: str) -> str:
        r"""Return the text with names of symbols and code points in place of what cannot be drawn.

        Examples
        --------
        >>> Drawable(range(128))("Zoe \U0001f600 \u6771\u4eac")
        'Zoe (grinning face) [U+6771 U+4EAC]'
        """
        if all(ord(character) in self.known for character in text):
            return text
        parts: list[str] = []
        codes: list[str] = []
        for character in text:
            if ord(character) in self.known:
                parts += [*_bracketed(codes), character]
            elif unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f":
                continue  # joiners and variation selectors draw nothing themselves
            elif unicodedata.category(character).startswith("S") and unicodedata.name(character, "") != "":
                parts += [*_bracketed(codes), f"({unicodedata.name(character).lower()})"]
            else:
                codes.append(f"U+{ord(character):04X}")
                continue
            codes = []
        parts += _bracketed(codes)
        written = "".join(parts)
        if written != text:
            self.changed[text] = written
        return written


def _check_font(path: Path) -> None:
    """Read the table of characters; fpdf2 would leave a file that is no font open."""
    from fontTools.ttLib import TTFont

    with path.open("rb") as file:
        TTFont(file, fontNumber=0, lazy=True).getBestCmap()


def _bracketed(codes: list[str]) -> list[str]:
    return [f"[{' '.join(codes)}]"] if codes else []


def load_fonts(pdf: Any, further: Sequence[str | Path]) -> Drawable:
    """Give a document its fonts.

    Parameters
    ----------
    pdf : fpdf.FPDF
        The document; further fonts are used where the first has no character.
    further : sequence of path-like
        TrueType or OpenType fonts of the user, in order of preference.

    Returns
    -------
    Drawable
        Knows what these fonts have.

    Raises
    ------
    DataError
        With every file that cannot be used as a font.
    """
    folder = files("territory_opt.report").joinpath("fonts")
    for style, name in _FILES:
        with as_file(folder.joinpath(name)) as path:
            pdf.add_font(FAMILY, style, str(path))
    issues = []
    names = []
    for number, given in enumerate(further):
        name = f"further{number}"
        try:
            _check_font(Path(given))
            pdf.add_font(name, "", str(given))
        except Exception as error:  # font files break in too many ways to list
            what = f"cannot be used as a font: {error or type(error).__name__}"
            issues.append(Issue(None, None, f"{str(given)!r} {what}", "give a .ttf or .otf file"))
        else:
            names.append(name)
    if issues:
        raise DataError("fonts", issues)
    if names:
        pdf.set_fallback_fonts(names, exact_match=False)
    known: set[int] = set()
    for font in pdf.fonts.values():
        known |= set(font.cmap)
    # The bold font has fewer characters than the plain one, and headings are bold.
    bold = set(pdf.fonts[f"{FAMILY.lower()}B"].cmap)
    for name in names:
        bold |= set(pdf.fonts[name].cmap)
    return Drawable(frozenset(known & bold))
