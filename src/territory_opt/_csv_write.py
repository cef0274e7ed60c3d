"""Files that are complete or not there, and CSV that a spreadsheet may safely open."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt._typing import AnyArray
from territory_opt.errors import DataError, Issue

__all__ = ["safe_csv_text", "write_csv", "write_text_atomic"]

_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")


def safe_csv_text(value: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    Parameters
    ----------
    value : str
        Any text.

    Returns
    -------
    str
        The text, with an apostrophe in front when it begins like a formula (``= + - @``, tab, line break, also after
        blanks or in full width) and is not a plain number.

    Notes
    -----
    OWASP, "CSV Injection".

    Examples
    --------
    >>> safe_csv_text("=HYPERLINK(1)"), safe_csv_text("-12.5"), safe_csv_text("Acme")
    ("'=HYPERLINK(1)", '-12.5', 'Acme')
    """
    # A text that already begins with an apostrophe and a formula gets one more, so that reading takes off just one.
    bare = value.lstrip("'")
    if not bare or (bare[0] not in _FORMULA and bare.lstrip(" \u00a0")[:1] not in _FORMULA):
        return value
    # "" is in every frozenset test as False, so an all-blank text falls through above
    return value if _NUMBER.match(value) else f"'{value}"


def write_text_atomic(path: str | os.PathLike[str], text: str) -> None:
    r"""Write a UTF-8 text file that is either the old one or complete, never half of it.

    Parameters
    ----------
    path : path-like
        The file; its folder must exist.
    text : str
        The contents, written with the line ends they have.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = pathlib.Path(folder, "a.txt")
    ...     write_text_atomic(target, "é")
    ...     target.read_bytes()
    b'\xc3\xa9'
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.urandom(6).hex()}")
    # not mkstemp, whose files are private: a report is as readable as any new file of its owner
    file = temporary.open("x", encoding="utf-8", newline="")
    try:
        with file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def write_csv(path: str | os.PathLike[str], columns: Mapping[str, AnyArray | Iterable[Any]]) -> None:
    r"""Write columns as UTF-8 CSV, atomically, with no text a spreadsheet would run.

    Parameters
    ----------
    path : path-like
        The file.
    columns : mapping of str to array
        Columns of equal length. NaN, NaT and None are written as nothing, days as ISO, whole floats without ``.0``.

    Raises
    ------
    DataError
        Columns differ in length.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = pathlib.Path(folder, "a.csv")
    ...     write_csv(target, {"name": ["=1+1"], "acv": [12.0]})
    ...     target.read_text()
    "name,acv\n'=1+1,12\n"
    """
    texts = {name: _cells(values) for name, values in columns.items()}
    lengths = {len(cells) for cells in texts.values()}
    if len(lengths) > 1:
        raise DataError(str(path), [Issue(None, name, f"has {len(cells)} rows") for name, cells in texts.items()])
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([safe_csv_text(str(name)) for name in texts])
    writer.writerows(zip(*texts.values(), strict=True))
    write_text_atomic(path, buffer.getvalue())


def _cells(values: AnyArray | Iterable[Any]) -> list[str]:
    items = values.tolist() if isinstance(values, np.ndarray) else list(values)
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        return ["" if text == "NaT" else text for text in np.datetime_as_string(values, unit="D").tolist()]
    return [_cell(item) for item in items]


def _cell(item: Any) -> str:
    if isinstance(item, str):
        return safe_csv_text(item)
    if item is None:
        return ""
    if isinstance(item, float | np.floating):
        number = float(item)
        if number != number:
            return ""
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    return safe_csv_text(str(item))
