"""How uneven books must be: the largest accounts alone set a floor under the coefficient of variation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from territory_opt._typing import FloatArray, IntArray
from territory_opt.formulation.groups import Groups
from territory_opt.problem import Problem

__all__ = ["Uneven", "least_uneven", "least_variation"]


@dataclass(frozen=True, slots=True)
class Uneven:
    """A floor under the coefficient of variation, and the groups of accounts that set it."""

    variation: float
    groups: IntArray


def least_variation(sizes: ArrayLike, k: int) -> tuple[float, int]:
    r"""Least coefficient of variation of ``k`` books that hold these accounts, were all but the largest divisible.

    Parameters
    ----------
    sizes : array_like, shape (n,)
        What the accounts add to books, 0 or more.
    k : int
        Number of books.

    Returns
    -------
    variation : float
        No alignment of whole accounts is below it.
    n_large : int
        How many accounts are larger than what the others leave for an even book.

    Notes
    -----
    With the largest in books of their own and the rest spread evenly, the totals are majorised by those of every
    alignment, and so is every convex measure of spread (Marshall, Olkin and Arnold 2011,
    doi:10.1007/978-0-387-68276-1).

    Examples
    --------
    >>> least_variation([6, 1, 1, 1, 1, 1, 1], 3)
    (0.3535533905932738, 1)
    """
    largest = np.sort(np.asarray(sizes, dtype=np.float64))[::-1]
    total = float(largest.sum())
    if k < 2 or not total > 0:
        return 0.0, 0
    rest, n_large = total, 0
    while n_large < min(k - 1, len(largest)) and largest[n_large] > rest / (k - n_large):
        rest -= float(largest[n_large])
        n_large += 1
    books = np.concatenate([largest[:n_large], np.full(k - n_large, max(rest, 0.0) / (k - n_large))])
    return float(books.std() / books.mean()), n_large


def least_uneven(problem: Problem, groups: Groups, measure: str) -> Uneven:
    """Floor under the coefficient of variation of a measure.

    Parameters
    ----------
    problem : Problem
        The statement.
    groups : Groups
        Merged families.
    measure : str
        Its name.

    Returns
    -------
    Uneven
        A floor of 0 where nothing is known: the measure depends on the rep, is negative somewhere, or capacities
        differ.
    """
    found, capacity = problem.measure(measure), problem.team.capacity
    none = np.zeros(0, dtype=np.int64)
    if found.pair_dependent or not (capacity == capacity[0]).all() or (found.base < 0).any():
        return Uneven(0.0, none)
    sizes: FloatArray = groups.total(found.base)
    variation, n_large = least_variation(sizes, problem.n_reps)
    if not (n_large and math.isfinite(variation)):
        return Uneven(0.0, none)
    return Uneven(variation, np.argsort(-sizes, kind="stable")[:n_large])
