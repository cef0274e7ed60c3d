"""Problems, alignments and results in a notebook: what is asked, who has what, how good it is."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from territory_opt.fairness.wording import amount, clean, count, measure_title, percent
from territory_opt.report.charts import strip
from territory_opt.report.text import capacities, figures
from territory_opt.report.verdict import verdict

if TYPE_CHECKING:
    from territory_opt.alignment import Alignment
    from territory_opt.fairness import FairnessReport
    from territory_opt.problem import Problem
    from territory_opt.result import Result

__all__ = ["alignment_html", "problem_html", "result_html"]

_MOST_BOOKS = 60
# Colours come from the notebook's theme, so that the table reads on white and on black.
_STYLE = (
    "<style>.topt-r{font:14px/1.5 system-ui,sans-serif;max-width:64em}.topt-r h3{font-size:20px;margin:0 0 .2em}"
    ".topt-r p{margin:0 0 .6em}.topt-r table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    ".topt-r th,.topt-r td{padding:.15em .8em .15em 0;text-align:right;font-weight:400;background:none}"
    ".topt-r thead th{opacity:.7;border-bottom:1px solid #8886}.topt-r th:first-child{text-align:left}"
    ".topt-r svg{vertical-align:middle}.topt-r li{text-align:left}.topt-r .out{font-weight:700}"
    ".topt-r .t{text-align:left}.topt-r summary{cursor:pointer}</style>"
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
        reasons = "".join(f"<li>{escape(reason)}</li>" for reason in said.reasons)
        start += f"<ul>{reasons}</ul>" if reasons else ""
        asked = "".join(f"<li>{escape(clean(c.describe()))}</li>" for c in result.problem.criteria)
        return f"{start}<p>Asked for:</p><ul>{asked}</ul></div>"
    report = result.fairness()
    advice = "".join(f"<li>{escape(sentence)}</li>" for sentence in report.advice)
    numbers = escape(". ".join(figures(report)) + ".")
    return f"{start}<p>{numbers}</p>{_table(report)}<ul>{advice}</ul></div>"


def problem_html(problem: Problem) -> str:
    """Return what a notebook shows of a problem: its size, its limits and costs, and what was derived on the way.

    Parameters
    ----------
    problem : Problem
        Any problem.

    Returns
    -------
    str
        HTML without scripts; every name is escaped.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 7e4]})
    >>> text = problem_html(topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1"]})))
    >>> "2 accounts, 1 rep" in text
    True
    """
    size = f"{count(problem.n_accounts, 'account')}, {count(problem.n_reps, 'rep')}"
    rows = "".join(
        f'<tr><th scope="row">{"limit" if c.is_limit else "cost"}</th>'
        f'<td class="t">{escape(clean(c.describe()))}</td></tr>'
        for c in problem.criteria
    )
    asked = f"<table><tbody>{rows}</tbody></table>" if rows else "<p>No limits and no costs.</p>"
    notes = "".join(f"<li>{escape(clean(note))}</li>" for note in problem.notes)
    folded = f"<details><summary>Derived and assumed</summary><ul>{notes}</ul></details>" if notes else ""
    return f'{_STYLE}<div class="topt-r"><h3>{size}</h3>{asked}{folded}</div>'


def alignment_html(alignment: Alignment) -> str:
    """Return what a notebook shows of an alignment: how many accounts every rep has.

    Parameters
    ----------
    alignment : Alignment
        Any alignment.

    Returns
    -------
    str
        HTML without scripts; every id is escaped. Of more than 60 reps, the 60 with the most accounts.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 7e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1"]}))
    >>> "2 accounts, 1 rep" in alignment_html(topt.Alignment.from_index(problem, [0, 0]))
    True
    """
    size = f"{count(len(alignment), 'account')}, {count(len(alignment.rep_id), 'rep')}"
    held = np.bincount(alignment.rep_index, minlength=len(alignment.rep_id))
    order = np.argsort(-held, kind="stable")[:_MOST_BOOKS]
    most = max(int(held.max(initial=0)), 1)
    rows = "".join(
        f'<tr><th scope="row"><bdi>{escape(clean(str(alignment.rep_id[j])))}</bdi></th><td>{held[j]:,}</td>'
        f'<td class="t"><svg width="120" height="10" role="img" aria-label="{held[j]:,} accounts">'
        f'<rect y="1" height="8" width="{120.0 * held[j] / most:.1f}" fill="#0b5fa5"/></svg></td></tr>'
        for j in order.tolist()
    )
    hidden = len(alignment.rep_id) - order.size
    note = f"<p>{escape(count(hidden, 'rep'))} with fewer accounts not shown.</p>" if hidden else ""
    head = '<thead><tr><th scope="col">Rep</th><th scope="col">Accounts</th><th scope="col"></th></tr></thead>'
    return f'{_STYLE}<div class="topt-r"><h3>{size}</h3><table>{head}<tbody>{rows}</tbody></table>{note}</div>'


def _table(report: FairnessReport) -> str:
    load = report.main
    order = np.argsort(-load.values, kind="stable")
    hidden = max(order.size - _MOST_BOOKS, 0)
    if hidden:
        order = np.concatenate([order[: _MOST_BOOKS // 2], order[-_MOST_BOOKS // 2 :]])
    others = [row for row in report.measures if row.measure in ("tam", "account_units", "accounts", "travel_hours")]
    if report.problem.arrays_only:
        others = [row for row in report.measures if row is not load]
    share, banded = capacities(report), load.band is not None
    titles = ["Book", *(["Capacity"] if share else []), measure_title(load.measure), "Against team"]
    titles += [*([""] if banded else []), *(measure_title(row.measure) for row in others)]
    head = "".join(f'<th scope="col">{escape(title)}</th>' if title else "<td></td>" for title in titles)
    body = []
    for j in order.tolist():
        mark = "" if load.inside[j] else ' class="out"'
        cells = [*share[j : j + 1], amount(float(load.totals[j]), load.unit)]
        after = [amount(float(row.totals[j]), row.unit) for row in others]
        body.append(
            f'<tr><th scope="row"><bdi>{escape(report.rep_name[j])}</bdi></th>{_cells(cells)}'
            f"{f'<td>{strip(load, j)}</td>' if banded else ''}"
            f"<td{mark}>{escape(percent(float(load.deviation[j]), signed=True, digits=1))}</td>{_cells(after)}</tr>"
        )
    note = f"<p>{escape(count(hidden, 'book'))} in between not shown.</p>" if hidden else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>{note}"


def _cells(texts: list[str]) -> str:
    return "".join(f"<td>{escape(text)}</td>" for text in texts)
