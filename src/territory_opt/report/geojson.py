"""Accounts and homes as GeoJSON, for any map program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt._typing import AnyArray, FloatArray
from territory_opt.fairness.tables import plain
from territory_opt.frames import write_text_atomic
from territory_opt.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from territory_opt.fairness import FairnessReport

__all__ = ["geojson_text", "write_geojson"]

_DIGITS = 7
_TAKEN = frozenset(
    ("kind", "account_id", "rep_id", "rep_name", "owner_before", "change", "tier", "position", "capacity")
)
_TEXTS = ("name", "vertical", "segment", "region", "city")


def write_geojson(source: Result | FairnessReport, path: str | Path) -> Path:
    """Write accounts and homes as points.

    Parameters
    ----------
    source : Result or FairnessReport
        A result with an alignment, or the report of any alignment.
    path : str or Path
        Where to; the file is written whole or not at all.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    NoAlignmentError
        The result has no alignment.
    OSError
        The folder does not exist or cannot be written to.

    Notes
    -----
    RFC 7946 (doi:10.17487/RFC7946): WGS 84, longitude first, seven decimals (a centimetre). See :func:`geojson_text`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a"], "acv": [9e4], "lat": [40.0], "lon": [-75.0]})
    >>> team = topt.Team.from_frame({"rep_id": ["r1"], "lat": [40.1], "lon": [-75.2]})
    >>> problem = topt.Problem(accounts, team)
    >>> report = topt.fairness(problem, topt.Alignment.from_index(problem, [0]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     text = write_geojson(report, pathlib.Path(folder, "books.geojson")).read_text("utf-8")
    >>> [feature["geometry"]["coordinates"] for feature in json.loads(text)["features"]]
    [[-75.0, 40.0], [-75.2, 40.1]]
    """
    target = Path(path)
    write_text_atomic(target, geojson_text(source))
    return target


def geojson_text(source: Result | FairnessReport) -> str:
    """Return a feature collection: one point per account, then one per rep.

    Parameters
    ----------
    source : Result or FairnessReport
        A result with an alignment, or the report of any alignment.

    Returns
    -------
    str
        GeoJSON, one feature a line. ``kind`` is ``"account"`` or ``"home"``. An account has rep, owner before, change,
        tier and what it adds to every measure; ``position`` says whether its place is its ``own``, ``estimated`` from
        its city or region, or ``unknown``: then the geometry is null. A home has the totals of the book, deviation and
        in band or not; ``position`` is ``given``, ``chosen`` by the solver, or ``unknown``.

    Raises
    ------
    NoAlignmentError
        The result has no alignment.

    Notes
    -----
    Books have no outlines here: a hull around points would claim places that belong to other books.
    """
    report = source.fairness() if isinstance(source, Result) else source
    head = {"type": "FeatureCollection", "name": "territory_books", "plan": report.problem.fingerprint}
    lines = [_line(feature) for feature in (*_accounts(report), *_homes(report))]
    body = ",\n".join(lines)
    # Half of a surrogate pair cannot be written as UTF-8.
    return f'{json.dumps(head)[:-1]}, "features": [\n{body}\n]}}\n'.encode("utf-8", "replace").decode("utf-8")


def _accounts(report: FairnessReport) -> Iterator[dict[str, Any]]:
    problem, alignment = report.problem, report.alignment
    accounts, reps, everyone = problem.accounts, alignment.rep_index, np.arange(problem.n_accounts)
    before = problem.owners.rep_index
    columns: dict[str, list[Any]] = {"account_id": accounts.account_id.tolist()}
    columns |= {name: accounts.text(name).tolist() for name in _TEXTS if accounts.has(name)}
    columns["rep_id"] = alignment.rep_id[reps].tolist()
    columns["rep_name"] = [report.rep_name[j] for j in reps.tolist()]
    if accounts.has("owner"):
        owner = accounts.text("owner")
        nobody = np.array([not str(name).strip() for name in owner], dtype=np.bool_)
        columns["owner_before"] = owner.tolist()
        words = np.select([before == reps, before >= 0, nobody], ["kept", "moved", "new"], default="owner left")
        columns["change"] = words.tolist()
    if not problem.arrays_only:
        columns["tier"] = problem.scores.tier.tolist()
    for row in report.measures:
        if row.measure != "accounts":
            added = problem.contribution(row.measure, everyone, reps, alignment.home_index)
            columns[_property(row.measure)] = _rounded(added)
    places = problem.places
    own = np.isfinite(accounts.number("lat")) if accounts.has("lat") else np.zeros(problem.n_accounts, dtype=np.bool_)
    known = np.isfinite(places.lat) & np.isfinite(places.lon)
    columns["position"] = np.select([~known, own], ["unknown", "own"], default="estimated").tolist()
    return _features("account", columns, places.lat, places.lon)


def _homes(report: FairnessReport) -> Iterator[dict[str, Any]]:
    problem, home = report.problem, report.alignment.home_index
    places = problem.places
    chosen = places.open_reps & (home >= 0)
    lat = np.where(chosen, places.lat[home], places.rep_lat)
    lon = np.where(chosen, places.lon[home], places.rep_lon)
    columns: dict[str, list[Any]] = {
        "rep_id": list(report.rep_id),
        "rep_name": list(report.rep_name),
        "capacity": report.capacity.tolist(),
    }
    for row in report.measures:
        name = _property(row.measure)
        columns[name] = _rounded(row.totals)
        if row.band is not None:
            columns[f"{name}_deviation"] = _rounded(row.deviation)
            columns[f"{name}_in_band"] = row.inside.tolist()
    known = np.isfinite(lat) & np.isfinite(lon)
    columns["position"] = np.select([~known, chosen], ["unknown", "chosen"], default="given").tolist()
    return _features("home", columns, lat, lon)


def _property(measure: str) -> str:
    """Name of a measure among the properties: a column of the user may be called like one of the others."""
    return f"measure_{measure}" if measure in _TAKEN or measure in _TEXTS else measure


def _features(kind: str, columns: dict[str, list[Any]], lat: FloatArray, lon: FloatArray) -> Iterator[dict[str, Any]]:
    names, records = ("kind", *columns), zip(*columns.values(), strict=True)
    for y, x, record in zip(lat.tolist(), lon.tolist(), records, strict=True):
        known = x == x and y == y
        point = {"type": "Point", "coordinates": [round(x, _DIGITS), round(y, _DIGITS)]} if known else None
        properties = dict(zip(names, (kind, *record), strict=True))
        yield {"type": "Feature", "geometry": point, "properties": properties}


def _rounded(values: AnyArray) -> list[Any]:
    found: list[Any] = plain(np.round(values, 6).tolist())
    return found


def _line(feature: dict[str, Any]) -> str:
    return json.dumps(feature, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
