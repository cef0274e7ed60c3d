"""Balance of an activity measure across books."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from territory_opt.criteria.base import canonical_measure, share
from territory_opt.criteria.measure_names import digits, measure_words
from territory_opt.errors import CriterionError

__all__ = ["Balance", "Reference"]

Reference: TypeAlias = Literal["target", "mean", "median"]


@dataclass(frozen=True, slots=True)
class Balance:
    r"""Every book within a band of an activity measure.

    Parameters
    ----------
    measure : str
        Name of the measure: ``"load"``, ``"tam"``, ``"account_units"``, ``"accounts"``, ``"travel_hours"``,
        ``"visits"``, ``"named_acv"``, ``"white_space_acv"`` or a column named in ``Accounts.measures``.
    within : float, optional
        Half width of the band as a share of the reference, in [0, 1]: 0.15 is plus or minus 15 %.
    of : {"mean", "median", "target"}
        What the band is around, all per full unit of capacity: the realised ``mean`` (total over total capacity),
        the realised ``median`` of the books, or the ``target``, which is fixed beforehand: the team's total
        before any travel friction over total capacity.
    between : tuple of float, optional
        Absolute band (low, high) per full unit of capacity, in the unit of the measure. Instead of ``within``. One of
        the two may be infinite.
    weight : float, optional
        Makes the band elastic: objective units per unit of the measure outside the band. None is a hard limit.

    Raises
    ------
    CriterionError
        If the band is missing, given twice, empty, or not a share; or if a median band is given a weight.

    Notes
    -----
    D-LOAD-2 (load, 15 % of the median), D-TAM-1 (TAM, 15 % of the mean), D-UNITS-1 (units between 100 and 150).
    With capacity shares :math:`s_j`, book totals :math:`L_j` and reference :math:`T`, the band is
    :math:`(1-b)\,s_j T \le L_j \le (1+b)\,s_j T`. A band :math:`b` implies a coefficient of variation of at
    most :math:`b/\sqrt{1-b^2}`.

    Examples
    --------
    >>> Balance("load", within=0.15, of="median").describe()
    'load of every book within 15% of the median'
    >>> Balance("account_units", between=(100, 150)).describe()
    'account units of every book between 100 and 150 per full book'
    >>> Balance("visits", between=(float("-inf"), 120)).describe()
    'visits of every book at most 120 per full book'
    """

    measure: str
    within: float | None = None
    of: Reference = "mean"
    between: tuple[float, float] | None = None
    weight: float | None = None

    def __post_init__(self) -> None:
        kind = f"Balance({self.measure!r})"
        if (self.within is None) == (self.between is None):
            raise CriterionError(f"{kind}: give either within= (a share) or between= (low, high)")
        if self.of not in ("target", "mean", "median"):
            raise CriterionError(f"{kind}: of={self.of!r} must be 'target', 'mean' or 'median'")
        if self.within is not None:
            share(kind, "within", self.within)
        if self.between is not None:
            edges = tuple(float(edge) for edge in self.between)
            low, high = edges if len(edges) == 2 else (math.nan, math.nan)
            if not low <= high or low == math.inf or high == -math.inf:
                raise CriterionError(f"{kind}: between={self.between!r} must be (low, high) with low <= high")
            if low == -math.inf and high == math.inf:
                raise CriterionError(f"{kind}: between={self.between!r} says nothing: one of the two must be finite")
            object.__setattr__(self, "between", (low, high))
        if self.weight is not None:
            if not (math.isfinite(self.weight) and self.weight >= 0):
                raise CriterionError(f"{kind}: weight={self.weight!r} must be a finite number, 0 or more")
            if self.within is not None and self.of == "median":
                raise CriterionError(f"{kind}: an elastic band needs of='mean' or 'target', or between=")

    @property
    def key(self) -> tuple[str, str]:
        """Kind and measure."""
        return ("balance", canonical_measure(self.measure))

    @property
    def is_limit(self) -> bool:
        """True unless a weight makes the band elastic."""
        return self.weight is None

    def describe(self) -> str:
        """One line in words."""
        if self.between is not None:
            low, high = self.between
            band = f"between {digits(low)} and {digits(high)}"
            if not math.isfinite(low):
                band = f"at most {digits(high)}"
            elif not math.isfinite(high):
                band = f"at least {digits(low)}"
            band += " per full book"
        else:
            band = f"within {100 * (self.within or 0.0):.4g}% of the {self.of}"
        text = f"{measure_words(self.measure)} of every book {band}"
        return text if self.weight is None else f"{text} (elastic, weight {self.weight:g})"
