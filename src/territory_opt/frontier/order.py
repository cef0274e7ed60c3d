"""Criteria in order of importance: each as good as the ones before it allow."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

from territory_opt.alignment import Alignment
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion, canonical_measure
from territory_opt.errors import CriterionError
from territory_opt.events import Cancel
from territory_opt.explain.verify import check_limits
from territory_opt.frontier.axis import Axis, named_axis
from territory_opt.frontier.least import Rung, tightest_level
from territory_opt.frontier.search import Search
from territory_opt.problem import Problem
from territory_opt.solve import solve
from territory_opt.solvers.listening import Stop
from territory_opt.termination import Limit

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.result import Result

__all__ = ["Lexicographic", "LexicographicStep", "lexicographic", "minimax"]

_LIMITED = ("balance", "variation")
_LAST = ("travel", "objective")
_LOOSE_SHARE, _LOOSE_GAP = 0.3, 0.05
_ROOM = 1e-9


@dataclass(frozen=True, slots=True)
class LexicographicStep:
    """One criterion, as good as those before it allow.

    Attributes
    ----------
    name : str
        As asked.
    unit : str
        ``"share"``, ``"hours"`` or ``"objective"``.
    value : float
        Best value that was found.
    bound : float
        No alignment that keeps the steps before is better than this.
    limit : criterion or None
        What later steps keep; None for the last.
    rungs : tuple of Rung
        Levels that were tried, where the criterion is limited and not minimised.
    seconds : float
        Wall-clock seconds.
    """

    name: str
    unit: str
    value: float
    bound: float
    limit: Criterion | None
    rungs: tuple[Rung, ...]
    seconds: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Lexicographic:
    """Criteria in order, and the answer at the end.

    Attributes
    ----------
    steps : tuple of LexicographicStep
        In the order asked; fewer where an answer was missing.
    result : Result
        The last solve: its problem has the limits of every step.
    seconds : float
        Wall-clock seconds.
    """

    steps: tuple[LexicographicStep, ...]
    result: Result
    seconds: float

    @property
    def alignment(self) -> Alignment:
        """The answer.

        Raises
        ------
        NoAlignmentError
            If there is none.
        """
        return self.result.alignment

    def to_frame(self) -> pd.DataFrame:
        """One row per step.

        Returns
        -------
        pandas.DataFrame
            Columns criterion, unit, value, bound, limit (words of what later steps keep), n_rungs, seconds.
        """
        from territory_opt.frontier.order_display import order_frame

        return order_frame(self)

    def __str__(self) -> str:
        from territory_opt.frontier.order_display import order_text

        return order_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from territory_opt.frontier.order_display import order_html

        return order_html(self)


def lexicographic(
    problem: Problem,
    *order: str,
    give: float = 0.05,
    tolerance: float = 1e-3,
    time_limit: float = 120.0,
    gap: float = 1e-3,
    seed: int = 1,
    threads: int = 1,
    solver: str = "auto",
    cancel: Cancel | None = None,
) -> Lexicographic:
    """Take criteria in order of importance: the first as good as can be, then the next without giving it up.

    Parameters
    ----------
    problem : Problem
        Its limits hold throughout.
    *order : str
        Most important first: ``"balance:<measure>"`` (widest deviation of a book from the reference),
        ``"variation:<measure>"`` (coefficient of variation), ``"disruption"`` or ``"disruption:<measure>"`` (moved
        share); ``"travel"`` (hours) or ``"objective"`` (the problem's own) can only be last.
    give : float
        How much of what a step reached later steps may give up, as a share of it.
    tolerance : float
        A balance or variation is settled when what was found and what is ruled out are so close, as a share; later
        steps may give up as much, where that is more.
    time_limit : float
        Seconds for all steps together.
    gap : float
        Relative gap at which a minimising step may stop.
    seed, threads, solver
        As in :func:`territory_opt.solve`.
    cancel : Cancel, optional
        Ask it to stop; the steps so far are returned.

    Returns
    -------
    Lexicographic
        One step per criterion, with what was found and what is proven, and the answer. Where the order ends with a
        limited criterion, the problem's own objective decides among the answers that keep every step.

    Raises
    ------
    CriterionError
        If a criterion is unknown, repeated, none, or stands where it cannot; or a limit is out of range.

    Notes
    -----
    Lexicographic (preemptive) optimisation; with one balance it is minimax: the widest deviation is made as small as
    can be. A deviation has no bound worth having, so it is never minimised: a ladder of bands is climbed down, and what
    a solver or a count proves impossible is the bound (DESIGN section 6). D-LOAD-2, D-TAM-1, D-CV-1.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({
    ...     "account_id": list("abcd"), "acv": [5e4, 4e4, 3e4, 2e4], "owner": ["r1", "r1", "r2", "r2"]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}), criteria=[])
    >>> found = lexicographic(problem, "balance:tam", "disruption:accounts")
    >>> [(step.name, step.value) for step in found.steps]
    [('balance:tam', 0.0), ('disruption:accounts', 0.5)]
    """
    started = time.perf_counter()
    check_limits(time_limit=time_limit, gap=gap, threads=threads)
    for what, value in (("give", give), ("tolerance", tolerance)):
        if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= value < math.inf:
            raise CriterionError(f"{what}={value!r} must be a finite share of at least 0")
    axes = _axes(problem, order)
    deadline = started + time_limit
    stop = Stop(cancel)
    options: dict[str, Any] = {"gap": gap, "seed": seed, "threads": threads, "solver": solver, "cancel": stop}

    def seconds(parts: float) -> float:
        return max(deadline - time.perf_counter(), 0.0) / parts

    def heard(result: Result) -> Result:
        # Ctrl-C ends one solve; those after it are not wanted either.
        if result.termination.limit is Limit.INTERRUPTED:
            stop.request()
        return result

    own = axes[-1].kind not in _LAST and any(not c.is_limit for c in problem.criteria)
    current, best, result = problem, None, None
    steps: list[LexicographicStep] = []
    for number, axis in enumerate(axes):
        began = time.perf_counter()
        parts = len(axes) - number + own
        rungs: tuple[Rung, ...] = ()
        if axis.kind in _LIMITED:
            if best is None:
                until = _LOOSE_SHARE * seconds(parts)
                result = heard(solve(current, time_limit=until, **{**options, "gap": max(gap, _LOOSE_GAP)}))
                best = result.alignment if result.has_alignment else None
            if best is None:
                break
            until = time.perf_counter() + seconds(parts)
            least = tightest_level(current, axis, best, tolerance, until, options)
            if least.interrupted:
                stop.request()
            value, bound, best, rungs = least.value, least.bound, least.alignment, least.rungs
            if not math.isfinite(value):
                break
        else:
            search = Search(current, axis, [], gap, seed, threads, solver, time.perf_counter() + seconds(parts), stop)
            result = heard(search.solve({}, () if best is None else (best,), 1))
            point = search.read({}, result)
            if not point.values:
                break
            value, bound = point.values[axis.name], min(point.bound, point.values[axis.name])
            best = Alignment.from_index(current, result.alignment.rep_index, result.alignment.home_index)
        limit = None
        if axis.kind not in _LAST:
            limit = axis.limit(current, _room(current, axis, value, give, tolerance))
            current = current.with_criteria(limit)
        steps.append(LexicographicStep(axis.name, axis.unit, value, bound, limit, rungs, time.perf_counter() - began))
        if stop.requested:
            break
    minimised = len(steps) == len(axes) and axes[-1].kind in _LAST
    if result is None or (steps and not minimised):
        start = None if best is None else Alignment.from_index(current, best.rep_index, best.home_index)
        result = solve(current, time_limit=max(seconds(1), _ROOM), start=start, **options)
    return Lexicographic(tuple(steps), result, time.perf_counter() - started)


def minimax(problem: Problem, measure: str, **options: object) -> Lexicographic:
    """Make the widest deviation of a book from the reference as small as can be.

    Parameters
    ----------
    problem : Problem
        Its limits hold.
    measure : str
        Name of a measure, as in :class:`territory_opt.Balance`.
    **options
        As in :func:`lexicographic`.

    Returns
    -------
    Lexicographic
        ``steps[0].value`` is the narrowest band that an alignment was found for, ``steps[0].bound`` the widest that is
        proven impossible. Among the answers in a band a little wider the problem's own objective decides.

    Raises
    ------
    CriterionError
        If the measure is unknown, has a fixed range, or a limit is out of range.

    Notes
    -----
    D-LOAD-2. ``lexicographic(problem, "balance:<measure>")``.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": list("abc"), "acv": [5e4, 4e4, 3e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}), criteria=[])
    >>> step = minimax(problem, "tam").steps[0]
    >>> round(step.value, 4), step.value - step.bound <= 1e-3
    (0.1667, True)
    """
    return lexicographic(problem, f"balance:{measure}", **options)  # type: ignore[arg-type]  # checked there


def _axes(problem: Problem, order: tuple[str, ...]) -> list[Axis]:
    axes = [named_axis(problem, str(name)) for name in order]
    if not axes or len({(axis.kind, axis.measure) for axis in axes}) != len(axes):
        raise CriterionError(f"an order has one or more different criteria, got {', '.join(map(str, order)) or 'none'}")
    for axis in axes[:-1]:
        if axis.kind in _LAST:
            raise CriterionError(f"{axis.name!r} can only be last: no criterion limits it for those after it")
    for axis in axes:
        for own in problem.criteria:
            if axis.kind != "balance" or not isinstance(own, Balance) or canonical_measure(own.measure) != axis.measure:
                continue
            if own.between is not None:
                raise CriterionError(f"{axis.name!r} has a fixed range ({own.describe()}): there is no band to narrow")
            if not own.is_limit:
                raise CriterionError(
                    f"{axis.name!r} has a price ({own.describe()}), which a band would take the place of: leave it out "
                    "with problem.without_criteria(...), or make it a limit"
                )
    return axes


def _room(problem: Problem, axis: Axis, value: float, give: float, tolerance: float) -> float:
    """Level that later steps keep: what was reached and what may be given up, within the problem's own limit."""
    level = value + max(give * value, tolerance if axis.kind in _LIMITED else 0.0) + _ROOM
    most = 1.0 if axis.kind == "disruption" else max(value, axis.widest(problem))
    return min(level, most, axis.own_limit(problem))
