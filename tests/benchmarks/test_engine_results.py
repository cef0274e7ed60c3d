"""What the engine benchmark writes can be read by anything that reads JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

ENGINE = Path(__file__).parents[2] / "benchmarks" / "engine"


def strictly(text: str) -> object:
    def refuse(word: str) -> None:
        raise ValueError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_the_recorded_runs_are_json() -> None:
    lines = (ENGINE / "results.jsonl").read_text("utf-8").splitlines()
    assert lines
    for line in lines:
        strictly(line)


def test_what_is_not_proven_is_written_as_null(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(ENGINE))
    run = __import__("run")
    record = {
        "gap": np.inf,
        "bound": np.float64(-np.inf),
        "stages_s": {"carve": float("nan")},
        "objective": np.float64(2),
    }
    run.emit(argparse.Namespace(out=tmp_path / "one.jsonl"), "size", {"n": np.int64(3)}, record)
    told = strictly((tmp_path / "one.jsonl").read_text("utf-8"))
    assert told == {"kind": "size", "n": 3, "gap": None, "bound": None, "stages_s": {"carve": None}, "objective": 2.0}
