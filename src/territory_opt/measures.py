"""Activity measures: additive numbers per account that books are balanced on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from territory_opt._typing import FloatArray, read_only
from territory_opt.accounts import Accounts
from territory_opt.errors import DataError, Issue
from territory_opt.scoring.score import Scores

__all__ = ["Measure", "account_measures"]

_SAME_COLUMN = ("acv", "named_acv", "white_space_acv", "visits")
"""Measures that are a column of the table anyway, completed by the scores."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One activity measure.

    Attributes
    ----------
    name : str
        Name used in criteria and reports.
    unit : str
        Unit of the numbers: ``"money"``, ``"units"``, ``"accounts"``, ``"visits"`` or ``"hours"``.
    base : ndarray of float, shape (n_accounts,)
        What an account adds to any book, before anything that depends on the rep.
    pair_dependent : bool
        True when the rep matters too: load (coverage friction), travel hours, and tables of one's own.
    table : ndarray of float, shape (n_accounts, n_reps), or None
        What an account adds to every rep's book, where the user gave that; ``base`` is then zero.
    integer : bool
        True when every base, or the whole table, holds whole numbers, and no friction or distance changes them.
    """

    name: str
    unit: str
    base: FloatArray
    pair_dependent: bool = False
    table: FloatArray | None = None

    @property
    def integer(self) -> bool:
        """True when every total is a whole number."""
        if self.table is not None:
            return bool((self.table == np.round(self.table)).all())
        return not self.pair_dependent and bool((self.base == np.round(self.base)).all())


def account_measures(
    accounts: Accounts, scores: Scores, *, friction: bool, own: Mapping[str, FloatArray] | None = None
) -> dict[str, Measure]:
    """Build every measure the tables allow.

    Parameters
    ----------
    accounts : Accounts
        The table; its ``measures`` columns are included.
    scores : Scores
        Derived values.
    friction : bool
        Whether load depends on the rep (D-LOAD-4).
    own : mapping of str to ndarray, optional
        Measures of the user's own, shape (n_accounts,) or (n_accounts, n_reps); they replace those of the same name.

    Returns
    -------
    dict of str to Measure
        By name. ``acv`` is another name for ``tam``; ``partner_acv`` is there when the table says which accounts
        partners source.

    Raises
    ------
    DataError
        If a column of the user has the name of a measure that the library computes.

    Notes
    -----
    D-PARTNER-1: partner-sourced ACV is a scoreboard beside named and white space.
    """
    n = len(accounts)
    zeros = read_only(np.zeros(n))
    tam = Measure("tam", "money", scores.acv)
    found = [
        Measure("load", "money", scores.gross_load, pair_dependent=friction),
        tam,
        Measure("named_acv", "money", scores.named_acv),
        Measure("white_space_acv", "money", scores.white_space_acv),
        Measure("account_units", "units", scores.account_units),
        Measure("accounts", "accounts", read_only(np.ones(n))),
        Measure("visits", "visits", scores.visits),
        Measure("travel_hours", "hours", zeros, pair_dependent=True),
    ]
    if accounts.has("partner_sourced"):
        found.append(Measure("partner_acv", "money", read_only(np.where(scores.partner, scores.acv, 0.0))))
    measures = {measure.name: measure for measure in found}
    measures["acv"] = tam
    issues = []
    for name in accounts.measures:
        if name not in measures:
            measures[name] = Measure(name, "units", accounts.number(name))
        elif name not in _SAME_COLUMN:
            what = "is asked for as a measure, and is the name of one that the library computes"
            issues.append(Issue(None, name, what, "give the column another name"))
    if issues:
        raise DataError("accounts", issues)
    for name, values in (own or {}).items():
        per_pair = values.ndim == 2
        base = zeros if per_pair else values
        measures[name] = Measure(name, "units", base, per_pair, values if per_pair else None)
        if name in ("acv", "tam"):
            measures["acv"] = measures["tam"] = measures[name]
    return measures
