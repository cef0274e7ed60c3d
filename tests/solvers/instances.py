"""Seeded carving programs in the shape that formulation makes, independent of it."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from territory_opt.formulation.program import Block, IntegerProgram
from territory_opt.solvers.pairs import Pairs

INF = np.inf
EARTH = 6371.0088


@dataclass(frozen=True)
class Carve:
    program: IntegerProgram
    pairs: Pairs
    hours: np.ndarray


def _places(rng, n, cities, weights):
    city = rng.choice(len(weights), n, p=weights / weights.sum())
    spread = 0.25 * weights[city] ** 0.25
    place = cities[city] + rng.normal(size=(n, 2)) * spread[:, None]
    rural = rng.random(n) < 0.08
    place[rural] = rng.uniform((27, -121), (47, -71), (rural.sum(), 2))
    return place, rural


def _km(a, b):
    lat1, lon1, lat2, lon2 = (np.radians(v) for v in (a[:, None, 0], a[:, None, 1], b[None, :, 0], b[None, :, 1]))
    h = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH * np.arcsin(np.sqrt(h))


def carve(
    n,
    k,
    *,
    seed=0,
    load_band=0.15,
    units_band=0.15,
    third_band=None,
    friction=True,
    nearest=None,
    identical=False,
    sigma=0.7,
):
    """n accounts, k reps: loads with friction inside a band on the mean, units inside a band, priced moves."""
    rng = np.random.default_rng(seed)
    n_cities = max(3, min(300, n // 5))
    cities = rng.uniform((27, -121), (47, -71), (n_cities, 2))
    weights = 1.0 / np.arange(1, n_cities + 1)
    place, rural = _places(rng, n, cities, weights)
    home, _ = _places(rng, k, cities, weights)
    named, white, extra = rng.lognormal(11, sigma, (3, n))
    load = 0.6 * named + 0.4 * white
    tier = np.searchsorted(np.quantile(named, [0.6, 0.9]), named)
    units, visits = np.array([1, 2, 3])[tier], np.array([4, 6, 12])[tier]
    speed = np.where(rural, 80.0, 50.0)
    km = _km(place, home)
    hours = visits[:, None] * km / speed[:, None]
    share = np.ones(k) if identical else rng.choice([0.8, 1.0], k, p=[0.1, 0.9])
    if identical:
        hours[:] = hours[:, :1]
    near = np.argsort(km + rng.exponential(60, (n, k)), axis=1)[:, 0]
    owner = np.where(rng.random(n) < 0.8, near, -1)

    allowed = np.ones((n, k), dtype=bool)
    if nearest is not None:
        allowed = np.argsort(np.argsort(km, axis=1), axis=1) < nearest
    account, rep = np.nonzero(allowed)
    p, position = len(account), np.arange(len(account))
    travel = hours[account, rep]
    move = 0.05 * (named + white) / 150.0  # a selling hour is worth about 150
    cost = travel + move[account] * ((owner[account] >= 0) & (rep != owner[account]))

    per_hour = load.sum() / share.sum() / 4000.0 if friction else 0.0
    full = load.sum() / share.sum()
    weight = (load[account] - per_hour * np.minimum(travel, 0.5 * load[account] / max(per_hour, 1e-9))) / full
    eye = sparse.eye_array(k, format="csr")

    def by_rep(values):
        return sparse.csr_array((values, (rep, position)), shape=(k, p))

    def wide(x=None, loads=None, mean=None):
        rows = next(part.shape[0] for part in (x, loads, mean) if part is not None)
        parts = [
            part if part is not None else sparse.csr_array((rows, width))
            for part, width in ((x, p), (loads, k), (mean, 1))
        ]
        return sparse.hstack(parts, format="csr")

    column = sparse.csr_array(share[:, None])
    blocks, lowers, uppers = [], [], []

    def rows(name, matrix, lower, upper):
        blocks.append((name, matrix))
        lowers.append(np.broadcast_to(lower, matrix.shape[0]).astype(float))
        uppers.append(np.broadcast_to(upper, matrix.shape[0]).astype(float))

    rows("assign", wide(sparse.csr_array((np.ones(p), (account, position)), shape=(n, p))), 1, 1)
    rows("load", wide(by_rep(weight), -eye), 0, 0)
    rows("mean", wide(None, sparse.csr_array(np.ones((1, k))), sparse.csr_array([[-share.sum()]])), 0, 0)
    rows("load_high", wide(None, eye, -(1 + load_band) * column), -INF, 0)
    rows("load_low", wide(None, eye, -(1 - load_band) * column), 0, INF)
    target = units.sum() / share.sum() * share
    rows("units", wide(by_rep(units[account].astype(float))), (1 - units_band) * target, (1 + units_band) * target)
    if third_band is not None:
        level = extra.sum() / share.sum()
        rows("third", wide(by_rep(extra[account] / level)), (1 - third_band) * share, (1 + third_band) * share)
    matrix = sparse.vstack([m for _, m in blocks], format="csr")
    matrix.sort_indices()
    edges = np.cumsum([0] + [m.shape[0] for _, m in blocks])
    named_blocks = [Block("columns", "x", 0, p), Block("columns", "book", p, p + k)]
    named_blocks += [Block("columns", "mean", p + k, p + k + 1)]
    named_blocks += [
        Block("rows", name, int(a), int(b)) for (name, _), a, b in zip(blocks, edges, edges[1:], strict=False)
    ]
    program = IntegerProgram(
        cost=np.concatenate([cost, np.zeros(k + 1)]),
        indptr=matrix.indptr,
        indices=matrix.indices,
        values=matrix.data,
        row_lower=np.concatenate(lowers),
        row_upper=np.concatenate(uppers),
        col_lower=np.concatenate([np.zeros(p), np.full(k + 1, -INF)]),
        col_upper=np.concatenate([np.ones(p), np.full(k + 1, INF)]),
        integrality=np.concatenate([np.ones(p), np.zeros(k + 1)]),
        blocks=tuple(named_blocks),
    )
    pairs = Pairs(account, rep, np.searchsorted(account, np.arange(n + 1)), slice(0, p), slice(0, n))
    return Carve(program, pairs, hours)
