"""Run HiGHS so that it can be watched and stopped: in a thread of its own, with events in the caller's thread.

Two reasons for the thread. Python delivers Ctrl-C to the main thread only, and would raise it inside HiGHS's
callback, where an exception cannot cross the C++ frames safely; here the caller's thread merely waits, catches
it, and raises a flag that HiGHS polls. And the task scheduler of HiGHS belongs to the thread that started it:
a fresh thread lets every solve have its own number of threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias

from territory_opt.events import Cancel

__all__ = ["OnReport", "run_watched"]

OnReport: TypeAlias = Callable[[float | None, float | None], None]
"""Called with the objective and the bound, each None while unknown."""

_WAIT_SECONDS = 0.1
_REPORT_EVERY_SECONDS = 0.2


class _Watch:
    """What the callback inside HiGHS and the caller's thread share."""

    def __init__(self, cancel: Cancel | None, deadline: float) -> None:
        self.cancel = cancel
        self.deadline = deadline
        self.stop = False
        self.reports: SimpleQueue[tuple[float, float] | None] = SimpleQueue()
        self._last_report = 0.0

    def callback(self, kind: int, message: str, out: Any, data: Any, _: object) -> None:
        from highspy import cb

        kinds = cb.HighsCallbackType
        now = time.perf_counter()
        improved = kind == kinds.kCallbackMipImprovingSolution
        # HiGHS reports lines of its log only when the log is printed; its checks for an interrupt carry the same.
        if improved or (kind == kinds.kCallbackMipInterrupt and now - self._last_report > _REPORT_EVERY_SECONDS):
            self._last_report = now
            self.reports.put((out.mip_primal_bound, out.mip_dual_bound))
        if improved or data is None:
            return
        if self.stop or now > self.deadline or (self.cancel is not None and self.cancel.requested):
            data.user_interrupt = True


def run_watched(
    model: Any, *, deadline: float = float("inf"), on_report: OnReport | None = None, cancel: Cancel | None = None
) -> bool:
    """Run ``model`` (a ``highspy.Highs``) until it ends, the deadline, a cancel, or Ctrl-C.

    Parameters
    ----------
    model : highspy.Highs
        With its program and options set.
    deadline : float
        Moment of ``time.perf_counter()`` after which HiGHS is asked to stop; its own time limit is the caller's.
    on_report : callable, optional
        Called in the caller's thread with (objective or None, bound or None) as the search goes on. A
        KeyboardInterrupt raised in it counts as Ctrl-C; another exception stops HiGHS and is raised again.
    cancel : Cancel, optional
        Polled by HiGHS.

    Returns
    -------
    bool
        Whether Ctrl-C stopped it. A cancel is read from the flag itself.
    """
    from highspy import cb

    watch = _Watch(cancel, deadline)
    kinds = cb.HighsCallbackType
    wanted = [kinds.kCallbackMipInterrupt, kinds.kCallbackSimplexInterrupt, kinds.kCallbackIpmInterrupt]
    if on_report is not None:
        wanted.append(kinds.kCallbackMipImprovingSolution)
    model.setCallback(watch.callback, None)
    for kind in wanted:
        model.startCallback(kind)

    failures: list[BaseException] = []

    def work() -> None:
        try:
            model.run()
        except BaseException as error:
            failures.append(error)
        finally:
            type(model).resetGlobalScheduler(False)
            watch.reports.put(None)

    interrupted = False
    worker = threading.Thread(target=work, name="territory-opt-highs", daemon=True)
    worker.start()
    try:
        while True:
            try:
                report = watch.reports.get(timeout=_WAIT_SECONDS)
                if report is None:
                    break
                if on_report is not None and not watch.stop:
                    on_report(*(value if abs(value) < 1e30 else None for value in report))
            except Empty:
                continue
            except KeyboardInterrupt:
                interrupted = watch.stop = True
    except BaseException:
        watch.stop = True
        raise
    finally:
        worker.join()
        for kind in wanted:
            model.stopCallback(kind)
        model.setCallback(None, None)
    if failures:
        raise failures[0]
    return interrupted
