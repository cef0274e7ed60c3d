"""What the report says beside the bands: account units, head count, white space."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import territory_opt as topt


def even(problem: topt.Problem) -> topt.FairnessReport:
    index = np.arange(problem.n_accounts) % problem.n_reps
    return topt.fairness(problem, topt.Alignment.from_index(problem, index))


def test_units_are_judged_by_the_policy_when_the_default_band_gave_way() -> None:
    # 400 units a rep: no carve meets 100-150, so the default criterion keeps only the width of the band.
    accounts = topt.Accounts.from_frame({"account_id": [f"a{i}" for i in range(800)], "acv": [1e3] * 800})
    problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["x", "y"]}))
    report = even(problem)
    assert [(book.units, book.allowed) for book in report.overloads] == [(400.0, 150.0)] * 2
    assert any("above 150" in s and "6 full reps would" in s for s in report.advice)


def test_a_team_with_too_few_units_hears_it_under_a_band_of_its_own(build) -> None:
    accounts = {"account_id": [f"a{i}" for i in range(100)], "acv": [1e3] * 100}
    own = [topt.Balance("account_units", within=0.2, of="mean")]
    report = even(build(accounts, {"rep_id": ["x", "y"]}, criteria=own))
    assert any("below 100 on average: they fill 1 full book (D-UNITS-1)" in s for s in report.advice)


@pytest.mark.parametrize(
    ("n_reps", "words"), [(3, "one pooled book"), (4, "not known to beat"), (5, "not known to beat")]
)
def test_a_small_team_is_warned(by_acv, n_reps: int, words: str) -> None:
    (said,) = [s for s in by_acv([1e5] * n_reps).advice if "D-SEG-3" in s]
    assert words in said


def test_six_reps_are_a_team(by_acv) -> None:
    assert not any("D-SEG-3" in s for s in by_acv([1e5] * 6).advice)
    assert any("one pooled book" in s for s in by_acv([1e5] * 6, pooled_below=7, warn_below=8).advice)


def prospects(build, **policy) -> topt.FairnessReport:
    accounts = {
        "account_id": ["customer", "fresh", "stale", "never", "poor"],
        "acv": [1e4] * 5,
        "current_spend": [5e3, 0.0, 0.0, np.nan, 0.0],
        "fit": [90.0, 80.0, 85.0, 95.0, 20.0],
        "last_activity": ["2024-01-01", "2026-03-31", "2025-08-01", "", ""],
    }
    return even(build(accounts, {"rep_id": ["x"]}, **policy))


def test_high_fit_prospects_nobody_talks_to_are_counted_and_named(build) -> None:
    report = prospects(build)
    assert (report.white_space.n_prospects, report.white_space.n_high_fit) == (4, 3)
    (said,) = [s for s in report.advice if "D-WHITE-1" in s]
    assert said.startswith("67% of 3 high-fit prospects had contact within a year; at least 80% should")
    assert "2 are untouched for 182 days: never and stale" in said
    assert report.to_dict()["white_space"]["n_untouched"] == 3


def test_white_space_follows_the_policy(build) -> None:
    report = prospects(build, white_space_untouched_days=300, white_space_contact_share=0.5)
    (said,) = [s for s in report.advice if "D-WHITE-1" in s]
    assert "at least 50% should; 1 is untouched for 300 days: never" in said


def test_without_activity_or_fit_nothing_is_said_of_prospects(by_acv) -> None:
    report = by_acv([1e5] * 6)
    assert report.white_space is None
    assert not any("D-WHITE-1" in s for s in report.advice)


@pytest.mark.parametrize("again", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy], ids=["pickle", "deepcopy"])
def test_a_report_stays_read_only_when_it_travels(build, again) -> None:
    accounts = {"account_id": ["a", "b"], "acv": [1e5, 1e5], "lat": [40.0, 41.0], "lon": [-75.0, -76.0]}
    report = even(build(accounts, {"rep_id": ["x", "y"], "lat": [40.0, 41.0], "lon": [-75.0, -76.0]}))
    copied = again(report)
    row = copied.measure("load")
    assert copied.advice == report.advice
    for array in (copied.capacity, row.totals, row.values, row.deviation, row.inside, copied.travel.share):
        assert not array.flags.writeable
    assert not again(prospects(build)).white_space.account_index.flags.writeable


@pytest.mark.parametrize("column", ["revenue", "current_spend"])
def test_revenue_that_varies_across_books_is_said_to(column: str) -> None:
    table = {"account_id": list("abcd"), "acv": [1e5] * 4, column: [1e3, 2e3, 3e3, 40e3]}
    accounts = topt.Accounts.from_frame(table, measures=[column])
    problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["x", "y"]}), criteria=[])
    report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 0, 1, 1]))
    (said,) = [sentence for sentence in report.advice if "D-CV-1" in sentence]
    assert said.startswith(f"{column.capitalize().replace('_', ' ')} varies by 87.0% across books")


def test_without_any_band_no_book_is_praised_for_being_inside_one() -> None:
    problem = topt.Problem.from_arrays([[1.0, 2.0], [2.0, 1.0]], measures={"m": [1.0, 1.0]})
    assert even(problem).advice == ("No band or limit says where a book should be.",)
    limited = topt.Problem.from_arrays([[1.0, 2.0], [2.0, 1.0]], measures={"m": [1.0, 1.0]}, upper={"m": [2.0, 3.0]})
    assert even(limited).advice == ("Every book is inside its bands.",)


def test_one_account_unit_is_one(build) -> None:
    own = [topt.Balance("account_units", within=0.2, of="mean")]
    report = even(build({"account_id": ["a"], "acv": [1e3]}, {"rep_id": ["x"]}, criteria=own))
    assert any(s.startswith("1 account unit is 1 per full rep") for s in report.advice)
