"""A problem as arrays for the large engine: structured costs, never one number per pair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.criteria.grouping import Apart, Together
from territory_opt.criteria.ownership import Forbid, Lock
from territory_opt.criteria.travel import Travel
from territory_opt.formulation.groups import Groups, merge_families
from territory_opt.formulation.median import Placement
from territory_opt.problem import Problem
from territory_opt.solvers.lagrangian.instance import EngineInstance, Measures, PairCosts

__all__ = ["obstacles", "to_instance"]

_LEAST_MIDDLE = 1e-6
"""Least middle of a band, as a share of the greatest: below it a book is worth nothing."""

_FARTHEST_KM = 20_020.0
"""Half the way around the earth."""


def obstacles(problem: Problem) -> tuple[str, ...]:
    """What the engine cannot express, in words; empty when it can take the problem.

    Parameters
    ----------
    problem : Problem
        The statement.

    Returns
    -------
    tuple of str
        One phrase each.
    """
    return tuple(_obstacles(problem))


def _obstacles(problem: Problem) -> Iterator[str]:
    if problem.places.travel_time is not None:
        yield "your own travel times"
    balanced = any(isinstance(c, Balance) and c.measure == "load" for c in problem.criteria)
    if balanced and problem.measure("load").pair_dependent and not problem.friction_is_travel:
        yield "a coverage friction that is not travel alone"
    for criterion in problem.criteria:
        if isinstance(criterion, Apart):
            yield "accounts kept apart"
        elif isinstance(criterion, Disruption) and criterion.is_limit:
            yield "a cap on disruption"
        elif isinstance(criterion, Balance) and not criterion.is_limit:
            yield "an elastic band"
        elif isinstance(criterion, Eligible) and criterion.mask is not None and not criterion.is_limit:
            yield "a weighted mask"
        elif isinstance(criterion, Together) and not _in_one_place(problem):
            yield "families in several places"


def _in_one_place(problem: Problem) -> bool:
    groups = merge_families(problem)
    if groups.trivial:
        return True
    lat, lon = problem.places.lat[groups.order], problem.places.lon[groups.order]
    first = np.repeat(groups.starts, np.diff(groups.starts, append=len(groups.order)))
    same = (lat == lat[first]) & (lon == lon[first]) | (np.isnan(lat) & np.isnan(lat[first]))
    return bool(same.all())


def to_instance(
    problem: Problem,
    groups: Groups,
    home_index: IntArray | None,
    placements: Mapping[str, Placement] | None = None,
    middles: Mapping[str, float] | None = None,
) -> EngineInstance:
    """Lay a problem out for the engine.

    Parameters
    ----------
    problem : Problem
        Without :func:`obstacles`.
    groups : Groups
        Merged families, each in one place.
    home_index : ndarray of int, shape (n_reps,), or None
        Chosen homes.
    placements : mapping of measure to Placement, optional
        Placed books of median bands; without, their middle is free.
    middles : mapping of measure to float, optional
        Fixed middles of bands around a mean that depends on the alignment; without, their middle is free.

    Returns
    -------
    EngineInstance
        One item per group.
    """
    places, criteria = problem.places, problem.criteria
    lead = groups.order[groups.starts]
    rep_lat, rep_lon = places.rep_lat, places.rep_lon
    if home_index is not None:
        chosen = places.open_reps & (home_index >= 0)
        rep_lat = np.where(chosen, places.lat[home_index], rep_lat)
        rep_lon = np.where(chosen, places.lon[home_index], rep_lon)
    class_index, class_allowed, table = _classes(problem, groups)
    locked, forbidden = _named_pairs(problem, groups)
    moved_index, moved, extra = _moves(problem, groups)
    travel_weight = sum(c.weight or 0.0 for c in criteria if isinstance(c, Travel) and not c.is_limit)
    return EngineInstance(
        lat=places.lat[lead],
        lon=places.lon[lead],
        rep_lat=rep_lat,
        rep_lon=rep_lon,
        travel_hours_per_km=groups.total(places.hours_per_km),
        travel_weight=travel_weight,
        owner_index=moved_index,
        move_cost=moved,
        measures=_measures(problem, groups, placements or {}, middles or {}),
        class_index=class_index,
        class_allowed=class_allowed,
        cost_class=class_index if table.any() else None,
        cost_table=table if table.any() else None,
        locked_rep=locked,
        pairs=_joined(forbidden, extra),
    )


def _measures(
    problem: Problem, groups: Groups, placements: Mapping[str, Placement], middles: Mapping[str, float]
) -> Measures:
    capacity = problem.team.capacity
    names: list[str] = []
    base: list[FloatArray] = []
    lower: list[FloatArray] = []
    upper: list[FloatArray] = []
    per_hour: list[float] = []
    scale_low: list[float] = []
    scale_high: list[float] = []
    for criterion in problem.criteria:
        least, most = 1.0, 1.0
        if isinstance(criterion, Travel) and criterion.share_at_most is not None:
            name, values, slope = "travel_hours", np.zeros(problem.n_accounts), 1.0
            low, high = np.full(problem.n_reps, -np.inf), criterion.share_at_most * problem.selling_hours
        elif isinstance(criterion, Balance):
            name, measure = criterion.measure, problem.measure(criterion.measure)
            values = measure.base
            slope = 1.0 if name == "travel_hours" else -problem.friction_per_hour if measure.pair_dependent else 0.0
            average = float(values.sum()) / float(capacity.sum())
            within = criterion.within or 0.0
            if criterion.between is not None:
                low, high = (edge * capacity for edge in criterion.between)
            elif name in placements:
                low, high = (edge * capacity for edge in placements[name].limits(within))
            elif criterion.of == "target" or (criterion.of == "mean" and not measure.pair_dependent):
                low, high = (1 - within) * average * capacity, (1 + within) * average * capacity
            elif name in middles:
                low, high = (1 - within) * middles[name] * capacity, (1 + within) * middles[name] * capacity
            else:
                low, high = (1 - within) * capacity, (1 + within) * capacity
                # Every book is within the band of the middle, and so is their mean, which friction can only lower.
                if name == "travel_hours":
                    average = float(problem.places.hours_per_km.sum()) * _FARTHEST_KM / float(capacity.sum())
                least = _LEAST_MIDDLE * average if slope else average / (1 + within)
                most = average / max(1 - within, 1e-3)
        else:
            continue
        names.append(name)
        base.append(groups.total(values))
        per_hour.append(slope)
        lower.append(low)
        upper.append(high)
        scale_low.append(least)
        scale_high.append(most)
    n, k = groups.n_groups, problem.n_reps
    return Measures(
        names=tuple(names),
        base=np.stack(base, axis=1) if names else np.zeros((n, 0)),
        per_hour=np.array(per_hour, dtype=np.float64),
        lower=np.stack(lower, axis=1) if names else np.zeros((k, 0)),
        upper=np.stack(upper, axis=1) if names else np.zeros((k, 0)),
        scale_low=np.array(scale_low, dtype=np.float64),
        scale_high=np.array(scale_high, dtype=np.float64),
    )


def _classes(problem: Problem, groups: Groups) -> tuple[IntArray, BoolArray, FloatArray]:
    """Classes of accounts that the attribute rules treat alike: index (n,), allowed (C, k), misfit cost (C, k)."""
    k = problem.n_reps
    keys: list[IntArray] = []
    rules: list[tuple[Criterion, int]] = []
    for criterion in problem.criteria:
        if isinstance(criterion, Eligible):
            if criterion.mask is None:
                key = problem.matching(criterion.attribute).kind_index
            else:
                key = np.unique(criterion.mask, axis=0, return_inverse=True)[1].ravel()
        elif isinstance(criterion, Seniority):
            key = (problem.scores.tier == criterion.tier).astype(np.int64)
        else:
            continue
        rules.append((criterion, len(keys)))
        keys.append(key)
    if not keys:
        return np.zeros(groups.n_groups, dtype=np.int64), np.ones((1, k), dtype=np.bool_), np.zeros((1, k))
    _, first, kind = np.unique(np.stack(keys, axis=1), axis=0, return_index=True, return_inverse=True)
    allowed = np.ones((len(first), k), dtype=np.bool_)
    cost = np.zeros((len(first), k))
    for criterion, _ in rules:
        fits = _fits(problem, criterion, first)
        weight = getattr(criterion, "weight", None)
        if weight is None:
            allowed &= fits
        else:
            cost += weight * ~fits
    if groups.trivial:
        return kind.ravel().astype(np.int64), allowed, cost
    # A family is of a class of its own kinds: rows that hold for all members, costs that add up.
    members = groups.all_of(allowed[kind.ravel()])
    priced = groups.total(cost[kind.ravel()])
    rows, index = np.unique(np.concatenate([members, priced], axis=1), axis=0, return_inverse=True)
    return index.ravel().astype(np.int64), rows[:, :k] > 0.5, rows[:, k:]


def _fits(problem: Problem, criterion: Criterion, accounts: IntArray) -> BoolArray:
    if isinstance(criterion, Eligible):
        if criterion.mask is not None:
            return criterion.mask[accounts]
        matching = problem.matching(criterion.attribute)
        return matching.serves[matching.kind_index[accounts]]
    assert isinstance(criterion, Seniority)  # the only other kind that makes classes
    junior = ~(problem.team.tenure_years >= criterion.min_years)
    fits: BoolArray = ~((problem.scores.tier[accounts] == criterion.tier)[:, None] & junior[None, :])
    return fits


def _named_pairs(problem: Problem, groups: Groups) -> tuple[IntArray, PairCosts]:
    locked = np.full(groups.n_groups, -1, dtype=np.int64)
    barred: list[tuple[int, int]] = []
    reps = {str(rep): j for j, rep in enumerate(problem.team.rep_id)}
    for criterion in problem.criteria:
        if isinstance(criterion, Lock):
            rows = problem.accounts.positions([account for account, _ in criterion.pairs])
            for i, (_, rep) in zip(rows, criterion.pairs, strict=True):
                j = int(problem.owners.rep_index[i]) if rep is None else reps[rep]
                group = int(groups.index[i])
                if locked[group] not in (-1, j):
                    barred += [(group, int(locked[group]))]  # Two reps for one family: none is left.
                else:
                    locked[group] = j
        elif isinstance(criterion, Forbid):
            rows = problem.accounts.positions([account for account, _ in criterion.pairs])
            barred += [(int(groups.index[i]), reps[rep]) for i, (_, rep) in zip(rows, criterion.pairs, strict=True)]
    pairs = np.array(barred, dtype=np.int64).reshape(-1, 2)
    return locked, PairCosts(pairs[:, 0], pairs[:, 1], np.full(len(pairs), np.inf))


def _moves(problem: Problem, groups: Groups) -> tuple[IntArray, FloatArray, PairCosts]:
    """Priced moves: one owner per group, and what the other owners of a family add."""
    owner = problem.owners.protected_index
    cost = np.zeros(problem.n_accounts)
    for criterion in problem.criteria:
        if isinstance(criterion, Disruption) and not criterion.is_limit:
            cost += (criterion.weight or 0.0) * np.where(owner >= 0, problem.measure(criterion.measure).base, 0.0)
    if groups.trivial:
        return owner, cost, PairCosts()
    # A family with several owners: the first owner's share is the priced move, the others' come as pair costs.
    lead = np.full(groups.n_groups, -1, dtype=np.int64)
    owned = np.flatnonzero(owner >= 0)
    lead[groups.index[owned[::-1]]] = owner[owned[::-1]]
    ours = owner == lead[groups.index]
    first = groups.total(np.where(ours, cost, 0.0))
    others = np.flatnonzero((owner >= 0) & ~ours & (cost > 0))
    k = problem.n_reps
    rows = np.repeat(groups.index[others], k)
    reps = np.tile(np.arange(k), len(others))
    extra = np.repeat(cost[others], k) * (reps != np.repeat(owner[others], k))
    keep = extra > 0
    return lead, first, PairCosts(rows[keep], reps[keep], extra[keep])


def _joined(one: PairCosts, other: PairCosts) -> PairCosts:
    return PairCosts(
        np.concatenate([one.account_index, other.account_index]),
        np.concatenate([one.rep_index, other.rep_index]),
        np.concatenate([one.cost, other.cost]),
    )
