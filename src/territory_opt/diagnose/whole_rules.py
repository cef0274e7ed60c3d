"""Rules that hold or do not: give up one family or one pair of them, or the whole rule."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from territory_opt.criteria.base import Criterion
from territory_opt.criteria.grouping import Apart, Together
from territory_opt.diagnose.options import Change
from territory_opt.diagnose.proofs import Proof
from territory_opt.errors import TerritoryOptError
from territory_opt.fairness.wording import count, joined
from territory_opt.families import family_index
from territory_opt.problem import Problem

__all__ = ["given_up", "less_by_one", "without_broken"]

_MOST_PIECES = 30


def given_up(problem: Problem, criterion: Criterion) -> Change:
    """Leave out the whole rule."""
    said = criterion.describe()
    rest = [c for c in problem.criteria if c is not criterion]
    return Change(
        problem.replace(criteria=rest), (criterion,), f"leave out: {said}", f"without: {said}", 1, "criteria",
        "the rule is gone",
    )  # fmt: skip


def less_by_one(problem: Problem, criterion: Criterion, proof: Proof | None) -> Iterator[Change]:
    """Give up one pair kept apart, or one family, at a time; those that the proof is about."""
    about = None if proof is None or not len(proof.accounts) else set(proof.accounts.tolist())
    tried = 0
    for piece, rest in _pieces(problem, criterion):
        if about is not None and not about.intersection(piece):
            continue
        tried += 1
        if tried > _MOST_PIECES:
            return
        change = _kept(problem, criterion, rest, [piece])
        if change is not None:
            yield change


def without_broken(problem: Problem, criterion: Criterion, rep_index: object) -> Change | None:
    """Give up only what an alignment of the problem without the rule breaks."""
    reps = np.asarray(rep_index)
    pieces = [piece for piece, _ in _pieces(problem, criterion)]
    same = isinstance(criterion, Apart)
    broken = [p for p in pieces if (len(set(reps[p].tolist())) < len(p) if same else len(set(reps[p].tolist())) > 1)]
    if not broken:
        return None
    lost = {tuple(piece) for piece in broken}
    return _kept(problem, criterion, [p for p in pieces if tuple(p) not in lost], broken)


def _pieces(problem: Problem, criterion: Criterion) -> Iterator[tuple[list[int], list[list[int]]]]:
    """Every pair or family as positions, with the others."""
    pieces: list[list[int]] = []
    if isinstance(criterion, Apart):
        ends = problem.accounts.positions([account for pair in criterion.pairs for account in pair])
        pieces = ends.reshape(-1, 2).tolist()
    elif isinstance(criterion, Together):
        family = family_index(problem.accounts, criterion)
        order = np.argsort(family, kind="stable")
        runs = np.split(order, np.flatnonzero(np.diff(family[order])) + 1)
        pieces = [run.tolist() for run in runs if len(run) > 1]
    for n, piece in enumerate(pieces):
        yield piece, pieces[:n] + pieces[n + 1 :]


def _kept(problem: Problem, criterion: Criterion, rest: list[list[int]], lost: list[list[int]]) -> Change | None:
    ids = problem.accounts.account_id
    kept: list[Criterion] = []
    named = [[str(ids[i]) for i in piece] for piece in rest]
    if named:
        kept = [Apart([(a, b) for a, b in named]) if isinstance(criterion, Apart) else Together(named)]
    try:
        changed = problem.replace(criteria=[*(c for c in problem.criteria if c is not criterion), *kept])
    except TerritoryOptError:
        return None
    n = len(lost)
    if isinstance(criterion, Apart):
        pairs = count(n, "pair")
        shown = joined([f"{ids[a]} with {ids[b]}" for a, b in lost], at_most=3)
        return Change(
            changed, (criterion,), f"let {pairs} share a rep ({shown})", f"{pairs} not kept apart", n, "pairs",
            f"{pairs} may share a rep", at_bound=n == 1,
        )  # fmt: skip
    families = count(n, "family", "families")
    shown = joined([f"that of {ids[piece[0]]}" for piece in lost], at_most=3)
    return Change(
        changed, (criterion,), f"split {families} ({shown})", f"{families} split", n, "families",
        f"{families} with more than one rep", at_bound=n == 1,
    )  # fmt: skip
