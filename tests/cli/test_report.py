"""``report``: the page again from saved results."""

import pytest

RULES = ("--units", 5, 60)


@pytest.fixture
def carved(run, tables, tmp_path):
    """A folder of results."""
    folder = tmp_path / "out"
    assert run("carve", *tables, "-o", folder, *RULES).exit_code == 0
    return folder


def test_a_folder_is_enough(run, carved):
    before = (carved / "report.html").read_text("utf-8")
    (carved / "report.html").unlink()
    done = run("report", carved)
    assert done.exit_code == 0, done.output
    assert (carved / "report.html").read_text("utf-8") == before


def test_a_folder_may_move_together_with_its_tables(run, carved, tables, tmp_path):
    (tmp_path / "new").mkdir()
    for path in (*tables, carved):
        path.rename(tmp_path / "new" / path.name)
    assert run("report", tmp_path / "new" / "out").exit_code == 0


def test_tables_and_a_result_with_the_same_rules_give_the_page(run, carved, tables, tmp_path):
    page = tmp_path / "sub" / "page.html"
    done = run("report", *tables, carved / "result.json", "-o", page, *RULES)
    assert done.exit_code == 0, done.output
    assert page.read_text("utf-8") == (carved / "report.html").read_text("utf-8")


def test_other_rules_are_refused(run, carved, tables):
    done = run("report", *tables, carved / "result.json")
    assert done.exit_code == 2
    assert "belongs to another problem" in done.output


def test_a_changed_table_is_refused(run, carved, tables):
    tables[0].write_text(tables[0].read_text("utf-8").replace("A-3,", "A-33,"), "utf-8")
    done = run("report", carved)
    assert done.exit_code == 2
    assert "belongs to another problem" in done.output


@pytest.mark.parametrize("text", ["", "{}", '{"schema": "territory-opt/result/1"}', "nonsense"])
def test_a_damaged_result_is_bad_input(run, carved, text):
    (carved / "result.json").write_text(text, "utf-8")
    done = run("report", carved)
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_a_folder_without_a_carve_is_bad_input(run, tmp_path):
    done = run("report", tmp_path)
    assert done.exit_code == 2
    assert "carve.json" in "".join(done.output.split())


def test_damaged_settings_are_bad_input(run, carved):
    (carved / "carve.json").write_text("{}", "utf-8")
    assert run("report", carved).exit_code == 2


def test_two_files_or_one_are_too_few(run, tables):
    for given in (tables, tables[:1]):
        done = run("report", *given)
        assert done.exit_code == 2 and "three files" in done.output


@pytest.mark.parametrize("endless", [("--units", 5, "inf"), (*RULES, "--time-limit", "inf")])
def test_what_has_no_end_is_kept_with_the_folder(run, tables, tmp_path, endless):
    assert run("carve", *tables, "-o", tmp_path / "out", *endless).exit_code == 0
    done = run("report", tmp_path / "out")
    assert done.exit_code == 0, done.output


def test_rules_with_a_folder_are_refused(run, carved):
    assert run("report", carved, *RULES).exit_code == 2


def test_the_report_of_an_infeasible_carve_says_why(run, tables, tmp_path):
    assert run("carve", *tables, "-o", tmp_path, "--units", 1, 2).exit_code == 3
    assert run("report", tmp_path).exit_code == 0
    assert "Account units of every book between 1 and 2" in (tmp_path / "report.html").read_text("utf-8")
