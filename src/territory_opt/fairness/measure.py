"""One measure across the books: every number of one row of the fairness table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from territory_opt import metrics
from territory_opt._frozen import FrozenArrays
from territory_opt._typing import BoolArray, FloatArray, read_only

__all__ = ["DISPERSION", "Band", "MeasureFairness", "measure_fairness"]

DISPERSION: dict[str, Callable[[FloatArray], FloatArray]] = {
    "cv": metrics.cv,
    "gini": metrics.gini,
    "jain": metrics.jain,
    "theil": metrics.theil,
    "atkinson": metrics.atkinson,
    "max_min": metrics.max_min_ratio,
}


@dataclass(frozen=True, slots=True)
class Band:
    """Where every book should be, per full unit of capacity.

    Attributes
    ----------
    low, high : float
        Ends, in the unit of the measure; infinite where one side is open.
    reference : float
        What deviations are from.
    words : str
        The band in words, such as ``"within 15% of the median"``.
    rule : str
        Rule id, or ``"criterion"`` when the problem's own criteria set the band.
    relative : bool
        True when the band is a share around the reference, False for absolute ends.
    slack : float
        How far outside still counts as inside: the tolerance of :func:`territory_opt.evaluate`.
    """

    low: float
    high: float
    reference: float
    words: str
    rule: str
    relative: bool = True
    slack: float = 0.0


@dataclass(frozen=True, slots=True)
class MeasureFairness(FrozenArrays):
    """How evenly one measure is spread over the books.

    Attributes
    ----------
    measure, unit : str
        Name and unit.
    mean, median, min, max : float
        Over books, per full unit of capacity.
    cv, gini, jain, theil, atkinson, max_min : float or None
        Dispersion; None where undefined, with the reason in ``undefined``. Atkinson's index has aversion 0.5.
    band : Band or None
        The band, when the criteria or a domain rule set one.
    share_in_band : float or None
        Share of the books inside it.
    n_outside : int or None
        Number of books outside it.
    cv_target_met : bool or None
        Whether the CV is under the target (D-CV-1); None when there is no CV.
    undefined : str
        Why some measures have no value; empty when all have.
    totals : ndarray of float, shape (n_reps,)
        Total of each book.
    values : ndarray of float, shape (n_reps,)
        Total over capacity share: what every number above is computed from.
    deviation : ndarray of float, shape (n_reps,)
        (value - reference) / reference, the reference being the band's, or the mean without a band. Zero where
        the reference is not positive.
    inside : ndarray of bool, shape (n_reps,)
        Whether the book is inside the band; all True without one.
    """

    measure: str
    unit: str
    mean: float
    median: float
    min: float
    max: float
    cv: float | None
    gini: float | None
    jain: float | None
    theil: float | None
    atkinson: float | None
    max_min: float | None
    band: Band | None
    share_in_band: float | None
    n_outside: int | None
    cv_target_met: bool | None
    undefined: str
    totals: FloatArray = field(repr=False, compare=False)
    values: FloatArray = field(repr=False, compare=False)
    deviation: FloatArray = field(repr=False, compare=False)
    inside: BoolArray = field(repr=False, compare=False)

    def row(self) -> dict[str, Any]:
        """Return the row of the fairness table, columns in their documented order."""
        band = self.band
        low = band.low if band is not None and np.isfinite(band.low) else None
        high = band.high if band is not None and np.isfinite(band.high) else None
        names = ("measure", "unit", "mean", "median", "min", "max", *DISPERSION)
        first = {name: getattr(self, name) for name in names}
        return first | {
            "band_low": low,
            "band_high": high,
            "share_in_band": self.share_in_band,
            "n_outside": self.n_outside,
            "cv_target_met": self.cv_target_met,
            "undefined": self.undefined,
        }


def measure_fairness(
    measure: str, unit: str, totals: FloatArray, capacity: FloatArray, *, band: Band | None, cv_target: float
) -> MeasureFairness:
    """Compute one row.

    Parameters
    ----------
    measure, unit : str
        Name and unit.
    totals : ndarray of float, shape (n_reps,)
        Total of each book.
    capacity : ndarray of float, shape (n_reps,)
        Capacity share of each rep, > 0.
    band : Band or None
        The band per full unit of capacity.
    cv_target : float
        Target of the coefficient of variation (D-CV-1).

    Returns
    -------
    MeasureFairness
        The row, NaN nowhere.

    Raises
    ------
    DataError
        No books, or a total that is not finite.
    """
    values = totals / capacity
    numbers = {name: _defined(function(values)) for name, function in DISPERSION.items()}
    cv = numbers["cv"]
    inside = np.ones(values.size, dtype=np.bool_)
    if band is not None:
        inside = metrics.in_band(values, band.low, band.high, slack=band.slack)
        if band.relative and band.reference < 0.0:
            # A band around a middle that friction has eaten up is upside down, as in evaluate: nothing is inside.
            inside = np.zeros(values.size, dtype=np.bool_)
    middle = band.reference if band is not None else float(values.mean())
    deviation = (values - middle) / middle if middle > 0.0 else np.zeros(values.size)
    return MeasureFairness(
        measure=measure,
        unit=unit,
        mean=float(values.mean()),
        median=float(np.median(values)),
        min=float(values.min()),
        max=float(values.max()),
        **numbers,
        band=band,
        share_in_band=None if band is None else float(inside.mean()),
        n_outside=None if band is None else int((~inside).sum()),
        cv_target_met=None if cv is None else bool(cv < cv_target),
        undefined=_why_undefined(values, numbers),
        totals=read_only(totals),
        values=read_only(values),
        deviation=read_only(deviation),
        inside=read_only(inside),
    )


def _defined(value: FloatArray) -> float | None:
    number = float(value)
    return None if np.isnan(number) else number


def _why_undefined(values: FloatArray, numbers: dict[str, float | None]) -> str:
    missing = [name for name, number in numbers.items() if number is None]
    if not missing:
        return ""
    if numbers["cv"] is None:
        return "every book is empty" if not values.any() else "the books total zero or less"
    n_negative = int((values < 0.0).sum())
    if n_negative:
        return f"{', '.join(missing)}: {n_negative} book{'s are' if n_negative > 1 else ' is'} negative"
    return "max_min: the smallest book is empty"
