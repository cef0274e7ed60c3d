"""The ensemble against full enumeration, and what its chains must keep."""

from __future__ import annotations

import itertools
import json
import pickle
import sys

import numpy as np
import pytest

import territory_opt as topt
from territory_opt import metrics
from territory_opt.fairness.ensemble_space import plan_space
from territory_opt.fairness.ensemble_standing import standing_of
from territory_opt.fairness.ensemble_walk import Walk
from territory_opt.rng import generator

ACV = [90e3, 80e3, 70e3, 60e3, 50e3, 40e3, 30e3]


def problem_of(criteria, acv=ACV, n_reps=3, accounts=None, reps=None) -> topt.Problem:
    table = {"account_id": [f"a{i}" for i in range(len(acv))], "acv": list(acv)} | (accounts or {})
    team = {"rep_id": [f"r{j}" for j in range(n_reps)]} | (reps or {})
    policy = topt.Policy(friction_per_hour=0.0)
    return topt.Problem(topt.Accounts.from_frame(table), topt.Team.from_frame(team), policy=policy, criteria=criteria)


def feasible_plans(problem: topt.Problem) -> set[tuple[int, ...]]:
    """Every plan that keeps every limit, by the independent evaluation."""
    every = itertools.product(range(problem.n_reps), repeat=problem.n_accounts)
    return {p for p in every if topt.evaluate(problem, topt.Alignment.from_index(problem, list(p))).feasible}


def reachable(plans: set[tuple[int, ...]], start: tuple[int, ...], n_reps: int, items=None) -> set[tuple[int, ...]]:
    """Plans that moves of one item and swaps of two reach through feasible plans; an item is a list of accounts."""
    items = items or [[i] for i in range(len(start))]
    seen, todo = {start}, [start]
    while todo:
        plan = todo.pop()
        near = []
        for item in items:
            near += [_moved(plan, [(item, rep)]) for rep in range(n_reps)]
        for one, other in itertools.combinations(items, 2):
            near.append(_moved(plan, [(one, plan[other[0]]), (other, plan[one[0]])]))
        new = {other for other in near if other in plans and other not in seen}
        seen |= new
        todo += new
    return seen


def _moved(plan: tuple[int, ...], moves) -> tuple[int, ...]:
    to = {i: rep for item, rep in moves for i in item}
    return tuple(to.get(i, rep) for i, rep in enumerate(plan))


LIMITS = {
    "mean band": [topt.Balance("tam", within=0.4)],
    "median band and apart": [topt.Balance("load", within=0.45, of="median"), topt.Apart([("a0", "a1")])],
    "absolute band and locks": [topt.Balance("tam", between=(60e3, 200e3)), topt.Lock({"a0": "r0"})],
    "families, forbidden pairs, accounts": [
        topt.Balance("accounts", between=(1, 4)),
        topt.Together([["a2", "a3"]]),
        topt.Forbid([("a6", "r2")]),
    ],
    "travel cap and near reps": [topt.Balance("tam", within=0.6), topt.Travel(share_at_most=0.05)],
    "disruption cap": [topt.Balance("tam", within=0.6), topt.Disruption("acv", at_most=0.5)],
}
OWNERS = {"owner": ["r0", "r1", "r2", "r0", "r1", "r2", ""]}


@pytest.mark.parametrize("name", LIMITS)
def test_the_walk_visits_every_reachable_plan_equally_often_and_no_other(name, monkeypatch) -> None:
    accounts, reps = OWNERS, {}
    if "travel" in name:
        # Two of the three reps are near to an account, so that near moves are not moves to any rep.
        monkeypatch.setattr(sys.modules["territory_opt.fairness.ensemble_space"], "_NEAR", 2)
        accounts = OWNERS | {"lat": [40.0 + 0.5 * i for i in range(7)], "lon": [-80.0] * 7}
        reps = {"lat": [40.0, 41.5, 43.0], "lon": [-80.0, -80.0, -80.0]}
    problem = problem_of(LIMITS[name], accounts=accounts, reps=reps)
    plans = feasible_plans(problem)
    start = min(plans)
    family = [[0], [1], [2, 3], [4], [5], [6]] if "families" in name else None
    expected = reachable(plans, start, 3, family)
    assert len(expected) > 20
    space = plan_space(problem, topt.Alignment.from_index(problem, list(start)), bands=True)
    walk = Walk(space, 2000, generator(7), 400)
    walk.advance(200)
    counts: dict[tuple[int, ...], int] = {}
    for _ in range(20):
        walk.advance(20)
        for row in walk.plans[:, space.groups.index].tolist():
            counts[tuple(row)] = counts.get(tuple(row), 0) + 1
    assert set(counts) <= expected
    if len(expected) <= 400:
        assert set(counts) == expected
    drawn = np.array([counts.get(plan, 0) for plan in expected], dtype=float)
    # Squared deviation from uniform, beyond what independent draws have: none.
    mean = drawn.mean()
    excess = ((drawn - mean) ** 2).mean() / mean - 1.0
    assert excess < 0.5


def test_the_compiled_walk_makes_the_same_moves() -> None:
    rng = np.random.default_rng(2)
    n = 60
    accounts = {
        "lat": rng.uniform(38, 42, n),
        "lon": rng.uniform(-90, -84, n),
        "owner": [f"r{i % 4}" for i in range(n)],
        "vertical": [["Retail", "Energy"][i % 2] for i in range(n)],
    }
    reps = {"lat": [39.0, 40, 41, 40], "lon": [-89.0, -87, -86, -85], "verticals": ["", "", "Retail", ""]}
    problem = problem_of([], rng.uniform(2e4, 6e4, n), 4, accounts, reps)
    problem = problem.replace(policy=problem.policy.replace(friction_per_hour=20.0))
    plan = topt.solve(
        problem.with_criteria(topt.Balance("tam", within=0.1), topt.Eligible("vertical")), gap=0.1
    ).alignment
    problem = problem.with_criteria(
        topt.Balance("load", within=0.5, of="median"),
        topt.Balance("tam", within=0.4),
        topt.Balance("account_units", within=0.6, of="median"),
        topt.Travel(share_at_most=0.9),
        topt.Eligible("vertical"),
        topt.Disruption("acv", at_most=0.95),
        topt.Apart([("a0", "a1"), ("a0", "a2"), ("a5", "a6")]),
    )
    if not topt.evaluate(problem, plan).feasible:
        plan = topt.solve(problem, gap=0.2).alignment
    space = plan_space(problem, plan, bands=True, travel_within=2.0)
    plain, compiled = (Walk(space, 6, generator(3), 100) for _ in range(2))
    compiled.compiled = True
    for walk in (plain, compiled):
        walk.advance(3000)
    assert plain.n_made == compiled.n_made > 500
    np.testing.assert_array_equal(plain.plans, compiled.plans)
    np.testing.assert_allclose(plain.books, compiled.books)
    for row in plain.plans[:, space.groups.index]:
        assert topt.evaluate(problem, topt.Alignment.from_index(problem, row)).feasible


def test_the_percentile_is_that_of_full_enumeration() -> None:
    problem = problem_of([topt.Balance("tam", within=0.5)])
    plans = feasible_plans(problem)
    plan = (0, 1, 2, 2, 1, 0, 0)
    assert plan in plans
    books = np.array([np.bincount(p, weights=ACV, minlength=3) for p in reachable(plans, plan, 3)])
    spread = books.std(axis=1) / books.mean(axis=1)
    mine = np.bincount(plan, weights=ACV, minlength=3)
    cv = mine.std() / mine.mean()
    exact = (spread > cv + 1e-12).mean() + 0.5 * (np.abs(spread - cv) <= 1e-12).mean()
    found = topt.ensemble(
        problem, topt.Alignment.from_index(problem, list(plan)), draws=4000, measures=["tam"], n_chains=40
    )
    row = found.standing("tam")
    assert row.plan == pytest.approx(cv)
    assert row.fairer_than == pytest.approx(exact, abs=0.03)
    assert row.low <= exact <= row.high
    assert row.mean == pytest.approx(spread.mean(), rel=0.03)
    assert found.mixed


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    problem = problem_of([topt.Balance("tam", within=0.6)])
    plan = topt.solve(problem).alignment
    one, two, three = (topt.ensemble(problem, plan, draws=400, seed=seed, measures=["tam"]) for seed in (1, 1, 2))
    key = ("tam", "cv")
    np.testing.assert_array_equal(one.draws[key], two.draws[key])
    assert not np.array_equal(one.draws[key], three.draws[key])


def test_without_bands_the_population_is_wider() -> None:
    problem = problem_of([topt.Balance("tam", within=0.3)])
    plan = topt.solve(problem).alignment
    inside, outside = (topt.ensemble(problem, plan, measures=["tam"], bands=bands) for bands in (True, False))
    assert outside.standing("tam").p95 > inside.standing("tam").p95
    assert outside.population == ()
    assert any("bands are left out" in note for note in outside.notes)


def test_random_plans_keep_the_travel_that_is_asked_for() -> None:
    n = 12
    accounts = {"lat": [40.0] * n, "lon": [-80.0 - 0.3 * i for i in range(n)]}
    reps = {"lat": [40.0, 40.0], "lon": [-80.0, -83.0]}
    problem = problem_of([], [5e4] * n, 2, accounts, reps)
    plan = topt.Alignment.from_index(problem, [0] * 6 + [1] * 6)
    hours = topt.evaluate(problem, plan).books["travel_hours"].sum()
    free = topt.ensemble(problem, plan, measures=["accounts"])
    near = topt.ensemble(problem, plan, measures=["accounts"], travel_within=0.5)
    assert near.draws["travel_hours", "total"].max() <= 1.5 * hours * (1 + 1e-5)
    assert free.draws["travel_hours", "total"].max() > 1.5 * hours
    assert any("pay no attention to travel" in note for note in free.notes)


def test_chains_that_hardly_move_are_reported_not_quoted() -> None:
    # No burn-in, and a draw after every single proposal: the chains are still at the plan.
    rng = np.random.default_rng(0)
    problem = problem_of([topt.Balance("tam", within=0.5)], rng.uniform(1e4, 9e4, 60))
    plan = topt.solve(problem, gap=0.5).alignment
    with pytest.warns(topt.TerritoryOptWarning, match="the chains mix badly"):
        found = topt.ensemble(problem, plan, draws=80, measures=["tam"], burn_in=0.0, thin=0.01)
    assert not found.mixed
    assert "not to be quoted" in str(found)


def test_a_plan_that_nothing_else_can_be_reached_from_has_no_percentile() -> None:
    # 10 + 20 + 40 against 70, to the cent: no move and no swap keeps that.
    problem = problem_of([topt.Balance("tam", within=0.0)], [10e3, 20e3, 40e3, 70e3], 2)
    plan = topt.Alignment.from_index(problem, [0, 0, 0, 1])
    with pytest.raises(topt.CriterionError, match="nothing else can be reached from the plan"):
        topt.ensemble(problem, plan, draws=80, measures=["tam"])


def test_plans_that_differ_by_rounding_only_are_ties() -> None:
    # 0.1 + 0.2 + 0.3 and 0.6 are equal books; their CV is a rounding error of the sums, not a spread.
    books = np.array([[0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1, 0.6], [0.6, 0.6, 0.6], [0.2 + 0.3 + 0.1, 0.6, 0.6]])
    plan, even, odd = metrics.cv(books)
    assert len({float(plan), float(even), float(odd)}) > 1
    row = standing_of(("tam", "cv"), float(plan), np.array([[even, odd, even, odd]] * 2))
    assert row.fairer_than == 0.5


def test_a_problem_made_of_arrays_is_judged_by_its_own_measures() -> None:
    rng = np.random.default_rng(1)
    problem = topt.Problem.from_arrays(rng.random((12, 3)), measures={"hours": rng.uniform(1, 9, 12)})
    plan = topt.Alignment.from_index(problem, np.arange(12) % 3)
    found = topt.ensemble(problem, plan, draws=200)
    assert {row.measure for row in found.standings} == {"hours", "accounts"}


def test_a_plan_that_breaks_a_limit_and_one_that_cannot_move_are_refused() -> None:
    problem = problem_of([topt.Balance("tam", within=0.05)])
    broken = topt.Alignment.from_index(problem, [0] * 7)
    with pytest.raises(topt.CriterionError, match="the plan does not keep: TAM"):
        topt.ensemble(problem, broken)
    locked = problem_of([topt.Lock({f"a{i}": "r0" for i in range(7)})])
    with pytest.raises(topt.CriterionError, match="the plan is the only one"):
        topt.ensemble(locked, topt.Alignment.from_index(locked, [0] * 7))


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"draws": 10}, "at least 4 per chain"),
        ({"n_chains": 1}, "at least 2"),
        ({"burn_in": -1.0}, "burn_in"),
        ({"thin": 0.0}, "thin"),
        ({"measures": "tam"}, "is a list"),
        ({"measures": ["joy"]}, "no measure"),
        ({"travel_within": 0.1}, "no travel hours"),
        ({"draws": 100.0}, "draws=100.0 must be a whole number"),
        ({"n_chains": "4"}, "n_chains='4' must be a whole number"),
        ({"burn_in": "long"}, "burn_in='long' must be a number"),
        ({"thin": None}, "thin=None must be a number"),
        ({"seed": -1}, "seed=-1 must be a whole number"),
        ({"bands": "no"}, "bands='no' must be True or False"),
        ({"measures": []}, "must name one measure"),
        ({"measures": 5}, "must name one measure"),
    ],
)
def test_unusable_options_are_refused(option, said) -> None:
    problem = problem_of([])
    with pytest.raises(topt.CriterionError, match=said):
        topt.ensemble(problem, topt.Alignment.from_index(problem, [0, 1, 2, 0, 1, 2, 0]), **option)


def test_a_limit_the_walk_does_not_know_is_refused() -> None:
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Odd:
        key: str = "odd"
        is_limit: bool = True

        def describe(self) -> str:
            return "something odd"

    problem = problem_of([])
    problem.__dict__["criteria"] = (Odd(),)
    with pytest.raises(topt.UnsupportedError, match="something odd"):
        topt.ensemble(problem, topt.Alignment.from_index(problem, [0, 1, 2, 0, 1, 2, 0]))


def test_an_ensemble_prints_pickles_and_turns_into_json() -> None:
    problem = problem_of([topt.Balance("tam", within=0.6)])
    found = topt.ensemble(problem, topt.solve(problem).alignment, draws=400, measures=["tam"])
    again = pickle.loads(pickle.dumps(found))
    assert again.standings == found.standings
    assert not again.draws["tam", "cv"].flags.writeable
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["n_draws"] == 400
    assert "random feasible plans" in str(found)
    assert "<table>" in found._repr_html_()
    assert list(found.to_frame()["metric"]) == ["cv", "gini", "max_min"]
    with pytest.raises(topt.CriterionError, match="there are"):
        found.standing("load")


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (1.0, "100%"),
        (0.9997, "more than 99.9%"),
        (0.9951, "99.5%"),
        (0.97, "97%"),
        (0.0002, "less than 0.1%"),
        (0.0, "0%"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_none(share, said) -> None:
    from territory_opt.fairness.ensemble_display import _share

    assert _share(share) == said


def test_the_limits_kept_are_printed_on_one_line_whatever_a_header_holds() -> None:
    header = "value\n<b>\x1b[31m"
    accounts = topt.Accounts.from_frame(
        {"account_id": [f"a{i}" for i in range(7)], "acv": ACV, header: ACV}, measures=[header]
    )
    name = accounts.measures[0]
    problem = topt.Problem(
        accounts, topt.Team.from_frame({"rep_id": ["r0", "r1"]}), criteria=[topt.Balance(name, within=0.9)]
    )
    found = topt.ensemble(problem, topt.Alignment.from_index(problem, [0, 1, 0, 1, 0, 1, 0]), draws=600)
    text, html = str(found), found._repr_html_()
    (kept,) = [line for line in text.splitlines() if line.startswith("Limits kept: ")]
    assert kept.endswith("within 90% of the mean") and "\x1b" not in text
    assert "<b>" not in html
