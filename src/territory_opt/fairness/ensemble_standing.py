"""Where a plan stands among random plans, by one number."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.fairness.mixing import effective_size, split_rhat

__all__ = ["Standing", "standing_of"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the plan stands among the random plans, by one number.

    Attributes
    ----------
    measure, metric : str
        What is compared: dispersion of a measure over the books (``cv``, ``gini``, ``max_min``), or its ``total``.
    plan : float
        The plan's own number; smaller is better for all of them.
    fairer_than : float
        Share of the random plans with a larger number; ties count half.
    low, high : float
        95 % interval of that share, from the effective sample size.
    mean, p05, median, p95 : float
        Distribution over the random plans.
    ess, rhat : float
        Effective sample size and split R-hat of this number along the chains.
    """

    measure: str
    metric: str
    plan: float
    fairer_than: float
    low: float
    high: float
    mean: float
    p05: float
    median: float
    p95: float
    ess: float
    rhat: float


def standing_of(key: tuple[str, str], plan: float, draws: FloatArray) -> Standing:
    """Place a plan among draws.

    Parameters
    ----------
    key : tuple of str
        Measure and metric.
    plan : float
        The plan's number.
    draws : ndarray of float, shape (n_chains, draws per chain)
        The numbers of the random plans.
    """
    # Equal plans differ by rounding only, which is of the size of a book and not of the spread between books.
    slack = 1e-12 * max(abs(plan), 1.0)
    score = np.where(draws > plan + slack, 1.0, np.where(draws < plan - slack, 0.0, 0.5))
    share = float(score.mean())
    n = min(effective_size(score), effective_size(draws), float(draws.size))
    low, high = _wilson(share, n)
    p05, median, p95 = np.quantile(draws, [0.05, 0.5, 0.95]).tolist()
    return Standing(
        measure=key[0],
        metric=key[1],
        plan=plan,
        fairer_than=share,
        low=low,
        high=high,
        mean=float(draws.mean()),
        p05=p05,
        median=median,
        p95=p95,
        ess=min(effective_size(draws), float(draws.size)),
        rhat=split_rhat(draws),
    )


def _wilson(share: float, n: float) -> tuple[float, float]:
    """95 % interval of a share from n independent draws (E. B. Wilson, JASA 22(158), 1927)."""
    z = 1.959963984540054
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)
