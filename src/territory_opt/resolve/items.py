"""What is to be placed, what may move, and what a move counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt._frozen import FrozenArrays
from territory_opt._typing import BoolArray, IntArray
from territory_opt.criteria.ownership import Forbid, Lock
from territory_opt.formulation.groups import Groups, merge_families
from territory_opt.problem import Problem
from territory_opt.resolve.carried import Carried
from territory_opt.solvers.engine_rows import allowed_classes

__all__ = ["Items", "lay_items"]


@dataclass(frozen=True, slots=True)
class Items(FrozenArrays):
    """Accounts, families merged into one, with where they are and where they may go.

    Attributes
    ----------
    groups : Groups
        Families; an item is a group.
    class_index : ndarray of int, shape (n_items,)
        Class of every item under the attribute rules.
    class_allowed : ndarray of bool, shape (n_classes, n_reps)
        Reps of every class.
    locked : ndarray of int, shape (n_items,)
        Rep an item is locked to; -1 for none, -2 where locks contradict each other.
    barred_item, barred_rep : ndarray of int, shape (b,)
        Forbidden pairs.
    account_rep : ndarray of int, shape (n_accounts,)
        Rep before, where the account could stay; -1 where it could not: it is new, its rep has left, or a rule now
        excludes that rep. Only accounts with a rep here count as moves.
    current : ndarray of int, shape (n_items,)
        Rep of the whole item before, if the item could stay there; -1 for items that must be placed.
    n_stay : ndarray of int, shape (n_items,)
        Accounts of every item that could stay.
    """

    groups: Groups
    class_index: IntArray
    class_allowed: BoolArray
    locked: IntArray
    barred_item: IntArray
    barred_rep: IntArray
    account_rep: IntArray
    current: IntArray
    n_stay: IntArray

    @property
    def n_items(self) -> int:
        """Number of items."""
        return self.groups.n_groups

    @property
    def n_reps(self) -> int:
        """Number of reps."""
        return int(self.class_allowed.shape[1])

    def allowed(self, item: IntArray) -> BoolArray:
        """Reps that the hard rules leave to items; shape (m, n_reps)."""
        rows = self.class_allowed[self.class_index[item]].copy()
        held = self.locked[item] != -1
        if held.any():
            rows[held] &= np.arange(self.n_reps) == self.locked[item][held][:, None]
        if len(self.barred_item):
            place = np.full(self.n_items, -1, dtype=np.int64)
            place[item] = np.arange(len(item))
            at = place[self.barred_item]
            rows[at[at >= 0], self.barred_rep[at >= 0]] = False
        return rows

    def allows(self, item: IntArray, rep: IntArray) -> BoolArray:
        """True where a rep may have an item; shape (m,)."""
        fits: BoolArray = self.class_allowed[self.class_index[item], rep]
        held = self.locked[item]
        fits = fits & ((held == -1) | (held == rep))
        if len(self.barred_item):
            fits &= ~np.isin(item * self.n_reps + rep, self.barred_item * self.n_reps + self.barred_rep)
        return fits

    def moves(self, item: IntArray, rep: IntArray) -> IntArray:
        """Accounts that move when a rep gets an item, of those that could stay; shape (m,)."""
        if self.groups.trivial:
            before = self.account_rep[self.groups.order[self.groups.starts]][item]
            away: IntArray = ((before >= 0) & (before != rep)).astype(np.int64)
            return away
        k = self.n_reps
        held = np.flatnonzero(self.account_rep >= 0)
        code, count = np.unique(self.groups.index[held] * k + self.account_rep[held], return_counts=True)
        wanted = item * k + rep
        at = np.minimum(np.searchsorted(code, wanted), max(len(code) - 1, 0))
        kept = np.where(code[at] == wanted, count[at], 0) if len(code) else np.zeros(len(item), dtype=np.int64)
        moved: IntArray = self.n_stay[item] - kept
        return moved


def lay_items(problem: Problem, carried: Carried) -> Items:
    """Sort the accounts of an edited problem into those that could stay and those that must be placed.

    Parameters
    ----------
    problem : Problem
        The edited problem.
    carried : Carried
        Where the accounts were.

    Returns
    -------
    Items
        One item per family.
    """
    groups = merge_families(problem)
    class_index, class_allowed = allowed_classes(problem, groups)
    locked, barred = _named_pairs(problem, groups)
    nobody = np.full(groups.n_groups, -1, dtype=np.int64)
    items = Items(groups, class_index, class_allowed, locked, *barred, carried.rep_index, nobody, nobody)
    known = np.flatnonzero(carried.rep_index >= 0)
    account_rep = np.full(problem.n_accounts, -1, dtype=np.int64)
    could = items.allows(groups.index[known], carried.rep_index[known])
    account_rep[known[could]] = carried.rep_index[known[could]]
    # A family that was in several books has no book to stay in as a whole.
    staying = np.flatnonzero(account_rep >= 0)
    most = nobody.copy()
    least = np.full(groups.n_groups, problem.n_reps, dtype=np.int64)
    np.maximum.at(most, groups.index[staying], account_rep[staying])
    np.minimum.at(least, groups.index[staying], account_rep[staying])
    current = np.where(most == least, most, -1)
    n_stay = np.bincount(groups.index[staying], minlength=groups.n_groups).astype(np.int64)
    return Items(groups, class_index, class_allowed, locked, *barred, account_rep, current, n_stay)


def _named_pairs(problem: Problem, groups: Groups) -> tuple[IntArray, tuple[IntArray, IntArray]]:
    locked = np.full(groups.n_groups, -1, dtype=np.int64)
    barred: list[tuple[int, int]] = []
    reps = {str(rep): j for j, rep in enumerate(problem.team.rep_id)}
    for criterion in problem.criteria:
        if not isinstance(criterion, Lock | Forbid):
            continue
        items = groups.index[problem.accounts.positions([account for account, _ in criterion.pairs])]
        for i, item, (_, rep) in zip(
            problem.accounts.positions([account for account, _ in criterion.pairs]), items, criterion.pairs, strict=True
        ):
            j = int(problem.owners.rep_index[i]) if rep is None else reps[rep]
            if isinstance(criterion, Forbid):
                barred.append((int(item), j))
            else:
                locked[item] = j if locked[item] in (-1, j) else -2
    pairs = np.array(barred, dtype=np.int64).reshape(-1, 2)
    return locked, (pairs[:, 0], pairs[:, 1])
