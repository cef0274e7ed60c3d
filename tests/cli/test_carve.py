"""``carve``: files, rules and exit codes."""

import csv
import json
import signal
import sys

import jsonschema
import pytest

from territory_opt.records import result_schema

FILES = {"alignment.csv", "books.csv", "fairness.json", "result.json", "report.html", "carve.json"}


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_carve_writes_every_file_and_says_how_good_it_is(run, tables, tmp_path):
    done = run("carve", *tables, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    assert "Proven" in done.output
    assert "report.html" in done.output
    assert len(rows(tmp_path / "out" / "alignment.csv")) == 30
    assert [row["rep_id"] for row in rows(tmp_path / "out" / "books.csv")] == ["R-0", "R-1", "R-2"]
    assert json.loads((tmp_path / "out" / "fairness.json").read_text("utf-8"))["books"]


def test_result_json_follows_the_schema_that_serve_schema_prints(run, tables, tmp_path):
    printed = json.loads(run("serve-schema").output)
    assert printed == json.loads(json.dumps(result_schema()))
    assert run("carve", *tables, "-o", tmp_path).exit_code == 0
    jsonschema.validate(json.loads((tmp_path / "result.json").read_text("utf-8")), printed)


def test_the_alignment_says_who_had_each_account_and_agrees_with_the_books(run, tables, tmp_path):
    assert run("carve", *tables, "-o", tmp_path).exit_code == 0
    accounts = rows(tmp_path / "alignment.csv")
    for row in accounts:
        assert row["change"] == ("kept" if row["owner_before"] == row["rep_id"] else "moved")
    for book in rows(tmp_path / "books.csv"):
        mine = [row for row in accounts if row["rep_id"] == book["rep_id"]]
        assert len(mine) == int(book["accounts"])
        assert sum(float(row["acv"]) for row in mine) == pytest.approx(float(book["tam"]))
        assert sum(float(row["load"]) for row in mine) == pytest.approx(float(book["load"]), abs=0.5)


def test_an_owner_who_left_is_not_a_new_account(run, make_tables, tmp_path):
    owners = ["Gone", "", *["R-1"] * 28]
    assert run("carve", *make_tables(owner=owners), "-o", tmp_path, "--time-limit", 5).exit_code == 0
    change = [row["change"] for row in rows(tmp_path / "alignment.csv")]
    assert change[:2] == ["owner left", "new"]
    assert set(change[2:]) == {"kept", "moved"}


def test_the_help_names_every_method_of_the_library(run):
    told = " ".join(run("carve", "--help").output.replace("│", " ").split())
    assert "auto, core, lagrangian, highs, pulp:CBC" in told


def test_every_rule_option_reaches_the_problem(run, tables, tmp_path):
    options = ["--load-within", 0.3, "--tam-within", 0.4, "--units", 5, 60, "--travel-share", 0.9]
    options += ["--moved-at-most", 0.9, "--lock", "A-1", "--lock", "A-2=R-0", "--together", "name"]
    options += ["--without", "travel", "--seed", 3, "--time-limit", 20, "--solver", "highs", "--threads", 1]
    done = run("carve", *tables, "-o", tmp_path, *options)
    assert done.exit_code == 0, done.output
    names = [criterion["name"] for criterion in json.loads((tmp_path / "result.json").read_text("utf-8"))["criteria"]]
    for words in ("within 30% of the median", "within 40% of the mean", "between 5 and 60", "at most 90% of selling"):
        assert any(words in name for name in names), (words, names)
    assert any("at most 90% of owned ACV" in name for name in names)
    assert any("same name" in name for name in names)
    assert not any("minimise travel" in name for name in names)
    owner = {row["account_id"]: row["rep_id"] for row in rows(tmp_path / "alignment.csv")}
    assert owner["A-1"] == "R-1"
    assert owner["A-2"] == "R-0"


def test_columns_are_mapped_by_name_for_both_tables(run, make_tables, tmp_path):
    accounts, reps = make_tables(acv=None, Money=[3e4] * 30, Score=[1.0] * 30)
    reps.write_text(reps.read_text("utf-8").replace("lat,", "HomeNorth,"), "utf-8")
    done = run(
        *("carve", accounts, reps, "-o", tmp_path, "--measure", "Score"),
        *("--map", "acv=Money", "--map", "reps.lat=HomeNorth", "--map", "owner="),
    )
    assert done.exit_code == 0, done.output
    assert "owner_before" not in rows(tmp_path / "alignment.csv")[0]
    assert sum(float(book["Score"]) for book in rows(tmp_path / "books.csv")) == 30


def test_a_policy_file_changes_the_numbers(run, tables, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text("load_band = 0.25\nas_of = 2026-01-31\n", "utf-8")
    assert run("carve", *tables, "-o", tmp_path, "--policy", policy).exit_code == 0
    assert "within 25% of the median" in (tmp_path / "result.json").read_text("utf-8")


def test_limits_that_cannot_hold_exit_with_3_and_name_the_reason(run, tables, tmp_path):
    done = run("carve", *tables, "-o", tmp_path / "out", "--units", 1, 2)
    assert done.exit_code == 3, done.output
    assert "Account units of every book between 1 and 2" in done.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"result.json", "report.html", "carve.json"}


def test_a_failed_carve_leaves_no_alignment_of_an_earlier_one(run, tables, tmp_path):
    assert run("carve", *tables, "-o", tmp_path / "out").exit_code == 0
    done = run("carve", *tables, "-o", tmp_path / "out", "--units", 1, 2)
    assert "removed alignment.csv" in done.output
    assert not (tmp_path / "out" / "alignment.csv").exists()


def test_a_book_to_sign_of_an_earlier_carve_is_kept_and_named(run, tables, tmp_path):
    folder = tmp_path / "out"
    assert run("carve", *tables, "-o", folder, "--pdf", "all").exit_code == 0
    (folder / "book-R-0.pdf").write_bytes(b"signed")
    done = run("carve", *tables, "-o", folder, "--pdf", "R-1")
    told = " ".join(done.output.split())
    assert "not of this carve, and kept since it may be signed: book-R-0.pdf, book-R-2.pdf" in told
    assert (folder / "book-R-0.pdf").read_bytes() == b"signed"


def test_the_books_of_a_whole_team_are_counted_not_listed(run, make_tables, tmp_path):
    done = run("carve", *make_tables(40, 5), "-o", tmp_path / "out", "--pdf", "all", "--time-limit", 10)
    assert done.exit_code == 0, done.output
    assert "5 books to sign (book-R-0.pdf ...)" in " ".join(done.output.split())


def test_a_name_that_the_terminal_cannot_write_is_written_by_number(start, make_tables, tmp_path):
    accounts, reps = make_tables(12, 2)
    reps.write_text(reps.read_text("utf-8").replace("Rep 0", "Zoë 東京"), "utf-8")
    process = start("carve", accounts, reps, "-o", tmp_path / "out", "--units", 1, 60, PYTHONIOENCODING="ascii")
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert r"Zo\xeb \u6771\u4eac" in output and "Traceback" not in errors


def test_no_time_exits_with_4(run, make_tables, tmp_path):
    done = run("carve", *make_tables(400, 12), "-o", tmp_path, "--time-limit", 0)
    assert done.exit_code == 4, done.output
    assert "No alignment was found" in done.output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--load-within", "15"], "did you mean 0.15"),
        (["--lock", "A-99"], "A-99"),
        (["--lock", "A-1=R-99"], "R-99"),
        (["--solver", "nosuch"], "no solver is called 'nosuch'"),
        (["--map", "acv"], "has no '='"),
        (["--map", "akv=acv"], "did you mean acv"),
        (["--map", "teams.acv=acv"], "no table 'teams'"),
        (["--map", "acv=Nowhere"], "Nowhere"),
        (["--measure", "Nowhere"], "Nowhere"),
        (["--policy", "missing.toml"], "cannot be read"),
        (["--without", "balnce"], "no criterion balnce"),
        (["--time-limit", "-1"], "below 0"),
        (["--threads", "0"], "below 1"),
    ],
)
def test_wrong_options_exit_with_2_and_say_what_is_meant(run, tables, tmp_path, options, words):
    done = run("carve", *tables, "-o", tmp_path / "out", *options)
    assert done.exit_code == 2, done.output
    assert words in " ".join(done.output.split())
    assert not (tmp_path / "out" / "result.json").exists()


def test_contradictory_rules_are_listed_together(run, tables, tmp_path):
    done = run("carve", *tables, "-o", tmp_path, "--load-within", "15", "--moved-at-most", "7")
    assert done.exit_code == 2
    assert "within=15" in done.output
    assert "at_most=7" in done.output


@pytest.mark.parametrize("text", ["load_band = fifteen", "load_bnd = 0.1", "named_weight = 0.9"])
def test_a_wrong_policy_exits_with_2(run, tables, tmp_path, text):
    policy = tmp_path / "policy.toml"
    policy.write_text(text, "utf-8")
    assert run("carve", *tables, "-o", tmp_path / "out", "--policy", policy).exit_code == 2


def test_a_folder_that_is_a_file_is_refused_before_the_solve(run, tables, tmp_path):
    (tmp_path / "out").write_text("mine", "utf-8")
    done = run("carve", *tables, "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "cannot be written to" in done.output
    assert (tmp_path / "out").read_text("utf-8") == "mine"


def test_a_failure_while_writing_leaves_the_old_files_whole(run, tables, tmp_path, monkeypatch):
    assert run("carve", *tables, "-o", tmp_path / "out").exit_code == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("territory_opt.result.Result.write_html", full)
    done = run("carve", *tables, "-o", tmp_path / "out", "--seed", 2)
    assert done.exit_code == 2
    assert "No space left" in done.output
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_names_that_are_formulas_are_harmless_in_every_file(run, make_tables, tmp_path):
    evil = '=HYPERLINK("http://x","<script>alert(1)</script>")'
    accounts, reps = make_tables(name=[evil, *(f"Account {i}" for i in range(29))])
    assert run("carve", accounts, reps, "-o", tmp_path).exit_code == 0
    assert rows(tmp_path / "alignment.csv")[0]["account_name"] == "'" + evil
    assert "<script>alert(1)" not in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C of another process is another thing there")
def test_ctrl_c_keeps_the_best_alignment_so_far(start, make_tables, tmp_path):
    # HiGHS has an answer at once here, and needs a minute to prove a good one.
    accounts, reps = make_tables(400, 15)
    process = start(
        *("carve", accounts, reps, "-o", tmp_path, "--solver", "highs", "--gap", 0, "--time-limit", 120),
        *("--without", "balance:load", "--tam-within", 0.02),
    )
    for line in process.stderr:
        if "best" in line:
            process.send_signal(signal.SIGINT)
            break
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "stopped by you" in output
    assert len(rows(tmp_path / "alignment.csv")) == 400
    assert json.loads((tmp_path / "result.json").read_text("utf-8"))["termination"]["limit"] == "interrupted"
