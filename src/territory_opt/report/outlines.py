"""Borders behind the dots: states where the accounts are in the United States, countries elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files

import numpy as np

from territory_opt._typing import BoolArray, FloatArray

__all__ = ["border_lines"]

# Longitude and latitude that enclose the fifty states without Alaska and Hawaii.
_STATES_LON, _STATES_LAT = (-126.0, -66.0), (24.0, 50.0)
_UNIT = 100.0
# Below these sizes of the map, in degrees, the lines are too coarse to be of help.
_LEAST_STATES, _LEAST_COUNTRIES = 1.0, 5.0


def border_lines(lat: FloatArray, lon: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield the borders near some points.

    Parameters
    ----------
    lat, lon : ndarray of float, shape (n,)
        Degrees of what the map shows, unwrapped.

    Yields
    ------
    lat, lon : ndarray of float, shape (m,)
        One line in degrees, shifted by whole turns to where the points are; lines far from the points are left out,
        and all of them where the points are so close together that the lines would look wrong.
    """
    middle = float(lon.min() + lon.max()) / 2.0
    wide, tall = float(np.ptp(lon)) + 4.0, float(np.ptp(lat)) + 4.0
    states = _mostly_states(lat, lon)
    if max(np.ptp(lat), np.ptp(lon)) < (_LEAST_STATES if states else _LEAST_COUNTRIES):
        return
    for line in _lines(states):
        line_lon, line_lat = line[0::2].cumsum() / _UNIT, line[1::2].cumsum() / _UNIT
        line_lon = line_lon + 360.0 * np.round((middle - line_lon) / 360.0)
        near: BoolArray = (
            (np.abs(line_lon - middle) < wide) & (line_lat > lat.min() - tall) & (line_lat < lat.max() + tall)
        )
        # A line is cut where it leaves the surroundings, and where it jumps across the far side of the globe.
        cut = np.flatnonzero(~(near[1:] & near[:-1]) | (np.abs(np.diff(line_lon)) > 180.0)) + 1
        for piece in np.split(np.arange(line_lon.size), cut):
            if piece.size > 1:
                yield line_lat[piece], line_lon[piece]


def _mostly_states(lat: FloatArray, lon: FloatArray) -> bool:
    turned = np.mod(lon + 180.0, 360.0) - 180.0
    inside = (turned > _STATES_LON[0]) & (turned < _STATES_LON[1]) & (lat > _STATES_LAT[0]) & (lat < _STATES_LAT[1])
    return bool(inside.mean() > 0.5)


def _lines(states: bool) -> list[FloatArray]:
    text = files("territory_opt.report").joinpath("borders", "borders.json").read_text("utf-8")
    borders = json.loads(text)
    chosen = borders["countries"] + borders["states" if states else "united_states"]
    return [np.array(line, dtype=np.float64) for line in chosen]
