"""A branch and bound tree that is tied to an assignment: each tells the other what it has found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from territory_opt._typing import IntArray
from territory_opt.solvers.lagrangian.state import State
from territory_opt.solvers.lagrangian.subproblem import Program
from territory_opt.solvers.lagrangian.tree import PairTree

__all__ = ["Grown", "suits", "take"]

_MOST_ROWS = 200


def suits(program: Program) -> bool:
    """Return whether a program is for a :class:`~territory_opt.solvers.lagrangian.tree.PairTree`.

    Parameters
    ----------
    program : Program
        Elastic bands are not for it, and a basis of several hundred rows takes too long.

    See Also
    --------
    territory_opt.solvers.lagrangian.loading.trees : whether there are trees yet.
    """
    return bool(program.item.size and 0 < program.lower.size <= _MOST_ROWS and not program.outside.any())


def take(state: State, rep: IntArray) -> bool:
    """Move to another assignment where that keeps the bands and costs less; return whether it did.

    Parameters
    ----------
    state : State
        The assignment; changed.
    rep : ndarray of shape (n,)
        Rep of every account in the other.
    """
    kept, cost, everyone = state.rep.copy(), state.cost(), np.arange(rep.size)
    state.move(everyone, rep)
    state.refresh()
    if not state.violation().any() and state.cost() < cost:
        return True
    state.move(everyone, kept)
    state.refresh()
    return False


class Grown:
    """A tree over some pairs of an assignment, as long as that is improved.

    Parameters
    ----------
    state : State
        The assignment; changed when the tree finds a better one.
    program : Program
        The pairs, with the bands as they are.
    roof : float
        What any assignment costs at least that uses other pairs than these.
    unit : float
        About the distance that is left.
    step : float
        How much better an answer has to be to be of interest.
    """

    def __init__(self, state: State, program: Program, roof: float, *, unit: float, step: float) -> None:
        self._state, self._program, self._roof = state, program, roof
        self._base, self._start = state.cost(), state.rep.copy()
        self._tree = PairTree(program, unit=unit, cutoff=-step, step=step)
        self._known = self._tree.choice

    @property
    def bound(self) -> float:
        """Lower bound on the cost of the whole instance, as far as it is below the cutoff."""
        return min(self._base + self._tree.bound, self._roof)

    @property
    def is_over(self) -> bool:
        """True when nothing is left to look at, or no room to go on."""
        return self._tree.is_settled or self._tree.is_full

    def run(
        self, *, step: float, seconds: Callable[[], float], stop: Callable[[], bool], report: Callable[[], None]
    ) -> bool:
        """Go on for a while; return whether the assignment has become better.

        Parameters
        ----------
        step : float
            How much better an answer has to be to be of interest now.
        seconds, stop : callable
            Time left; True when the caller wants out.
        report : callable
            Called now and then.
        """
        state, tree, before = self._state, self._tree, self._state.cost()
        tree.lower_cutoff(before - self._base - step)

        def told() -> None:
            choice = tree.choice
            if choice is not None and (self._known is None or not np.array_equal(self._known, choice)):
                self._known = choice
                rep = self._start.copy()
                rep[self._program.item] = self._program.reps[self._program.pair_rep[choice]]
                take(state, rep)
            report()

        tree.run(seconds=seconds, stop=stop, report=told)
        told()
        return state.cost() < before
