"""Any solver PuLP knows: CBC, GLPK, SCIP, Gurobi, CPLEX, Xpress, Mosek, COPT ... as ``pulp:<name>``."""

from __future__ import annotations

import inspect
import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.errors import SolverError, SolverUnavailableError
from territory_opt.events import Cancel, OnEvent, Progress
from territory_opt.formulation.program import IntegerProgram
from territory_opt.solvers._contract import better_point, crossed, impossible, unbounded, usable_start
from territory_opt.solvers._pulp_bound import native_bound
from territory_opt.solvers._pulp_table import SOLVERS, PulpSolver, canonical_name
from territory_opt.solvers.base import (
    POINT_TOLERANCE,
    Feature,
    ProgramLimit,
    ProgramOptions,
    ProgramOutcome,
    box_bound,
    settled,
    whole_point,
)

__all__ = ["PulpBackend"]

_SLACK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class PulpBackend:
    """Solve through PuLP.

    Parameters
    ----------
    solver : str
        PuLP's name of a solver (``"PULP_CBC_CMD"``, ``"GUROBI"``, ``"HiGHS"`` ...) in any case, or ``"CBC"``.

    Raises
    ------
    SolverUnavailableError
        When PuLP knows no solver of that name.

    Notes
    -----
    PuLP says ``Optimal`` at a time limit and leaves values of an unfinished search behind. So only ``sol_status``
    is read, the point is rounded and checked against every row, and the bound comes from the solver itself (its
    model object, or CBC's log). Where it cannot be read, HiGHS solves the linear relaxation first.
    PuLP has no way to stop a solver: Ctrl-C ends the wait, and the outcome is then the start, if one was given.

    Examples
    --------
    >>> PulpBackend("cbc").name
    'pulp:PULP_CBC_CMD'
    """

    solver: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "solver", canonical_name(self.solver))

    @property
    def name(self) -> str:
        """``pulp:`` and PuLP's name of the solver."""
        return f"pulp:{self.solver}"

    @property
    def features(self) -> frozenset[Feature]:
        """What this solver can do through PuLP."""
        return self._entry.features

    @property
    def _entry(self) -> PulpSolver:
        return SOLVERS[self.solver]

    def is_available(self) -> bool:
        """Whether its module or program is installed; nothing is imported, no licence is taken."""
        return self._entry.is_installed()

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
            When the solver or its licence is missing.
        SolverError
            When it fails, or the program is unbounded.
        """
        began = time.perf_counter()
        options = options or ProgramOptions()
        if not self.is_available():
            raise SolverUnavailableError(f"{self.name} is not installed: {self._entry.install}")
        if crossed(program):
            return impossible("bounds cross", began, self.name)
        if program.n_nonzeros == 0:
            return self._without_rows(program, options, began)
        bound = box_bound(program)
        if Feature.BOUND not in self.features:
            bound = max(bound, self._relaxed_bound(program, options))
            if bound == np.inf:
                return impossible("HiGHS: the linear relaxation is infeasible", began, self.name)
        start = usable_start(program, options)
        problem, variables = _pulp_problem(program, start)
        with tempfile.TemporaryDirectory(prefix="territory-opt-") as folder:
            log = Path(folder) / "solver.log"
            remaining = None
            if options.time_limit is not None:
                remaining = max(0.1, options.time_limit - (time.perf_counter() - began))
            solver = self._pulp_solver(options, start is not None, remaining, log, folder)
            stopped = cancel is not None and cancel.requested
            try:
                if not stopped:
                    problem.solve(solver)
            except KeyboardInterrupt:
                stopped = True
            except Exception as error:  # PuLP raises its own class, its solvers theirs
                raise SolverError(f"{self.name} failed: {error}") from error
            native = None
            if not stopped and program.is_integer.any():
                native = native_bound(self.solver, problem, log)
        if native is not None:
            bound = max(bound, native + program.offset)
        if stopped:
            words, seconds, limit = "stopped while PuLP waited", time.perf_counter() - began, ProgramLimit.INTERRUPTED
            return settled(program, start, bound, options, limit=limit, detail=words, seconds=seconds, solver=self.name)
        outcome = self._outcome(program, problem, variables, start, bound, options, began, native)
        if on_event is not None:
            on_event(Progress(outcome.seconds, "search", outcome.objective, outcome.bound))
        return outcome

    def _without_rows(self, program: IntegerProgram, options: ProgramOptions, began: float) -> ProgramOutcome:
        # Several solvers cannot read a file without rows, and every column is on its own then.
        low, high = program.col_lower.copy(), program.col_upper.copy()
        whole = program.is_integer
        low[whole], high[whole] = np.ceil(low[whole] - POINT_TOLERANCE), np.floor(high[whole] + POINT_TOLERANCE)
        seconds = time.perf_counter() - began
        if (low > high).any():
            return impossible("no whole number lies between the bounds of a column", began, self.name)
        x = np.where(program.cost > 0, low, np.where(program.cost < 0, high, np.clip(0.0, low, high)))
        if not np.isfinite(x).all():
            raise SolverError(f"{self.name}: the objective has no lower bound")
        objective, words = program.objective(x), "no rows: every column is at its better bound"
        return settled(program, x, objective, options, limit=None, detail=words, seconds=seconds, solver=self.name)

    def _relaxed_bound(self, program: IntegerProgram, options: ProgramOptions) -> float:
        from territory_opt.solvers.highs import relaxed_bound

        limit = None if options.time_limit is None else 0.25 * options.time_limit
        return relaxed_bound(program, time_limit=limit)

    def _pulp_solver(
        self, options: ProgramOptions, warm: bool, time_limit: float | None, log: Path, folder: str
    ) -> Any:
        import pulp

        entry = self._entry
        if entry.whole_seconds and time_limit is not None:
            time_limit = math.ceil(time_limit)
        made = getattr(pulp, entry.pulp_class)
        wanted: dict[str, Any] = {
            "msg": False,
            "mip": True,
            "timeLimit": time_limit,
            "warmStart": (warm and Feature.WARM_START in entry.features) or None,
            "logPath": str(log) if entry.reads_log else None,
            **entry.arguments(options),
        }
        accepted = inspect.signature(made.__init__).parameters
        free = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in accepted.values())
        solver = made(
            **{
                key: value
                for key, value in wanted.items()
                if value is not None and (key in accepted or (free and key in entry.extra_arguments))
            }
        )
        if hasattr(solver, "tmpDir"):
            solver.tmpDir = folder  # PuLP's default is one shared folder; two solves must not touch
        try:
            usable = solver.available()
        except Exception as error:  # licence checks raise whatever the vendor raises
            raise SolverUnavailableError(f"{self.name}: {error}; {entry.install}") from error
        if not usable:
            raise SolverUnavailableError(f"{self.name} cannot be used (licence?): {entry.install}")
        return solver

    def _outcome(
        self,
        program: IntegerProgram,
        problem: Any,
        variables: list[Any],
        start: FloatArray | None,
        bound: float,
        options: ProgramOptions,
        began: float,
        native: float | None,
    ) -> ProgramOutcome:
        import pulp

        seconds = time.perf_counter() - began
        words = f"PuLP {pulp.__version__}, {self.solver}: {pulp.LpSolution[problem.sol_status]}"
        out_of_time = options.time_limit is not None and seconds >= options.time_limit - _SLACK_SECONDS
        # PuLP makes "No Solution Exists" of "Not Solved" too: the status is what proves infeasibility.
        denied = problem.status in (pulp.LpStatusInfeasible, pulp.LpStatusUnbounded)
        if denied and start is None and not out_of_time:
            if unbounded(program, problem.status == pulp.LpStatusUnbounded):
                raise SolverError(f"{words}: the objective has no lower bound")
            return impossible(words, began, self.name)
        claimed = problem.sol_status in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible)
        x = None
        if claimed:
            x = whole_point(program, _values(program, variables))
            if x is None:
                words += "; its point breaks the program and is dropped"
        proven = problem.sol_status == pulp.LpSolutionOptimal and x is not None
        if x is not None and proven and native is None and not out_of_time:
            # The solver's word, up to the gap it was asked for.
            objective = program.objective(x)
            allowed = max(options.gap * abs(objective), options.absolute_gap) if program.is_integer.any() else 0.0
            bound = max(bound, objective - allowed)
        best = better_point(program, start, x)
        x, proven = best, proven and best is x
        limit = None if proven else (ProgramLimit.TIME if out_of_time else None)
        if x is None and limit is None:
            raise SolverError(f"{words} (status {pulp.LpStatus[problem.status]}), without a usable point")
        return settled(program, x, bound, options, limit=limit, detail=words, seconds=seconds, solver=self.name)


def _values(program: IntegerProgram, variables: list[Any]) -> FloatArray:
    # A column without rows and cost never reaches the solver: it takes its bound nearest to zero.
    idle = np.clip(0.0, program.col_lower, program.col_upper).tolist()
    found = (variable.varValue for variable in variables)
    return np.array([rest if value is None else value for value, rest in zip(found, idle, strict=True)])


def _pulp_problem(program: IntegerProgram, start: FloatArray | None) -> tuple[Any, list[Any]]:
    # dict.update fills an expression in C; PuLP's own addition costs about ten times as much.
    import pulp

    problem = pulp.LpProblem("territory_opt", pulp.LpMinimize)
    kinds = (pulp.LpContinuous, pulp.LpInteger)
    bounds = [
        [value if np.isfinite(value) else None for value in side.tolist()]
        for side in (program.col_lower, program.col_upper)
    ]
    variables = [
        problem.add_variable(f"c{i}", lower, upper, kinds[whole])
        for i, (lower, upper, whole) in enumerate(zip(*bounds, (program.integrality != 0).tolist(), strict=True))
    ]
    if start is not None:
        for variable, value in zip(variables, start.tolist(), strict=True):
            variable.varValue = value
    used = np.flatnonzero(program.cost)
    objective = pulp.LpAffineExpression()
    dict.update(objective, zip([variables[i] for i in used], program.cost[used].tolist(), strict=True))
    problem.setObjective(objective)
    indices, values, starts = program.indices.tolist(), program.values.tolist(), program.indptr.tolist()
    rows = zip(starts, starts[1:], program.row_lower.tolist(), program.row_upper.tolist(), strict=False)
    for row, (begin, end, lower, upper) in enumerate(rows):
        if begin == end:
            continue
        terms = [variables[i] for i in indices[begin:end]]
        senses = [(pulp.LpConstraintEQ, lower)] if lower == upper else []
        if lower != upper:
            senses += [(pulp.LpConstraintGE, lower)] if np.isfinite(lower) else []
            senses += [(pulp.LpConstraintLE, upper)] if np.isfinite(upper) else []
        for part, (sense, bound) in enumerate(senses):
            expression = pulp.LpAffineExpression()
            dict.update(expression, zip(terms, values[begin:end], strict=True))
            problem.addConstraint(pulp.LpConstraint(expression, sense, f"r{row}_{part}", bound))
    return problem, variables
