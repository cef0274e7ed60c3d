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
from territory_opt.solvers.lagrangian.improve import close_gap
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
from territory_opt.solvers.lagrangian.run import Run, all_fixed
from territory_opt.solvers.lagrangian.starts import allowed_or, as_price, known_start
from territory_opt.solvers.lagrangian.state import State
from territory_opt.solvers.lagrangian.strengthen import strengthen
from territory_opt.solvers.lagrangian.subproblem import build_program, split_prices

__all__ = ["solve_instance"]

_PER_REP = 60
_LAST_HEAT = 0.003
_NEAR, _LOST = 0.3, 0.1
_SPLIT_PROGRAM = 60_000
_PLACE_SHARE, _FIRST_SHARE, _NEXT_SHARE, _FEW_SHARE = 0.15, 0.3, 0.15, 0.2
_ROUGH, _PLACEMENTS = 0.1, 1_000
_NEAR_SHARE = 0.3
_REDUCE_SHARE = 0.15
_ROUND_SHARE = 0.4
"""Part of the time that the multipliers leave for what comes after them."""
_LEAST_GUIDE, _MOST_GUIDE = 1.0, 5.0
_LEAST_PRICED, _PASS_PRICED = 6.0, 10.0
"""Times as long as pricing every pair once, at most: all that is left to do after rounding, and a pass of rounding."""


def solve_instance(
    inst: EngineInstance, *, gap: float, time_limit: float, seed: int, threads: int = 1,
    start: IntArray | None = None, near: IntArray | None = None, duals: FloatArray | None = None,
    least: float = np.inf, bound_share: float = 0.0, on_progress: OnEvent | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> EngineOutcome:  # fmt: skip
    """Assign every account to one eligible rep inside all bands, at nearly the least cost, with a proven bound.

    Parameters
    ----------
    inst : EngineInstance
        The instance.
    gap : float
        Stop when (objective - bound) / |objective| is at most this.
    time_limit : float
        Seconds. Every stage looks ahead by one of its steps; the multipliers leave time for rounding.
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
    bound_share : float
        Leave it at the bound when less than this share of the time limit is left by then.
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
    run = Run(with_travel(inst), 1.0, clock) if costless else Run(inst, gap, clock)
    if costless:
        duals, least, bound_share = None, np.inf, 0.0
    try:
        with threadpool_limits(1), workers(threads) as team:
            outcome = _solve(run, seed, start, near, duals, least, bound_share * time_limit, team)
    except KeyboardInterrupt:
        clock.interrupted = True
        outcome = run.outcome("stopped before an assignment was made")
    return settled(outcome) if costless else outcome


def _solve(
    run: Run, seed: int, start: IntArray | None, near: IntArray | None, duals: FloatArray | None, least: float,
    bound_seconds: float, team: Workers,
) -> EngineOutcome:  # fmt: skip
    inst, clock, m = run.inst, run.clock, run.inst.n_measures
    names = inst.measures.names
    with clock.stage("reduce"):
        model = build_model(inst)
        reason = propagate(inst, model)
        if not reason:
            part = clock.part(_REDUCE_SHARE * clock.left())
            loose, model = model, strengthen(model, part.stop)
            reason = propagate_strengthened(inst, loose, model)
    if reason:
        return run.without(EngineStatus.INFEASIBLE, reason)
    with clock.stage("pack"):
        bands = build_bands(model)
        packed = pack(model, model.items, bands.unit) if model.items.n_items else None
    if packed is None:
        return all_fixed(run, model)
    if clock.stop():
        return run.outcome("stopped before there was a bound")
    run.scale = bands.scale_low[:m]
    with clock.stage("dual"):
        known_price = None if duals is None else as_price(duals, bands)
        # Multipliers are of no use without the time to round, unless the bound is all that is wanted.
        spare = 0.0 if bound_seconds else _ROUND_SHARE * clock.left()
        price, scale = solve_dual(model, bands, packed, team, stop=clock.ahead(spare), start=known_price)
    with clock.stage("bound"):
        priced = price_all(model, packed, bands, price, team, threshold=_threshold(packed))
        scale = np.where(bands.free, scale, bands.scale_low)
    run.bounded(priced.bound, -(price / bands.unit)[:, :m], scale[:m])
    clock.tell("bound", None, priced.bound)
    if priced.bound >= least:
        detail = f"no assignment costs less than {least:,.6g}"
        return run.without(EngineStatus.NO_ALIGNMENT, detail, EngineLimit.ITERATIONS)
    known = known_start(inst, start, run.scale)
    if known is not None:
        run.keep(*known)
    if clock.stop() or clock.left() < max(_LEAST_PRICED * clock.stages["bound"], bound_seconds):
        return run.outcome("stopped before an assignment was made")
    with clock.stage("proof"):
        proof = price_all(model, packed, bands, price, team, zero_cost=True)
    if proof.bound > 0:
        return run.without(EngineStatus.INFEASIBLE, name_bands(names, bands.unit, price))
    found = False
    if CountSearch.applies(model, m):
        found = _with_large(run, model, bands, packed, priced, price, seed, team)
    detail, proven = "", False
    if not found:
        close = None if near is None else allowed_or(model, near[model.account_index], priced.best_rep)
        # Where the bound matters most, an answer that is hard to get is not worth many times what the bound took.
        most = max(_LEAST_GUIDE, _MOST_GUIDE * clock.spent()) if bound_seconds else np.inf
        part = clock if most >= clock.left() else clock.part(most)
        _, bound, detail, proven = _search(
            run, model, _at_scale(bands, scale), packed, priced, price, scale, run.gap, seed, part, team, close
        )
        run.bound = max(run.bound, bound)
    if proven and not run.found:
        return run.without(EngineStatus.INFEASIBLE, detail)
    return run.outcome(detail)


def _search(
    run: Run, model: Model, bands: Bands, packed: Packed, priced: Priced, price: FloatArray, scale: FloatArray,
    gap: float, seed: int, clock: Clock, team: Workers, near: IntArray | None = None,
) -> tuple[State | None, float, str, bool]:  # fmt: skip
    """Return the best feasible assignment and the bound, else why there is none and whether that is proven.

    A quick dive comes first; when its answer misses the gap a deep one follows, then integer programs.
    """
    unit_cost = max(float(np.abs(price).mean()), 1e-9 * _threshold(packed), 1e-12) if price.size else 1.0
    best: State | None = None
    bound, detail, proven = priced.bound, "", False
    names = run.inst.measures.names
    rest = _PASS_PRICED * clock.stages.get("bound", 0.0)

    def keep(state: State, cost: float) -> None:
        run.keep(_expand(model, state.rep), cost)

    def start(sizes: tuple[float, ...]) -> tuple[State, Core, int]:
        """Return the searched assignment after a dive, its core, and how many accounts the dive fixed."""
        with clock.stage("dive"):
            dived = dive(model, bands, packed, priced, price, _LAST_HEAT, team, sizes=sizes, stop=clock.ahead(2 * rest))
            pinned = np.full(model.items.n_items, -1)
            pinned[dived.item] = dived.rep
            local = priced
            if dived.item.size:
                local = price_all(model, packed, bands, dived.price, team, threshold=_threshold(packed))
                local = with_pairs(local, model, bands, dived.price, dived.item, dived.rep)
        with clock.stage("search"):
            core = build_core(model, bands, packed, local, dived.price, scale, _PER_REP, _LAST_HEAT, pinned)
            rep = rounded(model, core, bands, packed, pinned, heat=_LAST_HEAT, stop=clock.ahead(rest))
            return State(model, bands, dived.price, scale, local.best_value, rep), core, int(dived.item.size)

    if near is not None:
        state = State(model, bands, price, scale, priced.best_value, near)
        with clock.stage("repair"):
            feasible = not state.violation().any()
            if not feasible:
                part = clock.part(_NEAR_SHARE * clock.left())
                graph = exchange_graph(state, stop=part.stop)
                mended = repair(state, graph, seconds=part.left, seed=seed, stop=clock.stop, unit_cost=unit_cost)
                feasible = mended.feasible
        if feasible:
            keep(state, state.cost())
            clock.tell("search", state.cost(), priced.bound)
            with clock.stage("improve"):
                return state, close_gap(state, bound, gap, clock, seed, unit_cost, keep), "", False
    took = 0.0
    for sizes, share in ((QUICK, 0.3), ((), 0.5), (DEEP, 1.0)):
        if not sizes and best is not None:
            continue
        if clock.left() < took:
            break
        began = clock.left()
        state, core, n_fixed = start(sizes)
        took = began - clock.left()
        # Time for another pass is kept only where it is enough for one.
        reserve = (1.0 - share) * began if best is None and (1.0 - share) * began > took else 0.0
        if np.count_nonzero(state.violation().any(1)) > _LOST * model.n_reps and n_fixed and clock.left() > took:
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
            keep(best, best.cost())
            clock.tell("search", best.cost(), priced.bound)
        elif best is None:
            detail, proven = mended.detail, mended.infeasible
        done = best is not None and relative_gap(best.cost(), priced.bound) <= gap
        if done or proven or clock.stop() or (best is not None and not n_fixed):
            break
    if best is not None:
        with clock.stage("improve"):
            bound = close_gap(best, bound, gap, clock, seed, unit_cost, keep)
    return best, bound, detail, proven


def _with_large(
    run: Run, model: Model, bands: Bands, packed: Packed, priced: Priced, price: FloatArray, seed: int, team: Workers
) -> bool:
    """Place the large accounts, then the others, and branch on the counts; False when no answer was found."""
    clock, gap, n_measures = run.clock, run.gap, run.inst.n_measures
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
        state = _complete(run, small, 0.2 * gap, seed, clock.part(share * left()), team)
        if state is not None and (best is None or state.cost() < best[1]):
            best = (_expand(small, state.rep), state.cost())
        if best is None:
            break
        run.bound = bound
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
        unit_cost = max(float(np.abs(price).mean()), 1e-12)
        bound = close_gap(
            state, bound, gap, clock, seed, unit_cost, lambda now, cost: run.keep(_expand(model, now.rep), cost)
        )
        run.keep(_expand(model, state.rep), state.cost())
    run.bound = bound
    return best is not None


def _complete(run: Run, small: Model, gap: float, seed: int, clock: Clock, team: Workers) -> State | None:
    """Assign the other accounts once the large ones are placed; None when no answer was found."""
    with clock.stage("dual"):
        bands = build_bands(small)
        packed = pack(small, small.items, bands.unit)
        price, _ = solve_dual(small, bands, packed, team, stop=clock.ahead(_ROUND_SHARE * clock.left()))
        priced = price_all(small, packed, bands, price, team, threshold=_threshold(packed))
    return _search(run, small, bands, packed, priced, price, bands.scale_low, gap, seed, clock, team)[0]


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


def _expand(model: Model, rep: IntArray) -> IntArray:
    """Return the reps of all accounts from those of the free ones."""
    full = model.fixed_rep.copy()
    full[model.account_index] = rep
    return full
