"""Homes for reps that have none: chosen among the accounts, where coverage is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.travel import Travel
from territory_opt.criteria.variation import Variation
from territory_opt.problem import Problem
from territory_opt.rng import generator
from territory_opt.travel import great_circle_km

__all__ = ["choose_homes", "homes_in_limits", "homes_matter", "recentred"]

_ROUNDS = 30
_SAMPLE = 400
_DRAWS = 50
_LEAST_WORTH = 0.4
_MOST_PAIRS, _FEWEST_ACCOUNTS = 400_000, 500


def homes_matter(problem: Problem) -> bool:
    """True when some rep has no home and a criterion depends on where it is."""
    return bool(problem.places.open_reps.any()) and any(_uses_travel(problem, c) for c in problem.criteria)


def homes_in_limits(problem: Problem) -> bool:
    """True when other homes could make an infeasible problem feasible: a hard limit depends on them."""
    limits = [c for c in problem.criteria if c.is_limit]
    return bool(problem.places.open_reps.any()) and any(_uses_travel(problem, c) for c in limits)


def _uses_travel(problem: Problem, criterion: Criterion) -> bool:
    if isinstance(criterion, Balance | BookLimits | Variation):
        friction = criterion.measure == "load" and problem.friction_per_hour > 0
        return friction or criterion.measure == "travel_hours"
    return isinstance(criterion, Travel)


def choose_homes(problem: Problem, seed: int) -> IntArray:
    """Choose an account as the home of every open rep, before any alignment is known.

    Parameters
    ----------
    problem : Problem
        Some reps have no home.
    seed : int
        Seed of the first guess.

    Returns
    -------
    ndarray of int, shape (n_reps,)
        Account positions; -1 for reps that have a home.

    Notes
    -----
    A k-means with weights: every account goes to the rep with the least distance times a weight that grows where books
    are too heavy, and every open home moves to the account of its book from which travel is least, if enough accounts
    for a book are near by. A heuristic: nothing is proven about homes.
    """
    places = problem.places
    homes = np.full(problem.n_reps, -1, dtype=np.int64)
    open_reps = np.flatnonzero(places.open_reps)
    known = np.flatnonzero(np.isfinite(places.lat))
    if not len(open_reps) or not len(known):
        return homes
    rng = generator(seed)
    most = max(_FEWEST_ACCOUNTS, _MOST_PAIRS // problem.n_reps)
    if len(known) > most:
        known = np.sort(rng.choice(known, most, replace=False))
    reach = _reach(problem, known)
    weight = np.maximum(problem.scores.gross_load[known], 0.0) + 1e-9
    homes[open_reps] = _spread(problem, known, open_reps, weight, rng)
    for rep in open_reps.tolist():
        draws = [int(homes[rep]), *(int(rng.choice(known)) for _ in range(_DRAWS))]
        fitting = (account for account in draws if _fills_a_book(problem, known, reach, account, rep))
        homes[rep] = next(fitting, draws[0])
    share = problem.team.capacity / problem.team.capacity.sum()
    push = np.ones(problem.n_reps)
    for _ in range(_ROUNDS):
        nearest = (_distances(problem, known, homes) * push[None, :]).argmin(axis=1)
        held = np.bincount(nearest, weights=weight, minlength=problem.n_reps) / weight.sum()
        push *= np.clip((np.maximum(held, 1e-6) / share) ** 0.25, 0.7, 1.4)
        for rep in open_reps.tolist():
            book = known[nearest == rep]
            if len(book):
                middle = _median_account(problem, book, rng)
                homes[rep] = middle if _fills_a_book(problem, known, reach, middle, rep) else homes[rep]
    return homes


@dataclass(frozen=True, slots=True, eq=False)
class _Reach:
    """A balanced measure as shares of the team's total: base (n,), what an hour takes off, least book (k,)."""

    base: FloatArray
    eaten: float
    low: FloatArray


def _reach(problem: Problem, known: IntArray) -> tuple[_Reach, ...]:
    share = problem.team.capacity / problem.team.capacity.sum()
    found = []
    for criterion in problem.criteria:
        if not isinstance(criterion, Balance) or not criterion.is_limit or criterion.measure == "travel_hours":
            continue
        base = problem.measure(criterion.measure).base
        total, sampled = float(base.sum()), float(base[known].sum())
        if total > 0 and sampled > 0:
            eaten = problem.friction_per_hour / sampled if criterion.measure == "load" else 0.0
            low = share * (1.0 - (criterion.within or 0.0))
            if criterion.between is not None:
                low = criterion.between[0] * problem.team.capacity / total
            found.append(_Reach(base[known] / sampled, eaten, low))
    return tuple(found)


def _distances(problem: Problem, known: IntArray, homes: IntArray) -> FloatArray:
    """Kilometres, shape (n_known, n_reps); reps that are nowhere are infinitely far."""
    k = problem.n_reps
    pairs = problem.places.km(np.repeat(known, k), np.tile(np.arange(k), len(known)), homes)
    return np.nan_to_num(pairs, nan=np.inf).reshape(len(known), k)


def _fills_a_book(problem: Problem, known: IntArray, reach: tuple[_Reach, ...], account: int, rep: int) -> bool:
    """False when the accounts nearest to a home, enough of them for the other bands, are worth too little load.

    An island with half a book of accounts is such a place: the other half lies an ocean away.
    """
    places = problem.places
    km = great_circle_km(places.lat[known], places.lon[known], places.lat[account], places.lon[account])
    hours = km * places.hours_per_km[known]
    nearest = np.argsort(hours, kind="stable")
    held = [np.cumsum((band.base - band.eaten * hours)[nearest]) for band in reach]
    needed = [
        int(np.argmax(total >= band.low[rep])) if total[-1] >= band.low[rep] else len(known) - 1
        for total, band in zip(held, reach, strict=True)
        if band.eaten == 0
    ]
    enough = max(needed, default=0)
    return all(
        float(total[enough:].max()) >= _LEAST_WORTH * band.low[rep]
        for total, band in zip(held, reach, strict=True)
        if band.eaten > 0
    )


def recentred(problem: Problem, rep_index: IntArray, home_index: IntArray, seed: int) -> IntArray:
    """Move every open home to the account of its book from which travel is least.

    Parameters
    ----------
    problem : Problem
        The statement.
    rep_index : ndarray of int, shape (n_accounts,)
        An alignment.
    home_index : ndarray of int, shape (n_reps,)
        Homes so far.
    seed : int
        Seed of the sample of candidates in large books.

    Returns
    -------
    ndarray of int, shape (n_reps,)
        New homes.
    """
    rng = generator(seed)
    homes = home_index.copy()
    for rep in np.flatnonzero(problem.places.open_reps):
        book = np.flatnonzero((rep_index == rep) & np.isfinite(problem.places.lat))
        if len(book):
            homes[rep] = _median_account(problem, book, rng, keep=int(homes[rep]))
    return homes


def _spread(
    problem: Problem, known: IntArray, open_reps: IntArray, weight: FloatArray, rng: np.random.Generator
) -> IntArray:
    """k-means++ seeding among the accounts, away from the homes that are fixed."""
    lat, lon = problem.places.lat, problem.places.lon
    fixed = np.flatnonzero(~problem.places.open_reps & np.isfinite(problem.places.rep_lat))
    distance = np.full(len(known), np.inf)
    for rep in fixed:
        away = great_circle_km(lat[known], lon[known], problem.places.rep_lat[rep], problem.places.rep_lon[rep])
        distance = np.minimum(distance, away)
    chosen = []
    for _ in open_reps:
        odds = weight * np.where(np.isfinite(distance), distance**2, 1.0)
        odds = odds / odds.sum() if odds.sum() > 0 else np.full(len(known), 1.0 / len(known))
        pick = int(rng.choice(len(known), p=odds))
        chosen.append(known[pick])
        away = great_circle_km(lat[known], lon[known], lat[known[pick]], lon[known[pick]])
        distance = np.minimum(distance, away)
    return np.array(chosen, dtype=np.int64)


def _median_account(problem: Problem, book: IntArray, rng: np.random.Generator, keep: int = -1) -> int:
    """Account of a book (or the present home) with the least total travel hours to the others."""
    places = problem.places
    candidates = book if len(book) <= _SAMPLE else rng.choice(book, _SAMPLE, replace=False)
    if keep >= 0 and keep not in candidates:
        candidates = np.append(candidates, keep)
    away = great_circle_km(
        places.lat[candidates][:, None], places.lon[candidates][:, None], places.lat[book][None], places.lon[book][None]
    )
    return int(candidates[(away @ places.hours_per_km[book]).argmin()])
