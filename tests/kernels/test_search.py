import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from territory_opt.kernels.search import diffuse, search


def problem(seed):
    rng = np.random.default_rng(seed)
    n, k, m = int(rng.integers(1, 30)), int(rng.integers(2, 6)), int(rng.integers(1, 4))
    count = rng.integers(2, k + 1, n)
    first = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    rep = np.concatenate([rng.permutation(k)[:c] for c in count]).astype(np.int64)
    excess = rng.exponential(5.0, rep.size)
    excess[first[:-1]] = 0.0
    amount = rng.lognormal(0, 0.5, (rep.size, m))
    target = amount[first[:-1]].sum(0) / k
    lower, upper = np.tile(0.9 * target, (k, 1)), np.tile(1.1 * target, (k, 1))
    price = rng.normal(0, 3, (k, m))
    return first, rep, excess, amount, lower, upper, price


def energy(choice, first, rep, excess, amount, lower, upper, price, penalty):
    totals = np.zeros(lower.shape)
    np.add.at(totals, rep[choice], amount[choice])
    over = np.maximum(totals - upper, 0) + np.maximum(lower - totals, 0)
    inside = np.clip(totals, lower, upper)
    rows = np.where(price >= 0, price * (upper - inside), price * (lower - inside))
    return float(excess[choice].sum() + rows.sum() + penalty * over.sum()), totals


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.sampled_from([1, 2]), st.booleans(), st.floats(1, 500))
def test_search_never_raises_the_energy_and_keeps_its_books(seed, depth, steepest, penalty):
    first, rep, excess, amount, lower, upper, price = problem(seed)
    k = lower.shape[0]
    choice = first[:-1].copy()
    before, totals = energy(choice, first, rep, excess, amount, lower, upper, price, penalty)
    by_rep = np.argsort(rep, kind="stable")
    rep_first = np.searchsorted(rep[by_rep], np.arange(k + 1)).astype(np.int64)
    moves = search(
        first, rep, excess, amount, choice, by_rep, rep_first, totals, lower, upper, price, penalty, 5, depth,
        first[-1], steepest, np.ones(k, dtype=np.bool_),
    )  # fmt: skip
    after, fresh = energy(choice, first, rep, excess, amount, lower, upper, price, penalty)
    np.testing.assert_allclose(totals, fresh, atol=1e-9)
    assert after <= before + 1e-9
    assert (choice >= first[:-1]).all()
    assert (choice < first[1:]).all()
    if moves == 0 and depth == 1:
        for i in range(choice.size):  # no single move helps
            for e in range(first[i], first[i + 1]):
                trial = choice.copy()
                trial[i] = e
                value, _ = energy(trial, first, rep, excess, amount, lower, upper, price, penalty)
                assert value >= after - 1e-6


@given(st.integers(0, 1000))
def test_diffusion_gives_every_rep_what_its_shares_promise_within_a_few_items(seed):
    rng = np.random.default_rng(seed)
    n, k = 200, 3
    first = (np.arange(n + 1) * k).astype(np.int64)
    rep = np.tile(np.arange(k), n)
    chance = rng.dirichlet(np.ones(k), n).ravel()
    chance = np.where(chance < 0.02, 0.0, chance)
    chance /= np.repeat(np.add.reduceat(chance, first[:-1]), k)
    choice = np.empty(n, dtype=np.int64)
    diffuse(first, rep, chance, np.ones((n * k, 1)), choice, k)
    promised = np.bincount(rep, weights=chance, minlength=k)
    assert np.bincount(rep[choice], minlength=k) == pytest.approx(promised, abs=2.0)


def test_a_move_of_two_looks_no_further_into_a_book_than_its_reach():
    # Rep 0 is overfull by one account, rep 1 is full; only its second account fits into rep 2.
    first = np.array([0, 2, 4, 6])
    rep = np.array([0, 1, 1, 2, 1, 2])
    excess = np.array([0.0, 0.0, 0.0, 1.0, 0.0, 1.0])
    amount = np.array([[1.0], [1.0], [3.0], [3.0], [1.0], [1.0]])
    lower, upper, price = np.zeros((3, 1)), np.array([[0.5], [4.0], [1.5]]), np.zeros((3, 1))
    by_rep, rep_first = np.argsort(rep, kind="stable"), np.array([0, 1, 4, 6])
    made = []
    for reach in (2, 3):
        choice, totals = np.array([0, 2, 4]), np.array([[1.0], [4.0], [0.0]])
        made.append(
            search(
                first, rep, excess, amount, choice, by_rep, rep_first, totals, lower, upper, price, 100.0, 5, 2, reach,
                False, np.ones(3, dtype=np.bool_),
            )
        )  # fmt: skip
        assert np.bincount(rep[choice], amount[choice, 0], 3).tolist() == totals[:, 0].tolist()
    assert made == [0, 1]
