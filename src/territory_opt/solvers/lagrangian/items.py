"""The problem the engine works on: locks folded in, rare pairs turned into rows, everything in double precision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.kernels.sphere import arc_km, unit_vectors
from territory_opt.solvers.lagrangian.instance import EngineInstance

__all__ = [
    "Items",
    "Model",
    "build_model",
    "fold_fixed",
    "pair_cost",
    "pair_hours",
    "pair_measures",
    "row_amounts",
    "row_costs",
]

_INTEGER_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Items:
    """Things to assign: accounts, or sums of neighbouring accounts on the coarse levels.

    All arrays have length n; ``points`` is (n, 3), ``base`` (n, M). ``travel`` is the hours a year per kilometre and
    0 where the position is unknown. ``table_weight`` multiplies row ``table_row`` of the model's cost table.
    """

    points: FloatArray
    travel: FloatArray
    base: FloatArray
    class_row: IntArray
    table_row: IntArray
    table_weight: FloatArray
    owner: IntArray
    move_cost: FloatArray

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self.travel.shape[0])


@dataclass(frozen=True, slots=True)
class Model:
    """The reduced problem.

    Parameters
    ----------
    items : Items
        The free accounts.
    account_index : ndarray of shape (n,)
        Their positions in the instance.
    fixed_rep : ndarray of shape (n_accounts,)
        Rep of the accounts with no choice, -1 for free ones.
    fixed_cost : float
        Objective of the fixed accounts.
    fixed_totals : ndarray of shape (k, M)
        What they add to every book.
    allowed : ndarray of shape (C, k), bool
        Eligibility rows (classes, then one row per account with forbidden pairs).
    table : ndarray of shape (R, k)
        Cost rows (the instance's, then one per account with extra pair costs).
    homes : ndarray of shape (k, 3)
        Unit vectors; zeros without a home.
    has_home : ndarray of shape (k,), bool
        False: the rep travels nowhere.
    travel_weight : float
        Objective per hour.
    per_hour : ndarray of shape (M,)
        Slope of every measure on the hours of a pair.
    lower, upper : ndarray of shape (k, M)
        Bands of the whole book (fixed accounts included), integer measures rounded inwards; infinite where elastic.
    integer_measure : ndarray of shape (M,), bool
        Measures whose totals are integers.
    amounts : ndarray of shape (Q, R, k)
        Further quantities per unit of table weight, in the rows of ``table``.
    per_amount : ndarray of shape (Q, M)
        What a unit of them adds to every measure.
    row_scale : ndarray of shape (R,)
        Cost that stands for a kilometre in rows with amounts, per unit of table weight; 0 for none.
    home_km : float
        Typical distance between neighbouring homes, halved; 1 where nothing travels.
    soft_lower, soft_upper : ndarray of shape (k, M)
        Bands of elastic measures, infinite for the others.
    elastic : ndarray of shape (M,)
        Objective per unit outside a soft band; infinite for the others.
    """

    items: Items
    account_index: IntArray
    fixed_rep: IntArray
    fixed_cost: float
    fixed_totals: FloatArray
    allowed: BoolArray
    table: FloatArray
    homes: FloatArray
    has_home: BoolArray
    travel_weight: float
    per_hour: FloatArray
    lower: FloatArray
    upper: FloatArray
    scale_low: FloatArray
    scale_high: FloatArray
    integer_measure: BoolArray
    amounts: FloatArray
    per_amount: FloatArray
    row_scale: FloatArray
    home_km: float
    soft_lower: FloatArray
    soft_upper: FloatArray
    elastic: FloatArray

    @property
    def n_reps(self) -> int:
        """Number of reps."""
        return int(self.homes.shape[0])

    @property
    def n_measures(self) -> int:
        """Number of measures."""
        return int(self.per_hour.shape[0])

    @property
    def free_scale(self) -> BoolArray:
        """Measures whose common scale the engine chooses, shape (M,)."""
        result: BoolArray = self.scale_high > self.scale_low
        return result

    @property
    def bends(self) -> BoolArray:
        """Measures that depend on the rep, shape (M,)."""
        result: BoolArray = (self.per_hour != 0.0) | (self.per_amount != 0.0).any(0)
        return result

    def band(self, scale: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return lower and upper totals (k, M) of the free accounts at a scale per measure."""
        lower, upper = self.lower * scale, self.upper * scale
        lower = np.where(self.integer_measure, np.ceil(lower - _INTEGER_SLACK), lower)
        upper = np.where(self.integer_measure, np.floor(upper + _INTEGER_SLACK), upper)
        return lower - self.fixed_totals, upper - self.fixed_totals


def pair_hours(model: Model, items: Items, item: IntArray, rep: IntArray) -> FloatArray:
    """Return the yearly travel hours of pairs (equal shapes)."""
    step = items.points[item] - model.homes[rep]
    km = arc_km(np.einsum("...d,...d->...", step, step))
    hours: FloatArray = np.where(model.has_home[rep], items.travel[item] * km, 0.0)
    return hours


def pair_cost(model: Model, items: Items, item: IntArray, rep: IntArray, hours: FloatArray | None = None) -> FloatArray:
    """Return the objective of pairs (equal shapes)."""
    hours = pair_hours(model, items, item, rep) if hours is None else hours
    cost = model.travel_weight * hours
    cost += np.where((items.owner[item] >= 0) & (items.owner[item] != rep), items.move_cost[item], 0.0)
    cost += items.table_weight[item] * model.table[items.table_row[item], rep]
    return cost


def pair_measures(
    model: Model, items: Items, item: IntArray, rep: IntArray, hours: FloatArray | None = None
) -> FloatArray:
    """Return what pairs add to every measure, shape (..., M)."""
    base = items.base[item]
    if model.per_hour.any():
        hours = pair_hours(model, items, item, rep) if hours is None else hours
        base = base + hours[..., None] * model.per_hour
    for amounts, slope in zip(model.amounts, model.per_amount, strict=True):
        more = items.table_weight[item] * amounts[items.table_row[item], rep]
        base = base + more[..., None] * slope
    return base


def row_amounts(model: Model, measure: int) -> FloatArray:
    """Return what the rows add to a measure per unit of table weight, (R, k)."""
    return np.tensordot(model.per_amount[:, measure], model.amounts, axes=1)


def row_costs(model: Model, price: FloatArray, real: float = 1.0) -> FloatArray:
    """Return the cost rows, and what their amounts earn at multipliers (k, M) per raw unit, (R, k)."""
    table = np.ascontiguousarray(model.table) * real
    for amounts, slope in zip(model.amounts, model.per_amount, strict=True):
        table += amounts * (price @ slope)
    return table


def build_model(inst: EngineInstance) -> Model:
    """Reduce an instance: accounts with a single possible rep are fixed, rare pairs become rows.

    Notes
    -----
    An account with forbidden pairs gets an eligibility row of its own, one with extra pair costs a cost row of its
    own. The compiled loops then know only rows. A lock overrides neither: a lock on a forbidden rep leaves an
    account without a rep, which :mod:`~territory_opt.solvers.lagrangian.propagate` reports.
    """
    n, k = inst.n_accounts, inst.n_reps
    assert inst.cost_class is not None and inst.cost_table is not None and inst.cost_weight is not None
    assert inst.locked_rep is not None and inst.per_amount is not None
    points = unit_vectors(inst.lat, inst.lon)
    located = np.isfinite(inst.lat) & np.isfinite(inst.lon)
    class_row, table_row = inst.class_index.copy(), inst.cost_class.copy()
    table_weight = inst.cost_weight.copy()
    allowed, table, amounts = _add_rows(inst, class_row, table_row, table_weight)
    items = Items(
        points, np.where(located, inst.travel_hours_per_km, 0.0), np.array(inst.measures.base), class_row,
        table_row, table_weight, np.array(inst.owner_index), np.array(inst.move_cost),
    )  # fmt: skip
    choices = allowed.sum(1)[class_row]
    fixed = np.where(inst.locked_rep >= 0, inst.locked_rep, -1)
    single = (choices == 1) & (fixed < 0)
    fixed[single] = np.argmax(allowed[class_row[single]], axis=1)
    measures = inst.measures
    assert measures.scale_low is not None and measures.scale_high is not None and measures.elastic is not None
    free_scale = measures.scale_high > measures.scale_low
    soft = np.isfinite(measures.elastic)
    whole = np.array([
        bool(np.all(measures.base[:, m] == np.round(measures.base[:, m]))) and measures.per_hour[m] == 0.0
        and not inst.per_amount[:, m].any() for m in range(inst.n_measures)
    ], dtype=np.bool_)  # fmt: skip
    free = np.flatnonzero(fixed < 0)
    homes, has_home = unit_vectors(inst.rep_lat, inst.rep_lon), np.isfinite(inst.rep_lat) & np.isfinite(inst.rep_lon)
    home_km = _home_km(homes[has_home]) if amounts.size and items.travel.any() else 1.0
    model = Model(
        items, free, fixed, 0.0, np.zeros((k, inst.n_measures)), allowed, table,
        homes, has_home, inst.travel_weight, np.asarray(measures.per_hour),
        np.where(soft, -np.inf, measures.lower), np.where(soft, np.inf, measures.upper),
        np.asarray(measures.scale_low), np.asarray(measures.scale_high), whole & ~free_scale,
        amounts, np.asarray(inst.per_amount), _row_scale(table, amounts, home_km), home_km,
        np.where(soft, measures.lower, -np.inf), np.where(soft, measures.upper, np.inf), np.array(measures.elastic),
    )  # fmt: skip
    if free.size == n:
        return model
    return fold_fixed(model, free)


def _home_km(homes: FloatArray) -> float:
    """Return half the mean distance from a home to the next one; 1 where that is nothing."""
    from scipy.spatial import cKDTree

    if homes.shape[0] < 2:
        return 1.0
    chord, _ = cKDTree(homes).query(homes, k=2)
    return float(0.5 * arc_km(chord[:, 1] ** 2).mean()) or 1.0


def _row_scale(table: FloatArray, amounts: FloatArray, home_km: float) -> FloatArray:
    """Return what a kilometre costs in rows with amounts, (R,): the third cheapest rep stands for a next home."""
    third = min(3, table.shape[1]) - 1
    spread = np.zeros(table.shape[0])
    for costs in (table, *amounts):
        some = np.flatnonzero((spread == 0.0) & amounts.any(axis=(0, 2))) if amounts.size else np.empty(0, np.int64)
        if some.size:
            low = np.partition(costs[some], (0, third), axis=1)
            spread[some] = low[:, third] - low[:, 0]
    typical = spread[spread > 0].mean() if spread.any() else 0.0
    return np.where(spread > 0, np.maximum(spread, 0.05 * typical), 0.0) / home_km


def fold_fixed(model: Model, free: IntArray) -> Model:
    """Move the accounts with a fixed rep out of the items and into the totals."""
    from dataclasses import replace

    gone = np.flatnonzero(model.fixed_rep >= 0)
    rep = model.fixed_rep[gone]
    hours = pair_hours(model, model.items, gone, rep)
    amount = pair_measures(model, model.items, gone, rep, hours)
    totals = np.zeros_like(model.fixed_totals)
    for m in range(model.n_measures):
        totals[:, m] = np.bincount(rep, weights=amount[:, m], minlength=model.n_reps)
    old = model.items
    items = Items(
        old.points[free], old.travel[free], old.base[free], old.class_row[free], old.table_row[free],
        old.table_weight[free], old.owner[free], old.move_cost[free],
    )  # fmt: skip
    cost = float(np.sum(pair_cost(model, old, gone, rep, hours)))
    return replace(model, items=items, account_index=free, fixed_cost=cost, fixed_totals=totals)


def _add_rows(
    inst: EngineInstance, class_row: IntArray, table_row: IntArray, table_weight: FloatArray
) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Append one row per account with pair costs; the index arrays are changed in place."""
    assert inst.cost_table is not None and inst.amount_table is not None
    allowed, table = np.asarray(inst.class_allowed), np.asarray(inst.cost_table)
    amounts = np.asarray(inst.amount_table)
    pairs = inst.pairs
    if not pairs.cost.size:
        return allowed, table, amounts
    banned = np.isinf(pairs.cost)
    who, place = np.unique(pairs.account_index[banned], return_inverse=True)
    if who.size:
        rows = allowed[class_row[who]].copy()
        rows[place, pairs.rep_index[banned]] = False
        rows, same = np.unique(rows, axis=0, return_inverse=True)
        class_row[who] = allowed.shape[0] + same.reshape(-1)
        allowed = np.vstack([allowed, rows])
    priced = ~banned
    who, place = np.unique(pairs.account_index[priced], return_inverse=True)
    if who.size:
        extra = table[table_row[who]] * table_weight[who][:, None]
        amounts = np.concatenate([amounts, amounts[:, table_row[who]] * table_weight[who][:, None]], axis=1)
        np.add.at(extra, (place, pairs.rep_index[priced]), pairs.cost[priced])
        table_row[who] = table.shape[0] + np.arange(who.size)
        table_weight[who] = 1.0
        table = np.vstack([table, extra])
    return allowed, table, np.ascontiguousarray(amounts)
