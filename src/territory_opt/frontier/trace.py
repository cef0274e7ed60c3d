"""Trace a frontier: a ladder of limits, tight to loose, each answer the start of the next."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Mapping

from territory_opt.errors import CriterionError
from territory_opt.explain.verify import check_limits
from territory_opt.frontier.axis import checked_levels, default_ladder, named_axis, split_axes
from territory_opt.frontier.points import Frontier, FrontierPoint, judged, with_bounds
from territory_opt.frontier.search import Search
from territory_opt.problem import Problem

__all__ = ["frontier"]


def frontier(
    problem: Problem,
    *criteria: str,
    points: int = 9,
    levels: dict[str, list[float]] | None = None,
    time_limit: float = 120.0,
    gap: float = 1e-3,
    seed: int = 1,
    threads: int = 1,
    solver: str = "auto",
) -> Frontier:
    """Find answers between two or three criteria, none of them better than another in all.

    Parameters
    ----------
    problem : Problem
        Its other limits hold at every point.
    *criteria : str
        Two or three of ``"disruption"`` (moved share of ACV; ``"disruption:accounts"`` of accounts), ``"travel"``
        (hours), ``"objective"`` (the problem's own), ``"balance:<measure>"`` (largest distance of a book from the
        reference, as a share of it). One of them at least is not a balance.
    points : int
        Levels of the ladder; with three criteria about the square root of it for each of two ladders.
    levels : mapping of str to list of float, optional
        Ladders of your own: shares in [0, 1] per laddered criterion.
    time_limit : float
        Seconds for all points together.
    gap : float
        Relative gap at which a point may stop.
    seed, threads, solver
        As in :func:`territory_opt.solve`.

    Returns
    -------
    Frontier
        Dominated and infeasible levels are in it, and called that.

    Raises
    ------
    CriterionError
        If a criterion is unknown, repeated, not two or three, or all are balances; or a level is no share, or a limit
        is out of range.

    Notes
    -----
    Epsilon-constraint method (Haimes, Lasdon and Wismer 1971, doi:10.1109/TSMC.1971.4308298). One criterion is
    minimised, the others are limited by a ladder of bands and caps: a deviation is never minimised. From tight to
    loose each answer is the start of the next, and a loose level's bound also holds at tight ones. With disruption
    minimised, a second solve per point spends what does not move on the problem's own objective.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({
    ...     "account_id": list("abcd"), "acv": [4e4, 4e4, 4e4, 4e4], "owner": ["r1", "r1", "r1", "r2"]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}), criteria=[])
    >>> found = frontier(problem, "disruption", "balance:tam", levels={"balance:tam": [0.1, 0.5]})
    >>> [(point.values["disruption"], point.values["balance:tam"]) for point in found.kept]
    [(0.0, 0.5), (0.25, 0.0)]
    """
    started = time.perf_counter()
    check_limits(time_limit=time_limit, gap=gap, threads=threads)
    axes = [named_axis(problem, str(name)) for name in criteria]
    minimised, laddered = split_axes(axes, criteria, points)
    if levels is not None and not isinstance(levels, Mapping):
        raise CriterionError(f"levels={levels!r} must map criteria to ladders, as {{'balance:tam': [0.1, 0.2]}}")
    given = {name: checked_levels(name, some) for name, some in (levels or {}).items()}
    unknown = sorted(set(given) - {axis.name for axis in laddered})
    if unknown:
        ladders = ", ".join(axis.name for axis in laddered)
        raise CriterionError(f"levels of {', '.join(unknown)}: only {ladders} have a ladder")
    search = Search(problem, minimised, laddered, gap, seed, threads, solver, started + time_limit)
    count = points if len(laddered) == 1 else max(2, round(math.sqrt(points)))
    loose = None
    if len(given) < len(laddered):
        n_solves = math.prod(len(given.get(axis.name, range(count))) for axis in laddered)
        loose = search.solve({}, (), n_solves + 1)
        for axis in laddered:
            given.setdefault(axis.name, default_ladder(axis, problem, loose, count, from_zero=len(laddered) == 1))
    grid = [
        dict(zip((axis.name for axis in laddered), level, strict=True))
        for level in itertools.product(*(given[axis.name] for axis in laddered))
    ]
    end = None if loose is None else search.read({axis.name: math.inf for axis in laddered}, loose)
    tried: list[FrontierPoint] = []
    for number, level in enumerate(grid):
        tried.append(search.point(level, tried, len(grid) - number, end))
        if loose is not None and len(laddered) == 1 and search.no_better(tried[-1], loose):
            break  # Looser levels can only repeat it: the points that are left go where the frontier is steep.
    while loose is not None and len(laddered) == 1 and len(tried) < len(grid):
        steep = search.steepest(tried)
        if steep is None:
            break
        tried.append(search.point(steep, tried, len(grid) - len(tried), end))
        tried.sort(key=lambda point: point.levels[laddered[0].name])
    if end is not None and end.values:
        tried.append(end)
    return Frontier(
        criteria=tuple(criteria),
        minimised=minimised.name,
        points=tuple(judged(with_bounds(tried, minimised.name), tuple(criteria))),
        seconds=time.perf_counter() - started,
        units=tuple(axis.unit for axis in axes),
    )
