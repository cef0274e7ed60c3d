import time

import numpy as np
from generator import make_instance

from territory_opt.solvers.lagrangian.band import build_bands
from territory_opt.solvers.lagrangian.chunks import Workers
from territory_opt.solvers.lagrangian.core import build_core
from territory_opt.solvers.lagrangian.items import build_model
from territory_opt.solvers.lagrangian.pack import pack
from territory_opt.solvers.lagrangian.pricing import price_all
from territory_opt.solvers.lagrangian.repair import exchange_graph, repair
from territory_opt.solvers.lagrangian.state import State
from territory_opt.solvers.lagrangian.subproblem import build_program


def nearest_state(seed):
    inst = make_instance(1_000, 10, seed=seed)
    model = build_model(inst)
    bands = build_bands(model)
    packed = pack(model, model.items, bands.unit)
    price = np.zeros((10, 2))
    priced = price_all(model, packed, bands, price, Workers(1))
    return State(model, bands, price, bands.scale_low, priced.best_value, priced.best_rep)


def test_repair_mends_even_the_assignment_that_ignores_every_band():
    for seed in (1,):
        state = nearest_state(seed)
        assert state.violation().any()
        end = time.perf_counter() + 20
        done = repair(
            state, exchange_graph(state), seconds=lambda end=end: end - time.perf_counter(), seed=0,
            stop=lambda: False, unit_cost=1_000.0,
        )  # fmt: skip
        assert done.feasible, done.detail
        state.refresh()
        assert not state.violation().any()


def test_moves_keep_totals_members_and_excess_consistent():
    state = nearest_state(0)
    rng = np.random.default_rng(0)
    for _ in range(20):
        item = rng.choice(state.rep.size, 5, replace=False)
        state.move(item, rng.integers(0, 10, 5))
    totals, excess = state.totals.copy(), state.rep_excess()
    state.refresh()
    np.testing.assert_allclose(totals, state.totals, atol=1e-9)
    np.testing.assert_allclose(excess, state.rep_excess(), rtol=1e-9, atol=1e-6)
    for j, members in enumerate(state.members):
        assert np.array_equal(np.sort(members), np.flatnonzero(state.rep == j))


def test_objective_minus_bound_is_the_excess_of_any_multipliers():
    inst = make_instance(1_000, 10, seed=1)
    model = build_model(inst)
    bands = build_bands(model)
    packed = pack(model, model.items, bands.unit)
    price = np.random.default_rng(1).normal(0, 500, (10, 2))
    priced = price_all(model, packed, bands, price, Workers(1))
    state = State(model, bands, price, bands.scale_low, priced.best_value, priced.best_rep)
    assert abs(state.cost() - priced.bound - state.excess()) < 1e-6 * abs(state.cost())


def test_a_focus_gets_half_of_the_pairs_although_others_are_cheaper():
    state = nearest_state(2)
    reps = np.arange(10)
    touching = []
    for focus in (None, 4):
        program = build_program(state, reps, per_arc=None, n_pairs=60, focus=focus)
        held = np.repeat(state.rep[program.item], np.diff(program.first))
        moved = np.ones(program.pair_rep.size, dtype=bool)
        moved[program.first[:-1]] = False
        assert moved.sum() == 60
        touching.append(int(np.sum(moved & ((reps[program.pair_rep] == 4) | (held == 4)))))
    assert touching[0] < 30 <= touching[1]


def test_the_core_lists_every_book_by_how_cheaply_its_accounts_leave():
    state = nearest_state(1)
    model, bands, price = state.model, state.bands, state.price
    packed = pack(model, model.items, bands.unit)
    priced = price_all(model, packed, bands, price, Workers(1), threshold=1e6)
    core = build_core(model, bands, packed, priced, price, bands.scale_low, 60, 0.003, np.full(1_000, -1))
    owner = np.repeat(np.arange(core.item.size), np.diff(core.first))
    for j in range(10):
        mine = core.by_rep[core.rep_first[j] : core.rep_first[j + 1]]
        runner_up = [np.sort(core.excess[owner == i])[1] for i in owner[mine]]
        assert len(runner_up) > 10
        assert runner_up == sorted(runner_up)
