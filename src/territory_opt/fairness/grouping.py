"""Groups of reps or of accounts, from any column of either table."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import AnyArray, FloatArray, IntArray
from territory_opt.errors import CriterionError
from territory_opt.fairness.wording import clean
from territory_opt.team import SERVED

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["MOST_GROUPS", "Groups", "account_groups", "rep_groups"]

MOST_GROUPS = 200
_BLANK = "(none)"
_ALL = "(all)"
_FEW = 12


@dataclass(frozen=True, slots=True)
class Groups:
    """A grouping: ``index[i]`` is the position in ``names`` of row i."""

    names: tuple[str, ...]
    index: IntArray


def rep_groups(problem: Problem, column: str) -> Groups | None:
    """Group the reps by a column of the team; None when the team does not have it.

    Parameters
    ----------
    problem : Problem
        Its team.
    column : str
        Canonical name, ``"tenure"`` for ``tenure_years``, or ``"ramp"``. Tenure is grouped at the years that D-TIER-1
        names, and so is ramp: a rep is in ramp below the policy's ``junior_years``. What reps serve (``"region"``,
        ``"segment"``, ``"vertical"``, ``"language"``) is grouped by the whole set; other numbers by quarters.

    Raises
    ------
    CriterionError
        The column has more than ``MOST_GROUPS`` different values.

    Notes
    -----
    D-TIER-1 (tenure).
    """
    team = problem.team
    if column in ("tenure", "tenure_years", "ramp"):
        if not team.has("tenure_years"):
            return None
        policy = problem.policy
        if column == "ramp":
            return _by_ramp(team.tenure_years, policy.junior_years)
        return _by_years(team.tenure_years, policy.junior_years, policy.senior_years)
    if column == "capacity":
        return _grouped(np.asarray(team.capacity), column)
    for one, many in SERVED.items():
        if column in (one, many) and team.has(many):
            served = [", ".join(sorted(values)) or _ALL for values in team.serves[one]]
            return _grouped(np.array(served, dtype=object), column)
    if not team.has(column):
        return None
    return _grouped(team.rep_id if column == "rep_id" else np.asarray(team.columns[column]), column)


def account_groups(problem: Problem, column: str) -> Groups | None:
    """Group the accounts by a column, or by a score: tier, bucket, segment by size; None when there is neither.

    Parameters
    ----------
    problem : Problem
        Its accounts and scores.
    column : str
        Canonical name.

    Raises
    ------
    CriterionError
        The column has more than ``MOST_GROUPS`` different values.
    """
    scores, accounts = problem.scores, problem.accounts
    derived: dict[str, Callable[[], AnyArray]] = {
        "tier": lambda: scores.tier,
        "bucket": lambda: scores.bucket,
        "dormant": lambda: np.where(scores.dormant, "dormant", "active").astype(object),
        "partner": lambda: np.where(scores.partner, "partner-sourced", "direct").astype(object),
    }
    if column in derived:
        return _grouped(derived[column](), column)
    if column == "segment" and not accounts.has("segment"):
        return _by_size(scores.acv, problem.policy.segment_mid_market, problem.policy.segment_enterprise)
    if not accounts.has(column):
        return None
    return _grouped(accounts.account_id if column == "account_id" else np.asarray(accounts.columns[column]), column)


def _by_years(years: FloatArray, junior: float, senior: float) -> Groups:
    year = "year" if junior == 1.0 else "years"
    names = (f"under {junior:g} {year}", f"{junior:g} to {senior:g} years", f"{senior:g} years and more", "unknown")
    index = np.digitize(np.nan_to_num(years, nan=0.0), [junior, senior])
    return _used(names, np.where(np.isnan(years), 3, index))


def _by_ramp(years: FloatArray, junior: float) -> Groups:
    named = f"{junior:g} {'year' if junior == 1.0 else 'years'}"
    names = (f"in ramp (under {named})", f"past ramp ({named} and more)", "unknown")
    return _used(names, np.where(np.isnan(years), 2, (np.nan_to_num(years, nan=0.0) >= junior).astype(np.int64)))


def _by_size(acv: FloatArray, mid_market: float, enterprise: float) -> Groups:
    """Size segments of D-TIER-2."""
    index = np.where(acv > enterprise, 0, np.where(acv >= mid_market, 1, 2))
    return _used(("enterprise", "mid-market", "SMB"), index)


def _grouped(values: AnyArray, column: str) -> Groups:
    if values.dtype.kind in "fiu":
        return _numbers(values.astype(np.float64))
    # A million accounts have few different values: each is read once.
    listed = values.tolist()
    shown = {value: clean(str(value)) or _BLANK for value in dict.fromkeys(listed)}
    names = sorted(set(shown.values()))
    if len(names) > MOST_GROUPS:
        raise CriterionError(
            f"{column!r} has {len(names):,} different values; compare at most {MOST_GROUPS}: choose a coarser column"
        )
    position = {name: g for g, name in enumerate(names)}
    of_value = {value: position[name] for value, name in shown.items()}
    return Groups(tuple(names), np.fromiter(map(of_value.__getitem__, listed), dtype=np.int64, count=len(listed)))


def _numbers(values: FloatArray) -> Groups:
    known = ~np.isnan(values)
    distinct = np.unique(values[known])
    if distinct.size <= _FEW:
        names = _texts(distinct)
        index = np.searchsorted(distinct, np.where(known, values, np.inf))
        return _used((*names, _BLANK), np.where(known, index, len(names)))
    edges = np.unique(np.quantile(values[known], [0.0, 0.25, 0.5, 0.75, 1.0]))
    names = tuple(f"{low} to {high}" for low, high in itertools.pairwise(_texts(edges)))
    index = np.clip(np.searchsorted(edges, np.where(known, values, 0.0), side="right") - 1, 0, len(names) - 1)
    return _used((*names, _BLANK), np.where(known, index, len(names)))


def _texts(values: FloatArray) -> tuple[str, ...]:
    """Different numbers in as few digits as keep them apart, at least four."""
    texts: tuple[str, ...] = ()
    for digits in range(4, 18):
        texts = tuple(_digits(value, digits) for value in values.tolist())
        if len(set(texts)) == len(texts):
            break
    return texts


def _digits(value: float, digits: int) -> str:
    before = math.floor(math.log10(abs(value))) + 1 if value else 1
    text = f"{value:,.{max(0, digits - before)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _used(names: tuple[str, ...], index: IntArray) -> Groups:
    """Drop groups nobody is in, keeping their order."""
    present = np.unique(index)
    return Groups(tuple(names[g] for g in present), np.searchsorted(present, index).astype(np.int64))
