"""Which reps serve which accounts, as small tables instead of an array of pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray, TextArray, read_only
from territory_opt.accounts import Accounts
from territory_opt.team import Team
from territory_opt.time_zones import utc_offset_hours

__all__ = ["Matching", "match", "zone_offsets"]


@dataclass(frozen=True, slots=True)
class Matching:
    """Accounts sorted into kinds, and the reps that serve each kind.

    Attributes
    ----------
    kind_index : ndarray of int, shape (n_accounts,)
        Kind of every account; kind 0 is *unknown*, which every rep serves.
    serves : ndarray of bool, shape (n_kinds, n_reps)
        True where the rep serves the kind.
    kinds : tuple of str
        Name of every kind; the first is empty.
    """

    kind_index: IntArray
    serves: BoolArray
    kinds: tuple[str, ...]

    def allows(self, account_index: IntArray, rep_index: IntArray) -> BoolArray:
        """True where the rep serves the account; shape (m,) for m pairs."""
        return self.serves[self.kind_index[account_index], rep_index]


def match(accounts: Accounts, team: Team, attribute: str) -> Matching:
    """Match an attribute of accounts with what reps serve.

    Parameters
    ----------
    accounts, team : Accounts, Team
        The tables; the accounts must have the column.
    attribute : str
        ``vertical``, ``segment``, ``language``, ``region`` (lists of the rep; empty serves all) or
        ``time_zone`` (equal offset from UTC, or equal text where a zone is unknown; a rep without one serves all).

    Returns
    -------
    Matching
        Case and surrounding blanks do not matter.
    """
    values = np.array([value.strip().casefold() for value in accounts.text(attribute)], dtype=object)
    found, kind_index = np.unique(values.astype(str), return_inverse=True)
    kinds = [str(kind) for kind in found]
    if kinds[:1] != [""]:  # sorted, so an empty text can only be first
        kinds = ["", *kinds]
        kind_index = kind_index + 1
    serves = np.ones((len(kinds), len(team)), dtype=np.bool_)
    for rep, wanted in enumerate(_served(team, attribute)):
        if wanted:
            serves[1:, rep] = [_fits(attribute, kind, wanted) for kind in kinds[1:]]
    return Matching(read_only(kind_index.astype(np.int64)), read_only(serves), tuple(kinds))


def zone_offsets(accounts: Accounts, team: Team) -> tuple[FloatArray, FloatArray]:
    """Offsets from UTC of accounts and reps, for the time-zone part of the coverage friction.

    Returns
    -------
    account_offset : ndarray of float, shape (n_accounts,)
        Hours; NaN where the zone is missing or not understood.
    rep_offset : ndarray of float, shape (n_reps,)
        The same for the reps.
    """
    return _offsets(accounts.text("time_zone")), _offsets(team.time_zone)


def _offsets(zones: TextArray) -> FloatArray:
    texts, inverse = np.unique(zones.astype(str), return_inverse=True)
    offsets = [utc_offset_hours(str(zone)) if zone.strip() else None for zone in texts]
    return np.array([np.nan if value is None else value for value in offsets])[inverse]


def _served(team: Team, attribute: str) -> list[frozenset[str]]:
    if attribute == "time_zone":
        return [frozenset([zone.strip().casefold()]) if zone.strip() else frozenset() for zone in team.time_zone]
    return [frozenset(value.strip().casefold() for value in values) for values in team.serves[attribute]]


def _fits(attribute: str, kind: str, wanted: frozenset[str]) -> bool:
    if kind in wanted:
        return True
    if attribute != "time_zone":
        return False
    offset = utc_offset_hours(kind)
    return offset is not None and any(utc_offset_hours(zone) == offset for zone in wanted)
