"""A result in a notebook: verdict, figures, books against their bands, what stands out."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from territory_opt.fairness.wording import amount, clean, count, measure_title, percent
from territory_opt.report.charts import strip
from territory_opt.report.text import figures
from territory_opt.report.verdict import verdict

if TYPE_CHECKING:
    from territory_opt.fairness import FairnessReport
    from territory_opt.result import Result

__all__ = ["result_html"]

_MOST_BOOKS = 60
# Colours come from the notebook's theme, so that the table reads on white and on black.
_STYLE = (
    "<style>.topt-r{font:14px/1.5 system-ui,sans-serif;max-width:64em}.topt-r h3{font-size:20px;margin:0 0 .2em}"
    ".topt-r p{margin:0 0 .6em}.topt-r table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    ".topt-r th,.topt-r td{padding:.15em .8em .15em 0;text-align:right;font-weight:400;background:none}"
    ".topt-r thead th{opacity:.7;border-bottom:1px solid #8886}.topt-r th:first-child{text-align:left}"
    ".topt-r svg{vertical-align:middle}.topt-r li{text-align:left}.topt-r .out{font-weight:700}</style>"
)


def result_html(result: Result) -> str:
    """Return the fragment that a notebook shows.

    Parameters
    ----------
    result : Result
        Any result, also one without an alignment.

    Returns
    -------
    str
        HTML without scripts; every name is escaped.
    """
    said = verdict(result)
    start = f'{_STYLE}<div class="topt-r"><h3>{escape(said.headline)}</h3><p>{escape(said.detail)}</p>'
    if not result.has_alignment:
        asked = "".join(f"<li>{escape(clean(c.describe()))}</li>" for c in result.problem.criteria)
        return f"{start}<p>Asked for:</p><ul>{asked}</ul></div>"
    report = result.fairness()
    advice = "".join(f"<li>{escape(sentence)}</li>" for sentence in report.advice)
    numbers = escape(". ".join(figures(report)) + ".")
    return f"{start}<p>{numbers}</p>{_table(report)}<ul>{advice}</ul></div>"


def _table(report: FairnessReport) -> str:
    load = report.measure("load")
    order = np.argsort(-load.values, kind="stable")
    hidden = max(order.size - _MOST_BOOKS, 0)
    if hidden:
        order = np.concatenate([order[: _MOST_BOOKS // 2], order[-_MOST_BOOKS // 2 :]])
    others = [row for row in report.measures if row.measure in ("tam", "account_units", "accounts", "travel_hours")]
    head = "".join(f'<th scope="col">{escape(measure_title(row.measure))}</th>' for row in others)
    body = []
    for j in order.tolist():
        mark = "" if load.inside[j] else ' class="out"'
        cells = "".join(f"<td>{escape(amount(float(row.totals[j]), row.unit))}</td>" for row in others)
        body.append(
            f'<tr><th scope="row"><bdi>{escape(report.rep_name[j])}</bdi></th>'
            f"<td>{escape(amount(float(load.totals[j]), load.unit))}</td><td>{strip(load, j)}</td>"
            f"<td{mark}>{escape(percent(float(load.deviation[j]), signed=True, digits=1))}</td>{cells}</tr>"
        )
    note = f"<p>{escape(count(hidden, 'book'))} in between not shown.</p>" if hidden else ""
    return (
        '<table><thead><tr><th scope="col">Book</th><th scope="col">Load</th><th scope="col">Against team</th>'
        f'<th scope="col"></th>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>{note}'
    )
