"""Why a rep may not have an account: every hard rule, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from territory_opt._typing import BoolArray, IntArray
from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.criteria.ownership import Forbid, Lock
from territory_opt.fairness.wording import clean
from territory_opt.problem import Problem

__all__ = ["NamedPairs", "Rulings", "named_pairs", "rulings"]


@dataclass(frozen=True, slots=True, eq=False)
class NamedPairs:
    """Locks and forbidden pairs by account position, so that one account is looked up without a search."""

    locked: Mapping[int, tuple[int, ...]]
    forbidden: Mapping[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Rulings:
    """What the hard rules say about one family of accounts.

    Attributes
    ----------
    allowed : ndarray of bool, shape (n_reps,)
        Reps that may have it.
    reasons : mapping of int to tuple of str
        Why not, for every other rep.
    """

    allowed: BoolArray
    reasons: Mapping[int, tuple[str, ...]]


def named_pairs(problem: Problem) -> NamedPairs:
    """Collect every lock and forbidden pair of a problem."""
    locked: dict[int, tuple[int, ...]] = {}
    forbidden: dict[int, tuple[int, ...]] = {}
    reps = {str(rep): j for j, rep in enumerate(problem.team.rep_id)}
    for criterion in problem.criteria:
        if isinstance(criterion, Lock | Forbid):
            rows = problem.accounts.positions([account for account, _ in criterion.pairs]).tolist()
            into = locked if isinstance(criterion, Lock) else forbidden
            for i, (_, rep) in zip(rows, criterion.pairs, strict=True):
                j = int(problem.owners.rep_index[i]) if rep is None else reps[rep]
                into[i] = (*into.get(i, ()), j)
    return NamedPairs(locked, forbidden)


def rulings(problem: Problem, members: IntArray, named: NamedPairs) -> Rulings:
    """Hold every hard rule on pairs against one family.

    Parameters
    ----------
    problem : Problem
        The statement.
    members : ndarray of int, shape (m,)
        Accounts that move together.
    named : NamedPairs
        Of the same problem.

    Returns
    -------
    Rulings
        Reps that may have it, and why each of the others may not.
    """
    k = problem.n_reps
    reasons: dict[int, list[str]] = {}

    def bar(reps: IntArray, why: str) -> None:
        for j in reps.tolist():
            said = reasons.setdefault(j, [])
            if why not in said:
                said.append(why)

    for criterion in problem.criteria:
        if not criterion.is_limit:
            continue
        for i in members.tolist():
            who = "" if len(members) == 1 else f" ({clean(str(problem.accounts.account_id[i]))})"
            if isinstance(criterion, Eligible) and criterion.mask is not None:
                bar(np.flatnonzero(~criterion.mask[i]), f"the mask of eligible reps leaves them out{who}")
            elif isinstance(criterion, Eligible):
                matching = problem.matching(criterion.attribute)
                kind = int(matching.kind_index[i])
                name = clean(str(problem.accounts.text(criterion.attribute)[i]).strip())
                why = f"does not serve {criterion.attribute.replace('_', ' ')} {name!r}{who}"
                bar(np.flatnonzero(~matching.serves[kind]), why)
            elif isinstance(criterion, Seniority) and problem.scores.tier[i] == criterion.tier:
                junior = np.flatnonzero(~(problem.team.tenure_years >= criterion.min_years))
                bar(junior, f"has not the {criterion.min_years:g} years that a tier {criterion.tier} account asks{who}")
    for i in members.tolist():
        who = "" if len(members) == 1 else f" ({clean(str(problem.accounts.account_id[i]))})"
        for j in named.locked.get(i, ()):
            bar(np.delete(np.arange(k), j), f"it is locked to {clean(str(problem.team.name[j]))}{who}")
        bar(np.array(named.forbidden.get(i, ()), dtype=np.int64), f"the pair is forbidden{who}")
    allowed = np.ones(k, dtype=np.bool_)
    allowed[list(reasons)] = False
    return Rulings(allowed, {j: tuple(said) for j, said in reasons.items()})
