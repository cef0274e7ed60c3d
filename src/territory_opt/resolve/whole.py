"""A problem of few pairs, re-solved as one integer program with a row that counts the moves."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.formulation.formulate import Formulation, formulate
from territory_opt.formulation.program import Block, IntegerProgram
from territory_opt.formulation.variation import VariationMode
from territory_opt.problem import Problem
from territory_opt.resolve.items import Items
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.solvers.base import ProgramLimit, ProgramOptions, ProgramOutcome, ProgramReason
from territory_opt.solvers.carve import evaluated, listener
from territory_opt.solvers.core import solve_core
from territory_opt.solvers.highs import solve_with_highs
from territory_opt.solvers.medians import assignment_pairs
from territory_opt.solvers.variations import has_variation, settle_variation
from territory_opt.termination import Limit

__all__ = ["Whole"]

_CORE_FROM = 30_000
"""Pairs from which the core method is faster than plain branch and bound."""
_WHOLE_MOVE = 1e-6

_LIMITS = {
    ProgramLimit.TIME: Limit.TIME,
    ProgramLimit.GAP: Limit.GAP,
    ProgramLimit.INTERRUPTED: Limit.INTERRUPTED,
    ProgramLimit.ITERATIONS: Limit.ITERATIONS,
    ProgramLimit.MEMORY: Limit.ITERATIONS,
}


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """The whole program of an edited problem, every criterion in it.

    Attributes
    ----------
    formulation : Formulation
        The program without any limit on moves.
    moved : ndarray of float, shape (n_pairs,)
        Moves that every pair stands for.
    items : Items
        Where everything was.
    """

    formulation: Formulation
    moved: FloatArray
    items: Items

    @classmethod
    def of(cls, problem: Problem, items: Items, home_index: IntArray) -> Whole:
        """State the problem.

        Parameters
        ----------
        problem : Problem
            The edited problem.
        items : Items
            Where everything was.
        home_index : ndarray of int, shape (n_reps,)
            Homes of the open reps.
        """
        formulation = formulate(problem, home_index=home_index, median="exact")
        table = formulation.table
        return cls(formulation, items.moves(table.group, table.rep).astype(np.float64), items)

    def solve(self, moves_at_most: float, request: Request) -> Attempt:
        """Best alignment within so many moves; the bound is of the problem with that limit.

        Parameters
        ----------
        moves_at_most : float
            Limit; infinite for none.
        request : Request
            Limits and listeners.
        """

        def once(whole: Whole, within: Request) -> Attempt:
            program = whole._capped(moves_at_most) if math.isfinite(moves_at_most) else whole.formulation.program
            return whole._attempt(whole._run(program, within))

        def value(rep_index: IntArray) -> float:
            return evaluated(self.formulation.problem, rep_index, self.formulation.home_index)

        return self._settled(once, value, request)

    def fewest(self, request: Request) -> Attempt:
        """Alignment with the fewest moves; its bound is a proven least number of moves.

        Parameters
        ----------
        request : Request
            Limits; nobody is told, because moves are not the objective.
        """

        def once(whole: Whole, within: Request) -> Attempt:
            program = whole.formulation.program
            cost = np.zeros(program.n_columns)
            cost[: len(whole.moved)] = whole.moved
            found = whole._attempt(whole._run(replace(program, cost=cost, offset=0.0), within, absolute_gap=0.999))
            if not math.isfinite(found.bound):
                return found
            # Moves are whole numbers.
            return replace(found, bound=math.ceil(found.bound - _WHOLE_MOVE))

        def value(rep_index: IntArray) -> float:
            group = np.arange(self.items.n_items)
            groups = self.formulation.groups
            return float(self.items.moves(group, rep_index[groups.order[groups.starts]]).sum())

        return self._settled(once, value, replace(request, on_event=None, gap=0.0))

    def _settled(
        self, once: Callable[[Whole, Request], Attempt], value: Callable[[IntArray], float], request: Request
    ) -> Attempt:
        """Solve once, or, with limits on variation, until bound and answer hold for them as asked."""
        problem, home_index = self.formulation.problem, self.formulation.home_index
        if not has_variation(problem):
            return once(self, request)

        def stated(mode: VariationMode, cuts: Mapping[str, FloatArray], within: Request) -> Attempt:
            again = formulate(problem, home_index=home_index, median="exact", variation=mode, cuts=cuts)
            return once(replace(self, formulation=again), within)

        return settle_variation(problem, home_index, stated, value, request)

    def _capped(self, moves_at_most: float) -> IntegerProgram:
        program = self.formulation.program
        columns = np.flatnonzero(self.moved)
        if not len(columns):
            return program
        return replace(
            program,
            indptr=np.append(program.indptr, program.n_nonzeros + len(columns)),
            indices=np.concatenate([program.indices, columns]),
            values=np.concatenate([program.values, self.moved[columns]]),
            row_lower=np.append(program.row_lower, -np.inf),
            row_upper=np.append(program.row_upper, moves_at_most),
            blocks=(*program.blocks, Block("rows", "moves", program.n_rows, program.n_rows + 1)),
        )

    def _run(self, program: IntegerProgram, request: Request, absolute_gap: float = 0.0) -> ProgramOutcome:
        start = None
        if request.start is not None:
            try:
                start = self.formulation.encode(request.start)
            except ValueError:  # The start breaks a rule of the edited problem: it is no point of the program.
                start = None
        options = ProgramOptions(
            time_limit=request.remaining,
            gap=request.gap,
            absolute_gap=absolute_gap,
            seed=request.seed,
            threads=request.threads,
            start=start,
        )
        if len(self.moved) < _CORE_FROM:
            return solve_with_highs(program, options, on_event=listener(request), cancel=request.cancel)
        pairs = assignment_pairs(self.formulation)
        return solve_core(program, pairs, options, on_event=listener(request), cancel=request.cancel)

    def _attempt(self, outcome: ProgramOutcome) -> Attempt:
        if outcome.reason is ProgramReason.INFEASIBLE:
            return Attempt(None, math.inf, None, outcome.detail)
        limit = None if outcome.limit is None else _LIMITS[outcome.limit]
        rep_index = None if outcome.x is None else self.formulation.decode(outcome.x)
        return Attempt(rep_index, outcome.bound, limit, outcome.detail)
