"""Places: positions, yearly hours, and the user's own travel times."""

import numpy as np
import pytest

import territory_opt as topt
from ground_truth import distance_km

TABLE = {
    "account_id": ["a", "b", "c", "d"],
    "acv": [1.0, 2, 3, 4],
    "lat": [40.0, 41.5, np.nan, np.nan],
    "lon": [-90.0, -91.0, np.nan, np.nan],
    "visits": [12, 4, 6, 6],
    "speed_kmh": [30.0, 80, 50, 50],
}
REPS = {"rep_id": ["r1", "r2"], "lat": [40.0, 44], "lon": [-90.5, -100]}


def make(table=None, reps=None, **options):
    accounts = topt.Accounts.from_frame({**TABLE, **(table or {})})
    return topt.Problem(accounts, topt.Team.from_frame(reps or REPS), criteria=[], **options)


def pairs(problem):
    n, k = problem.n_accounts, problem.n_reps
    return np.repeat(np.arange(n), k), np.tile(np.arange(k), n)


def test_hours_are_visits_times_kilometres_over_speed():
    hours = make().hours(*pairs(make())).reshape(4, 2)
    for i in (0, 1):
        for j in (0, 1):
            km = distance_km(TABLE["lat"][i], TABLE["lon"][i], REPS["lat"][j], REPS["lon"][j])
            assert hours[i, j] == pytest.approx(TABLE["visits"][i] * km / TABLE["speed_kmh"][i])


def test_an_account_that_is_nowhere_costs_no_travel_and_is_noted():
    problem = make()
    assert problem.hours(*pairs(problem)).reshape(4, 2)[2:].tolist() == [[0, 0], [0, 0]]
    assert any("2 accounts have no known place" in note for note in problem.notes)


def test_missing_coordinates_come_from_the_city_of_the_same_region_only():
    cities = {"city": ["Springfield", "Springfield", "Springfield", "Springfield"], "region": ["IL", "MO", "IL", "TX"]}
    problem = make(cities)
    assert problem.places.lat[2] == pytest.approx(40.0)
    assert np.isnan(problem.places.lat[3])
    assert any("1 accounts without coordinates put at the centre of their city" in note for note in problem.notes)


def test_only_reps_without_a_home_are_open():
    assert not make().places.open_reps.any()
    half = make(reps={"rep_id": ["r1", "r2"], "lat": [40.0, np.nan], "lon": [-90.0, np.nan]})
    assert half.places.open_reps.tolist() == [False, True]
    assert any("1 of 2 reps have none" in note for note in half.notes)
    flat = make({"lat": [np.nan] * 4, "lon": [np.nan] * 4}, reps={"rep_id": ["r1", "r2"]})
    assert not flat.has_travel
    assert not flat.places.open_reps.any()


def test_a_chosen_home_moves_only_an_open_rep():
    problem = make(reps={"rep_id": ["r1", "r2"], "lat": [44.0, np.nan], "lon": [-90.0, np.nan]})
    accounts, reps = pairs(problem)
    homes = np.array([1, 0])
    hours = problem.hours(accounts, reps, homes).reshape(4, 2)
    assert hours[0, 1] == pytest.approx(0.0, abs=1e-9)
    assert hours[0, 0] == problem.hours(accounts, reps).reshape(4, 2)[0, 0]
    assert problem.hours(accounts, reps).reshape(4, 2)[:, 1].tolist() == [0.0] * 4


def test_the_users_own_hours_replace_distance_as_array_and_as_function():
    matrix = np.array([[1.0, 2], [3, 4], [5, 6], [7, 8]])
    one, other = make(travel_time=matrix), make(travel_time=lambda i, j: matrix[i, j])
    expected = (matrix * np.array(TABLE["visits"])[:, None]).ravel()
    for problem in (one, other):
        np.testing.assert_allclose(problem.hours(*pairs(problem)), expected)
        assert problem.has_travel
        assert not problem.places.open_reps.any()
    matrix[0, 0] = 99
    assert one.hours(np.array([0]), np.array([0]))[0] == 12.0


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.ones((2, 4)), r"shape \(2, 4\) does not fit 4 accounts by 2 reps"),
        (np.ones(8), r"shape \(8,\) does not fit"),
        ([["x", "y"]] * 4, "not an array of numbers"),
        ([[1.0, -1]] * 4, "-1.0 is not a number of hours"),
        ([[1.0, np.nan]] * 4, "nan is not a number of hours"),
        ([[1.0, np.inf]] * 4, "inf is not a number of hours"),
        ([[1.0, 1e308]] * 4, r"1e\+308 is not a number of hours"),
    ],
)
def test_an_array_that_holds_no_hours_is_refused(matrix, message):
    with pytest.raises(topt.DataError, match=message):
        make(travel_time=matrix)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda i, j: 1 / 0, "the function failed: ZeroDivisionError: division by zero"),
        (lambda i, j: None, r"shape \(\) for \(8,\) pairs|the function failed"),
        (lambda i, j: "far", "the function failed: ValueError"),
        (lambda i, j: np.ones(3), r"returned shape \(3,\) for \(8,\) pairs"),
        (lambda i, j: np.full(len(i), -1.0), "returned -1.0 for account 0 and rep 0"),
        (lambda i, j: np.where(i == 2, np.nan, 1.0), r"returned nan for account 2 and rep 0 \(and 1 more\)"),
        (lambda i, j: np.full(len(i), 1e308), r"returned 1e\+308"),
        (lambda i: np.ones(len(i)), "the function failed: TypeError"),
    ],
)
def test_a_function_that_fails_or_returns_no_hours_is_refused(function, message):
    with pytest.raises(topt.DataError, match=message):
        topt.solve(make(travel_time=function).with_criteria(topt.Travel(weight=1)))
