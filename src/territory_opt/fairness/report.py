"""The fairness report of an alignment: every measure, every rule, every book that stands out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt import metrics
from territory_opt._frozen import FrozenArrays
from territory_opt._typing import FloatArray
from territory_opt.criteria.base import canonical_measure
from territory_opt.evaluation import Evaluation, evaluate
from territory_opt.fairness.advice import advice_for
from territory_opt.fairness.attainment import QuotaAttainment, quota_attainment
from territory_opt.fairness.bands import band_for
from territory_opt.fairness.books import BooksApart, OutsideBook, books_apart, outside_books
from territory_opt.fairness.change import Change, change_from_today
from territory_opt.fairness.lookup import measure_row
from territory_opt.fairness.measure import MeasureFairness, measure_fairness
from territory_opt.fairness.mix import NamedMix, TierMix, named_mix, tier_mix
from territory_opt.fairness.prospects import prospects_of
from territory_opt.fairness.shown import Shown
from territory_opt.fairness.travel import TravelFairness, travel_fairness
from territory_opt.fairness.units import UnitOverload, unit_overloads
from territory_opt.fairness.wording import clean
from territory_opt.scoring.white_space import WhiteSpace

if TYPE_CHECKING:
    import altair
    import pandas as pd

    from territory_opt.alignment import Alignment
    from territory_opt.fairness.groups import GroupReport
    from territory_opt.fairness.uncertainty import ForecastRisk
    from territory_opt.problem import Problem

__all__ = ["FairnessReport", "fairness", "rep_names"]

_ALWAYS = ("load", "tam", "account_units", "accounts", "travel_hours", "named_acv", "white_space_acv")


@dataclass(frozen=True, slots=True, repr=False)
class FairnessReport(Shown, FrozenArrays):
    """How fair the books of an alignment are.

    Attributes
    ----------
    measures : tuple of MeasureFairness
        One per activity measure.
    rep_id, rep_name : tuple of str, length n_reps
        Whose books.
    capacity : ndarray of float, shape (n_reps,)
        Capacity share of each rep.
    cv_target : float
        What the CV should stay under (D-CV-1).
    outside : tuple of OutsideBook
        Books outside a band, by measure, furthest first (D-LOAD-2, D-TAM-1, D-UNITS-1).
    apart : tuple of BooksApart
        The widest pairs of books by load (D-LOAD-2), ten at most.
    n_apart, apart_from : int, float
        How many pairs are that far apart, and the relative distance that counts as apart.
    mix : NamedMix or None
        Named against white space (D-LOAD-3).
    tiers : TierMix
        A, B and C accounts (D-TIER-1).
    overloads : tuple of UnitOverload
        Books over their account units, with the C accounts to shift (D-UNITS-1).
    travel : TravelFairness or None
        Travel of every book (D-TRAVEL-1); None without coordinates.
    change : Change or None
        Accounts that change owner; None when nobody owns anything today.
    white_space : WhiteSpace or None
        Prospects that nobody talks to (D-WHITE-1); None without activity or fit.
    attainment : QuotaAttainment or None
        What books bring against quotas (D-CV-1), or why nothing can be said; None for a problem of bare arrays.
    advice : tuple of str
        What stands out, in sentences.
    problem, alignment : Problem, Alignment
        What was judged.

    Notes
    -----
    Everything is per full unit of capacity: a book of 80 for a rep at 0.8 counts as 100. A measure of dispersion that
    is undefined (a total that is not positive, an empty book) is None with the reason, never NaN.
    """

    _display = "territory_opt.fairness.display"

    measures: tuple[MeasureFairness, ...]
    rep_id: tuple[str, ...]
    rep_name: tuple[str, ...]
    capacity: FloatArray = field(repr=False, compare=False)
    cv_target: float
    outside: tuple[OutsideBook, ...]
    apart: tuple[BooksApart, ...]
    n_apart: int
    apart_from: float
    mix: NamedMix | None
    tiers: TierMix
    overloads: tuple[UnitOverload, ...]
    travel: TravelFairness | None
    change: Change | None
    problem: Problem = field(repr=False, compare=False)
    alignment: Alignment = field(repr=False, compare=False)
    white_space: WhiteSpace | None = field(default=None, repr=False, compare=False)
    attainment: QuotaAttainment | None = None
    advice: tuple[str, ...] = ()

    @property
    def main(self) -> MeasureFairness:
        """The measure that books are shown by: load, or the first of a problem made of arrays."""
        return next((row for row in self.measures if row.measure == "load"), self.measures[0])

    @property
    def measure_names(self) -> tuple[str, ...]:
        """Names of the measures, in the order of the table."""
        return tuple(row.measure for row in self.measures)

    def measure(self, name: str) -> MeasureFairness:
        """Look up one measure.

        Raises
        ------
        CriterionError
            If there is none of that name; the message lists those there are.
        """
        return measure_row(self.measures, name, "in the report")

    def to_frame(self) -> pd.DataFrame:
        """One row per measure.

        Returns
        -------
        pandas.DataFrame
            Columns measure, unit, mean, median, min, max, cv, gini, jain, theil, atkinson, max_min, band_low,
            band_high, share_in_band, n_outside, cv_target_met, undefined. What is undefined is missing
            (``pandas.NA``), with the reason in ``undefined``.
        """
        from territory_opt.fairness.tables import measures_frame

        return measures_frame(self)

    def books(self) -> pd.DataFrame:
        """One row per book: who, capacity, and per measure the total, the deviation and whether it is in the band.

        Returns
        -------
        pandas.DataFrame
            Columns rep_id, rep_name, capacity, then ``<measure>``, ``<measure>_deviation``, ``<measure>_in_band``
            (the last only with a band), named_share, and travel_share when travel is known.
        """
        from territory_opt.fairness.tables import books_frame

        return books_frame(self)

    def by(self, column: str, *, of: str | None = None) -> GroupReport:
        """Break the report down by a column of the team or of the accounts.

        Parameters
        ----------
        column : str
            ``"role"``, ``"manager"``, ``"tenure"``, ``"ramp"`` ... compare groups of reps; ``"segment"``, ``"region"``,
            ``"vertical"``, ``"tier"`` ... ask how evenly each kind of account is spread over the books.
        of : {"reps", "accounts"}, optional
            Which table, when both have the column; default the team, but the accounts for what reps serve (region ...).

        Returns
        -------
        GroupReport
            One row per group and measure; ``.to_frame()``.

        Raises
        ------
        CriterionError
            Neither table has the column, or it has too many different values to compare.
        """
        from territory_opt.fairness.groups import group_report

        return group_report(self, column, of=of)

    def under_uncertainty(
        self,
        sigma: float | Mapping[str, float] = 0.3,
        draws: int = 1000,
        seed: int = 1,
        *,
        correlation: float = 0.3,
        by: str = "segment",
        measures: Sequence[str] | None = None,
        level: float = 0.9,
        groups: str | None = None,
    ) -> ForecastRisk:
        """Judge the same books when the forecast ACV is wrong.

        Parameters
        ----------
        sigma : float or mapping of str to float, default 0.3
            Standard deviation of the logarithm of the error: 0.3 is about 30 %. One number, or one per segment.
        draws : int, default 1000
            How often errors are drawn.
        seed : int, default 1
            The same seed draws the same errors whatever the alignment: plans can be compared draw by draw.
        correlation : float, default 0.3
            Between the logarithms of the errors of two accounts of one segment; segments err independently.
        by : str, default "segment"
            Column of the accounts whose groups share a part of the error: ``"segment"``, ``"vertical"``,
            ``"region"`` ...
        measures : sequence of str, optional
            Measures that the error multiplies; default those in money. Name your own, if the forecast drives it too.
        level : float, default 0.9
            Share of the draws between the two ends of every interval.
        groups : str, optional
            Column of the team whose groups are compared in every draw: ``"role"``, ``"tenure"``, ``"manager"`` ...

        Returns
        -------
        ForecastRisk
            Distribution of the CV and of the share in band, chances of every book, and what drives the spread.

        Raises
        ------
        CriterionError
            A parameter is impossible, or a name is unknown.

        Notes
        -----
        D-FAIR-3. Errors are exp(sigma (sqrt(r) Z_segment + sqrt(1 - r) Z_account) - sigma**2 / 2), Z standard normal,
        r the correlation: of mean 1. Load is gross load times error, minus coverage friction. The fairness table itself
        has no intervals: its books are the whole team, not a sample.

        Examples
        --------
        >>> import territory_opt as topt
        >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b", "c", "d"], "acv": [9e4, 7e4, 2e4, 8e4]})
        >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
        >>> report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1, 1, 1]))
        >>> risk = report.under_uncertainty(sigma=0.3, draws=1000, seed=1)
        >>> float(risk.measure("load").p_smallest.sum())
        1.0
        """
        from territory_opt.fairness.uncertainty import forecast_risk

        return forecast_risk(
            self, sigma, draws, seed, correlation=correlation, by=by, measures=measures, level=level, groups=groups
        )

    def plot_balance(self, measure: str = "load") -> altair.LayerChart:
        """Draw every book against its band; see :func:`territory_opt.fairness.plots.plot_balance`."""
        from territory_opt.fairness.plots import plot_balance

        return plot_balance(self, measure)

    def plot_lorenz(self, measure: str = "load") -> altair.LayerChart:
        """Draw the Lorenz curve of a measure; see :func:`territory_opt.fairness.plots.plot_lorenz`."""
        from territory_opt.fairness.plots import plot_lorenz

        return plot_lorenz(self, measure)

    def to_dict(self) -> dict[str, Any]:
        """Return the whole report as JSON-ready values: no NaN, no infinity; version 1 of its layout."""
        from territory_opt.fairness.tables import report_dict

        return report_dict(self)


def fairness(
    problem: Problem, alignment: Alignment, *, apart: float | None = None, evaluation: Evaluation | None = None
) -> FairnessReport:
    """Judge how fair the books of an alignment are.

    Parameters
    ----------
    problem : Problem
        Gives tables, criteria and policy.
    alignment : Alignment
        Any alignment of the same tables: a plan, or today's.
    apart : float, optional
        Relative distance from which two books are called out by name (D-LOAD-2); default ``policy.books_apart``, 0.5.
    evaluation : Evaluation, optional
        The evaluation of the same alignment, when it is at hand.

    Returns
    -------
    FairnessReport
        The report; ``print`` it, or look at it in a notebook.

    Raises
    ------
    CriterionError
        ``apart`` is not a positive number.

    Notes
    -----
    D-CV-1, D-LOAD-2, D-LOAD-3, D-TAM-1, D-UNITS-1, D-TIER-1, D-TRAVEL-1, D-WHITE-1, D-SEG-3. Bands are those of the
    problem's criteria, else those of the rules; books over their account units are always those of D-UNITS-1.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b", "c"], "acv": [9e4, 7e4, 2e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1, 1]))
    >>> report.measure("tam").cv
    0.0
    """
    from dataclasses import replace

    books = (evaluation if evaluation is not None else evaluate(problem, alignment)).books
    rep_id = tuple(str(rep) for rep in problem.team.rep_id)
    rep_name = rep_names(problem)
    policy = problem.policy
    apart = policy.books_apart if apart is None else apart
    rows = [_row(problem, name, books[name]) for name in _shown(problem)]
    load = _row(problem, "load", books["load"])
    judged = any(row.measure == "load" for row in rows)
    report = FairnessReport(
        measures=tuple(rows),
        rep_id=rep_id,
        rep_name=rep_name,
        capacity=problem.team.capacity,
        cv_target=policy.cv_target,
        outside=tuple(book for row in rows for book in outside_books(row, rep_id, rep_name)),
        apart=books_apart(load, rep_id, rep_name, apart=apart) if judged else (),
        n_apart=metrics.n_pairs_apart(load.values, apart=apart) if judged else 0,
        apart_from=apart,
        mix=None if problem.arrays_only else named_mix(books, policy.named_mix),
        tiers=tier_mix(problem, alignment.rep_index),
        overloads=unit_overloads(problem, alignment, books["account_units"], rep_name)
        if not problem.arrays_only
        else (),
        travel=_travel(problem, books["travel_hours"]) if problem.has_travel else None,
        change=change_from_today(problem, alignment.rep_index),
        problem=problem,
        alignment=alignment,
        white_space=prospects_of(problem),
        attainment=None if problem.arrays_only else quota_attainment(problem, books, rep_name),
    )
    return replace(report, advice=advice_for(report))


def rep_names(problem: Problem) -> tuple[str, ...]:
    """Names to show: the name column, with the id where a name is missing or not unique.

    Parameters
    ----------
    problem : Problem
        Its team.

    Returns
    -------
    tuple of str, length n_reps
        One line each, safe to print.
    """
    ids = [clean(str(rep)) for rep in problem.team.rep_id]
    if not problem.team.has("name"):
        return tuple(ids)
    names = [clean(str(name)) for name in problem.team.name]
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
    pairs = zip(names, ids, strict=True)
    return tuple(rep if not name else name if seen[name] == 1 else f"{name} ({rep})" for name, rep in pairs)


def _row(problem: Problem, name: str, totals: FloatArray) -> MeasureFairness:
    totals = np.asarray(totals, dtype=np.float64)
    unit, band = problem.measure(name).unit, band_for(problem, name, totals)
    return measure_fairness(name, unit, totals, problem.team.capacity, band=band, cv_target=problem.policy.cv_target)


def _shown(problem: Problem) -> list[str]:
    """Measures of the report: the usual ones, the user's own, and any other that a criterion balances."""
    if problem.arrays_only:  # What was not given is no finding.
        return list(dict.fromkeys([*map(canonical_measure, problem.own_measures), "accounts"]))
    balanced = {str(getattr(criterion, "measure", "")) for criterion in problem.criteria}
    wanted = set(_ALWAYS) | set(problem.accounts.measures) | ((balanced | set(problem.own_measures)) - {"acv"})
    if not problem.has_travel:
        wanted -= {"travel_hours"}
    first = [name for name in _ALWAYS if name in wanted and name in problem.measures]
    return first + [name for name in problem.measures if name in wanted and name not in first]


def _travel(problem: Problem, hours: FloatArray) -> TravelFairness:
    policy = problem.policy
    return travel_fairness(
        hours,
        problem.selling_hours,
        share_limit=policy.travel_share,
        month_limit=policy.red_flag_driving_hours_month,
    )
