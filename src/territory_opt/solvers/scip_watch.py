"""Run SCIP so that it can be watched and stopped: in a thread of its own, with events in the caller's thread.

An exception cannot cross SCIP's C frames, and Python delivers Ctrl-C to the main thread only: here the caller's thread
waits, catches it, and sets the flag that SCIP polls between its steps.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

from pyscipopt import Eventhdlr
from pyscipopt.scip import PY_SCIP_EVENTTYPE as SCIP_EVENTTYPE

from territory_opt.events import Cancel

__all__ = ["run_watched"]

_WAIT_SECONDS = 0.1
_REPORT_EVERY_SECONDS = 0.2


class _Reporter(Eventhdlr):
    """Puts objective and bound into a queue at new solutions, and now and then as nodes are solved."""

    def __init__(self, reports: SimpleQueue[tuple[float, float] | None]) -> None:
        self.reports = reports
        self.last = 0.0
        self.kinds = (SCIP_EVENTTYPE.BESTSOLFOUND, SCIP_EVENTTYPE.NODESOLVED, SCIP_EVENTTYPE.LPSOLVED)

    def eventinit(self) -> None:
        for kind in self.kinds:
            self.model.catchEvent(kind, self)

    def eventexit(self) -> None:
        for kind in self.kinds:
            self.model.dropEvent(kind, self)

    def eventexec(self, event: Any) -> None:
        now = time.perf_counter()
        improved = event.getType() == SCIP_EVENTTYPE.BESTSOLFOUND
        if improved or now - self.last > _REPORT_EVERY_SECONDS:
            self.last = now
            self.reports.put((self.model.getPrimalbound(), self.model.getDualbound()))


def run_watched(
    model: Any, *, on_report: Callable[[float, float], None] | None = None, cancel: Cancel | None = None
) -> bool:
    """Run ``model`` (a ``pyscipopt.Model``) until it ends, a cancel, or Ctrl-C.

    Parameters
    ----------
    model : pyscipopt.Model
        With its program and limits set.
    on_report : callable, optional
        Called in the caller's thread with objective and bound; 1e20 stands for unknown. A KeyboardInterrupt that it
        raises counts as Ctrl-C; another exception stops SCIP and is raised again.
    cancel : Cancel, optional
        Polled ten times a second.

    Returns
    -------
    bool
        Whether Ctrl-C or the cancel stopped it.
    """
    reports: SimpleQueue[tuple[float, float] | None] = SimpleQueue()
    if on_report is not None:
        model.includeEventhdlr(_Reporter(reports), "territory_opt", "reports objective and bound")
    failures: list[BaseException] = []

    def work() -> None:
        try:
            model.optimizeNogil()
        except BaseException as error:
            failures.append(error)
        finally:
            reports.put(None)

    stop = False
    worker = threading.Thread(target=work, name="territory-opt-scip", daemon=True)
    worker.start()
    try:
        while True:
            try:
                report = reports.get(timeout=_WAIT_SECONDS)
                if report is None:
                    break
                if on_report is not None and not stop:
                    on_report(*report)
            except Empty:
                pass
            except KeyboardInterrupt:
                stop = True
            stop = stop or (cancel is not None and cancel.requested)
            if stop:
                _interrupt(model)
    except BaseException:
        while worker.is_alive():
            _interrupt(model)
            worker.join(_WAIT_SECONDS)
        raise
    worker.join()
    if failures:
        raise failures[0]
    return stop


def _interrupt(model: Any) -> None:
    try:
        model.interruptSolve()
    except Exception:  # SCIP refuses in the moments before it starts and after it ends; the next turn asks again
        return
