"""Matching of accounts and reps, and the time zones behind it."""

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.matching import match
from territory_opt.time_zones import utc_offset_hours


def tables(attribute, values, served):
    plural = {"time_zone": "time_zone"}.get(attribute, f"{attribute}s")
    accounts = topt.Accounts.from_frame({"account_id": [f"a{i}" for i in range(len(values))], attribute: values})
    return accounts, topt.Team.from_frame({"rep_id": [f"r{j}" for j in range(len(served))], plural: served})


def allowed(attribute, values, served):
    accounts, team = tables(attribute, values, served)
    n, k = len(accounts), len(team)
    found = match(accounts, team, attribute).allows(np.repeat(np.arange(n), k), np.tile(np.arange(k), n))
    return found.reshape(n, k).tolist()


@pytest.mark.parametrize("attribute", ["vertical", "segment", "region", "language"])
def test_a_rep_serves_what_is_listed_and_an_empty_list_or_value_fits_all(attribute):
    found = allowed(attribute, ["Retail", " retail ", "Energy", ""], ["retail; Health", "", "ENERGY"])
    assert found == [[True, True, False], [True, True, False], [False, True, True], [True, True, True]]


def test_time_zones_match_by_offset_whatever_their_spelling():
    zones = ["America/Denver", "UTC-7", "mst", "america/denver", "Europe/Paris", "unheard of", ""]
    found = allowed("time_zone", zones, ["America/Boise", "Unheard Of", ""])
    assert [row[0] for row in found] == [True, True, True, True, False, False, True]
    assert [row[1] for row in found] == [False, False, False, False, False, True, True]
    assert all(row[2] for row in found)


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("Europe/London", 0.0), ("Europe/Dublin", 0.0), ("Europe/Paris", 1.0), ("Australia/Sydney", 10.0),
        ("Asia/Kolkata", 5.5), ("America/St_Johns", -3.5), ("Pacific/Kiritimati", 14.0), ("Africa/Casablanca", 1.0),
        ("europe/paris", 1.0), ("UTC+02:30", 2.5), ("gmt -3", -3.0), ("-0500", -5.0), ("EST", -5.0), ("EDT", -5.0),
        ("Eastern", -5.0), ("+99", None), ("UTC+5:99", None), ("America", None), ("../etc/passwd", None), ("x", None),
    ],
)  # fmt: skip
def test_standard_offsets_from_utc(zone, hours):
    assert utc_offset_hours(zone) == hours
