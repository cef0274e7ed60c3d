import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory_opt.accounts import Accounts
from territory_opt.errors import DataError


def problems(table, **options):
    with pytest.raises(DataError) as caught:
        Accounts.from_frame(table, **options)
    return caught.value.issues


def test_salesforce_headers_are_recognised():
    accounts = Accounts.from_frame(
        {
            "Id": ["001"],
            "Name": ["Acme"],
            "BillingLatitude": [40.0],
            "BillingLongitude": [-74.0],
            "Industry": ["Retail"],
            "OwnerId": ["005"],
            "ParentId": [""],
            "LastActivityDate": ["2026-01-31"],
            "ACV__c": [10.0],
            "Fit_Score__c": [80],
            "BillingState": ["NJ"],
            "BillingCity": ["Newark"],
            "BillingPostalCode": ["07101"],
            "BillingCountry": ["US"],
            "AnnualRevenue": [1e9],
        }
    )
    assert set(accounts.columns) == {
        "name", "lat", "lon", "vertical", "owner", "parent_id", "last_activity", "acv", "fit", "region", "city",
        "postal_code", "country",
    }  # fmt: skip
    assert accounts.quality.ignored == ("AnnualRevenue",)


def test_hubspot_headers_are_recognised():
    accounts = Accounts.from_frame(
        {
            "Record ID": [12345678901],
            "Company name": ["Acme"],
            "Company owner": ["Ann"],
            "Industry": ["Retail"],
            "State/Region": ["NJ"],
            "Last Activity Date": ["2026-01-31 10:00"],
            "Time Zone": ["America/New_York"],
            "Annual Revenue": [5],
        }
    )
    assert accounts.account_id.tolist() == ["12345678901"]
    assert dict(accounts.quality.mapped)["owner"] == "Company owner"
    assert "Annual Revenue" in accounts.quality.ignored
    assert any("own revenue" in note for note in accounts.quality.notes)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "arrow"])
def test_all_frames_give_the_same_accounts(make):
    table = {"Id": ["a", "b"], "acv": [1.0, 2.0], "vertical": ["x", None], "fit": [None, 50.0]}
    accounts = Accounts.from_frame(make(table))
    assert accounts.account_id.tolist() == ["a", "b"]
    assert accounts.text("vertical").tolist() == ["x", ""]
    np.testing.assert_array_equal(accounts.number("fit"), [np.nan, 50.0])


def test_positions_come_from_points_and_shapes_of_a_geodataframe():
    geopandas = pytest.importorskip("geopandas")
    from shapely.geometry import Point, Polygon

    points = geopandas.GeoDataFrame({"id": ["a", "b"]}, geometry=[Point(-74, 40), None], crs=4326).to_crs(3857)
    accounts = Accounts.from_frame(points)
    np.testing.assert_allclose(accounts.number("lat"), [40.0, np.nan])
    np.testing.assert_allclose(accounts.number("lon"), [-74.0, np.nan])
    assert any("reprojected" in note for note in accounts.quality.notes)
    shape = geopandas.GeoDataFrame({"id": ["a"]}, geometry=[Polygon([(0, 0), (2, 0), (2, 2), (0, 2)])], crs=4326)
    accounts = Accounts.from_frame(shape)
    assert 0.0 < accounts.number("lat")[0] < 2.0
    assert any("inside the shape" in note for note in accounts.quality.notes)


def test_every_problem_is_reported_at_once():
    issues = problems(
        {
            "id": ["a", "a", "", "d"],
            "lat": [425.0, 1.0, 1.0, None],
            "lon": [0.0, 0.0, 0.0, 5.0],
            "acv": [np.nan, np.inf, -5.0, 1e308],
            "probability": [15, 0.5, 0.5, 0.5],
            "tier": ["A", "Gold", "b", ""],
            "last_activity": ["2026-01-31", "yesterday", "", ""],
        }
    )
    found = {(issue.row, issue.column) for issue in issues}
    assert found == {
        (0, "lat"), (0, "acv"), (0, "probability"), (1, "id"), (1, "acv"), (1, "tier"), (1, "last_activity"),
        (2, "id"), (2, "acv"), (3, "lat"), (3, "acv"),
    }  # fmt: skip
    assert all(issue.hint for issue in issues)
    assert [issue.row for issue in issues] == sorted(issue.row for issue in issues)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e308, -0.01, "", "abc", "inf", "1e308"])
@pytest.mark.parametrize("column", ["acv", "named_acv", "white_space_acv"])
def test_money_of_the_load_must_be_there_and_finite(column, bad):
    (issue,) = problems({"id": ["a", "b"], column: [1, bad]})
    assert (issue.row, issue.column) == (1, column)


@pytest.mark.parametrize("make", [lambda: pd.DataFrame({"id": [], "acv": []}), pd.DataFrame, dict])
def test_an_empty_table_is_refused(make):
    assert len(problems(make())) == 1


def test_a_circle_of_parents_is_named():
    (issue,) = problems({"id": list("abcde"), "parent_id": ["b", "c", "a", "a", ""]})
    assert "a -> b -> c -> a" in issue.what


def test_each_circle_is_reported_once():
    issues = problems({"id": list("abcdef"), "parent_id": ["b", "a", "d", "c", "a", "e"]})
    assert sorted(issue.row for issue in issues) == [0, 2]


def test_an_account_that_is_its_own_parent_has_none():
    accounts = Accounts.from_frame({"id": ["a", "b"], "parent_id": ["a", "outside"]})
    assert accounts.text("parent_id").tolist() == ["", "outside"]
    assert any("themselves" in note for note in accounts.quality.notes)


def test_long_chains_of_parents_are_no_circle():
    n = 3000
    accounts = Accounts.from_frame({"id": [str(i) for i in range(n)], "parent_id": ["", *map(str, range(n - 1))]})
    assert len(accounts) == n


def test_two_headers_for_one_column_are_refused_with_a_way_out():
    (issue,) = problems({"id": ["a"], "OwnerId": ["x"], "Account Owner": ["y"]})
    assert "columns=" in issue.hint
    accounts = Accounts.from_frame(
        {"id": ["a"], "OwnerId": ["x"], "Account Owner": ["y"]}, columns={"owner": "OwnerId"}
    )
    assert accounts.text("owner").tolist() == ["x"]


def test_repeated_headers_are_refused():
    assert "2 columns" in problems(pd.DataFrame([[1, 2, 3]], columns=["id", "acv", "acv"]))[0].what
    assert "both" in problems({"id": ["a"], "ACV": [1], "acv": [2]})[0].what


def test_a_canonical_header_wins_over_a_looser_one():
    accounts = Accounts.from_frame({"id": ["a"], "region": ["East"], "state": ["NJ"]})
    assert accounts.text("region").tolist() == ["East"]
    assert any("not from 'state'" in note for note in accounts.quality.notes)


def test_a_missing_id_column_names_the_nearest_header():
    issue = next(issue for issue in problems({"acount_id": ["a"]}) if "account_id" in issue.what)
    assert "'acount_id'" in issue.hint
    assert "recognised spellings" in issue.hint


def test_wrong_names_in_columns_are_explained():
    hints = [issue.hint for issue in problems({"id": ["a"], "acv": [1]}, columns={"acc": "acv", "fit": "ACVV"})]
    assert any("'acv'" in hint for hint in hints)


def test_a_column_can_be_left_out():
    assert not Accounts.from_frame({"id": ["a"], "owner": ["x"]}, columns={"owner": None}).has("owner")


def test_a_column_recognised_by_mistake_can_be_left_out_as_the_hint_says():
    table = {"id": ["a"], "Partner": ["Acme Resellers"], "Tier": ["Gold"]}
    hints = [issue.hint for issue in problems(table)]
    assert any('"partner_sourced": None' in hint for hint in hints)
    assert any('"tier": None' in hint for hint in hints)
    assert len(Accounts.from_frame(table, columns={"partner_sourced": None, "tier": None})) == 1


def test_a_stray_last_day_of_activity_is_pointed_out():
    accounts = Accounts.from_frame({"id": ["a", "b"], "last_activity": ["2026-01-01", "2206-01-01"]})
    assert any("2206-01-01" in line for line in accounts.quality.warnings)


def test_measures_are_numbers_that_must_be_complete():
    accounts = Accounts.from_frame({"id": ["a"], "jobs": [5]}, measures=["jobs"])
    assert accounts.number("jobs").tolist() == [5.0]
    assert accounts.measures == ("jobs",)
    assert "jobs" in problems({"id": ["a"], "jobs": [5]}, measures=["job"])[0].hint
    assert problems({"id": ["a"], "jobs": [-5]}, measures=["jobs"])[0].column == "jobs"


def test_money_texts_are_read_and_said():
    accounts = Accounts.from_frame({"id": ["a", "b"], "acv": ["$12,300", "1500"]})
    assert accounts.number("acv").tolist() == [12300.0, 1500.0]
    assert any("$12,300" in note for note in accounts.quality.notes)


def test_category_misspellings_are_reported_not_changed():
    accounts = Accounts.from_frame({"id": ["a", "b"], "sector": ["technolgy", "retail"]})
    assert accounts.text("vertical").tolist() == ["technolgy", "retail"]
    assert accounts.quality.warnings == ("vertical: 'technolgy' (1 row) looks like 'technology'",)


def test_formula_and_markup_names_are_escaped_in_html():
    table = {"id": ["a"], "<script>": [1], "name": ["=HYPERLINK(1)"], "sector": ["technolgy"]}
    html = Accounts.from_frame(table)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_unknown_ids_and_columns_name_near_ones():
    accounts = Accounts.from_frame({"id": ["A-17", "B-02"], "acv": [1, 2]})
    assert accounts.index_of("B-02") == 1
    with pytest.raises(DataError, match="A-17"):
        accounts.index_of("A-71")
    with pytest.raises(DataError, match="acv"):
        accounts.number("acvs")
    with pytest.raises(DataError, match="holds no text"):
        accounts.text("acv")


def test_accounts_are_frozen_and_pickle():
    accounts = Accounts.from_frame({"id": ["a"], "acv": [1.0]})
    again = pickle.loads(pickle.dumps(accounts))
    for each in (accounts, again):
        assert each.number("acv").tolist() == [1.0]
        with pytest.raises(ValueError, match="read-only"):
            each.columns["acv"][0] = 2.0
        with pytest.raises(ValueError, match="read-only"):
            each.account_id[0] = "b"
    assert again.quality == accounts.quality


def test_the_callers_frame_is_not_touched():
    frame = pd.DataFrame({"id": [" a "], "acv": [1.0]})
    before = frame.copy(deep=True)
    accounts = Accounts.from_frame(frame)
    pd.testing.assert_frame_equal(frame, before)
    frame.loc[0, "acv"] = 9.0
    assert accounts.number("acv").tolist() == [1.0]


def test_arrays_the_caller_changes_later_do_not_change_the_accounts():
    acv = np.array([1.0, 2.0])
    accounts = Accounts.from_frame({"id": ["a", "b"], "acv": acv})
    acv[0] = 99.0
    assert accounts.number("acv").tolist() == [1.0, 2.0]


def test_to_frame_reads_back_the_same():
    accounts = Accounts.from_frame(
        {"id": ["a", "b"], "acv": [1.0, 2.0], "last_activity": ["2026-01-31", ""], "partner": ["yes", ""]}
    )
    again = Accounts.from_frame(accounts.to_frame())
    assert again.account_id.tolist() == accounts.account_id.tolist()
    assert list(again.columns) == list(accounts.columns)
    assert again.dates("last_activity").astype(str).tolist() == ["2026-01-31", "NaT"]
    assert again.number("partner_sourced").tolist() == [1.0, 0.0]


@given(
    st.lists(
        st.tuples(st.text(max_size=4), st.floats(), st.one_of(st.none(), st.floats()), st.text(max_size=3)), max_size=8
    )
)
def test_any_table_is_read_or_refused_with_reasons(rows):
    table = {
        "id": [row[0] for row in rows],
        "acv": [row[1] for row in rows],
        "lat": [row[2] for row in rows],
        "lon": [row[2] for row in rows],
        "parent_id": [row[3] for row in rows],
    }
    try:
        accounts = Accounts.from_frame(table)
    except DataError as error:
        assert error.issues
    else:
        assert len(accounts) == len(rows)
        assert np.isfinite(accounts.number("acv")).all()
        assert len(set(accounts.account_id.tolist())) == len(rows)


@pytest.mark.parametrize(
    "column", ["parent_id", "owner", "vertical", "segment", "region", "language", "time_zone", "city"]
)
def test_words_for_missing_are_missing_in_text_columns_and_said(column):
    accounts = Accounts.from_frame({"id": list("abcd"), column: ["N/A", "none", " - ", "UTC"]})
    assert accounts.text(column).tolist() == ["", "", "", "UTC"]
    assert any("read as missing in 3 rows" in note and "'N/A'" in note for note in accounts.quality.notes)


def test_names_and_north_america_are_no_words_for_missing():
    accounts = Accounts.from_frame({"id": ["a"], "name": ["Nil"], "region": ["NA"]})
    assert (accounts.text("name").tolist(), accounts.text("region").tolist()) == (["Nil"], ["NA"])


@pytest.mark.parametrize("column", ["fit", "expansion", "current_spend"])
def test_a_known_column_asked_for_as_a_measure_must_be_complete(column):
    found = problems({"id": ["a", "b"], column: [5.0, None]}, measures=[column])
    assert [(issue.row, issue.column) for issue in found] == [(1, column)]


def test_a_known_column_asked_for_as_a_measure_must_not_be_negative_and_is_reported_once():
    table = {"id": ["a", "b"], "lat": [-10.0, 1.0], "lon": [0.0, 1.0]}
    assert [issue.row for issue in problems(table, measures=["lat"])] == [0]
    assert len(problems({"id": ["a", "b"], "acv": [-10.0, None]}, measures=["acv"])) == 2
    assert Accounts.from_frame({"id": ["a", "b"], "visits": [1.0, None]}, measures=["visits"]).has("visits")
