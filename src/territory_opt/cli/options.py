"""The options that commands share, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

import typer

__all__ = [
    "Excel",
    "Gap",
    "GeoJson",
    "LoadWithin",
    "Locks",
    "Maps",
    "Measures",
    "MovedAtMost",
    "Pdf",
    "PolicyFile",
    "RepSheets",
    "Seed",
    "Solver",
    "TamWithin",
    "Threads",
    "TimeLimit",
    "Together",
    "TravelShare",
    "Units",
    "Without",
]

_Number = TypeVar("_Number", int, float)


def _not_negative(value: _Number) -> _Number:
    if not value >= 0:
        raise typer.BadParameter(f"{value} is below 0")
    return value


def _at_least_one(value: int) -> int:
    if value < 1:
        raise typer.BadParameter(f"{value} is below 1")
    return value


_TABLES = "Tables"
_LIMITS = "Rules (in place of the defaults, or beside them)"
_SEARCH = "Search"
_FILES = "Further files"

Maps = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="NAME=HEADER",
        help="Read HEADER as column NAME, as in acv=ARR. Repeat as needed. Put reps. in front for the reps table "
        "(reps.lat=HomeLat); leave HEADER empty to ignore a column.",
        rich_help_panel=_TABLES,
    ),
]
Measures = Annotated[
    list[str] | None,
    typer.Option(
        metavar="HEADER",
        help="A further numeric column that adds up over a book. Repeat as needed.",
        rich_help_panel=_TABLES,
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        metavar="FILE.toml",
        help="Your numbers for the domain rules, one 'name = value' a line.",
        rich_help_panel=_TABLES,
    ),
]
LoadWithin = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE", help="Load of every book within this share of the median (0.15).", rich_help_panel=_LIMITS
    ),
]
TamWithin = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE", help="TAM of every book within this share of the mean (0.15).", rich_help_panel=_LIMITS
    ),
]
Units = Annotated[
    tuple[float, float] | None,
    typer.Option(metavar="LOW HIGH", help="Account units of every full book (100 150).", rich_help_panel=_LIMITS),
]
TravelShare = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE", help="Travel at most this share of selling hours in every book.", rich_help_panel=_LIMITS
    ),
]
MovedAtMost = Annotated[
    float | None,
    typer.Option(metavar="SHARE", help="At most this share of owned ACV changes owner.", rich_help_panel=_LIMITS),
]
Locks = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ACCOUNT[=REP]",
        help="The account stays with its owner, or goes to REP. Repeat as needed.",
        rich_help_panel=_LIMITS,
    ),
]
Together = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN", help="Accounts with equal values share a rep (parent_id).", rich_help_panel=_LIMITS),
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        metavar="RULE",
        help="Leave out a default rule: balance:tam, eligible:vertical, travel ... Repeat as needed.",
        rich_help_panel=_LIMITS,
    ),
]
TimeLimit = Annotated[
    float,
    typer.Option(
        metavar="SECONDS", callback=_not_negative, help="Stop after so many seconds.", rich_help_panel=_SEARCH
    ),
]
Gap = Annotated[
    float,
    typer.Option(
        metavar="SHARE",
        callback=_not_negative,
        help="Stop when this close to the best possible is proven.",
        rich_help_panel=_SEARCH,
    ),
]
Solver = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="auto, core, lagrangian, highs, pulp:CBC or another that is installed.",
        rich_help_panel=_SEARCH,
    ),
]
Seed = Annotated[
    int, typer.Option(metavar="N", callback=_not_negative, help="Seed of everything random.", rich_help_panel=_SEARCH)
]
Threads = Annotated[
    int, typer.Option(metavar="N", callback=_at_least_one, help="Threads the solver may use.", rich_help_panel=_SEARCH)
]
Excel = Annotated[
    bool,
    typer.Option(
        "--excel", help="A workbook with live formulas, carve.xlsx: edit it and it follows.", rich_help_panel=_FILES
    ),
]
RepSheets = Annotated[
    bool, typer.Option("--rep-sheets", help="The workbook, with a sheet for every rep.", rich_help_panel=_FILES)
]
GeoJson = Annotated[
    bool, typer.Option("--geojson", help="Accounts and homes as points, carve.geojson.", rich_help_panel=_FILES)
]
Pdf = Annotated[
    list[str] | None,
    typer.Option(
        "--pdf",
        metavar="REP",
        help="The book of a rep to sign, book-REP.pdf; 'all' for every rep. Repeat as needed.",
        rich_help_panel=_FILES,
    ),
]
