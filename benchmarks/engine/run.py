"""Engine benchmark: one JSON line per run, and the table made from them.

See README.md beside this file for the protocol. Examples::

    python benchmarks/engine/run.py size --sizes 10000x50 100000x200 --seeds 1 2 3
    python benchmarks/engine/run.py feasible --sizes 1000x10 --bands 0.05/0.10 0.01/0.05 --seeds $(seq 0 49)
    python benchmarks/engine/run.py exact --sizes 1000x10 10000x50 --seeds $(seq 0 49)
    python benchmarks/engine/run.py lumpy
    python benchmarks/engine/run.py peers --sizes 1000x10 10000x50 --seconds 100
    python benchmarks/engine/run.py table results.jsonl
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from generator import make_instance
from peers import PEERS

from territory_opt.solvers.lagrangian.engine import solve_instance
from territory_opt.solvers.lagrangian.instance import EngineInstance


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_engine(inst: EngineInstance, **options: Any) -> dict[str, Any]:
    before = memory_mb()
    wall, cpu = time.perf_counter(), time.process_time()
    outcome = solve_instance(inst, seed=0, **options)
    return {
        "solver": "engine", "status": outcome.status.value, "limit": outcome.limit and outcome.limit.value,
        "objective": outcome.objective, "bound": outcome.bound, "gap": outcome.gap,
        "wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu,
        "memory_beyond_input_mb": memory_mb() - before,
        "stages_s": {name: round(value, 4) for name, value in outcome.seconds.items()}, "detail": outcome.detail,
    }  # fmt: skip


def instances(args: argparse.Namespace, **extra: Any) -> Iterator[tuple[dict[str, Any], EngineInstance]]:
    for size in args.sizes:
        n, k = (int(part) for part in size.split("x"))
        for bands in args.bands:
            load, units = (float(part) for part in bands.split("/"))
            for seed in args.seeds:
                name = {"n": n, "k": k, "bands": bands, "seed": seed}
                yield name, make_instance(n, k, seed=seed, load_band=load, units_band=units, **extra)


def warm_up() -> float:
    """Compile or load every kernel; returns the seconds that took."""
    start = time.perf_counter()
    solve_instance(make_instance(300, 4, seed=0), gap=1.0, time_limit=5, seed=0)
    return time.perf_counter() - start


def plain(value: Any) -> Any:
    """JSON has no infinity: what is not proven or not found is null."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value


def emit(args: argparse.Namespace, kind: str, name: dict[str, Any], record: dict[str, Any]) -> None:
    line = json.dumps(plain({"kind": kind, **name, **record}), default=float, allow_nan=False)
    print(line, flush=True)
    if args.out:
        with Path(args.out).open("a") as file:
            file.write(line + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["size", "feasible", "exact", "lumpy", "peers", "table"])
    parser.add_argument("results", nargs="?", help="results file (table only)")
    parser.add_argument("--sizes", nargs="+", default=["10000x50"])
    parser.add_argument("--bands", nargs="+", default=["0.05/0.10"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--gap", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out")
    args = parser.parse_args()
    if args.kind == "table":
        print_table(Path(args.results))
        return
    host = {"python": platform.python_version(), "machine": platform.machine(), "kernels_s": warm_up()}
    print(json.dumps({"kind": "host", **host}), file=sys.stderr)
    families = {"lumpy": {"n_lumps": 25, "lump_share": 0.6}, "exact": {"n_exact": 3}}
    extra = families.get(args.kind, {})
    for name, inst in instances(args, **extra):
        record = run_engine(inst, gap=args.gap, time_limit=args.seconds, threads=args.threads)
        emit(args, args.kind, name, {"asked_gap": args.gap, "threads": args.threads, **record})
        if args.kind == "peers":
            for title, peer in PEERS.items():
                emit(args, args.kind, name, {"solver": title, **peer(inst, args.seconds, record["bound"])})


def print_table(path: Path) -> None:
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for line in path.read_text().splitlines():
        one = json.loads(line)
        name = one["solver"] + (f", {one['threads']} threads" if one.get("threads", 1) > 1 else "")
        groups[one["kind"], name, one["n"], one["k"], one["bands"], one.get("asked_gap")].append(one)
    print("| run | solver | n x k | bands | asked gap | seeds | answered | median wall s | median cpu s | median gap |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for (kind, solver, n, k, bands, asked), runs in groups.items():
        good = [r for r in runs if r["status"] in ("feasible", "optimal")]
        proven = sum(r["status"] == "infeasible" for r in runs)
        gap = f"{np.median([np.inf if r['gap'] is None else r['gap'] for r in good]):.2e}" if good else "-"
        answered = f"{len(good)}" + (f" + {proven} proven infeasible" if proven else "")
        wall, cpu = (np.median([r[key] for r in runs]) for key in ("wall_s", "cpu_s"))
        print(f"| {kind} | {solver} | {n:,} x {k:,} | {bands} | {asked} | {len(runs)} | {answered} | {wall:.2f} "
              f"| {cpu:.2f} | {gap} |")  # fmt: skip


if __name__ == "__main__":
    main()
