"""The core method: certain bounds, every row kept, and gaps that plain branch and bound does not reach."""

from dataclasses import replace

import numpy as np
import pytest

from solvers.instances import carve
from territory_opt.events import Cancel
from territory_opt.solvers.base import ProgramLimit, ProgramOptions, ProgramReason
from territory_opt.solvers.core import CoreSettings, solve_core
from territory_opt.solvers.highs import HighsBackend

EVEN_SMALL = CoreSettings(small_pairs=0)


@pytest.mark.parametrize("settings", [None, EVEN_SMALL])
@pytest.mark.parametrize("seed", [0, 1, 3])
def test_it_proves_the_same_optimum_as_plain_branch_and_bound(seed, settings):
    case = carve(20, 3, seed=seed, load_band=0.2, units_band=0.25)
    plain = HighsBackend().solve(case.program, ProgramOptions(time_limit=60.0))
    outcome = solve_core(case.program, case.pairs, ProgramOptions(time_limit=60.0), settings=settings)
    assert outcome.reason is plain.reason
    if plain.x is not None:
        assert outcome.objective == pytest.approx(plain.objective, rel=1e-6)
        assert outcome.bound <= plain.objective + 1e-6
        assert case.program.violation(outcome.x) <= 1e-6


@pytest.mark.parametrize("third_band", [None, 0.25])
def test_a_carve_of_300_by_12_is_within_one_percent_in_seconds(third_band):
    case = carve(300, 12, seed=1, third_band=third_band)
    outcome = solve_core(case.program, case.pairs, ProgramOptions(time_limit=20.0, gap=0.01))
    assert outcome.reason in (ProgramReason.FEASIBLE, ProgramReason.OPTIMAL)
    assert outcome.gap <= 0.01
    assert case.program.violation(outcome.x) <= 1e-6


def test_pairs_that_are_not_all_there_are_no_obstacle():
    case = carve(60, 8, seed=3, nearest=5, load_band=0.3, units_band=0.3)
    assert case.pairs.n_pairs == 300
    options = ProgramOptions(time_limit=20.0, gap=0.02)
    plain = HighsBackend().solve(case.program, options)
    outcome = solve_core(case.program, case.pairs, options, settings=EVEN_SMALL)
    assert outcome.reason is not ProgramReason.NO_SOLUTION
    assert outcome.bound <= plain.objective + 1e-6
    assert plain.bound <= outcome.objective + 1e-6


def test_infeasible_in_the_relaxation_is_proven_at_once():
    case = carve(40, 4, seed=1)
    units = case.program.block("units", "rows").slice
    upper = case.program.row_upper.copy()
    upper[units] = 0.9 * case.program.row_lower[units]
    outcome = solve_core(replace(case.program, row_upper=upper), case.pairs, ProgramOptions(time_limit=20.0))
    assert outcome.reason is ProgramReason.INFEASIBLE
    assert outcome.bound == np.inf


@pytest.mark.parametrize("settings", [None, EVEN_SMALL])
def test_infeasible_only_by_integrality_is_proven_too(settings):
    # Every account has 2.001 units and there are two books: no number of accounts makes what either must hold.
    case = carve(12, 2, seed=1, load_band=0.9)
    units = case.program.block("units", "rows").slice
    lower, upper, values = (np.array(a) for a in (case.program.row_lower, case.program.row_upper, case.program.values))
    values[np.isin(case.program.row_indices(), np.arange(units.start, units.stop))] = 2.001
    lower[units], upper[units] = (10.2, 12.1), (11.9, 13.9)
    program = replace(case.program, row_lower=lower, row_upper=upper, values=values)
    outcome = solve_core(program, case.pairs, ProgramOptions(time_limit=20.0), settings=settings)
    assert outcome.reason is ProgramReason.INFEASIBLE


def test_a_start_is_never_lost_and_a_wrong_one_is_ignored():
    case = carve(40, 4, seed=2, load_band=0.3, units_band=0.3)
    first = solve_core(case.program, case.pairs, ProgramOptions(time_limit=20.0, gap=0.02))
    again = solve_core(case.program, case.pairs, ProgramOptions(time_limit=0.05, start=first.x))
    assert again.objective <= first.objective
    wrong = solve_core(case.program, case.pairs, ProgramOptions(time_limit=20.0, gap=0.02, start=0 * first.x))
    assert wrong.objective == pytest.approx(first.objective)


def test_out_of_time_before_the_relaxation_is_an_outcome():
    case = carve(60, 5, seed=2)
    outcome = solve_core(case.program, case.pairs, ProgramOptions(time_limit=0.0))
    assert outcome.reason is ProgramReason.NO_SOLUTION
    assert outcome.limit is ProgramLimit.TIME
    assert np.isfinite(outcome.bound)


def test_events_only_get_better_and_end_at_the_outcome():
    case = carve(150, 8, seed=4, load_band=0.2)
    seen = []
    options = ProgramOptions(time_limit=5.0, gap=0.005)
    outcome = solve_core(case.program, case.pairs, options, on_event=seen.append, settings=EVEN_SMALL)
    objectives = [event.objective for event in seen if event.objective is not None]
    bounds = [event.bound for event in seen if event.bound is not None]
    assert objectives == sorted(objectives, reverse=True)
    assert bounds == sorted(bounds)
    assert objectives[-1] == pytest.approx(outcome.objective)
    assert {event.stage for event in seen} >= {"linear bound"}


@pytest.mark.parametrize("how", ["cancel", "ctrl-c"])
def test_it_can_be_stopped_and_returns_the_best_found(how):
    case = carve(200, 8, seed=1, load_band=0.25, units_band=0.25)
    cancel = Cancel()

    def stop(event):
        if event.objective is not None:
            if how == "ctrl-c":
                raise KeyboardInterrupt
            cancel.request()

    outcome = solve_core(case.program, case.pairs, ProgramOptions(time_limit=15.0), on_event=stop, cancel=cancel)
    assert outcome.limit is ProgramLimit.INTERRUPTED
    assert outcome.reason is ProgramReason.FEASIBLE
    assert case.program.violation(outcome.x) <= 1e-6
    assert outcome.seconds < 14.0


def test_a_negative_objective_is_no_obstacle():
    case = carve(60, 5, seed=2, load_band=0.25, units_band=0.25)
    program = replace(case.program, offset=-1e6)
    outcome = solve_core(program, case.pairs, ProgramOptions(time_limit=20.0, gap=1e-3), settings=EVEN_SMALL)
    assert outcome.reason is not ProgramReason.NO_SOLUTION
    assert outcome.bound <= outcome.objective < 0


def test_a_tiny_core_grows_until_it_holds_a_solution():
    case = carve(60, 6, seed=5, load_band=0.25, units_band=0.25)
    settings = CoreSettings(core_pairs=1, patience=1, small_pairs=0)
    outcome = solve_core(case.program, case.pairs, ProgramOptions(time_limit=20.0, gap=0.05), settings=settings)
    assert outcome.x is not None
