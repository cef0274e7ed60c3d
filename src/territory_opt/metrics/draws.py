"""Log-normal forecast errors from numbered draws: nothing is stored, and a draw never depends on another.

An error belongs to a 64-bit key (of an account, or of a segment) and to the number of a draw. So two alignments of the
same accounts meet the same errors, and 2,000 draws begin with the 1,000 of a shorter run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from territory_opt._typing import FloatArray, IntArray
from territory_opt.rng import generator

__all__ = ["Keys", "bits", "cell_sums", "keys", "log_normal", "normal"]

Keys = NDArray[np.uint32]

_BLOCK = 16_000


def keys(seed: int, stream: int, n: int) -> Keys:
    """Return the keys of ``n`` accounts or segments.

    Parameters
    ----------
    seed : int
        0 or more.
    stream : int
        0 or more; streams are independent of each other.
    n : int
        How many; the first ones do not depend on it.

    Returns
    -------
    ndarray of uint32, shape (n, 2)
        The keys.

    Examples
    --------
    >>> bool((keys(1, 0, 3) == keys(1, 0, 5)[:3]).all())
    True
    """
    child = generator(seed).spawn(stream + 1)[stream]
    return child.integers(0, 2**32, size=(n, 2), dtype=np.uint32)


def bits(key: Keys, n_draws: int) -> Keys:
    """Hash every key with the number of every draw.

    Parameters
    ----------
    key : ndarray of uint32, shape (n, 2)
        See :func:`keys`.
    n_draws : int
        Draws are numbered from 0.

    Returns
    -------
    ndarray of uint32, shape (n, n_draws)
        Random bits.

    Notes
    -----
    The three-round multiply-xorshift permutation ``triple32`` of C. Wellons (github.com/skeeto/hash-prospector), with
    one half of the key added before the first round and the other before the second, so that the sequences of two
    accounts cannot be shifted copies of each other.
    """
    draw = np.arange(n_draws, dtype=np.uint32) * np.uint32(0x9E3779B9)
    x = draw ^ key[:, :1]
    x ^= x >> np.uint32(17)
    x *= np.uint32(0xED5AD4BB)
    x ^= key[:, 1:]
    x ^= x >> np.uint32(11)
    x *= np.uint32(0xAC4C1B51)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x31848BAB)
    x ^= x >> np.uint32(14)
    return x


def normal(key: Keys, n_draws: int) -> FloatArray:
    """Return standard normal numbers, two by two from the hashes of an even and an odd draw.

    Parameters
    ----------
    key : ndarray of uint32, shape (n, 2)
        See :func:`keys`.
    n_draws : int
        Number of draws.

    Returns
    -------
    ndarray of float, shape (n, n_draws)
        At most 5.77 from zero.

    Notes
    -----
    G. E. P. Box, M. E. Muller, A note on the generation of random normal deviates, Ann. Math. Stat. 29, 1958,
    doi:10.1214/aoms/1177706645; 24 bits each for the radius and for the angle.

    Examples
    --------
    >>> z = normal(keys(1, 0, 100), 1000)
    >>> abs(float(z.mean())) < 0.01, abs(float(z.std()) - 1) < 0.01
    (True, True)
    """
    hashed = bits(key, n_draws + n_draws % 2)
    radius = np.sqrt(-2.0 * np.log(((hashed[:, ::2] >> np.uint32(8)) + 1.0) * 2.0**-24))
    angle = (hashed[:, 1::2].view(np.int32) >> np.int32(8)) * (np.pi * 2.0**-23)
    z = np.empty(hashed.shape)
    z[:, ::2] = radius * np.cos(angle)
    z[:, 1::2] = radius * np.sin(angle)
    return z[:, :n_draws]


def log_normal(key: Keys, sigma: FloatArray, n_draws: int) -> FloatArray:
    """Return factors with mean 1 whose logarithm has standard deviation ``sigma``.

    Parameters
    ----------
    key : ndarray of uint32, shape (n, 2)
        See :func:`keys`.
    sigma : ndarray of float, shape (n,)
        0 or more.
    n_draws : int
        Number of draws.

    Returns
    -------
    ndarray of float, shape (n, n_draws)
        exp(sigma z - sigma**2 / 2).
    """
    scale = sigma[:, None]
    factor: FloatArray = np.exp(normal(key, n_draws) * scale - 0.5 * scale * scale)
    return factor


def cell_sums(key: Keys, weight: FloatArray, first: IntArray, sigma: FloatArray, n_draws: int) -> FloatArray:
    """Sum weight x error over the accounts of every cell, for every draw.

    Parameters
    ----------
    key : ndarray of uint32, shape (n, 2)
        Key of every account, accounts sorted by cell.
    weight : ndarray of float, shape (n, n_measures)
        What every account adds to every measure when its error is 1.
    first : ndarray of int, shape (n_cells + 1,)
        Where every cell begins.
    sigma : ndarray of float, shape (n_cells,)
        Standard deviation of the logarithm of the errors in every cell.
    n_draws : int
        Number of draws.

    Returns
    -------
    ndarray of float, shape (n_cells, n_measures, n_draws)
        The sums.

    Notes
    -----
    :func:`territory_opt.kernels.draws.cell_sums` is the compiled twin, for large tables; the two agree to about 1e-5.

    Examples
    --------
    >>> sums = cell_sums(keys(1, 0, 2), np.ones((2, 1)), np.array([0, 1, 2]), np.zeros(2), 3)
    >>> sums[:, 0].tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    out = np.zeros((first.size - 1, weight.shape[1], n_draws))
    per_account = np.repeat(sigma, np.diff(first))
    step = max(1, _BLOCK // n_draws)
    for low in range(0, key.shape[0], step):
        high = min(low + step, key.shape[0])
        error = log_normal(key[low:high], per_account[low:high], n_draws)
        # Cells that begin before or end after this block get their part of it.
        cell = int(np.searchsorted(first, low, side="right")) - 1
        while cell < first.size - 1 and first[cell] < high:
            start, stop = max(int(first[cell]), low), min(int(first[cell + 1]), high)
            out[cell] += weight[start:stop].T @ error[start - low : stop - low]
            cell += 1
    return out
