"""The only data-frame code: any eager frame or mapping in, plain NumPy columns out; safe CSV out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from territory_opt._csv_read import read_csv
from territory_opt._csv_write import safe_csv_text, write_csv, write_text_atomic
from territory_opt._text import text_array
from territory_opt._typing import AnyArray, TextArray
from territory_opt.errors import DataError, Issue

__all__ = ["Table", "read_columns", "read_csv", "read_table", "safe_csv_text", "write_csv", "write_text_atomic"]

_LARGEST_EXACT = 2**53


@dataclass(slots=True)
class Table:
    """Columns of a frame, with what was noticed on the way.

    Parameters
    ----------
    columns : dict of str to ndarray
        Text as object arrays of ``str`` with ``""`` for missing, numbers as float64 with NaN, days as
        datetime64[D] with NaT, yes/no as bool.
    notes : list of str
        What was converted.
    issues : list of Issue
        What makes the table unusable.
    """

    columns: dict[str, AnyArray] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return next((column.shape[0] for column in self.columns.values()), 0)


def read_columns(frame: Any, *, table: str = "table") -> dict[str, AnyArray]:
    """Return the columns of a frame as arrays.

    Parameters
    ----------
    frame : frame or mapping
        pandas, Polars, PyArrow or GeoPandas frame (anything eager that narwhals knows), or a mapping of name to
        array or list.
    table : str
        What to call the table in errors.

    Returns
    -------
    dict of str to ndarray
        One-dimensional arrays of equal length. Text: object arrays of ``str``, ``""`` for missing. Numbers: float64,
        NaN for missing (integers beyond 2**53 stay text, so that long ids keep their digits). Days: datetime64[D].
        Yes/no: bool. Lists: text joined with ``;``. Points of a GeoDataFrame: columns ``lat`` and ``lon``.

    Raises
    ------
    DataError
        Duplicated column names, columns of different lengths, or something that is no table.

    Examples
    --------
    >>> read_columns({"acv": [1, None], "name": ["x", None]})
    {'acv': array([ 1., nan]), 'name': array(['x', ''], dtype=object)}
    """
    read = read_table(frame)
    if read.issues:
        raise DataError(table, read.issues)
    return read.columns


def read_table(frame: Any) -> Table:
    """Like :func:`read_columns`, but hand the problems back instead of raising them.

    Examples
    --------
    >>> read_table({"a": [1], "b": [1, 2]}).issues[0].what
    "has 2 values where 'a' has 1"
    """
    table = Table()
    if isinstance(frame, Mapping):
        _from_mapping(frame, table)
        return table
    if hasattr(frame, "geometry") and hasattr(frame, "to_crs"):
        from territory_opt._geometry import with_positions

        frame = with_positions(frame, table.notes, table.issues)
    if hasattr(frame, "collect") and not hasattr(frame, "to_pandas"):
        table.issues.append(Issue(None, None, f"a {type(frame).__name__} is not in memory", "call .collect() first"))
        return table
    frame = _without_duplicates(_with_index(frame, table), table)
    import narwhals as nw

    try:
        native = nw.from_native(frame, eager_only=True)
    except TypeError:
        hint = "pass a pandas, Polars, PyArrow or GeoPandas frame, or a mapping of column name to values"
        table.issues.append(Issue(None, None, f"a {type(frame).__name__} is not a table in memory", hint))
        return table
    for column in native.iter_columns():
        table.columns[str(column.name)] = _from_series(column)
    return table


def _with_index(frame: Any, table: Table) -> Any:
    """Make a named pandas index a column: ids are often kept there."""
    names = [name for name in getattr(getattr(frame, "index", None), "names", ()) if name is not None]
    if not names or any(name in frame.columns for name in names) or len(names) != frame.index.nlevels:
        return frame
    table.notes.append(f"the index {', '.join(map(repr, names))} was read as a column")
    return frame.reset_index()


def _without_duplicates(frame: Any, table: Table) -> Any:
    """Keep the first of every set of equal column names and report the others."""
    names = [str(name) for name in getattr(frame, "column_names", getattr(frame, "columns", ()))]
    first = {name: position for position, name in reversed(list(enumerate(names)))}
    if len(first) == len(names):
        return frame
    for name in first:
        count = names.count(name)
        if count > 1:
            table.issues.append(Issue(None, name, f"{count} columns have this name", "rename or drop all but one"))
    keep = sorted(first.values())
    return frame.iloc[:, keep] if hasattr(frame, "iloc") else frame.select(keep)


def _from_mapping(frame: Mapping[Any, Any], table: Table) -> None:
    length: int | None = None
    first = ""
    for key, values in frame.items():
        name = str(key)
        if isinstance(values, str | bytes) or not hasattr(values, "__len__"):
            table.issues.append(Issue(None, name, f"{values!r} is not a column", "give one value per row"))
            continue
        array = values if isinstance(values, np.ndarray) else _as_array(values)
        if array.ndim != 1:
            table.issues.append(Issue(None, name, f"has {array.ndim} dimensions", "give one value per row"))
            continue
        if length is None:
            length, first = array.shape[0], name
        if array.shape[0] != length:
            what = f"has {array.shape[0]} values where {first!r} has {length}"
            table.issues.append(Issue(None, name, what, "give one value per row"))
            continue
        if name in table.columns:
            table.issues.append(Issue(None, name, "2 columns have this name", "rename or drop all but one"))
            continue
        table.columns[name] = _from_array(array)


def _as_array(values: Any) -> AnyArray:
    if isinstance(values, Sequence):
        items = list(values)
        out = np.empty(len(items), dtype=object)
        for position, item in enumerate(items):
            out[position] = item
        return out
    return np.asarray(values)


def _from_array(array: AnyArray) -> AnyArray:
    if isinstance(array, np.ma.MaskedArray):
        return _from_objects(array.tolist())
    kind = array.dtype.kind
    if kind == "b":
        return array.copy()
    if kind in "iu":
        return _from_integers(array)
    if kind == "f":
        return np.array(array, np.float64)
    if kind == "M":
        return array.astype("datetime64[D]")
    if kind in "UT":
        return text_array(array.tolist())
    return _from_objects(array.tolist())


def _from_integers(array: AnyArray) -> AnyArray:
    if array.size and (array.max() > _LARGEST_EXACT or array.min() < -_LARGEST_EXACT):
        return text_array([str(value) for value in array.tolist()])
    return array.astype(np.float64)


def _from_series(column: Any) -> AnyArray:
    """Convert one narwhals series into an array of its own, not a view of the frame."""
    import narwhals as nw

    dtype = column.dtype
    if dtype == nw.String:
        # not fill_null: Arrow has no kernel of it for string views
        return text_array(item if isinstance(item, str) else "" for item in column.to_list())
    if dtype in (nw.Categorical, nw.Enum):
        return text_array(item if isinstance(item, str) else "" for item in column.cast(nw.String).to_list())
    if dtype == nw.Boolean:
        has_missing = bool(column.is_null().any())
        return _from_objects(column.to_list()) if has_missing else np.array(column.to_numpy(), bool)
    if dtype.is_integer():
        if column.is_null().any():
            return _from_objects(column.to_list())
        return _from_integers(np.asarray(column.to_numpy()))
    if dtype.is_numeric():
        return np.array(column.cast(nw.Float64).to_numpy(), dtype=np.float64)
    if dtype == nw.Date or dtype == nw.Datetime:
        if dtype == nw.Datetime and getattr(dtype, "time_zone", None) is not None:
            column = column.dt.replace_time_zone(None)
        return _from_objects(column.to_list()) if dtype == nw.Date else column.to_numpy().astype("datetime64[D]")
    return _from_objects(column.to_list())


def _missing(value: Any) -> bool:
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):  # an array inside a cell has no single truth value
        return False


def _from_objects(items: list[Any]) -> AnyArray:
    """Give a column of Python objects the one type all its values share; text when they share none."""
    import datetime as dt
    from decimal import Decimal
    from numbers import Number

    kinds = set(map(type, items))
    if kinds <= {str}:
        return text_array(items)
    missing = [not isinstance(item, str) and _missing(item) for item in items]
    present = [item for item, absent in zip(items, missing, strict=True) if not absent]
    kinds = set(map(type, present))
    if kinds and all(issubclass(kind, bool | np.bool_) for kind in kinds):
        if len(present) == len(items):
            return np.array(items, dtype=bool)
        return text_array(["" if absent else str(bool(x)) for x, absent in zip(items, missing, strict=True)])
    if kinds and all(issubclass(kind, dt.date | np.datetime64) for kind in kinds):
        days = np.full(len(items), np.datetime64("NaT"), dtype="datetime64[D]")
        found = [_day(item) for item in present]
        days[~np.array(missing, dtype=bool)] = np.array(found, dtype="datetime64[D]")
        return days
    if kinds and all(issubclass(kind, Number | Decimal) and not issubclass(kind, bool | complex) for kind in kinds):
        whole = all(issubclass(kind, int | np.integer) for kind in kinds)
        if not whole or all(abs(int(item)) <= _LARGEST_EXACT for item in present):
            return np.array(
                [np.nan if absent else float(x) for x, absent in zip(items, missing, strict=True)], dtype=np.float64
            )
    return text_array(["" if absent else _cell_text(x) for x, absent in zip(items, missing, strict=True)])


def _day(value: Any) -> str:
    """Return the ISO day of a date, datetime or NumPy date."""
    if isinstance(value, np.datetime64):
        return str(np.datetime_as_string(value, unit="D"))
    return str(value.isoformat())[:10]


def _cell_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        parts = [_cell_text(part) for part in value if not _missing(part)]
        return ";".join(sorted(parts) if isinstance(value, set | frozenset) else parts)
    if hasattr(value, "to_list"):
        return _cell_text(value.to_list())
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def number_texts(values: AnyArray) -> TextArray:
    """Return numbers as text: whole numbers without a decimal point, NaN as ``""``.

    Examples
    --------
    >>> number_texts(np.array([12.0, 0.5, np.nan])).tolist()
    ['12', '0.5', '']
    """
    plain = np.asarray(values, np.float64)
    whole = np.isfinite(plain) & (np.abs(plain) <= _LARGEST_EXACT) & (plain == np.floor(plain))
    if whole.all():
        return text_array(map(str, plain.astype(np.int64).tolist()))
    return text_array(
        "" if x != x else (str(int(x)) if is_whole else repr(x))
        for x, is_whole in zip(plain.tolist(), whole.tolist(), strict=True)
    )
