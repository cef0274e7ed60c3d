"""Costs of one's own: any objective that is a sum over pairs of account and rep."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from territory_opt._typing import FloatArray, read_only
from territory_opt.criteria._rule import Rule
from territory_opt.criteria.base import limit_or_term
from territory_opt.errors import CriterionError

__all__ = ["Costs"]


class Costs(Rule):
    r"""Minimise the sum of your own cost of every pair of account and rep.

    Parameters
    ----------
    table : array of float, shape (n_accounts, n_reps)
        Cost of giving the account to the rep, in the order of the tables; any finite numbers, also below zero.
    weight : float
        Objective units per unit of cost.

    Raises
    ------
    CriterionError
        If the table is not a two-dimensional array of finite numbers, or the weight is negative or not finite.

    Notes
    -----
    Adds :math:`w \sum_{ij} c_{ij} x_{ij}` to the objective, beside any other weighted criterion. The table is copied.

    Examples
    --------
    >>> Costs([[1.0, 4.0], [2.0, 0.0]]).describe()
    'minimise costs of your own (weight 1)'
    """

    __slots__ = ("table", "weight")
    table: FloatArray
    weight: float

    def __init__(self, table: ArrayLike, *, weight: float = 1.0) -> None:
        limit_or_term("Costs", limit=None, weight=weight)
        try:
            numbers = np.array(table, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise CriterionError(f"Costs: the table is not an array of numbers: {error}") from error
        if numbers.ndim != 2:
            raise CriterionError(f"Costs: the table has shape {numbers.shape}; it must be (n_accounts, n_reps)")
        wrong = np.argwhere(~np.isfinite(numbers))
        if len(wrong):
            at = ", ".join(f"({i}, {j}): {numbers[i, j]}" for i, j in wrong[:5].tolist())
            raise CriterionError(
                f"Costs: {len(wrong)} entries are not finite numbers, at {at}; bar a pair with Eligible(mask) instead"
            )
        self._set(table=read_only(numbers), weight=float(weight))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Costs) and self.weight == other.weight and np.array_equal(self.table, other.table)

    def __hash__(self) -> int:
        return hash(("costs", self.weight, self.table.shape))

    def _state(self) -> tuple[Any, ...]:
        return (self.table, self.weight)

    @property
    def key(self) -> Hashable:
        """There is one table of costs."""
        return ("costs",)

    @property
    def is_limit(self) -> bool:
        """Never a hard limit."""
        return False

    def describe(self) -> str:
        """One line in words."""
        return f"minimise costs of your own (weight {self.weight:g})"

    def __repr__(self) -> str:
        return f"Costs(<table {self.table.shape}>, weight={self.weight!r})"
