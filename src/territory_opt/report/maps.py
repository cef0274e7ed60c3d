"""A map without tiles: accounts as dots coloured by book, homes as rings, names where they fit."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.fairness.wording import clean, count, display_width
from territory_opt.report import svg
from territory_opt.report.dots import side_by_side
from territory_opt.report.outlines import border_lines
from territory_opt.report.palette import COLOURS, book_colours
from territory_opt.report.projection import in_frame, project, unwrapped

if TYPE_CHECKING:
    from territory_opt.alignment import Alignment
    from territory_opt.problem import Problem

__all__ = ["Map", "book_map"]

_WIDTH = 1000.0
_MARGIN = 22.0
_TALLEST = 760.0
_MOST_POINTS = 5_000
_MOST_NAMES = 60
_LETTER = 6.6
_LINE = 13.0


@dataclass(frozen=True, slots=True)
class Map:
    """A drawn map.

    Attributes
    ----------
    picture : str
        SVG element; each book is a group with ``data-book`` holding its position in the team.
    notes : tuple of str
        What the map leaves out.
    """

    picture: str
    notes: tuple[str, ...]


def book_map(problem: Problem, alignment: Alignment, names: tuple[str, ...]) -> Map | None:
    """Draw the accounts of every book.

    Parameters
    ----------
    problem, alignment : Problem, Alignment
        What to draw.
    names : tuple of str, length n_reps
        Names of the books.

    Returns
    -------
    Map or None
        None when fewer than two accounts have a place.
    """
    places = problem.places
    located = np.flatnonzero(np.isfinite(places.lat) & np.isfinite(places.lon))
    if located.size < 2 or (np.ptp(places.lat[located]) == 0.0 and np.ptp(places.lon[located]) == 0.0):
        return None
    lat, lon = places.lat[located], unwrapped(places.lon[located])
    keep = in_frame(lat, lon)
    notes = []
    n_lost = problem.n_accounts - located.size
    if n_lost:
        notes.append(f"{count(n_lost, 'account has', 'accounts have')} no place and cannot be drawn.")
    if not keep.all():
        notes.append(
            f"{count(int((~keep).sum()), 'account lies', 'accounts lie')} far from the others, outside this frame."
        )
    account, lat, lon = located[keep], lat[keep], lon[keep]
    rep = alignment.rep_index[account]
    page = _Page.fit(lat, lon)
    x, y = page.place(lat, lon)
    n_reps = len(names)
    centre_x, centre_y = _medians(x, rep, n_reps), _medians(y, rep, n_reps)
    colour = book_colours(centre_x, centre_y)
    shown = np.arange(account.size)
    if account.size > _MOST_POINTS:
        # Every k-th account of each book: the picture keeps its shape and is the same every time.
        in_order = np.lexsort((account, rep))
        shown = in_order[np.linspace(0, account.size - 1, _MOST_POINTS).round().astype(np.int64)]
        notes.append(f"{_MOST_POINTS:,} of {account.size:,} accounts are drawn, evenly from every book.")
    radius = float(np.clip(90.0 / np.sqrt(max(shown.size, 1)), 1.4, 4.0))
    shown = shown[np.lexsort((shown, rep[shown]))]
    dot_x, dot_y = side_by_side(x[shown], y[shown], 2.1 * radius)
    parts = [_borders(page, lat, lon)]
    parts += _points(dot_x, dot_y, rep[shown], colour, names, radius)
    homes = _homes(problem, alignment, page, float(lon.mean()))
    parts += [_ring(hx, hy, names[j], j) for j, hx, hy in homes]
    at = {j: (hx, hy) for j, hx, hy in homes}
    parts += _labels(names, at, centre_x, centre_y, page.height)
    summary = f"Map of {count(shown.size, 'account')} coloured by {count(n_reps, 'book')}"
    return Map(svg.figure("".join(parts), _WIDTH, page.height, summary, css="map"), tuple(notes))


@dataclass(frozen=True, slots=True)
class _Page:
    """Where the projected frame lies on the picture."""

    around: tuple[FloatArray, FloatArray]
    left: float
    top: float
    scale: float
    offset: float
    height: float

    @classmethod
    def fit(cls, lat: FloatArray, lon: FloatArray) -> _Page:
        x, y = project(lat, lon, around=(lat, lon))
        wide, tall = float(np.ptp(x)), float(np.ptp(y))
        scale = min((_WIDTH - 2 * _MARGIN) / max(wide, 1e-9), (_TALLEST - 2 * _MARGIN) / max(tall, 1e-9))
        height = max(tall * scale + 2 * _MARGIN, 120.0)
        offset = (_WIDTH - wide * scale) / 2.0
        return cls((lat, lon), float(x.min()), float(y.max()), scale, offset, height)

    def place(self, lat: FloatArray, lon: FloatArray) -> tuple[FloatArray, FloatArray]:
        x, y = project(lat, lon, around=self.around)
        return self.offset + (x - self.left) * self.scale, _MARGIN + (self.top - y) * self.scale


def _medians(values: FloatArray, group: IntArray, n_groups: int) -> FloatArray:
    order = np.lexsort((values, group))
    start = np.searchsorted(group[order], np.arange(n_groups), side="left")
    stop = np.searchsorted(group[order], np.arange(n_groups), side="right")
    middle = np.full(n_groups, np.nan)
    used = stop > start
    middle[used] = values[order][(start[used] + stop[used]) // 2]
    return middle


def _borders(page: _Page, lat: FloatArray, lon: FloatArray) -> str:
    """One path for all borders, kept to what the picture shows."""
    path = []
    for line_lat, line_lon in border_lines(lat, lon):
        x, y = page.place(line_lat, line_lon)
        near = (x > -60.0) & (x < _WIDTH + 60.0) & (y > -60.0) & (y < page.height + 60.0)
        # A segment matters when either end is near the picture.
        ends = np.append(near[1:], False) | near | np.append(False, near[:-1])
        for piece in np.split(np.arange(x.size), np.flatnonzero(~(ends[1:] & ends[:-1])) + 1):
            if piece.size > 1 and near[piece].any():
                points = [
                    f"{svg.n(px)} {svg.n(py)}" for px, py in zip(x[piece].tolist(), y[piece].tolist(), strict=True)
                ]
                path.append("M" + "L".join(points))
    return f'<path class="border" d="{"".join(path)}" fill="none" stroke="#c3cad2" stroke-width=".8"/>' if path else ""


def _points(
    x: FloatArray, y: FloatArray, rep: IntArray, colour: IntArray, names: tuple[str, ...], radius: float
) -> list[str]:
    """One path per book: a zero-length stroke with a round end is a dot, at a third of the size of circles."""
    parts = []
    order = np.argsort(rep, kind="stable")
    books, starts = np.unique(rep[order], return_index=True)
    for j, mine in zip(books.tolist(), np.split(order, starts[1:]), strict=True):
        path = "".join(f"M{svg.n(px)} {svg.n(py)}h0" for px, py in zip(x[mine].tolist(), y[mine].tolist(), strict=True))
        tip = escape(clean(f"{names[j]}: {count(mine.size, 'account')} drawn"))
        parts.append(
            f'<path class="book" data-book="{j}" d="{path}" stroke="{COLOURS[colour[j]]}" '
            f'stroke-width="{2 * radius:.1f}" stroke-linecap="round" stroke-opacity=".85" fill="none">'
            f"<title>{tip}</title></path>"
        )
    return parts


def _homes(problem: Problem, alignment: Alignment, page: _Page, middle: float) -> list[tuple[int, float, float]]:
    """Position on the page of every home, given or chosen, that lies inside the frame."""
    places = problem.places
    chosen = places.open_reps & (alignment.home_index >= 0)
    lat = np.where(chosen, places.lat[alignment.home_index], places.rep_lat)
    lon = np.where(chosen, places.lon[alignment.home_index], places.rep_lon)
    known: BoolArray = np.isfinite(lat) & np.isfinite(lon)
    found = []
    for j in np.flatnonzero(known).tolist():
        turned = lon[j] + 360.0 * round((middle - lon[j]) / 360.0)
        x, y = page.place(lat[j : j + 1], np.array([turned]))
        if 0.0 <= x[0] <= _WIDTH and 0.0 <= y[0] <= page.height:
            found.append((j, float(x[0]), float(y[0])))
    return found


def _ring(x: float, y: float, name: str, j: int) -> str:
    return (
        f'<circle class="home" data-book="{j}" cx="{svg.n(x)}" cy="{svg.n(y)}" r="4.2" fill="#fff" '
        f'stroke="{svg.INK}" stroke-width="2"><title>{escape(clean(name))}: home</title></circle>'
    )


def _labels(
    names: tuple[str, ...], homes: dict[int, tuple[float, float]], x: FloatArray, y: FloatArray, height: float
) -> list[str]:
    """Names beside homes (or in the middle of a book), left out where they would cover another name or a home."""
    if len(names) > _MOST_NAMES:
        return []
    taken = [(hx - 8, hy - 8, hx + 8, hy + 8) for hx, hy in homes.values()]
    parts = []
    for j, name in enumerate(names):
        at = homes.get(j)
        px, py = at if at is not None else (float(x[j]), float(y[j]))
        if not np.isfinite(px):
            continue
        wide = _LETTER * display_width(name)
        for left, base in (
            (px + 9, py + 4),
            (px - 9 - wide, py + 4),
            (px - wide / 2, py - 10),
            (px - wide / 2, py + 19),
        ):
            box = (left, base - _LINE + 3, left + wide, base + 3)
            fits = box[0] >= 2 and box[2] <= _WIDTH - 2 and box[1] >= 0 and box[3] <= height
            if fits and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                text = svg.label(left, base, name, css="place")
                parts.append(f'<g class="tag" data-book="{j}">{text}</g>')
                break
    return parts


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
