"""Time left, stage times and progress reports of one solve."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from territory_opt.events import OnEvent, Progress

__all__ = ["Clock"]


class Clock:
    """Time left, stage times and progress reports of one solve."""

    def __init__(self, time_limit: float, on_progress: OnEvent | None, should_stop: Callable[[], bool] | None) -> None:
        self.began = time.perf_counter()
        self._limit, self._tell, self._stop = time_limit, on_progress, should_stop
        self.stages: dict[str, float] = {}
        self.interrupted = False

    def spent(self) -> float:
        """Seconds since the beginning."""
        return time.perf_counter() - self.began

    def left(self) -> float:
        """Seconds until the time limit."""
        return self._limit - (time.perf_counter() - self.began)

    def part(self, seconds: float) -> Clock:
        """Return a clock of the same run with less time left, that reports nothing."""
        part = Clock(time.perf_counter() - self.began + seconds, None, self._stop)
        part.began, part.stages = self.began, self.stages
        return part

    def stop(self) -> bool:
        """True when the caller cancelled or time is up."""
        if self._stop is not None and self._stop():
            self.interrupted = True
        return self.interrupted or self.left() <= 0

    def ahead(self, reserve: float = 0.0) -> Callable[[], bool]:
        """Return a stop that looks ahead, for loops that ask it once a step.

        Parameters
        ----------
        reserve : float
            Seconds that what comes after the loop needs.

        Returns
        -------
        callable
            True when the caller cancelled, or when a step as long as the longest so far would eat into the reserve.
        """
        last, longest = time.perf_counter(), 0.0

        def stop() -> bool:
            nonlocal last, longest
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
            return self.stop() or self.left() < reserve + longest

        return stop

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.stages[name] = self.stages.get(name, 0.0) + time.perf_counter() - start

    def tell(self, stage: str, objective: float | None, bound: float | None) -> None:
        """Report progress."""
        if self._tell is not None:
            self._tell(Progress(time.perf_counter() - self.began, stage, objective, bound))
