"""Other reps for accounts, priced a few reps at a time: never a number per pair of the whole instance at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.solvers.lagrangian.state import State

__all__ = ["argmax_by", "count_offers", "nearest", "offers"]

_PIECE = 500_000
"""Pairs priced at a time."""


def offers(
    state: State, reps: IntArray, who: IntArray, at_most: float, stop: Callable[[], bool] | None = None
) -> Iterator[tuple[IntArray, IntArray, FloatArray, FloatArray]]:
    """Yield other reps for some accounts, some reps at a time: account, rep, reduced cost, contributions.

    Parameters
    ----------
    state : State
        Current assignment.
    reps : ndarray of shape (s,)
        Reps that are offered.
    who : ndarray of shape (q,)
        Accounts.
    at_most : float
        Leave out pairs whose reduced cost exceeds the account's best by more.
    stop : callable, optional
        Asked after every piece; True ends the offers.
    """
    model = state.model
    step = max(1, _PIECE // max(who.size, 1))
    for begin in range(0, max(reps.size, 1), step):
        some = reps[begin : begin + step]
        item, rep = np.repeat(who, some.size), np.tile(some, who.size)
        keep = model.allowed[model.items.class_row[item], rep] & (rep != state.rep[item])
        item, rep = item[keep], rep[keep]
        reduced, amount = state.priced(item, rep)
        if np.isfinite(at_most):
            near = reduced - state.best_value[item] <= at_most
            item, rep, reduced, amount = item[near], rep[near], reduced[near], amount[near]
        yield item, rep, reduced, amount
        if stop is not None and stop():
            return


def count_offers(state: State, at_most: float, *, most: int, stop: Callable[[], bool]) -> int:
    """Return how many pairs a better assignment may use, those in use included: reduced cost near the account's best.

    Parameters
    ----------
    state : State
        Current assignment.
    at_most : float
        Largest reduced cost above the account's best.
    most : int
        Where counting may end: beyond it any larger number may come back.
    stop : callable
        Asked between the pieces; once True, more than ``most`` comes back.
    """
    everyone = np.arange(state.model.items.n_items)
    movable = np.zeros(everyone.size, dtype=np.bool_)
    count = 0
    for item, _, _, _ in offers(state, np.arange(state.model.n_reps), everyone, at_most):
        movable[item] = True
        count += item.size
        if count > most or stop():
            return max(count, most + 1)
    return count + int(np.count_nonzero(movable))


def nearest(group: IntArray, value: FloatArray, count: int) -> BoolArray:
    """Mark the ``count`` smallest values of every group.

    Examples
    --------
    >>> import numpy as np
    >>> nearest(np.array([0, 1, 0]), np.array([2.0, 5.0, 1.0]), 1)
    array([False,  True,  True])
    """
    order = np.lexsort((value, group))
    sorted_group = group[order]
    begin = np.flatnonzero(np.diff(sorted_group, prepend=-1))
    rank = np.arange(group.size) - np.repeat(begin, np.diff(np.append(begin, group.size)))
    mark = np.zeros(group.size, dtype=np.bool_)
    mark[order[rank < count]] = True
    return mark


def argmax_by(value: FloatArray, first: IntArray) -> IntArray:
    """Return the position of the largest value of every run."""
    run = np.repeat(np.arange(first.size - 1), np.diff(first))
    order = np.lexsort((-value, run))
    result: IntArray = order[first[:-1]]
    return result
