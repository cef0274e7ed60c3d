"""The commands: what they are called, what they take, and which work they hand on."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from territory_opt.cli import options as opt
from territory_opt.cli.exits import spoken
from territory_opt.cli.further import Further
from territory_opt.cli.groups import further_of, grouped, settings_of
from territory_opt.cli.settings import Settings, SolveSettings, read_policy

__all__ = ["app"]

app = typer.Typer(
    name="territory-opt",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 2 wrong input, 3 no alignment can keep the limits, 4 none found in time.",
)

_Folder = Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Folder for the results.")]
_Accounts = Annotated[Path, typer.Argument(metavar="ACCOUNTS.csv", help="One row per account.")]
_Reps = Annotated[Path, typer.Argument(metavar="REPS.csv", help="One row per rep.")]


class Published(StrEnum):
    """What has a published schema."""

    RESULT = "result"
    PROBLEM = "problem"
    RECORD = "record"


def _version(asked: bool) -> None:
    if asked:
        from territory_opt import __version__

        typer.echo(f"territory-opt {__version__}")
        raise typer.Exit


@app.callback()
def entry(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Carve sales territories: balanced books, with a proof of how good they are.

    Start with **territory-opt demo**. With your own tables: **check** them, then **carve** them.
    """


@app.command()
def demo(
    out: _Folder = Path("out"),
    time_limit: opt.TimeLimit = 30.0,
    gap: opt.Gap = 0.02,
    seed: opt.Seed = 1,
    threads: opt.Threads = 1,
) -> None:
    """Carve a sample of 1,800 accounts for 20 reps and write the report.

    The sample's two tables are written to the folder first: they show which columns a carve reads. Nothing is
    downloaded.
    """
    from territory_opt.cli.carving import carve_demo

    with spoken():
        solve = SolveSettings(time_limit=time_limit, gap=gap, seed=seed, threads=threads)
        sys.exit(carve_demo(out, solve))


@app.command()
def check(
    accounts: _Accounts,
    reps: Annotated[Path | None, typer.Argument(metavar="REPS.csv", help="One row per rep.")] = None,
    map_: opt.Maps = None,
    measure: opt.Measures = None,
    policy: opt.PolicyFile = None,
) -> None:
    """Say how the tables are read, and list every problem in them.

    With both tables it also shows the rules a carve is held to, and looks for reasons why it could not succeed.
    CSV in UTF-8, UTF-16 or Windows-1252, with comma, semicolon, tab or bar between cells; headers of Salesforce
    and HubSpot exports are recognised.
    """
    from territory_opt.cli.carving import check_tables

    with spoken(every_problem=True):
        settings = Settings(columns=tuple(map_ or ()), measures=tuple(measure or ()), policy=read_policy(policy))
        sys.exit(check_tables(accounts, reps, settings))


@app.command()
@grouped(settings=settings_of, further=further_of)
def carve(
    accounts: _Accounts,
    reps: _Reps,
    settings: Settings,
    further: Further,
    out: _Folder = Path("out"),
    time_limit: opt.TimeLimit = 60.0,
    gap: opt.Gap = 1e-3,
    solver: opt.Solver = "auto",
    seed: opt.Seed = 1,
    threads: opt.Threads = 1,
) -> None:
    """Carve the accounts into one book per rep.

    Writes alignment.csv (who gets which account), books.csv, fairness.json, result.json and report.html.
    Ctrl-C ends the search and keeps the best alignment found so far.
    """
    from territory_opt.cli.carving import carve_tables

    solve = SolveSettings(solver=solver, time_limit=time_limit, gap=gap, seed=seed, threads=threads)
    sys.exit(carve_tables(accounts, reps, out, settings, solve, further))


@app.command()
@grouped(settings=settings_of, further=further_of)
def report(
    settings: Settings,
    further: Further,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER_OR_ACCOUNTS.csv", help="Folder of a carve; or the accounts table.")
    ],
    reps: Annotated[Path | None, typer.Argument(metavar="REPS.csv", help="With an accounts table.")] = None,
    result: Annotated[Path | None, typer.Argument(metavar="RESULT.json", help="With an accounts table.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="The page; default report.html by the result.")
    ] = None,
) -> None:
    """Make the report again from a saved result.

    Further files are written beside the page. A folder knows its tables and rules. With tables and a result, give
    the rules that the carve was given: a result is refused when it answers another problem.
    """
    from territory_opt.cli.carving import report_folder, report_result

    if reps is not None and result is not None:
        sys.exit(report_result(folder, reps, result, out, settings, further))
    if reps is not None or folder.is_file():
        raise typer.BadParameter("give a folder, or three files: ACCOUNTS.csv REPS.csv RESULT.json")
    if settings != Settings():
        raise typer.BadParameter("a folder knows its rules; leave the options out")
    sys.exit(report_folder(folder, out, further))


@app.command()
@grouped(settings=settings_of)
def compare(
    accounts: _Accounts,
    reps: _Reps,
    plans: Annotated[
        list[str],
        typer.Argument(
            metavar="PLAN...", help="An alignment.csv, the folder of a carve, or scenarios.json; or NAME=FILE."
        ),
    ],
    settings: Settings,
    today: Annotated[bool, typer.Option("--today", help="Put today's owners first.")] = False,
    base: Annotated[
        str | None, typer.Option(metavar="NAME", help="Plan that differences are against; default the first.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the table as .csv, .json or .html.")
    ] = None,
) -> None:
    """Lay plans side by side: objective, every rule, fairness, moves and travel, and which one to take.

    All plans are scored by the rules given here. Without rules, a single file of scenarios is scored by its own.
    """
    from territory_opt.cli.compare import compare_tables

    sys.exit(compare_tables(accounts, reps, plans, out, settings, today=today, base=base))


@app.command("serve-schema")
def serve_schema(
    of: Annotated[Published, typer.Option(help="Which of the published schemas.")] = Published.RESULT,
) -> None:
    """Print the JSON Schema of result.json, or of another file or row that the library writes."""
    from territory_opt.records import problem_schema, record_schema, result_schema

    schemas = {"result": result_schema, "problem": problem_schema, "record": record_schema}
    typer.echo(json.dumps(schemas[of.value](), indent=2))
