"""What the report benchmark recorded keeps its targets."""

from __future__ import annotations

import json
from pathlib import Path

RESULTS = Path(__file__).parents[2] / "benchmarks" / "reports" / "results" / "html.jsonl"


def test_the_page_of_twenty_thousand_accounts_is_small_quick_to_write_and_quick_to_open() -> None:
    rows = [json.loads(line) for line in RESULTS.read_text("utf-8").splitlines()]
    newest = {(row["n_accounts"], row["n_books"]): row for row in rows}
    row = newest[20_000, 150]
    assert row["write_cpu_seconds"] < 5.0 and row["bytes"] < 5_000_000 and row["ready_ms"] < 2_000
    assert (100_000, 600) in newest and (20_000, 10_000) in newest
