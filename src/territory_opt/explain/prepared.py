"""What is worked out once per alignment, so that one account is explained in milliseconds."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from territory_opt._typing import IntArray
from territory_opt.alignment import Alignment
from territory_opt.criteria.grouping import Together
from territory_opt.errors import DataError, Issue
from territory_opt.evaluation import Evaluation
from territory_opt.explain.rules import NamedPairs, named_pairs
from territory_opt.explain.shadow import ShadowPrices, shadow_prices
from territory_opt.formulation.groups import Groups, merge_families
from territory_opt.multipliers import Multipliers
from territory_opt.problem import Problem

__all__ = ["Prepared", "prepare"]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A problem made ready for questions about single accounts.

    Parameters
    ----------
    problem : Problem
        The statement.
    home_index : ndarray of int, shape (n_reps,), or None
        Chosen homes.
    prices : ShadowPrices, optional
        Given prices; None works them out.
    multipliers : Multipliers, optional
        Prices that a solve of the problem ended with: a large problem is priced by them, not solved again.
    """

    problem: Problem
    home_index: IntArray | None
    prices: ShadowPrices | None = None
    multipliers: Multipliers | None = None

    @cached_property
    def groups(self) -> Groups:
        """Families that move together."""
        if not any(isinstance(c, Together) for c in self.problem.criteria):
            everyone = np.arange(self.problem.n_accounts)
            return Groups(everyone, everyone, everyone)
        return merge_families(self.problem)

    @cached_property
    def shadow(self) -> ShadowPrices:
        """Prices of room in the books."""
        if self.prices is not None:
            return self.prices
        return shadow_prices(self.problem, self.groups, self.home_index, self.multipliers)

    @cached_property
    def named(self) -> NamedPairs:
        """Locks and forbidden pairs by account."""
        return named_pairs(self.problem)

    @cached_property
    def _position(self) -> dict[str, int]:
        return {str(account): i for i, account in enumerate(self.problem.accounts.account_id.tolist())}

    def account(self, account_id: str) -> int:
        """Position of an account.

        Raises
        ------
        DataError
            If there is none of that id.
        """
        found = self._position.get(str(account_id))
        return self.problem.accounts.index_of(str(account_id)) if found is None else found

    def members(self, account_index: int) -> IntArray:
        """Accounts that move with one account, itself included."""
        return np.sort(self.groups.members(int(self.groups.index[account_index])))

    def ready(self) -> Prepared:
        """Work everything out now."""
        assert self.groups is not None and self.shadow is not None
        assert self.named is not None and self._position is not None and self.problem.measures is not None
        return self


_CACHE: weakref.WeakKeyDictionary[Problem, dict[tuple[object, ...], Prepared]] = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()


def prepare(problem: Problem, alignment: Alignment, evaluation: Evaluation | None = None) -> Prepared:
    """Return the preparation of a problem with the homes and prices of an alignment; the same one every time.

    Parameters
    ----------
    problem : Problem
        The statement.
    alignment : Alignment
        Its homes are used, and the prices that its solve ended with, where that was a solve of this very problem.
    evaluation : Evaluation, optional
        Of that alignment: one that breaks a limit has no prices.

    Raises
    ------
    DataError
        If the evaluation says that a limit is broken.
    """
    if evaluation is not None and not evaluation.feasible:
        issues = [Issue(None, None, check.name, check.detail) for check in evaluation.broken]
        raise DataError("alignment", issues)
    homes = alignment.home_index if (alignment.home_index >= 0).any() else None
    known = alignment.multipliers if alignment.problem is problem else None
    known = known if known is not None and known.settled else None
    key: tuple[object, ...] = (None if homes is None else homes.tobytes(),)
    if known is not None:
        key += (known.measures, known.per_unit.tobytes(), known.moved)
    with _LOCK:
        ready = _CACHE.setdefault(problem, {})
        if key not in ready:
            # The preparation holds a twin of the problem: a cache must not keep its own key alive.
            twin = object.__new__(Problem)
            twin.__dict__.update(problem.__dict__)
            ready[key] = Prepared(twin, homes, multipliers=known)
        return ready[key]
