"""Accounts left out of a carve, or pooled: every rep who may have them carries a share of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from territory_opt import edits
from territory_opt._typing import FloatArray, IntArray
from territory_opt.alignment import Alignment
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion, canonical_measure
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.grouping import Apart, Together
from territory_opt.criteria.ownership import Forbid, Lock
from territory_opt.criteria.travel import Travel
from territory_opt.criteria.variation import Variation
from territory_opt.diagnose.trial import Clock, try_problem
from territory_opt.diagnose.view import BANDS, BandCriterion, View
from territory_opt.effect import book_edges
from territory_opt.errors import TerritoryOptError
from territory_opt.evaluation import FEASIBILITY_TOLERANCE
from territory_opt.problem import Problem
from territory_opt.solvers.banded import banded
from territory_opt.solvers.variations import has_variation

__all__ = ["Pool", "pool_holds", "pooled", "without_accounts"]

_SHARE = 0.3
_EVEN = 0.8
_NEAR = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Some accounts carried by several reps at once.

    Attributes
    ----------
    problem : Problem
        The other accounts, with limits on books that leave room for every rep's share.
    rep_index : ndarray of int
        Who carries them.
    share : mapping of str to ndarray of float, shape (n_reps,)
        What the pool adds to every full book, by measure.
    """

    problem: Problem
    rep_index: IntArray
    share: dict[str, FloatArray]


def without_accounts(problem: Problem, gone: IntArray, *, same_price: bool = False) -> Problem | None:
    """Leave accounts out, and out of every criterion that names them; None where that is no problem any more.

    Parameters
    ----------
    problem : Problem
        The statement.
    gone : ndarray of int
        Positions of the accounts.
    same_price : bool
        Keep the price of a travel hour, which otherwise goes with the value of the accounts that stay (D-LOAD-4).
    """
    ids = {str(account) for account in problem.accounts.account_id[gone]}
    if problem.n_accounts - len(ids) < problem.n_reps:
        return None
    kept = (_without(criterion, ids) for criterion in problem.criteria)
    try:
        rest = problem.replace(criteria=[c for c in kept if c is not None])
        if same_price:
            rest = rest.replace(policy=replace(problem.policy, friction_per_hour=problem.friction_per_hour))
        return edits.without_accounts(rest, *ids)
    except TerritoryOptError:
        return None


def _without(criterion: Criterion, ids: set[str]) -> Criterion | None:
    if isinstance(criterion, Lock):
        named = [(a, r) for a, r in criterion.pairs if a not in ids]
        if not named:
            return None
        if all(rep is None for _, rep in named):
            return Lock([a for a, _ in named])
        return Lock({a: str(r) for a, r in named})
    if isinstance(criterion, Forbid):
        forbidden = [(a, r) for a, r in criterion.pairs if a not in ids]
        return Forbid(forbidden) if forbidden else None
    if isinstance(criterion, Apart):
        apart = [(a, b) for a, b in criterion.pairs if a not in ids and b not in ids]
        return Apart(apart) if apart else None
    if isinstance(criterion, Together) and criterion.column is None:
        groups = [[a for a in group if a not in ids] for group in criterion.groups]
        groups = [group for group in groups if len(group) > 1]
        return Together(groups) if groups else None
    return criterion


def pooled(view: View, families: list[IntArray], clock: Clock) -> Pool | None:
    """State the carve of the rest so that every limit on books holds for the rest plus the shares of a pool.

    Parameters
    ----------
    view : View
        All the limits of the problem.
    families : list of ndarray of int
        The accounts of the pool, family by family.
    clock : Clock
        How long to look for the middle of bands where nobody knows it beforehand.

    Returns
    -------
    Pool or None
        None where fewer than two reps may have one of the accounts, or an edge cannot be stated.

    Notes
    -----
    A rep carries accounts in proportion to capacity, of those who may have them. Where the middle T of a band depends
    on the carve, an even share c makes a band b around it one of b (1 + c / T) for the rest; with uneven shares, books
    within b / (2 + b) of any one number are within b of their own mean and median. T is taken from a carve without the
    band: what comes out is held against the limits themselves.
    """
    # What the rest varies by says nothing of the rest and the shares: bands that keep the limit do.
    problem = banded(view.problem) if has_variation(view.problem) else view.problem
    if problem is None:
        return None
    limits = [c for c in problem.criteria if c.is_limit and isinstance(c, BANDS)]
    names = {"travel_hours" if isinstance(c, Travel) else c.measure for c in limits}
    if problem.places.open_reps.any() and any(problem.measure(name).pair_dependent for name in names):
        return None
    weight = np.zeros((problem.n_accounts, problem.n_reps))
    for accounts in families:
        allowed = view.allowed[view.groups.index[accounts[0]]]
        if allowed.sum() < 2:
            return None
        weight[accounts] = np.where(allowed, problem.team.capacity, 0.0) / problem.team.capacity[allowed].sum()
    gone = np.unique(np.concatenate(families))
    rest = without_accounts(problem, gone, same_price=True)
    if rest is None:
        return None
    weight = weight[gone]
    added = {name: _added(problem, name, gone, weight) for name in names}
    try:
        criteria = _stated(problem, rest, limits, added, clock)
        changed = None if criteria is None else rest.replace(criteria=_merged(criteria))
    except TerritoryOptError:
        return None  # The pool alone is more than some book may hold.
    if changed is None:
        return None
    reps = np.flatnonzero(weight.sum(axis=0) > 0)
    return Pool(changed, reps, {name: share / problem.team.capacity for name, share in added.items()})


def _stated(
    problem: Problem, rest: Problem, limits: list[BandCriterion], added: dict[str, FloatArray], clock: Clock
) -> list[Criterion] | None:
    """Criteria of the rest with room for the pool; None where a middle was not found."""
    stated: list[Criterion] = [c for c in rest.criteria if not (c.is_limit and isinstance(c, BANDS))]
    floating: list[Balance] = []
    for criterion in limits:
        if isinstance(criterion, Balance) and _floats(problem, criterion):
            floating.append(criterion)
            continue
        name = "travel_hours" if isinstance(criterion, Travel) else criterion.measure
        # The total is the same wherever accounts go.
        even = np.full(problem.n_reps, float(problem.measure(name).base.sum()) / problem.n_reps)
        stated.append(_limit(problem, criterion, name, even, added[name]))
    if not floating:
        return stated
    near: list[Criterion] = [c for c in stated if c.is_limit]
    if problem.has_travel:
        # Little travel is a high middle: what suits that one suits the lower ones too.
        near.append(Travel(weight=1.0))
    trial = try_problem(rest.replace(criteria=_merged(near)), clock, share=_SHARE, gap=_NEAR)
    if trial.alignment is None:
        return None
    reps = trial.alignment.rep_index
    for band in floating:
        amount = rest.contribution(band.measure, np.arange(rest.n_accounts), reps)
        book = np.bincount(reps, weights=amount, minlength=problem.n_reps) + added[band.measure]
        within = band.within or 0.0
        share = added[band.measure] / problem.team.capacity
        middle = float(book.sum()) / float(problem.team.capacity.sum())
        if share.min() > _EVEN * share.max() and middle > share.max():
            # An even share lifts the books and their middle alike.
            wider = within * middle / (middle - share.min()) - (share.max() - share.min()) / (middle - share.min())
            stated.append(replace(band, within=min(max(wider, 0.0), 1.0)))
        else:
            narrow = replace(band, of="mean", within=within / (2.0 + within))
            stated.append(_limit(problem, narrow, band.measure, book, added[band.measure]))
    return stated


def _added(problem: Problem, name: str, gone: IntArray, weight: FloatArray) -> FloatArray:
    k = problem.n_reps
    each = problem.contribution(name, np.repeat(gone, k), np.tile(np.arange(k), len(gone))).reshape(len(gone), k)
    total: FloatArray = (weight * each).sum(axis=0)
    return total


def _floats(problem: Problem, band: Balance) -> bool:
    """True for a band whose middle depends on the carve."""
    if band.between is not None or band.of == "target":
        return False
    return band.of == "median" or problem.measure(band.measure).pair_dependent


def _limit(problem: Problem, criterion: Criterion, name: str, book: FloatArray, added: FloatArray) -> Criterion:
    """What the rest may add to every book: a band where it is the same for all full books, else limits of their own."""
    edges = book_edges(problem, name, book, only=criterion)
    assert edges is not None
    low, high = edges[0] - added, edges[1] - added
    if isinstance(criterion, Balance) and _same(low / problem.team.capacity) and _same(high / problem.team.capacity):
        return Balance(
            name, between=(float(low[0] / problem.team.capacity[0]), float(high[0] / problem.team.capacity[0]))
        )
    return BookLimits(name, lower=low, upper=high)


def _same(values: FloatArray) -> bool:
    return bool(np.isinf(values).all() or np.ptp(values) <= 1e-9 * np.abs(values).max())


def _merged(criteria: list[Criterion]) -> list[Criterion]:
    """Two limits of every book's own for one measure, as one."""
    found: dict[object, Criterion] = {}
    for criterion in criteria:
        other = found.get(criterion.key)
        if isinstance(criterion, BookLimits) and isinstance(other, BookLimits):
            low, high = np.maximum(criterion.lower, other.lower), np.minimum(criterion.upper, other.upper)
            criterion = BookLimits(canonical_measure(criterion.measure), lower=low, upper=high)
        found[criterion.key] = criterion
    return list(found.values())


def pool_holds(problem: Problem, gone: IntArray, pool: Pool, alignment: Alignment) -> bool:
    """True when every limit of the problem on books holds for the books of the rest plus the shares of the pool."""
    left = np.setdiff1d(np.arange(problem.n_accounts), gone)
    reps, capacity = alignment.rep_index, problem.team.capacity
    for name, share in pool.share.items():
        amount = problem.contribution(name, left, reps)
        book = np.bincount(reps, weights=amount, minlength=problem.n_reps) + share * capacity
        for criterion in problem.criteria:
            if isinstance(criterion, Variation) and canonical_measure(criterion.measure) == canonical_measure(name):
                full = book / capacity
                if not full.std() <= (criterion.at_most + FEASIBILITY_TOLERANCE) * full.mean():
                    return False
            if not (criterion.is_limit and isinstance(criterion, BANDS)):
                continue
            edges = book_edges(problem, name, book, forgiven=True, only=criterion)
            if edges is not None and ((book < edges[0]) | (book > edges[1])).any():
                return False
    return True
