"""Category spellings that probably mean the same: reported with a suggestion, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from territory_opt._text import codes, header_key
from territory_opt._typing import TextArray

__all__ = ["INDUSTRIES", "Spelling", "near_spellings", "nearest_spelling"]

# more categories than this are names, not categories
_MOST_CATEGORIES = 300
_CUTOFF = 0.88
_SHORTEST = 4

INDUSTRIES = (
    "advertising", "aerospace", "agriculture", "automotive", "banking", "biotechnology", "chemicals", "construction",
    "consulting", "consumer goods", "education", "electronics", "employment", "energy", "engineering", "entertainment",
    "finance", "financial services", "food", "government", "healthcare", "hospitality", "insurance", "legal",
    "logistics", "manufacturing", "marketing", "media", "medical", "mining", "nonprofit", "pharmaceuticals",
    "professional services", "real estate", "recruiting", "retail", "services", "shipping", "software", "technology",
    "telecommunications", "transportation", "travel", "utilities", "wholesale",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spelling:
    """A category that looks like another spelling of a second one.

    Parameters
    ----------
    text : str
        As written.
    suggestion : str
        What was probably meant.
    n_rows : int
        Number of rows that hold ``text``.
    """

    text: str
    suggestion: str
    n_rows: int

    def __str__(self) -> str:
        rows = "row" if self.n_rows == 1 else "rows"
        return f"{self.text!r} ({self.n_rows:,} {rows}) looks like {self.suggestion!r}"


def near_spellings(texts: TextArray, known: Iterable[str] = (), *, exact: bool = False) -> tuple[Spelling, ...]:
    """Find categories spelled in more than one way.

    Parameters
    ----------
    texts : ndarray of str
        Shape (n,); ``""`` is missing.
    known : iterable of str
        Spellings that are right, whether or not they occur.
    exact : bool
        Whether blanks and punctuation of a known spelling matter: they do in a price list, not in "health care".

    Returns
    -------
    tuple of Spelling
        The rarer spelling with the commoner (or known) one as suggestion; empty when there are more than 300
        different texts, which then are no categories.

    Notes
    -----
    Two texts are near when they differ in case, blanks and punctuation only, or by about one letter in eight
    (``difflib`` ratio of at least 0.88 and the same first letter; digits must agree, for ``Tier 1`` is not ``Tier 2``).

    Examples
    --------
    >>> from territory_opt._text import text_array
    >>> [str(found) for found in near_spellings(text_array(["GTX Pro", "GTX Pro", "GTXPro"]))]
    ["'GTXPro' (1 row) looks like 'GTX Pro'"]
    """
    place, names = codes(texts)
    if len(names) > _MOST_CATEGORIES:
        return ()
    rows = np.bincount(place, minlength=len(names)).tolist()
    counts = {name: count for name, count in zip(names, rows, strict=True) if name}
    right = {header_key(name): name for name in known}
    common: dict[str, str] = {}
    for name in sorted(counts, key=lambda text: -counts[text]):
        common.setdefault(header_key(name), name)
    found = []
    for name in counts:
        suggestion = _better(name, common, right, counts, exact)
        if suggestion:
            found.append(Spelling(name, suggestion, counts[name]))
    return tuple(found)


def nearest_spelling(text: str, right: Iterable[str]) -> str:
    """Return the one of ``right`` that ``text`` probably stands for, ``""`` when there is none.

    Notes
    -----
    Near as in :func:`near_spellings`: ``R-17`` is not ``R-18``.

    Examples
    --------
    >>> nearest_spelling("Ann Le", ["Ann Lee", "Bo"]), nearest_spelling("R-17", ["R-18"])
    ('Ann Lee', '')
    """
    import difflib

    key = header_key(text)
    by_key = {header_key(choice): choice for choice in right}
    if key in by_key or len(key) < _SHORTEST:
        return by_key.get(key, "")
    candidates = [other for other in by_key if other[:1] == key[:1] and _digits(other) == _digits(key)]
    near = difflib.get_close_matches(key, candidates, n=1, cutoff=_CUTOFF)
    return by_key[near[0]] if near else ""


def _better(
    name: str, common: Mapping[str, str], right: Mapping[str, str], counts: Mapping[str, int], exact: bool
) -> str:
    """Return the spelling that ``name`` probably stands for, ``""`` when it stands for itself.

    Parameters
    ----------
    name : str
        A category of the table.
    common : mapping of str to str
        Header key to its commonest spelling in the table.
    right : mapping of str to str
        Header key to the spelling known to be right.
    counts : mapping of str to int
        Rows of every category.
    exact : bool
        Whether blanks and punctuation of known spellings matter.
    """
    key = header_key(name)
    known = right.get(key, name)
    # a known word in other letter case is how this table writes it, not a misspelling
    if exact and known.casefold() != name.casefold():
        return known
    if common[key] != name:
        return common[key]
    if key in right or len(key) < _SHORTEST:
        return ""
    candidates = [
        other
        for other in {**common, **right}
        if other != key
        and other[:1] == key[:1]
        and _digits(other) == _digits(key)
        and (other in right or counts[common[other]] > counts[name])
    ]
    import difflib

    near = difflib.get_close_matches(key, candidates, n=1, cutoff=_CUTOFF)
    return common.get(near[0], right.get(near[0], "")) if near else ""


def _digits(key: str) -> str:
    return "".join(ch for ch in key if ch.isdigit())
