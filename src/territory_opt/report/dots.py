"""Dots that do not hide each other: accounts at one place are set side by side."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import FloatArray, IntArray

__all__ = ["side_by_side"]

_ROW = 0.8660254037844386


def side_by_side(x: FloatArray, y: FloatArray, spacing: float) -> tuple[FloatArray, FloatArray]:
    """Move every dot to the nearest free cell of a honeycomb.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)
        Where the dots belong.
    spacing : float
        Distance between neighbouring cells, > 0.

    Returns
    -------
    x, y : ndarray of float, shape (n,)
        Where they are drawn; no two in one cell. Earlier dots are placed first, so dots in a row of the same book
        stay together.

    Examples
    --------
    >>> x, y = side_by_side(np.zeros(3), np.zeros(3), 2.0)
    >>> sorted(zip(x.round(2).tolist(), y.round(2).tolist()))
    [(-2.0, 0.0), (-1.0, 1.73), (0.0, 0.0)]
    """
    row = np.rint(y / (spacing * _ROW)).astype(np.int64)
    column = np.rint(x / spacing - row / 2.0).astype(np.int64)
    around = _spiral(x.size)
    taken: set[tuple[int, int]] = set()
    # Where the search from a cell has already got to: places with many accounts stay cheap.
    reached: dict[tuple[int, int], int] = {}
    cells = np.empty((x.size, 2), dtype=np.int64)
    for i, home in enumerate(zip(column.tolist(), row.tolist(), strict=True)):
        step = reached.get(home, 0)
        cell = (home[0] + around[step][0], home[1] + around[step][1])
        while cell in taken:
            step += 1
            cell = (home[0] + around[step][0], home[1] + around[step][1])
        reached[home] = step + 1
        taken.add(cell)
        cells[i] = cell
    across, down = cells[:, 0].astype(np.float64), cells[:, 1].astype(np.float64)
    return spacing * (across + down / 2.0), spacing * _ROW * down


def _spiral(n_dots: int) -> list[tuple[int, int]]:
    """Cells of the honeycomb around a centre, nearest first: enough for every dot to find a free one."""
    # Hexagons up to ring r have 3 r (r + 1) + 1 cells.
    ring = int(np.ceil(np.sqrt(n_dots / 3.0))) + 2
    side: IntArray = np.arange(-2 * ring, 2 * ring + 1)
    column, row = (axis.reshape(-1) for axis in np.meshgrid(side, side, indexing="ij"))
    # Squared distance in a honeycomb with axes at 60 degrees.
    distance = column**2 + column * row + row**2
    order = np.lexsort((row, column, distance))[: n_dots + 1]
    return list(zip(column[order].tolist(), row[order].tolist(), strict=True))
