"""Travel hours, as a cost or as a limit per book."""

from __future__ import annotations

from dataclasses import dataclass

from territory_opt.criteria.base import limit_or_term, share

__all__ = ["Travel"]


@dataclass(frozen=True, slots=True)
class Travel:
    r"""Travel hours in the objective, or a cap on every book's share of selling hours spent travelling.

    Parameters
    ----------
    weight : float, optional
        Objective units per travel hour a year.
    share_at_most : float, optional
        Upper limit, in [0, 1], of a book's travel hours as a share of the rep's selling hours a year
        (``policy.selling_hours`` times capacity).

    Raises
    ------
    CriterionError
        If both or neither are given, or the share is not in [0, 1].

    Notes
    -----
    D-TRAVEL-1, D-TRAVEL-2: :math:`t_{ij} = v_i\,d_{ij} / s_i` with visits a year, great-circle kilometres and
    kilometres per hour; the cap is :math:`\sum_i t_{ij} x_{ij} \le p H_j`.

    Examples
    --------
    >>> Travel(share_at_most=0.25).describe()
    'travel at most 25% of selling hours in every book'
    >>> Travel(weight=1).describe()
    'minimise travel hours (weight 1)'
    """

    weight: float | None = None
    share_at_most: float | None = None

    def __post_init__(self) -> None:
        limit_or_term("Travel", limit=self.share_at_most, weight=self.weight)
        if self.share_at_most is not None:
            share("Travel", "share_at_most", self.share_at_most)

    @property
    def key(self) -> tuple[str, str]:
        """Kind and mode: a cap does not replace a cost."""
        return ("travel", "limit" if self.is_limit else "term")

    @property
    def is_limit(self) -> bool:
        """True for a cap on the travel share."""
        return self.weight is None

    def describe(self) -> str:
        """One line in words."""
        if self.share_at_most is not None:
            return f"travel at most {100 * self.share_at_most:.4g}% of selling hours in every book"
        return f"minimise travel hours (weight {self.weight:g})"
