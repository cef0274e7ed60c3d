"""Tighter relaxation around large accounts: pairs that cannot be, and how many large accounts fit a book.

A relaxation that may split accounts puts six tenths of a book anywhere. Two facts about whole accounts help: some
accounts never go to some reps (too large, or next to them the book cannot reach its other bounds); and of accounts
that fill most of a book only so many fit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.solvers.lagrangian.instance import EngineInstance
from territory_opt.solvers.lagrangian.items import Items, Model
from territory_opt.solvers.lagrangian.pairs import forbid_pairs, impossible_pairs

__all__ = ["is_lumpy", "strengthen"]

_SLACK = 1e-9
_ROUNDS = 3
_LARGE = 0.25
_LUMPS_PER_REP = 0.2


def strengthen(model: Model, stop: Callable[[], bool] | None = None) -> Model:
    """Return the model with impossible pairs forbidden and one counting measure per measure with large accounts.

    Parameters
    ----------
    model : Model
        The reduced problem.
    stop : callable, optional
        True when there is no time to look for more.

    Notes
    -----
    The pairs are those of :func:`~territory_opt.solvers.lagrangian.pairs.impossible_pairs`; forbidding some can
    make others impossible, so the test is made up to three times. For counting, only measures with an absolute
    band, no dependence on the pair and no negative amount are used. The counting measure has contribution 1 for
    every account above some size, and as upper bound how many of that size fit the book: a cover inequality.
    """
    for _ in range(_ROUNDS):
        blocked = impossible_pairs(model, stop)
        tighter = forbid_pairs(model, blocked.item, blocked.rep)
        if tighter is model:
            break
        model = tighter
        if stop is not None and stop():
            break
    for m in range(model.n_measures):
        amount = model.items.base[:, m]
        if model.bends[m] or model.free_scale[m] or not amount.size or amount.min() < 0:
            continue
        _, upper = model.band(model.scale_low)
        room = upper[:, m]
        if np.isfinite(room).any():
            model = _count(model, amount, room)
    return model


def _count(model: Model, amount: FloatArray, room: FloatArray) -> Model:
    """Add the measure that counts accounts above a quarter of the largest book."""
    if not np.isfinite(room).all():
        return model
    size = np.sort(amount[amount > _LARGE * float(np.max(room))])
    if size.size < 2 or size.size * room.size > 10_000_000:
        return model
    # The more of the places that accounts of at least this size could take are taken, the more the row says.
    fit = np.floor(room[None, :] / size[:, None] * (1 + 1e-9) + _SLACK)
    taken = (size.size - np.arange(size.size)) / np.maximum(fit.sum(1), 1.0)
    best = int(np.argmax(taken))
    least, fits = float(size[best]), fit[best]
    large = amount >= least
    # Split at will, the accounts would fill the bands; counted, fewer of them fit: only then is the row worth it.
    if not np.any(fits * least < 0.9 * room):
        return model
    items: Items = replace(
        model.items, base=np.ascontiguousarray(np.column_stack([model.items.base, large.astype(np.float64)]))
    )
    k = model.n_reps
    return replace(
        model, items=items, fixed_totals=np.column_stack([model.fixed_totals, np.zeros(k)]),
        per_hour=np.append(model.per_hour, 0.0),
        per_amount=np.pad(model.per_amount, ((0, 0), (0, 1))), lower=np.column_stack([model.lower, np.zeros(k)]),
        upper=np.column_stack([model.upper, fits]), scale_low=np.append(model.scale_low, 1.0),
        scale_high=np.append(model.scale_high, 1.0), elastic=np.append(model.elastic, np.inf),
        soft_lower=np.column_stack([model.soft_lower, np.full(k, -np.inf)]),
        soft_upper=np.column_stack([model.soft_upper, np.full(k, np.inf)]),
        integer_measure=np.append(model.integer_measure, True),
    )  # fmt: skip


def is_lumpy(inst: EngineInstance) -> bool:
    """True with many accounts of a good part of a book: then the engine's search over where they go does the work.

    Parameters
    ----------
    inst : EngineInstance
        The instance.
    """
    upper = inst.measures.upper
    book = np.max(np.where(np.isfinite(upper), upper, np.inf), axis=0)
    large = np.any(inst.measures.base > _LARGE * book * inst.measures.scale_low, axis=1)
    return bool(np.count_nonzero(large) > _LUMPS_PER_REP * inst.n_reps)
