"""Groups of reps under forecast error: does the error fall on one role, manager or tenure more than on another?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt import metrics
from territory_opt._typing import FloatArray
from territory_opt.fairness.grouping import Groups
from territory_opt.fairness.measure import MeasureFairness
from territory_opt.fairness.uncertainty_measure import TIE

__all__ = ["GroupRisk", "group_risks"]


@dataclass(frozen=True, slots=True)
class GroupRisk:
    """One group of reps and one measure under forecast error.

    Attributes
    ----------
    group, measure : str
        Which.
    n_reps : int
        Reps of the group.
    ratio, ratio_low, ratio_median, ratio_high : float or None
        What a full rep of the group holds over what a full rep of the team holds: at the forecast, and its quantiles
        over the draws; None where the team's total is never positive.
    p_below : float or None
        Share of the draws in which the group is below the team.
    p_lowest : float or None
        Share of the draws in which no group is lower; groups that tie share the draw.
    cv, cv_low, cv_high : float or None
        CV across the books of the group: at the forecast, and its range over the draws; None where undefined.
    """

    group: str
    measure: str
    n_reps: int
    ratio: float | None
    ratio_low: float | None
    ratio_median: float | None
    ratio_high: float | None
    p_below: float | None
    p_lowest: float | None
    cv: float | None
    cv_low: float | None
    cv_high: float | None


def group_risks(
    point: MeasureFairness, values: FloatArray, capacity: FloatArray, groups: Groups, *, level: float
) -> tuple[GroupRisk, ...]:
    """Compare the groups of one measure.

    Parameters
    ----------
    point : MeasureFairness
        The measure at the forecast.
    values : ndarray of float, shape (n_reps, n_draws)
        Books per full unit of capacity.
    capacity : ndarray of float, shape (n_reps,)
        Capacity shares.
    groups : Groups
        Group of every rep.
    level : float
        Share of the draws between the low and the high quantile.

    Returns
    -------
    tuple of GroupRisk
        One per group, in their order.
    """
    n_groups = len(groups.names)
    weight = np.zeros((n_groups, capacity.size))
    weight[groups.index, np.arange(capacity.size)] = capacity
    share = weight / weight.sum(axis=1, keepdims=True)
    team = capacity / capacity.sum()
    ends = (0.5 - 0.5 * level, 0.5, 0.5 + 0.5 * level)
    of_team = team @ values
    defined = of_team > 0.0
    ratio = (share @ values)[:, defined] / of_team[defined]
    at_forecast = float(team @ point.values)
    lowest = ratio <= ratio.min(axis=0) + TIE if ratio.size else ratio
    found = []
    for g, name in enumerate(groups.names):
        member = groups.index == g
        low, middle, high = _quantiles(ratio[g], ends)
        cv = metrics.cv(np.ascontiguousarray(values[member].T))
        cv_low, _, cv_high = _quantiles(cv[~np.isnan(cv)], ends)
        cv_point = float(metrics.cv(point.values[member]))
        found.append(
            GroupRisk(
                group=name,
                measure=point.measure,
                n_reps=int(member.sum()),
                ratio=float(share[g] @ point.values) / at_forecast if at_forecast > 0.0 else None,
                ratio_low=low,
                ratio_median=middle,
                ratio_high=high,
                p_below=float((ratio[g] < 1.0 - TIE).mean()) if ratio.size else None,
                p_lowest=float((lowest[g] / lowest.sum(axis=0)).mean()) if ratio.size else None,
                cv=None if np.isnan(cv_point) else cv_point,
                cv_low=cv_low,
                cv_high=cv_high,
            )
        )
    return tuple(found)


def _quantiles(drawn: FloatArray, ends: tuple[float, float, float]) -> tuple[float | None, float | None, float | None]:
    if not drawn.size:
        return None, None, None
    low, middle, high = np.quantile(drawn, ends).tolist()
    return low, middle, high
