"""What the large engine says by position, in the ids of the problem."""

from __future__ import annotations

import re

import numpy as np

from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.formulation.groups import Groups
from territory_opt.problem import Problem
from territory_opt.solvers.engine_rows import allowed_classes

__all__ = ["in_ids"]

_LIST = r"\d+(?:, \d+)*"
_NAMED = re.compile(rf"\b(reps?|accounts?|measure|class) ({_LIST})\b")
_LISTED = re.compile(rf"(the only reps (?:they may have|that all bounds together leave them), )({_LIST})\b")


def in_ids(problem: Problem, groups: Groups, measures: tuple[str, ...], detail: str) -> str:
    """Put ids, names of measures and attributes in the place of positions.

    Parameters
    ----------
    problem : Problem
        The statement.
    groups : Groups
        Merged families; the engine's accounts are groups, named by their first account.
    measures : tuple of str
        Measures in the engine's order.
    detail : str
        A sentence of the engine: "rep 3 is ...", "accounts 4, 17 and 2 more ...", "class 1".

    Returns
    -------
    str
        The same sentence; positions that stand for nothing stay as they are.

    Examples
    --------
    >>> import territory_opt as topt
    >>> from territory_opt.formulation.groups import merge_families
    >>> accounts = topt.Accounts.from_frame({"account_id": ["A-1", "A-2"], "acv": [9e4, 7e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["ann", "bob"]}))
    >>> in_ids(problem, merge_families(problem), ("tam",), "measure 0: accounts 0, 1 and 3 more, rep 1")
    'measure tam: accounts A-1, A-2 and 3 more, rep bob'
    """
    reps, accounts = problem.team.rep_id.tolist(), problem.accounts.account_id[groups.order[groups.starts]].tolist()
    known = {"rep": reps, "account": accounts, "measure": list(measures)}

    def one(kind: str, position: int) -> str:
        if kind == "class":
            return _class(problem, groups, position)
        names = known[kind]
        return str(names[position]) if position < len(names) else str(position)

    def several(kind: str, found: str) -> str:
        return ", ".join(one(kind, int(part)) for part in found.split(", "))

    def named(found: re.Match[str]) -> str:
        kind = found[1] if found[1] == "class" else found[1].removesuffix("s")
        return f"{found[1]} {several(kind, found[2])}"

    detail = _LISTED.sub(lambda found: found[1] + several("rep", found[2]), detail)
    return _NAMED.sub(named, detail)


def _class(problem: Problem, groups: Groups, position: int) -> str:
    """Say what the accounts of an eligibility class have in common."""
    index, allowed = allowed_classes(problem, groups)
    some = np.flatnonzero(index == position)
    if position >= len(allowed) or not some.size:
        return str(position)
    account = int(groups.order[groups.starts[some[0]]])
    parts = []
    for criterion in problem.criteria:
        if isinstance(criterion, Eligible) and criterion.is_limit and criterion.mask is None:
            words = criterion.attribute.replace("_", " ")
            parts.append(f"{words} {problem.accounts.text(criterion.attribute)[account]!r}")
        elif isinstance(criterion, Seniority) and criterion.is_limit:
            parts.append(f"tier {problem.scores.tier[account]}")
    return f"({', '.join(parts)})" if parts else f"of account {problem.accounts.account_id[account]}"
