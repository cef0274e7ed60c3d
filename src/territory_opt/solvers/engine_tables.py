"""Costs and measures that the user gives for every pair, for the large engine."""

from __future__ import annotations

from dataclasses import dataclass

from territory_opt._typing import FloatArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.costs import Costs
from territory_opt.problem import Problem

__all__ = ["PairTables"]


@dataclass(frozen=True, slots=True)
class PairTables:
    """What the user gives for every pair.

    Attributes
    ----------
    cost : ndarray of float, shape (n_accounts, n_reps), or None
        Objective of every pair.
    own : dict of str to ndarray of float, shape (n_accounts, n_reps)
        Measures that a criterion counts.
    """

    cost: FloatArray | None
    own: dict[str, FloatArray]

    @classmethod
    def of(cls, problem: Problem) -> PairTables:
        """Collect them from a problem."""
        costs = [c.weight * c.table for c in problem.criteria if isinstance(c, Costs)]
        names = [c.measure for c in problem.criteria if isinstance(c, Balance | BookLimits)]
        tables = {name: problem.measure(name).table for name in names}
        return cls(costs[0] if costs else None, {name: t for name, t in tables.items() if t is not None})

    @property
    def used(self) -> bool:
        """True when there is any."""
        return self.cost is not None or bool(self.own)
