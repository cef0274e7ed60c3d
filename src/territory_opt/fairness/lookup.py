"""One row of a report by its name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from territory_opt.criteria.base import canonical_measure
from territory_opt.errors import CriterionError

__all__ = ["measure_row"]


class _OfMeasure(Protocol):
    @property
    def measure(self) -> str: ...


Row = TypeVar("Row", bound=_OfMeasure)


def measure_row(rows: Iterable[Row], name: str, where: str) -> Row:
    """Find the row of a measure.

    Parameters
    ----------
    rows : iterable of rows with a ``measure``
        Where to look.
    name : str
        Measure; ``"acv"`` is another word for ``"tam"``.
    where : str
        What has the rows, for the message.

    Raises
    ------
    CriterionError
        If there is none of that name; the message lists those there are.
    """
    found = {row.measure: row for row in rows}
    for wanted in (name, canonical_measure(name)):
        if wanted in found:
            return found[wanted]
    raise CriterionError(f"no measure {name!r} {where}; there are: {', '.join(found)}")
