"""Proof benchmark: how near to proven optimal ``solver="exact"`` gets within a time limit; one JSON line per run.

Examples::

    python benchmarks/exact/run.py engine --case 1000x10/1e-6/30 10000x50/3e-4/60 --seeds 1 2 --out results.jsonl
    python benchmarks/exact/run.py carve --case 1000x20/1e-4/60 --out results.jsonl
    python benchmarks/exact/run.py literature --folder <gap instances> --names a05100 d05100 --seconds 60
    python benchmarks/exact/run.py table benchmarks/exact/results.jsonl
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "engine"), str(HERE.parent / "carve")]

import territory_opt as topt  # noqa: E402


class Watch:
    """Notes at which second, of the processor and of the clock, the gap asked for was reached."""

    def __init__(self, gap: float) -> None:
        self.gap, self.cpu, self.wall = gap, time.process_time(), time.perf_counter()
        self.reached: tuple[float, float] | None = None

    def now(self) -> tuple[float, float]:
        return round(time.process_time() - self.cpu, 2), round(time.perf_counter() - self.wall, 2)

    def __call__(self, event: topt.Progress) -> None:
        if self.reached is None and event.gap is not None and event.gap <= self.gap:
            self.reached = self.now()

    def record(self, gap: float) -> dict[str, Any]:
        cpu, wall = self.now()
        reached = self.reached or ((cpu, wall) if gap <= self.gap else (None, None))
        return {
            "gap": gap, "asked": self.gap, "reached_cpu_s": reached[0], "reached_wall_s": reached[1], "cpu_s": cpu,
            "wall_s": wall,
        }  # fmt: skip


def cases(args: argparse.Namespace) -> list[tuple[int, int, float, float]]:
    found = []
    for case in args.case:
        size, gap, seconds = case.split("/")
        n, k = (int(part) for part in size.split("x"))
        found.append((n, k, float(gap), float(seconds)))
    return found


def run_engine(args: argparse.Namespace) -> None:
    from generator import make_instance

    from territory_opt.kernels import bookascent, booktree  # noqa: F401 - compiles
    from territory_opt.solvers.lagrangian.exact import solve_exact

    solve_exact(make_instance(200, 4, seed=0), gap=1e-9, time_limit=60, seed=0)  # compiles the rest
    for n, k, gap, seconds in cases(args):
        for seed in args.seeds:
            inst = make_instance(n, k, seed=seed, n_lumps=args.lumps, lump_share=0.6)
            watch = Watch(gap)
            outcome = solve_exact(inst, gap=gap, time_limit=seconds, seed=0, on_progress=watch)
            name = {"kind": "engine", "n": n, "k": k, "seed": seed, "lumps": args.lumps, "limit_s": seconds}
            emit(args, name | watch.record(outcome.gap) | {"status": outcome.status.value})


def run_carve(args: argparse.Namespace) -> None:
    from instances import carve_problem

    topt.solve(carve_problem(1_000, 5), solver=args.solver, gap=1e-7, time_limit=60)  # compiles
    for n, k, gap, seconds in cases(args):
        for seed in args.seeds:
            problem = carve_problem(n, k, of=args.of, seed=seed)
            watch = Watch(gap)
            result = topt.solve(problem, solver=args.solver, gap=gap, time_limit=seconds, on_event=watch)
            gap_found = result.gap if result.has_alignment else float("inf")
            name = {"kind": "carve", "n": n, "k": k, "seed": seed, "of": args.of, "solver": args.solver}
            emit(args, name | {"limit_s": seconds} | watch.record(gap_found) | {"status": str(result.termination)})


def run_literature(args: argparse.Namespace) -> None:
    folder = Path(args.folder)
    with (folder.parent / "best_known.csv").open() as lines:
        known = {row["instance"]: row for row in csv.DictReader(lines) if row["family"] == "gap"}
    for instance in args.names:
        best = float(known[instance]["best_known"])
        problem = topt.read_instance(folder / instance, format="gap")
        watch = Watch(args.gap)
        result = topt.solve(problem, solver=args.solver, gap=args.gap, time_limit=args.seconds, on_event=watch)
        found = result.objective if result.has_alignment else float("inf")
        name = {"kind": "gap", "instance": instance, "solver": args.solver, "limit_s": args.seconds}
        score = {"objective": found, "bound": result.bound, "best_known": best, "above_best": found / best - 1.0}
        emit(args, name | watch.record(result.gap if result.has_alignment else float("inf")) | score)


def run_table(args: argparse.Namespace) -> None:
    """Print the newest line of every case as a table."""
    newest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for line in Path(args.results).read_text().splitlines():
        row = json.loads(line)
        newest[tuple(row.get(name) for name in ("kind", "n", "k", "lumps", "instance", "seed", "asked", "limit_s"))] = (
            row
        )
    lines = ["| instance | seed | asked | limit s | reached after s | gap at the end |", "|---|---|---|---|---|---|"]
    for row in newest.values():
        name = row.get("instance") or f"{row['kind']} {row['n']:,} x {row['k']}"
        name += f", {row['lumps']} lumps" if row.get("lumps") else ""
        reached = "-" if row["reached_wall_s"] is None else f"{row['reached_wall_s']:.1f}"
        gap = "none" if row["gap"] is None else f"{row['gap']:.1e}"
        lines.append(f"| {name} | {row.get('seed', '')} | {row['asked']:g} | {row['limit_s']:g} | {reached} | {gap} |")
    sys.stdout.write("\n".join(lines) + "\n")


def emit(args: argparse.Namespace, record: dict[str, Any]) -> None:
    record = record | {"python": platform.python_version(), "machine": platform.machine()}
    line = json.dumps({key: None if value in (float("inf"), float("-inf")) else value for key, value in record.items()})
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    if args.out:
        with Path(args.out).open("a") as out:
            out.write(line + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(required=True)
    for name, job in (("engine", run_engine), ("carve", run_carve), ("literature", run_literature)):
        kind = kinds.add_parser(name)
        kind.set_defaults(job=job)
        kind.add_argument("--out", default="")
        kind.add_argument("--solver", default="exact")
        kind.add_argument("--case", nargs="+", default=[], help="n x k / gap / seconds, as 1000x10/1e-6/30")
        kind.add_argument("--seeds", nargs="+", type=int, default=[1])
        kind.add_argument("--of", default="mean")
        kind.add_argument("--lumps", type=int, default=0, help="accounts of 60 %% of a book (engine instances)")
        kind.add_argument("--folder", default="")
        kind.add_argument("--names", nargs="+", default=[])
        kind.add_argument("--gap", type=float, default=1e-6)
        kind.add_argument("--seconds", type=float, default=60.0)
    shown = kinds.add_parser("table")
    shown.set_defaults(job=run_table)
    shown.add_argument("results")
    args = parser.parse_args()
    args.job(args)


if __name__ == "__main__":
    main()
