"""What a run of the engine knows so far: enough to end it at any moment, by its own choice or by Ctrl-C."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.solvers.lagrangian.clock import Clock
from territory_opt.solvers.lagrangian.improve import PROVEN
from territory_opt.solvers.lagrangian.instance import (
    EngineInstance,
    EngineLimit,
    EngineOutcome,
    EngineStatus,
    relative_gap,
)
from territory_opt.solvers.lagrangian.items import Model
from territory_opt.solvers.lagrangian.score import score

__all__ = ["Run", "all_fixed"]


class Run:
    """The best assignment so far, the bound, and the multipliers and scales that go with it.

    Parameters
    ----------
    inst : EngineInstance
        The instance.
    gap : float
        Relative gap asked for.
    clock : Clock
        Time left.
    """

    def __init__(self, inst: EngineInstance, gap: float, clock: Clock) -> None:
        self.inst, self.gap, self.clock = inst, gap, clock
        self.bound = -np.inf
        self._rep: IntArray | None = None
        self._cost = np.inf
        self._duals = np.zeros((inst.n_reps, inst.n_measures))
        self.scale: FloatArray = np.ones(inst.n_measures)

    @property
    def found(self) -> bool:
        """True once there is an assignment."""
        return self._rep is not None

    def bounded(self, bound: float, duals: FloatArray, scale: FloatArray) -> None:
        """Note a bound with its multipliers (k, M), per raw unit, and scales (M,)."""
        self.bound, self._duals, self.scale = bound, duals, scale

    def keep(self, rep: IntArray, cost: float) -> None:
        """Note an assignment (n,), kept where it is the best so far."""
        if self._rep is None or cost < self._cost:
            self._rep, self._cost = rep, cost

    def without(self, status: EngineStatus, detail: str, limit: EngineLimit | None = None) -> EngineOutcome:
        """Return an outcome without an assignment; its multipliers and scales still say where to begin anew."""
        if status is EngineStatus.NO_ALIGNMENT and limit is None:
            self.clock.stop()  # A part of this clock may have been the one to hear of a cancel.
            limit = EngineLimit.INTERRUPTED if self.clock.interrupted else EngineLimit.TIME
        return EngineOutcome(
            None, np.inf, self.bound, status, limit, detail, self._duals, self.scale, self.clock.stages
        )

    def outcome(self, detail: str = "") -> EngineOutcome:
        """Return the best assignment, scored anew from the instance; ``detail`` says why there is none."""
        if self._rep is None:
            return self.without(EngineStatus.NO_ALIGNMENT, detail)
        final, broken = score(self.inst, self._rep, self.scale)
        if broken:
            return self.without(EngineStatus.NO_ALIGNMENT, broken)
        status, limit = EngineStatus.FEASIBLE, EngineLimit.TIME
        reached = relative_gap(final, self.bound)
        if reached <= PROVEN:
            return EngineOutcome(
                self._rep, final, self.bound, EngineStatus.OPTIMAL, None, "", self._duals, self.scale, self.clock.stages
            )
        if reached <= self.gap:
            limit = EngineLimit.GAP
        elif self.clock.stop() and self.clock.interrupted:
            limit = EngineLimit.INTERRUPTED
        return EngineOutcome(
            self._rep, final, self.bound, status, limit, "", self._duals, self.scale, self.clock.stages
        )


def all_fixed(run: Run, model: Model) -> EngineOutcome:
    """Answer an instance in which nothing is left to choose."""
    inst, scale, free = run.inst, model.scale_low.copy(), model.free_scale
    if free.any():
        # The least scale that no upper bound breaks: a larger one would only ask more of the lower bounds.
        least = (model.fixed_totals[:, free] / np.maximum(model.upper[:, free], 1e-300)).max(0)
        scale[free] = np.clip(least, scale[free], model.scale_high[free])
    objective, broken = score(inst, model.fixed_rep, scale)
    if broken:
        return run.without(EngineStatus.INFEASIBLE, broken)
    duals = np.zeros((inst.n_reps, inst.n_measures))
    return EngineOutcome(
        model.fixed_rep, objective, objective, EngineStatus.OPTIMAL, None, "", duals, scale, run.clock.stages
    )
