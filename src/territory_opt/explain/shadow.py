"""What a unit of room in every band is worth: the duals of a carve, and the bound they prove."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np

from territory_opt._frozen import FrozenArrays
from territory_opt._typing import FloatArray, IntArray, read_only
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.disruption import Disruption
from territory_opt.errors import SolverError
from territory_opt.formulation.costs import kept_value, pair_costs, pair_hours
from territory_opt.formulation.formulate import Formulation, formulate, pair_values
from territory_opt.formulation.groups import Groups
from territory_opt.multipliers import Multipliers
from territory_opt.problem import Problem
from territory_opt.solvers.bridge import obstacles, to_instance
from territory_opt.solvers.choose import ENGINE_FROM_PAIRS
from territory_opt.solvers.engine_cap import Cap
from territory_opt.solvers.lagrangian.instance import EngineInstance

__all__ = ["ShadowPrices", "shadow_prices"]

_CAP_STEPS = 14
_CAP_FIRST = 0.05
_GOLDEN = 0.381966
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class ShadowPrices(FrozenArrays):
    r"""Prices of room in the books, and what they prove.

    Attributes
    ----------
    measures : tuple of str, length M
        Measures that books are limited in; ``travel_hours`` also stands for a cap on travel.
    per_unit : ndarray of float, shape (n_reps, M)
        Objective per unit of the measure in a rep's book: positive where the book presses on its lower limit (more
        is welcome), negative where it presses on its upper limit.
    moved : ndarray of float, shape (n_disruptions,)
        Objective per unit of moved value, one per capped disruption in the order of the criteria.
    bound : float
        Lower bound of the objective that these prices prove.
    source : str
        Where they come from, in words.
    seconds : float
        Processor seconds it took.
    rest : ndarray of float, shape (n_groups, n_reps), or None
        What other rows (accounts kept apart, say) add to a pair; None where there are none.

    Notes
    -----
    With costs :math:`c_{ij}`, contributions :math:`p_{ijm}` and prices :math:`y_{jm}` the reduced cost of a pair is
    :math:`r_{ij} = c_{ij} - \sum_m y_{jm} p_{ijm}`. No alignment that gives account i to rep j has an objective below
    ``bound`` + :math:`r_{ij} - \min_j r_{ij}` (Lagrangian duality, Geoffrion 1974, doi:10.1007/BFb0120690).
    """

    measures: tuple[str, ...]
    per_unit: FloatArray
    moved: FloatArray
    bound: float
    source: str
    seconds: float
    rest: FloatArray | None = None


def shadow_prices(
    problem: Problem, groups: Groups, home_index: IntArray | None, multipliers: Multipliers | None = None
) -> ShadowPrices:
    """Find the duals of a problem: by the linear relaxation, or by the large engine's dual where that is too large.

    Parameters
    ----------
    problem : Problem
        The statement.
    groups : Groups
        Merged families.
    home_index : ndarray of int, shape (n_reps,), or None
        Chosen homes.
    multipliers : Multipliers, optional
        Prices that a solve of this problem with these homes ended with. They take the place of the large engine's
        dual: only the bound they prove is worked out, so that prices of another problem make it weak, never false.

    Returns
    -------
    ShadowPrices
        Prices and the bound they prove. The middle of a band around a median is free in them; where the engine cannot
        take a criterion, it is left out, and ``source`` says so.

    Raises
    ------
    UnsupportedError
        If travel times of your own, or families in several places, need more rows than the engine holds.
    SolverError
        If the relaxation is infeasible or was not solved.
    """
    started = time.process_time()
    n_pairs = groups.n_groups * problem.n_reps
    caps = [c for c in problem.criteria if isinstance(c, Disruption) and c.is_limit]
    if n_pairs < ENGINE_FROM_PAIRS:
        return _linear(problem, home_index, caps, started)
    fewer, left_out = _without_obstacles(problem)
    found = _engine(fewer, groups, home_index, caps[:1], started, multipliers)
    moved = np.concatenate([found.moved, np.zeros(len(caps) - len(found.moved))])
    source = f"{found.source}{', without ' if left_out else ''}{', '.join(left_out)}"
    return replace(found, moved=read_only(moved), source=source)


def _without_obstacles(problem: Problem) -> tuple[Problem, tuple[str, ...]]:
    """Leave out what the large engine cannot take: with fewer limits and terms a lower bound is still one."""
    blocked = obstacles(problem)
    if not blocked:
        return problem, ()
    kept: list[Criterion] = []
    for criterion in problem.criteria:
        capped = isinstance(criterion, Disruption) and criterion.is_limit
        second = capped and any(isinstance(c, Disruption) and c.is_limit for c in kept)
        if not second and not (set(obstacles(problem.replace(criteria=[criterion]))) & set(blocked)):
            kept.append(criterion)
    return problem.replace(criteria=kept), blocked


def _linear(problem: Problem, home_index: IntArray | None, caps: list[Disruption], started: float) -> ShadowPrices:
    from territory_opt.solvers._relaxation import Relaxation
    from territory_opt.solvers.medians import assignment_pairs

    formulation = formulate(problem, home_index=home_index, median="relaxed", variation="outer")
    program, table, groups = formulation.program, formulation.table, formulation.groups
    pairs, by_column = assignment_pairs(formulation), program.matrix().tocsc()
    found, _ = Relaxation(program, pairs, by_column).solve(math.inf, None)
    if found is None or found.infeasible:
        raise SolverError("the linear relaxation has no solution, so nothing has a price; see diagnose")
    # The bound holds for prices of the right sign only: the others are rounding, and count as none.
    y = found.duals.copy()
    y[pairs.rows] = 0.0
    y[((y > 0) & ~np.isfinite(program.row_lower)) | ((y < 0) & ~np.isfinite(program.row_upper))] = 0.0
    hours = groups.total(pair_hours(problem, home_index)) if problem.has_travel else np.zeros(table.allowed.shape)
    measures, columns = _row_prices(formulation, y, hours)
    moved = np.zeros(len(caps))
    reduced = pair_costs(problem, groups, hours)
    for name, price in zip(measures, columns, strict=True):
        reduced = reduced - price[None, :] * pair_values(problem, groups, name, hours, home_index)
    names = {block.name: block for block in program.blocks if block.kind == "rows"}
    for at, cap in enumerate(caps):
        owned, kept = kept_value(problem, groups, cap.measure)
        block = names.get(f"disruption.{cap.measure}")
        if block is not None and owned.sum() > 0:
            moved[at] = y[block.start] / float(owned.sum())
            # The row counts what stays: to a pair it adds the price of the move less that of all the group owns.
            reduced = reduced - moved[at] * kept
    rest = np.zeros(table.allowed.shape)
    rest[table.allowed] = (program.cost - by_column.T @ y)[pairs.columns] - reduced[table.allowed]
    small = np.abs(rest).max(initial=0.0) <= _ROUNDING * max(1.0, float(np.abs(reduced).max(initial=0.0)))
    return ShadowPrices(
        tuple(measures),
        read_only(np.stack(columns, axis=1) if columns else np.zeros((problem.n_reps, 0))),
        read_only(moved),
        found.bound,
        "linear relaxation",
        time.process_time() - started,
        None if small else read_only(rest),
    )


def _row_prices(formulation: Formulation, y: FloatArray, hours: FloatArray) -> tuple[list[str], list[FloatArray]]:
    """Prices per unit of a measure, from the duals of rows that are scaled: one row per rep and block."""
    problem, program, table = formulation.problem, formulation.program, formulation.table
    measures: list[str] = []
    columns: list[FloatArray] = []
    for block in program.blocks:
        name = "travel_hours" if block.name == "travel" else block.name.partition(".")[2]
        if block.kind != "rows" or name not in problem.measures or len(block) != problem.n_reps:
            continue
        values = pair_values(problem, formulation.groups, name, hours, formulation.home_index)
        price = np.zeros(problem.n_reps)
        for rep in range(problem.n_reps):
            row = block.start + rep
            inside = slice(program.indptr[row], program.indptr[row + 1])
            at = program.indices[inside]
            mine = at < table.n_pairs
            if mine.any() and y[row] != 0:
                total = float(np.abs(values[table.group[at[mine]], table.rep[at[mine]]]).sum())
                scale = float(np.abs(program.values[inside][mine]).sum()) / total if total > 0 else 0.0
                price[rep] = y[row] * scale
        if price.any() or block.name.startswith(("balance.", "total.", "travel")):
            measures.append(name)
            columns.append(price)
    return measures, columns


def _engine(
    problem: Problem,
    groups: Groups,
    home_index: IntArray | None,
    caps: list[Disruption],
    started: float,
    multipliers: Multipliers | None,
) -> ShadowPrices:
    from territory_opt.solvers.bridge import capped
    from territory_opt.solvers.lagrangian.duals import near_duals

    instance = to_instance(problem, groups, home_index)
    cap = capped(problem, groups, instance) if caps else None
    moved = np.zeros(len(caps))
    source = "dual of the large engine"
    if multipliers is not None and _usable(multipliers, instance):
        source += ", from the solve"
        if cap is None:
            duals, bound = near_duals(instance, multipliers.per_unit)
        else:
            moved[0] = multipliers.moved
            duals, bound = near_duals(cap.instance(multipliers.moved), multipliers.per_unit)
            bound -= multipliers.moved * cap.budget
    else:
        duals, bound = near_duals(instance)
        if cap is not None:
            moved[0], duals, bound = _cap_price(cap, duals, bound)
    seconds = time.process_time() - started
    return ShadowPrices(instance.measures.names, read_only(duals), read_only(moved), bound, source, seconds)


def _usable(multipliers: Multipliers, instance: EngineInstance) -> bool:
    """True for numbers that are prices of the limits of an instance: a cap on moves has none below zero."""
    return (
        multipliers.measures == instance.measures.names
        and multipliers.per_unit.shape == (instance.n_reps, instance.n_measures)
        and bool(np.isfinite(multipliers.per_unit).all())
        and 0.0 <= multipliers.moved < math.inf
    )


def _cap_price(cap: Cap, duals: FloatArray, bound: float) -> tuple[float, FloatArray, float]:
    """Price of moved value under a cap: the bound is concave in it, so a golden section climbs it."""
    from territory_opt.solvers.lagrangian.duals import near_duals

    best = (bound, 0.0, duals)
    least, most = 0.0, _CAP_FIRST * max(abs(bound), 1e-9) / max(cap.owned, 1e-9)

    def at(price: float) -> float:
        nonlocal best
        found, value = near_duals(cap.instance(price))
        value -= price * cap.budget
        if value > best[0]:
            best = (value, price, found)
        return value

    steps, last = 0, bound
    while steps < _CAP_STEPS:
        now = at(most)
        steps += 1
        if now <= last:
            break
        least, most, last = most / 4.0, 4.0 * most, now
    inner = least + _GOLDEN * (most - least)
    value = at(inner)
    while steps < _CAP_STEPS and most - least > 1e-3 * most:
        steps += 1
        other = least + (most - inner)
        score = at(other)
        first, second = (inner, other) if inner < other else (other, inner)
        low, high = (value, score) if inner < other else (score, value)
        if low < high:
            least, inner, value = first, second, high
        else:
            most, inner, value = second, first, low
    return best[1], best[2], best[0]
