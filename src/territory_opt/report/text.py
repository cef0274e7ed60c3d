"""A result as text that a sales leader can read in ten seconds: verdict, books with bars, what stands out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import IntArray
from territory_opt.fairness.display import text_table
from territory_opt.fairness.measure import MeasureFairness
from territory_opt.fairness.wording import amount, clean, count, display_width, measure_title, percent
from territory_opt.report.verdict import verdict

if TYPE_CHECKING:
    from territory_opt.fairness import FairnessReport
    from territory_opt.result import Result

__all__ = ["capacities", "figures", "marker", "result_text"]

_MOST_BOOKS = 40
_NAME_WIDTH = 24
_HALF = 8
_MOST_FINDINGS = 6


def result_text(result: Result) -> str:
    """Return the summary that ``print(result)`` shows.

    Parameters
    ----------
    result : Result
        Any result, also one without an alignment.

    Returns
    -------
    str
        Plain text in ASCII apart from names; no line of it can be broken by a name.
    """
    said = verdict(result)
    lines = [said.headline, said.detail]
    if not result.has_alignment:
        lines += [f"- {reason}" for reason in said.reasons]
        lines += ["", "Asked for:", *(f"  {clean(c.describe())}" for c in result.problem.criteria)]
        return "\n".join(lines)
    report = result.fairness()
    lines += [". ".join(figures(report)) + ".", "", *_books(report), ""]
    lines += [f"- {sentence}" for sentence in report.advice[:_MOST_FINDINGS]]
    n_more = len(report.advice) - _MOST_FINDINGS
    if n_more > 0:
        lines.append(f"- {count(n_more, 'more finding')} in .fairness()")
    return "\n".join(lines)


def figures(report: FairnessReport) -> list[str]:
    """Return the handful of numbers that describe a carve, each as a short phrase."""
    load, word = report.main, measure_title(report.main.measure).lower()
    found = [f"{count(report.problem.n_accounts, 'account')} in {count(len(report.rep_id), 'book')}"]
    if load.band is not None and load.share_in_band is not None:
        inside = len(report.rep_id) - (load.n_outside or 0)
        found.append(f"{inside:,} of {count(len(report.rep_id), 'book')} {load.band.words} {word}")
    if load.cv is not None:
        found.append(f"CV of {word} {percent(load.cv, digits=1)}")
    if report.change is not None:
        moved = report.change
        found.append(
            f"{count(moved.n_moved, 'account')} of {moved.n_owned:,} change owner ({percent(moved.acv_share)} of ACV)"
        )
    if report.travel is not None:
        found.append(f"Travel {percent(report.travel.team_share, digits=1)} of selling hours")
    return found


def capacities(report: FairnessReport) -> list[str]:
    """Return the capacity share of every rep as text; empty in a team of full reps, where it says nothing.

    Without it a reader cannot tell why a small book stands high against the team.
    """
    if not bool((report.capacity != 1.0).any()):
        return []
    return [f"{share:g}" for share in report.capacity.tolist()]


def marker(row: MeasureFairness, position: int, *, half: int = _HALF) -> str:
    """Draw one book against its band: ``[`` and ``]`` are the band, ``|`` the reference, ``o`` the book, ``X`` outside.

    Parameters
    ----------
    row : MeasureFairness
        A measure with a band.
    position : int
        Position of the book.
    half : int
        Characters on each side of the reference.

    Returns
    -------
    str
        ``2 * half + 1`` characters; a book beyond the edge of the picture is drawn at the edge.
    """
    if row.band is None:
        return ""
    value, middle = float(row.values[position]), row.band.reference
    ends = [abs(end - middle) for end in (row.band.low, row.band.high) if np.isfinite(end)]
    # The picture is half as wide again as the band, so that outside looks outside.
    reach = 1.5 * max(ends, default=0.0) or 1.0

    def column(x: float) -> int:
        return int(np.clip(round((x - middle) / reach * half), -half, half)) + half

    cells = [" "] * (2 * half + 1)
    cells[half] = "|"
    if np.isfinite(row.band.low):
        cells[column(row.band.low)] = "["
    if np.isfinite(row.band.high):
        cells[column(row.band.high)] = "]"
    cells[column(value)] = "o" if row.inside[position] else "X"
    return "".join(cells)


def _books(report: FairnessReport) -> list[str]:
    load = report.main
    position = _chosen(load)
    shown = [row for row in report.measures if row.measure in ("tam", "account_units", "accounts", "travel_hours")]
    if report.problem.arrays_only:
        shown = [row for row in report.measures if row is not load]
    share, banded = capacities(report), load.band is not None
    head = (
        "book",
        *(["capacity"] if share else []),
        measure_title(load.measure).lower(),
        *([" " * 5 + "against team"] if banded else []),
        "" if banded else "against team",
        *(measure_title(row.measure) for row in shown),
    )
    rows = [
        (
            _short(report.rep_name[j]),
            *share[j : j + 1],
            amount(float(load.totals[j]), load.unit),
            *([marker(load, j)] if banded else []),
            percent(float(load.deviation[j]), signed=True, digits=1),
            *(amount(float(row.totals[j]), row.unit) for row in shown),
        )
        for j in position.tolist()
    ]
    lines = text_table(head, rows)
    hidden = len(report.rep_id) - position.size
    if hidden:
        lines.append(f"... and {count(hidden, 'book')} in between")
    return lines


def _chosen(load: MeasureFairness) -> IntArray:
    """Books to show, largest first: all of them, or both ends."""
    order = np.argsort(-load.values, kind="stable").astype(np.int64)
    if order.size <= _MOST_BOOKS:
        return order
    return np.concatenate([order[: _MOST_BOOKS // 4], order[-_MOST_BOOKS // 4 :]])


def _short(name: str) -> str:
    if display_width(name) <= _NAME_WIDTH:
        return name
    kept = name
    while kept and display_width(kept) > _NAME_WIDTH - 3:
        kept = kept[:-1]
    return kept + "..."
