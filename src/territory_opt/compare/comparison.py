"""A table of plans side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from territory_opt.errors import CriterionError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BROKEN", "KEPT", "RESERVED", "Comparison", "ComparisonRow"]

KEPT, BROKEN = "kept: ", "broken: "
"""How the detail of a limit begins."""

RESERVED = ("section", "what", "unit", "better", "best")
"""Column names of the frame, which no plan may have."""


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One number of every plan.

    Attributes
    ----------
    section : {"verdict", "criteria", "fairness", "change", "travel"}
        Part of the table.
    what : str
        What is compared, in words.
    unit : str
        ``"objective"``, ``"count"``, ``"share"``, ``"ratio"``, ``"money"``, ``"hours"`` or the unit of a slack.
    better : {"lower", "higher", ""}
        Which direction is better; empty when neither is.
    values : tuple of float or None
        One per plan; None where undefined.
    details : tuple of str
        One line per plan; empty where the value says all.
    """

    section: str
    what: str
    unit: str
    better: str
    values: tuple[float | None, ...]
    details: tuple[str, ...] = ()

    def difference(self, plan: int, base: int) -> float | None:
        """Value of a plan less that of the base; None where either is undefined."""
        value, other = self.values[plan], self.values[base]
        return None if value is None or other is None else value - other

    def broken(self, plan: int) -> bool:
        """Whether this is a limit that the plan breaks."""
        return bool(self.details) and self.details[plan].startswith(BROKEN)

    @property
    def best(self) -> tuple[int, ...]:
        """Positions of the plans with the best value; empty when no direction is better, or all are equal."""
        known = [value for value in self.values if value is not None]
        if not self.better or len(known) < 2:
            return ()
        top = min(known) if self.better == "lower" else max(known)
        slack = 1e-9 * max(abs(value) for value in known)
        found = tuple(i for i, v in enumerate(self.values) if v is not None and abs(v - top) <= slack)
        return () if len(found) == len(known) else found


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """Plans side by side, all scored by the criteria of one problem.

    Attributes
    ----------
    names : tuple of str
        The plans, in the order given.
    base : str
        The plan that differences are against.
    rows : tuple of ComparisonRow
        The table.
    feasible : tuple of bool
        Whether each plan keeps every limit.
    objective : tuple of float
        Re-scored objective of each plan.
    recommended : str
        The plan that the recommendation names.
    recommendation : tuple of str
        Which plan to take and why, in sentences.
    notes : tuple of str
        What to know about the table.
    """

    names: tuple[str, ...]
    base: str
    rows: tuple[ComparisonRow, ...]
    feasible: tuple[bool, ...]
    objective: tuple[float, ...]
    recommended: str
    recommendation: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def value(self, what: str, name: str) -> float | None:
        """One number of one plan.

        Raises
        ------
        CriterionError
            If there is no such row or plan; the message lists those there are.
        """
        if name not in self.names:
            raise CriterionError(f"no plan {name!r}; there are: {', '.join(self.names)}")
        for row in self.rows:
            if row.what == what:
                return row.values[self.names.index(name)]
        raise CriterionError(f"no row {what!r}; there are: {', '.join(row.what for row in self.rows)}")

    def to_frame(self) -> pd.DataFrame:
        """One row per number.

        Returns
        -------
        pandas.DataFrame
            Columns section, what, unit, better, best (names of the best plans), then one column per plan, and one
            ``<plan> - <base>`` per other plan. Undefined numbers are missing (``pandas.NA``).
        """
        import pandas as pd

        columns: dict[str, Any] = {
            name: pd.Series([getattr(row, name) for row in self.rows], dtype=object)
            for name in ("section", "what", "unit", "better")
        }
        best = ["; ".join(self.names[i] for i in row.best) for row in self.rows]
        columns["best"] = pd.Series(best, dtype=object)
        for i, name in enumerate(self.names):
            columns[name] = pd.Series([row.values[i] for row in self.rows], dtype="Float64")
        base = self.names.index(self.base)
        for i, name in enumerate(self.names):
            if i != base:
                values = [row.difference(i, base) for row in self.rows]
                columns[f"{name} - {self.base}"] = pd.Series(values, dtype="Float64")
        return pd.DataFrame(columns)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready values; version 1 of its layout."""
        from territory_opt.fairness.tables import plain

        base = self.names.index(self.base)
        value: dict[str, Any] = plain(
            {
                "schema": "territory-opt/comparison",
                "schema_version": 1,
                "names": self.names,
                "base": self.base,
                "feasible": self.feasible,
                "objective": self.objective,
                "recommended": self.recommended,
                "recommendation": self.recommendation,
                "rows": [
                    {
                        "section": row.section,
                        "what": row.what,
                        "unit": row.unit,
                        "better": row.better,
                        "values": row.values,
                        "differences": [row.difference(i, base) for i in range(len(self.names))],
                        "best": [self.names[i] for i in row.best],
                        "details": row.details,
                    }
                    for row in self.rows
                ],
                "notes": self.notes,
            }
        )
        return value

    def to_html(self) -> str:
        """Return the table as a fragment of HTML; every name is escaped, and nothing is loaded."""
        from territory_opt.compare.display import as_html

        return as_html(self)

    def __str__(self) -> str:
        from territory_opt.compare.display import as_text

        return as_text(self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return self.to_html()
