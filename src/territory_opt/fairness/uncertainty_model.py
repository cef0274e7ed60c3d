"""How wrong the forecast may be: a log-normal error per account, part of it shared by its segment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from territory_opt import metrics
from territory_opt._frozen import FrozenArrays
from territory_opt._typing import FloatArray, IntArray, read_only
from territory_opt.errors import CriterionError
from territory_opt.fairness.checks import is_number, is_whole
from territory_opt.fairness.grouping import account_groups
from territory_opt.fairness.wording import joined
from territory_opt.metrics.draws import Keys

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["MOST_SIGMA", "ErrorModel", "error_model"]

MOST_SIGMA = 3.0
_MOST_DRAWS = 1_000_000
_OWN, _SHARED, _SHARED_AGAIN, _SPARE = range(4)


@dataclass(frozen=True, slots=True)
class ErrorModel(FrozenArrays):
    """Errors of the forecast ACV.

    Attributes
    ----------
    by : str
        Column of the accounts whose groups share a part of the error.
    segments : tuple of str, length n_segments
        Names of the groups.
    segment_index : ndarray of int, shape (n_accounts,)
        Position in ``segments`` of every account.
    sigma : ndarray of float, shape (n_segments,)
        Standard deviation of the logarithm of the error.
    correlation : float
        Correlation of the logarithms of two errors of the same segment.
    draws : int
        Number of draws.
    seed : int
        Of the random numbers.

    Notes
    -----
    D-FAIR-3. error = exp(sigma (sqrt(r) Z_segment + sqrt(1 - r) Z_account) - sigma**2 / 2): two factors of mean 1, so
    that the forecast is right on average.
    """

    by: str
    segments: tuple[str, ...]
    segment_index: IntArray = field(repr=False, compare=False)
    sigma: FloatArray
    correlation: float
    draws: int
    seed: int

    @property
    def own_sigma(self) -> FloatArray:
        """Standard deviation of an account's own part, shape (n_segments,)."""
        own: FloatArray = self.sigma * math.sqrt(1.0 - self.correlation)
        return own

    def shared(self, *, again: bool = False) -> FloatArray:
        """Return the factors that the accounts of a segment share, shape (n_segments, draws); ``again`` draws anew."""
        key = metrics.draws.keys(self.seed, _SHARED_AGAIN if again else _SHARED, len(self.segments))
        return metrics.draws.log_normal(key, self.sigma * math.sqrt(self.correlation), self.draws)

    def own_keys(self) -> Keys:
        """Return the keys of the accounts' own errors, shape (n_accounts, 2)."""
        return metrics.draws.keys(self.seed, _OWN, self.segment_index.size)

    def spare_keys(self, replicate: int, n: int) -> Keys:
        """Return ``n`` keys that no account has; ``replicate`` counts from 0."""
        return metrics.draws.keys(self.seed, _SPARE + replicate, n)


def error_model(
    problem: Problem, sigma: float | Mapping[str, float], *, correlation: float, by: str, draws: int, seed: int
) -> ErrorModel:
    """Check the parameters and build the model.

    Parameters
    ----------
    problem : Problem
        Its accounts and scores give the segments.
    sigma : float or mapping of str to float
        One number, or one per segment.
    correlation, by, draws, seed
        See :class:`ErrorModel`.

    Raises
    ------
    CriterionError
        A parameter is impossible, or ``sigma`` names other segments than there are; everything wrong is listed.
    """
    wrong = []
    if not is_number(correlation, 0.0, 1.0):
        wrong.append(f"correlation is {correlation!r}: it is a number from 0 to 1")
    if not is_whole(draws, 2, _MOST_DRAWS):
        wrong.append(f"draws is {draws!r}: it is a whole number from 2 to {_MOST_DRAWS:,}")
    if not is_whole(seed, 0):
        wrong.append(f"seed is {seed!r}: it is a whole number, 0 or more")
    groups = account_groups(problem, by)
    if groups is None:
        have = ", ".join(sorted({*problem.accounts.columns, "tier", "bucket", "segment"}))
        wrong.append(f"the accounts have no column {by!r}; they have: {have}")
    names = groups.names if groups is not None else ()
    if isinstance(sigma, Mapping):
        values = {str(name): value for name, value in sigma.items()}
        if groups is not None:
            unknown = [name for name in values if name not in names]
            missing = [name for name in names if name not in values]
            if unknown:
                wrong.append(f"sigma names {joined(unknown)}, which no account has as its {by}")
            if missing:
                wrong.append(f"sigma has no number for {joined(missing)}")
    else:
        values = dict.fromkeys(names or ("every segment",), sigma)
    bad = dict.fromkeys(repr(value) for value in values.values() if not is_number(value, 0.0, MOST_SIGMA))
    wrong += [f"sigma is {value}: it is a number from 0 to {MOST_SIGMA:g}, 0.3 for about 30 %" for value in bad]
    if wrong or groups is None:
        raise CriterionError("; ".join(wrong))
    return ErrorModel(
        by=by,
        segments=groups.names,
        segment_index=read_only(groups.index),
        sigma=read_only(np.array([values[name] for name in names], dtype=np.float64)),
        correlation=float(correlation),
        draws=int(draws),
        seed=int(seed),
    )
