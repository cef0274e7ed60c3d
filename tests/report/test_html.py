"""The page: self-contained, safe, accessible, quick."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.report.embed import account_columns, safe_json
from territory_opt.report.formulas import formulas
from territory_opt.report.html import html_page, write_html
from territory_opt.report.page import page_values
from territory_opt.report.show_math import show_math
from territory_opt.termination import Reason, Termination

VOID = {"meta", "input", "br", "hr", "img", "link"}


class Page(HTMLParser):
    """Reads a page and checks that every element is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.seen if name == tag]


def page_data(text: str) -> dict:
    found = re.search(r'<script type="application/json" id="page-data"( data-packed="gzip")?>(.*?)</script>', text)
    data = found.group(2)
    return json.loads(gzip.decompress(base64.b64decode(data)) if found.group(1) else data)


def test_the_page_is_well_formed_and_leads_with_the_verdict(make_result) -> None:
    page = Page(html_page(make_result()))
    headline = next(text for tag, text in page.texts if tag == "h1")
    assert headline == "Proven within 0.2% of the best possible"


def test_nothing_is_loaded_from_anywhere(make_result) -> None:
    text = html_page(make_result())
    assert not re.search(r"\b(src|href)\s*=\s*[\"'](?!#)", text)
    assert set(re.findall(r"https?://[^\"' <]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "@import" not in text and "url(" not in text


def test_the_security_policy_allows_exactly_the_one_script(make_result) -> None:
    text = html_page(make_result())
    scripts = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text and "default-src 'none'" in text
    assert not re.search(r"\son\w+\s*=", re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL))


def test_hostile_names_do_nothing(make_result, hostile) -> None:
    result = make_result(columns=hostile)
    text = html_page(result, title="<b>Plan</b> {{ 1 }}")
    page = Page(text)
    assert len(page.all("script")) == 2 and not page.all("img") and not page.all("b")
    for _, attrs in page.seen:
        assert not any(name.startswith("on") for name in attrs)
    shown = "".join(text for _, text in page.texts)
    assert (
        "<img src=x onerror=alert(1)>" in shown and "{{ 1 }}" in shown and "49" not in shown.split("{{ 7*7 }}")[0][-4:]
    )
    assert "\u202e" not in text and "\x1b" not in text and "\x00" not in text


def test_the_embedded_accounts_are_the_alignment(make_result) -> None:
    result = make_result()
    value = page_data(html_page(result))
    columns = {column["key"]: column for column in value["columns"]}
    assert columns["id"]["values"] == result.problem.accounts.account_id.tolist()
    assert columns["book"]["values"] == result.alignment.rep_index.tolist()
    assert value["books"] == ["Rep 0", "Rep 1", "Rep 2", "Rep 3"]
    moved = [today >= 0 for today in columns["today"]["values"]]
    owner = result.problem.owners.rep_index
    assert moved == ((owner >= 0) & (owner != result.alignment.rep_index)).tolist()


def test_every_column_of_the_accounts_has_a_value_per_account(make_result) -> None:
    value = account_columns(make_result(), ("a", "b", "c", "d"))
    assert {len(column["values"]) for column in value["columns"]} == {60}


def test_embedded_text_cannot_close_its_element() -> None:
    text = safe_json({"a": "</script><!-- &\u2028", "b": "\ud800"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text)["a"] == "</script><!-- &\u2028"
    text.encode("utf-8")
    with pytest.raises(ValueError, match="JSON"):
        safe_json([float("nan")])


def test_the_page_is_accessible(make_result) -> None:
    page = Page(html_page(make_result()))
    assert page.all("html")[0]["lang"] == "en" and page.all("title")
    assert all(svg.get("role") == "img" and svg.get("aria-label") for svg in page.all("svg"))
    assert all(head.get("scope") in ("col", "row") for head in page.all("th"))
    ids = [attrs["id"] for _, attrs in page.seen if attrs.get("id")]
    assert len(ids) == len(set(ids))
    assert {a["aria-labelledby"] for a in page.all("section")} <= set(ids)
    assert len(page.all("h1")) == 1 and page.all("main") and page.all("caption")
    labels = sum(tag == "label" for tag, _ in page.seen)
    assert labels == len(page.all("select")) + len(page.all("input"))


def test_every_criterion_is_listed_with_its_room(make_result) -> None:
    criteria = [topt.Balance("tam", within=0.9), topt.Travel(weight=1.0), topt.Disruption("acv", at_most=1.0)]
    text = html_page(make_result(criteria=criteria))
    for check in criteria:
        assert check.describe() in text
    assert text.count('class="status kept"') == 2 and text.count('class="status cost"') == 1


def test_a_rep_is_called_by_name_wherever_a_limit_is_tightest(make_result) -> None:
    limits = [topt.Balance("tam", within=0.9), topt.BookLimits("accounts", upper=[40, 16, 40, 40])]
    result = make_result(criteria=limits)
    rows = page_values(result, "x")["criteria"]
    assert rows[1]["worst"] == "Rep 1" and "tightest Rep 1 at 15" in rows[1]["detail"]
    assert not any("r1" in row["detail"] or row["worst"].startswith("r") for row in rows)


def test_a_problem_made_from_arrays_has_a_page_of_its_own_numbers_only() -> None:
    cost, hours = np.arange(12.0).reshape(6, 2), np.array([1.0, 2.0, 1.5, 1.0, 2.0, 1.5])
    problem = topt.Problem.from_arrays(cost=cost, measures={"hours": hours})
    result = topt.solve(problem)
    value = page_data(html_page(result))
    assert [column["title"] for column in value["columns"]] == ["Account", "Book", "Hours"]
    assert value["columns"][2]["values"] == hours.tolist()
    assert [block["title"] for block in value["math"]] == ["Hours"]
    told = [formula.name for formula in formulas(problem)]
    assert told[:2] == ["Hours", "Per full rep"] and not {"Load of a book", "TAM of a book"} & set(told)


def test_a_measure_of_the_users_own_stands_in_the_list_of_accounts(make_result) -> None:
    accounts = {"account_id": list("abcd"), "acv": [1e5] * 4, "machines": [3, 1, 4, 1], "owner": ["x"] * 4}
    problem = topt.Problem(
        topt.Accounts.from_frame(accounts, measures=["machines"]),
        topt.Team.from_frame({"rep_id": ["x", "y"]}),
        criteria=[],
    )
    columns = page_data(html_page(topt.solve(problem)))["columns"]
    own = next(column for column in columns if column["title"] == "Machines")
    assert own["values"] == [3, 1, 4, 1]


def test_a_load_of_the_users_own_is_not_explained_as_the_librarys() -> None:
    accounts = {"account_id": list("ab"), "acv": [1e5, 2e5]}
    tables = topt.Accounts.from_frame(accounts), topt.Team.from_frame({"rep_id": ["x", "y"]})
    problem = topt.Problem(*tables, criteria=[], own_measures={"load": np.array([7.0, 9.0])})
    report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1]))
    (load,) = (math for math in show_math(report) if math.row.measure == "load")
    assert sum(line.amount for line in load.lines if line.kind == "part").tolist() == [7.0, 9.0]
    told = {formula.name: formula.formula for formula in formulas(problem)}
    assert told["Load"] == "your own numbers, added up" and "Load of a book" not in told


def test_nothing_is_called_nan(make_result) -> None:
    columns = {"account_id": list("abcd"), "acv": [0.0] * 4}, {"rep_id": ["x", "y"]}
    text = html_page(make_result(columns=columns, criteria=[]))
    assert "NaN" not in re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert "every book is empty" in text


def test_a_result_without_alignment_has_a_page_that_says_why(make_result) -> None:
    why = Termination(Reason.INFEASIBLE, None, "rep <Ana> may have no account")
    page = Page(html_page(make_result(found=False, termination=why)))
    shown = "".join(text for _, text in page.texts)
    assert "No alignment can keep every limit" in shown and "Rep <Ana> may have no account" in shown
    assert not page.all("svg")


def test_the_same_result_gives_the_same_bytes(make_result) -> None:
    assert html_page(make_result()) == html_page(make_result())


def test_one_rep_one_account_has_a_page(make_result) -> None:
    columns = {"account_id": ["a"], "acv": [5.0], "lat": [40.0], "lon": [-75.0]}, {"rep_id": ["x"]}
    Page(html_page(make_result(columns=columns, criteria=[])))


def test_twenty_thousand_accounts_take_under_five_megabytes(make_result, tmp_path) -> None:
    result = make_result(20_000, 60)
    path = write_html(result, tmp_path / "carve.html")
    assert path.stat().st_size < 5_000_000


def test_ten_thousand_books_have_a_page_that_says_what_it_leaves_out(make_result) -> None:
    text = html_page(make_result(12_000, 10_000))
    assert "The 100 books furthest from the team" in text and "of 10,000" in text
    assert len(text) < 5_000_000
    data = page_data(text)
    assert len(data["books"]) == 10_000
    assert all(len(column["text"]) == len(column["sort"]) == 10_000 for column in data["table"]["columns"])


def test_the_file_is_written_whole_or_not_at_all(make_result, tmp_path) -> None:
    assert write_html(make_result(), str(tmp_path / "x.html")).read_text("utf-8").startswith("<!DOCTYPE html>")
    with pytest.raises(OSError):
        write_html(make_result(), tmp_path / "missing" / "x.html")
    assert [p.name for p in tmp_path.iterdir()] == ["x.html"]
