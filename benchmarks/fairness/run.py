"""Run the fairness benchmark: `python -m benchmarks.fairness.run [--smoke] [--only NAME ...]`.

Every case runs in a process of its own, so that memory and imports are its own. Results are appended to
``benchmarks/fairness/results/results.jsonl``; ``benchmarks/fairness/results/table.md`` is made from them.
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

import numpy as np

from benchmarks.common import append, newest, peak_mb, table, timed
from benchmarks.fairness.instances import market, values_of

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "results.jsonl"
REPEATS = 3


def fastest(work: Callable[[], Any], repeats: int = REPEATS) -> tuple[Any, dict[str, float]]:
    """Answer and times of the run with the fewest processor seconds, and the memory that all runs added."""
    before = peak_mb()
    answer, best = timed(work)
    for _ in range(repeats - 1):
        answer, took = timed(work)
        best = min(best, took, key=lambda one: one["cpu_seconds"])
    return answer, best | {"peak_mb": peak_mb(), "extra_peak_mb": peak_mb() - before}


def metrics_from_arrays(n_accounts: int, n_reps: int) -> dict[str, Any]:
    """Totals and all metrics of five measures."""
    from territory_opt import metrics

    accounts, _, rep_index = market(n_accounts, n_reps)
    values = values_of(accounts)

    def work() -> float:
        books = metrics.totals(rep_index, values, n_reps)
        found = [metrics.cv(books), metrics.gini(books), metrics.jain(books), metrics.theil(books)]
        found += [metrics.atkinson(books), metrics.max_min_ratio(books)]
        found.append(metrics.share_in_band(books, *metrics.band_limits(books, 0.15)))
        return float(found[0][0])

    work()
    cv, took = fastest(work)
    return took | {"cv_of_load": cv}


def metrics_in_pandas(n_accounts: int, n_reps: int) -> dict[str, Any]:
    """The same metrics by groupby and textbook formulas."""
    import pandas as pd

    accounts, _, rep_index = market(n_accounts, n_reps)
    frame = pd.DataFrame(values_of(accounts).T)
    frame["rep"] = rep_index

    def work() -> float:
        books = frame.groupby("rep").sum()
        found = []
        for name in books:
            x = books[name].to_numpy()
            share = x / x.mean()
            gini = np.abs(x[:, None] - x).sum() / (2 * x.size**2 * x.mean())
            jain = x.sum() ** 2 / (x.size * (x**2).sum())
            theil = (share * np.log(share)).mean()
            atkinson = 1 - np.sqrt(share).mean() ** 2
            in_band = (np.abs(x - np.median(x)) <= 0.15 * np.median(x)).mean()
            found.append((x.std() / x.mean(), gini, jain, theil, atkinson, x.max() / x.min(), in_band))
        return float(found[0][0])

    work()
    cv, took = fastest(work)
    return took | {"cv_of_load": cv}


def _report(n_accounts: int, n_reps: int, *, places: bool) -> tuple[Any, Any, Any]:
    import territory_opt as topt

    accounts, reps, rep_index = market(n_accounts, n_reps, places=places)
    problem = topt.Problem(
        topt.Accounts.from_frame(accounts),
        topt.Team.from_frame(reps),
        criteria=[
            topt.Balance("load", within=0.15, of="median"),
            topt.Balance("tam", within=0.15, of="mean"),
            topt.Balance("partner_acv", within=0.30, of="mean"),
        ],
    )
    return topt, problem, topt.Alignment.from_index(problem, rep_index)


def report_case(n_accounts: int, n_reps: int) -> dict[str, Any]:
    """The whole fairness report, from a problem and an alignment."""
    topt, problem, alignment = _report(n_accounts, n_reps, places=True)
    topt.fairness(problem, alignment)
    report, took = fastest(lambda: topt.fairness(problem, alignment))
    return took | {"n_measures": len(report.measures), "cv_of_load": report.measure("load").cv}


def risk_case(n_accounts: int, n_reps: int, draws: int) -> dict[str, Any]:
    """The report under forecast error."""
    topt, problem, alignment = _report(n_accounts, n_reps, places=False)
    report = topt.fairness(problem, alignment)
    report.under_uncertainty(draws=2)
    if n_accounts * draws >= 50_000_000:
        import territory_opt.kernels.draws  # noqa: F401  (compiled or read from the cache before the clock starts)
    risk, took = fastest(lambda: report.under_uncertainty(draws=draws))
    cv = risk.measure("load").interval("cv")
    return took | {
        "n_measures": len(risk.measures),
        "ns_per_sample": 1e9 * took["cpu_seconds"] / n_accounts / draws,
        "cv_of_load": cv.point,
        "cv_low": cv.low,
        "cv_high": cv.high,
    }


def risk_in_numpy(n_accounts: int, n_reps: int, draws: int) -> dict[str, Any]:
    """CV under forecast error as anybody would write it: one draw at a time, one bincount per measure."""
    accounts, _, rep_index = market(n_accounts, n_reps)
    values = values_of(accounts)
    _, segment = np.unique(accounts["segment"].astype(str), return_inverse=True)
    rng = np.random.default_rng(1)

    def work() -> Any:
        found = np.empty((draws, len(values)))
        for d in range(draws):
            shared = rng.standard_normal(3)
            error = np.exp(0.3 * (np.sqrt(0.3) * shared[segment] + np.sqrt(0.7) * rng.standard_normal(n_accounts)))
            for m, value in enumerate(values):
                books = np.bincount(rep_index, weights=value * error, minlength=n_reps)
                found[d, m] = books.std() / books.mean()
        return found

    found, took = fastest(work, repeats=1)
    low, high = np.quantile(found[:, 0], [0.05, 0.95]).tolist()
    cost = {"ns_per_sample": 1e9 * took["cpu_seconds"] / n_accounts / draws}
    return took | cost | {"n_measures": len(values), "cv_low": low, "cv_high": high}


def compile_cold() -> dict[str, Any]:
    """What the compiler costs the first large run: the import of the kernel in a new process, with an empty cache."""
    line = "import numba, time; began = time.process_time(); import territory_opt.kernels.draws; "
    line += "print(time.process_time() - began)"
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
        found = []
        for _ in range(2):
            began = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", line], env=environment, check=True, capture_output=True, text=True
            )
            found.append((time.perf_counter() - began, float(done.stdout)))
    return {"seconds": found[0][0], "cpu_seconds": found[0][1], "from_cache_cpu_seconds": found[1][1]}


def cases(*, smoke: bool) -> dict[str, Callable[[], dict[str, Any]]]:
    """Every case by name."""
    if smoke:
        return {
            "metrics from arrays, 2,000 x 20": partial(metrics_from_arrays, 2_000, 20),
            "report, 2,000 x 20": partial(report_case, 2_000, 20),
            "forecast risk, 2,000 x 20, 100 draws": partial(risk_case, 2_000, 20, 100),
        }
    million = 1_000_000
    return {
        "metrics from arrays, 1,000,000 x 1,000": partial(metrics_from_arrays, million, 1_000),
        "metrics in pandas, 1,000,000 x 1,000": partial(metrics_in_pandas, million, 1_000),
        "report, 20,000 x 50": partial(report_case, 20_000, 50),
        "report, 1,000,000 x 1,000": partial(report_case, million, 1_000),
        "forecast risk, 1,800 x 20, 1,000 draws": partial(risk_case, 1_800, 20, 1_000),
        "forecast risk, 20,000 x 50, 1,000 draws": partial(risk_case, 20_000, 50, 1_000),
        "forecast risk, 1,000,000 x 1,000, 1,000 draws": partial(risk_case, million, 1_000, 1_000),
        "CV in a NumPy loop, 1,000,000 x 1,000, 1,000 draws": partial(risk_in_numpy, million, 1_000, 1_000),
        "compiling the draws, cold": compile_cold,
    }


def write_table() -> None:
    """Make the table from the newest result of every case."""

    def cell(row: dict[str, Any], name: str, form: str) -> str:
        return format(row[name], form) if isinstance(row.get(name), int | float) else ""

    lines = [
        (
            row["case"],
            cell(row, "seconds", ".3f"),
            cell(row, "cpu_seconds", ".3f"),
            cell(row, "ns_per_sample", ".1f"),
            cell(row, "peak_mb", ",.0f"),
            cell(row, "extra_peak_mb", ",.0f"),
            cell(row, "load_average", ".1f"),
            row["commit"],
        )
        for row in newest(RESULTS, lambda row: row["case"])
    ]
    head = ("case", "seconds", "processor seconds", "ns per sample", "peak MB", "MB added", "load average", "commit")
    made = "Made by `python -m benchmarks.fairness.run` from `results.jsonl`; newest result of every case.\n\n"
    (HERE / "results" / "table.md").write_text(made + table(head, lines) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="three small cases; nothing is written")
    parser.add_argument("--only", nargs="*", help="cases whose name contains one of these")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    found = cases(smoke=arguments.smoke)
    if arguments.case:
        print(json.dumps(found[arguments.case]()))
        return 0
    environment = {**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")}
    failed = 0
    for name in found:
        if arguments.only and not any(part in name for part in arguments.only):
            continue
        command = [sys.executable, "-m", "benchmarks.fairness.run", "--case", name]
        command += ["--smoke"] if arguments.smoke else []
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            failed += 1
            print(f"{name}: failed\n{done.stderr}")
            continue
        row = {"case": name, **json.loads(done.stdout.splitlines()[-1])}
        print(f"{name}: {row['seconds']:.3f} s, {row['cpu_seconds']:.3f} s of processor time")
        if not arguments.smoke:
            append(RESULTS, row)
    if not arguments.smoke:
        write_table()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
