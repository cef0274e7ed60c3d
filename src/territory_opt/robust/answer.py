"""What a robust carve found, and the price of robustness."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from territory_opt.errors import NoAlignmentError
from territory_opt.fairness.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.alignment import Alignment
    from territory_opt.fairness.uncertainty_model import ErrorModel
    from territory_opt.result import Result
    from territory_opt.robust.held import Hold

__all__ = ["RobustResult", "RobustRound"]


@dataclass(frozen=True, slots=True)
class RobustRound:
    """One solve of the search.

    Attributes
    ----------
    tightening : float
        Share by which the half widths of the uncertain bands were narrowed; 0 is the plan without robustness.
    outcome : str
        How the solve ended.
    held : float or None
        Share in which the asked bands hold; None without an alignment.
    objective, bound : float or None
        Of the tightened problem.
    """

    tightening: float
    outcome: str
    held: float | None
    objective: float | None
    bound: float | None


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class RobustResult(Shown):
    """A plan whose bands hold under forecast error, beside the plan that does not look at it.

    Attributes
    ----------
    nominal : Result
        The answer without robustness.
    robust : Result or None
        The answer with tightened bands that reached the share at the lowest objective; where none did, the one that
        came closest. None when no alignment was found at all.
    reached : bool
        Whether the asked share was reached on the draws of the search.
    share : float
        The share that was asked for.
    hold : {"every", "each"}
        What is counted: draws in which every book is inside, or the share of each single book.
    held, nominal_held : float or None
        Shares of both plans on the draws of the search.
    held_fresh : float or None
        The same of the robust plan on as many fresh draws, which the search never saw.
    tightening : float
        Share by which the half widths of the bands were narrowed.
    rounds : tuple of RobustRound
        Every solve, in order.
    model : ErrorModel
        The errors that were drawn.
    notes : tuple of str
        What to know about the answer.
    """

    _display = "territory_opt.robust.display"

    nominal: Result
    robust: Result | None
    reached: bool
    share: float
    hold: Hold
    held: float | None
    nominal_held: float | None
    held_fresh: float | None
    tightening: float
    rounds: tuple[RobustRound, ...]
    model: ErrorModel = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def alignment(self) -> Alignment:
        """The robust plan.

        Raises
        ------
        NoAlignmentError
            If none was found.
        """
        if self.robust is None:
            raise NoAlignmentError("no alignment keeps the bands, with or without forecast error; see .nominal")
        return self.robust.alignment

    @property
    def price(self) -> float | None:
        """Objective of the robust plan above that of the nominal one; None without both."""
        if self.robust is None or not self.nominal.has_alignment:
            return None
        return self.robust.objective - self.nominal.objective

    @property
    def price_range(self) -> tuple[float, float] | None:
        """What the price can be if both solves were carried on to proven optima: from bound to objective of each.

        The true optimum of either lies between its bound and its objective, and tightening never lowers it.
        """
        if self.robust is None or not self.nominal.has_alignment:
            return None
        low = max(0.0, self.robust.bound - self.nominal.objective)
        return low, max(low, self.robust.objective - self.nominal.bound)

    def to_frame(self) -> pd.DataFrame:
        """One row per solve, columns as in :class:`RobustRound`."""
        import pandas as pd

        frame = pd.DataFrame([asdict(row) for row in self.rounds])
        numbers = dict.fromkeys(("tightening", "held", "objective", "bound"), "Float64")
        return frame.astype(numbers)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the plans as JSON-ready values; version 1 of its layout."""
        from territory_opt.fairness.tables import plain

        value: dict[str, Any] = plain(
            {
                "schema": "territory-opt/robust",
                "schema_version": 1,
                "share": self.share,
                "hold": self.hold,
                "reached": self.reached,
                "held": self.held,
                "held_fresh": self.held_fresh,
                "nominal_held": self.nominal_held,
                "tightening": self.tightening,
                "price": self.price,
                "price_range": self.price_range,
                "sigma": dict(zip(self.model.segments, self.model.sigma.tolist(), strict=True)),
                "correlation": self.model.correlation,
                "by": self.model.by,
                "draws": self.model.draws,
                "seed": self.model.seed,
                "rounds": [asdict(row) for row in self.rounds],
                "notes": list(self.notes),
            }
        )
        return value
