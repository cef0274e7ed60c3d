"""Look for proofs: whom the limits of a problem leave without a place."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.grouping import Together
from territory_opt.diagnose.halls import crowded_sets, greatest_ratio
from territory_opt.diagnose.proofs import (
    Crowded,
    Forced,
    Packed,
    Proof,
    Spread,
    Starved,
    Stranded,
    Torn,
    Unmixed,
    needed_limits,
)
from territory_opt.diagnose.view import Band, View

__all__ = ["find_proofs"]

_MOST = 5
_LARGE_PARTS = (2, 3, 4)


def find_proofs(view: View, *, first: bool = False) -> list[Proof]:
    """Proofs that no alignment keeps these limits.

    Parameters
    ----------
    view : View
        The limits.
    first : bool
        Stop at the first proof.

    Returns
    -------
    list of Proof
        Each holds in the view; empty when nothing is proven this way.

    Notes
    -----
    Accounts without a rep; accounts apart from their own family, or mutually apart and too many; per measure both
    halves of the transport problem between accounts, split at will, and books (Hoffman's condition: nothing too much
    for the books it may go to, no book that cannot be filled); large accounts counted against the places for them;
    middles of bands pulled both ways; moves that the rules force against a cap on them.
    """
    found: list[Proof] = []
    for proof in _proofs(view):
        # A search works with scaled numbers; what counts is that the proof itself holds.
        if proof.holds(view):
            found.append(proof)
            if first:
                break
    return found


def _proofs(view: View) -> Iterator[Proof]:
    if not view.strong.any(axis=1).all():
        yield from _stranded(view)
        return  # With nowhere to go for some, amounts say nothing more.
    yield from _torn(view)
    yield from _unmixed(view)
    for band in view.bands:
        yield from _of_band(view, band)
    yield from _forced(view)


def _stranded(view: View) -> Iterator[Proof]:
    """One proof per set of limits that strands somebody, about everybody whom these limits strand."""
    left = np.logical_not(view.strong.any(axis=1))
    for _ in range(_MOST):
        if not left.any():
            return
        members = view.members(np.flatnonzero(left)[:1])
        untied = view.facts.view(_untied(view))
        alone = [one for one in members if Stranded(np.array([one])).holds(untied)]
        first = Stranded(np.array(alone[:1]) if alone else members)
        reason = view.facts.view(needed_limits(first, view))
        left[view.rows(first.accounts)] = False
        lost = reason.members(np.flatnonzero(~reason.strong.any(axis=1)))
        left[view.rows(lost)] = False
        yield Stranded(np.concatenate([first.accounts, np.setdiff1d(lost, first.accounts)]))


def _untied(view: View) -> tuple[Criterion, ...]:
    return tuple(c for c in view.criteria if not isinstance(c, Together))


def _torn(view: View) -> Iterator[Proof]:
    for one, other in view.apart():
        if one == other:
            yield Torn(view.members(np.array([one])))


def _unmixed(view: View) -> Iterator[Proof]:
    neighbours: dict[int, set[int]] = {}
    for a, b in view.apart():
        if a != b:
            neighbours.setdefault(a, set()).add(b)
            neighbours.setdefault(b, set()).add(a)
    seen: set[frozenset[int]] = set()
    for start in sorted(neighbours, key=lambda g: -len(neighbours[g])):
        clique, fits = [start], set(neighbours[start])
        # Those who share most reps with the clique first: they compete for the same few.
        while fits:
            reps = view.strong[clique].any(axis=0)
            nearest = min(fits, key=lambda g: (int((view.strong[g] & ~reps).sum()), -len(neighbours[g] & fits), g))
            clique.append(nearest)
            fits &= neighbours[nearest]
            if len(clique) > int(view.strong[clique].any(axis=0).sum()):
                if frozenset(clique) not in seen:
                    seen.add(frozenset(clique))
                    yield Unmixed(view.members(np.array(clique)))
                break
        if len(seen) >= _MOST:
            return


def _of_band(view: View, band: Band) -> Iterator[Proof]:
    ceiling, floor = band.ceiling(), band.floor()
    proven = False
    if band.positive and np.isfinite(ceiling).any():
        for rows in crowded_sets(view.strong, band.least, ceiling):
            proven = True
            yield Crowded(band.criterion, view.members(rows))
        if not proven:
            yield from _packed(view, band, ceiling)
    for reps in crowded_sets(view.strong.T, floor, band.most):
        proven = True
        yield Starved(band.criterion, reps)
    if proven or band.fixed:
        return
    accounts = reps = np.zeros(0, dtype=np.int64)
    if band.positive:
        _, crowd = greatest_ratio(view.strong, band.least, band.capacity)
        accounts = accounts if crowd is None else view.members(crowd)
    if band.low > 0:
        _, poorest = greatest_ratio(view.strong.T, band.capacity, band.most)
        reps = reps if poorest is None else poorest
    yield Spread(band.criterion, accounts, reps)


def _packed(view: View, band: Band, ceiling: FloatArray) -> Iterator[Proof]:
    seen: set[int] = set()
    for parts in _LARGE_PARTS:
        for level in np.unique(np.nextafter(ceiling / parts, np.inf))[-_MOST:]:
            large = band.least >= level
            n = int(large.sum())
            if n in seen or not n or level <= 0:
                continue
            seen.add(n)
            size = float(band.least[large].min())
            places = np.floor(ceiling / size * (1 + 1e-9))
            for rows in crowded_sets(view.strong[large], np.ones(n), places, readable=True):
                yield Packed(band.criterion, view.members(np.flatnonzero(large)[rows]), size)


def _forced(view: View) -> Iterator[Proof]:
    owner = view.problem.owners.protected_index
    owned = np.flatnonzero(owner >= 0)
    lost = owned[~view.strong[view.groups.index[owned], owner[owned]]]
    for cap in view.caps():
        if len(lost):
            yield Forced(cap, lost)
