"""Current owners of accounts, as positions in the team."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt._frozen import FrozenArrays
from territory_opt._spelling import nearest_spelling
from territory_opt._typing import IntArray, read_only
from territory_opt.accounts import Accounts
from territory_opt.scoring.score import Scores
from territory_opt.team import Team

__all__ = ["Owners", "find_owners"]

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Owners(FrozenArrays):
    """Who has which account today.

    Attributes
    ----------
    rep_index : ndarray of int, shape (n_accounts,)
        Position of the owner in the team; -1 where there is none or the owner left the team.
    protected_index : ndarray of int, shape (n_accounts,)
        The same, with -1 for dormant accounts, which move freely (D-DORMANT-1).
    notes : tuple of str
        What was found, with the names of owners who are not in the team.
    """

    rep_index: IntArray
    protected_index: IntArray
    notes: tuple[str, ...]

    @property
    def known(self) -> bool:
        """True when at least one account has an owner in the team whose move counts."""
        return bool((self.protected_index >= 0).any())


def find_owners(accounts: Accounts, team: Team, scores: Scores) -> Owners:
    """Match the owner column with rep ids, then with unambiguous rep names.

    Parameters
    ----------
    accounts, team : Accounts, Team
        The tables.
    scores : Scores
        Which accounts are dormant.

    Returns
    -------
    Owners
        Positions and notes.
    """
    nobody = np.full(len(accounts), -1, dtype=np.int64)
    if not accounts.has("owner"):
        return Owners(read_only(nobody), read_only(nobody), ())
    owners, inverse = np.unique(accounts.text("owner").astype(str), return_inverse=True)
    position = team.positions([str(owner).strip() for owner in owners])
    rep_index = position[inverse]
    counts = np.bincount(inverse, minlength=len(owners))
    left = [(str(o), int(c)) for o, c, j in zip(owners, counts, position, strict=True) if j < 0]
    gone = [(owner, count) for owner, count in left if owner.strip()]
    n_known = int((rep_index >= 0).sum())
    notes = [f"owner: {n_known:,} of {len(accounts):,} accounts have an owner in the team"]
    if gone:
        shown = ", ".join(repr(o) for o, _ in gone[:_SHOWN]) + (" ..." if len(gone) > _SHOWN else "")
        n_gone = sum(c for _, c in gone)
        notes.append(f"owner: {n_gone:,} accounts belong to {len(gone)} owners not in the team ({shown}): free to move")
        notes += _close(gone, team)
        if not n_known:
            notes.append(
                "owner: warning: nobody in the owner column is in the team, whose ids read like "
                f"{str(team.rep_id[0])!r}: are they written in another way? Every account is free to move"
            )
    n_dormant = int((scores.dormant & (rep_index >= 0)).sum())
    if n_dormant:
        notes.append(f"owner: {n_dormant:,} dormant accounts are free to move (D-DORMANT-1)")
    protected = np.where(scores.dormant, -1, rep_index)
    return Owners(read_only(rep_index), read_only(protected), tuple(notes))


def _close(gone: list[tuple[str, int]], team: Team) -> list[str]:
    """Say which owners look like another spelling of a rep; nothing is corrected."""
    reps = [*team.rep_id.tolist(), *(name for name in team.text("name").tolist() if name)]
    pairs = [(owner, count, nearest_spelling(owner, reps)) for owner, count in gone]
    near = [(owner, count, rep) for owner, count, rep in pairs if rep]
    lines = [
        f"owner: warning: {owner!r} ({count:,} accounts) looks like {rep!r} of the team, but is not the same text"
        for owner, count, rep in near[:_SHOWN]
    ]
    if len(near) > _SHOWN:
        lines.append(f"owner: warning: {len(near) - _SHOWN:,} more owners look like other spellings of reps")
    return lines
