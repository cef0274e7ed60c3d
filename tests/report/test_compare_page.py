"""The page of a comparison: which plan to take stands first, every number below it, and no name can do anything."""

from __future__ import annotations

import re

import pytest

import territory_opt as topt
from chromium import PROGRAM, Browser
from territory_opt.report.compare_page import comparison_page, write_comparison

BAND = (topt.Balance("tam", within=0.1),)


def table(names=("today", "plan"), criteria=BAND) -> topt.Comparison:
    columns = {"account_id": list("abcd"), "acv": [9e4, 7e4, 8e4, 8e4], "owner": ["r0", "r0", "r0", "r1"]}
    team = topt.Team.from_frame({"rep_id": ["r0", "r1"]})
    problem = topt.Problem(topt.Accounts.from_frame(columns), team, criteria=criteria)
    plans = zip(names, ([0, 0, 0, 1], [0, 0, 1, 1]), strict=True)
    return topt.compare({name: topt.Alignment.from_index(problem, reps) for name, reps in plans}, problem)


def test_the_page_leads_with_the_plan_to_take() -> None:
    found = table()
    text = comparison_page(found)
    assert re.search(r"<h1>(.*?)</h1>", text).group(1) == "Take plan: it alone keeps every limit"
    for sentence in found.recommendation[1:]:
        assert sentence in text
    assert text.count("<h1>") == 1 and 'scope="col"' in text and 'scope="row"' in text and "<caption>" in text


def test_a_full_stop_in_a_name_ends_no_headline() -> None:
    text = comparison_page(table(("v1. today", "v2. plan")))
    assert "<h1>Take v2. plan: it alone keeps every limit</h1>" in text


def test_when_no_plan_is_good_the_page_says_that_first() -> None:
    text = comparison_page(table(criteria=(topt.Balance("tam", between=(1.0, 2.0)),)))
    assert "<h1>No plan keeps every limit</h1>" in text and '<body class="failed">' in text
    assert "breaks the fewest, 1:" in text


def test_names_are_text_and_nothing_is_loaded(tmp_path) -> None:
    path = write_comparison(table(("<img src=x onerror=alert(1)>", "</title><b>")), tmp_path / "a.html")
    text = path.read_text("utf-8")
    assert "<img" not in text and "<b>" not in text and "<script" not in text
    assert not re.search(r"\b(src|href)\s*=", text.replace("&lt;img src=x", ""))
    assert "default-src 'none'" in text


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium here")
def test_on_a_phone_only_the_table_is_wider_than_the_screen(tmp_path) -> None:
    path = write_comparison(table(("today " + "x" * 200, "plan")), tmp_path / "a.html")
    phone = Browser(width=390, height=844)
    try:
        phone.send("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
        phone.open(path, script=False)
        assert phone.requests == [path.as_uri()]
        assert phone.run("document.documentElement.scrollWidth") == 390
        assert phone.errors == []
    finally:
        phone.close()
