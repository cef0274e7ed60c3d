"""From a frame to checked canonical columns: the steps accounts and reps share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from territory_opt._checks import check_ids, check_numbers
from territory_opt._headers import Match, match_headers
from territory_opt._parse import MISSING_WORDS, parse_flags
from territory_opt._parse_dates import parse_dates
from territory_opt._parse_numbers import parse_numbers
from territory_opt._specs import MONEY_LIMIT, Spec
from territory_opt._text import close_matches, codes, header_key, text_array
from territory_opt._typing import AnyArray, BoolArray, TextArray
from territory_opt.errors import DataError, Issue
from territory_opt.frames import number_texts, read_table
from territory_opt.quality import DataQuality

__all__ = ["Draft", "read_draft"]

_HINTS = {
    "number": "write a plain number such as 1234.5",
    "date": "write dates as 2026-01-31",
    "flag": "write true or false",
}


@dataclass(slots=True)
class Draft:
    """A table while it is being read: columns so far, and everything to say about it."""

    table: str
    columns: dict[str, AnyArray] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    derived: list[str] = field(default_factory=list)
    defaulted: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    n_rows: int = 0

    def raise_issues(self) -> None:
        """Raise all problems at once, the table's before the rows', rows in order."""
        if self.issues:
            ordered = sorted(self.issues, key=lambda issue: -1 if issue.row is None else issue.row)
            raise DataError(self.table, ordered)

    def quality(self) -> DataQuality:
        """Return the data-quality report."""
        return DataQuality(
            table=self.table,
            n_rows=self.n_rows,
            mapped=tuple(self.headers.items()),
            derived=tuple(self.derived),
            defaulted=tuple(self.defaulted),
            ignored=tuple(self.ignored),
            notes=tuple(self.notes),
            warnings=tuple(self.warnings),
        )


def read_draft(
    table: str,
    frame: Any,
    specs: Sequence[Spec],
    *,
    columns: Mapping[str, str | None] | None,
    measures: Sequence[str] = (),
    required: Sequence[str] = (),
) -> Draft:
    """Read and check every known column of a frame; problems are collected, not raised.

    Parameters
    ----------
    table : str
        ``"accounts"`` or ``"team"``.
    frame : frame or mapping
        What :func:`territory_opt.frames.read_columns` reads.
    specs : sequence of Spec
        The canonical columns.
    columns : mapping of str to str or None, optional
        Canonical name to header; None as header leaves that column out.
    measures : sequence of str
        Headers of extra numeric columns.
    required : sequence of str
        Canonical names that must be there.

    Returns
    -------
    Draft
        Columns by canonical name (measures by header) and everything found.
    """
    draft = Draft(table)
    raw = read_table(frame)
    draft.notes += raw.notes
    draft.issues += raw.issues
    draft.n_rows = raw.n_rows
    if not raw.columns:
        if not raw.issues:
            draft.issues.append(Issue(None, None, "the table has no columns", "pass a table with a header"))
        return draft
    found = match_headers(
        list(raw.columns), specs, explicit=columns or {}, extra=_measure_headers(measures), required=required
    )
    _take(draft, found)
    if raw.n_rows == 0:
        draft.issues.append(Issue(None, None, "the table has no rows", "pass at least one row"))
        return draft
    for spec in specs:
        header = draft.headers.get(spec.name)
        if header is not None:
            draft.columns[spec.name] = _convert(draft, spec, header, raw.columns[header])
    for name in measures:
        _measure(draft, name, raw.columns)
    return draft


def _take(draft: Draft, found: Match) -> None:
    draft.headers = found.header
    draft.ignored = found.ignored
    draft.notes += found.notes
    draft.warnings += found.warnings
    draft.issues += found.issues


def _measure_headers(measures: Sequence[str]) -> list[str]:
    return [measures] if isinstance(measures, str) else list(measures)


def _measure(draft: Draft, name: str, raw: Mapping[str, AnyArray]) -> None:
    if name in draft.columns and draft.columns[name].dtype == np.float64:
        # the scores complete visits by tier; every other measure must be there for every account
        header = draft.headers[name]
        spec = Spec(name, "measure", (), (), 0.0, MONEY_LIMIT, blank=name == "visits")
        skip = np.zeros(draft.n_rows, dtype=np.bool_)
        skip[[issue.row for issue in draft.issues if issue.column == header and issue.row is not None]] = True
        check_numbers(draft.columns[name], spec, header, draft.issues, skip)
        return
    if name not in raw:
        near = close_matches(name, raw)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"the table has {', '.join(map(repr, raw))}"
        draft.issues.append(Issue(None, name, "is asked for as a measure but is not in the table", hint))
        return
    spec = Spec(name, "measure", (), (), 0.0, MONEY_LIMIT, blank=False)
    draft.columns[name] = _numbers(draft, spec, name, raw[name])


def _convert(draft: Draft, spec: Spec, header: str, raw: AnyArray) -> AnyArray:
    if spec.kind in {"number", "money"}:
        return _numbers(draft, spec, header, raw)
    if spec.kind == "date":
        return _dates(draft, spec, header, raw)
    if spec.kind == "flag":
        return _flags(draft, spec, header, raw)
    texts = _texts(draft, spec, header, raw)
    if spec.kind == "id":
        check_ids(texts, header, draft.issues)
    return _choice(draft, spec, header, texts) if spec.kind == "choice" else texts


def _texts(draft: Draft, spec: Spec, header: str, raw: AnyArray) -> TextArray:
    """Return a column as stripped text; numbers and days become their plain spelling."""
    if raw.dtype.kind == "f":
        return number_texts(raw)
    if raw.dtype.kind == "b":
        return np.where(raw, "true", "false").astype(object)
    if raw.dtype.kind == "M":
        return text_array("" if text == "NaT" else text for text in np.datetime_as_string(raw, unit="D").tolist())
    items = raw.tolist()
    tidy = [item.strip() for item in items]
    n_trimmed = sum(map(len, items)) != sum(map(len, tidy))
    if n_trimmed and spec.kind in {"id", "text"}:
        count = sum(len(a) != len(b) for a, b in zip(items, tidy, strict=True) if b)
        if count:
            draft.notes.append(f"{header}: blanks around {count:,} texts removed")
    return text_array(_without_missing_words(draft, spec, header, tidy))


def _without_missing_words(draft: Draft, spec: Spec, header: str, texts: list[str]) -> list[str]:
    """Empty the cells that say "n/a": as a parent it would be one family, as a vertical one that nobody serves."""
    if spec.kind not in {"text", "list"} or spec.name == "name":
        return texts
    words = {text for text in set(texts) if text and text.casefold() in MISSING_WORDS}
    if spec.name == "region":
        # North America
        words -= {"NA", "na", "Na"}
    if not words:
        return texts
    count = sum(text in words for text in texts)
    meaning = ", which serves all," if spec.kind == "list" else ""
    draft.notes.append(f"{header}: {', '.join(map(repr, sorted(words)))} read as missing{meaning} in {count:,} rows")
    return ["" if text in words else text for text in texts]


def _hint(spec: Spec, kind: str) -> str:
    """Say how to mend a cell, and that a column recognised by mistake can be left out."""
    mend = _HINTS.get(kind, kind)
    return f'{mend}; columns={{"{spec.name}": None}} leaves the column out' if spec.blank else mend


def _numbers(draft: Draft, spec: Spec, header: str, raw: AnyArray) -> AnyArray:
    skip: BoolArray = np.zeros(raw.shape[0], dtype=bool)
    if raw.dtype.kind == "M":
        draft.issues.append(Issue(None, header, f"holds dates where {spec.name} needs numbers", _hint(spec, "number")))
        return np.full(raw.shape[0], np.nan)
    if raw.dtype.kind == "O":
        parsed = parse_numbers(
            text_array(item.strip() for item in raw.tolist()),
            grouped=spec.kind in {"money", "measure"},
            share=spec.share,
        )
        values = parsed.values
        for row, what in parsed.bad.items():
            skip[row] = True
            draft.issues.append(Issue(row, header, what, _hint(spec, "number")))
        draft.notes += [f"{header}: {note}" for note in parsed.notes]
    else:
        values = np.asarray(raw, np.float64)
    check_numbers(values, spec, header, draft.issues, skip)
    return values


def _dates(draft: Draft, spec: Spec, header: str, raw: AnyArray) -> AnyArray:
    if raw.dtype.kind == "M":
        return raw
    parsed = parse_dates(text_array(text.strip() for text in (number_texts(raw) if raw.dtype.kind == "f" else raw)))
    draft.issues += [Issue(row, header, what, _hint(spec, "date")) for row, what in parsed.bad.items()]
    draft.notes += [f"{header}: {note}" for note in parsed.notes]
    return parsed.values


def _flags(draft: Draft, spec: Spec, header: str, raw: AnyArray) -> AnyArray:
    if raw.dtype.kind == "b":
        return raw
    if raw.dtype.kind == "M":
        draft.issues.append(Issue(None, header, "holds dates where true or false is needed", _hint(spec, "flag")))
        return np.zeros(raw.shape[0], dtype=bool)
    texts = number_texts(raw) if raw.dtype.kind == "f" else text_array(item.strip() for item in raw.tolist())
    parsed = parse_flags(texts)
    draft.issues += [Issue(row, header, what, _hint(spec, "flag")) for row, what in parsed.bad.items()]
    return parsed.values


def _choice(draft: Draft, spec: Spec, header: str, texts: TextArray) -> TextArray:
    allowed = dict(spec.choices)
    place, names = codes(texts)
    values = ["" if name.casefold() in MISSING_WORDS else allowed.get(header_key(name), "?") for name in names]
    out = text_array(values)[place] if names else texts
    hint = _hint(spec, f"one of {', '.join(dict.fromkeys(allowed.values()))}, or empty")
    for row in np.flatnonzero(out == "?"):
        draft.issues.append(Issue(int(row), header, f"{texts[row]!r} is no {spec.name}", hint))
    return out
