"""What a solve was asked for, so that a result can be compared with others."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Asked"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Arguments of a solve.

    Attributes
    ----------
    solver : str
        Name that was asked for, such as ``"auto"``.
    gap : float
        Gap to stop at.
    time_limit : float
        Wall-clock seconds; may be infinite.
    threads : int
        Threads the solver could use.
    start : bool
        Whether it began from a given alignment.

    Examples
    --------
    >>> import territory_opt as topt
    >>> problem = topt.Problem.from_arrays([[1, 2], [2, 1]], measures={"load": [1, 1]})
    >>> topt.solve(problem, gap=0.0, time_limit=5).asked
    Asked(solver='auto', gap=0.0, time_limit=5.0, threads=1, start=False)
    """

    solver: str
    gap: float
    time_limit: float
    threads: int
    start: bool
