"""An engine of others computes what the library says, also after edits."""

import shutil
import subprocess

import numpy as np
import pytest
from openpyxl.utils import column_index_from_string, get_column_letter

import territory_opt as topt
from report_excel import CRITERIA, Engine, formulas_of, header, same, small_report, small_tables, values_of
from territory_opt.report.excel import write_excel


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("excel") / "carve.xlsx"
    return write_excel(small_report(), path, sheets_per_rep=["r1"])


@pytest.fixture(scope="module")
def engine(book):
    return Engine(book)


def column(engine, values, sheet, titles, title, n, first=5):
    return [engine.read(values, sheet, f"{titles[title]}{row}") for row in range(first, first + n)]


def test_every_formula_gives_its_stored_value(book, engine):
    values, stored = engine.calculate(), values_of(book)
    differ = {}
    checked = 0
    for (sheet, cell), text in formulas_of(book).items():
        if "SUBTOTAL" in text:
            continue  # sums of what a filter shows: not known to this engine
        found = engine.read(values, sheet, cell)
        checked += 1
        if not same(found, stored.get((sheet, cell))):
            differ[sheet, cell] = (found, stored.get((sheet, cell)), text)
    assert checked > 400
    assert not differ


def said(book, title, column="B"):
    """Cell of the first sheet in the line of a title."""
    cells = [place for (sheet, place), value in values_of(book).items() if sheet == "Read me" and value == title]
    return cells[0].replace("A", column)


def assert_equals(engine, values, book, report):
    """Everything on the sheet of reps, and the team's references, against a report of the library."""
    titles, n = header(book, "Reps"), len(report.rep_id)
    for row in report.measures:
        title = {"tam": "TAM", "named_acv": "Named ACV", "white_space_acv": "White-space ACV"}.get(
            row.measure, row.measure.replace("_", " ").capitalize()
        )
        assert column(engine, values, "Reps", titles, title, n) == pytest.approx(row.totals.tolist(), abs=1e-6)
        if row.band is None:
            continue
        status = column(engine, values, "Reps", titles, f"{title}: band", n)
        assert [word == "in band" for word in status] == row.inside.tolist()
        beside = get_column_letter(column_index_from_string(titles[title]) + 1)
        deviation = [engine.read(values, "Reps", f"{beside}{row_number}") for row_number in range(5, 5 + n)]
        assert deviation == pytest.approx(row.deviation.tolist(), abs=1e-9)
    shares = column(engine, values, "Reps", titles, "Travel share", n)
    assert shares == pytest.approx(report.travel.share.tolist())
    for title, moved in (("Kept", 0), ("Gained", 1), ("Lost", 2)):
        owner, reps = report.problem.owners.rep_index, report.alignment.rep_index
        wanted = [
            [
                int(((owner == j) & (reps == j)).sum()),
                int(((owner != j) & (reps == j)).sum()),
                int(((owner == j) & (reps != j)).sum()),
            ][moved]
            for j in range(n)
        ]
        assert column(engine, values, "Reps", titles, title, n) == wanted
    load = report.measure("load")
    assert engine.read(values, "Team", "H5") == pytest.approx(load.cv)
    assert engine.read(values, "Changes", "D4") == report.change.n_moved
    assert engine.read(values, "Changes", "D8") == pytest.approx(report.change.acv_share)


def test_the_workbook_is_the_report(book, engine):
    assert_equals(engine, engine.calculate(), book, small_report())


def test_moving_accounts_gives_the_report_of_that_alignment(book, engine):
    report = small_report()
    index = np.array(report.alignment.rep_index)
    moves = {0: 2, 1: 0, 5: 0, 7: 2, 17: 1}
    index[list(moves)] = list(moves.values())
    labels = ["Ana*", "ANA?", "a~b"]
    rep = header(book, "Accounts")["Rep"]
    edits = {("Accounts", f"{rep}{i + 5}"): labels[j] for i, j in moves.items() if report.alignment.rep_index[i] != j}
    values = engine.calculate(edits)
    assert_equals(engine, values, book, small_report(rep_index=index))
    assert engine.read(values, "Read me", said(book, "Accounts edited here")) == len(edits)
    # The sheet of the rep lists the accounts it has now, in the order of the table.
    mine = [f"a{i}" for i in np.flatnonzero(index == 1)]
    listed = [engine.read(values, "ANA-", f"B{row}") for row in range(12, 12 + len(mine) + 2)]
    assert listed == [*mine, "", ""]
    # So does the sheet of changes.
    owner = report.problem.owners.rep_index
    moved = [f"a{i}" for i in np.flatnonzero((owner >= 0) & (owner != index))]
    assert [engine.read(values, "Changes", f"B{row}") for row in range(12, 12 + len(moved))] == moved


def test_changing_rules_gives_the_report_of_that_policy(book, engine):
    rules = {value: place for (sheet, place), value in values_of(book).items() if sheet == "Rules" and place[0] == "A"}
    policy = topt.Policy(
        named_weight=0.9,
        white_space_weight=0.1,
        friction_per_hour=20.0,
        partner_discount=0.3,
        unit_weights=(5.0, 2.0, 1.0),
        selling_hours=2_000.0,
    )
    criteria = [
        topt.Balance("load", within=0.05, of="median"),
        topt.Balance("tam", within=0.5, of="target"),
        topt.Balance("account_units", between=(14, np.inf)),
        topt.Balance("machines", within=0.01, of="mean"),
    ]
    wanted = {
        "Weight of named ACV": 0.9,
        "Weight of white-space ACV": 0.1,
        "Price of a travel hour": 20.0,
        "Partner discount": 0.3,
        "Units of a tier A account": 5.0,
        "Selling hours a year of a full rep": 2_000.0,
        "Load: band": 0.05,
        "TAM: band": 0.5,
        "Account units: at least": 14.0,
        "Machines: band": 0.01,
    }
    edits = {("Rules", rules[title].replace("A", "B")): value for title, value in wanted.items()}
    edits |= {("Rules", rules[name].replace("A", "B")): share for name, share in (("Ana*", 0.7), ("a~b", 0.9))}
    values = engine.calculate(edits)
    assert_equals(engine, values, book, small_report(policy, criteria, capacity=[0.7, 0.8, 0.9]))
    assert engine.read(values, "Read me", said(book, "Rules edited here")) == len(edits)
    assert "not the plan any more" in engine.read(
        values, "Read me", said(book, "This is the plan as it was judged.", "A")
    )


def test_weights_that_do_not_sum_to_one_are_called_out(book, engine):
    weight = next(place for (sheet, place), value in values_of(book).items() if value == "Weight of named ACV")
    values = engine.calculate({("Rules", weight.replace("A", "B")): 0.9})
    assert "MUST SUM TO 100%" in engine.read(values, "Rules", weight.replace("A", "D"))


@pytest.mark.parametrize(
    "options",
    [
        {"criteria": [topt.Balance("load", within=0.15, of="target"), topt.Balance("visits", between=(-np.inf, 30))]},
        {"policy": topt.Policy(friction_per_hour=5.0, vertical_penalty=300.0, time_zone_penalty_per_hour=9.0)},
        {"travel_time": np.linspace(0.0, 4.0, 54).reshape(18, 3)},
    ],
    ids=["target", "priced mismatch", "own hours"],
)
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_computes_the_stored_values(options, tmp_path, without_stored_values):
    path = write_excel(small_report(**options), tmp_path / "carve.xlsx", sheets_per_rep=True)
    bare = without_stored_values(path)
    command = ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless"]
    command += ["--convert-to", "xlsx", "--outdir", str(tmp_path / "out"), str(bare)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    found, wanted = values_of(tmp_path / "out" / bare.name), values_of(path)
    places = formulas_of(path)
    differ = {p: (found.get(p), wanted.get(p)) for p in places if not same(found.get(p), wanted.get(p))}
    assert len(places) > 400
    assert not differ


def test_an_account_that_is_moved_says_when_its_hours_are_not_known(tmp_path):
    report = small_report(travel_time=np.ones((18, 3)))
    path = write_excel(report, tmp_path / "carve.xlsx")
    engine, titles = Engine(path), header(path, "Accounts")
    values = engine.calculate({("Accounts", f"{titles['Rep']}5"): "ANA?"})
    assert engine.read(values, "Accounts", f"{titles['Edited here']}5") == "edited, see note"
    assert engine.read(values, "Accounts", f"{titles['Edited here']}6") == ""
    assert any("keeps them, and says so" in str(value) for value in values_of(path).values())


def test_criteria_and_tables_of_this_test_cover_every_kind_of_band():
    kinds = {criterion.of if criterion.within is not None else "between" for criterion in CRITERIA}
    assert kinds == {"median", "target", "between", "mean"}
    assert small_tables()[0]["lat"][0] is None
