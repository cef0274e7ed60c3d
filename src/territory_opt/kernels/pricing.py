"""The exact dual: every item priced in double precision against every eligible rep, and the near-best pairs."""

from __future__ import annotations

import math

from numba import njit

__all__ = ["MOST_CHOICES", "price_items"]

MOST_CHOICES = 8
"""Near-best pairs kept per item."""

_TIE = 0.04
"""Part of the threshold within which near-best pairs count as equally good."""

_DIAMETER = 2.0 * 6371.0088
_FAR = 1e300

_SIGNATURE = (
    "Tuple((float64, int64))(int64, int64, int64[::1], int64[::1], float64[:,::1], int32[:,::1], float64[:,::1],"
    "float64[::1], float64[:,::1], int64[::1], float64[::1], float64[::1], float64[:,::1], float64[:,::1],"
    "float64[:,::1], float64[::1], float64[::1], float64[:,::1], float64[:,::1], float64[::1], float64,"
    "int64[::1], float64[::1], int64[::1], int64[::1], float64[::1], float64[:,::1], int64[::1], int64[::1])"
)


@njit("float64(float64)", inline="never", nogil=True, cache=True)
def _arc(chord_squared):  # type: ignore[no-untyped-def]
    """Return the arc in kilometres, exact to double precision."""
    half = math.sqrt(chord_squared) * 0.5
    return _DIAMETER * math.asin(min(half, 1.0))


@njit("float64(int64, int64)", inline="never", nogil=True, cache=True)
def _draw(item, rep):  # type: ignore[no-untyped-def]
    """Return a number in [0, 1) that looks drawn, the same one every time."""
    mixed = (item + 1) * 2654435761 ^ (rep + 1) * 2246822519
    mixed = (mixed ^ (mixed >> 15)) * 739982445
    return ((mixed ^ (mixed >> 12)) & 65535) / 65536.0


@njit(_SIGNATURE, cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")
def price_items(  # type: ignore[no-untyped-def]
    first, last, order, start, spans, rows, points, travel, base, owner, saving, weight, homes, ban, table,
    slope, scaled_slope, price, scaled_price, scale, threshold, best_rep, best_value,
    pair_item, pair_rep, pair_value, room, keep, chosen,
):  # fmt: skip
    """Price the items of groups ``first .. last - 1``.

    Parameters
    ----------
    first, last : int
        Groups to process.
    order, start, spans, rows
        See :class:`~territory_opt.solvers.lagrangian.pack.Packed`.
    points, travel, base, owner, saving, weight
        See :class:`~territory_opt.solvers.lagrangian.items.Items`; ``saving`` is the move cost.
    homes : ndarray of shape (3, k)
        Unit vectors of the reps.
    ban, table : ndarray of shape (C, k), (R, k)
        Infinity where a row forbids a rep, else 0; cost rows, what their amounts earn at the multipliers included.
    slope : ndarray of shape (k,)
        Price of an hour per rep.
    scaled_slope : ndarray of shape (k,)
        The same in the units of ``spans``.
    price, scaled_price : ndarray of shape (M, k)
        Multipliers per raw unit of measure, and in the units of ``spans``.
    scale : ndarray of shape (n,)
        Cost that one unit of ``spans`` stands for, per item.
    threshold : float
        Pairs whose reduced cost exceeds the best by at most this are listed; negative lists none.
    best_rep, best_value : ndarray of shape (n,)
        Receive the best rep and its reduced cost, in item order. Where pairs are listed and more than 8 are near, a
        draw decides between reps that are equally good.
    pair_item, pair_rep, pair_value : ndarray
        Receive the near-best pairs and their excess over the best, items with two or more only; 8 an item, drawn among
        those that are about equally good.
    room, keep, chosen : ndarray of shape (3, k + 1), (k + 1,), (k + 1,)
        Room to work in.

    Returns
    -------
    float
        Sum of the best reduced costs, move costs included.
    int
        Number of near-best pairs; more than the arrays hold means that they were cut short.

    Notes
    -----
    A rep is skipped for a group only when the triangle inequality and the ranges of the ratios prove that it cannot
    be within the threshold of the best for any item of the group. So the sum is exact over all eligible reps.
    """
    k = slope.size
    n_measures = price.shape[0]
    total = 0.0
    n_pairs = 0
    low, v, rank = room[0], room[1], room[2]
    tie = _TIE * threshold
    lists = threshold >= 0.0
    for g in range(first, last):
        span, bans, costs = spans[g], ban[rows[g, 1]], table[rows[g, 2]]
        gx, gy, gz, radius, flag = span[0], span[1], span[2], span[3], span[7]
        middle, half = span[5], span[6]
        for j in range(k):
            dx, dy, dz = homes[0, j] - gx, homes[1, j] - gy, homes[2, j] - gz
            s = dx * dx + dy * dy + dz * dz
            # A truncated arc series is never too long, so far reps only look nearer than they are.
            km = 0.5 * _DIAMETER * math.sqrt(s) * (1.0 + s * (1.0 / 24.0 + s * (3.0 / 640.0 + s * (5.0 / 7168.0))))
            low[j] = flag * scaled_slope[j] * km + costs[j] * middle + bans[j]
        for m in range(n_measures):
            rho = span[8 + m]
            for j in range(k):
                low[j] += scaled_price[m, j] * rho
        star = 0
        for j in range(k):
            if low[j] < low[star]:
                star = j
        dx, dy, dz = homes[0, star] - gx, homes[1, star] - gy, homes[2, star] - gz
        limit = flag * scaled_slope[star] * _arc(dx * dx + dy * dy + dz * dz) + costs[star] * middle + bans[star]
        for m in range(n_measures):
            limit += scaled_price[m, star] * span[8 + m]
        limit += abs(scaled_slope[star]) * radius
        largest = 1e-9 * (abs(limit) + radius)
        for m in range(n_measures):
            largest += 1e-9 * abs(scaled_price[m, star] * span[8 + m])
        limit += largest + 1e-9
        if lists:
            widest = 0.0
            for c in range(start[g], start[g + 1]):
                widest = max(widest, 1.0 / scale[order[c]])
            limit += threshold * widest
        for j in range(k):
            low[j] -= abs(scaled_slope[j]) * radius + half * abs(costs[j] - costs[star])
        for m in range(n_measures):
            rho, t = span[8 + n_measures + m], scaled_price[m, star]
            for j in range(k):
                low[j] -= rho * abs(scaled_price[m, j] - t)
        n_keep = 0
        for j in range(k):
            # With a negative price of distance the short series is no lower bound: such reps always stay.
            keep[n_keep] = j
            n_keep += 1 if (low[j] <= limit or (scaled_slope[j] < 0.0 and bans[j] == 0.0)) else 0
        part = 0.0
        for c in range(start[g], start[g + 1]):
            i = order[c]
            px, py, pz, hours = points[i, 0], points[i, 1], points[i, 2], travel[i]
            mine = owner[i]
            n_all = n_keep
            if mine >= 0 and bans[mine] == 0.0:
                # The owner's saving is not in the group test, so he is always priced.
                seen = False
                for s in range(n_keep):
                    seen = seen or keep[s] == mine
                if not seen:
                    keep[n_keep] = mine
                    n_all = n_keep + 1
            best, arg = _FAR, -1
            for s in range(n_all):
                j = keep[s]
                dx, dy, dz = px - homes[0, j], py - homes[1, j], pz - homes[2, j]
                q = dx * dx + dy * dy + dz * dz
                w = costs[j] * weight[i]
                if hours > 0.0:
                    if q < 0.01:
                        km = 0.5 * _DIAMETER * math.sqrt(q) * (1.0 + q * (1.0 / 24.0 + q * (3.0 / 640.0 + q * (
                            5.0 / 7168.0 + q * (35.0 / 294912.0 + q * (63.0 / 2883584.0))))))  # fmt: skip
                    else:
                        km = _arc(q)
                    w += slope[j] * hours * km
                for m in range(n_measures):
                    w += price[m, j] * base[i, m]
                if j == mine:
                    w -= saving[i]
                v[s] = w
                if w < best:
                    best, arg = w, j
            best_rep[i] = arg
            best_value[i] = best
            part += best
            if mine >= 0:
                part += saving[i]
            if not lists:
                continue
            n_near = 0
            for s in range(n_all):
                chosen[n_near] = s
                n_near += 1 if v[s] - best <= threshold else 0
            if n_near < 2:
                continue
            if n_near > 8:
                # Reps that cost the same would be cut by position, the same ones for every item: a draw decides.
                winner, least_draw = -1, 2.0
                for a in range(n_near):
                    s = chosen[a]
                    draw = _draw(i, keep[s])
                    rank[s] = max(v[s] - best - tie, 0.0) + tie * draw
                    if v[s] - best <= 1e-6 * tie and draw < least_draw:
                        winner, least_draw = s, draw
                best_rep[i], rank[winner] = keep[winner], -1.0
                for a in range(8):
                    least = a
                    for b in range(a + 1, n_near):
                        if rank[chosen[b]] < rank[chosen[least]]:
                            least = b
                    chosen[a], chosen[least] = chosen[least], chosen[a]
                n_near = 8
            for a in range(n_near):
                if n_pairs < pair_item.size:
                    pair_item[n_pairs] = i
                    pair_rep[n_pairs] = keep[chosen[a]]
                    pair_value[n_pairs] = v[chosen[a]] - best
                n_pairs += 1
        total += part
    return total, n_pairs
