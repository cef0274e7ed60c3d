"""Limits of a measure that differ from rep to rep."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from territory_opt._typing import FloatArray, read_only
from territory_opt.criteria._rule import Rule
from territory_opt.criteria.base import canonical_measure
from territory_opt.criteria.measure_names import digits, measure_words
from territory_opt.errors import CriterionError

__all__ = ["BookLimits"]


class BookLimits(Rule):
    r"""Least and most of an activity measure in every rep's own book, as absolute numbers.

    Parameters
    ----------
    measure : str
        Name of the measure.
    lower, upper : array of float, shape (n_reps,), or float, optional
        Limits of every book in the unit of the measure, in the order of the team; infinite (or None) where there is
        none. Not multiplied by capacity, unlike ``Balance(between=...)``.

    Raises
    ------
    CriterionError
        If no limit is given, they are not numbers, their lengths differ, or a lower is above its upper limit.

    Notes
    -----
    :math:`l_j \le \sum_i a_{ij} x_{ij} \le u_j`, the knapsack rows of a generalised assignment problem.

    Examples
    --------
    >>> BookLimits("hours", upper=[36, 34]).describe()
    'hours of every book inside limits of its own (at most 34 to 36)'
    """

    __slots__ = ("lower", "measure", "upper")
    measure: str
    lower: FloatArray
    upper: FloatArray

    def __init__(self, measure: str, *, lower: ArrayLike | None = None, upper: ArrayLike | None = None) -> None:
        kind = f"BookLimits({measure!r})"
        try:
            low = np.array(-np.inf if lower is None else lower, dtype=np.float64)
            high = np.array(np.inf if upper is None else upper, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise CriterionError(f"{kind}: limits must be numbers: {error}") from error
        if low.ndim > 1 or high.ndim > 1 or (low.ndim and high.ndim and low.shape != high.shape):
            raise CriterionError(f"{kind}: lower {low.shape} and upper {high.shape} must be one number per rep")
        low, high = (np.array(edge) for edge in np.broadcast_arrays(low, high))
        if np.isnan(low).any() or np.isnan(high).any():
            raise CriterionError(f"{kind}: a limit is not a number; leave it infinite where there is none")
        if (low == np.inf).any() or (high == -np.inf).any() or not (low <= high).all():
            at = np.flatnonzero(np.atleast_1d((low > high) | (low == np.inf) | (high == -np.inf)))
            raise CriterionError(f"{kind}: no book fits between lower and upper at positions {at[:5].tolist()}")
        if not (np.isfinite(low).any() or np.isfinite(high).any()):
            raise CriterionError(f"{kind} says nothing: give lower= or upper=")
        self._set(measure=str(measure), lower=read_only(low), upper=read_only(high))

    def _state(self) -> tuple[Any, ...]:
        return (self.lower, self.measure, self.upper)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BookLimits) or self.measure != other.measure:
            return False
        return np.array_equal(self.lower, other.lower) and np.array_equal(self.upper, other.upper)

    def __hash__(self) -> int:
        return hash(("book limits", self.measure, self.lower.tobytes(), self.upper.tobytes()))

    @property
    def key(self) -> tuple[str, str]:
        """Kind and measure."""
        return ("book_limits", canonical_measure(self.measure))

    @property
    def is_limit(self) -> bool:
        """Always a hard limit."""
        return True

    def per_rep(self, n_reps: int) -> tuple[FloatArray, FloatArray]:
        """Lower and upper limit of every book, shape (n_reps,) each."""
        return np.broadcast_to(self.lower, (n_reps,)), np.broadcast_to(self.upper, (n_reps,))

    def describe(self) -> str:
        """One line in words."""
        sides = [
            f"at {word} {_range(edge[np.isfinite(edge)])}"
            for word, edge in (("least", self.lower), ("most", self.upper))
            if np.isfinite(edge).any()
        ]
        return f"{measure_words(self.measure)} of every book inside limits of its own ({', '.join(sides)})"

    def __repr__(self) -> str:
        return f"BookLimits({self.measure!r}, lower={self.lower.tolist()!r}, upper={self.upper.tolist()!r})"


def _range(values: FloatArray) -> str:
    least, most = float(values.min()), float(values.max())
    return digits(least) if least == most else f"{digits(least)} to {digits(most)}"
