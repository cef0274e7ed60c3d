"""Whether chains have mixed: effective sample size and split R-hat of correlated draws."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import FloatArray

__all__ = ["effective_size", "split_rhat"]


def split_rhat(draws: FloatArray) -> float:
    """Potential scale reduction of split chains; 1 when every half of every chain says the same.

    Parameters
    ----------
    draws : ndarray of float, shape (n_chains, n_draws)
        One quantity along every chain; at least 4 draws each.

    Returns
    -------
    float
        1.0 for constant draws.

    Notes
    -----
    A. Vehtari, A. Gelman, D. Simpson, B. Carpenter and P.-C. Buerkner, Rank-normalization, folding, and localization:
    an improved R-hat, Bayesian Analysis 16(2), 2021, doi:10.1214/20-BA1221, equations 1 to 4, without the ranks.

    Examples
    --------
    >>> import numpy as np
    >>> split_rhat(np.array([[0.0, 1.0, 0.0, 1.0], [10.0, 11.0, 10.0, 11.0]])) > 2
    True
    """
    halves = _halves(draws)
    n = halves.shape[1]
    within = float(halves.var(axis=1, ddof=1).mean())
    between = n * float(halves.mean(axis=1).var(ddof=1))
    if within <= 0:
        return 1.0 if between <= 0 else float("inf")
    return float(np.sqrt(((n - 1) / n * within + between / n) / within))


def effective_size(draws: FloatArray) -> float:
    """How many independent draws the chains are worth for a mean.

    Parameters
    ----------
    draws : ndarray of float, shape (n_chains, n_draws)
        One quantity along every chain; at least 4 draws each.

    Returns
    -------
    float
        Between 1 and n log10(n), n being the number of draws; n itself for constant draws.

    Notes
    -----
    Vehtari et al. 2021 (see :func:`split_rhat`), equations 10 to 13: autocorrelation of the split chains, summed by
    Geyer's initial monotone sequence of pairs (C. J. Geyer, Practical Markov Chain Monte Carlo, Statistical Science
    7(4), 1992, doi:10.1214/ss/1177011137).

    Examples
    --------
    >>> import numpy as np
    >>> draws = np.random.default_rng(1).normal(size=(4, 500))
    >>> 1500 < effective_size(draws) < 2600
    True
    """
    halves = _halves(draws)
    m, n = halves.shape
    total = m * n
    centred = halves - halves.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(centred, 2 * n, axis=1)
    cov = np.fft.irfft(spectrum * spectrum.conj(), 2 * n, axis=1)[:, :n].mean(axis=0) / n
    within = float(cov[0]) * n / (n - 1)
    if within <= 0:
        return float(total)
    variance = within * (n - 1) / n + float(halves.mean(axis=1).var(ddof=1))
    rho = 1.0 - (within - cov * n / (n - 1)) / variance
    rho[0] = 1.0
    pairs = rho[: n // 2 * 2].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(pairs < 0)
    kept = np.minimum.accumulate(pairs[: negative[0]] if len(negative) else pairs)
    time = max(-1.0 + 2.0 * float(kept.sum()), 1.0 / np.log10(total))
    return float(np.clip(total / time, 1.0, total * np.log10(total)))


def _halves(draws: FloatArray) -> FloatArray:
    """Each chain as two; the middle draw of an odd number is left out."""
    array = np.asarray(draws, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] < 4:
        raise ValueError(f"draws of shape {array.shape}: give (n_chains, n_draws) with at least 4 draws each")
    half = array.shape[1] // 2
    return np.concatenate([array[:, :half], array[:, -half:]])
