"""The doors: explain an account, and hold the explanation against re-solves."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from territory_opt.explain.account import Explanation, explained, hour_prices, with_verified
from territory_opt.explain.flips import certain_flips
from territory_opt.explain.prepared import Prepared, prepare
from territory_opt.explain.verify import Verified, at_home, check_limits, locked_to, verified, with_homes

if TYPE_CHECKING:
    from territory_opt._typing import IntArray
    from territory_opt.alignment import Alignment
    from territory_opt.explain.flip import Flip
    from territory_opt.problem import Problem
    from territory_opt.result import Result

__all__ = ["explain"]

_FLIPS = 3
_FLIP_SHARE = 0.4


def explain(
    result: Result,
    account_id: str,
    *,
    verify: bool = False,
    time_limit: float = 60.0,
    n_verified: int = 3,
    gap: float = 1e-3,
    threads: int = 1,
    prepared: Prepared | None = None,
) -> Explanation:
    """Say why an account goes to its rep, what every other rep would cost, and what would change it.

    Parameters
    ----------
    result : Result
        With an alignment.
    account_id : str
        The account.
    verify : bool
        Solve again with the account locked to each of the cheapest other reps, and with the least changes of data
        made. Without it, costs of re-balancing are estimates from shadow prices with a proven lower bound.
    time_limit : float
        Seconds for all re-solves together.
    n_verified : int
        How many other reps to verify.
    gap : float
        Relative gap at which a re-solve may stop.
    threads : int
        Threads a re-solve may use.
    prepared : Prepared, optional
        Shadow prices of one's own; None works them out once per problem and keeps them.

    Returns
    -------
    Explanation
        Prints as text; shows as a table in a notebook.

    Raises
    ------
    DataError
        If there is no such account.
    CriterionError
        If a limit is out of range.
    NoAlignmentError
        If the result has no alignment.

    Notes
    -----
    The first question to a problem finds its shadow prices; later ones take milliseconds. Homes that the library
    chose stay where they are in re-solves.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({
    ...     "account_id": list("abcd"), "acv": [4e4, 4e4, 4e4, 4e4], "owner": ["r1", "r1", "r1", "r2"]})
    >>> team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    >>> rules = [topt.Balance("accounts", between=(2, 2)), topt.Disruption("accounts", weight=1.0)]
    >>> result = topt.solve(topt.Problem(accounts, team, criteria=rules))
    >>> why = explain(result, "d", verify=True)
    >>> why.rep_id, why.alternatives[0].rep_id, why.alternatives[0].own, why.alternatives[0].verified.difference
    ('r2', 'r1', 1.0, 2.0)
    """
    check_limits(time_limit=time_limit, gap=gap, n_verified=n_verified, threads=threads)
    ready = prepared if prepared is not None else prepare(result.problem, result.alignment, result.evaluation)
    found = explained(result, ready, account_id)
    if not verify:
        return found
    problem = with_homes(result.problem, result.alignment)
    deadline = time.perf_counter() + time_limit
    said, there = _others(result, problem, found, n_verified, deadline, gap, threads)
    hours = {option.rep_id: option.hours for option in found.options}
    single = len(found.family) == 1
    flips = found.flips
    if single:
        flips = certain_flips(problem, None, found.account_id, flips, said, hours, hour_prices(ready), found.objective)
    return with_verified(found, said, _tried(result, problem, found, flips, there, deadline, gap, threads))


def _others(
    result: Result, problem: Problem, found: Explanation, n: int, deadline: float, gap: float, threads: int
) -> tuple[dict[str, Verified], dict[str, Alignment]]:
    """Lock the account to each of the cheapest other reps and solve; say what came out, and the alignments."""
    from territory_opt.solve import solve

    chosen = found.alternatives[:n]
    said: dict[str, Verified] = {}
    there: dict[str, Alignment] = {}
    for number, option in enumerate(chosen):
        left = deadline - time.perf_counter()
        share = max((1.0 - _FLIP_SHARE) * left / (len(chosen) - number), 0.0)
        locked = locked_to(problem, found.account_id, option.rep_id)
        start = at_home(locked, None, _moved(result, problem, found, option.rep_id))
        second = solve(locked, time_limit=share, gap=gap, seed=result.seed, threads=threads, start=start)
        said[option.rep_id] = verified(result, second)
        if second.has_alignment:
            there[option.rep_id] = second.alignment
    return said, there


def _moved(result: Result, problem: Problem, found: Explanation, rep_id: str) -> IntArray:
    """The answer with the account, and its family, with another rep."""
    moved = result.alignment.rep_index.copy()
    moved[problem.accounts.positions(found.family)] = problem.team.index_of(rep_id)
    return moved


def _tried(
    result: Result, problem: Problem, found: Explanation, flips: tuple[Flip, ...], there: dict[str, Alignment],
    deadline: float, gap: float, threads: int,
) -> tuple[Flip, ...]:  # fmt: skip
    """Make the least changes and solve, so that each says whether it really flips the account."""
    from territory_opt.explain.flip import MOST_PAIRS
    from territory_opt.solve import solve

    tried: list[Flip] = []
    for number, flip in enumerate(flips):
        left = deadline - time.perf_counter()
        small = problem.n_accounts * problem.n_reps <= MOST_PAIRS
        if number >= _FLIPS or left <= 0 or not small:
            tried.append(flip)
            continue
        changed = flip.apply(problem)
        # A solve that may stop at a gap stays where it starts: begin where the change should lead.
        start = at_home(changed, there.get(flip.rep_id, result.alignment))
        if flip.kind == "balance":
            start = at_home(changed, None, _moved(result, problem, found, flip.rep_id))
        again = solve(
            changed, time_limit=left / (_FLIPS - number), gap=gap, seed=result.seed, threads=threads, start=start
        )
        went = again.alignment.owner_of(flip.account_id) == flip.rep_id if again.has_alignment else None
        tried.append(replace(flip, flipped=went))
    # What was tried and did not flip it is said last.
    return tuple(sorted(tried, key=lambda flip: (flip.flipped is False, flip.size)))
