"""Vectorised checks of one column: the usual case costs one pass, only bad rows are looked at one by one."""

from __future__ import annotations

import numpy as np

from territory_opt._specs import MONEY_LIMIT, Spec
from territory_opt._text import codes
from territory_opt._typing import AnyArray, BoolArray, FloatArray, IntArray, TextArray
from territory_opt.errors import Issue

__all__ = ["check_ids", "check_numbers", "check_parents", "check_positions"]


def _rows(mask: BoolArray) -> list[int]:
    return [int(row) for row in np.flatnonzero(mask)]


def check_ids(ids: TextArray, header: str, issues: list[Issue]) -> None:
    """Every id is there and occurs once."""
    items = ids.tolist()
    if "" not in (distinct := set(items)) and len(distinct) == len(items):
        return
    first: dict[str, int] = {}
    for row, item in enumerate(items):
        if item == "":
            issues.append(Issue(row, header, "the id is missing", "give every row its own id"))
        elif item in first:
            what = f"{item!r} is already the id of row {first[item]}"
            issues.append(Issue(row, header, what, "ids must be unique: merge the rows or rename one"))
        else:
            first[item] = row


def check_numbers(values: FloatArray, spec: Spec, header: str, issues: list[Issue], skip: BoolArray) -> None:
    """Numbers are finite, within what the column allows, and present where they must be.

    Parameters
    ----------
    values : ndarray
        Shape (n,); NaN is missing.
    spec : Spec
        What the column may hold.
    header : str
        The column as the user spelled it.
    issues : list of Issue
        Receives the problems.
    skip : ndarray of bool
        Shape (n,); rows already reported.
    """
    if not spec.blank:
        for row in _rows(np.isnan(values) & ~skip):
            hint = "write 0 if it is worth nothing, or drop the row"
            issues.append(Issue(row, header, "the value is missing or not a number", hint))
    with np.errstate(invalid="ignore"):
        wrong = (values < spec.low) | (values > spec.high)
    wrong &= ~skip
    issues.extend(_out_of_range(row, float(values[row]), spec, header) for row in _rows(wrong))


def _out_of_range(row: int, value: float, spec: Spec, header: str) -> Issue:
    if not np.isfinite(value):
        return Issue(row, header, f"{value:g} is not a finite number", "fill it or drop the row")
    if spec.kind in {"money", "measure"}:
        if value < 0.0:
            what = f"negative {'money' if spec.kind == 'money' else 'value'} {value:.15g}"
            return Issue(row, header, what, "at least 0; credits and corrections belong elsewhere")
        what = f"{value:g} is above {MONEY_LIMIT:g}"
        return Issue(row, header, what, "nothing here is that large; sums would lose their cents")
    if spec.name in {"lat", "lon"}:
        word = "latitude" if spec.name == "lat" else "longitude"
        what = f"{word} {value:.10g} is outside [{spec.low:g}, {spec.high:g}]"
        swapped = spec.name == "lat" and abs(value) <= 180.0
        hint = "are lat and lon swapped?" if swapped else "check for a missing decimal point or projected coordinates"
        return Issue(row, header, what, hint)
    if spec.name == "capacity":
        edge = "not above 0" if value <= 0.0 else f"above {spec.high:g}" if value > spec.high else f"below {spec.low:g}"
        return Issue(row, header, f"capacity {value:g} is {edge}", "1 is a full book; drop a rep without one")
    if spec.share:
        return Issue(
            row, header, f"{spec.name} {value:g} is outside [0, 1]", "shares are never rescaled: write 0.15 for 15 %"
        )
    bounds = f"[{spec.low:g}, {spec.high:g}]"
    return Issue(row, header, f"{spec.name} {value:g} is outside {bounds}", "correct it or leave the cell empty")


def check_positions(columns: dict[str, AnyArray], headers: dict[str, str], issues: list[Issue]) -> list[str]:
    """A position has both coordinates; the point 0, 0 is worth a warning.

    Returns
    -------
    list of str
        Warnings.
    """
    for one, other in (("lat", "lon"), ("lon", "lat")):
        if one in columns and other not in columns:
            issues.append(Issue(None, headers[one], f"there is a {one} column but no {other}", "a position needs both"))
    if "lat" not in columns or "lon" not in columns:
        return []
    lat, lon = columns["lat"], columns["lon"]
    for row in _rows(np.isnan(lat) != np.isnan(lon)):
        present, absent = ("lon", "lat") if np.isnan(lat[row]) else ("lat", "lon")
        issues.append(
            Issue(row, headers[absent], f"{absent} is missing where {present} is given", "fill it or empty both")
        )
    n_zero = int(np.count_nonzero((lat == 0.0) & (lon == 0.0)))
    return [f"{n_zero:,} rows lie at latitude 0, longitude 0, in the sea: unknown positions?"] if n_zero else []


def check_parents(ids: TextArray, parents: TextArray, header: str, issues: list[Issue]) -> tuple[TextArray, list[str]]:
    """Chains of parents end.

    Parameters
    ----------
    ids, parents : ndarray of str
        Shape (n,).
    header : str
        The parent column as the user spelled it.
    issues : list of Issue
        Receives one problem for each cycle.

    Returns
    -------
    parents : ndarray of str
        With ``""`` where an account named itself.
    notes : list of str
        What was found.

    Notes
    -----
    Pointer doubling: after log2(n) squarings of the parent map every chain that ends has reached its end.
    """
    itself = parents == ids
    itself &= parents != ""
    notes = []
    if itself.any():
        parents = np.where(itself, "", parents).astype(object)
        notes.append(f"{int(itself.sum()):,} accounts name themselves as parent: read as having none")
    at = {item: row for row, item in enumerate(ids.tolist())}
    end = ids.size
    step: IntArray = np.array([at.get(parent, end) for parent in parents.tolist()] + [end], dtype=np.int64)
    step[:-1][parents == ""] = end
    outside = int(np.count_nonzero((step[:-1] == end) & (parents != "")))
    if outside:
        _, names = codes(parents[(step[:-1] == end) & (parents != "")])
        notes.append(
            f"{outside:,} accounts have one of {len(names):,} parents that are not in the table: "
            "they still belong together"
        )
    reach = step
    for _ in range(max(int(np.ceil(np.log2(end + 1))), 1)):
        reach = reach[reach]
    stuck = np.flatnonzero(reach[:-1] != end)
    seen: set[int] = set()
    for start in np.unique(reach[stuck]).tolist():
        cycle: list[int] = []
        row = int(start)
        while row not in seen:
            seen.add(row)
            cycle.append(row)
            row = int(step[row])
        if cycle:
            first = cycle.index(min(cycle))
            cycle = cycle[first:] + cycle[:first]
            names_shown = [str(ids[row]) for row in cycle[:6]] + (["..."] if len(cycle) > 6 else [])
            chain = " -> ".join([*names_shown, str(ids[cycle[0]])])
            issues.append(
                Issue(cycle[0], header, f"parents run in a circle: {chain}", "empty one of these parent cells")
            )
    return parents, notes
