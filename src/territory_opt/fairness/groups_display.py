"""A breakdown of the fairness report as text and as a notebook table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from territory_opt.fairness.display import html_table, text_table
from territory_opt.fairness.wording import amount, clean, measure_title, percent

if TYPE_CHECKING:
    from territory_opt.fairness.groups import GroupReport

__all__ = ["as_html", "as_text"]

_REPS_HEAD = ("group", "reps", "accounts", "measure", "per full rep", "against team", "CV", "in band")
_ACCOUNTS_HEAD = ("group", "held by", "accounts", "measure", "per full rep", "share of team", "CV across books")


def as_text(report: GroupReport) -> str:
    """Return one line per group and measure."""
    head, rows = _group_table(report)
    return "\n".join([_group_title(report), "", *text_table(head, rows)])


def as_html(report: GroupReport) -> str:
    """Return the same as HTML."""
    head, rows = _group_table(report)
    return f'<div class="topt-f">{html_table(head, rows, _group_title(report))}</div>'


def _group_title(report: GroupReport) -> str:
    return f"Fairness by {clean(report.column)} of {report.of}"


def _group_table(report: GroupReport) -> tuple[Sequence[str], list[tuple[str, ...]]]:
    """Groups of reps are compared with the team; kinds of accounts are shared out between the books."""
    rows: list[tuple[str, ...]] = []
    for row in report.rows:
        start = (clean(row["group"]), f"{row['n_reps']:,}", f"{row['n_accounts']:,}", measure_title(row["measure"]))
        mean, cv = amount(row["mean"], row["unit"]), percent(row["cv"], digits=1)
        if report.of == "accounts":
            rows.append((*start, mean, percent(row["share"], digits=1), cv))
            continue
        ratio, in_band = row["ratio"], row["share_in_band"]
        against = percent(None if ratio is None else ratio - 1.0, signed=True, digits=1)
        rows.append((*start, mean, against, cv, "" if in_band is None else percent(in_band, digits=0)))
    head: Sequence[str] = _ACCOUNTS_HEAD if report.of == "accounts" else _REPS_HEAD
    return head, rows
