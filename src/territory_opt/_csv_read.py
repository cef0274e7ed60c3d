"""CSV as people have it: any usual encoding, separator and decimal sign."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from territory_opt._csv_write import safe_csv_text
from territory_opt._text import text_array
from territory_opt._typing import AnyArray
from territory_opt.errors import DataError, Issue

__all__ = ["csv_columns", "read_csv"]

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DECIMAL_COMMA = re.compile(r"^[+-]?\d+(?:[. ]\d{3})*,\d{1,2}$")
_DECIMAL_POINT = re.compile(r"^[+-]?\d+\.\d{1,2}$")
_DECLARED = re.compile(r"^sep=([,;\t|])\r?\n", re.IGNORECASE)
_PROBE_ROWS = 50
_CHUNK_ROWS = 4096


def read_csv(path: str | os.PathLike[str]) -> tuple[dict[str, AnyArray], tuple[str, ...]]:
    r"""Read a CSV file as text, finding out how it was written.

    Parameters
    ----------
    path : path-like
        UTF-8 (with or without BOM), UTF-16 with BOM, or Windows-1252 / Latin-1; separated by comma, semicolon, tab or
        bar; the first line holds the column names.

    Returns
    -------
    columns : dict of str to ndarray of str
        Every cell as text, so that ``007`` stays ``007``; numbers are read by ``Accounts`` and ``Team``.
    notes : tuple of str
        What was detected.

    Raises
    ------
    DataError
        No file, an empty file, a quote that is never closed, duplicated column names, or rows of the wrong length.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = pathlib.Path(folder, "a.csv")
    ...     _ = target.write_bytes("id;acv\nZoë;1,5\n".encode("cp1252"))
    ...     columns, notes = read_csv(target)
    >>> columns["id"].tolist(), notes[0]
    (['Zoë'], 'read as Windows-1252 text')
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        problem = Issue(None, None, f"cannot be read: {error.strerror or error}", "check the path")
        raise DataError(str(path), [problem]) from None
    return csv_columns(raw, Path(path).name)


def csv_columns(raw: bytes, name: str) -> tuple[dict[str, AnyArray], tuple[str, ...]]:
    r"""Like :func:`read_csv`, for the bytes of a file.

    Examples
    --------
    >>> csv_columns(b"id|acv\n1|2\n", "a.csv")[1]
    ('columns separated by bar',)
    """
    whole, notes = _decoded(raw)
    text, separator = _separator(whole)
    notes += [] if separator == "," else [f"columns separated by {_SEPARATORS[separator]}"]
    # strict: a quote that is opened and never closed would swallow every later row without a word
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = next((row for row in rows if any(cell.strip() for cell in row)), None)
        if header is None:
            raise DataError(name, [Issue(None, None, "the file is empty", "the first line holds the column names")])
        return _columns(name, [cell.strip() for cell in header], rows, notes)
    except csv.Error as error:
        line = _broken_line(text, separator) + (text != whole)
        hint = "close the quote that is opened there; a quote inside a quoted cell is written twice"
        raise DataError(name, [Issue(None, None, f"not a CSV file from line {line:,} on: {error}", hint)]) from None


def _broken_line(text: str, separator: str) -> int:
    """Line, from 1, on which the first row that cannot be read begins."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    read = 0
    with contextlib.suppress(csv.Error):
        for _ in rows:
            read = rows.line_num
    return read + 1


def _decoded(raw: bytes) -> tuple[str, list[str]]:
    for bom, encoding in _BOMS:
        if not raw.startswith(bom):
            continue
        label = encoding.removesuffix("-sig").upper()
        try:
            return raw.decode(encoding), [f"read as {label} with BOM"]
        except UnicodeDecodeError:
            if bom != codecs.BOM_UTF8:
                return raw.decode(encoding, "replace"), [f"read as {label} with BOM; some characters are not {label}"]
            text, notes = _decoded_as_windows(raw.removeprefix(bom))
            return text, [f"{notes[0]}, although it begins with a UTF-8 BOM"]
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError:
        return _decoded_as_windows(raw)


def _decoded_as_windows(raw: bytes) -> tuple[str, list[str]]:
    try:
        return raw.decode("cp1252"), ["read as Windows-1252 text"]
    except UnicodeDecodeError:
        return raw.decode("latin-1"), ["read as Latin-1 text"]


def _separator(text: str) -> tuple[str, str]:
    """Return the text without Excel's ``sep=`` line, and the separator that cuts most rows like the header."""
    declared = _DECLARED.match(text)
    if declared:
        return text[declared.end() :], declared[1]
    best, best_score = ",", (0, 0)
    for separator in _SEPARATORS:
        probe = []
        with contextlib.suppress(csv.Error):
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
                if row:
                    probe.append(len(row))
                if len(probe) > _PROBE_ROWS:
                    break
        if not probe or probe[0] < 2:
            continue
        score = (sum(width == probe[0] for width in probe), probe[0])
        if score > best_score:
            best, best_score = separator, score
    return text, best


def _columns(
    name: str, header: list[str], rows: Iterator[list[str]], notes: list[str]
) -> tuple[dict[str, AnyArray], tuple[str, ...]]:
    issues: list[Issue] = []
    repeated = [column for column in dict.fromkeys(header) if column and header.count(column) > 1]
    issues += [
        Issue(None, column, f"{header.count(column)} columns have this name", "rename one") for column in repeated
    ]
    width, n_rows, n_short = len(header), 0, 0
    columns: list[list[str]] = [[] for _ in header]
    shared: list[dict[str, str]] = [{} for _ in header]
    # by the chunk: millions of live row lists would keep the garbage collector busy
    while chunk := list(islice(rows, _CHUNK_ROWS)):
        if set(map(len, chunk)) != {width}:
            chunk = [row for row in chunk if len(row) > 1 or (row and row[0].strip())]
            for position, row in enumerate(chunk):
                if len(row) > width and any(cell.strip() for cell in row[width:]):
                    what = f"has {len(row)} cells where the header has {width}"
                    hint = "put quotes around a cell that holds the separator"
                    issues.append(Issue(n_rows + position, None, what, hint))
                n_short += len(row) < width
                chunk[position] = row[:width] + [""] * (width - len(row))
        n_rows += len(chunk)
        for column, seen, values in zip(columns, shared, zip(*chunk, strict=True), strict=bool(chunk)):
            # a column of states is 50 texts, not a million
            column.extend(map(seen.setdefault, values, values))
    if issues:
        raise DataError(name, issues)
    if n_short:
        notes.append(f"{n_short:,} rows are shorter than the header: their last cells are missing")
    out: dict[str, AnyArray] = {}
    n_bare = 0
    for position, title in enumerate(header):
        bare = {text: _unguarded(text) for text in shared[position] if text.startswith("'")}
        bare = {text: plain for text, plain in bare.items() if text != plain}
        texts = columns[position]
        if bare:
            n_bare += sum(text in bare for text in texts)
            texts = [bare.get(text, text) for text in texts]
        if title:
            out[title] = text_array(texts)
        elif any(texts):
            notes.append(f"column {position + 1} has no name: read as 'column_{position + 1}'")
            out[f"column_{position + 1}"] = text_array(texts)
    _note_decimals(out, notes)
    if n_bare:
        one = n_bare == 1
        what = "text lost the apostrophe that guarded it" if one else "texts lost the apostrophe that guarded them"
        notes.append(f"{n_bare:,} {what} in spreadsheets")
    return out, tuple(notes)


def _unguarded(value: str) -> str:
    """Undo :func:`territory_opt.frames.safe_csv_text`."""
    return value[1:] if value.startswith("'") and safe_csv_text(value[1:]) == value else value


def _note_decimals(columns: dict[str, AnyArray], notes: list[str]) -> None:
    found = []
    for title, texts in columns.items():
        probe = [text for text in texts[: 20 * _PROBE_ROWS].tolist() if text][:_PROBE_ROWS]
        if any(map(_DECIMAL_COMMA.match, probe)) and not any(map(_DECIMAL_POINT.match, probe)):
            found.append(title)
    if found:
        notes.append(f"decimal comma in {', '.join(found)}")
