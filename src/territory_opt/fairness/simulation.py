"""Who is better off: every rep's proposed book against the quota and against today's book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt._typing import BoolArray, FloatArray
from territory_opt.alignment import Alignment
from territory_opt.errors import CriterionError, DataError, Issue
from territory_opt.evaluation import Evaluation, evaluate
from territory_opt.fairness.checks import is_number
from territory_opt.fairness.outlook import RepOutlook, why
from territory_opt.fairness.shown import Shown
from territory_opt.fairness.wording import count, joined

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.problem import Problem

__all__ = ["FairnessSimulation", "simulate_fairness"]

_LAYOUT = 1


@dataclass(frozen=True, slots=True, repr=False)
class FairnessSimulation(Shown):
    """The verdict of every rep, and whether the proposal passes.

    Attributes
    ----------
    reps : tuple of RepOutlook
        In the order of the team.
    tolerance : float
        Changes up to this share count as equal.
    share_needed : float
        Share of the judged reps that must be equal or better.
    significant : float
        Fall of a book's TAM from which it counts as significantly reduced (D-FAIR-2).
    median_load_before, median_load : float or None
        Median load per full unit of capacity over the reps with a book: today, and in the proposal (D-FAIR-2).
    notes : tuple of str
        What was assumed, and who could not be judged.

    Notes
    -----
    D-FAIR-1, D-FAIR-2, D-TRANS-2. ``print`` it, or look at it in a notebook.
    """

    _display = "territory_opt.fairness.simulation_display"

    reps: tuple[RepOutlook, ...]
    tolerance: float
    share_needed: float
    significant: float
    median_load_before: float | None
    median_load: float | None
    notes: tuple[str, ...]

    @property
    def judged(self) -> tuple[RepOutlook, ...]:
        """Reps who have a book today."""
        return tuple(rep for rep in self.reps if rep.verdict in ("better", "equal", "worse"))

    @property
    def share_equal_or_better(self) -> float | None:
        """Share of the judged reps that are equal or better off; None when nobody has a book today."""
        judged = self.judged
        return None if not judged else 1.0 - sum(rep.verdict == "worse" for rep in judged) / len(judged)

    @property
    def passed(self) -> bool | None:
        """Whether that share reaches :attr:`share_needed`; None when nobody can be judged."""
        share = self.share_equal_or_better
        return None if share is None else share >= self.share_needed - 1e-12

    @property
    def one_to_ones(self) -> tuple[RepOutlook, ...]:
        """Reps to talk to one by one: those worse off, the largest loss first."""
        worse = [rep for rep in self.reps if rep.verdict == "worse"]
        return tuple(sorted(worse, key=lambda rep: rep.change if rep.change is not None else 0.0))

    def n(self, verdict: str) -> int:
        """Number of reps with a verdict."""
        return sum(rep.verdict == verdict for rep in self.reps)

    def case_for(self, rep: RepOutlook) -> str:
        """Argue for compensation protection of one rep, in the words of D-TRANS-2."""
        text = f"{rep.why}. Commission protection for the first quarter (D-TRANS-2)"
        if rep.falls:
            text += (
                "; the book is significantly reduced, so also a compensation guarantee for 6 months at the average "
                "of the previous 12 months"
            )
        return text + "."

    def to_frame(self) -> pd.DataFrame:
        """One row per rep, with the attributes of :class:`RepOutlook` as columns; unknown numbers are missing."""
        import pandas as pd

        texts = ("rep_id", "rep_name", "verdict", "basis", "why")
        columns = {}
        for name in RepOutlook.__slots__:
            values = [getattr(rep, name) for rep in self.reps]
            kind = "bool" if name == "falls" else "int64" if name in ("n_before", "n_accounts") else "Float64"
            columns[name] = pd.Series(values, dtype=object if name in texts else kind)
        return pd.DataFrame(columns)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready values; version 1 of its layout."""
        from territory_opt.fairness.tables import plain

        value = {
            "schema": "territory-opt/fairness-simulation",
            "schema_version": _LAYOUT,
            "tolerance": self.tolerance,
            "share_needed": self.share_needed,
            "significant": self.significant,
            "median_load_before": self.median_load_before,
            "median_load": self.median_load,
            "share_equal_or_better": self.share_equal_or_better,
            "passed": self.passed,
            "reps": [asdict(rep) for rep in self.reps],
            "one_to_ones": [{"rep_id": rep.rep_id, "case": self.case_for(rep)} for rep in self.one_to_ones],
            "notes": list(self.notes),
        }
        result: dict[str, Any] = plain(value)
        return result


def simulate_fairness(
    problem: Problem,
    alignment: Alignment,
    *,
    quota: Sequence[float] | FloatArray | None = None,
    tolerance: float | None = None,
    share_needed: float | None = None,
    significant: float | None = None,
    evaluation: Evaluation | None = None,
) -> FairnessSimulation:
    """Hold every rep's proposed book against the quota and today's book.

    Parameters
    ----------
    problem : Problem
        Gives the tables; today's books are those of its ``owner`` column, dormant accounts included.
    alignment : Alignment
        The proposal.
    quota : sequence of float, shape (n_reps,), optional
        Proposed quotas in the order of the team, in the unit of TAM; NaN where there is none. Default: the team's
        ``quota`` column, which also is today's quota in any case.
    tolerance : float, optional
        A change of up to this share is *equal*; default ``policy.fair_tolerance``, 0.05.
    share_needed : float, optional
        Share of the judged reps that must be equal or better for a pass (D-FAIR-1); default ``policy.fair_share``, 0.8.
    significant : float, optional
        Fall of a book's TAM from which the rep is shown load against the team (D-FAIR-2); default
        ``policy.significant_fall``, 0.3.
    evaluation : Evaluation, optional
        The evaluation of the same alignment, when it is at hand.

    Returns
    -------
    FairnessSimulation
        Verdicts, pass or fail, and the list for one-to-ones.

    Raises
    ------
    CriterionError
        A tolerance or share is not in [0, 1].
    DataError
        Quotas of another length, infinite or negative; all are listed.

    Notes
    -----
    D-FAIR-1: what a rep can earn from is the TAM behind each unit of quota, :math:`c_j = TAM_j / Q_j`. The verdict
    is *better* when :math:`c_j` rises by more than the tolerance against today's book and quota, *worse* when it
    falls by more, else *equal*. Where today's or the proposed quota is missing or zero, the TAM alone is compared. A
    rep without a book today is *new*: listed, and not counted in the share, since any book is more than none.

    Examples
    --------
    >>> import territory_opt as topt
    >>> table = {"account_id": list("abcd"), "acv": [9e4, 7e4, 8e4, 8e4], "owner": ["r1", "r1", "r1", "r2"]}
    >>> team = topt.Team.from_frame({"rep_id": ["r1", "r2"], "quota": [8e4, 8e4]})
    >>> problem = topt.Problem(topt.Accounts.from_frame(table), team)
    >>> simulation = topt.simulate_fairness(problem, topt.Alignment.from_index(problem, [0, 0, 1, 1]))
    >>> [rep.verdict for rep in simulation.reps], simulation.passed
    (['worse', 'better'], False)
    """
    policy = problem.policy
    tolerance = policy.fair_tolerance if tolerance is None else tolerance
    share_needed = policy.fair_share if share_needed is None else share_needed
    significant = policy.significant_fall if significant is None else significant
    for name, value in (("tolerance", tolerance), ("share_needed", share_needed), ("significant", significant)):
        if not is_number(value, 0.0, 1.0):
            raise CriterionError(f"{name}={value!r} must be a share in [0, 1]")
    from territory_opt.fairness.report import rep_names

    if evaluation is None:
        evaluation = evaluate(problem, alignment)
    before, after = _quotas(problem, quota)
    k, owner = problem.n_reps, problem.owners.rep_index
    owned = np.flatnonzero(owner >= 0)
    n_before = np.bincount(owner[owned], minlength=k)
    n_after = np.bincount(alignment.rep_index, minlength=k)
    tam_before = _books_today(problem, "tam", alignment)
    tam = evaluation.books["tam"]
    load_before = _books_today(problem, "load", alignment) / problem.team.capacity
    load = evaluation.books["load"] / problem.team.capacity
    middle_before, middle = _median(load_before, n_before > 0), _median(load, n_after > 0)
    names = rep_names(problem)
    reps = []
    for j in range(k):
        known = bool(before[j] > 0 and after[j] > 0)
        basis = "tam per quota" if known else "tam"
        old, new = float(tam_before[j]), float(tam[j])
        if known:
            old, new = old / float(before[j]), new / float(after[j])
        change = (new - old) / old if n_before[j] and old > 0 else None
        verdict = _verdict(int(n_before[j]), int(n_after[j]), old, new, change, tolerance)
        fall = (tam[j] - tam_before[j]) / tam_before[j] if n_before[j] and tam_before[j] > 0 else 0.0
        outlook = RepOutlook(
            rep_id=str(problem.team.rep_id[j]),
            rep_name=names[j],
            verdict=verdict,
            basis=basis,
            change=change,
            quota_before=_positive(before[j]),
            quota=_positive(after[j]),
            tam_before=float(tam_before[j]),
            tam=float(tam[j]),
            n_before=int(n_before[j]),
            n_accounts=int(n_after[j]),
            coverage_before=float(tam_before[j] / before[j]) if before[j] > 0 and n_before[j] else None,
            coverage=float(tam[j] / after[j]) if after[j] > 0 else None,
            load_before=float(load_before[j]) if n_before[j] else None,
            load=float(load[j]) if n_after[j] else None,
            load_against_median_before=_ratio(load_before[j], middle_before) if n_before[j] else None,
            load_against_median=_ratio(load[j], middle) if n_after[j] else None,
            falls=bool(n_before[j] and fall < 0.0 and fall <= -significant + 1e-12),
            why="",
        )
        reps.append(replace(outlook, why=why(outlook, middle_before, middle)))
    return FairnessSimulation(
        reps=tuple(reps),
        tolerance=tolerance,
        share_needed=share_needed,
        significant=significant,
        median_load_before=middle_before,
        median_load=middle,
        notes=_notes(problem, reps, given=quota is not None),
    )


def _quotas(problem: Problem, quota: Sequence[float] | FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Today's and the proposed quota of every rep; NaN where there is none."""
    before = np.asarray(problem.team.quota, dtype=np.float64)
    if quota is None:
        return before, before
    try:
        after = np.asarray(quota, dtype=np.float64)
    except (TypeError, ValueError) as error:
        issue = Issue(None, "quota", f"not numbers: {error}", "give one number per rep, NaN where there is none")
        raise DataError("quota", [issue]) from None
    if after.shape != before.shape:
        hint = "give one quota per rep, in the order of the team"
        what = f"shape {after.shape} does not fit {problem.n_reps} reps"
        raise DataError("quota", [Issue(None, "quota", what, hint)])
    bad = np.flatnonzero(np.isinf(after) | (after < 0))
    if len(bad):
        hint = "0 or more; NaN where there is none"
        raise DataError("quota", [Issue(int(j), "quota", f"{after[j]} is no quota", hint) for j in bad])
    return before, after


def _books_today(problem: Problem, measure: str, alignment: Alignment) -> FloatArray:
    """Totals of today's books; reps with an open home are counted from the home that the proposal gives them."""
    owner = problem.owners.rep_index
    owned = np.flatnonzero(owner >= 0)
    added = problem.contribution(measure, owned, owner[owned], alignment.home_index)
    return np.bincount(owner[owned], weights=added, minlength=problem.n_reps).astype(np.float64)


def _median(load: FloatArray, counted: BoolArray) -> float | None:
    return float(np.median(load[counted])) if counted.any() else None


def _ratio(load: float, middle: float | None) -> float | None:
    return float(load / middle) if middle is not None and middle > 0 else None


def _verdict(n_before: int, n_after: int, old: float, new: float, change: float | None, tolerance: float) -> str:
    if not n_before:
        return "new" if n_after else "none"
    if change is None:
        # Accounts that are worth nothing today: anything is more.
        return "better" if new > 0 else "equal"
    if abs(change) <= tolerance + 1e-12:
        return "equal"
    return "better" if change > 0 else "worse"


def _positive(value: float) -> float | None:
    return float(value) if value > 0 else None


def _notes(problem: Problem, reps: list[RepOutlook], *, given: bool) -> tuple[str, ...]:
    notes = []
    if not problem.accounts.has("owner"):
        notes.append("nobody can be judged: the accounts have no owner column, so there is no book today")
    without = [rep.rep_name for rep in reps if rep.basis == "tam"]
    if len(without) == len(reps) and given:
        notes.append(
            "no rep has a quota today and in the proposal: TAM is compared alone; today's is the team's column"
        )
    elif len(without) == len(reps):
        notes.append("no rep has a quota: TAM is compared alone; give the team a quota column")
    elif without:
        notes.append(f"no quota for {joined(without)}: their TAM is compared alone")
    if not given and len(without) < len(reps):
        notes.append("quotas are those of the team table, today and in the proposal")
    new = [rep.rep_name for rep in reps if rep.verdict == "new"]
    if new and problem.accounts.has("owner"):
        notes.append(f"no book today for {joined(new)}: listed, and not counted in the share")
    none = [rep.rep_name for rep in reps if rep.verdict == "none"]
    if none:
        notes.append(f"neither a book today nor a proposed one for {joined(none)}")
    free = int((problem.owners.rep_index < 0).sum())
    if free and problem.accounts.has("owner"):
        notes.append(f"{count(free, 'account')} without an owner in the team count for nobody today")
    return tuple(notes)
