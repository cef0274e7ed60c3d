"""The math of a book adds up, whatever a load is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.report.show_math import book_math, show_math


def report_of(policy: dict[str, Any], *, measures: tuple[str, ...] = (), **columns: Any) -> Any:
    rng = np.random.default_rng(4)
    n, k = 90, 4
    accounts: dict[str, Any] = {
        "account_id": [f"a{i}" for i in range(n)],
        "named_acv": rng.lognormal(10, 1, n).round(2),
        "white_space_acv": rng.lognormal(9, 1, n).round(2),
        "lat": rng.uniform(30, 45, n),
        "lon": rng.uniform(-120, -75, n),
        "language": rng.choice(["en", "fr"], n),
        "partner_sourced": rng.choice([True, False], n),
        "seats": rng.integers(0, 50, n),
    }
    reps = {
        "rep_id": [f"r{j}" for j in range(k)],
        "lat": rng.uniform(30, 45, k),
        "lon": rng.uniform(-120, -75, k),
        "capacity": [1.0, 0.5, 0.8, 1.0],
        "languages": ["en", "en;fr", "fr", "en"],
    }
    table = topt.Accounts.from_frame(accounts | columns, measures=list(measures))
    problem = topt.Problem(table, topt.Team.from_frame(reps), policy=topt.Policy(**policy), criteria=[])
    return topt.fairness(problem, topt.Alignment.from_index(problem, np.arange(n) % k))


CASES = {
    "no friction": ({"friction_per_hour": 0.0}, {}),
    "a price of an hour": ({"friction_per_hour": 120.0}, {}),
    "an hour and a language": ({"friction_per_hour": 50.0, "language_penalty": 700.0}, {}),
    "a language alone": ({"friction_per_hour": 0.0, "language_penalty": 700.0}, {}),
    "an own column": ({}, {"friction": np.linspace(0.0, 500.0, 90)}),
    "other weights": ({"friction_per_hour": 0.0, "named_weight": 0.7, "white_space_weight": 0.3}, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_parts_add_up_to_what_the_library_says(case: str) -> None:
    policy, columns = CASES[case]
    report = report_of(policy, measures=("seats",), **columns)
    found = show_math(report)
    assert [math.row.measure for math in found] == ["load", "tam", "account_units", "travel_hours", "seats"]
    for math in found:
        kinds = [line.kind for line in math.lines]
        assert kinds == ["part"] * (len(kinds) - 3) + ["sum", "divisor", "result"]
        parts = np.sum([line.amount for line in math.lines if line.kind == "part"], axis=0)
        total, capacity, value = (line.amount for line in math.lines[-3:])
        np.testing.assert_allclose(parts, total, rtol=1e-12, atol=1e-6)
        np.testing.assert_allclose(total / capacity, value, rtol=1e-12)
        # The sums are those of an evaluation that shares nothing with the parts.
        books = topt.evaluate(report.problem, report.alignment).books[math.row.measure]
        np.testing.assert_allclose(total, books, rtol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_every_factor_gives_its_amount(case: str) -> None:
    policy, columns = CASES[case]
    for math in show_math(report_of(policy, **columns)):
        for line in math.lines:
            if line.of is not None and "×" in line.how:
                factor = line.how.rpartition("× ")[2].replace("−", "-").replace(",", "")
                number = float(factor.rstrip("%")) / (100.0 if factor.endswith("%") else 1.0)
                np.testing.assert_allclose(line.of * number, line.amount, rtol=1e-9)


def test_the_reasons_for_friction_are_named() -> None:
    names = {
        case: [line.name for line in show_math(report_of(*CASES[case][:1], **CASES[case][1]))[0].lines]
        for case in CASES
    }
    assert not any("friction" in name for name in names["no friction"])
    assert "Coverage friction, travel hours" in names["a price of an hour"]
    assert "Coverage friction, other prices" not in names["a price of an hour"]
    assert "Coverage friction, other prices" in names["an hour and a language"]
    assert "Coverage friction, travel hours" not in names["a language alone"]
    assert "Coverage friction, your own column" in names["an own column"]


def test_a_book_in_words_has_its_band_and_where_it_stands() -> None:
    report = report_of({"friction_per_hour": 0.0})
    row = report.measure("load")
    text = book_math(report, "r1")
    assert text.startswith("The book of r1\n")
    assert f"Load of the book {'':>1}" in text.replace("  ", " ") and f"{row.totals[1]:,.2f}" in text
    assert f"Against the median of the books, {row.median:,.2f}" in text and "÷ 0.5" in text
    assert ("outside." in text) == any(not math.row.inside[1] for math in show_math(report))


def test_no_share_is_told_of_a_reference_below_zero() -> None:
    text = book_math(report_of({"friction_per_hour": 1e6}), "r1")
    assert "no share, it is not positive" in text.split("TAM")[0]


def test_an_unknown_rep_is_refused_with_those_there_are() -> None:
    with pytest.raises(topt.CriterionError, match=r"no rep 'nobody' .* r0, r1"):
        book_math(report_of({}), "nobody")
