"""Families merged into one account each, and the reps that may have them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.criteria.grouping import Together
from territory_opt.criteria.ownership import Forbid, Lock
from territory_opt.families import family_index, joined
from territory_opt.problem import Problem

__all__ = ["Groups", "allowed_reps", "merge_families"]


@dataclass(frozen=True, slots=True)
class Groups:
    """Accounts that share a rep, as one.

    Attributes
    ----------
    index : ndarray of int, shape (n_accounts,)
        Group of every account; groups are numbered in the order of their first account.
    order, starts : ndarray of int
        Accounts sorted by group, and where each group starts among them.
    """

    index: IntArray
    order: IntArray
    starts: IntArray

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.starts)

    @property
    def trivial(self) -> bool:
        """True when every account is a group of its own."""
        return len(self.starts) == len(self.index)

    def total(self, values: FloatArray) -> FloatArray:
        """Sum over each group; shape (n_accounts, ...) to (n_groups, ...)."""
        if self.trivial:
            return values
        summed: FloatArray = np.add.reduceat(values[self.order], self.starts, axis=0)
        return summed

    def all_of(self, flags: BoolArray) -> BoolArray:
        """True where every member is True; shape (n_accounts, ...) to (n_groups, ...)."""
        if self.trivial:
            return flags
        every: BoolArray = np.logical_and.reduceat(flags[self.order], self.starts, axis=0)
        return every

    def members(self, group: int) -> IntArray:
        """Accounts of one group."""
        end = self.starts[group + 1] if group + 1 < len(self.starts) else len(self.order)
        return self.order[self.starts[group] : end]


def merge_families(problem: Problem) -> Groups:
    """Join the families of every ``Together``.

    Parameters
    ----------
    problem : Problem
        The statement.

    Returns
    -------
    Groups
        One group per connected family.
    """
    n = problem.n_accounts
    index = np.arange(n)
    for criterion in problem.criteria:
        if isinstance(criterion, Together):
            family = family_index(problem.accounts, criterion)
            helpers = np.concatenate([index, family + int(index.max()) + 1])
            index = joined(n, np.concatenate([np.arange(n), np.arange(n)]), n + helpers)
    order = np.argsort(index, kind="stable")
    starts = np.flatnonzero(np.diff(index[order], prepend=-1))
    return Groups(index, order, starts)


def allowed_reps(problem: Problem, groups: Groups, criteria: Iterable[Criterion] | None = None) -> BoolArray:
    """Reps that the hard rules leave to every group.

    Parameters
    ----------
    problem : Problem
        The statement; its hard Eligible, Seniority, Lock and Forbid criteria are used.
    groups : Groups
        Merged families.
    criteria : iterable of criterion, optional
        Some of the problem's criteria; None takes all.

    Returns
    -------
    ndarray of bool, shape (n_groups, n_reps)
        True where every member may go to the rep.
    """
    n, k = problem.n_accounts, problem.n_reps
    allowed = np.ones((n, k), dtype=np.bool_)
    chosen = problem.criteria if criteria is None else tuple(criteria)
    for criterion in chosen:
        if not criterion.is_limit:
            continue
        if isinstance(criterion, Eligible):
            if criterion.mask is not None:
                allowed &= criterion.mask
            else:
                matching = problem.matching(criterion.attribute)
                allowed &= matching.serves[matching.kind_index]
        elif isinstance(criterion, Seniority):
            junior = ~(problem.team.tenure_years >= criterion.min_years)
            allowed &= ~((problem.scores.tier == criterion.tier)[:, None] & junior[None, :])
    positions = {str(account): i for i, account in enumerate(problem.accounts.account_id)}
    reps = {str(rep): j for j, rep in enumerate(problem.team.rep_id)}
    for criterion in chosen:
        if isinstance(criterion, Lock):
            for account, rep in criterion.pairs:
                i = positions[account]
                j = int(problem.owners.rep_index[i]) if rep is None else reps[rep]
                allowed[i, :j] = False
                allowed[i, j + 1 :] = False
        elif isinstance(criterion, Forbid):
            for account, rep in criterion.pairs:
                allowed[positions[account], reps[rep]] = False
    return groups.all_of(allowed)
