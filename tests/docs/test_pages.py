"""The pages say what is true: their examples run, and their lists are complete."""

import re
from pathlib import Path

import pytest

import territory_opt

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: str(page.relative_to(ROOT))
)
def test_the_python_examples_of_a_page_run_in_order(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    space = {}
    for block in blocks(page, "python"):
        exec(compile(block, str(page), "exec"), space)


def test_the_reference_documents_exactly_the_public_names():
    documented = []
    for page in (ROOT / "docs" / "api").glob("*.md"):
        documented += re.findall(r"^::: territory_opt\.(\w+)$", page.read_text("utf-8"), re.MULTILINE)
    assert sorted(documented) == sorted(set(territory_opt.__all__) - {"__version__"})
    index = (ROOT / "docs" / "api" / "index.md").read_text("utf-8")
    assert "territory_opt.__version__" in index
    errors = {name for name in documented if name.endswith(("Error", "Warning"))} - {"TerritoryOptError"}
    assert set(re.findall(r"\[territory_opt\.(\w+)\]", index)) == set(documented) - errors


def test_the_first_two_shell_blocks_of_the_readme_are_the_job_and_the_tests():
    job, tests = blocks(ROOT / "README.md", "sh")
    assert job.count("\n") == 1
    assert "territory-opt demo" in job
    assert "pytest" in tests


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target
