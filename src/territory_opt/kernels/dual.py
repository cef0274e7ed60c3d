"""Value, gradient and curvature of the smoothed Lagrangian dual over packed items.

Single precision inside a group of 32, double precision across groups. Loops over the 32 items of a group read one
row, with offsets known when compiling, and write few arrays: beyond eight pairs of arrays that might overlap the
compiler gives up on vector instructions. Loops that are too short it unrolls before it looks for any.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

__all__ = ["smoothed_dual"]

_f = np.float32
_RADIUS = _f(6371.0088)
_FAR = _f(1e30)

_SIGNATURE = (
    "float64(int64, int64, float32[:,::1], int32[:,::1], float32[:,::1], int32[:,::1], float32[:,::1], float32[:,::1],"
    "float32[:,::1], float32[:,::1], float32[:,::1], float32[:,::1], float32, float32[:,::1], float32[:,::1],"
    "int32[:,::1], float64[:,::1], float64[:,::1])"
)


@njit("float32(float32)", inline="never", fastmath=True, nogil=True, cache=True)
def _arc(s):  # type: ignore[no-untyped-def]
    """Return the arc in kilometres of a squared chord: 2 R asin(c / 2) as a series, never too long."""
    return _RADIUS * math.sqrt(s) * (_f(1.0) + s * (_f(1.0 / 24.0) + s * (_f(3.0 / 640.0) + s * _f(5.0 / 7168.0))))


@njit(_SIGNATURE, cache=True, nogil=True, fastmath=True, error_model="numpy")
def smoothed_dual(  # type: ignore[no-untyped-def]
    first, last, lanes, lane_owner, spans, rows, team, ban, table, amounts, per_amount, per_hour, heat,
    v, spare, index, gradient, curvature,
):  # fmt: skip
    """Return the smoothed item part of the dual over groups ``first .. last - 1``.

    Parameters
    ----------
    first, last : int
        Groups to process.
    lanes, lane_owner, spans, rows
        See :class:`~territory_opt.solvers.lagrangian.pack.Packed`; the fields of a group in one row, spans in single
        precision.
    team : ndarray of shape (5 + M, k)
        Unit vectors of the reps; price of a kilometre, 0 without a home; 1.0 where a rep has a home; multipliers per
        unit of measure.
    ban : ndarray of shape (C, k)
        0 where an eligibility row allows a rep, 1e30 otherwise.
    table : ndarray of shape (R, k)
        Cost rows, what their amounts earn at the multipliers included.
    amounts : ndarray of shape (Q R, k)
        Further quantities per unit of table weight; Q = 0 for none.
    per_amount : ndarray of shape (Q, M)
        What a unit of them adds to the measures.
    per_hour : ndarray of shape (1, M)
        Slope of the measures on the distance, per scale.
    heat : float
        Temperature relative to the lanes' own.
    v, spare, index : ndarray of shape (k, 32), (2 + M, 96 + k M), (4, k M + 1)
        Room to work in.
    gradient : ndarray of shape (k, M)
        Receives (added) the expected totals of every book.
    curvature : ndarray of shape (k M, k M)
        Receives (added) minus the Hessian; below the blocks of M on the diagonal nothing.

    Returns
    -------
    float
            sum_i -s_i e_i log sum_j exp(-v_ij / e_i), with v_ij the reduced cost divided by the scale s_i; an owner's
            cost is less by the move cost, and nobody else's is more.

    Notes
    -----
    A rep is dropped from a group when its reduced cost at the centre exceeds the best by more than twice the
    spread that distances (radius) and ratios (half ranges) can cause, plus eight temperatures. Owners stay where
    their saving may lift them over that.
    """
    k = team.shape[1]
    n_measures = gradient.shape[1]
    n_amounts = per_amount.shape[0]
    last_m = n_measures - 1
    bends = n_amounts > 0
    for m in range(n_measures):
        bends = bends or per_hour[0, m] != _f(0.0)
    keep, slot, live, near = index[0], index[1], index[2], index[3]
    low, line, part_amount = spare[0], spare[1], spare[1][96:]
    slope = team[3]
    total = 0.0
    for j in range(k):
        slot[j] = -1
    for g in range(first, last):
        lane, span, owner = lanes[g], spans[g], lane_owner[g]
        end = lane[224 + 32 * last_m :]
        count, row = rows[g, 0], rows[g, 2]
        bans, costs = ban[rows[g, 1]], table[row]
        gx, gy, gz, radius, flag = span[0], span[1], span[2], span[3], span[7]
        middle, half = span[5], span[6]
        for j in range(k):
            dx, dy, dz = team[0, j] - gx, team[1, j] - gy, team[2, j] - gz
            low[j] = flag * slope[j] * _arc(dx * dx + dy * dy + dz * dz) + costs[j] * middle + bans[j]
        for m in range(n_measures):
            rho = span[8 + m]
            for j in range(k):
                low[j] += team[5 + m, j] * rho
        # The least and its place in one whole number, in eighths of a temperature: that the compiler can vectorise.
        fine, first_of = _f(8.0) / (heat * span[4]), np.int64(1 << 60)
        for j in range(k):
            x = min(max(low[j] * fine, _f(-1e9)), _f(1e9))
            first_of = min(first_of, np.int64(np.int32(x)) * 1048576 + j)
        star = first_of & 1048575
        limit = low[star] + abs(slope[star]) * radius + _f(8.0) * heat * span[4] + _f(1e-3)
        star_cost = costs[star]
        for j in range(k):
            low[j] -= abs(slope[j]) * radius + half * abs(costs[j] - star_cost)
        for m in range(n_measures):
            rho, t = span[8 + n_measures + m], team[5 + m, star]
            for j in range(k):
                low[j] -= rho * abs(team[5 + m, j] - t)
        for c in range(count):
            j = owner[c]
            if j >= 0 and low[j] - lane[128 + c] <= limit:
                low[j] = limit
        n_keep = 0
        for j in range(k):
            keep[n_keep] = j
            n_keep += 1 if low[j] <= limit else 0
        # line: best reduced cost, mass (later its inverse) and inverse temperature, 32 each.
        for c in range(32):
            line[c] = _FAR
            line[32 + c] = _f(0.0)
            line[64 + c] = _f(1.0) / (heat * lane[160 + c])
        for s in range(n_keep):
            j = keep[s]
            slot[j] = s
            hx, hy, hz, sl, cost = team[0, j], team[1, j], team[2, j], slope[j] * flag, costs[j]
            t0, t1 = team[5, j], team[5 + last_m, j] if last_m else _f(0.0)
            for c in range(32):
                dx, dy, dz = lane[c] - hx, lane[32 + c] - hy, lane[64 + c] - hz
                w = sl * _arc(dx * dx + dy * dy + dz * dz)
                w += cost * lane[192 + c] + t0 * lane[224 + c] + t1 * end[c]
                v[s, c] = w
                line[c] = min(line[c], w)
        if last_m > 1:
            for c in range(32):
                line[c] = _FAR
            for s in range(n_keep):
                for m in range(1, last_m):
                    t = team[5 + m, keep[s]]
                    for c in range(32):
                        v[s, c] += t * lane[224 + 32 * m + c]
                for c in range(32):
                    line[c] = min(line[c], v[s, c])
        for c in range(count):
            j = owner[c]
            if j >= 0 and slot[j] >= 0 and bans[j] == _f(0.0):
                w = v[slot[j], c] - lane[128 + c]
                v[slot[j], c] = w
                line[c] = min(line[c], w)
        n_live = 0
        for s in range(n_keep):
            slot[keep[s]] = -1
            share = _f(0.0)
            for c in range(32):
                # exp(y) for y <= 0, within 1e-5 where it matters: a polynomial of y / 64, squared six times
                y = max((line[c] - v[s, c]) * line[64 + c], _f(-20.0)) * _f(1.0 / 64.0)
                y = _f(1.0) + y * (_f(1.0) + y * (_f(0.5) + y * (_f(1.0 / 6.0) + y * _f(1.0 / 24.0))))
                y *= y
                y *= y
                y *= y
                y *= y
                y *= y
                y *= y
                v[s, c] = y
                line[32 + c] += y
                share += y
            live[n_live] = s
            n_live += 1 if share > _f(1e-5) else 0
        part = 0.0
        for c in range(count):
            part += lane[96 + c] * line[c]
            if line[32 + c] > _f(1.000001):
                part -= lane[96 + c] * (math.log(line[32 + c]) / line[64 + c])
        total += part
        for c in range(32):
            line[32 + c] = _f(1.0) / line[32 + c]
        for a in range(n_live):
            s = live[a]
            j = keep[s]
            sum0, sum1 = _f(0.0), _f(0.0)
            for c in range(32):
                w = v[s, c] * line[32 + c] * lane[96 + c]
                sum0 += w * lane[224 + c]
                sum1 += w * end[c]
            gradient[j, 0] += sum0
            if last_m > 0:
                gradient[j, last_m] += sum1
            if last_m < 2 and not bends:
                continue
            for m in range(n_measures):
                more, sums = _f(0.0), _f(0.0)
                for q in range(n_amounts):
                    more += per_amount[q, m] * amounts[q * table.shape[0] + row, j]
                spare[2 + m, s] = more
                inside = _f(1.0) if 0 < m < last_m else _f(0.0)
                travels = per_hour[0, m] * team[4, j] * flag
                for c in range(32):
                    dx, dy, dz = lane[c] - team[0, j], lane[32 + c] - team[1, j], lane[64 + c] - team[2, j]
                    x = travels * _arc(dx * dx + dy * dy + dz * dz) + more * lane[192 + c]
                    sums += v[s, c] * line[32 + c] * lane[96 + c] * (x + inside * lane[224 + 32 * m + c])
                gradient[j, m] += sums
        for c in range(count):
            part_of = line[32 + c]
            if part_of > _f(0.999):
                continue
            weight = lane[96 + c] * line[64 + c]
            n_near = 0
            for a in range(n_live):
                s = live[a]
                share = v[s, c] * part_of
                if share <= _f(1e-3):
                    continue
                j = keep[s]
                km = _f(0.0)
                if bends:
                    dx, dy, dz = lane[c] - team[0, j], lane[32 + c] - team[1, j], lane[64 + c] - team[2, j]
                    km = team[4, j] * flag * _arc(dx * dx + dy * dy + dz * dz)
                for m in range(n_measures):
                    x = lane[224 + 32 * m + c]
                    if bends:
                        x += per_hour[0, m] * km + spare[2 + m, s] * lane[192 + c]
                    near[n_near] = j * n_measures + m
                    low[n_near] = x
                    part_amount[n_near] = x * share
                    n_near += 1
            for a in range(n_near):
                target = curvature[near[a]]
                block = a - a % n_measures
                left = -part_amount[a] * weight
                for b in range(block, n_near):
                    target[near[b]] += left * part_amount[b]
                left = low[a] * weight
                for b in range(block, block + n_measures):
                    target[near[b]] += left * part_amount[b]
    return total
