"""A problem as arrays for the large engine: structured costs, never one number per pair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.grouping import Apart
from territory_opt.criteria.ownership import Forbid, Lock
from territory_opt.criteria.travel import Travel
from territory_opt.criteria.variation import Variation
from territory_opt.formulation.groups import Groups
from territory_opt.formulation.median import Placement
from territory_opt.problem import Problem
from territory_opt.solvers.engine_cap import Cap
from territory_opt.solvers.engine_rows import Rows, allowed_classes, lay_rows
from territory_opt.solvers.lagrangian.instance import EngineInstance, Measures, PairCosts

__all__ = ["capped", "obstacles", "to_instance"]

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
    if sum(isinstance(c, Disruption) and c.is_limit for c in problem.criteria) > 1:
        yield "more than one cap on disruption"
    for criterion in problem.criteria:
        if isinstance(criterion, Apart):
            yield "accounts kept apart"
        elif isinstance(criterion, Variation):
            yield "a limit on the coefficient of variation"
        elif isinstance(criterion, Balance) and not criterion.is_limit and criterion.between is None:
            measure = problem.measure(criterion.measure)
            if criterion.of == "mean" and measure.pair_dependent:
                yield "an elastic band around a mean that depends on the alignment"
            elif measure.base.sum() < 0:
                yield "an elastic band around a middle below zero"


def to_instance(
    problem: Problem,
    groups: Groups,
    home_index: IntArray | None,
    placements: Mapping[str, Placement] | None = None,
    middles: Mapping[str, tuple[float, float]] | None = None,
) -> EngineInstance:
    """Lay a problem out for the engine.

    Parameters
    ----------
    problem : Problem
        Without :func:`obstacles`.
    groups : Groups
        Merged families.
    home_index : ndarray of int, shape (n_reps,), or None
        Chosen homes.
    placements : mapping of measure to Placement, optional
        Placed books of median bands; without, their middle is free.
    middles : mapping of measure to (float, float), optional
        Ranges of the middles of bands around a mean that depends on the alignment: the band holds around every middle
        of the range. Without, the middle is free.

    Returns
    -------
    EngineInstance
        One item per group.

    Raises
    ------
    UnsupportedError
        If travel times of your own, or families in several places, need more rows than the engine holds.
    """
    places, criteria = problem.places, problem.criteria
    lead = groups.order[groups.starts]
    rep_lat, rep_lon = places.rep_lat, places.rep_lon
    if home_index is not None:
        chosen = places.open_reps & (home_index >= 0)
        rep_lat = np.where(chosen, places.lat[home_index], rep_lat)
        rep_lon = np.where(chosen, places.lon[home_index], rep_lon)
    class_index, class_allowed = allowed_classes(problem, groups)
    locked, forbidden = _named_pairs(problem, groups)
    moved_index, moved, extra = _moves(problem, groups)
    travel_weight = sum(c.weight or 0.0 for c in criteria if isinstance(c, Travel) and not c.is_limit)
    rows = lay_rows(problem, groups, home_index, travel_weight)
    measures = _measures(problem, groups, placements or {}, middles or {}, rows)
    amounts, slopes = _amounts(problem, measures, rows)
    return EngineInstance(
        lat=places.lat[lead],
        lon=places.lon[lead],
        rep_lat=rep_lat,
        rep_lon=rep_lon,
        travel_hours_per_km=np.where(rows.in_row, 0.0, groups.total(places.hours_per_km)),
        travel_weight=travel_weight,
        owner_index=moved_index,
        move_cost=moved,
        measures=measures,
        class_index=class_index,
        class_allowed=class_allowed,
        cost_class=rows.index if rows.used else None,
        cost_table=rows.cost_table if rows.used else None,
        cost_weight=rows.weight if rows.used else None,
        amount_table=amounts,
        per_amount=slopes,
        locked_rep=locked,
        pairs=_joined(forbidden, extra),
    )


def _measures(
    problem: Problem,
    groups: Groups,
    placements: Mapping[str, Placement],
    middles: Mapping[str, tuple[float, float]],
    rows: Rows,
) -> Measures:
    capacity, nobody = problem.team.capacity, np.zeros(problem.n_accounts, dtype=np.int64)
    names: list[str] = []
    base: list[FloatArray] = []
    lower: list[FloatArray] = []
    upper: list[FloatArray] = []
    per_hour: list[float] = []
    scale_low: list[float] = []
    scale_high: list[float] = []
    elastic: list[float] = []
    for criterion in problem.criteria:
        least, most, weight = 1.0, 1.0, np.inf
        if isinstance(criterion, Travel) and criterion.share_at_most is not None:
            name, values, slope = "travel_hours", np.zeros(problem.n_accounts), 1.0
            low, high = np.full(problem.n_reps, -np.inf), criterion.share_at_most * problem.selling_hours
        elif isinstance(criterion, Balance | BookLimits):
            name, measure = criterion.measure, problem.measure(criterion.measure)
            values = measure.base
            with_friction = measure.pair_dependent and measure.table is None
            slope = 1.0 if name == "travel_hours" else -problem.friction_per_hour if with_friction else 0.0
            if name == "load" and with_friction and problem.friction_kind_index is None:
                # What is left beyond travel is the same for every rep: the user's own penalty, or nothing.
                values = values - problem.friction_beyond_travel(np.arange(problem.n_accounts), nobody)
        else:
            continue
        if isinstance(criterion, BookLimits):
            low, high = criterion.per_rep(problem.n_reps)
        elif isinstance(criterion, Balance):
            average = float((measure.base if criterion.of == "target" else values).sum()) / float(capacity.sum())
            within = criterion.within or 0.0
            weight = np.inf if criterion.weight is None else criterion.weight
            if criterion.between is not None:
                low, high = (edge * capacity for edge in criterion.between)
            elif name in placements:
                low, high = (edge * capacity for edge in placements[name].limits(within))
            elif criterion.of == "target" or (criterion.of == "mean" and not measure.pair_dependent):
                low, high = (1 - within) * average * capacity, (1 + within) * average * capacity
            elif name in middles:
                low, high = _around_any(middles[name], within, capacity)
            else:
                low, high = (1 - within) * capacity, (1 + within) * capacity
                # Every book is within the band of the middle, and so is their mean, which friction can only lower.
                if name == "travel_hours":
                    most_hours = float(problem.places.hours_per_km.sum()) * _FARTHEST_KM + rows.most_hours
                    average = most_hours / float(capacity.sum())
                elif measure.table is not None:
                    average = float(np.abs(measure.table).max(axis=1).sum()) / float(capacity.sum())
                least = _LEAST_MIDDLE * average if measure.pair_dependent else average / (1 + within)
                most = average / max(1 - within, 1e-3)
        relative = isinstance(criterion, Balance) and criterion.between is None
        kept_by_zero = relative or bool((low <= 0).all() and (high >= 0).all())
        if kept_by_zero and slope == 0.0 and name not in rows.own and not values.any():
            # Nobody brings any: every book holds zero, whoever gets what, and a price on that would have no scale.
            low, high, least, most = np.full_like(low, -np.inf), np.full_like(high, np.inf), 1.0, 1.0
        names.append(name)
        base.append(groups.total(values))
        per_hour.append(slope)
        lower.append(low)
        upper.append(high)
        scale_low.append(least)
        scale_high.append(most)
        elastic.append(weight)
    n, k = groups.n_groups, problem.n_reps
    return Measures(
        names=tuple(names),
        base=np.stack(base, axis=1) if names else np.zeros((n, 0)),
        per_hour=np.array(per_hour, dtype=np.float64),
        lower=np.stack(lower, axis=1) if names else np.zeros((k, 0)),
        upper=np.stack(upper, axis=1) if names else np.zeros((k, 0)),
        scale_low=np.array(scale_low, dtype=np.float64),
        scale_high=np.array(scale_high, dtype=np.float64),
        elastic=np.array(elastic, dtype=np.float64),
    )


def _around_any(middles: tuple[float, float], within: float, capacity: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return limits that hold around every middle of a range, around its centre where no book could keep them."""
    low, high = (1 - within) * middles[1], (1 + within) * middles[0]
    if low > high:
        low, high = ((1 + sign * within) * 0.5 * sum(middles) for sign in (-1, 1))
    return low * capacity, high * capacity


def _amounts(problem: Problem, measures: Measures, rows: Rows) -> tuple[FloatArray | None, FloatArray | None]:
    """Return the quantities of the rows (Q, R, k), and what a unit of them adds to every measure (Q, M)."""
    friction = problem.measure("load").table is None
    loads = np.array([-1.0 if name == "load" and friction else 0.0 for name in measures.names])
    # Hours are handed over even where no measure counts them: they tell the engine how far a rep is.
    used = [(table, slope) for table, slope in ((rows.hours, measures.per_hour),) if table is not None]
    used += [(table, slope) for table, slope in ((rows.friction, loads),) if table is not None and slope.any()]
    for own, table in rows.own.items():
        used.append((table, np.array([1.0 if name == own else 0.0 for name in measures.names])))
    if not used:
        return None, None
    return np.stack([table for table, _ in used]), np.stack([slope for _, slope in used])


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


def capped(problem: Problem, groups: Groups, instance: EngineInstance) -> Cap | None:
    """Price the moves of a capped disruption.

    Parameters
    ----------
    problem : Problem
        The statement.
    groups : Groups
        Merged families.
    instance : EngineInstance
        Of the same problem, without any price on the cap.

    Returns
    -------
    Cap or None
        None where no disruption is capped.
    """
    caps = [c for c in problem.criteria if isinstance(c, Disruption) and c.at_most is not None]
    if not caps:
        return None
    owner = problem.owners.protected_index
    value = np.where(owner >= 0, problem.measure(caps[0].measure).base, 0.0)
    owned = float(value.sum())

    def moved(rep_index: IntArray) -> float:
        return float(value[rep_index[groups.index] != owner].sum())

    def priced(price: float) -> EngineInstance:
        if price == 0.0:
            return instance
        lead, cost, extra = _moves(problem, groups, price * value)
        return replace(
            instance, owner_index=lead, move_cost=cost, pairs=_joined(_named_pairs(problem, groups)[1], extra)
        )

    def fewest() -> EngineInstance:
        lead, cost, extra = _shared(problem, groups, value)
        pairs = _joined(_named_pairs(problem, groups)[1], extra)
        none = None if instance.cost_table is None else np.zeros_like(instance.cost_table)
        return replace(instance, travel_weight=0.0, cost_table=none, owner_index=lead, move_cost=cost, pairs=pairs)

    return Cap(owned, (caps[0].at_most or 0.0) * owned, moved, priced, fewest)


def _moves(problem: Problem, groups: Groups, more: FloatArray | None = None) -> tuple[IntArray, FloatArray, PairCosts]:
    """Priced moves: one owner per group, and what the other owners of a family add; ``more`` (n,) adds to the price."""
    owner = problem.owners.protected_index
    cost = np.zeros(problem.n_accounts) if more is None else more.copy()
    for criterion in problem.criteria:
        if isinstance(criterion, Disruption) and not criterion.is_limit:
            cost += (criterion.weight or 0.0) * np.where(owner >= 0, problem.measure(criterion.measure).base, 0.0)
    return _shared(problem, groups, cost)


def _shared(problem: Problem, groups: Groups, cost: FloatArray) -> tuple[IntArray, FloatArray, PairCosts]:
    """Lay out what the move of every account costs (n,): one owner per group, the others' shares as pair costs."""
    owner = problem.owners.protected_index
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
