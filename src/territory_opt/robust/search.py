"""Tighten the bands until they hold in enough forecast draws, and no further."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from territory_opt.errors import CriterionError
from territory_opt.events import Cancel, OnEvent
from territory_opt.fairness.checks import is_number, is_whole
from territory_opt.fairness.uncertainty_model import ErrorModel, error_model
from territory_opt.fairness.wording import joined, percent
from territory_opt.robust.answer import RobustResult, RobustRound
from territory_opt.robust.held import Held, Hold, band_holds, tightened, uncertain_bands
from territory_opt.solve import solve

if TYPE_CHECKING:
    from territory_opt.criteria import Balance
    from territory_opt.problem import Problem
    from territory_opt.result import Result
    from territory_opt.solvers.base import ProgramBackend

__all__ = ["solve_robust"]

_MOST_TIGHTENING = 0.96875
_CLOSE = 1.0 / 64.0


@dataclass(frozen=True, slots=True)
class _Found:
    """A plan of the search."""

    tightening: float
    result: Result
    held: Held


def solve_robust(
    problem: Problem,
    *,
    share: float = 0.9,
    sigma: float | Mapping[str, float] = 0.3,
    correlation: float = 0.3,
    by: str = "segment",
    hold: Hold = "every",
    draws: int = 1000,
    seed: int = 1,
    rounds: int = 6,
    solver: str | ProgramBackend = "auto",
    time_limit: float = 60.0,
    gap: float = 1e-3,
    threads: int = 1,
    on_event: OnEvent | None = None,
    cancel: Cancel | None = None,
) -> RobustResult:
    r"""Carve so that the bands still hold when the forecast is wrong.

    Parameters
    ----------
    problem : Problem
        With a hard band on load, TAM, named or white-space ACV.
    share : float, default 0.9
        In which share of the draws the bands must hold.
    sigma : float or mapping of str to float, default 0.3
        Standard deviation of the logarithm of an account's forecast error, for all or per segment; 0.3 is about 30 %.
    correlation : float, default 0.3
        Correlation of two log errors of the same segment.
    by : str, default "segment"
        Column of the accounts whose groups share a part of the error.
    hold : {"every", "each"}, default "every"
        ``"every"`` counts draws in which all books are inside all their bands, ``"each"`` asks the share of every
        single book by itself, which is a weaker demand.
    draws, seed : int
        Forecast draws, and the seed of draws and solves.
    rounds : int, default 6
        Solves with tightened bands, at most.
    solver, time_limit, gap, threads, on_event, cancel
        As in :func:`territory_opt.solve`; the time limit is for each of the solves.

    Returns
    -------
    RobustResult
        Both plans, the shares they reach, and the price. That the share cannot be reached is a result too.

    Raises
    ------
    CriterionError
        Numbers out of range, or no band that forecast error touches.

    Notes
    -----
    D-FAIR-3. The chance constraint "all bands hold with probability p" is met by a safe inner region: the half width b
    of every uncertain band is narrowed to (1 - t) b, and the smallest t whose plan holds in the share p of the draws is
    found by bisection, one solve each. Shares are counted on the bands *as asked*. Forecast errors are log-normal with
    mean 1, see :meth:`FairnessReport.under_uncertainty`; they multiply an account's value, not the coverage friction.

    The bisection takes a tighter band to hold more often, which is the rule and no theorem; every plan that reaches
    the share is kept, and the one with the lowest objective is returned. Its objective is that of the asked problem.
    It is an upper limit of what robustness must cost: other plans may reach the share without narrower bands
    (A. Nemirovski and A. Shapiro, SIAM J. Optimization 17(4), 2006, doi:10.1137/050622328, on such approximations).

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame(
    ...     {"account_id": [f"a{i}" for i in range(40)], "acv": [20e3 + 1e3 * (i % 9) for i in range(40)]}
    ... )
    >>> team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    >>> problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.15)])
    >>> found = topt.solve_robust(problem, share=0.9, sigma=0.2, draws=500)
    >>> found.reached
    True
    """
    _check(share, hold, rounds)
    bands = uncertain_bands(problem)
    model = error_model(problem, sigma, correlation=correlation, by=by, draws=draws, seed=seed)
    steps: list[RobustRound] = []
    found: list[_Found] = []

    def attempt(tightening: float) -> tuple[Result, _Found | None]:
        narrow = [tightened(band, tightening) for band in bands]
        asked = problem.with_criteria(*narrow) if tightening > 0 else problem
        start = found[-1].result.alignment if found else None
        result = solve(
            asked,
            solver=solver,
            time_limit=time_limit,
            gap=gap,
            seed=seed,
            threads=threads,
            start=start,
            on_event=on_event,
            cancel=cancel,
        )
        plan = None
        if result.has_alignment:
            plan = _Found(tightening, result, band_holds(problem, result.alignment, bands, model))
            found.append(plan)
        steps.append(_step(tightening, result, plan, hold))
        return result, plan

    nominal, first = attempt(0.0)
    low, high = 0.0, 1.0
    if first is not None and first.held.share(hold) < share and _have_width(bands):
        for _ in range(rounds):
            middle = 0.5 * (low + high)
            if high - low < _CLOSE or middle > _MOST_TIGHTENING or (cancel is not None and cancel.requested):
                break
            _, plan = attempt(middle)
            if plan is not None and plan.held.share(hold) < share:
                low = plan.tightening
            else:
                # Enough, or more than can be kept: the answer is less tight.
                high = steps[-1].tightening
    return _answer(problem, bands, model, nominal, found, steps, share, hold)


def _have_width(bands: tuple[Balance, ...]) -> bool:
    """Whether any band can be narrowed: one of no width, or open above zero, stays what it is."""
    return any(tightened(band, 0.5) != band for band in bands)


def _check(share: float, hold: str, rounds: int) -> None:
    wrong = []
    if not (is_number(share) and 0.0 < share < 1.0):
        wrong.append(f"share={share!r} must be above 0 and below 1")
    if hold not in ("every", "each"):
        wrong.append(f"hold={hold!r} must be 'every' or 'each'")
    if not is_whole(rounds, 1):
        wrong.append(f"rounds={rounds!r} must be a whole number of at least 1")
    if wrong:
        raise CriterionError("; ".join(wrong))


def _step(tightening: float, result: Result, plan: _Found | None, hold: Hold) -> RobustRound:
    return RobustRound(
        tightening=tightening,
        outcome=str(replace(result.termination, detail="")),
        held=None if plan is None else plan.held.share(hold),
        objective=result.objective if math.isfinite(result.objective) else None,
        bound=result.bound if math.isfinite(result.bound) else None,
    )


def _answer(
    problem: Problem,
    bands: tuple[Balance, ...],
    model: ErrorModel,
    nominal: Result,
    found: list[_Found],
    steps: list[RobustRound],
    share: float,
    hold: Hold,
) -> RobustResult:
    if not found:
        return RobustResult(nominal, None, False, share, hold, None, None, None, 0.0, tuple(steps), model)
    enough = [plan for plan in found if plan.held.share(hold) >= share]
    if enough:
        best = min(enough, key=lambda plan: (plan.result.objective, plan.tightening))
    else:
        best = max(found, key=lambda plan: plan.held.share(hold))
    other = replace(model, seed=model.seed + 1)
    fresh = band_holds(problem, best.result.alignment, bands, other)
    return RobustResult(
        nominal=nominal,
        robust=best.result,
        reached=bool(enough),
        share=share,
        hold=hold,
        held=best.held.share(hold),
        nominal_held=found[0].held.share(hold),
        held_fresh=fresh.share(hold),
        tightening=best.tightening,
        rounds=tuple(steps),
        model=model,
        notes=tuple(_notes(problem, bands, best, fresh, steps, share, hold, reached=bool(enough))),
    )


def _notes(
    problem: Problem,
    bands: tuple[Balance, ...],
    best: _Found,
    fresh: Held,
    steps: list[RobustRound],
    share: float,
    hold: Hold,
    *,
    reached: bool,
) -> Iterator[str]:
    yield f"bands that forecast error touches: {'; '.join(band.describe() for band in bands)}"
    if best.tightening > 0:
        narrow = "; ".join(tightened(band, best.tightening).describe() for band in bands)
        yield f"solved with them narrowed by {percent(best.tightening, digits=1)}: {narrow}"
    weakest = [str(problem.team.rep_id[j]) for j in np.argsort(best.held.book, kind="stable")[:3]]
    yield f"least certain books: {joined(weakest)}"
    if problem.places.open_reps.any():
        yield "open homes are chosen anew in every solve, and bounds hold for the homes chosen: so does the price range"
    if not reached:
        impossible = [step for step in steps if step.held is None]
        if impossible:
            yield (
                f"tighter than {percent(impossible[-1].tightening, digits=1)} no alignment was found "
                f"({impossible[-1].outcome}); between the rounds a better plan may lie"
            )
        if not _have_width(bands):
            yield "the bands have no width that could be narrowed: there is nothing to search"
            return
        yield (
            "the share cannot be reached by tighter bands alone: even books that are equal at the forecast drift apart "
            "by more than the bands allow; widen the bands, ask hold='each', or forecast the largest accounts better"
        )
    elif fresh.share(hold) < share:
        yield (
            f"on fresh draws the share is {percent(fresh.share(hold), digits=1)}, below the {percent(share)} asked: "
            "the search chose among plans by its own draws; ask for a little more, or more draws"
        )
