"""An infeasible carve says what is in conflict and what would help."""


def test_check_says_what_would_help(run, make_tables):
    done = run("check", *make_tables(acv=[5e6, *([2e4] * 29)]))
    assert done.exit_code == 3, done.output
    told = " ".join(done.output.split())
    assert "In conflict:" in told
    assert "Any one of these makes it possible" in told
    assert "house account" in told


def test_carve_says_what_would_help(run, tables, tmp_path):
    done = run("carve", *tables, "-o", tmp_path, "--units", 1, 2)
    assert done.exit_code == 3, done.output
    told = " ".join(done.output.split())
    assert "account units" in told and "Any one of these makes it possible" in told
