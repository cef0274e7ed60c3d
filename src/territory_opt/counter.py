"""After a move by hand: which move or swap in return restores the balance best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.alignment import Alignment
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.costs import Costs
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.criteria.ownership import Forbid, Lock
from territory_opt.criteria.travel import Travel
from territory_opt.criteria.variation import Variation
from territory_opt.errors import DataError, Issue
from territory_opt.evaluation import evaluate
from territory_opt.problem import Problem
from territory_opt.verdicts import band_reference

__all__ = ["CounterMove", "counter_moves"]

_SCORED = 40
_MOST_SWAPS, _THINNED = 1_000_000, 1_000


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CounterMove:
    """A move or swap in return.

    Attributes
    ----------
    moves : tuple of (str, str, str)
        Account id, rep before, rep after: one for a move, two for a swap.
    alignment : Alignment
        The alignment with it, as a child of the one it answers.
    objective_change : float
        Objective against the alignment it answers; negative is better.
    breaks : tuple of str
        Limits that are broken with it, in words; empty when every limit is kept.
    """

    moves: tuple[tuple[str, str, str], ...]
    alignment: Alignment
    objective_change: float
    breaks: tuple[str, ...]

    def __repr__(self) -> str:
        moved = ", ".join(f"{account}: {before} -> {after}" for account, before, after in self.moves)
        kept = "every limit kept" if not self.breaks else f"breaks {'; '.join(self.breaks)}"
        return f"CounterMove({moved}; objective {self.objective_change:+,.6g}; {kept})"


def counter_moves(problem: Problem, alignment: Alignment, n: int = 5) -> tuple[CounterMove, ...]:
    """Best moves and swaps between the reps of the last step.

    Parameters
    ----------
    problem : Problem
        The statement.
    alignment : Alignment
        With at least one step; the accounts of the last one stay where it put them.
    n : int
        At most so many, 1 or more.

    Returns
    -------
    tuple of CounterMove
        Those that keep every limit first, by objective; then those that break the fewest. Every one is scored from
        scratch.

    Raises
    ------
    DataError
        If there is no step to answer, or ``n`` is not a whole number of at least 1.

    Notes
    -----
    Every account of the receiving book may go back, alone or for one of the giving book. The 40 that leave the bands
    least broken, at the least travel and disruption, are scored by :func:`territory_opt.evaluate`. Accounts that are
    locked stay.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": list("abcd"), "acv": [9e4, 8e4, 9e4, 8e4]})
    >>> team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    >>> problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.1)])
    >>> moved = topt.Alignment.from_index(problem, [0, 0, 1, 1]).move("a", "r2")
    >>> moved.counter_swaps(1)
    (CounterMove(c: r2 -> r1; objective +0; every limit kept),)
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise DataError("alignment", [Issue(None, "n", f"{n!r} is not a whole number of at least 1")])
    if not alignment.history:
        hint = "make one with alignment.move(account_id, rep_id)"
        raise DataError("alignment", [Issue(None, "history", "no step to answer", hint)])
    step = alignment.history[-1]
    busy = _held(problem)
    busy[problem.accounts.positions([account for account, _, _ in step.moves])] = True
    pairs = dict.fromkeys((after, before) for _, before, after in step.moves)
    candidates: list[tuple[float, float, list[tuple[int, int]]]] = []
    for full, empty in pairs:
        candidates += _between(problem, alignment, problem.team.index_of(full), problem.team.index_of(empty), busy)
    candidates.sort(key=lambda one: one[:2])
    now = evaluate(problem, alignment).objective
    found = []
    for _, _, moves in candidates[:_SCORED]:
        ids = {str(alignment.account_id[i]): str(alignment.rep_id[j]) for i, j in moves}
        child = alignment.move_all(ids, who="counter-move", why=f"restores the balance after {step}")
        score = evaluate(problem, child)
        breaks = tuple(f"{check.name}: {check.detail}" for check in score.broken)
        found.append(CounterMove(child.history[-1].moves, child, score.objective - now, breaks))
    found.sort(key=lambda one: (len(one.breaks), one.objective_change, one.moves))
    return tuple(found[:n])


def _between(
    problem: Problem, alignment: Alignment, full: int, empty: int, busy: BoolArray
) -> list[tuple[float, float, list[tuple[int, int]]]]:
    """Moves from the full book back to the empty one, and swaps: what the bands are missed by, cost, moves."""
    homes = alignment.home_index
    free = ~busy
    back = np.flatnonzero(free & (alignment.rep_index == full))
    back = back[_may_have(problem, back, empty)]
    forth = np.flatnonzero(free & (alignment.rep_index == empty))
    forth = forth[_may_have(problem, forth, full)]
    if len(back) * len(forth) > _MOST_SWAPS:
        # Sorted by size and thinned out evenly, what is left still has a pair for every difference in size.
        back, forth = (_thinned(some, _size(problem, some)) for some in (back, forth))
    cost_back = _cost(problem, back, empty, homes) - _cost(problem, back, full, homes)
    cost_forth = _cost(problem, forth, full, homes) - _cost(problem, forth, empty, homes)
    shape = (len(back), len(forth) + 1)
    missed = np.zeros(shape)
    for name, low, high, weight in _bands(problem, alignment):
        books = np.bincount(
            alignment.rep_index,
            weights=problem.contribution(name, np.arange(problem.n_accounts), alignment.rep_index, homes),
            minlength=problem.n_reps,
        )
        out, into = _added(problem, name, back, full, homes), _added(problem, name, back, empty, homes)
        gone, come = _added(problem, name, forth, empty, homes), _added(problem, name, forth, full, homes)
        for j, leaves, arrives in ((full, -out, come), (empty, into, -gone)):
            after = books[j] + leaves[:, None] + np.append(0.0, arrives)[None, :]
            missed += weight * (np.maximum(low[j] - after, 0.0) + np.maximum(after - high[j], 0.0))
    cost = cost_back[:, None] + np.append(0.0, cost_forth)[None, :]
    order = np.lexsort((cost.ravel(), np.round(missed.ravel(), 9)))[:_SCORED]
    found = []
    for at in order.tolist():
        a, b = divmod(at, shape[1])
        moves = [(int(back[a]), empty)] + ([(int(forth[b - 1]), full)] if b else [])
        found.append((round(float(missed[a, b]), 9), float(cost[a, b]), moves))
    return found


def _size(problem: Problem, accounts: IntArray) -> FloatArray:
    """What accounts weigh in the first band, or in value."""
    bands = [c.measure for c in problem.criteria if isinstance(c, Balance | BookLimits | Variation)]
    return _added(problem, (bands or ["accounts"])[0], accounts, 0, np.full(problem.n_reps, -1))


def _thinned(accounts: IntArray, size: FloatArray) -> IntArray:
    ranked: IntArray = accounts[np.argsort(size, kind="stable")]
    return ranked[:: -(-len(ranked) // _THINNED)]


def _added(problem: Problem, name: str, accounts: IntArray, rep: int, homes: IntArray) -> FloatArray:
    return problem.contribution(name, accounts, np.full(len(accounts), rep), homes)


def _bands(problem: Problem, alignment: Alignment) -> list[tuple[str, FloatArray, FloatArray, float]]:
    """Bands as absolute limits: those around a mean or a median are taken where they were before the last step."""
    parent = evaluate(problem, alignment.undo())
    capacity = problem.team.capacity
    found = []
    for criterion in problem.criteria:
        if isinstance(criterion, Balance):
            if criterion.between is not None:
                low, high = criterion.between
                size = max(abs(edge) for edge in criterion.between if np.isfinite(edge))
            else:
                size = band_reference(problem, criterion, parent.books[criterion.measure])
                low, high = (1 - (criterion.within or 0.0)) * size, (1 + (criterion.within or 0.0)) * size
            found.append((criterion.measure, low * capacity, high * capacity, 1.0 / max(abs(size), 1e-12)))
        elif isinstance(criterion, BookLimits):
            lowest, highest = criterion.per_rep(problem.n_reps)
            edges = np.abs(np.concatenate([lowest, highest]))
            size = float(edges[np.isfinite(edges)].max())
            found.append((criterion.measure, lowest, highest, 1.0 / max(size, 1e-12)))
        elif isinstance(criterion, Variation):
            # What keeps the limit for certain, and books that were farther out where they were.
            book = parent.books[criterion.measure]
            size = float((book / capacity).mean())
            half = criterion.at_most * size * capacity
            low_, high_ = np.minimum(size * capacity - half, book), np.maximum(size * capacity + half, book)
            found.append((criterion.measure, low_, high_, 1.0 / max(abs(size), 1e-12)))
        elif isinstance(criterion, Travel) and criterion.share_at_most is not None:
            high_hours = criterion.share_at_most * problem.selling_hours
            none = np.full(problem.n_reps, -np.inf)
            found.append(("travel_hours", none, high_hours, 1.0 / float(high_hours.max() or 1.0)))
    return found


def _cost(problem: Problem, accounts: IntArray, rep: int, homes: IntArray) -> FloatArray:
    reps = np.full(len(accounts), rep)
    cost = np.zeros(len(accounts))
    owner = problem.owners.protected_index[accounts]
    for criterion in problem.criteria:
        if isinstance(criterion, Travel) and not criterion.is_limit:
            cost += (criterion.weight or 0.0) * problem.hours(accounts, reps, homes)
        elif isinstance(criterion, Disruption) and not criterion.is_limit:
            value = problem.measure(criterion.measure).base[accounts]
            cost += (criterion.weight or 0.0) * np.where((owner >= 0) & (owner != rep), value, 0.0)
        elif isinstance(criterion, Costs):
            cost += criterion.weight * criterion.table[accounts, rep]
        elif isinstance(criterion, Eligible | Seniority) and not criterion.is_limit:
            cost += (criterion.weight or 0.0) * ~_fits(problem, criterion, accounts, rep)
    return cost


def _held(problem: Problem) -> BoolArray:
    """Accounts that a lock keeps where they are."""
    held = np.zeros(problem.n_accounts, dtype=np.bool_)
    for criterion in problem.criteria:
        if isinstance(criterion, Lock):
            held[problem.accounts.positions([account for account, _ in criterion.pairs])] = True
    return held


def _may_have(problem: Problem, accounts: IntArray, rep: int) -> BoolArray:
    """Accounts that the hard rules let a rep have."""
    fits = np.ones(len(accounts), dtype=np.bool_)
    for criterion in problem.criteria:
        if isinstance(criterion, Eligible | Seniority) and criterion.is_limit:
            fits &= _fits(problem, criterion, accounts, rep)
        elif isinstance(criterion, Forbid):
            barred = [account for account, name in criterion.pairs if name == problem.team.rep_id[rep]]
            fits &= ~np.isin(accounts, problem.accounts.positions(barred))
    return fits


def _fits(problem: Problem, criterion: Eligible | Seniority, accounts: IntArray, rep: int) -> BoolArray:
    fits: BoolArray
    if isinstance(criterion, Seniority):
        junior = not problem.team.tenure_years[rep] >= criterion.min_years
        fits = ~((problem.scores.tier[accounts] == criterion.tier) & junior)
    elif criterion.mask is not None:
        fits = criterion.mask[accounts, rep]
    else:
        fits = problem.matching(criterion.attribute).allows(accounts, np.full(len(accounts), rep))
    return fits
