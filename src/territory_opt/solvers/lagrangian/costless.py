"""Problems without any cost: all that keeps the bands is optimal, but prices need something to push against."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from territory_opt.events import OnEvent, Progress
from territory_opt.solvers.lagrangian.instance import EngineInstance, EngineOutcome, EngineStatus

__all__ = ["is_costless", "settled", "unpriced", "with_travel"]


def is_costless(inst: EngineInstance) -> bool:
    """Return whether every assignment costs nothing while distances could tell reps apart.

    Notes
    -----
    Without costs every price of zero is optimal, all reps tie for every account, and rounding has nothing to go by.
    """
    assert inst.cost_table is not None and inst.measures.elastic is not None
    priced = (
        (inst.travel_weight > 0 and bool(np.any(inst.travel_hours_per_km > 0)))
        or bool(np.any((inst.owner_index >= 0) & (inst.move_cost > 0)))
        or bool(np.any(inst.cost_table))
        or bool(np.any(np.isfinite(inst.pairs.cost) & (inst.pairs.cost != 0)))
        or bool(np.any(np.isfinite(inst.measures.elastic)))
    )
    placed = np.isfinite(inst.lat) & np.isfinite(inst.lon) & (inst.travel_hours_per_km > 0)
    homes = np.isfinite(inst.rep_lat) & np.isfinite(inst.rep_lon)
    return not priced and bool(placed.any() and homes.any())


def with_travel(inst: EngineInstance) -> EngineInstance:
    """Return the instance with an hour of travel at 1: near accounts first, for want of any other wish."""
    return replace(inst, travel_weight=1.0)


def unpriced(on_progress: OnEvent | None) -> OnEvent | None:
    """Return a listener that hears of 0 instead of travel."""
    if on_progress is None:
        return None

    def tell(event: Progress) -> None:
        on_progress(replace(event, objective=None if event.objective is None else 0.0, bound=0.0))

    return tell


def settled(outcome: EngineOutcome) -> EngineOutcome:
    """Return the outcome of :func:`with_travel` in terms of the instance without costs."""
    plain = replace(outcome, bound=0.0, duals=np.zeros_like(outcome.duals))
    if outcome.rep_index is None:
        return plain
    return replace(plain, objective=0.0, status=EngineStatus.OPTIMAL, limit=None)
