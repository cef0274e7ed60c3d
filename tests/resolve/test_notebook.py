"""The notebook about edits runs from top to bottom."""

import json
from pathlib import Path

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "06_after_the_carve.ipynb"


def test_the_notebook_runs_in_order(capsys) -> None:
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    space: dict[str, object] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), space)
    told = capsys.readouterr().out
    assert "moves; at least" in told
    assert "CounterMove(" in told
