"""One what-if: criteria, how to solve, and the answer once there is one."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from territory_opt.criteria import Criterion
from territory_opt.errors import CriterionError
from territory_opt.fairness.wording import clean

if TYPE_CHECKING:
    from territory_opt.problem import Problem
    from territory_opt.result import Result

__all__ = ["Scenario"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named set of criteria with the settings of its solve.

    Attributes
    ----------
    name : str
        On one line; unique among its scenarios.
    criteria : tuple of criterion
        All criteria, not only what is special about it.
    description : str
        What it is for.
    solver : str
        As in :func:`territory_opt.solve`.
    time_limit, gap : float
        Seconds, and the gap at which to stop.
    seed, threads : int
        Of the solve.
    result : Result or None
        The answer; None before it is solved.

    Raises
    ------
    CriterionError
        The name is empty or breaks over lines, or a setting is out of range.
    """

    name: str
    criteria: tuple[Criterion, ...]
    description: str = ""
    solver: str = "auto"
    time_limit: float = 60.0
    gap: float = 1e-3
    seed: int = 1
    threads: int = 1
    result: Result | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        wrong = []
        if not isinstance(self.name, str) or not self.name.strip() or clean(self.name) != self.name:
            wrong.append(f"name={self.name!r} must be a text on one line")
        if not isinstance(self.solver, str):
            wrong.append(f"solver={self.solver!r} must be the name of a solver, so that it can be kept in a file")
        for name in ("time_limit", "gap"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
                wrong.append(f"{name}={value!r} must be a finite number, 0 or more")
        for name, least in (("seed", 0), ("threads", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                wrong.append(f"{name}={value!r} must be a whole number of at least {least}")
        if wrong:
            raise CriterionError(f"scenario {self.name!r}: {'; '.join(wrong)}")

    def of(self, problem: Problem) -> Problem:
        """Return the problem with the criteria of this scenario."""
        if problem.criteria == self.criteria:
            return problem
        if self.result is not None and _same_tables(self.result.problem, problem, self.criteria):
            # Stated once already: large tables take a while to state again.
            return self.result.problem
        return problem.replace(criteria=self.criteria)

    def fingerprint(self, problem: Problem) -> str:
        """SHA-256 of tables, policy, criteria and settings, as 64 hexadecimal digits.

        Two scenarios with the same fingerprint ask the same. The same seed on one thread gives the same answer where
        the solve was not cut off by the clock.
        """
        asked = self.of(problem).fingerprint
        settings = (asked, self.solver, float(self.time_limit), float(self.gap), self.seed, self.threads)
        return hashlib.sha256(repr(settings).encode()).hexdigest()


def _same_tables(one: Problem, other: Problem, criteria: tuple[Criterion, ...]) -> bool:
    same = one.accounts is other.accounts and one.team is other.team
    same = same and one.places.travel_time is other.places.travel_time and one.policy == other.policy
    return same and one.criteria == criteria
