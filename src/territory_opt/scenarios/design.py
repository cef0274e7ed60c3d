"""Two or three scenarios of a design phase in one call."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from territory_opt.criteria import Disruption, Travel
from territory_opt.criteria.defaults import default_criteria
from territory_opt.errors import CriterionError
from territory_opt.events import Cancel, OnEvent
from territory_opt.scenarios.collection import Scenarios

if TYPE_CHECKING:
    from territory_opt.criteria import Criterion
    from territory_opt.problem import Problem

__all__ = ["design_scenarios"]


def design_scenarios(
    problem: Problem,
    *,
    emphasis: float = 10.0,
    solver: str = "auto",
    time_limit: float = 60.0,
    gap: float = 1e-3,
    seed: int = 1,
    threads: int = 1,
    on_event: OnEvent | None = None,
    cancel: Cancel | None = None,
) -> Scenarios:
    """Solve the scenarios that a design phase starts from: least change, balanced, least travel.

    Parameters
    ----------
    problem : Problem
        Its hard limits hold in every scenario.
    emphasis : float, default 10.0
        How many times dearer, against the other, moves or travel are in a scenario that is about them.
    solver, time_limit, gap, seed, threads
        As in :func:`territory_opt.solve`, for each scenario.
    on_event, cancel
        As in :func:`territory_opt.solve`.

    Returns
    -------
    Scenarios
        Solved: ``"balanced"`` are the problem's own criteria; ``"least change"`` multiplies the price of a moved
        account by the emphasis, ``"least travel"`` that of a travel hour. A scenario is left out where it has nothing
        to be about: no owners in the team, or no places.

    Raises
    ------
    CriterionError
        The emphasis is not above 1, or neither owners nor places are known, so that there is one scenario only.

    Notes
    -----
    D-TRANS-1. A price that the problem does not state is taken from the domain defaults. Look at them with
    ``.compare({"today": today})``, keep them with ``.save(path)``.

    Examples
    --------
    >>> import territory_opt as topt
    >>> from territory_opt.data import load_sample
    >>> problem = topt.Problem(*load_sample(120, 3))
    >>> found = topt.design_scenarios(problem, gap=0.05, time_limit=5)
    >>> found.names
    ('balanced', 'least change', 'least travel')
    """
    if isinstance(emphasis, bool) or not isinstance(emphasis, int | float) or not 1 < emphasis < math.inf:
        raise CriterionError(f"emphasis={emphasis!r} must be a number above 1")
    settings = {"solver": solver, "time_limit": time_limit, "gap": gap, "seed": seed, "threads": threads}
    defaults = default_criteria(problem)[0]
    moves = [_dearer(term, emphasis) for term in _terms(problem.criteria, Disruption) or _terms(defaults, Disruption)]
    hours = [_dearer(term, emphasis) for term in _terms(problem.criteria, Travel) or _terms(defaults, Travel)]
    found = Scenarios(problem).add("balanced", description="the criteria as stated", **settings)  # type: ignore[arg-type]
    if moves:
        said = f"a moved account costs {emphasis:g} times as much"
        found = found.add("least change", *moves, description=said, **settings)  # type: ignore[arg-type]
    if hours:
        said = f"a travel hour costs {emphasis:g} times as much"
        found = found.add("least travel", *hours, description=said, **settings)  # type: ignore[arg-type]
    if len(found) < 2:
        raise CriterionError("no owners in the team and no places: there is nothing to be for or against but balance")
    return found.solve(on_event=on_event, cancel=cancel)


def _terms(criteria: tuple[Criterion, ...], kind: type[Disruption] | type[Travel]) -> list[Disruption | Travel]:
    return [c for c in criteria if isinstance(c, kind) and not c.is_limit]


def _dearer(term: Disruption | Travel, emphasis: float) -> Disruption | Travel:
    from dataclasses import replace

    return replace(term, weight=(term.weight or 0.0) * emphasis)
