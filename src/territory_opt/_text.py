"""Small helpers for arrays of text: numbering equal texts, near spellings."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import numpy as np

from territory_opt._typing import IntArray, TextArray

__all__ = ["close_matches", "codes", "header_key", "text_array"]


def text_array(values: Iterable[str]) -> TextArray:
    """Return a one-dimensional object array of ``str``."""
    items = list(values)
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out


def codes(texts: TextArray, *, casefold: bool = False) -> tuple[IntArray, list[str]]:
    """Number equal texts in order of first appearance.

    Parameters
    ----------
    texts : ndarray of str
        Shape (n,).
    casefold : bool
        Treat texts that differ in case only as equal.

    Returns
    -------
    code : ndarray of int64
        Shape (n,), from 0.
    names : list of str
        The text of every code (case-folded if asked).

    Examples
    --------
    >>> number, names = codes(text_array(["b", "a", "b"]))
    >>> number.tolist(), names
    ([0, 1, 0], ['b', 'a'])
    """
    seen: dict[str, int] = {}
    items = texts.tolist()
    for item in items:
        if item not in seen:
            seen[item] = len(seen)
    code = np.fromiter(map(seen.__getitem__, items), dtype=np.int64, count=len(items))
    if not casefold:
        return code, list(seen)
    folded: dict[str, int] = {}
    merge = np.array([folded.setdefault(name.casefold(), len(folded)) for name in seen], dtype=np.int64)
    return (merge[code] if merge.size else code), list(folded)


def header_key(text: str) -> str:
    """Return a header without case, accents, spaces, punctuation and the ``__c`` of Salesforce.

    Examples
    --------
    >>> header_key("Billing_Latitude"), header_key("ACV__c"), header_key("State/Region")
    ('billinglatitude', 'acv', 'stateregion')
    """
    plain = unicodedata.normalize("NFKD", text.strip())
    for suffix in ("__c", "__C", "__pc"):
        plain = plain.removesuffix(suffix)
    return "".join(ch for ch in plain.casefold() if ch.isalnum())


def close_matches(word: str, choices: Iterable[str], n: int = 3) -> list[str]:
    """Return up to ``n`` choices spelled like ``word``, nearest first, ignoring case and punctuation.

    Examples
    --------
    >>> close_matches("A-71", ["A-17", "B-02"])
    ['A-17']
    """
    import difflib

    by_key: dict[str, str] = {}
    for choice in choices:
        by_key.setdefault(header_key(choice), choice)
    found = difflib.get_close_matches(header_key(word), list(by_key), n=n, cutoff=0.6)
    return [by_key[key] for key in found]
