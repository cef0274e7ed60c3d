"""A statement made of plain arrays, for those who have numbers and no tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from territory_opt._columns import Columns
from territory_opt._typing import AnyArray, BoolArray, FloatArray
from territory_opt.accounts import Accounts
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.costs import Costs
from territory_opt.criteria.eligibility import Eligible
from territory_opt.errors import DataError, Issue
from territory_opt.team import Team

__all__ = ["Statement", "checked_measures", "state_arrays"]

_SHOWN = 5


class Statement(NamedTuple):
    """What :class:`territory_opt.Problem` is made from."""

    accounts: Accounts
    team: Team
    own_measures: dict[str, FloatArray]
    criteria: tuple[Criterion, ...]


def checked_measures(measures: Mapping[str, ArrayLike] | None, n_accounts: int, n_reps: int) -> Columns:
    """Check measures of one's own.

    Parameters
    ----------
    measures : mapping of str to array, or None
        Per account, shape (n_accounts,), or per pair, shape (n_accounts, n_reps); finite numbers.
    n_accounts, n_reps : int
        Size of the tables.

    Returns
    -------
    Columns
        Read-only copies, in the order given.

    Raises
    ------
    DataError
        With every unusable array.
    """
    issues: list[Issue] = []
    found: dict[str, AnyArray] = {}
    for name, values in (measures or {}).items():
        column = f"measures[{name!r}]"
        if not isinstance(name, str) or not name or name == "travel_hours":
            hint = "give travel_time= instead" if name == "travel_hours" else "name it with a text"
            issues.append(Issue(None, column, "is not a name for a measure of your own", hint))
            continue
        if name in ("acv", "tam") and {"acv", "tam"} <= set(measures or ()):
            issues.append(Issue(None, column, "acv and tam are two names of one measure", "keep one"))
            continue
        array = _numbers(values, column, issues)
        if array is None:
            continue
        if array.shape not in ((n_accounts,), (n_accounts, n_reps)):
            what = f"has shape {array.shape}"
            issues.append(Issue(None, column, what, f"give ({n_accounts},) or ({n_accounts}, {n_reps})"))
            continue
        found[name] = array
    if issues:
        raise DataError("measures", issues)
    return Columns(found)


def state_arrays(
    cost: ArrayLike,
    measures: Mapping[str, ArrayLike] | None,
    lower: Mapping[str, ArrayLike] | None,
    upper: Mapping[str, ArrayLike] | None,
    eligible: ArrayLike | None,
) -> Statement:
    """Read arrays as accounts, team, measures and criteria; see :meth:`territory_opt.Problem.from_arrays`.

    Parameters
    ----------
    cost : array of float, shape (n_accounts, n_reps)
        Objective of every pair.
    measures : mapping of str to array, or None
        Shape (n_accounts,) or (n_accounts, n_reps).
    lower, upper : mapping of str to float or array, or None
        Limits of every book by measure, one number or shape (n_reps,).
    eligible : array of bool, shape (n_accounts, n_reps), or None
        Pairs there are.

    Returns
    -------
    Statement
        Accounts ``a1, a2 ...`` and reps ``r1, r2 ...`` of capacity 1.

    Raises
    ------
    DataError
        With every fault of every array.
    """
    issues: list[Issue] = []
    table = _numbers(cost, "cost", issues)
    if table is not None and (table.ndim != 2 or 0 in table.shape):
        issues.append(Issue(None, "cost", f"has shape {table.shape}", "give (n_accounts, n_reps), neither of them 0"))
        table = None
    if table is None:
        raise DataError("arrays", issues)
    n, k = table.shape
    for name, given in (("measures", measures), ("lower", lower), ("upper", upper)):
        if given is not None and not isinstance(given, Mapping):
            hint = f"give {name}={{'name': numbers}}"
            issues.append(Issue(None, name, f"is a {type(given).__name__}, not a mapping by name of a measure", hint))
    if issues:
        raise DataError("arrays", issues)
    own: dict[str, FloatArray] = {}
    try:
        own = dict(checked_measures(measures, n, k))
    except DataError as error:
        issues += error.issues
    criteria: list[Criterion] = [Costs(table)]
    criteria += _limits(set(measures or ()), lower or {}, upper or {}, k, issues)
    mask = None if eligible is None else _mask(eligible, (n, k), issues)
    if mask is not None:
        criteria.append(Eligible(mask))
    if issues:
        raise DataError("arrays", issues)
    accounts = Accounts(_names("a", n), {})
    return Statement(accounts, Team(_names("r", k), {}), own, tuple(criteria))


def _limits(
    measures: set[str],
    lower: Mapping[str, ArrayLike],
    upper: Mapping[str, ArrayLike],
    k: int,
    issues: list[Issue],
) -> list[Criterion]:
    """One criterion per limited measure: a band where all books have the same limits."""
    found: list[Criterion] = []
    for name in dict.fromkeys([*lower, *upper]):
        if name not in measures:
            have = ", ".join(sorted(measures)) or "none"
            issues.append(Issue(None, f"limits[{name!r}]", "is not one of the measures", f"there are: {have}"))
            continue
        edges = []
        for side, given, open_end in (("lower", lower, -np.inf), ("upper", upper, np.inf)):
            edge = _numbers(given.get(name, open_end), f"{side}[{name!r}]", issues, infinite=True)
            if edge is not None and edge.shape not in ((), (k,)):
                hint = f"give one number, or one per rep: ({k},)"
                issues.append(Issue(None, f"{side}[{name!r}]", f"has shape {edge.shape}", hint))
                edge = None
            edges.append(edge)
        low, high = edges
        if low is None or high is None:
            continue
        crossed = np.flatnonzero(np.atleast_1d((low > high) | (low == np.inf) | (high == -np.inf)))
        if len(crossed):
            first = int(crossed[0])
            what = f"no book fits between lower and upper at {len(crossed)} positions, first {first}"
            issues.append(Issue(None, f"limits[{name!r}]", what, "lower must be at most upper"))
        elif not (np.isfinite(low).any() or np.isfinite(high).any()):
            continue
        elif not low.ndim and not high.ndim:
            found.append(Balance(name, between=(float(low), float(high))))
        else:
            found.append(BookLimits(name, lower=low, upper=high))
    return found


def _numbers(values: Any, column: str, issues: list[Issue], *, infinite: bool = False) -> FloatArray | None:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        issues.append(Issue(None, column, f"is not an array of numbers: {error}", "give an array of numbers"))
        return None
    wrong = np.argwhere(np.isnan(array) if infinite else ~np.isfinite(array))
    if len(wrong):
        where = ", ".join(str(tuple(at)) for at in wrong[:_SHOWN].tolist())
        hint = "leave a side out where there is no limit" if infinite else "bar a pair with eligible="
        issues.append(Issue(None, column, f"{len(wrong)} entries are not finite numbers, at {where}", hint))
        return None
    return array


def _mask(eligible: ArrayLike, shape: tuple[int, int], issues: list[Issue]) -> BoolArray | None:
    mask = np.asarray(eligible)
    if mask.dtype != np.bool_ or mask.shape != shape:
        what = f"is {mask.dtype} of shape {mask.shape}"
        issues.append(Issue(None, "eligible", what, f"give bool of shape {shape}"))
        return None
    return mask


def _names(letter: str, count: int) -> AnyArray:
    names = np.empty(count, dtype=object)
    names[:] = [f"{letter}{number}" for number in range(1, count + 1)]
    return names
