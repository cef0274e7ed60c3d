"""Numbers and names as a person reads them; nothing here can break a terminal line or a page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from territory_opt.criteria import measure_names

__all__ = ["amount", "clean", "count", "display_width", "joined", "measure_title", "measure_words", "percent", "plural"]

# Control characters, and the marks that change the direction of what follows them.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+")
_SUFFIXES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def clean(text: str) -> str:
    r"""Return a name on one line, without control or direction-changing characters.

    Examples
    --------
    >>> clean("Ana\nBo\x1b[31m")
    'Ana Bo [31m'
    """
    return _UNSAFE.sub(" ", str(text)).strip()


def display_width(text: str) -> int:
    """Columns the text takes in a terminal: 2 for wide characters, 0 for combining ones.

    Examples
    --------
    >>> display_width("a\u0301b"), display_width("\u6771\u4eac")
    (2, 4)
    """
    width = 0
    for character in text:
        if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
            continue
        width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return width


def measure_title(measure: str) -> str:
    """Return the name of a measure as a title.

    Examples
    --------
    >>> measure_title("account_units"), measure_title("white_space_acv")
    ('Account units', 'White-space ACV')
    """
    return measure_names.measure_title(clean(measure))


def measure_words(measure: str) -> str:
    """Return the name of a measure as it stands inside a sentence.

    Examples
    --------
    >>> measure_words("account_units"), measure_words("tam")
    ('account units', 'TAM')
    """
    return measure_names.measure_words(clean(measure))


def amount(value: float | None, unit: str = "") -> str:
    """Return a number with three or four significant digits, money and large numbers shortened.

    Examples
    --------
    >>> amount(1_234_567.0, "money"), amount(1_820.0, "accounts"), amount(14.25, "hours"), amount(None)
    ('1.23M', '1,820', '14.2 h', 'undefined')
    """
    if value is None:
        return "undefined"
    # Adding zero turns -0.0 into 0.0.
    value += 0.0
    end = " h" if unit == "hours" else ""
    size = abs(value)
    if size < 1e4 and unit != "money":
        if value == round(value) or size >= 99.95:
            return f"{value:,.0f}{end}"
        return f"{value:,.1f}{end}" if size >= 1 else f"{value:.3g}{end}"
    for limit, suffix in _SUFFIXES:
        # 999,950 rounds to 1000k, which is 1.00M.
        if size >= limit * 0.9995:
            return f"{_three(value / limit)}{suffix}{end}"
    return f"{_three(value)}{end}"


def _three(value: float) -> str:
    size = abs(value)
    if value == round(value):
        return f"{value:,.0f}"
    return f"{value:,.0f}" if size >= 99.95 else f"{value:.1f}" if size >= 9.995 else f"{value:.2f}"


def percent(share: float | None, *, signed: bool = False, digits: int | None = None) -> str:
    """Return a share as a percentage.

    Examples
    --------
    >>> percent(0.15), percent(0.1534), percent(0.182, signed=True), percent(None)
    ('15%', '15.3%', '+18.2%', 'undefined')
    """
    if share is None:
        return "undefined"
    value = 100.0 * share
    if digits is None:
        digits = 0 if abs(value - round(value)) < 5e-4 or abs(value) >= 1000 else 1
    text = f"{value:{'+' if signed else ''},.{digits}f}"
    # Rounding must not leave "-0.0".
    if float(text.replace(",", "")) == 0.0:
        text = text.replace("-", "").replace("+", "")
    return text + "%"


def count(n: int, singular: str, many: str | None = None) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> count(1, "book"), count(1200, "book")
    ('1 book', '1,200 books')
    """
    return f"{n:,} {plural(n, singular, many)}"


def plural(n: int, singular: str, many: str | None = None) -> str:
    """Return the noun in the number that ``n`` asks for.

    Examples
    --------
    >>> plural(2, "is", "are")
    'are'
    """
    return singular if n == 1 else (many if many is not None else singular + "s")


def joined(texts: Sequence[str], *, at_most: int = 5) -> str:
    """Return the texts as a list in words; what does not fit is counted.

    Examples
    --------
    >>> joined(["Ana", "Bo", "Cy"], at_most=2)
    'Ana, Bo and 1 more'
    >>> joined(["Ana", "Bo"])
    'Ana and Bo'
    """
    shown = [clean(text) for text in texts[:at_most]]
    rest = len(texts) - len(shown)
    if rest:
        shown.append(f"{rest:,} more")
    if len(shown) < 2:
        return "".join(shown)
    return ", ".join(shown[:-1]) + " and " + shown[-1]
