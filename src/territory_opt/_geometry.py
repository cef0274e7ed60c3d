"""Positions out of a GeoDataFrame."""

from __future__ import annotations

from typing import Any

from territory_opt.errors import Issue

__all__ = ["with_positions"]

_WGS84 = 4326


def with_positions(frame: Any, notes: list[str], issues: list[Issue]) -> Any:
    """Return a plain frame whose ``lat`` and ``lon`` columns hold the positions of the geometry.

    Parameters
    ----------
    frame : GeoDataFrame
        Any geometry; other systems are reprojected to EPSG:4326.
    notes : list of str
        Receives what was done.
    issues : list of Issue
        Receives what cannot be used.

    Returns
    -------
    DataFrame
        Without geometry columns. ``lat`` and ``lon`` columns that exist already win over the geometry.
    """
    import pandas as pd

    try:
        shapes = frame.geometry
    except AttributeError:  # geopandas: no active geometry column
        return pd.DataFrame(frame)
    drop = [name for name, dtype in frame.dtypes.items() if str(dtype) == "geometry"]
    plain = pd.DataFrame(frame.drop(columns=drop))
    if "lat" in plain.columns and "lon" in plain.columns:
        notes.append("positions from the columns lat and lon; the geometry was not used")
        return plain
    if shapes.crs is None:
        notes.append("the geometry names no coordinate system: read as longitude and latitude (EPSG:4326)")
    elif shapes.crs.to_epsg() != _WGS84:
        notes.append(f"geometry reprojected from {shapes.crs.to_string()} to EPSG:4326")
        shapes = shapes.to_crs(epsg=_WGS84)
    usable = ~(shapes.isna() | shapes.is_empty)
    kinds = set(shapes[usable].geom_type)
    if kinds - {"Point"}:
        notes.append(f"positions of {', '.join(sorted(kinds - {'Point'}))} are a point inside the shape")
    points = shapes.where(usable).representative_point() if kinds - {"Point"} else shapes.where(usable)
    plain["lat"], plain["lon"] = points.y.to_numpy(), points.x.to_numpy()
    if not usable.all():
        notes.append(f"{int((~usable).sum()):,} rows have no geometry: their position is unknown")
    if len(plain) and not usable.any():
        issues.append(Issue(None, str(shapes.name), "every geometry is missing", "give a position to some rows"))
    return plain
