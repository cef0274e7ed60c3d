"""What a solve tells while it runs, and the flag that stops it."""

from __future__ import annotations

import math
from dataclasses import replace

from territory_opt.events import Cancel, OnEvent, Progress

__all__ = ["Listener", "Stop"]


class Stop(Cancel):
    """The caller's flag and Ctrl-C in one: what the search polls."""

    __slots__ = ("_other",)

    def __init__(self, other: Cancel | None) -> None:
        super().__init__()
        self._other = other

    @property
    def requested(self) -> bool:
        """True once either asked to stop."""
        return super().requested or (self._other is not None and self._other.requested)


class Listener:
    """Keeps the events of a solve and passes them on, so that objective and bound only ever improve.

    Parameters
    ----------
    on_event : callable or None
        The caller's.
    stop : Stop
        Raised when the caller's function is interrupted by Ctrl-C.
    """

    __slots__ = ("_bound", "_objective", "_on_event", "_stop", "events")

    def __init__(self, on_event: OnEvent | None, stop: Stop) -> None:
        self.events: list[Progress] = []
        self._on_event, self._stop = on_event, stop
        self.forget()

    def forget(self) -> None:
        """Begin anew: other homes have another optimum."""
        self._objective, self._bound = math.inf, -math.inf

    def __call__(self, progress: Progress) -> None:
        """Take one report of a step, whose own bound may be weaker than one that is already known."""
        if progress.objective is not None:
            self._objective = min(self._objective, progress.objective)
        if progress.bound is not None:
            self._bound = max(self._bound, progress.bound)
        told = replace(
            progress,
            objective=self._objective if math.isfinite(self._objective) else None,
            bound=min(self._bound, self._objective) if math.isfinite(self._bound) else None,
        )
        self.events.append(told)
        if self._on_event is not None:
            try:
                self._on_event(told)
            except KeyboardInterrupt:
                self._stop.request()
