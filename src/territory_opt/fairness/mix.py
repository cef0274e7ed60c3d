"""What the books are made of: named against white space, and tiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.scoring.tiers import TIERS

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["NamedMix", "TierMix", "named_mix", "tier_mix"]


@dataclass(frozen=True, slots=True)
class NamedMix:
    """Share of named ACV in named plus white-space ACV (D-LOAD-3).

    Attributes
    ----------
    target : float
        Share the policy wants.
    team : float or None
        Share of the whole team; None when there is neither named nor white-space ACV.
    books : tuple of float or None, length n_reps
        Share of each book.
    """

    target: float
    team: float | None
    books: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class TierMix:
    """Shares of A, B and C accounts (D-TIER-1).

    Attributes
    ----------
    expected : tuple of (low, high)
        Expected shares of A, B and C.
    team : tuple of float
        Shares of the whole team.
    books : tuple of (float, float, float), length n_reps
        Shares of each book; zeros for an empty one.
    """

    expected: tuple[tuple[float, float], ...]
    team: tuple[float, ...]
    books: tuple[tuple[float, ...], ...]

    @property
    def unexpected(self) -> tuple[str, ...]:
        """Tiers whose share of the team is outside the expected range."""
        pairs = zip(TIERS, self.team, self.expected, strict=True)
        return tuple(tier for tier, share, (low, high) in pairs if not low <= share <= high)


def named_mix(books: Mapping[str, FloatArray], target: float) -> NamedMix | None:
    """Compute the mix from book totals, or None when the totals have no named and white-space ACV.

    Parameters
    ----------
    books : mapping of str to ndarray of shape (n_reps,)
        Totals per measure.
    target : float
        Share of named wanted.

    Notes
    -----
    D-LOAD-3.
    """
    if "named_acv" not in books or "white_space_acv" not in books:
        return None
    named, white = books["named_acv"], books["white_space_acv"]
    shares = tuple(_share(named[j : j + 1], white[j : j + 1]) for j in range(named.size))
    return NamedMix(target, _share(named, white), shares)


def tier_mix(problem: Problem, rep_index: IntArray) -> TierMix:
    """Count tiers over the team and in every book.

    Parameters
    ----------
    problem : Problem
        Its scores hold the tier of every account.
    rep_index : ndarray of int, shape (n_accounts,)
        Rep of every account.

    Notes
    -----
    D-TIER-1.
    """
    # Texts are compared once per tier but the last: that is most of the time at a million accounts.
    rank = np.full(rep_index.size, len(TIERS) - 1)
    for place, tier in enumerate(TIERS[:-1]):
        rank[problem.scores.tier == tier] = place
    cells = np.bincount(rank * problem.n_reps + rep_index, minlength=len(TIERS) * problem.n_reps)
    counts = cells.reshape(len(TIERS), problem.n_reps).astype(np.float64)
    size = np.maximum(counts.sum(axis=0), 1.0)
    return TierMix(
        expected=problem.policy.tier_shares,
        team=tuple((counts.sum(axis=1) / max(rep_index.size, 1)).tolist()),
        books=tuple(tuple(column) for column in (counts / size).T.tolist()),
    )


def _share(named: FloatArray, white: FloatArray) -> float | None:
    total = float(named.sum() + white.sum())
    return float(named.sum()) / total if total > 0.0 else None
