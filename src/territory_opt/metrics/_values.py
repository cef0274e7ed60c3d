"""The one check every measure makes of its input."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from territory_opt._typing import FloatArray
from territory_opt.errors import DataError, Issue

__all__ = ["book_values", "scaled"]


def book_values(values: ArrayLike) -> FloatArray:
    """Return ``values`` as floats with at least one book on the last axis, all of them finite.

    Raises
    ------
    DataError
        No books, or a value that is not a finite number.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 0 or array.shape[-1] == 0:
        raise DataError("values", [Issue(None, None, "there are no books on the last axis", "pass one value per book")])
    if not np.isfinite(array).all():
        first = int(np.flatnonzero(~np.isfinite(array).reshape(-1))[0])
        what = f"value {first} is {array.reshape(-1)[first]}"
        raise DataError("values", [Issue(None, None, what, "measures need finite numbers: fill or drop it first")])
    return array


def scaled(array: FloatArray) -> FloatArray:
    """Divide each row by its largest magnitude, so that sums and squares neither overflow nor vanish.

    Every measure of dispersion here is free of scale, so this changes no result.
    """
    size = np.abs(array).max(axis=-1, keepdims=True)
    # A subnormal divisor would lose the very digits this is meant to keep.
    tiny = size < np.finfo(np.float64).tiny
    safe: FloatArray = np.where(tiny, 0.0, array) / np.where(tiny, 1.0, size)
    return safe
