"""Hard limits other than bands: limits per rep, travel share, disruption, pairs kept apart."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.grouping import Apart
from territory_opt.formulation.builder import Builder
from territory_opt.formulation.costs import kept_value
from territory_opt.formulation.groups import Groups
from territory_opt.formulation.table import PairTable
from territory_opt.problem import Problem

__all__ = ["add_apart", "add_book_limits", "add_disruption_limit", "add_travel_limit"]

_FULL, _SMALL = 10.0, 1000.0


def add_travel_limit(builder: Builder, problem: Problem, table: PairTable, hours: FloatArray, share: float) -> None:
    r"""Cap travel in every book: :math:`\sum_i t_{ij} x_{ij} \le p H_j`, divided by :math:`H_j` (D-TRAVEL-1).

    Parameters
    ----------
    builder, problem, table
        The program so far.
    hours : ndarray of float, shape (n_groups, n_reps)
        Yearly travel hours.
    share : float
        The cap :math:`p`.
    """
    scaled = table.rows_of(hours / problem.selling_hours[None, :])
    builder.rows("travel", table.rep_lengths, table.by_rep, scaled, -np.inf, share)


def add_book_limits(
    builder: Builder, problem: Problem, criterion: BookLimits, table: PairTable, values: FloatArray
) -> None:
    r"""Keep every book inside its own limits: :math:`l_j \le \sum_i a_{ij} x_{ij} \le u_j`.

    Parameters
    ----------
    builder, problem, criterion, table
        The program so far, and what to add.
    values : ndarray of float, shape (n_groups, n_reps)
        What every group adds to every book.

    Notes
    -----
    Whole numbers of moderate size stay as they are: solvers round such rows inwards. Others are divided by the size of
    the limit, because a solver's tolerance is absolute.
    """
    low, high = criterion.per_rep(problem.n_reps)
    size = np.maximum(np.where(np.isfinite(low), np.abs(low), 0.0), np.where(np.isfinite(high), np.abs(high), 0.0))
    if problem.measure(criterion.measure).integer and float(np.abs(values).max(initial=0.0)) <= _SMALL:
        scale = np.ones(problem.n_reps)
        # Tolerance first, so that 99.99999999 asked for by rounding does not become 99.
        low, high = np.ceil(low - 5e-7 * np.maximum(size, 1.0)), np.floor(high + 5e-7 * np.maximum(size, 1.0))
    else:
        scale = np.where(size > 0, size, 1.0) / _FULL
    coefficients = table.rows_of(values) / np.repeat(scale, table.rep_lengths)
    name = f"limits.{criterion.measure}"
    builder.rows(name, table.rep_lengths, table.by_rep, coefficients, low / scale, high / scale)


def add_disruption_limit(
    builder: Builder, problem: Problem, criterion: Disruption, groups: Groups, table: PairTable
) -> None:
    r"""Cap the moved share of owned value, stated as what must stay: :math:`\sum w_{ij} x_{ij} \ge (1-p) V`."""
    owned, kept = kept_value(problem, groups, criterion.measure)
    total = float(owned.sum())
    if total <= 0 or criterion.at_most is None:
        return
    stays = table.columns_of(kept) / total
    columns = np.flatnonzero(stays)
    name = f"disruption.{criterion.measure}"
    builder.rows(name, [len(columns)], columns, stays[columns], 1.0 - criterion.at_most, np.inf)


def add_apart(builder: Builder, problem: Problem, criterion: Apart, groups: Groups, table: PairTable) -> None:
    """Keep pairs apart: one row per pair and rep that both may go to; a pair within a family cannot be kept apart."""
    ids = {str(account): i for i, account in enumerate(problem.accounts.account_id)}
    column = np.full(table.allowed.shape, -1, dtype=np.int64)
    column[table.allowed] = np.arange(table.n_pairs)
    wanted = [sorted((int(groups.index[ids[a]]), int(groups.index[ids[b]]))) for a, b in criterion.pairs]
    lengths: list[int] = []
    indices: list[int] = []
    for one, other in sorted({(a, b) for a, b in wanted}):
        shared = np.flatnonzero(table.allowed[one] & table.allowed[other])
        width = 1 if one == other else 2
        lengths += [width] * len(shared)
        indices += np.stack([column[one, shared], column[other, shared]], axis=1)[:, :width].ravel().tolist()
    # One row of a family's own column says 0 = 1 to the solver: apart from itself is impossible.
    same = any(a == b for a, b in wanted)
    name = f"apart.{len(builder._rows)}"
    upper = [0.0 if width == 1 else 1.0 for width in lengths] if same else 1.0
    builder.rows(name, lengths, indices, np.ones(len(indices)), -np.inf, upper)
