"""``compare``: plans from files, side by side."""

import csv
import json

import pytest

import territory_opt as topt
from territory_opt.frames import read_csv

RULES = ("--units", 5, 60)


@pytest.fixture
def carved(run, tables, tmp_path):
    """Folders of two carves of the same tables."""
    folders = (tmp_path / "free", tmp_path / "calm")
    assert run("carve", *tables, "-o", folders[0], *RULES).exit_code == 0
    assert run("carve", *tables, "-o", folders[1], *RULES, "--moved-at-most", 0.3).exit_code == 0
    return folders


@pytest.fixture
def scenarios(tables, tmp_path):
    """A file of scenarios of the same tables."""
    accounts, team = (
        kind.from_frame(read_csv(path)[0]) for kind, path in zip((topt.Accounts, topt.Team), tables, strict=True)
    )
    problem = topt.Problem(accounts, team).with_criteria(topt.Balance("account_units", between=(5, 60)))
    listed = topt.Scenarios(problem).add("as asked").add("calm", topt.Disruption("acv", at_most=0.3)).add("later")
    return listed.solve("as asked", "calm").save(tmp_path / "scenarios.json")


def test_two_folders_are_compared_by_their_names(run, tables, carved):
    done = run("compare", *tables, *carved, *RULES)
    assert done.exit_code == 0, done.output
    assert "free" in done.output and "calm" in done.output
    assert "Take " in done.output
    assert "ACV that moves" in done.output


def test_alignments_get_the_names_they_are_given_and_today_comes_first(run, tables, carved, tmp_path):
    out = tmp_path / "table.json"
    plans = [f"one={carved[0] / 'alignment.csv'}", f"two={carved[1] / 'alignment.csv'}"]
    done = run("compare", *tables, *plans, "--today", "--base", "one", "-o", out, *RULES)
    assert done.exit_code == 0, done.output
    table = json.loads(out.read_text("utf-8"))
    assert table["names"] == ["today", "one", "two"]
    assert table["base"] == "one"
    moved = next(row for row in table["rows"] if row["what"] == "accounts that move")
    assert moved["values"][0] == 0


def test_a_file_of_scenarios_is_scored_by_its_own_criteria(run, tables, scenarios, tmp_path):
    out = tmp_path / "table.csv"
    done = run("compare", *tables, scenarios, "-o", out)
    assert done.exit_code == 0, done.output
    assert "scored by the criteria of" in done.output
    assert "'later' has no alignment" in done.output
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert "account units of every book between 5 and 60 per full book" in {row["what"] for row in rows}
    assert {"as asked", "calm", "calm - as asked"} <= set(rows[0])


def test_scenarios_and_an_alignment_go_together(run, tables, carved, scenarios):
    done = run("compare", *tables, f"phase 1={scenarios}", f"mine={carved[0]}", *RULES)
    assert done.exit_code == 0, done.output
    assert "phase 1: as asked" in done.output and "mine" in done.output


def test_the_page_is_complete_and_escaped(run, tables, carved, tmp_path):
    page = tmp_path / "page.html"
    done = run("compare", *tables, f"<b>x</b>={carved[0]}", carved[1], "-o", page, *RULES)
    assert done.exit_code == 0, done.output
    text = page.read_text("utf-8")
    assert text.startswith("<!DOCTYPE html>") and text.count("<h1>") == 1 and text.rstrip().endswith("</html>")
    assert "<b>x" not in text and "&lt;b&gt;x" in text


def test_a_result_given_for_scenarios_is_one_problem_that_says_what_to_give(run, tables, carved):
    done = run("compare", *tables, carved[0] / "result.json", carved[1], *RULES)
    assert done.exit_code == 2
    text = " ".join(done.output.split())
    assert "1 problem" in text and "is not a file of scenarios" in text and "the folder of a carve" in text


def test_everything_wrong_with_the_files_is_said_at_once(run, tables, tmp_path):
    (tmp_path / "short.csv").write_text("account_id,rep_id\nA-0,R-0\n", "utf-8")
    (tmp_path / "bad.json").write_text("{}", "utf-8")
    done = run("compare", *tables, tmp_path / "short.csv", tmp_path / "none.csv", tmp_path / "bad.json", *RULES)
    assert done.exit_code == 2
    text = "".join(done.output.split())  # the terminal breaks long paths anywhere
    for said in ("hasnorow", "none.csv", "bad.json"):
        assert said in text
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (["--base", "nobody"], "is not among"),
        (["-o", "table.xlsx"], "no kind of file"),
    ],
)
def test_wrong_options_are_bad_input(run, tables, carved, extra, said):
    done = run("compare", *tables, *carved, *extra, *RULES)
    assert done.exit_code == 2
    assert said in done.output


def test_one_plan_or_two_of_one_name_are_bad_input(run, tables, carved):
    one = run("compare", *tables, carved[0], *RULES)
    assert one.exit_code == 2 and "at least two" in one.output
    twice = run("compare", *tables, carved[0], carved[0], *RULES)
    assert twice.exit_code == 2 and "a second plan is called 'free'" in twice.output


def test_today_without_owners_is_bad_input(run, make_tables, tmp_path):
    tables = make_tables(owner=None)
    assert run("carve", *tables, "-o", tmp_path / "out", *RULES).exit_code == 0
    done = run("compare", *tables, tmp_path / "out", "--today", *RULES)
    assert done.exit_code == 2
    assert "no account has an owner in the team" in done.output
