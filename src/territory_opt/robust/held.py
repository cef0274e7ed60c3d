"""In which share of the forecast draws the bands of a problem hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.alignment import Alignment
from territory_opt.criteria import Balance
from territory_opt.errors import CriterionError
from territory_opt.fairness.bands import judged_draws
from territory_opt.fairness.uncertainty_base import erring
from territory_opt.fairness.uncertainty_draws import draw_books
from territory_opt.fairness.uncertainty_model import ErrorModel

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["UNCERTAIN", "Held", "Hold", "band_holds", "tightened", "uncertain_bands"]

Hold: TypeAlias = Literal["every", "each"]

UNCERTAIN = ("load", "tam", "named_acv", "white_space_acv", "partner_acv")
"""Measures that an error of the forecast ACV multiplies."""


@dataclass(frozen=True, slots=True)
class Held:
    """How often bands hold.

    Attributes
    ----------
    every : float
        Share of the draws in which every book is inside every band.
    book : ndarray of float, shape (n_reps,)
        Share of the draws in which that book is inside every band.
    """

    every: float
    book: FloatArray

    def share(self, hold: Hold) -> float:
        """Share that counts: of draws with ``"every"`` book inside, or the lowest share of ``"each"`` book."""
        return self.every if hold == "every" else float(self.book.min())


def uncertain_bands(problem: Problem) -> tuple[Balance, ...]:
    """Hard bands that forecast error touches.

    Parameters
    ----------
    problem : Problem
        Its criteria.

    Raises
    ------
    CriterionError
        There is none.
    """
    bands = tuple(
        c
        for c in problem.criteria
        if isinstance(c, Balance) and c.is_limit and problem.measure(c.measure).name in UNCERTAIN
    )
    if not bands:
        raise CriterionError(f"no hard band on {', '.join(UNCERTAIN)}: forecast error has nothing to break")
    return bands


def band_holds(problem: Problem, alignment: Alignment, bands: tuple[Balance, ...], model: ErrorModel) -> Held:
    """Draw the books and hold them against the bands.

    Parameters
    ----------
    problem : Problem
        Tables and capacities.
    alignment : Alignment
        The plan.
    bands : tuple of Balance
        As asked, not as tightened.
    model : ErrorModel
        The errors.

    Returns
    -------
    Held
        The shares.

    Notes
    -----
    Errors multiply what an account adds before coverage friction; friction stays. A band around the mean, the
    median or the target moves with the accounts of each draw, as in ``under_uncertainty``; ``between`` stays.
    """
    names = list(dict.fromkeys(problem.measure(band.measure).name for band in bands))
    capacity = problem.team.capacity
    base, deducted = erring(problem, alignment, names)
    values = draw_books(base, deducted, alignment.rep_index, capacity, model, decompose=False).values
    inside = np.ones((values.shape[2], problem.n_reps), dtype=np.bool_)
    for band in bands:
        row = names.index(problem.measure(band.measure).name)
        friction = float(deducted[row].sum() / capacity.sum())
        _, kept = judged_draws(band, np.ascontiguousarray(values[:, row].T), capacity, friction)
        inside &= kept
    return Held(float(inside.all(axis=1).mean()), inside.mean(axis=0))


def tightened(band: Balance, by: float) -> Balance:
    """Narrow a band: each end moves towards the middle by a share of the half width.

    An end without an opposite one moves by half that share of its own size, away from infinity.

    Examples
    --------
    >>> tightened(Balance("tam", within=0.2), 0.5).within
    0.1
    """
    if band.between is None:
        return replace(band, within=(band.within or 0.0) * (1.0 - by))
    low, high = band.between
    if np.isfinite(low) and np.isfinite(high):
        step = 0.5 * (high - low) * by
        return replace(band, between=(low + step, high - step))
    if np.isfinite(low):
        return replace(band, between=(low + 0.5 * by * abs(low), high))
    return replace(band, between=(low, high - 0.5 * by * abs(high)))
