"""The objective of every pair of group and rep: travel, moves, and what does not fit."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.criteria.costs import Costs
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.criteria.travel import Travel
from territory_opt.errors import CriterionError
from territory_opt.formulation.groups import Groups
from territory_opt.problem import Problem

__all__ = ["check_prices", "kept_value", "pair_costs", "pair_hours"]

_MOST = 1e15


def pair_hours(problem: Problem, home_index: IntArray | None) -> FloatArray:
    """Yearly travel hours, shape (n_accounts, n_reps)."""
    n, k = problem.n_accounts, problem.n_reps
    accounts, reps = np.repeat(np.arange(n), k), np.tile(np.arange(k), n)
    return problem.hours(accounts, reps, home_index).reshape(n, k)


def kept_value(problem: Problem, groups: Groups, measure: str) -> tuple[FloatArray, FloatArray]:
    """Value with a known owner, and how much of it stays when a rep gets the group.

    Parameters
    ----------
    problem : Problem
        Gives owners and the measure.
    groups : Groups
        Merged families.
    measure : str
        What is counted.

    Returns
    -------
    owned : ndarray of float, shape (n_groups,)
        Value whose move would count.
    kept : ndarray of float, shape (n_groups, n_reps)
        Part of it that the rep already owns.
    """
    owner = problem.owners.protected_index
    value = np.where(owner >= 0, problem.measure(measure).base, 0.0)
    kept = np.zeros((groups.n_groups, problem.n_reps))
    owned = np.flatnonzero(owner >= 0)
    np.add.at(kept, (groups.index[owned], owner[owned]), value[owned])
    return groups.total(value), kept


def pair_costs(problem: Problem, groups: Groups, hours: FloatArray) -> FloatArray:
    """Objective of giving every group to every rep.

    Parameters
    ----------
    problem : Problem
        Its Costs and its weighted Travel, Disruption, Eligible and Seniority criteria are summed.
    groups : Groups
        Merged families.
    hours : ndarray of float, shape (n_groups, n_reps)
        Travel hours of the groups.

    Returns
    -------
    ndarray of float, shape (n_groups, n_reps)
        In the unit of the objective.

    Raises
    ------
    CriterionError
        If weights make costs that no solver can tell apart.
    """
    cost = np.zeros((groups.n_groups, problem.n_reps))
    with np.errstate(over="ignore"):
        _add_terms(cost, problem, groups, hours)
    check_prices(cost)
    return cost


def check_prices(prices: FloatArray) -> None:
    """Refuse objective coefficients above 1e15: beyond that, digits and solvers are lost.

    Raises
    ------
    CriterionError
        Saying by how much to lower the weights.
    """
    most = float(np.max(np.abs(prices), initial=0.0))
    if not most <= _MOST:
        raise CriterionError(
            f"weights make one decision cost {most:.3g}, above {_MOST:g}: lower all weights by the same factor"
        )


def _add_terms(cost: FloatArray, problem: Problem, groups: Groups, hours: FloatArray) -> None:
    for criterion in problem.criteria:
        if criterion.is_limit:
            continue
        if isinstance(criterion, Travel):
            cost += (criterion.weight or 0.0) * hours
        elif isinstance(criterion, Costs):
            cost += criterion.weight * groups.total(criterion.table)
        elif isinstance(criterion, Disruption):
            owned, kept = kept_value(problem, groups, criterion.measure)
            cost += (criterion.weight or 0.0) * (owned[:, None] - kept)
        elif isinstance(criterion, Eligible):
            if criterion.mask is not None:
                misfit = ~criterion.mask
            else:
                matching = problem.matching(criterion.attribute)
                misfit = ~matching.serves[matching.kind_index]
            cost += (criterion.weight or 0.0) * groups.total(misfit.astype(np.float64))
        elif isinstance(criterion, Seniority):
            junior = ~(problem.team.tenure_years >= criterion.min_years)
            wanted = groups.total((problem.scores.tier == criterion.tier).astype(np.float64))
            cost += (criterion.weight or 0.0) * wanted[:, None] * junior[None, :]
