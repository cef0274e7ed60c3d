"""Criteria held against the tables: every name they use must exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.costs import Costs
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.criteria.grouping import Apart, Together
from territory_opt.criteria.ownership import Forbid, Lock
from territory_opt.criteria.travel import Travel
from territory_opt.criteria.variation import Variation
from territory_opt.errors import CriterionError

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["check_criteria", "once_by_key"]


def check_criteria(problem: Problem) -> None:
    """Refuse criteria that name what the tables do not have.

    Parameters
    ----------
    problem : Problem
        With criteria.

    Raises
    ------
    CriterionError
        Listing every fault of every criterion.
    """
    faults = [fault for criterion in problem.criteria for fault in _faults(criterion, problem)]
    if faults:
        shown = "\n".join(f"  - {fault}" for fault in faults[:20])
        more = f"\n  ... and {len(faults) - 20} more" if len(faults) > 20 else ""
        raise CriterionError(f"{len(faults)} problem{'' if len(faults) == 1 else 's'} in the criteria:\n{shown}{more}")


def once_by_key(criteria: Iterable[Criterion]) -> tuple[Criterion, ...]:
    """Keep equal criteria once, and refuse two that say different things about the same.

    Raises
    ------
    CriterionError
        For a contradiction, or something that is no criterion.
    """
    latest: dict[Any, Criterion] = {}
    if isinstance(criteria, Criterion):
        raise CriterionError(f"criteria is a list: criteria=[{criteria!r}]")
    for criterion in criteria:
        if not isinstance(criterion, Criterion):
            raise CriterionError(f"{criterion!r} is not a criterion such as Balance(...) or Travel(...)")
        earlier = latest.setdefault(criterion.key, criterion)
        if earlier != criterion:
            hint = "join two masks with &" if getattr(criterion, "mask", None) is not None else "keep one"
            raise CriterionError(f"stated twice: {earlier.describe()}, and {criterion.describe()}; {hint}")
    return tuple(latest.values())


@singledispatch
def _faults(criterion: Criterion, problem: Problem) -> Iterator[str]:
    yield f"{criterion!r} is not a criterion this library knows"


@_faults.register(Balance)
def _(criterion: Balance, problem: Problem) -> Iterator[str]:
    yield from _unknown_measure("Balance", criterion.measure, problem)
    if criterion.measure == "travel_hours" and not problem.has_travel:
        yield "Balance('travel_hours') needs coordinates (lat, lon) of accounts, or travel_time="
    if criterion.measure == "travel_hours" and criterion.of == "target" and criterion.within is not None:
        yield "Balance('travel_hours') has no target before the carve: use of='mean', of='median' or between="
    measure = problem.measures.get(criterion.measure)
    if measure is not None and measure.table is not None and criterion.of == "target" and criterion.within is not None:
        what = f"Balance({criterion.measure!r}) has no target before the carve: the measure depends on the rep"
        yield f"{what}; use of='mean', of='median' or between="


@_faults.register(BookLimits)
def _(criterion: BookLimits, problem: Problem) -> Iterator[str]:
    yield from _unknown_measure("BookLimits", criterion.measure, problem)
    if criterion.measure == "travel_hours" and not problem.has_travel:
        yield "BookLimits('travel_hours') needs coordinates (lat, lon) of accounts, or travel_time="
    if criterion.lower.shape not in ((), (problem.n_reps,)):
        n_limits = len(criterion.lower)
        yield f"BookLimits({criterion.measure!r}) has {n_limits} limits; the team has {problem.n_reps} reps"


@_faults.register(Variation)
def _(criterion: Variation, problem: Problem) -> Iterator[str]:
    yield from _unknown_measure("Variation", criterion.measure, problem)
    if criterion.measure == "travel_hours" and not problem.has_travel:
        yield "Variation('travel_hours') needs coordinates (lat, lon) of accounts, or travel_time="


@_faults.register(Costs)
def _(criterion: Costs, problem: Problem) -> Iterator[str]:
    shape = (problem.n_accounts, problem.n_reps)
    if criterion.table.shape != shape:
        yield f"Costs: the table has shape {criterion.table.shape}; the problem has {shape}"


@_faults.register(Travel)
def _(criterion: Travel, problem: Problem) -> Iterator[str]:
    if not problem.has_travel:
        yield "Travel needs coordinates (lat, lon) of accounts, or travel_time="


@_faults.register(Disruption)
def _(criterion: Disruption, problem: Problem) -> Iterator[str]:
    yield from _unknown_measure("Disruption", criterion.measure, problem)
    if criterion.measure in problem.measures and problem.measure(criterion.measure).pair_dependent:
        yield f"Disruption({criterion.measure!r}): the measure depends on the rep; use 'acv' or 'accounts'"
    if not problem.accounts.has("owner"):
        yield "Disruption needs the column 'owner' of the accounts"


@_faults.register(Lock)
def _(criterion: Lock, problem: Problem) -> Iterator[str]:
    accounts = _positions(problem.accounts.account_id)
    reps = _positions(problem.team.rep_id)
    wanted: dict[str, str] = {}
    for account, rep in criterion.pairs:
        if account not in accounts:
            yield f"Lock: no account {account!r}{_close(account, accounts)}"
            continue
        if rep is None:
            owner = int(problem.owners.rep_index[accounts[account]])
            if owner < 0:
                yield f"Lock: account {account!r} has no owner in the team; name the rep: Lock({{{account!r}: 'rep'}})"
                continue
            rep = str(problem.team.rep_id[owner])
        elif rep not in reps:
            yield f"Lock: no rep {rep!r} for account {account!r}{_close(rep, reps)}"
            continue
        if wanted.setdefault(account, rep) != rep:
            yield f"Lock: account {account!r} is locked to {wanted[account]!r} and to {rep!r}"


@_faults.register(Forbid)
def _(criterion: Forbid, problem: Problem) -> Iterator[str]:
    accounts = _positions(problem.accounts.account_id)
    reps = _positions(problem.team.rep_id)
    for account, rep in criterion.pairs:
        if account not in accounts:
            yield f"Forbid: no account {account!r}{_close(account, accounts)}"
        if rep not in reps:
            yield f"Forbid: no rep {rep!r}{_close(rep, reps)}"


@_faults.register(Eligible)
def _(criterion: Eligible, problem: Problem) -> Iterator[str]:
    shape = (problem.n_accounts, problem.n_reps)
    if criterion.mask is not None:
        if criterion.mask.shape != shape:
            yield f"Eligible: the mask has shape {criterion.mask.shape}; the problem has {shape}"
        return
    if not problem.accounts.has(criterion.attribute):
        yield f"Eligible({criterion.attribute!r}) needs the column {criterion.attribute!r} of the accounts"
    served = "time_zone" if criterion.attribute == "time_zone" else f"{criterion.attribute}s"
    if not problem.team.has(served):
        yield f"Eligible({criterion.attribute!r}) needs the column {served!r} of the team; without it all serve all"


@_faults.register(Together)
def _(criterion: Together, problem: Problem) -> Iterator[str]:
    if criterion.column is not None:
        if not problem.accounts.has(criterion.column):
            yield f"Together({criterion.column!r}) needs that column of the accounts"
        elif problem.accounts.columns[criterion.column].dtype != object:
            yield f"Together({criterion.column!r}): the column holds numbers or dates, not names"
    accounts = _positions(problem.accounts.account_id) if criterion.groups else {}
    for account in (account for group in criterion.groups for account in group):
        if account not in accounts:
            yield f"Together: no account {account!r}{_close(account, accounts)}"


@_faults.register(Apart)
def _(criterion: Apart, problem: Problem) -> Iterator[str]:
    accounts = _positions(problem.accounts.account_id)
    for account in (account for pair in criterion.pairs for account in pair):
        if account not in accounts:
            yield f"Apart: no account {account!r}{_close(account, accounts)}"


@_faults.register(Seniority)
def _(criterion: Seniority, problem: Problem) -> Iterator[str]:
    tiers = sorted({str(tier) for tier in problem.scores.tier})
    if criterion.tier not in (*tiers, "A", "B", "C"):
        yield f"Seniority: no account has tier {criterion.tier!r}; there are: {', '.join(tiers)}"
    if not problem.team.has("tenure_years"):
        yield "Seniority needs the column 'tenure_years' of the team"


def _unknown_measure(kind: str, name: str, problem: Problem) -> Iterator[str]:
    if name not in problem.measures:
        hint = _close(name, problem.measures)
        yield f"{kind}: no measure {name!r}{hint}; there are: {', '.join(sorted(problem.measures))}"


def _positions(ids: Iterable[object]) -> dict[str, int]:
    return {str(key): position for position, key in enumerate(ids)}


def _close(name: object, names: Iterable[str]) -> str:
    found = difflib.get_close_matches(str(name), list(names)[:20_000], n=1)
    return f" (did you mean {found[0]!r}?)" if found else ""
