"""Homes of reps that have none: among the accounts, spread out, in the middle of books."""

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.solvers.homes import choose_homes, homes_in_limits, homes_matter, recentred


def problem(n=60, k=3, reps=None, seed=0, criteria=(), **policy):
    rng = np.random.default_rng(seed)
    centre = np.array([[34.0, -118], [41, -88], [29, -95]])[np.arange(n) % 3]
    place = centre + rng.normal(0, 0.3, (n, 2))
    accounts = topt.Accounts.from_frame(
        {"account_id": [f"a{i}" for i in range(n)], "acv": [1000.0] * n, "lat": place[:, 0], "lon": place[:, 1]}
    )
    team = topt.Team.open(k) if reps is None else topt.Team.from_frame(reps)
    return topt.Problem(accounts, team, criteria=criteria, policy=topt.Policy(**policy))


def test_homes_are_accounts_one_in_every_city():
    for seed in range(5):
        homes = choose_homes(problem(), seed)
        assert sorted(homes % 3) == [0, 1, 2]


def test_the_same_seed_gives_the_same_homes():
    assert choose_homes(problem(), 4).tolist() == choose_homes(problem(), 4).tolist()


def test_reps_with_a_home_get_none():
    reps = {"rep_id": ["r1", "r2", "r3"], "lat": [34.0, np.nan, np.nan], "lon": [-118.0, np.nan, np.nan]}
    homes = choose_homes(problem(reps=reps), 1)
    assert homes[0] == -1
    assert sorted(homes[1:] % 3) == [1, 2]


def test_recentring_finds_the_account_with_least_travel_to_its_book():
    stated = problem(criteria=[topt.Travel(weight=1)])
    books = np.arange(60) % 3
    homes = recentred(stated, books, np.array([0, 1, 2]), 1)
    everyone = np.arange(60)
    for rep in range(3):
        book = everyone[books == rep]
        travel = {
            home: stated.hours(book, np.full(len(book), rep), np.where(np.arange(3) == rep, home, 0)).sum()
            for home in book
        }
        assert travel[homes[rep]] == pytest.approx(min(travel.values()))


def test_an_empty_book_keeps_its_home():
    assert recentred(problem(), np.zeros(60, dtype=int), np.array([3, 4, 5]), 1)[1:].tolist() == [4, 5]


def test_accounts_that_are_nowhere_are_no_homes():
    accounts = topt.Accounts.from_frame(
        {
            "account_id": list("abcd"),
            "acv": [9.0, 9, 1, 1],
            "lat": [np.nan, np.nan, 40, 41],
            "lon": [np.nan, np.nan, -90, -90],
        }
    )
    stated = topt.Problem(accounts, topt.Team.open(2), criteria=[topt.Travel(weight=1)])
    assert set(choose_homes(stated, 0).tolist()) <= {2, 3}
    assert set(topt.solve(stated, time_limit=5).alignment.home_index.tolist()) <= {2, 3}
    with pytest.raises(topt.DataError, match="row 1, column 'home_index': 'b' has no known place"):
        topt.Alignment.from_index(stated, [0, 0, 1, 1], [2, 1])


def test_accounts_all_in_one_place_are_no_trouble():
    accounts = topt.Accounts.from_frame(
        {"account_id": list("abcd"), "acv": [0.0] * 4, "lat": [40.0] * 4, "lon": [-90.0] * 4}
    )
    stated = topt.Problem(
        accounts, topt.Team.open(2), criteria=[topt.Travel(weight=1), topt.Balance("accounts", within=0.0)]
    )
    assert topt.solve(stated).objective == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("criterion", "matter", "in_limits"),
    [
        (topt.Travel(weight=1), True, False),
        (topt.Travel(share_at_most=0.5), True, True),
        (topt.Balance("travel_hours", within=0.5), True, True),
        (topt.Balance("travel_hours", within=0.5, weight=1.0), True, False),
        (topt.Balance("load", within=0.5), True, True),
        (topt.Balance("tam", within=0.5), False, False),
        (topt.BookLimits("load", upper=1e6), True, True),
        (topt.BookLimits("tam", upper=1e6), False, False),
        (topt.Variation("load", at_most=0.5), True, True),
        (topt.Variation("travel_hours", at_most=0.5), True, True),
        (topt.Variation("tam", at_most=0.5), False, False),
    ],
)
def test_homes_matter_where_a_criterion_travels(criterion, matter, in_limits):
    stated = problem(criteria=[criterion], friction_per_hour=1.0)
    assert (homes_matter(stated), homes_in_limits(stated)) == (matter, in_limits)


def test_load_without_friction_does_not_travel():
    assert not homes_matter(problem(criteria=[topt.Balance("load", within=0.5)], friction_per_hour=0.0))


@pytest.mark.parametrize("solver", ["highs", "lagrangian"])
@pytest.mark.parametrize(
    "limit",
    [
        topt.Variation("load", at_most=0.02),
        topt.Variation("travel_hours", at_most=0.4),
        topt.BookLimits("load", lower=9e4),
    ],
)
def test_a_limit_on_load_or_hours_alone_is_kept_at_the_homes_that_are_chosen(limit, solver):
    rng = np.random.default_rng(3)
    n = 12
    accounts = topt.Accounts.from_frame(
        {
            "account_id": [f"a{i}" for i in range(n)],
            "acv": rng.integers(20, 90, n) * 1e3,
            "lat": rng.uniform(35, 45, n),
            "lon": rng.uniform(-100, -80, n),
            "owner": [f"r{j}" for j in rng.integers(0, 3, n)],
        }
    )
    team = topt.Team.from_frame({"rep_id": ["r0", "r1", "r2"]})
    stated = topt.Problem(
        accounts, team, policy=topt.Policy(friction_per_hour=30.0), criteria=[limit, topt.Disruption("acv", weight=1.0)]
    )
    result = topt.solve(stated, solver=solver, time_limit=10)
    assert not result.has_alignment or result.evaluation.feasible
    assert result.has_alignment or result.termination.reason is not topt.Reason.INFEASIBLE
