"""Moves as an integer program: one column per move or placement that is worth a look, the rest folded into bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.criteria.grouping import Apart
from territory_opt.formulation.program import IntegerProgram
from territory_opt.resolve.ground import Ground, Reduced
from territory_opt.resolve.ledgers import Ledger

__all__ = ["Base", "Sparse", "build_sparse", "lay_base"]


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """What stays put: items that could stay, in their books.

    Attributes
    ----------
    cost : float
        Their objective.
    size : float
        Sum of their costs without signs: costs may cancel.
    books : mapping of str to ndarray of float, shape (n_reps,)
        What they add to every book.
    kept : tuple of float
        Owned value that stays with its owner, for every cap on disruption.
    """

    cost: float
    size: float
    books: dict[str, FloatArray]
    kept: tuple[float, ...]


def lay_base(ground: Ground) -> Base:
    """Sum what every item holds where it was."""
    items = ground.items
    at = np.flatnonzero(items.current >= 0)
    rep = items.current[at]
    k = items.n_reps
    books = {
        name: np.bincount(rep, weights=ground.amount(name, at, rep), minlength=k).astype(np.float64)
        for name in dict.fromkeys(ground.used)
    }
    kept = tuple(float(ground.kept(cap, at, rep).sum()) for cap in range(len(ground.caps)))
    cost = ground.cost(at, rep)
    return Base(float(cost.sum()), float(np.abs(cost).sum()), books, kept)


@dataclass(frozen=True, slots=True, eq=False)
class Sparse:
    """A program over some pairs.

    Attributes
    ----------
    program : IntegerProgram
        Pairs first, then what bands are missed by, then floating middles.
    item, rep : ndarray of int, shape (p,)
        The pairs.
    ledgers : tuple of Ledger
        In the order of their rows.
    rows : tuple of slice or tuple
        Rows of every ledger: (first of the lower rows, first of the upper rows); equal where one row has both bounds.
    totals : tuple of int
        First of the rows that tie a floating middle to the total; -1 where there is none.
    shares : tuple of tuple of float
        What those rows take off per unit of the middle.
    slack_columns : ndarray of int
        Columns that miss hard bands.
    n_reps : int
        Number of reps.
    cap_row : int
        Row of the moves; -1 where there is none.
    kept_rows : tuple of int
        Rows of the kept value, one per cap on disruption.
    """

    program: IntegerProgram
    item: IntArray
    rep: IntArray
    ledgers: tuple[Ledger, ...]
    rows: tuple[tuple[int, int], ...]
    totals: tuple[tuple[int, ...], ...]
    shares: tuple[tuple[float, ...], ...]
    cap_row: int
    kept_rows: tuple[int, ...]
    slack_columns: IntArray
    n_reps: int

    def reduced(self, dual: FloatArray, cost: float) -> Reduced:
        """Prices of books, per unit of measure, from the duals of the rows."""
        k = self.n_reps
        price: dict[str, FloatArray] = {}
        for ledger, (low, high), totals in zip(self.ledgers, self.rows, self.totals, strict=True):
            one = dual[low : low + k] + (dual[high : high + k] if high != low else 0.0)
            each = one / ledger.scale + sum(float(dual[row]) for row in totals) / float(ledger.scale.mean())
            price[ledger.measure] = price.get(ledger.measure, 0.0) + each
        kept = dual[list(self.kept_rows)]
        names = tuple(price)
        table = np.array([price[name] for name in names]).reshape(len(names), k)
        return Reduced(names, table, kept, cost)


def build_sparse(
    ground: Ground,
    base: Base,
    ledgers: tuple[Ledger, ...],
    item: IntArray,
    rep: IntArray,
    *,
    moves_at_most: float,
    objective: FloatArray,
    offset: float,
    slack_price: float | None,
    elastic: float = 1.0,
    exact: bool = False,
) -> Sparse:
    """Lay out the program.

    Parameters
    ----------
    ground : Ground
        Costs and contributions.
    base : Base
        What stays.
    ledgers : tuple of Ledger
        Limits of the books.
    item, rep : ndarray of int, shape (p,)
        Candidate pairs, sorted by item; an item that could stay has no column for staying.
    moves_at_most : float
        Limit on moves; infinite for none.
    objective : ndarray of float, shape (p,)
        Of every pair, less that of staying.
    offset : float
        Objective of what stays.
    slack_price : float or None
        Price of missing a hard band, in rows; None keeps them hard.
    elastic : float
        What the prices of elastic bands are multiplied by.
    exact : bool
        Let an item move once only, and keep accounts apart; left out, the program is a relaxation whose rows do not
        depend on the pairs.
    """
    items, k, p = ground.items, ground.items.n_reps, len(item)
    home = items.current[item]
    stays = home >= 0
    build = _Rows(p)
    placed = np.flatnonzero(items.current < 0)
    build.add(np.searchsorted(placed, item[~stays]), np.flatnonzero(~stays), np.ones(p - int(stays.sum())), len(placed))
    build.limit(np.ones(len(placed)), np.ones(len(placed)))
    cap_row = -1
    moved = items.moves(item, rep).astype(np.float64)
    if np.isfinite(moves_at_most):
        cap_row = build.n_rows
        some = np.flatnonzero(moved)
        build.add(np.zeros(len(some), dtype=np.int64), some, moved[some], 1)
        build.limit(np.array([-np.inf]), np.array([float(moves_at_most)]))
    kept_rows = []
    for at, cap in enumerate(ground.caps):
        kept_rows.append(build.n_rows)
        change = ground.kept(at, item, rep)
        change[stays] -= ground.kept(at, item[stays], home[stays])
        value = float(ground.capped_value[at].sum())
        build.add(np.zeros(p, dtype=np.int64), np.arange(p), change, 1)
        build.limit(np.array([(1.0 - (cap.at_most or 0.0)) * value - base.kept[at]]), np.array([np.inf]))
    rows, totals, shares = [], [], []
    for ledger in ledgers:
        into = ground.amount(ledger.measure, item, rep)
        out = ground.amount(ledger.measure, item[stays], home[stays])
        row, total, share = _add_ledger(
            build, ground, ledger, base.books[ledger.measure], (rep, into), (home, stays, out), slack_price, elastic
        )
        rows.append(row)
        totals.append(total)
        shares.append(share)
    if exact:
        # An item moves once; a relaxation may leave that out.
        who, place = np.unique(item[stays], return_inverse=True)
        build.add(place, np.flatnonzero(stays), np.ones(len(place)), len(who))
        build.limit(np.full(len(who), -np.inf), np.ones(len(who)))
        _add_apart(build, ground, item, rep)
    program = build.program(objective, offset)
    slacks = np.concatenate([np.zeros(0, dtype=np.int64), *build.slacks])
    return Sparse(
        program, item, rep, ledgers, tuple(rows), tuple(totals), tuple(shares), cap_row, tuple(kept_rows), slacks, k
    )


def _add_ledger(
    build: _Rows,
    ground: Ground,
    ledger: Ledger,
    book: FloatArray,
    into: tuple[IntArray, FloatArray],
    out: tuple[IntArray, Any, FloatArray],
    slack_price: float | None,
    elastic: float,
) -> tuple[tuple[int, int], tuple[int, ...], tuple[float, ...]]:
    k = len(book)
    scale, (rep, added) = ledger.scale, into
    home, stays, gone = out
    index = np.concatenate([rep, home[stays]])
    column = np.concatenate([np.arange(len(rep)), np.flatnonzero(stays)])
    value = np.concatenate([added / scale[rep], -gone / scale[home[stays]]])
    level = book / scale
    soft = ledger.price < np.inf
    price = elastic * ledger.price * scale if soft else np.full(k, slack_price or 0.0)
    gives = soft or slack_price is not None

    def missed(row: int, side: float) -> None:
        if gives:
            at = build.columns(price, np.zeros(k), np.full(k, np.inf))
            build.tail(row + np.arange(k), at + np.arange(k), np.full(k, side))
            if not soft:
                build.slacks.append(at + np.arange(k))

    low = build.n_rows
    build.add(index, column, value, k)
    if not ledger.middle:
        build.limit(ledger.low / scale - level, ledger.high / scale - level)
        missed(low, 1.0)
        missed(low, -1.0)
        return (low, low), (), ()
    capacity = ground.problem.team.capacity
    unit = scale / capacity  # the same for all reps
    build.limit(-level, np.full(k, np.inf))
    high = build.n_rows
    build.add(index, column, value, k)
    build.limit(np.full(k, -np.inf), -level)
    missed(low, 1.0)
    missed(high, -1.0)
    least = 0.0 if not soft else -np.inf
    middle = build.columns(np.zeros(1), np.array([least]), np.array([np.inf]))
    build.tail(low + np.arange(k), np.full(k, middle), np.full(k, -(1.0 - ledger.within)))
    build.tail(high + np.arange(k), np.full(k, middle), np.full(k, -(1.0 + ledger.within)))
    # The total: what all books hold, in the unit of a full book.
    mean = float(scale.mean())
    change = added.copy()
    change[stays] -= gone
    held = float(book.sum()) / mean
    full = float(capacity.sum()) * float(unit.mean()) / mean
    if ledger.middle == "mean":
        edges = [(full, -held, -held)]
    else:
        half = float(np.sort(capacity)[k - k // 2 :].sum()) * float(unit.mean()) / mean
        edges = [(full + ledger.within * half, -np.inf, -held), (full - ledger.within * half, -held, np.inf)]
    total = []
    for share, lower, upper in edges:
        total.append(build.n_rows)
        some = np.flatnonzero(change)
        build.add(np.zeros(len(some), dtype=np.int64), some, change[some] / mean, 1)
        build.limit(np.array([lower]), np.array([upper]))
        build.tail(np.array([total[-1]]), np.array([middle]), np.array([-share]))
    return (low, high), tuple(total), tuple(share for share, _, _ in edges)


def _add_apart(build: _Rows, ground: Ground, item: IntArray, rep: IntArray) -> None:
    items, problem = ground.items, ground.problem
    at: dict[int, list[int]] = {}
    for column, i in enumerate(item.tolist()):
        at.setdefault(i, []).append(column)
    wanted = {
        tuple(sorted(items.groups.index[problem.accounts.positions(pair)].tolist()))
        for criterion in problem.criteria
        if isinstance(criterion, Apart)
        for pair in criterion.pairs
    }
    for one, other in sorted(wanted):
        homes = [int(items.current[i]) for i in (one, other)]
        columns = [at.get(i, []) for i in (one, other)]
        reps = {h for h in homes if h >= 0} | {int(rep[c]) for part in columns for c in part}
        for j in sorted(reps):
            terms: dict[int, float] = {}
            level = 0.0
            for home, part in zip(homes, columns, strict=True):
                level += home == j
                for c in part:
                    change = float(rep[c] == j) - float(home == j)
                    if change:
                        terms[c] = terms.get(c, 0.0) + change
            ends = np.array(sorted(terms), dtype=np.int64)
            build.add(np.zeros(len(ends), dtype=np.int64), ends, np.array([terms[c] for c in ends.tolist()]), 1)
            build.limit(np.array([-np.inf]), np.array([1.0 - level]))


class _Rows:
    """Rows and columns as they come, turned into arrays at the end."""

    def __init__(self, n_pairs: int) -> None:
        self.n_rows, self.n_columns = 0, n_pairs
        self._n_pairs = n_pairs
        self.slacks: list[IntArray] = []
        self._entries: list[tuple[IntArray, IntArray, FloatArray]] = []
        self._limits: list[tuple[FloatArray, FloatArray]] = []
        self._extra: list[tuple[FloatArray, FloatArray, FloatArray]] = []

    def add(self, row: IntArray, column: IntArray, value: FloatArray, n_rows: int) -> None:
        self._entries.append((self.n_rows + row, column, value))
        self.n_rows += n_rows

    def tail(self, row: IntArray, column: IntArray, value: FloatArray) -> None:
        self._entries.append((row, column, value))

    def limit(self, lower: FloatArray, upper: FloatArray) -> None:
        self._limits.append((lower, upper))

    def columns(self, cost: FloatArray, lower: FloatArray, upper: FloatArray) -> int:
        first = self.n_columns
        self._extra.append((cost, lower, upper))
        self.n_columns += len(cost)
        return first

    def program(self, objective: FloatArray, offset: float) -> IntegerProgram:
        from scipy.sparse import csr_array

        row, column, value = (np.concatenate([e[part] for e in self._entries]) for part in range(3))
        matrix = csr_array((value, (row, column)), shape=(self.n_rows, self.n_columns))
        matrix.sum_duplicates()
        p, extra = self._n_pairs, [np.concatenate([e[part] for e in self._extra] or [np.zeros(0)]) for part in range(3)]
        return IntegerProgram(
            cost=np.concatenate([objective, extra[0]]),
            indptr=matrix.indptr,
            indices=matrix.indices,
            values=matrix.data,
            row_lower=np.concatenate([limit[0] for limit in self._limits]),
            row_upper=np.concatenate([limit[1] for limit in self._limits]),
            col_lower=np.concatenate([np.zeros(p), extra[1]]),
            col_upper=np.concatenate([np.ones(p), extra[2]]),
            integrality=np.concatenate([np.ones(p), np.zeros(self.n_columns - p)]),
            offset=offset,
        )
