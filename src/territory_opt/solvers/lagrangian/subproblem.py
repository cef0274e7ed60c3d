"""Small integer programs: some accounts of a few reps are assigned anew, everything else stays."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.solvers.lagrangian.offers import argmax_by, nearest, offers
from territory_opt.solvers.lagrangian.state import State

__all__ = ["Answer", "Program", "build_program", "program_totals", "search_program", "solve_program", "split_prices"]

_LARGE = 0.05
_PRESOLVED_PAIRS = 10_000
"""Beyond these presolve takes a second and more, and finds next to nothing."""
_INSIDE = 1e-6
"""The solver's tolerance is absolute: its bands are this much narrower, in average contributions."""


@dataclass(frozen=True, slots=True)
class Program:
    """An assignment program over a few reps.

    Parameters
    ----------
    item : ndarray of shape (q,)
        Accounts that may move.
    first : ndarray of shape (q + 1,)
        First pair of every account; the pair it has now comes first.
    pair_rep : ndarray of shape (p,)
        Position in ``reps``.
    cost : ndarray of shape (p,)
        Real cost relative to the current pair.
    amount : ndarray of shape (p, M)
        Contributions.
    reps : ndarray of shape (s,)
        The reps.
    lower, upper : ndarray of shape (s, M)
        Bands less what stays in the books, narrowed by the solver's tolerance.
    soft_lower, soft_upper : ndarray of shape (s, M)
        The same for elastic bands.
    outside : ndarray of shape (M,)
        Cost of a unit outside an elastic band, 0 for the other measures.
    paid : float
        What the reps pay for that now.
    """

    item: IntArray
    first: IntArray
    pair_rep: IntArray
    cost: FloatArray
    amount: FloatArray
    reps: IntArray
    lower: FloatArray
    upper: FloatArray
    soft_lower: FloatArray
    soft_upper: FloatArray
    outside: FloatArray
    paid: float

    def gain(self, choice: IntArray) -> float:
        """Return what a choice saves."""
        if not self.outside.any():
            return -float(self.cost[choice].sum())
        totals = program_totals(self, choice)
        over = np.maximum(totals - self.soft_upper, 0.0) + np.maximum(self.soft_lower - totals, 0.0)
        return self.paid - float(np.sum(self.outside * over)) - float(self.cost[choice].sum())


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver found: chosen pair per account (None without a solution), and whether that is proven best.

    ``infeasible`` is True only when the solver proved that the program has no solution; ``bound`` is a lower bound
    on the program's cost (minus infinity if unknown).
    """

    choice: IntArray | None
    proven: bool
    infeasible: bool
    bound: float


def build_program(
    state: State, reps: IntArray, *, per_arc: int | None, n_pairs: int | None = None, focus: int | None = None,
    at_most: float = np.inf, exact: bool = False, stop: Callable[[], bool] | None = None,
) -> Program:  # fmt: skip
    """Collect pairs among some reps.

    Parameters
    ----------
    state : State
        Current assignment.
    reps : ndarray of shape (s,)
        Reps that take part.
    per_arc : int or None
        Cheapest accounts per ordered pair of reps (by reduced cost), and every account above 5 % of a book; None
        for all.
    n_pairs : int or None
        Cheapest pairs in all; None for all.
    focus : int or None
        Rep who gets half of ``n_pairs``: an isolated book trades at prices at which its neighbours have hundreds.
    at_most : float
        Leave out pairs whose reduced cost exceeds the account's best by more.
    exact : bool
        Leave the bands as they are, for a valid bound, instead of narrowing them by the solver's tolerance.
    stop : callable, optional
        Asked every half a million pairs; once True, the pairs not looked at yet are left out: no bound then.
    """
    model = state.model
    who = np.concatenate([state.members[j] for j in reps]) if reps.size else np.empty(0, np.int64)
    place = np.full(model.n_reps, -1)
    place[reps] = np.arange(reps.size)
    here, here_amount = state.priced(who, state.rep[who])
    local = np.full(model.items.n_items, -1)
    local[who] = np.arange(who.size)
    parts = []
    for part in offers(state, reps, who, at_most, stop):
        if per_arc is not None:  # A piece has all accounts of its reps: the nearest in it are the nearest of all.
            item, rep, reduced, amount = part
            near = nearest(place[state.rep[item]] * reps.size + place[rep], reduced - here[local[item]], per_arc)
            near |= _is_large(state, amount)
            part = item[near], rep[near], reduced[near], amount[near]
        parts.append(part)
    item, rep, reduced, amount = (np.concatenate([part[column] for part in parts]) for column in range(4))
    change = reduced - here[local[item]]
    keep = np.ones(item.size, dtype=np.bool_)
    if n_pairs is not None and keep.sum() > n_pairs:
        rank = np.flatnonzero(keep)
        rank = rank[np.argsort(change[rank], kind="stable")]
        if focus is not None:
            own = (rep[rank] == focus) | (state.rep[item[rank]] == focus)
            own &= np.cumsum(own) <= n_pairs // 2
            rank = np.concatenate([rank[own], rank[~own]])
        keep[rank[n_pairs:]] = False
    item, rep, reduced, amount = item[keep], rep[keep], reduced[keep], amount[keep]
    free = np.unique(item)
    now = local[free]
    item = np.concatenate([free, item])
    rep = np.concatenate([state.rep[free], rep])
    reduced, amount = np.concatenate([here[now], reduced]), np.concatenate([here_amount[now], amount])
    rank = np.argsort(item, kind="stable")
    item, rep, reduced, amount = item[rank], rep[rank], reduced[rank], amount[rank]
    first = np.concatenate([np.searchsorted(item, free), [item.size]]).astype(np.int64)
    cost = reduced - np.sum(amount * state.price[rep], axis=1)
    cost -= np.repeat(cost[first[:-1]], np.diff(first))
    stays = state.totals[reps].copy()
    np.subtract.at(stays, place[state.rep[free]], amount[first[:-1]])
    margin = np.where(model.integer_measure, -0.4 / state.bands.unit, 0.0 if exact else _INSIDE)
    lower, upper = state.lower[reps] - stays + margin, state.upper[reps] - stays - margin
    tight = lower > upper
    middle = 0.5 * (np.where(tight, lower, 0.0) + np.where(tight, upper, 0.0))
    lower, upper = np.where(tight, middle, lower), np.where(tight, middle, upper)
    return Program(
        free, first, place[rep], cost, amount, reps, lower, upper, state.soft_lower[reps] - stays,
        state.soft_upper[reps] - stays, np.where(state.is_soft, state.bands.most, 0.0),
        float(state.soft_cost()[reps].sum()),
    )  # fmt: skip


def _is_large(state: State, amount: FloatArray) -> BoolArray:
    """Mark pairs that fill a good part of a book: never among the cheapest, and often what has to move."""
    band = np.where(np.isfinite(state.upper), np.abs(state.upper), np.inf)
    result: BoolArray = np.any(amount > _LARGE * np.median(band, axis=0), axis=1)
    return result


def solve_program(
    program: Program, *, seconds: float, seed: int, elastic: bool = False, unit_cost: float = 1.0,
    absolute_gap: float = 0.0, warm: bool = True, stop: Callable[[], bool] | None = None,
    report: Callable[[float], None] | None = None, strict: bool = False, effort: float | None = None,
    prompt: bool = False,
) -> Answer:  # fmt: skip
    """Solve a program with HiGHS.

    Parameters
    ----------
    program : Program
        The program.
    seconds : float
        Time limit.
    seed : int
        Seed of the solver.
    elastic : bool
        Bands may be broken; the total violation is minimised instead of the cost.
    unit_cost : float
        Costs are divided by this.
    absolute_gap : float
        Stop when cost is proven this close to the best.
    warm : bool
        Start from the current assignment (which must satisfy the bands).
    stop : callable, optional
        Asked by HiGHS now and then; True ends the solve. HiGHS may overrun its own time limit, so the limit is
        also checked there.
    report : callable, optional
        Told a lower bound on the program's cost now and then.
    strict : bool
        Tolerances of 1e-9: for a program whose bands were not narrowed and whose bound is relied on.
    effort : float, optional
        Share of the work HiGHS may spend on heuristics.
    prompt : bool
        Keep the time limit in large programs, too, by leaving HiGHS's presolve out: it looks at no clock.
    """
    import highspy

    if not program.item.size:
        return Answer(None, False, False, -np.inf)
    solver = highspy.Highs()
    for name, value in (
        ("output_flag", False), ("threads", 1), ("time_limit", max(seconds, 0.01)), ("random_seed", seed % 2**31),
        ("mip_rel_gap", 0.0), ("mip_abs_gap", max(absolute_gap / unit_cost, 1e-9)),
    ):  # fmt: skip
        solver.setOptionValue(name, value)
    if prompt and program.cost.size > _PRESOLVED_PAIRS:
        solver.setOptionValue("presolve", "off")
    if effort is not None:
        solver.setOptionValue("mip_heuristic_effort", effort)
    if strict:
        for name in ("mip_feasibility_tolerance", "primal_feasibility_tolerance", "dual_feasibility_tolerance"):
            solver.setOptionValue(name, 1e-9)
        solver.setOptionValue("mip_pscost_minreliable", 1)  # Proves faster here: less strong branching.
    solver.passModel(_model(program, elastic, unit_cost))
    if warm or elastic:
        start = np.zeros(program.cost.size)
        start[program.first[:-1]] = 1.0
        if elastic:
            totals = program_totals(program, program.first[:-1])
            over, under = totals - program.upper, program.lower - totals
            start = np.concatenate([start, np.maximum(under, 0.0).ravel(), np.maximum(over, 0.0).ravel()])
        elif program.outside.any():
            start = np.concatenate([start, *_soft_misses(program, program.first[:-1])])
        solver.setSolution(start.size, np.arange(start.size, dtype=np.int32), start)
    told = None if report is None else lambda bound: report(bound * (1.0 if elastic else unit_cost))
    _run(solver, time.perf_counter() + seconds, stop, told)
    status = solver.getModelStatus()
    info = solver.getInfo()
    infeasible = status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible)
    proven = status == highspy.HighsModelStatus.kOptimal
    bound = -np.inf if infeasible else float(info.mip_dual_bound) * (1.0 if elastic else unit_cost)
    if info.primal_solution_status != 2 or infeasible:
        return Answer(None, proven, infeasible, bound)
    shares = np.asarray(solver.getSolution().col_value)[: program.cost.size]
    choice = argmax_by(shares, program.first)
    return Answer(choice, proven, False, bound)


def split_prices(program: Program, *, seconds: float, stop: Callable[[], bool] | None = None) -> FloatArray | None:
    """Return multipliers (s, M) of the least violation when accounts may be split; None if split ones fit.

    Notes
    -----
    The duals of the elastic linear program: where its optimum is positive they are a Farkas certificate.
    """
    import highspy

    solver = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("time_limit", max(seconds, 0.01))):
        solver.setOptionValue(name, value)
    if program.cost.size > _PRESOLVED_PAIRS:
        solver.setOptionValue("presolve", "off")
    lp = _model(program, True, 1.0)
    lp.integrality_ = []
    solver.passModel(lp)
    _run(solver, time.perf_counter() + seconds, stop)
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    if solver.getInfo().objective_function_value <= 1e-6:
        return None
    dual = np.asarray(solver.getSolution().row_dual)[program.item.size :]
    result: FloatArray = -dual.reshape(program.lower.shape)
    return result


def _run(
    solver: Any, deadline: float, stop: Callable[[], bool] | None, report: Callable[[float], None] | None = None
) -> None:
    """Run HiGHS, which asks now and then whether to go on, and tells its bound."""
    from highspy import cb

    def callback(kind: int, _message: str, out: Any, data: Any, _: object) -> None:
        try:
            if report is not None and kind == kinds.kCallbackMipInterrupt and np.isfinite(out.mip_dual_bound):
                report(float(out.mip_dual_bound))
            if data is not None and (caught or time.perf_counter() > deadline or (stop is not None and stop())):
                data.user_interrupt = True
        except KeyboardInterrupt as error:  # It must not cross HiGHS: kept until HiGHS has come back.
            caught.append(error)
            if data is not None:
                data.user_interrupt = True

    caught: list[KeyboardInterrupt] = []
    kinds = cb.HighsCallbackType
    solver.setCallback(callback, None)
    for kind in (kinds.kCallbackMipInterrupt, kinds.kCallbackSimplexInterrupt, kinds.kCallbackIpmInterrupt):
        solver.startCallback(kind)
    solver.run()
    if caught:
        raise caught[0]


def program_totals(program: Program, choice: IntArray) -> FloatArray:
    """Return what chosen pairs add to the books, (s, M)."""
    totals = np.zeros(program.lower.shape)
    np.add.at(totals, program.pair_rep[choice], program.amount[choice])
    return totals


def _soft_misses(program: Program, choice: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return by how much chosen pairs fall short of and exceed the elastic bands, measure by measure."""
    totals, soft = program_totals(program, choice), np.flatnonzero(program.outside)
    below = np.maximum(program.soft_lower - totals, 0.0)[:, soft]
    above = np.maximum(totals - program.soft_upper, 0.0)[:, soft]
    return below.ravel(), above.ravel()


def search_program(program: Program, price: FloatArray, *, penalty: float) -> Answer:
    """Search a program by moves of one and two accounts, without any solver.

    Parameters
    ----------
    program : Program
        The program.
    price : ndarray of shape (k, M)
        Multipliers of all reps.
    penalty : float
        Price of a unit outside a band.
    """
    from territory_opt.kernels.search import search

    s = program.reps.size
    local = np.ascontiguousarray(price[program.reps])
    rows = np.where(program.outside > 0, 0.0, local)  # What an elastic band costs outside is left to the programs.
    reduced = program.cost + np.sum(program.amount * local[program.pair_rep], axis=1)
    choice = program.first[:-1].copy()
    totals = program_totals(program, choice)
    far = 1e9 * (1.0 + float(np.abs(totals).max(initial=0.0)))
    by_rep = np.argsort(program.pair_rep, kind="stable")
    rep_first = np.searchsorted(program.pair_rep[by_rep], np.arange(s + 1)).astype(np.int64)
    amount = np.ascontiguousarray(program.amount)
    search(
        program.first, program.pair_rep, reduced, amount, choice, by_rep, rep_first, totals,
        np.maximum(program.lower, -far), np.minimum(program.upper, far), rows, penalty, 4, 2,
        program.cost.size, True, np.ones(s, np.bool_),
    )  # fmt: skip
    return Answer(choice, False, False, -np.inf)


def _model(program: Program, elastic: bool, unit_cost: float) -> Any:
    """Return the HiGHS model: one row per account, one per book and measure."""
    import highspy

    n_pairs, n_items = program.cost.size, program.item.size
    n_measures = program.lower.shape[1]
    inf = highspy.kHighsInf
    lower, upper = program.lower.flatten(), program.upper.flatten()
    n_rows = n_items + lower.size
    run = np.repeat(np.arange(n_items), np.diff(program.first))
    books = n_items + program.pair_rep[:, None] * n_measures + np.arange(n_measures)
    index = np.concatenate([run[:, None], books], axis=1).ravel()
    value = np.concatenate([np.ones((n_pairs, 1)), program.amount], axis=1).ravel()
    start = np.arange(n_pairs + 1) * (n_measures + 1)
    cost = np.zeros(n_pairs) if elastic else program.cost / unit_cost
    col_upper = np.ones(n_pairs)
    n_extra = 0
    if elastic:
        n_extra = 2 * lower.size
        row = n_items + np.arange(lower.size)
        index = np.concatenate([index, row, row])
        value = np.concatenate([value, np.ones(lower.size), -np.ones(lower.size)])
        start = np.concatenate([start, start[-1] + 1 + np.arange(n_extra)])
        cost = np.concatenate([cost, np.ones(n_extra)])
        col_upper = np.concatenate([col_upper, np.full(n_extra, inf)])
    elif program.outside.any():
        soft = np.flatnonzero(program.outside)
        place = np.arange(program.reps.size)[:, None] * n_measures + soft
        lower[place], upper[place] = program.soft_lower[:, soft], program.soft_upper[:, soft]
        n_extra = 2 * place.size
        index = np.concatenate([index, n_items + place.ravel(), n_items + place.ravel()])
        value = np.concatenate([value, np.ones(place.size), -np.ones(place.size)])
        start = np.concatenate([start, start[-1] + 1 + np.arange(n_extra)])
        cost = np.concatenate([cost, np.tile(program.outside[soft] / unit_cost, 2 * program.reps.size)])
        col_upper = np.concatenate([col_upper, np.full(n_extra, inf)])
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n_pairs + n_extra, n_rows
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(n_pairs + n_extra), col_upper
    lp.row_lower_ = np.concatenate([np.ones(n_items), np.where(np.isfinite(lower), lower, -inf)])
    lp.row_upper_ = np.concatenate([np.ones(n_items), np.where(np.isfinite(upper), upper, inf)])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = start.astype(np.int32)
    lp.a_matrix_.index_ = index.astype(np.int32)
    lp.a_matrix_.value_ = value
    whole, real = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    lp.integrality_ = [whole] * n_pairs + [real] * n_extra
    return lp
