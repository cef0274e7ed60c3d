"""Books over their account units, and the C accounts to shift (D-UNITS-1)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray
from territory_opt.criteria import Lock, Together
from territory_opt.families import family_index

if TYPE_CHECKING:
    from territory_opt.alignment import Alignment
    from territory_opt.problem import Problem

__all__ = ["UnitOverload", "free_to_shift", "reps_needed", "unit_overloads"]


@dataclass(frozen=True, slots=True)
class UnitOverload:
    """A book over its account units, with the proposal to mend it.

    Attributes
    ----------
    rep_id, rep_name : str
        Whose book.
    units, allowed : float
        Account units held, and the most the rep's capacity allows.
    shift : tuple of str
        Ids of the C accounts to shift, in order: longest travel first, then smallest ACV. Locked accounts and
        members of a group that stays together are never proposed.
    left_over : float
        Units still over when all of them are shifted; above 0 when the C accounts do not suffice.
    """

    rep_id: str
    rep_name: str
    units: float
    allowed: float
    shift: tuple[str, ...]
    left_over: float


def unit_overloads(
    problem: Problem, alignment: Alignment, totals: FloatArray, rep_name: tuple[str, ...]
) -> tuple[UnitOverload, ...]:
    """Find the books over their account units, heaviest excess first.

    Parameters
    ----------
    problem, alignment : Problem, Alignment
        What is judged, by the units that the policy allows a full rep, whatever the criteria ask for.
    totals : ndarray of float, shape (n_reps,)
        Account units of each book.
    rep_name : tuple of str, length n_reps
        Names at the edge.

    Returns
    -------
    tuple of UnitOverload
        One per book over.

    Notes
    -----
    D-UNITS-1: 20 A + 30 B + 40 C = 160 units against 150: shift 10 C.
    """
    allowed = problem.policy.units_high * problem.team.capacity
    over = totals - allowed
    heavy = np.flatnonzero(over > 1e-9 * np.maximum(np.abs(allowed), 1.0))
    if not heavy.size:
        return ()
    is_heavy = np.zeros(problem.n_reps, dtype=np.bool_)
    is_heavy[heavy] = True
    account = np.flatnonzero(free_to_shift(problem) & is_heavy[alignment.rep_index])
    account = account[problem.scores.tier[account] == "C"]
    rep = alignment.rep_index[account]
    hours = problem.hours(account, rep, alignment.home_index) if problem.has_travel else np.zeros(account.size)
    # Sixteen bits are sorted by counting: ten times as fast.
    order = np.argsort(rep.astype(np.uint16) if problem.n_reps <= 65_536 else rep, kind="stable")
    account, rep, hours = account[order], rep[order], hours[order]
    acv = problem.scores.acv[account]
    first, last = np.searchsorted(rep, heavy, side="left"), np.searchsorted(rep, heavy, side="right")
    found = []
    for j, start, stop in zip(heavy.tolist(), first.tolist(), last.tolist(), strict=True):
        mine = account[start:stop][_order(hours[start:stop], acv[start:stop])]
        relief = np.cumsum(problem.scores.account_units[mine])
        n_needed = min(int(np.searchsorted(relief, over[j] - 1e-9)) + 1, relief.size)
        left = float(over[j] - relief[n_needed - 1]) if n_needed else float(over[j])
        found.append(
            UnitOverload(
                rep_id=str(problem.team.rep_id[j]),
                rep_name=rep_name[j],
                units=float(totals[j]),
                allowed=float(allowed[j]),
                shift=tuple(problem.accounts.account_id[mine[:n_needed]].tolist()),
                left_over=0.0 if left < 1e-9 else left,
            )
        )
    return tuple(sorted(found, key=lambda book: book.allowed - book.units))


def _order(hours: FloatArray, acv: FloatArray) -> IntArray:
    """Longest travel first, then smallest ACV, then as given; one fast sort where no two hours are the same."""
    order = np.argsort(-hours)
    apart = np.diff(hours[order])
    return order if apart.size == np.count_nonzero(apart) else np.lexsort((acv, -hours))


def reps_needed(total_units: float, high: float) -> int:
    """Full reps that the team's account units need.

    Examples
    --------
    >>> reps_needed(1_600.0, 150.0)
    11
    """
    return math.ceil(total_units / high - 1e-9) if high > 0.0 else 0


def free_to_shift(problem: Problem) -> BoolArray:
    """Tell which accounts could change hands alone: not locked, and not tied to another account.

    Parameters
    ----------
    problem : Problem
        Its Lock and Together criteria are read.

    Returns
    -------
    ndarray of bool, shape (n_accounts,)
        True where a proposal may name the account.
    """
    free = np.ones(problem.n_accounts, dtype=np.bool_)
    for criterion in problem.criteria:
        if isinstance(criterion, Lock):
            free[problem.accounts.positions([account for account, _ in criterion.pairs])] = False
        elif isinstance(criterion, Together):
            family = family_index(problem.accounts, criterion)
            free &= np.bincount(family)[family] == 1
    return free
