"""One digest of everything an answer depends on."""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from territory_opt.criteria.base import Criterion
    from territory_opt.problem import Problem

__all__ = ["criteria_fingerprint", "fingerprint"]

_SAMPLED = 4096


def fingerprint(problem: Problem) -> str:
    """SHA-256 of tables, policy, criteria and arrays of one's own, as 64 hexadecimal digits.

    Parameters
    ----------
    problem : Problem
        Any problem.

    Returns
    -------
    str
        Equal for equal statements, in any process.
    """
    digest = hashlib.sha256()
    for ids, table in ((problem.accounts.account_id, problem.accounts), (problem.team.rep_id, problem.team)):
        digest.update("\x1f".join(ids.tolist()).encode())
        for name in sorted(table.columns):
            column = table.columns[name]
            digest.update(name.encode())
            digest.update("\x1f".join(map(str, column.tolist())).encode())
    digest.update(problem.policy.asked().encode())
    _add_criteria(digest, problem)
    for name, values in problem.own_measures.items():
        digest.update(f"{name} {values.shape}".encode() + values.tobytes())
    if isinstance(problem.places.travel_time, np.ndarray):
        digest.update(problem.places.travel_time.tobytes())
    elif problem.places.travel_time is not None:
        # A function has no text; what it says about one rep per account stands for it.
        some = np.arange(min(problem.n_accounts, _SAMPLED))
        digest.update(problem.hours(some, some % problem.n_reps).tobytes())
    return digest.hexdigest()


def criteria_fingerprint(problem: Problem) -> str:
    """SHA-256 of the criteria alone, as 64 hexadecimal digits: equal where the same was asked of other data.

    Parameters
    ----------
    problem : Problem
        Any problem.

    Returns
    -------
    str
        Masks and tables count by their contents.
    """
    digest = hashlib.sha256()
    _add_criteria(digest, problem)
    return digest.hexdigest()


def _add_criteria(digest: hashlib._Hash, problem: Problem) -> None:
    for criterion in problem.criteria:
        digest.update(_words(criterion).encode())
        for array in (getattr(criterion, "mask", None), getattr(criterion, "table", None)):
            digest.update(b"" if array is None else array.tobytes())


def _words(criterion: Criterion) -> str:
    """Return its repr, with 1, 1.0 and NumPy's 1.0 alike: they make equal criteria."""
    if not is_dataclass(criterion) or isinstance(criterion, type):
        return repr(criterion)
    values = {item.name: getattr(criterion, item.name) for item in fields(criterion)}
    plain = {n: float(v) if isinstance(v, Real) and not isinstance(v, bool) else v for n, v in values.items()}
    return f"{type(criterion).__name__}({', '.join(f'{name}={value!r}' for name, value in plain.items())})"
