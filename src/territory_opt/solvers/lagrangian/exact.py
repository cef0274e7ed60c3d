"""Prove: improve the answer, fix what cannot be in a better one, close the rest; in turns until both sides meet."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from territory_opt._typing import IntArray
from territory_opt.events import OnEvent, Progress
from territory_opt.solvers.lagrangian.band import build_bands
from territory_opt.solvers.lagrangian.chunks import workers
from territory_opt.solvers.lagrangian.clock import Clock
from territory_opt.solvers.lagrangian.engine import solve_instance
from territory_opt.solvers.lagrangian.exact_subsets import Subsets
from territory_opt.solvers.lagrangian.exact_trees import Grown, suits, take
from territory_opt.solvers.lagrangian.instance import (
    EngineInstance,
    EngineLimit,
    EngineOutcome,
    EngineStatus,
    relative_gap,
)
from territory_opt.solvers.lagrangian.items import build_model, pair_cost
from territory_opt.solvers.lagrangian.loading import trees
from territory_opt.solvers.lagrangian.pack import pack
from territory_opt.solvers.lagrangian.pricing import price_all
from territory_opt.solvers.lagrangian.score import score
from territory_opt.solvers.lagrangian.state import State
from territory_opt.solvers.lagrangian.strengthen import is_lumpy, strengthen
from territory_opt.solvers.lagrangian.subproblem import Program, build_program, solve_program
from territory_opt.solvers.lagrangian.tree import narrowed

__all__ = ["solve_exact"]

_PROVEN, _CLOSE = 1e-6, 0.85
_FIRST_GAP, _FIRST_SHARE, _LUMPY_SHARE = 1e-2, 0.4, 0.85
_FEW_OPEN, _MOST_OPEN, _MOST_PAIRS = 6_000, 40_000, 6_000_000
_FIRST_CORE, _WIDER, _MOST_IDLE = 0.05, 1.5, 3
_TURN, _LEAST_TURN, _MOST_TURN, _LONGER = 0.12, 0.5, 1.5, 1.3
"""A turn takes this share of the time left, within bounds in seconds; the upper one grows from turn to turn."""
_PATIENCE = 0.6
_ROUNDING = 1e-8
_WORTH_TELLING = 0.01
_WHOLE, _BELOW = 2.0**50, 1e-4
"""Sums of whole costs stay exact below the first; a bound within the second above a whole number is not rounded up."""


def solve_exact(
    inst: EngineInstance, *, gap: float, time_limit: float, seed: int, threads: int = 1,
    start: IntArray | None = None, on_progress: OnEvent | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> EngineOutcome:  # fmt: skip
    """Assign every account to one eligible rep inside all bands, and prove how good that is.

    Parameters
    ----------
    inst : EngineInstance
        The instance.
    gap : float
        Stop when (objective - bound) / |objective| is at most this.
    time_limit : float
        Seconds.
    seed : int
        Seed of all choices.
    threads : int
        Threads for the dual and the exact bound.
    start : ndarray of shape (n,), optional
        A known assignment.
    on_progress : callable, optional
        Receives :class:`territory_opt.events.Progress`; objective and bound only ever improve.
    should_stop : callable, optional
        Asked often; True ends the solve with the best answer so far.

    Returns
    -------
    EngineOutcome
        Assignment (or None), re-scored objective, bound, status and why it ended.

    Notes
    -----
    The engine gives multipliers, a bound L and an answer U. At those multipliers, every pair has a reduced cost above
    its account's best; one above U - L is in no better answer (Geoffrion 1974, doi:10.1007/BFb0120690). Turns of three
    kinds follow, every second one of the kind that closed more of the gap per second: programs over a few reps lower
    U; branch and bound over the pairs of little reduced cost, more of them from time to time, finds answers that those
    miss; branch and bound over all pairs that are left raises the bound (and may lower U), see
    :class:`~territory_opt.solvers.lagrangian.tree.PairTree`. A bound is only ever taken from multipliers, in double
    precision. Where pairs are too many, or bands elastic, an integer program takes the place of branch and bound: over
    fewer pairs, its bound counts up to what the least of the others would cost, less 1e-8 of a typical cost per account
    for the solver's tolerance. With a free scale the engine's own answer is returned.

    Examples
    --------
    >>> import numpy as np
    >>> from territory_opt.solvers.lagrangian.instance import EngineInstance, Measures
    >>> inst = EngineInstance(
    ...     lat=np.array([0.0, 0.0, 1.0]), lon=np.zeros(3), rep_lat=np.array([0.0, 1.0]), rep_lon=np.zeros(2),
    ...     travel_hours_per_km=np.ones(3), travel_weight=1.0, owner_index=np.full(3, -1), move_cost=np.zeros(3),
    ...     measures=Measures(("units",), np.ones((3, 1)), np.zeros(1), np.ones((2, 1)), np.full((2, 1), 2.0)),
    ...     class_index=np.zeros(3, dtype=int), class_allowed=np.ones((1, 2), dtype=bool),
    ... )
    >>> outcome = solve_exact(inst, gap=1e-6, time_limit=10.0, seed=1)
    >>> outcome.rep_index.tolist(), outcome.status.value
    ([0, 0, 1], 'optimal')
    """
    heard = _Improving(on_progress)
    clock = Clock(time_limit, heard, should_stop)
    free = bool(np.any(inst.measures.scale_high > inst.measures.scale_low))  # type: ignore[operator]  # set by then
    share = 1.0 if free else _LUMPY_SHARE if is_lumpy(inst) else _FIRST_SHARE
    first = _engine(inst, gap if free else max(gap, _FIRST_GAP), share, clock, seed, threads, start, heard)
    if first.rep_index is None and first.status is EngineStatus.NO_ALIGNMENT and not clock.stop():
        first = _engine(inst, gap, 1.0, clock, seed + 1, threads, start, heard)
    if first.rep_index is None or free or relative_gap(first.objective, first.bound) <= gap or clock.stop():
        return first
    return _Proof(inst, first, gap, seed, threads, clock).run()


class _Improving:
    """Passes reports on so that objective and bound only ever improve, on one clock."""

    def __init__(self, on_progress: OnEvent | None) -> None:
        self._began, self._tell = time.perf_counter(), on_progress
        self._objective, self._bound = np.inf, -np.inf

    def __call__(self, event: Progress) -> None:
        if event.objective is not None:
            self._objective = min(self._objective, event.objective)
        if event.bound is not None:
            self._bound = max(self._bound, event.bound)
        if self._tell is not None:
            objective = float(self._objective) if np.isfinite(self._objective) else None
            bound = float(min(self._bound, self._objective)) if np.isfinite(self._bound) else None
            self._tell(Progress(time.perf_counter() - self._began, event.stage, objective, bound))


def _engine(
    inst: EngineInstance, gap: float, share: float, clock: Clock, seed: int, threads: int, start: IntArray | None,
    heard: _Improving,
) -> EngineOutcome:  # fmt: skip
    return solve_instance(
        inst, gap=gap, time_limit=share * max(clock.left(), 0.0), seed=seed, threads=threads, start=start,
        on_progress=heard, should_stop=clock.stop,
    )  # fmt: skip


class _Proof:
    """An answer and a bound on their way to each other."""

    def __init__(
        self, inst: EngineInstance, first: EngineOutcome, gap: float, seed: int, threads: int, clock: Clock,
    ) -> None:  # fmt: skip
        assert first.rep_index is not None
        self._inst, self._first, self._gap, self._seed, self._clock = inst, first, gap, seed, clock
        self._bound = first.bound
        self._model = model = strengthen(build_model(inst))
        bands = build_bands(model)
        packed = pack(model, model.items, bands.unit)
        price = np.zeros((model.n_reps, model.n_measures))
        price[:, : inst.n_measures] = -first.duals * bands.unit[: inst.n_measures]
        price = np.clip(price, -bands.most, bands.most)
        with workers(threads) as team:
            priced = price_all(model, packed, bands, price, team)
        self._bound = max(self._bound, priced.bound)
        typical = float(np.abs(price).mean()) if price.size else 0.0
        self._unit_cost = max(typical, 1e-9 * abs(first.objective) / max(inst.n_accounts, 1), 1e-12)
        start = first.rep_index[model.account_index]
        self._state = State(model, bands, price, bands.scale_low, priced.best_value, start)
        # Distance of the multipliers' own bound: what fixing may rely on.
        self._least = priced.bound
        self._subsets = Subsets(self._state, seed=seed, unit_cost=self._unit_cost)
        self._turn, self._most_turn, self._told = _TURN, _MOST_TURN, self._bound
        self._settled, self._core_share, self._idle = False, _FIRST_CORE, 0
        self._tree: Grown | None = None
        self._core: Grown | None = None
        self._whole = self._costs_are_whole()
        if self._whole:
            self._unit_cost = 1.0  # So that HiGHS sees whole costs too.
        self._raise(self._bound)

    def _costs_are_whole(self) -> bool:
        """True when every answer costs a whole number, so that bounds may be rounded up."""
        model = self._model
        n, k = model.items.n_items, model.n_reps
        if n * k > _MOST_PAIRS or np.isfinite(model.elastic).any() or model.fixed_cost != np.rint(model.fixed_cost):
            return False
        cost = pair_cost(model, model.items, np.repeat(np.arange(n), k), np.tile(np.arange(k), n))
        allowed = model.allowed[model.items.class_row].ravel()
        return bool(np.all(cost[allowed] == np.rint(cost[allowed])) and np.abs(cost[allowed]).sum() < _WHOLE)

    def run(self) -> EngineOutcome:
        """Alternate until the gap is closed or time is up."""
        few = self._inst.n_accounts * self._inst.n_reps <= _MOST_PAIRS
        steps: dict[str, Callable[[], bool]] = {"search": self._search}
        if few:
            steps |= {"near": self._look_near, "prove": self._prove}
        rate = dict.fromkeys(steps, np.inf)
        waits = dict.fromkeys(steps, 0)
        turn = 0
        while not self._over():
            began, before = time.perf_counter(), self._distance()
            # Every second turn goes to the one that has waited longest: what did not help then may help now.
            order = rate if turn % 2 == 0 else waits
            step = max(rate, key=lambda name: (order[name], waits[name]))
            turn += 1
            self._most_turn *= _LONGER
            useful = steps[step]()
            waits = {name: 0 if name == step else waited + 1 for name, waited in waits.items()}
            rate[step] = (before - self._distance()) / max(time.perf_counter() - began, 1e-3)
            if not useful:
                del rate[step], waits[step]
        return self._outcome()

    def _distance(self) -> float:
        return self._state.cost() - self._bound

    def _over(self) -> bool:
        closed = relative_gap(self._state.cost(), self._bound) <= max(self._gap, 0.9 * _PROVEN)
        return self._settled or closed or self._clock.stop()

    def _turn_seconds(self) -> float:
        return max(min(self._turn * self._clock.left(), self._most_turn), _LEAST_TURN)

    def _search(self) -> bool:
        """Lower the objective by programs over a few reps."""
        part = self._clock.part(self._turn_seconds())
        state, clock = self._state, self._clock
        # In excess over the multipliers' own bound.
        target = (self._bound / (1.0 - min(self._gap, 0.5)) if self._bound > 0 else self._bound) - self._least
        with clock.stage("subsets"):
            self._subsets.run(
                target=target, seconds=lambda: min(part.left(), clock.left()), stop=clock.stop,
                report=lambda: clock.tell("subsets", self._least + state.excess(), self._bound),
            )  # fmt: skip
            state.refresh()
        return True

    def _prove(self) -> bool:
        """Solve all pairs within some reduced cost; False when even the least helpful choice has too many."""
        state, clock = self._state, self._clock
        if self._tree is not None and not self._tree.is_over:
            self._grow(self._tree)
            return True
        with clock.stage("fix"):
            before = state.cost()
            program, roof = self._left_over(before)
        if program is None:
            return False
        if not program.item.size:
            self._raise(min(before, roof))
            self._settled = roof >= before
            return True
        waits = suits(program) and not trees.ready
        if roof >= before and self._tree is None and suits(program) and not waits:
            self._tree = self._planted(program, np.inf)
            self._grow(self._tree)
            return True
        # Where numbers got in the way of the tree, or it is too large, the solver has to do.
        n_open = program.cost.size - program.item.size
        few = n_open <= _FEW_OPEN and roof >= before and not waits
        margin = _ROUNDING * program.item.size * self._unit_cost
        began = last = time.perf_counter()
        turn = clock.left() if few else self._turn_seconds()

        def told(bound: float) -> None:
            nonlocal last
            known = self._bound
            self._raise(min(before + min(bound - program.paid, 0.0) - margin, roof))
            if self._bound > known + 1e-3 * (before - known):
                last = time.perf_counter()

        def stop() -> bool:
            now = time.perf_counter()
            stale = not few and now - began > turn and now - last > max(_LEAST_TURN, _PATIENCE * (last - began))
            return stale or self._bound >= min(roof, before) or clock.stop()

        with clock.stage("prove"):
            answer = solve_program(
                program, seconds=max(clock.left(), 0.01), seed=self._seed, unit_cost=self._unit_cost,
                absolute_gap=max(0.5 * self._gap, 0.2 * _PROVEN) * abs(before), stop=stop, report=told, strict=True,
                effort=None if few else 0.0,
            )  # fmt: skip
        if answer.choice is not None and program.gain(answer.choice) > 0:
            rep = state.rep.copy()
            rep[program.item] = program.reps[program.pair_rep[answer.choice]]
            take(state, rep)
        if not answer.infeasible:
            told(answer.bound)
        clock.tell("prove", state.cost(), self._bound)
        return True

    def _step(self) -> float:
        """Return how much better an answer has to be to be of interest."""
        near = _CLOSE * max(self._gap, _PROVEN) * abs(self._state.cost())
        return max(near, 0.5) if self._whole else near

    def _planted(self, program: Program, roof: float) -> Grown:
        with self._clock.stage("tree"):
            unit = max(self._distance(), 1e-9 * abs(self._bound), 1e-300)
            return Grown(self._state, program, roof, unit=unit, step=self._step())

    def _grow(self, tree: Grown) -> None:
        """Go on with branch and bound from where it stopped the last time."""
        clock = self._clock
        part = clock.part(self._turn_seconds())
        with clock.stage("tree"):
            better = tree.run(
                step=self._step(), seconds=lambda: min(part.left(), clock.left()), stop=self._over,
                report=lambda: self._raise(min(self._state.cost(), tree.bound)),
            )  # fmt: skip
        self._idle = 0 if better else self._idle + (tree is self._core)
        clock.tell("tree", self._state.cost(), self._bound)

    def _look_near(self) -> bool:
        """Branch and bound over the pairs of little reduced cost; False once these are all there are.

        What makes the best answer is nearly always among them, and there are few: answers are found sooner.
        """
        if not trees.ready:
            return True
        if self._core is None or self._core.is_over or self._idle >= _MOST_IDLE:
            state, cost = self._state, self._state.cost()
            reach = self._core_share * (cost - self._least)
            self._core_share *= _WIDER
            if self._core_share > 1.0:
                return False
            with self._clock.stage("fix"):
                reps = np.arange(self._model.n_reps)
                program = narrowed(build_program(state, reps, per_arc=None, at_most=reach, exact=True), state)
            if program.cost.size - program.item.size > _MOST_OPEN:
                return False
            self._idle = 0
            if not suits(program):
                return True
            self._core = self._planted(program, self._least + reach - 1e-9 * max(abs(cost), self._unit_cost))
        self._grow(self._core)
        return True

    def _left_over(self, objective: float) -> tuple[Program | None, float]:
        """Return a program over the pairs within some reduced cost, and the least any other answer can cost.

        Up to objective - L those are all that matter. Where they are too many, fewer are taken: an answer that uses
        none of the others is the program's, one that does costs at least L plus the reduced cost that was left out.
        """
        reps = np.arange(self._model.n_reps)
        # Slightly more than the rule asks for, so that rounding leaves no pair out.
        most = (objective - self._least) + 1e-9 * max(abs(objective), self._unit_cost)
        program, reach = build_program(self._state, reps, per_arc=None, at_most=most, exact=True), most
        if program.cost.size - program.item.size > _MOST_OPEN:
            item = np.repeat(program.item, np.diff(program.first))
            excess = self._state.priced(item, program.pair_rep)[0] - self._state.best_value[item]
            excess[program.first[:-1]] = np.inf
            reach = float(np.partition(excess, _MOST_OPEN)[_MOST_OPEN]) * (1.0 - 1e-9)
            if self._least + reach <= self._bound:
                return None, -np.inf
            program = build_program(self._state, reps, per_arc=None, at_most=reach, exact=True)
        program = narrowed(program, self._state)
        if reach == most:
            return program, np.inf
        return program, self._least + reach - 1e-9 * max(abs(objective), self._unit_cost)

    def _raise(self, bound: float) -> None:
        """Keep a better bound; tell it when it has closed a noticeable part of the distance."""
        self._bound = max(self._bound, np.ceil(bound - _BELOW) if self._whole and np.isfinite(bound) else bound)
        objective = self._state.cost()
        if self._bound - self._told > _WORTH_TELLING * (objective - self._told):
            self._told = self._bound
            self._clock.tell("prove", objective, self._bound)

    def _outcome(self) -> EngineOutcome:
        clock, first = self._clock, self._first
        rep_index = self._model.fixed_rep.copy()
        rep_index[self._model.account_index] = self._state.rep
        objective, broken = score(self._inst, rep_index, first.scale)
        if broken or objective > first.objective:
            assert first.rep_index is not None
            rep_index, objective = first.rep_index, first.objective
        bound = min(self._bound, objective)
        gap = relative_gap(objective, bound)
        status = EngineStatus.FEASIBLE
        limit: EngineLimit | None = EngineLimit.TIME
        if gap <= _PROVEN:
            status, limit = EngineStatus.OPTIMAL, None
        elif gap <= self._gap:
            limit = EngineLimit.GAP
        elif clock.interrupted:
            limit = EngineLimit.INTERRUPTED
        return replace(
            first, rep_index=rep_index, objective=objective, bound=bound, status=status, limit=limit,
            seconds={**first.seconds, **clock.stages},
        )  # fmt: skip
