"""A program under improvement: its best point, and parts of it handed to HiGHS."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.events import Cancel, OnEvent
from territory_opt.formulation.program import IntegerProgram
from territory_opt.solvers._restricted import restrict
from territory_opt.solvers.base import POINT_TOLERANCE, ProgramOptions, ProgramOutcome
from territory_opt.solvers.highs import solve_with_highs
from territory_opt.solvers.pairs import Pairs

__all__ = ["Working"]


class Working:
    """A program, its best point so far, and the means to solve parts of it.

    Parameters
    ----------
    program : IntegerProgram
        The program.
    pairs : Pairs
        Its assignment part.
    """

    def __init__(self, program: IntegerProgram, pairs: Pairs) -> None:
        self.program = program
        self.pairs = pairs
        self.by_column = program.matrix().tocsc()
        self.x: FloatArray | None = None
        self.objective = np.inf
        other = np.ones(program.n_columns, dtype=bool)
        other[pairs.columns] = False
        self._other = np.flatnonzero(other)

    def keep(self, x: FloatArray) -> bool:
        """Keep ``x`` when it is feasible and better; say whether."""
        objective = self.program.objective(x)
        if objective >= self.objective or self.program.violation(x) > POINT_TOLERANCE:
            return False
        self.x, self.objective = x, objective
        return True

    def used(self) -> IntArray:
        """Pair in use of every account, shape (n,)."""
        assert self.x is not None
        return np.flatnonzero(self.x[self.pairs.columns] > 0.5)

    def columns(self, free: IntArray) -> IntArray:
        """Columns of some pairs and of all that is no pair, sorted."""
        return np.sort(np.concatenate([free + self.pairs.columns.start, self._other]))

    def solve_over(
        self,
        free: IntArray,
        point: FloatArray,
        options: ProgramOptions,
        *,
        target: float = -np.inf,
        on_event: OnEvent | None = None,
        cancel: Cancel | None = None,
    ) -> tuple[ProgramOutcome, FloatArray | None]:
        """Solve over the pairs ``free`` and all other columns, the rest fixed at ``point``.

        Returns the outcome and its point in the whole program. HiGHS stops at the objective ``target``.
        """
        columns = self.columns(free)
        part = restrict(self.program, self.by_column, columns, point)
        start = None if self.x is None else self.x[columns]
        settings = {"objective_target": target} if np.isfinite(target) else None
        outcome = solve_with_highs(
            part.program, options.replace(start=start), on_event=on_event, cancel=cancel, settings=settings
        )
        return outcome, None if outcome.x is None else part.expand(outcome.x)
