"""Generalised assignment by its knapsacks: bound, penalties, and a search over what they leave open."""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["explore", "price_node", "rounded_answer"]

_SMOOTHING = 0.1
_MOMENTUM = 0.3
_PATIENCE, _SHRINK = 10, 0.7
_PENALTY_EVERY = 4
_GROWTH = 1.5
_SWEEPS, _ROUND_EVERY = 60, 10


@njit(cache=True, nogil=True)
def _value(cost, weight, room, allowed, owner, price, table, item, count, left, best, chosen):  # type: ignore[no-untyped-def]
    """Lagrangian value at prices of the items; every rep fills its room with what pays, by dynamic programming.

    Receives: ``item``, ``count`` the candidates of every rep, ``table`` the best value by candidate and room, ``left``
    the room beside the items it owns, ``best`` its value, ``chosen`` its items.
    """
    n, k = cost.shape
    total = price.sum()
    for j in range(k):
        free = room[j]
        m = 0
        for i in range(n):
            chosen[i, j] = owner[i] == j
            if chosen[i, j]:
                free -= weight[i, j]
                total += cost[i, j] - price[i]
            elif owner[i] < 0 and allowed[i, j] and cost[i, j] < price[i]:
                item[j, m] = i
                m += 1
        if free < 0:
            return np.inf
        kept = 0
        for t in range(m):
            if weight[item[j, t], j] <= free:
                item[j, kept] = item[j, t]
                kept += 1
        count[j], left[j] = kept, free
        f = table[j]
        f[0, : free + 1] = 0.0
        for t in range(kept):
            i = item[j, t]
            w, gain = weight[i, j], cost[i, j] - price[i]
            f[t + 1, :w] = f[t, :w]
            for c in range(w, free + 1):
                f[t + 1, c] = min(f[t, c], f[t, c - w] + gain)
        best[j] = f[kept, free]
        total += best[j]
        c = free
        for t in range(kept - 1, -1, -1):
            if f[t + 1, c] < f[t, c]:
                chosen[item[j, t], j] = True
                c -= weight[item[j, t], j]
    return total


@njit(cache=True, nogil=True)
def _penalties(cost, weight, allowed, owner, price, table, item, count, left, best, chosen, back, penalty):  # type: ignore[no-untyped-def]
    """By how much giving an item to a rep, and to nobody else, raises the value at least; infinite if it cannot be."""
    n, k = cost.shape
    others = np.zeros(n)
    penalty[:] = np.inf
    for j in range(k):
        f, m, free = table[j], count[j], left[j]
        for i in range(n):
            if owner[i] < 0 and allowed[i, j] and cost[i, j] >= price[i] and weight[i, j] <= free:
                penalty[i, j] = f[m, free - weight[i, j]] + cost[i, j] - price[i] - best[j]
        back[: free + 1] = 0.0
        for t in range(m - 1, -1, -1):
            i = item[j, t]
            w, gain = weight[i, j], cost[i, j] - price[i]
            least = np.inf
            if chosen[i, j]:
                for c in range(free + 1):
                    least = min(least, f[t, c] + back[free - c])
                others[i] += least - best[j]
                penalty[i, j] = best[j] - least
            else:
                for c in range(free - w + 1):
                    least = min(least, f[t, c] + back[free - w - c])
                penalty[i, j] = least + gain - best[j]
            for c in range(free, w - 1, -1):
                back[c] = min(back[c], back[c - w] + gain)
    for i in range(n):
        for j in range(k):
            penalty[i, j] += others[i]


@njit(cache=True, nogil=True)
def price_node(cost, weight, room, allowed, owner, price, limit, aim, slack, steps, work, chosen, share, answer):  # type: ignore[no-untyped-def]
    """Raise the bound of a node by subgradient steps, and take away what no answer within the limit can have.

    Parameters
    ----------
    cost, weight : ndarray, shape (n, k)
        Of every item with every rep; weights are whole numbers.
    room : ndarray of int, shape (k,)
        Capacities.
    allowed : ndarray of bool, shape (n, k)
        Pairs there are; changed.
    owner : ndarray of int, shape (n,)
        Rep an item is settled on, -1 while open; changed.
    price : ndarray of float, shape (n,)
        Prices of the items; become the best ones found.
    limit : float
        Answers above are of no interest; infinite for none.
    aim : float
        Level that the steps aim at.
    slack : float
        Rounding of the sums.
    steps : int
        Subgradient steps.
    work : tuple of ndarray
        Table (k, n + 1, c), items (k, n), counts, rooms and values (k,), a row (c,) and penalties (n, k).
    chosen, share : ndarray, shape (n, k)
        Receive the last choice, and a smoothed mean of all.
    answer : ndarray of int, shape (n,)
        Receives an assignment, if the knapsacks agree on one.

    Returns
    -------
    int
        0 open, 1 no answer within the limit, 2 an answer that is the best of the node.
    float
        Lower bound of the node.

    Notes
    -----
    The assignment of every item is relaxed, one knapsack per rep is left (M. L. Fisher, R. Jaikumar and L. N. Van
    Wassenhove, A multiplier adjustment method for the generalized assignment problem, Management Science 32, 1986).
    Forcing an item into a rep and out of all others costs at least a sum of knapsack differences, which come from
    tables filled from both ends.
    """
    n, k = cost.shape
    table, item, count, left, best, back, penalty = work
    bound, heat, stalled = -np.inf, 1.0, 0
    kept = price.copy()
    step = np.zeros(n)
    away = np.zeros(n)
    for turn in range(steps):
        value = _value(cost, weight, room, allowed, owner, price, table, item, count, left, best, chosen)
        if value > limit + slack:
            return 1, value
        norm, wrong = 0.0, False
        for i in range(n):
            away[i] = 1.0
            for j in range(k):
                away[i] -= chosen[i, j]
                share[i, j] += _SMOOTHING * (chosen[i, j] - share[i, j])
            norm += away[i] ** 2
            wrong |= owner[i] < 0 and away[i] != 0.0
        if not wrong:
            for i in range(n):
                for j in range(k):
                    if chosen[i, j]:
                        answer[i] = j
            return 2, value
        stalled += 1
        if value > bound:
            if value > bound + 1e-5 * abs(value):
                stalled = 0
            bound = value
            kept[:] = price
        if stalled >= _PATIENCE:
            heat *= _SHRINK
            stalled = 0
        if limit < np.inf and (turn % _PENALTY_EVERY == _PENALTY_EVERY - 1 or turn == steps - 1):
            _penalties(
                cost, weight, allowed, owner, price, table, item, count, left, best, chosen, back, penalty
            )  # fmt: skip
            for i in range(n):
                if owner[i] >= 0:
                    continue
                some, last, least = 0, -1, np.inf
                for j in range(k):
                    if allowed[i, j]:
                        if value + penalty[i, j] > limit + slack:
                            allowed[i, j] = False
                        else:
                            some, last, least = some + 1, j, min(least, penalty[i, j])
                if some == 0:
                    return 1, limit
                if some == 1:
                    owner[i] = last
                bound = max(bound, value + least)
        size = heat * (max(aim, bound + slack) - value) / norm
        for i in range(n):
            if owner[i] < 0:
                step[i] = (1.0 - _MOMENTUM) * away[i] + _MOMENTUM * step[i]
                price[i] += size * step[i]
    price[:] = kept
    return 0, bound


@njit(cache=True, nogil=True)
def rounded_answer(cost, weight, room, allowed, owner, share, scale, sweeps, answer):  # type: ignore[no-untyped-def]
    """Round shares to an assignment and mend it by shifts and swaps with a rising price on overload.

    Parameters
    ----------
    cost, weight, room, allowed, owner, share
        As in :func:`price_node`.
    scale : float
        First price of a unit of overload.
    sweeps : int
        Passes at most.
    answer : ndarray of int, shape (n,)
        Receives the assignment.

    Returns
    -------
    float
        Its cost; infinite when a capacity is still exceeded.
    """
    n, k = cost.shape
    load = np.zeros(k, dtype=np.int64)
    for i in range(n):
        j = owner[i]
        if j < 0:
            j, most = 0, -1.0
            for other in range(k):
                if allowed[i, other] and share[i, other] > most:
                    j, most = other, share[i, other]
        answer[i] = j
        load[j] += weight[i, j]
    price = scale
    for _ in range(sweeps):
        moved = False
        for i in range(n):
            a = answer[i]
            gain, to, partner = -1e-9 * scale, -1, -1
            over_a = max(0, load[a] - room[a])
            after_a = max(0, load[a] - weight[i, a] - room[a])
            for j in range(k):
                if j != a and allowed[i, j]:
                    over = max(0, load[j] + weight[i, j] - room[j]) - max(0, load[j] - room[j])
                    change = cost[i, j] - cost[i, a] + price * (after_a - over_a + over)
                    if change < gain:
                        gain, to, partner = change, j, -1
            for s in range(n):
                b = answer[s]
                if b == a or not allowed[i, b] or not allowed[s, a]:
                    continue
                over = max(0, load[a] - weight[i, a] + weight[s, a] - room[a]) - over_a
                over += max(0, load[b] - weight[s, b] + weight[i, b] - room[b]) - max(0, load[b] - room[b])
                change = cost[i, b] + cost[s, a] - cost[i, a] - cost[s, b] + price * over
                if change < gain:
                    gain, to, partner = change, b, s
            if to >= 0:
                load[a] -= weight[i, a]
                load[to] += weight[i, to]
                answer[i] = to
                if partner >= 0:
                    load[to] -= weight[partner, to]
                    load[a] += weight[partner, a]
                    answer[partner] = a
                moved = True
        if not moved:
            if (load <= room).all():
                break
            price *= _GROWTH
    if (load > room).any():
        return np.inf
    total = 0.0
    for i in range(n):
        total += cost[i, answer[i]]
    return total


@njit(cache=True, nogil=True)
def explore(  # type: ignore[no-untyped-def]
    cost, weight, room, pairs, owners, prices, depth, limit, less, slack, steps, most, work, best_answer
):
    """Search the nodes of a stack, deepest first.

    Parameters
    ----------
    cost, weight, room, slack, steps, work
        As in :func:`price_node`.
    pairs, owners, prices : ndarray, shape (d, n, k), (d, n), (d, n)
        The stack: what is allowed, settled, and a price to begin from; changed.
    depth : int
        Nodes on it.
    limit : float
        Answers above are of no interest.
    less : float
        By how much the next answer has to be better.
    most : int
        Nodes to look at.
    best_answer : ndarray of int, shape (n,)
        Receives the best assignment found.

    Returns
    -------
    depth : int
        Nodes left; 0 proves that no answer is within the limit.
    limit : float
        The limit now.
    objective : float
        Cost of the best assignment found here; infinite without one.
    """
    n, k = cost.shape
    found = np.inf
    answer = np.zeros(n, dtype=np.int64)
    chosen = np.zeros((n, k), dtype=np.bool_)
    share = np.zeros((n, k))
    penalty = work[6]
    for number in range(most):
        if depth == 0 or depth + 2 > pairs.shape[0]:
            break
        depth -= 1
        allowed, owner, price = pairs[depth].copy(), owners[depth].copy(), prices[depth].copy()
        share[:] = 0.0
        state, _ = price_node(
            cost, weight, room, allowed, owner, price, limit, limit + less, slack, steps, work, chosen, share, answer
        )
        if state == 1:
            continue
        value = np.inf
        if state == 2:
            value = 0.0
            for i in range(n):
                value += cost[i, answer[i]]
        elif number % _ROUND_EVERY == 0:
            value = rounded_answer(cost, weight, room, allowed, owner, share, less, _SWEEPS, answer)
        if value <= limit:
            found, limit = value, value - less
            best_answer[:] = answer
        if state == 2:
            continue
        # The item whose second choice is dearest: little is lost by settling it, and much is learnt if it is wrong.
        at, to, regret = -1, -1, -1.0
        for i in range(n):
            if owner[i] >= 0:
                continue
            first, second, where = np.inf, np.inf, -1
            for j in range(k):
                if allowed[i, j]:
                    if penalty[i, j] < first:
                        first, second, where = penalty[i, j], first, j
                    else:
                        second = min(second, penalty[i, j])
            if second - first > regret:
                at, to, regret = i, where, second - first
        pairs[depth], owners[depth], prices[depth] = allowed, owner, price
        if at < 0:
            depth += 1  # All items were settled by the last step: the next look finds the answer, or that it is none.
            continue
        pairs[depth, at, to] = False
        if pairs[depth, at].sum() == 1:
            owners[depth, at] = np.argmax(pairs[depth, at])
        if pairs[depth, at].any():
            depth += 1
        pairs[depth], owners[depth], prices[depth] = allowed, owner, price
        owners[depth, at] = to
        depth += 1
    return depth, limit, found
