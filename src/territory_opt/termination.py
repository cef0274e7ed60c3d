"""Why a solve ended: a reason, a limit, and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["OPTIMALITY_GAP", "Limit", "Reason", "Termination"]

OPTIMALITY_GAP = 1e-6
"""Gap at which an answer counts as proven optimal."""


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
