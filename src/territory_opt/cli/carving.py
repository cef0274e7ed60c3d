"""The work behind the commands: check tables, carve them, make a report again."""

from __future__ import annotations

from pathlib import Path

from territory_opt.cli.exits import Exit, exit_of
from territory_opt.cli.further import Further
from territory_opt.cli.outputs import REPORT, RESULT, read_saved, use_folder, write_folder
from territory_opt.cli.progress import watched
from territory_opt.cli.screens import (
    listed,
    output_to,
    show_problem,
    show_quality,
    show_result,
    show_written,
    tell_obstacles,
    tell_warning,
    tell_ways,
)
from territory_opt.cli.settings import Settings, SolveSettings
from territory_opt.cli.tables import read_tables
from territory_opt.errors import DataError, Issue
from territory_opt.problem import Problem

__all__ = ["carve_demo", "carve_tables", "check_tables", "report_folder", "report_result"]

_NOTHING = Further()
_HELP_SECONDS = 10.0
_SAMPLE = ("accounts.csv", "reps.csv")


def check_tables(accounts: Path, reps: Path | None, settings: Settings) -> Exit:
    """Print the data-quality report, and with both tables the rules and what stands in their way."""
    table, team = read_tables(accounts, reps, settings)
    console = output_to()
    show_quality(console, table.quality)
    if team is None:
        return Exit.OK
    from territory_opt.solvers.screen import screen

    show_quality(console, team.quality)
    problem = settings.problem(table, team)
    show_problem(console, problem)
    obstacles = screen(problem)
    tell_obstacles(console, obstacles)
    if obstacles:
        _tell_help(problem)
    return Exit.INFEASIBLE if obstacles else Exit.OK


def carve_tables(
    accounts: Path, reps: Path, folder: Path, settings: Settings, solve: SolveSettings, further: Further = _NOTHING
) -> Exit:
    """Carve two tables into a folder of results, and print the summary."""
    from territory_opt.solve import solve as solve_problem

    problem = _stated(accounts, reps, settings)
    further.check(problem)
    use_folder(folder)
    with watched() as (line, cancel):
        result = solve_problem(problem, **solve.model_dump(), on_event=line, cancel=cancel)
    names, removed, left = write_folder(folder, result, accounts, reps, settings, solve, further)
    show_result(output_to(), result)
    if exit_of(result) is Exit.INFEASIBLE:
        _tell_help(problem)
    show_written(output_to(), folder, names, folder / REPORT)
    if removed:
        tell_warning(f"removed {listed(removed)} of an earlier carve")
    if left:
        tell_warning(f"not of this carve, and kept since it may be signed: {listed(left)}")
    return exit_of(result)


def carve_demo(folder: Path, solve: SolveSettings) -> Exit:
    """Write the sample's tables and carve them, as anybody would carve their own."""
    from territory_opt.data import make_sample
    from territory_opt.frames import write_csv

    use_folder(folder)
    paths = [folder / name for name in _SAMPLE]
    for path, columns in zip(paths, make_sample(), strict=True):
        write_csv(path, columns)
    return carve_tables(paths[0], paths[1], folder, Settings(), solve)


def report_folder(folder: Path, out: Path | None, further: Further = _NOTHING) -> Exit:
    """Make the report of a folder that a carve wrote."""
    saved = read_saved(folder)
    accounts, reps = (folder / saved.accounts, folder / saved.reps)
    return report_result(accounts, reps, folder / RESULT, out, saved.settings, further)


def report_result(
    accounts: Path, reps: Path, saved: Path, out: Path | None, settings: Settings, further: Further = _NOTHING
) -> Exit:
    """Make the report of a saved result, and what else is asked for; its alignment is scored again."""
    from territory_opt.records import result_from_json

    try:
        text = saved.read_bytes()
    except OSError as error:
        problem = Issue(None, None, f"cannot be read: {error.strerror or error}", "check the path")
        raise DataError(str(saved), [problem]) from None
    stated = _stated(accounts, reps, settings)
    further.check(stated)
    result = result_from_json(stated, text)
    page = saved.with_name(REPORT) if out is None else out
    use_folder(page.parent)
    result.write_html(page)
    makers = further.makers(result)
    if makers and not result.has_alignment:
        tell_warning(f"no alignment: {listed(makers)} not written")
        makers = {}
    for name, make in makers.items():
        make(page.with_name(name))
    show_written(output_to(), page.parent, [page.name, *makers], page)
    return Exit.OK


def _tell_help(problem: Problem) -> None:
    from territory_opt.diagnose import diagnose

    tell_ways(output_to(), diagnose(problem, time_limit=_HELP_SECONDS))


def _stated(accounts: Path, reps: Path, settings: Settings) -> Problem:
    table, team = read_tables(accounts, reps, settings)
    assert team is not None  # reps were given
    for quality in (table.quality, team.quality):
        for text in quality.warnings:
            tell_warning(f"{quality.table}: {text}")
    return settings.problem(table, team)
