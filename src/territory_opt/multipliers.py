"""Prices of room in the books, as a solve leaves them behind."""

from __future__ import annotations

from dataclasses import dataclass

from territory_opt._frozen import FrozenArrays
from territory_opt._typing import FloatArray

__all__ = ["Multipliers"]


@dataclass(frozen=True, slots=True, eq=False)
class Multipliers(FrozenArrays):
    """Prices that a solve ended with: a place to begin for whoever needs prices of the same problem, or of its like.

    Attributes
    ----------
    measures : tuple of str, length M
        Measures that books are limited in; ``travel_hours`` also stands for a cap on travel.
    per_unit : ndarray of float, shape (n_reps, M)
        Objective per unit of the measure in a rep's book: positive where the book presses on its lower limit, negative
        where it presses on its upper limit. Reps in the order of the alignment.
    moved : float
        Objective per unit of moved value under a cap on disruption; 0 without one.
    settled : bool
        True for prices of the alignment's own problem; False for those of a statement before it, or of one with a
        limit on moves.

    Notes
    -----
    They claim nothing: any prices make a valid bound (Lagrangian duality), which has to be worked out anew.

    Examples
    --------
    >>> import numpy as np
    >>> Multipliers(("load",), np.zeros((3, 1))).settled
    True
    """

    measures: tuple[str, ...]
    per_unit: FloatArray
    moved: float = 0.0
    settled: bool = True
