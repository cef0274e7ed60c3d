"""The fairness report when the forecast is wrong: a distribution in place of every number (D-FAIR-3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt._frozen import FrozenArrays
from territory_opt._typing import FloatArray
from territory_opt.errors import CriterionError
from territory_opt.fairness.checks import is_number
from territory_opt.fairness.grouping import Groups, rep_groups
from territory_opt.fairness.lookup import measure_row
from territory_opt.fairness.shown import Shown
from territory_opt.fairness.uncertainty_base import erring
from territory_opt.fairness.uncertainty_draws import draw_books
from territory_opt.fairness.uncertainty_drivers import Drivers, drivers_of
from territory_opt.fairness.uncertainty_groups import GroupRisk, group_risks
from territory_opt.fairness.uncertainty_measure import Driver, MeasureRisk, measure_risk
from territory_opt.fairness.uncertainty_model import ErrorModel, error_model

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.fairness.report import FairnessReport

__all__ = ["ForecastRisk", "forecast_risk"]

_NO_ERROR = ("account_units", "accounts", "visits", "travel_hours")
"""Measures that no forecast of money changes."""


@dataclass(frozen=True, slots=True, repr=False)
class ForecastRisk(Shown, FrozenArrays):
    """How fair the books may turn out when the forecast ACV is wrong.

    Attributes
    ----------
    measures : tuple of MeasureRisk
        The measures that ACV enters.
    rep_id, rep_name : tuple of str, length n_reps
        Whose books.
    by : str
        Column of the accounts whose groups share a part of the error.
    segments : tuple of str, length n_segments
        Those groups.
    sigma : ndarray of float, shape (n_segments,)
        Standard deviation of the logarithm of the error in every group.
    correlation : float
        Between the logarithms of two errors of one group.
    draws, seed : int
        Number of draws, and the seed that repeats them.
    level : float
        Share of the draws between the low and the high end of every interval.
    cv_target : float
        What the CV should stay under (D-CV-1).
    findings : tuple of str
        What stands out, in sentences.
    groups_by : str
        Column of the team whose groups are compared; empty for none.
    group_rows : tuple of GroupRisk
        One per group and measure.

    Notes
    -----
    D-FAIR-3. Errors are log-normal with mean 1: the forecast is right on average, and large errors are upward. They
    multiply named and white-space ACV alike; coverage friction, tiers, account units and travel stay as they are.
    """

    _display = "territory_opt.fairness.uncertainty_display"

    measures: tuple[MeasureRisk, ...]
    rep_id: tuple[str, ...]
    rep_name: tuple[str, ...]
    by: str
    segments: tuple[str, ...]
    sigma: FloatArray = field(compare=False)
    correlation: float
    draws: int
    seed: int
    level: float
    cv_target: float
    findings: tuple[str, ...] = ()
    groups_by: str = ""
    group_rows: tuple[GroupRisk, ...] = ()

    @property
    def measure_names(self) -> tuple[str, ...]:
        """Names of the measures, in the order of the table."""
        return tuple(row.measure for row in self.measures)

    def measure(self, name: str) -> MeasureRisk:
        """Look up one measure.

        Raises
        ------
        CriterionError
            If there is none of that name; the message lists those there are.
        """
        return measure_row(self.measures, name, "under forecast error")

    def to_frame(self) -> pd.DataFrame:
        """One row per measure.

        Returns
        -------
        pandas.DataFrame
            Columns measure, unit, cv (at the forecast), cv_low, cv_median, cv_high, p_cv_under_target, share_in_band,
            share_in_band_low, share_in_band_median, share_in_band_high, p_all_in_band, shared_share, n_undefined,
            undefined. What is undefined is missing (``pandas.NA``), with the reason in ``undefined``.
        """
        from territory_opt.fairness.uncertainty_tables import measures_frame

        return measures_frame(self)

    def intervals(self) -> pd.DataFrame:
        """One row per measure and statistic: columns measure, statistic, point, low, median, high."""
        from territory_opt.fairness.uncertainty_tables import intervals_frame

        return intervals_frame(self)

    def books(self) -> pd.DataFrame:
        """One row per measure and book.

        Returns
        -------
        pandas.DataFrame
            Columns measure, rep_id, rep_name, deviation (at the forecast), deviation_low, deviation_median,
            deviation_high, p_smallest, p_largest, p_outside (missing without a band).
        """
        from territory_opt.fairness.uncertainty_tables import books_frame

        return books_frame(self)

    def drivers(self) -> pd.DataFrame:
        """One row per measure and driver: columns measure, kind, name, rep_id, value, share."""
        from territory_opt.fairness.uncertainty_tables import drivers_frame

        return drivers_frame(self)

    def groups(self) -> pd.DataFrame:
        """One row per group of reps and measure, when groups were asked for.

        Returns
        -------
        pandas.DataFrame
            Columns group, measure, n_reps, ratio (a full rep of the group over one of the team, at the forecast),
            ratio_low, ratio_median, ratio_high, p_below, p_lowest, cv, cv_low, cv_high.
        """
        from territory_opt.fairness.uncertainty_tables import groups_frame

        return groups_frame(self)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the single draws as JSON-ready values: no NaN, no infinity; version 1 of its layout."""
        from territory_opt.fairness.uncertainty_tables import as_dict

        return as_dict(self)


def forecast_risk(
    report: FairnessReport,
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
    """Draw forecast errors and judge the books under each; see :meth:`FairnessReport.under_uncertainty`."""
    from dataclasses import replace

    from territory_opt.fairness.uncertainty_display import findings_of

    if not (is_number(level) and 0.0 < level < 1.0):
        raise CriterionError(f"level={level!r} is not a share of the draws: use a number between 0 and 1, such as 0.9")
    problem, alignment = report.problem, report.alignment
    names = _measure_names(report, measures)
    model = error_model(problem, sigma, correlation=correlation, by=by, draws=draws, seed=seed)
    grouped = None if groups is None else _rep_groups(report, groups)
    totals = {name: report.measure(name).totals for name in names}
    base, deducted = erring(problem, alignment, names, totals)
    drawn = draw_books(base, deducted, alignment.rep_index, report.capacity, model)
    rows: list[MeasureRisk] = []
    group_rows: list[GroupRisk] = []
    for m, name in enumerate(names):
        found = drivers_of(drawn, m, base[m], alignment.rep_index, report.capacity, model)
        rows.append(
            measure_risk(
                problem,
                report.measure(name),
                drawn.values[:, m],
                friction=float(deducted[m].sum() / report.capacity.sum()),
                level=float(level),
                cv_target=report.cv_target,
                shared_share=None if found is None else found.shared,
                drivers=() if found is None else _named(report, found, model, base[m]),
            )
        )
        if grouped is not None:
            group_rows += group_risks(
                report.measure(name), drawn.values[:, m], report.capacity, grouped, level=float(level)
            )
    risk = ForecastRisk(
        measures=tuple(rows),
        rep_id=report.rep_id,
        rep_name=report.rep_name,
        by=by,
        segments=model.segments,
        sigma=model.sigma,
        correlation=model.correlation,
        draws=model.draws,
        seed=model.seed,
        level=float(level),
        cv_target=report.cv_target,
        groups_by=groups or "",
        group_rows=tuple(group_rows),
    )
    return replace(risk, findings=findings_of(risk))


def _measure_names(report: FairnessReport, asked: Sequence[str] | None) -> tuple[str, ...]:
    """Measures to draw: those in money that the report shows, or those asked for."""
    if asked is None:
        in_money = tuple(row.measure for row in report.measures if row.unit == "money")
        if not in_money:
            have = ", ".join(name for name in report.measure_names if name not in _NO_ERROR) or "none"
            raise CriterionError(
                f"no measure of the report is in money: name in measures= those that the forecast drives, of: {have}"
            )
        return in_money
    if not isinstance(asked, Iterable):
        raise CriterionError(f"measures={asked!r} must be a list of measures, or be left out")
    given = (asked,) if isinstance(asked, str) else tuple(asked)
    names = tuple(dict.fromkeys(report.measure(name).measure for name in given))
    fixed = [name for name in names if name in _NO_ERROR]
    if fixed:
        raise CriterionError(f"no error of the forecast ACV changes {', '.join(fixed)}: leave it out of measures")
    if not names:
        raise CriterionError("measures is empty: name one, or leave it out")
    return names


def _rep_groups(report: FairnessReport, column: str) -> Groups:
    found = rep_groups(report.problem, column)
    if found is None:
        have = ", ".join(sorted(report.problem.team.columns)) or "no columns but the ids"
        raise CriterionError(f"groups={column!r} is no column of the team; it has: {have}")
    return found


def _named(report: FairnessReport, found: Drivers, model: ErrorModel, base: FloatArray) -> tuple[Driver, ...]:
    in_segment = np.bincount(model.segment_index, weights=base, minlength=len(model.segments)).tolist()
    segments = [
        Driver("segment", name, "", value, share)
        for name, value, share in zip(model.segments, in_segment, found.segment_shares, strict=True)
        if share > 0.0
    ]
    rep_index, ids = report.alignment.rep_index, report.problem.accounts.account_id
    accounts = [
        Driver("account", str(ids[i]), report.rep_id[rep_index[i]], float(base[i]), share)
        for i, share in zip(found.account_index, found.account_shares, strict=True)
    ]
    return (*sorted(segments, key=lambda driver: -driver.share), *accounts)
