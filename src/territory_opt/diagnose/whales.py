"""Accounts larger than a book: find them, and say what could be done with each way verified."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from territory_opt._typing import IntArray
from territory_opt.alignment import Alignment
from territory_opt.criteria.variation import Variation
from territory_opt.diagnose.findings import Relaxation, Whale
from territory_opt.diagnose.pooling import pool_holds, pooled, without_accounts
from territory_opt.diagnose.team_change import named_reps, with_rep_index
from territory_opt.diagnose.trial import Clock, try_problem
from territory_opt.diagnose.view import BANDS, Band, View
from territory_opt.diagnose.words import number, spoken
from territory_opt.evaluation import evaluate
from territory_opt.fairness.wording import clean, count, joined, percent, plural
from territory_opt.problem import Problem

__all__ = ["find_whales", "proposals"]

_SHARE = 0.4
_MOST = 50
_CHOICES = 4


def find_whales(view: View) -> list[tuple[IntArray, Band, Whale]]:
    """Accounts that no band of an activity measure lets into any book their rules allow.

    Parameters
    ----------
    view : View
        All the limits.

    Returns
    -------
    list of (accounts, band, Whale)
        Largest first, without proposals. Empty where more than fifty would be whales: then the band is too small, and
        the accounts are not too large.
    """
    found: dict[int, tuple[float, Band]] = {}
    for band in view.bands:
        if not band.positive or band.measure == "travel_hours":
            continue
        rows = np.flatnonzero(~(view.fits(band, band.ceiling()) & view.allowed).any(axis=1) & view.allowed.any(axis=1))
        for row in rows[: _MOST + 1].tolist():
            size, limit = view.closest(band, row)
            over = size / max(limit, 1e-12)
            if over > found.get(row, (0.0, band))[0]:
                found[row] = (over, band)
    if len(found) > _MOST:
        return []
    return [_whale(view, found[row][1], row) for row in sorted(found, key=lambda row: -found[row][0])]


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


def proposals(view: View, whales: list[tuple[IntArray, Band, Whale]], clock: Clock) -> Iterator[Relaxation]:
    """What could be done with all the whales of a problem, each way verified on the rest.

    Parameters
    ----------
    view : View
        All the limits.
    whales : list
        As :func:`find_whales` gives them.
    clock : Clock
        How long.

    Yields
    ------
    Relaxation
        House account: left out of the carve. Pooled: every rep who may have it carries a share in proportion to
        capacity, and every limit on books holds for the rest plus that share. A book of its own: one rep who may have
        it, its owner where that can be, has nothing else, and the others share the rest.
    """
    problem = view.problem
    accounts = np.unique(np.concatenate([found[0] for found in whales]))
    rest = without_accounts(problem, accounts)
    if rest is None:
        return
    n, band = len(whales), whales[0][1]
    named = joined([found[2].account_id[0] for found in whales])
    house = try_problem(rest, clock, share=_SHARE)
    if house.alignment is not None:
        yield Relaxation(
            (), f"keep {named} as {plural(n, 'a house account', 'house accounts')}, outside the carve",
            "a house account" if n == 1 else f"{n} house accounts", n, "accounts", False, True,
            _outside(problem, rest, band, accounts), rest, house.alignment,
        )  # fmt: skip
    shared = pooled(view, [found[0] for found in whales], clock)
    if shared is not None:
        trial = try_problem(shared.problem, clock, share=_SHARE)
        if trial.alignment is not None and pool_holds(problem, accounts, shared, trial.alignment):
            reps = shared.rep_index
            over = f"all {problem.n_reps} reps" if len(reps) == problem.n_reps else f"the {len(reps)} reps who may have"
            over += "" if len(reps) == problem.n_reps else f" {plural(n, 'it', 'them')}"
            each = shared.share[band.measure][reps]
            much = f"{'up to ' if np.ptp(each) > 1e-6 * each.max() else ''}{number(float(each.max()), band.unit)}"
            yield Relaxation(
                (), f"pool {named} over {over}", "pooled over the team", n, "accounts", False, True,
                f"every full book of theirs carries {much} {spoken(band.measure)} of the pool",
                shared.problem, trial.alignment,
            )  # fmt: skip
    yield from _alone(view, rest, whales, clock)


def _outside(problem: Problem, rest: Problem, band: Band, accounts: IntArray) -> str:
    """How much is outside, and what an average full book then holds."""
    base = problem.measure(band.measure).base
    total, capacity = float(base.sum()), float(problem.team.capacity.sum())
    if not total > 0:
        return "outside the carve"
    left = float(rest.measure(band.measure).base.sum())
    return (
        f"{percent(float(base[accounts].sum()) / total)} of {spoken(band.measure)} is outside the carve; an average "
        f"full book is {number(left / capacity, band.unit)} in place of {number(total / capacity, band.unit)}"
    )


def _alone(view: View, rest: Problem, whales: list[tuple[IntArray, Band, Whale]], clock: Clock) -> Iterator[Relaxation]:
    """A rep of its own for every whale; the others share the rest."""
    problem = view.problem
    for reps in islice(_own_reps(view, whales, named_reps(rest)), _CHOICES):
        others = np.setdiff1d(np.arange(problem.n_reps), reps)
        reduced = with_rep_index(rest, others) if len(others) else None
        if reduced is None or not clock.remaining:
            return
        trial = try_problem(reduced, clock, share=_SHARE)
        if trial.alignment is not None and _rules_hold(problem, whales, reps, others, trial.alignment):
            yield _own_book(problem, reduced, whales, reps, trial.alignment)
            return


def _own_book(
    problem: Problem, reduced: Problem, whales: list[tuple[IntArray, Band, Whale]], reps: list[int], found: Alignment
) -> Relaxation:
    n, band = len(reps), whales[0][1]
    names = joined([str(problem.team.name[rep]) for rep in reps])
    named = joined([whale.account_id[0] for _, _, whale in whales])
    average = float(evaluate(reduced, found).books[band.measure].sum()) / float(reduced.team.capacity.sum())
    size = f"{number(whales[0][2].size, band.unit)} {spoken(band.measure)}{'' if n == 1 else ' in the largest'}"
    own = plural(n, "a book of its own", "books of their own")
    share = f"the other {count(reduced.n_reps, 'rep')} {plural(reduced.n_reps, 'has', 'share')} the rest"
    return Relaxation(
        (), f"give {named} {own} ({names}); {share}", own if n == 1 else f"{n} {own}", n, "reps", False, True,
        f"{count(n, 'book')} outside the band ({size}), against {number(average, band.unit)} in an average full book "
        "of the others", reduced, found,
    )  # fmt: skip


def _own_reps(view: View, whales: list[tuple[IntArray, Band, Whale]], named: set[int]) -> Iterator[list[int]]:
    """One rep per whale: its owner, else a full rep who owns little; only those whom the rules allow."""
    problem = view.problem
    owner = problem.owners.rep_index
    owned = np.bincount(owner[owner >= 0], minlength=problem.n_reps)
    order = np.lexsort((owned, -problem.team.capacity)).tolist()
    free = []
    for accounts, _, _ in whales:
        allowed = view.allowed[view.groups.index[accounts[0]]]
        first = [int(j) for j in owner[accounts[:1]] if j >= 0]
        free.append([j for j in dict.fromkeys(first + order) if allowed[j] and j not in named])
    for start in range(max(map(len, free))):
        chosen: list[int] = []
        for some in free:
            # Another choice is another rep for the largest of them.
            left = [j for j in (some[start:] if not chosen else some) if j not in chosen]
            chosen += left[:1]
        if len(chosen) == len(whales):
            yield chosen


def _rules_hold(
    problem: Problem, whales: list[tuple[IntArray, Band, Whale]], reps: list[int], others: IntArray, rest: Alignment
) -> bool:
    """True when everything but what books hold is kept with the whales back in."""
    gone = np.concatenate([found[0] for found in whales])
    index = np.empty(problem.n_accounts, dtype=np.int64)
    index[np.setdiff1d(np.arange(problem.n_accounts), gone)] = others[rest.rep_index]
    for (accounts, _, _), rep in zip(whales, reps, strict=True):
        index[accounts] = rep
    # Rules do not depend on homes: any will do.
    homes = np.where(problem.places.open_reps, 0, -1)
    rules = problem.replace(criteria=[c for c in problem.criteria if not isinstance(c, (*BANDS, Variation))])
    return evaluate(rules, Alignment.from_index(rules, index, homes)).feasible
