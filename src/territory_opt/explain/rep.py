"""What is in a rep's book against the others, what came and went, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.effect import book_edges
from territory_opt.explain.account import reduced_costs
from territory_opt.explain.factors import Factors, account_factors
from territory_opt.explain.prepared import Prepared, prepare
from territory_opt.explain.rules import Rulings, rulings

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.problem import Problem
    from territory_opt.result import Result

__all__ = ["BookLine", "Move", "Near", "RepExplanation", "explain_rep"]

_NEAR = 10
_SMALL = 1e-9


@dataclass(frozen=True, slots=True)
class BookLine:
    """One measure of the book: total, per full unit of capacity, the team's median, and the limits per full unit.

    ``low`` and ``high`` come from bands, limits per book and a cap on travel; None where there is none.
    """

    measure: str
    unit: str
    total: float
    per_full: float
    median: float
    low: float | None
    high: float | None

    @property
    def against_median(self) -> float:
        """Share above the median of the team, 0 when that is zero."""
        return self.per_full / self.median - 1.0 if self.median else 0.0


@dataclass(frozen=True, slots=True)
class Move:
    """One account that changes hands.

    Attributes
    ----------
    account_id, account_name : str
        The account.
    acv : float
        Its value.
    from_id, to_id : str
        Today's owner ("" for none in the team) and the rep who gets it.
    own, rebalance : float
        What the change adds to the objective by itself, and by shadow prices in the books; their sum is below zero
        where the move pays. Zero without an owner in the team.
    why : str
        The largest part of it, in words.
    """

    account_id: str
    account_name: str
    acv: float
    from_id: str
    to_id: str
    own: float
    rebalance: float
    why: str


@dataclass(frozen=True, slots=True)
class Near:
    """An account of the book that another rep could almost as well have, with the estimated cost of giving it."""

    account_id: str
    account_name: str
    rep_id: str
    estimate: float


@dataclass(frozen=True, slots=True, repr=False)
class RepExplanation:
    """A rep's book: how large it is, what moved in and out against today, and what was close.

    Attributes
    ----------
    rep_id, rep_name : str
        The rep.
    capacity : float
        Share of a full book.
    n_accounts, n_kept : int
        Accounts of the book, and how many of them the rep owns today.
    lines : tuple of BookLine
        One per measure.
    came, went : tuple of Move
        Accounts that the rep gets and loses against today, largest value first.
    near : tuple of Near
        Accounts that would cost least to give to somebody else, cheapest first.
    source : str
        Where the shadow prices come from.
    """

    rep_id: str
    rep_name: str
    capacity: float
    n_accounts: int
    n_kept: int
    lines: tuple[BookLine, ...]
    came: tuple[Move, ...]
    went: tuple[Move, ...]
    near: tuple[Near, ...]
    source: str

    def to_frame(self) -> pd.DataFrame:
        """One row per account that came or went.

        Returns
        -------
        pandas.DataFrame
            Columns account_id, account_name, acv, direction, from_id, to_id, own, rebalance, why.
        """
        from territory_opt.explain.rep_display import moves_frame

        return moves_frame(self)

    def __str__(self) -> str:
        from territory_opt.explain.rep_display import rep_text

        return rep_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from territory_opt.explain.rep_display import rep_html

        return rep_html(self)


def explain_rep(result: Result, rep_id: str, *, prepared: Prepared | None = None) -> RepExplanation:
    """Say what is in a rep's book against the median, what moved in and out against today, and why.

    Parameters
    ----------
    result : Result
        With an alignment.
    rep_id : str
        The rep.
    prepared : Prepared, optional
        Shadow prices of one's own; None works them out once per problem and keeps them.

    Returns
    -------
    RepExplanation
        Prints as text; shows as tables in a notebook.

    Raises
    ------
    DataError
        If there is no such rep.
    NoAlignmentError
        If the result has no alignment.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({
    ...     "account_id": list("abcd"), "acv": [4e4, 4e4, 4e4, 4e4], "owner": ["r1", "r1", "r1", "r2"]})
    >>> team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    >>> rules = [topt.Balance("accounts", between=(2, 2)), topt.Disruption("accounts", weight=1.0)]
    >>> book = explain_rep(topt.solve(topt.Problem(accounts, team, criteria=rules)), "r1")
    >>> book.n_accounts, book.n_kept, len(book.came), [move.to_id for move in book.went]
    (2, 2, 0, ['r2'])
    """
    ready = prepared if prepared is not None else prepare(result.problem, result.alignment, result.evaluation)
    problem, reps = ready.problem, result.alignment.rep_index
    j = problem.team.index_of(rep_id)
    owner = problem.owners.rep_index
    book = np.flatnonzero(reps == j)
    moves: list[list[Move]] = [[], []]
    near: list[Near] = []
    seen: set[int] = set()
    for i in np.flatnonzero((reps == j) | ((owner == j) & (reps != j))).tolist():
        here = int(reps[i])
        members = ready.members(i)
        factors = account_factors(problem, members, ready.home_index)
        ruled = rulings(problem, members, ready.named)
        own, rebalance, _ = reduced_costs(ready, factors)
        if owner[i] != here:
            moves[0 if here == j else 1].append(_move(problem, i, int(owner[i]), here, factors, own, rebalance, ruled))
        if here == j and members[0] not in seen:
            seen.add(int(members[0]))
            total = np.where(ruled.allowed, own + rebalance, np.inf)
            total[j] = np.inf
            other = int(np.argmin(total))
            if np.isfinite(total[other]):
                cost = float(total[other] - own[j] - rebalance[j])
                near.append(Near(*_named(problem, i), str(problem.team.rep_id[other]), cost))
    came, went = (tuple(sorted(some, key=lambda move: -move.acv)) for some in moves)
    return RepExplanation(
        rep_id=str(problem.team.rep_id[j]),
        rep_name=str(problem.team.name[j]),
        capacity=float(problem.team.capacity[j]),
        n_accounts=len(book),
        n_kept=int((owner[book] == j).sum()),
        lines=_lines(result, problem, j),
        came=came,
        went=went,
        near=tuple(sorted(near, key=lambda one: one.estimate)[:_NEAR]),
        source=ready.shadow.source,
    )


def _named(problem: Problem, i: int) -> tuple[str, str]:
    account = str(problem.accounts.account_id[i])
    name = str(problem.accounts.text("name")[i]) if problem.accounts.has("name") else ""
    return account, name or account


def _lines(result: Result, problem: Problem, j: int) -> tuple[BookLine, ...]:
    capacity, books = problem.team.capacity, result.evaluation.books
    found = []
    # Of arrays without tables only what was given says something.
    said = {*problem.own_measures, "accounts"} if problem.arrays_only else set(books)
    for name, book in books.items():
        if name == "acv" or name not in said or not book.any():
            continue
        edges = book_edges(problem, name, book)
        low, high = (None, None) if edges is None else (_finite(edge[j] / capacity[j]) for edge in edges)
        full = book / capacity
        unit = problem.measure(name).unit
        found.append(BookLine(name, unit, float(book[j]), float(full[j]), float(np.median(full)), low, high))
    return tuple(found)


def _finite(edge: float) -> float | None:
    return float(edge) if np.isfinite(edge) else None


def _move(
    problem: Problem, i: int, old: int, new: int, factors: Factors, own: FloatArray, rebalance: FloatArray,
    ruled: Rulings,
) -> Move:  # fmt: skip
    ids = problem.team.rep_id
    start = (*_named(problem, i), float(problem.scores.acv[i]))
    if old < 0:
        return Move(*start, "", str(ids[new]), 0.0, 0.0, "nobody in the team owned it")
    own_cost, books = float(own[new] - own[old]), float(rebalance[new] - rebalance[old])
    return Move(*start, str(ids[old]), str(ids[new]), own_cost, books, _why(problem, old, new, factors, books, ruled))


def _why(problem: Problem, old: int, new: int, factors: Factors, books: float, ruled: Rulings) -> str:
    from territory_opt.explain.display import signed

    if old in ruled.reasons:
        return f"{problem.team.name[old]} may not have it: {'; '.join(ruled.reasons[old])}"
    if not ruled.allowed.sum() > 1:
        return "the rules leave no other rep"
    parts = [(float(f.objective[new] - f.objective[old]), f.name) for f in factors.factors]
    parts.append((books, "the balance of the books"))
    gain, name = min(parts)
    if gain >= -_SMALL:
        return "no cost speaks for it: whole accounts do not split"
    return f"{name} ({signed(gain)})"
