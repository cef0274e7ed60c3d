"""The explanation of a report is of the problem at hand."""

from __future__ import annotations

from typing import Any

import numpy as np

import territory_opt as topt
from territory_opt.report.formulas import formulas


def explained(*, travel_time: Any = None, places: bool = True, **changes: Any) -> dict[str, str]:
    accounts: dict[str, Any] = {"account_id": ["a", "b", "c"], "acv": [9e6, 7e6, 2e6], "language": ["fr", "de", "fr"]}
    reps: dict[str, Any] = {"rep_id": ["x", "y"], "languages": ["fr", "de"]}
    if places:
        accounts |= {"lat": [40.0, 41.0, 42.0], "lon": [-75.0, -76.0, -77.0]}
        reps |= {"lat": [40.0, 41.0], "lon": [-75.0, -76.0]}
    own = changes.pop("friction", None)
    if own is not None:
        accounts["friction"] = own
    tables = topt.Accounts.from_frame(accounts), topt.Team.from_frame(reps)
    problem = topt.Problem(*tables, policy=topt.Policy(**changes), criteria=[], travel_time=travel_time)
    return {found.name: f"{found.formula} | {found.note}" for found in formulas(problem)}


def test_the_usual_travel_is_by_distance_and_has_a_price() -> None:
    found = explained()
    assert "great-circle km" in found["Travel hours"]
    assert found["Coverage friction"].startswith("travel hours × value of a selling hour | ")
    assert found["Load of a book"].split(" | ")[0].endswith("− coverage friction")


def test_own_travel_times_are_not_called_distances() -> None:
    found = explained(travel_time=np.ones((3, 2)))
    assert found["Travel hours"].startswith("visits a year × your own hours per visit")
    assert "km" not in found["Travel hours"]


def test_an_own_friction_column_is_named() -> None:
    for places in (True, False):
        assert explained(friction=[1.0, 2.0, 3.0], places=places)["Coverage friction"].startswith("your own column")


def test_friction_that_is_off_is_said_to_be_off_and_why() -> None:
    for found, why in (
        (explained(friction_share=0.0), "Because travel to the nearest rep alone takes"),
        (explained(friction_per_hour=0.0), "No price is set"),
    ):
        assert found["Coverage friction"].startswith(f"off | {why}")
        assert "coverage friction" not in found["Load of a book"]


def test_optional_rates_appear_with_and_without_travel() -> None:
    assert "+ language rate | " in explained(language_penalty=500.0)["Coverage friction"]
    alone = explained(language_penalty=500.0, places=False)["Coverage friction"]
    assert alone.startswith("language rate | 500 for an account whose language the rep does not serve")
    assert "Coverage friction" not in explained(places=False)
