"""Scenarios as one JSON file with a versioned schema, out and back in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from territory_opt._version import __version__
from territory_opt.criteria import Criterion
from territory_opt.errors import CriterionError, DataError, Issue
from territory_opt.frames import write_text_atomic
from territory_opt.records import ResultRecord, result_from_json, result_to_json
from territory_opt.scenarios.codec import criterion_from_json, criterion_to_json
from territory_opt.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable

    from territory_opt.problem import Problem

__all__ = ["SCHEMA_NAME", "read_scenarios", "scenarios_schema", "write_scenarios"]

SCHEMA_NAME: Final = "territory-opt/scenarios/1"
"""Name and version of the schema; the version rises when a reader would have to change."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ScenarioRecord(_Record):
    """One scenario."""

    name: str
    description: str = ""
    criteria: list[dict[str, Any]] = Field(description="All criteria: kind, and the arguments of that kind.")
    solver: str
    time_limit: float
    gap: float
    seed: int
    threads: int
    fingerprint: str = Field(description="SHA-256 of tables, policy, criteria and settings.")
    result: ResultRecord | None = Field(default=None, description="The answer, in the schema of a result.")


class ScenariosRecord(_Record):
    """Scenarios of one problem; the tables are not in the file."""

    schema_name: Literal["territory-opt/scenarios/1"] = Field(default=SCHEMA_NAME, alias="schema")
    library_version: str
    problem_fingerprint: str = Field(description="SHA-256 of tables, policy and the criteria below.")
    criteria: list[dict[str, Any]] = Field(description="Criteria that all scenarios are scored by.")
    scenarios: list[ScenarioRecord]


def scenarios_schema() -> dict[str, object]:
    """JSON Schema (2020-12) of a file of scenarios.

    Examples
    --------
    >>> scenarios_schema()["$id"]
    'territory-opt/scenarios/1'
    """
    schema = ScenariosRecord.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_NAME, **schema}


def write_scenarios(path: str | Path, problem: Problem, scenarios: Iterable[Scenario]) -> Path:
    """Write scenarios with their answers; the file is written whole or not at all.

    Parameters
    ----------
    path : str or Path
        Where to.
    problem : Problem
        What they are scenarios of.
    scenarios : iterable of Scenario
        The scenarios.

    Raises
    ------
    UnsupportedError
        A criterion that a file cannot keep.
    """
    records = [
        {
            "name": one.name,
            "description": one.description,
            "criteria": [criterion_to_json(criterion) for criterion in one.criteria],
            "solver": one.solver,
            "time_limit": float(one.time_limit),
            "gap": float(one.gap),
            "seed": one.seed,
            "threads": one.threads,
            "fingerprint": one.fingerprint(problem),
            "result": None if one.result is None else json.loads(result_to_json(one.result)),
        }
        for one in scenarios
    ]
    value = {
        "schema": SCHEMA_NAME,
        "library_version": __version__,
        "problem_fingerprint": problem.fingerprint,
        "criteria": [criterion_to_json(criterion) for criterion in problem.criteria],
        "scenarios": records,
    }
    target = Path(path)
    write_text_atomic(target, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    return target


def read_scenarios(path: str | Path, problem: Problem) -> tuple[Problem, tuple[Scenario, ...]]:
    """Read scenarios back; their alignments are scored again.

    Parameters
    ----------
    path : str or Path
        A file that :func:`write_scenarios` wrote.
    problem : Problem
        Its tables and policy must be those of the file; its criteria are replaced by those of the file.

    Returns
    -------
    problem : Problem
        With the criteria of the file.
    scenarios : tuple of Scenario
        In the order of the file.

    Raises
    ------
    DataError
        The file cannot be read, does not follow the schema, is of other tables, or contradicts itself.
    """
    table = str(path)
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        issue = Issue(None, None, f"cannot be read: {error.strerror or error}", "check the path")
        raise DataError(table, [issue]) from None
    try:
        record = ScenariosRecord.model_validate_json(text)
    except ValidationError as error:
        issues = [
            Issue(None, ".".join(map(str, fault["loc"])) or None, fault["msg"], f"see the schema {SCHEMA_NAME}")
            for fault in error.errors()
        ]
        if any(fault["loc"] == ("schema",) for fault in error.errors()):
            what = f"is not a file of scenarios ({SCHEMA_NAME})"
            issues = [Issue(None, "schema", what, "give a file that Scenarios.save wrote, or the folder of a carve")]
        raise DataError(table, issues) from None
    hint = "use the tables and the policy that the file was made with"
    try:
        base = problem.replace(criteria=_criteria(table, "criteria", record.criteria))
    except CriterionError as error:
        raise DataError(table, [Issue(None, "criteria", str(error), hint)]) from None
    if base.fingerprint != record.problem_fingerprint:
        raise DataError(table, [Issue(None, "problem_fingerprint", "belongs to other tables or another policy", hint)])
    found = []
    for position, one in enumerate(record.scenarios):
        where = f"scenarios.{position}"
        try:
            scenario = Scenario(
                name=one.name,
                criteria=_criteria(table, f"{where}.criteria", one.criteria),
                description=one.description,
                solver=one.solver,
                time_limit=one.time_limit,
                gap=one.gap,
                seed=one.seed,
                threads=one.threads,
            )
            asked = scenario.of(base)
        except CriterionError as error:
            raise DataError(table, [Issue(None, where, str(error), "the file was changed")]) from None
        if scenario.fingerprint(base) != one.fingerprint:
            what = f"{one.name!r} does not ask what its fingerprint says"
            raise DataError(table, [Issue(None, f"{where}.fingerprint", what, "the file was changed")])
        found.append(_with_result(scenario, asked, one.result))
    names = [scenario.name for scenario in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        issues = [Issue(None, "scenarios", f"two are called {name!r}", "the file was changed") for name in twice]
        raise DataError(table, issues)
    return base, tuple(found)


def _criteria(table: str, where: str, values: list[dict[str, Any]]) -> tuple[Criterion, ...]:
    found: list[Criterion] = []
    issues = []
    for position, value in enumerate(values):
        try:
            found.append(criterion_from_json(value))
        except CriterionError as error:
            issues.append(Issue(None, f"{where}.{position}", str(error), "the file was changed"))
    if issues:
        raise DataError(table, issues)
    return tuple(found)


def _with_result(scenario: Scenario, asked: Problem, record: ResultRecord | None) -> Scenario:
    from dataclasses import replace

    if record is None:
        return scenario
    return replace(scenario, result=result_from_json(asked, record.model_dump_json(by_alias=True)))
