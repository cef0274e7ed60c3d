"""The page in a real browser: it sorts, filters, explains and prints, and complains about nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import numpy as np
import pytest

import territory_opt as topt
from chromium import PROGRAM, Browser
from territory_opt.report.html import write_html
from territory_opt.report.sections import Section
from territory_opt.report.show_math import show_math

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium here")

HEADS = "[...document.querySelectorAll('{} thead th')]"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    opened = Browser()
    yield opened
    opened.close()


def column(browser: Browser, table: str, position: int) -> list[str]:
    cells = (
        f"[...document.querySelectorAll('{table} > tbody > tr:not(.math)')].map(r => r.cells[{position}].textContent)"
    )
    return browser.run(cells)


def click(browser: Browser, table: str, title: str) -> int:
    """Click the heading of a column; its position."""
    titles = browser.run(f"{HEADS.format(table)}.map(h => h.textContent)")
    position = titles.index(title)
    browser.run(f"{HEADS.format(table)}[{position}].querySelector('button').click()")
    return position


def choose(browser: Browser, name: str, value: str) -> None:
    browser.run(
        f"(e => {{ e.value = {value!r}; e.dispatchEvent(new Event(e.type === 'search' ? 'input' : 'change')) }})"
        f"(document.getElementById({name!r}))"
    )


def numbers(texts: list[str]) -> list[float]:
    return [float(text.replace(",", "")) for text in texts]


def test_the_page_opens_without_a_complaint_and_asks_for_nothing(browser, make_result, tmp_path) -> None:
    path = write_html(make_result(), tmp_path / "a.html")
    browser.open(path)
    assert browser.errors == []
    assert browser.requests == [path.as_uri()]
    assert browser.run("document.querySelectorAll('#books > tbody > tr').length") == 4
    assert browser.run("document.getElementById('where').textContent") == "1 to 50 of 60 accounts"


def test_accounts_sort_by_any_column_both_ways(browser, make_result, tmp_path) -> None:
    result = make_result(120)
    browser.open(write_html(result, tmp_path / "a.html"))
    position = click(browser, "#accounts", "ACV")
    acv = np.sort(result.problem.scores.acv)[::-1]
    assert numbers(column(browser, "#accounts", position)) == acv[:50].round().tolist()
    assert browser.run(f"{HEADS.format('#accounts')}[{position}].getAttribute('aria-sort')") == "descending"
    click(browser, "#accounts", "ACV")
    assert numbers(column(browser, "#accounts", position)) == acv[::-1][:50].round().tolist()
    assert browser.run("document.querySelectorAll('#accounts [aria-sort]').length") == 1
    # Numbers inside ids count as numbers: a2 comes before a10.
    click(browser, "#accounts", "Account")
    assert column(browser, "#accounts", 0)[:12] == [f"a{i}" for i in range(12)]


def test_accounts_filter_by_book_change_and_words(browser, make_result, tmp_path) -> None:
    result = make_result(200, 4)
    browser.open(write_html(result, tmp_path / "a.html"))
    choose(browser, "book", "2")
    assert browser.run("document.getElementById('where').textContent") == "1 to 50 of 50 accounts (200 in all)"
    assert set(column(browser, "#accounts", 2)) == {"Rep 2"}
    choose(browser, "moved", "moved")
    owner, rep = result.problem.owners.rep_index, result.alignment.rep_index
    n_moved = int(((owner >= 0) & (owner != rep) & (rep == 2)).sum())
    assert len(column(browser, "#accounts", 0)) == n_moved
    choose(browser, "book", "")
    choose(browser, "moved", "")
    choose(browser, "find", "account 17")
    browser.wait("document.querySelectorAll('#accounts > tbody > tr').length < 50")
    assert set(column(browser, "#accounts", 1)) == {"Account 17", *(f"Account 17{i}" for i in range(10))}
    choose(browser, "find", "no such thing")
    browser.wait("document.getElementById('where').textContent === 'No accounts match'")


def test_a_keyboard_is_enough_to_open_a_book_and_turn_pages(browser, make_result, tmp_path) -> None:
    browser.open(write_html(make_result(), tmp_path / "a.html"))
    browser.run("document.querySelector('.more').focus()")
    browser.press("Enter", code=13, text="\r")
    assert browser.run("document.querySelector('.more').getAttribute('aria-expanded')") == "true"
    identity = browser.run("document.querySelector('.more').getAttribute('aria-controls')")
    assert browser.run(f"document.getElementById('{identity}').classList.contains('math')")
    browser.press(" ", code=32, text=" ")
    assert browser.run("document.querySelectorAll('tr.math').length") == 0
    browser.run("document.getElementById('next').focus()")
    browser.press("Enter", code=13, text="\r")
    assert browser.run("document.getElementById('where').textContent") == "51 to 60 of 60 accounts"
    # From the top, the first stop is the link that skips to the findings, and every stop is visible when it has focus.
    browser.run("document.activeElement.blur(); scrollTo(0, 0)")
    stops = []
    for _ in range(40):
        browser.press("Tab", code=9)
        stops.append(browser.run("document.activeElement.outerHTML.slice(0, 60)"))
    assert any("zoom-in" in stop for stop in stops) and any('class="more"' in stop for stop in stops)
    assert browser.errors == []


def test_the_map_moves_by_keyboard_and_follows_the_chosen_book(browser, make_result, tmp_path) -> None:
    browser.open(write_html(make_result(), tmp_path / "a.html"))
    before = browser.run("document.querySelector('svg.map').getAttribute('viewBox')")
    browser.run("document.getElementById('map').focus()")
    browser.press("+", text="+")
    assert browser.run("document.querySelector('svg.map').getAttribute('viewBox')") != before
    browser.press("0", text="0")
    assert browser.run("document.querySelector('svg.map').getAttribute('viewBox')") == before
    choose(browser, "focus", "1")
    on = "[...document.querySelectorAll('svg.map .on')].map(e => e.dataset.book)"
    assert set(browser.run(on)) == {"1"}


def test_the_math_of_every_book_adds_up_to_what_the_library_says(browser, make_result, tmp_path) -> None:
    result = make_result()
    browser.open(write_html(result, tmp_path / "a.html"))
    browser.run("document.querySelectorAll('.more').forEach(b => b.click())")
    shown = browser.run(
        "[...document.querySelectorAll('tr.math')].map(r => [Number(r.id.slice(5)), "
        "[...r.querySelectorAll('table')].map(t => [t.caption.textContent, "
        "[...t.rows].map(l => [l.className, l.cells[2].textContent])])])"
    )
    report = result.fairness()
    assert sorted(j for j, _ in shown) == [0, 1, 2, 3]
    for j, tables in shown:
        assert [title for title, _ in tables] == ["Load", "TAM", "Account units", "Travel hours"]
        for (_, lines), math in zip(tables, show_math(report), strict=True):
            parts = numbers([text for kind, text in lines if kind == "part"])
            (total,) = numbers([text for kind, text in lines if kind == "sum"])
            (value,) = numbers([text for kind, text in lines if kind == "result"])
            assert total == pytest.approx(math.row.totals[j], abs=0.006)
            assert sum(parts) == pytest.approx(total, abs=0.006 * (len(parts) + 1))
            assert value == pytest.approx(math.row.values[j], abs=0.006)


def test_a_book_leads_to_its_accounts(browser, make_result, tmp_path) -> None:
    browser.open(write_html(make_result(), tmp_path / "a.html"))
    browser.run("document.querySelector('.more').click(); document.querySelector('.actions button').click()")
    name = browser.run("document.querySelector('.more').textContent")
    assert set(column(browser, "#accounts", 2)) == {name}


def test_books_sort_and_filter(browser, make_result, tmp_path) -> None:
    result = make_result(400, 130)
    browser.open(write_html(result, tmp_path / "a.html"))
    assert browser.run("document.getElementById('book-where').textContent") == "1 to 100 of 130 books"
    loads = result.fairness().measure("load").values
    names = [f"Rep {j}" for j in np.argsort(-loads, kind="stable")[:100]]
    assert column(browser, "#books", 0) == names
    click(browser, "#books", "Book")
    assert column(browser, "#books", 0) == [f"Rep {j}" for j in range(100)]
    choose(browser, "find-book", "rep 12")
    browser.wait("document.querySelectorAll('#books > tbody > tr').length === 11")
    choose(browser, "find-book", "")
    choose(browser, "outside", "any")
    browser.wait("document.querySelectorAll('#books > tbody > tr').length !== 11")
    report = result.fairness()
    outside = np.any(
        [~row.inside for row in report.measures if row.measure not in ("named_acv", "white_space_acv")], axis=0
    )
    outside |= np.asarray(report.travel.over_share)
    said = browser.run("document.getElementById('book-where').textContent")
    assert int(re.search(r"of (\d+) books", said).group(1)) == int(outside.sum())


def test_hostile_names_do_nothing_in_a_browser(browser, make_result, hostile, tmp_path) -> None:
    result = make_result(columns=hostile)
    section = Section("<img src=x onerror=alert(1)>", "</script>", ("a", "b"), [("<b>x</b>", "'\"")])
    browser.open(write_html(result, tmp_path / "a.html", title="</title><script>alert(1)</script>", sections=[section]))
    browser.run("document.querySelectorAll('.more').forEach(b => b.click())")
    for title in browser.run(f"{HEADS.format('#accounts')}.map(h => h.textContent)"):
        click(browser, "#accounts", title)
    assert browser.errors == []
    assert browser.run("document.images.length") == 0
    assert browser.run("document.querySelectorAll('b').length") == 0
    click(browser, "#accounts", "Account")
    shown = column(browser, "#accounts", 1)
    assert "<img src=x onerror=alert(1)>" in shown and "שלום עולם" in shown and "Zoë 😀 東京" in shown
    # A name of the other direction stays inside its own cell.
    assert browser.run("document.querySelectorAll('#accounts tbody bdi').length") > 0


def test_a_very_long_name_hides_nothing(browser, make_result, tmp_path) -> None:
    result = make_result(names=["x" * 300, "Rep 1", "Rep 2", "Rep 3"])
    browser.open(write_html(result, tmp_path / "a.html", sections=[Section("s", "", ("a", "b"), [("y" * 300, "1")])]))
    assert browser.run("document.documentElement.scrollWidth") == 1280
    wide = "[...document.querySelectorAll('#books > tbody > tr > th')].map(c => c.getBoundingClientRect().width)"
    assert max(browser.run(wide)) < 600
    last = "document.querySelector('#books > tbody > tr').lastElementChild.getBoundingClientRect().right"
    assert browser.run(last) <= 1280


def test_a_name_from_the_right_leaves_the_number_beside_it_alone(browser, make_result, tmp_path) -> None:
    result = make_result(names=["שלום עולם", "Rep 1", "Rep 2", "Rep 3"], criteria=[topt.Balance("tam", within=0.01)])
    browser.open(write_html(result, tmp_path / "a.html"))
    sentences = browser.run("[...document.querySelectorAll('.advice li')].map(e => e.textContent)")
    told = next(text for text in sentences if "שלום" in text)
    assert "\u2068שלום עולם\u2069" in told


def test_paper_gets_every_book_and_repeats_the_headings(browser, make_result, tmp_path) -> None:
    browser.open(write_html(make_result(400, 130), tmp_path / "a.html"))
    rows = "document.querySelectorAll('#books > tbody > tr').length"
    browser.run(f"window.counted = -1; addEventListener('beforeprint', () => {{ window.counted = {rows} }})")
    printed = browser.pdf()
    assert browser.run("window.counted") == 130
    assert browser.run("document.querySelectorAll('#books > tbody > tr').length") == 100
    browser.send("Emulation.setEmulatedMedia", media="print")
    style = "getComputedStyle(document.querySelector('{}')).{}"
    assert browser.run(style.format("#books thead", "display")) == "table-header-group"
    # Chromium does not repeat a heading that holds a button.
    assert browser.run(style.format("#books thead button", "display")) == "none"
    assert browser.run("getComputedStyle(document.querySelector('#books thead th'), '::after').content") == '"Book"'
    assert browser.run(style.format("nav", "display")) == "none"
    browser.send("Emulation.setEmulatedMedia", media="")
    pypdf = pytest.importorskip("pypdf")
    sheets = [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(printed)).pages]
    # Sheets with rows of the table of books and not yet of the accounts.
    several = [s for s in sheets if len(set(re.findall(r"Rep \d+", s))) > 20 and not re.search(r"Account \d", s)]
    assert len(several) >= 2 and all("Load against team" in sheet for sheet in several)


def test_paper_says_how_many_of_the_accounts_it_lists(browser, make_result, tmp_path) -> None:
    browser.open(write_html(make_result(400, 3), tmp_path / "a.html"))
    pypdf = pytest.importorskip("pypdf")
    pages = pypdf.PdfReader(io.BytesIO(browser.pdf())).pages
    text = " ".join(" ".join(page.extract_text().split()) for page in pages)
    assert "1 to 50 of 400 accounts" in text and "Next" not in text


def test_on_a_phone_nothing_but_tables_is_wider_than_the_screen(make_result, tmp_path) -> None:
    phone = Browser(width=390, height=844)
    try:
        phone.send("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
        phone.open(write_html(make_result(), tmp_path / "a.html"))
        assert phone.run("document.documentElement.scrollWidth") == 390
        # Words under a heading are not cut with the table that follows them, and rows keep their name in sight.
        assert phone.run("[...document.querySelectorAll('caption')].every(c => c.matches('.unseen, .math caption'))")
        assert phone.run("getComputedStyle(document.querySelector('#books tbody th')).position") == "sticky"
        # Letters of a chart shrink with it: never below nine pixels.
        size = "parseFloat(getComputedStyle(document.querySelector('svg.chart text')).fontSize)"
        scale = "document.querySelector('svg.chart').getBoundingClientRect().width / 560"
        assert phone.run(f"{size} * {scale}") > 9.0
    finally:
        phone.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_the_page(browser, make_result, tmp_path, scheme: str) -> None:
    browser.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.open(write_html(make_result(), tmp_path / "a.html"))

    def light(name: str) -> float:
        value = browser.run(f"getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()")
        value = value if len(value) == 7 else "#" + "".join(2 * c for c in value[1:])
        parts = [int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    # WCAG 2.2, criterion 1.4.3: 4.5 for text; 1.4.11: 3 for the edges of controls.
    for ground in ("page", "faint"):
        for name, least in (("ink", 7), ("muted", 4.5), ("accent", 4.5), ("warn", 4.5), ("edge", 3)):
            high, low = sorted((light(ground), light(name)), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= least, (scheme, ground, name)
    browser.send("Emulation.setEmulatedMedia", features=[])


def test_every_control_has_a_name_and_every_id_is_there_once(browser, make_result, tmp_path) -> None:
    browser.open(write_html(make_result(), tmp_path / "a.html"))
    tree = browser.send("Accessibility.getFullAXTree")["nodes"]
    for node in tree:
        role = node.get("role", {}).get("value")
        if not node.get("ignored") and role in ("button", "link", "combobox", "searchbox", "image", "region", "table"):
            assert node["name"]["value"], node
    roles = {node.get("role", {}).get("value") for node in tree}
    assert {"banner", "navigation", "main", "contentinfo", "heading", "columnheader", "rowheader", "status"} <= roles
    repeated = "(ids => ids.length - new Set(ids).size)([...document.querySelectorAll('[id]')].map(e => e.id))"
    assert browser.run(repeated) == 0


def test_a_hundred_thousand_accounts_are_usable(browser, make_result, tmp_path) -> None:
    result = make_result(100_000, 300)
    path = write_html(result, tmp_path / "a.html")
    assert path.stat().st_size < 8_000_000
    browser.open(path)
    assert browser.errors == []
    assert browser.run("document.getElementsByTagName('*').length") < 20_000
    assert browser.run("document.querySelectorAll('#accounts > tbody > tr').length") == 50
    position = click(browser, "#accounts", "ACV")
    top = np.sort(result.problem.scores.acv)[::-1][:50].round().tolist()
    assert numbers(column(browser, "#accounts", position)) == top
    # The canvas behind the borders has every account in it.
    painted = browser.run(
        "(c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0;"
        "for (let i = 3; i < d.length; i += 4) { n += d[i] > 0 } return 4 * n / d.length })"
        "(document.querySelector('canvas'))"
    )
    assert painted > 0.1
    assert browser.run("document.getElementById('sampled').hidden")


def test_a_browser_that_cannot_unpack_says_so(browser, make_result, tmp_path) -> None:
    path = write_html(make_result(6_000, 5), tmp_path / "a.html")
    source = "delete window.DecompressionStream; document.documentElement"
    added = browser.send("Page.addScriptToEvaluateOnNewDocument", source=source)["identifier"]
    browser.send("Page.navigate", url=path.as_uri())
    browser.wait("document.getElementById('too-old')?.hidden === false")
    browser.send("Page.removeScriptToEvaluateOnNewDocument", identifier=added)
    assert len(column(browser, "#books", 0)) == 5
