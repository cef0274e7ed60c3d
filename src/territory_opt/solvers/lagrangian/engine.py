"""One solve of the large engine: reduce, bound, round, search, repair, improve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.events import OnEvent
from territory_opt.solvers.lagrangian.band import Bands, build_bands
from territory_opt.solvers.lagrangian.branch import CountSearch
from territory_opt.solvers.lagrangian.chunks import Workers, workers
from territory_opt.solvers.lagrangian.clock import Clock
from territory_opt.solvers.lagrangian.core import Core, build_core
from territory_opt.solvers.lagrangian.costless import is_costless, settled, unpriced, with_travel
from territory_opt.solvers.lagrangian.dive import DEEP, QUICK, dive
from territory_opt.solvers.lagrangian.dual import solve_dual
from territory_opt.solvers.lagrangian.improve import finish, improve, n_open_pairs
from territory_opt.solvers.lagrangian.instance import (
    EngineInstance,
    EngineLimit,
    EngineOutcome,
    EngineStatus,
    relative_gap,
)
from territory_opt.solvers.lagrangian.items import Model, build_model
from territory_opt.solvers.lagrangian.pack import Packed, pack
from territory_opt.solvers.lagrangian.place import without_large
from territory_opt.solvers.lagrangian.pricing import Priced, price_all, with_pairs
from territory_opt.solvers.lagrangian.propagate import name_bands, propagate, propagate_strengthened
from territory_opt.solvers.lagrangian.repair import core_graph, exchange_graph, repair
from territory_opt.solvers.lagrangian.rounding import rounded
from territory_opt.solvers.lagrangian.score import score
from territory_opt.solvers.lagrangian.starts import allowed_or, as_price, known_start
from territory_opt.solvers.lagrangian.state import State
from territory_opt.solvers.lagrangian.strengthen import strengthen
from territory_opt.solvers.lagrangian.subproblem import build_program, split_prices

__all__ = ["solve_instance"]

_PROVEN = 1e-6
_PER_REP = 60
_LAST_HEAT = 0.003
_LAST_PROGRAM = 3_000_000
_FEW_PAIRS, _MANY_PAIRS = 3_000, 60_000
_NEAR, _LOST = 0.3, 0.1
_SPLIT_PROGRAM = 60_000
_PLACE_SHARE, _FIRST_SHARE, _NEXT_SHARE, _FEW_SHARE = 0.15, 0.3, 0.15, 0.2
_ROUGH, _PLACEMENTS = 0.1, 1_000
_NEAR_SHARE = 0.3


def solve_instance(
    inst: EngineInstance, *, gap: float, time_limit: float, seed: int, threads: int = 1,
    start: IntArray | None = None, near: IntArray | None = None, duals: FloatArray | None = None,
    least: float = np.inf, on_progress: OnEvent | None = None, should_stop: Callable[[], bool] | None = None,
) -> EngineOutcome:  # fmt: skip
    """Assign every account to one eligible rep inside all bands, at nearly the least cost, with a proven bound.

    Parameters
    ----------
    inst : EngineInstance
        The instance.
    gap : float
        Stop when (objective - bound) / |objective| is at most this.
    time_limit : float
        Seconds. The first bound and the first answer are not cut short by more than a stage.
    seed : int
        Seed of all choices; the same seed gives the same answer for any number of threads, unless time runs out.
    threads : int
        Threads for the dual and the exact bound.
    start : ndarray of shape (n,), optional
        A known assignment; used when it is feasible and better than what the engine finds.
    near : ndarray of shape (n,), optional
        An assignment that all but keeps the bands: it is mended and improved; a new one is made only if that fails.
    duals : ndarray of shape (k, M), optional
        Multipliers of a similar instance, as an outcome has them: the ascent starts there, with all accounts.
    least : float
        Give up when the bound says that no assignment costs less than this.
    on_progress : callable, optional
        Receives :class:`territory_opt.events.Progress`.
    should_stop : callable, optional
        Asked often; True ends the solve with the best answer so far.

    Returns
    -------
    EngineOutcome
        Assignment (or None), re-scored objective, bound, status and why it ended.
    """
    from threadpoolctl import threadpool_limits

    costless = is_costless(inst)
    clock = Clock(time_limit, unpriced(on_progress) if costless else on_progress, should_stop)
    with threadpool_limits(1), workers(threads) as team:
        if costless:
            return settled(_solve(with_travel(inst), 1.0, seed, start, near, None, np.inf, clock, team))
        return _solve(inst, gap, seed, start, near, duals, least, clock, team)


def _solve(
    inst: EngineInstance, gap: float, seed: int, start: IntArray | None, near: IntArray | None,
    duals: FloatArray | None, least: float, clock: Clock, team: Workers,
) -> EngineOutcome:  # fmt: skip
    k, m = inst.n_reps, inst.n_measures
    with clock.stage("reduce"):
        model = build_model(inst)
        reason = propagate(inst, model)
        if not reason:
            loose, model = model, strengthen(model)
            reason = propagate_strengthened(inst, loose, model)
    if reason:
        return _ended(EngineStatus.INFEASIBLE, None, reason, clock, k, m)
    with clock.stage("pack"):
        bands = build_bands(model)
        packed = pack(model, model.items, bands.unit) if model.items.n_items else None
    if packed is None:
        return _all_fixed(inst, model, clock)
    with clock.stage("dual"):
        known_price = None if duals is None else as_price(duals, bands)
        price, scale = solve_dual(model, bands, packed, team, stop=clock.stop, start=known_price)
    with clock.stage("bound"):
        priced = price_all(model, packed, bands, price, team, threshold=_threshold(packed))
        scale = np.where(bands.free, scale, bands.scale_low)
    clock.tell("bound", None, priced.bound)
    if priced.bound >= least:
        detail = f"no assignment costs less than {least:,.6g}"
        return replace(_ended(EngineStatus.NO_ALIGNMENT, priced, detail, clock, k, m), limit=EngineLimit.ITERATIONS)
    with clock.stage("proof"):
        proof = price_all(model, packed, bands, price, team, zero_cost=True)
    if proof.bound > 0:
        detail = name_bands(inst.measures.names, bands.unit, price)
        return _ended(EngineStatus.INFEASIBLE, priced, detail, clock, k, m)
    known = known_start(inst, start, scale[:m])
    found, bound, detail, proven = None, priced.bound, "", False
    if CountSearch.applies(model, m):
        found, bound = _with_large(model, bands, packed, priced, price, m, gap, seed, clock, team, inst.measures.names)
    if found is None:
        state, other, detail, proven = _search(
            model,
            _at_scale(bands, scale),
            packed,
            priced,
            price,
            scale,
            gap,
            seed,
            clock,
            team,
            inst.measures.names,
            None if near is None else allowed_or(model, near[model.account_index], priced.best_rep),
        )
        bound = max(bound, other)
        found = None if state is None else (_expand(model, state.rep), state.cost())
    if found is None and known is None:
        status = EngineStatus.INFEASIBLE if proven else EngineStatus.NO_ALIGNMENT
        return _ended(status, priced, detail, clock, k, m)
    best = known[0] if known is not None else None
    if found is not None and (known is None or found[1] < known[1]):
        best = found[0]
    assert best is not None
    final, broken = score(inst, best, scale[:m])
    if broken:
        return _ended(EngineStatus.NO_ALIGNMENT, priced, broken, clock, k, m)
    duals = -(price / bands.unit)[:, :m]
    if relative_gap(final, bound) <= _PROVEN:
        status, limit = EngineStatus.OPTIMAL, None
    else:
        status, limit = EngineStatus.FEASIBLE, EngineLimit.TIME
        if relative_gap(final, bound) <= gap:
            limit = EngineLimit.GAP
        elif clock.interrupted:
            limit = EngineLimit.INTERRUPTED
    return EngineOutcome(best, final, bound, status, limit, "", duals, scale[:m], clock.stages)


def _search(
    model: Model, bands: Bands, packed: Packed, priced: Priced, price: FloatArray, scale: FloatArray, gap: float,
    seed: int, clock: Clock, team: Workers, names: tuple[str, ...], near: IntArray | None = None,
) -> tuple[State | None, float, str, bool]:  # fmt: skip
    """Return the best feasible assignment and the bound, else why there is none and whether that is proven.

    A quick dive comes first; when its answer misses the gap a deep one follows, then integer programs.
    """
    unit_cost = max(float(np.abs(price).mean()), 1e-9 * _threshold(packed), 1e-12) if price.size else 1.0
    best: State | None = None
    bound, detail, proven = priced.bound, "", False

    def start(sizes: tuple[float, ...]) -> tuple[State, Core, int]:
        """Return the searched assignment after a dive, its core, and how many accounts the dive fixed."""
        with clock.stage("dive"):
            dived = dive(model, bands, packed, priced, price, _LAST_HEAT, team, sizes=sizes, stop=clock.stop)
            pinned = np.full(model.items.n_items, -1)
            pinned[dived.item] = dived.rep
            local = priced
            if dived.item.size:
                local = price_all(model, packed, bands, dived.price, team, threshold=_threshold(packed))
                local = with_pairs(local, model, bands, dived.price, dived.item, dived.rep)
        with clock.stage("search"):
            core = build_core(model, bands, packed, local, dived.price, scale, _PER_REP, _LAST_HEAT, pinned)
            rep = rounded(model, core, bands, packed, pinned, heat=_LAST_HEAT, stop=clock.stop)
            return State(model, bands, dived.price, scale, local.best_value, rep), core, int(dived.item.size)

    if near is not None:
        state = State(model, bands, price, scale, priced.best_value, near)
        with clock.stage("repair"):
            part = clock.part(_NEAR_SHARE * clock.left())
            mended = repair(
                state, exchange_graph(state), seconds=part.left, seed=seed, stop=clock.stop, unit_cost=unit_cost
            )
        if mended.feasible:
            best = state
            clock.tell("search", best.cost(), priced.bound)
            with clock.stage("improve"):
                return best, _improve(best, bound, gap, clock, seed, unit_cost), "", False
    for sizes, share in ((QUICK, 0.3), ((), 0.5), (DEEP, 1.0)):
        if not sizes and best is not None:
            continue
        reserve = 0.0 if best is not None else (1.0 - share) * clock.left()
        state, core, n_fixed = start(sizes)
        if np.count_nonzero(state.violation().any(1)) > _LOST * model.n_reps and n_fixed:
            # Fixing large accounts can make the rest impossible; then the relaxation is the better start.
            other, other_core, _ = start(())
            if other.violation().sum() < state.violation().sum():
                state, core = other, other_core
        with clock.stage("proof"):
            certificate = _split_proof(state, packed, team, clock)
        if certificate is not None:
            return None, bound, name_bands(names, bands.unit, certificate), True

        def seconds_left(reserve: float = reserve) -> float:
            return clock.left() - reserve

        with clock.stage("repair"):
            mended = repair(
                state, core_graph(core, state.rep), seconds=seconds_left, seed=seed,
                stop=clock.stop, unit_cost=unit_cost,
            )  # fmt: skip
        if mended.feasible and (best is None or state.cost() < best.cost()):
            best = state
            clock.tell("search", best.cost(), priced.bound)
        elif best is None:
            detail, proven = mended.detail, mended.infeasible
        done = best is not None and relative_gap(best.cost(), priced.bound) <= gap
        if done or proven or clock.stop() or (best is not None and not n_fixed):
            break
    if best is not None:
        with clock.stage("improve"):
            bound = _improve(best, bound, gap, clock, seed, unit_cost)
    return best, bound, detail, proven


def _with_large(
    model: Model, bands: Bands, packed: Packed, priced: Priced, price: FloatArray, n_measures: int, gap: float,
    seed: int, clock: Clock, team: Workers, names: tuple[str, ...],
) -> tuple[tuple[IntArray, float] | None, float]:  # fmt: skip
    """Place the large accounts, then the others, and branch on the counts; return reps and objective, and the bound."""
    best: tuple[IntArray, float] | None = None
    few = model.items.n_items * model.n_reps <= _SPLIT_PROGRAM
    left = clock.part(_FEW_SHARE * clock.left()).left if few else clock.left
    with clock.stage("place"):
        counts = CountSearch(model, bands, packed, n_measures, price, team)
        part = clock.part(_PLACE_SHARE * left())
        placed = counts.place(seconds=part.left, stop=clock.stop, most=1 if gap > _ROUGH else _PLACEMENTS)
    bound, share = max(priced.bound, counts.bound), _FIRST_SHARE
    while placed is not None:
        small = without_large(model, placed, n_measures)
        state = _complete(small, 0.2 * gap, seed, clock.part(share * left()), team, names)
        if state is not None and (best is None or state.cost() < best[1]):
            best = (_expand(small, state.rep), state.cost())
        if best is None:
            break
        clock.tell("place", best[1], bound)
        target, cost, share = best[1] - 0.999 * gap * abs(best[1]), best[1], _NEXT_SHARE
        if bound >= target or clock.stop():
            break
        with clock.stage("branch"):
            placed = counts.raise_bound(
                cost, target, seconds=left, stop=clock.stop,
                report=lambda now, cost=cost: clock.tell("branch", cost, now),  # type: ignore[misc]
            )  # fmt: skip
        bound = max(bound, min(counts.bound, cost))
    if few and best is not None and not clock.stop():
        # Few enough for one program over everything, whose bound is exact.
        state = State(model, bands, price, bands.scale_low, priced.best_value, best[0][model.account_index])
        bound = _improve(state, bound, gap, clock, seed, max(float(np.abs(price).mean()), 1e-12))
        best = (_expand(model, state.rep), state.cost())
    return best, bound


def _complete(small: Model, gap: float, seed: int, clock: Clock, team: Workers, names: tuple[str, ...]) -> State | None:
    """Assign the other accounts once the large ones are placed; None when no answer was found."""
    with clock.stage("dual"):
        bands = build_bands(small)
        packed = pack(small, small.items, bands.unit)
        price, _ = solve_dual(small, bands, packed, team, stop=clock.stop)
        priced = price_all(small, packed, bands, price, team, threshold=_threshold(packed))
    return _search(small, bands, packed, priced, price, bands.scale_low, gap, seed, clock, team, names)[0]


def _split_proof(state: State, packed: Packed, team: Workers, clock: Clock) -> FloatArray | None:
    """Return multipliers that prove the bands impossible even for split accounts; only asked after a failed search.

    The linear program suggests them, the exact dual at zero cost decides.
    """
    model = state.model
    small = model.items.n_items * model.n_reps <= _SPLIT_PROGRAM
    if not small or not state.violation().any() or model.free_scale.any():
        return None
    program = build_program(state, np.arange(model.n_reps), per_arc=None, exact=True)
    price = split_prices(program, seconds=0.2 * clock.left(), stop=clock.stop)
    if price is None:
        return None
    proof = price_all(model, packed, state.bands, price, team, zero_cost=True)
    return price if proof.bound > 0 else None


def _threshold(packed: Packed) -> float:
    """Return how far above an account's best pair a pair is worth listing: a part of a typical cost."""
    return _NEAR * packed.nearest_km * float(packed.scale.mean())


def _at_scale(bands: Bands, scale: FloatArray) -> Bands:
    """Return the bands at one chosen scale: what an assignment has to satisfy."""
    if not bands.free.any():
        return bands
    factor = np.where(bands.free, scale, 1.0)
    lower, upper = bands.lower * factor - bands.shift, bands.upper * factor - bands.shift
    return replace(bands, lower=lower, upper=upper, shift=0.0 * bands.shift, scale_low=scale, scale_high=scale)


def _improve(state: State, bound: float, gap: float, clock: Clock, seed: int, unit_cost: float) -> float:
    """Run small programs until gap or time is reached, and one last program where it is small; return the bound."""
    objective = state.cost()
    # The gap is relative to the objective, which falls too: excess <= gap * (bound + excess).
    target = 0.999 * gap * (abs(bound) / max(1.0 - gap, 0.5) if bound > 0 else abs(objective))
    if objective - bound <= target or clock.stop():
        return bound
    size = state.model.items.n_items * state.model.n_reps
    n_open = n_open_pairs(state) if size <= _LAST_PROGRAM else size
    if n_open > _FEW_PAIRS:
        share = 0.4 * clock.left() if n_open <= _MANY_PAIRS else 0.0
        improve(
            state, exchange_graph(state), excess=objective - bound, target=target,
            seconds=lambda: clock.left() - share, stop=clock.stop, seed=seed, unit_cost=unit_cost,
            report=lambda now: clock.tell("improve", bound + now, bound),
        )  # fmt: skip
        n_open = n_open_pairs(state) if size <= _LAST_PROGRAM else size
    if n_open <= _MANY_PAIRS and not clock.stop() and state.cost() - bound > target:
        tolerance = max(0.5 * target, 0.4 * _PROVEN * abs(objective))
        proven = finish(
            state, seconds=clock.left(), seed=seed, unit_cost=unit_cost, tolerance=tolerance, stop=clock.stop
        )
        # At one chosen scale the program says nothing about the others.
        bound = bound if state.model.free_scale.any() else max(bound, proven)
        clock.tell("last program", state.cost(), bound)
    return bound


def _expand(model: Model, rep: IntArray) -> IntArray:
    """Return the reps of all accounts from those of the free ones."""
    full = model.fixed_rep.copy()
    full[model.account_index] = rep
    return full


def _all_fixed(inst: EngineInstance, model: Model, clock: Clock) -> EngineOutcome:
    """Answer an instance in which nothing is left to choose."""
    scale = model.scale_low.copy()
    free = model.free_scale
    if free.any():
        # The least scale that no upper bound breaks: a larger one would only ask more of the lower bounds.
        least = (model.fixed_totals[:, free] / np.maximum(model.upper[:, free], 1e-300)).max(0)
        scale[free] = np.clip(least, scale[free], model.scale_high[free])
    objective, broken = score(inst, model.fixed_rep, scale)
    if broken:
        return _ended(EngineStatus.INFEASIBLE, None, broken, clock, inst.n_reps, inst.n_measures)
    duals = np.zeros((inst.n_reps, inst.n_measures))
    return EngineOutcome(
        model.fixed_rep, objective, objective, EngineStatus.OPTIMAL, None, "", duals, scale, clock.stages
    )


def _ended(status: EngineStatus, priced: Priced | None, detail: str, clock: Clock, k: int, m: int) -> EngineOutcome:
    """Return an outcome without an assignment."""
    limit = None
    if status is EngineStatus.NO_ALIGNMENT:
        limit = EngineLimit.INTERRUPTED if clock.interrupted and clock.left() > 0 else EngineLimit.TIME
    bound = -np.inf if priced is None else priced.bound
    return EngineOutcome(None, np.inf, bound, status, limit, detail, np.zeros((k, m)), np.ones(m), clock.stages)
