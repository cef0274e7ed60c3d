"""Accounts that change owner, as a cost or as a limit on the moved share."""

from __future__ import annotations

from dataclasses import dataclass

from territory_opt.criteria.base import canonical_measure, limit_or_term, share
from territory_opt.criteria.measure_names import measure_words

__all__ = ["Disruption"]


@dataclass(frozen=True, slots=True)
class Disruption:
    r"""Value that changes owner, priced in the objective or capped as a share.

    Parameters
    ----------
    measure : str
        What is counted for a moved account: ``"acv"``, ``"accounts"`` (one each), or another measure that does
        not depend on the rep.
    weight : float, optional
        Objective units per unit of the measure that moves.
    at_most : float, optional
        Upper limit, in [0, 1], of the moved share of the value that has a known owner in the team.

    Raises
    ------
    CriterionError
        If both or neither of weight and at_most are given, or the share is not in [0, 1].

    Notes
    -----
    An account moves when its known owner is in the team and another rep gets it. Accounts whose owner left the
    team, and dormant accounts (D-DORMANT-1), move freely.

    Examples
    --------
    >>> Disruption("acv", at_most=0.2).describe()
    'at most 20% of owned ACV changes owner'
    """

    measure: str = "acv"
    weight: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        kind = f"Disruption({self.measure!r})"
        limit_or_term(kind, limit=self.at_most, weight=self.weight)
        if self.at_most is not None:
            share(kind, "at_most", self.at_most)

    @property
    def key(self) -> tuple[str, str, str]:
        """Kind, measure and mode: a cap does not replace a price."""
        return ("disruption", canonical_measure(self.measure), "limit" if self.is_limit else "term")

    @property
    def is_limit(self) -> bool:
        """True for a cap on the moved share."""
        return self.weight is None

    def describe(self) -> str:
        """One line in words."""
        if self.at_most is not None:
            return f"at most {100 * self.at_most:.4g}% of owned {measure_words(self.measure)} changes owner"
        return f"minimise {measure_words(self.measure)} that changes owner (weight {self.weight:.4g})"
