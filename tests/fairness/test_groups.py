"""Breakdowns by any column of either table."""

from __future__ import annotations

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.errors import CriterionError


@pytest.fixture
def report(build):
    rng = np.random.default_rng(4)
    n, k = 60, 6
    accounts = {
        "account_id": [f"a{i}" for i in range(n)],
        "acv": rng.lognormal(11, 1.2, n).round(2),
        "vertical": rng.choice(["health", "retail", ""], n),
        "fit": rng.uniform(0, 100, n),
    }
    reps = {
        "rep_id": [f"r{j}" for j in range(k)],
        "role": ["field", "field", "field", "inside", "inside", ""],
        "manager": ["Mo", "Mo", "Li", "Li", "Li", "Li"],
        "tenure_years": [0.5, 1.0, 2.0, 3.0, 9.0, np.nan],
        "capacity": [1.0, 0.8, 1.0, 1.0, 0.6, 1.0],
    }
    problem = build(accounts, reps)
    return topt.fairness(problem, topt.Alignment.from_index(problem, rng.integers(0, k, n)))


def test_groups_of_reps_partition_the_team(report) -> None:
    for column in ("role", "manager", "tenure_years", "capacity"):
        frame = report.by(column).to_frame()
        tam = frame[frame["measure"] == "tam"]
        assert tam["n_reps"].sum() == 6 and tam["n_accounts"].sum() == 60
        assert tam["share"].sum() == pytest.approx(1.0)
        assert tam["total"].sum() == pytest.approx(report.measure("tam").totals.sum())


def test_groups_of_accounts_partition_the_books(report) -> None:
    for column in ("vertical", "tier", "bucket", "segment"):
        frame = report.by(column).to_frame()
        for measure in ("tam", "load", "accounts"):
            part = frame[frame["measure"] == measure]
            assert part["total"].sum() == pytest.approx(report.measure(measure).totals.sum())
        assert report.by(column).of == "accounts"


def test_a_group_of_reps_has_the_numbers_of_its_books(report) -> None:
    row = next(r for r in report.by("role").rows if r["group"] == "field" and r["measure"] == "tam")
    values = report.measure("tam").values[:3]
    assert row["mean"] == pytest.approx(values.mean())
    assert row["cv"] == pytest.approx(values.std() / values.mean())
    capacity = report.capacity
    team = report.measure("tam").totals.sum() / capacity.sum()
    assert row["ratio"] == pytest.approx(report.measure("tam").totals[:3].sum() / capacity[:3].sum() / team)


def test_tenure_is_grouped_at_the_years_of_the_tier_rule(report) -> None:
    assert report.by("tenure_years").names == ("under 1 year", "1 to 3 years", "3 years and more", "unknown")


def test_blanks_are_a_group_of_their_own(report) -> None:
    assert "(none)" in report.by("role").names and "(none)" in report.by("vertical").names


def test_segments_come_from_size_when_there_is_no_column(report) -> None:
    assert set(report.by("segment").names) <= {"enterprise", "mid-market", "SMB"}


def test_numbers_with_many_values_are_grouped_in_quarters(report) -> None:
    found = report.by("fit")
    assert len(found.names) == 4
    counts = [r["n_accounts"] for r in found.rows if r["measure"] == "tam"]
    assert sum(counts) == 60 and max(counts) <= 16


def test_an_unknown_column_is_refused_with_those_there_are(report) -> None:
    with pytest.raises(CriterionError, match=r"neither table has a column 'colour'.*role"):
        report.by("colour")
    with pytest.raises(CriterionError, match="'reps' or 'accounts'"):
        report.by("role", of="books")
    with pytest.raises(CriterionError, match="no column 'role'"):
        report.by("role", of="accounts")


def test_a_column_with_too_many_values_is_refused(build) -> None:
    n = 300
    accounts = {"account_id": [f"a{i}" for i in range(n)], "acv": [1.0] * n, "vertical": [f"v{i}" for i in range(n)]}
    problem = build(accounts, {"rep_id": ["x"]})
    found = topt.fairness(problem, topt.Alignment.from_index(problem, [0] * n))
    with pytest.raises(CriterionError, match="300 different values"):
        found.by("vertical")


def test_breakdowns_have_text_html_and_json(report) -> None:
    found = report.by("role")
    assert "Fairness by role of reps" in str(found)
    assert "<caption>Fairness by role of reps</caption>" in found._repr_html_()
    value = found.to_dict()
    assert value["rows"][0]["group"] == found.names[0]
    assert (value["schema"], value["schema_version"]) == ("territory-opt/fairness-groups", 1)


def test_tenure_has_a_short_name_and_ramp_is_its_first_band(report) -> None:
    assert report.by("tenure").rows == report.by("tenure_years").rows
    ramp = report.by("ramp")
    assert ramp.names == ("in ramp (under 1 year)", "past ramp (1 year and more)", "unknown")
    assert [row["n_reps"] for row in ramp.rows if row["measure"] == "tam"] == [1, 4, 1]


def test_without_tenure_there_is_no_ramp(build) -> None:
    problem = build({"account_id": ["a"], "acv": [1.0]}, {"rep_id": ["x"]})
    found = topt.fairness(problem, topt.Alignment.from_index(problem, [0]))
    for column in ("ramp", "tenure"):
        with pytest.raises(CriterionError, match="neither table has"):
            found.by(column)


def test_region_means_that_of_the_accounts_first_and_what_reps_serve_otherwise(build) -> None:
    accounts = {"account_id": ["a", "b", "c"], "acv": [1.0, 2.0, 3.0]}
    reps = {"rep_id": ["x", "y", "z"], "regions": ["East; West", "West;East", ""]}
    problem = build(accounts, reps)
    served = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1, 2])).by("region")
    assert (served.of, served.names) == ("reps", ("(all)", "East, West"))
    problem = build(accounts | {"region": ["East", "West", "East"]}, reps)
    report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1, 2]))
    assert (report.by("region").of, report.by("region").names) == ("accounts", ("East", "West"))
    assert report.by("region", of="reps").rows == served.rows


def test_names_that_look_the_same_are_one_group(build) -> None:
    problem = build(
        {"account_id": ["a", "b"], "acv": [1.0, 2.0], "vertical": ["health", "health\u200e"]}, {"rep_id": ["x"]}
    )
    found = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 0])).by("vertical")
    assert found.names == ("health",) and found.rows[0]["n_accounts"] == 2


@pytest.mark.parametrize(
    ("column", "values", "names"),
    [
        ("fit", [50.0, 50.0000001, 70.5], ("50", "50.0000001", "70.5")),
        ("acv", [1_000_001.0, 1_000_002.0, 0.0], ("0", "1,000,001", "1,000,002")),
    ],
)
def test_numbers_that_are_close_keep_names_of_their_own(build, column, values, names) -> None:
    accounts = {"account_id": list("abc"), "acv": [1.0] * 3} | {column: values}
    problem = build(accounts, {"rep_id": ["x"]})
    found = topt.fairness(problem, topt.Alignment.from_index(problem, [0] * 3)).by(column)
    assert found.names == names
    assert [row["n_accounts"] for row in found.rows if row["measure"] == "tam"] == [1, 1, 1]


def test_quarters_of_close_numbers_keep_names_of_their_own(build) -> None:
    accounts = {"account_id": [f"a{i}" for i in range(20)], "acv": [1_234_567.0 + i for i in range(20)]}
    problem = build(accounts, {"rep_id": ["x"]})
    names = topt.fairness(problem, topt.Alignment.from_index(problem, [0] * 20)).by("acv").names
    assert len(names) == 4 and names[0] == "1,234,567 to 1,234,572"


def test_ids_can_be_asked_for(build) -> None:
    problem = build({"account_id": ["a", "b"], "acv": [1.0, 2.0]}, {"rep_id": ["x", "y"]})
    report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1]))
    assert report.by("rep_id").names == ("x", "y")
    assert report.by("account_id").names == ("a", "b")
