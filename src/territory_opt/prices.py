"""What every criterion, band and lock costs: estimated from shadow prices, verified by solving without it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from territory_opt import metrics
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.ownership import Lock
from territory_opt.errors import SolverError, UnsupportedError
from territory_opt.explain.account import reduced_costs
from territory_opt.explain.factors import account_factors
from territory_opt.explain.prepared import Prepared, prepare
from territory_opt.explain.rules import NamedPairs, rulings
from territory_opt.explain.shadow import shadow_prices
from territory_opt.explain.verify import at_home, check_limits, with_homes
from territory_opt.formulation.groups import merge_families
from territory_opt.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.alignment import Alignment
    from territory_opt.result import Result

__all__ = ["BandPrice", "LockPrice", "Price", "Prices", "prices"]


_MOST_ESTIMATED = 5_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What one criterion costs.

    Attributes
    ----------
    criterion : criterion
        What is priced.
    name : str
        In words.
    kind : {"limit", "term", "lock"}
        A hard limit, a weighted term, or a lock.
    estimate : float
        What leaving it out saves by the linear bounds with and without it; NaN where they could not be had, and
        above 5 million pairs where the problem was solved again.
    saved : float
        What leaving it out saved in the re-solve; NaN without one.
    low, high : float
        Proven: the saving lies between them. ``low`` is 0 (minus infinity for a term) without a re-solve.
    travel_hours, moved_acv : float
        Travel hours and moved ACV less in the re-solve than now (below zero: more); NaN without one.
    moves : int or None
        Moved accounts less; None without a re-solve.
    gap : float
        Gap of the re-solve; NaN without one.
    seconds : float
        Wall-clock seconds of the re-solve.

    Notes
    -----
    The saving is in the objective of the problem. A weighted term changes the objective itself when it is left out:
    its price is counted in the other terms, as they are now and as they could be.
    """

    criterion: Criterion
    name: str
    kind: str
    estimate: float
    saved: float
    low: float
    high: float
    travel_hours: float = math.nan
    moved_acv: float = math.nan
    moves: int | None = None
    gap: float = math.nan
    seconds: float = 0.0

    @property
    def verified(self) -> bool:
        """True when the problem was solved without it."""
        return not math.isnan(self.saved)

    @property
    def inside_gaps(self) -> bool:
        """True when the gaps are too wide to say that it costs anything."""
        return self.low <= 1e-9 * max(1.0, abs(self.high)) and self.high > 1e-9


@dataclass(frozen=True, slots=True)
class BandPrice:
    """What a unit of room in one book is worth: objective per unit of the measure, at the side that presses."""

    measure: str
    rep_id: str
    side: str
    per_unit: float
    unit: str


@dataclass(frozen=True, slots=True)
class LockPrice:
    """What lifting one account's lock would save: an estimate by shadow prices, and a proven upper limit of it."""

    account_id: str
    rep_id: str
    estimate: float
    at_most: float


@dataclass(frozen=True, slots=True, repr=False)
class Prices:
    """What every criterion costs, dearest first.

    Attributes
    ----------
    rows : tuple of Price
        One per criterion.
    bands : tuple of BandPrice
        Books that press on a limit, dearest first per measure.
    locks : tuple of LockPrice
        Locked accounts, dearest first.
    objective, bound : float
        Of the answer that is priced.
    notes : tuple of str
        What limits the prices.
    """

    rows: tuple[Price, ...]
    bands: tuple[BandPrice, ...]
    locks: tuple[LockPrice, ...]
    objective: float
    bound: float
    notes: tuple[str, ...] = field(default=())

    def to_frame(self) -> pd.DataFrame:
        """One row per criterion.

        Returns
        -------
        pandas.DataFrame
            Columns criterion, kind, estimate, saved, low, high, inside_gaps, travel_hours, moves, moved_acv, gap,
            seconds. NaN where nothing was solved again.
        """
        import pandas as pd

        names = ("kind", "estimate", "saved", "low", "high", "inside_gaps", "travel_hours", "moves", "moved_acv")
        rows = [
            {"criterion": row.name}
            | {name: getattr(row, name) for name in names}
            | {"gap": row.gap, "seconds": row.seconds}
            for row in self.rows
        ]
        frame = pd.DataFrame(rows, columns=["criterion", *names, "gap", "seconds"])
        return frame.astype({"moves": "Int64"})

    def bands_frame(self) -> pd.DataFrame:
        """One row per book that presses on a limit: measure, rep_id, side, per_unit, unit."""
        import pandas as pd

        names = ["measure", "rep_id", "side", "per_unit", "unit"]
        return pd.DataFrame([[getattr(row, name) for name in names] for row in self.bands], columns=names)

    def locks_frame(self) -> pd.DataFrame:
        """One row per locked account: account_id, rep_id, estimate, at_most."""
        import pandas as pd

        names = ["account_id", "rep_id", "estimate", "at_most"]
        return pd.DataFrame([[getattr(row, name) for name in names] for row in self.locks], columns=names)

    def __str__(self) -> str:
        from territory_opt.explain.price_display import prices_text

        return prices_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from territory_opt.explain.price_display import prices_html

        return prices_html(self)


def prices(
    result: Result, *, verify: bool = True, time_limit: float = 60.0, gap: float = 1e-4, threads: int = 1
) -> Prices:
    """Say what every criterion and lock costs: in objective, travel hours and moves.

    Parameters
    ----------
    result : Result
        With an alignment.
    verify : bool
        Solve again without each criterion, from the present answer. Otherwise only bounds are compared.
    time_limit : float
        Seconds for all re-solves together.
    gap : float
        Relative gap at which a re-solve may stop.
    threads : int
        Threads a re-solve may use.

    Returns
    -------
    Prices
        Prints as a table; a difference inside the gaps is called that.

    Raises
    ------
    CriterionError
        If a limit is out of range.
    NoAlignmentError
        If the result has no alignment.

    Notes
    -----
    With objective z and bound l of the answer, z' and l' without the criterion, the saving lies between
    max(0, l - z') and z - l'. Homes that the library chose stay where they are.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({
    ...     "account_id": list("abcd"), "acv": [4e4, 4e4, 4e4, 4e4], "owner": ["r1", "r1", "r1", "r2"]})
    >>> team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    >>> rules = [topt.Balance("accounts", between=(2, 2)), topt.Disruption("accounts", weight=1.0)]
    >>> found = prices(topt.solve(topt.Problem(accounts, team, criteria=rules)))
    >>> [(row.kind, row.saved, row.low, row.moves) for row in found.rows]
    [('limit', 1.0, 1.0, 1), ('term', 0.0, 0.0, 0)]
    """
    check_limits(time_limit=time_limit, gap=gap, threads=threads)
    ready = prepare(result.problem, result.alignment, result.evaluation)
    problem = with_homes(result.problem, result.alignment)
    deadline = time.perf_counter() + time_limit
    rows = []
    for number, criterion in enumerate(problem.criteria):
        without = problem.replace(criteria=[c for c in problem.criteria if c is not criterion])
        share = max(deadline - time.perf_counter(), 0.0) / (len(problem.criteria) - number)
        rows.append(_priced(result, ready, criterion, without, share if verify else None, gap, threads))
    notes = []
    if all(c.is_limit for c in problem.criteria):
        notes.append("nothing is weighted: every alignment has the objective 0, and no limit can cost any")
    return Prices(
        rows=tuple(sorted(rows, key=lambda row: -(row.saved if row.verified else row.estimate))),
        bands=_bands(ready),
        locks=_locks(result, ready),
        objective=result.objective,
        bound=max(result.bound, ready.shadow.bound),
        notes=tuple(notes),
    )


def _priced(
    result: Result, ready: Prepared, criterion: Criterion, without: Problem, seconds: float | None, gap: float,
    threads: int,
) -> Price:  # fmt: skip
    term = 0.0
    for check in result.evaluation.checks:
        if check.criterion is criterion or check.criterion == criterion:
            term = check.term
    now = result.objective - term
    # With a re-solve the estimate is a luxury: at size it would take longer than the time that was given.
    luxury = seconds is not None and without.n_accounts * without.n_reps > _MOST_ESTIMATED
    least = math.nan if luxury else _bound(without)
    own = max(result.bound, ready.shadow.bound)
    # A limit can only cost; a term's price is what the others pay for it at the answer as it is.
    low = 0.0 if criterion.is_limit else -math.inf
    estimate = (ready.shadow.bound if criterion.is_limit else now) - least
    kind = "lock" if isinstance(criterion, Lock) else "limit" if criterion.is_limit else "term"
    words = criterion.describe()
    if seconds is None:
        return Price(criterion, words, kind, estimate, math.nan, low, now - least)
    from territory_opt.solve import solve

    start = at_home(without, result.alignment)
    again = solve(without, time_limit=seconds, gap=gap, seed=result.seed, threads=threads, start=start)
    least = max(again.bound, least if math.isfinite(least) else -math.inf)
    low = max(low, (own if criterion.is_limit else now) - again.objective)
    before, after = _moved(result.problem, result.alignment), _moved(without, again.alignment)
    hours = [float(r.evaluation.books["travel_hours"].sum()) for r in (result, again)]
    return Price(
        criterion=criterion,
        name=words,
        kind=kind,
        estimate=estimate,
        saved=now - again.objective,
        low=low,
        high=now - least,
        travel_hours=hours[0] - hours[1],
        moved_acv=before[1] - after[1],
        moves=before[0] - after[0],
        gap=again.gap,
        seconds=again.seconds,
    )


def _bound(problem: Problem) -> float:
    """Linear bound of a problem; NaN where it cannot be had."""
    if not any(not criterion.is_limit for criterion in problem.criteria):
        return 0.0
    try:
        return shadow_prices(problem, merge_families(problem), None).bound
    except (SolverError, UnsupportedError):
        return math.nan


def _moved(problem: Problem, alignment: Alignment) -> tuple[int, float]:
    owner = problem.owners.protected_index
    acv = metrics.moved_total(owner, alignment.rep_index, problem.scores.acv)
    return int(metrics.moved_total(owner, alignment.rep_index)), float(acv)


def _bands(ready: Prepared) -> tuple[BandPrice, ...]:
    """Books that press on a limit."""
    problem, shadow = ready.problem, ready.shadow
    ids = problem.team.rep_id
    elastic = {c.measure for c in problem.criteria if isinstance(c, Balance) and not c.is_limit}
    found = []
    for m, name in enumerate(shadow.measures):
        price = shadow.per_unit[:, m]
        largest = float(np.abs(price).max(initial=0.0))
        for j in np.argsort(-np.abs(price), kind="stable").tolist():
            if abs(price[j]) > 1e-9 * largest and largest > 0:
                side = "lower" if price[j] > 0 else "upper"
                side += " (elastic)" if name in elastic else ""
                found.append(BandPrice(name, str(ids[j]), side, abs(float(price[j])), problem.measure(name).unit))
    return tuple(found)


def _locks(result: Result, ready: Prepared) -> tuple[LockPrice, ...]:
    """What lifting one lock at a time would save, by reduced costs."""
    problem, shadow = ready.problem, ready.shadow
    free = NamedPairs({}, ready.named.forbidden)
    found = []
    for i, locked in ready.named.locked.items():
        members = ready.members(i)
        others = NamedPairs({a: r for a, r in ready.named.locked.items() if a != i}, free.forbidden)
        allowed = rulings(problem, members, others).allowed
        own, rebalance, _ = reduced_costs(ready, account_factors(problem, members, ready.home_index))
        total = own + rebalance
        saves = float(total[locked[0]] - total[allowed].min())
        most = result.objective - (shadow.bound - saves)
        ids = problem.accounts.account_id, problem.team.rep_id
        found.append(LockPrice(str(ids[0][i]), str(ids[1][locked[0]]), saves, most))
    return tuple(sorted(found, key=lambda one: -one.estimate))
