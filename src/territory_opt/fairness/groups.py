"""The report broken down: groups of reps compared, or kinds of accounts spread over the books."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt import metrics
from territory_opt._typing import FloatArray
from territory_opt.errors import CriterionError
from territory_opt.fairness.grouping import Groups, account_groups, rep_groups
from territory_opt.fairness.measure import MeasureFairness, measure_fairness
from territory_opt.fairness.shown import Shown
from territory_opt.team import SERVED

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.fairness.report import FairnessReport

__all__ = ["GroupReport", "group_report"]


@dataclass(frozen=True, slots=True, repr=False)
class GroupReport(Shown):
    """Fairness by group.

    Attributes
    ----------
    column : str
        What was grouped by.
    of : str
        ``"reps"``: each row looks at the books of one group of reps. ``"accounts"``: each row looks at one kind of
        account, spread over all books.
    rows : tuple of dict
        One per group and measure: group, n_reps, n_accounts, measure, unit, total, share (of the team's total), mean,
        median, min, max (per full unit of capacity), ratio (mean over the team's mean), cv, gini, jain, max_min,
        share_in_band, undefined. None where undefined.
    """

    _display = "territory_opt.fairness.groups_display"

    column: str
    of: str
    rows: tuple[dict[str, Any], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The groups, in order."""
        return tuple(dict.fromkeys(row["group"] for row in self.rows))

    def to_frame(self) -> pd.DataFrame:
        """One row per group and measure; what is undefined is ``pandas.NA``, with the reason."""
        from territory_opt.fairness.tables import frame_of

        return frame_of([dict(row) for row in self.rows])

    def to_dict(self) -> dict[str, Any]:
        """Return the rows as JSON-ready values; version 1 of their layout."""
        from territory_opt.fairness.tables import plain

        value = {"schema": "territory-opt/fairness-groups", "schema_version": 1}
        result: dict[str, Any] = plain(value | {"column": self.column, "of": self.of, "rows": list(self.rows)})
        return result


def group_report(report: FairnessReport, column: str, *, of: str | None) -> GroupReport:
    """Break a report down; see :meth:`FairnessReport.by`."""
    if of not in (None, "reps", "accounts"):
        raise CriterionError(f"of={of!r} must be 'reps' or 'accounts'")
    problem = report.problem
    # An account has one region, a rep may serve several: where both are known, the accounts are meant.
    order = ("accounts", "reps") if column in SERVED else ("reps", "accounts")
    for table in order if of is None else (of,):
        if table == "reps":
            groups = rep_groups(problem, column)
            if groups is not None:
                return GroupReport(column, "reps", tuple(_by_reps(report, groups)))
        else:
            groups = account_groups(problem, column)
            if groups is not None:
                return GroupReport(column, "accounts", tuple(_by_accounts(report, groups)))
    where = {"reps": "the team has no", "accounts": "the accounts have no", None: "neither table has a"}[of]
    reps = sorted({*problem.team.columns, "capacity"} | ({"ramp"} if problem.team.has("tenure_years") else set()))
    accounts = ", ".join(sorted({*problem.accounts.columns, "tier", "bucket", "segment"}))
    raise CriterionError(f"{where} column {column!r}; team: {', '.join(reps)}; accounts: {accounts}")


def _by_reps(report: FairnessReport, groups: Groups) -> list[dict[str, Any]]:
    n_accounts = np.bincount(report.alignment.rep_index, minlength=len(report.rep_id))
    rows = []
    for g, name in enumerate(groups.names):
        member = groups.index == g
        for whole in report.measures:
            part = measure_fairness(
                whole.measure,
                whole.unit,
                whole.totals[member],
                report.capacity[member],
                band=whole.band,
                cv_target=report.cv_target,
            )
            capacity = float(report.capacity[member].sum())
            rows.append(_row(name, int(member.sum()), int(n_accounts[member].sum()), whole, part, capacity, report))
    return rows


def _by_accounts(report: FairnessReport, groups: Groups) -> list[dict[str, Any]]:
    problem, alignment = report.problem, report.alignment
    n_groups, n_reps = len(groups.names), len(report.rep_id)
    everyone = np.arange(problem.n_accounts)
    cell = groups.index * n_reps + alignment.rep_index
    counts = metrics.totals(cell, np.ones(cell.size), n_groups * n_reps).reshape(n_groups, n_reps)
    parts: dict[str, FloatArray] = {}
    for whole in report.measures:
        added = problem.contribution(whole.measure, everyone, alignment.rep_index, alignment.home_index)
        parts[whole.measure] = metrics.totals(cell, added, n_groups * n_reps).reshape(n_groups, n_reps)
    rows = []
    for g, name in enumerate(groups.names):
        holders, n_accounts = int((counts[g] > 0).sum()), int(counts[g].sum())
        for whole in report.measures:
            part = measure_fairness(
                whole.measure,
                whole.unit,
                parts[whole.measure][g],
                report.capacity,
                # A band says where a whole book should be, not its share of one kind of account.
                band=None,
                cv_target=report.cv_target,
            )
            rows.append(_row(name, holders, n_accounts, whole, part, float(report.capacity.sum()), report))
    return rows


def _row(
    group: str,
    n_reps: int,
    n_accounts: int,
    whole: MeasureFairness,
    part: MeasureFairness,
    capacity: float,
    report: FairnessReport,
) -> dict[str, Any]:
    total, team_total = float(part.totals.sum()), float(whole.totals.sum())
    team_mean = team_total / float(report.capacity.sum())
    return {
        "group": group,
        "n_reps": n_reps,
        "n_accounts": n_accounts,
        "measure": part.measure,
        "unit": part.unit,
        "total": total,
        "share": total / team_total if team_total > 0.0 else None,
        "mean": part.mean,
        "median": part.median,
        "min": part.min,
        "max": part.max,
        "ratio": total / capacity / team_mean if team_mean > 0.0 else None,
        "cv": part.cv,
        "gini": part.gini,
        "jain": part.jain,
        "max_min": part.max_min,
        "share_in_band": part.share_in_band,
        "undefined": part.undefined,
    }
