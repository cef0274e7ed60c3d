import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory_opt._parse import parse_flags
from territory_opt._parse_dates import parse_dates
from territory_opt._parse_numbers import parse_numbers
from territory_opt._text import text_array


def numbers(*texts, **options):
    return parse_numbers(text_array(texts), **options)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1200.5", 1200.5),
        ("$1,200.50", 1200.5),
        ("1 200,50", 1200.5),
        ("1\u00a0200,50 €", 1200.5),
        ("1.200.300,5", 1200300.5),
        ("CHF 1'200.50", 1200.5),
        ("1,234,567", 1234567.0),
        ("(300.25)", -300.25),
        ("-$300.25", -300.25),
        ("1,200", 1200.0),
        ("12,5", 12.5),
        ("1e6", 1e6),
        ("n/a", np.nan),
    ],
)
def test_one_reading_is_read(text, value):
    parsed = numbers(text, "7")
    assert not parsed.bad
    np.testing.assert_array_equal(parsed.values[0], value)


@pytest.mark.parametrize("text", ["abc", "12k", "1,2,3", "1_000", "inf", "12,34,5", "5%", "1.2.3", "--5", "$", "0x10"])
def test_what_is_no_number_is_reported(text):
    assert list(numbers("1", text).bad) == [1]


def test_other_values_decide_between_point_and_comma():
    assert numbers("1,200", "1,200.50").values.tolist() == [1200.0, 1200.5]
    assert numbers("1,200", "12,5").values.tolist() == [1.2, 12.5]
    assert numbers("1.200", "12,5").values.tolist() == [1200.0, 12.5]


def test_contradicting_evidence_refuses_only_the_text_with_two_readings():
    parsed = numbers("1,200", "12,5", "12.75")
    assert list(parsed.bad) == [0]
    assert "1200" in parsed.bad[0]
    assert "1.2" in parsed.bad[0]


def test_coordinates_have_no_thousands():
    assert numbers("48,123", grouped=False).values.tolist() == [48.123]


def test_mixed_currencies_are_refused():
    assert sorted(numbers("$1", "€2", "3").bad) == [0, 1]


def test_a_percent_sign_makes_a_share_but_no_bare_number_is_rescaled():
    assert numbers("15%", "0.3", share=True).values.tolist() == [0.15, 0.3]
    assert numbers("15", "1,5", share=True).values.tolist() == [15.0, 1.5]


def test_how_texts_were_read_is_said_once():
    assert numbers("$1,000", "$2,500", "3").notes == ["2 values written like '$1,000' read as numbers (1000)"]


@given(st.lists(st.floats(min_value=0, max_value=1e12), min_size=1))
def test_us_formatting_survives(values):
    cents = [round(value, 2) for value in values]
    parsed = parse_numbers(text_array(f"${value:,.2f}" for value in cents))
    assert not parsed.bad
    np.testing.assert_allclose(parsed.values, cents, rtol=1e-12)


@given(st.lists(st.floats(min_value=-1e12, max_value=1e12), min_size=1))
def test_european_formatting_survives(values):
    cents = [round(value, 2) for value in values]
    swap = str.maketrans(",.", ".,")
    parsed = parse_numbers(text_array(f"{value:,.2f}".translate(swap) for value in cents))
    assert not parsed.bad
    np.testing.assert_allclose(parsed.values, cents, rtol=1e-12)


@given(st.lists(st.text(max_size=12)))
def test_any_text_is_a_number_missing_or_reported(texts):
    stripped = text_array(text.strip() for text in texts)
    parsed = parse_numbers(stripped)
    assert parsed.values.shape == (len(texts),)
    assert not np.isinf(parsed.values).any()
    assert all(np.isnan(parsed.values[row]) for row in parsed.bad)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31",
        "2026/01/31 10:00:00",
        "20260131",
        "31.01.2026",
        "Jan 31, 2026",
        "31 January 2026",
        "2026-01-31T23:59Z",
    ],
)
def test_unambiguous_dates_are_read(text):
    parsed = parse_dates(text_array([text, ""]))
    assert not parsed.bad
    assert parsed.values.astype(str).tolist() == ["2026-01-31", "NaT"]


def test_the_column_decides_between_day_and_month():
    assert parse_dates(text_array(["01/02/2026", "31/12/2026"])).values.astype(str)[0] == "2026-02-01"
    assert parse_dates(text_array(["01/02/2026", "12/31/2026"])).values.astype(str)[0] == "2026-01-02"
    assert parse_dates(text_array(["05/05/2026"])).values.astype(str)[0] == "2026-05-05"


@pytest.mark.parametrize(
    "texts", [["01/02/2026"], ["01/02/2026", "13/01/2026", "01/13/2026"], ["2026-02-30"], ["soon"], ["1/2/26"]]
)
def test_dates_with_two_readings_or_none_are_reported(texts):
    assert 0 in parse_dates(text_array(texts)).bad


@given(st.lists(st.dates()))
def test_iso_dates_survive(days):
    parsed = parse_dates(text_array(day.isoformat() for day in days))
    assert not parsed.bad
    assert parsed.values.tolist() == days


def test_yes_and_no_in_usual_spellings():
    parsed = parse_flags(text_array(["Yes", "TRUE", "1", "x", "no", "False", "0", "", "maybe"]))
    assert parsed.values.tolist()[:8] == [True] * 4 + [False] * 4
    assert list(parsed.bad) == [8]
