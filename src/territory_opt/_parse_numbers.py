"""Numbers written as text, read only where they can be read in one way."""

from __future__ import annotations

import re

import numpy as np

from territory_opt._parse import MISSING_WORDS, Parsed, by_row
from territory_opt._text import codes
from territory_opt._typing import FloatArray, TextArray

__all__ = ["parse_numbers"]

_MONEY = r"(?:[A-Z]{3}|(?:US|CA|A)?\$|[€£¥₹])"
_NUMBER = re.compile(
    rf"^(?P<open>\()?{_MONEY}?(?P<sign>[+-]?){_MONEY}?(?P<body>[\d.,'’ ]*\d\.?){_MONEY}?(?P<percent>%)?(?P<close>\))?$"
)
_PLAIN = re.compile(r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$")
_DOT = re.compile(r"^(?:\d*|[1-9]\d{0,2}(?:[,'’ ]\d{3})+)(?:\.\d*)?$")
_COMMA = re.compile(r"^(?:\d*|[1-9]\d{0,2}(?:[.'’ ]\d{3})+)(?:,\d*)?$")
_CURRENCY = re.compile(r"[A-Z]{3}|[$€£¥₹]")


def parse_numbers(texts: TextArray, *, grouped: bool = True, share: bool = False) -> Parsed:
    """Read numbers written as text.

    Parameters
    ----------
    texts : ndarray of str
        Shape (n,), stripped; ``""`` and words such as ``n/a`` are missing.
    grouped : bool
        Whether thousands separators can occur (money); without them a lone comma is a decimal comma (coordinates).
    share : bool
        Whether ``15%`` may stand for 0.15.

    Returns
    -------
    Parsed
        float64 values; ``bad`` names texts that are no number or could be two.

    Notes
    -----
    ``1,200`` is 1200 or 1.2. Other values of the column decide (``1,200.50`` or ``12,5``); failing that, money has no
    third decimal, so a group of three is thousands. Where the column holds evidence for both, the text is refused.

    Examples
    --------
    >>> from territory_opt._text import text_array
    >>> parse_numbers(text_array(["$1,200.50", "", "(300)"])).values.tolist()
    [1200.5, nan, -300.0]
    """
    plain = _plain_numbers(texts)
    if plain is not None:
        return Parsed(plain)
    place, names = codes(texts)
    values = np.full(len(names), np.nan)
    wrong: dict[int, str] = {}
    two_ways: dict[int, tuple[float, float]] = {}
    decorated: list[int] = []
    n_dot = n_comma = 0
    signs: set[str] = set()
    for position, name in enumerate(names):
        if name.casefold() in MISSING_WORDS:
            continue
        dot, comma, simple = _readings(name, share)
        signs.update(_CURRENCY.findall(name))
        if not simple:
            decorated.append(position)
        if dot is None and comma is None:
            wrong[position] = f"{name!r} is not a number"
        elif dot is not None and comma is not None and dot != comma:
            two_ways[position] = (dot, comma)
        else:
            values[position] = dot if dot is not None else comma
            n_dot += comma is None
            n_comma += dot is None
    for position, (dot, comma) in two_ways.items():
        value = _decide(names[position], dot, comma, n_dot, n_comma, grouped)
        if value is None:
            wrong[position] = f"{names[position]!r} can be read as {dot:g} or as {comma:g}"
        else:
            values[position] = value
    if len(signs) > 1:
        for position in decorated:
            if _CURRENCY.search(names[position]):
                wrong[position] = f"{names[position]!r}: the column mixes currencies ({', '.join(sorted(signs))})"
    values[list(wrong)] = np.nan
    out = Parsed(values[place], by_row(wrong, place))
    read = [position for position in decorated if position not in wrong]
    if read:
        n_rows = int(np.isin(place, read).sum())
        out.notes.append(
            f"{n_rows:,} value{'s' if n_rows > 1 else ''} written like {names[read[0]]!r} read as numbers "
            f"({values[read[0]]:.15g})"
        )
    return out


def _plain_numbers(texts: TextArray) -> FloatArray | None:
    """Read the column at once when every text is a plain number; None sends it to the careful path."""
    filled = texts.copy()
    filled[texts == ""] = "nan"
    try:
        values = filled.astype(np.float64)
    except ValueError:
        return None
    # float() also takes "1_000", and "inf" must be reported as the user wrote it
    if np.isinf(values).any() or "_" in "".join(texts.tolist()):
        return None
    return np.asarray(values, np.float64)


def _readings(text: str, share: bool) -> tuple[float | None, float | None, bool]:
    """Return the value with a decimal point, with a decimal comma, and whether the text is a plain number."""
    if _PLAIN.match(text):
        if "." not in text:
            return float(text), float(text), True
        swapped = _value(text.lstrip("+-"), ",")
        return float(text), (-swapped if swapped is not None and text.startswith("-") else swapped), True
    tidy = text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-")
    for gap in (" $", "$ ", " €", "€ ", "£ ", " £", " %"):
        tidy = tidy.replace(gap, gap.strip())
    tidy = re.sub(r"^([A-Z]{3}) (?=[\d+-])|(?<=\d) ([A-Z]{3})$", r"\1\2", tidy)
    match = _NUMBER.match(tidy)
    if match is None or (match["percent"] and not share) or bool(match["open"]) != bool(match["close"]):
        return None, None, False
    factor = 0.01 if match["percent"] else 1.0
    if match["open"] or match["sign"] == "-":
        factor = -factor
    dot, comma = _value(match["body"], "."), _value(match["body"], ",")
    return (None if dot is None else dot * factor), (None if comma is None else comma * factor), False


def _value(body: str, decimal: str) -> float | None:
    pattern = _DOT if decimal == "." else _COMMA
    if not pattern.match(body) or not any(ch.isdigit() for ch in body):
        return None
    for group in ("," if decimal == "." else ".", "'", "’", " "):
        body = body.replace(group, "")
    return float(body.replace(decimal, "."))


def _decide(text: str, dot: float, comma: float, n_dot: int, n_comma: int, grouped: bool) -> float | None:
    """Choose between two readings by the other values of the column, else by what three digits can mean."""
    if n_dot and n_comma:
        return None
    if n_dot:
        return dot
    if n_comma:
        return comma
    if "," in text:
        return dot if grouped else comma
    # "1.200" is an ordinary decimal number; with a currency sign it may be thousands
    return None if _CURRENCY.search(text) else dot
