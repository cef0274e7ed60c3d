"""What is in the workbook, what it refuses, and what a name in the data cannot do."""

import sys
import warnings
import zipfile

import numpy as np
import openpyxl
import pytest

import territory_opt as topt
from report_excel import formulas_of, header, small_report, small_tables, values_of
from territory_opt.errors import DataError, NoAlignmentError, SolverUnavailableError
from territory_opt.report.excel import write, write_excel
from territory_opt.termination import Reason, Termination

SHEETS = ["Read me", "Rules", "Team", "Reps", "Accounts", "Changes", "Notes"]


def opened(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # openpyxl does not keep data bars of Excel 2010
        return openpyxl.load_workbook(path)


def test_a_result_has_a_workbook_with_its_proof(make_result, tmp_path):
    result = make_result()
    path = result.write_excel(str(tmp_path / "carve.xlsx"))
    assert opened(path).sheetnames == SHEETS
    told = [value for (sheet, _), value in values_of(path).items() if sheet == "Read me"]
    assert told[0] == "Proven within 0.2% of the best possible"
    assert {"Cost of this plan", "Proven lower bound", "Gap", "0.2%", result.problem.fingerprint[:16]} <= set(told)


def test_the_report_of_any_alignment_has_a_workbook_without_a_proof(tmp_path):
    told = values_of(write_excel(small_report(), tmp_path / "a.xlsx"))
    assert told["Read me", "A1"] == "Territory books"
    assert "Proven lower bound" not in told.values()


def test_stored_values_are_those_of_the_library(tmp_path):
    report = small_report()
    path = write_excel(report, tmp_path / "a.xlsx")
    values, titles = values_of(path), header(path, "Reps")
    for title, name in (("Load", "load"), ("TAM", "tam"), ("Account units", "account_units"), ("Machines", "machines")):
        found = [values["Reps", f"{titles[title]}{row}"] for row in range(5, 8)]
        assert found == pytest.approx(report.measure(name).totals.tolist())
        assert f"{titles[title]}5" in [cell for sheet, cell in formulas_of(path) if sheet == "Reps"]


def test_a_rep_is_chosen_from_a_menu_and_lists_can_be_filtered_and_printed(tmp_path):
    book = opened(write_excel(small_report(), tmp_path / "a.xlsx", sheets_per_rep=True))
    sheet = book["Accounts"]
    menu = [rule for rule in sheet.data_validations.dataValidation if rule.formula1 == "reps"]
    assert [str(rule.sqref) for rule in menu] == [f"{header(tmp_path / 'a.xlsx', 'Accounts')['Rep']}5:D22"]
    assert book.defined_names["reps"].attr_text.startswith("'Rules'!$A$")
    for name in ("Reps", "Accounts", "Changes", "a~b"):
        sheet = book[name]
        assert sheet.auto_filter.ref and sheet.freeze_panes and sheet.print_title_rows
        assert sheet.page_setup.orientation == "landscape" and sheet.page_setup.fitToHeight == 0


def test_text_of_the_data_is_text_and_stays_text(hostile, make_result, tmp_path):
    result = make_result(columns=hostile)
    path = result.write_excel(tmp_path / "a.xlsx", sheets_per_rep=True)
    book = opened(path)
    sheet, titles = book["Accounts"], header(path, "Accounts")
    names = [sheet[f"{titles['Account']}{row}"] for row in range(5, 29)]
    assert {cell.data_type for cell in names} == {"s"} and {cell.number_format for cell in names} == {"@"}
    assert names[2].value == '=HYPERLINK("http://evil.example","x")'
    assert names[4].value == "שלום עולם" and names[5].value == "Zoë 😀 東京"
    assert not any("HYPERLINK" in text or "alert" in text for text in formulas_of(path).values())
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name).decode("utf-8") for name in file.namelist()}
    assert not any("http://evil.example" in text for name, text in parts.items() if name.endswith(".rels"))
    assert "\u202e" not in "".join(parts.values())


def test_markup_of_the_file_format_in_a_name_is_a_name(tmp_path):
    accounts, reps = small_tables()
    evil = "<r><t>x</t></r>"
    accounts |= {"name": [evil] * 18}
    path = write_excel(small_report(tables=(accounts, reps | {"name": [evil, "_x0041_", "'q"]})), tmp_path / "a.xlsx")
    values = [str(value) for value in values_of(path).values()]
    assert f"{evil} " in values and "q" in values
    with zipfile.ZipFile(path) as file:
        assert b"<r><t>" not in b"".join(file.read(name) for name in file.namelist())


def test_a_text_longer_than_a_cell_is_cut_and_says_so(tmp_path):
    accounts, reps = small_tables()
    accounts |= {"name": ["y" * 40_000] * 18}
    path = write_excel(small_report(tables=(accounts, reps)), tmp_path / "a.xlsx")
    longest = max((str(value) for value in values_of(path).values()), key=len)
    assert len(longest) == 32_767 and longest.endswith("...")


def test_one_account_one_rep_and_no_money_have_a_workbook(tmp_path):
    tables = ({"account_id": ["a"]}, {"rep_id": ["r"]})
    told = values_of(write_excel(small_report(tables=tables, criteria=[]), tmp_path / "a.xlsx", sheets_per_rep=True))
    assert "The tables name no owner who is in the team: nothing changes hands." in told.values()


def test_books_that_total_nothing_are_undefined_not_nan(tmp_path):
    accounts, reps = small_tables()
    accounts |= {"acv": np.zeros(18)}
    report = small_report(topt.Policy(friction_per_hour=0.0), [], tables=(accounts, reps))
    told = values_of(write_excel(report, tmp_path / "a.xlsx"))
    assert told["Team", "H5"] == "undefined"
    assert not any(str(value).lower() == "nan" for value in told.values())


def test_ten_thousand_books_with_a_sheet_each_are_refused_with_a_way_out(make_result, tmp_path):
    result = make_result(10_000, 10_000, places=False)
    with pytest.raises(DataError, match=r"10,000 sheets of reps: at most 500.*sheets_per_rep="):
        result.write_excel(tmp_path / "a.xlsx", sheets_per_rep=True)
    assert not list(tmp_path.iterdir())


def test_some_reps_can_have_a_sheet(tmp_path):
    path = write_excel(small_report(), tmp_path / "a.xlsx", sheets_per_rep=["r2", "r0"])
    assert opened(path).sheetnames == [*SHEETS[:-1], "a~b", "Ana-", "Notes"]
    with pytest.raises(DataError, match="no rep has the id 'r9'"):
        write_excel(small_report(), tmp_path / "a.xlsx", sheets_per_rep=["r9"])


def test_more_accounts_than_a_sheet_has_rows_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(write, "MOST_ROWS", 210)
    with pytest.raises(DataError, match="18 accounts do not fit on a sheet, which has 210 rows"):
        write_excel(small_report(), tmp_path / "a.xlsx")


def test_no_alignment_no_workbook(make_result, tmp_path):
    with pytest.raises(NoAlignmentError):
        make_result(found=False, termination=Termination(Reason.INFEASIBLE)).write_excel(tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())


def test_a_missing_package_is_named_with_the_install_line(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(SolverUnavailableError, match=r"pip install 'territory-opt\[excel\]'"):
        write_excel(small_report(), tmp_path / "a.xlsx")


def test_the_file_is_the_old_one_or_complete(tmp_path, monkeypatch):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(write, "write_notes", fail)
    with pytest.raises(KeyboardInterrupt):
        write_excel(small_report(), path)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]
    with pytest.raises(OSError):
        write_excel(small_report(), tmp_path / "missing" / "a.xlsx")


def test_every_rep_with_a_sheet_has_a_link_to_it(tmp_path):
    path = write_excel(small_report(), tmp_path / "a.xlsx", sheets_per_rep=True)
    sheet = opened(path)["Reps"]
    links = {cell.coordinate: cell.hyperlink.location for (cell,) in sheet["A5:A7"] if cell.hyperlink}
    assert links == {"A5": "'Ana-'!A1", "A6": "'ANA- 2'!A1", "A7": "'a~b'!A1"}
    some = opened(write_excel(small_report(), tmp_path / "b.xlsx", sheets_per_rep=["r1"]))["Reps"]
    assert [bool(cell.hyperlink) for (cell,) in some["A5:A7"]] == [False, True, False]
    assert [cell.value for (cell,) in some["A5:A7"]] == [cell.value for (cell,) in sheet["A5:A7"]]


def test_numbers_that_a_workbook_cannot_compute_are_refused_with_another_way(tmp_path):
    problem = topt.Problem.from_arrays(cost=[[1.0, 2.0], [2.0, 1.0]], measures={"hours": [1.0, 2.0]})
    report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1]))
    with pytest.raises(DataError, match=r"made from arrays.*write_html"):
        write_excel(report, tmp_path / "a.xlsx")
    base = small_report().problem
    own = base.replace(own_measures={"load": np.ones(18)}, criteria=[])
    replaced = topt.fairness(own, topt.Alignment.from_index(own, np.arange(18) % 3, [-1, -1, 2]))
    with pytest.raises(DataError, match=r"load is a measure of your own.*another name"):
        write_excel(replaced, tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())


def test_a_measure_by_account_and_rep_is_that_of_the_plan_and_the_sheet_says_so(tmp_path):
    base = small_report().problem
    hours = np.arange(54.0).reshape(18, 3)
    problem = base.replace(own_measures={"hours": hours}, criteria=[])
    reps = np.arange(18) % 3
    report = topt.fairness(problem, topt.Alignment.from_index(problem, reps, [-1, -1, 2]))
    path = write_excel(report, tmp_path / "a.xlsx")
    values, titles = values_of(path), header(path, "Accounts")
    found = [values["Accounts", f"{titles['Hours']}{row}"] for row in range(5, 23)]
    assert found == hours[np.arange(18), reps].tolist()
    assert "Hours of a moved account stay those of its rep in the plan" in values["Accounts", "A2"]


def test_a_cell_that_cannot_be_written_is_an_error(tmp_path):
    import xlsxwriter

    from territory_opt.report.excel.table import put

    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx"), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        put(sheet, 5, 0, "below")
        with pytest.raises(RuntimeError, match="A2"):
            put(sheet, 1, 0, "above")


def test_the_list_whose_order_numbers_the_books_has_no_filter(tmp_path):
    book = opened(write_excel(small_report(), tmp_path / "a.xlsx"))
    assert book["Rules"].auto_filter.ref is None
