"""What can go wrong, said once: what, where, and what to do about it.

Infeasible and out-of-time are *results* (:class:`territory_opt.Termination`); these are for bad input, for
programs that are missing, and for answers that do not survive re-scoring.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "CriterionError",
    "DataError",
    "Issue",
    "NoAlignmentError",
    "SolverError",
    "SolverUnavailableError",
    "TerritoryOptError",
    "TerritoryOptWarning",
    "UnsupportedError",
]

_SHOWN = 20


class TerritoryOptError(Exception):
    """Base of every error this library raises on purpose."""


class TerritoryOptWarning(UserWarning):
    """An accepted input that a domain rule advises against."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem in a table.

    Parameters
    ----------
    row : int or None
        Row position in the table, counted from 0; None when the whole table or column is meant.
    column : str or None
        Column the problem is in, as the user spelled it.
    what : str
        What is wrong, with the offending value.
    hint : str
        What to do about it.

    Examples
    --------
    >>> print(Issue(3, "lat", "latitude 425 is outside [-90, 90]", "check for a missing decimal point"))
    row 3, column 'lat': latitude 425 is outside [-90, 90] (check for a missing decimal point)
    """

    row: int | None
    column: str | None
    what: str
    hint: str = ""

    def __str__(self) -> str:
        where = []
        if self.row is not None:
            where.append(f"row {self.row}")
        if self.column is not None:
            where.append(f"column {self.column!r}")
        text = f"{', '.join(where)}: {self.what}" if where else self.what
        return f"{text} ({self.hint})" if self.hint else text


class DataError(TerritoryOptError, ValueError):
    """A table cannot be used; carries **all** its problems at once.

    Parameters
    ----------
    table : str
        Which table: ``"accounts"``, ``"team"``, ``"alignment"`` ...
    issues : iterable of Issue
        Every problem found.

    Attributes
    ----------
    issues : tuple of Issue
        Every problem found, in row order as discovered.

    Examples
    --------
    >>> raise DataError("accounts", [Issue(0, "acv", "nan is not a number", "fill it or drop the row")])
    Traceback (most recent call last):
        ...
    territory_opt.errors.DataError: accounts: 1 problem
      - row 0, column 'acv': nan is not a number (fill it or drop the row)
    """

    def __init__(self, table: str, issues: Iterable[Issue]) -> None:
        self.table = table
        self.issues = tuple(issues)
        count = len(self.issues)
        lines = [f"{table}: {count} problem{'' if count == 1 else 's'}"]
        lines += [f"  - {issue}" for issue in self.issues[:_SHOWN]]
        if count > _SHOWN:
            lines.append(f"  ... and {count - _SHOWN} more in .issues")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[DataError], tuple[str, tuple[Issue, ...]]]:
        return type(self), (self.table, self.issues)


class CriterionError(TerritoryOptError, ValueError):
    """A criterion contradicts itself, or asks for data the problem does not have."""


class UnsupportedError(TerritoryOptError, NotImplementedError):
    """The chosen solver cannot express a criterion; the message names solvers that can."""


class SolverUnavailableError(TerritoryOptError, ImportError):
    """A solver is not installed; the message has the install line."""


class SolverError(TerritoryOptError, RuntimeError):
    """A solver failed, or its answer did not survive independent re-scoring."""


class NoAlignmentError(TerritoryOptError, RuntimeError):
    """A result has no alignment: infeasible, or none was found in time."""
