"""The one door to published instances: which format is read by whom."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from territory_opt.errors import CriterionError, UnsupportedError
from territory_opt.instances.gap import gap_problem
from territory_opt.instances.number_file import NumberFile
from territory_opt.instances.partition import partition_problem
from territory_opt.problem import Problem

__all__ = ["read_instance"]

_TAKES = {"gap": ("index", "sense"), "partition": ("k", "largest")}


def read_instance(
    path: str | Path,
    format: Literal["gap", "partition"],
    *,
    index: int | None = None,
    sense: Literal["min", "max"] | None = None,
    k: int | None = None,
    largest: float | None = None,
) -> Problem:
    r"""Read a published instance as a problem whose objective is the published one.

    Parameters
    ----------
    path : str or Path
        A text file of numbers.
    format : {"gap", "partition"}
        ``"gap"``: generalised assignment as in the OR-Library: ``m n``, then m x n costs, m x n weights, m
        capacities, by agent, with any line breaks. A file of several problems begins with a line that holds their
        number alone. ``"partition"``: one whole number above zero a line; blank lines and lines that begin with
        ``#`` are skipped.
    index : int, optional
        For ``"gap"``: which problem of a file with several, from 0.
    sense : {"min", "max"}, optional
        For ``"gap"``: ``"max"`` reads the costs as profits. The objective is then minus the profit. Default
        ``"min"``.
    k : int, optional
        For ``"partition"``, and needed there: into how many books.
    largest : float, optional
        For ``"partition"``: the most that a book may hold. Default: the least that could be possible, the larger of
        the largest number and the total over k, rounded up.

    Returns
    -------
    Problem
        ``"gap"``: agents are reps, items accounts, the measure is ``"weight"``. ``"partition"``: numbers are accounts,
        the measure is ``"size"``, and the objective is 0: the question is whether books of at most ``largest`` exist.

    Raises
    ------
    DataError
        If the file is missing or malformed: every fault with its line.
    CriterionError
        If a parameter does not belong to the format, or is missing.
    UnsupportedError
        For a format that is not read.

    Notes
    -----
    Generalised assignment: J. E. Beasley, "OR-Library: distributing test problems by electronic mail", J. Oper. Res.
    Soc. 41 (1990) 1069-1072, doi:10.1057/jors.1990.166. The twelve files gap1-gap12 are published as maximisation
    there; newer tables of best-known values minimise them, as all other families: ``sense`` says which.

    Number partitioning asks for the smallest largest book. A largest book has no useful linear bound, so it is not an
    objective here: the answer is found by bisection on ``largest``, each step of which is proven feasible or not
    (docs, *For researchers*). At the default ``largest`` an alignment is a perfect partition: no other is better.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import territory_opt as topt
    >>> from territory_opt.instances import read_instance
    >>> file = Path(tempfile.mkdtemp()) / "tiny"
    >>> _ = file.write_text("2 3\n 1 1 2\n 5 4 3\n 3 2 2\n 3 2 2\n 4 5\n")
    >>> topt.solve(read_instance(file, "gap")).objective
    8.0
    """
    if format not in _TAKES:
        read = ", ".join(map(repr, _TAKES))
        raise UnsupportedError(f"format={format!r} is not read; read are {read}")
    given = {"index": index, "sense": sense, "k": k, "largest": largest}
    stray = [name for name, value in given.items() if value is not None and name not in _TAKES[format]]
    if stray:
        raise CriterionError(f"format={format!r} takes {' and '.join(_TAKES[format])}, not {', '.join(stray)}")
    file = NumberFile.read(Path(path), comments=format == "partition")
    if format == "gap":
        return gap_problem(file, index=index, sense=sense or "min")
    return partition_problem(file, k=k, largest=largest)
