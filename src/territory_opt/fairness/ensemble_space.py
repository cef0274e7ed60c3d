"""The feasible plans of a problem as arrays: what a random walk over them has to keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from territory_opt._typing import AnyArray, BoolArray, FloatArray, IntArray
from territory_opt.alignment import Alignment
from territory_opt.criteria import Apart, Balance, Disruption, Eligible, Forbid, Lock, Seniority, Together
from territory_opt.criteria import Travel as TravelCriterion
from territory_opt.errors import CriterionError, UnsupportedError
from territory_opt.evaluation import FEASIBILITY_TOLERANCE, evaluate
from territory_opt.formulation.costs import kept_value
from territory_opt.formulation.groups import Groups, allowed_reps, merge_families
from territory_opt.problem import Problem

__all__ = ["PlanSpace", "plan_space"]

_MOST_BYTES = 2_000_000_000
_NEAR = 6
"""Reps that count as near to an item."""
_PLAIN = (Eligible, Seniority, Lock, Forbid, Together)


@dataclass(frozen=True, slots=True)
class PlanSpace:
    """Items that move (an account, or a family), and the limits on what a move may do.

    The last item of every array is nobody: a stand-in for the second item of a single move, which weighs nothing.

    Attributes
    ----------
    groups : Groups
        Accounts of every item.
    start : ndarray of int, shape (n_items,)
        Rep of every item in the plan that the walk starts from.
    allowed : ndarray of bool, shape (n_items + 1, n_reps)
        Reps that may have the item.
    free : ndarray of int
        Items with more than one such rep.
    weight : ndarray of float, shape (n_items + 1, n_reps, n_limited)
        What an item adds to a book, per limited measure.
    low, high : ndarray of float, shape (n_reps, n_limited)
        Fixed limits of every book; infinite where there is none.
    floating : ndarray of int, shape (n_floating,)
        Limited measures whose band moves with the books.
    within : ndarray of float, shape (n_floating,)
        Half width of those bands.
    median : ndarray of bool, shape (n_floating,)
        True for a band around the median, False around the mean.
    capacity : ndarray of float, shape (n_reps,)
        Capacity shares.
    summed : ndarray of float, shape (n_items + 1, n_reps, n_caps)
        What a pair adds to a sum over all books that is capped: moved value, or travel hours.
    summed_high : ndarray of float, shape (n_caps,)
        Those caps.
    partner : ndarray of int, shape (n_items + 1, p)
        Items that must have another rep; the stand-in where there are fewer.
    near : ndarray of int, shape (n_items + 1, s)
        The reps nearest to the item by travel, whatever the plan; s is 0 without travel.
    orders : ndarray of int, shape (n_orders, n_free)
        The free items by size, and by the two reps they are nearest to: neighbours in an order can be swapped without
        changing much.
    words : tuple of str
        The limits that are kept.
    """

    groups: Groups
    start: IntArray
    allowed: BoolArray
    free: IntArray
    weight: FloatArray
    low: FloatArray
    high: FloatArray
    floating: IntArray
    within: FloatArray
    median: BoolArray
    capacity: FloatArray
    summed: FloatArray
    summed_high: FloatArray
    partner: IntArray
    near: IntArray
    orders: IntArray
    words: tuple[str, ...]

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.start)


def plan_space(problem: Problem, alignment: Alignment, *, bands: bool, travel_within: float | None = None) -> PlanSpace:
    """Lay the hard limits of a problem out for a walk that starts from a plan.

    Parameters
    ----------
    problem : Problem
        Its hard limits are kept; costs play no part.
    alignment : Alignment
        Where the walk starts; its open homes stay.
    bands : bool
        False leaves the hard ``Balance`` bands out.
    travel_within : float, optional
        Cap on the travel hours of all books together, as a share above those of the plan.

    Raises
    ------
    CriterionError
        The plan breaks a limit, or nothing can move.
    UnsupportedError
        A limit that the walk does not know, or tables too large for it.
    """
    limits = [c for c in problem.criteria if c.is_limit and (bands or not isinstance(c, Balance))]
    known = (*_PLAIN, Balance, TravelCriterion, Disruption, Apart)
    unknown = [c.describe() for c in limits if not isinstance(c, known)]
    if unknown:
        raise UnsupportedError(f"random plans cannot keep: {'; '.join(unknown)}; use problem.without_criteria(...)")
    hard = problem.replace(criteria=limits)
    broken = evaluate(hard, alignment).broken
    if broken:
        raise CriterionError(
            "the walk starts from the plan, and the plan does not keep: "
            + "; ".join(f"{check.name} ({check.detail})" for check in broken)
            + "; give bands=False, or leave the limit out with problem.without_criteria(...)"
        )
    groups = merge_families(hard)
    measured = [c for c in limits if isinstance(c, Balance | TravelCriterion)]
    n_caps = sum(isinstance(c, Disruption) for c in limits) + (travel_within is not None)
    n_bytes = 8 * (groups.n_groups + 1) * problem.n_reps * (len(measured) + n_caps + 2)
    if n_bytes > _MOST_BYTES:
        raise UnsupportedError(
            f"{problem.n_accounts:,} accounts x {problem.n_reps:,} reps x {len(measured) + n_caps} limits need "
            f"{n_bytes / 1e9:.1f} GB; leave limits out (bands=False), or judge a region at a time"
        )
    allowed = np.vstack([allowed_reps(hard, groups), np.ones((1, problem.n_reps), dtype=np.bool_)])
    free = np.flatnonzero(allowed[:-1].sum(axis=1) > 1)
    if not len(free):
        raise CriterionError("no account may go to another rep: the plan is the only one, and has no percentile")
    weight, low, high, floating = _measured(hard, groups, alignment, measured)
    near, orders = _neighbours(hard, groups, alignment, free)
    caps = _moved_caps(hard, groups, [c for c in limits if isinstance(c, Disruption)])
    words = [c.describe() for c in limits]
    if travel_within is not None:
        caps.append(_travel_cap(hard, groups, alignment, travel_within))
        words.append(f"travel of all books at most {100 * travel_within:.4g}% above that of the plan")
    return PlanSpace(
        groups=groups,
        start=alignment.rep_index[groups.order[groups.starts]],
        allowed=allowed,
        free=free,
        weight=weight,
        low=low,
        high=high,
        floating=np.array([m for m, _ in floating], dtype=np.int64),
        within=np.array([c.within or 0.0 for _, c in floating], dtype=np.float64),
        median=np.array([c.of == "median" for _, c in floating], dtype=np.bool_),
        capacity=np.asarray(problem.team.capacity, dtype=np.float64),
        summed=np.stack([part for part, _ in caps], axis=2) if caps else np.zeros((*allowed.shape, 0)),
        summed_high=np.array([high for _, high in caps], dtype=np.float64),
        partner=_partners(hard, groups, [c for c in limits if isinstance(c, Apart)]),
        near=near,
        orders=orders,
        words=tuple(words),
    )


def _measured(
    problem: Problem, groups: Groups, alignment: Alignment, criteria: list[Balance | TravelCriterion]
) -> tuple[FloatArray, FloatArray, FloatArray, list[tuple[int, Balance]]]:
    k, capacity = problem.n_reps, problem.team.capacity
    weight = np.zeros((groups.n_groups + 1, k, len(criteria)))
    low, high = np.full((k, len(criteria)), -np.inf), np.full((k, len(criteria)), np.inf)
    floating = []
    for m, criterion in enumerate(criteria):
        name = criterion.measure if isinstance(criterion, Balance) else "travel_hours"
        measure = problem.measure(name)
        if measure.pair_dependent:
            for j, added in enumerate(_per_rep(problem, name, alignment)):
                weight[:-1, j, m] = groups.total(added)
        else:
            weight[:-1, :, m] = groups.total(measure.base)[:, None]
        if isinstance(criterion, TravelCriterion):
            high[:, m] = ((criterion.share_at_most or 0.0) + FEASIBILITY_TOLERANCE) * problem.selling_hours
        elif isinstance(criterion, Balance) and criterion.between is not None:
            edges = [abs(edge) for edge in criterion.between if np.isfinite(edge)]
            slack = FEASIBILITY_TOLERANCE * max(1.0, *edges)
            low[:, m] = (criterion.between[0] - slack) * capacity
            high[:, m] = (criterion.between[1] + slack) * capacity
        elif isinstance(criterion, Balance):
            if criterion.of == "median" or (criterion.of == "mean" and measure.pair_dependent):
                floating.append((m, criterion))
                continue
            # The mean of a measure that does not depend on the rep is the same in every plan, as a target is.
            middle = float(measure.base.sum() / capacity.sum())
            half = (criterion.within or 0.0) + FEASIBILITY_TOLERANCE
            low[:, m], high[:, m] = (1 - half) * middle * capacity, (1 + half) * middle * capacity
    return weight, low, high, floating


def _moved_caps(problem: Problem, groups: Groups, criteria: list[Disruption]) -> list[tuple[FloatArray, float]]:
    found = []
    for criterion in criteria:
        owned, kept = kept_value(problem, groups, criterion.measure)
        total = float(owned.sum())
        high = (criterion.at_most or 0.0) * total + FEASIBILITY_TOLERANCE * max(total, 1.0)
        found.append((_with_nobody(owned[:, None] - kept), high))
    return found


def _neighbours(problem: Problem, groups: Groups, alignment: Alignment, free: IntArray) -> tuple[IntArray, IntArray]:
    """Nearest reps of every item, and orders of the free items in which neighbours are alike."""
    size = groups.total(problem.measure("load").base)[free]
    by_size = np.argsort(size, kind="stable")
    if not problem.has_travel or problem.n_reps < 2:
        return np.zeros((groups.n_groups + 1, 0), dtype=np.int64), free[by_size][None, :]
    hours = np.stack([groups.total(column) for column in _per_rep(problem, "travel_hours", alignment)], axis=1)
    n_near = min(_NEAR, problem.n_reps)
    near = np.argpartition(hours, n_near - 1, axis=1)[:, :n_near] if n_near < problem.n_reps else _every(hours)
    order = np.argsort(np.take_along_axis(hours, near, axis=1), axis=1, kind="stable")
    near = np.take_along_axis(near, order, axis=1)
    by_place = np.lexsort((size, near[free, 1], near[free, 0]))
    return np.vstack([near, near[:1]]), np.stack([free[by_size], free[by_place]])


def _every(hours: FloatArray) -> IntArray:
    return np.tile(np.arange(hours.shape[1]), (len(hours), 1))


def _travel_cap(problem: Problem, groups: Groups, alignment: Alignment, within: float) -> tuple[FloatArray, float]:
    hours = np.stack([groups.total(column) for column in _per_rep(problem, "travel_hours", alignment)], axis=1)
    now = float(problem.hours(np.arange(problem.n_accounts), alignment.rep_index, alignment.home_index).sum())
    return _with_nobody(hours), now * (1 + within + FEASIBILITY_TOLERANCE)


def _per_rep(problem: Problem, measure: str, alignment: Alignment) -> Iterator[FloatArray]:
    everyone = np.arange(problem.n_accounts)
    for j in range(problem.n_reps):
        reps = np.full(problem.n_accounts, j, dtype=np.int64)
        yield problem.contribution(measure, everyone, reps, alignment.home_index)


def _with_nobody(values: FloatArray) -> FloatArray:
    return np.vstack([values, np.zeros((1, values.shape[1]))])


def _partners(problem: Problem, groups: Groups, criteria: list[Apart]) -> IntArray:
    nobody = groups.n_groups
    others: dict[int, set[int]] = {}
    for criterion in criteria:
        ends: AnyArray = problem.accounts.positions([account for pair in criterion.pairs for account in pair])
        for one, other in groups.index[ends].reshape(-1, 2).tolist():
            others.setdefault(one, set()).add(other)
            others.setdefault(other, set()).add(one)
    width = max((len(found) for found in others.values()), default=0)
    partner = np.full((nobody + 1, width), nobody, dtype=np.int64)
    for item, found in others.items():
        partner[item, : len(found)] = sorted(found)
    return partner
