import numpy as np
import pytest
from generator import make_instance

from territory_opt.solvers.lagrangian import dual, engine
from territory_opt.solvers.lagrangian.band import build_bands
from territory_opt.solvers.lagrangian.chunks import Workers
from territory_opt.solvers.lagrangian.dual import DualPoint, LevelDual, solve_dual
from territory_opt.solvers.lagrangian.engine import solve_instance
from territory_opt.solvers.lagrangian.instance import EngineStatus
from territory_opt.solvers.lagrangian.items import build_model
from territory_opt.solvers.lagrangian.pack import pack
from territory_opt.solvers.lagrangian.pricing import price_all
from territory_opt.solvers.lagrangian.score import score


def never():
    return False


def laid_out(n, k, seed):
    model = build_model(make_instance(n, k, seed=seed))
    bands = build_bands(model)
    return model, bands, pack(model, model.items, bands.unit)


def test_multipliers_of_a_solve_start_the_next_one_without_coarse_levels(monkeypatch):
    inst = make_instance(2_000, 10, seed=3)
    first = solve_instance(inst, gap=1.0, time_limit=20, seed=0)
    monkeypatch.setattr(dual, "merge_items", lambda *_: pytest.fail("went through a coarse level"))
    again = solve_instance(inst, gap=1.0, time_limit=20, seed=0, duals=first.duals)
    assert again.bound == pytest.approx(first.bound, rel=2e-4)
    assert again.rep_index is not None


def test_wild_multipliers_are_no_start():
    model, bands, packed = laid_out(2_000, 10, 1)
    wild = np.full((10, model.n_measures), 1e7)
    calm, _ = solve_dual(model, bands, packed, Workers(1), stop=never)
    price, _ = solve_dual(model, bands, packed, Workers(1), stop=never, start=calm)
    best = price_all(model, packed, bands, price, Workers(1)).bound
    level = LevelDual(model, model.items, packed, bands, Workers(1))
    zero = np.zeros_like(wild)
    assert dual._better(level, wild, zero, 0.05) is zero
    assert dual._better(level, calm, zero, 0.05) is calm
    assert best > 0


def test_a_coarse_level_that_runs_away_does_not_spoil_the_bound(monkeypatch):
    model, bands, packed = laid_out(2_000, 10, 2)
    price, _ = solve_dual(model, bands, packed, Workers(1), stop=never)
    good = price_all(model, packed, bands, price, Workers(1)).bound
    climb = dual.ascend

    def runaway(level, price, heats, **options):
        if level.packed.order.size < 2_000:
            return np.full(price.shape, 1e7), level.bands.scale_low
        return climb(level, price, heats, **options)

    monkeypatch.setattr(dual, "ascend", runaway)
    price, _ = solve_dual(model, bands, packed, Workers(1), stop=never)
    assert price_all(model, packed, bands, price, Workers(1)).bound == pytest.approx(good, rel=1e-3)


@pytest.mark.parametrize("curvature", [np.zeros((3, 3)), np.diag([1.0, 0.0, -1.0])])
def test_a_step_without_curvature_ends(curvature):
    point = DualPoint(0.0, np.ones((3, 1)), curvature, np.ones(1))
    step, gain = dual._newton(point, np.zeros(3))
    assert np.isfinite(step).all()
    assert np.isfinite(gain)


def test_a_gradient_that_is_no_number_gives_no_step():
    point = DualPoint(0.0, np.array([[np.nan]]), np.ones((1, 1)), np.ones(1))
    step, gain = dual._newton(point, np.ones(1))
    assert gain == 0.0
    assert not step.any()


def test_a_near_assignment_is_mended_instead_of_a_new_one_being_made(monkeypatch):
    inst = make_instance(1_000, 10, seed=4)
    first = solve_instance(inst, gap=1.0, time_limit=20, seed=0)
    near = first.rep_index.copy()
    changed = np.random.default_rng(0).choice(1_000, 30, replace=False)
    near[changed] = 0
    monkeypatch.setattr(engine, "dive", lambda *_, **__: pytest.fail("made a new one"))
    again = solve_instance(inst, gap=1.0, time_limit=20, seed=0, near=near, duals=first.duals)
    assert score(inst, again.rep_index, np.ones(2))[1] == ""
    assert np.mean(again.rep_index == first.rep_index) > 0.8


def test_a_near_assignment_may_break_eligibility():
    inst = make_instance(1_000, 10, seed=5)
    near = np.zeros(1_000, dtype=np.int64)
    near[::7] = -1
    answer = solve_instance(inst, gap=1.0, time_limit=20, seed=0, near=near)
    assert score(inst, answer.rep_index, np.ones(2))[1] == ""


def test_a_solve_that_cannot_get_below_what_is_known_gives_up_at_its_bound(monkeypatch):
    inst = make_instance(1_000, 10, seed=6)
    first = solve_instance(inst, gap=1.0, time_limit=20, seed=0)
    monkeypatch.setattr(engine, "dive", lambda *_, **__: pytest.fail("went on"))
    again = solve_instance(inst, gap=1.0, time_limit=20, seed=0, least=0.99 * first.bound)
    assert again.rep_index is None
    assert again.status is EngineStatus.NO_ALIGNMENT
    assert again.bound == pytest.approx(first.bound)
