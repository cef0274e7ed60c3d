"""HiGHS, the default backend: raw arrays in, incumbent and bound out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.errors import SolverError, SolverUnavailableError
from territory_opt.events import Cancel, OnEvent, Progress
from territory_opt.formulation.program import IntegerProgram
from territory_opt.solvers._contract import better_point, impossible, usable_start
from territory_opt.solvers._watch import run_watched
from territory_opt.solvers.base import (
    POINT_TOLERANCE,
    Feature,
    ProgramLimit,
    ProgramOptions,
    ProgramOutcome,
    ProgramReason,
    box_bound,
    settled,
    whole_point,
)

__all__ = ["HighsBackend", "completed_point", "highs_model", "relaxed_bound", "solve_with_highs"]

_SEED_MAX = 2**31 - 1
_STATED_OVERSHOOT = 1.0


class HighsBackend:
    """Solve with HiGHS through its array interface.

    A million binaries are handed over in about a tenth of a second. The objective and bound are reported while it
    runs, Ctrl-C and :class:`~territory_opt.events.Cancel` return the best solution found, and every solve has a
    scheduler of its own, so that solves in two threads do not touch.

    Notes
    -----
    HiGHS looks at the clock between its steps and may overshoot the time limit, most of all in presolve;
    ``detail`` says so when it is by more than a second.

    Examples
    --------
    >>> from territory_opt.formulation.program import IntegerProgram
    >>> program = IntegerProgram(
    ...     cost=[-5, -4, -3], indptr=[0, 3], indices=[0, 1, 2], values=[2, 3, 1], row_lower=[-np.inf],
    ...     row_upper=[5], col_lower=[0, 0, 0], col_upper=[1, 1, 1], integrality=[1, 1, 1])
    >>> outcome = HighsBackend().solve(program)
    >>> outcome.reason.name, outcome.objective, outcome.bound, outcome.x.tolist()
    ('OPTIMAL', -9.0, -9.0, [1.0, 1.0, 0.0])
    """

    name = "highs"
    features = frozenset(Feature)

    def is_available(self) -> bool:
        """Whether ``highspy`` is installed; it is not imported."""
        return find_spec("highspy") is not None

    def solve(
        self,
        program: IntegerProgram,
        options: ProgramOptions | None = None,
        *,
        on_event: OnEvent | None = None,
        cancel: Cancel | None = None,
    ) -> ProgramOutcome:
        """Solve ``program``; see :meth:`territory_opt.solvers.base.ProgramBackend.solve`.

        Raises
        ------
        SolverUnavailableError
            When ``highspy`` is not installed.
        SolverError
            When HiGHS fails, or the program is unbounded.
        """
        if not self.is_available():
            raise SolverUnavailableError("HiGHS is not installed: pip install highspy")
        return solve_with_highs(program, options or ProgramOptions(), on_event=on_event, cancel=cancel)


def solve_with_highs(
    program: IntegerProgram,
    options: ProgramOptions,
    *,
    on_event: OnEvent | None = None,
    cancel: Cancel | None = None,
    settings: Mapping[str, float | int | str] | None = None,
) -> ProgramOutcome:
    """Solve ``program``; ``settings`` are options of HiGHS by its own names, set last.

    Raises
    ------
    SolverError
        When HiGHS fails, or the program is unbounded.
    """
    began = time.perf_counter()
    if program.n_columns == 0:
        return _without_columns(program, began)
    import highspy

    model = highs_model(program)
    _set_options(model, options)
    for key, value in (settings or {}).items():
        model.setOptionValue(key, value)
    start = usable_start(program, options)
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = start
        model.setSolution(solution)
    deadline = float("inf")
    if options.time_limit is not None:
        deadline = began + options.time_limit
        model.setOptionValue("time_limit", max(0.0, deadline - time.perf_counter()))

    def report(objective: float | None, bound: float | None) -> None:
        if on_event is not None:
            on_event(Progress(time.perf_counter() - began, "search", objective, bound))

    interrupted = run_watched(
        model, deadline=deadline, on_report=report if on_event is not None else None, cancel=cancel
    )
    interrupted = interrupted or (cancel is not None and cancel.requested)
    return _outcome(model, program, options, start, began, interrupted)


def highs_model(program: IntegerProgram, *, relaxed: bool = False) -> Any:
    """Return a silent ``highspy.Highs`` that holds ``program``.

    Parameters
    ----------
    program : IntegerProgram
        Its arrays are passed as they are.
    relaxed : bool
        Leave integrality out.

    Raises
    ------
    SolverError
        When HiGHS refuses the arrays.
    """
    import highspy

    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    whole = np.zeros(program.n_columns, np.int32) if relaxed else program.integrality.astype(np.int32)
    status = model.passModel(
        program.n_columns,
        program.n_rows,
        program.n_nonzeros,
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize),
        program.offset,
        program.cost,
        program.col_lower,
        program.col_upper,
        program.row_lower,
        program.row_upper,
        program.indptr,
        program.indices,
        program.values,
        whole,
    )
    if status == highspy.HighsStatus.kError:
        raise SolverError(
            "HiGHS refused the program: coefficients above 1e15 or bounds that are not numbers are the usual causes"
        )
    return model


def completed_point(program: IntegerProgram, x: FloatArray) -> FloatArray | None:
    """Best continuous columns for the integer columns of ``x``; None when there are none.

    Parameters
    ----------
    program : IntegerProgram
        The program.
    x : ndarray, shape (m,)
        Its integer columns are kept; they must be whole numbers.
    """
    import highspy

    model = highs_model(program, relaxed=True)
    whole = np.flatnonzero(program.is_integer).astype(np.int32)
    model.changeColsBounds(len(whole), whole, x[whole], x[whole])
    model.setOptionValue("primal_feasibility_tolerance", 1e-9)
    run_watched(model)
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    point = np.asarray(model.getSolution().col_value)
    point[whole] = x[whole]
    return point if program.violation(point) <= POINT_TOLERANCE else None


def _set_options(model: Any, options: ProgramOptions) -> None:
    for key, value in (
        ("threads", int(options.threads)),
        ("parallel", "on" if options.threads > 1 else "off"),
        ("random_seed", int(options.seed) % _SEED_MAX),
        ("mip_rel_gap", float(options.gap)),
        ("mip_abs_gap", float(options.absolute_gap)),
    ):
        model.setOptionValue(key, value)


def _without_columns(program: IntegerProgram, began: float) -> ProgramOutcome:
    if program.violation(np.zeros(0)) > POINT_TOLERANCE:
        return impossible("an empty row cannot hold", began, "highs")
    seconds, level = time.perf_counter() - began, program.offset
    return ProgramOutcome(np.zeros(0), level, level, ProgramReason.OPTIMAL, None, "no columns", seconds, "highs")


def _outcome(
    model: Any,
    program: IntegerProgram,
    options: ProgramOptions,
    start: FloatArray | None,
    began: float,
    interrupted: bool,
) -> ProgramOutcome:
    import highspy

    statuses = highspy.HighsModelStatus
    status = model.getModelStatus()
    words = f"HiGHS {model.version()}: {model.modelStatusToString(status)}"
    if status == statuses.kUnboundedOrInfeasible:
        status = _unbounded_or_infeasible(model)
    if status == statuses.kInfeasible and start is None:
        return impossible(words, began, "highs")
    if status == statuses.kUnbounded:
        raise SolverError(f"{words}: the objective has no lower bound; a continuous column lacks a bound or a cost")
    limits = {
        statuses.kOptimal: None,
        statuses.kTimeLimit: ProgramLimit.TIME,
        statuses.kInterrupt: ProgramLimit.INTERRUPTED if interrupted else ProgramLimit.TIME,
        statuses.kHighsInterrupt: ProgramLimit.INTERRUPTED if interrupted else ProgramLimit.TIME,
        statuses.kIterationLimit: ProgramLimit.ITERATIONS,
        statuses.kSolutionLimit: ProgramLimit.ITERATIONS,
        statuses.kObjectiveBound: ProgramLimit.GAP,
        statuses.kObjectiveTarget: ProgramLimit.GAP,
        statuses.kMemoryLimit: ProgramLimit.MEMORY,
    }
    if status not in limits:
        raise SolverError(f"{words} on {program!r}")
    info = model.getInfo()
    x = None
    if info.primal_solution_status == highspy.kSolutionStatusFeasible:
        x = whole_point(program, np.asarray(model.getSolution().col_value))
        if x is None and status == statuses.kOptimal:
            raise SolverError(f"{words}, but its point does not satisfy the rows once integers are rounded")
    x = better_point(program, start, x)
    bound = box_bound(program)
    if program.is_integer.any():
        bound = max(bound, info.mip_dual_bound)
    elif status == statuses.kOptimal:
        bound = max(bound, info.objective_function_value)
    seconds = time.perf_counter() - began
    if options.time_limit is not None and seconds > options.time_limit + _STATED_OVERSHOOT:
        words += f"; overshot its time limit of {options.time_limit:g} s by {seconds - options.time_limit:.1f} s"
    return settled(program, x, bound, options, limit=limits[status], detail=words, seconds=seconds, solver="highs")


def _unbounded_or_infeasible(model: Any) -> Any:
    # Presolve could not tell which; without costs only infeasibility is left to find.
    import highspy

    n_columns = model.getNumCol()
    model.changeColsCost(n_columns, np.arange(n_columns, dtype=np.int32), np.zeros(n_columns))
    run_watched(model)
    infeasible = model.getModelStatus() == highspy.HighsModelStatus.kInfeasible
    return highspy.HighsModelStatus.kInfeasible if infeasible else highspy.HighsModelStatus.kUnbounded


def relaxed_bound(program: IntegerProgram, *, time_limit: float | None = None) -> float:
    """Bound of the linear relaxation: ``inf`` when infeasible, ``-inf`` when it was not solved in time.

    Parameters
    ----------
    program : IntegerProgram
        The program; its integrality is left out.
    time_limit : float, optional
        Wall-clock seconds.
    """
    import highspy

    model = highs_model(program, relaxed=True)
    deadline = float("inf")
    if time_limit is not None:
        model.setOptionValue("time_limit", time_limit)
        deadline = time.perf_counter() + time_limit
    run_watched(model, deadline=deadline)
    status = model.getModelStatus()
    if status == highspy.HighsModelStatus.kOptimal:
        return float(model.getInfo().objective_function_value)
    return np.inf if status == highspy.HighsModelStatus.kInfeasible else -np.inf
