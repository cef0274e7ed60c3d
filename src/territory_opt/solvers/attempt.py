"""What a method tells the solve: an alignment or none, a bound, and what stopped it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

from territory_opt._typing import IntArray
from territory_opt.events import Cancel, OnEvent, Progress
from territory_opt.multipliers import Multipliers
from territory_opt.termination import Limit

__all__ = ["Attempt", "Request"]


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """Outcome of one method on one problem with given homes.

    Attributes
    ----------
    rep_index : ndarray of int, shape (n_accounts,), or None
        Best alignment found.
    bound : float
        Proven lower bound; plus infinity when infeasibility is proven.
    limit : Limit or None
        What stopped it; None when it ran to the end.
    detail : str
        One sentence.
    multipliers : Multipliers or None
        Prices it ended with, where the method has any.
    """

    rep_index: IntArray | None
    bound: float = -math.inf
    limit: Limit | None = None
    detail: str = ""
    multipliers: Multipliers | None = None

    @property
    def infeasible(self) -> bool:
        """True when it is proven that there is no alignment."""
        return self.rep_index is None and self.bound == math.inf


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """How long and how hard to try, and whom to tell.

    Attributes
    ----------
    deadline : float
        Moment of ``time.perf_counter()`` to be done by.
    gap : float
        Stop when the relative gap is proven to be at most this.
    seed, threads : int
        Seed and thread limit.
    started : float
        Moment the whole solve began.
    on_event : callable or None
        Gets :class:`territory_opt.Progress`.
    cancel : Cancel or None
        Stops the search.
    start : ndarray of int, shape (n_accounts,), or None
        An alignment to begin from.
    """

    deadline: float
    gap: float
    seed: int
    threads: int
    started: float
    on_event: OnEvent | None = None
    cancel: Cancel | None = None
    start: IntArray | None = None

    @property
    def remaining(self) -> float:
        """Seconds left, 0 or more."""
        return max(0.0, self.deadline - time.perf_counter())

    def stopped_by(self) -> Limit:
        """What ended a step without an answer: a cancel, the clock, or its own lack of further steps."""
        if self.cancel is not None and self.cancel.requested:
            return Limit.INTERRUPTED
        return Limit.TIME if self.remaining == 0 else Limit.ITERATIONS

    def within(self, seconds: float, **changes: object) -> Request:
        """Return the same request with at most so many seconds from now."""
        deadline = min(self.deadline, time.perf_counter() + seconds)
        return replace(self, deadline=deadline, **changes)  # type: ignore[arg-type]  # dataclasses.replace checks

    def tell(self, stage: str, objective: float | None = None, bound: float | None = None) -> None:
        """Report progress, if anybody listens."""
        if self.on_event is not None:
            self.on_event(Progress(time.perf_counter() - self.started, stage, objective, bound))
