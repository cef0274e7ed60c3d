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


def plain_search(problem, choice, by_rep, rep_first, totals, penalty, sweeps, reach, steepest):
    """The moves of ``search`` by plain loops that keep nothing between them: books and costs are looked up anew."""
    first, rep, excess, amount, lower, upper, price = problem
    k = lower.shape[0]
    item = np.repeat(np.arange(choice.size), np.diff(first))

    def book(j, total):
        over = np.maximum(total - upper[j], 0) + np.maximum(lower[j] - total, 0)
        inside = np.clip(total, lower[j], upper[j])
        rows = np.where(price[j] >= 0, price[j] * (upper[j] - inside), price[j] * (lower[j] - inside))
        return float(np.sum(rows + penalty * over))

    def change(moves):
        books, value = {}, 0.0
        for old, new in moves:
            value += excess[new] - excess[old]
            for pair, sign in ((old, -1), (new, 1)):
                books[rep[pair]] = books.get(rep[pair], totals[rep[pair]]) + sign * amount[pair]
        return value + sum(book(j, total) - book(j, totals[j]) for j, total in books.items())

    def trials(e):
        a = item[e]
        for f in range(first[a], first[a + 1]):
            if f == e:
                continue
            yield [(e, f)]
            begin, end = rep_first[rep[f]], rep_first[rep[f] + 1]
            for e2 in by_rep[begin : min(begin + reach, end)]:
                b = item[e2]
                if choice[b] == e2 and b != a:
                    yield from ([(e, f), (e2, f2)] for f2 in range(first[b], first[b + 1]) if f2 != e2)

    dirty, made = np.ones(k, dtype=bool), 0
    for _ in range(sweeps):
        before = made
        for j in np.arange(k):
            if not dirty[j]:
                continue
            dirty[j] = False
            best, chosen = -1e-7, None
            for place in range(rep_first[j], rep_first[j + 1]):
                e = by_rep[place]
                if choice[item[e]] == e:
                    for moves in trials(e):
                        value = change(moves)
                        if value < best - 1e-12:
                            best, chosen = value, moves
                if chosen is None or (steepest and place + 1 < rep_first[j + 1]):
                    continue
                made += 1
                for old, new in chosen:
                    totals[rep[old]] -= amount[old]
                    totals[rep[new]] += amount[new]
                    choice[item[old]] = new
                    dirty[rep[old]] = dirty[rep[new]] = True
                best, chosen = -1e-7, None
        if made == before:
            break
    return made


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 100_000), st.booleans(), st.floats(1, 500), st.integers(1, 8))
def test_search_makes_the_moves_of_the_plain_loops(seed, steepest, penalty, reach):
    given = problem(seed)
    first, rep, excess, amount, lower, upper, price = given
    k = lower.shape[0]
    by_rep = np.argsort(rep, kind="stable")
    rep_first = np.searchsorted(rep[by_rep], np.arange(k + 1)).astype(np.int64)
    answers = []
    for fast in (True, False):
        choice = first[:-1].copy()
        totals = energy(choice, *given, penalty)[1]
        if fast:
            made = search(
                first, rep, excess, amount, choice, by_rep, rep_first, totals, lower, upper, price, penalty, 4, 2,
                reach, steepest, np.ones(k, dtype=np.bool_),
            )  # fmt: skip
        else:
            made = plain_search(given, choice, by_rep, rep_first, totals, penalty, 4, reach, steepest)
        answers.append((made, choice, totals))
    assert answers[0][0] == answers[1][0]
    assert np.array_equal(answers[0][1], answers[1][1])
    np.testing.assert_allclose(answers[0][2], answers[1][2], atol=1e-9)
