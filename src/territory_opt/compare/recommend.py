"""Which plan to take, in words that follow from the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from territory_opt.fairness.wording import count, joined, percent

if TYPE_CHECKING:
    from territory_opt.compare.sides import Side
    from territory_opt.problem import Problem

__all__ = ["SAME", "recommend"]

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
    sentences = [_first(best, sides, fewest)]
    sentences += [_against(best, other) for other in others]
    trade = [text for other in others if (text := _better_elsewhere(best, other, problem))]
    return best.name, (*sentences, *trade)


def _moved(side: Side) -> int:
    return 0 if side.report.change is None else side.report.change.n_moved


def _first(best: Side, sides: list[Side], fewest: int) -> str:
    if fewest:
        names = joined([check.name for check in best.evaluation.broken], at_most=3)
        return (
            f"No plan keeps every limit. {best.name} breaks the fewest, {fewest}: {names}. "
            "Solve with these criteria before deciding."
        )
    breaking = [side.name for side in sides if side.evaluation.broken]
    only = len(breaking) == len(sides) - 1
    if breaking and only:
        return f"Take {best.name}: it alone keeps every limit."
    return f"Take {best.name}: it keeps every limit at the lowest objective."


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
        share = f" ({percent((mine - theirs) / abs(theirs), signed=True, digits=1)})" if theirs else ""
        text += f"objective {mine:,.6g} and {theirs:,.6g}{share}"
    return text + "."


def _better_elsewhere(best: Side, other: Side, problem: Problem) -> str:
    """What the other plan does better: the price of taking the best one."""
    found = []
    for name in ("load", "tam"):
        mine, theirs = (side.report.measure(name).cv for side in (best, other))
        if mine is not None and theirs is not None and theirs < mine - 5e-4:
            words = "load" if name == "load" else "TAM"
            found.append(
                f"{words} is spread more evenly (CV {percent(theirs, digits=1)}, not {percent(mine, digits=1)})"
            )
    if _moved(other) < _moved(best):
        found.append(f"{_moved(best) - _moved(other):,} fewer accounts move")
    if problem.has_travel:
        mine_hours, other_hours = (float(side.evaluation.books["travel_hours"].sum()) for side in (best, other))
        if other_hours < mine_hours - 0.5:
            found.append(f"{mine_hours - other_hours:,.0f} fewer travel hours a year")
    return f"What {other.name} does better: {joined(found, at_most=4)}." if found else ""
