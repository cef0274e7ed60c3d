"""Engine and HiGHS together: answers agree with enumeration, bounds hold, and both only ever improve."""

from dataclasses import replace

import numpy as np
import pytest
from engine_tiny import best_by_enumeration, tiny_instance
from generator import make_instance

import territory_opt.solvers.lagrangian.exact as exact_module
from territory_opt.solvers.lagrangian.exact import solve_exact
from territory_opt.solvers.lagrangian.instance import EngineLimit, EngineStatus
from territory_opt.solvers.lagrangian.score import score
from territory_opt.solvers.lagrangian.strengthen import is_lumpy


@pytest.fixture
def all_to_prove(monkeypatch):
    """Let the engine stop at its first answer, so that the proof has all the work to do."""
    monkeypatch.setattr(exact_module, "_FIRST_GAP", 1.0)


@pytest.mark.usefixtures("all_to_prove")
@pytest.mark.parametrize("seed", range(20))
def test_it_agrees_with_enumeration_when_all_features_are_on(seed):
    inst = tiny_instance(seed, n=8, friction=0.3 * (seed % 2))
    outcome = solve_exact(inst, gap=0.0, time_limit=10, seed=0)
    best = best_by_enumeration(inst)
    if np.isinf(best):
        assert outcome.status is EngineStatus.INFEASIBLE
        return
    assert outcome.status is EngineStatus.OPTIMAL
    assert outcome.objective == pytest.approx(best, rel=1e-6)
    assert outcome.bound <= best + 1e-7 * abs(best)
    assert score(inst, outcome.rep_index, outcome.scale)[1] == ""


@pytest.mark.usefixtures("all_to_prove")
def test_objective_and_bound_only_ever_improve_and_never_cross():
    events = []
    outcome = solve_exact(make_instance(200, 5, seed=3), gap=1e-5, time_limit=20, seed=1, on_progress=events.append)
    objectives = [event.objective for event in events if event.objective is not None]
    bounds = [event.bound for event in events if event.bound is not None]
    assert objectives == sorted(objectives, reverse=True)
    assert bounds == sorted(bounds)
    assert bounds[-1] <= outcome.objective + 1e-9 * abs(outcome.objective)
    assert outcome.bound >= max(bounds[0], bounds[-1] - 1e-9 * abs(bounds[-1]))
    assert len(set(objectives)) > 1 or outcome.gap <= 1e-5
    assert [event.seconds for event in events] == sorted(event.seconds for event in events)


def test_it_proves_what_the_engine_alone_leaves_open():
    inst = make_instance(120, 4, seed=11)
    outcome = solve_exact(inst, gap=1e-6, time_limit=40, seed=1)
    assert outcome.status is EngineStatus.OPTIMAL
    assert outcome.limit is None
    assert outcome.gap <= 1e-6


def test_a_wide_gap_stops_it_with_limit_gap():
    outcome = solve_exact(make_instance(300, 5, seed=11), gap=0.05, time_limit=20, seed=1)
    assert outcome.status is EngineStatus.FEASIBLE
    assert outcome.limit is EngineLimit.GAP


def test_a_cancel_stops_it_with_the_answer_so_far():
    calls = []

    def stop():
        calls.append(1)
        return len(calls) > 200

    outcome = solve_exact(make_instance(2_000, 12, seed=2), gap=0.0, time_limit=60, seed=1, should_stop=stop)
    assert outcome.limit is EngineLimit.INTERRUPTED
    assert outcome.rep_index is not None


def test_a_start_that_is_optimal_is_kept():
    inst = make_instance(60, 3, seed=5)
    best = solve_exact(inst, gap=1e-6, time_limit=30, seed=1)
    again = solve_exact(inst, gap=1e-6, time_limit=30, seed=2, start=best.rep_index)
    assert again.objective <= best.objective * (1 + 1e-6)


def test_accounts_that_fill_much_of_a_book_give_the_engine_more_of_the_time():
    assert is_lumpy(make_instance(400, 8, seed=1, n_lumps=5, lump_share=0.6))
    assert not is_lumpy(make_instance(400, 8, seed=1))
    assert not is_lumpy(make_instance(10_000, 50, seed=1))


def test_a_thousand_accounts_are_proven_in_seconds():
    outcome = solve_exact(make_instance(1_000, 10, seed=1), gap=1e-5, time_limit=60, seed=0)
    assert outcome.gap <= 1e-5


@pytest.mark.usefixtures("all_to_prove")
@pytest.mark.parametrize("seed", range(6))
def test_costs_that_are_whole_are_proven_to_the_unit(seed):
    inst = tiny_instance(seed, n=7, extras=False)
    whole = replace(
        inst, travel_weight=0.0, move_cost=np.rint(inst.move_cost), cost_class=np.arange(7), cost_weight=np.ones(7),
        cost_table=np.random.default_rng(seed).integers(0, 50, (7, inst.n_reps)).astype(float),
    )  # fmt: skip
    best = best_by_enumeration(whole)
    outcome = solve_exact(whole, gap=0.0, time_limit=20, seed=0)
    if np.isinf(best):
        assert outcome.status is EngineStatus.INFEASIBLE
    else:
        assert outcome.objective == pytest.approx(best)
        assert outcome.status is EngineStatus.OPTIMAL
