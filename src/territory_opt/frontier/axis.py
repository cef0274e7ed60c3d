"""Criteria that can be traded off: how each is read, limited and minimised."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion, canonical_measure
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.variation import Variation
from territory_opt.errors import CriterionError
from territory_opt.evaluation import Evaluation
from territory_opt.problem import Problem
from territory_opt.verdicts import band_reference

if TYPE_CHECKING:
    from territory_opt.result import Result

__all__ = ["Axis", "checked_levels", "default_ladder", "named_axis", "split_axes"]

_LEAST_POINTS = 2
_WIDEST = 1.0
_NARROWEST = 0.01
_LEAST_VARIATION = 1e-9


@dataclass(frozen=True, slots=True)
class Axis:
    """One criterion of the frontier: how it is read, limited and minimised."""

    name: str
    kind: str
    measure: str
    unit: str

    def value(self, problem: Problem, alignment: Alignment, evaluation: Evaluation) -> float:
        """Read the criterion from an answer."""
        if self.kind == "travel":
            return float(evaluation.books["travel_hours"].sum())
        if self.kind == "disruption":
            owner = problem.owners.protected_index
            value = problem.measure(self.measure).base
            moved = (owner >= 0) & (owner != alignment.rep_index)
            return float(value[moved].sum() / value[owner >= 0].sum())
        if self.kind == "objective":
            return evaluation.objective
        if self.kind == "variation":
            full = evaluation.books[self.measure] / problem.team.capacity
            mean = float(full.mean())
            return float(full.std()) / mean if mean > 0 else math.inf if full.any() else 0.0
        book = evaluation.books[self.measure]
        middle = band_reference(problem, self.band(problem, _WIDEST), book)
        full = book / problem.team.capacity
        if middle > 0:
            return float(np.abs(full / middle - 1.0).max())
        return math.inf if book.any() else 0.0

    def band(self, problem: Problem, level: float) -> Balance:
        """Band of one width, around what the problem's own band is around."""
        own = [c for c in problem.criteria if isinstance(c, Balance) and canonical_measure(c.measure) == self.measure]
        of = own[0].of if own and own[0].within is not None else "mean"
        return Balance(self.measure, within=level, of=of)

    def limit(self, problem: Problem, level: float) -> Criterion:
        """Criterion that keeps this one at a level or below."""
        if self.kind == "disruption":
            # "acv" is what people say of accounts that move; the measure is the same.
            return Disruption("acv" if self.measure == "tam" else self.measure, at_most=level)
        if self.kind == "variation":
            return Variation(self.measure, at_most=max(level, _LEAST_VARIATION))
        return self.band(problem, level) if level <= _WIDEST else self._range(problem, level)

    def widest(self, problem: Problem) -> float:
        """Greatest level that can be a limit: no band around a middle that moves reaches farther than all of it."""
        if self.kind != "balance":
            return math.inf
        of = self.band(problem, _WIDEST).of
        floats = of == "median" or (of == "mean" and problem.measure(self.measure).pair_dependent)
        return _WIDEST if floats else math.inf

    def _range(self, problem: Problem, level: float) -> Balance:
        """A band wider than all of the middle, as a range."""
        of = self.band(problem, _WIDEST).of
        if level > self.widest(problem):
            raise CriterionError(
                f"{self.name!r}: in the best answer found a book lies {100 * level:,.4g}% from the {of}, and a band "
                f"reaches 100% at the most; ask for 'variation:{self.measure}', or split the largest accounts"
            )
        base = problem.measure(self.measure).base
        middle = float(base.sum() / problem.team.capacity.sum())
        # Where nothing is below zero, the lower edge says nothing.
        low = (1.0 - level) * middle if (base < 0).any() else -math.inf
        return Balance(self.measure, between=(low, (1.0 + level) * middle))

    def own_limit(self, problem: Problem) -> float:
        """Level that a limit of the problem itself asks for; infinite without one."""
        for own in problem.criteria:
            if not own.is_limit or not isinstance(own, Balance | Variation | Disruption):
                continue
            if own.key[:2] == (self.kind, self.measure):
                level = own.within if isinstance(own, Balance) else own.at_most
                return math.inf if level is None else level
        return math.inf

    def without(self, criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        """Criteria less the limits on this one."""
        if self.kind == "balance":
            return tuple(
                c for c in criteria if not (isinstance(c, Balance) and canonical_measure(c.measure) == self.measure)
            )
        if self.kind == "variation":
            return tuple(
                c for c in criteria if not (isinstance(c, Variation) and canonical_measure(c.measure) == self.measure)
            )
        return tuple(
            c
            for c in criteria
            if not (isinstance(c, Disruption) and c.is_limit and canonical_measure(c.measure) == self.measure)
        )


def named_axis(problem: Problem, name: str) -> Axis:
    """Read the name of a criterion.

    Raises
    ------
    CriterionError
        If there is none of that name, or the problem lacks the data for it.
    """
    kind, _, measure = name.partition(":")
    if kind == "disruption":
        measure = canonical_measure(measure or "acv")
        if not problem.owners.known:
            raise CriterionError(f"{name!r} needs accounts with an owner in the team")
        value = problem.measure(measure).base[problem.owners.protected_index >= 0]
        if not value.sum() > 0:
            raise CriterionError(f"{name!r} needs owned accounts of some {measure}: all that is owned adds up to 0")
        return Axis(name, kind, measure, "share")
    if name == "travel":
        if not problem.has_travel:
            raise CriterionError("'travel' needs coordinates (lat, lon) of accounts, or travel_time=")
        return Axis(name, kind, "travel_hours", "hours")
    if name == "objective":
        if all(c.is_limit for c in problem.criteria):
            raise CriterionError("'objective' needs a weighted criterion: this problem has none")
        return Axis(name, kind, "", "objective")
    if kind in ("balance", "variation") and measure:
        measure = canonical_measure(measure)
        problem.measure(measure)
        return Axis(name, kind, measure, "share")
    raise CriterionError(
        f"no criterion {name!r} to trade off; there are 'disruption', 'disruption:<measure>', 'travel', 'objective', "
        "'balance:<measure>' and 'variation:<measure>'"
    )


def split_axes(axes: list[Axis], names: tuple[str, ...], points: int) -> tuple[Axis, list[Axis]]:
    """Choose the criterion that is minimised; the others get ladders.

    Raises
    ------
    CriterionError
        If there are not two or three different ones, or all are balances.
    """
    if len(axes) not in (2, 3) or len(set(names)) != len(names):
        raise CriterionError(f"a frontier is between two or three different criteria, not {', '.join(names) or 'none'}")
    if isinstance(points, bool) or not isinstance(points, Integral) or not points >= _LEAST_POINTS:
        raise CriterionError(f"points={points!r} must be a whole number of at least {_LEAST_POINTS}")
    if sum(axis.kind in ("travel", "objective") for axis in axes) > 1:
        raise CriterionError("'travel' and 'objective' are both minimised: give one of them")
    order = {"objective": 0, "travel": 1, "disruption": 2, "balance": 3, "variation": 4}
    first = min(axes, key=lambda axis: order[axis.kind])
    if first.kind in ("balance", "variation"):
        raise CriterionError("a deviation is never minimised: add 'travel', 'disruption' or 'objective'")
    return first, [axis for axis in axes if axis is not first]


def checked_levels(name: str, levels: list[float]) -> list[float]:
    """Levels from tight to loose.

    Raises
    ------
    CriterionError
        If there is none, or one is no share.
    """
    known = not isinstance(levels, str) and isinstance(levels, Iterable)
    if not known or not levels or not all(isinstance(level, Real) and 0.0 <= level <= 1.0 for level in levels):
        raise CriterionError(f"levels of {name!r} must be shares in [0, 1], got {levels!r}")
    return sorted({float(level) for level in levels})


def default_ladder(axis: Axis, problem: Problem, loose: Result, count: int, *, from_zero: bool = True) -> list[float]:
    """Levels up to what the answer without any limit on the criterion reads; bands lie closer where they are tight.

    A cap on moves begins at none, unless two ladders leave few levels for it: no moves at all is mostly impossible.
    """
    widest = _WIDEST
    if loose.has_alignment:
        widest = min(_WIDEST, axis.value(problem, loose.alignment, loose.evaluation))
    if axis.kind == "disruption":
        return (
            [widest * t / (count - 1) for t in range(count)]
            if from_zero
            else [widest * (t + 1) / count for t in range(count)]
        )
    return [max(widest, _NARROWEST) * ((t + 1) / count) ** 2 for t in range(count)]
