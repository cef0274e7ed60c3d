"""The conformance suite of backends: what every solver must do, as a list of named cases."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from territory_opt.errors import SolverError
from territory_opt.events import Cancel, Progress
from territory_opt.formulation.program import IntegerProgram
from territory_opt.solvers.base import (
    Feature,
    ProgramBackend,
    ProgramLimit,
    ProgramOptions,
    ProgramOutcome,
    ProgramReason,
)
from territory_opt.testing.programs import (
    counted_optimum,
    dense_program,
    market_split,
    random_program,
    tiny_carve,
)

__all__ = ["BACKEND_CASES", "BackendCase", "check_backend"]

_INF = np.inf
_SOLVED = (ProgramReason.OPTIMAL, ProgramReason.FEASIBLE)


@dataclass(frozen=True, slots=True)
class BackendCase:
    """One claim about a backend.

    Parameters
    ----------
    name : str
        The claim, as an identifier.
    check : callable
        Takes a backend; raises AssertionError when the claim fails.
    needs : Feature or None
        Feature without which the claim is not made.
    """

    name: str
    check: Callable[[ProgramBackend], None]
    needs: Feature | None = None

    def applies(self, backend: ProgramBackend) -> bool:
        """Whether the backend has the feature this case needs."""
        return self.needs is None or self.needs in backend.features

    def __str__(self) -> str:
        return self.name


def check_backend(backend: ProgramBackend) -> tuple[str, ...]:
    """Run every case that applies to ``backend``; return their names.

    Raises
    ------
    AssertionError
        With every case that failed and why.

    Examples
    --------
    >>> from territory_opt.solvers.highs import HighsBackend
    >>> "infeasible_is_an_outcome" in check_backend(HighsBackend())
    True
    """
    ran, failures = [], []
    for case in BACKEND_CASES:
        if case.applies(backend):
            ran.append(case.name)
            try:
                case.check(backend)
            except Exception as error:  # a crash of the backend is a failed claim like any other
                failures.append(f"{case.name}: {type(error).__name__}: {error}")
    if failures:
        raise AssertionError(f"{backend.name} fails {len(failures)} of {len(ran)} cases\n" + "\n".join(failures))
    return tuple(ran)


def _claim(holds: bool | np.bool_, message: str, outcome: ProgramOutcome) -> None:
    # Not an assert statement: those vanish under python -O.
    if not holds:
        raise AssertionError(f"{message}; got {outcome!r}")


def _sound(program: IntegerProgram, outcome: ProgramOutcome) -> ProgramOutcome:
    """Check what must hold of every outcome whatever the backend found."""
    if outcome.x is None:
        _claim(outcome.reason not in _SOLVED, "solved without a solution", outcome)
        _claim(outcome.objective is None, "an objective without a solution", outcome)
    else:
        _claim(outcome.reason in _SOLVED, "a solution that is not said", outcome)
        whole = outcome.x[program.is_integer]
        _claim((whole == np.rint(whole)).all(), "integer columns are not whole", outcome)
        _claim(program.violation(outcome.x) <= 1e-6, "the solution breaks a row or a bound", outcome)
        found = outcome.objective
        _claim(found is not None and found == program.objective(outcome.x), "wrong objective", outcome)
        _claim(found is not None and outcome.bound <= found, "the bound exceeds the objective", outcome)
    _claim(not np.isnan(outcome.bound), "the bound is not a number", outcome)
    _claim((outcome.reason is ProgramReason.INFEASIBLE) == (outcome.bound == _INF), "inf is infeasible", outcome)
    _claim(outcome.reason is not ProgramReason.OPTIMAL or outcome.limit is None, "optimal at a limit", outcome)
    return outcome


def _optimal(backend: ProgramBackend, program: IntegerProgram, optimum: float) -> None:
    outcome = _sound(program, backend.solve(program, ProgramOptions(time_limit=60.0)))
    _claim(outcome.reason is ProgramReason.OPTIMAL, "not proven optimal", outcome)
    level = outcome.objective
    near = level is not None and abs(level - optimum) <= 1e-6 * max(1.0, abs(optimum))
    _claim(near, f"the optimum is {optimum}", outcome)
    _claim(outcome.bound <= optimum + 1e-6 * max(1.0, abs(optimum)), f"the optimum is {optimum}", outcome)


def _infeasible(backend: ProgramBackend, program: IntegerProgram) -> None:
    outcome = _sound(program, backend.solve(program, ProgramOptions(time_limit=60.0)))
    _claim(outcome.reason is ProgramReason.INFEASIBLE, "not proven infeasible", outcome)
    _claim(outcome.limit is None, "infeasible at a limit", outcome)


def _enumerated(backend: ProgramBackend) -> None:
    for seed in range(6):
        program = random_program(seed)
        optimum = counted_optimum(program)
        if optimum is None:
            _infeasible(backend, program)
        else:
            _optimal(backend, program, optimum)


def _carve(backend: ProgramBackend, scale: float) -> None:
    program = tiny_carve(scale=scale)
    reference = tiny_carve()
    best = _INF
    for reps in np.ndindex(*(3,) * 8):
        x = np.zeros(program.n_columns)
        x[np.arange(8) * 3 + np.array(reps)] = 1
        level = reference.activity(x)[8:11]
        x[24:27], x[27] = level, level.mean()
        if reference.violation(x) <= 1e-9:
            best = min(best, program.objective(x))
    _optimal(backend, program, best)


def _integer_gap(backend: ProgramBackend) -> None:
    _infeasible(backend, dense_program([1, 1], [[2, 2]], [3], [3]))


def _crossed(backend: ProgramBackend) -> None:
    _infeasible(backend, dense_program([1, 1], [[1, 1]], [2], [1]))
    _infeasible(backend, dense_program([1, 1], [[1, 1]], [0], [1], low=[1, 0], high=[0, 1]))


def _odd_rows(backend: ProgramBackend) -> None:
    matrix = [[1, 1, 1], [0, 0, 0], [1, 2, 0], [0, 0, 1]]
    _optimal(backend, dense_program([3, 2, 5], matrix, [1, -_INF, -_INF, 0], [_INF, 0, _INF, 0]), 2.0)
    _infeasible(backend, dense_program([1, 1], [[0, 0]], [1], [_INF]))


def _no_rows(backend: ProgramBackend) -> None:
    none = np.zeros((0, 3))
    _optimal(backend, dense_program([3, -2, 0], none, [], [], offset=7.0), 5.0)


def _no_columns(backend: ProgramBackend) -> None:
    none = np.zeros(0)
    program = IntegerProgram(none, np.zeros(1), none, none, none, none, none, none, none, offset=4.0)
    _optimal(backend, program, 4.0)


def _whole_numbers(backend: ProgramBackend) -> None:
    program = dense_program([-3, 2], [[2, 3], [1, -1]], [-_INF, -2], [11, 9], low=[-5, -7], high=[20, 6], whole=[1, 1])
    _optimal(backend, program, min(-3 * a + 2 * b for a in range(-5, 21) for b in range(-7, 7)
                                   if 2 * a + 3 * b <= 11 and -2 <= a - b <= 9))  # fmt: skip


def _linear(backend: ProgramBackend) -> None:
    program = dense_program([2, 3], [[1, 1]], [1.5], [_INF], high=[1, _INF], whole=[0, 0])
    _optimal(backend, program, 3.5)


def _unbounded(backend: ProgramBackend) -> None:
    program = dense_program([-1, 1], [[0, 1]], [0], [1], high=[_INF, 1], whole=[0, 1])
    try:
        outcome = backend.solve(program, ProgramOptions(time_limit=20.0))
    except SolverError:
        return
    _claim(False, "an unbounded program is a SolverError", outcome)


def _out_of_time(backend: ProgramBackend) -> None:
    program, planted = market_split()
    began = time.perf_counter()
    outcome = _sound(program, backend.solve(program, ProgramOptions(time_limit=1.0)))
    if outcome.reason is not ProgramReason.OPTIMAL:
        _claim(outcome.reason is not ProgramReason.INFEASIBLE, "it has a solution", outcome)
        _claim(outcome.limit is ProgramLimit.TIME, "stopped by something else than time", outcome)
    _claim(outcome.bound <= program.objective(planted) + 1e-6, "the bound exceeds a known objective", outcome)
    _claim(time.perf_counter() - began < 10.0, "the time limit was overshot", outcome)


def _wide_gap(backend: ProgramBackend) -> None:
    program = tiny_carve(seed=4, n_accounts=12)
    best = _sound(program, backend.solve(program, ProgramOptions(time_limit=60.0)))
    rough = _sound(program, backend.solve(program, ProgramOptions(time_limit=60.0, gap=0.3)))
    _claim(best.objective is not None and rough.bound <= best.objective + 1e-6, "bound above the optimum", rough)
    _claim(rough.objective is not None and rough.gap is not None and rough.gap <= 0.3, "gap not reached", rough)
    if rough.reason is not ProgramReason.OPTIMAL:
        _claim(rough.limit is ProgramLimit.GAP, "a stop at the asked gap has limit GAP", rough)


def _start(backend: ProgramBackend) -> None:
    program, planted = market_split()
    outcome = _sound(program, backend.solve(program, ProgramOptions(time_limit=1.0, start=planted)))
    known = program.objective(planted)
    _claim(outcome.objective is not None and outcome.objective <= known, "the start was lost", outcome)


def _bad_start(backend: ProgramBackend) -> None:
    program = random_program(1)
    plain = backend.solve(program, ProgramOptions(time_limit=60.0))
    start = np.full(program.n_columns, 0.5)
    outcome = _sound(program, backend.solve(program, ProgramOptions(time_limit=60.0, start=start)))
    _claim(outcome.objective == plain.objective, "a start that is not feasible changed the answer", outcome)


def _cancelled(backend: ProgramBackend) -> None:
    program, _ = market_split()
    cancel = Cancel()
    cancel.request()
    began = time.perf_counter()
    outcome = _sound(program, backend.solve(program, ProgramOptions(time_limit=60.0), cancel=cancel))
    _claim(time.perf_counter() - began < 20.0, "a cancelled solve ran on", outcome)
    _claim(outcome.limit is ProgramLimit.INTERRUPTED, "a cancelled solve says so", outcome)


def _interrupted(backend: ProgramBackend) -> None:
    program, _ = market_split()

    def ctrl_c(_: Progress) -> None:
        raise KeyboardInterrupt

    began = time.perf_counter()
    outcome = backend.solve(program, ProgramOptions(time_limit=60.0), on_event=ctrl_c)
    _sound(program, outcome)
    _claim(time.perf_counter() - began < 20.0, "an interrupted solve ran on", outcome)
    _claim(outcome.limit is ProgramLimit.INTERRUPTED, "an interrupted solve says so", outcome)


def _events(backend: ProgramBackend) -> None:
    program, _ = market_split()
    seen: list[Progress] = []
    outcome = backend.solve(program, ProgramOptions(time_limit=2.0), on_event=seen.append)
    _claim(len(seen) > 0, "no event in two seconds", outcome)
    rising = [event.seconds for event in seen]
    _claim(rising == sorted(rising), "events go back in time", outcome)


def _seeded(backend: ProgramBackend) -> None:
    program = tiny_carve(seed=5, n_accounts=14)
    options = ProgramOptions(time_limit=60.0, gap=0.05, seed=7)
    first, second = (_sound(program, backend.solve(program, options)) for _ in range(2))
    same = first.x is not None and second.x is not None and np.array_equal(first.x, second.x)
    _claim(same, "the same seed gave two answers", second)


BACKEND_CASES: tuple[BackendCase, ...] = (
    BackendCase("enumerated_programs_are_solved", _enumerated),
    BackendCase("a_carve_is_solved", lambda backend: _carve(backend, 1.0)),
    BackendCase("a_carve_in_money_is_solved", lambda backend: _carve(backend, 1e6)),
    BackendCase("infeasible_is_an_outcome", lambda b: _infeasible(b, dense_program([1, 1], [[1, 1]], [3], [_INF]))),
    BackendCase("infeasible_by_integrality_is_an_outcome", _integer_gap),
    BackendCase("crossed_bounds_are_infeasible", _crossed),
    BackendCase("free_and_empty_rows_are_taken", _odd_rows),
    BackendCase("a_program_without_rows_is_solved", _no_rows),
    BackendCase("a_program_without_columns_is_solved", _no_columns),
    BackendCase("whole_numbers_below_zero_are_taken", _whole_numbers),
    BackendCase("a_linear_program_is_solved", _linear),
    BackendCase("unbounded_is_a_solver_error", _unbounded),
    BackendCase("out_of_time_is_an_outcome", _out_of_time),
    BackendCase("the_asked_gap_stops_it", _wide_gap),
    BackendCase("a_start_that_is_not_feasible_is_ignored", _bad_start),
    BackendCase("a_start_is_never_lost", _start, Feature.WARM_START),
    BackendCase("a_cancel_stops_it", _cancelled, Feature.CANCEL),
    BackendCase("ctrl_c_stops_it", _interrupted, Feature.PROGRESS),
    BackendCase("events_are_reported", _events, Feature.PROGRESS),
    BackendCase("the_seed_fixes_the_answer", _seeded, Feature.SEED),
)
