"""The text summary: ten readable seconds, whatever the names."""

from __future__ import annotations

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.cli.books import books_table
from territory_opt.fairness.wording import display_width
from territory_opt.report.notebook import result_html
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


def test_a_team_with_part_timers_shows_their_capacity_wherever_books_are_listed(make_result) -> None:
    result = make_result(capacity=[1.0, 0.8, 1.0, 1.0])
    lines = [line.split() for line in result_text(result).splitlines()]
    assert next(line for line in lines if line[:1] == ["book"])[1] == "capacity"
    assert next(line for line in lines if line[:2] == ["Rep", "1"])[2] == "0.8"
    table = books_table(result.fairness(), 80)
    assert [str(column.header) for column in table.columns][1] == "Capacity"
    assert '<th scope="col">Capacity</th>' in result_html(result) and "<td>0.8</td>" in result_html(result)
    # Where all are full it says nothing.
    assert "capacity" not in result_text(make_result()) and "Capacity" not in result_html(make_result())


def test_without_a_band_no_column_is_empty() -> None:
    problem = topt.Problem.from_arrays(cost=[[1.0, 2.0], [2.0, 1.0]], measures={"hours": [1.0, 2.0]})
    result = topt.solve(problem)
    lines = result_text(result).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("book"))
    assert lines[start].split() == ["book", "hours", "against", "team", "Accounts"]
    assert all(len(line.split()) == 4 for line in lines[start + 1 : start + 3])
    assert "<td></td>" not in result_html(result)


def test_without_an_alignment_it_says_what_was_asked(make_result) -> None:
    text = result_text(make_result(found=False, termination=Termination(Reason.INFEASIBLE, None, "too tight")))
    assert "Too tight" in text and "minimise ACV that changes owner" in text


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
