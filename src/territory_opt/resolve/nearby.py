"""A large problem, re-solved over the moves that are worth a look, with a bound over all of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from territory_opt._typing import FloatArray, IntArray, read_only
from territory_opt.alignment import Alignment
from territory_opt.evaluation import evaluate
from territory_opt.multipliers import Multipliers
from territory_opt.problem import Problem
from territory_opt.resolve.books import fixed_limits, placed_medians
from territory_opt.resolve.ground import Ground, Reduced
from territory_opt.resolve.items import Items
from territory_opt.resolve.ledgers import Ledger, lay_ledgers
from territory_opt.resolve.master import Linear, Master
from territory_opt.resolve.pricing import Priced, best_pairs, block_values, price_everything, proven, sound_duals
from territory_opt.resolve.rounding import Board, rounded
from territory_opt.resolve.sparse import build_sparse, lay_base
from territory_opt.resolve.warm import engine_prices, known_prices, row_duals
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.solvers.base import ProgramOptions, ProgramReason, whole_point
from territory_opt.solvers.highs import solve_with_highs

__all__ = ["Nearby"]

_ROUNDS, _INNER, _BUSY = 8, 6, 20
_PER_PLACED, _PER_MOVE = 3, 2
_POOL, _SOME, _BOARD = 3_000, 1_000, 600
_SLACK, _DEARER = 20.0, 4.0
_MOST_COLUMNS = (2_500, 8_000, 25_000)
_TIE, _WHOLE, _HALF = 1e-6, 0.999, 0.5
_STEPS_FEW, _STEPS_MANY, _HURRY = 20, 60, 3.0
_NEAR, _STALLED, _LINEAR_SHARE, _CERTAIN, _FULL = 0.3, 1e-5, 0.5, 3, 10.0


@dataclass(frozen=True, slots=True)
class _Aim:
    """What is minimised: ``cost`` times the objective plus ``move`` per move, within so many moves."""

    cost: float
    move: float
    moves_at_most: float


class Nearby:
    """Re-solve with columns made on demand.

    Parameters
    ----------
    problem : Problem
        The edited problem.
    items : Items
        Where everything was.
    home_index : ndarray of int, shape (n_reps,)
        Homes of the open reps.
    multipliers : Multipliers, optional
        Prices of the books to begin with; without, the large engine is asked for some.

    Notes
    -----
    The linear program over a few thousand moves gives prices of the bands; at these every pair is priced exactly,
    which gives a bound over all moves (Lagrangian duality) and the columns that are missing. With the columns near
    the best an integer program is solved.
    """

    def __init__(
        self, problem: Problem, items: Items, home_index: IntArray, multipliers: Multipliers | None = None
    ) -> None:
        self.multipliers = multipliers
        self.problem, self.items, self.homes = problem, items, home_index
        self.ground = Ground(problem, items, home_index)
        self.base = lay_base(self.ground)
        self.placed = np.flatnonzero(items.current < 0)
        self.bound = -math.inf
        self.first: IntArray | None = None
        self.first_objective = math.inf
        self.tried = items.current
        self.pool = np.zeros(0, dtype=np.int64)
        self.impossible = not all(
            items.allowed(self.placed[at : at + 10_000]).any(axis=1).all() for at in range(0, len(self.placed), 10_000)
        )
        k = problem.n_reps
        none = Reduced.of_nothing(k, len(self.ground.caps), 1.0)
        cheapest = best_pairs(self.ground, none, 0.0, self.placed[:_POOL], 1)[2]
        self.typical = max((self.base.size + float(np.abs(cheapest).sum())) / (_FULL * k), 1e-9)

    def solve(self, moves_at_most: float, request: Request) -> Attempt:
        """Best alignment within so many moves; the bound is of the problem with that limit."""
        return self._search(_Aim(1.0, 0.0, moves_at_most), request)

    def fewest(self, request: Request) -> Attempt:
        """Alignment with few moves; its bound is a proven least number of moves."""
        return self._search(_Aim(_TIE / self.typical, 1.0, math.inf), request)

    def _search(self, aim: _Aim, request: Request) -> Attempt:
        if self.impossible:
            return Attempt(None, math.inf, None, "a rule leaves an account without any rep")
        self.bound, self.first, self.first_objective = -math.inf, None, math.inf
        if request.start is not None and aim.cost == 1.0:
            self._keep(request.start[self.items.groups.order[self.items.groups.starts]])
        linear = self._columns(aim, request.within(_LINEAR_SHARE * request.remaining))
        found, detail = self.first, "no answer was found among the moves that were looked at"
        if linear is not None:
            found, detail = self._whole_answer(aim, linear, request)
        rep_index = None if found is None else found[self.items.groups.index]
        return Attempt(rep_index, self.bound, request.stopped_by(), detail, self.multipliers)

    def _keep(self, found: IntArray | None) -> None:
        """Keep an answer if every criterion agrees, which rounding does not know, and it is the better one."""
        if found is None:
            return
        score = evaluate(self.problem, Alignment.from_index(self.problem, found[self.items.groups.index], self.homes))
        if score.feasible and (self.first is None or score.objective < self.first_objective):
            self.first, self.first_objective = found, score.objective

    def _whole_answer(self, aim: _Aim, linear: Linear, request: Request) -> tuple[IntArray | None, str]:
        """Round, then solve integer programs over growing numbers of columns."""
        ledgers = lay_ledgers(self.problem, placed_medians(self.ground, self.base, linear))
        reduced, move = linear.sparse.reduced(linear.dual, aim.cost), self._move_price(aim, linear)
        self._keep(self._rounded(aim, ledgers, reduced, move, linear))
        found = self.first
        detail = "none of the moves looked at keeps every criterion"
        for most in _MOST_COLUMNS:
            if self._stop(request)():
                break
            item, rep = self._near(aim, linear, most)
            better, objective, said = self._integer(aim, ledgers, item, rep, found, request)
            if better is None:
                detail = said
                continue
            found, detail = better, ""
            if aim.cost != 1.0 or objective - self.bound <= request.gap * abs(objective):
                break
        return found, detail

    def _rounded(
        self,
        aim: _Aim,
        ledgers: tuple[Ledger, ...],
        reduced: Reduced,
        move: float,
        linear: Linear | None,
        board: int = _BOARD,
    ) -> IntArray | None:
        """Reps of all items after rounding the fractional answer; None when the books could not be mended."""
        k, items = self.items.n_reps, self.items
        moving = np.zeros(0, dtype=np.int64)
        if linear is not None:
            moving = linear.item[(linear.x > 1e-9) & (items.current[linear.item] >= 0)]
        which = np.concatenate([self.placed, np.unique(np.concatenate([moving, self.pool[:board]]))])
        value = block_values(self.ground, reduced, move, which)
        home = items.current[which]
        stays = np.flatnonzero(home >= 0)
        value[stays] += move * items.n_stay[which[stays]][:, None]
        value[stays, home[stays]] = 0.0
        pairs = np.repeat(which, k), np.tile(np.arange(k), len(which))
        limits = np.array([fixed_limits(self.ground, self.base, ledger, linear) for ledger in ledgers]).reshape(
            len(ledgers), 2, k
        )
        amount = np.zeros((len(ledgers), len(which), k))
        book = np.zeros((len(ledgers), k))
        for row, ledger in enumerate(ledgers):
            amount[row] = self.ground.amount(ledger.measure, *pairs).reshape(-1, k) / ledger.scale
            book[row] = self.base.books[ledger.measure] / ledger.scale
        table = Board(
            home.copy(), items.moves(*pairs).reshape(-1, k), value, amount, book, limits[:, 0], limits[:, 1],
            aim.moves_at_most,
        )  # fmt: skip
        if linear is not None:
            at = np.full(items.n_items, -1, dtype=np.int64)
            at[which] = np.arange(len(which))
            for column in np.flatnonzero(linear.x > _WHOLE).tolist():
                q = int(at[linear.item[column]])
                if table.moves[q, linear.rep[column]] <= table.moves_left:
                    table.put(q, int(linear.rep[column]))
        mended = rounded(table)
        chosen = items.current.copy()
        chosen[which] = table.rep
        self.tried = chosen
        return chosen if mended and table.moves_left >= 0 else None

    def _columns(self, aim: _Aim, request: Request) -> Linear | None:
        """Make columns until the linear program over them is nearly the one over all of them."""
        stop = self._stop(request)
        reduced = Reduced.of_nothing(self.items.n_reps, len(self.ground.caps), aim.cost)
        self.pool = np.zeros(0, dtype=np.int64)
        slack = _SLACK * (self.typical * aim.cost + aim.move)
        master = Master(
            self.ground,
            self.base,
            lay_ledgers(self.problem),
            self._objective(aim),
            slack,
            self.typical * aim.cost + aim.move,
        )
        item, rep, _ = best_pairs(self.ground, reduced, aim.move, self.placed, _PER_PLACED)
        self._keep(self._rounded(aim, master.ledgers, reduced, aim.move, None, board=0))
        # Where they ended is where there is room, or nearly so.
        item = np.concatenate([item, self.placed])
        rep = np.concatenate([rep, self.tried[self.placed]])
        master.add(item, rep, aim.moves_at_most, aim.cost * self.base.cost, aim.cost)
        linear, guide = None, self._begun(master, aim, request)
        for number in range(_ROUNDS):
            for turn in range(_INNER):
                last = math.inf if linear is None else linear.objective
                # The first few are never cut short by the clock either: without them no answer is worth having.
                deadline = math.inf if number == 0 and turn < _CERTAIN else request.deadline
                linear = master.solve(deadline, request.cancel)
                if linear is None:
                    return guide
                guide = linear
                more = self._extend(master, linear, aim)
                if not more or last - linear.objective <= _STALLED * abs(linear.objective):
                    break
            assert linear is not None and guide is not None
            guide = replace(guide, dual=sound_duals(guide.sparse, guide.dual, aim.cost))
            reduced, move = guide.sparse.reduced(guide.dual, aim.cost), self._move_price(aim, guide)
            priced = price_everything(self.ground, reduced, move, stop)
            if priced is None:
                return guide
            self.pool = self._pool(priced.value)
            self._raise_bound(aim, guide, priced, move, request)
            near = linear.objective - self.bound <= _NEAR * request.gap * abs(linear.objective)
            if (near and linear.slack <= 1e-7) or request.remaining <= 0:
                break
            if not self._extend(master, guide, aim) and not more:
                if linear.slack <= 1e-7 or slack > 1e6 * self.typical:
                    break
                slack *= _DEARER
                master.dearer(_DEARER)
        return guide

    def _begun(self, master: Master, aim: _Aim, request: Request) -> Linear | None:
        """First bound and columns at the prices of the large engine; None without."""
        if aim.cost != 1.0 or master.sparse is None:
            return None
        prices = known_prices(self.multipliers, master.ledgers)
        if prices is None:
            # The first bound is never cut short by the clock, only by a cancel.
            steps = _STEPS_MANY if request.remaining > _HURRY else _STEPS_FEW
            prices = engine_prices(self.problem, self.items, self.homes, steps, self._cancelled(request))
            if prices is None:
                return None
            names = tuple(ledger.measure for ledger in master.ledgers)
            self.multipliers = Multipliers(names, read_only(prices.T.copy()), settled=False)
        sparse, none = master.sparse, np.zeros(0, dtype=np.int64)
        dual = sound_duals(sparse, row_duals(sparse, prices), aim.cost)
        guide = Linear(sparse, none, none, np.zeros(0), dual, math.inf, math.inf)
        priced = price_everything(self.ground, sparse.reduced(dual, aim.cost), 0.0, self._cancelled(request))
        if priced is None:
            return None
        self._raise_bound(aim, guide, priced, 0.0, request)
        self.pool = self._pool(priced.value)
        item, rep, _ = best_pairs(self.ground, sparse.reduced(dual, aim.cost), 0.0, self.placed, 2 * _PER_PLACED)
        other, to, _ = best_pairs(self.ground, sparse.reduced(dual, aim.cost), 0.0, self.pool, _PER_MOVE)
        item, rep = np.concatenate([item, other]), np.concatenate([rep, to])
        master.add(item, rep, aim.moves_at_most, aim.cost * self.base.cost, aim.cost)
        return guide

    def _raise_bound(self, aim: _Aim, linear: Linear, priced: Priced, move: float, request: Request) -> None:
        dual = linear.dual
        if aim.cost != 1.0:
            if linear.objective < _HALF:
                return  # No move is needed as far as the fractional answer can tell.
            # Moves alone, without the part of the cost that breaks ties.
            dual = sound_duals(linear.sparse, linear.dual, 0.0)
            reduced = linear.sparse.reduced(dual, 0.0)
            counted = price_everything(self.ground, reduced, move, self._stop(request))
            if counted is None:
                return
            priced = counted
        now = proven(
            self.ground, self.base, linear.sparse, dual, priced, cost=1.0 if aim.cost == 1.0 else 0.0, move=move,
            moves_at_most=aim.moves_at_most,
        )  # fmt: skip
        self.bound = max(self.bound, now)
        if aim.cost == 1.0:
            request.tell("bound", None, self.bound)

    def _objective(self, aim: _Aim) -> Callable[[IntArray, IntArray], FloatArray]:
        def objective(item: IntArray, rep: IntArray) -> FloatArray:
            home = self.items.current[item]
            stays = home >= 0
            cost = self.ground.cost(item, rep)
            cost[stays] -= self.ground.cost(item[stays], home[stays])
            result: FloatArray = aim.cost * cost + aim.move * self.items.moves(item, rep)
            return result

        return objective

    def _cancelled(self, request: Request) -> Callable[[], bool]:
        return lambda: request.cancel is not None and request.cancel.requested

    def _stop(self, request: Request) -> Callable[[], bool]:
        cancelled = self._cancelled(request)
        return lambda: request.remaining <= 0 or cancelled()

    def _move_price(self, aim: _Aim, linear: Linear) -> float:
        row = linear.sparse.cap_row
        return aim.move - (0.0 if row < 0 else min(float(linear.dual[row]), 0.0))

    def _pool(self, value: FloatArray) -> IntArray:
        """Items that could stay whose best move is worth most."""
        stays = np.flatnonzero(self.items.current >= 0)
        gain = value[stays]
        if len(stays) > _POOL:
            stays = stays[np.argpartition(gain, _POOL)[:_POOL]]
        ranked: IntArray = stays[np.argsort(value[stays], kind="stable")]
        return ranked

    def _busy(self, reduced: Reduced) -> IntArray:
        """Items in the books whose limits cost most: where a move is likely to pay."""
        if not len(reduced.measure):
            return np.zeros(0, dtype=np.int64)
        full = np.array([np.abs(self.base.books[name]).mean() for name in reduced.measure])
        costly = np.argsort(-(np.abs(reduced.price) * full[:, None]).sum(axis=0), kind="stable")[:_BUSY]
        marked = np.zeros(self.items.n_reps + 1, dtype=bool)  # the last stands for items without a rep
        marked[costly] = True
        return np.flatnonzero(marked[self.items.current])

    def _extend(self, master: Master, linear: Linear, aim: _Aim) -> bool:
        """Add the columns that the prices ask for; False when there are none."""
        reduced, move = linear.sparse.reduced(linear.dual, aim.cost), self._move_price(aim, linear)
        item, rep, value = best_pairs(self.ground, reduced, move, self.placed, _PER_PLACED)
        level = linear.dual[np.searchsorted(self.placed, item)]
        worth = 1e-9 * max(1.0, abs(linear.objective) / max(len(self.placed), 1))
        good = value < level - worth
        stays = np.union1d(self.pool, self._busy(reduced))
        other, to, change = best_pairs(self.ground, reduced, move, stays, _PER_MOVE)
        change = change + move * self.items.n_stay[other]
        fine = np.flatnonzero(change < -worth)
        if len(fine) > _SOME:
            fine = fine[np.argpartition(change[fine], _SOME)[:_SOME]]
        return master.add(
            np.concatenate([item[good], other[fine]]), np.concatenate([rep[good], to[fine]]), aim.moves_at_most,
            aim.cost * self.base.cost, aim.cost,
        )  # fmt: skip

    def _near(self, aim: _Aim, linear: Linear, most: int) -> tuple[IntArray, IntArray]:
        """Columns of least reduced cost, and those in use."""
        k, sparse = self.items.n_reps, linear.sparse
        reduced, move = sparse.reduced(linear.dual, aim.cost), self._move_price(aim, linear)
        wide = max(_PER_PLACED, min(k, most // max(len(self.placed), 1)))
        item, rep, value = best_pairs(self.ground, reduced, move, self.placed, wide)
        least = np.full(self.items.n_items, np.inf)
        np.minimum.at(least, item, value)
        excess = value - least[item]
        moved = best_pairs(self.ground, reduced, move, self.pool, _PER_MOVE + 2)
        change = np.maximum(moved[2] + move * self.items.n_stay[moved[0]], 0.0)
        chosen = [_least(item * k + rep, excess, most // 2), _least(moved[0] * k + moved[1], change, most // 2)]
        used = linear.x > 1e-9
        code = np.unique(np.concatenate([*chosen, linear.item[used] * k + linear.rep[used]]))
        return code // k, code % k

    def _integer(
        self, aim: _Aim, ledgers: tuple[Ledger, ...], item: IntArray, rep: IntArray, known: IntArray | None,
        request: Request,
    ) -> tuple[IntArray | None, float, str]:  # fmt: skip
        """Best whole answer over some columns; None when there is none among them."""
        k, current = self.items.n_reps, self.items.current
        if known is not None:
            used = np.flatnonzero(known != current)
            code = np.unique(np.concatenate([item * k + rep, used * k + known[used]]))
            item, rep = code // k, code % k
        sparse = build_sparse(
            self.ground, self.base, ledgers, item, rep, moves_at_most=aim.moves_at_most,
            objective=self._objective(aim)(item, rep), offset=aim.cost * self.base.cost, slack_price=None,
            elastic=aim.cost, exact=True,
        )  # fmt: skip
        start = None
        if known is not None:
            start = np.zeros(sparse.program.n_columns)
            start[: len(item)] = known[item] == rep
            start = whole_point(sparse.program, start)
        options = ProgramOptions(
            time_limit=request.remaining,
            gap=request.gap if aim.cost == 1.0 else 0.0,
            absolute_gap=0.0 if aim.cost == 1.0 else 0.5,
            seed=request.seed,
            threads=request.threads,
            start=start,
        )
        outcome = solve_with_highs(sparse.program, options, cancel=request.cancel)
        if outcome.x is None:
            infeasible = outcome.reason is ProgramReason.INFEASIBLE
            said = "none of the moves looked at keeps every criterion" if infeasible else outcome.detail
            return None, math.inf, said
        chosen = current.copy()
        used = np.flatnonzero(outcome.x[: len(item)] > 0.5)
        chosen[item[used]] = rep[used]
        return chosen, sparse.program.objective(outcome.x), outcome.detail


def _least(code: IntArray, excess: FloatArray, count: int) -> IntArray:
    return code if len(code) <= count else code[np.argpartition(excess, count)[:count]]
