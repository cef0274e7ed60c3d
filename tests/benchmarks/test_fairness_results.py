"""What the fairness benchmark recorded, and the table made from it, say the same."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "fairness" / "results"


def test_the_recorded_runs_are_json_and_name_their_machine() -> None:
    rows = [json.loads(line) for line in (RESULTS / "results.jsonl").read_text("utf-8").splitlines()]
    assert rows
    for row in rows:
        assert row["case"] and row["processor"] and row["versions"] and row["commit"]
        assert row["cpu_seconds"] > 0


def test_the_table_is_the_one_that_the_results_make(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    run = importlib.import_module("benchmarks.fairness.run")
    (tmp_path / "results").mkdir()
    shutil.copy(RESULTS / "results.jsonl", tmp_path / "results")
    monkeypatch.setattr(run, "HERE", tmp_path)
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results" / "results.jsonl")
    run.write_table()
    assert (tmp_path / "results" / "table.md").read_text("utf-8") == (RESULTS / "table.md").read_text("utf-8")
    cases = set(run.cases(smoke=False))
    assert {json.loads(line)["case"] for line in (RESULTS / "results.jsonl").read_text("utf-8").splitlines()} == cases
