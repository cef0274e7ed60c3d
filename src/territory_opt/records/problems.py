"""Problems as JSON: tables, policy, criteria and arrays, out and back in."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from territory_opt._specs import ACCOUNT_COLUMNS
from territory_opt._typing import AnyArray
from territory_opt.accounts import Accounts
from territory_opt.errors import CriterionError, DataError, Issue
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.records.criteria import CriterionStatement, criterion_of, statement_of
from territory_opt.team import Team

__all__ = ["PROBLEM_SCHEMA", "ProblemRecord", "problem_from_json", "problem_schema", "problem_to_json"]

PROBLEM_SCHEMA: Final = "territory-opt/problem/1"
"""Name and version of the schema; the version rises when a reader would have to change."""

_KINDS = {"O": "text", "f": "number", "b": "flag", "M": "date"}


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ColumnRecord(_Record):
    """One column of a table."""

    kind: Literal["text", "number", "flag", "date"]
    values: list[str | bool | float | None] = Field(description="One per row; null where missing. Dates as ISO.")


class TableRecord(_Record):
    """A table: ids, and columns by canonical name."""

    ids: list[str]
    columns: dict[str, ColumnRecord]
    measures: list[str] = Field(default=[], description="Columns that add up over a book (accounts only).")


class ProblemRecord(_Record):
    """What is to be carved, and what a good carve is."""

    schema_name: Literal["territory-opt/problem/1"] = Field(default=PROBLEM_SCHEMA, alias="schema")
    library_version: str
    problem_fingerprint: str = Field(description="SHA-256 of everything an answer depends on.")
    accounts: TableRecord
    team: TableRecord
    policy: dict[str, Any] = Field(description="Numbers of the domain rules that differ from the defaults.")
    criteria: list[CriterionStatement]
    own_measures: dict[str, list[float] | list[list[float]]] = Field(description="By account, or by account and rep.")
    travel_time: list[list[float]] | None = Field(description="Hours per visit by account and rep.")
    notes: list[str]


def problem_schema() -> dict[str, object]:
    """JSON Schema (2020-12) of a problem."""
    schema = ProblemRecord.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": PROBLEM_SCHEMA, **schema}


def problem_to_json(problem: Problem) -> str:
    """Write a problem as JSON.

    Parameters
    ----------
    problem : Problem
        Any problem without a travel-time function.

    Returns
    -------
    str
        JSON of the schema that :func:`problem_schema` gives. Numbers keep all their digits.

    Raises
    ------
    DataError
        If travel times are a function, which cannot be written: give the matrix.
    CriterionError
        If a criterion is of another package.

    Examples
    --------
    >>> import territory_opt as topt
    >>> problem = topt.Problem.from_arrays([[1, 2], [2, 1]], measures={"load": [1, 1]}, upper={"load": 1})
    >>> problem_from_json(problem_to_json(problem)).fingerprint == problem.fingerprint
    True
    """
    from territory_opt._version import __version__

    travel = problem.places.travel_time
    if callable(travel):
        hint = "give the matrix of hours, shape (n_accounts, n_reps)"
        raise DataError("travel_time", [Issue(None, None, "a function cannot be written as JSON", hint)])
    default = asdict(Policy())
    record = ProblemRecord(
        schema=PROBLEM_SCHEMA,
        library_version=__version__,
        problem_fingerprint=problem.fingerprint,
        accounts=TableRecord(
            ids=problem.accounts.account_id.tolist(),
            columns={name: _column(values) for name, values in problem.accounts.columns.items()},
            measures=list(problem.accounts.measures),
        ),
        team=TableRecord(
            ids=problem.team.rep_id.tolist(),
            columns={name: _column(values) for name, values in problem.team.columns.items()},
        ),
        policy={name: value for name, value in asdict(problem.policy).items() if value != default[name]},
        criteria=[statement_of(criterion) for criterion in problem.criteria],
        own_measures={name: values.tolist() for name, values in problem.own_measures.items()},
        travel_time=None if travel is None else travel.tolist(),
        notes=list(problem.notes),
    )
    return json.dumps(record.model_dump(mode="json", by_alias=True), ensure_ascii=False, allow_nan=False)


def problem_from_json(text: str | bytes) -> Problem:
    """Read a problem back, with every check that tables and criteria go through.

    Parameters
    ----------
    text : str or bytes
        JSON written by :func:`problem_to_json`.

    Returns
    -------
    Problem
        With the same fingerprint and notes.

    Raises
    ------
    DataError
        If the JSON does not follow the schema, a table is unusable, or the fingerprint is not the one in the file.
    CriterionError
        If a criterion or the policy contradicts itself.
    """
    try:
        record = ProblemRecord.model_validate_json(text)
    except ValidationError as error:
        issues = [
            Issue(None, ".".join(map(str, fault["loc"])) or None, fault["msg"], f"see the schema {PROBLEM_SCHEMA}")
            for fault in error.errors()
        ]
        raise DataError("problem", issues) from error
    issues = []
    tables = []
    for name, key, table in (("accounts", "account_id", record.accounts), ("team", "rep_id", record.team)):
        tables.append(_frame(name, key, table, issues))
    unknown = sorted(set(record.policy) - set(asdict(Policy())))
    issues += [Issue(None, f"policy.{name}", "is not a number of the policy", "take it out") for name in unknown]
    if issues:
        raise DataError("problem", issues)
    known = {spec.name for spec in ACCOUNT_COLUMNS}
    names = {name: name for name in tables[0] if name in known or name not in record.accounts.measures}
    accounts = Accounts.from_frame(tables[0], columns=names, measures=record.accounts.measures)
    team = Team.from_frame(tables[1], columns={name: name for name in tables[1]})
    travel = None if record.travel_time is None else _matrix(record.travel_time, "travel_time")
    own = {name: _matrix(values, f"own_measures.{name}") for name, values in record.own_measures.items()}
    problem = Problem(
        accounts,
        team,
        policy=_policy(record.policy),
        criteria=[criterion_of(statement) for statement in record.criteria],
        travel_time=travel,
        own_measures=own,
    )
    if problem.fingerprint != record.problem_fingerprint:
        hint = "the file was changed, or written by another version of the library"
        what = "is not that of the problem in the file"
        raise DataError("problem", [Issue(None, "problem_fingerprint", what, hint)])
    problem.__dict__["notes"] = tuple(record.notes)  # Why defaults were chosen cannot be told again.
    return problem


def _column(values: AnyArray) -> ColumnRecord:
    kind = _KINDS[values.dtype.kind]
    if kind == "number":
        cells = [None if cell != cell else cell for cell in values.tolist()]
    elif kind == "date":
        cells = [None if np.isnat(cell) else str(cell) for cell in values]
    else:
        cells = values.tolist()
    return ColumnRecord.model_construct(kind=kind, values=cells)


def _frame(name: str, key: str, table: TableRecord, issues: list[Issue]) -> dict[str, AnyArray]:
    """Arrays by name, of the type that their kind says."""
    found: dict[str, AnyArray] = {key: np.array([*table.ids, ""], dtype=object)[:-1]}
    for column, record in table.columns.items():
        try:
            found[column] = _array(record)
        except (TypeError, ValueError) as error:
            issues.append(Issue(None, f"{name}.{column}", f"is no column of {record.kind}: {error}", "correct it"))
    return found


def _array(record: ColumnRecord) -> AnyArray:
    wanted = {"text": (str,), "number": (int, float), "flag": (bool,), "date": (str,)}[record.kind]
    for row, cell in enumerate(record.values):
        missing = cell is None and record.kind in ("number", "date")
        odd = isinstance(cell, bool) and record.kind == "number"
        if odd or not (missing or isinstance(cell, wanted)):
            raise ValueError(f"row {row} holds {cell!r}")
    if record.kind == "text":
        return np.array([*record.values, ""], dtype=object)[:-1]
    if record.kind == "number":
        return np.array([np.nan if cell is None else cell for cell in record.values], dtype=np.float64)
    if record.kind == "flag":
        return np.array(record.values, dtype=np.bool_)
    return np.array(["NaT" if cell is None else cell for cell in record.values], dtype="datetime64[D]")


def _matrix(values: list[Any], name: str) -> AnyArray:
    try:
        return np.array(values, dtype=np.float64)
    except ValueError as error:
        raise DataError("problem", [Issue(None, name, "has rows of different lengths", "correct it")]) from error


def _policy(given: dict[str, Any]) -> Policy:
    import datetime as dt

    def frozen(value: Any) -> Any:
        return tuple(frozen(item) for item in value) if isinstance(value, list) else value

    values = {name: frozen(value) for name, value in given.items()}
    try:
        if isinstance(values.get("as_of"), str):
            values["as_of"] = dt.date.fromisoformat(values["as_of"])
        return Policy(**values)
    except (TypeError, ValueError) as error:
        if isinstance(error, CriterionError):
            raise
        raise DataError("problem", [Issue(None, "policy", f"cannot be read: {error}", "correct it")]) from error
