"""Generalised assignment by its knapsacks, held against HiGHS and enumeration."""

import itertools
import math
import time

import numpy as np
import pytest

import territory_opt as topt
import territory_opt.solvers.knapsack_search as module
from territory_opt.solvers.attempt import Request
from territory_opt.solvers.knapsack_search import lay_knapsacks, search_knapsacks
from territory_opt.termination import Limit


@pytest.fixture(autouse=True)
def _any_size(monkeypatch):
    monkeypatch.setattr(module, "_FEWEST_PAIRS", 1)


def request(seconds=20.0, gap=0.0, **more):
    now = time.perf_counter()
    return Request(deadline=now + seconds, gap=gap, seed=1, threads=1, started=now, **more)


def case(seed, n=7, k=3, tight=0.8, whole=True):
    rng = np.random.default_rng(seed)
    weight = rng.integers(3, 20, (n, k))
    cost = rng.integers(-9, 40, (n, k)) if whole else rng.normal(0.0, 1.0, (n, k))
    room = np.floor(tight * weight.sum(axis=0) / k)
    eligible = rng.random((n, k)) < 0.9
    eligible[np.arange(n), rng.integers(0, k, n)] = True
    return (
        topt.Problem.from_arrays(cost, measures={"w": weight}, upper={"w": room}, eligible=eligible),
        cost,
        weight,
        room,
    )


def hard(seed, n=60, k=6):
    """Type d of the literature: what is cheap is heavy."""
    rng = np.random.default_rng(seed)
    weight = rng.integers(1, 101, (n, k))
    cost = 111 - weight + rng.integers(-10, 11, (n, k))
    room = np.floor(0.8 * weight.sum(axis=0) / k)
    return topt.Problem.from_arrays(cost, measures={"w": weight}, upper={"w": room}), cost


def truth(problem, cost, weight, room):
    best = math.inf
    mask = next(c.mask for c in problem.criteria if isinstance(c, topt.Eligible))
    n, k = cost.shape
    for reps in itertools.product(range(k), repeat=n):
        reps = np.array(reps)
        rows = np.arange(n)
        load = np.bincount(reps, weights=weight[rows, reps], minlength=k)
        if mask[rows, reps].all() and (load <= room).all():
            best = min(best, cost[rows, reps].sum())
    return best


@pytest.mark.parametrize("whole", [True, False], ids=["whole costs", "any costs"])
@pytest.mark.parametrize("seed", range(12))
def test_it_is_optimal_or_proves_that_there_is_none(seed, whole) -> None:
    problem, *arrays = case(seed, tight=0.75 + 0.05 * (seed % 4), whole=whole)
    best = truth(problem, *arrays)
    found = search_knapsacks(lay_knapsacks(problem, None), request())
    if math.isinf(best):
        assert found.infeasible
        return
    score = topt.evaluate(problem, topt.Alignment.from_index(problem, found.rep_index))
    assert score.feasible
    assert score.objective == pytest.approx(best, abs=1e-6)
    assert best - 1e-5 <= found.bound <= best + 1e-9


@pytest.mark.parametrize("seed", [1, 2])
def test_middle_sizes_agree_with_highs(seed) -> None:
    problem, *_ = case(seed, n=40, k=4, tight=0.9)
    reference = topt.solve(problem, solver="highs", gap=0.0, time_limit=60)
    assert reference.termination.reason is topt.Reason.OPTIMAL
    result = topt.solve(problem, solver="exact", gap=0.0, time_limit=30)
    assert result.termination.reason is topt.Reason.OPTIMAL
    assert result.objective == reference.objective
    rough = search_knapsacks(lay_knapsacks(problem, None), request(gap=0.05))
    level = topt.evaluate(problem, topt.Alignment.from_index(problem, rough.rep_index)).objective
    assert rough.bound <= reference.objective
    assert level - rough.bound <= 0.05 * abs(level) + 1e-9


def test_families_locks_and_prices_are_part_of_it() -> None:
    problem, *_ = case(3, n=8, k=3, tight=1.2)
    mask = next(c.mask for c in problem.criteria if isinstance(c, topt.Eligible))
    rep = int(np.flatnonzero(mask[0])[0])
    problem = problem.with_criteria(topt.Together([("a2", "a3")]), topt.Lock({"a1": f"r{rep + 1}"}))
    knapsacks = lay_knapsacks(problem, None)
    assert knapsacks.cost.shape == (7, 3)
    found = search_knapsacks(knapsacks, request())
    reference = topt.solve(problem, solver="highs", gap=0.0)
    assert found.infeasible == (not reference.has_alignment)
    if reference.has_alignment:
        assert found.rep_index[0] == rep
        assert found.rep_index[1] == found.rep_index[2]
        assert found.bound == pytest.approx(reference.objective)


@pytest.mark.parametrize(
    "more",
    [
        topt.Balance("w", between=(1, 50)),
        topt.Balance("w", within=0.5),
        topt.Balance("w", between=(0, 50), weight=1.0),
        topt.Balance("accounts", between=(0, 5)),
        topt.Apart([("a1", "a2")]),
    ],
    ids=["a lower limit", "a floating band", "an elastic band", "two limits", "kept apart"],
)
def test_what_is_more_than_generalised_assignment_is_left_to_others(more) -> None:
    problem, *_ = case(1)
    base = problem.without_criteria("book_limits") if more.key == ("balance", "w") else problem
    assert lay_knapsacks(base.with_criteria(more), None) is None


def test_weights_that_are_not_whole_or_books_that_are_huge_are_left_to_others() -> None:
    for weight, room in (([0.5, 1.0, 2.0], 3.0), ([1, 1_000_003, 3], 2_000_000.0)):
        problem = topt.Problem.from_arrays(np.ones((3, 2)), measures={"w": weight}, upper={"w": room})
        assert lay_knapsacks(problem, None) is None
    money = topt.Problem.from_arrays(np.ones((3, 2)), measures={"w": [5e6, 1e7, 1.5e7]}, upper={"w": 1.6e7})
    assert lay_knapsacks(money, None).room.tolist() == [3, 3]


def test_a_start_is_kept_and_the_clock_and_a_cancel_are_heard() -> None:
    problem, cost = hard(5)
    knapsacks = lay_knapsacks(problem, None)
    start = topt.solve(problem, solver="highs", gap=0.2, time_limit=10).alignment.rep_index
    level = cost[np.arange(60), start].sum()
    cancel = topt.Cancel()
    cancel.request()
    stopped = search_knapsacks(knapsacks, request(start=start, cancel=cancel))
    assert stopped.limit is Limit.INTERRUPTED
    assert cost[np.arange(60), stopped.rep_index].sum() <= level
    assert np.isfinite(stopped.bound)
    late = search_knapsacks(knapsacks, request(seconds=0.0))
    assert late.limit is Limit.TIME
    assert late.bound <= level


def test_events_only_ever_improve() -> None:
    problem, _ = hard(6, n=40, k=5)
    events = []
    result = topt.solve(problem, solver="exact", gap=0.0, time_limit=20, on_event=events.append)
    objectives = [e.objective for e in events if e.objective is not None]
    bounds = [e.bound for e in events if e.bound is not None]
    assert objectives == sorted(objectives, reverse=True)
    assert bounds == sorted(bounds)
    assert result.objective == objectives[-1]


def test_the_bound_of_the_root_is_that_of_the_knapsacks_not_of_the_linear_relaxation() -> None:
    problem, _ = hard(7, n=40, k=5)
    search = module._Search(lay_knapsacks(problem, None), request())
    search.root()
    from territory_opt.formulation import formulate
    from territory_opt.solvers.highs import relaxed_bound

    best = topt.solve(problem, solver="exact", gap=0.0, time_limit=30)
    assert best.termination.reason is topt.Reason.OPTIMAL
    assert math.ceil(relaxed_bound(formulate(problem).program) - 1e-6) - 1 <= search.bound <= best.objective
    assert search.objective >= best.objective
