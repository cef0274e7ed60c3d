"""Where accounts, homes and borders lie on a map's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.report.outlines import border_lines
from territory_opt.report.palette import book_colours
from territory_opt.report.projection import in_frame, project, unwrapped

if TYPE_CHECKING:
    from territory_opt.alignment import Alignment
    from territory_opt.problem import Problem

__all__ = ["WIDTH", "Placed", "placed_accounts"]

WIDTH = 1000.0
_MARGIN = 22.0
_TALLEST = 760.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A map before it is drawn, in units of a page 1,000 wide.

    Attributes
    ----------
    account, rep : ndarray of int, shape (n,)
        Accounts inside the frame, and whose they are.
    x, y : ndarray of float, shape (n,)
        Where they are; y downwards.
    centre_x, centre_y : ndarray of float, shape (n_reps,)
        Middle of every book; NaN for a book without a place.
    colour : ndarray of int, shape (n_reps,)
        Positions in the palette; neighbours differ.
    homes : tuple of (int, float, float)
        Book, x and y of every home inside the frame.
    borders : tuple of tuple of (float, float)
        Lines.
    width, height : float
        Of the page.
    n_nowhere, n_outside : int
        Accounts without a place, and far from the others.
    """

    account: IntArray
    rep: IntArray
    x: FloatArray
    y: FloatArray
    centre_x: FloatArray
    centre_y: FloatArray
    colour: IntArray
    homes: tuple[tuple[int, float, float], ...]
    borders: tuple[tuple[tuple[float, float], ...], ...]
    width: float
    height: float
    n_nowhere: int
    n_outside: int


def placed_accounts(problem: Problem, alignment: Alignment) -> Placed | None:
    """Lay out a map; None when fewer than two accounts have a place.

    Parameters
    ----------
    problem, alignment : Problem, Alignment
        What to lay out.
    """
    places = problem.places
    located = np.flatnonzero(np.isfinite(places.lat) & np.isfinite(places.lon))
    if located.size < 2 or (np.ptp(places.lat[located]) == 0.0 and np.ptp(places.lon[located]) == 0.0):
        return None
    lat, lon = places.lat[located], unwrapped(places.lon[located])
    keep = in_frame(lat, lon)
    account, lat, lon = located[keep], lat[keep], lon[keep]
    rep = alignment.rep_index[account]
    page = _Page.fit(lat, lon)
    x, y = page.place(lat, lon)
    centre_x, centre_y = _medians(x, rep, problem.n_reps), _medians(y, rep, problem.n_reps)
    return Placed(
        account=account,
        rep=rep,
        x=x,
        y=y,
        centre_x=centre_x,
        centre_y=centre_y,
        colour=book_colours(centre_x, centre_y),
        homes=tuple(_homes(problem, alignment, page, float(lon.mean()))),
        borders=tuple(_borders(page, lat, lon)),
        width=WIDTH,
        height=page.height,
        n_nowhere=problem.n_accounts - located.size,
        n_outside=int((~keep).sum()),
    )


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
        scale = min((WIDTH - 2 * _MARGIN) / max(wide, 1e-9), (_TALLEST - 2 * _MARGIN) / max(tall, 1e-9))
        height = max(tall * scale + 2 * _MARGIN, 120.0)
        offset = (WIDTH - wide * scale) / 2.0
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


def _borders(page: _Page, lat: FloatArray, lon: FloatArray) -> list[tuple[tuple[float, float], ...]]:
    """Borders, kept to what the picture shows."""
    found = []
    for line_lat, line_lon in border_lines(lat, lon):
        x, y = page.place(line_lat, line_lon)
        near = (x > -60.0) & (x < WIDTH + 60.0) & (y > -60.0) & (y < page.height + 60.0)
        # A segment matters when either end is near the picture.
        ends = np.append(near[1:], False) | near | np.append(False, near[:-1])
        for piece in np.split(np.arange(x.size), np.flatnonzero(~(ends[1:] & ends[:-1])) + 1):
            if piece.size > 1 and near[piece].any():
                xs, ys = x[piece].round(1).tolist(), y[piece].round(1).tolist()
                found.append(tuple(zip(xs, ys, strict=True)))
    return found


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
        if 0.0 <= x[0] <= WIDTH and 0.0 <= y[0] <= page.height:
            found.append((j, float(x[0]), float(y[0])))
    return found
