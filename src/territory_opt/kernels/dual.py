"""Value, gradient and curvature of the smoothed Lagrangian dual over packed items.

Single precision inside a group of 32, double precision across groups.
"""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["smoothed_dual"]

_RADIUS = np.float32(6371.0088)
_FAR = np.float32(1e30)

_SIGNATURE = (
    "float64(int64, int64, float32[:,:,::1], int32[:,::1], float32[:,::1], int32[:,::1], float32[:,::1],"
    "float32[::1], float32[:,::1], float32[:,::1], float32[:,:,::1], float32[:,::1], float32[::1], float32[:,::1],"
    "float32[::1], float32, boolean, float64[:,::1], float64[:,::1])"
)


@njit("float32(float32)", inline="never", fastmath=True, nogil=True, cache=True)
def _arc(chord_squared):  # type: ignore[no-untyped-def]
    """Return the arc in kilometres: 2 R asin(c / 2) as a series, short only for far pairs and never too long."""
    a, b, c = np.float32(1.0 / 24.0), np.float32(3.0 / 640.0), np.float32(5.0 / 7168.0)
    one = np.float32(1.0)
    s = chord_squared
    return _RADIUS * np.sqrt(s) * (one + s * (a + s * (b + s * c)))


@njit("float32(float32)", inline="never", fastmath=True, nogil=True, cache=True)
def _exp(x):  # type: ignore[no-untyped-def]
    """Return exp(x) for x <= 0, within 1e-5 where it matters: a polynomial of x / 64, squared six times."""
    one = np.float32(1.0)
    y = max(x, np.float32(-20.0)) * np.float32(1.0 / 64.0)
    y = one + y * (one + y * (np.float32(0.5) + y * (np.float32(1.0 / 6.0) + y * np.float32(1.0 / 24.0))))
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    return y * y


@njit(_SIGNATURE, cache=True, nogil=True, fastmath=True, error_model="numpy")
def smoothed_dual(  # type: ignore[no-untyped-def]
    first, last, lanes, lane_owner, spans, rows, homes, has_home, ban, table, amounts, per_amount, slope,
    price, per_hour, heat, want_curvature, gradient, curvature,
):  # fmt: skip
    """Return the smoothed item part of the dual over groups ``first .. last - 1``.

    Parameters
    ----------
    first, last : int
        Groups to process.
    lanes, lane_owner, spans, rows
        See :class:`~territory_opt.solvers.lagrangian.pack.Packed` (spans in single precision).
    homes, has_home : ndarray of shape (3, k), (k,)
        Unit vectors of the reps; 1.0 where a rep has a home.
    ban : ndarray of shape (C, k)
        0 where an eligibility row allows a rep, 1e30 otherwise.
    table : ndarray of shape (R, k)
        Cost rows, what their amounts earn at the multipliers included.
    amounts : ndarray of shape (Q, R, k)
        Further quantities per unit of table weight; Q = 0 for none.
    per_amount : ndarray of shape (Q, M)
        What a unit of them adds to the measures.
    slope : ndarray of shape (k,)
        Price of a kilometre per rep: 1 + sum_m price_jm per_hour_m, 0 without a home.
    price : ndarray of shape (M, k)
        Multipliers per unit of measure.
    per_hour : ndarray of shape (M,)
        Slope of the measures on the distance, per scale.
    heat : float
        Temperature relative to the lanes' own.
    want_curvature : bool
        Whether to add to ``curvature``.
    gradient : ndarray of shape (k, M)
        Receives (added) the expected totals of every book.
    curvature : ndarray of shape (k M, k M)
        Receives (added, lower triangle) minus the Hessian.

    Returns
    -------
    float
            sum_i -s_i e_i log sum_j exp(-v_ij / e_i), with v_ij the reduced cost divided by the scale s_i.

    Notes
    -----
    A rep is dropped from a group when its reduced cost at the centre exceeds the best by more than twice the
    spread that distances (radius) and ratios (half ranges) can cause, plus eight temperatures.
    """
    k = slope.size
    n_measures = price.shape[0]
    width = 32
    one = np.float32(1.0)
    total = 0.0
    low = np.empty(k, np.float32)
    keep = np.empty(k + 1, np.int32)
    slot = np.full(k, -1, np.int32)
    v = np.empty((k, width), np.float32)
    km = np.empty((k, width), np.float32)
    best = np.empty(width, np.float32)
    mass = np.empty(width, np.float32)
    cool = np.empty(width, np.float32)
    far_v = np.empty(width, np.float32)
    far_km = np.empty(width, np.float32)
    near = np.empty(k + 1, np.int32)
    near_p = np.empty(k + 1, np.float32)
    near_km = np.empty(k + 1, np.float32)
    near_slot = np.empty(k + 1, np.int32)
    n_amounts = per_amount.shape[0]
    added = np.zeros((k + width if n_amounts else 1, n_measures), np.float32)
    bends = n_amounts > 0
    for m in range(n_measures):
        bends = bends or per_hour[m] != np.float32(0.0)
    for g in range(first, last):
        span, lane, costs = spans[g], lanes[g], table[rows[g, 2]]
        bans = ban[rows[g, 1]]
        gx, gy, gz, radius, flag = span[0], span[1], span[2], span[3], span[7]
        middle, half = span[5], span[6]
        for j in range(k):
            dx, dy, dz = homes[0, j] - gx, homes[1, j] - gy, homes[2, j] - gz
            low[j] = flag * slope[j] * _arc(dx * dx + dy * dy + dz * dz) + costs[j] * middle + bans[j]
        for m in range(n_measures):
            rho = span[8 + m]
            for j in range(k):
                low[j] += price[m, j] * rho
        star = 0
        for j in range(k):
            if low[j] < low[star]:
                star = j
        limit = low[star] + abs(slope[star]) * radius + np.float32(8.0) * heat * span[4] + np.float32(1e-3)
        star_cost = costs[star]
        for j in range(k):
            low[j] -= abs(slope[j]) * radius + half * abs(costs[j] - star_cost)
        for m in range(n_measures):
            rho, t = span[8 + n_measures + m], price[m, star]
            for j in range(k):
                low[j] -= rho * abs(price[m, j] - t)
        n_keep = 0
        for j in range(k):
            keep[n_keep] = j
            n_keep += 1 if low[j] <= limit else 0
        for c in range(width):
            best[c] = _FAR
            far_v[c] = _FAR
            far_km[c] = np.float32(0.0)
            mass[c] = np.float32(0.0)
            cool[c] = one / (heat * lane[5, c])
        for s in range(n_keep):
            j = keep[s]
            slot[j] = s
            hx, hy, hz, sl, cost = homes[0, j], homes[1, j], homes[2, j], slope[j] * flag, costs[j]
            for c in range(width):
                dx, dy, dz = lane[0, c] - hx, lane[1, c] - hy, lane[2, c] - hz
                d = _arc(dx * dx + dy * dy + dz * dz)
                km[s, c] = d
                v[s, c] = sl * d + cost * lane[6, c]
            for m in range(n_measures):
                t = price[m, j]
                for c in range(width):
                    v[s, c] += t * lane[7 + m, c]
        for c in range(rows[g, 0]):
            j = lane_owner[g, c]
            if j >= 0 and bans[j] == np.float32(0.0):
                s = slot[j]
                if s >= 0:
                    v[s, c] -= lane[4, c]
                else:
                    dx, dy, dz = lane[0, c] - homes[0, j], lane[1, c] - homes[1, j], lane[2, c] - homes[2, j]
                    far_km[c] = _arc(dx * dx + dy * dy + dz * dz)
                    w = slope[j] * flag * far_km[c] + costs[j] * lane[6, c] - lane[4, c]
                    for m in range(n_measures):
                        w += price[m, j] * lane[7 + m, c]
                    far_v[c] = w
        if n_amounts:
            # What a unit of table weight adds: rows 0 .. for the reps kept, k .. for owners who were not.
            for s in range(n_keep + rows[g, 0]):
                j = keep[s] if s < n_keep else lane_owner[g, s - n_keep]
                for m in range(n_measures):
                    t = np.float32(0.0)
                    if j >= 0:
                        for q in range(n_amounts):
                            t += per_amount[q, m] * amounts[q, rows[g, 2], j]
                    added[s if s < n_keep else k + s - n_keep, m] = t
        for s in range(n_keep):
            slot[keep[s]] = -1
            for c in range(width):
                best[c] = min(best[c], v[s, c])
        for c in range(width):
            best[c] = min(best[c], far_v[c])
        for s in range(n_keep):
            for c in range(width):
                v[s, c] = _exp((best[c] - v[s, c]) * cool[c])
                mass[c] += v[s, c]
        for c in range(width):
            far_v[c] = _exp((best[c] - far_v[c]) * cool[c]) if far_v[c] < _FAR else np.float32(0.0)
            mass[c] += far_v[c]
        part = 0.0
        for c in range(rows[g, 0]):
            part += lane[3, c] * (best[c] - np.log(mass[c]) / cool[c] + lane[4, c] * (lane_owner[g, c] >= 0))
        total += part
        for c in range(width):
            mass[c] = one / mass[c]
        for s in range(n_keep):
            j = keep[s]
            for c in range(width):
                v[s, c] *= mass[c]
            for m in range(n_measures):
                share = np.float32(0.0)
                bend = per_hour[m] * has_home[j] * flag
                for c in range(width):
                    share += v[s, c] * lane[3, c] * (lane[7 + m, c] + bend * km[s, c])
                gradient[j, m] += share
            if n_amounts:
                share = np.float32(0.0)
                for c in range(width):
                    share += v[s, c] * lane[3, c] * lane[6, c]
                for m in range(n_measures):
                    gradient[j, m] += share * added[s, m]
        for c in range(rows[g, 0]):
            if far_v[c] > np.float32(0.0):
                j = lane_owner[g, c]
                far_v[c] *= mass[c]
                for m in range(n_measures):
                    bend = per_hour[m] * has_home[j] * flag
                    gradient[j, m] += far_v[c] * lane[3, c] * (lane[7 + m, c] + bend * far_km[c])
                    if n_amounts:
                        gradient[j, m] += far_v[c] * lane[3, c] * lane[6, c] * added[k + c, m]
        if not want_curvature:
            continue
        for c in range(rows[g, 0]):
            if mass[c] > np.float32(0.999):
                continue
            n_near = 0
            for s in range(n_keep):
                near[n_near] = keep[s]
                near_p[n_near] = v[s, c]
                near_km[n_near] = km[s, c]
                near_slot[n_near] = s
                n_near += 1 if v[s, c] > np.float32(1e-3) else 0
            if far_v[c] > np.float32(1e-3):
                near[n_near], near_p[n_near], near_km[n_near] = lane_owner[g, c], far_v[c], far_km[c]
                near_slot[n_near] = k + c
                n_near += 1
            weight = lane[3, c] * cool[c]
            for a in range(n_near):
                ja = near[a]
                for b in range(n_near):
                    jb = near[b]
                    if jb > ja:
                        continue
                    both = -near_p[a] * near_p[b]
                    if a == b:
                        both += near_p[a]
                    both *= weight
                    for p in range(n_measures):
                        left = lane[7 + p, c]
                        if bends:
                            left += per_hour[p] * has_home[ja] * flag * near_km[a]
                            if n_amounts:
                                left += added[near_slot[a], p] * lane[6, c]
                        left *= both
                        for q in range(n_measures):
                            right = lane[7 + q, c]
                            if bends:
                                right += per_hour[q] * has_home[jb] * flag * near_km[b]
                                if n_amounts:
                                    right += added[near_slot[b], q] * lane[6, c]
                            curvature[ja * n_measures + p, jb * n_measures + q] += left * right
    return total
