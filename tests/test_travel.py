import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory_opt._text import text_array
from territory_opt.errors import CriterionError
from territory_opt.travel import EARTH_RADIUS_KM, density_class, fill_positions, great_circle_km, unit_xyz

LAT = st.floats(-90, 90)
LON = st.floats(-180, 180)


def test_known_distances():
    assert great_circle_km(0, 0, 0, 180) == pytest.approx(np.pi * EARTH_RADIUS_KM)
    assert great_circle_km(90, 0, -90, 123) == pytest.approx(np.pi * EARTH_RADIUS_KM)
    assert great_circle_km(51.5074, -0.1278, 48.8566, 2.3522) == pytest.approx(343.56, abs=0.05)


@given(LAT, LON, LAT, LON)
def test_distance_is_symmetric_and_at_most_half_way_round(lat1, lon1, lat2, lon2):
    there = float(great_circle_km(lat1, lon1, lat2, lon2))
    assert there == pytest.approx(float(great_circle_km(lat2, lon2, lat1, lon1)), abs=1e-6)
    assert 0.0 <= there <= np.pi * EARTH_RADIUS_KM + 1e-6


@given(LAT, LON, LAT, LON)
def test_distance_agrees_with_the_chord(lat1, lon1, lat2, lon2):
    chord = float(np.linalg.norm(unit_xyz([lat1], [lon1]) - unit_xyz([lat2], [lon2])))
    arc = 2.0 * EARTH_RADIUS_KM * np.arcsin(min(chord / 2.0, 1.0))
    assert float(great_circle_km(lat1, lon1, lat2, lon2)) == pytest.approx(arc, rel=1e-6, abs=1e-3)


def test_distances_broadcast_and_keep_nan():
    km = great_circle_km(np.zeros((3, 1)), np.zeros((3, 1)), np.array([[0.0, np.nan]]), np.array([[1.0, 1.0]]))
    assert km.shape == (3, 2)
    assert np.isnan(km[:, 1]).all()


def test_density_follows_the_neighbours():
    rng = np.random.default_rng(1)
    lat = np.concatenate([40 + 0.05 * rng.standard_normal(200), 41 + 0.05 * rng.standard_normal(5), [45.0, np.nan]])
    lon = np.concatenate([-74 + 0.05 * rng.standard_normal(200), -80 + 0.05 * rng.standard_normal(5), [-100.0, np.nan]])
    classes = density_class(lat, lon)
    assert set(classes[:200]) == {"urban"}
    assert set(classes[200:205]) == {"suburban"}
    assert classes[205] == "rural"
    assert classes[206] == "suburban"


def test_density_sees_across_the_date_line():
    lat, lon = np.zeros(12), np.array([179.99, -179.99] * 6)
    assert set(density_class(lat, lon)) == {"urban"}


def test_density_of_nothing_known_is_suburban():
    assert density_class([np.nan], [np.nan]).tolist() == ["suburban"]
    assert density_class([], []).tolist() == []


def test_positions_fall_back_from_narrow_to_wide():
    lat = np.array([10.0, 20.0, np.nan, np.nan, np.nan])
    lon = np.array([10.0, 10.0, np.nan, np.nan, np.nan])
    city = text_array(["Ulm", "Bonn", "ulm", "Mainz", ""])
    country = text_array(["DE", "DE", "DE", "DE", ""])
    lat, lon, source = fill_positions(lat, lon, [city, country])
    assert source.tolist() == [0, 0, 1, 2, 255]
    assert lat[2] == pytest.approx(10.0)
    assert lat[3] == pytest.approx(15.0, abs=0.1)
    assert np.isnan(lat[4])
    assert lon[3] == pytest.approx(10.0)


def test_the_middle_ignores_the_date_line():
    _, lon, _ = fill_positions(
        np.array([0.0, 0.0, np.nan]), np.array([179.0, -179.0, np.nan]), [text_array(["x", "x", "x"])]
    )
    assert abs(lon[2]) == pytest.approx(180.0)


def test_antipodes_have_no_middle():
    _, _, source = fill_positions(
        np.array([0.0, 0.0, np.nan]), np.array([0.0, 180.0, np.nan]), [text_array(["x", "x", "x"])]
    )
    assert source.tolist() == [0, 0, 255]


def test_half_a_position_is_none():
    lat, _, source = fill_positions(np.array([1.0]), np.array([np.nan]), [])
    assert np.isnan(lat[0])
    assert source.tolist() == [255]


def test_inputs_are_not_changed_and_lengths_must_agree():
    lat = np.array([1.0, np.nan])
    fill_positions(lat, lat.copy(), [text_array(["x", "x"])])
    assert np.isnan(lat[1])
    with pytest.raises(CriterionError):
        fill_positions(lat, lat, [text_array(["x"])])


@given(st.lists(st.tuples(LAT, LON, st.booleans(), st.sampled_from("ab")), min_size=1, max_size=20))
def test_given_positions_are_never_moved(rows):
    lat = np.array([row[0] if row[2] else np.nan for row in rows])
    lon = np.array([row[1] if row[2] else np.nan for row in rows])
    out_lat, out_lon, source = fill_positions(lat, lon, [text_array(row[3] for row in rows)])
    given = np.isfinite(lat)
    np.testing.assert_array_equal(out_lat[given], lat[given])
    np.testing.assert_array_equal(out_lon[given], lon[given])
    assert (source[given] == 0).all()
    assert (np.isnan(out_lat) == (source == 255)).all()
