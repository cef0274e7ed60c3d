"""Proofs of infeasibility that need no search: a missing rep, an account too large, a class without enough room."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import BoolArray, FloatArray
from territory_opt.solvers.lagrangian.instance import EngineInstance
from territory_opt.solvers.lagrangian.items import Model

__all__ = ["propagate"]

_SLACK = 1e-9


def propagate(inst: EngineInstance, model: Model) -> str:
    """Return why an instance has no solution, "" when none of the quick proofs applies.

    Notes
    -----
    In order: accounts without any rep; accounts larger than every upper band they may enter; and per measure the
    exact test whether the eligibility classes, split at will, fit the bands (a transport problem between classes and
    reps). Tests on amounts are skipped for measures that depend on the pair and for free scales.
    """
    return _without_rep(inst, model) or _too_large(inst, model) or _crowded(inst, model)


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
    return [m for m in range(model.n_measures) if model.per_hour[m] == 0.0 and not model.free_scale[m]]


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


def _crowded(inst: EngineInstance, model: Model) -> str:
    lower, upper = model.band(model.scale_low)
    if model.allowed.shape[0] > 2_000:
        return ""
    for m in _plain(model):
        amount = model.items.base[:, m]
        if np.any(amount < 0):
            continue
        supply = np.bincount(model.items.class_row, weights=amount, minlength=model.allowed.shape[0]).astype(np.float64)
        reason = _total(inst.measures.names[m], float(supply.sum()), lower[:, m], upper[:, m])
        if not reason and np.any(np.isfinite(upper[:, m]) | (lower[:, m] > 0)):
            reason = _transport(inst.measures.names[m], model.allowed, supply, lower[:, m], upper[:, m])
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


def _transport(name: str, allowed: BoolArray, supply: FloatArray, lower: FloatArray, upper: FloatArray) -> str:
    """Solve the transport problem of one measure; name classes and reps when it has no solution.

    Notes
    -----
    Elastic in the books. The duals of a positive optimum are a Farkas certificate, and it is checked here in plain
    arithmetic before it is believed: with multipliers t, ``sum_c supply_c min_j t_j - sum_j max_u t_j u > 0``. When
    both sides of the bands together have no solution, one side alone often has none either, which reads better.
    """
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
                f"{name}: accounts of class {_some(classes)} bring {short:.6g} more than the only reps they may have, "
                f"{_some(reps)}, have room for"
            )
        if side == "lower":
            return f"{name}: reps {_some(reps)} need {short:.6g} more than the accounts they may have bring"
        return f"{name}: classes {_some(classes)} and reps {_some(reps)} miss their bands by {short:.6g}"
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
