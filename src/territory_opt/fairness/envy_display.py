"""The envy report as text and as a notebook table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from territory_opt.fairness.display import html_table, text_table
from territory_opt.fairness.wording import amount, clean, count, joined, measure_words, percent

if TYPE_CHECKING:
    from territory_opt.fairness.envy import EnvyReport

__all__ = ["as_html", "as_text"]

_HEAD = ("rep", "would rather have", "own book", "worth more by", "share", "up to one account")
_MOST = 20


def as_text(report: EnvyReport) -> str:
    """Return who envies whom, the most envious first."""
    rows = _rows(report)
    lines = list(_sentences(report))
    if rows:
        lines += ["", *text_table(_HEAD, rows, n_left=2)]
        rest = int((report.wanted_index >= 0).sum()) - len(rows)
        if rest:
            lines.append(f"... {rest:,} more in .to_frame()")
    return "\n".join(lines)


def as_html(report: EnvyReport) -> str:
    """Return the same as HTML; every name is escaped."""
    sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in _sentences(report))
    rows = _rows(report)
    table = html_table(_HEAD, rows, f"Envy by {measure_words(report.measure)}") if rows else ""
    return f'<div class="topt-f">{sentences}{table}</div>'


def _sentences(report: EnvyReport) -> tuple[str, ...]:
    n = len(report.rep_id)
    first = (
        f"{percent(report.envy_free_share, digits=0)} of {count(n, 'rep')} would not rather have another book; "
        f"{percent(report.up_to_one_share, digits=0)} are free of envy up to one account "
        f"({measure_words(report.measure)} per full rep, only what the rep may serve)"
    )
    most = int(report.n_admirers.max())
    if most == 0:
        return (first,)
    order = np.argsort(-report.n_admirers, kind="stable")[:3].tolist()
    named = [f"{report.rep_name[j]} ({report.n_admirers[j]:,})" for j in order if report.n_admirers[j]]
    return (first, f"Books most reps would rather have: {joined(named)}")


def _rows(report: EnvyReport) -> list[tuple[str, ...]]:
    order = [j for j in np.argsort(-report.envy, kind="stable").tolist() if report.wanted_index[j] >= 0][:_MOST]
    return [
        (
            clean(report.rep_name[j]),
            clean(report.rep_name[int(report.wanted_index[j])]),
            amount(float(report.own[j]), report.unit),
            amount(float(report.envy[j]), report.unit),
            percent(float(report.envy[j] / report.own[j]), digits=0) if report.own[j] > 0 else "",
            "free of envy" if report.up_to_one[j] else "envy remains",
        )
        for j in order
    ]
