"""What a change of an alignment does: both books before and after, the objective, and the limits it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.criteria.balance import Balance
from territory_opt.evaluation import Evaluation, evaluate
from territory_opt.problem import Problem
from territory_opt.verdicts import band_reference

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MoveEffect", "move_effect"]


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
            ``rep_id``, ``measure``, ``before``, ``after``, ``low``, ``high`` (the band after, in the unit of the
            measure; infinite without one) and ``in_band_before``, ``in_band_after`` (missing without a band).
        """
        import pandas as pd

        rows = []
        team = [self.problem.team.index_of(rep) for rep in self.rep_id]
        for name in dict.fromkeys(("load", "tam", "account_units", "accounts", "travel_hours", *self._limited())):
            bands = [_band(self.problem, name, score) for score in (self.before, self.after)]
            for rep, j in zip(self.rep_id, team, strict=True):
                was, now = (float(score.books[name][j]) for score in (self.before, self.after))
                inside = [
                    None if band is None else bool(band[0][j] <= value <= band[1][j])
                    for band, value in zip(bands, (was, now), strict=True)
                ]
                low, high = (-np.inf, np.inf) if bands[1] is None else (float(edge[j]) for edge in bands[1][:2])
                rows.append((rep, name, was, now, low, high, *inside))
        columns = ["rep_id", "measure", "before", "after", "low", "high", "in_band_before", "in_band_after"]
        return pd.DataFrame(rows, columns=columns)

    def _limited(self) -> list[str]:
        return [c.measure for c in self.problem.criteria if isinstance(c, Balance)]

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
    ('tam of every book within 10% of the mean',)
    """
    differs = np.flatnonzero(before.rep_index != after.rep_index)
    reps = np.unique(np.concatenate([before.rep_index[differs], after.rep_index[differs]]))
    names = tuple(str(problem.team.rep_id[j]) for j in reps)
    return MoveEffect(problem, names, evaluate(problem, before), evaluate(problem, after))


def _band(problem: Problem, name: str, score: Evaluation) -> tuple[np.ndarray, np.ndarray] | None:
    """Edges of the band of a measure, shape (n_reps,) each, with the tolerance that evaluation forgives."""
    capacity = problem.team.capacity
    for criterion in problem.criteria:
        if isinstance(criterion, Balance) and criterion.measure == name:
            if criterion.between is not None:
                low, high = criterion.between
            else:
                middle = band_reference(problem, criterion, score.books[name])
                low, high = (1 - (criterion.within or 0.0)) * middle, (1 + (criterion.within or 0.0)) * middle
            slack = 1e-6 * max(abs(edge) for edge in (low, high) if np.isfinite(edge))
            return (low - slack) * capacity, (high + slack) * capacity
    return None
