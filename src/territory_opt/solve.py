"""One page: screen, choose, solve, re-score."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from numbers import Integral, Real

import numpy as np

from territory_opt._typing import IntArray
from territory_opt.alignment import Alignment
from territory_opt.asked import Asked
from territory_opt.errors import CriterionError
from territory_opt.evaluation import evaluate
from territory_opt.events import Cancel, OnEvent
from territory_opt.problem import Problem
from territory_opt.result import Result
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.solvers.base import ProgramBackend
from territory_opt.solvers.choose import choose_method
from territory_opt.solvers.closing import certified, termination
from territory_opt.solvers.home_rounds import attempted, with_open_homes
from territory_opt.solvers.homes import homes_in_limits, homes_matter, recentred
from territory_opt.solvers.listening import Listener, Stop
from territory_opt.solvers.screen import screen
from territory_opt.termination import Limit

__all__ = ["solve"]


def solve(
    problem: Problem,
    *,
    solver: str | ProgramBackend = "auto",
    time_limit: float = 60.0,
    gap: float = 1e-3,
    seed: int = 1,
    threads: int = 1,
    start: Alignment | None = None,
    on_event: OnEvent | None = None,
    cancel: Cancel | None = None,
) -> Result:
    """Carve: find the best alignment, and prove how good it is.

    Parameters
    ----------
    problem : Problem
        What is asked.
    solver : str or ProgramBackend
        ``"auto"`` chooses by size and says why. ``"core"`` is the core method, ``"lagrangian"`` the large engine,
        ``"exact"`` engine and HiGHS together until optimal, ``"highs"`` one integer program, ``"scip"`` the same in
        SCIP, ``"pulp:CBC"`` (or any other solver PuLP knows) the same through PuLP.
    time_limit : float
        Wall-clock seconds.
    gap : float
        Stop when (objective - bound) / abs(objective) is proven to be at most this.
    seed : int
        Seed of everything random, 0 or more.
    threads : int
        Threads the solver may use.
    start : Alignment, optional
        An alignment to begin from; its open homes are kept as a first guess. One that breaks a rule is no harm, and
        one that keeps them all is returned when nothing better is found.
    on_event : callable, optional
        Gets a :class:`Progress` with the current objective, bound and gap. A KeyboardInterrupt that it raises counts
        as Ctrl-C; other exceptions end the solve.
    cancel : Cancel, optional
        Ask it to stop, and the best alignment so far is returned. Ctrl-C does the same.

    Returns
    -------
    Result
        Infeasible and out of time are results, not exceptions.

    Raises
    ------
    CriterionError
        If a limit is negative or not a number.
    DataError
        If ``start`` is of other accounts or reps.
    SolverUnavailableError
        If the solver is not installed; the message has the install line.
    UnsupportedError
        If the solver cannot express a criterion; the message names solvers that can.
    SolverError
        If a solver fails, or its answer does not survive re-scoring.

    Notes
    -----
    Every answer is re-scored by :func:`evaluate`, which shares no code with the solvers. Homes of reps that have none
    are chosen by a heuristic and improved on the books that come out: the bound then holds for the chosen homes, and
    the termination says so.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": list("abcd"), "acv": [9e4, 7e4, 8e4, 8e4]})
    >>> team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    >>> result = topt.solve(topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.01)]))
    >>> str(result.termination), result.evaluation.books["tam"].tolist()
    ('optimal', [160000.0, 160000.0])
    """
    limits = (("time_limit", time_limit, 0), ("gap", gap, 0), ("seed", seed, 0), ("threads", threads, 1))
    for name, value, least in limits:
        whole = name in ("seed", "threads")
        if isinstance(value, bool) or not isinstance(value, Integral if whole else Real) or not value >= least:
            kind = "a whole number" if whole else "a number"
            raise CriterionError(f"{name}={value!r} must be {kind} of at least {least}")
    started = time.perf_counter()
    method = choose_method(problem, solver)
    begun = None if start is None else evaluate(problem, start)
    stop = Stop(cancel)
    listener = Listener(on_event, stop)
    request = Request(
        deadline=started + time_limit,
        gap=gap,
        seed=seed,
        threads=threads,
        started=started,
        on_event=listener,
        cancel=stop,
        start=None if start is None else start.rep_index,
    )
    request.tell("screen")
    try:
        impossible = screen(problem)
    except KeyboardInterrupt:
        impossible = ()
        stop.request()
    homes: IntArray | None = None
    notes: tuple[str, ...] = ()
    chosen_homes = homes_matter(problem) and not impossible
    if impossible:
        attempt = Attempt(None, math.inf, None, "; ".join(impossible))
    elif chosen_homes:
        attempt, homes, notes = with_open_homes(problem, method, request, start)
    else:
        attempt = attempted(problem, method, None, request)
        if attempt.rep_index is not None and problem.places.open_reps.any():
            homes = recentred(problem, attempt.rep_index, np.full(problem.n_reps, -1, dtype=np.int64), seed)
            notes = ("homes: no criterion depends on them; every open one is put in the middle of its book",)
    if attempt.infeasible and chosen_homes and homes_in_limits(problem):
        # Other homes may do: nothing is proven.
        detail = attempt.detail or "no alignment keeps every criterion with the homes that were tried"
        attempt = Attempt(None, -math.inf, Limit.HOMES, detail)
    found = None
    if attempt.rep_index is not None:
        alignment = Alignment.from_index(problem, attempt.rep_index, homes).with_multipliers(attempt.multipliers)
        try:
            score = certified(problem, alignment, attempt, method)
        except KeyboardInterrupt:
            # An answer in hand is scored, whoever asks to stop: without its score it is none.
            stop.request()
            score = certified(problem, alignment, attempt, method)
        found = (alignment, score)
    if start is not None and begun is not None and begun.feasible:
        if attempt.infeasible:
            # An alignment in hand that evaluation accepts, by a hair, outweighs a proof that there is none.
            attempt = Attempt(None, -math.inf, Limit.ITERATIONS, attempt.detail)
        if found is None:
            attempt, found = replace(attempt, bound=-math.inf if chosen_homes else attempt.bound), (start, begun)
        elif not chosen_homes and begun.objective < found[1].objective:
            found = (start, begun)
    return Result(
        problem=problem,
        termination=termination(attempt, found, gap, chosen_homes),
        bound=attempt.bound if found is None else min(attempt.bound, found[1].objective),
        seconds=time.perf_counter() - started,
        solver=method.name,
        solver_reason=method.why,
        seed=seed,
        events=tuple(listener.events),
        notes=notes,
        found=found,
        asked=Asked(
            solver if isinstance(solver, str) else method.name,
            float(gap),
            float(time_limit),
            int(threads),
            start is not None,
        ),
    )
