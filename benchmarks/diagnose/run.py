"""How long a diagnosis takes, and whether what it states holds.

Run ``python -m benchmarks.diagnose.run [--write] [--size N]``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

import territory_opt as topt
from benchmarks.carve.instances import carve_problem
from benchmarks.common import append, newest, table, timed

RESULTS = Path(__file__).parent / "results.jsonl"
PAGE = Path(__file__).parent / "results.md"
SIZES = ((1_000, 20), (10_000, 50), (100_000, 200))
SCARCE, N_SERVING = "V7", 3


def feasible(problem: topt.Problem) -> topt.Problem:
    """The carve benchmark as it is."""
    return problem


def too_many_units(problem: topt.Problem) -> topt.Problem:
    """Account units of 95 % of the average are the most a full book may hold."""
    average = float(problem.scores.account_units.sum() / problem.team.capacity.sum())
    return problem.with_criteria(topt.Balance("account_units", between=(0, 0.95 * average)))


def too_few_units(problem: topt.Problem) -> topt.Problem:
    """Every full book is to hold 105 % of the average of account units."""
    average = float(problem.scores.account_units.sum() / problem.team.capacity.sum())
    return problem.with_criteria(topt.Balance("account_units", between=(1.05 * average, np.inf)))


def scarce_vertical(problem: topt.Problem) -> topt.Problem:
    """A vertical with 9 % more than three reps can take, and nobody else serves it."""
    team = problem.team.to_frame()
    served = [set(text.split(";")) - {SCARCE} for text in team["verticals"]]
    team["verticals"] = [";".join(sorted(own | ({SCARCE} if j < N_SERVING else set()))) for j, own in enumerate(served)]
    accounts = problem.accounts.to_frame()
    wanted = 1.09 * 1.15 * problem.scores.gross_load.sum() / problem.team.capacity.sum()
    order = np.random.default_rng(7).permutation(len(accounts))
    load = np.cumsum(problem.scores.gross_load[order])
    chosen = order[: int(np.searchsorted(load, wanted * problem.team.capacity[:N_SERVING].sum()))]
    vertical = accounts["vertical"].replace(SCARCE, "V0").to_numpy(dtype=object).copy()
    vertical[chosen] = SCARCE
    accounts["vertical"] = vertical
    return problem.replace(accounts=topt.Accounts.from_frame(accounts), team=topt.Team.from_frame(team)).with_criteria(
        topt.Balance("account_units", within=0.5)
    )


def whale(problem: topt.Problem) -> topt.Problem:
    """One account of twelve books."""
    accounts = problem.accounts.to_frame()
    average = problem.scores.gross_load.sum() / problem.team.capacity.sum()
    accounts["named_acv"] = accounts["named_acv"].astype(float)
    accounts.loc[5, "named_acv"] = round(12 * average / 0.6)
    return problem.replace(accounts=topt.Accounts.from_frame(accounts))


def orphans(problem: topt.Problem) -> topt.Problem:
    """Twenty accounts of a vertical that nobody serves."""
    accounts = problem.accounts.to_frame()
    accounts.loc[:19, "vertical"] = "Aerospace"
    return problem.replace(accounts=topt.Accounts.from_frame(accounts))


CASES: tuple[Callable[[topt.Problem], topt.Problem], ...] = (
    feasible,
    too_many_units,
    too_few_units,
    scarce_vertical,
    whale,
    orphans,
)


def main() -> None:
    """Run every case at every size, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="append to results.jsonl and rewrite results.md")
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--size", type=int, choices=[n for n, _ in SIZES], help="accounts; all sizes by default")
    asked = parser.parse_args()
    for n_accounts, n_reps in [size for size in SIZES if asked.size in (None, size[0])]:
        base = carve_problem(n_accounts, n_reps)
        topt.solve(base, gap=1.0)  # Compiles the engine once, so that no case waits for it.
        for case in CASES:
            problem = case(base)
            found, took = timed(lambda problem=problem: topt.diagnose(problem, time_limit=asked.time_limit))
            ways = found.relaxations
            row = {
                "case": case.__name__,
                "n_accounts": n_accounts,
                "n_reps": n_reps,
                "feasible": found.feasible,
                "conflict": found.conflicts[0].sentence if found.conflicts else "",
                "n_conflicts": len(found.conflicts),
                "relaxations": [way.short for way in ways],
                "n_verified": sum(topt.evaluate(way.problem, way.alignment).feasible for way in ways),
                **took,
            }
            print(f"{case.__name__} {n_accounts}x{n_reps}: {took['cpu_seconds']:.1f} s CPU, {row['relaxations']}")
            if asked.write:
                append(RESULTS, row)
    if asked.write:
        PAGE.write_text(page(), "utf-8")


def page() -> str:
    """The table of the newest results."""
    rows = newest(RESULTS, lambda row: (row["case"], row["n_accounts"]))
    cells = [
        (
            f"{row['n_accounts']:,} x {row['n_reps']}",
            row["case"].replace("_", " "),
            row["conflict"] or "feasible",
            ", ".join(row["relaxations"]),
            f"{row['n_verified']} of {len(row['relaxations'])}",
            f"{row['cpu_seconds']:.1f}",
            f"{row['seconds']:.1f}",
        )
        for row in rows
    ]
    head = ("size", "case", "conflict", "ways out", "re-scored feasible", "CPU s", "wall s")
    loads = sorted({row["load_average"] for row in rows})
    note = (
        f"Load average of the machine while it ran: {loads[0]} to {loads[-1]}, {rows[0]['cores']} cores, one thread.\n"
    )
    return f"# Diagnosis\n\n{table(head, cells)}\n\n{note}"


if __name__ == "__main__":
    main()
