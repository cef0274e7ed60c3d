"""Results as JSON with a published, versioned schema, out and back in."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from territory_opt._typing import read_only
from territory_opt._version import __version__
from territory_opt.alignment import Alignment
from territory_opt.asked import Asked
from territory_opt.errors import DataError, Issue
from territory_opt.evaluation import Evaluation, evaluate
from territory_opt.events import Progress
from territory_opt.multipliers import Multipliers
from territory_opt.result import Result
from territory_opt.termination import OPTIMALITY_GAP, Limit, Reason, Termination, relative_gap

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["SCHEMA_NAME", "ResultRecord", "result_from_json", "result_schema", "result_to_json"]

SCHEMA_NAME: Final = "territory-opt/result/1"
"""Name and version of the schema; the version rises when a reader would have to change."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TerminationRecord(_Record):
    """Why the solve ended."""

    reason: Reason
    limit: Limit | None = None
    detail: str = ""


class CriterionRecord(_Record):
    """One criterion against the alignment."""

    name: str = Field(description="The criterion in words.")
    limit: bool = Field(description="True for a hard limit, False for a weighted term.")
    satisfied: bool
    slack: float = Field(description="Room left, in `unit`; negative when broken.")
    unit: str
    term: float = Field(description="What it adds to the objective.")
    worst: str = Field(description="Rep or account where it is tightest.")
    detail: str


class BookRecord(_Record):
    """One rep's book."""

    rep_id: str
    capacity: float = Field(description="Share of a full book.")
    home_account_id: str | None = Field(default=None, description="Home chosen by the solver, if the rep had none.")
    totals: dict[str, float] = Field(description="Total of every measure.")


class AlignmentRecord(_Record):
    """Who owns every account: two lists of equal length."""

    account_id: list[str]
    rep_id: list[str]


class AskedRecord(_Record):
    """What the solve was asked for."""

    solver: str
    gap: float = Field(ge=0)
    time_limit: float | None = Field(ge=0, description="Wall-clock seconds; null for no limit.")
    threads: int = Field(ge=1)
    start: bool = Field(description="Whether it began from a given alignment.")


class MultipliersRecord(_Record):
    """Prices of room in the books that the solve ended with."""

    measures: list[str]
    per_unit: list[list[float]] = Field(description="Objective per unit, by book (in their order) and measure.")
    moved: float = Field(description="Objective per unit of moved value under a cap on disruption.")
    settled: bool = Field(description="False for prices of an earlier statement, or with a limit on moves.")


class EventRecord(_Record):
    """One report of progress."""

    seconds: float
    stage: str
    objective: float | None = None
    bound: float | None = None


class ResultRecord(_Record):
    """The answer to a carve."""

    schema_name: Literal["territory-opt/result/1"] = Field(default=SCHEMA_NAME, alias="schema")
    library_version: str
    problem_fingerprint: str = Field(description="SHA-256 of tables, policy and criteria.")
    n_accounts: int
    n_reps: int
    solver: str
    solver_reason: str
    seed: int
    seconds: float
    asked: AskedRecord | None = Field(default=None, description="Null where it was not kept.")
    termination: TerminationRecord
    objective: float | None = Field(description="Null when no alignment was found.")
    bound: float | None = Field(description="Null when nothing is proven, or infeasible.")
    gap: float | None = Field(description="(objective - bound) / abs(objective); null while either is unknown.")
    criteria: list[CriterionRecord]
    books: list[BookRecord]
    alignment: AlignmentRecord | None
    multipliers: MultipliersRecord | None = Field(default=None, description="Null where the solver gives none.")
    problem_notes: list[str] = Field(description="What was inferred from the tables.")
    notes: list[str] = Field(description="What the solve inferred or did.")
    events: list[EventRecord]


def result_schema() -> dict[str, object]:
    """JSON Schema (2020-12) of a result."""
    schema = ResultRecord.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_NAME, **schema}


def result_to_json(result: Result) -> str:
    """Write a result as JSON.

    Parameters
    ----------
    result : Result
        Any result, with or without an alignment.

    Returns
    -------
    str
        JSON of the schema that :func:`result_schema` gives; infinities are written as null.
    """
    problem = result.problem
    books: list[BookRecord] = []
    criteria: list[CriterionRecord] = []
    alignment = None
    if result.has_alignment:
        found, evaluation = result.alignment, result.evaluation
        criteria = [
            CriterionRecord(
                name=check.name,
                limit=check.criterion.is_limit,
                satisfied=check.satisfied,
                slack=check.slack,
                unit=check.unit,
                term=check.term,
                worst=check.worst,
                detail=check.detail,
            )
            for check in evaluation.checks
        ]
        for rep, rep_id in enumerate(found.rep_id.tolist()):
            home = int(found.home_index[rep])
            books.append(
                BookRecord(
                    rep_id=rep_id,
                    capacity=float(problem.team.capacity[rep]),
                    home_account_id=str(found.account_id[home]) if home >= 0 else None,
                    totals={name: float(book[rep]) for name, book in sorted(evaluation.books.items())},
                )
            )
        alignment = AlignmentRecord(account_id=found.account_id.tolist(), rep_id=found.rep_id[found.rep_index].tolist())
    record = ResultRecord(
        schema=SCHEMA_NAME,
        library_version=__version__,
        problem_fingerprint=problem.fingerprint,
        n_accounts=problem.n_accounts,
        n_reps=problem.n_reps,
        solver=result.solver,
        solver_reason=result.solver_reason,
        seed=result.seed,
        seconds=result.seconds,
        asked=_asked_record(result.asked),
        termination=TerminationRecord(
            reason=result.termination.reason, limit=result.termination.limit, detail=result.termination.detail
        ),
        objective=_finite(result.objective),
        bound=_finite(result.bound),
        gap=_finite(result.gap),
        criteria=criteria,
        books=books,
        alignment=alignment,
        multipliers=None if result.found is None else _multipliers_record(result.alignment.multipliers),
        problem_notes=list(problem.notes),
        notes=list(result.notes),
        events=[
            EventRecord(seconds=e.seconds, stage=e.stage, objective=_finite(e.objective), bound=_finite(e.bound))
            for e in result.events
        ],
    )
    return json.dumps(record.model_dump(mode="json", by_alias=True), indent=1, ensure_ascii=False, allow_nan=False)


def result_from_json(problem: Problem, text: str | bytes) -> Result:
    """Read a result back, and score its alignment again.

    Parameters
    ----------
    problem : Problem
        The problem it answers; its fingerprint must be the one in the file.
    text : str or bytes
        JSON written by :func:`result_to_json`.

    Returns
    -------
    Result
        Numbers of the alignment are computed anew, never read.

    Raises
    ------
    DataError
        If the JSON does not follow the schema, belongs to another problem, or contradicts itself.
    """
    try:
        record = ResultRecord.model_validate_json(text)
    except ValidationError as error:
        issues = [
            Issue(None, ".".join(map(str, fault["loc"])) or None, fault["msg"], f"see the schema {SCHEMA_NAME}")
            for fault in error.errors()
        ]
        raise DataError("result", issues) from error
    if record.problem_fingerprint != problem.fingerprint:
        hint = "use the tables, policy and criteria it was solved with"
        raise DataError("result", [Issue(None, "problem_fingerprint", "belongs to another problem", hint)])
    found = None
    if record.alignment is not None:
        columns = {
            "account_id": np.array(record.alignment.account_id, dtype=object),
            "rep_id": np.array(record.alignment.rep_id, dtype=object),
        }
        homes = np.full(problem.n_reps, -1, dtype=np.int64)
        for book in record.books:
            if book.home_account_id is not None:
                homes[problem.team.index_of(book.rep_id)] = problem.accounts.index_of(book.home_account_id)
        reps = Alignment.from_frame(problem, columns).rep_index
        alignment = Alignment.from_index(problem, reps, homes).with_multipliers(_multipliers_of(record.multipliers))
        found = (alignment, evaluate(problem, alignment))
    infeasible = record.termination.reason is Reason.INFEASIBLE
    unknown = math.inf if infeasible else -math.inf
    _check_claims(record, None if found is None else found[1])
    return Result(
        problem=problem,
        termination=Termination(record.termination.reason, record.termination.limit, record.termination.detail),
        bound=unknown if record.bound is None else min(record.bound, found[1].objective if found else math.inf),
        seconds=record.seconds,
        solver=record.solver,
        solver_reason=record.solver_reason,
        seed=record.seed,
        events=tuple(Progress(e.seconds, e.stage, e.objective, e.bound) for e in record.events),
        notes=tuple(record.notes),
        found=found,
        asked=_asked_of(record.asked),
    )


def _asked_record(asked: Asked | None) -> AskedRecord | None:
    if asked is None:
        return None
    return AskedRecord.model_validate({**asdict(asked), "time_limit": _finite(asked.time_limit)})


def _asked_of(record: AskedRecord | None) -> Asked | None:
    if record is None:
        return None
    limit = math.inf if record.time_limit is None else record.time_limit
    return Asked(record.solver, record.gap, limit, record.threads, record.start)


def _multipliers_record(multipliers: Multipliers | None) -> MultipliersRecord | None:
    if multipliers is None:
        return None
    return MultipliersRecord(
        measures=list(multipliers.measures),
        per_unit=multipliers.per_unit.tolist(),
        moved=multipliers.moved,
        settled=multipliers.settled,
    )


def _multipliers_of(record: MultipliersRecord | None) -> Multipliers | None:
    if record is None:
        return None
    if any(len(row) != len(record.measures) for row in record.per_unit):
        raise DataError("result", [Issue(None, "multipliers", "has rows of other lengths", "the file was changed")])
    table = np.array(record.per_unit, dtype=np.float64).reshape(len(record.per_unit), len(record.measures))
    return Multipliers(tuple(record.measures), read_only(table), record.moved, record.settled)


def _check_claims(record: ResultRecord, evaluation: Evaluation | None) -> None:
    """What the file says about its alignment must be possible for the alignment as it is scored here."""
    reason = record.termination.reason
    says_alignment = reason in (Reason.OPTIMAL, Reason.FEASIBLE)
    issues = []
    if says_alignment != (evaluation is not None):
        has = "has an alignment" if evaluation is not None else "has none"
        issues.append(Issue(None, "termination", f"says {reason.value}, and the file {has}", "the file was changed"))
    elif evaluation is not None:
        if not evaluation.feasible:
            broken = "; ".join(check.name for check in evaluation.broken)
            issues.append(Issue(None, "alignment", f"does not keep: {broken}", "the file was changed"))
        if record.bound is not None and record.bound - evaluation.objective > 1e-6 * max(
            1.0, abs(evaluation.objective)
        ):
            what = f"{record.bound:.9g} is above the objective {evaluation.objective:.9g}"
            issues.append(Issue(None, "bound", what, "the file was changed"))
        gap = math.inf if record.bound is None else relative_gap(evaluation.objective, record.bound)
        if reason is Reason.OPTIMAL and gap > OPTIMALITY_GAP * (1.0 + 1e-9):
            what = f"says optimal, and the bound proves a gap of {gap:.3g}, above {OPTIMALITY_GAP:g}"
            issues.append(Issue(None, "termination", what, "the file was changed"))
    if issues:
        raise DataError("result", issues)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
