"""Distances on the sphere, the density class of a place, and positions for accounts that lack one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from territory_opt._text import codes
from territory_opt._typing import FloatArray, IntArray, TextArray
from territory_opt.errors import CriterionError

__all__ = ["DENSITY_CLASSES", "EARTH_RADIUS_KM", "density_class", "fill_positions", "great_circle_km", "unit_xyz"]

EARTH_RADIUS_KM = 6371.0088
DENSITY_CLASSES = ("urban", "suburban", "rural")
UNKNOWN_SOURCE = 255

_CELL_KM = 20.0
_URBAN_SHARE, _URBAN_LEAST, _URBAN_MOST = 3e-3, 10.0, 200.0
_RURAL_SHARE, _RURAL_LEAST, _RURAL_MOST = 3e-4, 3.0, 20.0


def great_circle_km(lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> FloatArray:
    """Great-circle distance by the haversine formula.

    Parameters
    ----------
    lat1, lon1, lat2, lon2 : array_like
        Positions in degrees; shapes broadcast together. NaN gives NaN.

    Returns
    -------
    ndarray
        Distance in km on a sphere of radius 6,371.0088 km, shape of the broadcast.

    Notes
    -----
    D-TRAVEL-2. ``2 R asin sqrt(sin^2(dlat / 2) + cos lat1 cos lat2 sin^2(dlon / 2))``, which keeps its digits for
    short distances. R. W. Sinnott, "Virtues of the haversine", Sky and Telescope 68 (1984) 159.

    Examples
    --------
    >>> round(float(great_circle_km(40.7128, -74.0060, 34.0522, -118.2437)))
    3936
    """
    phi1, phi2 = np.radians(np.asarray(lat1, np.float64)), np.radians(np.asarray(lat2, np.float64))
    half_lon = np.radians(np.asarray(lon2, np.float64) - np.asarray(lon1, np.float64)) / 2.0
    a = np.sin((phi2 - phi1) / 2.0) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_lon) ** 2
    # rounding can push antipodes a few 1e-16 above 1
    return np.asarray(2.0 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(a, 0.0, 1.0))), np.float64)


def unit_xyz(lat: ArrayLike, lon: ArrayLike) -> FloatArray:
    """Points on the unit sphere.

    Parameters
    ----------
    lat, lon : array_like
        Positions in degrees, shape (n,).

    Returns
    -------
    ndarray
        Shape (n, 3). NaN positions give NaN points.

    Examples
    --------
    >>> unit_xyz([0.0, 90.0], [0.0, 0.0]).round(3).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    phi, lam = np.radians(np.asarray(lat, np.float64)), np.radians(np.asarray(lon, np.float64))
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)


def density_class(lat: ArrayLike, lon: ArrayLike) -> TextArray:
    """Class every position as urban, suburban or rural by the accounts around it.

    Parameters
    ----------
    lat, lon : array_like
        Positions in degrees, shape (n,); NaN where unknown.

    Returns
    -------
    ndarray of str
        Shape (n,): ``"urban"``, ``"suburban"``, ``"rural"``; ``"suburban"`` where the position is unknown.

    Notes
    -----
    D-TRAVEL-2. Space is cut into cubes of 20 km; an account counts the accounts in its own cube and in those that
    touch it, so about 30 km around. Of n positions, at least 0.3 % of n (but from 10 to 200) make it urban, fewer
    than 0.03 % of n (but from 3 to 20) rural. The thresholds are library defaults: a sales team's own accounts are
    a thin sample of the people who live somewhere, so they scale with the size of the sample within limits. A
    ``density`` column replaces them.

    Examples
    --------
    >>> density_class([40.0] * 12 + [45.0], [-74.0] * 12 + [-100.0])[[0, 12]].tolist()
    ['urban', 'rural']
    """
    xyz = unit_xyz(lat, lon)
    known = np.isfinite(xyz).all(axis=1)
    classes = np.full(xyz.shape[0], "suburban", dtype=object)
    n_known = int(known.sum())
    if n_known == 0:
        return classes
    around = _accounts_around(xyz[known])
    kinds = np.full(n_known, "suburban", dtype=object)
    kinds[around >= np.clip(_URBAN_SHARE * n_known, _URBAN_LEAST, _URBAN_MOST)] = "urban"
    kinds[around < np.clip(_RURAL_SHARE * n_known, _RURAL_LEAST, _RURAL_MOST)] = "rural"
    classes[known] = kinds
    return classes


def _accounts_around(xyz: FloatArray) -> IntArray:
    """Number of points in the cube of every point and in the 26 cubes that touch it."""
    side = np.int64(2 * int(EARTH_RADIUS_KM / _CELL_KM) + 8)
    cell = np.floor(xyz * (EARTH_RADIUS_KM / _CELL_KM)).astype(np.int64) + side // 2
    key = (cell[:, 0] * side + cell[:, 1]) * side + cell[:, 2]
    cells, inverse, count = np.unique(key, return_inverse=True, return_counts=True)
    total = np.zeros(cells.size, dtype=np.int64)
    steps = np.arange(-1, 2)
    for step in (steps[:, None, None] * side + steps[None, :, None]).ravel() * side:
        for last in steps:
            wanted = cells + step + last
            at = np.minimum(np.searchsorted(cells, wanted), cells.size - 1)
            total += np.where(cells[at] == wanted, count[at], 0)
    return np.asarray(total[inverse.ravel()], np.int64)


def fill_positions(
    lat: FloatArray, lon: FloatArray, keys: Sequence[TextArray]
) -> tuple[FloatArray, FloatArray, np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    """Give accounts without coordinates the middle of the accounts that share a place with them.

    Parameters
    ----------
    lat, lon : ndarray
        Positions in degrees, shape (n,); NaN where unknown.
    keys : sequence of ndarray of str
        Places from the narrowest to the widest (postal code, city, region), each of shape (n,); ``""`` where
        unknown. Case does not matter.

    Returns
    -------
    lat, lon : ndarray
        Shape (n,); given positions unchanged, missing ones filled where a key allows, NaN elsewhere.
    source : ndarray of uint8
        Shape (n,); 0 given, 1 the first key, 2 the second ..., 255 unknown.

    Raises
    ------
    CriterionError
        A key has another length than the positions, or there are more than 254 keys.

    Notes
    -----
    The middle is the mean of the points on the unit sphere, put back on the sphere, so that neither the date line
    nor a pole disturbs it.

    Examples
    --------
    >>> import numpy as np
    >>> city = np.array(["Paris", "Paris", "paris"], dtype=object)
    >>> lat, lon, source = fill_positions(np.array([48.8, 48.9, np.nan]), np.array([2.3, 2.3, np.nan]), [city])
    >>> round(float(lat[2]), 2), source.tolist()
    (48.85, [0, 0, 1])
    """
    lat_out, lon_out = np.array(lat, np.float64), np.array(lon, np.float64)
    n_accounts = lat_out.size
    if len(keys) >= UNKNOWN_SOURCE or any(len(key) != n_accounts for key in keys):
        raise CriterionError(f"keys must be at most 254 arrays of {n_accounts} texts")
    given = np.isfinite(lat_out) & np.isfinite(lon_out)
    lat_out[~given] = lon_out[~given] = np.nan
    source = np.where(given, 0, UNKNOWN_SOURCE).astype(np.uint8)
    if given.all() or not given.any():
        return lat_out, lon_out, source
    xyz = unit_xyz(lat_out, lon_out)
    for number, key in enumerate(keys, start=1):
        missing = source == UNKNOWN_SOURCE
        if not missing.any():
            break
        place, names = codes(key, casefold=True)
        usable = np.array([name != "" for name in names], dtype=bool)
        sums = np.stack(
            [np.bincount(place[given], weights=xyz[given, axis], minlength=len(names)) for axis in range(3)], axis=1
        )
        length = np.sqrt((sums**2).sum(axis=1))
        # points that cancel out (antipodes) have no middle
        fill = missing & (usable & (length > 1e-9))[place]
        middle = sums[place[fill]]
        lat_out[fill] = np.degrees(np.arctan2(middle[:, 2], np.hypot(middle[:, 0], middle[:, 1])))
        lon_out[fill] = np.degrees(np.arctan2(middle[:, 1], middle[:, 0]))
        source[fill] = number
    return lat_out, lon_out, source
