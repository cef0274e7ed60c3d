"""Accounts larger than a book: as house accounts, pooled, or with a book of their own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from territory_opt._columns import Columns
from territory_opt._typing import BoolArray, IntArray
from territory_opt.accounts import Accounts
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.eligibility import Eligible
from territory_opt.criteria.grouping import Apart, Together
from territory_opt.criteria.ownership import Forbid, Lock
from territory_opt.diagnose.findings import Relaxation, Whale
from territory_opt.diagnose.team_change import named_reps, with_rep_index
from territory_opt.diagnose.trial import Clock, try_problem
from territory_opt.diagnose.view import Band, View
from territory_opt.diagnose.words import number, spoken
from territory_opt.errors import TerritoryOptError
from territory_opt.fairness.wording import clean, count, joined, percent
from territory_opt.problem import Problem

__all__ = ["find_whales", "proposals", "without_accounts"]

_MOST = 5
_SHARE = 0.4


def find_whales(view: View) -> list[tuple[IntArray, Band, Whale]]:
    """Accounts that no band of an activity measure lets into any book their rules allow.

    Parameters
    ----------
    view : View
        All the limits.

    Returns
    -------
    list of (accounts, band, Whale)
        Largest first, without proposals; at most five are described.
    """
    found: dict[int, tuple[float, Band]] = {}
    for band in view.bands:
        if not band.positive or not isinstance(band.criterion, Balance):
            continue
        rows = np.flatnonzero(~(view.fits(band, band.ceiling()) & view.allowed).any(axis=1) & view.allowed.any(axis=1))
        for row in rows.tolist():
            size, limit = view.closest(band, row)
            over = size / max(limit, 1e-12)
            if over > found.get(row, (0.0, band))[0]:
                found[row] = (over, band)
    largest = sorted(found, key=lambda row: -found[row][0])
    return [_whale(view, found[row][1], row) for row in largest[:_MOST]]


def _whale(view: View, band: Band, row: int) -> tuple[IntArray, Band, Whale]:
    accounts = view.members(np.array([row]))
    ids = tuple(str(account) for account in view.problem.accounts.account_id[accounts])
    size, limit = view.closest(band, row)
    who = f"account {clean(ids[0])}"
    if len(ids) > 1:
        who = f"the family of {who} ({len(ids)} accounts)"
    text = (
        f"{who} is a whale: {number(size, band.unit)} {spoken(band.measure)}, and the book that comes closest to "
        f"holding it holds {number(limit, band.unit)}"
    )
    return accounts, band, Whale(ids, band.measure, size, limit, text)


def proposals(problem: Problem, whales: list[tuple[IntArray, Band, Whale]], clock: Clock) -> Iterator[Relaxation]:
    """What could be done with all the whales of a problem, each way verified on the rest.

    Parameters
    ----------
    problem : Problem
        The statement.
    whales : list
        As :func:`find_whales` gives them.
    clock : Clock
        How long.

    Yields
    ------
    Relaxation
        House account: left out of the carve. Pooled: every rep carries a share in proportion to capacity, and the
        bands hold for the rest plus that share. A book of its own: one rep has nothing else, and the others share the
        rest.
    """
    accounts = np.unique(np.concatenate([found[0] for found in whales]))
    named = joined([found[2].account_id[0] for found in whales])
    rest = without_accounts(problem, accounts)
    if rest is None:
        return
    band = whales[0][1]
    share = _weight(problem, band.measure, accounts)
    what = (
        f"{percent(share)} of {spoken(band.measure)} is outside the carve" if share is not None else "outside the carve"
    )
    yield from _tried(
        rest,
        f"keep {named} as {'a house account' if len(whales) == 1 else 'house accounts'}, outside the carve",
        "a house account" if len(whales) == 1 else f"{len(whales)} house accounts",
        len(whales),
        "accounts",
        what,
        clock,
    )
    pooled = _pooled(problem, rest, accounts)
    if pooled is not None:
        each = _weight(problem, band.measure, accounts, per_book=True)
        cost = f"every full book carries {number(each or 0.0, band.unit)} {spoken(band.measure)} of the pool"
        yield from _tried(
            pooled,
            f"pool {named} over all {problem.n_reps} reps",
            "pooled over the team",
            len(whales),
            "accounts",
            cost,
            clock,
        )
    alone = _alone(rest, problem, len(whales))
    if alone is not None:
        reduced, reps = alone
        names = joined([str(problem.team.name[rep]) for rep in reps])
        yield from _tried(
            reduced, f"give {named} a book of its own ({names}); the other {reduced.n_reps} reps share the rest",
            "a book of its own" if len(reps) == 1 else f"{len(reps)} books of their own", len(reps), "reps",
            f"{count(len(reps), 'book')} outside the band", clock,
        )  # fmt: skip


def _tried(
    problem: Problem, change: str, short: str, amount: float, unit: str, cost: str, clock: Clock
) -> Iterator[Relaxation]:
    trial = try_problem(problem, clock, share=_SHARE)
    if trial.alignment is not None:
        yield Relaxation((), change, short, amount, unit, False, True, cost, problem, trial.alignment)


def without_accounts(problem: Problem, gone: IntArray) -> Problem | None:
    """Leave accounts out, and out of every criterion that names them; None where that is no problem any more."""
    kept = np.setdiff1d(np.arange(problem.n_accounts), gone)
    table = problem.accounts
    ids = set(table.account_id[gone].tolist())
    travel_time = problem.places.travel_time
    if len(kept) < problem.n_reps or (travel_time is not None and not isinstance(travel_time, np.ndarray)):
        return None
    columns = Columns({name: column[kept].copy() for name, column in table.columns.items()})
    criteria = [_without(criterion, ids, kept) for criterion in problem.criteria]
    try:
        return problem.replace(
            accounts=Accounts(table.account_id[kept].copy(), columns, table.measures, table.quality),
            criteria=[c for c in criteria if c is not None],
            travel_time=None if travel_time is None else travel_time[kept],
        )
    except TerritoryOptError:
        return None


def _without(criterion: Criterion, ids: set[str], kept: IntArray) -> Criterion | None:
    if isinstance(criterion, Eligible) and criterion.mask is not None:
        return Eligible(criterion.mask[kept], weight=criterion.weight)
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


def _weight(problem: Problem, measure: str, accounts: IntArray, *, per_book: bool = False) -> float | None:
    base = problem.measure(measure).base
    size, total = float(base[accounts].sum()), float(base.sum())
    if per_book:
        return size / float(problem.team.capacity.sum())
    return size / total if total > 0 else None


def _pooled(problem: Problem, rest: Problem, accounts: IntArray) -> Problem | None:
    """Bands of the rest that leave room for every rep's share of the pool."""
    capacity = float(problem.team.capacity.sum())
    criteria: list[Criterion] = []
    for criterion in rest.criteria:
        if isinstance(criterion, Balance) and criterion.is_limit:
            measure = problem.measure(criterion.measure)
            if measure.pair_dependent or (criterion.of == "median" and criterion.within is not None):
                return None  # What the pool adds to each book, or where the middle will be, is not known beforehand.
            share = float(measure.base[accounts].sum()) / capacity
            if criterion.between is not None:
                low, high = criterion.between
            else:
                middle, within = float(measure.base.sum()) / capacity, criterion.within or 0.0
                low, high = (1 - within) * middle, (1 + within) * middle
            criterion = Balance(criterion.measure, between=(low - share, high - share))
        criteria.append(criterion)
    try:
        return rest.replace(criteria=criteria)
    except TerritoryOptError:
        return None


def _alone(rest: Problem, problem: Problem, count_: int) -> tuple[Problem, list[int]] | None:
    """Take the reps who own the whales, else those who own least, out of the carve of the rest."""
    if problem.n_reps <= count_:
        return None
    named: set[int] = named_reps(rest)
    owner = problem.owners.rep_index
    owned = np.bincount(owner[owner >= 0], minlength=problem.n_reps)
    free: BoolArray = np.array([rep not in named for rep in range(problem.n_reps)])
    order = [rep for rep in np.lexsort((owned, -problem.team.capacity)).tolist() if free[rep]][:count_]
    if len(order) < count_:
        return None
    reduced = with_rep_index(rest, np.setdiff1d(np.arange(problem.n_reps), order))
    return None if reduced is None else (reduced, order)
