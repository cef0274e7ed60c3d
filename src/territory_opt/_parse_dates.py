"""Days written as text, read only where they can be read in one way."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np

from territory_opt._parse import MISSING_WORDS, Parsed, by_row
from territory_opt._text import codes
from territory_opt._typing import TextArray

__all__ = ["parse_dates"]

_YEAR_FIRST = re.compile(r"^(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})(?:[T ].*)?$")
_DOTTED = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[, ].*)?$")
_SLASHED = re.compile(r"^(\d{1,2})([/-])(\d{1,2})\2(\d{4})(?:[, ].*)?$")
_NAMED = re.compile(r"^(?:(\d{1,2})[ -]([A-Za-z]{3,9})|([A-Za-z]{3,9})\.? (\d{1,2}))[, -]+(\d{4})(?:[, ].*)?$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def parse_dates(texts: TextArray) -> Parsed:
    """Read days written as text.

    Parameters
    ----------
    texts : ndarray of str
        Shape (n,), stripped; ``""`` and words such as ``n/a`` are missing.

    Returns
    -------
    Parsed
        datetime64[D] values. ``31/01/2026`` decides day-first for its column, ``01/31/2026`` month-first; a column
        with neither is refused, because ``03/04/2026`` has two readings.

    Examples
    --------
    >>> from territory_opt._text import text_array
    >>> parse_dates(text_array(["2026-01-31", "2026/02/01 10:00", ""])).values.astype(str).tolist()
    ['2026-01-31', '2026-02-01', 'NaT']
    """
    cut = np.empty(texts.size, dtype=object)
    cut[:] = [t[:10] if len(t) > 10 and t[4:5] in {"-", "/"} else t for t in texts.tolist()]
    place, names = codes(cut)
    days = np.full(len(names), np.datetime64("NaT"), dtype="datetime64[D]")
    wrong: dict[int, str] = {}
    slashed: dict[int, tuple[int, int, int]] = {}
    for position, name in enumerate(names):
        if name.casefold() in MISSING_WORDS:
            continue
        match = _SLASHED.match(name)
        if match:
            slashed[position] = (int(match[1]), int(match[3]), int(match[4]))
            continue
        day = _day(name)
        if day is None:
            wrong[position] = f"{name!r} is not a date"
        else:
            days[position] = np.datetime64(day, "D")
    day_first = any(first > 12 for first, _, _ in slashed.values())
    month_first = any(second > 12 for _, second, _ in slashed.values())
    notes = []
    for position, (first, second, year) in slashed.items():
        if first == second or month_first != day_first:
            month, day_number = (second, first) if day_first else (first, second)
            made = _date(year, month, day_number)
            if made is None:
                wrong[position] = f"{names[position]!r} is not a date"
            else:
                days[position] = np.datetime64(made, "D")
        else:
            wrong[position] = f"{names[position]!r} can be day/month or month/day"
    if slashed and day_first != month_first:
        notes.append(
            f"dates like {names[next(iter(slashed))]!r} read as {'day/month' if day_first else 'month/day'}/year"
        )
    return Parsed(days[place], by_row(wrong, place), notes)


def _day(text: str) -> dt.date | None:
    match = _YEAR_FIRST.match(text)
    if match:
        return _date(int(match[1]), int(match[3]), int(match[4]))
    match = _DOTTED.match(text)
    if match:
        return _date(int(match[3]), int(match[2]), int(match[1]))
    match = _NAMED.match(text)
    if match:
        month = (match[2] or match[3])[:3].casefold()
        if month in _MONTHS:
            return _date(int(match[5]), _MONTHS.index(month) + 1, int(match[1] or match[4]))
    return None


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
