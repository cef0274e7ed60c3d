"""Numbers and names as a person reads them."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from territory_opt.fairness.wording import amount, clean, count, display_width, joined, measure_title, percent


@given(st.floats(-1e15, 1e15))
def test_amounts_are_short_and_close(value: float) -> None:
    for unit in ("money", "units", "hours"):
        text = amount(value, unit)
        assert len(text) <= 12
        number = text.removesuffix(" h").replace(",", "")
        scale = {"k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}.get(number[-1], 1.0)
        shown = float(number.rstrip("kMBT")) * scale
        assert math.isclose(shown, value, rel_tol=0.006, abs_tol=0.0501)


def test_no_amount_is_a_negative_zero() -> None:
    assert amount(-0.0, "accounts") == "0"
    assert percent(-0.0001, digits=1, signed=True) == "0.0%"


def test_amounts_round_across_a_suffix() -> None:
    assert amount(999_960.0, "money") == "1.00M"
    assert amount(999.7, "money") == "1.00k"


@given(st.text())
def test_a_cleaned_name_is_one_line_without_control_characters(text: str) -> None:
    name = clean(text)
    assert "\n" not in name and "\x1b" not in name and "\u202e" not in name and "\u2028" not in name
    assert clean(name) == name


def test_widths_count_wide_and_combining_characters() -> None:
    assert display_width("東京") == 4
    assert display_width("e\u0301") == 1


def test_lists_are_cut_with_a_count() -> None:
    assert joined(["a", "b", "c", "d"], at_most=2) == "a, b and 2 more"
    assert joined([]) == ""


def test_counts_and_titles() -> None:
    assert count(1, "account has", "accounts have") == "1 account has"
    assert measure_title("acv_2026") == "ACV 2026"
