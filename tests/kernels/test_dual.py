from dataclasses import replace

import numpy as np
import pytest
from engine_data import random_instance
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from territory_opt.solvers.lagrangian import chunks
from territory_opt.solvers.lagrangian.band import build_bands, smooth_band
from territory_opt.solvers.lagrangian.chunks import Workers
from territory_opt.solvers.lagrangian.core import item_temperature
from territory_opt.solvers.lagrangian.dual import LevelDual
from territory_opt.solvers.lagrangian.instance import EngineInstance, Measures
from territory_opt.solvers.lagrangian.items import build_model
from territory_opt.solvers.lagrangian.pack import pack
from territory_opt.solvers.lagrangian.pricing import price_all, reduced_cost


def reference(model, bands, packed, price, heat):
    """Value, expected totals and curvature of the smoothed item part, pair by pair in double precision."""
    n, k, m = model.items.n_items, model.n_reps, model.n_measures
    item, rep = (x.ravel() for x in np.meshgrid(np.arange(n), np.arange(k), indexing="ij"))
    value, amount = reduced_cost(model, bands, price, item, rep)
    value = np.where(model.allowed[model.items.class_row[item], rep], value, np.inf).reshape(n, k)
    amount = amount.reshape(n, k, m)
    warm = heat * item_temperature(packed)[:, None]
    log = logsumexp(-value / warm, axis=1)
    share = np.exp(-value / warm - log[:, None])
    owned = np.where(model.items.owner >= 0, model.items.move_cost, 0.0)
    total = float(np.sum(-warm[:, 0] * log + owned))
    gradient = np.einsum("ik,ikm->km", share, amount)
    flat = (share[..., None] * amount).reshape(n, k * m)
    curvature = -np.einsum("ip,iq,i->pq", flat, flat, 1 / warm[:, 0])
    for j in range(k):
        block = np.einsum("i,ip,iq->pq", share[:, j] / warm[:, 0], amount[:, j], amount[:, j])
        curvature[j * m : (j + 1) * m, j * m : (j + 1) * m] += block
    return total, gradient, curvature


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000), st.integers(1, 150), st.integers(2, 9), st.integers(1, 3), st.floats(0.05, 1.0),
    st.sampled_from([0.0, 0.3]), st.integers(0, 2),
)  # fmt: skip
def test_value_gradient_and_curvature_equal_the_pairwise_sums(seed, n, k, m, heat, friction, n_amounts):
    inst = random_instance(seed, n, k, m, friction, n_amounts)
    model = build_model(inst)
    assume(model.items.n_items > 0)
    bands = build_bands(model)
    packed = pack(model, model.items, bands.unit)
    price = np.random.default_rng(seed).normal(0, 3, (k, m))
    level = LevelDual(model, model.items, packed, bands, Workers(1))
    point = level.at(price, heat)
    # take the band part out again: it has no pairs and its own test
    band = smooth_band(bands, price, heat * level._warm, heat * level.cost_unit * 0.01)
    total, gradient, curvature = reference(model, bands, packed, price, heat)
    # single precision, exp to 1e-3 where it is small, and shares below exp(-8) left out
    warm = heat * item_temperature(packed)
    size = np.abs(total) + np.abs(band.value) + float(packed.scale.sum()) * 10
    assert point.value - band.value == pytest.approx(total, abs=3e-5 * size + 2e-3 * warm.sum())
    live = ~bands.idle
    np.testing.assert_allclose(
        (point.gradient - band.slope)[live], gradient[live], rtol=2e-3, atol=2e-3 * np.abs(gradient).max() + 1e-3
    )
    got = point.curvature.copy()
    got[np.diag_indices(k * m)] -= band.bend.ravel()
    live = ~bands.idle.ravel()
    if not live.any():
        return
    got = np.triu(got)[np.ix_(live, live)]
    want = np.triu(curvature)[np.ix_(live, live)]
    # shares below 1e-3 and accounts with a share above 0.999 are left out of the curvature
    item, rep = np.divmod(np.arange(model.items.n_items * k), k)
    amount = np.abs(reduced_cost(model, bands, price, item, rep)[1]).reshape(model.items.n_items, -1).max(1)
    weight = float(np.sum(amount**2 / warm))
    np.testing.assert_allclose(got, want, atol=0.01 * np.abs(want).max() + 6e-3 * weight)


def test_answer_does_not_depend_on_the_number_of_threads(monkeypatch):
    monkeypatch.setattr(chunks, "_GROUPS_PER_CHUNK", 30)
    assert len(chunks.chunk_edges(90)) > 1
    inst = random_instance(3, 3_000, 12, 2, 0.0)
    model = build_model(inst)
    bands = build_bands(model)
    packed = pack(model, model.items, bands.unit)
    price = np.random.default_rng(0).normal(0, 3, (12, 2))
    points = []
    for threads in (1, 2, 3):
        team = Workers(threads)
        points.append(LevelDual(model, model.items, packed, bands, team).at(price, 0.1))
        team.close()
    for point in points[1:]:
        assert point.value == points[0].value
        assert np.array_equal(point.gradient, points[0].gradient)
        assert np.array_equal(point.curvature, points[0].curvature)


def test_an_evaluation_changes_nothing_in_the_answers_before_and_leaves_nothing_for_the_next(monkeypatch):
    monkeypatch.setattr(chunks, "_GROUPS_PER_CHUNK", 30)
    inst = random_instance(5, 3_000, 20, 2, 0.1, 1)
    model = build_model(inst)
    bands = build_bands(model)
    packed = pack(model, model.items, bands.unit)
    rng = np.random.default_rng(0)
    one, other = rng.normal(0, 3, (2, 20, 2))
    level = LevelDual(model, model.items, packed, bands, Workers(1))
    first = level.at(one, 0.1)
    kept = first.value, first.gradient.copy(), first.curvature.copy()
    level.at(other, 0.4)
    again = level.at(one, 0.1)
    for point in (first, again):
        assert point.value == kept[0]
        assert np.array_equal(point.gradient, kept[1])
        assert np.array_equal(point.curvature, kept[2])


def test_an_owner_out_of_reach_is_kept_where_the_move_costs_more_than_the_way():
    # Rep 1 lives a thousand kilometres away; one account of forty is his and dear to move.
    n, k = 40, 2
    owner, move_cost = np.full(n, -1), np.zeros(n)
    owner[7], move_cost[7] = 1, 1e4
    inst = EngineInstance(
        lat=np.linspace(40.0, 40.1, n), lon=np.full(n, -100.0), rep_lat=np.array([40.0, 40.0]),
        rep_lon=np.array([-100.0, -88.0]), travel_hours_per_km=np.ones(n), travel_weight=1.0, owner_index=owner,
        move_cost=move_cost, class_index=np.zeros(n, dtype=np.int64), class_allowed=np.ones((1, k), dtype=bool),
        measures=Measures(("load",), np.ones((n, 1)), np.zeros(1), np.zeros((k, 1)), np.full((k, 1), float(n))),
    )  # fmt: skip
    model = build_model(inst)
    bands = build_bands(model)
    packed = pack(model, model.items, bands.unit)
    level = LevelDual(model, model.items, packed, bands, Workers(1))
    band = smooth_band(bands, np.zeros((k, 1)), 0.01 * level._warm, 0.01 * level.cost_unit * 0.01)
    books = level.at(np.zeros((k, 1)), 0.01).gradient - band.slope
    np.testing.assert_allclose(books[:, 0] * bands.unit[0], [n - 1, 1], atol=1e-3)


def test_eligibility_rows_in_any_memory_order_give_the_same_answer():
    model = build_model(random_instance(2, 400, 9, 2, 0.1))
    bands = build_bands(model)
    packed = pack(model, model.items, bands.unit)
    price = np.random.default_rng(1).normal(0, 3, (9, 2))
    turned = replace(model, allowed=np.asfortranarray(model.allowed), table=np.asfortranarray(model.table))
    one, other = (LevelDual(m, m.items, packed, bands, Workers(1)).at(price, 0.1) for m in (model, turned))
    assert one.value == other.value
    one, other = (price_all(m, packed, bands, price, Workers(1)) for m in (model, turned))
    assert one.bound == other.bound
