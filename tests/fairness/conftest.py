"""Problems small enough to check by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import territory_opt as topt

Build = Callable[..., topt.Problem]


@pytest.fixture
def build() -> Build:
    """A problem from account columns and rep columns; criteria default to none, friction to off."""

    def make(
        accounts: dict[str, Any], reps: dict[str, Any], *, criteria: list[Any] | None = None, **policy: Any
    ) -> topt.Problem:
        rules = topt.Policy(friction_per_hour=0.0, **policy)
        tables = topt.Accounts.from_frame(accounts), topt.Team.from_frame(reps)
        return topt.Problem(*tables, policy=rules, criteria=criteria if criteria is not None else [])

    return make


@pytest.fixture
def by_acv(build: Build) -> Callable[..., topt.FairnessReport]:
    """The report of books with the given total ACV, one account each."""

    def report(acv: list[float], **options: Any) -> topt.FairnessReport:
        names = options.pop("names", [f"Rep {j}" for j in range(len(acv))])
        capacity = options.pop("capacity", [1.0] * len(acv))
        reps = {"rep_id": [f"r{j}" for j in range(len(acv))], "name": names, "capacity": capacity}
        problem = build({"account_id": [f"a{j}" for j in range(len(acv))], "acv": acv}, reps, **options)
        return topt.fairness(problem, topt.Alignment.from_index(problem, list(range(len(acv)))))

    return report
