"""Which few reps and which of their accounts to set free next, so that a small integer program can improve them."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.solvers._structure import totals
from territory_opt.solvers.pairs import Pairs

__all__ = ["Neighbourhoods"]

_SMALLEST, _LARGEST = 2, 10
_FEW, _MANY = 80, 600
_SHORT_SECONDS, _LONG_SECONDS = 0.4, 3.0
_CANDIDATES_PER_ACCOUNT = 8
_ROUND = 12
_FADING = 0.5
# Every second one spans more reps: small ones cannot shift load across the country by a chain of moves.
_WIDE, _WIDE_EVERY = 3, 2
_FIRST_REPS, _FIRST_FREED = 3, 160


class Neighbourhoods:
    """Chooses pairs to free; learns the size that pays.

    Parameters
    ----------
    pairs : Pairs
        The assignment part of the program.
    excess : ndarray, shape (p,)
        What every pair costs beyond the linear bound.
    seed : int
        Seed of the choices.

    Attributes
    ----------
    seconds : float
        Time that a neighbourhood is worth at present.

    Notes
    -----
    Objective minus bound is the sum of the excess of the pairs in use and of what the slack of the rows costs. So
    a rep is picked in proportion to its part of that, its partners by how many accounts could pass between them
    at little excess, and of their accounts those pairs are freed that cost least.
    """

    def __init__(self, pairs: Pairs, excess: FloatArray, seed: int) -> None:
        self._pairs = pairs
        self._excess = excess
        self._random = np.random.default_rng(seed)
        order = np.lexsort((excess, pairs.account))
        rank = np.arange(pairs.n_pairs) - pairs.indptr[pairs.account[order]]
        self._candidates = np.sort(order[rank < _CANDIDATES_PER_ACCOUNT])
        self._reps, self._freed = _FIRST_REPS, _FIRST_FREED
        self._tried = self._paid = 0
        self._hope = np.ones(pairs.n_reps)
        self._first = self._turn = 0
        self._inside = np.zeros(pairs.n_reps, dtype=bool)
        self.seconds = _SHORT_SECONDS

    def limit(self, most: float) -> None:
        """Leave out pairs with more excess than ``most``: no better solution uses them."""
        self._candidates = self._candidates[self._excess[self._candidates] <= most]

    def choose(self, used: IntArray, slack: FloatArray) -> IntArray:
        """Return pairs to free, sorted, the pairs in use of their accounts among them.

        Parameters
        ----------
        used : ndarray of int, shape (n,)
            Pair in use of every account.
        slack : ndarray, shape (k,)
            What the rows of every rep cost beyond the bound, by slack or by violation.
        """
        pairs, random, n_reps = self._pairs, self._random, self._pairs.n_reps
        current = pairs.rep[used]
        chosen = self._candidates[pairs.rep[self._candidates] != current[pairs.account[self._candidates]]]
        to, home = pairs.rep[chosen], current[pairs.account[chosen]]
        extra = self._excess[chosen] - self._excess[used][pairs.account[chosen]]
        weight = totals(current, self._excess[used], n_reps) + slack
        weight += max(1e-3 * float(weight.sum()) / n_reps, 1e-12)
        weight *= self._hope
        self._first = int(random.choice(n_reps, p=weight / weight.sum()))
        inside = self._inside = np.zeros(n_reps, dtype=bool)
        inside[self._first] = True
        near = np.sort(extra)[: 2 * pairs.n_accounts]
        ease = np.exp(-np.maximum(extra, 0.0) / max(0.25 * float(np.median(near)) if len(near) else 1.0, 1e-12))
        wide = self._turn % _WIDE_EVERY == _WIDE_EVERY - 1
        self._turn += 1
        most_reps, most_freed = (_WIDE * self._reps, 2 * self._freed) if wide else (self._reps, self._freed)
        for _ in range(min(most_reps, n_reps) - 1):
            # Soft count of the accounts that could pass between the reps inside and each other one.
            out, into = inside[home] & ~inside[to], inside[to] & ~inside[home]
            link = totals(to[out], ease[out], n_reps) + totals(home[into], ease[into], n_reps)
            link[inside] = 0.0
            link += 1e-6 * max(float(link.max()), 1e-12) * ~inside
            inside[int(random.choice(n_reps, p=link / link.sum()))] = True
        free = np.flatnonzero(inside[home] & inside[to])
        if len(free) > most_freed:
            noise = 1.0 + 0.3 * random.standard_normal(len(free))
            free = free[np.argpartition(extra[free] * noise, most_freed)[:most_freed]]
        accounts = np.unique(pairs.account[chosen[free]])
        return np.sort(np.concatenate([chosen[free], used[accounts]]))

    def learn(self, paid: bool, seconds: float) -> None:
        """Say whether the last choice paid and how long it took: sizes grow as success gets rare."""
        self._tried += 1
        self._paid += paid
        # A rep around whom nothing was found waits for others, until something near it changes.
        self._hope[self._first] *= _FADING
        if paid:
            self._hope[self._inside] = 1.0
        if seconds > 0.9 * self.seconds and not paid:
            self._freed = max(_FEW, int(0.9 * self._freed))
        if self._tried < _ROUND:
            return
        if self._paid < 0.08 * self._tried + 0.5:
            self._reps = min(_LARGEST, self._reps + 1)
            self._freed = min(_MANY, int(1.25 * self._freed))
            self.seconds = min(_LONG_SECONDS, 1.5 * self.seconds)
        elif self._paid > 0.5 * self._tried:
            self._reps = max(_SMALLEST, self._reps - 1)
        self._tried = self._paid = 0
