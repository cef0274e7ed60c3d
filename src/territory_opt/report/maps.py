"""A map without tiles: accounts as dots coloured by book, homes as rings, names where they fit."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.fairness.wording import clean, count, display_width
from territory_opt.report import svg
from territory_opt.report.dots import side_by_side
from territory_opt.report.palette import COLOURS
from territory_opt.report.placed import WIDTH, placed_accounts

if TYPE_CHECKING:
    from territory_opt.alignment import Alignment
    from territory_opt.problem import Problem

__all__ = ["Map", "book_map", "label_places"]

_MOST_POINTS = 5_000
_MOST_NAMES = 60
_MOST_HOMES = 1_000
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
    points : dict or None
        For the canvas of a large map: ``x`` and ``y`` of every account in tenths of the picture's unit, ``account``
        their positions in the table, ``colour`` the colour of every book, ``height`` of the picture. None where the
        picture itself has every account.
    n_sampled : int
        Accounts in the picture when it does not have all of them, else 0.
    """

    picture: str
    notes: tuple[str, ...]
    points: dict[str, Any] | None = None
    n_sampled: int = 0


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
    placed = placed_accounts(problem, alignment)
    if placed is None:
        return None
    notes = []
    if placed.n_nowhere:
        notes.append(f"{count(placed.n_nowhere, 'account has', 'accounts have')} no place and cannot be drawn.")
    if placed.n_outside:
        far = count(placed.n_outside, "account lies", "accounts lie")
        notes.append(f"{far} far from the others, outside this frame.")
    account, rep, x, y, colour = placed.account, placed.rep, placed.x, placed.y, placed.colour
    shown = np.arange(account.size)
    points = None
    if account.size > _MOST_POINTS:
        points = {
            "x": np.rint(10.0 * x).astype(np.int64).tolist(),
            "y": np.rint(10.0 * y).astype(np.int64).tolist(),
            "account": account.tolist(),
            "colour": [COLOURS[c] for c in colour.tolist()],
            "height": round(placed.height, 1),
        }
        # Every k-th account of each book: the picture keeps its shape and is the same every time.
        in_order = np.lexsort((account, rep))
        shown = in_order[np.linspace(0, account.size - 1, _MOST_POINTS).round().astype(np.int64)]
    radius = float(np.clip(90.0 / np.sqrt(max(shown.size, 1)), 1.4, 4.0))
    shown = shown[np.lexsort((shown, rep[shown]))]
    dot_x, dot_y = side_by_side(x[shown], y[shown], 2.1 * radius)
    parts = [_border_path(placed.borders)]
    parts += _points(dot_x, dot_y, rep[shown], colour, names, radius)
    if len(placed.homes) > _MOST_HOMES:
        notes.append(f"{count(len(placed.homes), 'home')} are too many to draw.")
    else:
        parts += [_ring(hx, hy, names[j], j) for j, hx, hy in placed.homes]
    at = {j: (hx, hy) for j, hx, hy in placed.homes}
    parts += _labels(names, at, placed.centre_x, placed.centre_y, placed.height)
    summary = f"Map of {count(account.size, 'account')} coloured by {count(len(names), 'book')}"
    picture = svg.figure("".join(parts), WIDTH, placed.height, summary, css="map")
    return Map(picture, tuple(notes), points, shown.size if points is not None else 0)


def _border_path(borders: tuple[tuple[tuple[float, float], ...], ...]) -> str:
    """One path for all borders."""
    path = "".join("M" + "L".join(f"{svg.n(x)} {svg.n(y)}" for x, y in line) for line in borders)
    return (
        f'<path class="border" d="{path}" fill="none" stroke="var(--border,#c3cad2)" stroke-width=".8"/>'
        if path
        else ""
    )


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


def _ring(x: float, y: float, name: str, j: int) -> str:
    return (
        f'<circle class="home" data-book="{j}" cx="{svg.n(x)}" cy="{svg.n(y)}" r="4.2" fill="#fff" '
        f'stroke="{svg.INK}" stroke-width="2"><title>{escape(clean(name))}: home</title></circle>'
    )


def _labels(
    names: tuple[str, ...], homes: dict[int, tuple[float, float]], x: FloatArray, y: FloatArray, height: float
) -> list[str]:
    return [
        f'<g class="tag" data-book="{j}">{svg.label(left, base, names[j], css="place")}</g>'
        for j, left, base in label_places(names, homes, x, y, height)
    ]


def label_places(
    names: tuple[str, ...],
    homes: dict[int, tuple[float, float]],
    x: FloatArray,
    y: FloatArray,
    height: float,
    *,
    size: float = 1.0,
) -> list[tuple[int, float, float]]:
    """Find room for names beside homes (or in the middle of a book).

    Parameters
    ----------
    names : tuple of str, length n_reps
        Names of the books.
    homes : dict of int to (float, float)
        Place of every home on the page.
    x, y : ndarray of float, shape (n_reps,)
        Middle of every book; NaN for a book without a place.
    height : float
        Of the page, which is 1,000 wide.
    size : float, default 1.0
        How many times the letters of the report's own map.

    Returns
    -------
    list of (int, float, float)
        Book, left end and base line; names that would cover another name or a home are left out, and all of them
        above 60 books.

    Examples
    --------
    >>> import numpy as np
    >>> label_places(("Ana", "Bo"), {0: (50.0, 50.0)}, np.array([50.0, np.nan]), np.array([50.0, np.nan]), 100.0)
    [(0, 59.0, 54.0)]
    """
    if len(names) > _MOST_NAMES:
        return []
    taken = [(hx - 8, hy - 8, hx + 8, hy + 8) for hx, hy in homes.values()]
    found = []
    for j, name in enumerate(names):
        at = homes.get(j)
        px, py = at if at is not None else (float(x[j]), float(y[j]))
        if not np.isfinite(px):
            continue
        wide, line = _LETTER * size * display_width(name), _LINE * size
        for left, base in (
            (px + 9, py + 4 * size),
            (px - 9 - wide, py + 4 * size),
            (px - wide / 2, py - 10),
            (px - wide / 2, py + 6 + line),
        ):
            box = (left, base - line + 3, left + wide, base + 3)
            fits = box[0] >= 2 and box[2] <= WIDTH - 2 and box[1] >= 0 and box[3] <= height
            if fits and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                found.append((j, left, base))
                break
    return found


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
