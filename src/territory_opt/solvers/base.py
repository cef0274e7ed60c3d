"""What a backend is: it takes an integer program and options, and says what it found and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from territory_opt._typing import FloatArray, read_only
from territory_opt.events import Cancel, OnEvent

if TYPE_CHECKING:
    from territory_opt.formulation.program import IntegerProgram

__all__ = [
    "POINT_TOLERANCE",
    "PROVEN_GAP",
    "Feature",
    "ProgramBackend",
    "ProgramLimit",
    "ProgramOptions",
    "ProgramOutcome",
    "ProgramReason",
    "box_bound",
    "relative_gap",
    "settled",
    "whole_point",
]

POINT_TOLERANCE = 1e-6
"""Violation (see ``IntegerProgram.violation``) up to which a point counts as feasible."""

PROVEN_GAP = 1e-6
"""Relative gap up to which an answer counts as optimal (DESIGN section 7)."""


class Feature(Enum):
    """What a backend can do beyond solving."""

    BOUND = "bound"
    """Its own proven lower bound is read; without it the bound is that of the linear relaxation."""
    WARM_START = "warm start"
    """Takes ``ProgramOptions.start``."""
    PROGRESS = "progress"
    """Reports objective and bound while it runs."""
    CANCEL = "cancel"
    """Stops soon after :meth:`territory_opt.events.Cancel.request` and returns its best solution."""
    LP_DUALS = "linear duals"
    """Solves linear programs and gives their duals."""
    SEED = "seed"
    """Takes ``ProgramOptions.seed``; the same seed on one thread gives the same answer."""
    THREADS = "threads"
    """Takes ``ProgramOptions.threads``."""
    ABSOLUTE_GAP = "absolute gap"
    """Takes ``ProgramOptions.absolute_gap``."""


class ProgramReason(Enum):
    """What is known about the program when a backend stops."""

    OPTIMAL = "optimal"
    """The gap is proven to be at most 1e-6."""
    FEASIBLE = "feasible"
    """There is a solution and a gap."""
    INFEASIBLE = "infeasible"
    """Proven: no solution exists."""
    NO_SOLUTION = "no solution found"
    """None was found before the limit; none is ruled out either."""


class ProgramLimit(Enum):
    """What stopped a backend short of optimality."""

    TIME = "time"
    GAP = "gap"
    INTERRUPTED = "interrupted"
    ITERATIONS = "iterations"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True, eq=False)
class ProgramOptions:
    """How long and how hard to try.

    Parameters
    ----------
    time_limit : float or None
        Wall-clock seconds; None is no limit.
    gap : float
        Stop when (objective - bound) / abs(objective) is at most this.
    absolute_gap : float
        Stop when objective - bound is at most this.
    seed : int
        Seed of the backend's own randomness, not negative.
    threads : int
        Threads the backend may use, at least 1.
    start : ndarray, shape (m,), or None
        A solution to begin from; one that is not feasible is ignored.

    Raises
    ------
    ValueError
        When a limit is negative or not a number, or fewer than one thread is asked for.

    Examples
    --------
    >>> ProgramOptions(time_limit=10.0).threads
    1
    >>> ProgramOptions(gap=-1.0)
    Traceback (most recent call last):
        ...
    ValueError: gap must be at least 0, got -1.0
    """

    time_limit: float | None = None
    gap: float = PROVEN_GAP
    absolute_gap: float = 0.0
    seed: int = 0
    threads: int = 1
    start: FloatArray | None = None

    def __post_init__(self) -> None:
        for name, least in (("time_limit", 0), ("gap", 0), ("absolute_gap", 0), ("seed", 0), ("threads", 1)):
            value = getattr(self, name)
            if value is not None and not value >= least:
                raise ValueError(f"{name} must be at least {least}, got {value}")
        if self.start is not None:
            start = np.array(self.start, dtype=np.float64)
            object.__setattr__(self, "start", read_only(start))

    def replace(self, **changes: object) -> ProgramOptions:
        """Return the same options with some changed."""
        return replace(self, **changes)  # type: ignore[arg-type]  # dataclasses.replace checks the names


@dataclass(frozen=True, slots=True, eq=False)
class ProgramOutcome:
    """What a backend found. ``bound`` is always readable: ``-inf`` means that nothing is proven.

    Parameters
    ----------
    x : ndarray, shape (m,), or None
        Best solution; integer columns are whole numbers exactly. None when there is none.
    objective : float or None
        Objective of ``x`` recomputed from the program, offset included.
    bound : float
        Proven lower bound of the optimum; ``inf`` when infeasible.
    reason : ProgramReason
        What is known.
    limit : ProgramLimit or None
        What stopped the backend; None when it ran to the end.
    detail : str
        One sentence in the backend's words.
    seconds : float
        Wall-clock seconds.
    solver : str
        Backend that made it.
    """

    x: FloatArray | None
    objective: float | None
    bound: float
    reason: ProgramReason
    limit: ProgramLimit | None = None
    detail: str = ""
    seconds: float = 0.0
    solver: str = ""

    def __post_init__(self) -> None:
        if self.x is not None:
            object.__setattr__(self, "x", read_only(np.asarray(self.x, dtype=np.float64)))

    @property
    def gap(self) -> float | None:
        """(objective - bound) / abs(objective), or None without a solution or a finite bound."""
        return relative_gap(self.objective, self.bound)


def relative_gap(objective: float | None, bound: float | None) -> float | None:
    """(objective - bound) / abs(objective); 0 when they meet, None while either is unknown.

    Examples
    --------
    >>> relative_gap(100.0, 99.0), relative_gap(0.0, 0.0), relative_gap(None, 1.0)
    (0.01, 0.0, None)
    """
    if objective is None or bound is None or not (np.isfinite(objective) and np.isfinite(bound)):
        return None
    if objective <= bound:
        return 0.0
    return (objective - bound) / abs(objective) if objective else float("inf")


def box_bound(program: IntegerProgram) -> float:
    """Lower bound from the column bounds alone: what is proven before any solver has run.

    Examples
    --------
    >>> from territory_opt.formulation.program import IntegerProgram
    >>> none = np.zeros(0)
    >>> box_bound(IntegerProgram([2, -3], [0], none, none, none, none, [1, 0], [5, 4], [0, 0], offset=1.0))
    -9.0
    """
    cost = program.cost
    used = cost != 0
    level = np.where(cost > 0, program.col_lower, program.col_upper)
    return float(cost[used] @ level[used]) + program.offset


def whole_point(program: IntegerProgram, x: ArrayLike) -> FloatArray | None:
    """Round the integer columns of a solver's point; None when it was not integral or breaks the program then.

    When rounding moves a row out of its bounds, the continuous columns are solved for again by HiGHS with the
    integer ones fixed, so that a point is either right or not given.
    """
    values = np.array(x, dtype=np.float64)
    whole = program.is_integer
    rounded = np.rint(values[whole])
    if not np.isfinite(values).all() or np.max(np.abs(rounded - values[whole]), initial=0.0) > 1e-4:
        return None
    values[whole] = rounded
    if program.violation(values) <= POINT_TOLERANCE:
        return values
    if whole.all():
        return None
    from territory_opt.solvers.highs import completed_point

    return completed_point(program, values)


def settled(
    program: IntegerProgram,
    x: ArrayLike | None,
    bound: float,
    options: ProgramOptions,
    *,
    limit: ProgramLimit | None,
    detail: str,
    seconds: float,
    solver: str,
) -> ProgramOutcome:
    """Make the outcome of a backend that stopped, with the reason that its own numbers prove.

    The objective is recomputed, the bound never exceeds it, and OPTIMAL is said only for a gap of at most
    :data:`PROVEN_GAP`; a stop at the asked gap is FEASIBLE with limit GAP.
    """
    if x is None:
        stopped = limit or ProgramLimit.ITERATIONS
        return ProgramOutcome(None, None, bound, ProgramReason.NO_SOLUTION, stopped, detail, seconds, solver)
    values = np.asarray(x, dtype=np.float64)
    objective = program.objective(values)
    bound = max(bound, box_bound(program))
    bound = min(bound, objective)
    gap = relative_gap(objective, bound)
    if gap is not None and (gap <= PROVEN_GAP * (1 + 1e-9) or objective - bound <= PROVEN_GAP * 1e-3):
        reason, limit = ProgramReason.OPTIMAL, None
    else:
        reason = ProgramReason.FEASIBLE
        if limit is None:
            within = gap is not None and (gap <= options.gap or objective - bound <= options.absolute_gap)
            limit = ProgramLimit.GAP if within else ProgramLimit.ITERATIONS
    return ProgramOutcome(values, objective, bound, reason, limit, detail, seconds, solver)


@runtime_checkable
class ProgramBackend(Protocol):
    """A solver of integer programs. Write one by giving these four; ``territory_opt.testing`` checks it."""

    @property
    def name(self) -> str:
        """Name under which it is registered."""

    @property
    def features(self) -> frozenset[Feature]:
        """What it can do beyond solving."""

    def is_available(self) -> bool:
        """Whether it is installed; takes no licence and imports nothing heavy."""

    def solve(
        self,
        program: IntegerProgram,
        options: ProgramOptions | None = None,
        *,
        on_event: OnEvent | None = None,
        cancel: Cancel | None = None,
    ) -> ProgramOutcome:
        """Solve ``program``.

        Infeasible and out of time are outcomes. A KeyboardInterrupt while it runs returns the best solution found.

        Raises
        ------
        SolverUnavailableError
            When it is not installed.
        SolverError
            When it fails, or when the program is unbounded.
        """
