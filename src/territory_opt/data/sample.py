"""A seeded sales team and its market: what a CRM export looks like, with the mess a real one has."""

from __future__ import annotations

from typing import Any

import numpy as np

from territory_opt._typing import AnyArray, FloatArray, IntArray
from territory_opt.data.cities import CITIES
from territory_opt.data.names import FAMILY_NAMES, FIRST_WORDS, GIVEN_NAMES, LAST_WORDS, VERTICALS
from territory_opt.errors import CriterionError
from territory_opt.travel import great_circle_km

__all__ = ["make_sample"]

_AS_OF = np.datetime64("2026-01-31", "D")
_TIER_SHARES = (0.10, 0.30, 0.60)
_ACV_RANGES = ((100_500.0, 320_000.0), (26_000.0, 98_000.0), (3_000.0, 24_500.0))
_VERTICAL_SHARES = (0.40, 0.16, 0.14, 0.12, 0.10, 0.08)
_NEAR_KM = 45.0
_LEFT = ("R-91", "R-92")


def make_sample(
    n_accounts: int = 1800, n_reps: int = 20, seed: int = 7
) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """Make accounts and reps that look like a CRM export of a US field team.

    Parameters
    ----------
    n_accounts : int
        Number of accounts, at least 50. 90 per rep put a full rep near 138 account units (D-UNITS-1: 100-150).
    n_reps : int
        Number of reps, at least 2. Every tenth works 80 %.
    seed : int
        Seed; equal seeds give equal tables on every machine and NumPy version (only uniform draws are used).

    Returns
    -------
    accounts, reps : dict of str to list
        Columns by canonical name, for ``Accounts.from_frame`` and ``Team.from_frame``. A few accounts carry the
        mess of real exports, all of it reported and none of it refused: missing coordinates, owners who left,
        money as ``$12,300``, blanks around ids, no vertical, no activity date, a parent that is the account itself,
        names that are formulas or HTML.

    Raises
    ------
    CriterionError
        Fewer than 50 accounts or 2 reps.

    Notes
    -----
    Tiers A, B and C in shares 10 / 30 / 60 %; about 60 % of the ACV is named; 8 % of the accounts are
    partner-sourced; a tenth has been quiet for more than 90 days; a sixth belongs to a parent.

    Examples
    --------
    >>> accounts, reps = make_sample(100, 4, seed=1)
    >>> len(accounts["account_id"]), len(reps["rep_id"])
    (100, 4)
    """
    if n_accounts < 50 or n_reps < 2:
        raise CriterionError(f"a sample needs at least 50 accounts and 2 reps, not {n_accounts} and {n_reps}")
    rng = np.random.default_rng(seed)
    home = _homes(n_reps)
    serves = rng.random((n_reps, len(VERTICALS))) < 0.7
    serves[:, 0] = True
    serves[np.arange(len(VERTICALS)) % n_reps, np.arange(len(VERTICALS))] = True
    reps = _reps(rng, home, serves)
    accounts = _accounts(rng, n_accounts, home, serves)
    _mess(rng, accounts)
    return accounts, reps


def _pick(rng: np.random.Generator, shares: AnyArray | tuple[float, ...], size: int) -> IntArray:
    """Draw positions with given shares from uniform numbers only, which every NumPy draws alike."""
    edges = np.cumsum(np.asarray(shares, np.float64))
    return np.searchsorted(edges / edges[-1], rng.random(size), side="right").astype(np.int64)


def _spread(rng: np.random.Generator, shares: FloatArray, size: int) -> IntArray:
    """Draw positions whose counts keep to the shares, in random order."""
    edges = np.cumsum(shares)
    drawn = np.searchsorted(edges / edges[-1], (np.arange(size) + rng.random(size)) / size, side="right")
    return drawn[np.argsort(rng.random(size), kind="stable")].astype(np.int64)


def _homes(n_reps: int) -> IntArray:
    """Give the reps cities by the method of largest quotients on population, so that large cities get several."""
    size = np.sqrt(np.array([city.population for city in CITIES]))
    given = np.zeros(len(CITIES))
    homes = []
    lat = np.array([city.lat for city in CITIES])
    lon = np.array([city.lon for city in CITIES])
    for _ in range(n_reps):
        best = int(np.argmax(size / (given + 1.0)))
        homes.append(best)
        # a rep covers the towns around too, so those wait longer for one of their own
        given += np.exp(-great_circle_km(lat, lon, lat[best], lon[best]) / 180.0) * 1.5
    return np.array(homes, dtype=np.int64)


def _reps(rng: np.random.Generator, home: IntArray, serves: AnyArray) -> dict[str, list[Any]]:
    n_reps = home.size
    tenure = np.round(0.3 + 9.0 * rng.random(n_reps) ** 1.3, 1)
    capacity = [0.8 if number % 10 == 9 else 1.0 for number in range(n_reps)]
    manager = [("Morgan Reyes", "Alex Sorensen", "Jordan Blake")[number % 3] for number in range(n_reps)]
    names = [f"{GIVEN_NAMES[j % 26]} {FAMILY_NAMES[(5 * j + j // 26) % 26]}" for j in range(n_reps)]
    return {
        "rep_id": [f"R-{number:02d}" for number in range(1, n_reps + 1)],
        "name": names,
        "city": [CITIES[c].name for c in home],
        "lat": [round(CITIES[c].lat + 0.1 * float(rng.random() - 0.5), 4) for c in home],
        "lon": [round(CITIES[c].lon + 0.1 * float(rng.random() - 0.5), 4) for c in home],
        "time_zone": [CITIES[c].time_zone for c in home],
        "capacity": capacity,
        "tenure_years": tenure.tolist(),
        "verticals": ["; ".join(v for v, can in zip(VERTICALS, row, strict=True) if can) for row in serves],
        "role": ["Senior AE" if years >= 3.0 else "AE" for years in tenure],
        "manager": manager,
        "quota": [1_250_000.0 * share for share in capacity],
    }


def _accounts(rng: np.random.Generator, n: int, home: IntArray, serves: AnyArray) -> dict[str, list[Any]]:
    city = _spread(rng, _demand(home), n)
    angle, far = 2.0 * np.pi * rng.random(n), 18.0 * np.sqrt(-np.log1p(-rng.random(n)))
    far *= np.where(rng.random(n) < 0.12, 4.0, 1.0)
    base_lat = np.array([CITIES[c].lat for c in city])
    lat = base_lat + far * np.cos(angle) / 111.2
    lon = np.array([CITIES[c].lon for c in city]) + far * np.sin(angle) / (111.2 * np.cos(np.radians(base_lat)))
    tier = _spread(rng, np.array(_TIER_SHARES), n)
    low, high = np.array(_ACV_RANGES)[tier].T
    acv = low * (high / low) ** (rng.random(n) ** 1.4)
    fit = np.clip(52.0 + 46.0 * rng.random(n) - 6.0 * tier + np.where(tier == 0, 14.0, 0.0), 5.0, 99.0)
    named_share = np.where(fit >= 70.0, 0.78, 0.46) + 0.2 * (rng.random(n) - 0.5)
    named = np.round(acv * named_share, -2)
    vertical = _pick(rng, _VERTICAL_SHARES, n)
    # teams are hired for their market: most accounts nearby are of a vertical the rep there knows
    nearest = np.argmin(_km_to(lat, lon, home), axis=1)
    vertical[~serves[nearest, vertical] & (rng.random(n) < 0.95)] = 0
    days = np.where(rng.random(n) < 0.12, 95 + 300 * rng.random(n), 88 * rng.random(n)).astype(np.int64)
    return {
        "account_id": [f"A-{number:04d}" for number in range(1, n + 1)],
        "name": _names(rng, vertical),
        "city": [CITIES[c].name for c in city],
        "region": [CITIES[c].state for c in city],
        "country": ["US"] * n,
        "lat": np.round(lat, 5).tolist(),
        "lon": np.round(lon, 5).tolist(),
        "time_zone": [CITIES[c].time_zone for c in city],
        "vertical": [VERTICALS[v] for v in vertical],
        "segment": [("Enterprise", "Mid-market", "Small business")[t] for t in tier],
        "named_acv": named.tolist(),
        "white_space_acv": np.round(acv - named, -2).tolist(),
        "fit": np.round(fit).tolist(),
        "owner": _owners(rng, lat, lon, home, serves[:, vertical].T),
        "parent_id": _parents(rng, lat, lon, vertical),
        "last_activity": [str(_AS_OF - int(d)) for d in days],
        "partner_sourced": ["yes" if draw < 0.08 else "" for draw in rng.random(n)],
    }


def _km_to(lat: FloatArray, lon: FloatArray, home: IntArray) -> FloatArray:
    """Distances from every place to every home."""
    home_lat = np.array([CITIES[c].lat for c in home])
    home_lon = np.array([CITIES[c].lon for c in home])
    return great_circle_km(lat[:, None], lon[:, None], home_lat[None, :], home_lon[None, :])


def _demand(home: IntArray) -> FloatArray:
    """Weight of every city: people count, and so does being where somebody sells."""
    lat = np.array([city.lat for city in CITIES])
    lon = np.array([city.lon for city in CITIES])
    reach = np.exp(-_km_to(lat, lon, home) / _NEAR_KM)
    people = np.sqrt(np.array([city.population for city in CITIES]))
    # every rep brings about the same demand, spread over the cities in reach
    share = people[:, None] * reach
    return np.asarray((share / share.sum(axis=0)).sum(axis=1) + 0.00006 * people, np.float64)


def _names(rng: np.random.Generator, vertical: IntArray) -> list[str]:
    first = _pick(rng, np.ones(len(FIRST_WORDS)), vertical.size)
    second = _pick(rng, np.ones(len(FIRST_WORDS)), vertical.size)
    last = _pick(rng, np.ones(6), vertical.size)
    names = []
    for a, b, c, v in zip(first, second, last, vertical, strict=True):
        lead = FIRST_WORDS[a] if a == b else f"{FIRST_WORDS[a]} {FIRST_WORDS[b]}"
        names.append(f"{lead} {LAST_WORDS[VERTICALS[v]][c]}")
    return names


def _owners(rng: np.random.Generator, lat: FloatArray, lon: FloatArray, home: IntArray, can: AnyArray) -> list[str]:
    """Today's books: mostly a near rep who serves the vertical, some at random, some of reps who left."""
    km = _km_to(lat, lon, home)
    order = np.argsort(np.where(can, km, km + 1e5), axis=1, kind="stable")
    rank = np.minimum(np.floor(np.log1p(-rng.random(lat.size)) / np.log(0.2)), home.size - 1).astype(np.int64)
    owner = order[np.arange(lat.size), rank]
    draw = rng.random(lat.size)
    texts = []
    for j, u in zip(owner, draw, strict=True):
        texts.append("" if u < 0.10 else _LEFT[0] if u < 0.13 else _LEFT[1] if u < 0.15 else f"R-{j + 1:02d}")
    return texts


def _parents(rng: np.random.Generator, lat: FloatArray, lon: FloatArray, vertical: IntArray) -> list[str]:
    """Small groups: a parent and one to three accounts of its vertical nearby."""
    parents = [""] * lat.size
    taken = np.zeros(lat.size, dtype=bool)
    for _ in range(lat.size // 14):
        top = int(rng.random() * lat.size)
        if taken[top]:
            continue
        taken[top] = True
        near = great_circle_km(lat, lon, lat[top], lon[top])
        near[taken | (vertical != vertical[top])] = np.inf
        size = 1 + int(3.0 * rng.random())
        for child in np.argsort(near, kind="stable")[:size].tolist():
            if near[child] <= 2.0 * _NEAR_KM:
                taken[child] = True
                parents[child] = f"A-{top + 1:04d}"
    return parents


def _mess(rng: np.random.Generator, accounts: dict[str, list[Any]]) -> None:
    """Damage a few rows the way exports are damaged; nothing here is bad enough to be refused."""
    n = len(accounts["account_id"])
    rows = np.argsort(rng.random(n), kind="stable")
    cut = iter(rows.tolist())

    def some(count: int) -> list[int]:
        return [next(cut) for _ in range(min(count, n // 12))]

    for row in some(14):
        accounts["lat"][row] = accounts["lon"][row] = None
    for row in some(2):
        accounts["lat"][row] = accounts["lon"][row] = None
        accounts["city"][row] = accounts["region"][row] = ""
    for row in some(4):
        accounts["named_acv"][row] = f"${accounts['named_acv'][row]:,.0f}"
    for row in some(6):
        accounts["vertical"][row] = ""
    for row in some(5):
        accounts["account_id"][row] = f" {accounts['account_id'][row]} "
    for row in some(9):
        accounts["last_activity"][row] = ""
    for row in some(7):
        accounts["fit"][row] = None
    for row in some(3):
        if accounts["parent_id"][row] == "":
            accounts["parent_id"][row] = accounts["account_id"][row].strip()
    for row in [row for row in rows[::-1].tolist() if accounts["vertical"][row] == "Retail"][:3]:
        accounts["vertical"][row] = "retail"
    names = ("=HYPERLINK(1,2) Holdings", "<b>Bold & Sons</b>", "Zoë’s Café Größe 東京")
    for row, name in zip(some(3), names, strict=False):
        accounts["name"][row] = name
