"""What a forecast error multiplies, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import FloatArray

if TYPE_CHECKING:
    from territory_opt.alignment import Alignment
    from territory_opt.problem import Problem

__all__ = ["erring"]


def erring(
    problem: Problem, alignment: Alignment, names: Sequence[str], books: Mapping[str, FloatArray] | None = None
) -> tuple[FloatArray, FloatArray]:
    """Split measures into what errors multiply, account by account, and what is taken off the books whatever happens.

    Parameters
    ----------
    problem, alignment : Problem, Alignment
        Whose books.
    names : sequence of str, length n_measures
        The measures.
    books : mapping of str to ndarray of float, shape (n_reps,), optional
        Totals of those measures, when they are at hand.

    Returns
    -------
    base : ndarray of float, shape (n_measures, n_accounts)
        What an account adds to the book it is in, before friction.
    deducted : ndarray of float, shape (n_measures, n_reps)
        Coverage friction of every book.

    Notes
    -----
    D-FAIR-3, D-LOAD-4. A table of one's own, of accounts by reps, has no friction in it: errors multiply its entries.
    """
    reps, k = alignment.rep_index, problem.n_reps
    everyone = np.arange(problem.n_accounts)
    base, deducted = np.zeros((len(names), problem.n_accounts)), np.zeros((len(names), k))
    for row, name in enumerate(names):
        measure = problem.measure(name)
        if measure.table is not None or not measure.pair_dependent:
            base[row] = problem.contribution(name, everyone, reps, alignment.home_index)
            continue
        base[row] = measure.base
        if books is None:
            friction = base[row] - problem.contribution(name, everyone, reps, alignment.home_index)
            deducted[row] = np.bincount(reps, friction, k)
        else:
            deducted[row] = np.bincount(reps, base[row], k) - books[name]
    return base, deducted
