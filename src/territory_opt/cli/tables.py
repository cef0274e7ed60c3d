"""The two tables of a carve, read from files with all their problems collected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from territory_opt._typing import AnyArray
from territory_opt.accounts import Accounts
from territory_opt.cli.exits import BadInput
from territory_opt.cli.settings import Settings
from territory_opt.errors import DataError, Issue
from territory_opt.frames import read_csv
from territory_opt.quality import DataQuality
from territory_opt.team import Team

__all__ = ["read_tables"]

_Table = TypeVar("_Table", Accounts, Team)

_OTHER_FILES = (
    (b"PK\x03\x04", "an Excel workbook or a zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text document"),
)


def read_tables(accounts: Path, reps: Path | None, settings: Settings) -> tuple[Accounts, Team | None]:
    """Read accounts and, when given, reps.

    Parameters
    ----------
    accounts, reps : Path
        CSV files.
    settings : Settings
        Column mapping and measures.

    Returns
    -------
    accounts : Accounts
    team : Team or None
        The tables; their quality reports also say how the files were read.

    Raises
    ------
    BadInput
        With every problem of both files.
    """
    account_columns, rep_columns = settings.mapping()
    wrong: list[Exception] = []

    def attempt(path: Path, make: Callable[[dict[str, AnyArray]], _Table]) -> _Table | None:
        try:
            return _read(path, make)
        except DataError as error:
            wrong.append(error)
            return None

    table = attempt(accounts, lambda raw: Accounts.from_frame(raw, columns=account_columns, measures=settings.measures))
    team = None if reps is None else attempt(reps, lambda raw: Team.from_frame(raw, columns=rep_columns))
    if wrong or table is None:
        raise BadInput(wrong)
    return table, team


def _read(path: Path, make: Callable[[dict[str, AnyArray]], _Table]) -> _Table:
    _refuse_other_files(path)
    raw, notes = read_csv(path)
    try:
        table = make(raw)
    except DataError as error:
        raise DataError(f"{error.table} ({path})", error.issues) from None
    quality = table.quality
    said = DataQuality(quality.table, quality.n_rows, notes=tuple(f"{path.name}: {note}" for note in notes))
    return replace(table, quality=said.merge(quality))


def _refuse_other_files(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError:
        return  # read_csv says what is wrong with the path
    kind = next((kind for magic, kind in _OTHER_FILES if start.startswith(magic)), None)
    if kind is None and b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        kind = "not a text file"
    if kind is not None:
        raise DataError(str(path), [Issue(None, None, f"is {kind}, not CSV", "save the table as CSV (UTF-8)")])
