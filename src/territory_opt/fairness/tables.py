"""The report as data frames and as JSON-ready values."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.fairness.report import FairnessReport

__all__ = ["books_frame", "frame_of", "measures_frame", "plain", "report_dict"]

SCHEMA_VERSION = 1

_TEXT = ("measure", "unit", "undefined", "group")
_WHOLE = ("n_outside", "n_reps", "n_accounts")
_TRUTH = ("cv_target_met",)


def measures_frame(report: FairnessReport) -> pd.DataFrame:
    """One row per measure; see :meth:`FairnessReport.to_frame`."""
    return frame_of([row.row() for row in report.measures])


def frame_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a frame whose missing values are ``pandas.NA``: a measure that is undefined is not NaN.

    Parameters
    ----------
    rows : list of dict
        At least one; the same keys in each.
    """
    import pandas as pd

    columns = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        kind = "Int64" if name in _WHOLE else "boolean" if name in _TRUTH else "Float64"
        columns[name] = pd.Series(values, dtype=object if name in _TEXT else kind)
    return pd.DataFrame(columns)


def books_frame(report: FairnessReport) -> pd.DataFrame:
    """One row per book; see :meth:`FairnessReport.books`."""
    import pandas as pd

    columns: dict[str, Any] = {
        "rep_id": pd.Series(report.rep_id, dtype=object),
        "rep_name": pd.Series(report.rep_name, dtype=object),
        "capacity": np.array(report.capacity),
    }
    for row in report.measures:
        columns[row.measure] = np.array(row.totals)
        columns[f"{row.measure}_deviation"] = np.array(row.deviation)
        if row.band is not None:
            columns[f"{row.measure}_in_band"] = np.array(row.inside)
    if report.mix is not None:
        columns["named_share"] = pd.array(list(report.mix.books), dtype="Float64")
    if report.travel is not None:
        columns["travel_share"] = np.array(report.travel.share)
    return pd.DataFrame(columns)


def report_dict(report: FairnessReport) -> dict[str, Any]:
    """JSON-ready values; see :meth:`FairnessReport.to_dict`."""
    books = []
    for j, rep in enumerate(report.rep_id):
        book: dict[str, Any] = {"rep_id": rep, "rep_name": report.rep_name[j], "capacity": report.capacity[j]}
        book["measures"] = {
            row.measure: {"total": row.totals[j], "deviation": row.deviation[j], "in_band": row.inside[j]}
            for row in report.measures
        }
        book["tier_shares"] = list(report.tiers.books[j])
        if report.mix is not None:
            book["named_share"] = report.mix.books[j]
        if report.travel is not None:
            book["travel_share"] = report.travel.share[j]
            book["driving_hours_month"] = report.travel.month[j]
        books.append(book)
    travel = report.travel
    value = {
        "schema": "territory-opt/fairness",
        "schema_version": SCHEMA_VERSION,
        "cv_target": report.cv_target,
        "measures": [row.row() | {"band": None if row.band is None else asdict(row.band)} for row in report.measures],
        "outside": [asdict(book) for book in report.outside],
        "apart": [asdict(pair) for pair in report.apart],
        "n_apart": report.n_apart,
        "apart_from": report.apart_from,
        "named_mix": None if report.mix is None else {"target": report.mix.target, "team": report.mix.team},
        "tiers": {
            "expected": report.tiers.expected,
            "team": report.tiers.team,
            "unexpected": report.tiers.unexpected,
        },
        "overloads": [asdict(book) for book in report.overloads],
        "travel": None
        if travel is None
        else {
            "share_limit": travel.share_limit,
            "month_limit": travel.month_limit,
            "team_share": travel.team_share,
            "n_over_share": int(travel.over_share.sum()),
            "n_red_flags": int(travel.red_flag.sum()),
        },
        "quota_attainment": None if report.attainment is None else asdict(report.attainment),
        "change": None if report.change is None else asdict(report.change),
        "white_space": None
        if report.white_space is None
        else {
            "n_prospects": report.white_space.n_prospects,
            "n_high_fit": report.white_space.n_high_fit,
            "n_untouched": report.white_space.account_index.size,
            "contacted_share": report.white_space.contacted_share,
            "on_target": report.white_space.on_target,
        },
        "advice": list(report.advice),
        "books": books,
    }
    result: dict[str, Any] = plain(value)
    return result


def plain(value: Any) -> Any:
    """Turn tuples and NumPy scalars into what JSON knows; an infinite end of a band becomes None.

    Examples
    --------
    >>> plain({"a": (np.float64(1.5), np.bool_(True), math.inf)})
    {'a': [1.5, True, None]}
    """
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value
