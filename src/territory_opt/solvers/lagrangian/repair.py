"""Make every band hold: small integer programs along the cheapest paths to where there is room, growing to all reps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from territory_opt._typing import FloatArray, IntArray
from territory_opt.solvers.lagrangian.core import Core
from territory_opt.solvers.lagrangian.state import State
from territory_opt.solvers.lagrangian.subproblem import Answer, Program, build_program, search_program, solve_program

__all__ = ["Repair", "core_graph", "exchange_graph", "repair"]

_SAMPLE = 400
_CHEAPEST = 10
_GROWTH = ((1, 0, 60), (2, 2, 60), (4, 3, 100), (4, 8, 100), (8, 16, 50), (16, 32, 30))
"""Ends of paths, reps around, and accounts per ordered pair of reps, growing."""
_MUCH, _SOME = 0.3, 0.02
"""Part of a violation that a search, and an integer program, has to take away; less would creep."""
_SEARCHED = 12_000
"""Pairs a search still handles in a fraction of a second."""
_PUSHES = (100.0, 1e5)
"""Penalties of a broken band, in typical costs: first gentle, then at any price."""


@dataclass(frozen=True, slots=True)
class Repair:
    """How a repair ended: every band holds, or the whole program was proven to have no solution, or time ran out."""

    feasible: bool
    infeasible: bool
    detail: str


def exchange_graph(state: State, *, stop: Callable[[], bool] | None = None) -> csr_matrix:
    """Return what it costs to pass an account on: (k, k), mean of the ten cheapest changes of reduced cost.

    Parameters
    ----------
    state : State
        The assignment.
    stop : callable, optional
        Asked rep by rep; once True, the arcs of the other reps are left out.

    Notes
    -----
    Up to 400 accounts per rep are priced, the ones that stand nearest to a change first; an arc costs at least a
    tiny positive amount, so that shortest paths are defined.
    """
    model, k = state.model, state.model.n_reps
    rows, cols, data = [], [], []
    near = _neighbours(state)
    for j in range(k):
        who = state.members[j]
        if stop is not None and stop():
            break
        if not who.size:
            continue
        if who.size > _SAMPLE:
            who = who[:: -(-who.size // _SAMPLE)]
        to = near[j]
        item, rep = np.repeat(who, to.size), np.tile(to, who.size)
        reduced, _ = state.priced(item, rep)
        here, _ = state.priced(who, state.rep[who])
        allowed = model.allowed[model.items.class_row[item], rep]
        change = np.where(allowed, reduced - np.repeat(here, to.size), np.inf).reshape(who.size, to.size)
        count = min(_CHEAPEST, who.size)
        part = np.partition(change, count - 1, axis=0)[:count]
        usable = np.isfinite(part)
        mean = np.where(usable, part, 0.0).sum(0) / np.maximum(usable.sum(0), 1)
        keep = usable.any(0)
        rows.append(np.full(int(keep.sum()), j))
        cols.append(to[keep])
        data.append(mean[keep])
    if not rows:
        return csr_matrix((k, k))
    return _graph(np.concatenate(data), np.concatenate(rows), np.concatenate(cols), k)


def core_graph(core: Core, rep: IntArray) -> csr_matrix:
    """Return the exchange graph of the near-best pairs alone: no pricing, but arcs may be missing."""
    k = core.rest.shape[0]
    who = np.repeat(np.arange(core.item.size), np.diff(core.first))
    now = rep[core.item][who]
    chosen = np.flatnonzero(core.pair_rep == now)
    held = np.zeros(core.item.size)
    held[who[chosen]] = core.excess[chosen]
    other = np.flatnonzero(core.pair_rep != now)
    arc, change = now[other] * k + core.pair_rep[other], core.excess[other] - held[who[other]]
    order = np.lexsort((change, arc))
    arc, change = arc[order], change[order]
    name, begin, place = np.unique(arc, return_index=True, return_inverse=True)
    first_ten = np.arange(arc.size) - begin[place] < _CHEAPEST
    total = np.bincount(place[first_ten], weights=change[first_ten], minlength=name.size)
    weight: FloatArray = total / np.maximum(np.bincount(place[first_ten], minlength=name.size), 1)
    return _graph(weight, name // k, name % k, k)


def _graph(weight: FloatArray, rows: IntArray, cols: IntArray, k: int) -> csr_matrix:
    """Return arcs with weights that are positive, so that shortest paths are defined."""
    least = 1e-6 * max(float(np.abs(weight).mean()) if weight.size else 0.0, 1e-12)
    return csr_matrix((np.maximum(weight, least), (rows, cols)), shape=(k, k))


def _neighbours(state: State) -> list[IntArray]:
    """Return the reps worth trading with, per rep: the nearest 40 homes and every rep without a home."""
    from scipy.spatial import cKDTree

    model, k = state.model, state.model.n_reps
    if k <= 60 or not model.has_home.any():
        return [np.delete(np.arange(k), j) for j in range(k)]
    homes = np.flatnonzero(model.has_home)
    others = np.flatnonzero(~model.has_home)[:20]
    _, index = cKDTree(model.homes[homes]).query(model.homes, k=min(41, homes.size))
    out = []
    for j in range(k):
        near = np.union1d(homes[index[j]], others)
        out.append(near[near != j])
    return out


def repair(
    state: State, graph: csr_matrix, *, seconds: Callable[[], float], seed: int, stop: Callable[[], bool],
    unit_cost: float,
) -> Repair:  # fmt: skip
    """Move accounts until every band holds.

    Parameters
    ----------
    state : State
        The assignment; changed.
    graph : csr_matrix of shape (k, k)
        What it costs to pass an account on; priced anew when it does not lead anywhere.
    seconds : callable
        Time left.
    seed : int
        Seed of the integer programs.
    stop : callable
        True when the caller wants out.
    unit_cost : float
        Typical cost, for scaling.

    Notes
    -----
    The worst row is mended first: shortest paths in the exchange graph lead from its rep to the nearest reps with
    room (or from the nearest with plenty), the reps on them form a program with the cheapest accounts per ordered
    pair. What does not succeed grows: more ends, more accounts, then the reps around, then all reps and all pairs. A
    program that breaks bands less is accepted on the way. Only the last program, over everything, can prove that
    there is no solution.
    """
    fresh = False
    while True:
        state.refresh()
        broken = state.violation()
        if not broken.any():
            return Repair(True, False, "")
        if stop() or seconds() <= 0:
            return Repair(False, False, describe(state, broken))
        j, m = np.unravel_index(int(np.argmax(broken)), broken.shape)
        if _mend(state, graph, int(j), int(m), seconds, seed, stop, unit_cost):
            continue
        if fresh:
            return _whole(state, seconds, seed, stop)
        graph, fresh = exchange_graph(state, stop=stop), True


def _mend(
    state: State, graph: csr_matrix, j: int, m: int, seconds: Callable[[], float], seed: int,
    stop: Callable[[], bool], unit_cost: float,
) -> bool:  # fmt: skip
    """Lower the violation of one row; False when no subset of reps that was tried could."""
    over = state.totals[j, m] > state.upper[j, m]
    distance, before = dijkstra(graph if over else graph.T, indices=j, return_predecessors=True)
    need = float(state.violation()[j, m])
    room = (state.upper - state.totals)[:, m] if over else (state.totals - state.lower)[:, m]
    ends = np.flatnonzero((room > need) & np.isfinite(distance) & (np.arange(room.size) != j))
    ends = ends[np.argsort(distance[ends], kind="stable")]
    stages: list[tuple[IntArray, int]] = []
    for n_ends, around, per_arc in _GROWTH:
        near = np.argsort(distance, kind="stable")[: around + 1]
        reps = np.union1d(_along(before, ends[:n_ends], j), near[np.isfinite(distance[near])])
        if reps.size > 1 and not any(reps.size == old.size and per_arc == count for old, count in stages):
            stages.append((reps, per_arc))
    for reps, per_arc in stages:
        if stop() or seconds() <= 0:
            return True
        program = build_program(state, reps, per_arc=per_arc)
        if program.cost.size > _SEARCHED:
            break
        for push in _PUSHES:
            if _accept(state, program, search_program(program, state.price, penalty=push * unit_cost), _MUCH):
                return True
    for reps, per_arc in stages:
        if stop() or seconds() <= 0:
            return True
        program = build_program(state, reps, per_arc=per_arc)
        limit = min(seconds(), 0.5 + 0.25 * reps.size)
        answer = solve_program(program, seconds=limit, seed=seed, unit_cost=unit_cost, warm=False,
                               absolute_gap=0.02 * unit_cost, stop=stop, prompt=True)  # fmt: skip
        if _accept(state, program, answer, _SOME):
            return True
        if reps.size >= 4:
            answer = solve_program(
                program, seconds=min(limit, seconds()), seed=seed, elastic=True, stop=stop, prompt=True
            )
            if _accept(state, program, answer, _SOME):
                return True
    return False


def _along(before: IntArray, ends: IntArray, j: int) -> IntArray:
    """Return the reps on the shortest paths from j to the ends."""
    found = {j}
    for end in ends:
        at = int(end)
        while at not in found and at >= 0:
            found.add(at)
            at = int(before[at])
    return np.array(sorted(found), dtype=np.int64)


def _accept(state: State, program: Program, answer: Answer, least: float) -> bool:
    """Apply an answer when it takes away at least this part of what the bands of its reps are broken by."""
    if answer.choice is None:
        return False
    was = float(state.violation()[program.reps].sum())
    old = state.rep[program.item].copy()
    state.move(program.item, program.reps[program.pair_rep[answer.choice]])
    if float(state.violation()[program.reps].sum()) <= was * (1.0 - least):
        return True
    state.move(program.item, old)
    return False


def _whole(state: State, seconds: Callable[[], float], seed: int, stop: Callable[[], bool]) -> Repair:
    """Solve one program over all reps and, where that is not enough, all pairs."""
    reps = np.arange(state.model.n_reps)
    for per_arc in (30, None):
        size = state.model.items.n_items * state.model.n_reps
        if per_arc is None and size > 20_000_000:
            break
        if seconds() <= 0 or stop():
            break
        program = build_program(state, reps, per_arc=per_arc, stop=stop)
        if stop():
            break
        answer = solve_program(program, seconds=seconds(), seed=seed, elastic=True, stop=stop, prompt=True)
        accepted = _accept(state, program, answer, 1e-6)
        broken = state.violation()
        if not broken.any():
            return Repair(True, False, "")
        if per_arc is None and answer.proven and answer.bound > 1e-5 and not state.model.free_scale.any():
            return Repair(False, True, "no integer assignment fits: " + describe(state, broken))
        if accepted:
            continue
    return Repair(False, False, describe(state, state.violation()))


def describe(state: State, broken: FloatArray) -> str:
    """Name the worst broken band: position of the rep, measure index, by how much, and what stands against it.

    Notes
    -----
    A book short of one measure is held back by an upper bound of another one, and a book with too much of one pushed
    by a lower bound: by the one whose multiplier is the largest there.
    """
    j, m = np.unravel_index(int(np.argmax(broken)), broken.shape)
    unit = state.bands.unit[m]
    over = bool(state.totals[j, m] > state.upper[j, m])
    side = "above its upper" if over else "below its lower"
    against = np.where(np.arange(broken.shape[1]) == m, 0.0, -state.price[j] if over else state.price[j])
    most = int(np.argmax(against))
    cause = ""
    if against[most] > 0:
        cause = f", against which its {'lower' if over else 'upper'} bound of measure {most} stands"
    return (
        f"rep {j} is {broken[j, m] * unit:.6g} {side} bound of measure {m}{cause}; "
        f"{int(np.count_nonzero(broken.any(1)))} reps are outside their bands"
    )
