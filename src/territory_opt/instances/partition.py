"""Number partitioning: whole numbers into k books, none above a limit."""

from __future__ import annotations

import math

import numpy as np

from territory_opt.errors import CriterionError, DataError, Issue
from territory_opt.instances.number_file import NumberFile
from territory_opt.problem import Problem

__all__ = ["partition_problem"]


def partition_problem(file: NumberFile, *, k: int | None, largest: float | None) -> Problem:
    """Make a problem of a file of numbers.

    Parameters
    ----------
    file : NumberFile
        One whole number above zero a line.
    k : int or None
        Number of books; needed.
    largest : float or None
        Most that a book may hold; None is the least that could be possible.

    Returns
    -------
    Problem
        Measure ``"size"``, between 0 and ``largest`` in every book; the objective is 0.

    Raises
    ------
    DataError
        With every fault and its line.
    CriterionError
        If ``k`` or ``largest`` cannot be.
    """
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise CriterionError(f"format='partition' needs k=, the number of books, at least 1; not {k!r}")
    issues = list(file.issues)
    bad = (file.values <= 0) | (file.values != np.round(file.values))
    issues += [
        Issue(None, None, f"line {file.line[i]}: {file.values[i]:g} is not a whole number above zero")
        for i in np.flatnonzero(bad & ~np.isnan(file.values)).tolist()
    ]
    lines, counts = np.unique(file.line, return_counts=True)
    issues += [
        Issue(None, None, f"line {line} holds {count} numbers", "one number a line")
        for line, count in zip(lines[counts > 1].tolist(), counts[counts > 1].tolist(), strict=True)
    ]
    if file.values.sum() > 2**53:
        issues.append(
            Issue(None, None, "the total is above 2**53: sums would not be exact", "divide by a common factor")
        )
    if issues:
        raise DataError(file.name, issues)
    sizes = file.values
    top = max(math.ceil(float(sizes.sum()) / k), float(sizes.max())) if largest is None else float(largest)
    if not (math.isfinite(top) and top >= 0):
        raise CriterionError(f"largest={largest!r} must be a finite number, 0 or more")
    return Problem.from_arrays(
        np.zeros((len(sizes), k)), measures={"size": sizes}, lower={"size": 0.0}, upper={"size": top}
    )
