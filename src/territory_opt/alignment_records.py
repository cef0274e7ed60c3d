"""An alignment as JSON with its history, of a published, versioned schema, out and back in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from territory_opt._typing import read_only
from territory_opt.alignment import Alignment
from territory_opt.errors import DataError, Issue
from territory_opt.history import Step

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["ALIGNMENT_SCHEMA_NAME", "alignment_from_json", "alignment_schema", "alignment_to_json"]

ALIGNMENT_SCHEMA_NAME: Final = "territory-opt/alignment/1"
"""Name and version of the schema; the version rises when a reader would have to change."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _MoveRecord(_Record):
    account_id: str
    from_rep: str
    to_rep: str


class _StepRecord(_Record):
    moves: list[_MoveRecord]
    who: str = ""
    why: str = ""


class _AlignmentFile(_Record):
    schema_name: Literal["territory-opt/alignment/1"] = Field(default=ALIGNMENT_SCHEMA_NAME, alias="schema")
    account_id: list[str]
    rep_id: list[str] = Field(description="Rep of every account, in the same order.")
    homes: dict[str, str] = Field(default={}, description="Account at the home of every open rep, by rep id.")
    history: list[_StepRecord] = Field(default=[], description="What was changed by hand, first to last.")


def alignment_schema() -> dict[str, object]:
    """JSON Schema (2020-12) of an alignment with its history."""
    schema = _AlignmentFile.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": ALIGNMENT_SCHEMA_NAME, **schema}


def alignment_to_json(alignment: Alignment) -> str:
    """Write an alignment with its history as JSON.

    Parameters
    ----------
    alignment : Alignment
        Any alignment.

    Returns
    -------
    str
        JSON of the schema that :func:`alignment_schema` gives.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 7e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> moved = topt.Alignment.from_index(problem, [0, 0]).move("b", "r2", who="Ann")
    >>> alignment_from_json(problem, alignment_to_json(moved)).history[0].who
    'Ann'
    """
    homes = np.flatnonzero(alignment.home_index >= 0)
    record = _AlignmentFile(
        schema=ALIGNMENT_SCHEMA_NAME,
        account_id=alignment.account_id.tolist(),
        rep_id=alignment.rep_id[alignment.rep_index].tolist(),
        homes={str(alignment.rep_id[j]): str(alignment.account_id[alignment.home_index[j]]) for j in homes},
        history=[
            _StepRecord(
                moves=[_MoveRecord(account_id=a, from_rep=f, to_rep=t) for a, f, t in step.moves],
                who=step.who,
                why=step.why,
            )
            for step in alignment.history
        ],
    )
    return json.dumps(record.model_dump(mode="json", by_alias=True), indent=1, ensure_ascii=False, allow_nan=False)


def alignment_from_json(problem: Problem, text: str | bytes) -> Alignment:
    """Read an alignment back with its history.

    Parameters
    ----------
    problem : Problem
        Gives the tables that the ids must be in.
    text : str or bytes
        JSON written by :func:`alignment_to_json`.

    Raises
    ------
    DataError
        If the JSON does not follow the schema, names other accounts or reps, gives a home to a rep who is not open,
        or its history does not lead to it.
    """
    try:
        record = _AlignmentFile.model_validate_json(text)
    except ValidationError as error:
        issues = [
            Issue(None, ".".join(map(str, fault["loc"])) or None, fault["msg"], f"see {ALIGNMENT_SCHEMA_NAME}")
            for fault in error.errors()
        ]
        raise DataError("alignment", issues) from error
    if len(record.account_id) != len(record.rep_id):
        what = f"{len(record.account_id)} accounts and {len(record.rep_id)} reps: one rep per account"
        raise DataError("alignment", [Issue(None, "rep_id", what, "the file was changed")])
    columns = {
        "account_id": np.array(record.account_id, dtype=object),
        "rep_id": np.array(record.rep_id, dtype=object),
    }
    reps = Alignment.from_frame(problem, columns).rep_index
    homes = np.full(problem.n_reps, -1, dtype=np.int64)
    for rep, account in record.homes.items():
        homes[problem.team.index_of(rep)] = problem.accounts.index_of(account)
    settled = np.flatnonzero((homes >= 0) & ~problem.places.open_reps)
    if settled.size:
        what = "has a home of its own in the team, or needs none"
        hint = "take it out of homes, or open the rep's home in the team"
        ids = problem.team.rep_id
        raise DataError("alignment", [Issue(None, "homes", f"{ids[j]!r} {what}", hint) for j in settled.tolist()])
    alignment = Alignment.from_index(problem, reps, homes)
    history = tuple(
        Step(tuple((m.account_id, m.from_rep, m.to_rep) for m in step.moves), step.who, step.why)
        for step in record.history
    )
    _check_history(alignment, history)
    return Alignment(
        alignment.account_id, alignment.rep_id, read_only(alignment.rep_index), alignment.home_index, history, problem
    )


def _check_history(alignment: Alignment, history: tuple[Step, ...]) -> None:
    """Every step must begin where the one before ended, and the last one where the alignment is."""
    now: dict[str, str] = {}
    issues = []
    place = {account: i for i, account in enumerate(alignment.account_id.tolist())}
    reps = set(alignment.rep_id.tolist())
    for number in range(len(history) - 1, -1, -1):
        for account, before, after in history[number].moves:
            unknown = [
                repr(item) for item, known in ((account, place), (before, reps), (after, reps)) if item not in known
            ]
            if unknown:
                issues.append(Issue(number, "history", f"names {', '.join(unknown)}", "use ids of the tables"))
                continue
            held = now.get(account, str(alignment.rep_id[alignment.rep_index[place[account]]]))
            if held != after:
                what = f"gives {account!r} to {after!r}, and it is with {held!r}"
                issues.append(Issue(number, "history", what, "the file was changed"))
            now[account] = before
    if issues:
        raise DataError("alignment", issues)
