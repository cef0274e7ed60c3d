"""Results made by hand: no solver runs here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.events import Progress
from territory_opt.termination import Limit, Reason, Termination

MakeResult = Callable[..., topt.Result]


def tables(
    n: int,
    k: int,
    *,
    names: list[str] | None = None,
    seed: int = 1,
    places: bool = True,
    capacity: list[float] | None = None,
) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    accounts: dict[str, Any] = {
        "account_id": [f"a{i}" for i in range(n)],
        "name": [f"Account {i}" for i in range(n)],
        "acv": rng.lognormal(10, 1, n).round(2),
        "owner": [f"r{j}" for j in rng.integers(0, k + 1, n)],
        "vertical": rng.choice(["health", "retail"], n),
    }
    reps: dict[str, Any] = {"rep_id": [f"r{j}" for j in range(k)]}
    reps["name"] = names if names is not None else [f"Rep {j}" for j in range(k)]
    if capacity is not None:
        reps["capacity"] = capacity
    if places:
        accounts |= {"lat": rng.uniform(30, 45, n), "lon": rng.uniform(-120, -75, n)}
        reps |= {"lat": rng.uniform(30, 45, k), "lon": rng.uniform(-120, -75, k)}
    return accounts, reps


@pytest.fixture
def make_result() -> MakeResult:
    """A result of ``n`` accounts and ``k`` reps, every k-th account to one rep."""

    def make(
        n: int = 60,
        k: int = 4,
        *,
        termination: Termination | None = None,
        gap: float = 0.00196,
        found: bool = True,
        columns: tuple[Any, Any] | None = None,
        criteria: list[Any] | None = None,
        **options: Any,
    ) -> topt.Result:
        accounts, reps = columns if columns is not None else tables(n, k, **options)
        problem = topt.Problem(
            topt.Accounts.from_frame(accounts),
            topt.Team.from_frame(reps),
            policy=topt.Policy(friction_per_hour=0.0),
            criteria=criteria if criteria is not None else [topt.Disruption("acv", weight=1.0)],
        )
        end = termination if termination is not None else Termination(Reason.FEASIBLE, Limit.GAP)
        events: tuple[Progress, ...] = ()
        answer = None
        bound = -np.inf
        if found:
            homes = np.where(problem.places.open_reps, np.arange(problem.n_reps), -1)
            alignment = topt.Alignment.from_index(problem, np.arange(problem.n_accounts) % problem.n_reps, homes)
            evaluation = topt.evaluate(problem, alignment)
            answer = (alignment, evaluation)
            bound = evaluation.objective * (1 - gap) if np.isfinite(gap) else -np.inf
            events = tuple(
                Progress(
                    t, "search", evaluation.objective * (1 + 0.1 / (1 + t)), evaluation.objective * (0.9 + t / 100)
                )
                for t in range(9)
            )
        return topt.Result(problem, end, bound, 8.7, "highs", "small enough", 1, events, (), answer)

    return make


@pytest.fixture
def hostile() -> tuple[Any, Any]:
    """Names that try to break out of a page, a line or a cell."""
    evil = [
        "</script><script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '=HYPERLINK("http://evil.example","x")',
        "\u202eknil\u202c \u2066x\u2069",
        "שלום עולם",
        "Zoë 😀 東京",
        "<!--",
        "a\nb\x1b[31m\x00c\u2028d",
        "{{ 7*7 }} {% raw %}",
        "' onmouseover='alert(1)' \"",
        "& &amp; &lt;",
        "x" * 300,
    ]
    accounts, reps = tables(24, 4, names=evil[:4])
    accounts["name"] = (evil * 2)[:24]
    accounts["vertical"] = (evil[::-1] * 2)[:24]
    return accounts, reps
