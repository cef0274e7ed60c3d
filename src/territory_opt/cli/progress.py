"""One live line while a solve runs, or a plain line now and then where nobody watches; Ctrl-C asks it to stop."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from territory_opt.cli.screens import errors_to
from territory_opt.events import Cancel, Progress
from territory_opt.fairness.wording import amount
from territory_opt.report.verdict import gap_words

__all__ = ["ProgressLine", "watched"]

_PLAIN_EVERY_SECONDS = 5.0


class ProgressLine:
    """The latest progress in one line of text.

    Parameters
    ----------
    console : Console
        Where plain lines go; a terminal gets the line from :class:`rich.live.Live` instead.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self._latest = self._known = Progress(0.0, "start")
        self._plain_at = -_PLAIN_EVERY_SECONDS
        self._frames = Spinner("dots").frames
        self.stopping = False

    def __call__(self, progress: Progress) -> None:
        """Take note of one report; numbers of two reports are never put together, they may be of two searches."""
        self._latest = progress
        due = progress.seconds - self._plain_at >= _PLAIN_EVERY_SECONDS
        due |= self._known.objective is None and progress.objective is not None
        if progress.objective is not None or progress.bound is not None:
            self._known = progress
        if due and not self._console.is_terminal:
            self._plain_at = progress.seconds
            self._console.print(self.text(progress.seconds), soft_wrap=True)

    def text(self, seconds: float) -> str:
        """Return the line without the moving part."""
        parts = ["stopping" if self.stopping else self._latest.stage]
        known = self._known
        if known.objective is not None:
            parts.append(f"best {amount(known.objective)}")
        if known.bound is not None:
            parts.append(f"bound {amount(known.bound)}")
        if known.gap is not None:
            parts.append(f"gap {gap_words(known.gap)}")
        parts.append(f"{seconds:.0f} s")
        return "   ".join(parts)

    def __rich__(self) -> Text:
        seconds = time.monotonic() - self._started
        frame = self._frames[int(10 * seconds) % len(self._frames)]
        line = Text(f"{frame} {self.text(seconds)}", no_wrap=True, overflow="ellipsis")
        if not self.stopping:
            line.append("   Ctrl-C to stop", "dim")
        return line


@contextmanager
def watched() -> Iterator[tuple[ProgressLine, Cancel]]:
    """Show progress and let Ctrl-C end the search; a second Ctrl-C ends the command.

    Yields
    ------
    line : ProgressLine
        Give it to ``solve(on_event=...)``.
    cancel : Cancel
        Give it to ``solve(cancel=...)``.
    """
    console = errors_to()
    line, cancel = ProgressLine(console), Cancel()
    with _interrupt_asks(cancel, line, console):
        if not console.is_terminal:
            yield line, cancel
            return
        with Live(line, console=console, transient=True, refresh_per_second=8):
            yield line, cancel


@contextmanager
def _interrupt_asks(cancel: Cancel, line: ProgressLine, console: Console) -> Iterator[None]:
    """Turn the first Ctrl-C into a request to stop; only the main thread of a process can be interrupted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        if cancel.requested:
            raise KeyboardInterrupt
        cancel.request()
        line.stopping = True
        if not console.is_terminal:
            console.print("stopping: an alignment found so far is kept")

    usual = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
