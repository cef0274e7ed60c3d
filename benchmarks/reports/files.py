"""Writing the workbook, the points for a map, and the paper of one book.

    python -m benchmarks.reports.files            # all sizes; results in benchmarks/reports/results
    python -m benchmarks.reports.files --smoke    # the smallest size, nothing recorded

Every case runs in a process of its own. Memory is what the process grows by while it writes. Nothing is solved:
accounts go round the reps, which moves most of them and makes the sheet of changes as long as it gets.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import append, newest, table, timed

RESULTS = Path(__file__).parent / "results"
SMOKE = ("workbook 1,800 x 20",)
CASES: dict[str, tuple[str, int, int]] = {
    "workbook 1,800 x 20": ("excel", 1_800, 20),
    "workbook 20,000 x 60": ("excel", 20_000, 60),
    "workbook 20,000 x 60, a sheet per rep": ("sheets", 20_000, 60),
    "workbook 100,000 x 300": ("excel", 100_000, 300),
    "workbook 20,000 x 10,000": ("excel", 20_000, 10_000),
    "points 20,000 x 60": ("geojson", 20_000, 60),
    "points 100,000 x 300": ("geojson", 100_000, 300),
    "paper of a book of 300 accounts": ("pdf", 600, 2),
    "paper of a book of 2,500 accounts": ("pdf", 5_000, 2),
}


def measure(kind: str, n: int, k: int) -> dict[str, Any]:
    """Write one file; processor seconds, bytes, and what the process grew by."""
    import territory_opt as topt
    from territory_opt.data import make_sample
    from territory_opt.report.excel import write_excel
    from territory_opt.report.geojson import write_geojson
    from territory_opt.report.pdf import write_pdf

    accounts, reps = make_sample(n, k, 7)
    problem = topt.Problem(topt.Accounts.from_frame(accounts), topt.Team.from_frame(reps))
    homes = np.where(problem.places.open_reps, np.arange(k), -1)
    report = topt.fairness(problem, topt.Alignment.from_index(problem, np.arange(n) % k, homes))
    before = _forget_peak()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        work = {
            "excel": lambda: write_excel(report, path),
            "sheets": lambda: write_excel(report, path, sheets_per_rep=True),
            "geojson": lambda: write_geojson(report, path),
            "pdf": lambda: write_pdf(report, report.rep_id[0], path),
        }[kind]
        _, took = timed(work)
        return {
            "n_accounts": n,
            "n_reps": k,
            "bytes": path.stat().st_size,
            "grew_mb": _status_mb("VmHWM") - before,
            **took,
        }


def _forget_peak() -> float:
    """Start the kernel's record of peak memory again (Linux), and return what the process holds now, in MB."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status_mb("VmRSS")


def _status_mb(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) / 1024


def main() -> None:
    """Run the cases, and make the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--only", nargs="+", choices=CASES, metavar="CASE", help="some of the cases")
    parser.add_argument("--case", choices=CASES, help="run one case in this process and print it")
    asked = parser.parse_args()
    if asked.case:
        print(json.dumps(measure(*CASES[asked.case])))
        return
    for name in SMOKE if asked.smoke else asked.only or CASES:
        command = [sys.executable, "-m", "benchmarks.reports.files", "--case", name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        row = {"case": name, **json.loads(done.stdout.splitlines()[-1])}
        print(f"{name}: {row['cpu_seconds']:.1f} s, {row['bytes'] / 1e6:.1f} MB")
        if not asked.smoke:
            append(RESULTS / "files.jsonl", row)
    if not asked.smoke:
        rows = newest(RESULTS / "files.jsonl", lambda row: row["case"])
        lines = [
            (
                row["case"],
                f"{row['cpu_seconds']:.1f}",
                f"{row['seconds']:.1f}",
                f"{row['bytes'] / 1e6:.2f}",
                f"{row['grew_mb']:,.0f}",
            )
            for row in rows
        ]
        head = ("case", "processor s", "wall s", "file MB", "memory for writing, MB")
        (RESULTS / "files.md").write_text(table(head, lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
