"""Limits on variation replaced by bands narrow enough to keep them."""

from __future__ import annotations

import numpy as np

from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion, canonical_measure
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.variation import Variation
from territory_opt.problem import Problem

__all__ = ["banded", "sufficient_band"]


def sufficient_band(limit: float, *, equal: bool) -> float:
    """Band around the mean that is certain to keep a limit on the coefficient of variation.

    Parameters
    ----------
    limit : float
        Greatest coefficient of variation.
    equal : bool
        True where all reps have the same capacity: the mean of the books is then what the band is around.

    Examples
    --------
    >>> sufficient_band(0.1, equal=True), round(sufficient_band(0.25, equal=False), 3)
    (0.1, 0.2)
    """
    return min(1.0, limit if equal else limit / (1.0 + limit))


def banded(problem: Problem) -> Problem | None:
    """State a problem with a band in the place of every limit on variation.

    Parameters
    ----------
    problem : Problem
        The statement.

    Returns
    -------
    Problem or None
        Whoever keeps its criteria keeps those asked for; None where a band of the same measure stands in the way.

    Notes
    -----
    Books within b of their mean deviate by at most b of it, all together. Where capacities differ the mean of the books
    is itself within b of total over capacity. A band w around the median of the same measure gives way to
    w / (2 + w) around the mean, which keeps it.
    """
    capacity = problem.team.capacity
    equal = bool((capacity == capacity[0]).all())
    kept: dict[object, Criterion] = {c.key: c for c in problem.criteria if not isinstance(c, Variation)}
    for criterion in problem.criteria:
        if not isinstance(criterion, Variation):
            continue
        name, within = canonical_measure(criterion.measure), sufficient_band(criterion.at_most, equal=equal)
        own = kept.get(("balance", name))
        if own is None or (isinstance(own, Balance) and own.is_limit and own.within is not None and own.of != "target"):
            if isinstance(own, Balance) and own.within is not None:
                within = min(within, own.within if own.of == "mean" else own.within / (2.0 + own.within))
            band = Balance(criterion.measure, within=within)
            kept[band.key] = band
            continue
        measure = problem.measure(criterion.measure)
        total = float(measure.base.sum())
        if measure.pair_dependent or total < 0:
            return None
        middle = total / float(capacity.sum()) * capacity
        limits = BookLimits(criterion.measure, lower=(1.0 - within) * middle, upper=(1.0 + within) * middle)
        before = kept.get(limits.key)
        if isinstance(before, BookLimits):
            low, high = before.per_rep(problem.n_reps)
            low, high = np.maximum(low, limits.lower), np.minimum(high, limits.upper)
            if not (low <= high).all():
                return None
            limits = BookLimits(criterion.measure, lower=low, upper=high)
        kept[limits.key] = limits
    return problem.replace(criteria=list(kept.values()))
