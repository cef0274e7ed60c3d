"""Ways to relax a conflict: each changes one thing, by as little as the proofs allow, and by more when asked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from territory_opt._typing import BoolArray, FloatArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.travel import Travel
from territory_opt.criteria.variation import Variation
from territory_opt.diagnose.halls import greatest_ratio
from territory_opt.diagnose.view import Band, Facts
from territory_opt.diagnose.words import number, spoken
from territory_opt.errors import TerritoryOptError
from territory_opt.fairness.wording import percent
from territory_opt.formulation.groups import merge_families
from territory_opt.formulation.uneven import least_uneven
from territory_opt.problem import Problem

__all__ = ["Change", "Edge", "edges", "least_edge", "rounded"]

# What is only just too tight, or only just not, takes a solver longest: first as much as is likely enough, then less
# and less. A proof says about how much that is.
_STEPS = (0.02, 0.15, 0.4, 1.0, 3.0)
_FAR_STEPS = (0.15, 0.4, 1.0, 3.0)


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A changed problem, and the change in words."""

    problem: Problem
    criteria: tuple[Criterion, ...]
    change: str
    short: str
    amount: float
    unit: str
    cost: str
    at_bound: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """One number of a criterion that can be relaxed.

    Attributes
    ----------
    criterion : criterion
        As it is.
    now : float
        The number.
    outward : int
        1 when larger is looser, -1 when smaller is.
    most : float
        As far as it can go.
    place : callable
        Makes the criterion with another number.
    digit : float
        Fixed step of the number; 0 for three significant digits.
    say : callable
        Change, short words and cost of a number.
    unit : str
        What the number counts.
    """

    criterion: Criterion
    now: float
    outward: int
    most: float
    place: Callable[[float], Criterion]
    digit: float
    say: Callable[[float], tuple[str, str, str]]
    unit: str

    def change(self, problem: Problem, value: float, *, at_bound: bool = False) -> Change | None:
        """The problem with another number; None where that is no problem."""
        try:
            changed = problem.with_criteria(self.place(value))
        except TerritoryOptError:
            return None
        return Change(changed, (self.criterion,), *self.say(value)[:2], value, self.unit, self.say(value)[2], at_bound)

    def values(self, least: float, *, far: bool = False) -> Iterator[float]:
        """Numbers to try, from the least that is not ruled out outward; farther out at once where nothing is."""
        if least * self.outward > self.most * self.outward:
            return
        seen = {rounded(self.now, self.digit, self.outward)}
        scale = max(abs(least), abs(self.now), 10 * self.digit)
        for step in _STEPS if not far and least * self.outward > self.now * self.outward else _FAR_STEPS:
            value = rounded(least + self.outward * step * scale, self.digit, self.outward)
            value = min(value, self.most) if self.outward > 0 else max(value, self.most)
            if value not in seen:
                seen.add(value)
                yield value


def rounded(value: float, digit: float, outward: int) -> float:
    """Round outward to a step, or to three significant digits.

    Examples
    --------
    >>> rounded(173.33, 1.0, 1), rounded(0.15341, 0.001, 1), rounded(1_234_567.0, 0.0, -1)
    (174.0, 0.154, 1230000.0)
    """
    if value == 0 or not math.isfinite(value):
        return value
    unit = digit or 10.0 ** (math.floor(math.log10(abs(value))) - 2)
    whole = value / unit
    nearest = round(whole)
    if not math.isclose(nearest, whole, rel_tol=1e-9, abs_tol=1e-9):
        nearest = math.ceil(whole) if outward > 0 else math.floor(whole)
    return float(f"{nearest * unit:.12g}")


def edges(problem: Problem, criterion: Criterion) -> list[Edge]:
    """The numbers of a criterion, those that may be relaxed."""
    if isinstance(criterion, Travel) and criterion.share_at_most is not None:

        def say_share(value: float) -> tuple[str, str, str]:
            share = percent(value)
            return (f"allow travel of {share} of selling hours (now {percent(criterion.share_at_most)})",
                    f"{share} of selling hours for travel",
                    f"books with up to {share} of the time on the road")  # fmt: skip

        return [
            Edge(
                criterion, criterion.share_at_most, 1, 1.0, lambda v: Travel(share_at_most=v), 0.001, say_share, "share"
            )
        ]
    if isinstance(criterion, Disruption) and criterion.at_most is not None:
        name = criterion.measure

        def say_moved(value: float) -> tuple[str, str, str]:
            share = percent(value)
            return (f"let {share} of owned {spoken(name)} change owner (now {percent(criterion.at_most)})",
                    f"{share} of owned {spoken(name)} may move",
                    f"up to {share} of owned {spoken(name)} moves")  # fmt: skip

        return [
            Edge(criterion, criterion.at_most, 1, 1.0, lambda v: Disruption(name, at_most=v), 0.001, say_moved, "share")
        ]
    if isinstance(criterion, BookLimits):
        return _own_limits(criterion)
    if isinstance(criterion, Variation):
        return [_variation(problem, criterion)]
    if not isinstance(criterion, Balance) or not criterion.is_limit:
        return []
    if criterion.between is None:
        return [_within(criterion)]
    return _between(problem, criterion)


def _variation(problem: Problem, criterion: Variation) -> Edge:
    name = spoken(criterion.measure)

    def say(value: float) -> tuple[str, str, str]:
        return (f"let {name} vary by {percent(value)} across books (now {percent(criterion.at_most)})",
                f"{name} varies by at most {percent(value)}",
                f"books whose {name} varies by up to {percent(value)}")  # fmt: skip

    # Everything in one book is as uneven as books can be.
    most = math.sqrt(max(problem.n_reps - 1.0, 1.0)) * float(problem.team.capacity.max() / problem.team.capacity.min())
    return Edge(criterion, criterion.at_most, 1, most, lambda v: Variation(criterion.measure, v), 0.001, say, "share")


def _within(criterion: Balance) -> Edge:
    now = criterion.within or 0.0
    name, of = spoken(criterion.measure), criterion.of

    def say(value: float) -> tuple[str, str, str]:
        return (f"widen the band of {name} to {percent(value)} of the {of} (now {percent(now)})",
                f"{name} within {percent(value)} of the {of}",
                f"books up to {percent(value)} from the {of}")  # fmt: skip

    return Edge(criterion, now, 1, 1.0, lambda v: replace(criterion, within=v), 0.001, say, "share")


def _between(problem: Problem, criterion: Balance) -> list[Edge]:
    assert criterion.between is not None
    low, high = criterion.between
    measure = problem.measure(criterion.measure)
    name, unit = spoken(criterion.measure), measure.unit
    whole = measure.integer and float(np.abs(measure.base).max(initial=0.0)) <= 1e4
    digit = 1.0 if whole and bool((problem.team.capacity == 1.0).all()) else 0.0

    def each(value: float) -> str:
        much = number(value, unit)
        return f"{much} {name.removesuffix('s') if much == '1' else name}"

    def say_high(value: float) -> tuple[str, str, str]:
        text = f"{each(value)} a rep"
        return f"allow {text} (now {number(high, unit)})", text, f"books of up to {each(value)}"

    def say_low(value: float) -> tuple[str, str, str]:
        text = f"{each(value)} a rep"
        return f"ask for {text} (now {number(low, unit)})", f"only {text}", f"books of {each(value)}"

    found = []
    if math.isfinite(high):
        found.append(
            Edge(criterion, high, 1, math.inf, lambda v: replace(criterion, between=(low, v)), digit, say_high, unit)
        )
    if math.isfinite(low) and low > 0:
        found.append(
            Edge(criterion, low, -1, 0.0, lambda v: replace(criterion, between=(v, high)), digit, say_low, unit)
        )
    return found


def _own_limits(criterion: BookLimits) -> list[Edge]:
    """All upper limits raised, or all lower ones eased, by one factor."""
    name = spoken(criterion.measure)

    def raised(factor: float) -> Criterion:
        return BookLimits(criterion.measure, lower=criterion.lower, upper=criterion.upper * factor)

    def eased(factor: float) -> Criterion:
        return BookLimits(criterion.measure, lower=criterion.lower * factor, upper=criterion.upper)

    def say_raised(factor: float) -> tuple[str, str, str]:
        share = percent(factor - 1.0)
        return (f"raise every upper limit of {name} by {share}", f"upper limits of {name} {share} higher",
                f"books up to {share} above their limits")  # fmt: skip

    def say_eased(factor: float) -> tuple[str, str, str]:
        share = percent(1.0 - factor)
        return (f"ease every lower limit of {name} by {share}", f"lower limits of {name} {share} lower",
                f"books up to {share} below their limits")  # fmt: skip

    unit, found = "times the limits", []
    # A factor on a limit below zero would tighten it.
    if _can_grow(criterion.upper):
        found.append(Edge(criterion, 1.0, 1, math.inf, raised, 0.001, say_raised, unit))
    if _can_grow(criterion.lower):
        found.append(Edge(criterion, 1.0, -1, 0.0, eased, 0.001, say_eased, unit))
    return found


def _can_grow(limits: FloatArray) -> bool:
    known = limits[np.isfinite(limits)]
    return bool((known >= 0).all() and (known > 0).any())


def least_edge(problem: Problem, edge: Edge) -> float:
    """The number up to which the relaxed criterion is ruled out by proofs about that criterion alone.

    Parameters
    ----------
    problem : Problem
        The statement.
    edge : Edge
        One of its numbers.

    Returns
    -------
    float
        No alignment keeps the other rules with a tighter number; the number itself where nothing more is known.
    """
    criterion = edge.criterion
    if isinstance(criterion, Variation):
        return max(edge.now, least_uneven(problem, merge_families(problem), criterion.measure).variation)
    facts = Facts(problem)
    view = facts.view()
    band = view.band(criterion) if facts.readable else None
    if band is None:
        return edge.now
    others = view.without(criterion).strong
    capacity, highest, lowest = band.capacity, 0.0, math.inf
    if band.each is not None:
        return _least_factor(band, others, band.each, upper=edge.outward > 0)
    if band.positive:
        highest, _ = greatest_ratio(others, band.least, capacity)
        highest = max(highest, _fullest(band, others, capacity))
    tightest, _ = greatest_ratio(others.T, capacity, band.most)
    if tightest > 0:
        lowest = 1.0 / tightest
    if isinstance(criterion, Travel):
        needed = highest / problem.policy.selling_hours
    elif isinstance(criterion, Balance) and criterion.between is not None:
        needed = highest if edge.outward > 0 else lowest
    else:
        needed = _half_width(highest, lowest, band.middle)
    return max(edge.now, needed) if edge.outward > 0 else min(edge.now, needed)


def _half_width(highest: float, lowest: float, middle: tuple[float, float]) -> float:
    """Least share b for which (1 + b) T reaches the highest and (1 - b) T the lowest, for some middle T."""
    least, most = middle
    free = (highest + lowest) / 2 if math.isfinite(lowest) else most
    at = min(max(free, least), most)
    if at <= 0:
        return 0.0
    return max(highest / at - 1.0, 1.0 - lowest / at, 0.0)


def _fullest(band: Band, others: BoolArray, room: FloatArray) -> float:
    """Most that a group needs per unit of room in the book that it fills least."""
    if band.values.ndim == 2:
        return float(_finite(np.where(others, band.values / room[None, :], np.inf).min(axis=1)).max(initial=0.0))
    widest = np.zeros(len(others))
    for size in np.unique(room):
        widest[others[:, room == size].any(axis=1)] = size
    some = widest > 0
    return float((band.values[some] / widest[some]).max(initial=0.0))


def _finite(values: FloatArray) -> FloatArray:
    return values[np.isfinite(values)]


def _least_factor(band: Band, others: BoolArray, each: tuple[FloatArray, FloatArray], *, upper: bool) -> float:
    """Least factor on the upper limits of books, or greatest on the lower ones, that no proof rules out."""
    if not upper:
        ratio, _ = greatest_ratio(others.T, np.maximum(each[0], 0.0), band.most)
        return 1.0 / ratio if ratio > 1.0 else 1.0
    if not band.positive:
        return 1.0
    room = np.maximum(each[1], 0.0)
    ratio, _ = greatest_ratio(others, band.least, room)
    with np.errstate(divide="ignore", invalid="ignore"):
        return max(1.0, ratio, _fullest(band, others, room))
