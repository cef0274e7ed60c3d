"""Least-change re-solve: the best answer to an edited problem that a few moves can reach."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from territory_opt._typing import IntArray
from territory_opt.alignment import Alignment
from territory_opt.asked import Asked
from territory_opt.errors import CriterionError, UnsupportedError
from territory_opt.evaluation import Evaluation, evaluate
from territory_opt.events import Cancel, OnEvent
from territory_opt.problem import Problem
from territory_opt.resolve.carried import Carried, carry_over
from territory_opt.resolve.items import Items, lay_items
from territory_opt.result import Result
from territory_opt.solvers.attempt import Attempt, Request
from territory_opt.solvers.choose import CORE_UNTIL_PAIRS
from territory_opt.solvers.closing import termination
from territory_opt.solvers.listening import Listener, Stop
from territory_opt.solvers.screen import screen
from territory_opt.solvers.variations import has_variation
from territory_opt.termination import Limit, Reason, Termination

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Resolved", "resolve"]

_WHOLE_PAIRS = 100_000
"""Pairs up to which the whole program is solved."""

_FEWEST_SHARE = 0.4
_WHOLE_MOVE = 1e-6


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Resolved(Result):
    """A result, and what changed against the alignment it started from.

    Attributes
    ----------
    moves_at_most : float
        Limit on moves that was asked for; infinite for none. ``bound`` and ``gap`` are of the problem *with* this
        limit.
    n_could_stay : int
        Accounts that could stay where they were: their rep is still there and may still have them.
    n_moved : int
        Of these, how many got another rep.
    n_placed : int
        Accounts that had to be placed: new ones, those whose rep has left, and those a rule takes away from their
        rep. They do not count as moves.
    fewest_moves : float
        Least number of moves found that keeps every criterion; NaN where it was not looked for.
    fewest_moves_proven : float
        Number of moves that is proven to be needed; 0 when nothing is proven.
    carried : Carried
        Who had what before.
    """

    moves_at_most: float = math.inf
    n_could_stay: int = 0
    n_moved: int = 0
    n_placed: int = 0
    fewest_moves: float = math.nan
    fewest_moves_proven: float = 0.0
    carried: Carried | None = None

    @property
    def changes(self) -> pd.DataFrame:
        """One row per account whose rep is another than before.

        Returns
        -------
        pandas.DataFrame
            ``account_id``, ``from_rep`` (``""`` for a new account), ``to_rep``, ``why`` (``"moved"``,
            ``"new account"``, ``"rep left"``, ``"rule excludes its rep"``), and ``acv``.

        Raises
        ------
        NoAlignmentError
            If there is no alignment.
        """
        import pandas as pd

        alignment, carried = self.alignment, self.carried
        assert carried is not None
        after = alignment.rep_id[alignment.rep_index]
        at = np.flatnonzero(after != carried.before)
        items = lay_items(self.problem, carried)
        why = np.select(
            [carried.is_new[at], carried.rep_index[at] < 0, items.account_rep[at] < 0],
            ["new account", "rep left", "rule excludes its rep"],
            "moved",
        )
        return pd.DataFrame(
            {
                "account_id": alignment.account_id[at],
                "from_rep": carried.before[at],
                "to_rep": after[at],
                "why": why.astype(object),
                "acv": self.problem.scores.acv[at],
            }
        )


def resolve(
    problem: Problem,
    *,
    start: Alignment,
    moves_at_most: int | None = 20,
    prefer: Literal["objective", "least_moves"] = "objective",
    time_limit: float = 30.0,
    gap: float = 1e-3,
    seed: int = 1,
    threads: int = 1,
    on_event: OnEvent | None = None,
    cancel: Cancel | None = None,
) -> Resolved:
    r"""Re-solve an edited problem with few changes to an alignment.

    Parameters
    ----------
    problem : Problem
        The problem as it is *now*: with accounts or reps added or removed, values changed, criteria changed.
    start : Alignment
        The alignment before the edit. Accounts and reps are matched by id; who is new and who is gone is said in
        ``notes``.
    moves_at_most : int or None
        At most so many accounts that could stay may get another rep; None for no limit. Accounts that are new, whose
        rep has left, or whose rep a rule now excludes must be placed, and do not count.
    prefer : {"objective", "least_moves"}
        ``"objective"`` minimises the problem's own objective within the limit. ``"least_moves"`` first looks for the
        fewest moves that keep every criterion, and then for the best objective with no more than these.
    time_limit : float
        Wall-clock seconds.
    gap : float
        Stop when (objective - bound) / abs(objective) is proven to be at most this.
    seed : int
        Seed of everything random, 0 or more.
    threads : int
        Threads the solver may use.
    on_event : callable, optional
        Gets a :class:`Progress`.
    cancel : Cancel, optional
        Ask it to stop; the best alignment so far is returned.

    Returns
    -------
    Resolved
        A :class:`Result` of the edited problem with what changed. ``bound`` and ``gap`` are of the problem with the
        limit on moves: a free carve may well be better. Where no alignment was found within the limit,
        ``fewest_moves`` and ``fewest_moves_proven`` say how many moves were enough, and are needed.

    Raises
    ------
    CriterionError
        If a limit is negative or not a number, ``prefer`` is another word, or ``start`` is no alignment.
    SolverError
        If an answer does not survive re-scoring.
    UnsupportedError
        With a limit on variation and more than ten million pairs of account and rep.

    Notes
    -----
    .. math:: \min \sum c_{ij} x_{ij} \quad\text{with}\quad \sum_{i\ \text{could stay}} (1 - x_{i,\text{before}}) \le n

    over the alignments of the edited problem. Up to 100,000 pairs of account and rep, and with limits on variation at
    any size, the whole program is solved. Above that the moves that are worth a look become columns on demand; the
    bound is the Lagrangian dual priced over every pair. A family counts as many moves as it has accounts that could
    stay. D-CHAL-1: an accepted challenge re-solves with least change. Open homes stay where they are, and the bound
    holds for these.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": list("abcdef"), "acv": [6e4, 5e4, 4e4, 6e4, 5e4, 4e4]})
    >>> team = topt.Team.from_frame({"rep_id": ["r1", "r2", "r3"]})
    >>> problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", between=(7e4, 17e4))])
    >>> start = topt.Alignment.from_index(problem, [0, 0, 1, 1, 2, 2])
    >>> smaller = problem.replace(team=topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> result = resolve(smaller, start=start, moves_at_most=0)
    >>> result.n_moved, result.n_placed, result.changes["from_rep"].tolist()
    (0, 2, ['r3', 'r3'])
    """
    _check(moves_at_most, prefer, time_limit, gap, seed, threads)
    if not isinstance(start, Alignment):
        raise CriterionError(f"start is a {type(start).__name__}; give the alignment before the edit: result.alignment")
    started = time.perf_counter()
    stop = Stop(cancel)
    listener = Listener(on_event, stop)
    request = Request(
        deadline=started + time_limit, gap=gap, seed=seed, threads=threads, started=started, on_event=listener,
        cancel=stop,
    )  # fmt: skip
    carried = carry_over(problem, start, seed)
    items = lay_items(problem, carried)
    limit = math.inf if moves_at_most is None else float(moves_at_most)
    request.tell("start")
    impossible = screen(problem)
    if impossible:
        found = _Found(Attempt(None, math.inf, None, "; ".join(impossible)))
    else:
        found = _searched(problem, items, carried, limit, prefer, request)
    scored = _scored(problem, carried, found.attempt)
    ended = _ended(found, scored, limit, gap)
    moved = 0
    if scored is not None:
        rep = scored[0].rep_index
        moved = int(((items.account_rep >= 0) & (items.account_rep != rep)).sum())
        if moved > limit + _WHOLE_MOVE:
            from territory_opt.errors import SolverError

            raise SolverError(f"the re-solve moved {moved} accounts, more than the {limit:g} it was allowed")
    n_stay = int((items.account_rep >= 0).sum())
    return Resolved(
        problem=problem,
        termination=ended,
        bound=found.attempt.bound if scored is None else min(found.attempt.bound, scored[1].objective),
        seconds=time.perf_counter() - started,
        solver="resolve",
        solver_reason=found.why,
        seed=seed,
        events=tuple(listener.events),
        notes=(*carried.notes, *_said(problem, carried, items, limit, found)),
        found=scored,
        asked=Asked("resolve", float(gap), float(time_limit), int(threads), True),
        moves_at_most=limit,
        n_could_stay=n_stay,
        n_moved=moved,
        n_placed=problem.n_accounts - n_stay,
        fewest_moves=found.fewest,
        fewest_moves_proven=found.proven,
        carried=carried,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What the search came to: an attempt, and what is known about the least number of moves."""

    attempt: Attempt
    why: str = ""
    fewest: float = math.nan
    proven: float = 0.0
    asked: bool = False


def _check(
    moves_at_most: object, prefer: object, time_limit: object, gap: object, seed: object, threads: object
) -> None:
    limits = (
        ("moves_at_most", 0 if moves_at_most is None else moves_at_most, Integral, 0),
        ("time_limit", time_limit, Real, 0),
        ("gap", gap, Real, 0),
        ("seed", seed, Integral, 0),
        ("threads", threads, Integral, 1),
    )
    for name, value, kind, least in limits:
        if isinstance(value, bool) or not isinstance(value, kind) or not value >= least:  # type: ignore[operator]
            what = "a whole number" if kind is Integral else "a number"
            raise CriterionError(f"{name}={value!r} must be {what} of at least {least}")
    if prefer not in ("objective", "least_moves"):
        raise CriterionError(f"prefer={prefer!r} must be 'objective' or 'least_moves'")


def _searched(problem: Problem, items: Items, carried: Carried, limit: float, prefer: str, request: Request) -> _Found:
    method: Any
    n_pairs = items.n_items * items.n_reps
    varied = has_variation(problem)
    if varied and n_pairs > CORE_UNTIL_PAIRS:
        raise UnsupportedError(
            f"a re-solve of more than {CORE_UNTIL_PAIRS:,} pairs of account and rep cannot keep a limit on variation; "
            "solve(..., start=) with a weighted Disruption can"
        )
    before = items.current[items.groups.index]
    if n_pairs <= _WHOLE_PAIRS or varied:
        from territory_opt.resolve.whole import Whole

        method = Whole.of(problem, items, carried.home_index)
        why = f"{n_pairs:,} pairs of account and rep: the whole program with a limit on moves"
        if (before >= 0).all():
            request = replace(request, start=before)
    else:
        from territory_opt.resolve.nearby import Nearby

        method = Nearby(problem, items, carried.home_index, carried.multipliers)
        why = f"{n_pairs:,} pairs of account and rep: columns for the moves that are worth a look, all pairs priced"
    if prefer == "least_moves":
        fewest = _fewest(method, items, request.within(_FEWEST_SHARE * request.remaining))
        if fewest.attempt.rep_index is None or fewest.fewest > limit:
            return replace(fewest, attempt=replace(fewest.attempt, rep_index=None), why=why, asked=True)
        within = replace(request, start=fewest.attempt.rep_index)
        attempt = method.solve(fewest.fewest, within)
        if attempt.rep_index is None:
            # The answer with the fewest moves is an answer; nothing more is known about its cost.
            bound = attempt.bound if math.isfinite(attempt.bound) else -math.inf
            attempt = replace(fewest.attempt, bound=bound, limit=attempt.limit)
        elif fewest.proven < fewest.fewest and attempt.bound < math.inf:
            attempt = replace(attempt, detail="fewer moves than these are not ruled out")
        return replace(fewest, attempt=attempt, why=why)
    attempt = method.solve(limit, request)
    if attempt.rep_index is not None or not math.isfinite(limit):
        return _Found(attempt, why)
    if request.cancel is not None and request.cancel.requested:
        return _Found(attempt, why)
    # The answer to "then how many?" is worth at least a second, whatever the clock says.
    seconds = max(_FEWEST_SHARE * request.remaining, 1.0)
    fewest = _fewest(method, items, replace(request, deadline=time.perf_counter() + seconds))
    if fewest.fewest <= limit:
        # Few moves were easier to find than a good objective: an answer, and one to begin from.
        attempt = replace(attempt, rep_index=fewest.attempt.rep_index, detail="")
        if request.remaining > 0:
            again = method.solve(limit, replace(request, start=attempt.rep_index))
            if again.rep_index is not None:
                attempt = replace(again, bound=max(again.bound, attempt.bound))
        return replace(fewest, attempt=attempt, why=why)
    return replace(fewest, attempt=attempt, why=why, asked=True)


def _fewest(method: Any, items: Items, request: Request) -> _Found:
    attempt: Attempt = method.fewest(request)
    if attempt.infeasible:
        return _Found(attempt, proven=math.inf)
    proven = max(0.0, float(np.ceil(attempt.bound - _WHOLE_MOVE))) if math.isfinite(attempt.bound) else 0.0
    if attempt.rep_index is None:
        return _Found(attempt, proven=proven)
    moved = float(((items.account_rep >= 0) & (items.account_rep != attempt.rep_index)).sum())
    return _Found(attempt, fewest=moved, proven=min(proven, moved))


def _scored(problem: Problem, carried: Carried, attempt: Attempt) -> tuple[Alignment, Evaluation] | None:
    if attempt.rep_index is None:
        return None
    from territory_opt.errors import SolverError

    alignment = Alignment.from_index(problem, attempt.rep_index, carried.home_index)
    alignment = alignment.with_multipliers(attempt.multipliers or carried.multipliers)
    evaluation = evaluate(problem, alignment)
    if not evaluation.feasible:
        broken = "; ".join(f"{check.name}: {check.detail}" for check in evaluation.broken)
        raise SolverError(f"the re-solve gave an alignment that does not keep: {broken}")
    if attempt.bound - evaluation.objective > 1e-6 * max(1.0, abs(evaluation.objective)):
        raise SolverError(
            f"the re-solve claims a bound of {attempt.bound:.9g} above its own re-scored objective "
            f"{evaluation.objective:.9g}"
        )
    return alignment, evaluation


def _ended(found: _Found, scored: tuple[Alignment, Evaluation] | None, limit: float, gap: float) -> Termination:
    if scored is not None:
        ended = termination(found.attempt, scored, gap, False)
        return replace(ended, detail=found.attempt.detail) if "ruled out" in found.attempt.detail else ended
    if found.proven == math.inf:
        detail = "no alignment keeps every criterion, however many accounts move"
        return Termination(Reason.INFEASIBLE, None, f"{detail}: {found.attempt.detail}".rstrip(": "))
    detail = found.attempt.detail
    if math.isfinite(limit) and found.asked:
        detail = f"no alignment keeps every criterion with at most {limit:.0f} moves"
        if found.attempt.bound != math.inf and found.proven <= limit:
            detail = f"none was found with at most {limit:.0f} moves"
        if not math.isnan(found.fewest):
            detail += f"; {found.fewest:.0f} are enough"
        if found.proven > 0:
            detail += f", and at least {found.proven:.0f} are needed"
    if found.attempt.infeasible or found.proven > limit:
        return Termination(Reason.INFEASIBLE, None, detail)
    return Termination(Reason.NO_ALIGNMENT_FOUND, found.attempt.limit or Limit.ITERATIONS, detail)


def _said(problem: Problem, carried: Carried, items: Items, limit: float, found: _Found) -> list[str]:
    n_new = int(carried.is_new.sum())
    n_left = int(((carried.rep_index < 0) & ~carried.is_new).sum())
    n_ruled = int(((carried.rep_index >= 0) & (items.account_rep < 0)).sum())
    could = int((items.account_rep >= 0).sum())
    placed: IntArray = np.array([n_new, n_left, n_ruled])
    parts = [
        f"{count:,} {what}"
        for count, what in zip(placed, ("new", "whose rep has left", "whose rep a rule excludes"), strict=True)
        if count
    ]
    said = [f"resolve: {could:,} accounts could stay; {int(placed.sum()):,} must be placed"]
    if parts:
        said[0] += f" ({', '.join(parts)}) and do not count as moves"
    if math.isfinite(limit):
        said.append(f"bound: of the problem with at most {limit:.0f} moves; a free carve may be better")
    if found.proven and math.isfinite(found.proven):
        said.append(f"moves: at least {found.proven:.0f} are needed")
    if problem.places.open_reps.any():
        said.append("bound: holds for the homes as they are")
    return said
