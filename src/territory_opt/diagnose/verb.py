"""One page: prove, or find an alignment, or find the conflict; then relax, and check every relaxation."""

from __future__ import annotations

import time
from collections.abc import Iterable
from numbers import Integral, Real

from territory_opt.criteria.base import Criterion
from territory_opt.diagnose.conflicts import smallest_conflicts
from territory_opt.diagnose.findings import Diagnosis, Relaxation, Whale
from territory_opt.diagnose.joint import joint_conflict
from territory_opt.diagnose.proofs import Proof
from territory_opt.diagnose.relaxing import Tried, left_out, relaxations
from territory_opt.diagnose.search import find_proofs
from territory_opt.diagnose.trial import Clock, try_problem
from territory_opt.diagnose.view import Facts
from territory_opt.diagnose.whales import find_whales, proposals
from territory_opt.errors import CriterionError
from territory_opt.problem import Problem
from territory_opt.result import Result

__all__ = ["diagnose"]

_ANSWER_SHARE = 0.9
_JOINT_SHARE = 0.5
_CONFLICT_SHARE = 0.3
_WHALE_SHARE = 0.5
_RELAX_SHARE = 0.8


def diagnose(subject: Problem | Result, *, time_limit: float = 10.0, seed: int = 1) -> Diagnosis:
    """Say whether a problem has an alignment; if not, which limits are in conflict and what would help.

    Parameters
    ----------
    subject : Problem or Result
        Before a solve the problem; after it the result, whose alignment is taken as the answer if it has one.
    time_limit : float
        Wall-clock seconds. Conflicts come first, relaxations in the time that is left.
    seed : int
        Seed of the solves, 0 or more.

    Returns
    -------
    Diagnosis
        Conflicts with names and numbers, and relaxations, every one of them verified by an alignment of the relaxed
        problem that :func:`territory_opt.evaluate` finds feasible. ``feasible`` is None when time ran out.

    Raises
    ------
    CriterionError
        If the time limit or the seed is negative or not a number, or the subject is neither.

    Notes
    -----
    D-UNITS-1, D-LOAD-2, D-TAM-1, D-TRAVEL-1, D-SENIOR-1. First proofs that a person can check, each reduced to the
    limits it needs: accounts against the books they may go to and books against what may come to them (both halves of
    Hoffman's condition for a transport problem, by maximum flow), large accounts against places, accounts apart,
    forced moves. Where these say nothing, the problem is solved, and an infeasible one reduced limit by limit
    (deletion filtering, J. W. Chinneck and E. W. Dravnieks 1991, doi:10.1287/ijoc.3.2.157).

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({
    ...     "account_id": list("abcdef"), "tier": ["A"] * 6, "vertical": ["Health"] * 4 + ["Energy"] * 2})
    >>> team = topt.Team.from_frame({"rep_id": ["Ann", "Bo"], "verticals": ["Health;Energy", "Energy"]})
    >>> criteria = [topt.Balance("account_units", between=(0, 10)), topt.Eligible("vertical")]
    >>> found = topt.diagnose(topt.Problem(accounts, team, criteria=criteria))
    >>> found.conflicts[0].sentence
    'Health: 12 account units for 1 eligible rep (Ann); at most 10 each, 10 fit'
    >>> [relaxation.short for relaxation in found.relaxations]
    ['12 account units a rep', 'one more rep', '1 account opened to others']
    """
    for name, value, kind in (("time_limit", time_limit, Real), ("seed", seed, Integral)):
        if isinstance(value, bool) or not isinstance(value, kind) or not value >= 0:
            raise CriterionError(f"{name}={value!r} must be a number of at least 0")
    if not isinstance(subject, Problem | Result):
        raise CriterionError(f"diagnose takes a Problem or a Result, not {type(subject).__name__}")
    began = time.perf_counter()
    clock = Clock(began + time_limit, seed)
    problem = subject.problem if isinstance(subject, Result) else subject
    if isinstance(subject, Result) and subject.has_alignment:
        return Diagnosis(problem, True, alignment=subject.alignment, seconds=time.perf_counter() - began)
    facts = Facts(problem)
    view = facts.view()
    proofs = find_proofs(view) if facts.readable else []
    found = smallest_conflicts(proofs, view, clock.part(_CONFLICT_SHARE))
    conflicts = [cause.conflict for cause in found]
    causes: list[tuple[tuple[Criterion, ...], Proof | None]] = [(cause.criteria, cause.proof) for cause in found]
    smallest = all(cause.smallest for cause in found)
    notes: list[str] = []
    if not conflicts:
        trial = try_problem(problem, clock, share=_ANSWER_SHARE, proofs=False)
        if trial.alignment is not None:
            return Diagnosis(problem, True, alignment=trial.alignment, seconds=time.perf_counter() - began)
        if not trial.impossible:
            note = f"{time_limit:g} s were not enough; give more time_limit, or a wider band"
            return Diagnosis(problem, None, seconds=time.perf_counter() - began, notes=(note,))
        conflict, smallest = joint_conflict(problem, clock.part(_JOINT_SHARE))
        conflicts, causes = [conflict], [(conflict.criteria, None)]
    if not smallest:
        notes.append("it is not proven that every limit named is needed: a smaller conflict may be hidden in it")
    whales = find_whales(view) if facts.readable else []
    ways: list[Relaxation] = []
    offers: list[Relaxation] = []
    if whales:
        offers = list(proposals(view, whales, clock.part(_WHALE_SHARE)))
    # One change at a time first; what no single change can do may take several.
    own = clock.part(_RELAX_SHARE)
    for tried in (Tried(), Tried.combined()):
        for criteria, proof in causes if not ways else []:
            _add(ways, relaxations(problem, criteria, proof, own, tried))
    ways += offers
    last = None if ways else left_out(problem, clock)
    ways += [] if last is None else [last]
    if not ways:
        notes.append("no relaxation of a single kind was found to be enough in the time there was")
    elif clock.cut:
        notes.append("time ran out before every relaxation was tried; those listed are verified")
    return Diagnosis(
        problem=problem,
        feasible=False,
        conflicts=tuple(conflicts),
        relaxations=tuple(ways),
        whales=tuple(Whale(w.account_id, w.measure, w.size, w.limit, w.sentence, tuple(offers)) for _, _, w in whales),
        seconds=time.perf_counter() - began,
        notes=tuple(notes),
    )


def _add(ways: list[Relaxation], more: Iterable[Relaxation]) -> None:
    """Keep one relaxation of every kind: a second conflict often asks for the same."""
    known = {(way.short, way.unit) for way in ways}
    for way in more:
        if (way.short, way.unit) not in known:
            known.add((way.short, way.unit))
            ways.append(way)
