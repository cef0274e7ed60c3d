"""One point of a frontier: what is minimised, under which limits, and from which start."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.travel import Travel
from territory_opt.evaluation import evaluate
from territory_opt.events import Cancel
from territory_opt.explain.verify import with_homes
from territory_opt.frontier.axis import Axis
from territory_opt.frontier.points import FrontierPoint
from territory_opt.problem import Problem
from territory_opt.solve import solve
from territory_opt.solvers.choose import ENGINE_FROM_PAIRS
from territory_opt.termination import Reason

if TYPE_CHECKING:
    from territory_opt.result import Result

__all__ = ["Search"]

_FULL_SCALE = 1000.0
_PER_MOVE = 10.0
"""What the move of an average account costs, in hours to it: the large engine needs both to find its way."""
_SAME = 1e-9
_TIGHTER = 0.3
"""How much an unknown tighter level counts for, against the relative drop between two known ones."""


class Search:
    """The problem, what is minimised, and the clock."""

    def __init__(
        self, problem: Problem, minimised: Axis, laddered: list[Axis], gap: float, seed: int, threads: int,
        solver: str, deadline: float, cancel: Cancel | None = None,
    ) -> None:  # fmt: skip
        self.problem, self.minimised, self.laddered = problem, minimised, laddered
        self._options: dict[str, Any] = {"gap": gap, "seed": seed, "threads": threads, "solver": solver}
        self._options["cancel"] = cancel
        self._deadline = deadline
        criteria = problem.criteria
        for axis in laddered:
            criteria = axis.without(criteria)
        self._own = criteria
        self._scale = 1.0
        if minimised.kind == "disruption":
            # All that is owned: in so large a number no single account is lost in a solver's tolerance.
            self._scale = max(_FULL_SCALE, _PER_MOVE * int((problem.owners.protected_index >= 0).sum()))
        if minimised.kind == "disruption":
            criteria = minimised.without(criteria)
        self._base = criteria if minimised.kind == "objective" else (*_limits(criteria), self._term())

    def _term(self) -> Criterion:
        if self.minimised.kind == "travel":
            return Travel(weight=1.0)
        owner = self.problem.owners.protected_index
        value = self.problem.measure(self.minimised.measure).base[owner >= 0]
        return Disruption(self.minimised.measure, weight=self._scale / float(value.sum()))

    def _near(self, limits: list[Criterion], start: Alignment | None, seconds: float) -> Alignment | None:
        """Begin from an answer with few moves and little travel: among equals the large engine finds none by itself."""
        problem = self.problem
        if self.minimised.kind != "disruption" or not problem.has_travel or problem.places.open_reps.any():
            return start
        if problem.n_accounts * problem.n_reps < ENGINE_FROM_PAIRS:
            return start
        owner = problem.owners.protected_index
        owned = np.flatnonzero(owner >= 0)
        hours = float(problem.hours(owned, owner[owned]).sum())
        value = float(problem.measure(self.minimised.measure).base[owned].sum())
        moves = Disruption(self.minimised.measure, weight=_PER_MOVE * max(hours, 1.0) / value)
        near = problem.replace(criteria=(*_limits(self._base), *limits, moves, Travel(weight=1.0)))
        found = solve(near, time_limit=seconds, start=start, **self._options)
        if not found.has_alignment:
            return start
        if start is None or self._moved(found.alignment) < self._moved(start):
            return found.alignment
        return start

    def _moved(self, alignment: Alignment) -> float:
        owner = self.problem.owners.protected_index
        value = self.problem.measure(self.minimised.measure).base
        return float(value[(owner >= 0) & (owner != alignment.rep_index)].sum())

    def solve(self, levels: dict[str, float], start: tuple[Alignment, ...], shares: int) -> Result:
        """Minimise at some levels, from the best start that is given."""
        limits = [axis.limit(self.problem, levels[axis.name]) for axis in self.laddered if axis.name in levels]
        problem = self.problem.replace(criteria=(*self._base, *limits))
        seconds = max(self._deadline - time.perf_counter(), 0.0) / shares
        begin = self._near(limits, start[0] if start else None, 0.3 * seconds)
        seconds = max(self._deadline - time.perf_counter(), 0.0) / shares
        twice = self.minimised.kind == "disruption" and any(not c.is_limit for c in self._own)
        result = solve(problem, time_limit=0.5 * seconds if twice else seconds, start=begin, **self._options)
        if not twice or not result.has_alignment:
            return result
        # As little moves as can be; among such answers the one that the problem itself likes best.
        moved = self.minimised.value(problem, result.alignment, result.evaluation)
        cap = Disruption(self.minimised.measure, at_most=min(1.0, moved * (1.0 + 1e-9)))
        again = with_homes(problem, result.alignment).replace(
            criteria=(*self.minimised.without(self._own), *limits, cap)
        )
        kept = Alignment.from_index(again, result.alignment.rep_index)
        better = solve(again, time_limit=0.5 * seconds, start=kept, **self._options)
        if not better.has_alignment:
            return result
        alignment = Alignment.from_index(problem, better.alignment.rep_index, result.alignment.home_index)
        return replace(result, found=(alignment, evaluate(problem, alignment)))

    def point(
        self, levels: dict[str, float], tried: list[FrontierPoint], shares: int, loose: FrontierPoint | None = None
    ) -> FrontierPoint:
        """Solve one level; answers that keep it, of tighter levels mostly, are the start."""
        known = tried if loose is None else [*tried, loose]
        inside = [
            p for p in known if p.values and all(p.values[name] <= level + _SAME for name, level in levels.items())
        ]
        inside.sort(key=lambda p: p.values[self.minimised.name])
        return self.read(levels, self.solve(levels, tuple(p.result.alignment for p in inside), shares))

    def read(self, levels: dict[str, float], result: Result) -> FrontierPoint:
        """Make a point of a result; it is judged later."""
        scale = self._scale
        if not result.has_alignment:
            status = "infeasible" if result.termination.reason is Reason.INFEASIBLE else "not found"
            return FrontierPoint(levels, {}, status, result.bound / scale, math.inf, result)
        axes = [self.minimised, *self.laddered]
        values = {axis.name: axis.value(result.problem, result.alignment, result.evaluation) for axis in axes}
        return FrontierPoint(levels, values, "kept", result.bound / scale, math.inf, result)

    def no_better(self, point: FrontierPoint, loose: Result) -> bool:
        """True when a point is as good as the answer without limits, within the gap."""
        if not point.values or not loose.has_alignment:
            return False
        value = point.values[self.minimised.name]
        best = self.minimised.value(loose.problem, loose.alignment, loose.evaluation)
        return bool(value - best <= self._options["gap"] * max(abs(value), _SAME))

    def steepest(self, tried: list[FrontierPoint]) -> dict[str, float] | None:
        """Level in the middle of the two neighbours that differ most, or below the tightest; None when all agree."""
        name = self.laddered[0].name
        best, widest = None, _SAME
        tightest = tried[0].levels[name]
        if tried[0].values and tightest > _SAME:
            best, widest = {name: 0.5 * tightest}, _TIGHTER * tightest
        for one, other in pairwise(tried):
            drop = 1.0
            if one.values and other.values:
                ends = one.values[self.minimised.name], other.values[self.minimised.name]
                drop = abs(ends[0] - ends[1]) / max(abs(ends[0]), abs(ends[1]), _SAME)
            gain = drop * (other.levels[name] - one.levels[name])
            if gain > widest:
                best, widest = {name: 0.5 * (one.levels[name] + other.levels[name])}, gain
        return best


def _limits(criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
    return tuple(c for c in criteria if c.is_limit)
