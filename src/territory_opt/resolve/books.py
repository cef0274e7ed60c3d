"""Books of a fractional answer, and the fixed limits that follow from them where a band has no fixed middle."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.criteria.balance import Balance
from territory_opt.formulation.median import Placement
from territory_opt.resolve.ground import Ground
from territory_opt.resolve.ledgers import Ledger
from territory_opt.resolve.master import Linear
from territory_opt.resolve.sparse import Base

__all__ = ["fixed_limits", "fractional_books", "placed_medians"]


def fractional_books(ground: Ground, base: Base, linear: Linear, name: str) -> FloatArray:
    """Totals (n_reps,) of a measure in the books of a fractional answer.

    Parameters
    ----------
    ground, base : Ground, Base
        The problem.
    linear : Linear
        The answer.
    name : str
        Measure.
    """
    book = base.books[name].copy()
    np.add.at(book, linear.rep, linear.x * ground.amount(name, linear.item, linear.rep))
    home = ground.items.current[linear.item]
    out = np.flatnonzero(home >= 0)
    gone = ground.amount(name, linear.item[out], home[out])
    np.subtract.at(book, home[out], linear.x[out] * gone)
    return book


def placed_medians(ground: Ground, base: Base, linear: Linear) -> Mapping[str, Placement]:
    """Limits that make median bands certain, from the books of a fractional answer."""
    medians = [
        c for c in ground.problem.criteria if isinstance(c, Balance) and c.of == "median" and c.within is not None
    ]
    capacity = ground.problem.team.capacity
    return {
        c.measure: Placement.of_books(fractional_books(ground, base, linear, c.measure) / capacity) for c in medians
    }


def fixed_limits(ground: Ground, base: Base, ledger: Ledger, linear: Linear | None) -> tuple[FloatArray, FloatArray]:
    """Lower and upper limits (n_reps,) in rows; a middle that floats is taken where the fractional answer has it."""
    problem = ground.problem
    if ledger.price < np.inf:
        return np.full(problem.n_reps, -np.inf), np.full(problem.n_reps, np.inf)
    middle = 1.0
    if ledger.middle:
        if linear is not None:
            total = float(fractional_books(ground, base, linear, ledger.measure).sum())
        else:
            total = float(problem.measure(ledger.measure).base.sum()) or float(base.books[ledger.measure].sum())
        middle = total / float(problem.team.capacity.sum())
    return middle * ledger.low / ledger.scale, middle * ledger.high / ledger.scale
