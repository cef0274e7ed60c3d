"""Resolve benchmark: `python -m benchmarks.resolve.run [--sizes 100000x200 ...] [--seconds 1 5 20] [--moves 20 200]`.

One rep leaves; the edited problem is re-solved within so many moves. The problem is carved first with the large
engine (`--carve` seconds); that is not measured. Results are appended to ``benchmarks/resolve/results/results.jsonl``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np

import territory_opt as topt
from benchmarks.carve.instances import tables
from territory_opt.resolve import resolve

RESULTS = Path(__file__).parent / "results" / "results.jsonl"


def problem_of(n_accounts: int, n_reps: int, seed: int, bands: str) -> topt.Problem:
    """Load within 5 %, account units within 10 %: around a target that shifts with the team, or fixed beforehand."""
    accounts, team = tables(n_accounts, n_reps, seed)
    criteria = [topt.Eligible("vertical"), topt.Travel(weight=60.0), topt.Disruption("acv", weight=0.02)]
    problem = topt.Problem(accounts, team, policy=topt.Policy(friction_per_hour=0.0), criteria=criteria)
    for name, within in (("load", 0.05), ("account_units", 0.10)):
        middle = problem.measure(name).base.sum() / team.capacity.sum()
        band = topt.Balance(name, within=within, of="target")
        if bands == "fixed":
            band = topt.Balance(name, between=((1 - within) * middle, (1 + within) * middle))
        problem = problem.with_criteria(band)
    return problem


def main() -> None:
    """Run all combinations and print one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", default=["100000x200"])
    parser.add_argument("--seconds", nargs="+", type=float, default=[1.0, 5.0, 20.0])
    parser.add_argument("--moves", nargs="+", type=int, default=[20, 200])
    parser.add_argument("--bands", nargs="+", default=["fixed", "target"], choices=["fixed", "target"])
    parser.add_argument("--carve", type=float, default=60.0)
    parser.add_argument("--rep", type=int, default=7)
    given = parser.parse_args()
    RESULTS.parent.mkdir(exist_ok=True)
    for size in given.sizes:
        n, k = (int(part) for part in size.split("x"))
        # Before the edit the fixed bands and those around the target are the same.
        start = topt.solve(problem_of(n, k, 1, "fixed"), time_limit=given.carve, gap=1e-4).alignment
        for bands in given.bands:
            problem = problem_of(n, k, 1, bands)
            smaller = problem.without_reps(str(problem.team.rep_id[given.rep]))
            resolve(smaller, start=start, moves_at_most=0, time_limit=0.1)  # imports and kernels
            for moves in given.moves:
                for seconds in given.seconds:
                    row = measured(smaller, start, moves, seconds)
                    row |= {"n": n, "k": k, "bands": bands, "rep": given.rep}
                    print(json.dumps(row))
                    with RESULTS.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(row) + "\n")


def measured(problem: topt.Problem, start: topt.Alignment, moves: int, seconds: float) -> dict[str, Any]:
    """Re-solve once; the answer is checked against what was asked by counting here."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = resolve(problem, start=start, moves_at_most=moves, time_limit=seconds, gap=1e-4)
    row: dict[str, Any] = {
        "moves_at_most": moves,
        "time_limit": seconds,
        "cpu_s": round(time.process_time() - cpu, 3),
        "wall_s": round(time.perf_counter() - wall, 3),
        "reason": result.termination.reason.value,
        "detail": result.termination.detail,
        "n_placed": result.n_placed,
        "bound": result.bound,
        "load_average": os.getloadavg()[0],
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    if result.has_alignment:
        before = start.rep_id[start.rep_index]
        after = result.alignment.rep_id[result.alignment.rep_index]
        stays = np.isin(before, problem.team.rep_id)
        row |= {
            "n_moved": int((before != after)[stays].sum()),
            "feasible": topt.evaluate(problem, result.alignment).feasible,
            "objective": result.objective,
            "gap": result.gap,
        }
    return row


if __name__ == "__main__":
    main()
