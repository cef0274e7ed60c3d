"""What one account, with its family, costs every rep: the objective taken apart, criterion by criterion."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.costs import Costs
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.criteria.travel import Travel
from territory_opt.problem import Problem

__all__ = ["Factor", "Factors", "account_factors"]


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """One weighted criterion for one family of accounts and every rep.

    Attributes
    ----------
    name : str
        Short name.
    amount : ndarray of float, shape (n_reps,)
        In ``unit``: hours, money that changes owner, accounts that do not fit.
    unit : str
        Unit of the amount.
    weight : float
        Objective per unit of the amount.
    """

    name: str
    amount: FloatArray
    unit: str
    weight: float

    @property
    def objective(self) -> FloatArray:
        """What it adds to the objective, shape (n_reps,)."""
        return self.weight * self.amount


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """The costs of one family with every rep.

    Attributes
    ----------
    members : ndarray of int
        Accounts that move together.
    factors : tuple of Factor
        One per weighted criterion that prices pairs.
    hours : ndarray of float, shape (n_reps,)
        Yearly travel hours.
    """

    members: IntArray
    factors: tuple[Factor, ...]
    hours: FloatArray

    @property
    def objective(self) -> FloatArray:
        """Own cost of the family with every rep, shape (n_reps,)."""
        total = np.zeros(len(self.hours))
        for factor in self.factors:
            total = total + factor.objective
        return total


def account_factors(problem: Problem, members: IntArray, home_index: IntArray | None) -> Factors:
    """Take the objective of one family apart for every rep; nothing is computed for other accounts.

    Parameters
    ----------
    problem : Problem
        The statement.
    members : ndarray of int, shape (m,)
        Accounts that move together.
    home_index : ndarray of int, shape (n_reps,), or None
        Chosen homes.

    Returns
    -------
    Factors
        Their sum is exactly what the family adds to the objective with each rep; elastic bands, which no account
        pays alone, are left out.
    """
    k = problem.n_reps
    reps = np.tile(np.arange(k), len(members))
    hours = np.zeros(k)
    if problem.has_travel:
        each = problem.hours(np.repeat(members, k), reps, home_index)
        hours = each.reshape(len(members), k).sum(axis=0)
    found = []
    for criterion in problem.criteria:
        if not criterion.is_limit:
            factor = _factor(criterion, problem, members, hours)
            if factor is not None:
                found.append(factor)
    return Factors(members, tuple(found), hours)


@singledispatch
def _factor(criterion: Criterion, problem: Problem, members: IntArray, hours: FloatArray) -> Factor | None:
    return None


@_factor.register
def _(criterion: Travel, problem: Problem, members: IntArray, hours: FloatArray) -> Factor | None:
    return Factor("travel", hours, "hours", criterion.weight or 0.0)


@_factor.register
def _(criterion: Disruption, problem: Problem, members: IntArray, hours: FloatArray) -> Factor | None:
    owner = problem.owners.protected_index[members]
    measure = problem.measure(criterion.measure)
    value = np.where(owner >= 0, measure.base[members], 0.0)
    stays = np.zeros(problem.n_reps)
    np.add.at(stays, owner[owner >= 0], value[owner >= 0])
    return Factor(f"move ({criterion.measure})", value.sum() - stays, measure.unit, criterion.weight or 0.0)


@_factor.register
def _(criterion: Eligible, problem: Problem, members: IntArray, hours: FloatArray) -> Factor | None:
    if criterion.mask is not None:
        fits = criterion.mask[members]
    else:
        matching = problem.matching(criterion.attribute)
        fits = matching.serves[matching.kind_index[members]]
    misfit = (~fits).sum(axis=0).astype(np.float64)
    return Factor(f"misfit ({criterion.attribute.replace('_', ' ')})", misfit, "accounts", criterion.weight or 0.0)


@_factor.register
def _(criterion: Seniority, problem: Problem, members: IntArray, hours: FloatArray) -> Factor | None:
    n_wanted = float((problem.scores.tier[members] == criterion.tier).sum())
    junior: FloatArray = np.where(problem.team.tenure_years >= criterion.min_years, 0.0, n_wanted)
    return Factor(f"too junior (tier {criterion.tier})", junior, "accounts", criterion.weight or 0.0)


@_factor.register
def _(criterion: Costs, problem: Problem, members: IntArray, hours: FloatArray) -> Factor | None:
    amount: FloatArray = np.asarray(criterion.table[members].sum(axis=0), dtype=np.float64)
    return Factor("costs of your own", amount, "units", criterion.weight)
