"""What books inside a limit on variation are worth at the least, at given prices."""

from __future__ import annotations

import math

import numpy as np

from territory_opt._typing import FloatArray

__all__ = ["worst_books"]


def worst_books(price: FloatArray, capacity: FloatArray, limit: float, total: tuple[float, float]) -> FloatArray | None:
    r"""Books of least worth among those that keep a limit on the coefficient of variation.

    Parameters
    ----------
    price : ndarray of float, shape (k,)
        Worth of a unit in every book.
    capacity : ndarray of float, shape (k,)
        Capacity shares :math:`s_j`.
    limit : float
        Greatest coefficient of variation :math:`c` of books per full unit of capacity.
    total : (float, float)
        Least and greatest total of all books, 0 or more.

    Returns
    -------
    ndarray of float, shape (k,), or None
        Totals of the books; None where capacities differ so much that the limit bounds nothing.

    Notes
    -----
    With :math:`f = L / s = \mu 1 + d`, :math:`d \perp 1`, and a total :math:`M = \mu S + s \cdot d`: what is left of
    the prices :math:`g = \lambda s` beyond a multiple of :math:`s` is some :math:`h \perp 1`, and :math:`h \cdot d` is
    least over the ellipsoid :math:`\lVert d \rVert + q \cdot d \le r` with :math:`q = c \sqrt{k}\, s_\perp / S`,
    :math:`r = c \sqrt{k} M / S`. Its least is :math:`-r \rho` with the least :math:`\rho` for which
    :math:`\lVert h + \rho q \rVert \le \rho`.

    Examples
    --------
    >>> worst_books(np.array([1.0, -1.0]), np.ones(2), 0.1, (20.0, 20.0)).round(6).tolist()
    [9.0, 11.0]
    """
    k, whole = len(capacity), float(capacity.sum())
    reach = limit * math.sqrt(k) / whole
    q = reach * (capacity - capacity.mean())
    slack = 1.0 - float(q @ q)
    if not slack > 0:
        return None
    worth = price * capacity
    level = float(worth.sum()) / whole
    h = worth - level * capacity
    along, size = float(h @ q), float(h @ h)
    rho = (along + math.sqrt(along * along + slack * size)) / slack
    direction = -(h + rho * q) / rho if rho > 0 else np.zeros(k)
    # The worth is linear in the total.
    found = total[0] if level - reach * rho > 0 else total[1]
    step = reach * found / (1.0 + float(q @ direction))
    d = step * direction
    mean = (found - float(capacity @ d)) / whole
    books: FloatArray = capacity * (mean + d)
    return books
