"""The least change of data that sends an account to another rep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from territory_opt._columns import Columns
from territory_opt._typing import FloatArray
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.criteria.ownership import Forbid, Lock
from territory_opt.errors import UnsupportedError
from territory_opt.formulation.costs import pair_hours
from territory_opt.problem import Problem

__all__ = ["MARGIN", "MOST_PAIRS", "Flip"]

MOST_PAIRS = 5_000_000
"""Up to so many pairs of account and rep a change can be applied that needs a table of pairs."""

MARGIN = 1e-5
"""Part of the objective that a change goes beyond the difference: ten times what solves leave open."""

_MONEY = ("acv", "named_acv", "white_space_acv", "current_spend", "expansion", "first_year_deal")


@dataclass(frozen=True, slots=True)
class Flip:
    """A change of one account's data, of one rule or of limits on books, and where the account would then go.

    Attributes
    ----------
    account_id, rep_id : str
        Who would go to whom.
    kind : {"travel", "value", "owner", "rule", "balance"}
        Fewer travel hours to that rep; more or less value; owned by that rep today; the rules that bar it lifted;
        limits on books wide enough for the move.
    change : float
        Hours a year less, money more (or, below zero, less); 0 for an owner, a rule or a balance.
    size : float
        The change as a share of what there is today; 1 for an owner or a rule.
    words : str
        The change as half a sentence: "if ...".
    certain : bool
        True when the change flips every optimal answer, as verified re-solves prove; False for an estimate from
        shadow prices.
    flipped : bool or None
        What a re-solve with the change said; None when none was made.
    criteria : tuple of criterion
        The wider limits of a ``"balance"``; they replace those of the same kind and measure.
    """

    account_id: str
    rep_id: str
    kind: str
    change: float
    size: float
    words: str
    certain: bool = False
    flipped: bool | None = None
    criteria: tuple[Criterion, ...] = ()

    def apply(self, problem: Problem) -> Problem:
        """Return the problem with the change made.

        Parameters
        ----------
        problem : Problem
            The problem that was explained.

        Returns
        -------
        Problem
            A new one; all else stays.

        Raises
        ------
        UnsupportedError
            If the change needs a table of all pairs and there are more than :data:`MOST_PAIRS`.
        """
        i, j = problem.accounts.index_of(self.account_id), problem.team.index_of(self.rep_id)
        if self.kind == "balance":
            return problem.with_criteria(*self.criteria)
        if self.kind == "value":
            return problem.replace(accounts=_scaled(problem, i, 1.0 + self.size * np.sign(self.change)))
        if self.kind == "owner":
            owner = problem.accounts.text("owner").copy()
            owner[i] = self.rep_id
            return problem.replace(accounts=_with_columns(problem, owner=owner))
        if problem.n_accounts * problem.n_reps > MOST_PAIRS:
            raise UnsupportedError(f"applying this change needs a table of pairs, of at most {MOST_PAIRS:,}")
        if self.kind == "rule":
            return _excepted(problem, i, j)
        hours = pair_hours(problem, None)
        hours[i, j] -= self.change
        visits = problem.places.visits
        return problem.replace(travel_time=np.maximum(hours, 0.0) / np.where(visits > 0, visits, 1.0)[:, None])


def _with_columns(problem: Problem, **changed: Any) -> Any:
    return replace(problem.accounts, columns=Columns({**problem.accounts.columns, **changed}))


def _scaled(problem: Problem, account: int, factor: float) -> Any:
    """Accounts with every money column of one account multiplied."""
    changed = {}
    for name in _MONEY:
        if problem.accounts.has(name):
            column: FloatArray = problem.accounts.number(name).copy()
            column[account] *= factor
            changed[name] = column
    return _with_columns(problem, **changed)


def _excepted(problem: Problem, i: int, j: int) -> Problem:
    """Lift every rule that bars one pair, for that pair alone."""
    account, rep = str(problem.accounts.account_id[i]), str(problem.team.rep_id[j])
    kept: list[Criterion] = []
    mask = np.ones((problem.n_accounts, problem.n_reps), dtype=np.bool_)
    masked = False
    for criterion in problem.criteria:
        if isinstance(criterion, Lock):
            pairs = {a: r for a, r in criterion.pairs if a != account}
            named = {a: r for a, r in pairs.items() if r is not None}
            own = [a for a, r in pairs.items() if r is None]
            kept += [Lock(named)] if named else []
            kept += [Lock(own)] if own else []
        elif isinstance(criterion, Forbid):
            others = [pair for pair in criterion.pairs if pair != (account, rep)]
            kept += [Forbid(others)] if others else []
        elif isinstance(criterion, Eligible) and criterion.is_limit:
            masked = True
            if criterion.mask is not None:
                mask &= criterion.mask
            else:
                matching = problem.matching(criterion.attribute)
                mask &= matching.serves[matching.kind_index]
        elif isinstance(criterion, Seniority) and criterion.is_limit:
            masked = True
            junior = ~(problem.team.tenure_years >= criterion.min_years)
            mask &= ~((problem.scores.tier == criterion.tier)[:, None] & junior[None, :])
        else:
            kept.append(criterion)
    if masked:
        mask[i, j] = True
        kept.append(Eligible(mask))
    return problem.replace(criteria=tuple(kept))
