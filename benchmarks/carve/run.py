"""Run the carve benchmark: `python -m benchmarks.carve.run [--smoke] [--only NAME ...] [--hospitals CSV]`.

Every case runs in a process of its own, so that memory and imports are its own. Results are appended to
``benchmarks/carve/results/results.jsonl``; ``benchmarks/carve/results/table.md`` is made from them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.common import append, newest, peak_mb, table, timed

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "results.jsonl"


def compile_million() -> dict[str, Any]:
    """Formulate 1,000,000 binaries from tables and pass them to HiGHS as arrays."""
    from benchmarks.carve.instances import carve_problem
    from territory_opt.formulation import formulate
    from territory_opt.solvers.highs import highs_model

    problem = carve_problem(20_000, 50).without_criteria("eligible")
    carve_problem(100, 5)
    highs_model(formulate(carve_problem(100, 5)).program)  # imports done
    before = peak_mb()
    formulation, formulated = timed(lambda: formulate(problem))
    program = formulation.program
    model, passed = timed(lambda: highs_model(program))
    return {
        "n_binaries": int(program.integrality.sum()),
        "n_rows": program.n_rows,
        "n_nonzeros": program.n_nonzeros,
        "formulate_seconds": formulated["seconds"],
        "pass_seconds": passed["seconds"],
        "seconds": formulated["seconds"] + passed["seconds"],
        "extra_peak_mb": peak_mb() - before,
        "columns_in_highs": model.getNumCol(),
    }


def compile_naive_pulp() -> dict[str, Any]:
    """The same program as anybody would write it in PuLP: a variable per pair, a sum per row, then HiGHS."""
    import pulp

    from benchmarks.carve.instances import carve_problem
    from territory_opt.formulation import formulate

    program = formulate(carve_problem(20_000, 50).without_criteria("eligible")).program
    before = peak_mb()

    def build() -> Any:
        model = pulp.LpProblem("carve", pulp.LpMinimize)
        x = [pulp.LpVariable(f"x{c}", cat="Binary") for c in range(program.n_columns)]
        model += pulp.lpSum(float(cost) * variable for cost, variable in zip(program.cost, x, strict=True))
        for row in range(program.n_rows):
            part = range(program.indptr[row], program.indptr[row + 1])
            total = pulp.lpSum(float(program.values[at]) * x[program.indices[at]] for at in part)
            low, high = float(program.row_lower[row]), float(program.row_upper[row])
            if low == high:
                model += total == low
            else:
                model += total >= low
                model += total <= high
        solver = pulp.HiGHS(msg=False, timeLimit=0.0)
        solver.createAndConfigureSolver(model)
        solver.buildSolverModel(model)
        return model

    _, took = timed(build)
    return {"n_binaries": program.n_columns, **took, "extra_peak_mb": peak_mb() - before}


def solve_case(
    n_accounts: int,
    n_reps: int,
    *,
    gap: float,
    time_limit: float,
    solver: str = "auto",
    of: str = "mean",
    seed: int | None = None,
) -> dict[str, Any]:
    """One seeded instance, one solver."""
    import territory_opt as topt
    from benchmarks.carve.instances import SEED, carve_problem

    problem = carve_problem(n_accounts, n_reps, of=of, seed=SEED if seed is None else seed)
    return _solved(topt, problem, gap=gap, time_limit=time_limit, solver=solver)


def hospitals_case(path: str, *, gap: float, time_limit: float) -> dict[str, Any]:
    """US hospitals, 50 reps, 10 of them without a home, default criteria."""
    import territory_opt as topt
    from benchmarks.carve.instances import hospitals

    return _solved(topt, hospitals(Path(path)), gap=gap, time_limit=time_limit, solver="auto")


def _solved(topt: Any, problem: Any, *, gap: float, time_limit: float, solver: str) -> dict[str, Any]:
    result, took = timed(lambda: topt.solve(problem, gap=gap, time_limit=time_limit, solver=solver, seed=1))
    row: dict[str, Any] = {
        "n_accounts": problem.n_accounts,
        "n_reps": problem.n_reps,
        "criteria": [c.describe() for c in problem.criteria],
        "solver": result.solver,
        "asked_gap": gap,
        "time_limit": time_limit,
        "reason": str(result.termination),
        "peak_mb": peak_mb(),
        "solver_seed": 1,
        **took,
    }
    if result.has_alignment:
        load = result.fairness().measure("load")
        row |= {
            "objective": result.objective,
            "bound": result.bound,
            "gap": result.gap,
            "feasible": result.evaluation.feasible,
            "cv_of_load": load.cv,
        }
    return row


def import_light() -> dict[str, Any]:
    """`import territory_opt` beside `import numpy`, seven times each in turn, medians; and what got loaded."""

    def once(line: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", line], check=True)
        return time.perf_counter() - began

    pairs = [(once("import numpy"), once("import territory_opt")) for _ in range(8)][1:]
    numpy_seconds, ours = sorted(p[0] for p in pairs)[3], sorted(p[1] for p in pairs)[3]
    heavy = [
        "pandas",
        "scipy",
        "numba",
        "highspy",
        "pulp",
        "matplotlib",
        "altair",
        "jinja2",
        "narwhals",
        "polars",
        "rich",
        "typer",
        "pydantic",
    ]
    probe = f"import territory_opt, sys; print([m for m in {heavy!r} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True)
    return {
        "numpy_seconds": numpy_seconds,
        "seconds": ours,
        "more": ours - numpy_seconds,
        "loaded": loaded.stdout.strip(),
    }


def demo_cold() -> dict[str, Any]:
    """`territory-opt demo` to a written report, in a new process with no byte code cached."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": f"{folder}/cache"}
        command = [sys.executable, "-m", "territory_opt.cli", "demo", "-o", f"{folder}/out"]
        began = time.perf_counter()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - began
        written = sorted(path.name for path in Path(folder, "out").glob("*"))
        answer = json.loads(Path(folder, "out", "result.json").read_text())
    return {"seconds": seconds, "exit_code": done.returncode, "files": written, "gap": answer["gap"]}


def cases(*, smoke: bool, hospitals: str | None) -> dict[str, Callable[[], dict[str, Any]]]:
    """Every case by name."""
    if smoke:
        return {
            "import": import_light,
            "prove 60 x 6": lambda: solve_case(60, 6, gap=1e-6, time_limit=20),
            "core 200 x 10": lambda: solve_case(200, 10, gap=5e-3, time_limit=5, solver="core"),
        }
    found: dict[str, Callable[[], dict[str, Any]]] = {
        "import": import_light,
        "demo, cold": demo_cold,
        "compile 1,000,000 binaries": compile_million,
        "compile 1,000,000 binaries, naive PuLP": compile_naive_pulp,
        "prove 60 x 6": lambda: solve_case(60, 6, gap=1e-6, time_limit=60),
        "prove 60 x 6, median band": lambda: solve_case(60, 6, gap=1e-6, time_limit=60, of="median"),
    }
    for n, k, gap, limit in ((200, 10, 5e-3, 3), (500, 15, 2.5e-3, 20), (1000, 20, 2.5e-3, 10), (5000, 50, 2e-3, 60)):
        size = f"{n:,} x {k}"
        for solver in ("auto", "highs"):
            name = size if solver == "auto" else f"{size}, plain HiGHS"

            found[name] = partial(solve_case, n, k, gap=gap, time_limit=limit, solver=solver)
        if n <= 1000:
            found[f"{size}, median band"] = partial(solve_case, n, k, gap=gap, time_limit=30, of="median")
    for seed in (1, 2):
        found[f"200 x 10, seed {seed}"] = partial(solve_case, 200, 10, gap=5e-3, time_limit=3, seed=seed)
    if hospitals:
        found["hospitals 7,277 x 50"] = lambda: hospitals_case(hospitals, gap=3e-3, time_limit=60)
    return found


def write_table() -> None:
    """Make the table from the newest result of every case."""
    rows = newest(RESULTS, lambda row: row["case"])

    def cell(row: dict[str, Any], name: str, form: str) -> str:
        return format(row[name], form) if isinstance(row.get(name), int | float) else ""

    lines = [
        (
            row["case"],
            cell(row, "seconds", ".2f"),
            cell(row, "cpu_seconds", ".2f"),
            cell(row, "gap", ".4%"),
            cell(row, "extra_peak_mb" if "extra_peak_mb" in row else "peak_mb", ",.0f"),
            row.get("reason", row.get("loaded", "")),
            row["commit"],
        )
        for row in rows
    ]
    head = ("case", "seconds", "processor seconds", "gap", "MB", "outcome", "commit")
    made = "Made by `python -m benchmarks.carve.run` from `results.jsonl`; newest result of every case.\n\n"
    (HERE / "results" / "table.md").write_text(made + table(head, lines) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="three small cases; nothing is written")
    parser.add_argument("--only", nargs="*", help="cases whose name contains one of these")
    parser.add_argument("--hospitals", help="path of hospitals.csv (HIFLD)")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    found = cases(smoke=arguments.smoke, hospitals=arguments.hospitals)
    if arguments.case:
        print(json.dumps(found[arguments.case]()))
        return 0
    failed = 0
    for name in found:
        if arguments.only and not any(part in name for part in arguments.only):
            continue
        command = [sys.executable, "-m", "benchmarks.carve.run", "--case", name]
        command += ["--smoke"] if arguments.smoke else []
        command += ["--hospitals", arguments.hospitals] if arguments.hospitals else []
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            failed += 1
            print(f"{name}: failed\n{done.stderr}")
            continue
        row = {"case": name, **json.loads(done.stdout.splitlines()[-1])}
        print(
            f"{name}: {row.get('seconds', 0):.2f} s, gap {row.get('gap')}, {row.get('reason', row.get('loaded', ''))}"
        )
        if not arguments.smoke:
            append(RESULTS, row)
    if not arguments.smoke:
        write_table()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
