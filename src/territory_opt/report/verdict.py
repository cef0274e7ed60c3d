"""The first thing anybody reads: how good the answer is, in words that never claim more than was proven."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from territory_opt.fairness.wording import clean, count, plural
from territory_opt.termination import OPTIMALITY_GAP, Limit, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from territory_opt.evaluation import CriterionCheck
    from territory_opt.result import Result

__all__ = ["Verdict", "exact", "gap_words", "nothing_found", "numbers_of", "seconds_words", "verdict"]

_STOPPED = {
    Limit.TIME: "stopped at the time limit",
    Limit.GAP: "stopped at the gap that was asked for",
    Limit.INTERRUPTED: "stopped by you",
    Limit.ITERATIONS: "stopped when the method had no further step",
}
_NOTHING = {
    Limit.TIME: ("No alignment was found in time", "Give it more time, or widen the bands"),
    Limit.INTERRUPTED: ("Stopped before an alignment was found", "Let it run longer, or widen the bands"),
    Limit.ITERATIONS: (
        "No alignment was found, and the method has no further step",
        "Widen the bands, or try another seed or solver",
    ),
    Limit.HOMES: (
        "No alignment was found for the homes chosen",
        "Give the reps homes, or widen the bands; that other homes allow none is not proven",
    ),
}
# A gap smaller than this is said as "smaller than this".
_LEAST_GAP = 1e-6


@dataclass(frozen=True, slots=True)
class Verdict:
    """How good an answer is.

    Attributes
    ----------
    tone : str
        ``"proven"``, ``"open"`` (an alignment without a useful bound) or ``"failed"``.
    headline : str
        One line.
    detail : str
        One or two sentences with the numbers.
    reasons : tuple of str
        Why there is no alignment, where there is more than one reason.
    """

    tone: str
    headline: str
    detail: str
    reasons: tuple[str, ...] = ()


def verdict(result: Result) -> Verdict:
    """Say how good a result is.

    Parameters
    ----------
    result : Result
        Any result, also one without an alignment.

    Returns
    -------
    Verdict
        Words; a gap is rounded up, so that they never claim more than was proven.
    """
    took = f"{seconds_words(result.seconds)} with solver {clean(result.solver)}"
    why = clean(result.termination.detail).rstrip(".")
    if not result.has_alignment:
        reasons = tuple(_split(why))
        told, listed = (f"{reasons[0]}. ", ()) if len(reasons) == 1 else ("", reasons)
        if result.termination.reason is Reason.INFEASIBLE:
            return Verdict("failed", "No alignment can keep every limit", f"{told}Proven in {took}.", listed)
        headline, advice = nothing_found(result.termination.limit)
        return Verdict("failed", headline, f"{told}Searched for {took}. {advice}.", listed)
    broken = result.evaluation.broken
    if broken:
        names = "; ".join(clean(check.name) for check in broken[:3])
        headline = f"{count(len(broken), 'limit')} {plural(len(broken), 'is', 'are')} not kept"
        return Verdict("failed", headline, f"Re-scored from scratch: {names}.")
    return _of_alignment(result, took)


def _split(why: str) -> list[str]:
    """Take reasons apart at the semicolons outside brackets; a part that goes on with a number belongs to the last.

    Examples
    --------
    >>> _split("a is too large (2; b); c_d is too small; 3 would do")
    ['A is too large (2; b)', 'c_d is too small; 3 would do']
    """
    found, depth = [""], 0
    for letter in why:
        depth += (letter in "([") - (letter in ")]")
        if letter == ";" and depth <= 0:
            found.append("")
        else:
            found[-1] += letter
    reasons: list[str] = []
    for text in (part.strip() for part in found if part.strip()):
        if reasons and text[0].isdigit():
            reasons[-1] += f"; {text}"
        else:
            # The name of a measure stays as it is.
            reasons.append(text if "_" in text.split()[0] else f"{text[:1].upper()}{text[1:]}")
    return reasons


def nothing_found(limit: Limit | None) -> tuple[str, str]:
    """Say that a search ended without an alignment and without a proof, and what to do about it.

    Parameters
    ----------
    limit : Limit or None
        What ended the search.

    Returns
    -------
    headline, advice : str
        A line each, without a full stop.

    Examples
    --------
    >>> nothing_found(Limit.INTERRUPTED)[0]
    'Stopped before an alignment was found'
    """
    unknown = ("No alignment was found", "Give it more time, or widen the bands")
    return unknown if limit is None else _NOTHING.get(limit, unknown)


def _of_alignment(result: Result, took: str) -> Verdict:
    limit = result.termination.limit
    n_limits = sum(check.criterion.is_limit for check in result.evaluation.checks)
    kept = "" if not n_limits else "The limit is kept. " if n_limits == 1 else f"All {n_limits:,} limits are kept. "
    cost = exact(result.objective)
    if result.gap <= OPTIMALITY_GAP * (1 + 1e-9):
        if limit is Limit.HOMES:
            detail = f"{kept}The cost is {cost}; other homes might do better, which is not proven. Found in {took}."
            return Verdict("proven", "Proven best for the homes chosen", detail)
        return Verdict(
            "proven", "Proven best possible", f"{kept}The cost is {cost}, and nothing lower exists. Proven in {took}."
        )
    how = f"{took}, {_STOPPED[limit]}" if limit in _STOPPED else took
    if math.isinf(result.gap) or result.gap >= 1.0:
        detail = f"{kept}The cost is {cost}; how much lower it could be is not proven. Found in {how}."
        return Verdict("open", "Feasible, distance from the best unknown", detail)
    headline = f"Proven within {gap_words(result.gap)} of the best possible"
    floor = f"no alignment can cost less than {exact(result.bound)}"
    if limit is Limit.HOMES:
        headline += " for the homes chosen"
        floor += " with these homes"
    return Verdict("proven", headline, f"{kept}The cost is {cost}; {floor}. Found in {how}.")


def numbers_of(check: CriterionCheck, names: Mapping[str, str]) -> str:
    """Return the numbers of a criterion in words, with the rep by name as everywhere else in a report.

    Parameters
    ----------
    check : CriterionCheck
        The criterion, scored.
    names : mapping of str to str
        Name of every rep by id.
    """
    told = clean(check.detail)
    if check.worst in names:
        told = told.replace(f"tightest {clean(check.worst)} at", f"tightest {names[check.worst]} at")
    return told


def exact(value: float) -> str:
    """Return a cost with digits enough to tell it from its bound.

    Examples
    --------
    >>> exact(30012.4), exact(0.01234567), exact(12.0)
    ('30,012', '0.0123457', '12')
    """
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value + 0.0:,.6g}"


def gap_words(gap: float) -> str:
    """Return a gap as a percentage of two digits, rounded up.

    Examples
    --------
    >>> gap_words(0.00196), gap_words(0.02), gap_words(3.11e-5), gap_words(1e-9)
    ('0.2%', '2%', '0.0032%', '<0.0001%')
    >>> gap_words(math.inf)
    'unknown'
    """
    if not math.isfinite(gap):
        return "unknown"
    if gap <= 0.0:
        return "0%"
    if gap < _LEAST_GAP:
        return f"<{100.0 * _LEAST_GAP:.4f}%"
    value = 100.0 * gap
    digits = 1 - math.floor(math.log10(value))
    step = 10.0**-digits
    # The small allowance keeps 0.2 from becoming 0.21 by the last bit of a division.
    text = f"{math.ceil(value / step - 1e-6) * step:.{max(digits, 0)}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def seconds_words(seconds: float) -> str:
    """Return a duration with two digits.

    Examples
    --------
    >>> seconds_words(0.034), seconds_words(8.71), seconds_words(200.0)
    ('0.03 s', '8.7 s', '3 min 20 s')
    """
    if seconds < 1.0:
        return f"{seconds:.2f} s"
    if seconds < 100.0:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
