"""Data inside a page: JSON that no name can break out of, and short enough for a hundred thousand accounts."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt._typing import AnyArray, FloatArray, TextArray
from territory_opt.fairness.wording import clean, measure_title

if TYPE_CHECKING:
    from territory_opt.result import Result

__all__ = ["account_columns", "packed", "safe_json"]

_PACK_FROM = 200_000
_LEVEL = 5
# One column of each kind: a page is not wide enough for all.
_COLUMNS = frozenset(("acv", "tam", "named_acv", "white_space_acv", "load", "travel_hours", "accounts"))
_SHOWN_TEXTS = (("vertical", "segment"), ("city", "region"))


def safe_json(value: Any) -> str:
    r"""Return JSON that can stand inside a script element.

    Parameters
    ----------
    value : JSON-ready values
        No NaN and no infinity.

    Returns
    -------
    str
        ``<``, ``>``, ``&`` and the two line separators of Unicode are written as escapes, so that neither
        ``</script>`` nor ``<!--`` can occur.

    Raises
    ------
    ValueError
        A number is not finite.

    Examples
    --------
    >>> safe_json(["</script>"])
    '["\\u003c/script\\u003e"]'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    # Half of a surrogate pair cannot be written as UTF-8.
    return text.encode("utf-8", "replace").decode("utf-8")


def packed(value: Any) -> tuple[str, bool]:
    """Return data for a script element, compressed when it is long.

    Parameters
    ----------
    value : JSON-ready values
        No NaN and no infinity.

    Returns
    -------
    text : str
        :func:`safe_json`; or, from 200,000 characters on, its gzip in base64, which a browser unpacks without help
        (``DecompressionStream``: Chrome 80, Firefox 113, Safari 16.4 and later).
    compressed : bool
        Which of the two.

    Examples
    --------
    >>> packed([1, 2])
    ('[1,2]', False)
    >>> packed([1] * 200_000)[1]
    True
    """
    text = safe_json(value)
    if len(text) < _PACK_FROM:
        return text, False
    # No time stamp: the same result gives the same bytes.
    return base64.b64encode(gzip.compress(text.encode(), _LEVEL, mtime=0)).decode(), True


def account_columns(result: Result, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the accounts table as columns.

    Parameters
    ----------
    result : Result
        With an alignment.
    names : tuple of str, length n_reps
        Names of the books.

    Returns
    -------
    dict
        ``columns``: list of {key, title, kind, values}; kind ``"text"`` holds texts, ``"code"`` positions in its
        ``names``, ``"today"`` today's owner where it is another (-1: none in the team, -2: the same), ``"number"``
        numbers. ``books`` holds the names.
    """
    problem, alignment = result.problem, result.alignment
    accounts, scores = problem.accounts, problem.scores
    columns = [_texts("id", "Account", accounts.account_id)]
    if accounts.has("name"):
        columns.append(_texts("name", "Name", accounts.text("name")))
    columns.append({"key": "book", "title": "Book", "kind": "code", "values": alignment.rep_index.tolist()})
    if problem.owners.known:
        owner = problem.owners.rep_index
        moved = (owner >= 0) & (owner != alignment.rep_index)
        today = np.where(moved, owner, np.where(owner >= 0, -2, -1))
        columns.append({"key": "today", "title": "Owner today", "kind": "today", "values": today.tolist()})
    everyone = np.arange(problem.n_accounts)

    def added(measure: str) -> FloatArray:
        return problem.contribution(measure, everyone, alignment.rep_index, alignment.home_index)

    # Without tables there is nothing but measures of one's own.
    if not problem.arrays_only:
        columns.append(_coded("tier", "Tier", scores.tier))
        columns.append(_numbers("acv", "ACV", scores.acv, 0))
        columns.append(_numbers("named", "Named ACV", scores.named_acv, 0))
        columns.append(_numbers("white", "White-space ACV", scores.white_space_acv, 0))
        if scores.partner.any():
            columns.append(_coded("partner", "Partner", np.where(scores.partner, "yes", "no").astype(object)))
        if problem.measure("load").pair_dependent and "load" not in problem.own_measures:
            friction = problem.friction(everyone, alignment.rep_index, alignment.home_index)
            columns.append(_numbers("friction", "Friction", friction, 0))
        columns.append(_numbers("load", "Load", added("load"), 0))
        if problem.has_travel:
            columns.append(_numbers("hours", "Travel h/year", added("travel_hours"), 1))
    own = [name for name in (*accounts.measures, *problem.own_measures) if name not in _COLUMNS]
    for number, name in enumerate(dict.fromkeys(own)):
        values = added(name)
        digits = 0 if bool((values == np.round(values)).all()) else 2
        columns.append(_numbers(f"own{number}", measure_title(name), values, digits))
    for choices in _SHOWN_TEXTS:
        shown = next((name for name in choices if accounts.has(name)), None)
        if shown is not None:
            columns.append(_coded(shown, shown.capitalize(), accounts.text(shown)))
    return {"books": list(names), "columns": columns}


def _texts(key: str, title: str, values: TextArray) -> dict[str, Any]:
    return {"key": key, "title": title, "kind": "text", "values": [clean(value) for value in values.tolist()]}


def _coded(key: str, title: str, values: TextArray) -> dict[str, Any]:
    names, index = np.unique(values.astype(str), return_inverse=True)
    return {
        "key": key,
        "title": title,
        "kind": "code",
        "names": [clean(name) for name in names.tolist()],
        "values": index.tolist(),
    }


def _numbers(key: str, title: str, values: AnyArray, digits: int) -> dict[str, Any]:
    rounded = np.round(values, digits)
    return {
        "key": key,
        "title": title,
        "kind": "number",
        "digits": digits,
        "values": rounded.astype(np.int64).tolist() if digits == 0 else rounded.tolist(),
    }
