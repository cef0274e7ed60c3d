"""A limit on the coefficient of variation of an activity measure across books."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

from territory_opt.criteria.base import canonical_measure
from territory_opt.criteria.measure_names import measure_words
from territory_opt.errors import CriterionError

__all__ = ["Variation"]


@dataclass(frozen=True, slots=True)
class Variation:
    r"""Coefficient of variation of a measure across books, at most a limit.

    Unlike a band it lets single books lie far from the mean, as long as most are close.

    Parameters
    ----------
    measure : str
        Name of the measure, as in :class:`Balance`.
    at_most : float
        Greatest coefficient of variation: 0.2 is 20 %.

    Raises
    ------
    CriterionError
        If the limit is not a finite number above 0.

    Notes
    -----
    D-CV-1. With capacity shares :math:`s_j`, book totals :math:`L_j` and :math:`f_j = L_j / s_j`: the population
    standard deviation of :math:`f_j` over their mean :math:`\mu`, :math:`\sqrt{\sum_j (f_j - \mu)^2 / k} \le c\mu`.
    A band of :math:`c` around the mean keeps it where all reps have the same capacity.

    Examples
    --------
    >>> Variation("tam", at_most=0.1).describe()
    'coefficient of variation of TAM across books at most 10%'
    """

    measure: str
    at_most: float

    def __post_init__(self) -> None:
        kind, limit = f"Variation({self.measure!r})", self.at_most
        if isinstance(limit, bool) or not isinstance(limit, Real) or not (math.isfinite(limit) and limit > 0):
            same = f"; for equal books use Balance({self.measure!r}, within=0)" if limit == 0 else ""
            raise CriterionError(f"{kind}: at_most={limit!r} must be a finite number above 0, as 0.2 for 20%{same}")
        object.__setattr__(self, "at_most", float(limit))

    @property
    def key(self) -> tuple[str, str]:
        """Kind and measure."""
        return ("variation", canonical_measure(self.measure))

    @property
    def is_limit(self) -> bool:
        """Always a hard limit."""
        return True

    def describe(self) -> str:
        """One line in words."""
        what = measure_words(self.measure)
        return f"coefficient of variation of {what} across books at most {100 * self.at_most:.4g}%"
