"""Progress of a solve and the means to stop it: values and a flag, no handlers and no prints."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from territory_opt.termination import relative_gap

__all__ = ["Cancel", "OnEvent", "Progress"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One report of a solve under way.

    Parameters
    ----------
    seconds : float
        Wall-clock seconds since the solve began.
    stage : str
        What is being done, in a word or two (``"formulate"``, ``"linear bound"``, ``"search"`` ...).
    objective : float or None
        Objective of the best alignment found so far; None before the first.
    bound : float or None
        Best proven lower bound so far; None before the first.
    """

    seconds: float
    stage: str
    objective: float | None = None
    bound: float | None = None

    @property
    def gap(self) -> float | None:
        """(objective - bound) / abs(objective) as in a result; None while either is unknown, or the share infinite.

        Examples
        --------
        >>> Progress(1.0, "search", objective=100.0, bound=99.0).gap
        0.01
        """
        if self.objective is None or self.bound is None:
            return None
        gap = relative_gap(self.objective, self.bound)
        return gap if math.isfinite(gap) else None


OnEvent: TypeAlias = Callable[[Progress], None]


class Cancel:
    """A flag that stops a solve from another thread; the best alignment found so far is returned.

    Examples
    --------
    >>> cancel = Cancel()
    >>> cancel.requested
    False
    >>> cancel.request()
    >>> cancel.requested
    True
    """

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = threading.Event()

    def request(self) -> None:
        """Ask the solve that holds this flag to stop soon."""
        self._event.set()

    @property
    def requested(self) -> bool:
        """True once :meth:`request` was called."""
        return self._event.is_set()
