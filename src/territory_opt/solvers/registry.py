"""Backends by name: those shipped, any solver of PuLP, and those that other packages register."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from territory_opt.errors import SolverUnavailableError
from territory_opt.solvers.base import ProgramBackend

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["ENTRY_POINT_GROUP", "available_solvers", "get_backend", "known_solvers"]

ENTRY_POINT_GROUP = "territory_opt.solvers"
"""Entry points of this group name a callable without arguments that returns a :class:`ProgramBackend`."""

_PULP = "pulp:"


def _highs() -> ProgramBackend:
    from territory_opt.solvers.highs import HighsBackend

    return HighsBackend()


def _scip() -> ProgramBackend:
    from territory_opt.solvers.scip import ScipBackend

    return ScipBackend()


_SHIPPED: dict[str, Callable[[], ProgramBackend]] = {"highs": _highs, "scip": _scip}
_INSTALL = {"highs": "pip install highspy", "scip": "pip install 'territory-opt[scip]'"}


def _registered() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # slow to import, and needed only for names of others

    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}


def get_backend(solver: str | ProgramBackend) -> ProgramBackend:
    """Return the backend called ``solver``, imported only now; a backend object is returned as it is.

    Parameters
    ----------
    solver : str or ProgramBackend
        ``"highs"``, ``"scip"``, ``"pulp:<solver>"``, a name registered by another package, or your own backend.

    Raises
    ------
    SolverUnavailableError
        When no backend has that name, or it is not installed; the message says how to install it.
    TypeError
        When ``solver`` is neither a name nor a backend.

    Examples
    --------
    >>> get_backend("highs").name, get_backend("pulp:CBC").name
    ('highs', 'pulp:PULP_CBC_CMD')
    """
    if not isinstance(solver, str):
        if isinstance(solver, ProgramBackend):
            return solver
        raise TypeError(f"a solver is a name or a ProgramBackend, not {type(solver).__name__}")
    if solver.lower().startswith(_PULP):
        from territory_opt.solvers.pulp import PulpBackend

        backend: ProgramBackend = PulpBackend(solver[len(_PULP) :])
    elif solver in _SHIPPED:
        backend = _SHIPPED[solver]()
    else:
        backend = _load(solver)
    if not backend.is_available():
        raise SolverUnavailableError(f"{backend.name} is not installed: {_install_line(backend)}")
    return backend


def known_solvers() -> tuple[str, ...]:
    """Names that :func:`get_backend` knows, installed or not."""
    from territory_opt.solvers._pulp_table import SOLVERS

    own = dict.fromkeys((*_SHIPPED, *sorted(_registered())))
    return (*own, *(_PULP + name for name in SOLVERS))


def available_solvers() -> tuple[str, ...]:
    """Names of the backends that are installed.

    Nothing heavy is imported and no licence is taken: a commercial solver that is listed may still refuse for want
    of a licence when it is used. Backends of other packages are loaded to be asked.

    Examples
    --------
    >>> "highs" in available_solvers()
    True
    """
    from territory_opt.solvers._pulp_table import SOLVERS

    found = [name for name, make in _SHIPPED.items() if make().is_available()]
    for name in sorted(_registered().keys() - _SHIPPED.keys()):
        try:
            if _load(name).is_available():
                found.append(name)
        except SolverUnavailableError:
            continue
    return (*found, *(_PULP + name for name, entry in SOLVERS.items() if entry.is_installed()))


def _load(name: str) -> ProgramBackend:
    point = _registered().get(name)
    if point is None:
        known = ", ".join(("auto", "core", "exact", "lagrangian", *known_solvers(), "pulp:CBC"))
        raise SolverUnavailableError(f"no solver is called {name!r}; known are {known}")
    try:
        backend = point.load()()
    except ImportError as error:
        raise SolverUnavailableError(f"{name}: {error}; pip install the package that registers it") from error
    if not isinstance(backend, ProgramBackend):
        raise SolverUnavailableError(f"{name}: {point.value} does not make a ProgramBackend")
    return backend


def _install_line(backend: ProgramBackend) -> str:
    if backend.name.startswith(_PULP):
        from territory_opt.solvers._pulp_table import SOLVERS

        return SOLVERS[backend.name[len(_PULP) :]].install
    return _INSTALL.get(backend.name, "install the package that registers it")
