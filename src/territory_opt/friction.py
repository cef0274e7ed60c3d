"""Coverage friction: what an account costs a rep in money before it earns anything (D-LOAD-4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.accounts import Accounts
from territory_opt.matching import Matching, match, zone_offsets
from territory_opt.places import Places
from territory_opt.policy import Policy
from territory_opt.scoring.score import Scores
from territory_opt.team import Team
from territory_opt.time_zones import unknown_zones

__all__ = ["Friction", "price_friction"]

_MOST_PAIRS = 2_000_000


@dataclass(frozen=True, slots=True)
class Friction:
    """Prices of covering an account, per pair of account and rep.

    Attributes
    ----------
    per_hour : float
        Money per travel hour.
    zones : tuple of ndarray, or None
        Offsets from UTC of accounts and reps, when a time-zone gap has a price.
    per_zone_hour : float
        Money per hour of time-zone gap.
    mismatches : tuple of (Matching, float)
        Attributes whose mismatch has a price, money per account.
    notes : tuple of str
        What was priced.
    own : ndarray of float, shape (n_accounts,), or None
        The user's own penalty of every account, in place of all prices.
    """

    per_hour: float
    zones: tuple[FloatArray, FloatArray] | None
    per_zone_hour: float
    mismatches: tuple[tuple[Matching, float], ...]
    notes: tuple[str, ...]
    own: FloatArray | None = None

    @property
    def active(self) -> bool:
        """True when any price is above zero."""
        return self.per_hour > 0 or self.zones is not None or bool(self.mismatches) or self.own is not None

    @property
    def travel_only(self) -> bool:
        """True when nothing but travel hours has a price."""
        return self.zones is None and not self.mismatches and self.own is None

    @property
    def kind_index(self) -> IntArray | None:
        """Kinds of accounts whose friction beyond travel is the same for every rep, shape (n_accounts,).

        None where that friction does not depend on the rep.
        """
        keys = [] if self.zones is None else [np.unique(self.zones[0], return_inverse=True)[1].ravel()]
        keys += [matching.kind_index for matching, _ in self.mismatches]
        if not keys:
            return None
        found = np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)[1]
        return found.ravel().astype(np.int64)

    def of(self, account_index: IntArray, rep_index: IntArray, hours: FloatArray) -> FloatArray:
        """Friction of pairs.

        Parameters
        ----------
        account_index, rep_index : ndarray of int, shape (m,)
            The pairs.
        hours : ndarray of float, shape (m,)
            Their yearly travel hours.

        Returns
        -------
        ndarray of float, shape (m,)
            Money a year.
        """
        return self.per_hour * hours + self.beyond_travel(account_index, rep_index)

    def beyond_travel(self, account_index: IntArray, rep_index: IntArray) -> FloatArray:
        """Friction of pairs without the price of their travel hours.

        Parameters
        ----------
        account_index, rep_index : ndarray of int, shape (m,)
            The pairs.

        Returns
        -------
        ndarray of float, shape (m,)
            Money a year.
        """
        if self.own is not None:
            return self.own[account_index]
        money = np.zeros(account_index.shape)
        if self.zones is not None:
            # Offsets run from -12 to +14: the two ends are two hours apart, not 26.
            gap = np.mod(self.zones[0][account_index] - self.zones[1][rep_index], 24.0)
            money = money + self.per_zone_hour * np.nan_to_num(np.minimum(gap, 24.0 - gap), nan=0.0)
        for matching, price in self.mismatches:
            money = money + price * ~matching.allows(account_index, rep_index)
        return money


def price_friction(accounts: Accounts, team: Team, scores: Scores, places: Places, policy: Policy) -> Friction:
    """Find the price of a travel hour and of every optional gap.

    Parameters
    ----------
    accounts, team, scores, places, policy
        The statement so far.

    Returns
    -------
    Friction
        Prices; all zero without places and optional rates.

    Notes
    -----
    D-LOAD-4: a column ``friction`` of the accounts is the penalty itself, for any rep. Else the default price of an
    hour is the team's gross load over its selling hours a year. Where travel to the nearest rep alone would take more
    than ``policy.friction_share`` of those hours, books would be worth nothing or less at that price; the friction is
    then off, and the note says so.
    """
    if accounts.has("friction"):
        own = accounts.number("friction")
        return Friction(0.0, None, 0.0, (), (f"friction: your own column, {own.sum():,.0f} in all (D-LOAD-4)",), own)
    notes: list[str] = []
    per_hour = 0.0
    if places.known:
        if policy.friction_per_hour is not None:
            per_hour = policy.friction_per_hour
        else:
            per_hour, said = _hour_value(team, scores, places, policy)
            notes.append(said)
    zones = None
    if policy.time_zone_penalty_per_hour > 0 and accounts.has("time_zone") and team.has("time_zone"):
        zones = zone_offsets(accounts, team)
        notes.append(f"friction: {policy.time_zone_penalty_per_hour:,.0f} per hour of time-zone gap")
        blind = [int(np.isnan(offset).sum()) for offset in zones]
        if any(blind):
            notes.append(
                f"friction: no time-zone gap is counted for {blind[0]:,} accounts and {blind[1]:,} reps whose zone is "
                "missing or not understood"
            )
        for table, column in (("accounts", accounts.text("time_zone")), ("team", team.time_zone)):
            notes += [f"{table} {said}" for said in unknown_zones(column.tolist())]
    mismatches = []
    for attribute, price in (("language", policy.language_penalty), ("vertical", policy.vertical_penalty)):
        if price > 0 and accounts.has(attribute):
            mismatches.append((match(accounts, team, attribute), price))
            notes.append(f"friction: {price:,.0f} per account whose {attribute} the rep does not serve")
    return Friction(per_hour, zones, policy.time_zone_penalty_per_hour, tuple(mismatches), tuple(notes))


def _hour_value(team: Team, scores: Scores, places: Places, policy: Policy) -> tuple[float, str]:
    gross = float(scores.gross_load.sum())
    selling = policy.selling_hours * float(team.capacity.sum())
    nearest = _nearest_hours(places, len(team))
    if nearest <= policy.friction_share * selling:
        price = gross / selling
        why = f"team load over {selling:,.0f} selling hours, D-LOAD-4"
        return price, f"friction: an hour of travel takes {price:,.0f} off a book's load ({why})"
    return 0.0, (
        f"friction: off, because travel to the nearest rep alone takes {nearest:,.0f} hours a year, "
        f"{100 * nearest / selling:,.0f}% of the {selling:,.0f} selling hours, and an hour has no value by D-LOAD-4 "
        "then; fewer visits, more reps or Policy(friction_per_hour=...) change that"
    )


def _nearest_hours(places: Places, n_reps: int) -> float:
    """Travel hours a year if every account had its nearest rep; estimated on a sample of a large table."""
    reps = np.flatnonzero(~places.open_reps)
    n = len(places.lat)
    if not len(reps):
        return 0.0
    step = max(1, n * len(reps) // _MOST_PAIRS)
    accounts = np.arange(0, n, step)
    hours = places.hours(np.repeat(accounts, len(reps)), np.tile(reps, len(accounts)))
    # Open homes will be nearer: coverage with more homes shortens distances about with the square root.
    shorter = np.sqrt(len(reps) / n_reps)
    return float(hours.reshape(len(accounts), len(reps)).min(axis=1).sum()) * n / len(accounts) * float(shorter)
