"""Whose book a rep would rather have: envy, normalised by capacity, counting only what the rep may serve."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt._frozen import FrozenArrays
from territory_opt._typing import BoolArray, FloatArray, IntArray, read_only
from territory_opt.alignment import Alignment
from territory_opt.criteria import Eligible, Forbid, Seniority
from territory_opt.evaluation import check_tables
from territory_opt.fairness.shown import Shown
from territory_opt.formulation.groups import Groups, merge_families

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.problem import Problem

__all__ = ["EnvyReport", "envy"]

_BLOCK = 4_000_000
"""Pairs of account and rep held at once: about 100 MB of working memory."""
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class EnvyReport(Shown, FrozenArrays):
    """Envy of every rep towards every other.

    Attributes
    ----------
    measure, unit : str
        What a book is worth in, and its unit.
    rep_id, rep_name : tuple of str, length n_reps
        Whose books.
    own : ndarray of float, shape (n_reps,)
        What the rep's own book is worth to the rep, per unit of capacity.
    wanted_index : ndarray of int, shape (n_reps,)
        Position of the rep whose book is worth most beyond the own; -1 where no book is worth more.
    envy : ndarray of float, shape (n_reps,)
        How much more that book is worth to the rep, per unit of capacity; 0 without envy.
    n_envied : ndarray of int, shape (n_reps,)
        How many books are worth more than the own.
    up_to_one : ndarray of bool, shape (n_reps,)
        True where no envy is left once the best account of each other book is set aside (EF1).
    n_admirers : ndarray of int, shape (n_reps,)
        How many reps would rather have this rep's book.
    """

    _display = "territory_opt.fairness.envy_display"

    measure: str
    unit: str
    rep_id: tuple[str, ...]
    rep_name: tuple[str, ...]
    own: FloatArray = field(repr=False)
    wanted_index: IntArray = field(repr=False)
    envy: FloatArray = field(repr=False)
    n_envied: IntArray = field(repr=False)
    up_to_one: BoolArray = field(repr=False)
    n_admirers: IntArray = field(repr=False)

    @property
    def envy_free_share(self) -> float:
        """Share of the reps who would not rather have another book."""
        return float((self.wanted_index < 0).mean())

    @property
    def up_to_one_share(self) -> float:
        """Share of the reps without envy up to one account (EF1)."""
        return float(self.up_to_one.mean())

    def to_frame(self) -> pd.DataFrame:
        """One row per rep.

        Returns
        -------
        pandas.DataFrame
            Columns rep_id, rep_name, own, wants_id, wants_name, envy, envy_share (of the own book; missing where
            that is not positive), n_envied, up_to_one_account, n_admirers.
        """
        import pandas as pd

        wanted = self.wanted_index.tolist()
        share = [float(e / o) if o > 0 else None for e, o in zip(self.envy, self.own, strict=True)]
        return pd.DataFrame(
            {
                "rep_id": pd.Series(self.rep_id, dtype=object),
                "rep_name": pd.Series(self.rep_name, dtype=object),
                "own": np.array(self.own),
                "wants_id": pd.Series([self.rep_id[j] if j >= 0 else None for j in wanted], dtype=object),
                "wants_name": pd.Series([self.rep_name[j] if j >= 0 else None for j in wanted], dtype=object),
                "envy": np.array(self.envy),
                "envy_share": pd.array(share, dtype="Float64"),
                "n_envied": np.array(self.n_envied),
                "up_to_one_account": np.array(self.up_to_one),
                "n_admirers": np.array(self.n_admirers),
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready values; version 1 of its layout."""
        from territory_opt.fairness.tables import plain

        frame = self.to_frame()
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        value: dict[str, Any] = plain(
            {
                "schema": "territory-opt/envy",
                "schema_version": 1,
                "measure": self.measure,
                "unit": self.unit,
                "envy_free_share": self.envy_free_share,
                "up_to_one_share": self.up_to_one_share,
                "reps": rows,
            }
        )
        return value


def envy(problem: Problem, alignment: Alignment, *, measure: str = "load") -> EnvyReport:
    r"""Find whose book every rep would rather have.

    Parameters
    ----------
    problem : Problem
        Tables, and the rules that say what a rep may serve.
    alignment : Alignment
        Any alignment of the same tables.
    measure : str, default "load"
        What a book is worth: any measure of the problem. Load counts travel friction from the envious rep's home,
        so that a rich book far away is not worth its full value.

    Returns
    -------
    EnvyReport
        Per rep: the book wanted most, by how much, and whether one account would settle it.

    Raises
    ------
    CriterionError
        There is no such measure.
    DataError
        The alignment is of other accounts or reps.

    Notes
    -----
    With :math:`v_j(i)` the value of account i to rep j, capacity :math:`s_k` and the accounts :math:`E_j` that j may
    serve, book k is worth :math:`V_{jk} = \sum_{i \in B_k \cap E_j} v_j(i)` to j, and the envy is
    :math:`\max(0, V_{jk} / s_k - V_{jj} / s_j)`: a book is compared as if it were cut to the rep's own capacity. It
    is free of envy up to one account when :math:`(V_{jk} - \max_{i \in B_k \cap E_j} v_j(i)) / s_k \le V_{jj} / s_j`
    for every k, which is WEF1 of Chakraborty, Igarashi, Suksompong and Zick, Weighted Envy-Freeness in Indivisible
    Item Allocation, ACM TEAC 9(3), 2021, doi:10.1145/3457166; with equal capacities it is EF1 of Budish, J. Political
    Economy 119(6), 2011, doi:10.1086/664613.

    What j may serve: the hard ``Eligible`` and ``Seniority`` rules and ``Forbid``. A ``Lock`` is a decision and not
    an ability, so locked accounts count. Accounts that must stay together (``Together``) count as one.

    Time grows with accounts times reps, memory does not: they are taken in blocks.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": list("abcd"), "acv": [9e4, 7e4, 2e4, 1e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> found = topt.envy(problem, topt.Alignment.from_index(problem, [0, 0, 1, 1]), measure="tam")
    >>> found.wanted_index.tolist(), found.envy.tolist(), found.up_to_one.tolist()
    ([-1, 0], [0.0, 130000.0], [True, False])
    """
    from territory_opt.fairness.report import rep_names

    check_tables(problem, alignment)
    kind = problem.measure(measure)
    k, capacity = problem.n_reps, problem.team.capacity
    groups = merge_families(problem)
    # A family of an alignment that breaks it counts where its first account is.
    book = alignment.rep_index[groups.order[groups.starts]]
    order = np.argsort(book, kind="stable")
    filled = np.unique(book)
    starts = np.searchsorted(book[order], filled)
    own, most = np.zeros(k), np.zeros(k)
    wanted, n_envied = np.full(k, -1, dtype=np.int64), np.zeros(k, dtype=np.int64)
    up_to_one, admirers = np.zeros(k, dtype=np.bool_), np.zeros(k, dtype=np.int64)
    width = max(1, _BLOCK // problem.n_accounts)
    forbidden = _forbidden(problem)
    for first in range(0, k, width):
        reps = np.arange(first, min(first + width, k))
        value = _values(problem, measure, groups, reps, alignment, forbidden)[:, order]
        worth, best = np.zeros((len(reps), k)), np.zeros((len(reps), k))
        worth[:, filled] = np.add.reduceat(value, starts, axis=1) / capacity[filled]
        best[:, filled] = np.maximum(np.maximum.reduceat(value, starts, axis=1), 0.0) / capacity[filled]
        rows = np.arange(len(reps))
        mine = worth[rows, reps]
        slack = _TOLERANCE * np.maximum(np.abs(mine), 1.0)[:, None]
        gain = worth - mine[:, None]
        gain[rows, reps] = 0.0
        envies = gain > slack
        target = np.argmax(gain, axis=1)
        own[reps], n_envied[reps] = mine, envies.sum(axis=1)
        wanted[reps] = np.where(envies.any(axis=1), target, -1)
        most[reps] = np.where(envies.any(axis=1), gain[rows, target], 0.0)
        up_to_one[reps] = ~(envies & (gain - best > slack)).any(axis=1)
        admirers += envies.sum(axis=0)
    return EnvyReport(
        measure=kind.name,
        unit=kind.unit,
        rep_id=tuple(str(rep) for rep in problem.team.rep_id),
        rep_name=rep_names(problem),
        own=read_only(own),
        wanted_index=read_only(wanted),
        envy=read_only(most),
        n_envied=read_only(n_envied),
        up_to_one=read_only(up_to_one),
        n_admirers=read_only(admirers),
    )


def _values(
    problem: Problem, measure: str, groups: Groups, reps: IntArray, alignment: Alignment, forbidden: IntArray
) -> FloatArray:
    """Value of every group to some reps, 0 where a rep may not serve it; shape (b, n_groups)."""
    n, everyone = problem.n_accounts, np.arange(problem.n_accounts)
    may = np.ones((n, len(reps)), dtype=np.bool_)
    for criterion in problem.criteria:
        if not criterion.is_limit:
            continue
        if isinstance(criterion, Eligible):
            if criterion.mask is not None:
                may &= criterion.mask[:, reps]
            else:
                matching = problem.matching(criterion.attribute)
                may &= matching.serves[:, reps][matching.kind_index]
        elif isinstance(criterion, Seniority):
            junior = ~(problem.team.tenure_years[reps] >= criterion.min_years)
            may &= ~((problem.scores.tier == criterion.tier)[:, None] & junior[None, :])
    here = forbidden[(forbidden[:, 1] >= reps[0]) & (forbidden[:, 1] <= reps[-1])]
    may[here[:, 0], here[:, 1] - reps[0]] = False
    kind = problem.measure(measure)
    if kind.pair_dependent:
        pairs = np.tile(everyone, len(reps)), np.repeat(reps, n)
        value = problem.contribution(measure, *pairs, alignment.home_index).reshape(len(reps), n)
    else:
        value = np.broadcast_to(kind.base, (len(reps), n))
    allowed = groups.all_of(may)
    return groups.total(np.ascontiguousarray(value.T)).T * allowed.T


def _forbidden(problem: Problem) -> IntArray:
    """Pairs of account and rep positions that a Forbid names, shape (m, 2)."""
    reps = {str(rep): j for j, rep in enumerate(problem.team.rep_id)}
    found = []
    for criterion in problem.criteria:
        if isinstance(criterion, Forbid):
            rows = problem.accounts.positions([account for account, _ in criterion.pairs])
            found += [(int(i), reps[rep]) for i, (_, rep) in zip(rows, criterion.pairs, strict=True)]
    return np.array(found, dtype=np.int64).reshape(-1, 2)
