"""SCIP through PySCIPOpt: another branch and bound, with cutting planes and conflict analysis of its own."""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import Any

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.errors import SolverError, SolverUnavailableError
from territory_opt.events import Cancel, OnEvent, Progress
from territory_opt.formulation.program import IntegerProgram
from territory_opt.solvers._contract import better_point, crossed, impossible, unbounded, usable_start
from territory_opt.solvers.base import (
    Feature,
    ProgramLimit,
    ProgramOptions,
    ProgramOutcome,
    box_bound,
    settled,
    whole_point,
)

__all__ = ["ScipBackend"]

_SEED_MAX = 2**31 - 1
_INFINITY = 1e20
_LONGEST = 1e20
# SCIP measures rows relative to their size; the answer is held against a stricter, absolute rule.
_FEASIBILITY = 1e-7

_LIMITS = {
    "timelimit": ProgramLimit.TIME,
    "gaplimit": ProgramLimit.GAP,
    "userinterrupt": ProgramLimit.INTERRUPTED,
    "terminate": ProgramLimit.INTERRUPTED,
    "memlimit": ProgramLimit.MEMORY,
    "nodelimit": ProgramLimit.ITERATIONS,
    "totalnodelimit": ProgramLimit.ITERATIONS,
    "stallnodelimit": ProgramLimit.ITERATIONS,
    "restartlimit": ProgramLimit.ITERATIONS,
    "sollimit": ProgramLimit.ITERATIONS,
    "bestsollimit": ProgramLimit.ITERATIONS,
}


class ScipBackend:
    """Solve with SCIP.

    Notes
    -----
    SCIP searches on one thread, whatever ``threads`` allows, so :attr:`Feature.THREADS` is not among its features. It
    measures a gap against the smaller of objective and bound, which is never less than (objective - bound) /
    objective: it may search a little longer than asked. Every solve has a model of its own, and SCIP's own handler of
    Ctrl-C is switched off. Rows and columns are added one by one, about a second per hundred thousand columns.

    K. Bestuzheva et al., "Enabling research through the SCIP Optimization Suite 8.0", ACM Trans. Math. Softw. 49
    (2023) 22, doi:10.1145/3585516. S. Maher et al., "PySCIPOpt: mathematical programming in Python with the SCIP
    optimization suite", ICMS 2016, 301-307, doi:10.1007/978-3-319-42432-3_37.

    Examples
    --------
    >>> ScipBackend().name
    'scip'
    """

    name = "scip"
    features = frozenset(Feature) - {Feature.THREADS, Feature.LP_DUALS}

    def is_available(self) -> bool:
        """Whether ``pyscipopt`` is installed; it is not imported."""
        return find_spec("pyscipopt") is not None

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
            When ``pyscipopt`` is not installed, or cannot be loaded.
        SolverError
            When SCIP fails, or the program is unbounded.
        """
        began = time.perf_counter()
        options = options or ProgramOptions()
        if not self.is_available():
            raise SolverUnavailableError("SCIP is not installed: pip install 'territory-opt[scip]'")
        try:
            import pyscipopt  # noqa: F401
        except ImportError as error:
            hint = "pip install --force-reinstall pyscipopt"
            raise SolverUnavailableError(f"SCIP cannot be loaded: {error}; {hint}") from error
        from territory_opt.solvers.scip_watch import run_watched

        if crossed(program):
            return impossible("bounds cross", began, self.name)
        start = usable_start(program, options)
        if cancel is not None and cancel.requested:
            seconds, words = time.perf_counter() - began, "cancelled before SCIP began"
            bound, limit = box_bound(program), ProgramLimit.INTERRUPTED
            return settled(program, start, bound, options, limit=limit, detail=words, seconds=seconds, solver=self.name)
        model, columns = _model(program, options, start)
        if options.time_limit is not None:
            model.setParam("limits/time", min(max(0.0, options.time_limit - (time.perf_counter() - began)), _LONGEST))

        def report(objective: float, bound: float) -> None:
            if on_event is not None:
                found, proven = (v if abs(v) < _INFINITY else None for v in (objective, bound))
                on_event(Progress(time.perf_counter() - began, "search", found, proven))

        interrupted = run_watched(model, on_report=report if on_event is not None else None, cancel=cancel)
        return _outcome(model, columns, program, options, start, began, interrupted)


def _model(program: IntegerProgram, options: ProgramOptions, start: FloatArray | None) -> tuple[Any, list[Any]]:
    from pyscipopt import Model
    from pyscipopt.scip import Expr, ExprCons, Term

    model = Model()
    model.hideOutput()
    for name, value in (
        ("misc/catchctrlc", False),
        ("limits/gap", float(options.gap)),
        ("limits/absgap", float(options.absolute_gap)),
        ("randomization/randomseedshift", int(options.seed) % _SEED_MAX),
        ("numerics/feastol", _FEASIBILITY),
    ):
        model.setParam(name, value)
    lower, upper = (
        [value if np.isfinite(value) else None for value in side.tolist()]
        for side in (program.col_lower, program.col_upper)
    )
    kinds = np.where(program.is_integer, "I", "C").tolist()
    columns = [
        model.addVar(vtype=kind, lb=low, ub=high, obj=cost)
        for kind, low, high, cost in zip(kinds, lower, upper, program.cost.tolist(), strict=True)
    ]
    if program.offset:
        model.addObjoffset(float(program.offset))
    terms = [Term(column) for column in columns]
    indices, values, starts = program.indices.tolist(), program.values.tolist(), program.indptr.tolist()
    rows = zip(starts, starts[1:], program.row_lower.tolist(), program.row_upper.tolist(), strict=False)
    for begin, end, low, high in rows:
        if begin == end or not (np.isfinite(low) or np.isfinite(high)):
            continue  # Empty rows are checked before; free rows say nothing.
        expression = Expr(dict(zip([terms[i] for i in indices[begin:end]], values[begin:end], strict=True)))
        sides = (low if np.isfinite(low) else None, high if np.isfinite(high) else None)
        model.addCons(ExprCons(expression, *sides))
    if start is not None and columns:
        point = model.createSol()
        for column, value in zip(columns, start.tolist(), strict=True):
            model.setSolVal(point, column, value)
        model.addSol(point)
    return model, columns


def _outcome(
    model: Any,
    columns: list[Any],
    program: IntegerProgram,
    options: ProgramOptions,
    start: FloatArray | None,
    began: float,
    interrupted: bool,
) -> ProgramOutcome:
    status = str(model.getStatus())
    words = f"SCIP {model.version():g}: {status}"
    limit = ProgramLimit.INTERRUPTED if interrupted and status == "unknown" else None
    if status in ("unbounded", "inforunbd"):
        if unbounded(program, claimed=True):
            raise SolverError(f"{words}: the objective has no lower bound; a continuous column lacks a bound or a cost")
        status = "infeasible"
    if status == "infeasible" and start is None:
        return impossible(words, began, "scip")
    if limit is None and status not in ("optimal", "infeasible"):
        if status not in _LIMITS:
            raise SolverError(f"{words} on {program!r}")
        limit = _LIMITS[status]
    x = None
    if model.getNSols() > 0:
        best = model.getBestSol()
        x = whole_point(program, [model.getSolVal(best, column) for column in columns])
        if x is None and status == "optimal":
            raise SolverError(f"{words}, but its point does not satisfy the rows once integers are rounded")
    x = better_point(program, start, x)
    bound = box_bound(program)
    if status not in ("infeasible", "unknown"):  # SCIP crashes when asked for a bound before it has begun
        proven = float(model.getDualbound())
        bound = max(bound, proven) if abs(proven) < _INFINITY else bound
    seconds = time.perf_counter() - began
    return settled(program, x, bound, options, limit=limit, detail=words, seconds=seconds, solver="scip")
