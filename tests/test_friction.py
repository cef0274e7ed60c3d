"""Coverage friction: the price of an hour, a time-zone gap, a language, a vertical (D-LOAD-4)."""

import numpy as np
import pytest

import territory_opt as topt

TABLE = {
    "account_id": ["a", "b"],
    "acv": [100_000.0, 60_000],
    "lat": [40.0, 41],
    "lon": [-90.0, -90],
    "visits": [10, 5],
    "time_zone": ["Pacific/Kiritimati", "America/New_York"],
    "language": ["fr", "en"],
    "vertical": ["retail", ""],
}
REPS = {
    "rep_id": ["r1", "r2"],
    "lat": [40.0, 42],
    "lon": [-90.0, -90],
    "capacity": [1.0, 0.5],
    "time_zone": ["UTC-12", "America/Los_Angeles"],
    "languages": ["en", ""],
    "verticals": ["energy", "retail"],
}


def make(table=TABLE, reps=REPS, **policy):
    accounts, team = topt.Accounts.from_frame(table), topt.Team.from_frame(reps)
    return topt.Problem(accounts, team, policy=topt.Policy(**policy), criteria=[])


def friction(problem):
    return problem.friction(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])).reshape(2, 2)


def hours(problem):
    return problem.hours(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])).reshape(2, 2)


def test_an_hour_costs_the_teams_gross_load_over_its_selling_hours():
    problem = make()
    assert problem.friction_per_hour == pytest.approx(0.6 * 160_000 / (4000 * 1.5))
    np.testing.assert_allclose(friction(problem), problem.friction_per_hour * hours(problem))
    assert any("takes 16 off a book's load" in note for note in problem.notes)


def test_friction_is_off_where_travel_to_the_nearest_rep_takes_most_selling_hours():
    far = {**TABLE, "lat": [60.0, 61.0], "visits": [100, 100]}
    problem = make(far)
    assert hours(problem).min(axis=1).sum() > topt.Policy().friction_share * 4000 * 1.5
    assert problem.friction_per_hour == 0.0
    assert any("friction: off" in note and "%" in note for note in problem.notes)


def test_zero_switches_it_off_and_a_price_of_your_own_replaces_it():
    assert not friction(make(friction_per_hour=0.0)).any()
    own = make(friction_per_hour=7.0)
    np.testing.assert_allclose(friction(own), 7.0 * hours(own))


def test_gaps_of_time_zones_are_counted_around_the_clock():
    problem = make(friction_per_hour=0.0, time_zone_penalty_per_hour=10.0)
    # Kiritimati is +14: two hours from -12, two from -8 + 24; New York is -5.
    np.testing.assert_allclose(friction(problem), [[20.0, 20.0], [70.0, 30.0]])


def test_languages_and_verticals_that_are_not_served_cost_per_account():
    problem = make(friction_per_hour=0.0, language_penalty=5.0, vertical_penalty=100.0)
    assert friction(problem).tolist() == [[105.0, 0.0], [0.0, 0.0]]
    assert problem.measure("load").pair_dependent


def test_without_places_there_is_no_friction():
    table = {name: TABLE[name] for name in ("account_id", "acv")}
    problem = make(table, {"rep_id": ["r1", "r2"]})
    assert problem.friction_per_hour == 0.0
    assert not problem.measure("load").pair_dependent


def test_zones_that_are_not_understood_are_counted_with_an_example():
    table = {**TABLE, "time_zone": ["Foo/Bar", ""]}
    notes = " ".join(make(table, time_zone_penalty_per_hour=10.0).notes)
    assert "no time-zone gap is counted for 2 accounts and 0 reps" in notes
    assert "accounts time_zone: 1 row holds no time zone, such as 'Foo/Bar'" in notes
