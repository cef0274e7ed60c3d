"""Texts a spreadsheet can hold, names it can look up, and names its sheets may have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from territory_opt.fairness.wording import clean

__all__ = ["LONGEST_LABEL", "cell_text", "formula_text", "rep_labels", "sheet_names"]

LONGEST_LABEL = 60
"""Characters of a rep's name in the workbook; look-ups fail above 255, and menus are unreadable long before."""

_LONGEST_CELL = 32_767
_LONGEST_SHEET = 31
_CUT = "..."
# What the file format reads as the number of a character.
_ESCAPE = re.compile("(_x[0-9a-fA-F]{4}_)")
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))
# Excel keeps this name for itself.
_RESERVED = "history"


def cell_text(text: str) -> str:
    r"""Return a text as a cell can hold it: one line, no control characters, at most 32,767 UTF-16 units.

    Examples
    --------
    >>> cell_text("a\nb\x00"), len(cell_text("x" * 40_000))
    ('a b', 32767)
    """
    # Half of a surrogate pair cannot be written as UTF-8.
    plain = _cut(clean(text).encode("utf-8", "replace").decode("utf-8"), _LONGEST_CELL)
    # XlsxWriter takes a text in these two tags for markup of its own and would write it unescaped.
    return f"{plain} " if plain.startswith("<r>") and plain.endswith("</r>") else plain


def formula_text(text: str) -> str:
    """Return a text as the stored value of a formula: there XlsxWriter leaves the escapes of the format to others.

    Examples
    --------
    >>> formula_text("_x0041_")
    '_x005F_x0041_'
    """
    return _ESCAPE.sub(r"_x005F\1", cell_text(text))


def rep_labels(names: Sequence[str], ids: Sequence[str]) -> tuple[str, ...]:
    """Return a name per rep that a look-up finds: short, not empty, and no two that differ in case only.

    Parameters
    ----------
    names, ids : sequence of str, length n_reps
        What to call the reps, and what to tell them apart by.

    Returns
    -------
    tuple of str, length n_reps
        Names; a spreadsheet takes ``Ana`` and ``ANA`` for the same, so the second gets its id, or a number.

    Examples
    --------
    >>> rep_labels(["Ana", "ANA", ""], ["r1", "r2", "r3"])
    ('Ana', 'ANA (r2)', 'r3')
    """
    found: list[str] = []
    taken: set[str] = set()
    for number, (name, rep) in enumerate(zip(names, ids, strict=True), start=1):
        # A leading apostrophe is lost when a name is chosen from a menu: it says "text" there.
        short, own = _cut(cell_text(name).lstrip("' "), LONGEST_LABEL), _cut(cell_text(rep), LONGEST_LABEL // 2)
        choices: list[str] = [short or own or f"Rep {number}"]
        choices += [f"{_cut(choices[0], LONGEST_LABEL // 2)} ({own})"] if own else []
        choices.append(f"{_cut(choices[0], LONGEST_LABEL // 2)} #{number}")
        label = _first_free(choices, taken)
        found.append(label)
    return tuple(found)


def sheet_names(labels: Iterable[str], taken: Iterable[str]) -> tuple[str, ...]:
    r"""Return a name per sheet that every spreadsheet takes.

    Parameters
    ----------
    labels : iterable of str
        What the sheets should be called.
    taken : iterable of str
        Sheets that are there already.

    Returns
    -------
    tuple of str
        At most 31 UTF-16 units, without ``[]:*?/\\``, no apostrophe at either end, unique without case.

    Examples
    --------
    >>> sheet_names(["A/B", "a-b", "History", "'q'"], ["Reps"])
    ('A-B', 'a-b 2', 'History 2', 'q')
    """
    used = {_key(name) for name in (*taken, _RESERVED)}
    found = []
    for label in labels:
        plain = cell_text(label).translate(_FORBIDDEN).strip("' ") or "Book"
        choices = [_cut(plain, _LONGEST_SHEET).strip("' ")]
        found.append(_first_free(choices, used, longest=_LONGEST_SHEET))
    return tuple(found)


def _first_free(choices: list[str], taken: set[str], longest: int = LONGEST_LABEL) -> str:
    """Take the first choice that is not used, else the last with the first number that makes it new."""
    for choice in choices:
        if _key(choice) not in taken:
            taken.add(_key(choice))
            return choice
    number = 2
    while True:
        end = f" {number}"
        name = _cut(choices[-1], longest - len(end)) + end
        if _key(name) not in taken:
            taken.add(_key(name))
            return name
        number += 1


def _key(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _cut(text: str, longest: int) -> str:
    """Shorten to so many UTF-16 units, which is how spreadsheets count."""
    if _units(text) <= longest:
        return text
    # Half of a pair at the end is left out.
    kept = text.encode("utf-16-le")[: 2 * (longest - len(_CUT))].decode("utf-16-le", "ignore")
    return kept.rstrip() + _CUT


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
