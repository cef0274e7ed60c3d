"""Every alignment of a tiny problem, scored in plain slow Python that shares no formula with the library.

Only the criteria are read from the library, as the statements they are. Distances, loads, bands, medians, families
and owners are worked out here once more, one alignment at a time.
"""

import itertools
import math
from dataclasses import dataclass, field

import numpy as np

import territory_opt as topt

INF = math.inf
TOLERANCE = 1e-6
FRICTION_SHARE = topt.Policy().friction_share
UNSURE = (1e-9, 1e-4)
"""An alignment that misses or keeps a limit by so little is a matter of rounding, not of truth."""


def distance_km(lat1, lon1, lat2, lon2):
    """Angle between two unit vectors by the cross product, times the mean radius of the Earth."""
    a, b = (
        (math.cos(p) * math.cos(q), math.cos(p) * math.sin(q), math.sin(p))
        for p, q in ((math.radians(lat1), math.radians(lon1)), (math.radians(lat2), math.radians(lon2)))
    )
    cross = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    return 6371.0088 * math.atan2(math.hypot(*cross), sum(x * y for x, y in zip(a, b, strict=True)))


@dataclass
class Case:
    """Plain tables, criteria and the price of an hour; ``problem()`` hands them to the library."""

    accounts: dict
    reps: dict
    criteria: list
    per_hour: float | None = 0.0
    measures: tuple = ()
    travel_time: object = None
    policy: dict = field(default_factory=dict)

    def problem(self, criteria=None):
        return topt.Problem(
            topt.Accounts.from_frame(self.accounts, measures=self.measures),
            topt.Team.from_frame(self.reps),
            policy=topt.Policy(friction_per_hour=self.per_hour, **self.policy),
            criteria=self.criteria if criteria is None else criteria,
            travel_time=self.travel_time,
        )

    @property
    def n(self):
        return len(self.accounts["account_id"])

    @property
    def k(self):
        return len(self.reps["rep_id"])


@dataclass
class Score:
    """Objective, the least room over all limits as a share of their scale, and book totals."""

    objective: float
    room: float
    books: dict

    @property
    def feasible(self):
        return self.room >= -TOLERANCE


@dataclass
class Answer:
    """What enumeration knows."""

    best: float
    argmin: tuple | None
    n_feasible: int
    unsure: bool


class Truth:
    """Scores alignments of one case."""

    def __init__(self, case, homes=None):
        self.case = case
        a, r = case.accounts, case.reps
        self.capacity = r.get("capacity", [1.0] * case.k)
        named = a.get("named_acv", [0.0] * case.n)
        white = a.get("white_space_acv", [0.0] * case.n)
        self.tam = [x + y for x, y in zip(named, white, strict=True)]
        self.gross = [0.6 * x + 0.4 * y for x, y in zip(named, white, strict=True)]
        self.hours = [[self._hours(i, j, homes) for j in range(case.k)] for i in range(case.n)]
        per_hour = case.per_hour
        if per_hour is None:
            selling = 4000.0 * sum(self.capacity)
            nearest = sum(min(row) for row in self.hours)
            per_hour = sum(self.gross) / selling if self._located() else 0.0
            if nearest > FRICTION_SHARE * selling:
                per_hour = FRICTION_SHARE * sum(self.gross) / nearest
        self.per_hour = per_hour
        units = {"A": 3.0, "B": 2.0, "C": 1.0}
        visits = a["visits"]
        self.added = {
            "load": lambda i, j: self.gross[i] - per_hour * self.hours[i][j],
            "tam": lambda i, j: self.tam[i],
            "acv": lambda i, j: self.tam[i],
            "named_acv": lambda i, j: named[i],
            "white_space_acv": lambda i, j: white[i],
            "account_units": lambda i, j: units[a["tier"][i]],
            "accounts": lambda i, j: 1.0,
            "visits": lambda i, j: float(visits[i]),
            "travel_hours": lambda i, j: self.hours[i][j],
        }
        for name in case.measures:
            self.added[name] = lambda i, j, column=a[name]: float(column[i])
        self.owner = [r["rep_id"].index(o) if o in r["rep_id"] else None for o in a.get("owner", [""] * case.n)]
        self.row = {account: i for i, account in enumerate(a["account_id"])}
        self.column = {rep: j for j, rep in enumerate(r["rep_id"])}

    def _located(self):
        return self.case.travel_time is not None or "lat" in self.case.accounts

    def _hours(self, i, j, homes):
        a, r = self.case.accounts, self.case.reps
        if self.case.travel_time is not None:
            return float(self.case.travel_time[i][j]) * a["visits"][i]
        if "lat" not in a or math.isnan(a["lat"][i]):
            return 0.0
        if homes is not None and homes[j] >= 0:
            lat, lon = a["lat"][homes[j]], a["lon"][homes[j]]
        elif "lat" in r and not math.isnan(r["lat"][j]):
            lat, lon = r["lat"][j], r["lon"][j]
        else:
            return 0.0
        return a["visits"][i] * distance_km(a["lat"][i], a["lon"][i], lat, lon) / a["speed_kmh"][i]

    def score(self, reps):
        books = {
            name: [sum(add(i, j) for i, j in enumerate(reps) if j == rep) for rep in range(self.case.k)]
            for name, add in self.added.items()
        }
        objective, room = 0.0, INF
        for criterion in self.case.criteria:
            left, cost = getattr(self, f"_{type(criterion).__name__.lower()}")(criterion, reps, books)
            if criterion.is_limit:
                room = min(room, left)
            else:
                objective += cost
        return Score(objective, room, books)

    def _balance(self, c, reps, books):
        full = [b / s for b, s in zip(books[c.measure], self.capacity, strict=True)]
        if c.between is not None:
            low, high = c.between
            scale = max([1.0] + [abs(v) for v in c.between if not math.isinf(v)])
        else:
            if c.of == "median":
                ranked = sorted(full)
                middle = (ranked[(self.case.k - 1) // 2] + ranked[self.case.k // 2]) / 2
            elif c.of == "mean":
                middle = sum(books[c.measure]) / sum(self.capacity)
            else:
                before = {"load": lambda i, j: self.gross[i]}.get(c.measure, self.added[c.measure])
                middle = sum(before(i, 0) for i in range(self.case.n)) / sum(self.capacity)
            low, high, scale = (1 - c.within) * middle, (1 + c.within) * middle, abs(middle)
            if middle < 0 and c.weight is None:
                return -INF, 0.0
        room = min(min(f - low, high - f) for f in full)
        cost = sum((max(low - f, 0.0) + max(f - high, 0.0)) * s for f, s in zip(full, self.capacity, strict=True)) * (
            c.weight or 0.0
        )
        return (room / scale if scale else (0.0 if room >= 0 else -INF)), cost

    def _variation(self, c, reps, books):
        full = [b / s for b, s in zip(books[c.measure], self.capacity, strict=True)]
        mean = sum(full) / self.case.k
        if mean <= 0:
            return (INF if not any(full) else -INF), 0.0
        return c.at_most - math.sqrt(sum((f - mean) ** 2 for f in full) / self.case.k) / mean, 0.0

    def _travel(self, c, reps, books):
        hours = books["travel_hours"]
        if c.share_at_most is None:
            return INF, c.weight * sum(hours)
        return min(c.share_at_most - h / (4000.0 * s) for h, s in zip(hours, self.capacity, strict=True)), 0.0

    def _disruption(self, c, reps, books):
        owned = sum(self.added[c.measure](i, 0) for i, o in enumerate(self.owner) if o is not None)
        moved = sum(
            self.added[c.measure](i, 0)
            for i, (o, j) in enumerate(zip(self.owner, reps, strict=True))
            if o is not None and o != j
        )
        if c.at_most is None:
            return INF, c.weight * moved
        return (c.at_most * owned - moved) / max(owned, 1.0), 0.0

    def _lock(self, c, reps, books):
        wanted = [(self.row[a], self.owner[self.row[a]] if r is None else self.column[r]) for a, r in c.pairs]
        return self._rule(sum(reps[i] != j for i, j in wanted))

    def _forbid(self, c, reps, books):
        return self._rule(sum(reps[self.row[a]] == self.column[r] for a, r in c.pairs))

    def _eligible(self, c, reps, books):
        if c.mask is not None:
            wrong = sum(not c.mask[i, j] for i, j in enumerate(reps))
        else:
            served = [
                {part.strip().lower() for part in text.split(";") if part.strip()}
                for text in self.case.reps[f"{c.attribute}s"]
            ]
            kinds = [value.strip().lower() for value in self.case.accounts[c.attribute]]
            wrong = sum(bool(kinds[i]) and bool(served[j]) and kinds[i] not in served[j] for i, j in enumerate(reps))
        return self._rule(wrong, c.weight)

    def _seniority(self, c, reps, books):
        years = self.case.reps["tenure_years"]
        senior = [not math.isnan(y) and y >= c.min_years for y in years]
        wrong = sum(self.case.accounts["tier"][i] == c.tier and not senior[j] for i, j in enumerate(reps))
        return self._rule(wrong, c.weight)

    def _together(self, c, reps, books):
        if c.column is None:
            return self._rule(sum(len({reps[self.row[a]] for a in group}) > 1 for group in c.groups))
        values = self.case.accounts[c.column]
        broken = 0
        for i, j in itertools.combinations(range(self.case.n), 2):
            same = values[i] != "" and values[i] == values[j]
            if c.column == "parent_id":
                ids = self.case.accounts["account_id"]
                same = same or values[i] == ids[j] or values[j] == ids[i]
            broken += same and reps[i] != reps[j]
        return self._rule(broken)

    def _apart(self, c, reps, books):
        return self._rule(sum(reps[self.row[a]] == reps[self.row[b]] for a, b in c.pairs))

    @staticmethod
    def _rule(wrong, weight=None):
        return (-float(wrong) if wrong else INF), (weight or 0.0) * wrong

    def answer(self):
        best, argmin, n_feasible, unsure = INF, None, 0, False
        for reps in itertools.product(range(self.case.k), repeat=self.case.n):
            score = self.score(reps)
            unsure = unsure or -UNSURE[1] < score.room < -UNSURE[0]
            if score.feasible:
                n_feasible += 1
                if score.objective < best:
                    best, argmin = score.objective, reps
        return Answer(best, argmin, n_feasible, unsure)


def random_case(seed, *, n=None, k=None, kinds=None, median=None):
    """A tiny problem with mixed criteria; whole-number money, so that ties and exact fits happen."""
    rng = np.random.default_rng(seed)
    k = k or int(rng.choice([2, 2, 3, 3, 3, 4]))
    n = n or int(rng.integers(max(4, k), {2: 8, 3: 7, 4: 6}[k]))
    ids = [f"a{i}" for i in range(n)]
    reps = [f"r{j}" for j in range(k)]
    lively = rng.random() < 0.5
    accounts = {
        "account_id": ids,
        "named_acv": (10.0 * rng.integers(0, 12, n)).tolist(),
        "white_space_acv": (10.0 * rng.integers(0 if lively else 3, 9, n)).tolist(),
        "tier": rng.choice(["A", "B", "C"], n).tolist(),
        "visits": rng.integers(1, 13, n).tolist(),
        "speed_kmh": rng.choice([30.0, 50.0, 80.0], n).tolist(),
        "lat": np.round(rng.uniform(35, 42, n), 3).tolist(),
        "lon": np.round(rng.uniform(-100, -80, n), 3).tolist(),
        "owner": rng.choice([*reps, "", "left"], n).tolist(),
        "vertical": rng.choice(["Retail", "energy", ""], n).tolist(),
        "parent_id": [f"a{rng.integers(0, i)}" if i and rng.random() < 0.3 else "" for i in range(n)],
        "doors": rng.integers(1, 6, n).tolist(),
    }
    team = {
        "rep_id": reps,
        "capacity": rng.choice([1.0, 1.0, 0.8, 0.5], k).tolist(),
        "lat": np.round(rng.uniform(35, 42, k), 3).tolist(),
        "lon": np.round(rng.uniform(-100, -80, k), 3).tolist(),
        "verticals": rng.choice(["", "", "retail; Energy", "Retail", "Energy"], k).tolist(),
        "tenure_years": rng.choice([1.0, 3.0, 8.0, np.nan], k).tolist(),
    }
    if np.isnan(team["tenure_years"]).all():
        team["tenure_years"][0] = 5.0
    per_hour = float(rng.choice([0.0, 0.0, 0.05, 0.3])) if rng.random() < 0.8 else None
    case = Case(accounts, team, [], per_hour, ("doors",))
    case.criteria = _random_criteria(rng, case, kinds, median)
    return case


KINDS = (
    "mean", "target", "median", "between", "elastic", "elastic_between", "travel", "travel_cap", "disruption",
    "disruption_cap", "lock", "forbid", "vertical", "vertical_soft", "mask", "together", "groups", "apart",
    "seniority", "seniority_soft",
)  # fmt: skip


def _random_criteria(rng, case, kinds, median):
    kinds = kinds or rng.choice(KINDS, int(rng.integers(2, 6)), replace=False).tolist()
    ids, reps = case.accounts["account_id"], case.reps["rep_id"]
    free = ["load", "tam", "account_units", "accounts", "doors", "visits", "named_acv", "travel_hours"]
    rng.shuffle(free)
    band = lambda: float(rng.choice([0.1, 0.25, 0.4, 0.6, 0.9]))  # noqa: E731
    pick = lambda m: rng.choice(ids, m, replace=False).tolist()  # noqa: E731
    found = [topt.Travel(weight=float(rng.integers(1, 4)))] if rng.random() < 0.6 else []
    for kind in kinds:
        name = free.pop()
        if kind == "target" and name == "travel_hours":
            name = free.pop()
        if kind in ("mean", "target", "median"):
            found.append(topt.Balance(median or name if kind == "median" else name, within=band(), of=kind))
        elif kind == "elastic":
            of = "mean" if name == "travel_hours" else str(rng.choice(["mean", "target"]))
            found.append(topt.Balance(name, within=band(), of=of, weight=float(rng.integers(1, 5))))
        elif kind in ("between", "elastic_between"):
            low = float(rng.integers(0, 3))
            weight = 2.0 if kind == "elastic_between" else None
            found.append(topt.Balance("accounts", between=(low, low + 2.5), weight=weight))
        elif kind == "variation":
            found.append(topt.Variation(median or name, at_most=float(rng.choice([0.05, 0.15, 0.3, 0.6]))))
        elif kind == "travel":
            found.append(topt.Travel(weight=float(rng.integers(0, 4))))
        elif kind == "travel_cap":
            found.append(topt.Travel(share_at_most=float(rng.choice([0.02, 0.05, 0.1]))))
        elif kind == "disruption":
            found.append(topt.Disruption("acv", weight=float(rng.choice([0.1, 1.0]))))
        elif kind == "disruption_cap":
            measure = str(rng.choice(["acv", "accounts"]))
            found.append(topt.Disruption(measure, at_most=float(rng.choice([0.0, 0.2, 0.5, 1.0]))))
        elif kind == "lock":
            owned = [a for a, o in zip(ids, case.accounts["owner"], strict=True) if o in reps]
            keep = rng.random() < 0.5 and owned
            found.append(topt.Lock(owned[:1]) if keep else topt.Lock({pick(1)[0]: str(rng.choice(reps))}))
        elif kind == "forbid":
            found.append(topt.Forbid([(a, str(rng.choice(reps))) for a in pick(2)]))
        elif kind in ("vertical", "vertical_soft"):
            found.append(topt.Eligible("vertical", weight=None if kind == "vertical" else 7.0))
        elif kind == "mask":
            found.append(topt.Eligible(rng.random((case.n, case.k)) < 0.8))
        elif kind == "together":
            found.append(topt.Together("parent_id"))
        elif kind == "groups":
            found.append(topt.Together([pick(2), pick(2)]))
        elif kind == "apart":
            found.append(topt.Apart([tuple(pick(2)), tuple(pick(2))]))
        else:
            found.append(topt.Seniority("A", min_years=3.0, weight=None if kind == "seniority" else 5.0))
    latest = {criterion.key: criterion for criterion in found}
    return list(latest.values())
