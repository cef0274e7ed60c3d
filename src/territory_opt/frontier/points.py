"""The frontier as a value: its points, what became of each, and how it shows."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt.alignment import Alignment

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.result import Result

__all__ = ["Frontier", "FrontierPoint", "judged", "with_bounds"]

_SAME = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class FrontierPoint:
    """One level of the ladder and what came out.

    Attributes
    ----------
    levels : mapping of str to float
        Limit of every laddered criterion; infinite for the answer without any.
    values : mapping of str to float
        What the answer reads in every criterion; empty without one.
    status : {"kept", "dominated", "infeasible", "not found"}
        Whether it is on the frontier, and why not.
    bound : float
        Least value of the minimised criterion that is not ruled out at these levels.
    gap : float
        Gap of the minimised criterion at these levels; infinity without an answer.
    result : Result
        The solve.
    """

    levels: dict[str, float]
    values: dict[str, float]
    status: str
    bound: float
    gap: float
    result: Result


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Frontier:
    """Answers none of which is better than another in every criterion.

    Attributes
    ----------
    criteria : tuple of str
        Names as asked; all are better when smaller.
    minimised : str
        The one that was minimised at every level of the others.
    points : tuple of FrontierPoint
        Every level that was tried, tight to loose, with what became of it.
    seconds : float
        Wall-clock seconds.
    """

    criteria: tuple[str, ...]
    minimised: str
    points: tuple[FrontierPoint, ...]
    seconds: float
    units: tuple[str, ...] = field(default=())

    @property
    def kept(self) -> tuple[FrontierPoint, ...]:
        """Points on the frontier, by the first criterion."""
        some = [point for point in self.points if point.status == "kept"]
        return tuple(sorted(some, key=lambda point: point.values[self.criteria[0]]))

    @property
    def alignments(self) -> tuple[Alignment, ...]:
        """Their alignments, in the same order."""
        return tuple(point.result.alignment for point in self.kept)

    def to_frame(self) -> pd.DataFrame:
        """One row per level that was tried.

        Returns
        -------
        pandas.DataFrame
            Columns: every criterion as it came out, ``limit <criterion>`` for the laddered ones, bound, gap, status,
            n_moved (accounts), seconds. NaN without an answer.
        """
        from territory_opt.frontier.display import frontier_frame

        return frontier_frame(self)

    def plot(self) -> Any:
        """Draw the frontier: first criterion across, second up, third as colour.

        Returns
        -------
        altair.Chart
            Shows itself in a notebook.

        Raises
        ------
        SolverUnavailableError
            If Altair is not installed.
        """
        from territory_opt.frontier.display import frontier_chart

        return frontier_chart(self)

    def __str__(self) -> str:
        from territory_opt.frontier.display import frontier_text

        return frontier_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from territory_opt.frontier.display import frontier_html

        return frontier_html(self)


def with_bounds(points: list[FrontierPoint], name: str) -> list[FrontierPoint]:
    """A loose level's bound holds at tight ones too."""
    done = []
    for point in points:
        looser = [p.bound for p in points if all(p.levels[key] >= level - _SAME for key, level in point.levels.items())]
        bound = max(point.bound, *looser)
        value = point.values.get(name)
        gap = math.inf
        if value is not None:
            bound = min(bound, value)
            gap = 0.0 if value - bound <= _SAME * max(1.0, abs(value)) else (value - bound) / abs(value)
        done.append(replace(point, bound=bound, gap=gap))
    return done


def judged(points: list[FrontierPoint], names: tuple[str, ...]) -> list[FrontierPoint]:
    """Mark the dominated: another point is as good in all, and better in one or came first."""
    some = [(number, point) for number, point in enumerate(points) if point.values]
    done = list(points)
    for number, point in some:
        mine = np.array([point.values[name] for name in names])
        for other, rival in some:
            theirs = np.array([rival.values[name] for name in names])
            room = np.where(np.isfinite(mine), _SAME * np.maximum(1.0, np.abs(mine)), 0.0)
            better = (theirs < mine - room).any() or other < number
            if other != number and better and (theirs <= mine + room).all():
                done[number] = replace(point, status="dominated")
                break
    return done
