"""Generalised assignment to proof: one capacity a book, whole weights, and any costs."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from territory_opt._frozen import FrozenArrays
from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.costs import Costs
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.criteria.grouping import Together
from territory_opt.criteria.ownership import Forbid, Lock
from territory_opt.criteria.travel import Travel
from territory_opt.formulation.costs import pair_costs, pair_hours
from territory_opt.formulation.formulate import formulate, pair_values
from territory_opt.formulation.groups import Groups
from territory_opt.problem import Problem
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.termination import Limit

__all__ = ["Knapsacks", "lay_knapsacks", "search_knapsacks"]

_FEWEST_PAIRS, _MOST_PAIRS, _MOST_ACCOUNTS = 400, 20_000, 1_000
"""Below, one integer program is as fast and waits for no compiler; above, a node takes too long."""

_PAIRWISE = (Costs, Disruption, Eligible, Forbid, Lock, Seniority, Together, Travel)
"""Criteria that say something about pairs of account and rep, or about families, and nothing else."""

_LARGEST_ROOM, _LARGEST_TABLE = 20_000, 20_000_000
_FORGIVEN = 5e-7
_ROUNDING = 1e-9
_ROOT_STEPS, _ROOT_ROUNDS, _STEPS, _SWEEPS = 200, 10, 20, 200
_REACH, _NEARER = 0.5, 0.8
_BATCH_SECONDS, _FIRST_BATCH, _MOST_BATCH = 0.2, 8, 2_000
_STACK_BYTES = 200_000_000
_PROVEN = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Knapsacks(FrozenArrays):
    """A problem whose only limit is one capacity per book.

    Attributes
    ----------
    groups : Groups
        Items: families merged.
    cost : ndarray of float, shape (n_items, n_reps)
        Objective of every pair.
    weight : ndarray of int, shape (n_items, n_reps)
        What an item takes of a book.
    room : ndarray of int, shape (n_reps,)
        Capacities.
    allowed : ndarray of bool, shape (n_items, n_reps)
        Pairs that the rules leave and that fit.
    """

    groups: Groups
    cost: FloatArray
    weight: IntArray
    room: IntArray
    allowed: BoolArray

    @property
    def grain(self) -> float:
        """Least difference of two objectives: 1 for whole costs, else 0."""
        return 1.0 if bool((self.cost == np.round(self.cost)).all()) else 0.0


def lay_knapsacks(problem: Problem, home_index: IntArray | None) -> Knapsacks | None:
    """Read a problem as generalised assignment; None where it is more than that, too small or too large.

    Parameters
    ----------
    problem : Problem
        The statement.
    home_index : ndarray of int, shape (n_reps,), or None
        Chosen homes.
    """
    n_pairs = problem.n_accounts * problem.n_reps
    if not _FEWEST_PAIRS <= n_pairs <= _MOST_PAIRS or problem.n_accounts > _MOST_ACCOUNTS:
        return None
    limits = [c for c in problem.criteria if isinstance(c, Balance | BookLimits)]
    others = [c for c in problem.criteria if not isinstance(c, Balance | BookLimits)]
    if len(limits) != 1 or not all(isinstance(c, _PAIRWISE) for c in others):
        return None
    if any(isinstance(c, Travel | Disruption) and c.is_limit for c in others):
        return None
    limit = limits[0]
    if isinstance(limit, BookLimits):
        low, high = limit.per_rep(problem.n_reps)
    elif limit.between is not None and limit.is_limit:
        low, high = (edge * problem.team.capacity for edge in limit.between)
    else:
        return None
    if not problem.measure(limit.measure).integer:
        return None
    formulation = formulate(problem, home_index=home_index)
    groups, table = formulation.groups, formulation.table
    hours = groups.total(pair_hours(problem, home_index)) if problem.has_travel else np.zeros(table.allowed.shape)
    weight = pair_values(problem, groups, limit.measure, hours, home_index)
    if (low > 0).any() or (weight < 0).any() or weight.max() > 2**40:
        return None
    whole = weight.astype(np.int64)
    unit = max(int(np.gcd.reduce(whole, axis=None)), 1)
    whole //= unit
    most = np.where(np.isfinite(high), np.floor((high + _FORGIVEN * np.maximum(np.abs(high), 1.0)) / unit), np.inf)
    room = np.clip(most, -1, whole.sum(axis=0)).astype(np.int64)
    allowed = table.allowed & (whole <= room)
    n, k = whole.shape
    if room.max() > _LARGEST_ROOM or k * (n + 1) * (int(room.max()) + 1) > _LARGEST_TABLE:
        return None
    return Knapsacks(groups, pair_costs(problem, groups, hours), whole, room, allowed)


def search_knapsacks(knapsacks: Knapsacks, request: Request) -> Attempt:
    """Branch and bound on the knapsack relaxation, until proven or out of time.

    Parameters
    ----------
    knapsacks : Knapsacks
        From :func:`lay_knapsacks`.
    request : Request
        Limits and listeners.

    Returns
    -------
    Attempt
        Best alignment and bound.

    Notes
    -----
    The bound of a node relaxes the assignment of the items; pairs that no better answer can have are taken away, as in
    M. Posta, J. A. Ferland and P. Michelon, "An exact method with variable fixing for solving the generalized
    assignment problem", Comput. Optim. Appl. 52 (2012) 629-644. Depth first: the item whose second choice is dearest is
    settled first. Kernels are compiled at first use.
    """
    if (knapsacks.room < 0).any() or not knapsacks.allowed.any(axis=1).all():
        return Attempt(None, math.inf, None, "an account fits no book, or a book may hold less than nothing")
    search = _Search(knapsacks, request)
    search.root()
    return search.run()


class _Search:
    """Best answer, bound and the stack of open nodes."""

    def __init__(self, knapsacks: Knapsacks, request: Request) -> None:
        self._given, self._request = knapsacks, request
        cost = np.ascontiguousarray(knapsacks.cost, dtype=np.float64)
        n, k = cost.shape
        self._cost, self._weight, self._room = cost, knapsacks.weight, knapsacks.room
        wide = int(knapsacks.room.max()) + 1
        self._work = (
            np.empty((k, n + 1, wide)), np.zeros((k, n), dtype=np.int64), np.zeros(k, dtype=np.int64),
            np.zeros(k, dtype=np.int64), np.zeros(k), np.empty(wide), np.zeros((n, k)),
        )  # fmt: skip
        size = float(np.abs(np.where(knapsacks.allowed, cost, 0.0)).max(axis=1).sum())
        grain = knapsacks.grain
        # Sums of whole costs are told apart by far less than one.
        self._slack = max(_ROUNDING * size, 1e-3 * grain)
        self._less = max(grain - 2.0 * self._slack, 0.0) if grain else max(_PROVEN * size / max(n, 1), 2 * self._slack)
        self._grain = grain
        self.objective, self.bound = math.inf, -math.inf
        self.answer = np.zeros(n, dtype=np.int64)
        ranked = np.sort(np.where(knapsacks.allowed, cost, np.inf), axis=1)
        self._price = np.where(np.isfinite(ranked[:, min(1, k - 1)]), ranked[:, min(1, k - 1)], ranked[:, 0])
        self._least = float(ranked[:, 0].sum())
        self._take_start()

    def _take_start(self) -> None:
        start = self._request.start
        if start is None:
            return
        groups = self._given.groups
        reps = start[groups.order[groups.starts]]
        rows = np.arange(len(reps))
        load = np.bincount(reps, weights=self._weight[rows, reps], minlength=len(self._room))
        fits = np.array_equal(reps[groups.index], start) and self._given.allowed[rows, reps].all()
        if fits and (load <= self._room).all():
            self._better(float(self._cost[rows, reps].sum()), reps)

    def _better(self, objective: float, answer: IntArray) -> None:
        if objective < self.objective:
            self.objective, self.answer = objective, answer.copy()
            self._request.tell("search", objective, self.bound if math.isfinite(self.bound) else None)

    @property
    def _limit(self) -> float:
        """Answers above are of no interest: they are not better, or not by what was asked."""
        if not math.isfinite(self.objective):
            # No assignment costs more than this.
            return float(np.where(self._given.allowed, self._cost, -np.inf).max(axis=1).sum()) + self._slack
        wanted = self._request.gap * abs(self.objective)
        return self.objective - max(self._less, wanted)

    def _rounded_up(self, bound: float) -> float:
        return math.ceil(bound - self._slack) if self._grain else bound - self._slack

    def root(self) -> None:
        """Bound and first answers."""
        from territory_opt.kernels.knapsacks import price_node, rounded_answer

        given = self._given
        n, k = self._cost.shape
        share, chosen = np.zeros((n, k)), np.zeros((n, k), dtype=np.bool_)
        answer = np.zeros(n, dtype=np.int64)
        for turn in range(_ROOT_ROUNDS):
            if self._stopped() and math.isfinite(self.bound):
                return
            level = self.bound if math.isfinite(self.bound) else self._least
            top = self.objective if math.isfinite(self.objective) else level + _REACH * abs(level)
            # Nearer and nearer to the bound: steps towards the answer itself would swing for ever.
            aim = level + max(top - level, self._less) * _NEARER**turn
            allowed, owner = given.allowed.copy(), np.full(n, -1, dtype=np.int64)
            state, bound = price_node(
                self._cost, self._weight, self._room, allowed, owner, self._price, np.inf, aim, self._slack,
                _ROOT_STEPS, self._work, chosen, share, answer,
            )  # fmt: skip
            self.bound = max(self.bound, self._rounded_up(bound))
            if state == 2:
                self._better(float(self._cost[np.arange(n), answer].sum()), answer)
                self.bound = self.objective
                return
            scale = max(self._less, _ROUNDING)
            value = rounded_answer(self._cost, self._weight, self._room, allowed, owner, share, scale, _SWEEPS, answer)
            if math.isfinite(value):
                self._better(value, answer)
            self._request.tell("bound", None, self.bound)

    def run(self) -> Attempt:
        """Search the tree."""
        from territory_opt.kernels.knapsacks import explore

        n, k = self._cost.shape
        deepest = int(np.clip(_STACK_BYTES // (n * k + 16 * n), 50, n * k + 2))
        pairs, owners = np.zeros((deepest, n, k), dtype=np.bool_), np.full((deepest, n), -1, dtype=np.int64)
        prices, answer = np.zeros((deepest, n)), np.zeros(n, dtype=np.int64)
        pairs[0], prices[0] = self._given.allowed, self._price
        depth, batch = 1, _FIRST_BATCH
        while depth and not self._stopped() and self._open():
            began, limit = time.perf_counter(), self._limit
            depth, _, objective = explore(
                self._cost, self._weight, self._room, pairs, owners, prices, depth, limit, self._less, self._slack,
                _STEPS, batch, self._work, answer,
            )  # fmt: skip
            self._better(objective, answer)
            if depth + 2 > deepest:
                break
            spent = time.perf_counter() - began
            batch = int(np.clip(batch * _BATCH_SECONDS / max(spent, 1e-3), 1, _MOST_BATCH))
        if not depth:
            return self._proven()
        bound = min(self.bound, self.objective)
        if math.isfinite(self.objective):
            return Attempt(self.answer[self._given.groups.index], bound, self._ended(), "")
        return Attempt(None, bound, self._ended(), "no alignment was found within the capacities")

    def _open(self) -> bool:
        """Whether the bound leaves room for what is asked."""
        return not math.isfinite(self.objective) or self.objective - self.bound > self._request.gap * abs(
            self.objective
        )

    def _stopped(self) -> bool:
        cancel = self._request.cancel
        return self._request.remaining <= 0 or (cancel is not None and cancel.requested)

    def _ended(self) -> Limit | None:
        if self._open():
            return self._request.stopped_by()
        return Limit.GAP if self.objective > self.bound else None

    def _proven(self) -> Attempt:
        """Nothing better is left in the tree."""
        if not math.isfinite(self.objective):
            return Attempt(None, math.inf, None, "no alignment keeps the capacities")
        self.bound = max(self.bound, min(self._rounded_up(self._limit + self._slack), self.objective))
        self._request.tell("search", self.objective, self.bound)
        limit = Limit.GAP if self.objective > self.bound else None
        return Attempt(self.answer[self._given.groups.index], self.bound, limit, "")
