"""Points for a map: RFC 7946, and what the library says of every account."""

import json

import geopandas
import numpy as np
import pytest

import territory_opt as topt
from report_excel import small_report, small_tables
from territory_opt.errors import NoAlignmentError
from territory_opt.report.geojson import geojson_text, write_geojson


def features(source, kind=None):
    found = json.loads(geojson_text(source))["features"]
    return [feature for feature in found if kind in (None, feature["properties"]["kind"])]


def test_it_opens_in_geopandas(make_result, tmp_path):
    result = make_result()
    table = geopandas.read_file(result.write_geojson(tmp_path / "a.geojson"))
    assert table.crs.to_epsg() == 4326 and len(table) == 64
    accounts = table[table["kind"] == "account"]
    assert accounts["account_id"].tolist() == result.problem.accounts.account_id.tolist()
    assert accounts.geometry.y.to_numpy() == pytest.approx(result.problem.places.lat, abs=1e-7)
    assert accounts.geometry.x.to_numpy() == pytest.approx(result.problem.places.lon, abs=1e-7)
    assert accounts["rep_id"].tolist() == result.alignment.rep_id[result.alignment.rep_index].tolist()


def test_what_accounts_add_up_to_is_the_book():
    report = small_report()
    sums = dict.fromkeys(report.rep_id, 0.0)
    for feature in features(report, "account"):
        sums[feature["properties"]["rep_id"]] += feature["properties"]["load"]
    homes = {f["properties"]["rep_id"]: f["properties"] for f in features(report, "home")}
    load = report.measure("load")
    for j, rep in enumerate(report.rep_id):
        assert sums[rep] == pytest.approx(load.totals[j], abs=1e-3)
        assert homes[rep]["load"] == pytest.approx(load.totals[j])
        assert homes[rep]["load_in_band"] == bool(load.inside[j])
        assert homes[rep]["capacity"] == report.capacity[j]
    assert [homes[rep]["position"] for rep in report.rep_id] == ["given", "given", "chosen"]


def test_longitude_comes_first_with_seven_decimals():
    tables = (
        {"account_id": ["a", "b"], "acv": [1.0, 1.0], "lat": [10.123456789, -5.0], "lon": [-160.0, 179.99999999]},
        {"rep_id": ["r"], "lat": [0.0], "lon": [0.0]},
    )
    points = [f["geometry"]["coordinates"] for f in features(small_report(tables=tables, criteria=[]))]
    assert points == [[-160.0, 10.1234568], [180.0, -5.0], [0.0, 0.0]]


def test_an_account_without_a_place_has_a_null_geometry_and_an_estimated_one_says_so():
    found = {f["properties"]["account_id"]: f for f in features(small_report(), "account")}
    assert found["a0"]["geometry"] is None and found["a0"]["properties"]["position"] == "unknown"
    assert found["a1"]["properties"]["position"] == "own"
    accounts, reps = small_tables()
    accounts |= {"city": ["X"] * 18}
    first = features(small_report(tables=(accounts, reps)), "account")[0]
    assert first["geometry"] is not None and first["properties"]["position"] == "estimated"


def test_tables_without_coordinates_have_features_without_geometry():
    tables = {"account_id": ["a", "b"], "acv": [1.0, 2.0]}, {"rep_id": ["r"]}
    found = features(small_report(tables=tables, criteria=[]))
    assert len(found) == 3 and all(feature["geometry"] is None for feature in found)


def test_names_come_through_unchanged_and_nothing_is_nan(hostile, make_result):
    text = geojson_text(make_result(columns=hostile))
    names = [feature["properties"]["name"] for feature in json.loads(text)["features"][:24]]
    assert names[:4] == hostile[0]["name"][:4]
    assert "NaN" not in text and "Infinity" not in text
    text.encode("utf-8")


def test_a_measure_called_like_a_property_does_not_hide_it():
    accounts, reps = small_tables()
    accounts["position"] = np.ones(18)
    problem = topt.Problem(
        topt.Accounts.from_frame(accounts, measures=["position"]), topt.Team.from_frame(reps), criteria=[]
    )
    homes = np.where(problem.places.open_reps, np.arange(3), -1)
    report = topt.fairness(problem, topt.Alignment.from_index(problem, np.arange(18) % 3, homes))
    first = features(report)[1]["properties"]
    assert first["position"] == "own" and first["measure_position"] == 1.0


def test_the_file_is_written_whole_or_not_at_all(make_result, tmp_path):
    write_geojson(make_result(), tmp_path / "a.geojson")
    with pytest.raises(OSError):
        write_geojson(make_result(), tmp_path / "missing" / "a.geojson")
    with pytest.raises(NoAlignmentError):
        make_result(found=False).write_geojson(tmp_path / "b.geojson")
    assert [path.name for path in tmp_path.iterdir()] == ["a.geojson"]
