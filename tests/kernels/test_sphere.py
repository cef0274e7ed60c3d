import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from territory_opt.kernels.sphere import EARTH_RADIUS_KM, arc_km, unit_vectors

latitude = st.floats(-90, 90)
longitude = st.floats(-180, 180)


@given(latitude, longitude, latitude, longitude)
def test_arc_of_a_chord_equals_the_haversine(lat1, lon1, lat2, lon2):
    a, b = (unit_vectors(np.array([lat]), np.array([lon])) for lat, lon in ((lat1, lon1), (lat2, lon2)))
    phi1, phi2, dlon = np.radians(lat1), np.radians(lat2), np.radians(lon2 - lon1)
    half = np.sin((phi2 - phi1) / 2) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(dlon / 2) ** 2
    expected = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(min(half, 1.0)))
    assert abs(float(arc_km(((a - b) ** 2).sum(1))[0]) - expected) < 1e-3  # near antipodes asin is steep


def test_unknown_position_is_the_zero_vector():
    assert unit_vectors(np.array([np.nan]), np.array([3.0])).tolist() == [[0.0, 0.0, 0.0]]
