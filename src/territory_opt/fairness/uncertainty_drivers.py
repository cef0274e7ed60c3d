"""Whose uncertainty drives the spread of the CV: total-effect shares of segments and of single accounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt import metrics
from territory_opt._typing import FloatArray, IntArray
from territory_opt.fairness.uncertainty_draws import Drawn, parts
from territory_opt.fairness.uncertainty_model import ErrorModel

__all__ = ["Drivers", "drivers_of", "total_effect"]

N_SHOWN = 10
_SCREENED = 60
_REPLICATES = 4
_LEAST_CV = 1e-7
"""Below, a CV from sums of squares is the rounding of those sums."""


@dataclass(frozen=True, slots=True)
class Drivers:
    """Shares of the variance of the CV of one measure.

    Attributes
    ----------
    segment_shares : tuple of float, length n_segments
        Total effect of every segment's shared error.
    shared : float
        Total effect of all shared errors together; 1 - shared is what the accounts' own errors do alone.
    account_index : tuple of int
        The accounts whose own error has the largest total effect, largest first.
    account_shares : tuple of float
        Their total effects.
    """

    segment_shares: tuple[float, ...]
    shared: float
    account_index: tuple[int, ...]
    account_shares: tuple[float, ...]


def total_effect(before: FloatArray, after: FloatArray) -> float:
    """Share of the variance that involves one source of error.

    Parameters
    ----------
    before : ndarray, shape (n_draws,)
        The number under every draw.
    after : ndarray, shape (..., n_draws)
        The same with that one source drawn anew.

    Returns
    -------
    float
        From 0 to 1; mean squared difference over twice the variance.

    Notes
    -----
    M. J. W. Jansen, Analysis of variance designs for model output, Comput. Phys. Commun. 117, 1999,
    doi:10.1016/S0010-4655(98)00154-4. Exact as the number of draws grows, whatever the shape of the dependence; with
    1,000 draws within about a tenth of itself. Shares of all sources add up to 1 or more: errors act together.

    Examples
    --------
    >>> import numpy as np
    >>> x, y, x2 = np.random.default_rng(1).normal(size=(3, 100_000))
    >>> round(total_effect(2 * x + y, 2 * x2 + y), 1)
    0.8
    """
    variance = float(before.var())
    if variance == 0.0:
        return 0.0
    return min(1.0, float(np.square(after - before).mean()) / (2.0 * variance))


def drivers_of(
    drawn: Drawn, m: int, base: FloatArray, rep_index: IntArray, capacity: FloatArray, model: ErrorModel
) -> Drivers | None:
    """Decompose the variance of the CV of one measure.

    Parameters
    ----------
    drawn : Drawn
        The draws.
    m : int
        Position of the measure in them.
    base : ndarray of float, shape (n_accounts,)
        What every account adds to the measure at the forecast.
    rep_index : ndarray of int, shape (n_accounts,)
        Rep of every account.
    capacity : ndarray of float, shape (n_reps,)
        Capacity shares.
    model : ErrorModel
        The errors.

    Returns
    -------
    Drivers or None
        None when the CV does not vary, or has no value in some draw.

    Notes
    -----
    Segments: every one, on all draws. Accounts: all are ranked by the expected square of the change of the CV to first
    order, E[(dCV/dvalue_j C_s)^2] base_i^2 var(e_i); the total effect of the 60 first is then measured with four fresh
    errors per draw. Changing one account moves one book, so each costs no more than the number of draws.
    """
    values, centre = drawn.values[:, m], float(drawn.centre[m])
    total, square = np.zeros(model.draws), np.zeros(model.draws)
    for some in parts(*values.shape):
        away = values[some] - centre
        total += away.sum(axis=0)
        square += np.square(away).sum(axis=0)
    cv = _cv(total, square, centre, values.shape[0])
    # One book, or equal errors in equal books, leave rounding only.
    if not np.isfinite(cv).all() or cv.std() <= 1e-12 or cv.max() <= _LEAST_CV:
        return None
    shares_of = []
    for change, change_square in drawn.moments[:, :, m]:
        shares_of.append(total_effect(cv, _cv(total + change, square + change_square, centre, values.shape[0])))
    shared = model.shared()
    top = _screened(values, centre + total / values.shape[0], cv, base, rep_index, capacity, model, shared)
    j, s = rep_index[top], model.segment_index[top]
    sigma = model.own_sigma[s]
    scale = (base[top] / capacity[j])[:, None] * shared[s]
    away = values[j] - centre
    now = metrics.draws.log_normal(drawn.key[top], sigma, model.draws)
    after = np.empty((top.size, _REPLICATES, model.draws))
    for r in range(_REPLICATES):
        change = scale * (metrics.draws.log_normal(model.spare_keys(r, top.size), sigma, model.draws) - now)
        after[:, r] = _cv(total + change, square + (2.0 * away + change) * change, centre, values.shape[0])
    shares = np.array([total_effect(cv, row) for row in after])
    order = np.argsort(-shares, kind="stable")[:N_SHOWN]
    order = order[shares[order] > 0.0]
    return Drivers(tuple(shares_of[:-1]), shares_of[-1], tuple(top[order].tolist()), tuple(shares[order].tolist()))


def _screened(
    values: FloatArray,
    mean: FloatArray,
    cv: FloatArray,
    base: FloatArray,
    rep_index: IntArray,
    capacity: FloatArray,
    model: ErrorModel,
    shared: FloatArray,
) -> IntArray:
    """Positions of the accounts that can matter most, to first order."""
    n_reps = values.shape[0]
    spread = np.maximum(cv * mean, np.finfo(np.float64).tiny)
    per_cell = np.empty((n_reps, len(model.segments)))
    for some in parts(*values.shape):
        slope = ((values[some] - mean) / spread - cv) / (n_reps * mean)
        per_cell[some] = np.square(slope) @ np.square(shared).T / model.draws
    per_cell /= np.square(capacity)[:, None]
    own = np.expm1(np.square(model.own_sigma))
    score = (per_cell * own).reshape(-1)[rep_index * len(model.segments) + model.segment_index] * np.square(base)
    n_kept = min(_SCREENED, score.size)
    kept = np.argpartition(-score, n_kept - 1)[:n_kept]
    return np.sort(kept[score[kept] > 0.0])


def _cv(total: FloatArray, square: FloatArray, centre: float, n_reps: int) -> FloatArray:
    """CV from the sums of (value - centre) and of its square; NaN where the mean is not positive."""
    mean = centre + total / n_reps
    variance = np.maximum(square / n_reps - np.square(total / n_reps), 0.0)
    positive = mean > 0.0
    return np.where(positive, np.sqrt(variance) / np.where(positive, mean, 1.0), np.nan)
