"""The files of a carve: written whole or not at all, and never a mix of two carves but for books to sign."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from territory_opt.cli.further import EXCEL, GEOJSON, Further, book_file
from territory_opt.cli.settings import Settings, SolveSettings
from territory_opt.errors import DataError, Issue
from territory_opt.frames import write_csv, write_text_atomic

if TYPE_CHECKING:
    from territory_opt.fairness import FairnessReport
    from territory_opt.result import Result

__all__ = [
    "ALIGNMENT",
    "BOOKS",
    "CARVE",
    "FAIRNESS",
    "REPORT",
    "RESULT",
    "SavedCarve",
    "read_saved",
    "use_folder",
    "write_folder",
]

ALIGNMENT: Final = "alignment.csv"
BOOKS: Final = "books.csv"
FAIRNESS: Final = "fairness.json"
RESULT: Final = "result.json"
REPORT: Final = "report.html"
CARVE: Final = "carve.json"
"""What was asked, so that the report can be made again from the folder alone."""


class SavedCarve(BaseModel):
    """What was asked: tables, settings and search limits.

    Attributes
    ----------
    accounts, reps : str
        Paths of the tables, seen from the folder that this is saved in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")

    schema_name: Literal["territory-opt/carve/1"] = Field(default="territory-opt/carve/1", alias="schema")
    accounts: str
    reps: str
    settings: Settings
    solve: SolveSettings


def use_folder(folder: Path) -> None:
    """Make the folder, and fail now rather than after the solve if nothing can be written to it.

    Raises
    ------
    DataError
        It is a file, or must not be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        what = f"cannot be written to: {error.strerror or error}"
        raise DataError(str(folder), [Issue(None, None, what, "choose another folder with -o")]) from None


def write_folder(
    folder: Path,
    result: Result,
    accounts: Path,
    reps: Path,
    settings: Settings,
    solve: SolveSettings,
    further: Further,
) -> tuple[list[str], list[str], list[str]]:
    """Write everything that a carve leaves behind.

    Parameters
    ----------
    folder : Path
        Where to; made by :func:`use_folder`.
    result : Result
        Without an alignment only result, report and settings are written.
    accounts, reps : Path
        Where the tables came from.
    settings, solve : Settings, SolveSettings
        What was asked.
    further : Further
        Files beside the usual ones; only with an alignment.

    Returns
    -------
    written : list of str
        File names.
    removed : list of str
        Files of an earlier carve in this folder that this result has no successor for.
    left : list of str
        Books to sign of an earlier carve. They may have been signed: they stay, with their date and fingerprint.
    """
    saved = SavedCarve(
        accounts=_seen_from(folder, accounts), reps=_seen_from(folder, reps), settings=settings, solve=solve
    )
    makers: dict[str, Callable[[Path], object]] = {
        RESULT: lambda path: write_text_atomic(path, result.to_json() + "\n"),
        REPORT: result.write_html,
        CARVE: lambda path: write_text_atomic(path, saved.model_dump_json(by_alias=True, indent=1) + "\n"),
    }
    if result.has_alignment:
        report = result.fairness()
        makers = {
            ALIGNMENT: lambda path: write_csv(path, alignment_columns(result, report)),
            BOOKS: lambda path: write_csv(path, book_columns(result, report)),
            FAIRNESS: lambda path: write_text_atomic(path, _json(report.to_dict())),
            **makers,
            **further.makers(result),
        }
    again = (folder / CARVE).exists()
    earlier = (ALIGNMENT, BOOKS, FAIRNESS, EXCEL, GEOJSON) if again else ()
    stale = [name for name in earlier if name not in makers]
    # All files are made before the first one replaces an older one.
    with tempfile.TemporaryDirectory(prefix=".carve-", dir=folder) as made:
        for name, make in makers.items():
            make(Path(made, name))
        removed = [name for name in stale if (folder / name).exists()]
        for name in removed:
            (folder / name).unlink()
        for name in makers:
            Path(made, name).replace(folder / name)
    books = [book_file(str(rep)) for rep in result.problem.team.rep_id] if again else []
    left = [name for name in books if name not in makers and (folder / name).exists()]
    return list(makers), removed, left


def read_saved(folder: Path) -> SavedCarve:
    """Read what a folder's carve was asked.

    Raises
    ------
    DataError
        There is no carve in the folder, or its settings were changed into something else.
    """
    path = folder / CARVE
    try:
        return SavedCarve.model_validate_json(path.read_bytes())
    except OSError as error:
        hint = "give a folder that 'territory-opt carve' wrote"
        raise DataError(str(path), [Issue(None, None, f"cannot be read: {error.strerror or error}", hint)]) from None
    except ValidationError as error:
        issues = [Issue(None, ".".join(map(str, fault["loc"])) or None, fault["msg"]) for fault in error.errors()]
        raise DataError(str(path), issues) from None


def alignment_columns(result: Result, report: FairnessReport) -> dict[str, Any]:
    """Columns of ``alignment.csv``: who gets every account, who had it, and what it weighs."""
    problem, found = result.problem, result.alignment
    reps, everyone = found.rep_index, np.arange(problem.n_accounts)
    names = np.array(report.rep_name, dtype=object)
    before = problem.owners.rep_index
    columns: dict[str, Any] = {"account_id": found.account_id, "rep_id": found.rep_id[reps]}
    if problem.accounts.has("name"):
        columns["account_name"] = problem.accounts.text("name")
    columns["rep_name"] = names[reps]
    if problem.accounts.has("owner"):
        owner = problem.accounts.text("owner")
        nobody = np.array([not str(name).strip() for name in owner], dtype=np.bool_)
        columns["owner_before"] = owner
        columns["change"] = np.select(
            [before == reps, before >= 0, nobody], ["kept", "moved", "new"], default="owner left"
        ).astype(object)
    columns["tier"] = problem.scores.tier
    columns["account_units"] = problem.scores.account_units
    columns["acv"] = problem.scores.acv
    columns["load"] = problem.contribution("load", everyone, reps, found.home_index).round(2)
    if problem.has_travel:
        columns["travel_hours"] = problem.hours(everyone, reps, found.home_index).round(2)
    return columns


def book_columns(result: Result, report: FairnessReport) -> dict[str, Any]:
    """Columns of ``books.csv``: one row per rep, totals and deviations of every measure."""
    found = result.alignment
    frame = report.books()
    columns: dict[str, Any] = {}
    for name in frame.columns:
        pairs = zip(frame[name].astype(object).tolist(), frame[name].isna().tolist(), strict=True)
        values = [None if missing else value for value, missing in pairs]
        columns[str(name)] = [round(value, 6) if isinstance(value, float) else value for value in values]
    if (found.home_index >= 0).any():
        ids = [str(found.account_id[home]) if home >= 0 else None for home in found.home_index.tolist()]
        columns["home_account_id"] = ids
    return columns


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _seen_from(folder: Path, path: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:
        return str(path.resolve())  # another drive
