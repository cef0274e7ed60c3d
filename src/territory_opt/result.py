"""What a solve gives back: an alignment, a bound, and why it ended."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from territory_opt.alignment import Alignment
from territory_opt.errors import NoAlignmentError
from territory_opt.evaluation import Evaluation
from territory_opt.events import Progress
from territory_opt.problem import Problem
from territory_opt.termination import Reason, Termination, relative_gap

if TYPE_CHECKING:
    from territory_opt.fairness import FairnessReport

__all__ = ["Result"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Result:
    """The answer to a problem, and how good it is proven to be.

    Attributes
    ----------
    problem : Problem
        What was asked.
    termination : Termination
        Why the solve ended.
    bound : float
        Proven lower bound of the objective; no alignment can be better. With open homes it holds for the homes that
        were chosen. Minus infinity when none was proven.
    seconds : float
        Wall-clock time.
    solver : str
        Solver that gave the answer.
    solver_reason : str
        Why that solver, in words.
    seed : int
        Seed of everything random.
    events : tuple of Progress
        How objective and bound came together.
    notes : tuple of str
        What the solve inferred or did.
    """

    problem: Problem
    termination: Termination
    bound: float
    seconds: float
    solver: str
    solver_reason: str
    seed: int
    events: tuple[Progress, ...] = ()
    notes: tuple[str, ...] = ()
    found: tuple[Alignment, Evaluation] | None = None

    @property
    def has_alignment(self) -> bool:
        """True when an alignment was found."""
        return self.found is not None

    @property
    def alignment(self) -> Alignment:
        """The best alignment found.

        Raises
        ------
        NoAlignmentError
            If there is none; the message says why.
        """
        return self._require()[0]

    @property
    def evaluation(self) -> Evaluation:
        """Independent score of the alignment.

        Raises
        ------
        NoAlignmentError
            If there is no alignment.
        """
        return self._require()[1]

    @property
    def objective(self) -> float:
        """Re-scored objective of the alignment; infinity when there is none."""
        return self.found[1].objective if self.found is not None else math.inf

    @property
    def gap(self) -> float:
        """(objective - bound) / abs(objective); 0 when they meet, infinity when nothing is proven.

        At an objective of zero it is the difference itself when that counts as optimal, else infinity.
        """
        return relative_gap(self.objective, self.bound)

    def fairness(self) -> FairnessReport:
        """Fairness of the books, per measure: CV, Gini, Jain, share inside the band, books outside by name."""
        from territory_opt.fairness import fairness

        return fairness(self.problem, self.alignment)

    def write_html(self, path: str | Path) -> Path:
        """Write the report as one page that opens offline.

        Parameters
        ----------
        path : str or Path
            Where to; the file is written whole or not at all.

        Returns
        -------
        Path
            The file.
        """
        from territory_opt.report.html import write_html

        return write_html(self, path)

    def to_json(self) -> str:
        """The answer as JSON of a published, versioned schema; see :mod:`territory_opt.records`."""
        from territory_opt.records import result_to_json

        return result_to_json(self)

    def __repr__(self) -> str:
        size = f"{self.problem.n_accounts:,} accounts, {self.problem.n_reps:,} reps"
        if self.found is None:
            return f"Result({size}; {self.termination}; {self.solver}, {self.seconds:.1f} s)"
        from territory_opt.report.verdict import gap_words

        numbers = f"objective {self.objective:,.6g}, bound {self.bound:,.6g}, gap {gap_words(self.gap)}"
        return f"Result({size}; {self.termination}; {numbers}; {self.solver}, {self.seconds:.1f} s)"

    def __str__(self) -> str:
        from territory_opt.report.text import result_text

        return result_text(self)

    def _repr_html_(self) -> str:
        from territory_opt.report.notebook import result_html

        return result_html(self)

    def _require(self) -> tuple[Alignment, Evaluation]:
        if self.found is None:
            if self.termination.reason is Reason.INFEASIBLE:
                why = self.termination.detail or "proven by the solver"
                raise NoAlignmentError(f"no alignment keeps every criterion: {why}")
            from territory_opt.report.verdict import nothing_found

            headline, advice = nothing_found(self.termination.limit)
            told = f": {self.termination.detail}" if self.termination.detail else ""
            raise NoAlignmentError(f"{headline[:1].lower()}{headline[1:]}{told}; {advice[:1].lower()}{advice[1:]}")
        return self.found
