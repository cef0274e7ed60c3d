"""From a problem to an integer program, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.grouping import Apart
from territory_opt.criteria.travel import Travel
from territory_opt.criteria.variation import Variation
from territory_opt.formulation.bands import Band, MedianMode, add_band
from territory_opt.formulation.builder import Builder
from territory_opt.formulation.costs import pair_costs, pair_hours
from territory_opt.formulation.groups import Groups, allowed_reps, merge_families
from territory_opt.formulation.limits import add_apart, add_book_limits, add_disruption_limit, add_travel_limit
from territory_opt.formulation.median import Placement
from territory_opt.formulation.program import IntegerProgram
from territory_opt.formulation.table import PairTable, lay_out
from territory_opt.formulation.variation import Spread, VariationMode, add_variation
from territory_opt.problem import Problem

__all__ = ["Formulation", "formulate"]


@dataclass(frozen=True, slots=True, eq=False)
class Formulation:
    """A problem as an integer program.

    Attributes
    ----------
    problem : Problem
        What was formulated.
    program : IntegerProgram
        Columns ``pair`` come first: one binary per eligible pair of a group of accounts and a rep.
    groups : Groups
        Families merged into one.
    table : PairTable
        Eligible pairs.
    bands : tuple of Band
        Balance criteria.
    home_index : ndarray of int, shape (n_reps,), or None
        Homes that travel was computed from.
    spreads : tuple of Spread
        Limits on variation.
    """

    problem: Problem
    program: IntegerProgram
    groups: Groups
    table: PairTable
    bands: tuple[Band, ...]
    home_index: IntArray | None
    spreads: tuple[Spread, ...] = ()

    def decode(self, x: FloatArray) -> IntArray:
        """Rep of every account, shape (n_accounts,), from column values.

        The largest value of a group wins, so that a solver's 0.9999999 is a 1.
        """
        n_pairs = self.table.n_pairs
        scores = np.full(self.table.allowed.shape, -np.inf)
        scores[self.table.allowed] = x[:n_pairs]
        chosen: IntArray = scores.argmax(axis=1)[self.groups.index]
        return chosen

    def encode(self, rep_index: IntArray) -> FloatArray:
        """Column values, shape (n_columns,), that state an alignment of shape (n_accounts,).

        Raises
        ------
        ValueError
            If a group is split or goes to a rep that its rules exclude.
        """
        groups, table = self.groups, self.table
        chosen = rep_index[groups.order[groups.starts]]
        if (chosen[groups.index] != rep_index).any():
            raise ValueError("the alignment splits a family that must stay together")
        if not table.allowed[np.arange(groups.n_groups), chosen].all():
            raise ValueError("the alignment gives an account to a rep that the rules exclude")
        x = np.zeros(self.program.n_columns)
        x[: table.n_pairs] = table.rep == chosen[table.group]
        everyone = np.arange(self.problem.n_accounts)
        parts: tuple[Band | Spread, ...] = (*self.bands, *self.spreads)
        for part in parts:
            added = self.problem.contribution(part.criterion.measure, everyone, rep_index, self.home_index)
            books = np.bincount(rep_index, weights=added, minlength=self.problem.n_reps)
            part.fill(x, books.astype(np.float64))
        return x

    def write_mps(self, path: str | Path) -> Path:
        """Write the program in MPS format, whole or not at all."""
        return self.program.write_mps(path)

    def write_lp(self, path: str | Path) -> Path:
        """Write the program in LP format, whole or not at all."""
        return self.program.write_lp(path)


def formulate(
    problem: Problem,
    *,
    home_index: IntArray | None = None,
    median: MedianMode = "exact",
    placements: Mapping[str, Placement] | None = None,
    variation: VariationMode = "inner",
    cuts: Mapping[str, FloatArray] | None = None,
    leave_out: BoolArray | None = None,
) -> Formulation:
    r"""State a problem as an integer program.

    Parameters
    ----------
    problem : Problem
        The statement.
    home_index : ndarray of int, shape (n_reps,), optional
        Account position of every open home; open homes without one cost no travel.
    median : {"exact", "relaxed", "placed"}
        How median bands are stated; see :func:`territory_opt.formulation.bands.add_band`.
    placements : mapping of measure to Placement, optional
        For ``"placed"``: which books are below and above which median.
    variation : {"inner", "outer"}
        Whether limits on variation are certain to be kept, or leave out nothing that keeps them; see
        :func:`territory_opt.formulation.variation.add_variation`.
    cuts : mapping of measure to ndarray of float, shape (m, n_reps), optional
        Further tangents of limits on variation, at deviations from the mean as shares of it.
    leave_out : ndarray of bool, shape (n_groups, n_reps), optional
        Pairs to do without, see :func:`territory_opt.formulation.symmetry.interchangeable`.

    Returns
    -------
    Formulation
        The program, and the way back.

    Notes
    -----
    :math:`\min \sum c_{ij} x_{ij}` with :math:`\sum_j x_{ij} = 1` over eligible pairs, bands, caps and pairs kept
    apart. Families are merged before, so that a group is one account.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 7e4]})
    >>> team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    >>> topt.formulate(topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.2)])).program
    IntegerProgram(4 rows, 4 columns (4 integer), 8 nonzeros)
    """
    groups = merge_families(problem)
    allowed = allowed_reps(problem, groups)
    table = lay_out(allowed if leave_out is None else allowed & ~leave_out)
    hours = groups.total(pair_hours(problem, home_index)) if problem.has_travel else np.zeros(table.allowed.shape)
    builder = Builder()
    builder.columns("pair", table.columns_of(pair_costs(problem, groups, hours)), 0.0, 1.0, integer=True)
    n_reps_of = table.allowed.sum(axis=1)
    builder.rows("assign", n_reps_of, np.arange(table.n_pairs), np.ones(table.n_pairs), 1.0, 1.0)
    bands, spreads = [], []
    for criterion in problem.criteria:
        if isinstance(criterion, Balance):
            values = pair_values(problem, groups, criterion.measure, hours, home_index)
            placed = None if placements is None else placements.get(criterion.measure)
            bands.append(add_band(builder, problem, criterion, table, values, median=median, placement=placed))
        elif isinstance(criterion, Variation):
            values = pair_values(problem, groups, criterion.measure, hours, home_index)
            more = None if cuts is None else cuts.get(criterion.measure)
            spreads.append(add_variation(builder, problem, criterion, table, values, mode=variation, cuts=more))
        elif isinstance(criterion, BookLimits):
            values = pair_values(problem, groups, criterion.measure, hours, home_index)
            add_book_limits(builder, problem, criterion, table, values)
        elif isinstance(criterion, Travel) and criterion.share_at_most is not None:
            add_travel_limit(builder, problem, table, hours, criterion.share_at_most)
        elif isinstance(criterion, Disruption) and criterion.is_limit:
            add_disruption_limit(builder, problem, criterion, groups, table)
        elif isinstance(criterion, Apart):
            add_apart(builder, problem, criterion, groups, table)
    return Formulation(problem, builder.build(), groups, table, tuple(bands), home_index, tuple(spreads))


def pair_values(
    problem: Problem, groups: Groups, name: str, hours: FloatArray, home_index: IntArray | None
) -> FloatArray:
    """What every group adds to every book, shape (n_groups, n_reps), in the unit of the measure."""
    measure, n, k = problem.measure(name), problem.n_accounts, problem.n_reps
    if not measure.pair_dependent:
        return np.broadcast_to(groups.total(measure.base)[:, None], (groups.n_groups, k))
    if name == "travel_hours":
        return hours
    accounts, reps = np.repeat(np.arange(n), k), np.tile(np.arange(k), n)
    return groups.total(problem.contribution(name, accounts, reps, home_index).reshape(n, k))
