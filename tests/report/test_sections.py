"""Further sections: shown whole or counted, and safe."""

from __future__ import annotations

import warnings

import pytest

import territory_opt as topt
from territory_opt.compare.sides import compare
from territory_opt.fairness.ensemble import ensemble
from territory_opt.fairness.envy import envy
from territory_opt.fairness.simulation import simulate_fairness
from territory_opt.fairness.uncertainty import forecast_risk
from territory_opt.report.extras import section_of
from territory_opt.report.html import html_page
from territory_opt.report.sections import Section, section_values


def test_a_section_stands_in_the_page_and_in_its_contents(make_result) -> None:
    section = Section(
        "Envy", "Two reps would swap.", ("Rep", "Gain"), [("Ana", "+4%"), ("<b>Bo</b>", "+1%")], "By TAM."
    )
    text = html_page(make_result(), sections=[section])
    assert '<h2 id="h-section-1">Envy</h2>' in text and '<a href="#h-section-1">Envy</a>' in text
    assert "Two reps would swap." in text and "By TAM." in text
    assert "&lt;b&gt;Bo&lt;/b&gt;" in text and "<b>Bo" not in text
    assert text.index("Two reps would swap.") > text.index('id="h-measures"')


def test_a_section_without_a_table_is_a_sentence(make_result) -> None:
    text = html_page(make_result(), sections=[Section("Note", "All is well.")])
    assert "All is well." in text and text.count("<table") == html_page(make_result()).count("<table")


def test_rows_beyond_a_thousand_are_counted(make_result) -> None:
    section = Section("Many", "", ("a",), [(str(i),) for i in range(1_500)])
    assert "The first 1,000 rows; 500 more are left out." in html_page(make_result(), sections=[section])


def test_columns_of_numbers_are_set_to_the_right() -> None:
    (values,) = section_values([Section("x", "", ("a", "b", "c"), [("Ana", "-3.1%", "low"), ("Bo", "", "high")])])
    assert values["numeric"] == [False, True, False]


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(topt.CriterionError, match="'Odd': row 1 has 1 cells for 2 columns"):
        Section("Odd", "", ("a", "b"), [("x", "y"), ("x",)])
    with pytest.raises(topt.CriterionError, match="heading"):
        Section(" ", "")


def test_a_result_without_an_alignment_shows_its_sections_too(make_result) -> None:
    text = html_page(make_result(found=False), sections=[Section("Other plans", "One keeps every limit.")])
    assert '<h2 id="h-section-1">Other plans</h2>' in text and "One keeps every limit." in text


def test_the_page_says_which_questions_it_leaves_open(make_result) -> None:
    result = make_result()
    said = "Not examined on this page: whether each rep is better or worse off than today, whose book a rep would "
    assert said + "rather have and how the books hold if forecasts are wrong." in html_page(result)
    risk = forecast_risk(result.fairness(), sigma=0.3, draws=50, seed=1)
    sections = [simulate_fairness(result.problem, result.alignment), envy(result.problem, result.alignment)]
    assert "Not examined on this page: how the books hold" in html_page(result, sections=sections)
    assert "Not examined" not in html_page(result, sections=[*sections, risk])


def test_a_forecast_section_says_how_large_the_error_is(make_result) -> None:
    report = make_result().fairness()
    note = section_of(forecast_risk(report, sigma=0.3, draws=50, seed=4)).note
    assert "50 draws of a forecast error of 30% of an account's ACV" in note and "Seed 4" in note
    mixed = forecast_risk(report, sigma={"health": 0.2, "retail": 0.4}, by="vertical", draws=50, seed=4)
    assert "a forecast error of 20% to 40%" in section_of(mixed).note


def test_every_analysis_of_the_library_becomes_a_section(make_result, hostile) -> None:
    result = make_result(columns=hostile, criteria=[topt.Disruption("acv", weight=1.0)])
    report = result.fairness()
    other = topt.Alignment.from_index(result.problem, result.alignment.rep_index[::-1].copy())
    with warnings.catch_warnings():
        # So few draws are not to be quoted; here they are only shown.
        warnings.simplefilter("ignore", topt.TerritoryOptWarning)
        among = ensemble(result.problem, result.alignment, draws=16, n_chains=2, burn_in=1.0, seed=1)
    analyses = [
        compare({"plan": result, "<i>other</i>": other}, result.problem),
        envy(result.problem, result.alignment, measure="tam"),
        simulate_fairness(result.problem, result.alignment),
        among,
        forecast_risk(report, sigma=0.3, draws=50, seed=1),
        report.by("tier"),
        report.by("capacity", of="reps"),
    ]
    text = html_page(result, sections=analyses)
    for position, analysis in enumerate(analyses, start=1):
        section = section_of(analysis)
        assert (section.summary or section.points) and section.rows and f'id="h-section-{position}">' in text
    assert "<img" not in text
    assert "None" not in "".join(cell for a in analyses for row in section_of(a).rows for cell in row)


def test_without_quotas_the_simulation_has_no_columns_about_them(make_result) -> None:
    result = make_result()
    section = section_of(simulate_fairness(result.problem, result.alignment))
    assert "TAM today" in section.head and not any("uota" in title for title in section.head)
    assert "Load is per full rep." in section.note


def test_anything_else_is_refused_by_name(make_result) -> None:
    with pytest.raises(topt.CriterionError, match="a dict cannot be a section"):
        html_page(make_result(), sections=[{}])
