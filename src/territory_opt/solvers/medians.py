"""Median bands at size: which books are below, in and above the middle, settled before the accounts are.

A free middle is a weak relaxation, and the order in which its books happen to come is a poor guess. But who is
below and who is above is only a handful of binaries: with the accounts left fractional they make a small program,
whose answer is a good order and whose bound is a better bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from territory_opt._typing import BoolArray, FloatArray
from territory_opt.formulation.formulate import Formulation
from territory_opt.formulation.median import Placement
from territory_opt.solvers._relaxation import LinearBound, Relaxation
from territory_opt.solvers._restricted import restrict
from territory_opt.solvers.attempt import Request
from territory_opt.solvers.base import ProgramOptions
from territory_opt.solvers.highs import solve_with_highs
from territory_opt.solvers.pairs import Pairs

MOST_CLASS_PAIRS = 120_000
"""Beyond these the first linear relaxation takes longer than the bound is worth."""

_PRESOLVED_PAIRS = 10_000
"""Beyond these HiGHS probes and compares columns in its presolve, and looks at no clock while it does: 4 s at 80,000
pairs, half a minute at 120,000. There is next to nothing to reduce in these programs."""

_NONZERO_SECONDS = 5e-7
"""What HiGHS may need beyond its time limit, per nonzero."""

__all__ = ["MOST_CLASS_PAIRS", "Classes", "assignment_pairs", "least_pairs", "linear_bound", "settle_classes"]


@dataclass(frozen=True, slots=True)
class Classes:
    """Order of the books, and what it proves.

    Attributes
    ----------
    placements : mapping of str to Placement, or None
        Per measure, which books are below and above which median; None when none was found in time.
    bound : float
        Lower bound over the pairs that were left in.
    """

    placements: Mapping[str, Placement] | None
    bound: float


def assignment_pairs(formulation: Formulation) -> Pairs:
    """Where the assignment part of a formulation is."""
    table = formulation.table
    indptr = np.concatenate([[0], np.cumsum(table.allowed.sum(axis=1))])
    n_groups = formulation.groups.n_groups
    return Pairs(table.group, table.rep, indptr, slice(0, table.n_pairs), slice(0, n_groups))


def linear_bound(formulation: Formulation, request: Request) -> LinearBound | None:
    """Linear relaxation of a formulation; None when out of time."""
    program = formulation.program
    relaxation = Relaxation(program, assignment_pairs(formulation), program.matrix().tocsc(), threads=request.threads)
    found, _ = relaxation.solve(request.deadline, request.cancel)
    return found


def settle_classes(exact: Formulation, keep: BoolArray, request: Request, *, gap: float) -> Classes:
    """Solve an exact median program with fractional accounts.

    Parameters
    ----------
    exact : Formulation
        With exact medians.
    keep : ndarray of bool, shape (n_pairs,)
        Pairs to leave in; the bound holds for alignments that use no other.
    request : Request
        Limits.
    gap : float
        Relative gap to stop at.

    Returns
    -------
    Classes
        Order and bound; neither when too many pairs are left in, or no time.
    """
    count = int(np.count_nonzero(keep))
    if count > MOST_CLASS_PAIRS or request.remaining == 0:
        return Classes(None, -np.inf)
    program, n_pairs = exact.program, exact.table.n_pairs
    integrality = program.integrality.copy()
    integrality[:n_pairs] = 0
    columns = np.concatenate([np.flatnonzero(keep), np.arange(n_pairs, program.n_columns)])
    part = restrict(program, program.matrix().tocsc(), columns, np.zeros(program.n_columns))
    seconds = request.remaining - _NONZERO_SECONDS * part.program.n_nonzeros
    if seconds <= 0:
        return Classes(None, -np.inf)
    outcome = solve_with_highs(
        replace(part.program, integrality=integrality[columns]),
        ProgramOptions(time_limit=seconds, gap=gap, seed=request.seed, threads=request.threads),
        cancel=request.cancel,
        settings={"presolve": "off"} if count > _PRESOLVED_PAIRS else None,
    )
    if outcome.x is None:
        return Classes(None, outcome.bound)
    x = part.expand(outcome.x)
    placements = {}
    for band in exact.bands:
        if band.median is not None:
            rank = np.zeros(exact.problem.n_reps)
            for number, part_of in enumerate((band.median.below, *band.median.middles, band.median.above)):
                rank += number * np.round(x[part_of])
            order = np.lexsort((x[band.loads] / band.capacity, rank))
            ends = x[list(band.median.statistics)] * band.scale
            middle, spread = float(ends.mean()), float(np.ptp(ends)) / 2.0
            placements[band.criterion.measure] = Placement(order, middle, spread)
    return Classes(placements, outcome.bound)


def least_pairs(excess: FloatArray, n_groups: int, per_group: float) -> BoolArray:
    """Mark the pairs with the least excess, so many per group on average."""
    count = min(len(excess), int(per_group * n_groups))
    if count >= len(excess):
        return np.ones(len(excess), dtype=np.bool_)
    least: BoolArray = excess <= np.partition(excess, count)[count]
    return least
