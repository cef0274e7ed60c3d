"""Demands that crowd out their supplies: small sets that a maximum flow proves too large for what they can reach."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray

__all__ = ["crowded_sets", "greatest_ratio"]

_UNITS = 1e9
_MOST_CLOSURES = 800
_MOST_SETS = 5
_ROUNDS = 30
_SLACK = 1e-9


def crowded_sets(reach: BoolArray, demand: FloatArray, supply: FloatArray, *, readable: bool = False) -> list[IntArray]:
    """Sets of rows that need more than everything they reach.

    Parameters
    ----------
    reach : ndarray of bool, shape (m, k)
        Which supplies every row can use.
    demand : ndarray of float, shape (m,)
        What every row needs, 0 or more.
    supply : ndarray of float, shape (k,)
        What there is, 0 or more; may be infinite.
    readable : bool
        Look only at sets that reach nothing outside one row's supplies.

    Returns
    -------
    list of ndarray of int
        At most five sets of rows, those that reach fewest supplies first, no two reaching the same one. Empty when
        the demands, split at will, fit.

    Notes
    -----
    Hall's condition for a transport problem: it has a solution if and only if no set needs more than it reaches. Sets
    of rows that reach nothing outside one row's supplies are looked at first, for they are the easiest to read; when
    none of them is too large, the minimum cut of a maximum flow decides (Dinic, through SciPy).

    Examples
    --------
    >>> reach = np.array([[True, False], [True, False], [True, True]])
    >>> [rows.tolist() for rows in crowded_sets(reach, np.array([3.0, 3.0, 1.0]), np.array([5.0, 5.0]))]
    [[0, 1]]
    """
    found: list[IntArray] = []
    reach, supply = _pooled(reach, supply)
    left = demand > 0
    free = np.ones(len(supply), dtype=np.bool_)
    while len(found) < _MOST_SETS and left.any():
        rows = _one_set(reach[left], demand[left], supply, readable=readable)
        if rows is None:
            break
        chosen = np.flatnonzero(left)[rows]
        found.append(chosen)
        # What reaches the same supplies would be the same finding again.
        free &= ~reach[chosen].any(axis=0)
        left &= ~reach[:, ~free].any(axis=1)
    return found


def greatest_ratio(reach: BoolArray, demand: FloatArray, supply: FloatArray) -> tuple[float, IntArray | None]:
    """Largest demand per supply over all sets of rows, and a set that has it.

    Parameters
    ----------
    reach, demand, supply
        As for :func:`crowded_sets`.

    Returns
    -------
    ratio : float
        Supplies multiplied by this just suffice; 0 without demand, inf when a row reaches no supply.
    rows : ndarray of int or None
        The set; None without demand.

    Notes
    -----
    Newton's method on the fractional program (W. Dinkelbach 1967, doi:10.1287/mnsc.13.7.492).

    Examples
    --------
    >>> greatest_ratio(np.array([[True, False], [True, True]]), np.array([6.0, 1.0]), np.array([3.0, 3.0]))[0]
    2.0
    """
    ratio, best = 0.0, None
    reach, supply = _pooled(reach, supply)
    if (demand > 0).any():
        best = np.flatnonzero(demand > 0)
        ratio = _ratio(reach, demand, supply, best)
    for _ in range(_ROUNDS):
        if not np.isfinite(ratio) or best is None:
            break
        rows = _one_set(reach, demand, supply * ratio)
        if rows is None or not _ratio(reach, demand, supply, rows) > ratio * (1 + _SLACK):
            break
        ratio, best = _ratio(reach, demand, supply, rows), rows
    return ratio, best


def _pooled(reach: BoolArray, supply: FloatArray) -> tuple[BoolArray, FloatArray]:
    """Supplies that the same rows reach, as one: of a hundred thousand accounts there are a few dozen kinds."""
    kinds, kind = _kinds(np.ascontiguousarray(reach.T))
    return np.ascontiguousarray(kinds.T), np.bincount(kind, weights=supply, minlength=len(kinds)).astype(np.float64)


def _ratio(reach: BoolArray, demand: FloatArray, supply: FloatArray, rows: IntArray) -> float:
    held = float(supply[reach[rows].any(axis=0)].sum())
    return float(demand[rows].sum()) / held if held > 0 else np.inf


def _one_set(reach: BoolArray, demand: FloatArray, supply: FloatArray, *, readable: bool = False) -> IntArray | None:
    kinds, kind = _kinds(reach)
    needed = np.bincount(kind, weights=demand, minlength=len(kinds)).astype(np.float64)
    chosen = _closure(kinds, needed, supply)
    if chosen is None and len(kinds) > 1 and not readable:
        chosen = _cut(kinds, needed, supply)
    if chosen is None:
        return None
    return np.flatnonzero(chosen[kind] & (demand > 0))


def _kinds(reach: BoolArray) -> tuple[BoolArray, IntArray]:
    packed = np.ascontiguousarray(np.packbits(reach, axis=1))
    # One opaque word per row: sorting words is much faster than sorting rows.
    words = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, kind = np.unique(words, return_index=True, return_inverse=True)
    return reach[first], kind.reshape(-1)


def _too_much(needed: float, held: float) -> bool:
    return needed > held + _SLACK * max(abs(needed), abs(held)) if np.isfinite(held) else False


def _closure(kinds: BoolArray, needed: FloatArray, supply: FloatArray) -> BoolArray | None:
    """Smallest reach of one kind that all who have nothing else overfill."""
    if len(kinds) > _MOST_CLOSURES:
        return None
    inside = kinds.astype(np.float32) @ (~kinds).astype(np.float32).T == 0
    width = kinds.sum(axis=1)
    best = None
    for kind in np.argsort(width, kind="stable"):
        rows = inside[:, kind]
        if _too_much(float(needed[rows].sum()), float(supply[kinds[kind]].sum())):
            best = rows
            break
    return best


def _cut(kinds: BoolArray, needed: FloatArray, supply: FloatArray) -> BoolArray | None:
    """Rows on the source side of a minimum cut, shrunk until every one of them is needed."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    m, k = kinds.shape
    total = float(needed.sum())
    if total <= 0:
        return None
    scale = _UNITS / total
    row, column = np.nonzero(kinds)
    source, sink = m + k, m + k + 1
    heads = np.concatenate([np.full(m, source), row, m + np.arange(k)])
    tails = np.concatenate([np.arange(m), m + column, np.full(k, sink)])
    room = np.minimum(supply * scale, _UNITS)
    caps = np.concatenate([np.rint(needed * scale), np.full(len(row), 1.2 * _UNITS), np.rint(room)]).astype(np.int32)
    graph = csr_array((caps, (heads, tails)), shape=(m + k + 2, m + k + 2))
    result = maximum_flow(graph, source, sink)
    residual = (graph - result.flow).tocsr()
    residual.data = np.maximum(residual.data, 0)
    residual.eliminate_zeros()
    side = breadth_first_order(residual, source, return_predecessors=False)
    chosen = np.zeros(m, dtype=np.bool_)
    chosen[side[side < m]] = True
    return _shrunk(kinds, needed, supply, chosen)


def _shrunk(kinds: BoolArray, needed: FloatArray, supply: FloatArray, chosen: BoolArray) -> BoolArray | None:
    def violates(rows: BoolArray) -> bool:
        held = float(supply[kinds[rows].any(axis=0)].sum()) if rows.any() else np.inf
        return _too_much(float(needed[rows].sum()), held)

    if not violates(chosen):
        return None  # The cut was a matter of rounding.
    # Rows that reach most are the likeliest to be there by chance.
    for row in sorted(np.flatnonzero(chosen).tolist(), key=lambda r: -int(kinds[r].sum())):
        chosen[row] = False
        if not violates(chosen):
            chosen[row] = True
    return chosen
