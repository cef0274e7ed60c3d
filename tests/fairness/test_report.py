"""The fairness report: its table, its rules, its breakdowns."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pandas as pd
import pytest

import territory_opt as topt
from territory_opt.errors import CriterionError

COLUMNS = ["measure", "unit", "mean", "median", "min", "max", "cv", "gini", "jain", "theil", "atkinson", "max_min"]
COLUMNS += ["band_low", "band_high", "share_in_band", "n_outside", "cv_target_met", "undefined"]


def numbers(value):
    if isinstance(value, dict):
        for part in value.values():
            yield from numbers(part)
    elif isinstance(value, list):
        for part in value:
            yield from numbers(part)
    elif isinstance(value, float):
        yield value


def test_the_table_has_one_row_per_measure_and_the_documented_columns(by_acv) -> None:
    frame = by_acv([80.0, 100.0, 120.0]).to_frame()
    assert list(frame.columns) == COLUMNS
    assert list(frame["measure"]) == ["load", "tam", "account_units", "accounts", "named_acv", "white_space_acv"]


def test_the_numbers_are_those_of_the_metrics_on_capacity_adjusted_books(by_acv) -> None:
    row = by_acv([80.0, 100.0, 110.0], capacity=[0.8, 1.0, 1.0]).measure("tam")
    values = np.array([100.0, 100.0, 110.0])
    assert row.values == pytest.approx(values)
    assert row.cv == pytest.approx(values.std() / values.mean())
    assert row.max_min == pytest.approx(1.1)
    assert row.median == pytest.approx(100.0)


def test_load_is_judged_around_the_median_and_tam_around_the_mean_by_default(by_acv) -> None:
    # The example of DESIGN 5: 1.15 is inside 15 % of 1 and outside 15 % of the median .85.
    report = by_acv([85.0, 85.0, 85.0, 85.0, 115.0])
    assert [book.rep_name for book in report.outside if book.measure == "load"] == ["Rep 4"]
    assert report.measure("load").band.rule == "D-LOAD-2"
    assert report.measure("tam").band.words == "within 15% of the mean"
    assert report.measure("tam").band.reference == pytest.approx(91.0)


def test_the_mean_of_a_band_is_total_over_capacity(by_acv) -> None:
    report = by_acv([50.0, 100.0], capacity=[0.5, 1.0])
    assert report.measure("tam").band.reference == pytest.approx(100.0)
    assert report.measure("tam").n_outside == 0


def test_the_criteria_of_the_problem_set_the_band_first(by_acv) -> None:
    tight = by_acv([90.0, 100.0, 110.0], criteria=[topt.Balance("load", within=0.05, of="median")])
    assert tight.measure("load").n_outside == 2
    fixed = by_acv([90.0, 100.0, 110.0], criteria=[topt.Balance("tam", between=(95.0, 200.0))])
    assert [b.rep_id for b in fixed.outside if b.measure == "tam"] == ["r0"]
    assert fixed.measure("tam").band.rule == "criterion"


def test_a_book_the_evaluation_accepts_is_inside_its_band(by_acv) -> None:
    criteria = [topt.Balance("tam", within=0.15, of="mean")]
    report = by_acv([85.0 - 5e-5, 115.0 + 5e-5], criteria=criteria)
    assert topt.evaluate(report.problem, report.alignment).feasible
    assert report.measure("tam").n_outside == 0


def test_outside_names_the_book_with_deviation_and_excess(by_acv) -> None:
    report = by_acv([100.0, 100.0, 130.0])
    book = next(b for b in report.outside if b.measure == "load")
    assert (book.rep_id, book.rep_name) == ("r2", "Rep 2")
    assert book.deviation == pytest.approx(0.30)
    assert book.value == pytest.approx(0.6 * 130)
    assert book.excess == pytest.approx(0.6 * (130 - 115))


def test_two_books_fifty_percent_apart_are_called_out_by_name(by_acv) -> None:
    report = by_acv([100.0, 120.0, 150.0], names=["Ana", "Bo", "Cy"])
    assert report.n_apart == 1
    assert (report.apart[0].larger_name, report.apart[0].smaller_name) == ("Cy", "Ana")
    assert report.apart[0].ratio == pytest.approx(1.5)
    assert "Cy is 1.50 times that of Ana" in report.advice[0]
    assert "D-LOAD-2" in report.advice[0]


def test_a_fair_carve_is_said_to_be_one(build) -> None:
    # 10 % A, 40 % B, 50 % C, all named to 60 %: nothing stands out.
    acv = np.array([150e3] * 2 + [50e3] * 8 + [10e3] * 10)
    accounts = {"account_id": [f"a{i}" for i in range(20)], "named_acv": acv * 0.6, "white_space_acv": acv * 0.4}
    problem = build(accounts, {"rep_id": ["x", "y"]}, units_low=10.0, units_high=20.0)
    report = topt.fairness(problem, topt.Alignment.from_index(problem, [i % 2 for i in range(20)]))
    said, of_the_team = report.advice
    assert said == "Every book is inside its bands, and every coefficient of variation of D-CV-1 is under its target."
    assert "D-SEG-3" in of_the_team
    assert report.mix.team == pytest.approx(0.6)
    assert report.tiers.team == pytest.approx((0.1, 0.4, 0.5))


@pytest.mark.parametrize("acv", [[0.0, 0.0], [0.0, 0.0, 0.0]])
def test_a_zero_total_has_no_cv_and_says_why(by_acv, acv) -> None:
    report = by_acv(acv)
    row = report.measure("load")
    assert row.cv is None and row.cv_target_met is None
    assert row.undefined == "every book is empty"
    assert "has no coefficient of variation: every book is empty" in " ".join(report.advice)
    assert report.to_frame().set_index("measure").loc["load", "cv"] is pd.NA


def test_a_negative_book_leaves_cv_and_names_what_is_undefined(build) -> None:
    # Friction above the load of the far book.
    accounts = {"account_id": ["a", "b"], "acv": [100e3, 100e3], "lat": [40.0, 40.0], "lon": [-75.0, -100.0]}
    problem = build(accounts, {"rep_id": ["x", "y"], "lat": [40.0, 40.0], "lon": [-75.0, -75.0]})
    problem = problem.replace(policy=problem.policy.replace(friction_per_hour=600.0))
    row = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1])).measure("load")
    assert row.min < 0 < row.totals.sum()
    assert row.cv is not None and row.gini is None
    assert "1 book is negative" in row.undefined


def test_books_around_a_middle_below_zero_are_told_by_their_amounts(build) -> None:
    accounts = {"account_id": ["a", "b"], "acv": [1e3, 1e3], "lat": [40.0, 40.0], "lon": [-75.0, -100.0]}
    problem = build(accounts, {"rep_id": ["x", "y"], "lat": [40.0, 40.0], "lon": [-75.0, -75.0]})
    problem = problem.replace(policy=problem.policy.replace(friction_per_hour=900.0))
    report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1]))
    assert report.measure("load").median < 0
    (said,) = [sentence for sentence in report.advice if "books are not within 15% of the median" in sentence]
    assert "0%" not in said.partition(": ")[2].partition("median")[2] and "x 600" in said


def test_nothing_in_the_report_is_nan(by_acv) -> None:
    for acv in ([0.0, 0.0], [0.0, 10.0], [5.0], [7.0, 7.0]):
        value = by_acv(acv).to_dict()
        assert not any(np.isnan(x) for x in numbers(value))
        json.dumps(value, allow_nan=False)


def test_one_rep_is_perfectly_fair(by_acv) -> None:
    report = by_acv([10.0])
    assert report.measure("load").cv == 0.0
    assert not report.apart
    assert report.measure("load").n_outside == 0 and report.measure("tam").n_outside == 0


def test_the_dictionary_is_versioned_and_carries_every_book(by_acv) -> None:
    value = by_acv([80.0, 100.0]).to_dict()
    assert value["schema"] == "territory-opt/fairness" and value["schema_version"] == 1
    assert [book["rep_id"] for book in value["books"]] == ["r0", "r1"]
    assert value["books"][1]["measures"]["tam"] == {"total": 100.0, "deviation": pytest.approx(1 / 9), "in_band": True}


def test_books_has_one_row_per_rep(by_acv) -> None:
    frame = by_acv([80.0, 100.0]).books()
    assert list(frame["rep_id"]) == ["r0", "r1"]
    assert {"tam", "tam_deviation", "tam_in_band", "named_share"} <= set(frame.columns)


def test_an_unknown_measure_is_refused_with_those_there_are(by_acv) -> None:
    with pytest.raises(CriterionError, match="there are: load, tam"):
        by_acv([1.0]).measure("revenue")
    assert by_acv([1.0]).measure("acv").measure == "tam"


def test_the_users_own_measure_gets_a_row(build) -> None:
    accounts = topt.Accounts.from_frame(
        {"account_id": ["a", "b"], "acv": [1.0, 1.0], "beds": [10.0, 30.0]}, measures=["beds"]
    )
    problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["x", "y"]}), criteria=[])
    row = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1])).measure("beds")
    assert row.cv == pytest.approx(0.5) and row.band is None and row.n_outside is None


def test_names_that_repeat_are_told_apart_by_id(by_acv) -> None:
    assert by_acv([1.0, 1.0, 1.0], names=["Ana", "Ana", ""]).rep_name == ("Ana (r0)", "Ana (r1)", "r2")


def test_hostile_names_cannot_break_lines_or_markup(by_acv) -> None:
    names = ["<script>alert(1)</script>", "Bo\nX\x1b[31m", "\u202eevil\u202c", "שלום 😀"]
    report = by_acv([100.0, 200.0, 300.0, 400.0], names=names)
    text, html = str(report), report._repr_html_()
    assert "\x1b" not in text and "\u202e" not in text and "Bo\nX" not in text
    assert "<script>alert" not in html and "&lt;script&gt;" in html
    assert "שלום 😀" in html


def test_the_report_pickles(by_acv) -> None:
    report = by_acv([80.0, 100.0])
    assert pickle.loads(pickle.dumps(report)).to_dict() == report.to_dict()


def test_ten_thousand_books_are_judged(build) -> None:
    n_accounts, n_reps = 30_000, 10_000
    rng = np.random.default_rng(1)
    accounts = {"account_id": [f"a{i}" for i in range(n_accounts)], "acv": rng.lognormal(10, 1, n_accounts).round(2)}
    problem = build(accounts, {"rep_id": [f"r{j}" for j in range(n_reps)]})
    alignment = topt.Alignment.from_index(problem, np.arange(n_accounts) % n_reps)
    report = topt.fairness(problem, alignment)
    text, html = str(report), report._repr_html_()
    assert len(report.apart) == 10 and report.n_apart > 1_000_000
    assert len(text) < 10_000 and len(html) < 20_000
