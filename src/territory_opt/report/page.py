"""Everything a report page shows, gathered as plain values before a template sees it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from unicodedata import bidirectional

from territory_opt.criteria import Balance, BookLimits, Travel, Variation
from territory_opt.fairness.measure import MeasureFairness
from territory_opt.fairness.wording import amount, clean, count, measure_title, percent
from territory_opt.quality import DataQuality
from territory_opt.report.book_table import book_table, math_values, static_rows, table_values
from territory_opt.report.charts import band_chart, chart_summary
from territory_opt.report.convergence import convergence_chart
from territory_opt.report.embed import account_columns
from territory_opt.report.formulas import formulas
from territory_opt.report.maps import book_map
from territory_opt.report.sections import Section, section_values
from territory_opt.report.show_math import show_math
from territory_opt.report.verdict import numbers_of, seconds_words, verdict

if TYPE_CHECKING:
    from territory_opt.evaluation import CriterionCheck
    from territory_opt.fairness import FairnessReport
    from territory_opt.result import Result

__all__ = ["page_values"]

_PARTS = ("named_acv", "white_space_acv")
_MOST_ROWS = 100


def page_values(result: Result, title: str, sections: Iterable[Section] = ()) -> dict[str, Any]:
    """Gather what the page shows.

    Parameters
    ----------
    result : Result
        Any result, also one without an alignment.
    title : str
        Heading of the page.
    sections : iterable of Section
        Further sections.

    Returns
    -------
    dict
        Values for the template; markup only in ``charts``, ``map``, ``convergence`` and the ``strip`` of books. What
        the script reads is in ``data``.
    """
    problem = result.problem
    values: dict[str, Any] = {
        "title": clean(title),
        "verdict": verdict(result),
        "has_alignment": result.has_alignment,
        "formulas": formulas(problem),
        "quality": [_quality(q) for q in (problem.accounts.quality, problem.team.quality)],
        "notes": [clean(note) for note in (*problem.notes, *result.notes)],
        "convergence": convergence_chart(result.events, result.objective, result.bound),
        "run": _run(result),
        "sections": section_values(sections),
    }
    if not result.has_alignment:
        values["asked"] = [clean(c.describe()) for c in problem.criteria]
        return values
    report = result.fairness()
    drawn = book_map(problem, result.alignment, report.rep_name)
    columns = book_table(report)
    names = dict(zip(report.rep_id, report.rep_name, strict=True))
    charted = [row for row in report.measures if row.measure not in _PARTS]
    values |= {
        "figures": _figures(report),
        "advice": [_isolated(sentence, report.rep_name) for sentence in report.advice],
        "charts": [
            {
                "title": measure_title(row.measure),
                "summary": chart_summary(row),
                "svg": band_chart(row, report.rep_name),
            }
            for row in charted
        ],
        "map": drawn,
        "books": static_rows(report, columns, at_most=_MOST_ROWS),
        "measures": [_measure(row) for row in report.measures if row.measure not in _PARTS or row.totals.any()],
        "criteria": [_criterion(check, names) for check in result.evaluation.checks],
        "data": account_columns(result, report.rep_name)
        | {
            "table": table_values(report, columns),
            "math": math_values(show_math(report)),
            "map": None if drawn is None else drawn.points,
        },
        "shifts": [
            {"name": o.rep_name, "n": len(o.shift), "ids": ", ".join(map(clean, o.shift))} for o in report.overloads
        ],
    }
    return values


def _isolated(sentence: str, names: Sequence[str]) -> str:
    r"""Keep names that run from the right from taking the numbers beside them along.

    Examples
    --------
    >>> _isolated("Ana +4%, \u05d0\u05d1 +5%", ["Ana", "\u05d0\u05d1"]) == "Ana +4%, \u2068\u05d0\u05d1\u2069 +5%"
    True
    """
    for name in names:
        if any(bidirectional(letter) in ("R", "AL") for letter in name):
            sentence = sentence.replace(name, f"\u2068{name}\u2069")
    return sentence


def _figures(report: FairnessReport) -> list[dict[str, str]]:
    """Key numbers under the verdict: value, what it is, and a remark."""
    n_reps = len(report.rep_id)
    capacity = float(report.capacity.sum())
    team = "" if abs(capacity - n_reps) < 1e-9 else f"{capacity:g} full reps"
    found = [
        {"value": f"{report.problem.n_accounts:,}", "name": "accounts", "remark": f"in {count(n_reps, 'book')}"},
    ]
    if team:
        found[0]["remark"] += f", {team}"
    load, word = report.main, measure_title(report.main.measure)
    if load.band is not None:
        inside = f"{n_reps - (load.n_outside or 0):,} of {n_reps:,}"
        found.append({"value": inside, "name": f"books in the {word.lower()} band", "remark": load.band.words})
    target = f"target under {percent(report.cv_target)}"
    remark = target if load.cv is not None else load.undefined
    found.append({"value": percent(load.cv, digits=1), "name": f"variation of {word.lower()} (CV)", "remark": remark})
    if report.change is not None:
        change = report.change
        found.append(
            {
                "value": percent(change.acv_share, digits=1),
                "name": "of owned ACV changes owner",
                "remark": f"{change.n_moved:,} of {count(change.n_owned, 'account')}",
            }
        )
    if report.travel is not None:
        travel = report.travel
        share = f"target under {percent(travel.share_limit)}"
        found.append(
            {"value": percent(travel.team_share, digits=1), "name": "of selling hours on travel", "remark": share}
        )
    # A team of named accounts only has no mix to speak of.
    if report.mix is not None and report.mix.team is not None and 0.0 < report.mix.team < 1.0:
        wanted = f"{percent(report.mix.target, digits=0)} is usual"
        found.append({"value": percent(report.mix.team, digits=0), "name": "of ACV is named", "remark": wanted})
    return found


def _measure(row: MeasureFairness) -> dict[str, str]:
    def number(value: float | None, digits: int = 3) -> str:
        return "undefined" if value is None else f"{value:.{digits}f}"

    return {
        "name": measure_title(row.measure),
        "mean": amount(row.mean, row.unit),
        "median": amount(row.median, row.unit),
        "min": amount(row.min, row.unit),
        "max": amount(row.max, row.unit),
        "cv": percent(row.cv, digits=1),
        "gini": number(row.gini),
        "jain": number(row.jain),
        "theil": number(row.theil, 4),
        "atkinson": number(row.atkinson, 4),
        "max_min": number(row.max_min, 2),
        "band": "" if row.band is None else row.band.words,
        "in_band": "" if row.share_in_band is None else percent(row.share_in_band, digits=0),
        "undefined": row.undefined,
    }


def _criterion(check: CriterionCheck, names: dict[str, str]) -> dict[str, str]:
    limit = check.criterion.is_limit
    figure = (
        amount(check.slack, check.unit)
        if limit
        else f"{check.term:,.0f}"
        if abs(check.term) >= 100
        else amount(check.term)
    )
    if limit and check.unit not in ("hours", "money"):
        figure += f" {clean(check.unit)}"
    about_reps = isinstance(check.criterion, Balance | BookLimits | Travel | Variation)
    return {
        "name": clean(check.name),
        "status": ("kept" if check.satisfied else "broken") if limit else "cost",
        "figure": figure,
        "worst": names.get(check.worst, clean(check.worst)) if about_reps else clean(check.worst),
        "detail": numbers_of(check, names),
    }


def _quality(quality: DataQuality) -> dict[str, Any]:
    sections = [
        ("Look at", quality.warnings),
        ("Derived", quality.derived),
        ("Defaulted", quality.defaulted),
        ("Noted", quality.notes),
    ]
    mapped = [(name, clean(header)) for name, header in quality.mapped if name != header]
    return {
        "table": clean(quality.table),
        "rows": count(quality.n_rows, "row"),
        "sections": [(head, [clean(text) for text in texts]) for head, texts in sections if texts],
        "mapped": mapped,
        "ignored": [clean(header) for header in quality.ignored],
    }


def _run(result: Result) -> list[tuple[str, str]]:
    return [
        ("Ended", clean(str(result.termination))),
        ("Solver", f"{clean(result.solver)}: {clean(result.solver_reason)}" if result.solver_reason else result.solver),
        ("Time", seconds_words(result.seconds)),
        ("Seed", str(result.seed)),
        ("Problem", result.problem.fingerprint[:16]),
    ]
