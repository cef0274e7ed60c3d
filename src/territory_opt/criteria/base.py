"""What every criterion is: a frozen statement, either a hard limit or a weighted term, never both."""

from __future__ import annotations

import math
from collections.abc import Hashable
from numbers import Real
from typing import Protocol, runtime_checkable

from territory_opt.errors import CriterionError

__all__ = ["Criterion", "canonical_measure", "limit_or_term", "share"]


def canonical_measure(name: str) -> str:
    """One name per measure: ``acv`` is another word for ``tam``."""
    return "tam" if name == "acv" else name


@runtime_checkable
class Criterion(Protocol):
    """A statement about the alignment that :class:`territory_opt.Problem` carries.

    Two criteria with the same :attr:`key` say the same thing twice: the later replaces the earlier.
    """

    @property
    def key(self) -> Hashable:
        """Kind and measure; a criterion replaces an earlier one with the same key."""

    @property
    def is_limit(self) -> bool:
        """True for a hard limit, False for a weighted term of the objective."""

    def describe(self) -> str:
        """One line in words."""


def limit_or_term(kind: str, *, limit: object, weight: float | None) -> None:
    """Check that exactly one of a hard limit and a weight was given.

    Raises
    ------
    CriterionError
        If both or neither are given, or the weight is negative or not finite.
    """
    if limit is not None and weight is not None:
        raise CriterionError(
            f"{kind} is a hard limit or a weighted term, never both: give the limit or weight=, not the two together"
        )
    if limit is None and weight is None:
        raise CriterionError(f"{kind} needs a hard limit or weight=: it would otherwise say nothing")
    if weight is not None and not (_is_number(weight) and math.isfinite(weight) and weight >= 0):
        raise CriterionError(f"{kind}: weight={weight!r} must be a finite number, 0 or more")


def share(kind: str, name: str, value: float) -> None:
    """Check that ``value`` is a share in [0, 1]; 15 is an error, never rescaled to 0.15.

    Raises
    ------
    CriterionError
        If the value is outside [0, 1] or not a number.
    """
    if not (_is_number(value) and math.isfinite(value) and 0 <= value <= 1):
        hint = f"; did you mean {value / 100:g}?" if _is_number(value) and 1 < value <= 100 else ""
        raise CriterionError(f"{kind}: {name}={value!r} must be a share between 0 and 1{hint}")


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
