"""``demo`` and the door itself."""

import json
import subprocess
import sys

import pytest

import territory_opt


def test_the_demo_writes_every_file_and_names_the_report(start, tmp_path):
    process = start("demo", "-o", tmp_path / "out")
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "Proven within" in output or "Proven best" in output
    assert f"Report: {tmp_path / 'out' / 'report.html'}" in output
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names >= {"alignment.csv", "books.csv", "fairness.json", "result.json", "report.html"}
    assert names >= {"accounts.csv", "reps.csv", "carve.json"}
    result = json.loads((tmp_path / "out" / "result.json").read_text("utf-8"))
    assert result["n_accounts"] == 1800
    assert all(criterion["satisfied"] for criterion in result["criteria"])


def test_progress_goes_to_standard_error_only(start, tables, tmp_path):
    process = start("carve", *tables, "-o", tmp_path)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "screen" in errors
    assert "\x1b" not in output + errors
    assert "\r" not in output + errors


@pytest.mark.parametrize("command", [(), ("demo",), ("check",), ("carve",), ("report",), ("serve-schema",)])
def test_help_explains_every_command(run, command):
    done = run(*command, "--help")
    assert done.exit_code == 0
    assert "Usage: territory-opt" in done.output


def test_without_arguments_help_is_shown(run):
    assert "Usage: territory-opt" in run().output


def test_the_version_is_the_packages(run):
    assert run("--version").output.strip() == f"territory-opt {territory_opt.__version__}"


def test_an_unknown_command_is_bad_input(run):
    assert run("carv").exit_code == 2


def test_the_library_does_not_import_the_command_line():
    code = "import sys, territory_opt; sys.exit(any(m.split('.')[0] in ('typer', 'rich') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("which", ["result", "problem", "record"])
def test_serve_schema_prints_every_published_schema(run, which):
    printed = json.loads(run("serve-schema", "--of", which).output)
    assert printed["$id"] == f"territory-opt/{which}/1"
