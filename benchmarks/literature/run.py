"""Published generalised-assignment instances against their best-known values.

python -m benchmarks.literature.run run FOLDER gap1-0 c05100 ...   # or --set proof | hard; appends to results.jsonl
python -m benchmarks.literature.run table                          # prints the table of results.jsonl

FOLDER holds the files of the instances (one problem each) in a folder ``gap`` and ``best_known.csv`` beside it.
"""

from __future__ import annotations

import argparse
import csv
import math
import re
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median

import territory_opt as topt
from benchmarks.common import append, newest, table, timed
from territory_opt.instances import read_instance

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.jsonl"


def family(name: str) -> str:
    """``gap7-3`` is of gap1-12, ``c10200`` of c."""
    return "gap1-12" if name.startswith("gap") else name[0]


def chosen(rows: list[dict[str, str]], which: str) -> list[str]:
    """Names of a set: ``proof`` is gap1-12, a, b, c up to 400 items; ``hard`` is d and e."""
    wanted = ("gap1-12", "a", "b", "c") if which == "proof" else ("d", "e")
    return [row["instance"] for row in rows if family(row["instance"]) in wanted and int(row["n"]) <= 400]


def run(folder: Path, names: list[str], which: str | None, solver: str, time_limit: float, threads: int) -> None:
    """Solve, hold against the published value, append one line each."""
    with (folder / "best_known.csv").open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["family"] == "gap"]
    best = {row["instance"]: row for row in rows}
    for name in names or chosen(rows, which or "proof"):
        path = folder / "gap" / name
        if name not in best or not path.exists():
            print(f"{name}: not there", file=sys.stderr)
            continue
        problem = read_instance(path, "gap")
        result, seconds = timed(
            lambda problem=problem: topt.solve(
                problem, solver=solver, gap=0.0, time_limit=time_limit, seed=1, threads=threads
            )
        )
        known = float(best[name]["best_known"])
        row = {
            "instance": name,
            "family": family(name),
            "n": problem.n_accounts,
            "k": problem.n_reps,
            "asked_solver": solver,
            "solver": result.solver,
            "time_limit": time_limit,
            "threads": threads,
            "best_known": known,
            "best_known_source": best[name]["source"],
            "objective": result.objective if result.has_alignment else None,
            "bound": result.bound if math.isfinite(result.bound) else None,
            "gap": result.gap if math.isfinite(result.gap) else None,
            "above_best_known": (result.objective - known) / known if result.has_alignment else None,
            "reason": result.termination.reason.value,
            **seconds,
        }
        append(RESULTS, row)
        print(name, row["objective"], known, f"gap {row['gap']}", row["reason"], f"{row['cpu_seconds']:.2f} s cpu")


def show() -> None:
    """Print one line per family and solver, then every instance that was not proven."""
    rows = newest(RESULTS, lambda row: (row["instance"], row["asked_solver"]))
    groups = defaultdict(list)
    for row in rows:
        groups[row["family"], row["asked_solver"]].append(row)
    lines = []
    for (name, solver), some in sorted(groups.items(), key=lambda item: item[0]):
        cpu = [row["cpu_seconds"] for row in some]
        proven = [row for row in some if row["reason"] == "optimal"]
        equal = [row for row in some if row["objective"] is not None and row["objective"] <= row["best_known"]]
        lines.append([name, solver, len(some), len(proven), len(equal), f"{median(cpu):.2f}", f"{max(cpu):.2f}"])
    print(table(["family", "solver", "instances", "proven", "best known reached", "median cpu s", "most cpu s"], lines))
    slow = [row for row in rows if row["reason"] != "optimal" or row["cpu_seconds"] > 10]
    slow.sort(
        key=lambda row: (row["family"], [int(part) for part in re.findall(r"\d+", row["instance"])], row["solver"])
    )
    print("\nEvery instance that is not proven, or took more than 10 s of processor time:\n")
    cells = [
        [
            row["instance"],
            row["asked_solver"],
            f"{row['n']} x {row['k']}",
            f"{row['best_known']:g}",
            "-" if row["objective"] is None else f"{row['objective']:g}",
            "-" if row["bound"] is None else f"{row['bound']:.2f}",
            "-" if row["gap"] is None else f"{100 * row['gap']:.4f} %",
            "-" if row["above_best_known"] is None else f"{100 * row['above_best_known']:.4f} %",
            row["reason"],
            f"{row['cpu_seconds']:.1f}",
        ]
        for row in slow
    ]
    head = ["instance", "solver", "n x k", "best known", "found", "bound", "gap", "above best known", "reason", "cpu s"]
    print(table(head, cells))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    runs = commands.add_parser("run")
    runs.add_argument("folder", type=Path)
    runs.add_argument("names", nargs="*")
    runs.add_argument("--set", dest="which", choices=["proof", "hard"])
    runs.add_argument("--solver", default="auto")
    runs.add_argument("--time-limit", type=float, default=60.0)
    runs.add_argument("--threads", type=int, default=1)
    commands.add_parser("table")
    given = parser.parse_args()
    if given.command == "table":
        show()
    else:
        run(given.folder, given.names, given.which, given.solver, given.time_limit, given.threads)


if __name__ == "__main__":
    main()
