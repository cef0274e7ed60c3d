"""Estimates held against a second solve: the account locked to another rep, or a criterion left out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt._columns import Columns
from territory_opt.alignment import Alignment
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.ownership import Lock
from territory_opt.errors import CriterionError
from territory_opt.problem import Problem
from territory_opt.termination import Reason

if TYPE_CHECKING:
    from territory_opt.result import Result

__all__ = ["Verified", "at_home", "check_limits", "locked_to", "verified", "with_homes"]


@dataclass(frozen=True, slots=True)
class Verified:
    """What a second solve says about a difference of objectives.

    Attributes
    ----------
    difference : float
        Objective of the second answer less that of the first; infinite when there is none.
    low, high : float
        The difference of the two *optimal* objectives lies between them: the gaps of both solves are in it.
    reason : Reason
        How the second solve ended.
    gap : float
        Its gap.
    seconds : float
        Wall-clock seconds it took.
    """

    difference: float
    low: float
    high: float
    reason: Reason
    gap: float
    seconds: float

    @property
    def inside_gaps(self) -> bool:
        """True when the gaps are too wide to say that there is a difference at all."""
        return self.low <= 0.0 <= self.high

    @property
    def impossible(self) -> bool:
        """True when no alignment at all does it."""
        return self.reason is Reason.INFEASIBLE


def check_limits(*, time_limit: Any, gap: Any, **counts: Any) -> None:
    """Refuse limits of a solve that are none.

    Parameters
    ----------
    time_limit, gap : number
        At least 0.
    **counts : int
        At least 1.

    Raises
    ------
    CriterionError
        If one is no number, or too small.

    Examples
    --------
    >>> check_limits(time_limit=1.0, gap=0.0, threads=1)
    """
    for name, value in {"time_limit": time_limit, "gap": gap}.items():
        if isinstance(value, bool) or not isinstance(value, Real) or not float(value) >= 0:
            raise CriterionError(f"{name}={value!r} must be a number of at least 0")
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, Integral) or not int(value) >= 1:
            raise CriterionError(f"{name}={value!r} must be a whole number of at least 1")


def verified(first: Result, second: Result) -> Verified:
    """Compare two solves of problems with one objective, the second being more restricted.

    Parameters
    ----------
    first, second : Result
        The answer that is explained, and the one with the account locked to another rep.
    """
    low = max(second.bound, first.bound) - first.objective
    high = second.objective - first.bound
    return Verified(
        difference=second.objective - first.objective,
        low=math.inf if second.termination.reason is Reason.INFEASIBLE else low,
        high=high,
        reason=second.termination.reason,
        gap=second.gap,
        seconds=second.seconds,
    )


def with_homes(problem: Problem, alignment: Alignment) -> Problem:
    """Problem whose open homes are those of an alignment, so that two solves differ in nothing else."""
    chosen = problem.places.open_reps & (alignment.home_index >= 0)
    if not chosen.any():
        return problem
    places, homes = problem.places, alignment.home_index
    changed: dict[str, Any] = {
        "lat": np.where(chosen, places.lat[homes], problem.team.lat),
        "lon": np.where(chosen, places.lon[homes], problem.team.lon),
    }
    return problem.replace(team=replace(problem.team, columns=Columns({**problem.team.columns, **changed})))


def at_home(problem: Problem, alignment: Alignment | None, rep_index: Any = None) -> Alignment:
    """Alignment of a problem that came from :func:`with_homes`."""
    if rep_index is None:
        assert alignment is not None
        rep_index = alignment.rep_index
    return Alignment.from_index(problem, rep_index)


def locked_to(problem: Problem, account_id: str, rep_id: str) -> Problem:
    """Problem with one account locked to a rep, whatever it was locked to before."""
    kept: list[Criterion] = []
    for criterion in problem.criteria:
        if isinstance(criterion, Lock) and any(account == account_id for account, _ in criterion.pairs):
            named = {account: rep for account, rep in criterion.pairs if account != account_id and rep is not None}
            own = [account for account, rep in criterion.pairs if account != account_id and rep is None]
            kept += [Lock(named)] if named else []
            kept += [Lock(own)] if own else []
        else:
            kept.append(criterion)
    return problem.replace(criteria=(*kept, Lock({account_id: rep_id})))
