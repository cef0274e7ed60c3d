"""The work behind ``compare``: plans from files, side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.text import Text

from territory_opt.alignment import Alignment
from territory_opt.cli.exits import BadInput, Exit
from territory_opt.cli.outputs import ALIGNMENT, use_folder
from territory_opt.cli.screens import output_to, tell_warning
from territory_opt.cli.settings import Settings
from territory_opt.cli.tables import read_tables
from territory_opt.errors import CriterionError, DataError, Issue
from territory_opt.fairness.wording import count
from territory_opt.frames import read_csv, write_csv, write_text_atomic

if TYPE_CHECKING:
    from territory_opt.compare import Comparison
    from territory_opt.problem import Problem
    from territory_opt.result import Result

__all__ = ["compare_tables"]

_KINDS = (".csv", ".json", ".html")
_TODAY = "today"


def compare_tables(
    accounts: Path,
    reps: Path,
    plans: list[str],
    out: Path | None,
    settings: Settings,
    *,
    today: bool,
    base: str | None,
) -> Exit:
    """Score plans from files by one problem, print the table, and write it when asked to.

    Parameters
    ----------
    accounts, reps : Path
        The tables.
    plans : list of str
        ``FILE`` or ``NAME=FILE``: an alignment as CSV, the folder of a carve, or a file of scenarios.
    out : Path or None
        CSV, JSON or HTML file for the table.
    settings : Settings
        Columns, rules and policy; without rules, those of a single file of scenarios are used.
    today : bool
        Put today's owners first.
    base : str or None
        Plan that differences are against.

    Raises
    ------
    BadInput
        With everything that is wrong with the files.
    CriterionError, DataError
        What the comparison refuses.
    """
    from territory_opt.compare import compare
    from territory_opt.compare.display import as_text

    if out is not None and out.suffix.lower() not in _KINDS:
        raise DataError(
            str(out), [Issue(None, None, "is no kind of file for a table", f"end it in {', '.join(_KINDS)}")]
        )
    table, team = read_tables(accounts, reps, settings)
    assert team is not None  # reps are an argument of the command
    problem = settings.problem(table, team)
    named = [_named(text) for text in plans]
    scenario_files = [path for _, path in named if path.suffix.lower() == ".json"]
    if len(scenario_files) == 1 and not settings.states_rules:
        from territory_opt.scenarios import Scenarios

        problem = Scenarios.load(scenario_files[0], problem).problem
        tell_warning(f"scored by the criteria of {scenario_files[0]}")
    found = _read_plans(named, problem)
    if today:
        found = {_TODAY: _today(problem, found), **found}
    comparison = compare(found, problem, base=base)
    console = output_to()
    wide = console.width if console.is_terminal else None
    console.print(Text(as_text(comparison, width=wide)), soft_wrap=wide is None)
    if out is not None:
        use_folder(out.parent)
        _write(out, comparison)
        console.print(Text.assemble(("Wrote ", "dim"), str(out)), soft_wrap=True)
    return Exit.OK


def _named(text: str) -> tuple[str | None, Path]:
    """Split ``NAME=FILE``; a file whose own name has an equals sign is found as it is."""
    name, equals, file = text.partition("=")
    if not equals or Path(text).exists():
        return None, Path(text)
    return name.strip(), Path(file)


def _read_plans(named: list[tuple[str | None, Path]], problem: Problem) -> dict[str, Alignment | Result]:
    found: dict[str, Alignment | Result] = {}
    wrong: list[Exception] = []
    for name, path in named:
        try:
            plans = _read(name, path, problem)
        except DataError as error:
            wrong.append(error)
            continue
        for key, plan in plans.items():
            if key in found:
                hint = "give them names: NAME=FILE"
                wrong.append(DataError(str(path), [Issue(None, None, f"a second plan is called {key!r}", hint)]))
            found[key] = plan
    if wrong:
        raise BadInput(wrong)
    return found


def _read(name: str | None, path: Path, problem: Problem) -> dict[str, Alignment | Result]:
    if path.suffix.lower() == ".json":
        from territory_opt.scenarios import Scenarios

        scenarios = Scenarios.load(path, problem)
        solved = {key: result for key, result in scenarios.results.items() if result.has_alignment}
        for one in scenarios:
            if one.name not in solved:
                tell_warning(f"{path}: {one.name!r} has no alignment, and is left out")
        if not solved:
            raise DataError(str(path), [Issue(None, "scenarios", "none has an alignment", "solve them first")])
        prefix = "" if name is None else f"{name}: "
        return {f"{prefix}{key}": result for key, result in solved.items()}
    file = path / ALIGNMENT if path.is_dir() else path
    raw, _ = read_csv(file)
    try:
        plan = Alignment.from_frame(problem, raw)
    except DataError as error:
        raise DataError(f"{error.table} ({file})", error.issues) from None
    return {name or (path.resolve().name if path.is_dir() else path.stem): plan}


def _today(problem: Problem, found: dict[str, Alignment | Result]) -> Alignment:
    if _TODAY in found:
        raise CriterionError("a plan is called 'today' already; leave --today out, or rename the plan")
    if not found:
        raise CriterionError("--today needs a plan to compare with")
    owner = problem.owners.rep_index
    if not (owner >= 0).any():
        raise CriterionError("--today: no account has an owner in the team")
    name, plan = next(iter(found.items()))
    other = plan if isinstance(plan, Alignment) else plan.alignment
    free = int((owner < 0).sum())
    if free:
        tell_warning(f"today: {count(free, 'account')} without an owner in the team taken to be where {name} has them")
    return Alignment.from_index(problem, np.where(owner >= 0, owner, other.rep_index), other.home_index)


def _write(out: Path, comparison: Comparison) -> None:
    kind = out.suffix.lower()
    if kind == ".json":
        write_text_atomic(out, json.dumps(comparison.to_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    elif kind == ".csv":
        frame = comparison.to_frame()
        columns = {}
        for name in frame.columns:
            pairs = zip(frame[name].astype(object).tolist(), frame[name].isna().tolist(), strict=True)
            columns[str(name)] = [None if missing else value for value, missing in pairs]
        write_csv(out, columns)
    else:
        from territory_opt.report.compare_page import write_comparison

        write_comparison(comparison, out)
