"""Which method for which size, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from territory_opt._typing import IntArray
from territory_opt.errors import UnsupportedError
from territory_opt.formulation.formulate import Formulation
from territory_opt.problem import Problem
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.solvers.base import ProgramBackend, ProgramOptions, ProgramOutcome
from territory_opt.solvers.carve import listener
from territory_opt.solvers.registry import get_backend
from territory_opt.solvers.variations import carve_varied

__all__ = ["CORE_FROM_PAIRS", "CORE_UNTIL_PAIRS", "ENGINE_FROM_PAIRS", "Method", "choose_method"]

CORE_FROM_PAIRS = 10_000
"""From so many pairs of account and rep the core method finds better answers than the plain integer program."""

ENGINE_FROM_PAIRS = 150_000
"""From so many pairs the large engine is faster, compiling included."""

CORE_UNTIL_PAIRS = 10_000_000
"""Up to so many pairs ``"auto"`` lets the core method hold each in memory (about 200 bytes)."""

Solve: TypeAlias = Callable[[Problem, "IntArray | None", Request], Attempt]


@dataclass(frozen=True, slots=True)
class Method:
    """A way to solve a problem: its name, why it was chosen, and the function that does it."""

    name: str
    why: str
    solve: Solve


def choose_method(problem: Problem, solver: str | ProgramBackend) -> Method:
    """Choose a method by name, or by size for ``"auto"``.

    Parameters
    ----------
    problem : Problem
        Its size decides.
    solver : str or ProgramBackend
        ``"auto"``, ``"core"``, ``"lagrangian"`` (the large engine), ``"exact"`` (the engine and HiGHS together),
        ``"highs"``, ``"pulp:<name>"``, a registered name, or a backend of your own.

    Returns
    -------
    Method
        With the reason in words.

    Raises
    ------
    SolverUnavailableError
        If there is no such solver or it is not installed.
    UnsupportedError
        If the problem is too large for anything but the large engine, which cannot take one of its criteria.
    """
    n_pairs = problem.n_accounts * problem.n_reps
    size = f"{n_pairs:,} pairs of account and rep"
    if solver == "auto":
        if n_pairs >= ENGINE_FROM_PAIRS:
            from territory_opt.solvers.engine_variation import varied_obstacles

            blocked = varied_obstacles(problem)
            if not blocked:
                return Method("lagrangian", f"{size} are {ENGINE_FROM_PAIRS:,} or more: the large engine", _engine)
            why = f"{size} call for the large engine, which cannot take {', '.join(blocked)}"
            if n_pairs > CORE_UNTIL_PAIRS:
                raise UnsupportedError(
                    f"{why}; the core method holds every pair in memory and is refused above {CORE_UNTIL_PAIRS:,}. "
                    "Leave that out, or ask for it by name: solver='core'"
                )
            return Method("core", f"{why}: linear bound, then integer programs on the core", _core)
        if n_pairs >= CORE_FROM_PAIRS:
            why = f"{size} are {CORE_FROM_PAIRS:,} or more: linear bound, then integer programs on the core"
            return Method("core", why, _core)
        return Method("highs", f"{size} are few enough for one integer program", _program(get_backend("highs")))
    if solver == "core":
        return Method("core", "asked for", _core)
    if solver == "lagrangian":
        return Method("lagrangian", "asked for", _engine)
    if solver == "exact":
        return Method("exact", "asked for", _exact)
    backend = get_backend(solver)
    return Method(backend.name, "asked for", _program(backend))


def _program(backend: ProgramBackend) -> Solve:
    def method(formulation: Formulation, options: ProgramOptions, request: Request) -> ProgramOutcome:
        return backend.solve(formulation.program, options, on_event=listener(request), cancel=request.cancel)

    def solve(problem: Problem, home_index: IntArray | None, request: Request) -> Attempt:
        return carve_varied(problem, method, home_index, request)

    return solve


def _core(problem: Problem, home_index: IntArray | None, request: Request) -> Attempt:
    from territory_opt.solvers.core import solve_core
    from territory_opt.solvers.medians import assignment_pairs

    def method(formulation: Formulation, options: ProgramOptions, request: Request) -> ProgramOutcome:
        return solve_core(
            formulation.program,
            assignment_pairs(formulation),
            options,
            on_event=listener(request),
            cancel=request.cancel,
        )

    return carve_varied(problem, method, home_index, request)


def _engine(problem: Problem, home_index: IntArray | None, request: Request) -> Attempt:
    from territory_opt.solvers.engine_variation import engine_varied

    return engine_varied(problem, home_index, request)


def _exact(problem: Problem, home_index: IntArray | None, request: Request) -> Attempt:
    from territory_opt.solvers.exact import exact_carve

    return exact_carve(problem, home_index, request)
