"""Relax a problem until it is possible: every way out is found by solving the changed problem."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from territory_opt.criteria.base import Criterion
from territory_opt.criteria.variation import Variation
from territory_opt.diagnose.findings import Relaxation
from territory_opt.diagnose.opening import fewest_by_count, openings
from territory_opt.diagnose.options import Change, Edge, edges, least_edge, rounded
from territory_opt.diagnose.proofs import Crowded, Packed, Proof, Starved, Stranded, needed_limits
from territory_opt.diagnose.search import find_proofs
from territory_opt.diagnose.team_change import named_reps, with_copies, with_rep_index
from territory_opt.diagnose.trial import Clock, Trial, is_small, try_problem
from territory_opt.diagnose.view import RULES, Facts
from territory_opt.diagnose.whole_rules import given_up, less_by_one, without_broken
from territory_opt.fairness.wording import count, joined
from territory_opt.problem import Problem

__all__ = ["Tried", "left_out", "relaxations"]

_DEPTH = 4
_WIDTH = 3
_SHARE = 0.5
_TRIAL_SHARE = 0.6
_HALVINGS = 12
_MORE_REPS = (0, 1, 2, 4, 8)
_MOST_REPS_ADDED = 50
_MOST_OF = 0.8


@dataclass(slots=True)
class Tried:
    """Kinds of change and criteria that were tried, and how many changes may be combined."""

    keys: set[tuple[str, object]] = field(default_factory=set)
    depth: int = 1

    @classmethod
    def combined(cls) -> Tried:
        """Nothing tried yet, several changes at a time."""
        return cls(depth=_DEPTH)


def relaxations(
    problem: Problem, criteria: tuple[Criterion, ...], proof: Proof | None, clock: Clock, tried: Tried
) -> Iterator[Relaxation]:
    """Verified ways out of one conflict, each by one kind of change.

    Parameters
    ----------
    problem : Problem
        The statement.
    criteria : tuple of criterion
        The conflict.
    proof : Proof or None
        Its proof; None when a solver proved it.
    clock : Clock
        How long.
    tried : Tried
        What other conflicts have asked for already, and whether further changes may be combined with the first.

    Yields
    ------
    Relaxation
        Verified by an alignment that :func:`territory_opt.evaluate` finds feasible.
    """
    for kind in (_by_edges, _by_team, _by_opening, _by_leaving_out):
        for criterion in criteria if kind is not _by_team else criteria[:1]:
            if not clock.remaining:
                clock.cut = True
                return
            # The whole team has one key; a criterion is the same in every conflict.
            key = (kind.__name__, "team" if kind is _by_team else criterion.key)
            if key in tried.keys:
                continue
            if kind is not _by_team:
                tried.keys.add(key)
            for found in kind(problem, criterion, proof, clock, tried.depth):
                tried.keys.add(key)
                yield found


def left_out(problem: Problem, clock: Clock) -> Relaxation | None:
    """Leave out a set of limits of which each one is in the way of the others.

    Parameters
    ----------
    problem : Problem
        That has no alignment.
    clock : Clock
        How long.

    Returns
    -------
    Relaxation or None
        None when time ran out. Limits are kept one by one as long as an alignment is found: rules first, bands last.
    """
    limits = sorted((c for c in problem.criteria if c.is_limit), key=lambda c: bool(edges(problem, c)))
    terms = [c for c in problem.criteria if not c.is_limit]
    kept: list[Criterion] = []
    gone: list[Criterion] = []
    best: Trial | None = None
    for criterion in limits:
        trial = try_problem(problem.replace(criteria=[*kept, criterion, *terms]), clock, share=_SHARE)
        if trial.alignment is None:
            gone.append(criterion)
        else:
            kept.append(criterion)
            best = trial
    if not kept:
        best = try_problem(problem.replace(criteria=terms), clock, share=_SHARE)
    if best is None or best.alignment is None or not gone:
        return None
    said = "; ".join(c.describe() for c in gone)
    change = Change(
        problem.replace(criteria=[*kept, *terms]), tuple(gone), f"leave out: {said}", f"without: {said}", len(gone),
        "criteria", f"{count(len(gone), 'rule is', 'rules are')} gone",
    )  # fmt: skip
    return _relaxation(change, best, least=False)


def _by_edges(
    problem: Problem, criterion: Criterion, proof: Proof | None, clock: Clock, depth: int
) -> Iterator[Relaxation]:
    for edge in edges(problem, criterion):
        bound = least_edge(problem, edge)
        ruled_out = bound * edge.outward > edge.now * edge.outward
        if proof is not None and not ruled_out and _about(proof, criterion, edge):
            continue
        if not math.isfinite(bound):
            continue
        found = _least_value(problem, edge, bound, ruled_out, clock, depth)
        if found is not None:
            yield found


def _about(proof: Proof, criterion: Criterion, edge: Edge) -> bool:
    """True where the proof is about the other edge of this very band."""
    if getattr(proof, "criterion", None) is not criterion:
        return False
    return isinstance(proof, Crowded if edge.outward < 0 else Starved)


def _least_value(
    problem: Problem, edge: Edge, bound: float, ruled_out: bool, clock: Clock, depth: int
) -> Relaxation | None:
    """Step outward until it works, then halve back towards what did not."""
    facts = Facts(problem)
    band = facts.view().band(edge.criterion) if facts.readable else None
    counted = isinstance(edge.criterion, Variation) or (band is not None and band.fixed)
    rigorous = ruled_out and counted
    # What is tighter than the bound is ruled out, the bound itself is not.
    step = edge.digit or 10.0 ** (math.floor(math.log10(max(abs(bound), 1e-9))) - 2)
    failed, proven = (bound - edge.outward * 0.5 * step, rigorous) if ruled_out else (edge.now, False)
    good: tuple[float, Change, Trial] | None = None
    own = clock.part(_SHARE)
    # Room to spare is found soon at any size; what is just enough takes its time on a large problem.
    for value in edge.values(bound, far=not is_small(problem)):
        change = edge.change(problem, value)
        if change is None or not own.remaining:
            break
        reached = _possible(change, own, depth)
        if reached is not None:
            good = (value, *reached)
            break
        failed, proven = value, False
    if good is None:
        return None
    unit = edge.digit or 10.0 ** (math.floor(math.log10(max(abs(good[0]), 1e-9))) - 2)
    alone = good[1].criteria == (edge.criterion,)
    for _ in range(_HALVINGS):
        middle = rounded((good[0] + failed) / 2, edge.digit, edge.outward)
        if middle == good[0]:
            middle = rounded(good[0] - edge.outward * unit, edge.digit, -edge.outward)
        if not alone or abs(good[0] - failed) <= unit * (1 + 1e-9) or middle == good[0]:
            break
        if not own.remaining:
            proven = False
            break
        change = edge.change(problem, middle)
        trial = None if change is None else try_problem(change.problem, own, share=0.25)
        if change is not None and trial is not None and trial.alignment is not None:
            good = (middle, change, trial)
        else:
            failed, proven = middle, trial is not None and trial.impossible
    least = alone and proven and abs(good[0] - failed) <= unit * (1 + 1e-9)
    return _relaxation(good[1], good[2], least=least)


def _by_team(
    problem: Problem, criterion: Criterion, proof: Proof | None, clock: Clock, depth: int
) -> Iterator[Relaxation]:
    if isinstance(proof, Starved):
        yield from _fewer_reps(problem, proof, clock)
    if not isinstance(proof, Crowded | Packed | Stranded) or not Facts(problem).readable:
        return
    view = Facts(problem).view()
    reps = proof.reps(view)
    if not len(reps):
        return
    serves = view.allowed.sum(axis=0)
    template = int(reps[np.argmax(serves[reps])])
    fewest = 1
    band = view.band(proof.criterion) if isinstance(proof, Crowded) else None
    if isinstance(proof, Crowded) and band is not None:
        full = float(band.ceiling()[template]) if band.each is not None else band.high * band.middle[1]
        missing = proof.amount(band, view) - float(band.ceiling()[reps].sum())
        fewest = max(1, math.ceil(missing / full - 1e-9)) if full > 0 else _MOST_REPS_ADDED + 1
    for n in (fewest + more for more in _MORE_REPS):
        if not clock.remaining:
            clock.cut = True
            return
        changed = with_copies(problem, template, n) if n <= _MOST_REPS_ADDED else None
        if changed is None:
            return
        like = "" if len(reps) == problem.n_reps else f" who {_serves(n)} what {problem.team.name[template]} serves"
        word = "one more rep" if n == 1 else f"{n} more reps"
        change = Change(
            changed,
            (),
            f"add {count(n, 'full rep')}{like}",
            word,
            n,
            "reps",
            f"{problem.n_reps + n} reps in place of {problem.n_reps}",
        )
        reached = _possible(change, clock, depth)
        if reached is not None:
            exact = n == fewest and band is not None and _absolute(band.criterion)
            yield _relaxation(*reached, least=exact and reached[0].criteria == ())
            return


def _serves(n: int) -> str:
    return "serves" if n == 1 else "serve"


def _absolute(criterion: object) -> bool:
    return getattr(criterion, "between", None) is not None


def _fewer_reps(problem: Problem, proof: Starved, clock: Clock) -> Iterator[Relaxation]:
    if len(proof.rep_index) < _MOST_OF * problem.n_reps:
        return
    kept = named_reps(problem)
    owned = np.bincount(problem.owners.rep_index[problem.owners.rep_index >= 0], minlength=problem.n_reps)
    order = [rep for rep in np.argsort(owned, kind="stable").tolist() if rep not in kept]
    for n in range(1, min(len(order), problem.n_reps - 1, _MOST_REPS_ADDED) + 1):
        if not clock.remaining:
            clock.cut = True
            return
        gone = order[:n]
        changed = with_rep_index(problem, np.setdiff1d(np.arange(problem.n_reps), gone))
        if changed is None:
            return
        names = joined([str(problem.team.name[rep]) for rep in gone])
        fewer = count(n, "rep")
        change = Change(
            changed, (), f"carve without {fewer} ({names})", f"{fewer} fewer", n, "reps", f"{fewer} without a book"
        )
        facts = Facts(changed)
        if facts.readable and find_proofs(facts.view(), first=True):
            continue
        trial = try_problem(changed, clock, share=_SHARE, proofs=False)
        if trial.alignment is not None:
            yield _relaxation(change, trial, least=False)
            return


def _by_opening(
    problem: Problem, criterion: Criterion, proof: Proof | None, clock: Clock, depth: int
) -> Iterator[Relaxation]:
    if not isinstance(criterion, RULES):
        return
    if is_small(problem):
        exact = fewest_by_count(problem, criterion, clock)
        if exact is not None:
            trial = try_problem(exact.problem, clock, proofs=False)
            if trial.alignment is not None:
                yield _relaxation(exact, trial, least=exact.at_bound)
                return
    own = clock.part(_SHARE)
    for change in openings(problem, criterion, proof, own):
        reached = _possible(change, own, depth)
        if reached is not None:
            yield _relaxation(*reached, least=change.at_bound and len(reached[0].criteria) == 1)
            return
        if not own.remaining:
            return


def _by_leaving_out(
    problem: Problem, criterion: Criterion, proof: Proof | None, clock: Clock, depth: int
) -> Iterator[Relaxation]:
    if edges(problem, criterion) or isinstance(criterion, RULES):
        return  # These can be relaxed by degrees.
    own = clock.part(_SHARE)
    for change in less_by_one(problem, criterion, proof):
        trial = try_problem(change.problem, own)
        if trial.alignment is not None:
            yield _relaxation(change, trial, least=True)
            return
        if not own.remaining:
            break
    reached = _possible(given_up(problem, criterion), clock, depth)
    if reached is None:
        return
    alignment = reached[1].alignment
    if len(reached[0].criteria) == 1 and alignment is not None:
        kept = without_broken(problem, criterion, alignment.rep_index)
        if kept is not None:
            yield _relaxation(kept, reached[1], least=False)
            return
    yield _relaxation(*reached, least=False)


def _possible(change: Change, clock: Clock, depth: int) -> tuple[Change, Trial] | None:
    """Solve a changed problem; where other conflicts remain, relax those as well."""
    if not clock.remaining:
        clock.cut = True
        return None
    facts = Facts(change.problem)
    view = facts.view()
    proofs = find_proofs(view, first=True) if facts.readable else []
    if not proofs:
        trial = try_problem(change.problem, clock, share=_TRIAL_SHARE, proofs=False)
        return (change, trial) if trial.alignment is not None else None
    if depth <= 1 or not clock.remaining:
        return None
    rest = needed_limits(proofs[0], view)
    for further in islice(_first_steps(change.problem, rest, proofs[0], clock), _WIDTH):
        if any(_same(c, o) for c in further.criteria for o in change.criteria) or (
            not further.criteria and not change.criteria
        ):
            continue  # More of the same: the caller tries that itself.
        both = Change(
            further.problem, (*change.criteria, *further.criteria), f"{change.change}; and {further.change}",
            f"{change.short} and {further.short}", change.amount, change.unit, f"{change.cost}; {further.cost}",
        )  # fmt: skip
        reached = _possible(both, clock, depth - 1)
        if reached is not None:
            return reached
    return None


def _same(one: Criterion, other: Criterion) -> bool:
    return one.key == other.key


def _first_steps(problem: Problem, criteria: tuple[Criterion, ...], proof: Proof, clock: Clock) -> Iterator[Change]:
    """The least change of every kind that undoes one proof."""
    for criterion in criteria:
        for edge in edges(problem, criterion):
            bound = least_edge(problem, edge)
            if bound != edge.now and math.isfinite(bound):
                for value in islice(edge.values(bound), 2):
                    change = edge.change(problem, value)
                    if change is not None:
                        yield change
    for criterion in criteria:
        if isinstance(criterion, RULES):
            yield from islice(openings(problem, criterion, proof, clock), 2)
        elif not edges(problem, criterion):
            yield given_up(problem, criterion)


def _relaxation(change: Change, trial: Trial, *, least: bool) -> Relaxation:
    return Relaxation(
        criteria=change.criteria,
        change=change.change,
        short=change.short,
        amount=change.amount,
        unit=change.unit,
        least=least,
        verified=trial.alignment is not None,
        cost=change.cost,
        problem=change.problem,
        alignment=trial.alignment,
    )
