"""Accounts opened to reps that a rule keeps from them: as few as will do."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from territory_opt._typing import IntArray
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.criteria.ownership import Forbid, Lock
from territory_opt.diagnose.options import Change
from territory_opt.diagnose.proofs import Crowded, Packed, Proof, Starved, Stranded
from territory_opt.diagnose.search import find_proofs
from territory_opt.diagnose.trial import Clock, try_problem
from territory_opt.diagnose.view import RULES, Facts
from territory_opt.diagnose.words import number, spoken
from territory_opt.errors import TerritoryOptError
from territory_opt.fairness.wording import count, joined, plural
from territory_opt.problem import Problem

__all__ = ["fewest_by_count", "openings"]

_EXTRA = (0, 1, 3, 8, 20, 60)
_NAMED = 4
_ROUNDS = 12


def openings(problem: Problem, criterion: Criterion, proof: Proof | None, clock: Clock) -> Iterable[Change]:
    """Open more and more accounts, from the fewest that the proof leaves possible.

    Parameters
    ----------
    problem : Problem
        The statement.
    criterion : criterion
        Eligible, Seniority, Lock or Forbid.
    proof : Proof or None
        What stands in the way.
    clock : Clock
        How long to look for further proofs that the rule takes part in.

    Yields
    ------
    Change
        The problem with some accounts opened to every rep, as far as this criterion goes.
    """
    if not isinstance(criterion, RULES) or not Facts(problem).readable or proof is None:
        return
    order, fewest, rounds = _all_candidates(problem, criterion, proof, clock)
    exact = rounds == 1 and _counts_accounts(problem, proof)
    done = 0
    for extra in _EXTRA:
        n = min(fewest + extra + (fewest * extra) // 100, len(order))
        if n > done:
            done = n
            change = _opened(problem, criterion, np.sort(order[:n]), at_bound=extra == 0 and exact)
            if change is not None:
                yield change


def _counts_accounts(problem: Problem, proof: Proof) -> bool:
    """True where fewer accounts than the proof asks for cannot do: it counts families, and amounts with reps of now."""
    view = Facts(problem).view()
    if not view.groups.trivial:
        return False
    band = view.band(proof.criterion) if isinstance(proof, Starved) else None
    return band is None or band.values.ndim == 1


def _all_candidates(problem: Problem, criterion: Criterion, proof: Proof, clock: Clock) -> tuple[IntArray, int, int]:
    """Accounts to open in turn, how many are needed by every proof this rule takes part in, and proofs counted."""
    order, fewest = _candidates(Facts(problem), criterion, proof)
    opened = order[:fewest]
    rounds = 1
    while len(opened) and rounds < _ROUNDS and clock.remaining:
        changed = _opened(problem, criterion, np.sort(opened), at_bound=False)
        if changed is None:
            break
        facts = Facts(changed.problem)
        view = facts.view()
        key = ("eligible", "mask") if isinstance(criterion, Eligible | Seniority) else None
        mine = [c for c in changed.problem.criteria if isinstance(c, type(criterion)) or c.key == key]
        mine = [c for c in mine if c not in problem.criteria]
        more = next(((q, c) for q in find_proofs(view) for c in mine if not q.holds(view.without(c))), None)
        if more is None:
            break
        further, needed = _candidates(facts, more[1], more[0])
        if not needed:
            break
        rounds += 1
        opened = np.concatenate([opened, further[:needed]])
        order = np.concatenate([order, further])
    rest = order[~np.isin(order, opened)]
    _, first = np.unique(rest, return_index=True)
    return np.concatenate([opened, rest[np.sort(first)]]), len(opened), rounds


def fewest_by_count(problem: Problem, criterion: Criterion, clock: Clock) -> Change | None:
    """Fewest accounts to open, by an integer program that counts them.

    Returns
    -------
    Change or None
        None when no alignment was found without the rule either, or when another mask is in the way.
    """
    if not isinstance(criterion, RULES):
        return None
    rest = [c for c in problem.criteria if c.is_limit and c is not criterion]
    if any(isinstance(c, Eligible) and c.mask is not None for c in rest):
        return None
    mask = Facts(problem).mask(criterion)
    trial = try_problem(problem.replace(criteria=[*rest, Eligible(mask, weight=1.0)]), clock, gap=0.0)
    if trial.alignment is None:
        return None
    wrong = np.flatnonzero(~mask[np.arange(problem.n_accounts), trial.alignment.rep_index])
    return _opened(problem, criterion, wrong, at_bound=trial.optimal) if len(wrong) else None


def _candidates(facts: Facts, criterion: Criterion, proof: Proof) -> tuple[IntArray, int]:
    """Accounts in the order to open them, and how many at the least."""
    view = facts.view()
    none = np.zeros(0, dtype=np.int64)
    freed = view.without(criterion).strong
    if isinstance(proof, Stranded):
        lost = view.members(np.flatnonzero(~view.strong.any(axis=1) & freed.any(axis=1)))
        return lost, len(lost)
    if isinstance(proof, Crowded | Packed):
        band = view.band(proof.criterion)
        rows = view.rows(proof.accounts)
        reps = proof.reps(view)
        outside = np.ones(view.problem.n_reps, dtype=np.bool_)
        outside[reps] = False
        rows = rows[freed[rows][:, outside].any(axis=1)]
        if band is None or not len(rows):
            return none, 0
        rows = rows[np.argsort(-band.least[rows], kind="stable")]
        if isinstance(proof, Packed):
            needed = len(view.rows(proof.accounts)) - proof.room(band, view)
        else:
            excess = proof.amount(band, view) - float(band.ceiling()[reps].sum())
            needed = int(np.searchsorted(np.cumsum(band.least[rows]), excess)) + 1
    elif isinstance(proof, Starved):
        band = view.band(proof.criterion)
        if band is None:
            return none, 0
        rows = np.flatnonzero(~view.strong[:, proof.rep_index].any(axis=1) & freed[:, proof.rep_index].any(axis=1))
        rows = rows[np.argsort(-band.most[rows], kind="stable")]
        missing = float(band.floor()[proof.rep_index].sum()) - proof.amount(band, view)
        needed = int(np.searchsorted(np.cumsum(band.most[rows]), missing)) + 1
    else:
        return none, 0
    if needed > len(rows):
        return none, 0
    members = [view.members(np.array([row])) for row in rows]
    return np.concatenate(members), int(sum(len(m) for m in members[:needed]))


def _opened(problem: Problem, criterion: Criterion, accounts: IntArray, *, at_bound: bool) -> Change | None:
    ids = [str(account) for account in problem.accounts.account_id[accounts]]
    n, many = len(ids), plural(len(ids), "account")
    named = f" ({joined(ids, at_most=_NAMED)})"
    value = float(problem.scores.tam[accounts].sum()) if hasattr(problem.scores, "tam") else 0.0
    worth = f", {number(value, 'money')} of {spoken('tam')}" if value else ""
    try:
        if isinstance(criterion, Lock | Forbid):
            changed = _without_pairs(problem, criterion, set(ids))
            verb = "unlock" if isinstance(criterion, Lock) else "allow forbidden pairs of"
            short = f"{n} {many} unlocked" if isinstance(criterion, Lock) else f"forbidden pairs of {n} {many} allowed"
            gone = "lock" if isinstance(criterion, Lock) else "ban"
            cost = f"{count(n, 'account')} without {plural(n, 'its', 'their')} {gone}"
            return Change(
                changed,
                (criterion,),
                f"{verb} {count(n, 'account')}{named}",
                short,
                n,
                "accounts",
                cost + worth,
                at_bound,
            )
        opened = _with_open_rows(problem, criterion, accounts)
    except TerritoryOptError:
        return None
    if opened is None:
        return None
    whom = "junior reps" if isinstance(criterion, Seniority) else "others"
    to = "juniors" if isinstance(criterion, Seniority) else "reps who do not serve them"
    cost = f"{count(n, 'account')} may go to {to}"
    return Change(
        opened, (criterion,), f"open {count(n, 'account')}{named} to {whom}: {criterion.describe()}",
        f"{n} {many} opened to {whom}", n, "accounts", cost + worth, at_bound,
    )  # fmt: skip


def _with_open_rows(problem: Problem, criterion: Criterion, accounts: IntArray) -> Problem | None:
    mask = Facts(problem).mask(criterion).copy()
    mask[accounts] = True
    rest = [c for c in problem.criteria if c is not criterion]
    for other in rest:
        if isinstance(other, Eligible) and other.mask is not None:
            if not other.is_limit:
                return None
            mask &= other.mask
            rest = [c for c in rest if c is not other]
    return problem.replace(criteria=[*rest, Eligible(mask)])


def _without_pairs(problem: Problem, criterion: Lock | Forbid, ids: set[str]) -> Problem:
    rest: list[Criterion] = [c for c in problem.criteria if c is not criterion]
    pairs = [(account, rep) for account, rep in criterion.pairs if account not in ids]
    if pairs and isinstance(criterion, Forbid):
        rest.append(Forbid([(account, str(rep)) for account, rep in pairs]))
    elif pairs:
        rep_of = dict(zip(problem.accounts.account_id.tolist(), problem.owners.rep_index.tolist(), strict=True))
        named = {a: str(problem.team.rep_id[rep_of[a]]) if r is None else r for a, r in pairs}
        rest.append(Lock(named))
    return problem.replace(criteria=rest)
