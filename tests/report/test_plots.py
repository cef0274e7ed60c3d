"""Charts for notebooks: true to the numbers, whole in themselves, and without a trace in Altair's settings."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.fairness.plots import load_altair, plot_balance, plot_lorenz
from territory_opt.report.plots import plot_change, plot_convergence, plot_map

altair = pytest.importorskip("altair")


def layers(chart) -> list[list[dict]]:
    chart.to_dict()  # Altair checks the chart against its schema.
    return [layer.data.values for layer in chart.layer]


def test_balance_shows_every_book_once_with_its_value_and_its_band(make_result) -> None:
    report = make_result(criteria=[topt.Balance("tam", within=0.2)]).fairness()
    row = report.measure("tam")
    *marks, books = layers(report.plot_balance("tam"))
    assert [book["book"] for book in books] == [report.rep_name[j] for j in np.argsort(-row.values)]
    assert [book["value"] for book in books] == sorted(row.values.tolist(), reverse=True)
    inside = dict(zip(report.rep_name, row.inside.tolist(), strict=True))
    assert all((book["band"] == "inside") == inside[book["book"]] for book in books)
    assert marks[0] == [{"low": row.band.low, "high": row.band.high}]
    assert marks[1][0]["value"] == row.band.reference and marks[2][0]["value"] == row.median


def test_ten_thousand_books_are_drawn_with_all_that_are_outside_or_an_even_choice_of_them(make_result) -> None:
    report = make_result(12_000, 10_000, places=False).fairness()
    chart = plot_balance(report, "tam")
    books = layers(chart)[-1]
    assert len(books) <= 2_000
    assert books[0]["rank"] == 1 and books[-1]["rank"] == 10_000
    assert sum(book["band"] == "outside" for book in books) >= min(report.measure("tam").n_outside, 1_000)
    assert len(json.dumps(chart.to_dict())) < 1_000_000


def test_twice_the_area_above_the_lorenz_curve_is_the_gini_index(make_result) -> None:
    report = make_result().fairness()
    for measure in ("tam", "accounts", "travel_hours"):
        chart = report.plot_lorenz(measure)
        curve = layers(chart)[1]
        x, y = ([point[key] for point in curve] for key in ("books", "held"))
        assert 1.0 - 2.0 * np.trapezoid(y, x) == pytest.approx(report.measure(measure).gini, abs=1e-9)
        assert y[0] == 0.0 and y[-1] == 1.0 and np.all(np.diff(y, 2) >= -1e-12)


def test_a_curve_that_is_not_defined_is_refused_with_the_reason() -> None:
    columns = {"account_id": list("abcd"), "acv": [0.0] * 4}
    problem = topt.Problem(topt.Accounts.from_frame(columns), topt.Team.from_frame({"rep_id": ["x", "y"]}), criteria=[])
    report = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 0, 1, 1]))
    with pytest.raises(topt.CriterionError, match="every book is empty"):
        plot_lorenz(report, "tam")
    with pytest.raises(topt.CriterionError, match="no measure 'charm'"):
        plot_balance(report, "charm")


def test_the_map_has_every_account_in_its_place(make_result) -> None:
    result = make_result(200, 5)
    chart = result.plot_map()
    _, dots, homes, edge, words = layers(chart)
    assert len(dots) == 200 and len(homes) == 5
    # On paper there is nothing to point at: books have their names.
    assert edge == words and {word["book"] for word in words} <= {f"Rep {j}" for j in range(5)} and len(words) >= 3
    assert {dot["account"] for dot in dots} == {f"Account {i}" for i in range(200)}
    places = result.problem.places
    index = [int(dot["account"].split()[1]) for dot in dots]
    assert np.corrcoef([dot["x"] for dot in dots], places.lon[index])[0, 1] > 0.99
    assert np.corrcoef([dot["y"] for dot in dots], places.lat[index])[0, 1] < -0.9
    assert [dot["book"] for dot in dots] == [f"Rep {result.alignment.rep_index[i]}" for i in index]
    spec = chart.to_dict()
    assert spec["layer"][1]["encoding"]["y"]["scale"]["reverse"] is True


def test_twenty_thousand_accounts_fit_and_more_are_chosen_evenly(make_result) -> None:
    assert len(layers(make_result(20_000, 9).plot_map())[1]) == 20_000
    chart = plot_map(make_result(25_000, 9))
    dots = layers(chart)[1]
    assert len(dots) == 20_000 and chart.to_dict()["title"].startswith("20,000 of 25,000 accounts")
    shares = [sum(dot["book"] == f"Rep {j}" for dot in dots) for j in range(9)]
    assert max(shares) - min(shares) <= 2


def test_there_is_no_map_without_places(make_result) -> None:
    with pytest.raises(topt.CriterionError, match="lat and lon"):
        plot_map(make_result(places=False))


def test_convergence_only_improves_and_ends_at_the_result(make_result) -> None:
    result = make_result()
    chart = result.plot_convergence()
    assert chart.to_dict()["mark"]["interpolate"] == "step-after"
    steps = chart.data.values
    cost = [step["value"] for step in steps if step["what"] == "cost"]
    floor = [step["value"] for step in steps if step["what"] == "proven bound"]
    assert cost == sorted(cost, reverse=True) and cost[-1] == result.objective
    assert floor == sorted(floor) and floor[-1] == result.bound
    # A cost found at the very end is a step of no width: only a point shows it.
    assert chart.to_dict()["mark"]["point"]
    with pytest.raises(topt.CriterionError, match="no proven bound"):
        plot_convergence(make_result(gap=np.inf))


def test_change_accounts_for_everything(make_result) -> None:
    result = make_result(300, 6)
    bars = layers(result.plot_change())[0]
    rep, owner = result.alignment.rep_index, result.problem.owners.rep_index
    acv = result.problem.scores.acv
    total = {what: sum(b["high"] - b["low"] for b in bars if b["what"] == what) for what in ("kept", "gained", "lost")}
    assert total["kept"] + total["gained"] == pytest.approx(acv.sum())
    protected = result.problem.owners.protected_index
    assert total["lost"] == pytest.approx(acv[(protected >= 0) & (owner != rep)].sum())
    # The title says what the fairness report says.
    change = result.fairness().change
    assert result.plot_change().title.startswith(f"{change.n_moved} accounts changing owner ({change.acv_share:.1%}")
    for j, name in enumerate(result.fairness().rep_name):
        kept = next(b for b in bars if b["book"] == name and b["what"] == "kept")
        assert kept["low"] == 0.0 and kept["high"] == pytest.approx(acv[(rep == j) & (owner == j)].sum())


def test_change_needs_owners_and_a_measure_of_accounts(make_result) -> None:
    with pytest.raises(topt.CriterionError, match="depends on the rep"):
        plot_change(make_result(), "travel_hours")
    columns = {"account_id": list("abcd"), "acv": [1.0] * 4}, {"rep_id": ["x", "y"]}
    with pytest.raises(topt.CriterionError, match="no owner"):
        plot_change(make_result(columns=columns, criteria=[]))


def test_names_in_charts_are_data(make_result, hostile) -> None:
    result = make_result(columns=hostile)
    for chart in (result.fairness().plot_balance("tam"), result.plot_change(), result.plot_map()):
        text = json.dumps(chart.to_dict(), ensure_ascii=False)
        assert "\u202e" not in text and "\x1b" not in text


def test_altair_keeps_its_settings(make_result) -> None:
    before = altair.data_transformers.active, dict(altair.data_transformers.options), altair.theme.active
    result = make_result(6_000, 5)
    result.plot_map().to_dict()
    result.fairness().plot_balance("tam").to_dict()
    assert (altair.data_transformers.active, dict(altair.data_transformers.options), altair.theme.active) == before


def test_charts_become_pictures_without_a_browser(make_result) -> None:
    converter = pytest.importorskip("vl_convert")
    result = make_result()
    for chart in (result.plot_map(), result.fairness().plot_balance(), result.fairness().plot_lorenz("tam")):
        assert converter.vegalite_to_svg(chart.to_json()).startswith("<svg")


def test_without_altair_the_install_line_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(ImportError, match=r"pip install 'territory-opt\[plot\]'"):
        load_altair()
