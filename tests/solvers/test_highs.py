"""HiGHS takes arrays as they are, can be watched and stopped, and never says more than it proved."""

import threading
import time

import numpy as np
import pytest

from solvers.instances import carve
from territory_opt.errors import SolverError
from territory_opt.events import Cancel
from territory_opt.solvers.base import Feature, ProgramLimit, ProgramOptions, ProgramReason, box_bound
from territory_opt.solvers.highs import HighsBackend, highs_model, relaxed_bound, solve_with_highs
from territory_opt.testing.programs import dense_program, market_split, tiny_carve


def test_it_has_every_feature():
    assert HighsBackend().features == frozenset(Feature)


def test_a_million_binaries_are_passed_in_under_half_a_second():
    case = carve(20_000, 50, seed=0)
    assert case.program.n_columns > 1_000_000
    began = time.process_time()
    model = highs_model(case.program)
    assert time.process_time() - began < 0.5
    assert model.getNumNz() == case.program.n_nonzeros


def test_a_cancel_from_another_thread_returns_the_best_found():
    program, planted = market_split()
    cancel = Cancel()
    timer = threading.Timer(0.5, cancel.request)
    timer.start()
    outcome = HighsBackend().solve(program, ProgramOptions(time_limit=60.0, start=planted), cancel=cancel)
    timer.join()
    assert outcome.limit is ProgramLimit.INTERRUPTED
    assert outcome.objective <= program.objective(planted)
    assert outcome.seconds < 20.0


def test_an_error_in_a_listener_stops_the_solve_and_reaches_the_caller():
    program, _ = market_split()

    def broken(_):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        HighsBackend().solve(program, ProgramOptions(time_limit=60.0), on_event=broken)


def test_events_come_in_the_callers_thread():
    program, _ = market_split()
    seen = set()
    options = ProgramOptions(time_limit=1.0)
    HighsBackend().solve(program, options, on_event=lambda _: seen.add(threading.current_thread()))
    assert seen == {threading.current_thread()}


def test_two_solves_in_two_threads_with_different_threads_do_not_touch():
    programs = [tiny_carve(seed=seed, n_accounts=12) for seed in (1, 2)]
    alone = [HighsBackend().solve(program, ProgramOptions()).objective for program in programs]
    together = [None, None]

    def work(at):
        together[at] = HighsBackend().solve(programs[at], ProgramOptions(threads=at + 1)).objective

    threads = [threading.Thread(target=work, args=(at,)) for at in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == pytest.approx(alone)


def test_an_exhausted_time_limit_still_has_a_readable_bound():
    program, planted = market_split()
    outcome = HighsBackend().solve(program, ProgramOptions(time_limit=0.0))
    assert outcome.reason is ProgramReason.NO_SOLUTION
    assert outcome.limit is ProgramLimit.TIME
    assert box_bound(program) <= outcome.bound <= program.objective(planted)


def test_stopping_at_a_target_says_so():
    program, planted = market_split()
    options = ProgramOptions(start=planted, time_limit=20.0)
    target = program.objective(planted) + 1.0
    outcome = solve_with_highs(program, options, settings={"objective_target": target})
    assert outcome.reason in (ProgramReason.FEASIBLE, ProgramReason.OPTIMAL)
    assert outcome.seconds < 5.0


def test_coefficients_that_highs_refuses_are_a_solver_error():
    with pytest.raises(SolverError, match="refused"):
        HighsBackend().solve(dense_program([1.0], [[1e30]], [0.0], [1.0]))


def test_the_relaxed_bound_is_below_the_optimum_and_infinite_when_nothing_fits():
    program = tiny_carve()
    assert relaxed_bound(program) <= HighsBackend().solve(program).objective
    assert relaxed_bound(dense_program([1, 1], [[1, 1]], [3], [4])) == np.inf
    assert relaxed_bound(program, time_limit=0.0) == -np.inf


@pytest.mark.parametrize("change", [{"gap": -1.0}, {"time_limit": np.nan}, {"threads": 0}, {"seed": -1}])
def test_options_that_mean_nothing_are_refused(change):
    with pytest.raises(ValueError, match="at least"):
        ProgramOptions(**change)
