"""A node of generalised assignment never loses an answer within its limit, whatever its prices."""

import itertools

import numpy as np
import pytest

from territory_opt.kernels.knapsacks import price_node, rounded_answer


def instance(seed, n=6, k=3):
    rng = np.random.default_rng(seed)
    weight = rng.integers(1, 9, (n, k))
    cost = rng.integers(-5, 20, (n, k)).astype(np.float64)
    room = np.floor(0.9 * weight.sum(axis=0) / k).astype(np.int64)
    allowed = (rng.random((n, k)) < 0.85) & (weight <= room)
    return cost, weight, room, allowed, rng


def work(n, k, wide):
    return (
        np.empty((k, n + 1, wide)), np.zeros((k, n), dtype=np.int64), np.zeros(k, dtype=np.int64),
        np.zeros(k, dtype=np.int64), np.zeros(k), np.empty(wide), np.zeros((n, k)),
    )  # fmt: skip


def answers(cost, weight, room, allowed):
    """Every assignment that keeps the capacities, with its cost."""
    n, k = cost.shape
    rows = np.arange(n)
    found = []
    for reps in map(np.array, itertools.product(range(k), repeat=n)):
        load = np.bincount(reps, weights=weight[rows, reps], minlength=k)
        if allowed[rows, reps].all() and (load <= room).all():
            found.append((cost[rows, reps].sum(), reps))
    return found


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("above", [-1.0, 0.0, 4.0])
def test_no_answer_within_the_limit_is_taken_away_and_the_bound_holds(seed, above) -> None:
    cost, weight, room, allowed, rng = instance(seed)
    n, k = cost.shape
    every = answers(cost, weight, room, allowed)
    best = min((value for value, _ in every), default=30.0)
    limit = best + above
    left, owner, price = allowed.copy(), np.full(n, -1), rng.normal(8.0, 6.0, n)
    found = np.zeros(n, dtype=np.int64)
    state, bound = price_node(
        cost, weight, room, left, owner, price, limit, limit + 1.0, 1e-6, 12, work(n, k, int(room.max()) + 1),
        np.zeros((n, k), dtype=np.bool_), np.zeros((n, k)), found,
    )  # fmt: skip
    within = [(value, reps) for value, reps in every if value <= limit]
    if state == 1:
        assert not within
        return
    for value, reps in within:
        assert left[np.arange(n), reps].all()
        assert ((owner < 0) | (owner == reps)).all()
        assert bound <= value + 1e-6
    if state == 2:
        assert any(np.array_equal(found, reps) for _, reps in every)
        assert cost[np.arange(n), found].sum() == pytest.approx(min(value for value, _ in every))


@pytest.mark.parametrize("seed", range(10))
def test_a_rounded_answer_keeps_the_capacities_and_says_its_cost(seed) -> None:
    cost, weight, room, allowed, rng = instance(seed, n=20, k=4)
    allowed[:, 0] = weight[:, 0] <= room[0]
    found = np.zeros(20, dtype=np.int64)
    value = rounded_answer(cost, weight, room, allowed, np.full(20, -1), rng.random((20, 4)), 1.0, 100, found)
    if np.isfinite(value):
        rows = np.arange(20)
        assert (np.bincount(found, weights=weight[rows, found], minlength=4) <= room).all()
        assert value == cost[rows, found].sum()
        assert allowed[rows, found].all()
