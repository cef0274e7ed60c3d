"""Whole accounts from the shares of the relaxation: error diffusion, then local search under a rising penalty."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.kernels.search import search
from territory_opt.solvers.lagrangian.band import Bands
from territory_opt.solvers.lagrangian.core import Core, elastic_rows, rounded_choice
from territory_opt.solvers.lagrangian.items import Model
from territory_opt.solvers.lagrangian.pack import Packed

__all__ = ["rounded"]

_SCHEDULE = ((2.0, 2, False), (30.0, 2, False), (300.0, 2, True))
"""Price of a unit outside a band, moves of up to so many accounts, and whether only the best move of a rep counts."""

_SWEEPS = 10
_REACH, _TRIALS = (100, 1_000), 300_000
"""Accounts of the second rep tried in a move of two, fewer where books are long: a sweep must not grow with their
square."""


def rounded(
    model: Model, core: Core, bands: Bands, packed: Packed, pinned: IntArray, *, heat: float, stop: Callable[[], bool]
) -> IntArray:
    """Return the searched assignment of the free accounts.

    Parameters
    ----------
    model, core, bands, packed : Model, Core, Bands, Packed
        The problem, and the pairs the search may use.
    pinned : ndarray of shape (n,)
        Rep of the accounts that are already rounded, -1 for the others.
    heat : float
        Relative temperature at which the shares are read.
    stop : callable
        Asked after every sweep over the reps.
    """
    rep = core.start_rep.copy()
    if not core.item.size or not model.n_measures:
        return rep
    choice = rounded_choice(core, model, packed, heat, pinned)
    totals = core.rest.copy()
    np.add.at(totals, core.pair_rep[choice], core.amount[choice])
    unit = float(np.abs(core.price).mean()) + 1e-12
    big = np.abs(totals).max() + np.abs(np.where(np.isfinite(core.upper), core.upper, 0)).max() + 1.0
    lower, upper, price = elastic_rows(core, model, bands)
    lower, upper = np.maximum(lower, -1e6 * big), np.minimum(upper, 1e6 * big)
    reach = int(np.clip(_TRIALS * model.n_reps // core.pair_rep.size, *_REACH))
    for penalty, depth, steepest in _SCHEDULE:
        dirty = _concerned(core, choice, totals) if steepest else np.ones(model.n_reps, dtype=np.bool_)
        for _ in range(_SWEEPS):
            moves = search(
                core.first, core.pair_rep, core.excess, core.amount, choice, core.by_rep, core.rep_first, totals,
                lower, upper, price, penalty * unit, 1, depth, reach, steepest, dirty,
            )  # fmt: skip
            if not moves or stop():
                break
    rep[core.item] = core.pair_rep[choice]
    return rep


def _concerned(core: Core, choice: IntArray, totals: FloatArray) -> BoolArray:
    """Mark the reps outside their bands and all that could give them an account."""
    broken = np.any((totals > core.upper) | (totals < core.lower), axis=1)
    who = np.repeat(np.arange(core.item.size), np.diff(core.first))
    mark: BoolArray = broken.copy()
    mark[core.pair_rep[choice[who[broken[core.pair_rep]]]]] = True
    return mark
