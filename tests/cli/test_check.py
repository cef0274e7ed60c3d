"""``check``: what is read, and every problem at once."""

import pytest


def test_clean_tables_pass_and_show_the_rules(run, tables):
    done = run("check", *tables)
    assert done.exit_code == 0, done.output
    assert "accounts: 30 rows" in done.output
    assert "team: 3 rows" in done.output
    assert "load of every book within 15% of the median" in done.output
    assert "no obstacle found" in done.output


def test_one_table_may_be_checked_alone(run, tables):
    done = run("check", tables[0])
    assert done.exit_code == 0
    assert "team" not in done.output


def test_every_problem_of_both_tables_is_listed(run, make_tables):
    accounts, reps = make_tables(lat=[425.0] * 30, acv=[-1.0] * 30)
    reps.write_text("rep_id,capacity\nr1,0\nr1,1\n", "utf-8")
    done = run("check", accounts, reps)
    assert done.exit_code == 2
    assert done.output.count("latitude 425") == 30
    assert done.output.count("negative money") == 30
    assert "capacity 0" in done.output
    assert "already the id" in done.output
    assert "Rows count from 0 below the header" in done.output
    assert "of the file" not in done.output  # a line of the file is not known: sep= lines, blanks, breaks in cells


def test_carve_lists_the_first_twenty_and_says_where_the_rest_is(run, make_tables, tmp_path):
    accounts, reps = make_tables(lat=[425.0] * 30)
    done = run("carve", accounts, reps, "-o", tmp_path)
    assert done.exit_code == 2
    assert done.output.count("latitude 425") == 20
    assert "10 more problems" in done.output
    assert "territory-opt check" in done.output


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_usual_encodings_and_separators_are_read(run, tmp_path, encoding, separator):
    path = tmp_path / "accounts.csv"
    lines = ["Id,Name,ACV__c", "a1,Zoë,1200", "a2,Größe,900"]
    path.write_bytes("\r\n".join(lines).replace(",", separator).encode(encoding))
    done = run("check", path)
    assert done.exit_code == 0, done.output
    assert "account_id <- Id" in done.output
    assert "accounts: 2 rows" in done.output


def test_a_decimal_comma_is_said(run, tmp_path):
    path = tmp_path / "accounts.csv"
    path.write_bytes("Id;ACV\na1;1200,50\na2;900,25\n".encode("cp1252"))
    done = run("check", path)
    assert done.exit_code == 0, done.output
    assert "decimal comma" in done.output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        (b"", "empty"),
        (b"PK\x03\x04rest", "Excel"),
        (b"\x7fELF\x00\x00\x00", "not a text file"),
        (b"Id,ACV\n", "no rows"),
        (b"City,Phone\nx,1\n", "account_id"),
        (b"Id,Id\na,b\n", "columns have this name"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(run, tmp_path, content, words):
    path = tmp_path / "accounts.csv"
    if content is not None:
        path.write_bytes(content)
    done = run("check", path)
    assert done.exit_code == 2, done.output
    assert words in " ".join(done.output.split())
    assert "Traceback" not in done.output


def test_a_folder_in_place_of_a_file_is_bad_input(run, tmp_path):
    assert run("check", tmp_path).exit_code == 2


def test_more_reps_than_accounts_is_bad_input(run, make_tables):
    accounts, reps = make_tables(3, 3)
    accounts.write_text("Id,acv\na,1000\n", "utf-8")
    done = run("check", accounts, reps)
    assert done.exit_code == 2
    assert "3 reps for 1 accounts" in done.output


def test_an_account_too_large_for_any_book_is_an_obstacle(run, make_tables):
    done = run("check", *make_tables(acv=[5e6, *([2e4] * 29)]))
    assert done.exit_code == 3, done.output
    assert "A-0" in done.output


def test_advice_is_a_note_not_a_traceback(run, tables, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text("partner_discount = 0.9", "utf-8")
    done = run("check", *tables, "--policy", policy)
    assert done.exit_code == 0, done.output
    assert "Note: partner_discount" in done.output
