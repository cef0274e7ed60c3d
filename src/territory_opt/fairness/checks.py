"""Whether an option can be meant: numbers in a range."""

from __future__ import annotations

import math
from numbers import Integral, Real

__all__ = ["is_number", "is_whole"]


def is_number(value: object, low: float = -math.inf, high: float = math.inf) -> bool:
    """Tell whether an option is a finite number from ``low`` to ``high``.

    Parameters
    ----------
    value : object
        What was given.
    low, high : float
        Both ends included.

    Examples
    --------
    >>> is_number(0.5, 0.0, 1.0), is_number("0.5"), is_number(True), is_number(math.nan)
    (True, False, False, False)
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        return False
    return math.isfinite(value) and low <= float(value) <= high


def is_whole(value: object, low: int, high: float = math.inf) -> bool:
    """Tell whether an option is a whole number from ``low`` to ``high``.

    Parameters
    ----------
    value : object
        What was given.
    low, high : int
        Both ends included; ``high`` may be infinite.

    Examples
    --------
    >>> is_whole(3, 1), is_whole(3.0, 1), is_whole(0, 1)
    (True, False, False)
    """
    return isinstance(value, Integral) and not isinstance(value, bool) and low <= int(value) <= high
