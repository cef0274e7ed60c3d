"""Why a solve ended: a reason, a limit, and a sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["OPTIMALITY_GAP", "Limit", "Reason", "Termination", "relative_gap"]

OPTIMALITY_GAP = 1e-6
"""Gap at which an answer counts as proven optimal."""

# An objective this close to zero is a sum of terms that cancel: it has no scale to be relative to.
_ZERO = 1e-9


def relative_gap(objective: float, bound: float) -> float:
    """Share of the objective that is not proven to be needed.

    Parameters
    ----------
    objective, bound : float
        Cost of an alignment, and the proven lower bound; either may be infinite.

    Returns
    -------
    float
        (objective - bound) / abs(objective), at least 0; infinity while either is unknown. At an objective of zero the
        difference itself when it counts as optimal, else infinity: no share of zero is anything.

    Examples
    --------
    >>> relative_gap(100.0, 99.0), relative_gap(0.0, -1e-8), relative_gap(0.0, -1.0)
    (0.01, 1e-08, inf)
    """
    difference = objective - bound
    if not (math.isfinite(objective) and math.isfinite(bound)):
        return math.inf
    if abs(objective) > _ZERO:
        return max(difference, 0.0) / abs(objective)
    if difference <= _ZERO:
        return 0.0
    return difference if difference <= OPTIMALITY_GAP else math.inf


class Reason(StrEnum):
    """What is known at the end."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NO_ALIGNMENT_FOUND = "no_alignment_found"


class Limit(StrEnum):
    """What stopped the search before a proof of optimality."""

    TIME = "time"
    GAP = "gap"
    INTERRUPTED = "interrupted"
    ITERATIONS = "iterations"
    HOMES = "homes"


@dataclass(frozen=True, slots=True)
class Termination:
    """Why a solve ended.

    Attributes
    ----------
    reason : Reason
        ``OPTIMAL`` only with a gap proven to be at most 1e-6; ``INFEASIBLE`` only when proven.
    limit : Limit or None
        What stopped the search: ``TIME``, ``GAP`` (the asked gap is reached), ``INTERRUPTED``, ``ITERATIONS`` (the
        method has no further step), ``HOMES`` (optimal for the homes chosen, which are not proven best).
    detail : str
        One sentence: for an infeasible problem, what makes it so.

    Examples
    --------
    >>> str(Termination(Reason.FEASIBLE, Limit.TIME))
    'feasible (stopped by: time)'
    """

    reason: Reason
    limit: Limit | None = None
    detail: str = ""

    def __str__(self) -> str:
        text = self.reason.value.replace("_", " ")
        if self.limit is not None:
            text += f" (stopped by: {self.limit.value})"
        return f"{text}: {self.detail}" if self.detail else text
