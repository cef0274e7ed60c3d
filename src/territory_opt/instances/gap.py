"""Generalised assignment: items to agents with capacities."""

from __future__ import annotations

from typing import Literal

import numpy as np

from territory_opt.errors import CriterionError, DataError, Issue
from territory_opt.instances.number_file import NumberFile
from territory_opt.problem import Problem

__all__ = ["gap_problem"]

_MOST = 50_000_000
"""Most pairs of agent and item that are read."""


def gap_problem(file: NumberFile, *, index: int | None, sense: Literal["min", "max"]) -> Problem:
    """Make a problem of a generalised assignment file.

    Parameters
    ----------
    file : NumberFile
        ``m n``, costs (m, n), weights (m, n), capacities (m,); or the number of problems on a line of its own, and then
        so many of them.
    index : int or None
        Which problem, from 0; may be left out when there is one.
    sense : {"min", "max"}
        ``"max"``: costs are profits.

    Returns
    -------
    Problem
        Objective: the cost, or minus the profit. Measure ``"weight"``, at most the capacity in every book.

    Raises
    ------
    DataError
        With every fault and its line.
    CriterionError
        If ``index`` or ``sense`` is none of those there are.
    """
    if sense not in ("min", "max"):
        raise CriterionError(f"sense={sense!r} must be 'min' or 'max'")
    several = file.first_line_has_one
    count = file.whole(0, "the number of problems", 1) if several else 1
    if index is None and count > 1:
        raise CriterionError(f"{file.name} holds {count} problems: say which, index=0 to index={count - 1}")
    wanted = 0 if index is None else index
    if isinstance(wanted, bool) or not isinstance(wanted, int) or not 0 <= wanted < count:
        raise CriterionError(f"index={index!r}: {file.name} holds {count} problems, from index=0")
    at, found = int(several), (0, 0, 0)
    for number in range(count):
        m = file.whole(at, f"the number of agents of problem {number}", 1)
        n = file.whole(at + 1, f"the number of items of problem {number}", 1)
        if m * n > _MOST:
            file.fail(f"line {file.line[at]}: {m:,} agents and {n:,} items make more than {_MOST:,} pairs")
        end = at + 2 + 2 * m * n + m
        if end > len(file.values):
            file.fail(
                f"ends at line {file.line[-1]} with {len(file.values) - at - 2:,} numbers for problem {number}, where "
                f"{m} agents and {n} items need {end - at - 2:,}",
                "2 x agents x items for costs and weights, and one capacity per agent",
            )
        if number == wanted:
            found = (at + 2, m, n)
        at = end
    if at < len(file.values):
        file.fail(f"line {file.line[at]}: {len(file.values) - at:,} numbers too many", "is m n right?")
    first, m, n = found
    issues = list(file.issues)
    tables = np.split(file.values[first : first + 2 * m * n + m], [m * n, 2 * m * n])
    for name, start, table in (("weight", first + m * n, tables[1]), ("capacity", first + 2 * m * n, tables[2])):
        issues += [
            Issue(None, None, f"line {file.line[start + i]}: {name} {table[i]:g} is below zero", "give 0 or more")
            for i in np.flatnonzero(table < 0).tolist()
        ]
    if issues:
        raise DataError(file.name, issues)
    cost, weight = (table.reshape(m, n).T for table in tables[:2])
    return Problem.from_arrays(
        -cost if sense == "max" else cost, measures={"weight": weight}, upper={"weight": tables[2]}
    )
