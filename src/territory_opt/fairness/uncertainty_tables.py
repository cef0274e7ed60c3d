"""The forecast-risk report as data frames and as JSON-ready values."""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt.fairness.tables import frame_of, plain
from territory_opt.fairness.uncertainty_groups import GroupRisk

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.fairness.uncertainty import ForecastRisk

__all__ = ["as_dict", "books_frame", "drivers_frame", "groups_frame", "intervals_frame", "measures_frame"]

SCHEMA_VERSION = 1

_BOOK_COLUMNS = (
    "deviation",
    "deviation_low",
    "deviation_median",
    "deviation_high",
    "p_smallest",
    "p_largest",
    "p_outside",
)


def measures_frame(risk: ForecastRisk) -> pd.DataFrame:
    """One row per measure; see :meth:`ForecastRisk.to_frame`."""
    return frame_of([row.row() for row in risk.measures]).astype({"n_undefined": "Int64"})


def intervals_frame(risk: ForecastRisk) -> pd.DataFrame:
    """One row per measure and statistic; see :meth:`ForecastRisk.intervals`."""
    rows = [{"measure": row.measure, **asdict(one)} for row in risk.measures for one in row.intervals]
    return _frame(rows, ("measure", "statistic"))


def books_frame(risk: ForecastRisk) -> pd.DataFrame:
    """One row per measure and book; see :meth:`ForecastRisk.books`."""
    import pandas as pd

    k, m = len(risk.rep_id), len(risk.measures)
    columns: dict[str, Any] = {
        "measure": pd.Series(np.repeat(np.array(risk.measure_names, dtype=object), k), dtype=object),
        "rep_id": pd.Series(risk.rep_id * m, dtype=object),
        "rep_name": pd.Series(risk.rep_name * m, dtype=object),
    }
    for name in _BOOK_COLUMNS:
        values = np.concatenate([getattr(row, name) for row in risk.measures])
        columns[name] = pd.arrays.FloatingArray(np.nan_to_num(values, nan=0.0), np.isnan(values))
    return pd.DataFrame(columns)


def drivers_frame(risk: ForecastRisk) -> pd.DataFrame:
    """One row per measure and driver; see :meth:`ForecastRisk.drivers`."""
    import pandas as pd

    rows = [{"measure": row.measure, **asdict(driver)} for row in risk.measures for driver in row.drivers]
    if not rows:
        return pd.DataFrame(columns=["measure", "kind", "name", "rep_id", "value", "share"])
    return _frame(rows, ("measure", "kind", "name", "rep_id"))


def groups_frame(risk: ForecastRisk) -> pd.DataFrame:
    """One row per group and measure; see :meth:`ForecastRisk.groups`."""
    import pandas as pd

    if not risk.group_rows:
        return pd.DataFrame(columns=[spec.name for spec in fields(GroupRisk)])
    return _frame([asdict(row) for row in risk.group_rows], ("group", "measure")).astype({"n_reps": "Int64"})


def as_dict(risk: ForecastRisk) -> dict[str, Any]:
    """JSON-ready values; see :meth:`ForecastRisk.to_dict`."""
    measures = []
    for row in risk.measures:
        books = [
            {"rep_id": rep, "rep_name": risk.rep_name[j]}
            | {name: _known(float(getattr(row, name)[j])) for name in _BOOK_COLUMNS}
            for j, rep in enumerate(risk.rep_id)
        ]
        parts = {
            "intervals": [asdict(one) for one in row.intervals],
            "drivers": [asdict(driver) for driver in row.drivers],
            "books": books,
        }
        measures.append(row.row() | parts)
    value = {
        "schema": "territory-opt/forecast-risk",
        "schema_version": SCHEMA_VERSION,
        "by": risk.by,
        "sigma": dict(zip(risk.segments, risk.sigma.tolist(), strict=True)),
        "correlation": risk.correlation,
        "draws": risk.draws,
        "seed": risk.seed,
        "level": risk.level,
        "cv_target": risk.cv_target,
        "findings": list(risk.findings),
        "groups_by": risk.groups_by,
        "groups": [asdict(row) for row in risk.group_rows],
        "measures": measures,
    }
    result: dict[str, Any] = plain(value)
    return result


def _frame(rows: list[dict[str, Any]], texts: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=object if name in texts else "Float64") for name in rows[0]}
    )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
