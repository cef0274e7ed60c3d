"""The order of the books around a median as a program of its own, for the large engine: built when first needed."""

from __future__ import annotations

import time

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.criteria.disruption import Disruption
from territory_opt.formulation.costs import kept_value, pair_costs, pair_hours
from territory_opt.formulation.formulate import Formulation, formulate, pair_values
from territory_opt.formulation.groups import Groups
from territory_opt.problem import Problem
from territory_opt.solvers.attempt import Request
from territory_opt.solvers.engine_plans import Plan
from territory_opt.solvers.lagrangian.instance import EngineOutcome
from territory_opt.solvers.medians import MOST_CLASS_PAIRS, least_pairs, settle_classes

__all__ = ["ClassSearch"]

_MOST_PAIRS = 1_500_000
_LIKELY_PAIRS = 2.0
_CLASS_SHARE, _FIRST_SHARE = 0.2, 0.4
_PATIENCE = 3.0
_PAIR_SECONDS = 1e-6
"""About what stating the program takes."""


class ClassSearch:
    """The exact median program, and what every pair costs beyond the relaxation.

    Parameters
    ----------
    problem : Problem
        The statement.
    groups : Groups
        Merged families.
    home_index : ndarray of int, shape (n_reps,), or None
        Chosen homes.
    first : EngineOutcome
        Outcome of the relaxation.
    names : tuple of str
        Measures in the engine's order.
    """

    def __init__(
        self,
        problem: Problem,
        groups: Groups,
        home_index: IntArray | None,
        first: EngineOutcome,
        names: tuple[str, ...],
    ) -> None:
        self._problem, self._groups, self._homes, self._first = problem, groups, home_index, first
        self._names = names
        self._exact: Formulation | None = None
        self._excess: FloatArray | None = None

    def pays(self, request: Request, since: float, *, answered: bool) -> bool:
        """Whether the program is small, and there is the time: with an answer in hand, several times what was spent."""
        n_pairs = self._groups.n_groups * self._problem.n_reps
        if n_pairs > _MOST_PAIRS:
            return False
        spent = _PAIR_SECONDS * n_pairs if not answered else time.perf_counter() - since
        return request.remaining > _PATIENCE * spent

    def plan(self, request: Request, *, answered: bool) -> Plan | None:
        """Settle the order of the books over the likeliest pairs; None when none was found in time."""
        exact, excess = self._program()
        likely = least_pairs(excess, self._groups.n_groups, _LIKELY_PAIRS)
        within = request.within((_CLASS_SHARE if answered else _FIRST_SHARE) * request.remaining)
        return settle_classes(exact, likely, within, gap=0.1 * request.gap).placements

    def may_bound(self, objective: float) -> bool:
        """Whether few enough pairs are open at an objective to bound over them."""
        if self._excess is None:
            return False
        return int(np.count_nonzero(self._excess <= objective - self._first.bound)) <= MOST_CLASS_PAIRS

    def bound(self, objective: float, request: Request) -> float:
        """Bound the problem over the pairs that an alignment better than ``objective`` may use."""
        exact, excess = self._program()
        # No better alignment uses a pair whose excess is above what there is to win.
        open_pairs = excess <= objective - self._first.bound
        return settle_classes(exact, open_pairs, request, gap=0.1 * request.gap).bound

    def _program(self) -> tuple[Formulation, FloatArray]:
        if self._exact is None or self._excess is None:
            exact = formulate(self._problem, home_index=self._homes, median="exact")
            self._exact, self._excess = exact, _excess(self._problem, exact, self._first, self._names)
        return self._exact, self._excess


def _excess(problem: Problem, formulation: Formulation, outcome: EngineOutcome, names: tuple[str, ...]) -> FloatArray:
    """What every pair costs beyond the account's cheapest at the engine's duals, shape (n_pairs,)."""
    groups, table, homes = formulation.groups, formulation.table, formulation.home_index
    hours = groups.total(pair_hours(problem, homes)) if problem.has_travel else np.zeros(table.allowed.shape)
    reduced = pair_costs(problem, groups, hours)
    for criterion in problem.criteria:
        if isinstance(criterion, Disruption) and criterion.is_limit:
            owned, kept = kept_value(problem, groups, criterion.measure)
            reduced = reduced + outcome.cap_price * (owned[:, None] - kept)
    for column, name in enumerate(names):
        reduced = reduced - outcome.duals[:, column] * pair_values(problem, groups, name, hours, homes)
    least = np.where(table.allowed, reduced, np.inf).min(axis=1)
    return table.columns_of(reduced - least[:, None])
