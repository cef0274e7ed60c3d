"""Try a problem: is there an alignment, is it proven that there is none, or is neither known in time?"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from territory_opt.alignment import Alignment
from territory_opt.criteria.travel import Travel
from territory_opt.diagnose.search import find_proofs
from territory_opt.diagnose.view import Facts
from territory_opt.errors import SolverError, UnsupportedError
from territory_opt.evaluation import evaluate
from territory_opt.events import Cancel
from territory_opt.problem import Problem
from territory_opt.solve import solve
from territory_opt.solvers.choose import CORE_FROM_PAIRS
from territory_opt.termination import Limit, Reason

__all__ = ["Clock", "Trial", "is_small", "try_problem"]

_ANY_GAP = 1e9
_LEAST_SECONDS = 3.0


@dataclass(slots=True)
class Clock:
    """A deadline, and whether anything was cut short by it or by a part of it."""

    deadline: float
    seed: int
    _cuts: list[bool] = field(default_factory=list)

    @property
    def cut(self) -> bool:
        """True when something was cut short, on this clock or on another part of the same time."""
        return any(self._cuts)

    @cut.setter
    def cut(self, value: bool) -> None:
        self._cuts.append(value)

    @property
    def remaining(self) -> float:
        """Seconds left, 0 or more."""
        return max(0.0, self.deadline - time.perf_counter())

    def part(self, share: float) -> Clock:
        """A clock for a share of the time that is left."""
        return Clock(time.perf_counter() + self.seconds(share), self.seed, self._cuts)

    def seconds(self, share: float) -> float:
        """That share of the seconds left, but no less than a solve may need when there is as much."""
        return max(share * self.remaining, min(_LEAST_SECONDS, self.remaining))


@dataclass(frozen=True, slots=True)
class Trial:
    """What is known of a problem: an alignment that keeps all its limits, or that none exists, or neither."""

    alignment: Alignment | None
    impossible: bool
    optimal: bool = False
    objective: float = float("inf")
    interrupted: bool = False


def is_small(problem: Problem) -> bool:
    """True where one integer program settles the question in no time."""
    return problem.n_accounts * problem.n_reps < CORE_FROM_PAIRS


def try_problem(
    problem: Problem,
    clock: Clock,
    *,
    share: float = 0.5,
    gap: float = _ANY_GAP,
    proofs: bool = True,
    solver: str = "auto",
    threads: int = 1,
    cancel: Cancel | None = None,
) -> Trial:
    """Look for an alignment, and re-score it.

    Parameters
    ----------
    problem : Problem
        With the limits to keep.
    clock : Clock
        How long, at the most.
    share : float
        Share of the time that is left.
    gap : float
        When to stop improving; any alignment will do by default.
    proofs : bool
        Look for a proof that there is none first.
    solver, threads, cancel
        As in :func:`territory_opt.solve`.

    Returns
    -------
    Trial
        Its alignment is feasible by :func:`territory_opt.evaluate`.
    """
    if not clock.remaining:
        clock.cut = True
        return Trial(None, False)
    if proofs:
        facts = Facts(problem)
        if facts.readable and find_proofs(facts.view(), first=True):
            return Trial(None, True)
    seconds = clock.seconds(share)
    try:
        result = solve(
            _searchable(problem, gap),
            solver=solver,
            time_limit=max(seconds, 0.05),
            gap=gap,
            seed=clock.seed,
            threads=threads,
            cancel=cancel,
        )
    except (SolverError, UnsupportedError):
        # What no solver could take or prove is not known; it is not an error of the question.
        return Trial(None, False)
    interrupted = result.termination.limit is Limit.INTERRUPTED
    if result.has_alignment and evaluate(problem, result.alignment).feasible:
        optimal = result.termination.reason is Reason.OPTIMAL
        return Trial(result.alignment, False, optimal, result.objective, interrupted)
    impossible = result.termination.reason is Reason.INFEASIBLE
    clock.cut = not impossible
    return Trial(None, impossible, interrupted=interrupted)


def _searchable(problem: Problem, gap: float) -> Problem:
    """The same limits with the objective under which an alignment is found soonest."""
    if gap != _ANY_GAP:
        return problem
    limits = [c for c in problem.criteria if c.is_limit]
    if is_small(problem):
        return problem.replace(criteria=limits)
    if problem.has_travel and not problem.places.open_reps.any():
        # The large engine finds its way by distance.
        return problem.replace(criteria=[*limits, Travel(weight=1.0)])
    return problem
