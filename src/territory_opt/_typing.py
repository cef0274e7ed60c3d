"""Array aliases shared by every layer, and the one way to make an array read-only."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
TextArray: TypeAlias = NDArray[np.object_]
AnyArray: TypeAlias = NDArray[Any]

__all__ = ["AnyArray", "BoolArray", "FloatArray", "IntArray", "TextArray", "read_only"]


def read_only(array: AnyArray) -> AnyArray:
    """Return a view of ``array`` that cannot be written to.

    Parameters
    ----------
    array : ndarray
        Any array. It is not copied.

    Returns
    -------
    ndarray
        The same data with ``flags.writeable`` False.

    Examples
    --------
    >>> import numpy as np
    >>> read_only(np.zeros(2)).flags.writeable
    False
    """
    view = array.view()
    view.flags.writeable = False
    return view
