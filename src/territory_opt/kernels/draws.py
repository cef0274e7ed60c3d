"""Sums of log-normal forecast errors: a thousand million samples, none of them stored."""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["cell_sums"]

_f = np.float32
_i = np.int32
_u = np.uint32
_FAST = {"contract", "nsz"}


@njit("uint32(uint32, uint32, uint32)", inline="never", nogil=True, cache=True)
def _mixed(number, key_a, key_b):  # type: ignore[no-untyped-def]
    """Hash a draw's number with the 64-bit key of its account; see :func:`territory_opt.metrics.draws.bits`."""
    x = _u(number * _u(0x9E3779B9)) ^ key_a
    x ^= x >> _u(17)
    x = _u(x * _u(0xED5AD4BB)) ^ key_b
    x ^= x >> _u(11)
    x = _u(x * _u(0xAC4C1B51))
    x ^= x >> _u(15)
    x = _u(x * _u(0x31848BAB))
    return x ^ (x >> _u(14))


@njit("float32(float32)", inline="never", nogil=True, cache=True, fastmath=_FAST)
def _log(q):  # type: ignore[no-untyped-def]
    """Natural logarithm of a positive normal number (Cephes ``logf``)."""
    bits = _f(q).view(np.int32)
    exponent = (bits - _i(0x3F3504F3)) >> _i(23)
    m = _i(bits - (exponent << _i(23))).view(np.float32) - _f(1.0)
    p = _f(7.0376836292e-2)
    p = p * m + _f(-1.1514610310e-1)
    p = p * m + _f(1.1676998740e-1)
    p = p * m + _f(-1.2420140846e-1)
    p = p * m + _f(1.4249322787e-1)
    p = p * m + _f(-1.6668057665e-1)
    p = p * m + _f(2.0000714765e-1)
    p = p * m + _f(-2.4999993993e-1)
    p = p * m + _f(3.3333331174e-1)
    return m + m * m * (p * m - _f(0.5)) + _f(exponent) * _f(0.6931471805599453)


@njit("float32(uint32)", inline="never", nogil=True, cache=True, fastmath=_FAST)
def _cos(x):  # type: ignore[no-untyped-def]
    """Cosine of an angle whose full turn is 2**32, by the upper 24 bits; sine of the angle's distance to a quarter."""
    b = _f(0.25) - abs(_f(_i(x) >> _i(8)) * _f(2.0**-24))
    s = b * b
    p = _f(39.53581)
    p = p * s + _f(-76.54966)
    p = p * s + _f(81.601)
    p = p * s + _f(-41.34165)
    p = p * s + _f(6.283185307)
    return p * b


@njit("float32(float32)", inline="never", nogil=True, cache=True, fastmath=_FAST)
def _exp(y):  # type: ignore[no-untyped-def]
    """Exponential function for -80 < y < 80 (Cephes ``expf``)."""
    n = _i(y * _f(1.4426950408889634) + _f(192.5)) - _i(192)
    g = y - _f(n) * _f(0.693359375) - _f(n) * _f(-2.12194440e-4)
    p = _f(1.9875691500e-4)
    p = p * g + _f(1.3981999507e-3)
    p = p * g + _f(8.3334519073e-3)
    p = p * g + _f(4.1665795894e-2)
    p = p * g + _f(1.6666665459e-1)
    p = p * g + _f(5.0000001201e-1)
    p = p * g * g + g + _f(1.0)
    return p * _i((n + _i(127)) << _i(23)).view(np.float32)


@njit(
    "void(uint32[:,::1], float32[:,::1], int64[::1], float32[::1], float64[:,:,::1])",
    nogil=True, cache=True, error_model="numpy", fastmath=_FAST,
)  # fmt: skip
def cell_sums(key, weight, first, sigma, out):  # type: ignore[no-untyped-def]
    """Sum weight x error over the accounts of every cell, for every draw.

    Parameters
    ----------
    key : ndarray of uint32, shape (n, 2)
        Key of every account's errors, accounts sorted by cell.
    weight : ndarray of float32, shape (n, n_measures)
        What every account adds to every measure, about 1 in size.
    first : ndarray of int64, shape (n_cells + 1,)
        Where every cell begins.
    sigma : ndarray of float32, shape (n_cells,)
        Standard deviation of the logarithm of the error in every cell, at most 3.
    out : ndarray of float64, shape (n_cells, n_measures, n_draws)
        Receives the sums; an even number of draws.

    Notes
    -----
    error = exp(sigma z - sigma**2 / 2), z standard normal by hashing (key, draw), two at a time (Box and Muller): no
    state, so a draw is the same whatever else is drawn. A block of draws and its sums stay in the first-level cache,
    first the even draws and then the odd ones; single precision inside, carried over to double precision every 1,024
    accounts.
    """
    n_measures, n_draws = weight.shape[1], out.shape[2]
    half = min(512, n_draws // 2)
    even, odd = np.empty(half, np.float32), np.empty(half, np.float32)
    total = np.empty((n_measures, 2, half), np.float32)
    out[:, :, :] = 0.0
    for c in range(first.size - 1):
        scale = sigma[c]
        shift = _f(-0.5) * scale * scale
        for start in range(0, n_draws, 2 * half):
            pairs = min(half, (n_draws - start) // 2)
            for low in range(first[c], first[c + 1], 1024):
                total[:, :, :] = _f(0.0)
                for i in range(low, min(low + 1024, first[c + 1])):
                    a, b = key[i, 0], key[i, 1]
                    for p in range(pairs):
                        draw = _u(start + 2 * p)
                        u = _f(_i(_mixed(draw, a, b) >> _u(8)) + _i(1)) * _f(2.0**-24)
                        turn = _mixed(_u(draw + _u(1)), a, b)
                        radius = scale * np.sqrt(_f(-2.0) * _log(u))
                        even[p] = _exp(radius * _cos(turn) + shift)
                        odd[p] = _exp(radius * _cos(_u(turn - _u(0x40000000))) + shift)
                    for m in range(n_measures):
                        w = weight[i, m]
                        if w != _f(0.0):
                            for p in range(pairs):
                                total[m, 0, p] += w * even[p]
                            for p in range(pairs):
                                total[m, 1, p] += w * odd[p]
                for m in range(n_measures):
                    for p in range(pairs):
                        out[c, m, start + 2 * p] += total[m, 0, p]
                        out[c, m, start + 2 * p + 1] += total[m, 1, p]
