"""One measure under every draw: how its CV and its band fare, and which book is how likely to stand out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt._frozen import FrozenArrays
from territory_opt._typing import BoolArray, FloatArray, read_only
from territory_opt.errors import CriterionError
from territory_opt.fairness.bands import balance_for, judged_draws
from territory_opt.fairness.measure import DISPERSION, MeasureFairness
from territory_opt.fairness.uncertainty_draws import parts

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["STATISTICS", "TIE", "Driver", "Interval", "MeasureRisk", "measure_risk"]

STATISTICS = (*DISPERSION, "share_in_band")

TIE = 1e-6
"""Share by which tied books may differ: the compiled draws add up in single precision."""


@dataclass(frozen=True, slots=True)
class Interval:
    """One number of the fairness table under forecast error.

    Attributes
    ----------
    statistic : str
        cv, gini, jain, theil, atkinson, max_min or share_in_band.
    point : float or None
        At the forecast itself; None where undefined.
    low, median, high : float or None
        Quantiles over the draws in which it is defined; None where it never is.
    """

    statistic: str
    point: float | None
    low: float | None
    median: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Driver:
    """A source of error and how much of the spread of the CV involves it.

    Attributes
    ----------
    kind : {"segment", "account"}
        The error that all accounts of a segment share, or the own error of one account.
    name : str
        Segment, or account id.
    rep_id : str
        Whose book the account is in; empty for a segment.
    value : float
        What it adds to the measure at the forecast.
    share : float
        Total-effect share of the variance of the CV, 0 to 1; shares add up to 1 or more.
    """

    kind: str
    name: str
    rep_id: str
    value: float
    share: float


@dataclass(frozen=True, slots=True, repr=False)
class MeasureRisk(FrozenArrays):
    """One measure under forecast error.

    Attributes
    ----------
    measure, unit : str
        Name and unit.
    intervals : tuple of Interval
        Of cv, gini, jain, theil, atkinson, max_min and share_in_band; see :meth:`interval`.
    p_cv_under_target : float or None
        Share of the draws whose CV is under the target (D-CV-1); a draw without a CV is not. None when no draw has one.
    p_all_in_band : float or None
        Share of the draws in which every book is inside its band; None without a band.
    n_undefined : int
        Draws in which the CV has no value: the books total zero or less.
    undefined : str
        Why something has no value at all; empty when everything has.
    shared_share : float or None
        Share of the variance of the CV that involves the errors which segments share; the rest is the accounts' own.
        None when the CV does not vary.
    drivers : tuple of Driver
        Segments first, then the ten accounts that matter most; largest first.
    cv : ndarray of float, shape (n_draws,)
        CV under every draw; NaN in the ``n_undefined`` draws that have none.
    share_in_band : ndarray of float, shape (n_draws,)
        Share of the books inside their band; NaN without a band.
    p_smallest, p_largest : ndarray of float, shape (n_reps,)
        Probability of every book to be the smallest, the largest; books that tie share it.
    p_outside : ndarray of float, shape (n_reps,)
        Probability of being outside the band; NaN without a band.
    deviation, deviation_low, deviation_median, deviation_high : ndarray of float, shape (n_reps,)
        (value - reference) / reference at the forecast, and its quantiles over the draws; zero where the reference is
        not positive.

    Notes
    -----
    A band around a mean or a median moves with the books, draw by draw; an absolute band stays.
    """

    measure: str
    unit: str
    intervals: tuple[Interval, ...]
    p_cv_under_target: float | None
    p_all_in_band: float | None
    n_undefined: int
    undefined: str
    shared_share: float | None
    drivers: tuple[Driver, ...]
    cv: FloatArray = field(repr=False, compare=False)
    share_in_band: FloatArray = field(repr=False, compare=False)
    p_smallest: FloatArray = field(repr=False, compare=False)
    p_largest: FloatArray = field(repr=False, compare=False)
    p_outside: FloatArray = field(repr=False, compare=False)
    deviation: FloatArray = field(repr=False, compare=False)
    deviation_low: FloatArray = field(repr=False, compare=False)
    deviation_median: FloatArray = field(repr=False, compare=False)
    deviation_high: FloatArray = field(repr=False, compare=False)

    def interval(self, statistic: str) -> Interval:
        """Look up one statistic.

        Raises
        ------
        CriterionError
            If there is none of that name; the message lists those there are.
        """
        for found in self.intervals:
            if found.statistic == statistic:
                return found
        raise CriterionError(f"no statistic {statistic!r}; there are: {', '.join(STATISTICS)}")

    def __repr__(self) -> str:
        cv = self.interval("cv")
        return f"MeasureRisk({self.measure}: cv {cv.point}, {cv.low} to {cv.high})"

    def row(self) -> dict[str, Any]:
        """Return the row of the table of measures."""
        cv, share = self.interval("cv"), self.interval("share_in_band")
        return {
            "measure": self.measure,
            "unit": self.unit,
            "cv": cv.point,
            "cv_low": cv.low,
            "cv_median": cv.median,
            "cv_high": cv.high,
            "p_cv_under_target": self.p_cv_under_target,
            "share_in_band": share.point,
            "share_in_band_low": share.low,
            "share_in_band_median": share.median,
            "share_in_band_high": share.high,
            "p_all_in_band": self.p_all_in_band,
            "shared_share": self.shared_share,
            "n_undefined": self.n_undefined,
            "undefined": self.undefined,
        }


def measure_risk(
    problem: Problem,
    point: MeasureFairness,
    values: FloatArray,
    *,
    friction: float,
    level: float,
    cv_target: float,
    shared_share: float | None,
    drivers: tuple[Driver, ...],
) -> MeasureRisk:
    """Judge one measure.

    Parameters
    ----------
    problem : Problem
        Its criteria and policy set the band.
    point : MeasureFairness
        The measure at the forecast.
    values : ndarray of float, shape (n_reps, n_draws)
        Books per full unit of capacity.
    friction : float
        The team's coverage friction over its capacity: what no error multiplies.
    level : float
        Share of the draws between the low and the high quantile.
    cv_target : float
        Of the CV (D-CV-1).
    shared_share, drivers
        See :class:`MeasureRisk`.
    """
    n_reps, n_draws = values.shape
    ends = (0.5 - 0.5 * level, 0.5, 0.5 + 0.5 * level)
    found = {name: np.full(n_draws, np.nan) for name in STATISTICS}
    reference = np.empty(n_draws)
    n_outside, smallest, largest = np.zeros(n_reps), np.zeros(n_reps), np.zeros(n_reps)
    judged_by = balance_for(problem, point.measure)
    n_all = 0
    for some in parts(n_draws, n_reps):
        by_draw = np.ascontiguousarray(values[:, some].T)
        for name, function in DISPERSION.items():
            found[name][some] = function(by_draw)
        # Equal books of different accounts differ by the rounding of their sums.
        least, most = by_draw.min(axis=1, keepdims=True), by_draw.max(axis=1, keepdims=True)
        room = TIE * np.maximum(np.abs(least), np.abs(most))
        smallest += _chance(by_draw <= least + room)
        largest += _chance(by_draw >= most - room)
        if judged_by is None:
            reference[some] = by_draw.mean(axis=1)
        else:
            reference[some], inside = judged_draws(judged_by[0], by_draw, problem.team.capacity, friction)
            found["share_in_band"][some] = inside.mean(axis=1)
            n_outside += (~inside).sum(axis=0)
            n_all += int(inside.all(axis=1).sum())
    undrawn = np.isnan(found["cv"])
    n_undefined = int(undrawn.sum())
    positive = reference > 0.0
    divisor = np.where(positive, reference, 1.0)
    away = np.empty((3, n_reps))
    for some in parts(n_reps, n_draws):
        relative = np.where(positive, (values[some] - reference) / divisor, 0.0)
        away[:, some] = np.quantile(relative, ends, axis=1, overwrite_input=True)
    return MeasureRisk(
        measure=point.measure,
        unit=point.unit,
        intervals=tuple(_interval(name, getattr(point, name), found[name], ends) for name in STATISTICS),
        p_cv_under_target=None if undrawn.all() else float((found["cv"] < cv_target).mean()),
        p_all_in_band=None if judged_by is None else n_all / n_draws,
        n_undefined=n_undefined,
        undefined=_why(point.undefined, n_undefined, n_draws),
        shared_share=shared_share,
        drivers=drivers,
        cv=read_only(found["cv"]),
        share_in_band=read_only(found["share_in_band"]),
        p_smallest=read_only(smallest / n_draws),
        p_largest=read_only(largest / n_draws),
        p_outside=read_only(n_outside / n_draws if judged_by is not None else np.full(n_reps, np.nan)),
        deviation=point.deviation,
        deviation_low=read_only(away[0]),
        deviation_median=read_only(away[1]),
        deviation_high=read_only(away[2]),
    )


def _interval(statistic: str, point: float | None, drawn: FloatArray, ends: tuple[float, float, float]) -> Interval:
    known = drawn[~np.isnan(drawn)]
    if not known.size:
        return Interval(statistic, point, None, None, None)
    low, median, high = np.quantile(known, ends).tolist()
    return Interval(statistic, point, low, median, high)


def _chance(extreme: BoolArray) -> FloatArray:
    """Draws in which a book is the extreme one; books that tie share the draw."""
    chance: FloatArray = (extreme / extreme.sum(axis=1, keepdims=True)).sum(axis=0)
    return chance


def _why(undefined: str, n_undefined: int, n_draws: int) -> str:
    if n_undefined == n_draws:
        return undefined or "the books total zero or less in every draw"
    if n_undefined:
        return f"the books total zero or less in {n_undefined:,} of {n_draws:,} draws"
    return undefined
