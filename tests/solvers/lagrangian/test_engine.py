import time
from dataclasses import replace

import numpy as np
import pytest
from engine_tiny import best_by_enumeration, tiny_instance
from generator import make_instance

from territory_opt.kernels.sphere import arc_km, unit_vectors
from territory_opt.solvers.lagrangian.engine import solve_instance
from territory_opt.solvers.lagrangian.instance import EngineInstance, EngineLimit, EngineStatus, Measures, PairCosts
from territory_opt.solvers.lagrangian.score import score

SOLVED = (EngineStatus.OPTIMAL, EngineStatus.FEASIBLE)


def check(inst, outcome, best):
    assert outcome.status is not EngineStatus.NO_ALIGNMENT, outcome.detail
    if outcome.status is EngineStatus.INFEASIBLE:
        assert best == np.inf, outcome.detail
        assert outcome.detail
        return
    assert outcome.bound <= best + 1e-7 * abs(best)
    objective, broken = score(inst, outcome.rep_index, outcome.scale)
    assert broken == ""
    assert objective == pytest.approx(outcome.objective)
    assert objective >= best - 1e-7 * abs(best)


@pytest.mark.parametrize("seed", range(12))
def test_engine_agrees_with_enumeration_when_all_features_are_on(seed):
    inst = tiny_instance(seed)
    outcome = solve_instance(inst, gap=0.0, time_limit=5, seed=0)
    best = best_by_enumeration(inst)
    check(inst, outcome, best)
    if outcome.status in SOLVED:
        assert outcome.objective == pytest.approx(best)


@pytest.mark.parametrize("seed", range(6))
def test_bound_and_bands_hold_when_the_load_depends_on_the_pair(seed):
    inst = tiny_instance(seed, friction=0.5, band=0.7)
    check(inst, solve_instance(inst, gap=0.0, time_limit=5, seed=0), best_by_enumeration(inst))


@pytest.mark.parametrize("seed", range(6))
def test_bound_holds_for_every_value_of_a_free_scale(seed):
    inst = tiny_instance(seed, free_scale=True, extras=False)
    best = best_by_enumeration(inst)
    outcome = solve_instance(inst, gap=0.0, time_limit=5, seed=0)
    assert outcome.bound <= best + 1e-7 * abs(best)
    if outcome.status in SOLVED:
        check(inst, outcome, best)


def test_same_seed_gives_the_same_answer_for_any_number_of_threads():
    inst = make_instance(3_000, 12, seed=5)
    runs = [solve_instance(inst, gap=0.01, time_limit=60, seed=1, threads=t) for t in (1, 2, 3)]
    for run in runs[1:]:
        assert np.array_equal(run.rep_index, runs[0].rep_index)
        assert run.bound == runs[0].bound


def test_every_band_holds_with_a_small_gap_on_a_thousand_accounts_and_narrow_bands():
    for seed in range(3):
        inst = make_instance(1_000, 10, seed=seed, load_band=0.01, units_band=0.05)
        outcome = solve_instance(inst, gap=0.02, time_limit=20, seed=0)
        assert outcome.status in SOLVED
        assert score(inst, outcome.rep_index, outcome.scale)[1] == ""
        assert outcome.gap < 0.02


def test_band_of_the_load_holds_when_travel_lowers_it():
    inst = make_instance(2_000, 10, seed=2, friction_per_hour=0.02)
    outcome = solve_instance(inst, gap=0.02, time_limit=20, seed=0)
    assert outcome.status in SOLVED
    assert score(inst, outcome.rep_index, outcome.scale)[1] == ""
    assert outcome.gap < 0.02


def test_travel_hours_can_be_bounded_as_a_measure_of_their_own():
    inst = make_instance(1_000, 8, seed=4)
    free = solve_instance(inst, gap=0.01, time_limit=20, seed=0)
    hours = hours_by_rep(inst, free.rep_index)
    measures = inst.measures
    upper = np.column_stack([measures.upper, np.full(8, 0.8 * hours.max())])
    tighter = replace(
        inst,
        measures=Measures(
            (*measures.names, "travel_hours"), np.column_stack([measures.base, np.zeros(1_000)]),
            np.array([0.0, 0.0, 1.0]), np.column_stack([measures.lower, np.full(8, -np.inf)]), upper,
        ),
    )  # fmt: skip
    outcome = solve_instance(tighter, gap=0.02, time_limit=20, seed=0)
    assert outcome.status in SOLVED
    assert hours_by_rep(inst, outcome.rep_index).max() <= 0.8 * hours.max() * (1 + 1e-8)
    assert outcome.objective >= free.bound


def hours_by_rep(inst, rep):
    a = unit_vectors(inst.lat, inst.lon)
    b = unit_vectors(inst.rep_lat, inst.rep_lon)[rep]
    return np.bincount(rep, weights=inst.travel_hours_per_km * arc_km(((a - b) ** 2).sum(1)), minlength=inst.n_reps)


def test_accounts_on_one_point_with_equal_contributions_are_still_balanced():
    n, k = 600, 6
    inst = EngineInstance(
        lat=np.full(n, 40.0), lon=np.full(n, -100.0), rep_lat=np.full(k, 40.0), rep_lon=np.linspace(-101, -99, k),
        travel_hours_per_km=np.ones(n), travel_weight=1.0, owner_index=np.full(n, -1), move_cost=np.zeros(n),
        measures=Measures(("accounts",), np.ones((n, 1)), np.zeros(1), np.full((k, 1), 95.0), np.full((k, 1), 105.0)),
        class_index=np.zeros(n, dtype=int), class_allowed=np.ones((1, k), dtype=bool),
    )  # fmt: skip
    outcome = solve_instance(inst, gap=1e-4, time_limit=20, seed=0)
    assert outcome.status in SOLVED
    count = np.bincount(outcome.rep_index, minlength=k)
    assert count.min() >= 95
    assert count.max() <= 105
    assert outcome.gap <= 1e-4


def test_without_geography_a_table_of_costs_per_region_is_enough():
    rng = np.random.default_rng(0)
    n, k = 800, 8
    base = rng.lognormal(0, 0.5, (n, 1))
    target = base.sum() / k
    region = rng.integers(0, 5, n)
    inst = EngineInstance(
        lat=np.full(n, np.nan), lon=np.full(n, np.nan), rep_lat=np.full(k, np.nan), rep_lon=np.full(k, np.nan),
        travel_hours_per_km=np.zeros(n), travel_weight=1.0, owner_index=np.full(n, -1), move_cost=np.zeros(n),
        measures=Measures(
            ("load",), base, np.zeros(1), np.full((k, 1), 0.95 * target), np.full((k, 1), 1.05 * target)
        ),
        class_index=np.zeros(n, dtype=int), class_allowed=np.ones((1, k), dtype=bool), cost_class=region,
        cost_table=rng.uniform(0, 100, (5, k)), cost_weight=np.ones(n),
    )  # fmt: skip
    outcome = solve_instance(inst, gap=0.01, time_limit=20, seed=0)
    assert outcome.status in SOLVED
    assert outcome.gap <= 0.01


def test_no_measure_at_all_gives_everybody_the_cheapest_rep():
    inst = make_instance(500, 5, seed=1)
    free = replace(inst, measures=Measures((), np.zeros((500, 0)), np.zeros(0), np.zeros((5, 0)), np.zeros((5, 0))))
    outcome = solve_instance(free, gap=0.0, time_limit=10, seed=0)
    assert outcome.status is EngineStatus.OPTIMAL
    assert outcome.gap <= 1e-9


def test_gap_stops_the_solve_and_progress_reports_bound_and_gap():
    reports = []
    inst = make_instance(1_000, 10, seed=0)
    outcome = solve_instance(inst, gap=0.05, time_limit=30, seed=0, on_progress=reports.append)
    assert outcome.limit is EngineLimit.GAP
    assert outcome.gap <= 0.05
    assert any(r.bound is not None and r.gap is not None for r in reports)


def test_cancel_returns_the_best_feasible_answer_so_far():
    reports = []
    inst = make_instance(1_000, 10, seed=0)
    outcome = solve_instance(
        inst, gap=0.0, time_limit=60, seed=0, on_progress=reports.append,
        should_stop=lambda: any(r.objective is not None for r in reports),
    )  # fmt: skip
    assert outcome.status is EngineStatus.FEASIBLE
    assert outcome.limit is EngineLimit.INTERRUPTED
    assert score(inst, outcome.rep_index, outcome.scale)[1] == ""


def test_a_better_start_is_kept():
    inst = make_instance(1_000, 10, seed=0)
    good = solve_instance(inst, gap=0.002, time_limit=10, seed=0)
    again = solve_instance(inst, gap=0.5, time_limit=10, seed=0, start=good.rep_index)
    assert again.objective <= good.objective * (1 + 1e-12)


def test_a_cost_of_its_own_for_every_pair_is_honoured():
    inst = make_instance(400, 5, seed=6)
    rng = np.random.default_rng(0)
    account, rep = (x.ravel() for x in np.meshgrid(np.arange(400), np.arange(5), indexing="ij"))
    own = replace(inst, pairs=PairCosts(account, rep, rng.uniform(0, 3_000, account.size)))
    outcome = solve_instance(own, gap=0.02, time_limit=20, seed=0)
    assert outcome.status in SOLVED
    objective, broken = score(own, outcome.rep_index, outcome.scale)
    assert broken == ""
    assert objective == pytest.approx(outcome.objective)
    assert outcome.gap < 0.02


def test_time_limit_is_kept_and_what_was_found_is_returned():
    inst = make_instance(5_000, 25, seed=1)
    start = time.perf_counter()
    outcome = solve_instance(inst, gap=0.0, time_limit=3.0, seed=0)
    assert time.perf_counter() - start < 4.0
    assert outcome.limit is EngineLimit.TIME
    assert outcome.gap < 0.01


def test_without_costs_any_assignment_inside_the_bands_is_optimal():
    inst = make_instance(3_000, 15, seed=3, move_price=0.0)
    inst = replace(inst, travel_weight=0.0)
    events = []
    outcome = solve_instance(inst, gap=1e-3, time_limit=20, seed=0, on_progress=events.append)
    assert outcome.status is EngineStatus.OPTIMAL
    assert outcome.objective == outcome.bound == 0.0
    assert score(inst, outcome.rep_index, outcome.scale) == (0.0, "")
    assert {event.bound for event in events} == {0.0}
