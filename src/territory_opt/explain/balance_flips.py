"""Wider limits on books that would let an account go where it costs less: when only balance keeps it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.grouping import Apart
from territory_opt.criteria.travel import Travel
from territory_opt.criteria.variation import Variation
from territory_opt.diagnose.options import rounded
from territory_opt.diagnose.words import spoken
from territory_opt.effect import book_edges
from territory_opt.evaluation import FEASIBILITY_TOLERANCE
from territory_opt.explain.factors import Factors
from territory_opt.explain.flip import MARGIN, Flip
from territory_opt.explain.room import book_limit, moved_book
from territory_opt.explain.rules import Rulings
from territory_opt.fairness.wording import amount, clean, percent
from territory_opt.problem import Problem
from territory_opt.verdicts import band_reference

if TYPE_CHECKING:
    from territory_opt.result import Result

__all__ = ["balance_flips"]

_REPS = 8
_SHARE_DIGIT = 0.001


def balance_flips(
    result: Result, members: IntArray, account: int, factors: Factors, ruled: Rulings, now: int
) -> tuple[Flip, ...]:
    """Find limits on books that alone keep an account from a rep with whom it costs less.

    Parameters
    ----------
    result : Result
        With an alignment.
    members : ndarray of int
        Accounts that move together.
    account : int
        The account that is explained.
    factors : Factors
        Its costs.
    ruled : Rulings
        Its rules.
    now : int
        Position of the rep who has it.

    Returns
    -------
    tuple of Flip
        With the wider limits the bare move keeps every criterion and lowers the objective: the present answer is then
        not the best any more, for certain. Whether the best one has the account there only a solve can tell.
    """
    problem = result.problem
    if any(isinstance(c, Balance) and not c.is_limit for c in problem.criteria):
        return ()  # What an elastic band charges is no cost of the account alone.
    own = factors.objective
    gain = own[now] - own
    others = np.flatnonzero(ruled.allowed & (gain > MARGIN * abs(result.objective)))
    others = others[others != now]
    found = []
    for j in others[np.argsort(-gain[others], kind="stable")][:_REPS].tolist():
        if not _others_kept(result, members, now, j):
            continue
        wider = _wider(result, members, now, j)
        if wider:
            criteria, words, sizes = zip(*wider, strict=True)
            account_id, rep_id = str(problem.accounts.account_id[account]), str(problem.team.rep_id[j])
            said = f"if {' and '.join(words)}: the move alone then keeps every limit and saves {gain[j]:,.4g}"
            found.append(Flip(account_id, rep_id, "balance", 0.0, max(sizes), said, criteria=criteria))
    return tuple(found)


def _others_kept(result: Result, members: IntArray, now: int, other: int) -> bool:
    """True when a bare move breaks no cap on moved value, no limit on variation, and keeps accounts apart."""
    problem, reps = result.problem, result.alignment.rep_index
    owner = problem.owners.protected_index[members]
    inside = set(members.tolist())
    for check in result.evaluation.checks:
        criterion = check.criterion
        if isinstance(criterion, Disruption) and criterion.is_limit:
            value = problem.measure(criterion.measure).base[members]
            if float(value[owner == now].sum() - value[owner == other].sum()) > check.slack:
                return False
        elif isinstance(criterion, Variation):
            full = moved_book(result, criterion.measure, members, now, other) / problem.team.capacity
            if not full.std() <= (criterion.at_most + FEASIBILITY_TOLERANCE) * full.mean():
                return False
        elif isinstance(criterion, Apart):
            ends = problem.accounts.positions([a for pair in criterion.pairs for a in pair]).reshape(-1, 2)
            for one, two in ends.tolist():
                if (one in inside) != (two in inside) and reps[two if one in inside else one] == other:
                    return False
    return True


def _wider(result: Result, members: IntArray, now: int, other: int) -> list[tuple[Criterion, str, float]] | None:
    """Every limit that a bare move breaks, wide enough for it; None where one cannot be."""
    problem = result.problem
    found = []
    for criterion in problem.criteria:
        name = book_limit(criterion)
        if name is None:
            continue
        book = moved_book(result, name, members, now, other)
        edges = book_edges(problem, name, book, forgiven=True, only=criterion)
        assert edges is not None
        if ((book >= edges[0]) & (book <= edges[1])).all():
            continue
        change = _widened(problem, criterion, name, book, edges)
        if change is None:
            return None
        found.append(change)
    return found


def _widened(
    problem: Problem, criterion: Criterion, name: str, book: FloatArray, edges: tuple[FloatArray, FloatArray]
) -> tuple[Criterion, str, float] | None:
    full, what = book / problem.team.capacity, spoken(name)
    if isinstance(criterion, Travel):
        was = criterion.share_at_most or 0.0
        share = rounded(float((book / problem.selling_hours).max()), _SHARE_DIGIT, 1)
        words = f"travel were allowed {percent(share)} of selling hours ({percent(was)} today)"
        return None if share > 1.0 else (Travel(share_at_most=share), words, _more(share - was, was))
    if isinstance(criterion, BookLimits):
        return _own_limits(problem, criterion, book, edges)
    assert isinstance(criterion, Balance)
    if criterion.between is None:
        middle, was = band_reference(problem, criterion, book), criterion.within or 0.0
        if not middle > 0:
            return None
        share = rounded(float(np.abs(full / middle - 1.0).max()), _SHARE_DIGIT, 1)
        words = f"the band of {what} were {percent(share)} of the {criterion.of} ({percent(was)} today)"
        return None if share > 1.0 else (replace(criterion, within=share), words, _more(share - was, was))
    low, high = criterion.between
    least, most = low, high
    unit, said, size = problem.measure(name).unit, [], 0.0
    if (book < edges[0]).any():
        least = rounded(float(full.min()), 0.0, -1)
        said.append(f"a book of {what} might be {amount(least, unit)} ({amount(low, unit)} today)")
        size = _more(low - least, abs(low))
    if (book > edges[1]).any():
        most = rounded(float(full.max()), 0.0, 1)
        said.append(f"a book of {what} might be {amount(most, unit)} ({amount(high, unit)} today)")
        size = max(size, _more(most - high, abs(high)))
    return replace(criterion, between=(least, most)), " and ".join(said), size


def _own_limits(
    problem: Problem, criterion: BookLimits, book: FloatArray, edges: tuple[FloatArray, FloatArray]
) -> tuple[Criterion, str, float]:
    """Limits of single reps, eased for the one or two books that need it."""
    low, high = (np.array(edge) for edge in criterion.per_rep(problem.n_reps))
    what, unit = spoken(criterion.measure), problem.measure(criterion.measure).unit
    said, size = [], 0.0
    for j in np.flatnonzero((book < edges[0]) | (book > edges[1])).tolist():
        edge, over = (high, 1) if book[j] > edges[1][j] else (low, -1)
        was, edge[j] = float(edge[j]), rounded(float(book[j]), 0.0, over)
        who = clean(str(problem.team.name[j]))
        said.append(f"the limit of {who} on {what} were {amount(float(edge[j]), unit)} ({amount(was, unit)} today)")
        size = max(size, _more(abs(edge[j] - was), abs(was)))
    return BookLimits(criterion.measure, lower=low, upper=high), " and ".join(said), size


def _more(value: float, of: float) -> float:
    """A change as a share of what there is today; 1 where that is nothing."""
    return value / of if of > 0 else 1.0
