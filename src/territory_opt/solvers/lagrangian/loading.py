"""Kernels that take long to compile, loaded beside a search that does not need them yet."""

from __future__ import annotations

import threading
from importlib import import_module

__all__ = ["Loading", "trees"]

_PATIENCE = 1.0


class Loading:
    """Imports of modules in a thread of their own, begun when they are first asked for.

    A search that has other things to do goes on meanwhile; where the machine has compiled them before, they are there
    within the patience of the first question.

    Parameters
    ----------
    *names : str
        Modules.
    patience : float
        Seconds that the first question waits.

    Examples
    --------
    >>> Loading("math").ready
    True
    """

    def __init__(self, *names: str, patience: float = _PATIENCE) -> None:
        self._names, self._patience = names, patience
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._failure: BaseException | None = None

    @property
    def ready(self) -> bool:
        """True once they are loaded.

        Raises
        ------
        ImportError
            Or whatever else the import ended with.
        """
        with self._lock:
            if self._thread is None:
                # It ends with the process: nobody waits for a compiler at the door.
                self._thread = threading.Thread(target=self._load, name="territory-opt-kernels", daemon=True)
                self._thread.start()
                self._thread.join(self._patience)
        if self._failure is not None:
            raise self._failure
        return not self._thread.is_alive()

    def _load(self) -> None:
        try:
            for name in self._names:
                import_module(name)
        except BaseException as error:
            self._failure = error


trees = Loading("territory_opt.kernels.bookascent", "territory_opt.kernels.booktree")
"""Kernels of :class:`~territory_opt.solvers.lagrangian.tree.PairTree`."""
