"""An ensemble as text and as a notebook table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from territory_opt.fairness.display import html_table, text_table
from territory_opt.fairness.wording import clean, count, measure_title, percent

if TYPE_CHECKING:
    from territory_opt.fairness.ensemble import Ensemble
    from territory_opt.fairness.ensemble_standing import Standing

__all__ = ["as_html", "as_text", "sentence"]

_HEAD = ("measure", "by", "this plan", "fairer than", "95% interval", "random: 5%", "median", "95%", "ESS", "R-hat")
_METRICS = {"cv": "CV", "gini": "Gini", "max_min": "max/min", "total": "total"}


def sentence(result: Ensemble) -> str:
    """Return the first standing in words.

    Parameters
    ----------
    result : Ensemble
        The ensemble.
    """
    row = result.standings[0]
    what = f"{measure_title(row.measure)} is spread more evenly than in" if row.metric != "total" else "Less than in"
    text = (
        f"{what} {_share(row.fairer_than)} of {count(result.n_draws, 'random feasible plan')} "
        f"({_METRICS[row.metric]}; 95% interval {_interval(row)})"
    )
    return text if result.mixed else f"{text}; not to be quoted: the chains mix badly"


def as_text(result: Ensemble) -> str:
    """Return the sentence, the table, the limits kept and the notes."""
    lines = [sentence(result), "", *text_table(_HEAD, _rows(result), n_left=2), ""]
    # Limits are in the words of the table: a header may hold anything.
    kept = clean("; ".join(result.population)) or "none"
    return "\n".join([*lines, f"Limits kept: {kept}", *(f"Note: {clean(note)}" for note in result.notes)])


def as_html(result: Ensemble) -> str:
    """Return the same as HTML."""
    table = html_table(_HEAD, _rows(result), sentence(result))
    kept = escape(clean("; ".join(result.population)) or "none")
    notes = "".join(f"<li>{escape(clean(note))}</li>" for note in result.notes)
    return f'<div class="topt-f">{table}<p>Limits kept: {kept}</p><ul>{notes}</ul></div>'


def _share(share: float) -> str:
    """Return a share that never rounds up to all, or down to none."""
    if 0.0 < share < 1.0 and not 0.0005 <= share < 0.9995:
        return "more than 99.9%" if share > 0.5 else "less than 0.1%"
    return percent(share, digits=0 if 0.01 <= share < 0.99 or share in (0.0, 1.0) else 1)


def _interval(row: Standing) -> str:
    return f"{percent(row.low, digits=1)} to {percent(row.high, digits=1)}"


def _rows(result: Ensemble) -> list[tuple[str, ...]]:
    return [
        (
            measure_title(row.measure),
            _METRICS[row.metric],
            *(_number(value, row.metric) for value in (row.plan,)),
            _share(row.fairer_than),
            _interval(row),
            *(_number(value, row.metric) for value in (row.p05, row.median, row.p95)),
            f"{row.ess:,.0f}",
            f"{row.rhat:.3f}",
        )
        for row in result.standings
    ]


def _number(value: float, metric: str) -> str:
    if metric == "cv":
        return percent(value, digits=1)
    return f"{value:,.0f}" if metric == "total" else f"{value:.3f}"
