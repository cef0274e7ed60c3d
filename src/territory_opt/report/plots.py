"""Charts of a result for notebooks: the map, how cost and bound met, and what changes hands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt.errors import CriterionError
from territory_opt.fairness.plots import INSIDE, OUTSIDE, inline, load_altair
from territory_opt.fairness.wording import amount, clean, count, measure_title, percent
from territory_opt.report.convergence import reach_above, running_best
from territory_opt.report.dots import side_by_side
from territory_opt.report.maps import label_places
from territory_opt.report.palette import COLOURS
from territory_opt.report.placed import placed_accounts
from territory_opt.report.verdict import exact, gap_words

if TYPE_CHECKING:
    import altair

    from territory_opt.result import Result

__all__ = ["plot_change", "plot_convergence", "plot_map"]

_MOST_POINTS = 20_000
_MOST_SPREAD = 5_000
_MOST_BOOKS = 60
_MAP_WIDTH = 640
_MUTED = "#7d8590"


def plot_map(result: Result) -> altair.LayerChart:
    """Draw the accounts of every book where they are.

    Parameters
    ----------
    result : Result
        With an alignment.

    Returns
    -------
    altair.LayerChart
        Dots in the colours of the books, neighbours differing, over borders. Above 20,000 accounts an even choice
        from every book is drawn, and the title says so. Names stand where there is room, up to 60 books. No tiles,
        no network.

    Raises
    ------
    CriterionError
        Fewer than two accounts have a place.
    NoAlignmentError
        The result has no alignment.
    SolverUnavailableError
        Altair is not installed (an ``ImportError``).

    Notes
    -----
    The projection is the page's own (Albers' equal-area conic for a country), computed beforehand: the axes are
    plain.
    """
    alt = load_altair()
    problem, alignment = result.problem, result.alignment
    placed = placed_accounts(problem, alignment)
    if placed is None:
        raise CriterionError("there is no map: fewer than two accounts have a place (columns lat and lon)")
    names = result.fairness().rep_name
    shown = np.arange(placed.account.size)
    title = f"{count(shown.size, 'account')} in {count(problem.n_reps, 'book')}"
    if shown.size > _MOST_POINTS:
        in_order = np.lexsort((placed.account, placed.rep))
        shown = in_order[np.linspace(0, shown.size - 1, _MOST_POINTS).round().astype(np.int64)]
        title = f"{_MOST_POINTS:,} of {title}, evenly from every book"
    accounts = problem.accounts
    label = accounts.text("name") if accounts.has("name") else accounts.account_id
    size = float(np.clip(18_000 / max(shown.size, 1), 3.0, 28.0))
    x, y = placed.x[shown], placed.y[shown]
    if shown.size <= _MOST_SPREAD:
        shown = shown[np.lexsort((shown, placed.rep[shown]))]
        # Diameter of a dot in units of the page, a little more than it takes on the screen.
        x, y = side_by_side(placed.x[shown], placed.y[shown], 1.2 * np.sqrt(size) * placed.width / _MAP_WIDTH)
    account, rep = placed.account[shown], placed.rep[shown]
    points = inline(
        x=x.round(1),
        y=y.round(1),
        colour=[COLOURS[c] for c in placed.colour[rep].tolist()],
        account=[clean(text) for text in label[account].tolist()],
        book=[names[j] for j in rep.tolist()],
    )
    frame = [0.0, placed.width], [0.0, placed.height]
    plain = {"axis": None, "type": "quantitative"}
    across = alt.X(field="x", scale=alt.Scale(domain=frame[0], nice=False), **plain)
    down = alt.Y(field="y", scale=alt.Scale(domain=frame[1], nice=False, reverse=True), **plain)
    dots = (
        alt.Chart(points)
        .mark_circle(size=size, opacity=0.85)
        .encode(
            x=across,
            y=down,
            color=alt.Color("colour:N", scale=None),
            tooltip=[alt.Tooltip("account:N", title="Account"), alt.Tooltip("book:N", title="Book")],
        )
    )
    border = [(line, k, x, y) for line, xy in enumerate(placed.borders) for k, (x, y) in enumerate(xy)]
    under = [
        alt.Chart(
            inline(
                line=[b[0] for b in border],
                k=[b[1] for b in border],
                x=[b[2] for b in border],
                y=[b[3] for b in border],
            )
        )
        .mark_line(color="#c3cad2", strokeWidth=0.8, clip=True)
        .encode(x=across, y=down, detail="line:N", order="k:O")
    ]
    homes = [(names[j], round(x, 1), round(y, 1)) for j, x, y in placed.homes]
    over = (
        alt.Chart(inline(book=[h[0] for h in homes], x=[h[1] for h in homes], y=[h[2] for h in homes]))
        .mark_point(fill="#fff", stroke="#1b1f24", size=45, opacity=1)
        .encode(x=across, y=down, tooltip=alt.Tooltip("book:N", title="Home of"))
    )
    at = {j: (hx, hy) for j, hx, hy in placed.homes}
    # Letters of ten pixels, in units of the page.
    size = 10.0 * placed.width / _MAP_WIDTH / 11.5
    words = label_places(names, at, placed.centre_x, placed.centre_y, placed.height, size=size)
    named = inline(
        book=[names[j] for j, _, _ in words],
        x=[round(left, 1) for _, left, _ in words],
        y=[round(base, 1) for _, _, base in words],
    )
    written = alt.Chart(named).encode(x=across, y=down, text="book:N")
    letters = {"align": "left", "baseline": "alphabetic", "fontSize": 10, "fontWeight": 600}
    # A white edge keeps names readable over the dots.
    tags = [
        written.mark_text(stroke="#fff", strokeWidth=3, strokeJoin="round", **letters),
        written.mark_text(color="#1b1f24", **letters),
    ]
    layers = [*(under if border else []), dots, *([over] if homes else []), *(tags if words else [])]
    chart: altair.LayerChart = alt.layer(*layers).properties(
        width=_MAP_WIDTH, height=round(_MAP_WIDTH * placed.height / placed.width), title=title
    )
    return chart


def plot_convergence(result: Result) -> altair.Chart:
    """Draw how the gap fell: the cost of the best alignment, and the proven bound, over time.

    Parameters
    ----------
    result : Result
        Of a solve that reported a cost and a bound.

    Returns
    -------
    altair.Chart
        Two steps that approach each other; events that claim more than the result stands for are left out.

    Raises
    ------
    CriterionError
        The solve never had both a cost and a bound.
    SolverUnavailableError
        Altair is not installed (an ``ImportError``).
    """
    alt = load_altair()
    cost, bound = result.objective, result.bound
    if not (math.isfinite(cost) and math.isfinite(bound)):
        raise CriterionError("there is nothing to draw: the solve has no cost, or no proven bound")
    end = max([result.seconds, *(event.seconds for event in result.events)])
    best, floor = running_best(result.events, cost, bound)
    steps = [("cost", t, v) for t, v in best] + [("cost", end, cost)]
    steps += [("proven bound", t, v) for t, v in floor] + [("proven bound", end, bound)]
    data = inline(what=[s[0] for s in steps], seconds=[s[1] for s in steps], value=[s[2] for s in steps])
    reach = reach_above(best, cost, bound)
    scale = alt.Scale(domain=[bound - 0.3 * reach, bound + 1.15 * reach], nice=False, clamp=True)
    lines = (
        alt.Chart(data)
        # Points: a cost that was found at the very end has no line to be seen by.
        .mark_line(interpolate="step-after", clip=True, point={"size": 30})
        .encode(
            x=alt.X("seconds:Q", title="seconds", scale=alt.Scale(domain=[0.0, end or 1.0], nice=False)),
            y=alt.Y("value:Q", title="cost", scale=scale),
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(domain=["cost", "proven bound"], range=[OUTSIDE, INSIDE]),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=[
                alt.Tooltip("what:N"),
                alt.Tooltip("seconds:Q", format=".1f"),
                alt.Tooltip("value:Q", format=",.6g"),
            ],
        )
    )
    title = f"Cost {exact(cost)}, proven bound {exact(bound)}, gap {gap_words(result.gap)}"
    chart: altair.Chart = lines.properties(width=460, height=240, title=title)
    return chart


def plot_change(result: Result, measure: str = "acv") -> altair.LayerChart:
    """Draw what every rep keeps, loses and gains against today.

    Parameters
    ----------
    result : Result
        With an alignment, of accounts that have owners.
    measure : str
        Activity measure that does not depend on the rep: ``"acv"``, ``"accounts"``, ``"account_units"`` ...

    Returns
    -------
    altair.LayerChart
        A bar per rep: kept and gained to the right, lost to the left; the 60 reps with the largest changes. Gained
        includes accounts that had no owner in the team, or were dormant; lost does not (as in the fairness report).

    Raises
    ------
    CriterionError
        Nobody owns anything today, or the measure depends on the rep.
    SolverUnavailableError
        Altair is not installed (an ``ImportError``).

    Notes
    -----
    D-TRANS-3.
    """
    alt = load_altair()
    problem, rep = result.problem, result.alignment.rep_index
    if not problem.owners.known:
        raise CriterionError("there is nothing to compare: the accounts have no owner who is in the team")
    found = problem.measure(measure)
    if found.pair_dependent:
        raise CriterionError(f"{measure} depends on the rep; take one that does not, such as acv or accounts")
    value, k = found.base, problem.n_reps
    # As in the report: only a loss that counts is a loss; a dormant account moves freely (D-DORMANT-1).
    owner = problem.owners.protected_index
    stays, known = problem.owners.rep_index == rep, owner >= 0
    kept = np.bincount(rep[stays], weights=value[stays], minlength=k)
    gained = np.bincount(rep[~stays], weights=value[~stays], minlength=k)
    leaves = known & ~stays
    lost = np.bincount(owner[leaves], weights=value[leaves], minlength=k)
    order = np.argsort(-(gained + lost), kind="stable")[:_MOST_BOOKS]
    order = order[np.argsort(-(kept + gained)[order], kind="stable")]
    names = result.fairness().rep_name
    rows: list[dict[str, Any]] = []
    for j in order.tolist():
        for what, total, start in (("kept", kept[j], 0.0), ("gained", gained[j], kept[j]), ("lost", lost[j], -lost[j])):
            ends = (start, start + total) if what != "lost" else (-total, 0.0)
            told = amount(float(total), found.unit)
            rows.append({"book": names[j], "what": what, "low": float(ends[0]), "high": float(ends[1]), "told": told})
    axis = alt.Axis(format="~s", tickCount=6)
    data = inline(**{key: [row[key] for row in rows] for key in rows[0]})
    bars = (
        alt.Chart(data)
        .mark_bar()
        .encode(
            y=alt.Y("book:N", sort=None, title=None, axis=alt.Axis(labelLimit=180)),
            x=alt.X(
                "low:Q", title=f"{measure_title(measure)}: lost to the left, kept and gained to the right", axis=axis
            ),
            x2="high:Q",
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(domain=["lost", "kept", "gained"], range=[OUTSIDE, "#b6c2ce", INSIDE]),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=[alt.Tooltip("book:N", title="Book"), alt.Tooltip("what:N"), alt.Tooltip("told:N", title=measure)],
        )
    )
    moved = float(value[leaves].sum()) / float(value[known].sum()) if float(value[known].sum()) > 0.0 else None
    share = "" if moved is None else f" ({percent(moved, digits=1)} of what has an owner)"
    zero = alt.Chart(inline(zero=[0.0])).mark_rule(color=_MUTED).encode(x="zero:Q")
    title = f"{count(int(leaves.sum()), 'account')} changing owner{share}"
    chart: altair.LayerChart = alt.layer(bars, zero).properties(width=460, height={"step": 18}, title=title)
    return chart
