"""A limit on the coefficient of variation as linear rows: tangents under the squares of the deviations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.criteria.variation import Variation
from territory_opt.formulation.bands import FULL_BOOK, full_book
from territory_opt.formulation.builder import Builder
from territory_opt.formulation.table import PairTable
from territory_opt.formulation.tails import with_tail
from territory_opt.problem import Problem

__all__ = ["Spread", "VariationMode", "add_variation", "tangent_points"]

VariationMode: TypeAlias = Literal["inner", "outer"]

_PER_LIMIT = 10
"""Tangents between no deviation and a deviation as large as the limit; further out they grow by one part in ten."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Columns of one limit on variation.

    Attributes
    ----------
    criterion : Variation
        What it enforces.
    scale : float
        The measure is divided by this.
    capacity : ndarray of float, shape (n_reps,)
        Share of a full book.
    points : ndarray of float, shape (t, n_reps)
        Deviations of every book, as shares of the mean, at which there is a tangent.
    books : slice
        Column of every book per full unit of capacity, scaled.
    mean : int
        Column of their mean.
    squares : slice
        Column of every book's squared deviation over mean and limit.
    """

    criterion: Variation
    scale: float
    capacity: FloatArray
    points: FloatArray
    books: slice
    mean: int
    squares: slice

    def fill(self, x: FloatArray, book: FloatArray) -> None:
        """Write the columns of this limit that belong to book totals of shape (n_reps,) into ``x``."""
        full = book / (self.scale * self.capacity)
        mean = float(full.mean())
        x[self.books], x[self.mean] = full, mean
        at = self.points
        square = (2.0 * at * (full - mean) - at * at * mean).max(axis=0)
        x[self.squares] = np.maximum(square, 0.0) / self.criterion.at_most


def tangent_points(limit: float, n_reps: int) -> FloatArray:
    """Deviations at which a square gets a tangent, as shares of the mean, rising.

    Examples
    --------
    >>> points = tangent_points(0.1, 2)
    >>> len(points), float(points.max())
    (20, 0.1)
    """
    near = limit * np.arange(1, _PER_LIMIT + 1) / _PER_LIMIT
    # No book can be farther: were it alone in deviating, the others would share the difference.
    farthest, growth = limit * np.sqrt(max(n_reps - 1.0, 1.0)), 1.0 + 1.0 / _PER_LIMIT
    n_far = int(np.ceil(np.log(farthest / limit) / np.log(growth) - 1e-9))
    one_side = np.concatenate([near, limit * growth ** np.arange(1, n_far + 1)])
    return np.concatenate([-one_side[::-1], one_side])


def add_variation(
    builder: Builder,
    problem: Problem,
    criterion: Variation,
    table: PairTable,
    values: FloatArray,
    *,
    mode: VariationMode = "inner",
    cuts: FloatArray | None = None,
) -> Spread:
    r"""Add the rows of one limit on the coefficient of variation.

    Parameters
    ----------
    builder : Builder
        Gets the blocks.
    problem : Problem
        Gives capacities.
    criterion : Variation
        The limit :math:`c`.
    table : PairTable
        Eligible pairs.
    values : ndarray of float, shape (n_groups, n_reps)
        What every group adds to every book.
    mode : {"inner", "outer"}
        ``"inner"`` is certain to keep the limit, and asks for up to 0.26 % less of it; ``"outer"`` leaves out no
        alignment that keeps it, and lets the variation exceed it by up to 0.25 %.
    cuts : ndarray of float, shape (m, n_reps), optional
        Further tangents, at the deviations of books that were found to exceed the limit.

    Returns
    -------
    Spread
        Where its columns are.

    Notes
    -----
    D-CV-1. With books :math:`f_j = L_j / s_j` and their mean :math:`\mu`: :math:`q_j \ge (2 a (f_j - \mu) - a^2 \mu)/c`
    for deviations :math:`a` on a grid, tangents of :math:`(f_j - \mu)^2 / (c \mu)`, and
    :math:`\sum_j q_j \le \theta c k \mu`. Between tangents a step :math:`D` apart a square is missed by at most
    :math:`D^2 \mu / 4`; beyond :math:`c` the step is a share :math:`g` of :math:`a`, and it is missed by :math:`g^2/4`
    of itself. So :math:`\theta = 1` is a relaxation, and :math:`\theta = 1 - g^2/4 - (D/c)^2/4` keeps the limit.
    """
    k, name, limit = problem.n_reps, criterion.measure, criterion.at_most
    capacity = problem.team.capacity
    average = float(problem.measure(name).base.sum()) / float(capacity.sum())
    scale = full_book(table, values, average, capacity) / FULL_BOOK
    lengths, columns = table.rep_lengths, table.by_rep
    coefficients = table.rows_of(values) / (scale * np.repeat(capacity, lengths))
    books = builder.columns(f"full.{name}", np.zeros(k), -np.inf, np.inf)
    mean = builder.columns(f"mean.{name}.books", [0.0], 0.0, np.inf)
    squares = builder.columns(f"square.{name}", np.zeros(k), 0.0, np.inf)
    builder.rows(f"total.{name}.variation", *with_tail(lengths, columns, coefficients, [(books, -1.0)]), 0.0, 0.0)
    every = [*range(books.start, books.stop)]
    builder.rows(f"mean.{name}.variation", [k + 1], [*every, mean.start], [*np.ones(k), -float(k)], 0.0, 0.0)
    grid = tangent_points(limit, k)
    points = np.tile(grid[:, None], (1, k))
    if cuts is not None:
        points = np.concatenate([points, cuts])
    at = points.ravel()
    n_rows = len(at)
    rep = np.tile(np.arange(k), len(points))
    indices = np.stack([books.start + rep, np.full(n_rows, mean.start), squares.start + rep], axis=1)
    factors = np.stack([-2.0 * at / limit, (2.0 * at + at * at) / limit, np.ones(n_rows)], axis=1)
    builder.rows(f"tangent.{name}", np.full(n_rows, 3), indices.ravel(), factors.ravel(), 0.0, np.inf)
    missed = 0.25 / _PER_LIMIT**2
    room = limit * k * (1.0 - 2.0 * missed if mode == "inner" else 1.0)
    squared = [*range(squares.start, squares.stop)]
    builder.rows(f"variation.{name}", [k + 1], [mean.start, *squared], [-room, *np.ones(k)], -np.inf, 0.0)
    return Spread(criterion, scale, capacity, points, books, mean.start, squares)
