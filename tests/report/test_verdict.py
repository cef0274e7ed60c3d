"""The headline never claims more than was proven."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import territory_opt as topt
from territory_opt.report.html import html_page
from territory_opt.report.verdict import gap_words, seconds_words, verdict
from territory_opt.termination import Limit, Reason, Termination


@given(st.floats(1e-6, 10.0))
def test_a_gap_in_words_is_never_smaller_than_the_gap(gap: float) -> None:
    said = float(gap_words(gap).rstrip("%")) / 100
    assert said >= gap * (1 - 1e-6)
    assert said <= gap * 1.11


def test_a_gap_has_two_digits() -> None:
    assert gap_words(0.00196) == "0.2%"
    assert gap_words(0.00192) == "0.2%"
    assert gap_words(0.00188) == "0.19%"
    assert gap_words(0.25) == "25%"
    assert gap_words(1.5) == "150%"
    assert gap_words(0.0) == "0%"


def test_a_gap_too_small_to_matter_is_not_spelled_out() -> None:
    assert [gap_words(gap) for gap in (9.3e-16, 1e-9, 9.99e-7, 1e-6)] == ["<0.0001%"] * 3 + ["0.0001%"]


def test_the_repr_never_shows_a_gap_as_nothing(make_result) -> None:
    assert "gap 0.001%" in repr(make_result(gap=1e-5))
    assert "gap unknown" in repr(make_result(gap=math.inf))


@pytest.mark.parametrize(
    ("limit", "headline", "advice"),
    [
        (Limit.TIME, "No alignment was found in time", "more time"),
        (Limit.INTERRUPTED, "Stopped before an alignment was found", "run longer"),
        (Limit.ITERATIONS, "no further step", "another seed or solver"),
        (Limit.HOMES, "for the homes chosen", "Give the reps homes"),
        (None, "No alignment was found", "widen the bands"),
    ],
)
def test_a_search_without_an_answer_is_told_by_what_ended_it(make_result, limit, headline: str, advice: str) -> None:
    result = make_result(found=False, termination=Termination(Reason.NO_ALIGNMENT_FOUND, limit))
    said = verdict(result)
    assert headline in said.headline and advice in said.detail
    assert ("in time" in said.headline) == (limit is Limit.TIME)
    with pytest.raises(topt.NoAlignmentError) as caught:
        _ = result.alignment
    assert headline.lower() in str(caught.value).lower() and advice.lower() in str(caught.value).lower()


def test_a_proven_gap_is_the_headline(make_result) -> None:
    said = verdict(make_result(gap=0.00196))
    assert said.headline == "Proven within 0.2% of the best possible"
    assert "no alignment can cost less than" in said.detail
    assert "stopped at the gap that was asked for" in said.detail


def test_optimal_is_said_only_below_a_millionth(make_result) -> None:
    optimal = Termination(Reason.OPTIMAL)
    assert verdict(make_result(gap=0.0, termination=optimal)).headline == "Proven best possible"
    assert verdict(make_result(gap=1e-5)).headline == "Proven within 0.001% of the best possible"


def test_chosen_homes_limit_the_claim(make_result) -> None:
    homes = Termination(Reason.FEASIBLE, Limit.HOMES)
    assert verdict(make_result(gap=0.0, termination=homes)).headline == "Proven best for the homes chosen"
    assert "not proven" in verdict(make_result(gap=0.0, termination=homes)).detail
    assert verdict(make_result(gap=0.01, termination=homes)).headline.endswith("for the homes chosen")


@pytest.mark.parametrize("gap", [math.inf, 1.7])
def test_without_a_useful_bound_nothing_is_claimed(make_result, gap: float) -> None:
    said = verdict(make_result(gap=gap))
    assert said.tone == "open" and "unknown" in said.headline


def test_a_broken_limit_comes_before_everything(make_result) -> None:
    said = verdict(make_result(criteria=[topt.Balance("tam", within=0.0001)]))
    assert said.tone == "failed" and said.headline == "1 limit is not kept"


def test_infeasible_says_why(make_result) -> None:
    why = Termination(Reason.INFEASIBLE, None, "account a3 is larger than any book may be")
    said = verdict(make_result(found=False, termination=why))
    assert said.headline == "No alignment can keep every limit"
    assert said.detail.startswith("Account a3 is larger than any book may be. Proven in")


def test_out_of_time_says_what_to_do(make_result) -> None:
    said = verdict(make_result(found=False, termination=Termination(Reason.NO_ALIGNMENT_FOUND, Limit.TIME)))
    assert said.headline == "No alignment was found in time" and "widen the bands" in said.detail


def test_durations_are_short() -> None:
    assert [seconds_words(s) for s in (0.004, 59.9, 119.6, 7200)] == ["0.00 s", "59.9 s", "2 min 0 s", "2 h 0 min"]


def test_several_reasons_are_a_list_and_one_is_a_sentence(make_result) -> None:
    one = verdict(make_result(found=False, termination=Termination(Reason.INFEASIBLE, detail="x is too large (2; y)")))
    assert one.detail.startswith("X is too large (2; y). Proven in") and one.reasons == ()
    detail = "x is too large (2; y); y is too small"
    result = make_result(found=False, termination=Termination(Reason.INFEASIBLE, detail=detail))
    two = verdict(result)
    assert two.reasons == ("X is too large (2; y)", "Y is too small") and two.detail.startswith("Proven in")
    for shown in (str(result), result._repr_html_(), html_page(result)):
        assert "X is too large (2; y)" in shown and "Y is too small" in shown
