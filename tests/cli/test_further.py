"""``--excel``, ``--rep-sheets``, ``--geojson`` and ``--pdf``."""

import sys
import warnings

import openpyxl
import pytest

from territory_opt.cli import further
from territory_opt.report.excel import write

RULES = ("--units", 5, 60)


@pytest.fixture
def carved(run, tables, tmp_path):
    folder = tmp_path / "out"
    assert run("carve", *tables, "-o", folder, *RULES, "--excel", "--geojson", "--pdf", "all").exit_code == 0
    return folder


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_a_carve_writes_the_files_that_are_asked_for(carved):
    books = {"book-R-0.pdf", "book-R-1.pdf", "book-R-2.pdf"}
    assert names(carved) >= {"carve.xlsx", "carve.geojson", "alignment.csv", *books}
    assert (carved / "book-R-1.pdf").read_bytes().startswith(b"%PDF-")


def test_the_next_carve_leaves_no_workbook_of_the_last(run, tables, carved):
    done = run("carve", *tables, "-o", carved, *RULES)
    assert done.exit_code == 0
    assert not {"carve.xlsx", "carve.geojson"} & names(carved)
    assert "removed carve.xlsx, carve.geojson" in " ".join(done.output.split())


def test_a_report_can_have_them_later(run, tables, tmp_path):
    folder = tmp_path / "out"
    assert run("carve", *tables, "-o", folder, *RULES).exit_code == 0
    done = run("report", folder, "-o", tmp_path / "new" / "page.html", "--rep-sheets", "--pdf", "R-2")
    assert done.exit_code == 0, done.output
    assert names(tmp_path / "new") == {"page.html", "carve.xlsx", "book-R-2.pdf"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # openpyxl does not keep data bars of Excel 2010
        assert "Rep 1" in openpyxl.load_workbook(tmp_path / "new" / "carve.xlsx").sheetnames


def test_an_unknown_rep_is_refused_before_the_search(run, tables, tmp_path):
    done = run("carve", *tables, "-o", tmp_path / "out", *RULES, "--pdf", "R-9", "--pdf", "R-8")
    assert done.exit_code == 2
    assert "R-9" in done.output and "R-8" in done.output
    assert not (tmp_path / "out").exists()


def test_a_missing_package_is_told_before_the_search(run, tables, tmp_path, monkeypatch):
    monkeypatch.setattr(further, "find_spec", lambda name: None if name == "xlsxwriter" else sys)
    done = run("carve", *tables, "-o", tmp_path / "out", "--excel")
    assert done.exit_code == 2
    assert "pip install 'territory-opt[excel]'" in " ".join(done.output.split())
    assert not (tmp_path / "out").exists()


def test_too_many_sheets_are_refused_before_the_search(run, tables, tmp_path, monkeypatch):
    monkeypatch.setattr(write, "MOST_BOOK_SHEETS", 2)
    done = run("carve", *tables, "-o", tmp_path / "out", *RULES, "--rep-sheets")
    assert done.exit_code == 2 and "3 sheets of reps: at most 2" in " ".join(done.output.split())
    assert not (tmp_path / "out").exists()


def test_a_report_without_an_alignment_says_what_it_leaves_out(run, tables, tmp_path):
    assert run("carve", *tables, "-o", tmp_path, "--units", 1, 2, "--excel").exit_code == 3
    done = run("report", tmp_path, "--excel", "--geojson")
    assert done.exit_code == 0
    assert "no alignment: carve.xlsx, carve.geojson not written" in " ".join(done.output.split())
    assert not {"carve.xlsx", "carve.geojson"} & names(tmp_path)
