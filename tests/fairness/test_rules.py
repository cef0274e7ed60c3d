"""One domain rule each: units, travel, mix, tiers, change."""

from __future__ import annotations

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.fairness.units import free_to_shift, reps_needed


def units_problem(build, n_a: int, n_b: int, n_c: int, *, criteria=None, extra: int = 80):
    """One heavy book and one light book of C accounts."""
    acv = [150e3] * n_a + [50e3] * n_b + [10e3] * n_c + [10e3] * extra
    n = n_a + n_b + n_c
    accounts = {"account_id": [f"a{i}" for i in range(len(acv))], "acv": acv}
    problem = build(accounts, {"rep_id": ["heavy", "light"]}, criteria=criteria)
    return problem, topt.Alignment.from_index(problem, [0] * n + [1] * extra)


def test_twenty_a_thirty_b_and_forty_c_shift_ten_c(build) -> None:
    # D-UNITS-1, the example of the rule: 160 units against 150.
    report = topt.fairness(*units_problem(build, 20, 30, 40))
    (book,) = report.overloads
    assert (book.rep_id, book.units, book.allowed) == ("heavy", 160.0, 150.0)
    assert len(book.shift) == 10 and book.left_over == 0.0
    assert any("shift 10 C accounts" in sentence and "D-UNITS-1" in sentence for sentence in report.advice)


def test_shifting_the_proposed_accounts_mends_the_book(build) -> None:
    problem, alignment = units_problem(build, 20, 30, 40)
    book = topt.fairness(problem, alignment).overloads[0]
    index = alignment.rep_index.copy()
    index[[problem.accounts.index_of(account) for account in book.shift]] = 1
    assert topt.fairness(problem, topt.Alignment.from_index(problem, index)).overloads == ()


def test_what_c_accounts_cannot_mend_is_said(build) -> None:
    problem, alignment = units_problem(build, 50, 5, 4)
    book = topt.fairness(problem, alignment).overloads[0]
    assert len(book.shift) == 4 and book.left_over == 10.0
    assert any("10 units would remain over" in s for s in topt.fairness(problem, alignment).advice)


def test_locked_accounts_and_families_are_never_proposed(build) -> None:
    locked = topt.Lock({f"a{i}": "heavy" for i in range(50, 60)})
    families = topt.Together([["a60", "a61"], ["a62", "a63"]])
    problem, alignment = units_problem(build, 20, 30, 40, criteria=[locked, families])
    shift = topt.fairness(problem, alignment).overloads[0].shift
    assert len(shift) == 10
    assert not {f"a{i}" for i in range(50, 64)} & set(shift)


def test_capacity_scales_the_units_a_rep_may_hold(build) -> None:
    accounts = {"account_id": [f"a{i}" for i in range(130)], "acv": [1.0] * 130}
    problem = build(accounts, {"rep_id": ["part", "full"], "capacity": [0.5, 1.0]})
    report = topt.fairness(problem, topt.Alignment.from_index(problem, [0] * 80 + [1] * 50))
    assert [(b.rep_id, b.allowed, len(b.shift)) for b in report.overloads] == [("part", 75.0, 5)]


def test_a_team_over_its_units_is_told_how_many_reps_it_needs(build) -> None:
    accounts = {"account_id": [f"a{i}" for i in range(400)], "acv": [1.0] * 400}
    problem = build(accounts, {"rep_id": ["x", "y"]})
    report = topt.fairness(problem, topt.Alignment.from_index(problem, [i % 2 for i in range(400)]))
    assert any("3 full reps would" in sentence for sentence in report.advice)
    assert reps_needed(450.0, 150.0) == 3 and reps_needed(451.0, 150.0) == 4


def test_far_c_accounts_are_shifted_first(build) -> None:
    n = 160
    lon = np.linspace(-80.0, -75.0, n)
    accounts = {"account_id": [f"a{i}" for i in range(n)], "acv": [1.0] * n, "lat": [40.0] * n, "lon": lon}
    problem = build(accounts, {"rep_id": ["x"], "lat": [40.0], "lon": [-75.0]})
    report = topt.fairness(problem, topt.Alignment.from_index(problem, [0] * n))
    assert report.overloads[0].shift == tuple(f"a{i}" for i in range(10))


def travel_report(build, lon: float):
    accounts = {"account_id": ["a", "b"], "acv": [150e3, 150e3], "lat": [40.0, 40.0], "lon": [-75.0, lon]}
    problem = build(accounts, {"rep_id": ["near", "far"], "lat": [40.0, 40.0], "lon": [-75.0, -75.0]})
    return topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1]))


def test_more_than_thirty_driving_hours_a_month_is_a_red_flag(build) -> None:
    report = travel_report(build, -120.0)
    assert report.travel.red_flag.tolist() == [False, True]
    assert report.travel.month[1] == pytest.approx(report.measure("travel_hours").totals[1] / 12)
    assert any("driving hours a month: far" in sentence for sentence in report.advice)


def test_travel_share_is_of_selling_hours(build) -> None:
    report = travel_report(build, -76.0)
    hours = report.measure("travel_hours").totals
    assert report.travel.share == pytest.approx(hours / 4000.0)
    assert report.travel.team_share == pytest.approx(hours.sum() / 8000.0)
    assert not report.travel.red_flag.any()


def test_without_coordinates_there_is_no_travel(by_acv) -> None:
    report = by_acv([1.0, 1.0])
    assert report.travel is None and "travel_hours" not in report.measure_names


def test_the_named_mix_is_reported_per_book_and_team(build) -> None:
    accounts = {"account_id": ["a", "b", "c"], "named_acv": [60.0, 0.0, 0.0], "white_space_acv": [40.0, 100.0, 0.0]}
    problem = build(accounts, {"rep_id": ["x", "y", "z"]})
    mix = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1, 2])).mix
    assert mix.books == (0.6, 0.0, None)
    assert mix.team == pytest.approx(0.3) and mix.target == 0.6


def test_unusual_tier_shares_are_reported_not_refused(build) -> None:
    acv = [150e3] * 3 + [50e3] * 4 + [1e3] * 3
    problem = build({"account_id": list("abcdefghij"), "acv": acv}, {"rep_id": ["x"]})
    tiers = topt.fairness(problem, topt.Alignment.from_index(problem, [0] * 10)).tiers
    assert tiers.team == pytest.approx((0.3, 0.4, 0.3))
    assert tiers.unexpected == ("A", "C")
    assert tiers.books == (pytest.approx((0.3, 0.4, 0.3)),)


def test_change_counts_only_accounts_whose_owner_is_in_the_team(build) -> None:
    accounts = {"account_id": list("abcd"), "acv": [10.0, 30.0, 5.0, 5.0], "owner": ["x", "x", "gone", ""]}
    problem = build(accounts, {"rep_id": ["x", "y"]})
    change = topt.fairness(problem, topt.Alignment.from_index(problem, [1, 0, 1, 0])).change
    assert (change.n_owned, change.n_moved, change.moved_acv) == (2, 1, 10.0)
    assert change.acv_share == pytest.approx(0.25)


def test_dormant_accounts_move_without_being_counted_as_change(build) -> None:
    accounts = {
        "account_id": list("abc"),
        "acv": [10.0, 30.0, 60.0],
        "bucket": ["named"] * 3,
        "owner": ["x", "x", "y"],
        "last_activity": ["2025-01-01", "2026-03-31", "2026-03-30"],
    }
    problem = build(accounts, {"rep_id": ["x", "y"]}, dormant_days=90.0)
    assert problem.scores.dormant.tolist() == [True, False, False]
    change = topt.fairness(problem, topt.Alignment.from_index(problem, [1, 1, 1])).change
    assert (change.n_owned, change.n_moved, change.moved_acv) == (2, 1, 30.0)
    assert (change.share, change.acv_share) == (0.5, pytest.approx(1 / 3))


def test_nobody_owns_anything_is_no_change(by_acv) -> None:
    assert by_acv([1.0]).change is None


def test_locked_accounts_are_looked_up_together(build, monkeypatch) -> None:
    def scanned(*_: object) -> int:
        raise AssertionError("one table scan per lock")

    problem, _ = units_problem(build, 1, 0, 2, criteria=[topt.Lock({"a1": "heavy"})], extra=1)
    monkeypatch.setattr(topt.Accounts, "index_of", scanned)
    assert free_to_shift(problem).tolist() == [True, False, True, True]


def test_the_policy_says_when_books_are_apart_and_an_argument_wins(by_acv) -> None:
    assert by_acv([100.0, 130.0]).n_apart == 0
    report = by_acv([100.0, 130.0], books_apart=0.25)
    assert (report.n_apart, report.apart_from) == (1, 0.25)
    assert topt.fairness(report.problem, report.alignment, apart=0.4).n_apart == 0


def test_the_policy_says_how_far_a_mix_is_usual(build) -> None:
    table = {"account_id": ["a", "b"], "named_acv": [50.0, 50.0], "white_space_acv": [50.0, 50.0]}

    def said(**policy: float) -> bool:
        problem = build(table, {"rep_id": ["x", "y"]}, **policy)
        report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1]))
        return any("D-LOAD-3" in sentence for sentence in report.advice)

    assert not said()
    assert said(named_mix_room=0.05)


@pytest.mark.parametrize("of", ["mean", "median"])
def test_around_a_middle_below_zero_no_book_is_inside_as_evaluate_has_it(of: str) -> None:
    accounts = topt.Accounts.from_frame(
        {"account_id": ["a", "b"], "acv": [10.0, 10], "lat": [40.0, 40], "lon": [-90.0, -90], "visits": [10, 10]}
    )
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"], "lat": [45.0, 45], "lon": [-90.0, -90]})
    policy, band = topt.Policy(friction_per_hour=100.0), topt.Balance("load", within=0.15, of=of)
    problem = topt.Problem(accounts, team, policy=policy, criteria=[band])
    alignment = topt.Alignment.from_index(problem, [0, 1])
    row = topt.fairness(problem, alignment).measure("load")
    assert row.max == row.min < 0.0
    assert not topt.evaluate(problem, alignment).feasible
    assert (row.n_outside, row.share_in_band) == (2, 0.0)
    report = topt.fairness(problem, alignment)
    assert any("which is below zero" in sentence for sentence in report.advice)
    assert report.under_uncertainty(draws=20).measure("load").interval("share_in_band").high == 0.0
