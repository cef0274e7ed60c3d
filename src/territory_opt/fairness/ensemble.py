"""Fairer than how many random feasible plans: the percentile of a plan in an ensemble."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt import metrics
from territory_opt._typing import FloatArray, IntArray, read_only
from territory_opt.alignment import Alignment
from territory_opt.errors import CriterionError, TerritoryOptWarning
from territory_opt.fairness.checks import is_number, is_whole
from territory_opt.fairness.ensemble_space import PlanSpace, plan_space
from territory_opt.fairness.ensemble_standing import Standing, standing_of
from territory_opt.fairness.ensemble_walk import Walk
from territory_opt.fairness.shown import Shown
from territory_opt.fairness.wording import count, percent
from territory_opt.rng import generator

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.problem import Problem

__all__ = ["Ensemble", "ensemble"]

RHAT_LIMIT = 1.05
ESS_LIMIT = 100.0

_DISPERSION: dict[str, Callable[[FloatArray], FloatArray]] = {
    "cv": metrics.cv,
    "gini": metrics.gini,
    "max_min": metrics.max_min_ratio,
}


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Ensemble(Shown):
    """A plan among random plans that keep the same limits.

    Attributes
    ----------
    standings : tuple of Standing
        One per measure and metric.
    draws : mapping of (str, str) to ndarray of float, shape (n_chains, draws per chain)
        The numbers of the random plans, by measure and metric.
    population : tuple of str
        The limits that every random plan keeps, in words.
    n_chains, n_draws, seed : int
        How many chains and draws in all, and the seed.
    burn_in, thin : float
        Sweeps before the first draw, and between draws; a sweep is one proposal per account that can move.
    acceptance : float
        Share of the proposals that kept every limit.
    away : float
        Share of the accounts that can move and are with another rep than in the plan, at the last draw.
    notes : tuple of str
        What to know before quoting a percentile.
    """

    _display = "territory_opt.fairness.ensemble_display"

    standings: tuple[Standing, ...]
    draws: Mapping[tuple[str, str], FloatArray] = field(repr=False)
    population: tuple[str, ...]
    n_chains: int
    n_draws: int
    seed: int
    burn_in: float
    thin: float
    acceptance: float
    away: float
    notes: tuple[str, ...]

    @property
    def mixed(self) -> bool:
        """True when no standing has a split R-hat above 1.05, or an effective sample size below 100.

        Of fewer than 200 draws, half must be effective.
        """
        return all(row.rhat <= RHAT_LIMIT and row.ess >= min(ESS_LIMIT, 0.5 * self.n_draws) for row in self.standings)

    def standing(self, measure: str, metric: str = "cv") -> Standing:
        """Look up one standing.

        Raises
        ------
        CriterionError
            If there is none; the message lists those there are.
        """
        for row in self.standings:
            if (row.measure, row.metric) == (measure, metric):
                return row
        have = ", ".join(f"{row.measure} {row.metric}" for row in self.standings)
        raise CriterionError(f"no {metric!r} of {measure!r} in the ensemble; there are: {have}")

    def to_frame(self) -> pd.DataFrame:
        """One row per standing, columns as in :class:`Standing`."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.standings])

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the single draws as JSON-ready values; version 1 of its layout."""
        from territory_opt.fairness.tables import plain

        names = ("n_chains", "n_draws", "seed", "burn_in", "thin", "acceptance", "away", "mixed")
        value: dict[str, Any] = plain(
            {
                "schema": "territory-opt/ensemble",
                "schema_version": 1,
                "standings": [asdict(row) for row in self.standings],
                "population": list(self.population),
                **{name: getattr(self, name) for name in names},
                "notes": list(self.notes),
            }
        )
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, ({n: getattr(self, n) for n in self.__slots__ if n != "draws"}, dict(self.draws))


def ensemble(
    problem: Problem,
    alignment: Alignment,
    *,
    draws: int = 1000,
    seed: int = 1,
    measures: Sequence[str] | None = None,
    bands: bool = True,
    travel_within: float | None = None,
    n_chains: int = 20,
    burn_in: float = 200.0,
    thin: float = 20.0,
) -> Ensemble:
    r"""Say how many random feasible plans a plan is fairer than.

    Parameters
    ----------
    problem : Problem
        Its hard limits are the ones that every random plan keeps; costs play no part.
    alignment : Alignment
        The plan; it must keep those limits. Its open homes stay where they are.
    draws : int, default 1000
        Random plans, over all chains; at least 4 per chain, rounded up to the same number in each.
    seed : int, default 1
        Seed of the walk.
    measures : sequence of str, optional
        Measures whose spread over the books is compared; default load, TAM and account units, or for a problem made
        of arrays its own measures.
    bands : bool, default True
        Whether random plans keep the hard ``Balance`` bands too. With False they keep everything else
        (eligibility, locks, families, apart, travel and disruption caps), and the spread of their books is free.
    travel_within : float, optional
        Random plans travel at most this share more than the plan, over all books: 0.2 is 20 % more. Without it they
        pay no attention to travel, and most of them are absurd on a map.
    n_chains : int, default 20
        Independent chains.
    burn_in, thin : float
        Sweeps before the first draw of a chain, and between its draws. A sweep is one proposal per account (or
        family) that may have more than one rep.

    Returns
    -------
    Ensemble
        One percentile per measure and metric, with its interval, the distribution and the state of the chains.

    Raises
    ------
    CriterionError
        The plan breaks a limit, nothing can move without breaking one, an unknown measure, or options out of range.
    DataError
        The alignment is of other accounts or reps.
    UnsupportedError
        A limit that the walk does not know, or tables too large for it.

    Warns
    -----
    TerritoryOptWarning
        The chains mix badly; see :attr:`Ensemble.mixed`.

    Notes
    -----
    **Population.** Uniform over all plans that keep every hard limit and can be reached from the plan by moves of one
    account (or family) and swaps of two, each keeping every limit. Plans behind a wall of forbidden ones are not in
    it; with tight bands that may matter. A random plan only keeps the limits, so without ``travel_within`` it may be
    long on travel. Proposals are symmetric and made whenever the limits allow, which leaves the uniform
    distribution unchanged (Metropolis et al. 1953, doi:10.1063/1.1699114); the same idea compares voting plans, see
    B. Fifield, M. Higgins, K. Imai and A. Tarr, J. Computational and Graphical Statistics 29(4), 2020,
    doi:10.1080/10618600.2020.1739532.

    **Percentile.** The share of draws with more spread, ties half; its interval is Wilson's for the effective number
    of draws of the statement itself. All chains start at the plan, so ``away`` shows whether they left it.

    Walks of a million proposals and more are compiled by Numba.

    Examples
    --------
    >>> import territory_opt as topt
    >>> acv = [10e3 * (i % 7 + 1) for i in range(30)]
    >>> accounts = topt.Accounts.from_frame({"account_id": [f"a{i}" for i in range(30)], "acv": acv})
    >>> team = topt.Team.from_frame({"rep_id": ["r1", "r2", "r3"]})
    >>> problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.2)])
    >>> plan = topt.solve(problem).alignment
    >>> found = topt.ensemble(problem, plan, draws=200, measures=["tam"])
    >>> 0.0 <= found.standing("tam").fairer_than <= 1.0, found.mixed
    (True, True)
    """
    n_each = _checked(draws, n_chains, burn_in, thin, seed, bands)
    names = _measures(problem, measures)
    if travel_within is not None and not (problem.has_travel and is_number(travel_within, 0.0)):
        why = "" if problem.has_travel else ": there are no travel hours without coordinates or travel_time"
        raise CriterionError(f"travel_within={travel_within!r} must be a share above the plan's travel, 0 or more{why}")
    space = plan_space(problem, alignment, bands=bands, travel_within=travel_within)
    between = max(1, round(thin * len(space.free)))
    before = max(0, round(burn_in * len(space.free)))
    walk = Walk(space, n_chains, generator(seed), before + n_each * between)
    plan = _numbers(problem, space, walk.plans[:1], names, alignment)
    found: dict[tuple[str, str], list[FloatArray]] = {key: [] for key in plan}
    walk.advance(before)
    for _ in range(n_each):
        walk.advance(between)
        for key, numbers in _numbers(problem, space, walk.plans, names, alignment).items():
            found[key].append(numbers)
    table = {key: read_only(np.stack(parts, axis=1)) for key, parts in found.items()}
    rows = tuple(
        standing_of(key, float(plan[key][0]), table[key])
        for key in table
        if np.isfinite(plan[key][0]) and np.isfinite(table[key]).all()
    )
    if not walk.n_made:
        raise CriterionError(
            f"none of {walk.n_proposed:,} moves and swaps keeps the limits: nothing else can be reached from the plan, "
            "and it has no percentile; leave limits out (bands=False), or widen them"
        )
    if not rows:
        raise CriterionError(f"no spread of {', '.join(names)} is defined: the books total zero or less")
    undefined = [key for key in table if key not in {(row.measure, row.metric) for row in rows}]
    away = float((walk.plans[:, space.free] != space.start[space.free]).mean())
    result = Ensemble(
        standings=rows,
        draws=MappingProxyType(table),
        population=space.words,
        n_chains=n_chains,
        n_draws=n_each * n_chains,
        seed=seed,
        burn_in=burn_in,
        thin=thin,
        acceptance=walk.n_made / max(1, walk.n_proposed),
        away=away,
        notes=_notes(
            rows,
            undefined,
            away,
            bands=bands,
            travels=problem.has_travel and travel_within is None,
            n_draws=n_each * n_chains,
        ),
    )
    if not result.mixed:
        warnings.warn(_badly_mixed(result), TerritoryOptWarning, stacklevel=2)
    return result


def _checked(draws: int, n_chains: int, burn_in: float, thin: float, seed: int, bands: bool) -> int:
    wrong = []
    if not is_whole(n_chains, 2):
        wrong.append(f"n_chains={n_chains!r} must be a whole number of at least 2, so that chains can be compared")
    elif not is_whole(draws, 4 * n_chains):
        wrong.append(f"draws={draws!r} must be a whole number of at least 4 per chain, {4 * n_chains} in all")
    if not is_number(burn_in, 0.0):
        wrong.append(f"burn_in={burn_in!r} must be a number of sweeps, 0 or more")
    if not (is_number(thin, 0.0) and thin > 0):
        wrong.append(f"thin={thin!r} must be a number of sweeps above 0")
    if not is_whole(seed, 0):
        wrong.append(f"seed={seed!r} must be a whole number, 0 or more")
    if not isinstance(bands, bool | np.bool_):
        wrong.append(f"bands={bands!r} must be True or False")
    if wrong:
        raise CriterionError("; ".join(wrong))
    return -(-int(draws) // int(n_chains))


def _measures(problem: Problem, measures: Sequence[str] | None) -> tuple[str, ...]:
    if measures is None and problem.arrays_only:  # Nothing else was given.
        return tuple(dict.fromkeys(problem.measure(name).name for name in (*problem.own_measures, "accounts")))
    if measures is None:
        return ("load", "tam", "account_units")
    if isinstance(measures, str):
        raise CriterionError(f"measures is a list: measures=[{measures!r}]")
    if not isinstance(measures, Iterable) or not measures:
        raise CriterionError(f"measures={measures!r} must name one measure at least, or be left out")
    return tuple(dict.fromkeys(problem.measure(name).name for name in measures))


def _numbers(
    problem: Problem, space: PlanSpace, plans: IntArray, names: tuple[str, ...], alignment: Alignment
) -> dict[tuple[str, str], FloatArray]:
    """Every number of some plans, each of shape (n_plans,); NaN where undefined."""
    everyone, k = np.arange(problem.n_accounts), problem.n_reps
    wanted = [*names, *(["travel_hours"] if problem.has_travel and "travel_hours" not in names else [])]
    books = {name: np.empty((len(plans), k)) for name in wanted}
    for row, plan in enumerate(plans):
        reps = plan[space.groups.index]
        for name in wanted:
            added = problem.contribution(name, everyone, reps, alignment.home_index)
            books[name][row] = np.bincount(reps, added, k)
    found: dict[tuple[str, str], FloatArray] = {}
    for name in names:
        full = books[name] / problem.team.capacity
        found |= {(name, metric): function(full) for metric, function in _DISPERSION.items()}
    if problem.has_travel:
        found["travel_hours", "total"] = books["travel_hours"].sum(axis=1)
    return found


def _notes(
    rows: tuple[Standing, ...],
    undefined: list[tuple[str, str]],
    away: float,
    *,
    bands: bool,
    travels: bool,
    n_draws: int,
) -> tuple[str, ...]:
    notes = [
        f"population: every plan that keeps the {'' if bands else 'other '}hard limits and can be reached from this "
        "plan by moves and swaps that keep them; each as likely as any other"
    ]
    if not bands:
        notes.append("the balance bands are left out: random plans need not keep them")
    if travels:
        notes.append("random plans pay no attention to travel beyond their limits; travel_within= makes them")
    notes.append(f"at the last draw {percent(away, digits=0)} of the accounts that can move were with another rep")
    if undefined:
        notes.append("undefined in some plan and left out: " + ", ".join(f"{m} {metric}" for m, metric in undefined))
    worst = min(rows, key=lambda row: row.ess)
    notes.append(
        f"effective sample size {worst.ess:,.0f} of {count(n_draws, 'draw')} at least ({worst.measure} {worst.metric})"
    )
    return tuple(notes)


def _badly_mixed(result: Ensemble) -> str:
    worst = max(result.standings, key=lambda row: (row.rhat, -row.ess))
    least = min(result.standings, key=lambda row: row.ess)
    return (
        f"the chains mix badly: R-hat {worst.rhat:.2f} ({worst.measure} {worst.metric}), effective sample size "
        f"{least.ess:.0f} ({least.measure} {least.metric}); do not quote these percentiles: raise burn_in and thin, "
        "draw more (R-hat is rough below 20 draws per chain), or leave limits out (bands=False)"
    )


def _rebuild(values: dict[str, Any], draws: dict[tuple[str, str], FloatArray]) -> Ensemble:
    return Ensemble(**values, draws=MappingProxyType({key: read_only(array) for key, array in draws.items()}))
