"""The paper of one book: what it says, in any script, and what it refuses."""

import datetime as dt
import sys

import numpy as np
import pytest
from pypdf import PdfReader

import territory_opt as topt
from report_excel import small_report, small_tables
from territory_opt.errors import DataError, NoAlignmentError, SolverUnavailableError
from territory_opt.fairness.wording import measure_title, percent
from territory_opt.report import whole
from territory_opt.report.pdf import write_pdf
from territory_opt.report.pdf.content import book_paper
from territory_opt.report.pdf.fonts import Drawable

DAY = dt.date(2026, 1, 31)


def text_of(path):
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def test_the_paper_says_what_is_signed(make_result, tmp_path):
    result = make_result()
    path = result.write_pdf("r1", tmp_path / "r1.pdf", date=DAY, mid_year_check=dt.date(2026, 7, 1))
    text = " ".join(text_of(path).split())
    paper = book_paper(result, "r1")
    assert "Territory book of Rep 1" in text and "2026-01-31" in text and "Mid-year check: 2026-07-01" in text
    assert paper.headline in text and paper.fingerprint in text
    assert "Proven within 0.2% of the best possible" in text
    assert "0.6 × named ACV + 0.4 × white-space ACV" in text
    mine = result.alignment.account_id[result.alignment.rep_index == 1]
    assert all(f"{account} Account {account[1:]}" in text for account in mine)
    for heading in ("What changes against today", "Accounts that come", "Accounts that go", "Agreed", "Place and date"):
        assert heading in text


def test_its_numbers_are_those_of_the_report():
    report = small_report()
    paper = book_paper(report, "r1")
    load = report.measure("load")
    row = next(row for row in paper.team.rows if row[0] == "Load")
    assert row[1] == f"{load.totals[1]:,.0f}" and row[2] == f"{load.values[1]:,.0f}"
    assert row[-1] == ("in band" if load.inside[1] else "below" if load.deviation[1] < 0 else "above")
    mine = np.flatnonzero(report.alignment.rep_index == 1)
    assert len(paper.accounts.rows) == mine.size
    at = paper.accounts.head.index("Load")
    listed = [float(row[at].replace(",", "")) for row in paper.accounts.rows]
    assert sum(listed) == pytest.approx(load.totals[1], abs=mine.size)
    owner = report.problem.owners.rep_index
    come, go = (grid for _, grid in paper.changes)
    assert len(come.rows) == int((owner[mine] != 1).sum())
    assert len(go.rows) == int(((owner == 1) & (report.alignment.rep_index != 1)).sum())


def test_the_paper_compares_a_book_with_what_the_page_compares_it_with(make_result):
    report = make_result(61, criteria=[topt.Balance("tam", within=0.5, of="mean")]).fairness()
    rows = {row[0]: row for row in book_paper(report, "r1").team.rows}
    for name in ("tam", "accounts", "travel_hours", "load"):
        row = report.measure(name)
        assert rows[measure_title(name)][3] == percent(float(row.deviation[1]), signed=True, digits=1), name
    assert rows["Accounts"][2].startswith("mean ")


def test_the_book_of_a_problem_made_from_arrays_has_its_own_numbers_only(tmp_path):
    problem = topt.Problem.from_arrays(cost=[[1.0, 2.0], [2.0, 1.0]], measures={"hours": [1.5, 2.0]})
    report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1]))
    paper = book_paper(report, "r1")
    assert paper.headline.startswith("Hours 1.5") and paper.accounts.head == ("#", "Account ID", "Hours")
    assert paper.accounts.rows == (("1", "a1", "1.5"),)
    assert write_pdf(report, "r1", tmp_path / "a.pdf", date=DAY).exists()


def test_a_book_outside_its_band_is_called_out():
    report = small_report(criteria=[topt.Balance("tam", within=0.01)])
    words = [book_paper(report, rep).headline for rep in report.rep_id]
    outside = [not inside for inside in report.measure("load").inside]
    assert ["OUTSIDE" in headline for headline in words] == outside and any(outside)


def test_headings_and_page_numbers_come_again_on_every_page(make_result, tmp_path):
    reader = PdfReader(make_result(300, 2).write_pdf("r0", tmp_path / "a.pdf", date=DAY))
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) > 4
    for number, text in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in text
    inner = [text for text in pages if "Account 2" in text and "Territory book of" not in text]
    assert len(inner) > 2 and all("Account ID" in text for text in inner)


def test_names_in_other_scripts_are_drawn_and_what_cannot_be_drawn_is_said(tmp_path):
    accounts, reps = small_tables()
    accounts |= {"name": ["Zoë Größe", "Привет", "Ωμέγα", "שלום", "東京", "🎉 party"] * 3}
    reps |= {"name": ["Ana", "Bo", "Cy"]}
    report = small_report(tables=(accounts, reps))
    pages = [text_of(write_pdf(report, rep, tmp_path / f"{rep}.pdf", date=DAY)) for rep in report.rep_id]
    text = "".join(pages)
    assert all(name in text for name in ("Zoë Größe", "Привет", "Ωμέγα", "שלום"))
    assert "[U+6771 U+4EAC]" in text and "(party popper) party" in text
    for page in pages:
        changed = "[U+" in page or "(party popper)" in page
        assert ("Written in another way" in page) == changed


def test_only_joiners_and_variation_marks_are_left_out():
    draw = Drawable(frozenset(map(ord, "ab ")))
    assert draw("a\u200d\ufe0fb") == "ab" and draw("ab") == "ab"
    assert draw("a\u0e31b") == "a[U+0E31]b"
    assert draw("\u2764b") == "(heavy black heart)b"
    assert len(draw.changed) == 3


def test_a_font_of_the_user_draws_what_the_own_one_lacks(tmp_path):
    import shutil
    from importlib.resources import files

    from fontTools.ttLib import TTFont

    own = TTFont(str(files("territory_opt.report").joinpath("fonts", "DejaVuSans.ttf")))
    for table in own["cmap"].tables:
        if table.isUnicode():
            table.cmap[0x6771] = table.cmap[0x45]
    own.save(tmp_path / "further.ttf")
    accounts, reps = small_tables()
    accounts |= {"name": ["東"] * 18}
    report = small_report(tables=(accounts, reps))
    assert "東" in text_of(write_pdf(report, "r0", tmp_path / "a.pdf", fonts=[tmp_path / "further.ttf"]))
    shutil.copy(__file__, tmp_path / "not.ttf")
    with pytest.raises(DataError, match=r"2 problems(.|\n)*not.ttf(.|\n)*missing.ttf"):
        write_pdf(report, "r0", tmp_path / "b.pdf", fonts=[tmp_path / "not.ttf", tmp_path / "missing.ttf"])
    assert not (tmp_path / "b.pdf").exists()


def test_hostile_names_are_text(hostile, make_result, tmp_path):
    result = make_result(columns=hostile)
    for rep in result.problem.team.rep_id:
        reader = PdfReader(result.write_pdf(str(rep), tmp_path / f"{rep}.pdf", date=DAY))
        assert not any("/Annots" in page for page in reader.pages)
    text = text_of(tmp_path / "r0.pdf").replace("\n", "")
    assert "<script>" in text and "{{ 7*7 }}" in text


def test_the_same_book_on_the_same_day_is_the_same_file(make_result, tmp_path):
    files = [make_result().write_pdf("r0", tmp_path / f"{n}.pdf", date=DAY).read_bytes() for n in range(2)]
    assert files[0] == files[1]


def test_another_account_or_rule_gives_another_fingerprint():
    report = small_report()
    index = np.array(report.alignment.rep_index)
    index[0] = 1
    found = [
        book_paper(report, "r0").fingerprint,
        book_paper(report, "r1").fingerprint,
        book_paper(small_report(rep_index=index), "r0").fingerprint,
        book_paper(small_report(topt.Policy(friction_per_hour=51.0)), "r0").fingerprint,
    ]
    assert len(set(found)) == 4
    assert found[0] == book_paper(small_report(), "r0").fingerprint


def test_no_owners_no_changes_and_no_places_no_travel(tmp_path):
    tables = {"account_id": ["a", "b"], "acv": [1.0, 2.0]}, {"rep_id": ["r"]}
    report = small_report(tables=tables, criteria=[])
    paper = book_paper(report, "r")
    assert paper.no_changes == "The tables do not say who owns accounts today."
    assert "Travel h" not in paper.accounts.head and "Today" not in paper.accounts.head
    write_pdf(report, "r", tmp_path / "a.pdf", paper="letter")


def test_what_cannot_be_written_is_refused(make_result, tmp_path, monkeypatch):
    with pytest.raises(DataError, match="no rep has the id 'r11'"):
        make_result().write_pdf("r11", tmp_path / "a.pdf")
    with pytest.raises(NoAlignmentError):
        make_result(found=False).write_pdf("r1", tmp_path / "a.pdf")
    with pytest.raises(OSError):
        make_result().write_pdf("r1", tmp_path / "missing" / "a.pdf")
    (tmp_path / "a.pdf").write_bytes(b"old")
    monkeypatch.setattr(whole.os, "fsync", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        make_result().write_pdf("r1", tmp_path / "a.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"] and (tmp_path / "a.pdf").read_bytes() == b"old"


@pytest.mark.parametrize("package", ["fpdf", "uharfbuzz"])
def test_a_missing_package_is_named_with_the_install_line(package, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SolverUnavailableError, match=rf"{package}.*pip install 'territory-opt\[pdf\]'"):
        write_pdf(small_report(), "r0", tmp_path / "a.pdf")
