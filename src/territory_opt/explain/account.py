"""Why an account goes to its rep, and not to each other: costs, shadow prices, rules and the least change."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.travel import Travel
from territory_opt.errors import CriterionError
from territory_opt.explain.balance_flips import balance_flips
from territory_opt.explain.factors import Factors, account_factors
from territory_opt.explain.flip import Flip
from territory_opt.explain.flips import find_flips
from territory_opt.explain.prepared import Prepared
from territory_opt.explain.room import broken_bands
from territory_opt.explain.rules import Rulings, rulings
from territory_opt.explain.verify import Verified

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.result import Result

__all__ = [
    "Barred",
    "Explanation",
    "FactorLine",
    "Option",
    "explained",
    "hour_prices",
    "money_per_unit",
    "reduced_costs",
]

_MOST_BROKEN = 12


@dataclass(frozen=True, slots=True)
class FactorLine:
    """One criterion for the account and one rep: its own amount and what that adds to the objective."""

    name: str
    amount: float
    unit: str
    objective: float


@dataclass(frozen=True, slots=True)
class Option:
    """One rep that may have the account.

    Attributes
    ----------
    rep_id, rep_name : str
        The rep.
    current, today : bool
        Whether the answer gives the account to the rep, and whether the rep owns it today.
    hours : float
        Yearly travel hours of the account (with its family) from the rep.
    own : float
        Sum of its factors less that of the rep who has it: what the account itself costs more here.
    rebalance : float
        What the books charge on top, by shadow prices: room that it takes here and leaves there.
    estimate : float
        ``own + rebalance``.
    at_least : float
        Proven: giving the account to this rep makes the objective at least so much higher than it is now. Below zero
        where the gap leaves it open.
    costs : Factors
        Costs of the account with every rep.
    position : int
        Position of the rep in the team.
    breaks : tuple of str
        Bands that would break if the account moved here and nothing else moved.
    verified : Verified or None
        What a re-solve with the account locked here said; None without one.
    """

    rep_id: str
    rep_name: str
    current: bool
    today: bool
    hours: float
    own: float
    rebalance: float
    estimate: float
    at_least: float
    costs: Factors = field(repr=False, compare=False)
    position: int = field(repr=False, compare=False)
    breaks: tuple[str, ...] = ()
    verified: Verified | None = None

    @property
    def factors(self) -> tuple[FactorLine, ...]:
        """What the account adds to the objective with this rep, criterion by criterion."""
        j = self.position
        return tuple(
            FactorLine(factor.name, float(factor.amount[j]), factor.unit, factor.weight * float(factor.amount[j]))
            for factor in self.costs.factors
        )


@dataclass(frozen=True, slots=True)
class Barred:
    """One rep that may not have the account, every reason, and what it would cost if it could (estimate)."""

    rep_id: str
    rep_name: str
    reasons: tuple[str, ...]
    estimate: float


@dataclass(frozen=True, slots=True, repr=False)
class Explanation:
    """Why an account is where it is.

    Attributes
    ----------
    account_id, account_name : str
        The account.
    rep_id, rep_name : str
        Who gets it.
    family : tuple of str
        Accounts that move with it, itself included.
    options : tuple of Option
        Every eligible rep, cheapest first by the estimate.
    barred : tuple of Barred
        Every other rep, with the rules that bar it.
    flips : tuple of Flip
        Changes of data that would send it elsewhere, least first.
    money_per_unit : float or None
        Money that one unit of the objective stands for; None where travel is not in the objective.
    objective, bound : float
        Of the whole alignment.
    source : str
        Where the shadow prices come from.
    notes : tuple of str
        What limits the explanation.

    Notes
    -----
    The cost of a pair is exact. ``rebalance`` is linear: the duals of the bands times what the account adds. With
    ``verify=True`` the account is locked to the other rep and the problem solved again.
    """

    account_id: str
    account_name: str
    rep_id: str
    rep_name: str
    family: tuple[str, ...]
    options: tuple[Option, ...]
    barred: tuple[Barred, ...]
    flips: tuple[Flip, ...]
    money_per_unit: float | None
    objective: float
    bound: float
    source: str
    notes: tuple[str, ...] = field(default=())

    @property
    def chosen(self) -> Option:
        """The rep who has it, among the options."""
        return next(option for option in self.options if option.current)

    @property
    def alternatives(self) -> tuple[Option, ...]:
        """The other eligible reps, cheapest first."""
        return tuple(option for option in self.options if not option.current)

    @property
    def cheapest_flip(self) -> Flip | None:
        """The least change that sends it elsewhere; None when none was found."""
        return self.flips[0] if self.flips else None

    def option(self, rep_id: str) -> Option:
        """Look up one eligible rep.

        Raises
        ------
        CriterionError
            If the rep may not have the account (the message says why), or is not in the team.
        """
        for option in self.options:
            if option.rep_id == rep_id:
                return option
        for barred in self.barred:
            if barred.rep_id == rep_id:
                raise CriterionError(f"{rep_id!r} may not have {self.account_id!r}: {'; '.join(barred.reasons)}")
        raise CriterionError(f"no rep {rep_id!r} in the team")

    def to_frame(self) -> pd.DataFrame:
        """One row per rep, eligible ones first.

        Returns
        -------
        pandas.DataFrame
            Columns rep_id, rep_name, eligible, current, today, travel_hours, one per factor in objective units, own,
            rebalance, estimate, at_least, verified_low, verified_high, why_not. Missing values are NaN.
        """
        from territory_opt.explain.display import explanation_frame

        return explanation_frame(self)

    def __str__(self) -> str:
        from territory_opt.explain.display import explanation_text

        return explanation_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from territory_opt.explain.display import explanation_html

        return explanation_html(self)


def explained(result: Result, prepared: Prepared, account_id: str) -> Explanation:
    """Explain one account by shadow prices, without a solve.

    Parameters
    ----------
    result : Result
        With an alignment.
    prepared : Prepared
        Of its problem and homes.
    account_id : str
        The account.

    Raises
    ------
    DataError
        If there is no such account.
    """
    problem, alignment = prepared.problem, result.alignment
    at = prepared.account(account_id)
    members = prepared.members(at)
    factors = account_factors(problem, members, prepared.home_index)
    ruled = rulings(problem, members, prepared.named)
    own, rebalance, slope = reduced_costs(prepared, factors)
    total = own + rebalance
    per_hour = hour_prices(prepared)
    now = int(alignment.rep_index[at])
    excess = total - total[ruled.allowed].min()
    best = max(prepared.shadow.bound, result.bound)
    at_least = np.maximum(prepared.shadow.bound + excess, best) - result.objective
    estimate = total - total[now]
    order = np.flatnonzero(ruled.allowed)[np.argsort(estimate[ruled.allowed], kind="stable")]
    owner = int(problem.owners.rep_index[at])
    names, ids = problem.team.name, problem.team.rep_id
    options = []
    for rank, j in enumerate(order.tolist()):
        breaks = broken_bands(result, members, now, j) if j != now and rank < _MOST_BROKEN else ()
        options.append(
            Option(
                str(ids[j]), str(names[j]), j == now, j == owner, float(factors.hours[j]), float(own[j] - own[now]),
                float(rebalance[j] - rebalance[now]), float(estimate[j]), float(at_least[j]), factors, j, breaks,
            )
        )  # fmt: skip
    others = sorted(ruled.reasons, key=lambda j: estimate[j])
    barred = tuple(Barred(str(ids[j]), str(names[j]), ruled.reasons[j], float(estimate[j])) for j in others)
    account = str(problem.accounts.account_id[at])
    flips = find_flips(
        problem, prepared.home_index, members, at, factors, ruled, estimate, slope, per_hour, now, result.objective
    )
    flips = tuple(
        sorted((*flips, *balance_flips(result, members, at, factors, ruled, now)), key=lambda flip: flip.size)
    )
    name = str(problem.accounts.text("name")[at]) if problem.accounts.has("name") else ""
    return Explanation(
        account_id=account,
        account_name=name or account,
        rep_id=str(ids[now]),
        rep_name=str(names[now]),
        family=tuple(str(problem.accounts.account_id[i]) for i in members),
        options=tuple(options),
        barred=barred,
        flips=tuple(sorted(flips, key=lambda flip: flip.size)),
        money_per_unit=money_per_unit(prepared),
        objective=result.objective,
        bound=best,
        source=prepared.shadow.source,
        notes=tuple(_notes(prepared, ruled, members)),
    )


def _notes(prepared: Prepared, ruled: Rulings, members: object) -> list[str]:
    notes = []
    if len(members) > 1:  # type: ignore[arg-type]
        notes.append(f"{len(members)} accounts of one family move together: the numbers are theirs")  # type: ignore[arg-type]
    if int(ruled.allowed.sum()) == 1:
        notes.append("the rules leave one rep: no cost decided this")
    if any(
        c.is_limit is False and c.key[0] == "balance" for c in prepared.problem.criteria if isinstance(c.key, tuple)
    ):
        notes.append("elastic bands are in the shadow prices, not in the account's own cost")
    return notes


def reduced_costs(prepared: Prepared, factors: Factors) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Own cost of a family with every rep, what the books charge, and how both change with its value.

    Returns
    -------
    own, rebalance : ndarray of float, shape (n_reps,)
        Objective units; their sum is the reduced cost.
    slope : ndarray of float, shape (n_reps,)
        Change of that sum when all money of the family doubles, at the same prices.
    """
    problem, shadow, members = prepared.problem, prepared.shadow, factors.members
    k = problem.n_reps
    accounts, reps = np.repeat(members, k), np.tile(np.arange(k), len(members))
    rebalance, slope = np.zeros(k), np.zeros(k)
    for m, name in enumerate(shadow.measures):
        price, measure = shadow.per_unit[:, m], problem.measure(name)
        if not price.any():
            continue
        if measure.pair_dependent:
            each = problem.contribution(name, accounts, reps, prepared.home_index).reshape(len(members), k)
            rebalance = rebalance - price * each.sum(axis=0)
        else:
            rebalance = rebalance - price * measure.base[members].sum()
        if measure.unit == "money":
            slope = slope - price * measure.base[members].sum()
    caps = [c for c in problem.criteria if isinstance(c, Disruption) and c.is_limit]
    for cap, price in zip(caps, shadow.moved, strict=True):
        moved = price * _moved(prepared, factors, cap.measure)
        rebalance = rebalance + moved
        slope = slope + (moved if problem.measure(cap.measure).unit == "money" else 0.0)
    if shadow.rest is not None:
        rebalance = rebalance + shadow.rest[int(prepared.groups.index[members[0]])]
    for factor in factors.factors:
        if factor.unit == "money":
            slope = slope + factor.objective
    return factors.objective, rebalance, slope


def _moved(prepared: Prepared, factors: Factors, measure: str) -> FloatArray:
    problem, members = prepared.problem, factors.members
    owner = problem.owners.protected_index[members]
    value = np.where(owner >= 0, problem.measure(measure).base[members], 0.0)
    stays = np.zeros(problem.n_reps)
    np.add.at(stays, owner[owner >= 0], value[owner >= 0])
    moved: FloatArray = value.sum() - stays
    return moved


def hour_prices(prepared: Prepared) -> FloatArray:
    """What an hour of travel costs with every rep: its weight, and what it does to the books; shape (n_reps,)."""
    problem, shadow = prepared.problem, prepared.shadow
    weight = sum(c.weight or 0.0 for c in problem.criteria if isinstance(c, Travel) and not c.is_limit)
    price = np.full(problem.n_reps, float(weight))
    for m, name in enumerate(shadow.measures):
        if name == "travel_hours":
            price = price - shadow.per_unit[:, m]
        elif name == "load":
            price = price + problem.friction_per_hour * shadow.per_unit[:, m]
    return price


def money_per_unit(prepared: Prepared) -> float | None:
    """Money that a unit of the objective stands for: an hour of travel is a selling hour (D-LOAD-4)."""
    problem = prepared.problem
    weight = sum(c.weight or 0.0 for c in problem.criteria if isinstance(c, Travel) and not c.is_limit)
    load, hours = float(problem.scores.gross_load.sum()), float(problem.selling_hours.sum())
    if weight <= 0 or load <= 0 or not math.isfinite(load / hours):
        return None
    return load / hours / weight


def with_verified(explanation: Explanation, found: dict[str, Verified], flips: tuple[Flip, ...]) -> Explanation:
    """The same with what re-solves said."""
    options = tuple(
        replace(option, verified=found[option.rep_id]) if option.rep_id in found else option
        for option in explanation.options
    )
    return replace(explanation, options=options, flips=flips)
