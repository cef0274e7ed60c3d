"""Proofs of infeasibility that a person can check: each names who is concerned and says whether some limits suffice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from territory_opt._typing import IntArray
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.disruption import Disruption
from territory_opt.diagnose.view import Band, BandCriterion, View

__all__ = ["Crowded", "Forced", "Packed", "Proof", "Spread", "Starved", "Stranded", "Torn", "Unmixed", "needed_limits"]

_SLACK = 1e-9
_NOBODY = np.zeros(0, dtype=np.int64)


class Proof(Protocol):
    """A reason why no alignment exists."""

    @property
    def accounts(self) -> IntArray:
        """Accounts it is about."""

    def reps(self, view: View) -> IntArray:
        """Reps it is about."""

    def holds(self, view: View) -> bool:
        """True when these limits are enough for it."""


def needed_limits(proof: Proof, view: View) -> tuple[Criterion, ...]:
    """Limits without any of which the proof breaks down.

    Parameters
    ----------
    proof : Proof
        That holds in the view.
    view : View
        All the limits.

    Returns
    -------
    tuple of criterion
        In the order of the problem. The proof holds for these alone, and for no fewer of them.
    """
    for criterion in reversed(view.criteria):
        fewer = view.without(criterion)
        if proof.holds(fewer):
            view = fewer
    return view.criteria


def _above(value: float, limit: float) -> bool:
    return value > limit + _SLACK * max(abs(value), abs(limit))


@dataclass(frozen=True, slots=True, eq=False)
class Stranded:
    """Accounts that no rep may have, or that alone would overfill every book they may go to; the first for certain."""

    accounts: IntArray

    def reps(self, view: View) -> IntArray:
        """Nobody may have them."""
        return _NOBODY

    def holds(self, view: View) -> bool:
        """The family of the first has no rep left."""
        return not view.strong[view.groups.index[self.accounts[0]]].any()


@dataclass(frozen=True, slots=True, eq=False)
class Crowded:
    """Accounts that amount to more than all books they may go to can hold."""

    criterion: BandCriterion
    accounts: IntArray

    def reps(self, view: View) -> IntArray:
        """Who may have some of them."""
        return np.flatnonzero(view.strong[view.rows(self.accounts)].any(axis=0))

    def amount(self, band: Band, view: View) -> float:
        """What they add at the least."""
        return float(band.least[view.rows(self.accounts)].sum())

    def holds(self, view: View) -> bool:
        """Their total is above the ceilings of their reps."""
        band = view.band(self.criterion)
        if band is None or not band.positive:
            return False
        return _above(self.amount(band, view), float(band.ceiling()[self.reps(view)].sum()))


@dataclass(frozen=True, slots=True, eq=False)
class Starved:
    """Reps whose books need more than all accounts that may come to them."""

    criterion: BandCriterion
    rep_index: IntArray

    @property
    def accounts(self) -> IntArray:
        """It is about reps."""
        return _NOBODY

    def reps(self, view: View) -> IntArray:
        """The reps it is about."""
        return self.rep_index

    def amount(self, band: Band, view: View) -> float:
        """All that may come to them."""
        return float(band.most[view.strong[:, self.rep_index].any(axis=1)].sum())

    def holds(self, view: View) -> bool:
        """The floors of their books are above what may come."""
        band = view.band(self.criterion)
        if band is None:
            return False
        return _above(float(band.floor()[self.rep_index].sum()), self.amount(band, view))


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """A middle that some accounts push above where the poorest reps can follow."""

    criterion: BandCriterion
    accounts: IntArray
    rep_index: IntArray

    def reps(self, view: View) -> IntArray:
        """Who may have the accounts."""
        if not len(self.accounts):
            return _NOBODY
        return np.flatnonzero(view.strong[view.rows(self.accounts)].any(axis=0))

    def middles(self, band: Band, view: View) -> tuple[float, float]:
        """Least middle that holds the accounts, and greatest that the reps can follow."""
        lowest, highest = band.middle
        if len(self.accounts) and band.positive:
            held = band.high * float(band.capacity[self.reps(view)].sum())
            amount = float(band.least[view.rows(self.accounts)].sum())
            lowest = max(lowest, amount / held if held > 0 else np.inf)
        if len(self.rep_index) and band.low > 0:
            reach = float(band.most[view.strong[:, self.rep_index].any(axis=1)].sum())
            highest = min(highest, reach / (band.low * float(band.capacity[self.rep_index].sum())))
        return lowest, highest

    def holds(self, view: View) -> bool:
        """No middle suits both."""
        band = view.band(self.criterion)
        if band is None or band.fixed:
            return False
        return _above(*self.middles(band, view))


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """Large accounts of which every book holds only so many."""

    criterion: BandCriterion
    accounts: IntArray
    size: float

    def reps(self, view: View) -> IntArray:
        """Who may have some of them."""
        return np.flatnonzero(view.strong[view.rows(self.accounts)].any(axis=0))

    def room(self, band: Band, view: View) -> int:
        """How many of that size all their books hold."""
        ceiling = band.ceiling()[self.reps(view)]
        if not np.isfinite(ceiling).all():
            return len(self.accounts)
        return int(np.floor(ceiling / self.size * (1 + _SLACK)).sum())

    def holds(self, view: View) -> bool:
        """There are more families of at least that size than places."""
        band = view.band(self.criterion)
        if band is None or not band.positive:
            return False
        rows = view.rows(self.accounts)
        if (band.least[rows] < self.size * (1 - _SLACK)).any():
            return False
        return len(rows) > self.room(band, view)


@dataclass(frozen=True, slots=True, eq=False)
class Torn:
    """An account to be kept apart from its own family."""

    accounts: IntArray

    def reps(self, view: View) -> IntArray:
        """It does not matter who."""
        return _NOBODY

    def holds(self, view: View) -> bool:
        """Two accounts to be kept apart are one family."""
        rows = set(view.rows(self.accounts).tolist())
        return any(a == b and a in rows for a, b in view.apart())


@dataclass(frozen=True, slots=True, eq=False)
class Unmixed:
    """Accounts that are all to be kept apart from each other, and too few reps for them."""

    accounts: IntArray

    def reps(self, view: View) -> IntArray:
        """Who may have some of them."""
        return np.flatnonzero(view.strong[view.rows(self.accounts)].any(axis=0))

    def holds(self, view: View) -> bool:
        """Every two are apart, and they are more than their reps."""
        rows = view.rows(self.accounts).tolist()
        apart = {frozenset(pair) for pair in view.apart()}
        every = all(frozenset((a, b)) in apart for n, a in enumerate(rows) for b in rows[:n])
        return every and len(rows) > len(self.reps(view))


@dataclass(frozen=True, slots=True, eq=False)
class Forced:
    """Accounts that must leave their owners, and are worth more than may move."""

    criterion: Disruption
    accounts: IntArray

    def reps(self, view: View) -> IntArray:
        """Their owners."""
        return np.unique(view.problem.owners.protected_index[self.accounts])

    def amounts(self, view: View) -> tuple[float, float]:
        """What must move, and all that is owned."""
        owner = view.problem.owners.protected_index
        value = view.problem.measure(self.criterion.measure).base
        lost = ~view.strong[view.groups.index[self.accounts], owner[self.accounts]]
        return float(value[self.accounts[lost]].sum()), float(value[owner >= 0].sum())

    def holds(self, view: View) -> bool:
        """What must move is above the cap."""
        if self.criterion not in view.criteria or self.criterion.at_most is None:
            return False
        moved, owned = self.amounts(view)
        return moved > (self.criterion.at_most + 1.5e-6) * owned + 1.5e-6 * (owned < 1.0) + _SLACK
