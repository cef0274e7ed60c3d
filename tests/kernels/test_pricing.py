import numpy as np
import pytest
from engine_data import random_instance
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from territory_opt.solvers.lagrangian import pricing
from territory_opt.solvers.lagrangian.band import build_bands, hard_band
from territory_opt.solvers.lagrangian.chunks import Workers
from territory_opt.solvers.lagrangian.instance import EngineInstance, Measures
from territory_opt.solvers.lagrangian.items import build_model
from territory_opt.solvers.lagrangian.pack import pack
from territory_opt.solvers.lagrangian.pricing import price_all, reduced_cost


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10_000), st.integers(1, 200), st.integers(2, 12), st.integers(1, 3), st.floats(0, 30),
    st.sampled_from([0.0, 0.5, 30.0]), st.floats(0.0, 40.0),
    st.integers(0, 2),
)  # fmt: skip
def test_best_reps_bound_and_near_pairs_equal_the_full_table(seed, n, k, m, spread, friction, threshold, n_amounts):
    # a friction of 30 makes some prices of distance negative
    inst = random_instance(seed, n, k, m, friction, n_amounts)
    model = build_model(inst)
    assume(model.items.n_items > 0)
    bands = build_bands(model)
    packed = pack(model, model.items, bands.unit)
    price = np.random.default_rng(seed).normal(0, spread, (k, m))
    priced = price_all(model, packed, bands, price, Workers(1), threshold=threshold)
    rows = model.items.n_items
    item, rep = (x.ravel() for x in np.meshgrid(np.arange(rows), np.arange(k), indexing="ij"))
    value, _ = reduced_cost(model, bands, price, item, rep)
    value = np.where(model.allowed[model.items.class_row[item], rep], value, np.inf).reshape(rows, k)
    size = np.abs(value[np.isfinite(value)]).max(initial=1.0)
    np.testing.assert_allclose(priced.best_value, value.min(1), atol=1e-9 * size)
    owned = np.where(model.items.owner >= 0, model.items.move_cost, 0.0).sum()
    exact = value.min(1).sum() + owned + hard_band(bands, price)[0] + model.fixed_cost
    assert priced.bound <= exact + 1e-9 * abs(exact)
    assert priced.bound == pytest.approx(exact, rel=1e-6, abs=1e-6 * size * rows)
    excess = value - value.min(1)[:, None]
    near = excess <= threshold * (1 - 1e-9) - 1e-9 * size
    lonely = near.sum(1) < 2
    for i in np.flatnonzero(~lonely & (near.sum(1) <= 8)):
        listed = set(priced.pair_rep[priced.pair_item == i].tolist())
        assert set(np.flatnonzero(near[i]).tolist()) <= listed


def test_the_lists_do_not_depend_on_how_many_groups_are_priced_at_a_time(monkeypatch):
    inst = random_instance(3, 700, 9, 2, 0.0, 0)
    model = build_model(inst)
    bands = build_bands(model)
    packed = pack(model, model.items, bands.unit)
    price = np.random.default_rng(1).normal(0, 10, (9, 2))
    assert packed.rows.shape[0] > 5
    whole = price_all(model, packed, bands, price, Workers(1), threshold=25.0)
    monkeypatch.setattr(pricing, "_PIECE", 2)
    parts = price_all(model, packed, bands, price, Workers(1), threshold=25.0)
    assert whole.pair_item.size > 100
    for name in ("best_rep", "best_value", "pair_item", "pair_rep", "pair_excess"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name)), name
    assert parts.bound == pytest.approx(whole.bound, rel=1e-12)


def test_reps_that_cost_the_same_are_listed_equally_often():
    # Fifty reps in one office: a list of eight that was cut by position would name the same eight for every account.
    n, k = 4_000, 50
    rng = np.random.default_rng(0)
    inst = EngineInstance(
        lat=rng.uniform(30, 45, n), lon=rng.uniform(-110, -80, n), rep_lat=np.full(k, 40.0), rep_lon=np.full(k, -95.0),
        travel_hours_per_km=rng.uniform(0.01, 0.1, n), travel_weight=1.0, owner_index=np.full(n, -1),
        move_cost=np.zeros(n), class_index=np.zeros(n, dtype=np.int64), class_allowed=np.ones((1, k), dtype=bool),
        measures=Measures(("load",), rng.lognormal(0, 1, (n, 1)), np.zeros(1), np.zeros((k, 1)), np.full((k, 1), 1e9)),
    )  # fmt: skip
    model = build_model(inst)
    bands = build_bands(model)
    packed = pack(model, model.items, bands.unit)
    priced = price_all(model, packed, bands, np.zeros((k, 1)), Workers(1), threshold=10.0)
    assert priced.pair_item.size == 8 * n
    listed = np.bincount(priced.pair_rep, minlength=k)
    assert listed.min() > 0.8 * listed.mean() and listed.max() < 1.2 * listed.mean()
    best = np.bincount(priced.best_rep, minlength=k)
    assert best.min() > 0.5 * best.mean()
    own = priced.pair_rep == priced.best_rep[priced.pair_item]
    assert np.array_equal(np.bincount(priced.pair_item[own], minlength=n), np.ones(n, dtype=np.int64))
