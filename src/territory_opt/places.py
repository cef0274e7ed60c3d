"""Where accounts and reps are, and the yearly travel hours between them (D-TRAVEL-2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from territory_opt._frozen import FrozenArrays
from territory_opt._typing import AnyArray, BoolArray, FloatArray, IntArray, TextArray, read_only
from territory_opt.accounts import Accounts
from territory_opt.errors import DataError, Issue
from territory_opt.scoring.score import Scores
from territory_opt.team import Team
from territory_opt.travel import fill_positions, great_circle_km

__all__ = ["Places", "TravelTime", "locate"]

TravelTime: TypeAlias = FloatArray | Callable[[IntArray, IntArray], FloatArray]

_FALLBACK_KEYS = ("postal_code", "city", "region", "country")
_UNKNOWN = 255
# Far above any trip, and far below what makes sums and solvers lose their digits.
_MOST_HOURS = 1e9


@dataclass(frozen=True, slots=True)
class Places(FrozenArrays):
    """Positions of accounts and homes, and what a kilometre costs per account.

    Attributes
    ----------
    lat, lon : ndarray of float, shape (n_accounts,)
        Degrees; a fallback position where the table had none; NaN where no place is known.
    rep_lat, rep_lon : ndarray of float, shape (n_reps,)
        Degrees of the homes; NaN for an open home.
    visits : ndarray of float, shape (n_accounts,)
        Visits a year.
    hours_per_km : ndarray of float, shape (n_accounts,)
        Visits a year over speed: yearly hours per kilometre of distance.
    travel_time : ndarray, callable or None
        The user's own hours per visit: an array (n_accounts, n_reps), or a function of account and rep positions.
    open_reps : ndarray of bool, shape (n_reps,)
        True where travel matters and the rep has no home: the library chooses it.
    notes : tuple of str
        What was inferred.
    """

    lat: FloatArray
    lon: FloatArray
    rep_lat: FloatArray
    rep_lon: FloatArray
    visits: FloatArray
    hours_per_km: FloatArray
    travel_time: TravelTime | None
    open_reps: BoolArray
    notes: tuple[str, ...]

    @property
    def known(self) -> bool:
        """True when travel hours can be told for at least one account."""
        return self.travel_time is not None or bool(np.isfinite(self.lat).any())

    def km(self, account_index: IntArray, rep_index: IntArray, home_index: IntArray | None = None) -> FloatArray:
        """Great-circle kilometres of pairs; NaN where either place is unknown.

        Parameters
        ----------
        account_index, rep_index : ndarray of int, shape (m,)
            The pairs.
        home_index : ndarray of int, shape (n_reps,), optional
            Account position of each open home; -1 elsewhere.

        Returns
        -------
        ndarray of float, shape (m,)
            Kilometres.
        """
        rep_lat, rep_lon = self.rep_lat, self.rep_lon
        if home_index is not None:
            chosen = self.open_reps & (home_index >= 0)
            rep_lat = np.where(chosen, self.lat[home_index], rep_lat)
            rep_lon = np.where(chosen, self.lon[home_index], rep_lon)
        return great_circle_km(self.lat[account_index], self.lon[account_index], rep_lat[rep_index], rep_lon[rep_index])

    def hours(self, account_index: IntArray, rep_index: IntArray, home_index: IntArray | None = None) -> FloatArray:
        """Yearly travel hours of pairs; 0 where a place is unknown.

        Parameters
        ----------
        account_index, rep_index : ndarray of int, shape (m,)
            The pairs.
        home_index : ndarray of int, shape (n_reps,), optional
            Account position of each open home; -1 elsewhere.

        Returns
        -------
        ndarray of float, shape (m,)
            Hours a year.

        Raises
        ------
        DataError
            If the user's own function fails, or does not return hours.
        """
        if self.travel_time is None:
            km = self.km(account_index, rep_index, home_index)
            return np.nan_to_num(km * self.hours_per_km[account_index], nan=0.0)
        return self.own_hours_per_visit(account_index, rep_index) * self.visits[account_index]

    def own_hours_per_visit(self, account_index: IntArray, rep_index: IntArray) -> FloatArray:
        """Hours per visit of pairs by the user's own travel times; 0 without them.

        Parameters
        ----------
        account_index, rep_index : ndarray of int, shape (m,)
            The pairs.

        Returns
        -------
        ndarray of float, shape (m,)
            Hours.

        Raises
        ------
        DataError
            If the user's own function fails, or does not return hours.
        """
        if self.travel_time is None:
            return np.zeros(account_index.shape)
        if callable(self.travel_time):
            return _called(self.travel_time, account_index, rep_index)
        return self.travel_time[account_index, rep_index]


def locate(accounts: Accounts, team: Team, scores: Scores, travel_time: TravelTime | None) -> Places:
    """Find a position for every account, or say that there is none.

    Parameters
    ----------
    accounts, team : Accounts, Team
        The tables.
    scores : Scores
        Visits and speeds.
    travel_time : ndarray of shape (n_accounts, n_reps), callable, or None
        The user's own hours per visit, in place of distances.

    Returns
    -------
    Places
        Positions, and notes on every fallback used.

    Raises
    ------
    DataError
        If a travel-time array is no array of numbers, has the wrong shape, or holds negative or non-finite hours.
    """
    n, k = len(accounts), len(team)
    nowhere = np.full(n, np.nan)
    notes: list[str] = []
    lat, lon = nowhere, nowhere
    if travel_time is not None and not callable(travel_time):
        travel_time = _checked_matrix(travel_time, (n, k))
    if travel_time is not None:
        notes.append("travel: your own hours per visit, times visits a year")
    if accounts.has("lat") and accounts.has("lon"):
        names, keys = _fallbacks(accounts)
        lat, lon, source = fill_positions(accounts.number("lat"), accounts.number("lon"), keys)
        for number, name in enumerate(names, start=1):
            filled = int((source == number).sum())
            if filled:
                notes.append(f"place: {filled:,} accounts without coordinates put at the centre of their {name}")
        unknown = int((source == _UNKNOWN).sum())
        if unknown and travel_time is None:
            notes.append(
                f"place: {unknown:,} accounts have no known place: their travel counts as 0 hours for every rep"
            )
    on_map = travel_time is None and bool(np.isfinite(lat).any())
    open_reps = ~np.isfinite(team.lat) if on_map else np.zeros(k, dtype=np.bool_)
    if open_reps.any():
        notes.append(f"home: {int(open_reps.sum())} of {k} reps have none: the solver chooses it among the accounts")
    return Places(
        lat=read_only(lat),
        lon=read_only(lon),
        rep_lat=team.lat,
        rep_lon=team.lon,
        visits=scores.visits,
        hours_per_km=read_only(scores.visits / scores.speed_kmh),
        travel_time=travel_time,
        open_reps=read_only(open_reps),
        notes=tuple(notes),
    )


def _fallbacks(accounts: Accounts) -> tuple[list[str], list[TextArray]]:
    names: list[str] = []
    keys: list[TextArray] = []
    country = accounts.text("country") if accounts.has("country") else None
    region = accounts.text("region") if accounts.has("region") else None
    for name in _FALLBACK_KEYS:
        if not accounts.has(name):
            continue
        key = accounts.text(name)
        # "Springfield" is in many states and "Victoria" in many countries: a name alone is no place.
        for scope in (region if name == "city" else None, country if name != "country" else None):
            if scope is not None:
                key = _joined(key, scope)
        names.append(name.replace("_", " "))
        keys.append(key)
    return names, keys


def _joined(key: TextArray, scope: TextArray) -> TextArray:
    return np.array([f"{a}\x1f{b}" if a else "" for a, b in zip(key, scope, strict=True)], dtype=object)


def _called(
    function: Callable[[IntArray, IntArray], FloatArray], account_index: IntArray, rep_index: IntArray
) -> FloatArray:
    """Hours per visit from the user's function, whatever it does."""
    hint = "return one number of hours, from 0 to 1e9, per pair"
    try:
        hours = np.asarray(function(account_index, rep_index), dtype=np.float64)
    except Exception as error:
        what = f"the function failed: {type(error).__name__}: {error}"
        raise DataError("travel_time", [Issue(None, None, what, hint)]) from error
    if hours.shape != account_index.shape:
        what = f"the function returned shape {hours.shape} for {account_index.shape} pairs"
        raise DataError("travel_time", [Issue(None, None, what, hint)])
    bad = np.flatnonzero(~((hours >= 0) & (hours <= _MOST_HOURS)))
    if len(bad):
        pair = f"account {account_index[bad[0]]} and rep {rep_index[bad[0]]}"
        what = f"the function returned {hours[bad[0]]} for {pair} (and {len(bad) - 1} more)"
        raise DataError("travel_time", [Issue(None, None, what, hint)])
    return hours


def _checked_matrix(matrix: AnyArray, shape: tuple[int, int]) -> FloatArray:
    try:
        hours = np.array(matrix, dtype=np.float64)
    except (TypeError, ValueError) as error:
        issue = Issue(None, None, f"not an array of numbers: {error}", "give hours per visit, one row per account")
        raise DataError("travel_time", [issue]) from error
    if hours.shape != shape:
        what = f"shape {hours.shape} does not fit {shape[0]} accounts by {shape[1]} reps"
        raise DataError("travel_time", [Issue(None, None, what, "give hours per visit, one row per account")])
    bad = np.argwhere(~((hours >= 0) & (hours <= _MOST_HOURS)))
    if len(bad):
        raise DataError(
            "travel_time",
            [Issue(int(i), f"rep {j}", f"{hours[i, j]} is not a number of hours", "from 0 to 1e9") for i, j in bad],
        )
    return read_only(hours)
