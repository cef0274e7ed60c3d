"""What a limit on variation, an order of criteria and reps without a difference cost, and how far they are proven.

``python -m benchmarks.variation.run limit|minimax|same [--smoke]``; every run appends lines to ``results.jsonl``,
``table`` writes ``results.md``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import territory_opt as topt
from benchmarks.common import append, newest, table, timed
from territory_opt.data import load_sample
from territory_opt.solvers import carve

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.jsonl"
LIMIT = 0.05
SIZES = ((1_000, 10, "core"), (5_000, 50, "lagrangian"), (20_000, 100, "lagrangian"), (100_000, 200, "lagrangian"))
LADDERS = ((180, 2), (600, 12), (5_000, 50))
SAME = ((12, 6), (16, 5), (18, 4))


def sample(n: int, k: int, *criteria: topt.Criterion) -> topt.Problem:
    """The sample, with travel priced, units banded and no friction: the mean of the load is known beforehand."""
    accounts, team = load_sample(n, k)
    rules = [topt.Travel(weight=1.0), topt.Balance("account_units", within=0.1), *criteria]
    return topt.Problem(accounts, team, policy=topt.Policy(friction_per_hour=0.0), criteria=rules)


def run_limit(seconds: float, smoke: bool) -> None:
    """A band of 5 % and a variation of 5 %, side by side."""
    for n, k, solver in SIZES[: 1 if smoke else None]:
        for limit in (topt.Balance("load", within=LIMIT), topt.Variation("load", at_most=LIMIT)):
            problem = sample(n, k, limit)
            result, spent = timed(lambda p=problem, s=solver: topt.solve(p, solver=s, time_limit=seconds, gap=1e-3))
            row: dict[str, Any] = {"suite": "limit", "n": n, "k": k, "solver": solver, "limit": limit.describe()}
            row |= {"asked_s": seconds, "bound": result.bound, "ended": str(result.termination), **spent}
            if result.has_alignment:
                full = result.evaluation.books["load"] / problem.team.capacity
                row |= {"objective": result.objective, "gap": result.gap, "cv": float(full.std() / full.mean())}
            keep(row, smoke)


def run_minimax(seconds: float, smoke: bool) -> None:
    """The narrowest band of the load."""
    for n, k in LADDERS[: 1 if smoke else None]:
        problem = sample(n, k)
        found, spent = timed(lambda p=problem: topt.minimax(p, "load", time_limit=seconds))
        row: dict[str, Any] = {"suite": "minimax", "n": n, "k": k, "asked_s": seconds, **spent}
        if found.steps:
            step = found.steps[0]
            row |= {"value": step.value, "bound": step.bound, "rungs": len(step.rungs)}
        keep(row, smoke)


def run_same(seconds: float, smoke: bool) -> None:
    """Reps without a difference: the least total distance from the mean, with and without naming them once."""
    rng = np.random.default_rng(20_261)
    known = carve.interchangeable
    for n, k in SAME[: 1 if smoke else None]:
        accounts = topt.Accounts.from_frame(
            {"account_id": [f"a{i}" for i in range(n)], "acv": rng.integers(20, 100, n) * 1e3}
        )
        team = topt.Team.from_frame({"rep_id": [f"r{j}" for j in range(k)]})
        problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.0, weight=1.0)])
        for named_once in (True, False):
            carve.interchangeable = known if named_once else lambda formulation: None
            try:
                result, spent = timed(lambda p=problem: topt.solve(p, solver="highs", time_limit=seconds, gap=0.0))
            finally:
                carve.interchangeable = known
            row = {"suite": "same", "n": n, "k": k, "named_once": named_once, "asked_s": seconds, **spent}
            keep(row | {"objective": result.objective, "bound": result.bound, "ended": str(result.termination)}, smoke)


def keep(row: dict[str, Any], smoke: bool) -> None:
    """Print a line; a real run also appends it."""
    print({name: round(value, 5) if isinstance(value, float) else value for name, value in row.items()}, flush=True)
    if not smoke:
        append(RESULTS, row)


def write_table() -> None:
    """Newest line of every case as ``results.md``."""
    rows = newest(RESULTS, lambda r: (r["suite"], r["n"], r["k"], r.get("limit"), r.get("named_once")))
    limit = [
        [f"{r['n']:,} x {r['k']}", r["solver"], r["limit"], *(_of(r, name) for name in ("objective", "gap", "cv")),
         f"{r['seconds']:.0f}"]
        for r in rows if r["suite"] == "limit"
    ]  # fmt: skip
    minimax = [
        [f"{r['n']:,} x {r['k']}", _of(r, "value"), _of(r, "bound"), r.get("rungs", ""), f"{r['seconds']:.0f}"]
        for r in rows if r["suite"] == "minimax"
    ]  # fmt: skip
    same = [
        [f"{r['n']} x {r['k']}", "yes" if r["named_once"] else "no", r["ended"], f"{r['cpu_seconds']:.2f}"]
        for r in rows if r["suite"] == "same"
    ]  # fmt: skip
    commit = ", ".join(sorted({r["commit"] for r in rows}))
    (HERE / "results.md").write_text(
        f"Commit {commit}; {rows[0]['processor']}, one thread.\n\n"
        + table(["n x k", "solver", "limit", "objective (hours)", "gap", "CV of load", "s"], limit)
        + "\n\n"
        + table(["n x k", "narrowest band found", "proven impossible below", "levels tried", "s"], minimax)
        + "\n\n"
        + table(["n x k", "reps named once", "ended", "CPU s"], same)
        + "\n"
    )


def _of(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    return f"{value:,.0f}" if name == "objective" else f"{100 * round(value, 9):.3g}%"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", choices=["limit", "minimax", "same", "table"])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--smoke", action="store_true")
    args = parser.parse_args()
    if args.suite == "table":
        write_table()
    else:
        seconds = min(args.seconds, 5.0) if args.smoke else args.seconds
        {"limit": run_limit, "minimax": run_minimax, "same": run_same}[args.suite](seconds, args.smoke)


if __name__ == "__main__":
    main()
