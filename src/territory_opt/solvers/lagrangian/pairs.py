"""Pairs that no assignment inside the bands can use: next to the account, the book cannot reach its other bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.solvers.lagrangian.items import Model, pair_measures

__all__ = ["Blocked", "forbid_pairs", "impossible_pairs"]

_SLACK = 1e-9
_MOST_ROWS = 2_000
_MOST_PAIRS = 100_000_000
_MOST_PRICED = 5_000_000

_Found: TypeAlias = "tuple[IntArray, IntArray, int, int, FloatArray]"
"""Accounts, reps, the measure that breaks and the one that needs it to, and by how much."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """Impossible pairs and why.

    Parameters
    ----------
    item, rep : ndarray of shape (p,)
        The pairs (position among the free accounts, position of the rep).
    full, needed : ndarray of shape (p,)
        Measure whose upper bound would break, and measure whose lower bound forces it to (equal when the account
        alone is too large).
    missing : ndarray of shape (p,)
        By how much the upper bound would be broken at least, in units of the measure ``full``.
    """

    item: IntArray
    rep: IntArray
    full: IntArray
    needed: IntArray
    missing: FloatArray


def impossible_pairs(model: Model, stop: Callable[[], bool] | None = None) -> Blocked:
    """Find pairs that cannot be because of two bounds of one book.

    Parameters
    ----------
    model : Model
        The reduced problem.
    stop : callable, optional
        Asked rep by rep where amounts depend on the pair; once True, the other reps are left as they are.

    Returns
    -------
    Blocked
        One entry per pair, with the two measures that break by most.

    Notes
    -----
    Account i fits book j only if ``w_ijm + K_j(lower_jp - w_ijp) <= upper_jm`` for all measures m and p, where
    ``K_j(d)`` is the least amount of m that accounts eligible for j bring together with d of p: a fractional
    knapsack, solved by the order of ``w_m / w_p`` (Dantzig 1957, doi:10.1287/opre.5.2.266). K_j may use account i
    once more, which only weakens the test. A free scale enters with the end of its range that asks least. Where
    amounts depend on the pair the test is skipped above five million pairs.
    """
    k, n, n_measures = model.n_reps, model.items.n_items, model.n_measures
    depends = bool(model.bends.any())
    if not n or n * k > (_MOST_PRICED if depends else _MOST_PAIRS):
        return _blocked([])
    lower, upper = _loosest(model)
    found = []
    varying = [(m, p) for m in range(n_measures) for p in range(n_measures) if model.bends[m] or model.bends[p]]
    for full in range(n_measures):
        for needed in range(n_measures):
            if (full, needed) not in varying:
                order = _by_ratio(model.items.base[:, full], model.items.base[:, needed])
                reps = _worth_testing(model, full, needed, lower, upper)
                found += [_plain(model, int(j), full, needed, lower, upper, order) for j in reps]
    for j in range(k) if varying else ():
        if stop is not None and stop():
            break  # What was found holds; what was not looked at stays allowed.
        found += _varying(model, j, varying, lower[j], upper[j])
    return _blocked([part for part in found if part[0].size])


def forbid_pairs(model: Model, item: IntArray, rep: IntArray) -> Model:
    """Return the model without some pairs: their accounts get eligibility rows of their own.

    Notes
    -----
    Does nothing when that would take more than 2,000 rows.
    """
    if not item.size:
        return model
    who, place = np.unique(item, return_inverse=True)
    rows: BoolArray = model.allowed[model.items.class_row[who]].copy()
    rows[place.reshape(-1), rep] = False
    rows, same = np.unique(rows, axis=0, return_inverse=True)
    if rows.shape[0] > _MOST_ROWS:
        return model
    class_row: IntArray = model.items.class_row.copy()
    class_row[who] = model.allowed.shape[0] + same.reshape(-1)
    return replace(model, items=replace(model.items, class_row=class_row), allowed=np.vstack([model.allowed, rows]))


def _loosest(model: Model) -> tuple[FloatArray, FloatArray]:
    """Return lower and upper totals (k, M) that hold at every scale in the range."""
    with np.errstate(invalid="ignore"):
        at_low, at_high = model.band(model.scale_low), model.band(model.scale_high)
    return np.minimum(at_low[0], at_high[0]), np.maximum(at_low[1], at_high[1])


def _by_ratio(amount: FloatArray, cover: FloatArray) -> IntArray:
    """Return the accounts that cover anything at a positive amount, cheapest first."""
    usable = np.flatnonzero((cover > 0) & (amount >= 0))
    result: IntArray = usable[np.argsort(amount[usable] / cover[usable], kind="stable")]
    return result


def _worth_testing(model: Model, full: int, needed: int, lower: FloatArray, upper: FloatArray) -> IntArray:
    """Return the reps for which the largest account might be impossible: K_j is no more than an average cover costs."""
    items, k = model.items, model.n_reps
    amount, cover = items.base[:, full], items.base[:, needed]
    rows = model.allowed.shape[0]
    largest = np.full(rows, -np.inf)
    np.maximum.at(largest, items.class_row, amount)
    most = np.where(model.allowed, largest[:, None], -np.inf).max(0) if rows else np.full(k, -np.inf)
    by_row = [np.bincount(items.class_row, weights=w, minlength=rows) for w in (np.maximum(amount, 0.0), cover)]
    total, covered = by_row[0] @ model.allowed, by_row[1] @ model.allowed
    some = np.isfinite(most)
    need = np.maximum(lower[:, needed], 0.0)
    average = np.where(covered > 0, need * total / np.maximum(covered, 1e-300), 0.0) if full != needed else 0.0 * need
    average = np.where(need > covered, np.inf, average)
    result: IntArray = np.flatnonzero(some & (np.where(some, most, 0.0) + average > upper[:, full]))
    return result


def _may_block(both: FloatArray, full: int, needed: int, lower: float, upper: float) -> bool:
    """Return whether the largest account might be impossible next to an average cover; as in :func:`_worth_testing`.

    ``both`` (q, M) is what the accounts of a rep bring there.
    """
    if not both.shape[0]:
        return False
    average = 0.0
    if full != needed and lower > 0:
        covered = float(both[:, needed].sum())
        average = lower * float(np.maximum(both[:, full], 0.0).sum()) / covered if covered >= lower else np.inf
    return bool(max(float(both[:, full].max()), 0.0) + average > upper)


def _varying(model: Model, j: int, tests: list[tuple[int, int]], lower: FloatArray, upper: FloatArray) -> list[_Found]:
    """Return what a book cannot hold by tests on amounts that depend on the pair, (full, needed) each.

    Accounts that are too large by themselves are out first: without them the other tests are shorter, and tighter.
    """
    who = np.flatnonzero(model.allowed[model.items.class_row, j])
    both = pair_measures(model, model.items, who, np.full(who.size, j))
    found = []
    for full, needed in sorted(tests, key=lambda test: test[0] != test[1]):
        if not _may_block(both, full, needed, lower[needed], upper[full]):
            continue
        amount, cover = both[:, full], both[:, needed]
        ranked = None if full == needed else _by_ratio(amount, cover)
        bad, missing = _test(amount, cover, ranked, lower[needed], upper[full])
        found.append((who[bad], np.full(bad.size, j), full, needed, missing))
        if full == needed and bad.size:
            left = np.ones(who.size, dtype=np.bool_)
            left[bad] = False
            who, both = who[left], both[left]
    return found


def _plain(
    model: Model, j: int, full: int, needed: int, lower: FloatArray, upper: FloatArray, order: IntArray
) -> _Found:
    """Return what a book cannot hold by one test on amounts that are the same for every rep."""
    eligible = model.allowed[model.items.class_row, j]
    who = np.flatnonzero(eligible)
    ranked = (np.cumsum(eligible) - 1)[order[eligible[order]]]
    amount, cover = model.items.base[who, full], model.items.base[who, needed]
    bad, missing = _test(amount, cover, None if full == needed else ranked, lower[j, needed], upper[j, full])
    return who[bad], np.full(bad.size, j), full, needed, missing


def _test(
    amount: FloatArray, cover: FloatArray, ranked: IntArray | None, lower: float, upper: float
) -> tuple[IntArray, FloatArray]:
    """Return the accounts that a book cannot hold, and by how much its upper bound would break.

    ``ranked`` are the accounts by what they bring of the one measure per unit of the other; None where both are one.
    """
    if not np.isfinite(upper) or not amount.size:
        return np.empty(0, np.int64), np.empty(0)
    negative = amount < 0
    least = np.full(amount.size, float(amount[negative].sum()))
    if ranked is not None and np.isfinite(lower) and not np.any(cover < 0):
        gained = float(cover[negative].sum())
        x = np.concatenate([[0.0], np.cumsum(cover[ranked])])
        y = np.concatenate([[0.0], np.cumsum(amount[ranked])])
        need = lower - cover - gained
        least = least + np.where(need > x[-1] * (1 + _SLACK) + _SLACK, np.inf, np.interp(need, x, y))
    # An account with a negative amount is already among those that make the book as light as can be.
    over = np.maximum(amount, 0.0) + least - upper
    bad = np.flatnonzero(over > _SLACK * np.maximum(1.0, np.abs(upper)))
    return bad, over[bad]


def _blocked(found: list[_Found]) -> Blocked:
    """Return the entries of all tests, one per pair."""
    if not found:
        none = np.empty(0, np.int64)
        return Blocked(none, none, none, none, np.empty(0))
    item, rep = (np.concatenate([part[place] for part in found]) for place in (0, 1))
    full, needed = (np.concatenate([np.full(part[0].size, part[place]) for part in found]) for place in (2, 3))
    missing = np.concatenate([part[4] for part in found])
    order = np.lexsort((-missing, rep, item))
    item, rep, full, needed, missing = (value[order] for value in (item, rep, full, needed, missing))
    first = np.concatenate([[True], (np.diff(item) != 0) | (np.diff(rep) != 0)])
    return Blocked(item[first], rep[first], full[first], needed[first], missing[first])
