"""Envy against a slow independent count, and what it means by capacity and eligibility."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import territory_opt as topt


def problem_of(acv, capacity, criteria=(), accounts=None, reps=None) -> topt.Problem:
    table = {"account_id": [f"a{i}" for i in range(len(acv))], "acv": [float(v) for v in acv]} | (accounts or {})
    team = {"rep_id": [f"r{j}" for j in range(len(capacity))], "capacity": capacity} | (reps or {})
    rules = topt.Policy(friction_per_hour=0.0)
    return topt.Problem(
        topt.Accounts.from_frame(table), topt.Team.from_frame(team), policy=rules, criteria=list(criteria)
    )


def slow(value, plan, capacity, may):
    """Envy of every rep in plain loops: value[i][j], may[i][j]."""
    n, k = len(plan), len(capacity)
    wants, envy, up_to_one = [], [], []
    for j in range(k):
        worth = [sum(value[i][j] for i in range(n) if plan[i] == b and may[i][j]) / capacity[b] for b in range(k)]
        best = [
            max([value[i][j] for i in range(n) if plan[i] == b and may[i][j]] + [0.0]) / capacity[b] for b in range(k)
        ]
        gain = [worth[b] - worth[j] for b in range(k)]
        top = max(range(k), key=lambda b: gain[b])
        envious = gain[top] > 1e-6
        wants.append(top if envious else -1)
        envy.append(gain[top] if envious else 0.0)
        up_to_one.append(all(gain[b] - best[b] <= 1e-6 for b in range(k)))
    return wants, envy, up_to_one


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_it_agrees_with_a_slow_count(data) -> None:
    k = data.draw(st.integers(1, 4))
    n = data.draw(st.integers(k, 9))
    acv = data.draw(st.lists(st.integers(0, 9).map(lambda v: 1000.0 * v), min_size=n, max_size=n))
    capacity = data.draw(st.lists(st.sampled_from([0.5, 0.8, 1.0]), min_size=k, max_size=k))
    plan = data.draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n))
    may = np.array(data.draw(st.lists(st.lists(st.booleans(), min_size=k, max_size=k), min_size=n, max_size=n)))
    may[np.arange(n), plan] = True
    problem = problem_of(acv, capacity, [topt.Eligible(may)])
    found = topt.envy(problem, topt.Alignment.from_index(problem, plan), measure="tam")
    wants, envy, up_to_one = slow([[v] * k for v in acv], plan, capacity, may)
    assert found.envy.tolist() == pytest.approx(envy)
    assert found.up_to_one.tolist() == up_to_one
    assert [w < 0 for w in found.wanted_index.tolist()] == [w < 0 for w in wants]


def test_the_book_wanted_most_is_named() -> None:
    problem = problem_of([9e4, 7e4, 2e4, 1e4], [1.0, 1.0], reps={"name": ["Ana", "Bo"]})
    found = topt.envy(problem, topt.Alignment.from_index(problem, [0, 0, 1, 1]), measure="tam")
    frame = found.to_frame().set_index("rep_id")
    assert frame.loc["r1", "wants_name"] == "Ana"
    assert frame.loc["r1", "envy"] == pytest.approx(130e3)
    assert frame.loc["r1", "envy_share"] == pytest.approx(130 / 30)
    assert frame.loc["r0", "wants_id"] is None
    assert found.n_admirers.tolist() == [1, 0]
    assert "Ana" in str(found)


def test_a_book_cut_to_the_reps_capacity_is_not_envied() -> None:
    problem = problem_of([100e3, 80e3], [1.0, 0.8])
    found = topt.envy(problem, topt.Alignment.from_index(problem, [0, 1]), measure="tam")
    assert found.envy_free_share == 1.0


def test_what_a_rep_may_not_serve_is_worth_nothing_to_it() -> None:
    accounts = {"vertical": ["Retail", "Energy"]}
    reps = {"verticals": ["Retail;Energy", "Energy"]}
    plan = [0, 1]
    free = problem_of([100e3, 10e3], [1.0, 1.0], (), accounts, reps)
    bound = problem_of([100e3, 10e3], [1.0, 1.0], [topt.Eligible("vertical")], accounts, reps)
    soft = problem_of([100e3, 10e3], [1.0, 1.0], [topt.Eligible("vertical", weight=1.0)], accounts, reps)
    share = [topt.envy(p, topt.Alignment.from_index(p, plan)).envy_free_share for p in (free, bound, soft)]
    assert share == [0.5, 1.0, 0.5]


def test_forbidden_accounts_and_junior_reps_count_and_locks_do_not() -> None:
    accounts = {"tier": ["A", "C"]}
    reps = {"tenure_years": [9.0, 1.0]}
    plan = [0, 1]

    def free_share(*criteria) -> float:
        problem = problem_of([100e3, 10e3], [1.0, 1.0], criteria, accounts, reps)
        return topt.envy(problem, topt.Alignment.from_index(problem, plan)).envy_free_share

    assert free_share(topt.Forbid([("a0", "r1")])) == 1.0
    assert free_share(topt.Seniority("A", min_years=3)) == 1.0
    assert free_share(topt.Lock({"a0": "r0"})) == 0.5


def test_a_family_counts_as_one_account() -> None:
    acv = [40e3, 40e3, 10e3]
    alone = problem_of(acv, [1.0, 1.0])
    family = problem_of(acv, [1.0, 1.0], [topt.Together([["a0", "a1"]])])
    found = [topt.envy(p, topt.Alignment.from_index(p, [0, 0, 1])).up_to_one.tolist() for p in (alone, family)]
    assert found == [[True, False], [True, True]]


def test_load_counts_travel_from_the_envious_reps_home() -> None:
    accounts = {"lat": [40.0, 40.0], "lon": [-75.0, -100.0]}
    reps = {"lat": [40.0, 40.0], "lon": [-75.0, -100.0]}
    near = problem_of([100e3, 60e3], [1.0, 1.0], (), accounts, reps)
    far = near.replace(policy=near.policy.replace(friction_per_hour=600.0))
    share = [topt.envy(p, topt.Alignment.from_index(p, [0, 1])).envy_free_share for p in (near, far)]
    assert share == [0.5, 1.0]


def test_blocks_give_the_same_as_one_piece(monkeypatch) -> None:
    rng = np.random.default_rng(3)
    problem = problem_of(rng.uniform(1e3, 9e4, 60), [1.0] * 7)
    plan = topt.Alignment.from_index(problem, rng.integers(0, 6, 60))
    whole = topt.envy(problem, plan)
    # The module has the name of its function, which is what an import would find.
    monkeypatch.setattr(sys.modules["territory_opt.fairness.envy"], "_BLOCK", 120)
    parts = topt.envy(problem, plan)
    for name in ("own", "envy", "wanted_index", "n_envied", "up_to_one", "n_admirers"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))
    assert json.dumps(whole.to_dict(), allow_nan=False)


def test_names_are_escaped_and_one_rep_envies_nobody() -> None:
    problem = problem_of([1e4, 9e4], [1.0, 1.0], reps={"name": ["<i>Ana", "Bo"]})
    assert "<i>Ana" not in topt.envy(problem, topt.Alignment.from_index(problem, [0, 1]))._repr_html_()
    single = problem_of([1e4], [1.0])
    assert topt.envy(single, topt.Alignment.from_index(single, [0])).up_to_one_share == 1.0


def test_an_unknown_measure_is_refused() -> None:
    problem = problem_of([1e4], [1.0])
    with pytest.raises(topt.CriterionError, match="no measure"):
        topt.envy(problem, topt.Alignment.from_index(problem, [0]), measure="joy")


def test_an_alignment_of_other_accounts_is_refused() -> None:
    problem, other = problem_of([1e4, 2e4], [1.0]), problem_of([1e4], [1.0])
    with pytest.raises(topt.DataError, match="other accounts"):
        topt.envy(problem, topt.Alignment.from_index(other, [0]))
