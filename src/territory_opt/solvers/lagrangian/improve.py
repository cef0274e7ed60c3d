"""Close the gap from above: programs over a few reps where the excess over the bound sits, then one over the rest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_matrix

from territory_opt.solvers.lagrangian.clock import Clock
from territory_opt.solvers.lagrangian.offers import count_offers
from territory_opt.solvers.lagrangian.repair import exchange_graph
from territory_opt.solvers.lagrangian.state import State
from territory_opt.solvers.lagrangian.subproblem import build_program, solve_program

__all__ = ["PROVEN", "close_gap", "finish", "improve"]

PROVEN = 1e-6
"""Relative gap that counts as a proof."""

_RARE = 0.08
_LAST_PROGRAM = 3_000_000
_FEW_PAIRS, _MANY_PAIRS = 3_000, 60_000
_LAST_SHARE = 0.4


def close_gap(
    state: State,
    bound: float,
    gap: float,
    clock: Clock,
    seed: int,
    unit_cost: float,
    keep: Callable[[State, float], None],
) -> float:
    """Run small programs until gap or time is reached, and one last program where it is small.

    Parameters
    ----------
    state : State
        A feasible assignment; changed.
    bound : float
        Lower bound on the objective.
    gap : float
        Relative gap to reach.
    clock : Clock
        Time left, and whom to tell.
    seed : int
        Seed of the choices and of the solver.
    unit_cost : float
        Typical cost, for scaling.
    keep : callable
        Given the assignment and its objective after every improvement, so that an interrupt loses nothing.

    Returns
    -------
    float
        The bound, raised where the last program proved more.
    """
    objective = state.cost()
    # The gap is relative to the objective, which falls too: excess <= gap * (bound + excess).
    target = 0.999 * gap * (abs(bound) / max(1.0 - gap, 0.5) if bound > 0 else abs(objective))
    if objective - bound <= target or clock.stop():
        return bound

    def report(excess: float) -> None:
        keep(state, bound + excess)
        clock.tell("improve", bound + excess, bound)

    n_open = _n_open(state, clock)
    if n_open > _FEW_PAIRS and not clock.stop():
        share = _LAST_SHARE * clock.left() if n_open <= _MANY_PAIRS else 0.0
        improve(
            state, exchange_graph(state, stop=clock.stop), excess=objective - bound, target=target,
            seconds=lambda: clock.left() - share, stop=clock.stop, seed=seed, unit_cost=unit_cost,
            report=report,
        )  # fmt: skip
        if clock.stop() or state.cost() - bound <= target:
            return bound
        n_open = _n_open(state, clock)
    if n_open <= _MANY_PAIRS and not clock.stop():
        tolerance = max(0.5 * target, 0.4 * PROVEN * abs(objective))
        proven = finish(state, seconds=clock.left, seed=seed, unit_cost=unit_cost, tolerance=tolerance, stop=clock.stop)
        # At one chosen scale the program says nothing about the others.
        bound = bound if state.model.free_scale.any() else max(bound, proven)
        objective = state.cost()
        keep(state, objective)
        clock.tell("last program", objective, bound)
    return bound


def _n_open(state: State, clock: Clock) -> int:
    """Return how many pairs the last program would have; more than it may where nobody needs to know or time is up."""
    if state.model.items.n_items * state.model.n_reps > _LAST_PROGRAM:
        return _MANY_PAIRS + 1
    return count_offers(state, state.excess(), most=_MANY_PAIRS, stop=clock.stop)


def improve(
    state: State, graph: csr_matrix, *, excess: float, target: float, seconds: Callable[[], float],
    stop: Callable[[], bool], seed: int, unit_cost: float, report: Callable[[float], None],
) -> float:  # fmt: skip
    """Lower the objective until the excess over the bound falls to ``target``.

    Parameters
    ----------
    state : State
        A feasible assignment; changed.
    graph : csr_matrix of shape (k, k)
        What passing an account on costs.
    excess : float
        Objective minus bound now.
    target : float
        Excess to reach.
    seconds, stop
        Time left; True when the caller wants out.
    seed : int
        Seed of the choices and of the solver.
    unit_cost : float
        Typical cost, for scaling.
    report : callable
        Told the excess after every improvement.

    Returns
    -------
    float
        The excess reached.

    Notes
    -----
    A rep is drawn in proportion to its excess, two or three neighbours by how cheaply they trade with it; the pairs
    with the smallest change of reduced cost are free, half of them pairs of the drawn rep; the rest is folded into the
    bands. Where fewer than 8 % of the programs help, they get more reps and more pairs.
    """
    rng = np.random.default_rng(seed)
    width, n_pairs, tries, wins = 3, 150, 0, 0
    by_rep = np.maximum(state.rep_excess(), 0.0)
    while excess > target and not stop() and seconds() > 0:
        total = by_rep.sum()
        if total <= 0:
            break
        j = int(rng.choice(by_rep.size, p=by_rep / total))
        reps = _company(graph, j, width, rng)
        if reps.size < 2:
            by_rep[j] = 0.0
            continue
        program = build_program(state, reps, per_arc=None, n_pairs=n_pairs, focus=j)
        limit = min(seconds(), 1.0 + 0.5 * (width - 3))
        answer = solve_program(
            program, seconds=limit, seed=int(rng.integers(2**31)), unit_cost=unit_cost,
            absolute_gap=0.02 * max(float(by_rep[reps].sum()), 1e-12), stop=stop,
        )  # fmt: skip
        tries += 1
        gain = 0.0 if answer.choice is None else program.gain(answer.choice)
        if gain > 1e-9 * unit_cost and answer.choice is not None:
            old = state.rep[program.item].copy()
            state.move(program.item, reps[program.pair_rep[answer.choice]])
            if state.violation()[reps].any():
                state.move(program.item, old)
            else:
                wins += 1
                excess -= gain
                report(excess)
                by_rep = np.maximum(state.rep_excess(), 0.0)
        else:
            by_rep[j] *= 0.5
        if tries >= 50:
            if wins < _RARE * tries:
                width, n_pairs = min(width + 1, 8), min(n_pairs + 50, 500)
            by_rep = np.maximum(state.rep_excess(), 0.0)
            tries, wins = 0, 0
    return excess


def finish(
    state: State, *, seconds: Callable[[], float], seed: int, unit_cost: float, tolerance: float,
    stop: Callable[[], bool],
) -> float:  # fmt: skip
    """Solve what reduced-cost fixing leaves over as one integer program.

    Parameters
    ----------
    state : State
        A feasible assignment; changed when the program finds a better one.
    seconds : callable
        Time left.
    seed : int
        Seed of the solver.
    unit_cost : float
        Typical cost, for scaling.
    tolerance : float
        Stop when the objective is proven this close.
    stop : callable
        True when the caller wants out.

    Returns
    -------
    float
        Lower bound on the objective of the whole instance.

    Notes
    -----
    A pair whose reduced cost exceeds the account's best by more than objective - bound is in no better assignment
    (Geoffrion 1974, doi:10.1007/BFb0120690); the rest of the program is exact.
    """
    before = state.cost()
    reps = np.arange(state.model.n_reps)
    program = build_program(state, reps, per_arc=None, at_most=state.excess(), exact=True, stop=stop)
    if stop():
        return -np.inf
    if not program.item.size:
        return before
    answer = solve_program(
        program, seconds=seconds(), seed=seed, unit_cost=unit_cost, absolute_gap=tolerance, stop=stop
    )
    if answer.choice is not None and program.gain(answer.choice) > 0:
        old = state.rep[program.item].copy()
        state.move(program.item, reps[program.pair_rep[answer.choice]])
        if state.violation().any():
            state.move(program.item, old)
    if answer.infeasible:
        return -np.inf
    return before + min(answer.bound - program.paid, 0.0) - 1e-9 * abs(before)


def _company(graph: csr_matrix, j: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Return j and up to ``width`` reps it trades with cheaply."""
    lo, hi = graph.indptr[j], graph.indptr[j + 1]
    to, price = graph.indices[lo:hi], graph.data[lo:hi]
    if not to.size:
        return np.array([j])
    chance = 1.0 / (price + 0.1 * float(np.median(price)) + 1e-12)
    count = min(width, to.size)
    pick = rng.choice(to, size=count, replace=False, p=chance / chance.sum())
    return np.unique(np.append(pick, j)).astype(np.int64)
