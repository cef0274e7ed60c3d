"""The recorded runs on published instances are plain JSON, and say nothing better than what is proven."""

import json
from pathlib import Path

RESULTS = Path(__file__).parents[2] / "benchmarks" / "literature" / "results.jsonl"


def strictly(word):
    raise ValueError(f"{word} is not JSON")


def test_no_recorded_answer_is_below_its_bound_or_below_a_proven_best():
    rows = [json.loads(line, parse_constant=strictly) for line in RESULTS.read_text("utf-8").splitlines()]
    assert {row["family"] for row in rows} >= {"gap1-12", "a", "b", "c", "d", "e"}
    for row in rows:
        assert row["bound"] <= row["best_known"] + 1e-6 * row["best_known"], row
        if row["objective"] is not None:
            # All best-known values of these families are proven in the literature.
            assert row["objective"] >= row["best_known"], row
        if row["reason"] == "optimal":
            assert row["objective"] == row["best_known"], row
