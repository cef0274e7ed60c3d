"""Proofs of infeasibility that need no search: a missing rep, an account that fits no book, a class without room."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import BoolArray, FloatArray
from territory_opt.solvers.lagrangian.instance import EngineInstance
from territory_opt.solvers.lagrangian.items import Model
from territory_opt.solvers.lagrangian.pairs import Blocked, impossible_pairs

__all__ = ["name_bands", "propagate", "propagate_strengthened"]

_SLACK = 1e-9
_CULPRIT = 0.1


def propagate(inst: EngineInstance, model: Model) -> str:
    """Return why an instance has no solution, "" when none of the quick proofs applies.

    Notes
    -----
    In order: accounts without any rep; accounts larger than every upper band they may enter; and per measure the
    exact test whether the eligibility classes, split at will, fit the bands (a transport problem between classes and
    reps). Tests on amounts are skipped for measures that depend on the pair and for free scales.
    """
    return _without_rep(inst, model) or _too_large(inst, model) or _crowded(inst, model, range(model.n_measures))


def propagate_strengthened(inst: EngineInstance, model: Model, tighter: Model) -> str:
    """Return why the strengthened model has no solution, "" when that is not so plain.

    Parameters
    ----------
    inst : EngineInstance
        The instance.
    model, tighter : Model
        The reduced problem before and after :func:`~territory_opt.solvers.lagrangian.strengthen.strengthen`.

    Notes
    -----
    First accounts that lost every rep; then the transport test of :func:`propagate` once more, where the rows or the
    counts of large accounts say more than before. The answer names accounts, classes, reps and measures.
    """
    lost = np.flatnonzero(~np.any(tighter.allowed, axis=1)[tighter.items.class_row])
    if lost.size:
        return _fits_nowhere(inst, model, tighter, int(lost[0]), int(lost.size))
    fewer = tighter.allowed.shape[0] > model.allowed.shape[0]
    reason = _crowded(inst, tighter, range(0 if fewer else model.n_measures, tighter.n_measures), fewer=fewer)
    return reason + _culprits(inst, model) if reason and fewer else reason


def _culprits(inst: EngineInstance, model: Model) -> str:
    """Name the measures whose upper bounds keep accounts out of books that may have them by the rules."""
    blocked = impossible_pairs(model)
    count = np.bincount(blocked.full, minlength=model.n_measures)
    most = [m for m in np.argsort(-count, kind="stable") if count[m] > _CULPRIT * max(1, int(count.max()))]
    names = " and ".join(inst.measures.names[m] for m in most if m < inst.n_measures)
    return (
        f" ({int(count.sum())} pairs of account and rep are ruled out by the upper bounds of {names})" if names else ""
    )


def _fits_nowhere(inst: EngineInstance, model: Model, tighter: Model, item: int, n_lost: int) -> str:
    """Say which two bounds keep an account out of the book that comes closest to taking it."""
    blocked = impossible_pairs(model)
    clash = _clashing_book(inst, model, blocked)
    if clash:
        return clash
    mine = np.flatnonzero((blocked.item == item) & np.isfinite(blocked.missing))
    i = int(model.account_index[item])
    who = f"account {i} (class {inst.class_index[i]})"
    tail = f"; {n_lost} such accounts" if n_lost > 1 else ""
    if not mine.size:
        return f"{who} fits no book: next to it none of its reps can keep all bounds{tail}"
    unit = np.abs(model.items.base).mean(0)[blocked.full[mine]]
    best = mine[int(np.argmin(blocked.missing[mine] / np.maximum(unit, 1e-300)))]
    j, full, needed = int(blocked.rep[best]), int(blocked.full[best]), int(blocked.needed[best])
    names = inst.measures.names
    count = int(model.allowed[model.items.class_row[item]].sum())
    size = f"brings {inst.measures.base[i, full]:.6g} of {names[full]} and " if not model.bends[full] else ""
    text = f"{who} {size}fits none of the {count} books it may enter"
    if full == needed and model.bends[full]:
        over = f"{blocked.missing[best]:.6g} above its upper bound of {names[full]}"
        text += f": even as its only account, it would take rep {j} {over}"
    elif full != needed:
        text += (
            f": even rep {j}, with the lightest other accounts that reach its lower bound of {names[needed]}, would be "
            f"{blocked.missing[best]:.6g} above its upper bound of {names[full]}"
        )
    return text + tail


def _without_rep(inst: EngineInstance, model: Model) -> str:
    assert inst.locked_rep is not None
    empty = ~np.any(model.allowed, axis=1)
    lost = np.flatnonzero(empty[model.items.class_row])
    if lost.size:
        i = int(model.account_index[lost[0]])
        return f"account {i} (class {inst.class_index[i]}) has no eligible rep; {lost.size} accounts have none"
    banned = np.isinf(inst.pairs.cost) & (inst.locked_rep[inst.pairs.account_index] == inst.pairs.rep_index)
    if banned.any():
        i = int(inst.pairs.account_index[np.flatnonzero(banned)[0]])
        return f"account {i} is locked to rep {inst.locked_rep[i]}, which is forbidden for it"
    return ""


def _plain(model: Model) -> list[int]:
    """Return the measures whose amounts do not depend on the pair and whose bands are absolute."""
    return [m for m in range(model.n_measures) if not model.bends[m] and not model.free_scale[m]]


def _too_large(inst: EngineInstance, model: Model) -> str:
    _, upper = model.band(model.scale_low)
    for m in _plain(model):
        amount = model.items.base[:, m]
        others = np.minimum(amount, 0.0).sum() if amount.size else 0.0
        best = np.where(model.allowed, upper[:, m], -np.inf).max(1)
        room = best[model.items.class_row]
        bad = np.flatnonzero(amount + others > room + _SLACK * np.maximum(1.0, np.abs(amount)))
        if bad.size:
            i = int(model.account_index[bad[np.argmax(amount[bad])]])
            name = inst.measures.names[m]
            return (
                f"account {i} alone brings {inst.measures.base[i, m]:.6g} of {name}, more than any rep of class "
                f"{inst.class_index[i]} has room for; {bad.size} accounts are too large"
            )
    return ""


def _crowded(inst: EngineInstance, model: Model, measures: range, *, fewer: bool = False) -> str:
    lower, upper = model.band(model.scale_low)
    if model.allowed.shape[0] > 2_000:
        return ""
    names = [*inst.measures.names, *["number of large accounts"] * model.n_measures]
    for m in sorted(set(_plain(model)) & set(measures)):
        amount = model.items.base[:, m]
        if np.any(amount < 0):
            continue
        supply = np.bincount(model.items.class_row, weights=amount, minlength=model.allowed.shape[0]).astype(np.float64)
        reason = _total(names[m], float(supply.sum()), lower[:, m], upper[:, m])
        if not reason and np.any(np.isfinite(upper[:, m]) | (lower[:, m] > 0)):
            reason = _transport(
                names[m], model.allowed, supply, lower[:, m], upper[:, m], _RowNames(inst, model, amount), fewer
            )
        if reason:
            return reason
    return ""


def _total(name: str, supply: float, lower: FloatArray, upper: FloatArray) -> str:
    room = _SLACK * max(1.0, abs(supply))
    if supply > float(np.sum(upper)) + room:
        return f"all books together take at most {np.sum(upper):.6g} of {name}; the accounts bring {supply:.6g}"
    if supply < float(np.sum(lower)) - room:
        return f"all books together need at least {np.sum(lower):.6g} of {name}; the accounts bring {supply:.6g}"
    low = np.flatnonzero(upper < -room)
    if low.size:
        return f"the accounts locked to rep {low[0]} exceed the upper bound of {name} by {-upper[low[0]]:.6g}"
    return ""


def _clashing_book(inst: EngineInstance, model: Model, blocked: Blocked) -> str:
    """Name a book that can take none of its accounts, because two of its own bounds clash; "" without one."""
    rows = np.bincount(model.items.class_row, minlength=model.allowed.shape[0])
    none_left = np.bincount(blocked.rep, minlength=model.n_reps) == rows @ model.allowed
    for j in np.flatnonzero(none_left & (rows @ model.allowed > 0)):
        mine = np.flatnonzero((blocked.rep == j) & (blocked.full != blocked.needed) & np.isfinite(blocked.missing))
        if mine.size:
            best = mine[int(np.argmin(blocked.missing[mine]))]
            full, needed = inst.measures.names[blocked.full[best]], inst.measures.names[blocked.needed[best]]
            return (
                f"two bands of rep {j} cannot hold together: the lightest accounts that reach its lower bound of "
                f"{needed} exceed its upper bound of {full} by {blocked.missing[best]:.6g}"
            )
    return ""


class _RowNames:
    """Names eligibility rows: the classes of the instance, or the accounts of a row that was added for them."""

    def __init__(self, inst: EngineInstance, model: Model, amount: FloatArray) -> None:
        self._n_classes, self._inst, self._model, self._amount = inst.class_allowed.shape[0], inst, model, amount

    def __call__(self, rows: list[int]) -> str:
        """Return the words for some rows."""
        classes = [row for row in rows if row < self._n_classes]
        parts = [f"class {_some(classes)}"] if classes else []
        added = [row for row in rows if row >= self._n_classes]
        if added:
            items = self._model.items
            who = np.flatnonzero(np.isin(items.class_row, added) & (self._amount > 0))
            who = who[np.argsort(-self._amount[who], kind="stable")]
            parts.append(f"accounts {_some([int(i) for i in self._model.account_index[who]])}")
        return " and ".join(parts)


def _transport(
    name: str, allowed: BoolArray, supply: FloatArray, lower: FloatArray, upper: FloatArray, rows: _RowNames,
    fewer: bool,
) -> str:  # fmt: skip
    """Solve the transport problem of one measure; name classes and reps when it has no solution.

    Notes
    -----
    Elastic in the books. The duals of a positive optimum are a Farkas certificate, and it is checked here in plain
    arithmetic before it is believed: with multipliers t, ``sum_c supply_c min_j t_j - sum_j max_u t_j u > 0``. When
    both sides of the bands together have no solution, one side alone often has none either, which reads better. With
    ``fewer`` pairs than the rules allow, the words must not blame the rules: other bounds took the pairs away.
    """
    may = "that all bounds together leave them" if fewer else "they may have"
    unlimited = np.full(lower.size, np.inf)
    if not _certificate(allowed, supply, lower, upper):
        return ""
    for side, low, high in (("upper", 0.0 * lower, upper), ("lower", lower, unlimited), ("", lower, upper)):
        found = _certificate(allowed, supply, low, high)
        if not found:
            continue
        classes, reps, short = found
        if side == "upper":
            return (
                f"{name}: {rows(classes)} bring {short:.6g} more than the only reps {may}, {_some(reps)}, have room for"
            )
        if side == "lower":
            return f"{name}: reps {_some(reps)} need {short:.6g} more than the accounts {may} bring"
        return f"{name}: {rows(classes)} and reps {_some(reps)} miss their bands by {short:.6g}"
    return ""


def _certificate(
    allowed: BoolArray, supply: FloatArray, lower: FloatArray, upper: FloatArray
) -> tuple[list[int], list[int], float] | None:
    """Return classes, reps and the amount by which they miss their bands; None when a split assignment fits."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_matrix, hstack, identity, vstack

    row, col = np.nonzero(allowed & (supply > 0)[:, None])
    if not row.size:
        return None
    n_pairs, k = row.size, lower.size
    scale = float(supply.sum()) / k
    need, room = np.maximum(lower / scale, 0.0), np.minimum(upper / scale, 2.0 * k)
    classes, place = np.unique(row, return_inverse=True)
    one, pair = np.ones(n_pairs), np.arange(n_pairs)
    equal = coo_matrix((one, (place, pair)), shape=(classes.size, n_pairs + 2 * k)).tocsr()
    books = hstack([coo_matrix((one, (col, pair)), shape=(k, n_pairs)), -identity(k), identity(k)]).tocsr()
    answer = linprog(
        np.concatenate([np.zeros(n_pairs), np.ones(2 * k)]), A_ub=vstack([books, -books]),
        b_ub=np.concatenate([room, -need]), A_eq=equal, b_eq=supply[classes] / scale, bounds=(0, None),
        method="highs",
    )  # fmt: skip
    if answer.status != 0 or answer.fun <= 1e-7:
        return None
    price = -(answer.ineqlin.marginals[:k] - answer.ineqlin.marginals[k:])
    best = np.where(allowed[classes], price, np.inf).min(1)
    books_pay = np.where(price > 0, price * room, price * need)
    value = float(np.sum(supply[classes] / scale * best)) - float(np.sum(books_pay))
    if value <= 1e-9:
        return None
    named = [int(c) for c in classes[np.abs(best) > 1e-6]]
    return named, [int(j) for j in np.flatnonzero(np.abs(price) > 1e-6)], value * scale


def _some(values: list[int]) -> str:
    head = ", ".join(str(v) for v in values[:8])
    return head + (f" and {len(values) - 8} more" if len(values) > 8 else "")


def name_bands(measures: tuple[str, ...], unit: FloatArray, price: FloatArray) -> str:
    """Name the bands that cannot hold together: the largest multipliers of the certificate.

    Parameters
    ----------
    measures : tuple of str
        Names of the measures of the instance.
    unit : ndarray of shape (M,)
        Average contributions.
    price : ndarray of shape (k, M)
        Multipliers at which the dual without costs is above zero.

    Examples
    --------
    >>> import numpy as np
    >>> name_bands(("load",), np.ones(1), np.array([[2.0], [0.0]]))
    'the bands cannot hold together, even if accounts could be split: rep 0 upper bound of load'
    """
    weight = np.abs(price)
    order = np.argsort(-weight, axis=None)[:6]
    parts = []
    for flat in order:
        j, m = np.unravel_index(int(flat), weight.shape)
        if weight[j, m] > 0.01 * weight.max():
            side = "upper" if price[j, m] > 0 else "lower"
            names = (*measures, *["large accounts"] * weight.shape[1])
            parts.append(f"rep {j} {side} bound of {names[m]}")
    return "the bands cannot hold together, even if accounts could be split: " + ", ".join(parts)
