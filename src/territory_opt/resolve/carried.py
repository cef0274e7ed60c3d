"""An alignment of yesterday's tables, carried over to today's by id."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from territory_opt._frozen import FrozenArrays
from territory_opt._typing import BoolArray, IntArray, TextArray, read_only
from territory_opt.alignment import Alignment
from territory_opt.multipliers import Multipliers
from territory_opt.problem import Problem
from territory_opt.solvers.homes import homes_matter, recentred

__all__ = ["Carried", "carry_over"]

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Carried(FrozenArrays):
    """Who had every account, as positions in the edited problem.

    Attributes
    ----------
    rep_index : ndarray of int, shape (n_accounts,)
        Position in the team of the rep before; -1 for a new account, and where the rep has left.
    home_index : ndarray of int, shape (n_reps,)
        Account position of every open home; -1 elsewhere.
    is_new : ndarray of bool, shape (n_accounts,)
        Accounts that the old alignment does not have.
    before : ndarray of str, shape (n_accounts,)
        Id of the rep before, whether in the team or not; ``""`` for a new account.
    notes : tuple of str
        Who is new and who is gone, with names.
    multipliers : Multipliers or None
        Prices that came with the old alignment, one row per rep of the edited team.
    """

    rep_index: IntArray
    home_index: IntArray
    is_new: BoolArray
    before: TextArray
    notes: tuple[str, ...]
    multipliers: Multipliers | None = None


def carry_over(problem: Problem, start: Alignment, seed: int) -> Carried:
    """Match an alignment with the tables of an edited problem.

    Parameters
    ----------
    problem : Problem
        The edited problem.
    start : Alignment
        Alignment of the accounts and the team as they were.
    seed : int
        Seed of the homes of open reps who are new.

    Returns
    -------
    Carried
        Positions and notes. An open home stays at its account; that of a rep who has none is put in the middle of
        its book, or of half the heaviest book for a rep who is new.
    """
    accounts, team = problem.accounts.account_id, problem.team.rep_id
    new_rep = _positions(start.rep_id, team)
    old_account = _positions(accounts, start.account_id)
    is_new = old_account < 0
    old_rep = np.where(is_new, -1, start.rep_index[old_account])
    rep_index = np.where(old_rep >= 0, new_rep[old_rep], -1)
    before = np.where(old_rep >= 0, start.rep_id[old_rep], "").astype(object)
    notes = [
        *_named("account", "new", accounts[is_new]),
        *_named("account", "gone", start.account_id[_positions(start.account_id, accounts) < 0]),
        *_named("rep", "new", team[_positions(team, start.rep_id) < 0]),
        *_named("rep", "gone", start.rep_id[new_rep < 0]),
    ]
    homes = np.full(problem.n_reps, -1, dtype=np.int64)
    for rep in np.flatnonzero(start.home_index >= 0).tolist():
        at = np.flatnonzero(accounts == start.account_id[start.home_index[rep]])
        if new_rep[rep] >= 0 and problem.places.open_reps[new_rep[rep]] and len(at):
            homes[new_rep[rep]] = at[0]
    if problem.places.open_reps.any():
        homes, said = _with_homes(problem, rep_index, homes, seed)
        notes += said
    prices = _for_team(start.multipliers, new_rep, problem.n_reps)
    return Carried(read_only(rep_index), read_only(homes), read_only(is_new), read_only(before), tuple(notes), prices)


def _for_team(multipliers: Multipliers | None, new_rep: IntArray, n_reps: int) -> Multipliers | None:
    """Prices of an old team for a new one: a rep who is new gets those of an average book."""
    known = np.flatnonzero(new_rep >= 0)
    if multipliers is None or not len(known):
        return None
    per_unit = np.tile(multipliers.per_unit[known].mean(axis=0), (n_reps, 1))
    per_unit[new_rep[known]] = multipliers.per_unit[known]
    return replace(multipliers, per_unit=read_only(per_unit), settled=False)


def _positions(wanted: TextArray, among: TextArray) -> IntArray:
    """Position of every id among others, -1 where it is not there."""
    if wanted is among or (len(wanted) == len(among) and np.array_equal(wanted, among)):
        return np.arange(len(wanted), dtype=np.int64)
    place = {item: row for row, item in enumerate(among.tolist())}
    return np.fromiter((place.get(item, -1) for item in wanted.tolist()), dtype=np.int64, count=len(wanted))


def _named(kind: str, what: str, ids: TextArray) -> list[str]:
    if not len(ids):
        return []
    shown = ", ".join(repr(str(item)) for item in ids[:_SHOWN]) + (" ..." if len(ids) > _SHOWN else "")
    return [f"start: {len(ids):,} {kind}{'' if len(ids) == 1 else 's'} {what} since then ({shown})"]


def _with_homes(problem: Problem, rep_index: IntArray, homes: IntArray, seed: int) -> tuple[IntArray, list[str]]:
    """Give open reps that have no home yet one; the homes that are known stay."""
    places = problem.places
    lost = places.open_reps & (homes < 0)
    located = np.isfinite(places.lat)
    if not lost.any() or not located.any():
        return homes, []
    books = rep_index.copy()
    load = np.maximum(problem.scores.gross_load, 0.0) + 1e-9
    for rep in np.flatnonzero(lost).tolist():
        if (located & (books == rep)).any():
            continue
        held = np.bincount(books[books >= 0], weights=load[books >= 0], minlength=problem.n_reps)
        free = np.flatnonzero(located & (books < 0))
        heaviest = (
            free
            if len(free) and load[free].sum() >= held.max()
            else np.flatnonzero(located & (books == int(np.argmax(held))))
        )
        if not len(heaviest):
            heaviest = np.flatnonzero(located)
        spread = places.lon if np.ptp(places.lon[heaviest]) > np.ptp(places.lat[heaviest]) else places.lat
        half = heaviest[np.argsort(spread[heaviest], kind="stable")[: max(1, len(heaviest) // 2)]]
        books[half] = rep
    filled = np.where(lost, recentred(problem, books, homes, seed), homes)
    why = "a heuristic: the middle of their book, or of half the heaviest one"
    matter = "" if homes_matter(problem) else "; no criterion depends on them"
    return filled, [f"homes: {int(lost.sum())} open reps without a home got one ({why}{matter})"]
