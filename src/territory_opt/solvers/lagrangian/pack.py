"""Items sorted into groups of 32 that lie close together and weigh alike, so that one test serves all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from territory_opt._typing import FloatArray, IntArray
from territory_opt.kernels.hilbert import hilbert_index
from territory_opt.solvers.lagrangian.items import Items, Model

__all__ = ["LANES", "N_FIELDS", "N_SPANS", "Packed", "merge_items", "pack"]

LANES = 32
N_FIELDS = 7
"""Lane fields before the measures: x, y, z, scale, owner saving / scale, temperature, table weight / scale."""
N_SPANS = 8
"""Group fields before the measures: x, y, z, radius, temperature, table weight, its half range, travel flag."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Items in groups of at most 32 of one eligibility row and one cost row.

    Parameters
    ----------
    order : ndarray of shape (n,)
        Items in packed order.
    start : ndarray of shape (G + 1,)
        First position of every group in ``order``.
    lanes : ndarray of shape (G, N_FIELDS + M, 32), float32
        Per item, divided by its scale; unused lanes repeat the last item with scale 0.
    lane_owner : ndarray of shape (G, 32), int32
        Owner, -1 for none.
    spans : ndarray of shape (G, N_SPANS + 2 M)
        Centre, radius (km), ranges: what the pruning test needs, in double precision.
    rows : ndarray of shape (G, 3), int32
        Number of items, eligibility row, cost row.
    scale : ndarray of shape (n,)
        Cost of a kilometre (of what stands for one in a row with amounts, else 1), in item order.
    nearest_km : float
        Mean over groups of the distance to the nearest eligible rep: the unit of temperature.
    """

    order: IntArray
    start: IntArray
    lanes: NDArray[np.float32]
    lane_owner: NDArray[np.int32]
    spans: FloatArray
    rows: NDArray[np.int32]
    scale: FloatArray
    nearest_km: float


def item_scale(model: Model, items: Items) -> FloatArray:
    """Return the divisor that turns costs into kilometres, 1 where nothing of an item stands for distance."""
    weight = model.travel_weight if model.travel_weight > 0 else 1.0
    moving = items.travel * weight
    still = items.table_weight * model.row_scale[items.table_row]
    result: FloatArray = np.where(moving > 0, moving, np.where(still > 0, still, 1.0))
    return result


def pack(model: Model, items: Items, unit: FloatArray) -> Packed:
    """Sort items and cut them into groups.

    Parameters
    ----------
    model : Model
        Gives rows, homes and the travel weight.
    items : Items
        What to pack.
    unit : ndarray of shape (M,)
        Size of an average contribution; the lanes hold ``base / unit / scale``.

    Notes
    -----
    Order: eligibility row, cost row, travels or not, Hilbert index; then, inside blocks of about n / 4k items,
    by the ratios of the measures to the scale. The pruning test loses what the ratios vary inside a group.
    """
    n, k, m = items.n_items, model.n_reps, model.n_measures
    scale = item_scale(model, items)
    ratio = items.base / (scale[:, None] * unit)
    moving = items.travel > 0
    order, start = _order(model, items, ratio, moving, n, k)
    count = np.diff(start)
    n_groups = count.size
    lane = np.minimum(np.arange(LANES), count[:, None] - 1) + start[:-1, None]
    member = order[lane]
    used = np.arange(LANES) < count[:, None]
    first = order[start[:-1]]
    points = items.points[member]
    centre = points.mean(1)
    length = np.linalg.norm(centre, axis=1)
    centre /= np.where(length > 0, length, 1.0)[:, None]
    step = points - centre[:, None, :]
    radius = _arc(np.einsum("gld,gld->gl", step, step).max(1)) * (1 + 1e-9) + 1e-9
    flag = moving[first]
    nearest = _nearest(model, centre, items.class_row[first], flag)
    still = _typical(model, items)
    typical = float(np.mean(nearest[flag])) if flag.any() else still
    # Without a home in reach distances say nothing: the spread of the other costs has to set the temperature.
    typical = typical if typical > 0 else still / max(float(scale.mean()), 1e-300)
    as_far = (items.table_weight[first] > 0) & (model.row_scale[items.table_row[first]] > 0)
    nearest = np.where(flag, np.maximum(nearest, 0.05 * typical), np.where(as_far, model.home_km, still))
    spans = np.zeros((n_groups, N_SPANS + 2 * m))
    spans[:, :3], spans[:, 3], spans[:, 7] = centre, np.where(flag, radius, 0.0), flag
    lanes = np.empty((n_groups, N_FIELDS + m, LANES), dtype=np.float32)
    lanes[:, 0], lanes[:, 1], lanes[:, 2] = points[..., 0], points[..., 1], points[..., 2]
    lane_scale = scale[member]
    lanes[:, 3] = np.where(used, lane_scale, 0.0)
    lanes[:, 4] = items.move_cost[member] / lane_scale
    weight = items.table_weight[member] / lane_scale
    lanes[:, 6] = weight
    spans[:, 5], spans[:, 6] = _middle(weight)
    heat = np.full(member.shape, 1.0)
    if m:
        heat = 0.5 * (1.0 + np.abs(ratio[member, 0]) / max(float(np.mean(np.abs(ratio[:, 0]))), 1e-300))
    heat *= nearest[:, None]
    lanes[:, 5] = heat
    spans[:, 4] = heat.max(1)
    for j in range(m):
        value = ratio[member, j]
        lanes[:, N_FIELDS + j] = value
        spans[:, N_SPANS + j], spans[:, N_SPANS + m + j] = _middle(value)
    rows = np.column_stack([count, items.class_row[first], items.table_row[first]]).astype(np.int32)
    owner = np.ascontiguousarray(items.owner[member].astype(np.int32))
    return Packed(order, start, lanes, owner, spans, rows, scale, float(np.mean(nearest)))


def _order(
    model: Model, items: Items, ratio: FloatArray, moving: NDArray[np.bool_], n: int, k: int
) -> tuple[IntArray, IntArray]:
    """Return the packed order and the first position of every group."""
    code = (items.class_row * model.table.shape[0] + items.table_row) * 2 + moving
    code = _compact(code)
    order = np.argsort((code << 32) | _curve(items.points), kind="stable")
    sorted_code = code[order]
    cut = np.flatnonzero(np.diff(sorted_code)) + 1
    segment = np.concatenate([[0], cut, [n]])
    size = int(np.clip(n // max(4 * k, 1), 128, 512)) // LANES * LANES
    block = _numbered(np.diff(segment), size)
    key = block << 24
    for j, shift in ((1, 12), (0, 0)):
        if j < ratio.shape[1]:
            key |= _level(ratio[order, j]) << shift
    order = order[np.argsort(key, kind="stable")]
    start = _starts(segment, LANES)
    return order, np.concatenate([start, [n]]).astype(np.int64)


def _compact(code: IntArray) -> IntArray:
    """Return codes of the same order below 2**31, so that they fit above a Hilbert index."""
    if not code.size or int(code.max()) < 1 << 31:
        return code
    return np.unique(code, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _curve(points: FloatArray) -> IntArray:
    """Return a Hilbert index of the positions, on a plate carrée map that fills the unit square."""
    lat = np.arcsin(np.clip(points[:, 2], -1, 1))
    lon = np.arctan2(points[:, 1], points[:, 0])
    side = max(float(np.ptp(lat)), float(np.ptp(lon)), 1e-12) if lat.size else 1.0
    out = np.empty(lat.size, dtype=np.int64)
    hilbert_index((lat - lat.min()) / side, (lon - lon.min()) / side, out)
    return out


def _level(value: FloatArray) -> IntArray:
    """Return 12-bit levels of a positive, skewed value on a logarithmic scale."""
    logs = np.log(np.maximum(np.abs(value), 1e-30))
    low, high = float(logs.min()), float(logs.max())
    if high - low < 1e-12:
        return np.zeros(value.size, dtype=np.int64)
    return ((logs - low) * (4095.0 / (high - low))).astype(np.int64)


def _middle(value: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return middle and half range of every row, the range widened against rounding."""
    low, high = value.min(1), value.max(1)
    middle = 0.5 * (low + high)
    return middle, 0.5 * (high - low) * (1 + 1e-9) + 1e-12 * np.abs(middle)


def _arc(chord_squared: FloatArray) -> FloatArray:
    from territory_opt.kernels.sphere import arc_km

    return arc_km(chord_squared)


def _nearest(model: Model, centre: FloatArray, row: IntArray, flag: NDArray[np.bool_]) -> FloatArray:
    """Return the distance from every group to its nearest eligible rep with a home, 0 where none has one."""
    from scipy.spatial import cKDTree

    out = np.zeros(centre.shape[0])
    for r in np.unique(row[flag]):
        reps = np.flatnonzero(model.allowed[r] & model.has_home)
        group = np.flatnonzero(flag & (row == r))
        if reps.size:
            chord, _ = cKDTree(model.homes[reps]).query(centre[group])
            out[group] = _arc(chord**2)
    return out


def _typical(model: Model, items: Items) -> float:
    """Return a cost scale for items that do not travel: spread of the table and of the moves."""
    spread = float(np.mean(items.table_weight)) * float(np.mean(np.ptp(model.table, axis=1)))
    return max(spread + float(np.mean(items.move_cost)), 1e-6)


def merge_items(model: Model, n_target: int) -> Model:
    """Return a model in which neighbours are merged until about ``n_target`` items are left.

    Notes
    -----
    Neighbours share their rows and their owner. Sums (travel, measures, costs) stay exact; the position is the mean
    weighted by travel. Merging across owners would forget most of the move costs, and those decide who moves first.
    For the same reason neighbours are merged in the order of what holds them: move cost per kilometre, or the first
    measure for accounts without an owner. Items whose cost row is nearly their own are merged in the order of their
    two cheapest reps, and their rows are added up.
    """
    items, n, k = model.items, model.items.n_items, model.n_reps
    run = max(1, n // max(n_target, 1))
    moving = items.travel > 0
    lonely = _lonely(model, run)
    n_rows = model.table.shape[0]
    row = np.where(lonely, n_rows, items.table_row)
    code = (items.class_row * (n_rows + 1) + row) * 2 + moving
    code = _compact(_compact(code) * (k + 1) + items.owner + 1)
    place = _curve(items.points)
    if lonely.any():
        place[lonely] = _cheapest_two(model.table)[items.table_row[lonely]]
    order = np.argsort((code << 32) | place, kind="stable")
    segment = np.concatenate([[0], np.flatnonzero(np.diff(code[order])) + 1, [n]])
    length = np.diff(segment)
    hold = np.where(items.owner >= 0, items.move_cost, items.base[:, 0]) / item_scale(model, items)
    block = _numbered(length, 4 * run)
    order = order[np.argsort((block << 12) | _level(hold[order]), kind="stable")]
    start = _starts(segment, run)
    travel = items.travel[order]
    weight = np.where(travel > 0, travel, 1.0)[:, None]
    points = np.add.reduceat(items.points[order] * weight, start, axis=0)
    length3 = np.linalg.norm(points, axis=1)
    first = order[start]
    merged = Items(
        points / np.where(length3 > 0, length3, 1.0)[:, None], np.add.reduceat(travel, start),
        np.add.reduceat(items.base[order], start, axis=0), items.class_row[first], items.table_row[first],
        np.add.reduceat(items.table_weight[order], start), items.owner[first],
        np.add.reduceat(items.move_cost[order], start),
    )  # fmt: skip
    if not lonely.any():
        return replace(model, items=merged)
    return _with_joint_rows(model, merged, order, start, np.flatnonzero(lonely[first]))


def _lonely(model: Model, run: int) -> NDArray[np.bool_]:
    """Mark the items whose row has too few items to merge them ``run`` at a time; none without amounts."""
    row = model.items.table_row
    if not model.amounts.size:
        return np.zeros(row.size, dtype=np.bool_)
    result: NDArray[np.bool_] = np.bincount(row, minlength=model.table.shape[0])[row] < run
    return result


def _cheapest_two(table: FloatArray) -> IntArray:
    """Return a number per row (R,) that sorts rows by their cheapest rep, then by the second cheapest."""
    if table.shape[1] < 2:
        return np.zeros(table.shape[0], dtype=np.int64)
    two = np.argpartition(table, (0, 1), axis=1)[:, :2].astype(np.int64)
    return (two[:, 0] << 16) + np.minimum(two[:, 1], (1 << 16) - 1)


def _with_joint_rows(model: Model, merged: Items, order: IntArray, start: IntArray, which: IntArray) -> Model:
    """Return the model of merged items in which the items ``which`` have the sums of their members' rows."""
    from scipy.sparse import csr_matrix

    weight, row = model.items.table_weight[order], model.items.table_row[order]
    end = np.append(start[1:], order.size)
    size = end[which] - start[which]
    member = np.repeat(start[which] - np.cumsum(size) + size, size) + np.arange(int(size.sum()))
    pointer = np.concatenate([[0], np.cumsum(size)])
    shape = which.size, model.table.shape[0]
    adding = csr_matrix((weight[member], row[member], pointer), shape=shape)
    keeps = np.ones(merged.n_items, dtype=np.bool_)
    keeps[which] = False
    kept, place = np.unique(merged.table_row[keeps], return_inverse=True)
    table_row, table_weight = merged.table_row.copy(), merged.table_weight.copy()
    table_row[keeps] = place.reshape(-1)
    table_row[which] = kept.size + np.arange(which.size)
    table_weight[which] = 1.0
    amounts = [np.vstack([one[kept], adding @ one]) for one in model.amounts]
    return replace(
        model, items=replace(merged, table_row=table_row, table_weight=table_weight),
        table=np.vstack([model.table[kept], adding @ model.table]), amounts=np.stack(amounts),
        row_scale=np.concatenate([model.row_scale[kept], adding @ model.row_scale]),
    )  # fmt: skip


def _numbered(length: IntArray, size: int) -> IntArray:
    """Return for every position the number of its block, blocks of ``size`` restarting in every segment."""
    begin = np.cumsum(length) - length
    place = np.arange(int(length.sum())) - np.repeat(begin, length)
    n_blocks = -(-length // size)
    return np.repeat(np.cumsum(n_blocks) - n_blocks, length) + place // size


def _starts(segment: IntArray, size: int) -> IntArray:
    """Return the first position of every run of ``size``, runs restarting in every segment."""
    n_runs = -(-np.diff(segment) // size)
    within = np.arange(int(n_runs.sum())) - np.repeat(np.cumsum(n_runs) - n_runs, n_runs)
    result: IntArray = np.repeat(segment[:-1], n_runs) + within * size
    return result
