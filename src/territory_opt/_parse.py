"""What reading a text column gives back, and yes/no written as text."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from territory_opt._text import codes
from territory_opt._typing import AnyArray, TextArray

__all__ = ["MISSING_WORDS", "Parsed", "by_row", "parse_flags"]

MISSING_WORDS = frozenset({"", "nan", "na", "n/a", "#n/a", "null", "none", "nil", "-", "--", "?"})

_YES = frozenset({"true", "t", "yes", "y", "1", "1.0", "x", "partner", "✓"})
_NO = frozenset({"false", "f", "no", "n", "0", "0.0"}) | MISSING_WORDS


@dataclass(slots=True)
class Parsed:
    """Values read from a text column.

    Parameters
    ----------
    values : ndarray
        Shape (n,): numbers, days or booleans; missing or unreadable cells hold NaN, NaT or False.
    bad : dict of int to str
        Row position to what is wrong with its text.
    notes : list of str
        How texts that are not plain were read.
    """

    values: AnyArray
    bad: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def by_row(wrong: dict[int, str], place: AnyArray) -> dict[int, str]:
    """Spread what is wrong with each distinct text to the rows that hold it."""
    if not wrong:
        return {}
    rows = np.flatnonzero(np.isin(place, list(wrong)))
    return {int(row): wrong[int(place[row])] for row in rows}


def parse_flags(texts: TextArray) -> Parsed:
    """Read yes and no written as text; blank is no.

    Examples
    --------
    >>> from territory_opt._text import text_array
    >>> parse_flags(text_array(["Yes", "", "FALSE"])).values.tolist()
    [True, False, False]
    """
    place, names = codes(texts)
    values = np.array([name.casefold() in _YES for name in names], dtype=bool)
    wrong = {
        position: f"{name!r} is neither yes nor no"
        for position, name in enumerate(names)
        if name.casefold() not in _YES and name.casefold() not in _NO
    }
    return Parsed(values[place], by_row(wrong, place))
