"""From degrees to a flat page: equal areas where a country is shown, plain degrees where the world is."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import BoolArray, FloatArray

__all__ = ["in_frame", "project", "unwrapped"]

_CONIC_SPAN = 100.0


def unwrapped(lon: FloatArray) -> FloatArray:
    """Shift longitudes by whole turns so that the widest empty stretch is at the edge of the map.

    Parameters
    ----------
    lon : ndarray of float, shape (n,)
        Degrees.

    Returns
    -------
    ndarray of float, shape (n,)
        Degrees in one stretch of less than 360; points on both sides of the date line are neighbours again.

    Examples
    --------
    >>> unwrapped(np.array([179.0, -179.0, 170.0])).tolist()
    [179.0, 181.0, 170.0]
    """
    if lon.size < 2:
        return lon
    turn = np.sort(np.mod(lon, 360.0))
    gaps = np.diff(np.concatenate([turn, turn[:1] + 360.0]))
    # The first longitude after the widest gap becomes the western edge.
    west = turn[(int(np.argmax(gaps)) + 1) % turn.size]
    east_of_west = np.mod(lon - west, 360.0)
    start = west if west < 180.0 else west - 360.0
    return np.asarray(start + east_of_west)


def in_frame(lat: FloatArray, lon: FloatArray) -> BoolArray:
    """Tell which points are near the main mass; a handful of far ones would shrink the map to a stamp.

    Parameters
    ----------
    lat, lon : ndarray of float, shape (n,)
        Degrees, unwrapped.

    Returns
    -------
    ndarray of bool, shape (n,)
        False for points that the map leaves out; all True when leaving them out would not help.
    """
    keep = np.ones(lat.size, dtype=np.bool_)
    for values in (lat, lon):
        low, high = np.quantile(values, [0.02, 0.98])
        air = 0.25 * (high - low)
        keep &= (values >= low - air) & (values <= high + air)
    whole = float(np.ptp(lat) * np.ptp(lon))
    part = float(np.ptp(lat[keep]) * np.ptp(lon[keep]))
    return keep if part < 0.5 * whole else np.ones(lat.size, dtype=np.bool_)


def project(
    lat: FloatArray, lon: FloatArray, *, around: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Project points onto a plane.

    Parameters
    ----------
    lat, lon : ndarray of float, shape (m,)
        Degrees, unwrapped.
    around : tuple of ndarray
        Latitudes and longitudes that set the projection.

    Returns
    -------
    x, y : ndarray of float, shape (m,)
        In radians of arc on the ground, y upwards.

    Notes
    -----
    Albers' equal-area conic with standard parallels a sixth of the way from each edge (J. P. Snyder, Map Projections:
    A Working Manual, USGS 1395, 1987, eq. 14-1 to 14-6), for up to 100 degrees of longitude away from equator and
    poles; equirectangular at the middle latitude otherwise.
    """
    lats, lons = around
    south, north = float(lats.min()), float(lats.max())
    middle_lon = float(lons.min() + lons.max()) / 2.0
    first, second = np.radians([south + (north - south) / 6.0, north - (north - south) / 6.0])
    phi, relative = np.radians(lat), np.radians(lon - middle_lon)
    cone = (np.sin(first) + np.sin(second)) / 2.0
    if float(np.ptp(lons)) > _CONIC_SPAN or south * north < 0.0 or abs(cone) < 0.1 or max(-south, north) > 80.0:
        return relative * np.cos((first + second) / 2.0), phi
    constant = np.cos(first) ** 2 + 2.0 * cone * np.sin(first)
    radius = np.sqrt(np.maximum(constant - 2.0 * cone * np.sin(phi), 0.0)) / cone
    return radius * np.sin(cone * relative), -radius * np.cos(cone * relative)
