"""What a workbook is made from: one judged alignment, and how its measures are called in formulas."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray, TextArray
from territory_opt.criteria import Balance
from territory_opt.fairness.wording import measure_title
from territory_opt.report.excel.labels import rep_labels
from territory_opt.result import Result

if TYPE_CHECKING:
    from territory_opt.alignment import Alignment
    from territory_opt.fairness import FairnessReport
    from territory_opt.fairness.measure import MeasureFairness
    from territory_opt.problem import Problem

__all__ = ["BandRule", "Plan", "ShownMeasure", "plan_of"]

# Range of the accounts table that holds a measure, for the measures that the workbook computes.
_RANGES = {
    "load": "acc_load",
    "tam": "acc_acv",
    "account_units": "acc_units",
    "travel_hours": "acc_hours",
    "named_acv": "acc_named",
    "white_space_acv": "acc_white",
}
_STYLES = {"money": "money", "hours": "tenths", "units": "units", "accounts": "units", "visits": "units"}


@dataclass(frozen=True, slots=True)
class BandRule:
    """The band of a measure as numbers that can be changed.

    Attributes
    ----------
    of : str
        ``"median"``, ``"mean"`` or ``"target"``; empty for absolute ends.
    within : float
        Half width as a share; 0 for absolute ends.
    low, high : float
        Absolute ends, infinite where open; NaN for a relative band.
    rule : str
        Rule id, or ``"criterion"``.
    """

    of: str
    within: float
    low: float
    high: float
    rule: str


@dataclass(frozen=True, slots=True)
class ShownMeasure:
    """One measure of the workbook.

    Attributes
    ----------
    key : str
        Its name in names of ranges.
    title, kind : str
        Heading, and style of its totals.
    account_range : str
        Range of the accounts table that adds up to it; empty for the number of accounts.
    row : MeasureFairness
        Its numbers as the library computed them.
    band : BandRule or None
        Where books should be.
    """

    key: str
    title: str
    kind: str
    account_range: str
    row: MeasureFairness
    band: BandRule | None


@dataclass(frozen=True)
class Plan:
    """A judged alignment, ready to be written.

    Attributes
    ----------
    problem, alignment, report : Problem, Alignment, FairnessReport
        What is written.
    result : Result or None
        With the proof, when there is one.
    labels : tuple of str, length n_reps
        Name of every rep in the workbook.
    measures : tuple of ShownMeasure
        In the order of the report.
    """

    problem: Problem
    alignment: Alignment
    report: FairnessReport
    result: Result | None
    labels: tuple[str, ...]
    measures: tuple[ShownMeasure, ...]

    @cached_property
    def hours(self) -> FloatArray:
        """Yearly travel hours of every account with its rep, shape (n_accounts,); zeros without travel."""
        problem = self.problem
        if not problem.has_travel:
            return np.zeros(problem.n_accounts)
        return problem.hours(np.arange(problem.n_accounts), self.alignment.rep_index, self.alignment.home_index)

    @cached_property
    def other_friction(self) -> FloatArray:
        """Coverage friction beside the price of travel hours, money, shape (n_accounts,)."""
        problem = self.problem
        if not problem.measure("load").pair_dependent:
            return np.zeros(problem.n_accounts)
        everyone = np.arange(problem.n_accounts)
        friction = problem.friction(everyone, self.alignment.rep_index, self.alignment.home_index)
        rest = friction - problem.friction_per_hour * self.hours
        # What is left of a subtraction of equal amounts is no friction.
        return np.where(np.abs(rest) <= 1e-9 * np.abs(friction), 0.0, rest)

    @cached_property
    def load(self) -> FloatArray:
        """Load of every account in its book, money, shape (n_accounts,)."""
        everyone = np.arange(self.problem.n_accounts)
        return self.problem.contribution("load", everyone, self.alignment.rep_index, self.alignment.home_index)

    @property
    def distances(self) -> bool:
        """True when travel hours follow from positions, so that the workbook can compute them for any rep."""
        return self.problem.has_travel and self.problem.places.travel_time is None

    @property
    def fixed_pairs(self) -> tuple[str, ...]:
        """What depends on the rep and is only known here for the rep of the plan, in words; empty when nothing is."""
        problem = self.problem
        found = []
        if problem.has_travel and not self.distances:
            found.append("travel hours")
        friction = problem.measure("load").pair_dependent and not problem.friction_is_travel
        if friction and not problem.accounts.has("friction"):
            found.append("other friction")
        found += [shown.title for shown in self.measures if problem.measure(shown.row.measure).table is not None]
        return tuple(found)

    @cached_property
    def homes(self) -> tuple[FloatArray, FloatArray]:
        """Latitude and longitude of every rep's home, given or chosen, degrees, shape (n_reps,); NaN for none."""
        places, home = self.problem.places, self.alignment.home_index
        chosen = places.open_reps & (home >= 0)
        return np.where(chosen, places.lat[home], places.rep_lat), np.where(chosen, places.lon[home], places.rep_lon)

    @cached_property
    def owner(self) -> IntArray:
        """Position of today's owner, shape (n_accounts,): -1 for nobody, -2 for somebody who left the team."""
        owner = self.problem.owners.rep_index
        if not self.problem.accounts.has("owner"):
            return owner
        named = np.array([bool(str(text).strip()) for text in self.problem.accounts.text("owner")], dtype=np.bool_)
        return np.where((owner < 0) & named, -2, owner)

    @cached_property
    def free(self) -> BoolArray:
        """Whether an account with an owner may change hands without counting as disruption (D-DORMANT-1)."""
        owners = self.problem.owners
        return np.asarray((owners.rep_index >= 0) & (owners.protected_index < 0), dtype=np.bool_)

    @cached_property
    def changes(self) -> TextArray:
        """What happens to every account against today, in the words of the column, shape (n_accounts,)."""
        owner = self.owner
        cases = [owner == -1, owner == -2, owner == self.alignment.rep_index, self.free]
        words: TextArray = np.select(cases, ["new", "owner left", "kept", "moved (free)"], default="moved").astype(
            object
        )
        return words

    @property
    def moved(self) -> BoolArray:
        """Whether an account gets another owner of the team, freely or not, shape (n_accounts,)."""
        return np.asarray((self.changes == "moved") | (self.changes == "moved (free)"), dtype=np.bool_)

    @property
    def has_owners(self) -> bool:
        """True when changes against today can be told."""
        return self.report.change is not None


def plan_of(source: Result | FairnessReport) -> Plan:
    """Gather what a workbook shows.

    Parameters
    ----------
    source : Result or FairnessReport
        A result with an alignment, or the report of any alignment.

    Raises
    ------
    NoAlignmentError
        The result has no alignment.
    """
    result = source if isinstance(source, Result) else None
    report = source.fairness() if isinstance(source, Result) else source
    problem = report.problem
    measures = [_shown(problem, row, number) for number, row in enumerate(report.measures)]
    return Plan(problem, report.alignment, report, result, rep_labels(report.rep_name, report.rep_id), tuple(measures))


def _shown(problem: Problem, row: MeasureFairness, number: int) -> ShownMeasure:
    # Names of the user's columns may be anything; names of ranges may not.
    known = row.measure in _RANGES or row.measure == "accounts"
    key = row.measure if known else f"measure{number}"
    style = _STYLES.get(row.unit, "units")
    small = float(np.abs(row.totals).max(initial=0.0)) < 1_000.0
    if style in ("money", "units") and small and bool((row.totals != np.round(row.totals)).any()):
        style = "fine" if style == "money" else "tenths"
    account_range = "" if row.measure == "accounts" else _RANGES.get(row.measure, f"acc_{key}")
    return ShownMeasure(key, measure_title(row.measure), style, account_range, row, _band(problem, row))


def _band(problem: Problem, row: MeasureFairness) -> BandRule | None:
    """The numbers behind a band: those of the criterion, else those of the policy."""
    if row.band is None:
        return None
    if not row.band.relative:
        return BandRule("", 0.0, row.band.low, row.band.high, row.band.rule)
    names = {"tam", "acv"} if row.measure == "tam" else {row.measure}
    for criterion in problem.criteria:
        if isinstance(criterion, Balance) and criterion.measure in names:
            return BandRule(criterion.of, float(criterion.within or 0.0), np.nan, np.nan, row.band.rule)
    of, within = ("median", problem.policy.load_band) if row.measure == "load" else ("mean", problem.policy.tam_band)
    return BandRule(of, within, np.nan, np.nan, row.band.rule)
