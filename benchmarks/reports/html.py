"""Writing the report page, and opening it in a headless Chromium.

    python -m benchmarks.reports.html            # all sizes; results in benchmarks/reports/results
    python -m benchmarks.reports.html --smoke    # the smallest size, nothing recorded

Per size: processor seconds of ``write_html``, bytes of the file, and in the browser (1,280 x 900, no cache, a file on
the same disk) the milliseconds from the start of navigation until the script has brought both tables and the map to
life, the heap of the page, and how long it does not answer while it sorts, filters and redraws.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

import territory_opt as topt
from benchmarks.common import append, newest, table, timed
from territory_opt.data.names import FIRST_WORDS, LAST_WORDS
from territory_opt.termination import Limit, Reason, Termination

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from chromium import Browser

RESULTS = Path(__file__).parent / "results"
SIZES = ((1_800, 20), (20_000, 150), (100_000, 600), (20_000, 10_000))
RUNS = 3
ACTIONS = {
    "sort_number_ms": "document.querySelectorAll('#accounts thead button')[5].click()",
    "sort_text_ms": "document.querySelectorAll('#accounts thead button')[1].click()",
    "filter_ms": "var b = document.getElementById('book'); b.value = '1'; b.dispatchEvent(new Event('change'))",
    "map_ms": "var f = document.getElementById('focus'); f.value = '1'; f.dispatchEvent(new Event('change'))",
    "books_ms": "document.querySelectorAll('#books thead button')[0].click()",
}


def result(n: int, k: int, seed: int = 1) -> topt.Result:
    """Names, places, owners, ten verticals; every account with its nearest rep, nothing solved."""
    rng = np.random.default_rng([seed, n, k])
    cities = rng.uniform((27, -121), (47, -71), (300, 2))
    weight = 1.0 / np.arange(1, 301)
    weight /= weight.sum()
    place = cities[rng.choice(300, n, p=weight)] + rng.normal(0, 0.25, (n, 2))
    home = cities[rng.choice(300, k, p=weight)] + rng.normal(0, 0.25, (k, 2))
    near = np.asarray(cKDTree(home).query(place)[1])
    owner = np.where(rng.random(n) < 0.8, near, rng.integers(0, k, n))
    words = rng.choice(FIRST_WORDS, (n, 2)), rng.choice(sum(LAST_WORDS.values(), ()), n)
    accounts = {
        "account_id": [f"A-{i:06d}" for i in range(n)],
        "name": [f"{a} {b} {c}" for (a, b), c in zip(*words, strict=True)],
        "named_acv": np.round(25_000 * rng.lognormal(0, 1.2, n)),
        "white_space_acv": np.round(15_000 * rng.lognormal(0, 1.2, n)),
        "lat": place[:, 0],
        "lon": place[:, 1],
        "owner": [f"R{j}" for j in owner],
        "vertical": rng.choice([f"V{v}" for v in range(10)], n),
        "partner_sourced": rng.random(n) < 0.08,
    }
    reps = {"rep_id": [f"R{j}" for j in range(k)], "lat": home[:, 0], "lon": home[:, 1]}
    criteria = [topt.Balance("load", within=0.15), topt.Travel(weight=1.0), topt.Disruption("acv", weight=1e-4)]
    tables = topt.Accounts.from_frame(accounts), topt.Team.from_frame(reps)
    problem = topt.Problem(*tables, policy=topt.Policy(friction_per_hour=50.0), criteria=criteria)
    alignment = topt.Alignment.from_index(problem, near)
    evaluation = topt.evaluate(problem, alignment)
    end = Termination(Reason.FEASIBLE, Limit.GAP)
    bound = 0.99 * evaluation.objective
    return topt.Result(
        problem, end, bound, 1.0, "none", "made for the benchmark", seed, (), (), (alignment, evaluation)
    )


def measure(n: int, k: int) -> dict[str, Any]:
    made = result(n, k)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        made.write_html(path)  # Imports are not what is measured.
        writes = [timed(lambda: made.write_html(path))[1]["cpu_seconds"] for _ in range(RUNS)]
        rows = []
        for _ in range(RUNS):
            browser = Browser()
            try:
                browser.open(path)
                row = {"ready_ms": int(browser.run("document.documentElement.dataset.ready"))}
                row["heap_mb"] = round(browser.run("performance.memory.usedJSHeapSize / 1e6"))
                for name, action in ACTIONS.items():
                    script = f"(() => {{ const t = performance.now(); {action}; return performance.now() - t }})()"
                    row[name] = round(browser.run(script))
                assert not browser.errors, browser.errors
            finally:
                browser.close()
            rows.append(row)
        best = {name: min(row[name] for row in rows) for name in rows[0]}
        return {
            "n_accounts": n,
            "n_books": k,
            "write_cpu_seconds": round(min(writes), 3),
            "bytes": path.stat().st_size,
            "runs": RUNS,
            **best,
            "ready_ms_worst": max(row["ready_ms"] for row in rows),
        }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--smoke", action="store_true")
    chosen = options.parse_args()
    for n, k in SIZES[:1] if chosen.smoke else SIZES:
        row = measure(n, k)
        print(row, flush=True)
        if not chosen.smoke:
            append(RESULTS / "html.jsonl", row)
    if chosen.smoke:
        return
    rows = newest(RESULTS / "html.jsonl", lambda row: (row["n_accounts"], row["n_books"]))
    head = ("accounts", "books", "write, CPU s", "MB", "ready, ms (worst)", "heap, MB", "sort a number, ms")
    head += ("sort names, ms", "filter, ms", "map, ms", "sort books, ms", "load of the machine")
    body = (
        (
            f"{row['n_accounts']:,}",
            f"{row['n_books']:,}",
            f"{row['write_cpu_seconds']:.2f}",
            f"{row['bytes'] / 1e6:.2f}",
            f"{row['ready_ms']:,} ({row['ready_ms_worst']:,})",
            row["heap_mb"],
            *(row[name] for name in ACTIONS),
            row["load_average"],
        )
        for row in rows
    )
    (RESULTS / "html.md").write_text(table(head, body) + "\n")


if __name__ == "__main__":
    main()
