"""Tighter relaxation around large accounts: pairs that cannot be, and how many large accounts fit a book.

A relaxation that may split accounts puts six tenths of a book anywhere. Two facts about whole accounts help: an
account larger than a rep's upper band never goes there; and of accounts that fill most of a book only so many
fit.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.solvers.lagrangian.items import Items, Model

__all__ = ["strengthen"]

_SLACK = 1e-9
_MOST_ROWS = 2_000
_LARGE = 0.25


def strengthen(model: Model) -> Model:
    """Return the model with impossible pairs forbidden and one counting measure per measure with large accounts.

    Notes
    -----
    Only measures with an absolute band, no dependence on the pair and no negative amount are used. The counting
    measure has contribution 1 for every account above half of the largest upper band, and upper bound 1 (0 when a
    fixed account already takes the place): a clique inequality per rep.
    """
    for m in range(model.n_measures):
        amount = model.items.base[:, m]
        if model.per_hour[m] != 0.0 or model.free_scale[m] or not amount.size or amount.min() < 0:
            continue
        _, upper = model.band(model.scale_low)
        room = upper[:, m]
        if np.isfinite(room).any():
            model = _forbid(model, amount, room)
            model = _count(model, amount, room)
    return model


def _forbid(model: Model, amount: FloatArray, room: FloatArray) -> Model:
    """Forbid every pair whose account alone is larger than the room of the rep."""
    slack = _SLACK * np.maximum(1.0, np.abs(room))
    large = np.flatnonzero(amount > float(np.min(room + slack)))
    if not large.size:
        return model
    fits = amount[large][:, None] <= (room + slack)[None, :] if large.size * room.size <= 50_000_000 else None
    if fits is None:
        return model
    rows: BoolArray = model.allowed[model.items.class_row[large]] & fits
    same = (rows == model.allowed[model.items.class_row[large]]).all(1)
    large, rows = large[~same], rows[~same]
    if not large.size:
        return model
    rows, place = np.unique(rows, axis=0, return_inverse=True)
    if rows.shape[0] > _MOST_ROWS:
        return model
    class_row: IntArray = model.items.class_row.copy()
    class_row[large] = model.allowed.shape[0] + place.reshape(-1)
    return replace(model, items=replace(model.items, class_row=class_row), allowed=np.vstack([model.allowed, rows]))


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
        per_hour=np.append(model.per_hour, 0.0), lower=np.column_stack([model.lower, np.zeros(k)]),
        upper=np.column_stack([model.upper, fits]), scale_low=np.append(model.scale_low, 1.0),
        scale_high=np.append(model.scale_high, 1.0), integer_measure=np.append(model.integer_measure, True),
    )  # fmt: skip
