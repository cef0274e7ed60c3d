"""Points on the unit sphere and the arc between them from their chord, without trigonometry in the loop."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import FloatArray

__all__ = ["EARTH_RADIUS_KM", "NEAR_CHORD_SQUARED", "arc_km", "unit_vectors"]

EARTH_RADIUS_KM = 6371.0088
NEAR_CHORD_SQUARED = 0.01
"""Below this squared chord (about 640 km) six terms of the arc series are exact to double precision."""


def unit_vectors(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Return points on the unit sphere.

    Parameters
    ----------
    lat, lon : ndarray of shape (n,)
        Degrees. NaN marks an unknown position.

    Returns
    -------
    ndarray of shape (n, 3)
        x, y, z; zeros where the position is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> unit_vectors(np.array([90.0]), np.array([0.0])).round(12).tolist()
    [[0.0, 0.0, 1.0]]
    """
    known = np.isfinite(lat) & np.isfinite(lon)
    phi = np.radians(np.where(known, lat, 0.0))
    theta = np.radians(np.where(known, lon, 0.0))
    points = np.empty((phi.size, 3))
    points[:, 0] = np.cos(phi) * np.cos(theta)
    points[:, 1] = np.cos(phi) * np.sin(theta)
    points[:, 2] = np.sin(phi)
    points[~known] = 0.0
    return points


def arc_km(chord_squared: FloatArray) -> FloatArray:
    """Return the great-circle distance that belongs to a squared chord of the unit sphere.

    Parameters
    ----------
    chord_squared : ndarray
        Squared straight-line distance of two unit vectors, in [0, 4].

    Returns
    -------
    ndarray
        Kilometres, with the mean earth radius 6,371.0088 km.

    Notes
    -----
    The arc is 2 R asin(c / 2); with c from a haversine this is the haversine formula.
    """
    half = np.sqrt(np.clip(chord_squared, 0.0, 4.0)) * 0.5
    result: FloatArray = 2.0 * EARTH_RADIUS_KM * np.arcsin(half)
    return result
