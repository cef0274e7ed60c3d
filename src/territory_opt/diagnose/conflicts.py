"""Conflicts of as few limits as can be: proofs are reduced, and what is left is tried without each of its limits."""

from __future__ import annotations

from dataclasses import dataclass

from territory_opt.criteria.base import Criterion
from territory_opt.diagnose.findings import Conflict
from territory_opt.diagnose.joint import stated_conflict
from territory_opt.diagnose.proofs import Proof, needed_limits
from territory_opt.diagnose.search import find_proofs
from territory_opt.diagnose.trial import Clock, try_problem
from territory_opt.diagnose.view import View
from territory_opt.diagnose.words import as_conflict

__all__ = ["Cause", "smallest_conflicts"]

_SHARE = 0.1
_MOST_TRIED = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Cause:
    """A conflict, its proof (None where a solver proved it), and whether every one of its limits is needed."""

    conflict: Conflict
    criteria: tuple[Criterion, ...]
    proof: Proof | None
    smallest: bool


def smallest_conflicts(proofs: list[Proof], view: View, clock: Clock) -> list[Cause]:
    """Turn proofs into conflicts without any limit that could be left out.

    Parameters
    ----------
    proofs : list of Proof
        That hold in the view.
    view : View
        All the limits.
    clock : Clock
        How long.

    Returns
    -------
    list of Cause
        Fewest limits first, then fewest reps; one per sentence. Each is impossible by itself.

    Notes
    -----
    A proof that needs three limits does not say that two of them are possible. Another proof for fewer of them takes
    its place; where there is none, the problem is solved without each limit in turn (deletion filtering), up to a
    million pairs of account and rep.
    """
    found: dict[str, Cause] = {}
    for proof in proofs:
        cause = _smallest(proof, view, clock)
        found.setdefault(cause.conflict.sentence, cause)
    n_reps = view.problem.n_reps
    return sorted(found.values(), key=lambda cause: (len(cause.criteria), len(cause.conflict.rep_id) or n_reps))


def _smallest(proof: Proof, view: View, clock: Clock) -> Cause:
    last: Proof | None = proof
    needed = needed_limits(proof, view)
    settled: set[int] = set()
    smallest = True
    while len(needed) > 1:
        criterion = next((c for c in reversed(needed) if id(c) not in settled), None)
        if criterion is None:
            break
        settled.add(id(criterion))
        fewer = tuple(c for c in needed if c is not criterion)
        if not clock.remaining:
            clock.cut, smallest = True, False
            break
        under = view.facts.view(fewer)
        others = find_proofs(under, first=True)
        if others:
            last, needed = others[0], needed_limits(others[0], under)
        elif view.problem.n_accounts * view.problem.n_reps <= _MOST_TRIED:
            trial = try_problem(view.problem.replace(criteria=fewer), clock, share=_SHARE, proofs=False)
            if trial.impossible:
                last, needed = None, fewer
            smallest = smallest and (trial.impossible or trial.alignment is not None)
        else:
            smallest = False
    if last is None:
        return Cause(stated_conflict(view.problem, needed, clock), needed, None, smallest)
    return Cause(as_conflict(last, view.facts.view(needed)), needed, last, smallest)
