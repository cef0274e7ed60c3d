"""Random numbers from explicit seeds; the global state is never touched."""

from __future__ import annotations

import numpy as np

__all__ = ["generator"]


def generator(seed: int) -> np.random.Generator:
    """Return a generator for a seed.

    Parameters
    ----------
    seed : int
        0 or more.

    Returns
    -------
    numpy.random.Generator
        PCG64; the same seed gives the same numbers.

    Raises
    ------
    ValueError
        If the seed is negative.

    Examples
    --------
    >>> generator(1).integers(10) == generator(1).integers(10)
    np.True_
    """
    if seed < 0:
        raise ValueError(f"seed={seed} must be 0 or more")
    return np.random.Generator(np.random.PCG64(seed))
