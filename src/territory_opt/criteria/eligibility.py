"""Which reps may have an account: what they serve, and how senior they are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from territory_opt._typing import BoolArray, read_only
from territory_opt.criteria._rule import Rule
from territory_opt.criteria.base import limit_or_term
from territory_opt.errors import CriterionError

__all__ = ["ATTRIBUTES", "Eligible", "Seniority"]

ATTRIBUTES = ("vertical", "segment", "language", "time_zone", "region")


class Eligible(Rule):
    """Only reps that serve an account's vertical, segment, language, time zone or region may have it.

    Parameters
    ----------
    by : str or array of bool, shape (n_accounts, n_reps)
        The attribute to match, or a mask in the order of the tables: True where the rep may have the account.
        An empty list of a rep means *serves all*; an account without the attribute may go to anyone.
    weight : float, optional
        Objective units per mismatched account, in place of the hard rule.

    Raises
    ------
    CriterionError
        For an unknown attribute, or a mask that is not a two-dimensional array of bool.

    Notes
    -----
    D-ICP-2, D-BUCKET-1 (named and priority accounts are assigned by vertical and capacity).

    Examples
    --------
    >>> Eligible("vertical").describe()
    'reps serve the vertical of their accounts'
    """

    __slots__ = ("attribute", "mask", "weight")
    attribute: str
    mask: BoolArray | None
    weight: float | None

    def __init__(self, by: str | BoolArray, *, weight: float | None = None) -> None:
        if weight is not None:
            limit_or_term("Eligible", limit=None, weight=weight)
        if isinstance(by, str):
            if by not in ATTRIBUTES:
                raise CriterionError(f"Eligible: {by!r} is not one of {', '.join(ATTRIBUTES)}, nor a mask")
            self._set(attribute=by, mask=None, weight=None if weight is None else float(weight))
            return
        mask = np.array(by)
        if mask.ndim != 2 or mask.dtype != np.bool_:
            raise CriterionError("Eligible: a mask must be an array of bool with shape (n_accounts, n_reps)")
        self._set(attribute="mask", mask=read_only(mask), weight=None if weight is None else float(weight))

    def _state(self) -> tuple[Any, ...]:
        return (self.attribute, self.mask, self.weight)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Eligible) or self.key != other.key or self.weight != other.weight:
            return False
        if self.mask is None or other.mask is None:
            return self.mask is other.mask
        return bool(np.array_equal(self.mask, other.mask))

    def __hash__(self) -> int:
        return hash(("eligible", self.attribute, self.weight))

    @property
    def key(self) -> tuple[str, str]:
        """Kind and attribute."""
        return ("eligible", self.attribute)

    @property
    def is_limit(self) -> bool:
        """True unless a weight was given."""
        return self.weight is None

    def describe(self) -> str:
        """One line in words."""
        what = "accounts go only where the mask allows"
        if self.mask is None:
            what = f"reps serve the {self.attribute.replace('_', ' ')} of their accounts"
        return what if self.weight is None else f"{what} (preferred, weight {self.weight:g})"

    def __repr__(self) -> str:
        by = repr(self.attribute) if self.mask is None else f"<mask {self.mask.shape}>"
        return f"Eligible({by}, weight={self.weight!r})"


class Seniority(Rule):
    """Accounts of a tier go to reps with enough tenure.

    Parameters
    ----------
    tier : str
        The tier the rule is about.
    min_years : float
        Tenure wanted, in years.
    weight : float, optional
        Objective units per account with a junior rep, in place of the hard rule.

    Raises
    ------
    CriterionError
        If min_years is negative or not finite, or the weight is.

    Notes
    -----
    D-SENIOR-1, D-TIER-1. A rep whose tenure is unknown does not count as senior.

    Examples
    --------
    >>> Seniority("A", min_years=3).describe()
    'tier A accounts with reps of at least 3 years'
    """

    __slots__ = ("min_years", "tier", "weight")
    tier: str
    min_years: float
    weight: float | None

    def __init__(self, tier: str = "A", *, min_years: float = 3.0, weight: float | None = None) -> None:
        if not (math.isfinite(min_years) and min_years >= 0):
            raise CriterionError(f"Seniority: min_years={min_years!r} must be a finite number, 0 or more")
        if weight is not None:
            limit_or_term("Seniority", limit=None, weight=weight)
        self._set(tier=str(tier), min_years=float(min_years), weight=None if weight is None else float(weight))

    @property
    def key(self) -> tuple[str, str]:
        """Kind and tier."""
        return ("seniority", self.tier)

    @property
    def is_limit(self) -> bool:
        """True unless a weight was given."""
        return self.weight is None

    def describe(self) -> str:
        """One line in words."""
        text = f"tier {self.tier} accounts with reps of at least {self.min_years:g} years"
        return text if self.weight is None else f"{text} (preferred, weight {self.weight:g})"

    def __repr__(self) -> str:
        return f"Seniority({self.tier!r}, min_years={self.min_years!r}, weight={self.weight!r})"
