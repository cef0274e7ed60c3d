"""Which plan to take, in words that follow from the numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from territory_opt.fairness.wording import count, joined, measure_title, percent

if TYPE_CHECKING:
    from territory_opt.compare.sides import Side
    from territory_opt.problem import Problem

__all__ = ["NOBODY", "SAME", "recommend"]

NOBODY = "No plan keeps every limit."
"""How the recommendation begins when there is none."""

_MANY_TIMES = 10.0

SAME = 1e-3
"""Relative difference of objectives up to which plans count as equally good."""


def recommend(sides: list[Side], problem: Problem) -> tuple[str, tuple[str, ...]]:
    """Choose a plan and say why.

    Parameters
    ----------
    sides : list of Side
        The plans, scored.
    problem : Problem
        What they are scored by.

    Returns
    -------
    name : str
        The plan.
    sentences : tuple of str
        Why, what it costs against the others, and what speaks against it.
    """
    fewest = min(len(side.evaluation.broken) for side in sides)
    able = [side for side in sides if len(side.evaluation.broken) == fewest]
    least = min(side.evaluation.objective for side in able)
    close = [side for side in able if side.evaluation.objective - least <= SAME * abs(least)]
    best = min(close, key=lambda side: (_moved(side), side.evaluation.objective))
    others = [side for side in sides if side is not best]
    sentences = [_first(best, sides, fewest, lowest=best.evaluation.objective <= least)]
    sentences += [_against(best, other) for other in others]
    trade = [text for other in others if (text := _better_elsewhere(best, other, problem))]
    return best.name, (*sentences, *trade)


def _moved(side: Side) -> int:
    return 0 if side.report.change is None else side.report.change.n_moved


def _first(best: Side, sides: list[Side], fewest: int, *, lowest: bool) -> str:
    if fewest:
        names = joined([check.name for check in best.evaluation.broken], at_most=3)
        return f"{NOBODY} {best.name} breaks the fewest, {fewest}: {names}. Solve with these criteria before deciding."
    breaking = [side.name for side in sides if side.evaluation.broken]
    only = len(breaking) == len(sides) - 1
    if breaking and only:
        return f"Take {best.name}: it alone keeps every limit."
    keeps = "it keeps every limit" if any(check.criterion.is_limit for check in best.evaluation.checks) else "it is"
    if lowest:
        return f"Take {best.name}: {keeps} at the lowest objective."
    return f"Take {best.name}: {keeps} within {percent(SAME)} of the lowest objective, and fewest accounts move."


def _against(best: Side, other: Side) -> str:
    mine, theirs = best.evaluation.objective, other.evaluation.objective
    text = f"Against {other.name}: "
    if np.array_equal(best.report.alignment.rep_index, other.report.alignment.rep_index):
        return f"{text}it is the same alignment."
    broken = other.evaluation.broken
    if broken and not best.evaluation.broken:
        text += f"that breaks {count(len(broken), 'limit')} ({joined([check.name for check in broken], at_most=2)}); "
    if abs(theirs - mine) <= SAME * max(abs(mine), abs(theirs)):
        text += f"the objectives are as good as equal ({mine:,.6g} and {theirs:,.6g})"
        if _moved(best) < _moved(other):
            text += f", and fewer accounts move ({_moved(best):,} and {_moved(other):,})"
    else:
        change = (mine - theirs) / abs(theirs) if theirs else math.inf
        # Many times the other says nothing as a percentage.
        share = f" ({percent(change, signed=True, digits=1)})" if abs(change) < _MANY_TIMES else ""
        text += f"objective {mine:,.6g} and {theirs:,.6g}{share}"
    return text + "."


def _better_elsewhere(best: Side, other: Side, problem: Problem) -> str:
    """What the other plan does better: the price of taking the best one."""
    found = []
    report = best.report
    # A problem made from arrays has neither load nor TAM.
    judged: list[str] = [name for name in ("load", "tam") if name in report.measure_names]
    judged = judged or [report.main.measure]
    for name in judged:
        mine, theirs = (side.report.measure(name).cv for side in (best, other))
        if mine is not None and theirs is not None and theirs < mine - 5e-4:
            title = measure_title(name)
            words = title if title.isupper() else title.lower()
            found.append(
                f"{words} is spread more evenly (CV {percent(theirs, digits=1)}, not {percent(mine, digits=1)})"
            )
    fewer = _moved(best) - _moved(other)
    if fewer > 0:
        found.append("one account fewer moves" if fewer == 1 else f"{fewer:,} fewer accounts move")
    if problem.has_travel:
        mine_hours, other_hours = (float(side.evaluation.books["travel_hours"].sum()) for side in (best, other))
        if other_hours < mine_hours - 0.5:
            found.append(f"{mine_hours - other_hours:,.0f} fewer travel hours a year")
    return f"What {other.name} does better: {joined(found, at_most=4)}." if found else ""
