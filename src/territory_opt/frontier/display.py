"""A frontier as text, as HTML, as a frame and as a chart."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

from territory_opt.errors import SolverUnavailableError
from territory_opt.fairness.display import html_table, text_table
from territory_opt.fairness.wording import amount, clean, count, percent

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.frontier.points import Frontier, FrontierPoint

__all__ = ["axis_title", "frontier_chart", "frontier_frame", "frontier_html", "frontier_text"]


def frontier_frame(found: Frontier) -> pd.DataFrame:
    """One row per level; see :meth:`Frontier.to_frame`."""
    import pandas as pd

    rows = []
    for point in found.points:
        row: dict[str, Any] = {name: point.values.get(name, math.nan) for name in found.criteria}
        row |= {f"limit {name}": level for name, level in point.levels.items()}
        row |= {"bound": point.bound, "gap": point.gap, "status": point.status}
        rows.append(row | {"n_moved": _moved(point), "seconds": point.result.seconds})
    return pd.DataFrame(rows).astype({"n_moved": "Int64"})


def frontier_text(found: Frontier) -> str:
    """The kept points, and what became of the others."""
    return "\n".join([_title(found), "", *text_table(*_table(found)), "", *_foot(found)])


def frontier_html(found: Frontier) -> str:
    """The same as HTML without scripts; every name is escaped."""
    head, rows = _table(found)
    foot = "".join(f"<p>{escape(line)}</p>" for line in _foot(found))
    return f'<div class="topt-f">{html_table(head, rows, _title(found))}{foot}</div>'


def frontier_chart(found: Frontier) -> Any:
    """A chart of the kept points."""
    try:
        import altair
    except ImportError as error:
        raise SolverUnavailableError("plot needs Altair: pip install altair") from error
    import pandas as pd

    names = found.criteria
    data = pd.DataFrame(
        [
            {**{f"c{i}": point.values[name] for i, name in enumerate(names)}, "gap": percent(point.gap, digits=2)}
            for point in found.kept
        ],
        columns=[*(f"c{i}" for i in range(len(names))), "gap"],
    )

    def axis(i: int) -> dict[str, Any]:
        share = found.units[i] == "share"
        return {"title": axis_title(names[i], found.units[i]), "format": ".0%" if share else ",.0f"}

    def channel(kind: Any, i: int) -> Any:
        said = axis(i)
        return kind(
            f"c{i}:Q", title=said["title"], axis=altair.Axis(format=said["format"]), scale=altair.Scale(zero=False)
        )

    chart = altair.Chart(data).encode(x=channel(altair.X, 0), y=channel(altair.Y, 1))
    tips = [altair.Tooltip(f"c{i}:Q", title=axis(i)["title"], format=".3~r") for i in range(len(names))]
    dots = chart.mark_point(filled=True, size=80).encode(tooltip=[*tips, altair.Tooltip("gap:N", title="gap")])
    if len(names) == 2:
        return (chart.mark_line(interpolate="step-after", opacity=0.4) + dots).properties(width=460, height=300)
    said = axis(2)
    colour = altair.Color("c2:Q", title=said["title"], legend=altair.Legend(format=said["format"]))
    return dots.encode(color=colour).properties(width=460, height=300)


def axis_title(name: str, unit: str) -> str:
    """Say in words what a criterion counts."""
    kind, _, measure = name.partition(":")
    if kind == "balance":
        return f"widest {clean(measure).replace('_', ' ')} deviation"
    if kind == "variation":
        return f"variation of {clean(measure).replace('_', ' ')}"
    if kind == "disruption":
        return f"moved share of {clean(measure) or 'ACV'}"
    return "travel hours a year" if unit == "hours" else "objective"


def _title(found: Frontier) -> str:
    kept = len(found.kept)
    return f"{count(kept, 'answer')} between {' and '.join(found.criteria)}; none is better than another in all"


def _table(found: Frontier) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    head = (
        *(axis_title(name, unit) for name, unit in zip(found.criteria, found.units, strict=True)),
        "accounts moved",
        f"gap of {found.minimised}",
    )
    rows = []
    for point in found.kept:
        cells = [
            percent(point.values[name], digits=1) if unit == "share" else amount(point.values[name], unit)
            for name, unit in zip(found.criteria, found.units, strict=True)
        ]
        moved = _moved(point)
        rows.append((*cells, "" if moved is None else f"{moved:,}", _gap(point.gap)))
    return head, rows


def _gap(gap: float) -> str:
    return "unknown" if not math.isfinite(gap) else "0" if gap < 5e-7 else f"{100 * gap:.2g}%"


def _moved(point: FrontierPoint) -> int | None:
    if not point.values or not point.result.problem.owners.known:
        return None
    owner = point.result.problem.owners.protected_index
    return int(((owner >= 0) & (owner != point.result.alignment.rep_index)).sum())


def _foot(found: Frontier) -> list[str]:
    lines = []
    for status, words in (
        ("dominated", "dropped: another answer is as good in every criterion"),
        ("infeasible", "proven impossible"),
        ("not found", "without an answer in time"),
    ):
        some = [point for point in found.points if point.status == status and math.inf not in point.levels.values()]
        if some:
            at = "; ".join(", ".join(f"{name} {percent(v)}" for name, v in p.levels.items()) for p in some[:6])
            more = "" if len(some) <= 6 else f"; and {len(some) - 6} more"
            lines.append(f"{count(len(some), 'level')} {words}: {at}{more}.")
    return [*lines, f"{found.minimised} was minimised at every level of the others ({found.seconds:.0f} s)."]
