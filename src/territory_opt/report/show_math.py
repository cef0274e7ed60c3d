"""Show the math: how every number of every book comes out of the accounts, line by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from territory_opt import metrics
from territory_opt._typing import FloatArray, IntArray
from territory_opt.errors import CriterionError
from territory_opt.fairness.display import text_table
from territory_opt.fairness.measure import MeasureFairness
from territory_opt.fairness.wording import clean, measure_title, percent
from territory_opt.scoring.value import partner_factor

if TYPE_CHECKING:
    from territory_opt.fairness import FairnessReport

__all__ = ["BookMath", "MathLine", "book_math", "show_math"]

_PARTS = ("named_acv", "white_space_acv")
_SHOWN = ("load", "tam", "account_units", "travel_hours")


@dataclass(frozen=True, slots=True)
class MathLine:
    """One line of a calculation, for every book at once.

    Attributes
    ----------
    name : str
        What the line is.
    kind : {"part", "sum", "divisor", "result"}
        A ``part`` adds to the ``sum`` that follows; a ``result`` is that sum over the ``divisor``.
    amount : ndarray of float, shape (n_reps,)
        Its number, in the unit of the measure (a divisor has its own).
    of : ndarray of float, shape (n_reps,), or None
        What was multiplied to give the amount.
    how : str
        By what, such as ``"× 0.6"``; empty when nothing was multiplied.
    """

    name: str
    kind: Literal["part", "sum", "divisor", "result"]
    amount: FloatArray = field(repr=False)
    of: FloatArray | None = field(default=None, repr=False)
    how: str = ""


@dataclass(frozen=True, slots=True)
class BookMath:
    """How one measure of every book comes out.

    Attributes
    ----------
    row : MeasureFairness
        What the library says: totals, values per full rep, band and deviations.
    lines : tuple of MathLine
        Parts, their sum, capacity, and the value per full rep.
    """

    row: MeasureFairness
    lines: tuple[MathLine, ...]


def show_math(report: FairnessReport) -> tuple[BookMath, ...]:
    """Take apart load, TAM, account units, travel hours and the user's own measures.

    Parameters
    ----------
    report : FairnessReport
        Of any alignment.

    Returns
    -------
    tuple of BookMath
        In the order of the report. Parts are computed from the accounts, sums are the library's own totals; that they
        agree is tested.

    Notes
    -----
    D-CHAL-1 (show the math first), D-LOAD-1, D-LOAD-2, D-LOAD-4, D-PARTNER-1, D-UNITS-1, D-TAM-1.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b", "c"], "named_acv": [9e4, 7e4, 2e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1, 1]))
    >>> for line in show_math(report)[0].lines[:3]:
    ...     print(line.name, line.how, line.amount.tolist())
    Named ACV × 0.6 [54000.0, 54000.0]
    White-space ACV × 0.4 [0.0, 0.0]
    Load of the book  [54000.0, 54000.0]
    """
    problem = report.problem
    own = {*problem.accounts.measures, *problem.own_measures}
    shown = [row for row in report.measures if row.measure in _SHOWN]
    shown += [row for row in report.measures if row.measure in own and row not in shown]
    found = []
    for row in shown:
        if row.measure in _PARTS:
            continue
        if row.measure == "load" and "load" not in own:
            parts = _load_parts(report)
        else:
            parts = [] if problem.arrays_only else _tier_parts(report, row)
        title = measure_title(row.measure)
        found.append(
            BookMath(
                row,
                (
                    *parts,
                    MathLine(f"{title} of the book", "sum", row.totals),
                    MathLine("Capacity share of the rep", "divisor", report.capacity),
                    MathLine(f"{title} per full rep", "result", row.values),
                ),
            )
        )
    return tuple(found)


def book_math(report: FairnessReport, rep_id: str) -> str:
    """Write out how the numbers of one book come out.

    Parameters
    ----------
    report : FairnessReport
        Of any alignment.
    rep_id : str
        Whose book.

    Returns
    -------
    str
        Plain text: every line with its number, and where the book stands against the team.

    Raises
    ------
    CriterionError
        There is no rep of that id.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b", "c"], "named_acv": [9e4, 7e4, 2e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1, 1]))
    >>> for line in book_math(report, "r1").splitlines()[2:5]:
    ...     print(line)
    Load
    Named ACV                  90,000.00 × 0.6  54,000.00
    White-space ACV                 0.00 × 0.4       0.00
    """
    ids = list(report.rep_id)
    if rep_id not in ids:
        few = ", ".join(clean(rep) for rep in ids[:5])
        raise CriterionError(
            f"no rep {clean(rep_id)!r} in the report; there are: {few}{' ...' if len(ids) > 5 else ''}"
        )
    j = ids.index(rep_id)
    blocks = [f"The book of {report.rep_name[j]}"]
    for math in show_math(report):
        digits = digits_of(math.row.unit)
        rows = []
        for line in math.lines:
            of = "" if line.of is None else f"{line.of[j]:,.{digits_of_line(line, digits)}f} {line.how}"
            rows.append((line.name, of, _number(line, j, digits)))
        blocks.append(
            "\n".join([measure_title(math.row.measure), *text_table(("", "", ""), rows)[1:], _stand(math, j)])
        )
    return "\n\n".join(blocks)


def digits_of(unit: str) -> int:
    """Decimals that a calculation in a unit is shown with."""
    return 2 if unit in ("money", "hours") else 0


def digits_of_line(line: MathLine, digits: int) -> int:
    """Decimals of what a line multiplies: counts of accounts have none."""
    return 0 if line.how.startswith("accounts") else digits


def stands(row: MeasureFairness) -> str:
    """Say what the books of a measure are held against."""
    if row.band is None:
        return "mean of the books"
    if not row.band.relative:
        return "median of the books"
    return row.band.words.rpartition(" of the ")[2] + " of the books" if " of the " in row.band.words else "reference"


def _number(line: MathLine, j: int, digits: int) -> str:
    value = float(line.amount[j])
    if line.kind == "divisor":
        return f"÷ {value:g}"
    if digits == 0:
        return f"{value:,.2f}".removesuffix(".00")
    return f"{value:,.{digits}f}"


def _stand(math: BookMath, j: int) -> str:
    row = math.row
    middle = row.mean if row.band is None else row.band.reference
    digits = digits_of(row.unit)
    share = percent(float(row.deviation[j]), signed=True, digits=1) if middle > 0.0 else "no share, it is not positive"
    said = f"Against the {stands(row)}, {middle:,.{digits}f}: {share}"
    if row.band is None:
        return said + "."
    ends = [f"{end:,.{digits}f}" if np.isfinite(end) else "open" for end in (row.band.low, row.band.high)]
    return f"{said}. Band {ends[0]} to {ends[1]}: {'inside' if row.inside[j] else 'outside'}."


def _load_parts(report: FairnessReport) -> list[MathLine]:
    problem, rep = report.problem, report.alignment.rep_index
    policy, scores, k = problem.policy, problem.scores, len(report.rep_id)
    named, white = metrics.totals(rep, [scores.named_acv, scores.white_space_acv], k)
    lines = [
        _times("Named ACV", named, policy.named_weight),
        _times("White-space ACV", white, policy.white_space_weight),
    ]
    if scores.partner.any():
        weighted = policy.named_weight * scores.named_acv + policy.white_space_weight * scores.white_space_acv
        off = 1.0 - partner_factor(scores.partner, policy.partner_discount)
        full, taken = metrics.totals(rep, [np.where(scores.partner, weighted, 0.0), -weighted * off], k)
        how = f"× −{percent(policy.partner_discount)}"
        lines.append(MathLine("Partner-sourced part of it, discounted", "part", taken, full, how))
    if not problem.measure("load").pair_dependent:
        return lines
    everyone, homes = np.arange(problem.n_accounts), report.alignment.home_index
    friction = metrics.totals(rep, problem.friction(everyone, rep, homes), k)
    if problem.accounts.has("friction"):
        return [*lines, MathLine("Coverage friction, your own column", "part", -friction)]
    price = problem.friction_per_hour
    if price > 0.0:
        hours = metrics.totals(rep, problem.hours(everyone, rep, homes), k)
        lines.append(
            MathLine(
                "Coverage friction, travel hours",
                "part",
                -price * hours,
                hours,
                f"× −{price:,.4f}".rstrip("0").rstrip("."),
            )
        )
        friction = friction - price * hours
    if not problem.friction_is_travel:
        lines.append(MathLine("Coverage friction, other prices", "part", -friction))
    return lines


def _times(name: str, of: FloatArray, weight: float) -> MathLine:
    return MathLine(name, "part", weight * of, of, f"× {weight:g}")


def _tier_parts(report: FairnessReport, row: MeasureFairness) -> list[MathLine]:
    """The accounts of each tier: how many, and what they add."""
    problem, rep, k = report.problem, report.alignment.rep_index, len(report.rep_id)
    tiers, index = np.unique(problem.scores.tier.astype(str), return_inverse=True)
    everyone = np.arange(problem.n_accounts)
    values = problem.contribution(row.measure, everyone, rep, report.alignment.home_index)
    cell: IntArray = rep * tiers.size + index
    counts = np.bincount(cell, minlength=k * tiers.size).reshape(k, -1).astype(np.float64)
    added: FloatArray = np.bincount(cell, weights=values, minlength=k * tiers.size).reshape(k, -1).astype(np.float64)
    lines = []
    for t, tier in enumerate(tiers.tolist()):
        each = values[index == t]
        # Where every account of a tier adds the same, the factor is the explanation.
        same = bool(each.size) and float(each.min()) == float(each.max())
        how = f"accounts × {each[0]:g}" if same else "accounts"
        lines.append(MathLine(f"Tier {clean(tier)}" if tier else "No tier", "part", added[:, t], counts[:, t], how))
    return lines
