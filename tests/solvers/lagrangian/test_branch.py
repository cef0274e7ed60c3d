import itertools

import numpy as np
import pytest
from generator import make_instance

from territory_opt.solvers.lagrangian.band import build_bands
from territory_opt.solvers.lagrangian.branch import CountSearch
from territory_opt.solvers.lagrangian.chunks import Workers
from territory_opt.solvers.lagrangian.dual import solve_dual
from territory_opt.solvers.lagrangian.engine import solve_instance
from territory_opt.solvers.lagrangian.instance import EngineStatus
from territory_opt.solvers.lagrangian.items import build_model
from territory_opt.solvers.lagrangian.pack import pack
from territory_opt.solvers.lagrangian.place import assign_large, without_large
from territory_opt.solvers.lagrangian.pricing import price_all
from territory_opt.solvers.lagrangian.score import score
from territory_opt.solvers.lagrangian.strengthen import strengthen


def never():
    return False


def a_minute():
    return 60.0


def count_search(inst):
    model = strengthen(build_model(inst))
    assert CountSearch.applies(model, inst.n_measures)
    bands = build_bands(model)
    packed = pack(model, model.items, bands.unit)
    price, _ = solve_dual(model, bands, packed, Workers(1), stop=never)
    bound = price_all(model, packed, bands, price, Workers(1)).bound
    return model, bound, CountSearch(model, bands, packed, inst.n_measures, price, Workers(1))


def tiny(seed):
    return make_instance(8, 3, seed=seed, load_band=0.35, units_band=0.8, n_lumps=2, lump_share=0.6)


def every_objective(inst):
    for reps in itertools.product(range(inst.n_reps), repeat=inst.n_accounts):
        rep = np.array(reps)
        objective, broken = score(inst, rep, inst.measures.scale_low)
        if not broken:
            yield rep, objective


@pytest.mark.parametrize("seed", [0, 1, 5])
def test_branching_never_lifts_the_bound_above_the_optimum(seed):
    inst = tiny(seed)
    model = strengthen(build_model(inst))
    if not CountSearch.applies(model, inst.n_measures):
        pytest.skip("no two accounts of this instance crowd each other out")
    _, bound, counts = count_search(inst)
    best = min((objective for _, objective in every_objective(inst)), default=np.inf)
    assert counts.root.bound >= bound - 1e-9 * abs(bound)
    while counts.raise_bound(np.inf, np.inf, seconds=a_minute, stop=never, report=lambda _: None):
        assert counts.bound <= best + 1e-7 * abs(best)
    assert counts.bound <= best + 1e-7 * abs(best)


def test_value_of_a_placement_bounds_every_assignment_with_it():
    checked = 0
    for seed in range(4):
        inst = tiny(seed)
        if not CountSearch.applies(strengthen(build_model(inst)), inst.n_measures):
            continue
        model, _, counts = count_search(inst)
        account = model.account_index[counts.placer.item]
        best = {}
        for rep, objective in every_objective(inst):
            key = tuple(rep[account])
            best[key] = min(objective, best.get(key, np.inf))
        for reps, objective in best.items():
            placed = counts.placer.value(np.array(reps), np.zeros((inst.n_reps, model.n_measures)))
            assert placed.value <= objective + 1e-7 * abs(objective)
            checked += 1
    assert checked > 5


def test_the_problem_without_the_large_accounts_keeps_cost_and_books():
    inst = make_instance(500, 5, seed=3, n_lumps=3, lump_share=0.6)
    model, _, counts = count_search(inst)
    placed = counts.place(seconds=a_minute, stop=never, most=1)
    small = without_large(model, placed, inst.n_measures)
    rep = small.fixed_rep.copy()
    rep[small.account_index] = np.random.default_rng(0).integers(0, 5, small.items.n_items)
    totals = small.fixed_totals.copy()
    np.add.at(totals, rep[small.account_index], small.items.base)
    for m in range(inst.n_measures):
        np.testing.assert_allclose(totals[:, m], np.bincount(rep, weights=inst.measures.base[:, m], minlength=5))
    assert np.array_equal(rep[model.account_index[placed.item]], placed.rep)


def test_branching_closes_a_good_part_of_the_gap_that_large_accounts_leave():
    inst = make_instance(2_000, 10, seed=2, n_lumps=5, lump_share=0.6)
    outcome = solve_instance(inst, gap=0.005, time_limit=20, seed=0)
    assert outcome.status in (EngineStatus.FEASIBLE, EngineStatus.OPTIMAL)
    assert score(inst, outcome.rep_index, outcome.scale)[1] == ""
    _, bound, _ = count_search(inst)
    assert outcome.bound > bound
    assert outcome.gap < 0.01


def test_large_accounts_get_the_cheapest_reps_within_the_counts():
    rng = np.random.default_rng(0)
    for _ in range(30):
        cost = rng.uniform(-5, 5, (4, 3))
        cost[rng.random((4, 3)) < 0.2] = np.inf
        low, high = np.array([0, 1, 0]), np.array([2, 2, 1])
        rep = assign_large(cost, low, high)
        best = np.inf
        for reps in itertools.product(range(3), repeat=4):
            count = np.bincount(reps, minlength=3)
            if (count >= low).all() and (count <= high).all():
                best = min(best, cost[np.arange(4), list(reps)].sum())
        if rep is None:
            assert best == np.inf
        else:
            assert cost[np.arange(4), rep].sum() == pytest.approx(best)
