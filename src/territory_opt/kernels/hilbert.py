"""Position along a Hilbert curve: an order of points in which neighbours on the list are neighbours on the map."""

from __future__ import annotations

from numba import njit

__all__ = ["hilbert_index"]


@njit("void(float64[::1], float64[::1], int64[::1])", cache=True, nogil=True)
def hilbert_index(x, y, out):  # type: ignore[no-untyped-def]
    """Write the Hilbert index of every point.

    Parameters
    ----------
    x, y : ndarray of shape (n,)
        Coordinates in [0, 1].
    out : ndarray of shape (n,)
        Receives the index, in [0, 2**32).

    Notes
    -----
    Order 16: the classic rotation of quadrants, one level per bit (Hilbert 1891, doi:10.1007/BF01199431).
    """
    side = 1 << 16
    for i in range(x.size):
        px = min(max(int(x[i] * side), 0), side - 1)
        py = min(max(int(y[i] * side), 0), side - 1)
        index = 0
        step = side >> 1
        while step > 0:
            rx = 1 if (px & step) > 0 else 0
            ry = 1 if (py & step) > 0 else 0
            index += step * step * ((3 * rx) ^ ry)
            if ry == 0:
                if rx == 1:
                    px = side - 1 - px
                    py = side - 1 - py
                px, py = py, px
            step >>= 1
        out[i] = index
