"""Charts of a fairness report for notebooks; Altair is loaded when the first one is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt.errors import CriterionError, SolverUnavailableError
from territory_opt.fairness.wording import amount, measure_title, percent

if TYPE_CHECKING:
    import altair

    from territory_opt.fairness.measure import MeasureFairness
    from territory_opt.fairness.report import FairnessReport

__all__ = ["INSIDE", "OUTSIDE", "inline", "load_altair", "plot_balance", "plot_lorenz"]

INSIDE, OUTSIDE, _BAND, _LINE = "#0b5fa5", "#d1581b", "#8cafd0", "#7d8590"
_MOST_ROWS = 60
_MOST_POINTS = 2_000
_WIDTH = 420


def load_altair() -> Any:
    """Return the altair module.

    Raises
    ------
    SolverUnavailableError
        It is not installed (an ``ImportError``); the message holds the line that installs it.
    """
    try:
        import altair
    except ImportError as missing:
        raise SolverUnavailableError("charts need Altair: pip install 'territory-opt[plot]'") from missing
    return altair


def inline(**columns: Any) -> Any:
    """Return columns as data that travel inside the chart.

    Parameters
    ----------
    **columns : array_like, shape (n,)
        Texts or finite numbers.

    Returns
    -------
    altair.InlineData
        Given to a chart as it is: no row limit, and no setting of Altair is read or changed.

    Examples
    --------
    >>> inline(x=[1, 2], y=["a", "b"]).values
    [{'x': 1, 'y': 'a'}, {'x': 2, 'y': 'b'}]
    """
    plain = [values.tolist() if isinstance(values, np.ndarray) else list(values) for values in columns.values()]
    return load_altair().InlineData(values=[dict(zip(columns, row, strict=True)) for row in zip(*plain, strict=True)])


def plot_balance(report: FairnessReport, measure: str = "load") -> altair.LayerChart:
    """Draw every book of a measure against its band and its reference.

    Parameters
    ----------
    report : FairnessReport
        Of any alignment.
    measure : str
        One of the report's measures.

    Returns
    -------
    altair.LayerChart
        One line per book, largest first, up to 60 books; otherwise the books in order of size, of which at most 2,000
        are drawn (all those outside the band first). Shaded: the band; solid: what it is around; dashed: the median.

    Raises
    ------
    CriterionError
        The report has no such measure.
    SolverUnavailableError
        Altair is not installed (an ``ImportError``).

    Notes
    -----
    D-LOAD-2, D-TAM-1, D-UNITS-1. Values are per full unit of capacity.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b", "c"], "acv": [9e4, 7e4, 2e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> chart = plot_balance(topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1, 1])), "tam")
    >>> [row["book"] for row in chart.layer[-1].data.values]
    ['r1', 'r2']
    """
    alt = load_altair()
    row = report.measure(measure)
    order = np.argsort(-row.values, kind="stable")
    title = f"{measure_title(row.measure)} per full rep"
    named = order.size <= _MOST_ROWS
    shown = np.arange(order.size) if named else _shown(row, order)
    books = inline(
        book=[report.rep_name[j] for j in order[shown].tolist()],
        rank=shown + 1,
        value=row.values[order[shown]],
        told=[amount(value, row.unit) for value in row.values[order[shown]].tolist()],
        deviation=[percent(share, signed=True, digits=1) for share in row.deviation[order[shown]].tolist()],
        band=["inside" if ok else "outside" for ok in row.inside[order[shown]].tolist()],
    )
    value = {
        "field": "value",
        "type": "quantitative",
        "title": title,
        "scale": alt.Scale(zero=False, padding=12),
        "axis": alt.Axis(format="~s"),
    }
    across, along = ("x", "y") if named else ("y", "x")
    place = (
        alt.Y("book:N", sort=None, title=None, axis=alt.Axis(labelLimit=180))
        if named
        else alt.X("rank:Q", title="books, largest first", scale=alt.Scale(domain=[1, order.size], nice=False))
    )
    tip = [
        alt.Tooltip("book:N", title="Book"),
        alt.Tooltip("told:N", title=title),
        alt.Tooltip("deviation:N", title="Against team"),
    ]
    dots = (
        alt.Chart(books)
        .mark_point(filled=True, opacity=1, size=70 if named else 22)
        .encode(
            **{across: (alt.X if named else alt.Y)(**value), along: place},
            color=alt.Color(
                "band:N",
                title=None,
                scale=alt.Scale(domain=["inside", "outside"], range=[INSIDE, OUTSIDE]),
                legend=None if row.band is None else alt.Legend(orient="top"),
            ),
            shape=alt.Shape("band:N", legend=None, scale=alt.Scale(domain=["inside", "outside"], range=_SHAPES)),
            tooltip=tip,
        )
    )
    layers = [*_marks(alt, row, across), dots]
    height = {"height": {"step": 18}} if named else {"height": 260}
    chart: altair.LayerChart = alt.layer(*layers).properties(width=_WIDTH, title=_caption(row), **height)
    return chart


_SHAPES = ["circle", "diamond"]


def _shown(row: MeasureFairness, order: Any) -> Any:
    """Ranks to draw: all up to a limit, else evenly spread ones and as many of those outside."""
    if order.size <= _MOST_POINTS:
        return np.arange(order.size)
    outside = np.flatnonzero(~row.inside[order])
    if outside.size > _MOST_POINTS // 2:
        outside = outside[np.linspace(0, outside.size - 1, _MOST_POINTS // 2).round().astype(np.int64)]
    spread = np.linspace(0, order.size - 1, _MOST_POINTS - outside.size).round().astype(np.int64)
    return np.union1d(spread, outside)


def _marks(alt: Any, row: MeasureFairness, across: str) -> list[Any]:
    """Band and lines, under the books."""
    channel = alt.X if across == "x" else alt.Y
    title = f"{measure_title(row.measure)} per full rep"
    found = []
    middle = row.mean if row.band is None else row.band.reference
    if row.band is not None:
        ends = [end if np.isfinite(end) else side for end, side in ((row.band.low, row.min), (row.band.high, row.max))]
        second = {across: channel("low:Q", title=title), f"{across}2": "high:Q"}
        found.append(
            alt.Chart(inline(low=[ends[0]], high=[ends[1]])).mark_rect(color=_BAND, opacity=0.3).encode(**second)
        )
    lines = [(middle, [1, 0], row.band.words if row.band is not None else "mean")]
    if abs(row.median - middle) > 1e-9 * max(abs(row.median), abs(middle)):
        lines.append((row.median, [4, 3], "median"))
    for at, dash, words in lines:
        found.append(
            alt.Chart(inline(value=[at], line=[f"{words}: {amount(at, row.unit)}"]))
            .mark_rule(color=_LINE, strokeDash=dash)
            .encode(**{across: channel("value:Q", title=title)}, tooltip=alt.Tooltip("line:N", title="Line"))
        )
    return found


def _caption(row: MeasureFairness) -> str:
    parts = [measure_title(row.measure)]
    if row.cv is not None:
        parts.append(f"CV {percent(row.cv, digits=1)}")
    if row.band is not None:
        parts.append(f"{row.values.size - (row.n_outside or 0):,} of {row.values.size:,} books {row.band.words}")
    return ": ".join([parts[0], ", ".join(parts[1:])]) if parts[1:] else parts[0]


def plot_lorenz(report: FairnessReport, measure: str = "load") -> altair.LayerChart:
    """Draw the Lorenz curve of a measure: what share of the total the smallest books hold.

    Parameters
    ----------
    report : FairnessReport
        Of any alignment.
    measure : str
        One of the report's measures.

    Returns
    -------
    altair.LayerChart
        The curve with the line of equal books; twice the area between them is Gini's index, which is in the title.

    Raises
    ------
    CriterionError
        The report has no such measure, or the curve is not defined: a book is negative or all are empty.
    SolverUnavailableError
        Altair is not installed (an ``ImportError``).

    Notes
    -----
    M. O. Lorenz, "Methods of measuring the concentration of wealth", 1905, doi:10.2307/2276207. Books per full unit of
    capacity, each counting the same.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b", "c"], "acv": [6e4, 2e4, 0.0]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> chart = plot_lorenz(topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1, 1])), "tam")
    >>> [point["held"] for point in chart.layer[1].data.values]
    [0.0, 0.25, 1.0]
    """
    alt = load_altair()
    row = report.measure(measure)
    total = float(row.values.sum())
    if row.min < 0.0 or total <= 0.0:
        why = "a book is negative" if row.min < 0.0 else "every book is empty"
        raise CriterionError(f"the Lorenz curve of {row.measure} is not defined: {why}; plot_balance shows the books")
    books = np.linspace(0.0, 1.0, row.values.size + 1)
    held = np.concatenate([[0.0], np.sort(row.values).cumsum() / total])
    held[-1] = 1.0
    keep = np.arange(books.size)
    if books.size > _MOST_POINTS:
        keep = np.linspace(0, books.size - 1, _MOST_POINTS).round().astype(np.int64)
    title = measure_title(row.measure)
    percents = alt.Axis(format="%")
    encoding = {
        "x": alt.X("books:Q", title="books, smallest first", axis=percents),
        "y": alt.Y("held:Q", title=f"share of {title if title.isupper() else title.lower()}", axis=percents),
    }
    equal = alt.Chart(inline(books=[0.0, 1.0], held=[0.0, 1.0])).mark_line(color=_LINE, strokeDash=[4, 3])
    curve = (
        alt.Chart(inline(books=books[keep], held=held[keep]))
        .mark_line(color=INSIDE)
        .encode(**encoding, tooltip=[alt.Tooltip("books:Q", format=".1%"), alt.Tooltip("held:Q", format=".1%")])
    )
    gini = "" if row.gini is None else f", Gini {row.gini:.3f}"
    chart: altair.LayerChart = alt.layer(equal.encode(**encoding), curve).properties(
        width=300, height=300, title=f"{title}{gini}"
    )
    return chart
