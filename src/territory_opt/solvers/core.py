"""The core method: linear bound, a small core of undecided pairs, neighbourhoods, and a proof by fixing.

Plain branch and bound finds nothing on programs of a hundred thousand binaries. Almost all of their pairs are
settled by the linear relaxation, though: what is left is a core of about a thousand.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.events import Cancel, OnEvent, Progress
from territory_opt.formulation.program import IntegerProgram
from territory_opt.solvers._neighbourhood import Neighbourhoods
from territory_opt.solvers._relaxation import LinearBound, Relaxation
from territory_opt.solvers._restricted import with_whole_rows
from territory_opt.solvers._soft import giving_way, row_prices, soft_rows, softened
from territory_opt.solvers._structure import totals
from territory_opt.solvers._working import Working
from territory_opt.solvers.base import (
    ProgramLimit,
    ProgramOptions,
    ProgramOutcome,
    ProgramReason,
    box_bound,
    relative_gap,
    settled,
)
from territory_opt.solvers.pairs import Pairs

__all__ = ["CoreSettings", "solve_core"]

_LONG_SECONDS = 600.0
_FOREVER_SECONDS = 1e7
_CHEAP, _DEAR = 10.0, 100.0
_CHEAP_SHARE = 0.2
_FIRST_PROOF = 0.08


@dataclass(frozen=True, slots=True)
class CoreSettings:
    """Sizes of the core method.

    Parameters
    ----------
    core_pairs : int
        Pairs left open in the first core.
    tightened : float
        Share by which coupling rows are tightened before the core is chosen.
    proof_pairs : int
        Open pairs beyond one per account up to which the program is handed over whole for a proof.
    patience : int
        Neighbourhoods in a row without gain before something else is tried.
    small_pairs : int
        Programs of up to so many pairs are handed to branch and bound whole.
    """

    core_pairs: int = 1_000
    tightened: float = 0.005
    proof_pairs: int = 20_000
    patience: int = 20
    small_pairs: int = 1_500


def solve_core(
    program: IntegerProgram,
    pairs: Pairs,
    options: ProgramOptions | None = None,
    *,
    on_event: OnEvent | None = None,
    cancel: Cancel | None = None,
    settings: CoreSettings | None = None,
) -> ProgramOutcome:
    """Solve a program whose binaries assign accounts to reps.

    Parameters
    ----------
    program : IntegerProgram
        The program; columns and rows outside the assignment part are taken as they are.
    pairs : Pairs
        Where its assignment part is.
    options : ProgramOptions, optional
        Limits; a feasible ``start`` is used and never lost.
    on_event : callable, optional
        Called with every new objective or bound.
    cancel : Cancel, optional
        Stops the search; the best point is returned.
    settings : CoreSettings, optional
        Sizes.

    Returns
    -------
    ProgramOutcome
        Best point, bound, and reason.

    Raises
    ------
    SolverError
        When HiGHS fails, or the program is unbounded.

    Notes
    -----
    1. The linear relaxation gives a bound, recomputed from its duals in double precision, and the excess of every
       pair: by how much the bound rises when the pair is used.
    2. Solved again with the coupling rows tightened by half a percent, it says which pairs are undecided: these,
       and the next cheapest, are the core, solved on the original rows. Until a feasible point is known, rows may
       give way at a price, so there always is a point to improve.
    3. Neighbourhoods of a few reps improve the point.
    4. A pair whose excess is above objective minus bound is in no better solution. What remains is handed to
       branch and bound, whose bound then holds for the whole program.

    Steps 3 and 4 alternate until the gap is closed or time is up.
    """
    return _Core(program, pairs, options or ProgramOptions(), on_event, cancel, settings or CoreSettings()).run()


class _Core:
    def __init__(
        self,
        program: IntegerProgram,
        pairs: Pairs,
        options: ProgramOptions,
        on_event: OnEvent | None,
        cancel: Cancel | None,
        settings: CoreSettings,
    ) -> None:
        self.began = time.perf_counter()
        self.program, self.pairs, self.options = program, pairs, options
        self.on_event, self.cancel, self.settings = on_event, cancel, settings
        self.deadline = np.inf if options.time_limit is None else self.began + options.time_limit
        self.hard = Working(with_whole_rows(program), pairs)
        self.rows = soft_rows(self.hard.program, pairs)
        self.bound = box_bound(program)
        self.infeasible = self.stopped = False
        self.words = "the linear relaxation was not solved in time"

    def run(self) -> ProgramOutcome:
        try:
            self.search()
        except KeyboardInterrupt:
            self.stopped = True
        seconds = time.perf_counter() - self.began
        words = f"core method: {self.words}"
        if self.infeasible and self.hard.x is None:
            return ProgramOutcome(None, None, np.inf, ProgramReason.INFEASIBLE, None, words, seconds, "core")
        limit = None if self.closed else ProgramLimit.TIME
        if self.stopped:
            limit = ProgramLimit.INTERRUPTED
        return settled(
            self.program,
            self.hard.x,
            self.bound,
            self.options,
            limit=limit,
            detail=words,
            seconds=seconds,
            solver="core",
        )

    @property
    def closed(self) -> bool:
        if self.hard.x is None:
            return False
        gap = relative_gap(self.hard.objective, self.bound)
        near = self.hard.objective - self.bound <= self.options.absolute_gap
        return near or (gap is not None and gap <= self.options.gap)

    @property
    def over(self) -> bool:
        self.stopped |= self.cancel is not None and self.cancel.requested
        return self.stopped or self.infeasible or self.closed or self.remaining() <= 0

    def remaining(self) -> float:
        return float(self.deadline - time.perf_counter())

    def turn(self, share: float, least: float = 1.0) -> float:
        """Seconds for one step: a share of what remains, but not of an endless limit."""
        return min(max(least, share * min(self.remaining(), _LONG_SECONDS)), self.remaining(), _FOREVER_SECONDS)

    def report(self, stage: str) -> None:
        if self.on_event is not None:
            found = None if self.hard.x is None else self.hard.objective
            bound = self.bound if np.isfinite(self.bound) else None
            self.on_event(Progress(time.perf_counter() - self.began, stage, found, bound))

    def keep(self, work: Working, x: FloatArray, stage: str) -> None:
        """Keep a point of ``work``; where no row gave way it is a point of the program itself."""
        if work is not self.hard:
            work.keep(x)
            x = x[: self.hard.program.n_columns]
        if self.hard.keep(x):
            self.report(stage)

    def raise_bound(self, bound: float, stage: str) -> None:
        if bound > self.bound:
            self.bound = bound
            self.report(stage)

    def search(self) -> None:
        if self.options.start is not None:
            self.keep(self.hard, self.options.start, "start")
        relaxation = Relaxation(self.hard.program, self.pairs, self.hard.by_column, threads=self.options.threads)
        linear = self.relaxed(relaxation)
        if linear is None:
            return
        if linear.infeasible:
            self.infeasible, self.words = True, "the linear relaxation is infeasible"
            return
        self.raise_bound(linear.bound, "linear bound")
        self.words = "no solution was found in the cores tried"
        if self.over:
            return
        if self.pairs.n_pairs <= self.settings.small_pairs:
            self.solve_whole()
            return
        tight = self.relaxed(relaxation, self.settings.tightened, linear.x)
        guide = linear if tight is None or tight.infeasible else tight
        del relaxation
        search = Neighbourhoods(self.pairs, linear.excess, self.options.seed)
        self.make_feasible(linear, guide, search)
        if self.hard.x is not None:
            self.words = "the gap asked for was reached" if self.closed else "stopped while improving"
            self.improve(linear, search)

    def relaxed(
        self, relaxation: Relaxation, tightened: float = 0.0, x: FloatArray | None = None
    ) -> LinearBound | None:
        result, interrupted = relaxation.solve(self.deadline, self.cancel, tightened=tightened, around=x)
        self.stopped |= interrupted
        return result

    def solve_whole(self) -> None:
        """Leave a small program to branch and bound."""
        every = np.arange(self.pairs.n_pairs)
        outcome = self.solve_part(self.hard, every, min(self.remaining(), _FOREVER_SECONDS), "search", proof=True)
        self.infeasible = outcome.reason is ProgramReason.INFEASIBLE
        self.words = f"a small program, left whole to {outcome.detail}"

    def core(self, guide: LinearBound, size: int) -> tuple[IntArray, IntArray]:
        """Pairs of the core, and each account's best: the ``size`` next cheapest join those."""
        pairs, value = self.pairs, guide.x[self.pairs.columns]
        score = np.where(value > 1e-6, -value, guide.excess)
        best = np.lexsort((score, pairs.account))[pairs.indptr[:-1]]
        chosen = np.zeros(pairs.n_pairs, dtype=bool)
        chosen[best] = True
        rest = np.flatnonzero(~chosen)
        if size < len(rest):
            rest = rest[np.argpartition(score[rest], size)[:size]]
        chosen[rest] = True
        return np.flatnonzero(chosen), best

    def solve_part(
        self, work: Working, free: IntArray, seconds: float, stage: str, *, proof: bool = False
    ) -> ProgramOutcome:
        """Improve the point of ``work`` over the pairs ``free``; keep what is feasible."""
        hard, options, spare = self.hard, self.options, work.objective - self.bound
        absolute = options.absolute_gap if proof else max(options.absolute_gap, 0.02 * spare)
        target = -np.inf
        if self.bound > 0 and options.gap < 1 and work is hard:
            target = self.bound / (1.0 - options.gap)

        def rising(event: Progress) -> None:
            if event.bound is not None:
                self.raise_bound(min(event.bound, hard.objective), stage)

        before = hard.objective
        outcome, x = work.solve_over(
            free,
            np.zeros(work.program.n_columns) if work.x is None else work.x,
            ProgramOptions(
                time_limit=max(0.0, min(seconds, self.remaining())),
                gap=options.gap if proof else min(options.gap, 1e-5),
                absolute_gap=absolute if np.isfinite(absolute) else 0.0,
                seed=options.seed,
                threads=options.threads,
            ),
            target=target,
            on_event=rising if proof and self.on_event is not None else None,
            cancel=self.cancel,
        )
        self.stopped |= outcome.limit is ProgramLimit.INTERRUPTED
        if x is not None:
            self.keep(work, x, stage)
        if proof:
            self.raise_bound(min(outcome.bound, before), stage)
        return outcome

    def make_feasible(self, linear: LinearBound, guide: LinearBound, search: Neighbourhoods) -> None:
        """Find a first point that keeps every row: with rows that may give way, then with growing cores."""
        size, share, factor = self.settings.core_pairs, 0.1, _DEAR
        chosen, best = self.core(guide, size)
        # Cheap first: passing through points that break rows a little leads to better books than avoiding them.
        soft = self.softened(linear, _CHEAP, None)
        self.solve_part(soft, best, self.turn(0.05), "core")
        self.solve_part(soft, chosen, self.turn(share), "core")
        self.neighbourhoods(soft, linear, search, self.turn(_CHEAP_SHARE))
        while self.hard.x is None and not self.over:
            soft = self.softened(linear, factor, None if soft.x is None else soft.x[: self.hard.program.n_columns])
            if soft.x is None:
                self.solve_part(soft, best, self.turn(0.05), "core")
            self.neighbourhoods(soft, linear, search, self.turn(share), until_hard=True)
            if self.hard.x is not None or self.over:
                return
            self.solve_part(soft, chosen, self.turn(share), "core")
            if self.hard.x is not None or self.over:
                return
            size, factor = 4 * size, 4.0 * factor
            chosen, _ = self.core(guide, size)
            whole = len(chosen) == self.pairs.n_pairs
            outcome = self.solve_part(self.hard, chosen, self.remaining() if whole else self.turn(share), "core")
            if whole and outcome.reason is ProgramReason.INFEASIBLE:
                self.infeasible, self.words = True, "branch and bound found no solution"
            share = min(0.5, 1.5 * share)

    def softened(self, linear: LinearBound, factor: float, x: FloatArray | None) -> Working:
        """The program with rows that may give way, at prices ``factor`` times the largest dual, beginning at ``x``."""
        program, rows = self.hard.program, self.rows
        soft = Working(softened(program, rows, row_prices(program, rows, linear.duals, factor)), self.pairs)
        if x is not None:
            soft.keep(giving_way(program, rows, x))
        return soft

    def improve(self, linear: LinearBound, search: Neighbourhoods) -> None:
        """Alternate neighbourhoods and proofs, whichever closes more of the gap a second, until it is closed."""
        share, rate = _FIRST_PROOF, {"proof": np.inf, "search": np.inf}
        while not self.over:
            began, gap = time.perf_counter(), self.hard.objective - self.bound
            step = max(rate, key=lambda name: rate[name])
            if step == "search":
                self.neighbourhoods(self.hard, linear, search, self.turn(share))
            elif self.prove(linear, share):
                return
            closed = gap - (self.hard.objective - self.bound)
            rate[step] = closed / max(time.perf_counter() - began, 1e-3)
            if max(rate.values()) < 0.01 * gap / max(min(self.remaining(), _LONG_SECONDS), 1e-3):
                # Neither pays any more: try other books, then both again with more time.
                if not self.over:
                    self.oscillate(linear, search, share)
                share, rate = min(1.0, 1.5 * share), {"proof": np.inf, "search": np.inf}

    def oscillate(self, linear: LinearBound, search: Neighbourhoods, share: float) -> None:
        """Leave the feasible region at a low price and come back at a high one: other books are met on the way."""
        soft = self.softened(linear, _CHEAP, self.hard.x)
        self.neighbourhoods(soft, linear, search, self.turn(share))
        if soft.x is not None and not self.over:
            soft = self.softened(linear, _DEAR, soft.x[: self.hard.program.n_columns])
            self.neighbourhoods(soft, linear, search, self.turn(share))

    def neighbourhoods(
        self, work: Working, linear: LinearBound, search: Neighbourhoods, seconds: float, *, until_hard: bool = False
    ) -> None:
        """Improve over few reps at a time, until patience or the turn ends, or the first hard point is found."""
        until, idle = time.perf_counter() + seconds, 0
        while work.x is not None and idle < self.settings.patience and time.perf_counter() < until and not self.over:
            if work is self.hard:
                search.limit(self.hard.objective - linear.bound)
            began, before = time.perf_counter(), work.objective
            free = search.choose(work.used(), self.slack(work, linear))
            self.solve_part(work, free, search.seconds, "neighbourhood")
            paid = work.objective < before - 1e-9 * abs(before)
            search.learn(paid, time.perf_counter() - began)
            idle = 0 if paid else idle + 1
            if until_hard and self.hard.x is not None:
                return

    def slack(self, work: Working, linear: LinearBound) -> FloatArray:
        """What the rows of every rep cost: slack beyond the linear bound, or violation, shape (k,)."""
        assert work.x is not None
        if work is not self.hard:
            extra = work.x[self.hard.program.n_columns :] * work.program.cost[self.hard.program.n_columns :]
            half = len(self.rows)
            cost = totals(self.rows, extra[:half] + extra[half:], self.hard.program.n_rows)
        else:
            cost = linear.slack_costs(work.program, work.x)
        rep = linear.row_rep
        return totals(rep[rep >= 0], cost[rep >= 0], self.pairs.n_reps)

    def prove(self, linear: LinearBound, share: float) -> bool:
        """Hand over every pair that a better solution may use; True when that settled the program."""
        open_pairs = linear.excess <= self.hard.objective - linear.bound + 1e-9 * abs(self.hard.objective)
        open_pairs[self.hard.used()] = True
        chosen = np.flatnonzero(open_pairs)
        if len(chosen) - self.pairs.n_accounts > self.settings.proof_pairs and share < 1.0:
            return False
        seconds = self.turn(share) if share < 1.0 else min(self.remaining(), _FOREVER_SECONDS)
        outcome = self.solve_part(self.hard, chosen, seconds, "proof", proof=True)
        return outcome.limit in (None, ProgramLimit.GAP)
