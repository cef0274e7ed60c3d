"""Sections made from further analyses: comparison, envy, fairness simulation, ensemble, forecast risk, groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from territory_opt.errors import CriterionError
from territory_opt.fairness.wording import amount, clean, count, joined, measure_title, percent
from territory_opt.report.sections import Section

if TYPE_CHECKING:
    from territory_opt.compare.comparison import Comparison
    from territory_opt.fairness.ensemble import Ensemble
    from territory_opt.fairness.envy import EnvyReport
    from territory_opt.fairness.groups import GroupReport
    from territory_opt.fairness.simulation import FairnessSimulation
    from territory_opt.fairness.uncertainty import ForecastRisk
    from territory_opt.problem import Problem

    Extra: TypeAlias = Section | Comparison | EnvyReport | FairnessSimulation | Ensemble | ForecastRisk | GroupReport

__all__ = ["section_of", "unexamined"]

_MOST_CASES = 12
_METRICS = {"cv": "CV", "gini": "Gini", "jain": "Jain", "max_min": "max/min"}
_VERDICTS = ("worse", "equal", "better", "new", "none")


def section_of(analysis: Extra) -> Section:
    """Turn an analysis into a section of the page.

    Parameters
    ----------
    analysis : Section, Comparison, EnvyReport, FairnessSimulation, Ensemble, ForecastRisk or GroupReport
        A section is returned as it is.

    Returns
    -------
    Section
        Heading, what it says in a sentence, and a table of everything in it.

    Raises
    ------
    CriterionError
        Anything else.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b", "c"], "acv": [9e4, 7e4, 2e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1, 1]))
    >>> section_of(report.by("tier")).heading
    'Fairness by tier'
    """
    from territory_opt.compare.comparison import Comparison
    from territory_opt.fairness.ensemble import Ensemble
    from territory_opt.fairness.envy import EnvyReport
    from territory_opt.fairness.groups import GroupReport
    from territory_opt.fairness.simulation import FairnessSimulation
    from territory_opt.fairness.uncertainty import ForecastRisk

    if isinstance(analysis, Section):
        return analysis
    if isinstance(analysis, Comparison):
        return _comparison(analysis)
    if isinstance(analysis, EnvyReport):
        return _envy(analysis)
    if isinstance(analysis, FairnessSimulation):
        return _simulation(analysis)
    if isinstance(analysis, Ensemble):
        return _ensemble(analysis)
    if isinstance(analysis, ForecastRisk):
        return _risk(analysis)
    if isinstance(analysis, GroupReport):
        return _groups(analysis)
    raise CriterionError(
        f"a {type(analysis).__name__} cannot be a section; give a Section, a Comparison, an EnvyReport, "
        "a FairnessSimulation, an Ensemble, a ForecastRisk or a GroupReport"
    )


def unexamined(problem: Problem, analyses: Iterable[Extra]) -> str:
    """Say which questions about fairness a page leaves open; empty when none.

    Parameters
    ----------
    problem : Problem
        Without owners nobody can be better or worse off than today; without ACV there is no forecast.
    analyses : iterable
        What the page shows beside the report itself.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 7e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1]))
    >>> unexamined(problem, [report.under_uncertainty(draws=10, seed=1)])
    'whose book a rep would rather have'
    """
    from territory_opt.fairness.envy import EnvyReport
    from territory_opt.fairness.simulation import FairnessSimulation
    from territory_opt.fairness.uncertainty import ForecastRisk

    given = {type(analysis) for analysis in analyses}
    open_questions = (
        (FairnessSimulation, problem.owners.known, "whether each rep is better or worse off than today"),
        (EnvyReport, problem.n_reps > 1, "whose book a rep would rather have"),
        (ForecastRisk, not problem.arrays_only, "how the books hold if forecasts are wrong"),
    )
    return joined([words for kind, applies, words in open_questions if applies and kind not in given])


def _comparison(comparison: Comparison) -> Section:
    from territory_opt.compare.display import LEGEND, cell

    plans = range(len(comparison.names))
    rows = [
        (row.what, *(cell(row, plan) for plan in plans))
        for row in comparison.rows
        if any(value is not None for value in row.values)
    ]
    head = ("Number", *(clean(name) for name in comparison.names))
    said = _said([LEGEND, *comparison.notes])
    return Section("Plans side by side", "", head, rows, said, comparison.recommendation)


def _envy(report: EnvyReport) -> Section:
    envious = [j for j in np.argsort(-report.envy, kind="stable").tolist() if report.wanted_index[j] >= 0]
    rows = [
        (
            report.rep_name[j],
            report.rep_name[int(report.wanted_index[j])],
            amount(float(report.own[j]), report.unit),
            amount(float(report.envy[j]), report.unit),
            "yes" if report.up_to_one[j] else "no",
            f"{report.n_admirers[j]:,}",
        )
        for j in envious
    ]
    summary = (
        f"{percent(report.envy_free_share, digits=0)} of {count(len(report.rep_id), 'rep')} would not rather have "
        f"another book; {percent(report.up_to_one_share, digits=0)} are free of envy up to one account."
    )
    note = f"{measure_title(report.measure)} per full rep, counting only what the rep may serve."
    head = (
        "Rep",
        "Would rather have",
        "Own book",
        "Worth more by",
        "Free up to one account",
        "Reps who want this book",
    )
    return Section("Whose book would a rep rather have?", summary, head, rows, note)


def _simulation(simulation: FairnessSimulation) -> Section:
    from territory_opt.fairness.simulation_display import headline

    ranked = sorted(simulation.reps, key=lambda rep: (_VERDICTS.index(rep.verdict), rep.change or 0.0))
    rows = [
        (
            rep.rep_name,
            rep.verdict,
            "" if rep.change is None else percent(rep.change, signed=True, digits=0),
            amount(rep.tam_before, "money") if rep.n_before else "",
            amount(rep.tam, "money"),
            "" if rep.quota is None else amount(rep.quota, "money"),
            "" if rep.load_before is None else amount(rep.load_before, "money"),
            "" if rep.load is None else amount(rep.load, "money"),
            "" if rep.coverage_before is None else f"{rep.coverage_before:.2f}",
            "" if rep.coverage is None else f"{rep.coverage:.2f}",
        )
        for rep in ranked
    ]
    head = (
        "Rep",
        "Verdict",
        "Change",
        "TAM today",
        "TAM",
        "Quota",
        "Load today",
        "Load",
        "TAM per quota today",
        "TAM per quota",
    )
    points = [f"{clean(rep.rep_name)}: {simulation.case_for(rep)}" for rep in simulation.one_to_ones[:_MOST_CASES]]
    hidden = len(simulation.one_to_ones) - len(points)
    if hidden:
        points.append(f"{count(hidden, 'more rep')} to talk to one by one")
    # Without quotas there is nothing to say about them.
    kept = [column for column, _ in enumerate(head) if column < 2 or any(row[column] for row in rows)]
    shown = [tuple(row[column] for column in kept) for row in rows]
    titles = tuple(head[column] for column in kept)
    note = _said(["Load is per full rep", *simulation.notes])
    return Section("Better, equal or worse than today", f"{headline(simulation)}.", titles, shown, note, points)


def _ensemble(result: Ensemble) -> Section:
    from territory_opt.fairness.ensemble_display import sentence

    def number(value: float, metric: str) -> str:
        return percent(value, digits=1) if metric == "cv" else f"{value:,.0f}" if metric == "total" else f"{value:.3f}"

    rows = [
        (
            f"{measure_title(row.measure)}, {_METRICS.get(row.metric, row.metric)}",
            number(row.plan, row.metric),
            percent(row.fairer_than, digits=1),
            f"{percent(row.low, digits=1)} to {percent(row.high, digits=1)}",
            number(row.p05, row.metric),
            number(row.median, row.metric),
            number(row.p95, row.metric),
        )
        for row in result.standings
    ]
    head = ("Number", "This plan", "Fairer than", "95% interval", "Random: 5%", "Random: median", "Random: 95%")
    kept = "; ".join(result.population)
    note = _said([f"every random plan keeps: {kept}"] * bool(kept) + list(result.notes))
    return Section("Against random plans", f"{sentence(result)}.", head, rows, note)


def _risk(risk: ForecastRisk) -> Section:
    rows = []
    for row in risk.measures:
        cv, share = row.interval("cv"), row.interval("share_in_band")
        rows.append(
            (
                measure_title(row.measure),
                percent(cv.point, digits=1),
                _range(cv.low, cv.high),
                "" if row.p_cv_under_target is None else percent(row.p_cv_under_target, digits=0),
                _range(share.low, share.high),
                "" if row.p_all_in_band is None else percent(row.p_all_in_band, digits=0),
                risk.rep_name[int(np.argmax(row.p_smallest))],
            )
        )
    level = percent(risk.level, digits=0)
    head = (
        "Measure",
        "CV at forecast",
        f"CV in {level} of draws",
        f"Chance under {percent(risk.cv_target)}",
        f"Books in band in {level} of draws",
        "Chance all in band",
        "Most often smallest",
    )
    note = (
        f"{count(risk.draws, 'draw')} of a forecast error of {_sizes(risk)} of an account's ACV; errors within a "
        f"{clean(risk.by)} go together (correlation {risk.correlation:g}). Seed {risk.seed}."
    )
    return Section("If the forecast is wrong", "", head, rows, note, risk.findings)


def _sizes(risk: ForecastRisk) -> str:
    """Size of the error: one, or from the smallest to the largest segment."""
    low, high = float(risk.sigma.min()), float(risk.sigma.max())
    return percent(low) if low == high else f"{percent(low)} to {percent(high)}"


def _said(notes: Iterable[str]) -> str:
    """Notes as sentences."""
    texts = [clean(note).rstrip(".") for note in notes]
    return " ".join(f"{text[:1].upper()}{text[1:]}." for text in texts if text)


def _range(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{percent(low, digits=1)} to {percent(high, digits=1)}"


def _groups(report: GroupReport) -> Section:
    of_reps = report.of == "reps"
    rows = []
    for row in report.rows:
        ratio = None if row["ratio"] is None else row["ratio"] - 1.0
        against = percent(ratio, signed=True, digits=1) if of_reps else percent(row["share"], digits=1)
        rows.append(
            (
                str(row["group"]),
                measure_title(row["measure"]),
                f"{row['n_reps']:,}",
                f"{row['n_accounts']:,}",
                amount(row["mean"], row["unit"]),
                against,
                percent(row["cv"], digits=1),
            )
        )
    last = ("Against team", "CV") if of_reps else ("Share of team", "CV across books")
    head = ("Group", "Measure", "Reps" if of_reps else "Held by", "Accounts", "Per full rep", *last)
    summary = (
        "The books of each group of reps against the whole team."
        if of_reps
        else "How evenly each kind of account is spread over the books."
    )
    return Section(f"Fairness by {clean(report.column)}", summary, head, rows)
