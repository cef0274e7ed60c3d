"""Branch and bound over books finds what enumeration finds, and its bounds never pass the optimum."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from territory_opt.kernels import bookprices
from territory_opt.kernels.bookascent import ascend
from territory_opt.kernels.bookprices import Books, factor, new_work, start
from territory_opt.kernels.booktree import Record, explore, new_pieces, store

FITS = 1e-9

# Compiled without a wrapper for Python.
compact, least_cost = bookprices.compact.py_func, bookprices.least_cost.py_func
load, swap = bookprices.load.py_func, bookprices.swap.py_func


def instance(seed, n=7, k=3):
    rng = np.random.default_rng(seed)
    amount = np.column_stack([rng.integers(1, 6, n).astype(float), rng.lognormal(0, 0.7, n)])
    cost = 10 * rng.random((n, k))
    allowed = rng.random((n, k)) < 0.85
    allowed[np.arange(n), rng.integers(0, k, n)] = True
    mean, width = amount.sum(0) / k, rng.choice([0.1, 0.25, 0.5])
    lower, upper = np.tile(mean * (1 - width), (k, 1)), np.tile(mean * (1 + width), (k, 1))
    if seed % 3 == 0:
        lower[0, 0], upper[1, 1] = -np.inf, np.inf
    return cost, amount, allowed, lower - FITS, upper + FITS


def as_books(cost, amount, allowed, lower, upper):
    item, rep = np.nonzero(allowed)
    first = np.searchsorted(item, np.arange(cost.shape[0] + 1)).astype(np.int64)
    return Books(
        first, item.astype(np.int64), (2 * rep).astype(np.int64), cost[item, rep].copy(), amount[item].copy(),
        lower.ravel().copy(), upper.ravel().copy(),
    )  # fmt: skip


def best_by_enumeration(cost, amount, allowed, lower, upper):
    best = np.inf
    for reps in itertools.product(*[np.flatnonzero(row) for row in allowed]):
        total = np.zeros_like(lower)
        np.add.at(total, np.array(reps), amount)
        if (total <= upper).all() and (total >= lower).all():
            best = min(best, cost[np.arange(len(reps)), reps].sum())
    return best


def relaxation(books):
    """The linear relaxation by another solver."""
    n, p, r = books.first.size - 1, books.cost.size, books.lower.size
    equal, rows = np.zeros((n, p)), np.zeros((r, p))
    equal[books.item, np.arange(p)] = 1.0
    for m in range(2):
        rows[books.row + m, np.arange(p)] = books.amount[:, m]
    up, low = np.isfinite(books.upper), np.isfinite(books.lower)
    found = linprog(
        books.cost, np.vstack([rows[up], -rows[low]]), np.concatenate([books.upper[up], -books.lower[low]]),
        equal, np.ones(n),
    )  # fmt: skip
    return found.fun if found.status == 0 else np.inf


def begun(books):
    work = new_work(books)
    work.basic[:], work.side[:] = -1 - np.arange(books.lower.size), 2
    start(books, work)
    return work


def searched(books, cutoff, *, far=0.3, places=5_000, batch=50):
    works = [begun(books), new_work(books), new_work(books)]
    status, bound, _ = ascend(books, works[0], cutoff, 5_000)
    p = books.cost.size
    record = Record(np.zeros((2, p)), np.zeros((2, p)), np.full(books.first.size - 1, -1), np.array([cutoff, np.inf]))
    pieces = new_pieces(books.lower.size, p, places)
    bounds = []
    if status != 1:
        store(books, works[0], pieces, bound)
    while pieces.number[0]:
        bounds.append(min(pieces.bound[pieces.heap[0]], *record.level))
        explore(books, *works, pieces, record, np.array([4, 8, 30]), 1e-9, far, batch)
    return record, bounds


@pytest.mark.parametrize("seed", range(30))
def test_the_bound_at_the_end_of_the_ascent_is_the_linear_relaxation(seed):
    books = as_books(*instance(seed))
    status, bound, _ = ascend(books, begun(books), 1e3, 5_000)
    exact = relaxation(books)
    if np.isinf(exact):
        assert status == 1
    else:
        assert status == 0
        assert bound == pytest.approx(exact, abs=1e-6)


@pytest.mark.parametrize("far", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("seed", range(40))
def test_the_tree_finds_the_best_answer_and_no_bound_passes_it(seed, far):
    facts = instance(seed)
    best = best_by_enumeration(*facts)
    record, bounds = searched(as_books(*facts), 1e3, far=far, batch=3)
    assert all(bound <= best + 1e-7 for bound in bounds)
    if np.isinf(best):
        assert record.best[0] == -1
    else:
        books = as_books(*facts)
        assert books.cost[record.best].sum() == pytest.approx(best, abs=1e-7)
        assert min(record.level) <= best + 1e-7


def test_a_tree_without_room_finishes_its_pieces_one_by_one():
    facts = instance(5, n=9)
    record, _ = searched(as_books(*facts), 1e3, places=60)
    assert as_books(*facts).cost[record.best].sum() == pytest.approx(best_by_enumeration(*facts), abs=1e-7)


def test_a_cutoff_below_the_optimum_leaves_nothing():
    facts = instance(4)
    best = best_by_enumeration(*facts)
    record, _ = searched(as_books(*facts), best - 0.01)
    assert record.best[0] == -1
    assert min(record.level) == pytest.approx(best - 0.01)


def test_the_bound_holds_at_any_prices():
    facts = instance(7)
    books, best, rng = as_books(*facts), best_by_enumeration(*facts), np.random.default_rng(0)
    work = begun(books)
    for _ in range(50):
        work.price[:] = rng.normal(0, 2, work.price.size)
        assert least_cost(books, work) <= best + 1e-9


@pytest.mark.parametrize("seed", range(10))
def test_another_key_is_another_view_of_the_same_relaxation(seed):
    books = as_books(*instance(seed))
    work = begun(books)
    ascend(books, work, 1e3, 5_000)
    basic = np.flatnonzero(work.basic >= 0)
    for c in basic:
        swap(books, work, c)
    inverse, total, price = work.inverse.copy(), work.total.copy(), work.price.copy()
    factor(books, work)
    assert work.inverse == pytest.approx(inverse, abs=1e-9)
    assert work.total == pytest.approx(total, abs=1e-9)
    if basic.size:
        assert work.price == pytest.approx(price, abs=1e-6)


def test_closing_pairs_beyond_the_reach_keeps_every_answer_below_the_cutoff():
    for seed in range(20):
        facts = instance(seed)
        books, best = as_books(*facts), best_by_enumeration(*facts)
        if np.isinf(best):
            continue
        work = begun(books)
        status, bound, _ = ascend(books, work, best + 1e-6, 5_000)
        assert status == 0
        compact(books, work, best + 1e-6 - bound)
        still = instance(seed)[2].copy()
        still[still] = work.open == 1
        assert best_by_enumeration(facts[0], facts[1], still, facts[3], facts[4]) == pytest.approx(best)


def test_a_copy_goes_its_own_way():
    books = as_books(*instance(2))
    work, other = begun(books), new_work(books)
    load(other, work)
    ascend(books, other, 1e3, 5_000)
    assert not work.price.any()
    load(other, work)
    assert least_cost(books, other) == least_cost(books, work)
