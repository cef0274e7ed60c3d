"""What a solve gives back: an alignment, a bound, and why it ended."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from territory_opt.alignment import Alignment
from territory_opt.asked import Asked
from territory_opt.errors import NoAlignmentError
from territory_opt.evaluation import Evaluation
from territory_opt.events import Progress
from territory_opt.problem import Problem
from territory_opt.termination import Reason, Termination, relative_gap

if TYPE_CHECKING:
    import altair

    from territory_opt.explain import Explanation, RepExplanation
    from territory_opt.fairness import FairnessReport
    from territory_opt.prices import Prices
    from territory_opt.report.extras import Extra

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
    asked : Asked or None
        Solver, gap, time limit and threads that were asked for; None in results read from files without them.
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
    asked: Asked | None = None

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

    def explain(
        self,
        account_id: str,
        *,
        verify: bool = False,
        time_limit: float = 60.0,
        n_verified: int = 3,
        gap: float = 1e-3,
        threads: int = 1,
    ) -> Explanation:
        """Why an account goes to its rep, what every other rep would cost, and the least change that flips it.

        See :func:`territory_opt.explain.explain`.

        Parameters
        ----------
        account_id : str
            The account.
        verify : bool
            Solve again with the account locked to the cheapest other reps.
        time_limit : float
            Seconds for those solves together.
        n_verified : int
            How many other reps to verify.
        gap : float
            Relative gap at which a re-solve may stop.
        threads : int
            Threads a re-solve may use.

        Raises
        ------
        DataError
            If there is no such account.
        CriterionError
            If a limit is out of range.
        NoAlignmentError
            If there is no alignment.
        """
        from territory_opt.explain import explain

        return explain(
            self, account_id, verify=verify, time_limit=time_limit, n_verified=n_verified, gap=gap, threads=threads
        )

    def explain_rep(self, rep_id: str) -> RepExplanation:
        """What is in a rep's book against the median, what moved in and out against today, and why.

        Raises
        ------
        DataError
            If there is no such rep.
        NoAlignmentError
            If there is no alignment.
        """
        from territory_opt.explain import explain_rep

        return explain_rep(self, rep_id)

    def prices(self, *, verify: bool = True, time_limit: float = 60.0, gap: float = 1e-4, threads: int = 1) -> Prices:
        """What every criterion and lock costs: in objective, travel hours and moves.

        See :func:`territory_opt.prices.prices`.

        Parameters
        ----------
        verify : bool
            Solve again without each of them; otherwise estimates from shadow prices only.
        time_limit : float
            Seconds for those solves together.
        gap : float
            Relative gap at which a re-solve may stop.
        threads : int
            Threads a re-solve may use.

        Raises
        ------
        CriterionError
            If a limit is out of range.
        NoAlignmentError
            If there is no alignment.
        """
        from territory_opt.prices import prices

        return prices(self, verify=verify, time_limit=time_limit, gap=gap, threads=threads)

    def write_html(self, path: str | Path, *, title: str = "Territory carve", sections: Iterable[Extra] = ()) -> Path:
        """Write the report as one page that opens offline; a result without an alignment says why there is none.

        See :func:`territory_opt.report.html.write_html`.

        Raises
        ------
        CriterionError
            Something among the sections is no section.
        OSError
            The folder does not exist or cannot be written to.
        """
        from territory_opt.report.html import write_html

        return write_html(self, path, title=title, sections=sections)

    def write_excel(self, path: str | Path, *, sheets_per_rep: bool | Sequence[str] = False) -> Path:
        """Write a workbook with live formulas: change a rule, or the rep of an account, and everything follows.

        See :func:`territory_opt.report.excel.write_excel`.

        Raises
        ------
        NoAlignmentError
            If there is no alignment.
        SolverUnavailableError
            XlsxWriter is not installed (an ``ImportError``); the message has the install line.
        DataError
            More accounts or sheets than a workbook holds, an id that no rep has, or numbers it does not compute.
        OSError
            The folder does not exist or cannot be written to.
        """
        from territory_opt.report.excel import write_excel

        return write_excel(self, path, sheets_per_rep=sheets_per_rep)

    def write_pdf(
        self,
        rep: str,
        path: str | Path,
        *,
        date: dt.date | None = None,
        mid_year_check: dt.date | None = None,
        paper: Literal["A4", "letter"] = "A4",
        fonts: Sequence[str | Path] = (),
    ) -> Path:
        """Write the book of one rep, to read and to sign.

        See :func:`territory_opt.report.pdf.write_pdf`.

        Raises
        ------
        NoAlignmentError
            If there is no alignment.
        SolverUnavailableError
            fpdf2 or uharfbuzz is not installed (an ``ImportError``); the message has the install line.
        DataError
            No rep has the id, or a font cannot be used.
        OSError
            The folder does not exist or cannot be written to.
        """
        from territory_opt.report.pdf import write_pdf

        return write_pdf(self, rep, path, date=date, mid_year_check=mid_year_check, paper=paper, fonts=fonts)

    def write_geojson(self, path: str | Path) -> Path:
        """Write accounts and homes as points, for any map program.

        Parameters
        ----------
        path : str or Path
            Where to; the file is written whole or not at all.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        NoAlignmentError
            If there is no alignment.
        """
        from territory_opt.report.geojson import write_geojson

        return write_geojson(self, path)

    def plot_map(self) -> altair.LayerChart:
        """Draw the accounts of every book on a map; see :func:`territory_opt.report.plots.plot_map`."""
        from territory_opt.report.plots import plot_map

        return plot_map(self)

    def plot_convergence(self) -> altair.Chart:
        """Draw how cost and bound met; see :func:`territory_opt.report.plots.plot_convergence`."""
        from territory_opt.report.plots import plot_convergence

        return plot_convergence(self)

    def plot_change(self, measure: str = "acv") -> altair.LayerChart:
        """Draw what every rep keeps, loses and gains; see :func:`territory_opt.report.plots.plot_change`."""
        from territory_opt.report.plots import plot_change

        return plot_change(self, measure)

    def record(self) -> dict[str, str | int | float | bool | None]:
        """One flat row for tables of experiments: instance, solver, time, objective, bound, gap, metrics.

        Returns
        -------
        dict
            Columns with stable names; see :func:`territory_opt.records.result_row`.
        """
        from territory_opt.records import result_row

        return result_row(self)

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
                helps = "territory_opt.diagnose(result) says what would help"
                raise NoAlignmentError(f"no alignment keeps every criterion: {why}; {helps}")
            from territory_opt.report.verdict import nothing_found

            headline, advice = nothing_found(self.termination.limit)
            told = f": {self.termination.detail}" if self.termination.detail else ""
            raise NoAlignmentError(f"{headline[:1].lower()}{headline[1:]}{told}; {advice[:1].lower()}{advice[1:]}")
        return self.found
