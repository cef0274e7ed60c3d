"""The text summary: ten readable seconds, whatever the names."""

from __future__ import annotations

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.fairness.wording import display_width
from territory_opt.report.text import marker, result_text
from territory_opt.termination import Reason, Termination


def test_the_verdict_comes_first_and_every_book_has_a_line(make_result) -> None:
    lines = result_text(make_result()).splitlines()
    assert lines[0] == "Proven within 0.2% of the best possible"
    assert sum(line.startswith("Rep ") for line in lines) == 4


def test_print_shows_the_summary(make_result) -> None:
    result = make_result()
    assert str(result) == result_text(result)


def test_columns_line_up_with_wide_names(make_result) -> None:
    lines = result_text(make_result(names=["東京 営業", "Zoë", "שלום", "plain"])).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("book"))
    widths = {display_width(line) for line in lines[start + 1 : start + 5]}
    assert len(widths) == 1


def test_hostile_names_stay_on_their_line(make_result, hostile) -> None:
    result = make_result(columns=hostile)
    text = result_text(result)
    assert "\x1b" not in text and "\x00" not in text and "\u202e" not in text
    start = text.splitlines().index(next(x for x in text.splitlines() if x.startswith("book")))
    assert all(line.strip() for line in text.splitlines()[start : start + 5])


def test_without_an_alignment_it_says_what_was_asked(make_result) -> None:
    text = result_text(make_result(found=False, termination=Termination(Reason.INFEASIBLE, None, "too tight")))
    assert "Too tight" in text and "minimise acv that changes owner" in text


def test_the_marker_is_inside_the_brackets_exactly_when_the_book_is(make_result) -> None:
    row = make_result(criteria=[topt.Balance("load", within=0.1)], k=6).fairness().measure("load")
    for j in range(6):
        drawn = marker(row, j)
        assert len(drawn) == 17
        assert ("o" in drawn) == bool(row.inside[j]) and ("X" in drawn) != bool(row.inside[j])


def test_ten_thousand_books_stay_one_screen(make_result) -> None:
    result = make_result(20_000, 10_000, places=False)
    text = result_text(result)
    assert len(text.splitlines()) < 60 and "9,980 books in between" in text


@pytest.mark.parametrize("acv", [np.zeros(6), np.array([5.0, 0, 0, 0, 0, 0])])
def test_empty_books_are_shown_without_nan(make_result, acv) -> None:
    columns = {"account_id": list("abcdef"), "acv": acv}, {"rep_id": ["x", "y", "z"]}
    text = result_text(make_result(columns=columns, criteria=[]))
    assert "nan" not in text.lower().replace("finance", "")


def test_one_rep_has_a_summary(make_result) -> None:
    columns = {"account_id": ["a"], "acv": [5.0]}, {"rep_id": ["x"]}
    assert "1 account in 1 book" in result_text(make_result(columns=columns, criteria=[]))
