"""One flat row per result, for tables of experiments."""

from __future__ import annotations

import math
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Final, TypeAlias

import numpy as np

from territory_opt import metrics
from territory_opt._typing import FloatArray
from territory_opt.asked import Asked
from territory_opt.fingerprints import criteria_fingerprint
from territory_opt.result import Result

__all__ = ["ROW_SCHEMA", "Cell", "record_schema", "result_row"]

ROW_SCHEMA: Final = "territory-opt/record/1"
"""Name and version of the row; columns may be added, none is renamed or dropped without a new version."""

Cell: TypeAlias = str | int | float | bool | None

_COLUMNS: dict[str, tuple[str, str]] = {
    "schema": ("string", "Name and version of the row."),
    "library_version": ("string", "Version of territory-opt."),
    "problem_fingerprint": ("string", "SHA-256 of tables, policy, criteria and arrays: equal for equal instances."),
    "criteria_fingerprint": ("string", "SHA-256 of the criteria alone."),
    "n_accounts": ("integer", "Accounts."),
    "n_reps": ("integer", "Reps."),
    "n_criteria": ("integer", "Criteria."),
    "solver": ("string", "Solver that gave the answer."),
    "solver_version": ("string?", "Packages that solved, with versions; null for a backend of another package."),
    "asked_solver": ("string?", "Solver that was asked for, such as auto; null where it was not kept."),
    "asked_gap": ("number?", "Gap to stop at."),
    "asked_seconds": ("number?", "Time limit in wall-clock seconds; null for none."),
    "threads": ("integer?", "Threads the solver could use."),
    "has_start": ("boolean?", "Whether it began from a given alignment."),
    "seed": ("integer", "Seed of everything random."),
    "seconds": ("number", "Wall-clock seconds of the solve."),
    "has_alignment": ("boolean", "Whether an alignment was found."),
    "objective": ("number?", "Re-scored objective; null without an alignment."),
    "bound": ("number?", "Proven lower bound; null where nothing is proven, or infeasible."),
    "gap": ("number?", "(objective - bound) / abs(objective); null while either is unknown."),
    "reason": ("string", "Why the solve ended: optimal, feasible, infeasible or no_alignment_found."),
    "limit": ("string?", "What stopped it; null when nothing did."),
    "python_version": ("string", "Python."),
    "libraries": ("string", "Versions of the numerical packages: NumPy, SciPy, Numba."),
    "machine": ("string", "Processor architecture and operating system."),
    "n_cores": ("integer", "Processor cores of the machine."),
}
_METRICS = ("mean", "min", "max", "cv", "gini", "jain", "max_min")


def result_row(result: Result) -> dict[str, Cell]:
    """Make one flat row of a result.

    Parameters
    ----------
    result : Result
        Any result, with or without an alignment.

    Returns
    -------
    dict of str to str, int, float, bool or None
        The columns of :func:`record_schema` in its order; then, where there is an alignment, ``term.<criterion>`` for
        every weighted criterion, ``slack.<criterion>`` for every limit, and ``<measure>.mean``, ``.min``, ``.max``,
        ``.cv``, ``.gini``, ``.jain``, ``.max_min`` over books per full unit of capacity, None where undefined.
        ``<criterion>`` is its kind and measure, such as ``balance:load``; the second of a name gets ``#2``.

    Examples
    --------
    >>> import territory_opt as topt
    >>> problem = topt.Problem.from_arrays([[1, 2], [2, 1]], measures={"load": [1, 1]})
    >>> row = result_row(topt.solve(problem))
    >>> row["objective"], row["reason"], row["asked_gap"], row["load.max"]
    (2.0, 'optimal', 0.001, 1.0)
    """
    from territory_opt._version import __version__

    problem = result.problem
    row: dict[str, Cell] = {
        "schema": ROW_SCHEMA,
        "library_version": __version__,
        "problem_fingerprint": problem.fingerprint,
        "criteria_fingerprint": criteria_fingerprint(problem),
        "n_accounts": problem.n_accounts,
        "n_reps": problem.n_reps,
        "n_criteria": len(problem.criteria),
        "solver": result.solver,
        "solver_version": _solver_version(result.solver, __version__),
        **_asked(result.asked),
        "seed": int(result.seed),
        "seconds": float(result.seconds),
        "has_alignment": result.has_alignment,
        "objective": _finite(result.objective),
        "bound": _finite(result.bound),
        "gap": _finite(result.gap),
        "reason": result.termination.reason.value,
        "limit": None if result.termination.limit is None else result.termination.limit.value,
        "python_version": platform.python_version(),
        "libraries": ", ".join(_versions("numpy", "scipy", "numba")),
        "machine": f"{platform.machine()} {platform.system()}",
        "n_cores": os.cpu_count() or 1,
    }
    if not result.has_alignment:
        return row
    evaluation = result.evaluation
    for check in evaluation.checks:
        prefix, value = ("slack", check.slack) if check.criterion.is_limit else ("term", check.term)
        row[_free(row, f"{prefix}.{_key(check.criterion.key)}")] = _finite(value)
    for name in _measures(result):
        row.update({f"{name}.{metric}": value for metric, value in _spread(evaluation.books[name], result).items()})
    return row


def _measures(result: Result) -> list[str]:
    """Names of the measures that say something: all of a table with columns, the user's own of one without."""
    problem = result.problem
    names = set(problem.measures if problem.accounts.columns else {*problem.own_measures, "accounts"})
    return sorted(names - {"acv"} | ({"tam"} if "acv" in names else set()))


def record_schema() -> dict[str, object]:
    """JSON Schema (2020-12) of a row."""
    numbers = {"anyOf": [{"type": "number"}, {"type": "null"}]}
    properties: dict[str, object] = {}
    for name, (kind, words) in _COLUMNS.items():
        plain = kind.removesuffix("?")
        shape: dict[str, object] = {"type": [plain, "null"]} if kind != plain else {"type": plain}
        properties[name] = {**shape, "description": words}
    properties["schema"] = {"const": ROW_SCHEMA}
    metric = "|".join(_METRICS)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ROW_SCHEMA,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "patternProperties": {rf"^(term|slack)\..+|.+\.({metric})$": numbers},
        "additionalProperties": False,
    }


def _spread(books: FloatArray, result: Result) -> dict[str, float | None]:
    full = books / result.problem.team.capacity
    with np.errstate(all="ignore"):
        found = {
            "mean": full.mean(),
            "min": full.min(),
            "max": full.max(),
            "cv": metrics.cv(full),
            "gini": metrics.gini(full),
            "jain": metrics.jain(full),
            "max_min": metrics.max_min_ratio(full),
        }
    return {name: _finite(float(value)) for name, value in found.items()}


def _key(key: object) -> str:
    if isinstance(key, tuple) and all(isinstance(part, str) for part in key):
        return ":".join(key)
    # Locks and pairs carry their ids in the key: the kind says enough.
    return str(key[0]) if isinstance(key, tuple) and key else str(key)


def _free(row: dict[str, Cell], name: str) -> str:
    number, free = 1, name
    while free in row:
        number += 1
        free = f"{name}#{number}"
    return free


def _asked(asked: Asked | None) -> dict[str, Cell]:
    if asked is None:
        return dict.fromkeys(("asked_solver", "asked_gap", "asked_seconds", "threads", "has_start"))
    return {
        "asked_solver": asked.solver,
        "asked_gap": _finite(asked.gap),
        "asked_seconds": _finite(asked.time_limit),
        "threads": asked.threads,
        "has_start": asked.start,
    }


def _versions(*packages: str) -> list[str]:
    """Names with versions of the packages that are installed."""
    found = []
    for package in packages:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return found


def _solver_version(solver: str, own: str) -> str | None:
    if solver in ("highs", "core", "lagrangian", "exact", "resolve"):
        packages = ("highspy",)
    elif solver == "scip":
        packages = ("pyscipopt",)
    elif solver.startswith("pulp:"):
        packages = ("pulp",)
    else:
        return None
    found = [] if solver in ("highs", "scip") else [f"territory-opt {own}"]
    return ", ".join([*found, *_versions(*packages)]) or None


def _finite(value: float) -> float | None:
    return float(value) + 0.0 if math.isfinite(value) else None  # No -0.0.
