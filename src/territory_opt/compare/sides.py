"""Score plans by one problem and lay their numbers side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from territory_opt._typing import IntArray
from territory_opt.alignment import Alignment
from territory_opt.compare.comparison import BROKEN, KEPT, RESERVED, Comparison, ComparisonRow
from territory_opt.compare.recommend import recommend
from territory_opt.errors import CriterionError
from territory_opt.evaluation import Evaluation, evaluate
from territory_opt.fairness import FairnessReport, fairness
from territory_opt.fairness.wording import clean, joined, measure_title
from territory_opt.problem import Problem
from territory_opt.result import Result

__all__ = ["Side", "compare"]

_MEASURES = ("load", "tam", "account_units")


@dataclass(frozen=True, slots=True)
class Side:
    """One plan, scored."""

    name: str
    evaluation: Evaluation
    report: FairnessReport
    bound: float | None


def compare(plans: Mapping[str, Alignment | Result], problem: Problem, *, base: str | None = None) -> Comparison:
    """Lay plans side by side, scored by the same criteria.

    Parameters
    ----------
    plans : mapping of str to Alignment or Result
        At least two, by the name to show; a result stands for its alignment.
    problem : Problem
        Its criteria, tables and policy score every plan, also a plan that was solved with others.
    base : str, optional
        The plan that differences are against; default the first.

    Returns
    -------
    Comparison
        Objective, every criterion, fairness, changes and travel, with differences and a recommendation in words.

    Raises
    ------
    CriterionError
        Fewer than two plans, an unusable name, or a base that is not among them.
    DataError
        A plan is of other accounts or reps than the problem.
    NoAlignmentError
        A result has no alignment.

    Notes
    -----
    D-TRANS-1. The recommendation is: a plan that keeps every limit before one that does not, then the lower objective.
    Plans whose objectives differ by less than 0.1 % count as equal, and the one that moves fewer accounts is taken. Of
    plans that all break a limit, the one that breaks the fewest. Nothing of this looks at who is affected: that is what
    :func:`simulate_fairness` is for.

    Examples
    --------
    >>> import territory_opt as topt
    >>> table = {"account_id": list("abcd"), "acv": [9e4, 7e4, 8e4, 8e4], "owner": ["r1", "r1", "r1", "r2"]}
    >>> accounts, team = topt.Accounts.from_frame(table), topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    >>> problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.1), topt.Disruption(weight=1)])
    >>> today = topt.Alignment.from_index(problem, [0, 0, 0, 1])
    >>> table = topt.compare({"today": today, "plan": topt.solve(problem)}, problem)
    >>> table.recommended, table.value("accounts that move", "plan")
    ('plan', 1.0)
    """
    names = _checked(plans, base)
    sides = [_side(name, plan, problem) for name, plan in zip(names, plans.values(), strict=True)]
    first = names[0] if base is None else clean(base)
    rows = (*_verdict(sides), *_criteria(sides), *_fairness(sides), *_change(sides), *_travel(sides, problem))
    recommended, sentences = recommend(sides, problem)
    return Comparison(
        names=names,
        base=first,
        rows=rows,
        feasible=tuple(side.evaluation.feasible for side in sides),
        objective=tuple(side.evaluation.objective for side in sides),
        recommended=recommended,
        recommendation=sentences,
        notes=_notes(plans, sides, problem),
    )


def _checked(plans: Mapping[str, Alignment | Result], base: str | None) -> tuple[str, ...]:
    if not isinstance(plans, Mapping):
        raise CriterionError('compare takes plans by name: compare({"today": today, "plan": result}, problem)')
    names = tuple(clean(str(name)) for name in plans)
    wrong = []
    if len(names) < 2:
        wrong.append(f"{len(names)} plan given: at least two are compared")
    wrong += [f"a plan has no name: {plan!r}" for name, plan in zip(names, plans.values(), strict=True) if not name]
    wrong += [f"a plan is called {name!r}, which is a column of the table" for name in names if name in RESERVED]
    twice = sorted({name for name in names if names.count(name) > 1})
    wrong += [f"two plans are called {name!r}" for name in twice]
    for name, plan in plans.items():
        if not isinstance(plan, Alignment | Result):
            wrong.append(f"{name!r} is a {type(plan).__name__}, not an Alignment or a Result")
    if base is not None and clean(base) not in names:
        wrong.append(f"base={base!r} is not among {joined(names)}")
    if wrong:
        raise CriterionError("; ".join(wrong))
    return names


def _side(name: str, plan: Alignment | Result, problem: Problem) -> Side:
    bound = None
    if isinstance(plan, Result):
        same = plan.problem is problem or plan.problem.fingerprint == problem.fingerprint
        bound = plan.bound if same and math.isfinite(plan.bound) else None
        plan = plan.alignment
    evaluation = evaluate(problem, plan)
    return Side(name, evaluation, fairness(problem, plan, evaluation=evaluation), bound)


def _reps(side: Side) -> IntArray:
    return side.report.alignment.rep_index


def _row(
    sides: list[Side], section: str, what: str, unit: str, better: str, of: Callable[[Side], float | None]
) -> ComparisonRow:
    return ComparisonRow(section, what, unit, better, tuple(_finite(of(side)) for side in sides))


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _verdict(sides: list[Side]) -> list[ComparisonRow]:
    rows = [
        _row(sides, "verdict", "limits broken", "count", "lower", lambda side: len(side.evaluation.broken)),
        _row(sides, "verdict", "objective", "objective", "lower", lambda side: side.evaluation.objective),
    ]
    if any(side.bound is not None for side in sides):
        rows.append(_row(sides, "verdict", "proven floor", "objective", "", lambda side: side.bound))
    return rows


def _criteria(sides: list[Side]) -> list[ComparisonRow]:
    rows = []
    for position, check in enumerate(sides[0].evaluation.checks):
        checks = [side.evaluation.checks[position] for side in sides]
        limit = check.criterion.is_limit
        rows.append(
            ComparisonRow(
                section="criteria",
                what=check.name,
                unit=check.unit if limit else "objective",
                better="higher" if limit else "lower",
                values=tuple(_finite(one.slack if limit else one.term) for one in checks),
                details=tuple(f"{_kept(one.satisfied) if limit else ''}{one.detail}" for one in checks),
            )
        )
    return rows


def _kept(satisfied: bool) -> str:
    return KEPT if satisfied else BROKEN


def _fairness(sides: list[Side]) -> list[ComparisonRow]:
    first = sides[0].report
    # A problem made from arrays has its own measures only.
    further = [row.measure for row in first.measures if row.band or first.problem.arrays_only]
    wanted = [*_MEASURES, *(name for name in further if name not in _MEASURES)]
    rows = []
    for name in (name for name in wanted if name in first.measure_names):
        title = measure_title(name)

        def number(attribute: str, name: str = name) -> Callable[[Side], float | None]:
            return lambda side: getattr(side.report.measure(name), attribute)

        rows.append(_row(sides, "fairness", f"{title}: CV", "share", "lower", number("cv")))
        rows.append(_row(sides, "fairness", f"{title}: Gini", "ratio", "lower", number("gini")))
        rows.append(_row(sides, "fairness", f"{title}: largest over smallest", "ratio", "lower", number("max_min")))
        if first.measure(name).band is not None:
            in_band = number("share_in_band")
            rows.append(_row(sides, "fairness", f"{title}: books in band", "share", "higher", in_band))
    return rows


def _change(sides: list[Side]) -> list[ComparisonRow]:
    if sides[0].report.change is None:
        return []

    def number(attribute: str) -> Callable[[Side], float | None]:
        return lambda side: getattr(side.report.change, attribute)

    return [
        _row(sides, "change", "accounts that move", "count", "lower", number("n_moved")),
        _row(sides, "change", "ACV that moves", "money", "lower", number("moved_acv")),
        _row(sides, "change", "share of owned ACV that moves", "share", "lower", number("acv_share")),
    ]


def _travel(sides: list[Side], problem: Problem) -> list[ComparisonRow]:
    if not problem.has_travel:
        return []

    def hours(side: Side) -> float:
        return float(side.evaluation.books["travel_hours"].sum())

    def most(side: Side) -> float:
        return float((side.evaluation.books["travel_hours"] / problem.selling_hours).max())

    return [
        _row(sides, "travel", "travel hours a year", "hours", "lower", hours),
        _row(sides, "travel", "largest share of selling hours", "share", "lower", most),
    ]


def _notes(plans: Mapping[str, Alignment | Result], sides: list[Side], problem: Problem) -> tuple[str, ...]:
    notes = []
    for position, side in enumerate(sides):
        twins = [one.name for one in sides[:position] if np.array_equal(_reps(one), _reps(side))]
        if twins:
            notes.append(f"{side.name} is the same alignment as {twins[0]}")
    other = [
        name
        for name, plan in plans.items()
        if isinstance(plan, Result) and plan.problem is not problem and plan.problem.fingerprint != problem.fingerprint
    ]
    if other:
        notes.append(f"solved with other criteria, and scored with these: {joined(other)}")
    return tuple(notes)
