"""What a change of an alignment does: both books before and after, the objective, and the limits it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.alignment import Alignment
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion, canonical_measure
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.travel import Travel
from territory_opt.criteria.variation import Variation
from territory_opt.evaluation import FEASIBILITY_TOLERANCE, Evaluation, evaluate
from territory_opt.problem import Problem
from territory_opt.verdicts import band_reference

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MoveEffect", "book_edges", "move_effect"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MoveEffect:
    """Two alignments of one problem, and the reps whose books differ.

    Attributes
    ----------
    problem : Problem
        The statement.
    rep_id : tuple of str
        Reps concerned, in the order of the team.
    before, after : Evaluation
        Scores from scratch.
    """

    problem: Problem
    rep_id: tuple[str, ...]
    before: Evaluation
    after: Evaluation

    @property
    def objective_change(self) -> float:
        """Objective after less before; negative is better."""
        return self.after.objective - self.before.objective

    @property
    def newly_broken(self) -> tuple[str, ...]:
        """Limits kept before and broken after, in words."""
        was = [check.satisfied for check in self.before.checks]
        now = self.after.checks
        return tuple(
            f"{check.name}: {check.detail}" for check, kept in zip(now, was, strict=True) if kept > check.satisfied
        )

    @property
    def mended(self) -> tuple[str, ...]:
        """Limits broken before and kept after, in words."""
        was = [check.satisfied for check in self.before.checks]
        now = self.after.checks
        return tuple(check.name for check, kept in zip(now, was, strict=True) if check.satisfied > kept)

    def to_frame(self) -> pd.DataFrame:
        """One row per rep concerned and measure.

        Returns
        -------
        pandas.DataFrame
            ``rep_id``, ``measure``, ``before``, ``after``, ``low``, ``high`` (limits of the book after the change, by
            bands, limits per book and a cap on travel, in the unit of the measure; infinite without one) and
            ``in_band_before``, ``in_band_after`` as evaluation judges them (missing without a limit).
        """
        import pandas as pd

        rows = []
        team = [self.problem.team.index_of(rep) for rep in self.rep_id]
        for name in dict.fromkeys(("load", "tam", "account_units", "accounts", "travel_hours", *self._limited())):
            bands = [
                book_edges(self.problem, name, score.books[name], forgiven=True) for score in (self.before, self.after)
            ]
            for rep, j in zip(self.rep_id, team, strict=True):
                was, now = (float(score.books[name][j]) for score in (self.before, self.after))
                inside = [
                    None if band is None else bool(band[0][j] <= value <= band[1][j])
                    for band, value in zip(bands, (was, now), strict=True)
                ]
                edges = book_edges(self.problem, name, self.after.books[name])
                low, high = (-np.inf, np.inf) if edges is None else (float(edge[j]) for edge in edges)
                rows.append((rep, name, was, now, low, high, *inside))
        columns = ["rep_id", "measure", "before", "after", "low", "high", "in_band_before", "in_band_after"]
        return pd.DataFrame(rows, columns=columns)

    def _limited(self) -> list[str]:
        return [
            canonical_measure(c.measure)
            for c in self.problem.criteria
            if isinstance(c, Balance | BookLimits | Variation)
        ]

    def __repr__(self) -> str:
        broken = f"; newly broken: {'; '.join(self.newly_broken)}" if self.newly_broken else ""
        mended = f"; mended: {'; '.join(self.mended)}" if self.mended else ""
        reps = ", ".join(self.rep_id)
        return f"MoveEffect({reps}; objective {self.objective_change:+,.6g}{mended}{broken})"


def move_effect(problem: Problem, before: Alignment, after: Alignment) -> MoveEffect:
    """Compare two alignments of a problem.

    Parameters
    ----------
    problem : Problem
        The statement.
    before, after : Alignment
        Both of its tables.

    Returns
    -------
    MoveEffect
        Both scores, and the reps whose books differ.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b", "c"], "acv": [9e4, 7e4, 2e4]})
    >>> team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    >>> problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.1)])
    >>> uneven = topt.Alignment.from_index(problem, [0, 1, 0])
    >>> move_effect(problem, uneven, uneven.move("c", "r2")).mended
    ('TAM of every book within 10% of the mean',)
    """
    differs = np.flatnonzero(before.rep_index != after.rep_index)
    reps = np.unique(np.concatenate([before.rep_index[differs], after.rep_index[differs]]))
    names = tuple(str(problem.team.rep_id[j]) for j in reps)
    return MoveEffect(problem, names, evaluate(problem, before), evaluate(problem, after))


def book_edges(
    problem: Problem, name: str, book: FloatArray, *, forgiven: bool = False, only: Criterion | None = None
) -> tuple[FloatArray, FloatArray] | None:
    """Least and most that every book may hold of a measure, by all the criteria that say so.

    Parameters
    ----------
    problem : Problem
        With bands (elastic ones count), limits per book and a cap on travel.
    name : str
        Measure.
    book : ndarray of float, shape (n_reps,)
        Totals of the measure: bands around the mean or the median go with them.
    forgiven : bool
        Add what evaluation forgives.
    only : criterion, optional
        Leave the other criteria out.

    Returns
    -------
    tuple of ndarray of float, shape (n_reps,) each, or None
        Infinite where nothing is said; None where no criterion is about the measure.
    """
    found = None
    for criterion in problem.criteria if only is None else (only,):
        edges = _edges(problem, criterion, name, book)
        if edges is not None:
            low, high, scale = edges
            slack = FEASIBILITY_TOLERANCE * scale if forgiven else 0.0
            known = (-np.inf, np.inf) if found is None else found
            found = np.maximum(low - slack, known[0]), np.minimum(high + slack, known[1])
    return found


def _edges(
    problem: Problem, criterion: Criterion, name: str, book: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Edges of one criterion for every book, and the scale of what evaluation forgives."""
    capacity = problem.team.capacity
    if isinstance(criterion, Travel):
        if name != "travel_hours" or criterion.share_at_most is None:
            return None
        hours = problem.selling_hours
        return np.full(problem.n_reps, -np.inf), criterion.share_at_most * hours, hours
    if not isinstance(criterion, Balance | BookLimits) or canonical_measure(criterion.measure) != name:
        return None
    if isinstance(criterion, BookLimits):
        low, high = criterion.per_rep(problem.n_reps)
        size = np.maximum(np.where(np.isfinite(low), np.abs(low), 1.0), np.where(np.isfinite(high), np.abs(high), 1.0))
        return low, high, np.maximum(size, 1.0)
    if criterion.between is not None:
        least, most = criterion.between
        scale = max(1.0, *(abs(edge) for edge in criterion.between if np.isfinite(edge)))
    else:
        middle, within = band_reference(problem, criterion, book), criterion.within or 0.0
        least, most, scale = (1.0 - within) * middle, (1.0 + within) * middle, abs(middle)
    return least * capacity, most * capacity, scale * capacity
