"""What no distance tells the large engine: one row of costs, hours and friction per kind of account or family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from territory_opt._typing import AnyArray, BoolArray, FloatArray, IntArray
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.errors import UnsupportedError
from territory_opt.formulation.groups import Groups
from territory_opt.problem import Problem
from territory_opt.solvers.engine_tables import PairTables

__all__ = ["MOST_ROW_PAIRS", "Rows", "allowed_classes", "distinct_rows", "lay_rows"]

MOST_ROW_PAIRS = 50_000_000
"""Most pairs of row and rep: 400 MB a quantity (hours, their cost, friction), and as much while they are laid out."""

_CHUNK = 1_000_000


@dataclass(frozen=True, slots=True)
class Rows:
    """Costs and further quantities of every item, as a weighted row.

    Attributes
    ----------
    index, weight : ndarray of shape (n_groups,)
        Row of every item and what multiplies it.
    cost : ndarray of shape (R, n_reps), or None
        Objective per unit of weight: misfits, and the travel cost of ``hours``.
    hours, friction : ndarray of shape (R, n_reps), or None
        Yearly travel hours that no distance tells, and coverage friction beyond travel in money.
    in_row : ndarray of bool, shape (n_groups,)
        Items whose travel hours are all in their row.
    own : mapping of str to ndarray of shape (R, n_reps)
        Measures of the user's own that depend on the rep.
    """

    index: IntArray
    weight: FloatArray
    cost: FloatArray | None
    hours: FloatArray | None
    friction: FloatArray | None
    in_row: BoolArray
    own: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def used(self) -> bool:
        """True when any row says anything."""
        return not (self.cost is None and self.hours is None and self.friction is None and not self.own)

    @property
    def cost_table(self) -> FloatArray:
        """Costs of the rows, zero where there are none; shape (R, n_reps)."""
        for table in (self.cost, self.hours, self.friction, *self.own.values()):
            if table is not None:
                return table if table is self.cost else np.zeros_like(table)
        raise ValueError("no row says anything")

    @property
    def most_hours(self) -> float:
        """Travel hours of all items in rows, each with the rep farthest away."""
        return 0.0 if self.hours is None else float(np.sum(self.weight * self.hours.max(axis=1)[self.index]))


def lay_rows(problem: Problem, groups: Groups, home_index: IntArray | None, travel_weight: float) -> Rows:
    """Collect what depends on the pair but on no distance.

    Parameters
    ----------
    problem : Problem
        The statement.
    groups : Groups
        Merged families.
    home_index : ndarray of int, shape (n_reps,), or None
        Chosen homes.
    travel_weight : float
        Objective per travel hour.

    Returns
    -------
    Rows
        Equal rows are held once.

    Raises
    ------
    UnsupportedError
        If there are more than :data:`MOST_ROW_PAIRS` pairs of distinct row and rep.

    Notes
    -----
    A kind of account has a row of misfit costs and friction. With the user's own travel times an account has the row
    of its origin, weighted by its visits. Families in several places, or of several kinds, have the sum of their
    members' rows, and so has an account with both an origin and a kind that costs something. With costs or measures of
    the user's own for every pair, every item has a row of its own.
    """
    tables = PairTables.of(problem)
    kinds = _Kinds.of(problem)
    own = problem.places.travel_time is not None
    lead = groups.order[groups.starts]
    size = np.diff(groups.starts, append=len(groups.order))
    mixed, spread = _differs(groups, kinds.index), _spread(problem, groups, size)
    summed = mixed | spread
    if own:
        summed |= (size > 1) | bool(kinds.cost.any() or kinds.friction.any())
    summed |= tables.used
    with_hours = spread | own
    has_cost = bool(kinds.cost.any()) or tables.cost is not None
    parts = _Parts(has_cost, bool(with_hours.any()), bool(kinds.friction.any()), len(tables.own))
    store = _Store(problem.n_reps)
    index = np.zeros(groups.n_groups, dtype=np.int64)
    weight = np.ones(groups.n_groups)
    simple = np.flatnonzero(~summed)
    if own:
        _add_origins(problem, store, parts, lead[simple], simple, index)
        weight[simple] = problem.places.visits[lead[simple]]
    else:
        if simple.size:
            rows = parts.joined(kinds.cost, np.zeros_like(kinds.cost), kinds.friction)
            index[simple] = store.add(rows)[kinds.index[lead[simple]]]
        weight[simple] = size[simple]
    _add_sums(problem, groups, kinds, tables, store, parts, np.flatnonzero(summed), with_hours, home_index, index)
    rows, place = store.rows()
    cost, hours, friction, *more = parts.split(rows, problem.n_reps)
    found = {name: table for name, table in zip(tables.own, more, strict=True) if table is not None}
    if travel_weight and hours is not None:
        cost = travel_weight * hours if cost is None else cost + travel_weight * hours
    return Rows(place[index], weight, cost, hours, friction, with_hours, found)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Which of costs, hours and friction the rows hold side by side, and how many measures of one's own after them."""

    cost: bool
    hours: bool
    friction: bool
    n_own: int = 0

    @property
    def held(self) -> tuple[bool, ...]:
        """One flag per part."""
        return (self.cost, self.hours, self.friction, *[True] * self.n_own)

    def joined(self, *parts: FloatArray) -> FloatArray:
        """Return the parts that are held, next to each other."""
        some = [part for part, wanted in zip(parts, self.held, strict=True) if wanted]
        return np.concatenate(some, axis=1) if some else np.zeros((len(parts[0]), 0))

    def split(self, rows: FloatArray, k: int) -> list[FloatArray | None]:
        """Return the parts, None for those that are not held."""
        at, found = 0, []
        for wanted in self.held:
            found.append(np.ascontiguousarray(rows[:, at : at + k]) if wanted else None)
            at += k * wanted
        return found


@dataclass(frozen=True, slots=True)
class _Kinds:
    """Accounts that misfit and rub alike: kind of every account, and the rows of every kind."""

    index: IntArray
    cost: FloatArray
    friction: FloatArray

    @classmethod
    def of(cls, problem: Problem) -> _Kinds:
        rules = [(c, _key(problem, c)) for c in problem.criteria if isinstance(c, Eligible | Seniority)]
        rules = [(c, key) for c, key in rules if not c.is_limit]
        rubs = problem.friction_kind_index
        keys = [key for _, key in rules] + ([] if rubs is None else [rubs])
        index, first = _joint(keys, problem.n_accounts)
        cost = np.zeros((len(first), problem.n_reps))
        for criterion, _ in rules:
            cost += (criterion.weight or 0.0) * ~_fits(problem, criterion, first)
        friction = np.zeros_like(cost)
        if rubs is not None:
            pairs = np.repeat(first, problem.n_reps), np.tile(np.arange(problem.n_reps), len(first))
            friction = problem.friction_beyond_travel(*pairs).reshape(cost.shape)
        return cls(index, cost, friction)


def allowed_classes(problem: Problem, groups: Groups) -> tuple[IntArray, BoolArray]:
    """Classes of items that the hard attribute rules treat alike.

    Parameters
    ----------
    problem : Problem
        Its hard Eligible and Seniority criteria are used.
    groups : Groups
        Merged families; a family may have the reps that every member may have.

    Returns
    -------
    index : ndarray of int, shape (n_groups,)
        Class of every item.
    allowed : ndarray of bool, shape (n_classes, n_reps)
        Reps of every class.
    """
    rules = [(c, _key(problem, c)) for c in problem.criteria if isinstance(c, Eligible | Seniority) and c.is_limit]
    index, first = _joint([key for _, key in rules], problem.n_accounts)
    allowed = np.ones((len(first), problem.n_reps), dtype=np.bool_)
    for criterion, _ in rules:
        allowed &= _fits(problem, criterion, first)
    result = index[groups.order[groups.starts]]
    mixed = np.flatnonzero(_differs(groups, index))
    if mixed.size:
        members, starts = _members(groups, mixed)
        rows = np.logical_and.reduceat(allowed[index[members]], starts, axis=0)
        result[mixed] = len(allowed) + np.arange(mixed.size)
        allowed, place = distinct_rows(np.concatenate([allowed, rows]))
        result = place[result]
    return result, allowed


def distinct_rows(rows: AnyArray) -> tuple[AnyArray, IntArray]:
    """Distinct rows of an array, in the order of their first appearance.

    Parameters
    ----------
    rows : ndarray of shape (m, width)
        Numbers or flags.

    Returns
    -------
    distinct : ndarray of shape (d, width)
        Each row once.
    place : ndarray of int, shape (m,)
        Position of every row among them.

    Notes
    -----
    Sorted by a hash, 64 bits a row, because sorting whole rows is slow. Should two different rows have one hash, every
    row is kept.

    Examples
    --------
    >>> rows, place = distinct_rows(np.array([[2.0, 1.0], [0.0, 0.0], [2.0, 1.0]]))
    >>> len(rows), place.tolist()
    (2, [0, 1, 0])
    """
    factor = np.random.default_rng(0).integers(1, 2**63, rows.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    step = max(1, _CHUNK // max(rows.shape[1], 1))
    blocks = [slice(at, at + step) for at in range(0, len(rows), step)]
    code = np.empty(len(rows), dtype=np.uint64)
    for block in blocks:
        some = rows[block]
        bits = (some + 0.0).view(np.uint64) if rows.dtype == np.float64 else some.astype(np.uint64)
        code[block] = ((bits ^ (bits >> np.uint64(29))) * factor).sum(axis=1, dtype=np.uint64)
    _, first, place = np.unique(code, return_index=True, return_inverse=True)
    if len(first) == len(rows):
        return rows, np.arange(len(rows))
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    place, distinct = rank[place.ravel()], rows[first[order]]
    if not all(np.array_equal(distinct[place[block]], rows[block]) for block in blocks):
        return rows, np.arange(len(rows))
    return distinct, place


class _Store:
    """Rows as they come, equal ones of a batch once, and all equal ones once at the end."""

    def __init__(self, n_reps: int) -> None:
        self._parts: list[FloatArray] = []
        self._count, self._most = 0, MOST_ROW_PAIRS // max(n_reps, 1)

    def add(self, rows: FloatArray) -> IntArray:
        """Return the places of some rows."""
        distinct, place = distinct_rows(rows)
        self._parts.append(distinct)
        at = self._count + place
        self._count += len(distinct)
        if self._count > self._most:
            raise UnsupportedError(
                f"the large engine holds at most {self._most:,} rows of costs or hours for so many reps, and your "
                "tables, travel times or families in several places need more; solver='core' can for fewer accounts"
            )
        return at

    def rows(self) -> tuple[FloatArray, IntArray]:
        """Return all distinct rows, and the place of every row that was given out."""
        together = self._parts[0] if len(self._parts) == 1 else np.concatenate(self._parts)
        self._parts.clear()
        return distinct_rows(together)


def _add_origins(
    problem: Problem, store: _Store, parts: _Parts, accounts: IntArray, groups: IntArray, index: IntArray
) -> None:
    """Give every account the row of its hours per visit."""
    k = problem.n_reps
    step = max(1, _CHUNK // k)
    for at in range(0, len(accounts), step):
        some = accounts[at : at + step]
        hours = problem.places.own_hours_per_visit(np.repeat(some, k), np.tile(np.arange(k), len(some))).reshape(-1, k)
        index[groups[at : at + step]] = store.add(parts.joined(hours, hours, hours))


def _add_sums(
    problem: Problem,
    groups: Groups,
    kinds: _Kinds,
    tables: PairTables,
    store: _Store,
    parts: _Parts,
    which: IntArray,
    with_hours: BoolArray,
    home_index: IntArray | None,
    index: IntArray,
) -> None:
    """Give some groups the sums of their members' rows."""
    k = problem.n_reps
    size = np.diff(groups.starts, append=len(groups.order))[which]
    batch = np.cumsum(size) * k // _CHUNK
    for number in np.unique(batch):
        some = which[batch == number]
        members, starts = _members(groups, some)
        pairs = np.repeat(members, k), np.tile(np.arange(k), len(members))
        hours = problem.hours(*pairs, home_index).reshape(-1, k) * with_hours[groups.index[members]][:, None]
        kind = kinds.index[members]
        cost = kinds.cost[kind] if tables.cost is None else kinds.cost[kind] + tables.cost[members]
        own = [table[members] for table in tables.own.values()]
        rows = parts.joined(cost, hours, kinds.friction[kind], *own)
        index[some] = store.add(np.add.reduceat(rows, starts, axis=0))


def _members(groups: Groups, which: IntArray) -> tuple[IntArray, IntArray]:
    """Return the accounts of some groups, one group after the other, and where each begins."""
    begin = groups.starts[which]
    size = np.diff(groups.starts, append=len(groups.order))[which]
    starts = np.cumsum(size) - size
    place = np.repeat(begin - starts, size) + np.arange(int(size.sum()))
    return groups.order[place], starts


def _differs(groups: Groups, index: IntArray) -> BoolArray:
    """Mark the groups whose members have several values."""
    if groups.trivial:
        return np.zeros(groups.n_groups, dtype=np.bool_)
    values = index[groups.order]
    result: BoolArray = np.minimum.reduceat(values, groups.starts) != np.maximum.reduceat(values, groups.starts)
    return result


def _spread(problem: Problem, groups: Groups, size: IntArray) -> BoolArray:
    """Mark the families in several places, and those of which only some places are known."""
    if groups.trivial or problem.places.travel_time is not None:
        return np.zeros(groups.n_groups, dtype=np.bool_)
    lat, lon = problem.places.lat[groups.order], problem.places.lon[groups.order]
    first = np.repeat(groups.starts, size)
    same = (lat == lat[first]) & (lon == lon[first]) | (np.isnan(lat) & np.isnan(lat[first]))
    result: BoolArray = ~np.logical_and.reduceat(same, groups.starts)
    return result


def _joint(keys: list[IntArray], n: int) -> tuple[IntArray, IntArray]:
    """Return the joint kind (n,) of several keys, and the first account of every kind."""
    if not keys:
        return np.zeros(n, dtype=np.int64), np.zeros(1, dtype=np.int64)
    _, first, kind = np.unique(np.stack(keys, axis=1), axis=0, return_index=True, return_inverse=True)
    return kind.ravel().astype(np.int64), first


def _key(problem: Problem, criterion: Criterion) -> IntArray:
    if isinstance(criterion, Eligible):
        if criterion.mask is None:
            return problem.matching(criterion.attribute).kind_index
        return distinct_rows(criterion.mask)[1]
    assert isinstance(criterion, Seniority)  # the only other kind that makes classes
    of_tier: IntArray = (problem.scores.tier == criterion.tier).astype(np.int64)
    return of_tier


def _fits(problem: Problem, criterion: Criterion, accounts: IntArray) -> BoolArray:
    if isinstance(criterion, Eligible):
        if criterion.mask is not None:
            return criterion.mask[accounts]
        matching = problem.matching(criterion.attribute)
        return matching.serves[matching.kind_index[accounts]]
    assert isinstance(criterion, Seniority)
    junior = ~(problem.team.tenure_years >= criterion.min_years)
    fits: BoolArray = ~((problem.scores.tier[accounts] == criterion.tier)[:, None] & junior[None, :])
    return fits
