"""Charts and map: well-formed, inside their frame, and true to the numbers."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import territory_opt as topt
from territory_opt.events import Progress
from territory_opt.fairness.measure import Band, measure_fairness
from territory_opt.report.charts import band_chart, chart_summary, strip
from territory_opt.report.convergence import convergence_chart
from territory_opt.report.dots import side_by_side
from territory_opt.report.maps import book_map
from territory_opt.report.notebook import result_html
from territory_opt.report.outlines import border_lines
from territory_opt.report.palette import COLOURS, book_colours
from territory_opt.report.projection import in_frame, project, unwrapped
from territory_opt.termination import Reason, Termination

SVG = "{http://www.w3.org/2000/svg}"


def row_of(values, band=None):
    values = np.asarray(values, dtype=float)
    return measure_fairness("load", "money", values, np.ones(values.size), band=band, cv_target=0.2)


def frame(picture: str) -> tuple[ET.Element, float, float]:
    root = ET.fromstring(picture)
    _, _, width, height = map(float, root.get("viewBox").split())
    return root, width, height


@pytest.mark.parametrize("k", [1, 2, 20, 60, 61, 1000])
def test_the_band_chart_marks_every_book_outside_with_a_diamond(k: int) -> None:
    values = np.random.default_rng(k).normal(100, 12, k)
    band = Band(85.0, 115.0, 100.0, "within 15% of the median", "D-LOAD-2")
    row = row_of(values, band)
    root, width, height = frame(band_chart(row, tuple(f"R{j}" for j in range(k))))
    dots, diamonds = root.findall(f".//{SVG}circle"), root.findall(f".//{SVG}path")
    assert len(diamonds) == min(row.n_outside, 300)
    if k <= 60:
        assert len(dots) + len(diamonds) == k
    for dot in dots:
        assert 0 <= float(dot.get("cx")) <= width and 0 <= float(dot.get("cy")) <= height


def test_a_dot_is_inside_the_shading_exactly_when_the_book_is_inside_the_band() -> None:
    band = Band(85.0, 115.0, 100.0, "within 15%", "criterion")
    root, _, _ = frame(band_chart(row_of([86.0, 114.0, 100.0], band), ("a", "b", "c")))
    shade = root.find(f"{SVG}rect")
    left = float(shade.get("x"))
    right = left + float(shade.get("width"))
    assert all(left <= float(dot.get("cx")) <= right for dot in root.iter(f"{SVG}circle"))


@pytest.mark.parametrize(
    "values", [[0.0, 0.0], [5.0], [7.0, 7.0, 7.0], [-5.0, 3.0], [1e-300, 2e-300], [1e15, 2e15], [0.0] * 80]
)
def test_ties_zeros_and_extremes_are_drawn(values) -> None:
    names = tuple(f"R{j}" for j in range(len(values)))
    for band in (None, Band(-np.inf, 2.0, 1.0, "at most 2", "criterion", relative=False)):
        row = row_of(values, band)
        assert "nan" not in band_chart(row, names) and "inf" not in band_chart(row, names).replace("info", "")
        frame(band_chart(row, names))
        assert "NaN" not in chart_summary(row)


def test_numbers_of_an_axis_have_one_suffix_and_the_same_decimals() -> None:
    root, _, _ = frame(band_chart(row_of([2.98e6, 3.2e6, 4.02e6]), ("a", "b", "c")))
    texts = [text.text for text in root.iter(f"{SVG}text") if text.text and text.text.endswith("M")]
    assert texts == ["3.0M", "3.5M", "4.0M"]


def test_a_cost_that_is_found_at_the_very_end_can_be_seen() -> None:
    events = [
        Progress(0.1, "bound", None, 90.0),
        Progress(0.5, "bound", None, 95.0),
        Progress(1.0, "core", 100.0, 98.0),
    ]
    root, _, _ = frame(convergence_chart(events, 100.0, 98.0))
    dots = [(dot.get("cx"), dot.get("cy")) for dot in root.iter(f"{SVG}circle")]
    assert len(dots) == 2 and dots[0][0] == dots[1][0] and float(dots[0][1]) < float(dots[1][1])


def test_what_a_search_has_never_gets_worse_in_the_picture() -> None:
    events = [Progress(t, "x", cost, 90.0) for t, cost in ((0.1, 120.0), (0.2, 130.0), (0.3, 105.0), (0.4, 100.0))]
    root, _, _ = frame(convergence_chart(events, 100.0, 90.0))
    cost = next(path for path in root.iter(f"{SVG}path")).get("d")
    heights = [float(y) for y in re.findall(r"V([\d.]+)", cost)]
    assert heights == sorted(heights)


def test_names_in_pictures_are_escaped() -> None:
    picture = band_chart(row_of([1.0, 2.0]), ("<b>&\"'", "x" * 200))
    root, _, _ = frame(picture)
    assert any(text.text == "<b>&\"'" for text in root.iter(f"{SVG}text"))


def test_a_strip_needs_a_band() -> None:
    assert strip(row_of([1.0, 2.0]), 0) == ""
    frame(strip(row_of([1.0, 200.0], Band(0.9, 1.1, 1.0, "", "")), 1))


def test_every_account_is_drawn_inside_the_map(make_result) -> None:
    result = make_result(200, 5)
    drawn = book_map(result.problem, result.alignment, tuple("abcde"))
    root, width, height = frame(drawn.picture)
    points = [p for path in root.findall(f"{SVG}path") for p in re.findall(r"M([\d.-]+) ([\d.-]+)h0", path.get("d"))]
    assert len(points) == 200 and drawn.notes == ()
    assert all(0 <= float(x) <= width and 0 <= float(y) <= height for x, y in points)


def test_a_large_map_says_that_it_samples(make_result) -> None:
    result = make_result(6_000, 5)
    drawn = book_map(result.problem, result.alignment, tuple("abcde"))
    assert drawn.picture.count("h0") == 5_000
    assert drawn.n_sampled == 5_000 and drawn.notes == ()
    # The canvas of the page has all of them.
    assert sorted(drawn.points["account"]) == list(range(6_000))
    assert len(drawn.points["x"]) == len(drawn.points["y"]) == 6_000 and len(drawn.points["colour"]) == 5
    assert 0 <= min(drawn.points["x"]) <= max(drawn.points["x"]) <= 10_000


def test_accounts_far_away_are_left_out_and_counted(make_result) -> None:
    rng = np.random.default_rng(0)
    n = 300
    lat, lon = rng.uniform(30, 45, n), rng.uniform(-120, -75, n)
    lat[:2], lon[:2] = [-33.0, 13.4], [151.0, 144.8]
    accounts = {"account_id": [f"a{i}" for i in range(n)], "acv": [1.0] * n, "lat": lat, "lon": lon}
    result = make_result(columns=(accounts, {"rep_id": ["x"], "lat": [40.0], "lon": [-75.0]}), criteria=[])
    drawn = book_map(result.problem, result.alignment, ("x",))
    assert drawn.notes == ("2 accounts lie far from the others, outside this frame.",)


def test_without_two_places_there_is_no_map(make_result) -> None:
    result = make_result(places=False)
    assert book_map(result.problem, result.alignment, tuple("abcd")) is None


@pytest.mark.parametrize(
    ("lat", "lon"), [((25, 48), (-124, -68)), ((36, 60), (-9, 30)), ((-40, 30), (140, 205)), ((-60, 70), (-170, 170))]
)
def test_borders_are_near_the_points(lat, lon) -> None:
    lines = list(border_lines(np.array(lat, dtype=float), np.array(lon, dtype=float)))
    assert len(lines) > 10
    for line_lat, line_lon in lines:
        assert line_lat.size == line_lon.size > 1
        assert np.abs(line_lon - np.mean(lon)).max() <= np.ptp(lon) + 4
        assert np.abs(np.diff(line_lon)).max() < 180


def test_states_are_drawn_for_the_united_states_only() -> None:
    def points(lat, lon) -> int:
        return sum(line.size for line, _ in border_lines(np.array(lat, float), np.array(lon, float)))

    assert points([25, 48], [-124, -68]) > 4_000
    # Colorado and Utah meet at 109 degrees west, in 1876 and on the map.
    lines = list(border_lines(np.array([36.0, 42.0]), np.array([-115.0, -101.0])))
    assert any(np.allclose(lon, -109.05, atol=0.05) and np.ptp(lat) > 2 for lat, lon in lines)


def test_a_city_has_no_borders() -> None:
    assert list(border_lines(np.array([53.4, 53.9]), np.array([-1.6, -0.3]))) == []


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 50)), min_size=1, max_size=60), st.floats(0.5, 10))
def test_no_two_dots_share_a_cell(points, spacing: float) -> None:
    x, y = side_by_side(np.array([p[0] for p in points]), np.array([p[1] for p in points]), spacing)
    gaps = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    gaps[np.diag_indices(x.size)] = np.inf
    assert gaps.min() > 0.999 * spacing


def test_a_lone_dot_stays_within_a_cell_of_its_place() -> None:
    x, y = side_by_side(np.array([13.37]), np.array([-4.2]), 2.0)
    assert np.hypot(x[0] - 13.37, y[0] + 4.2) < 2.0


def test_five_thousand_accounts_at_one_place_are_spread() -> None:
    x, y = side_by_side(np.zeros(5_000), np.zeros(5_000), 1.0)
    assert len(set(zip(x.round(6), y.round(6), strict=True))) == 5_000
    assert np.hypot(x, y).max() < 45


@given(st.integers(2, 60), st.integers(0, 100))
def test_the_nearest_book_has_another_colour(k: int, seed: int) -> None:
    x, y = np.random.default_rng(seed).uniform(0, 100, (2, k))
    colour = book_colours(x, y)
    assert ((colour >= 0) & (colour < len(COLOURS))).all()
    distance = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :]) + np.diag(np.full(k, np.inf))
    nearest = distance.argmin(axis=1)
    mutual = nearest[nearest] == np.arange(k)
    assert (colour[mutual] != colour[nearest[mutual]]).all()


def test_a_map_of_a_country_keeps_areas() -> None:
    around = np.array([25.0, 49.0]), np.array([-125.0, -67.0])

    def area(lat: float, lon: float) -> float:
        step = 0.01
        corners = np.array([lat, lat, lat + step, lat + step]), np.array([lon, lon + step, lon + step, lon])
        x, y = project(*corners, around=around)
        return abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2 / np.cos(np.radians(lat + step / 2))

    areas = [area(lat, lon) for lat in (26.0, 37.0, 48.0) for lon in (-120.0, -96.0, -70.0)]
    assert max(areas) / min(areas) == pytest.approx(1.0, rel=1e-4)


def test_north_is_up_and_east_is_right() -> None:
    around = np.array([25.0, 49.0]), np.array([-125.0, -67.0])
    x, y = project(np.array([30.0, 45.0, 37.0]), np.array([-96.0, -96.0, -80.0]), around=around)
    assert y[1] > y[0] and x[2] > x[0]
    around = np.array([-60.0, 70.0]), np.array([-170.0, 170.0])
    x, y = project(np.array([-30.0, 45.0]), np.array([-96.0, 20.0]), around=around)
    assert y[1] > y[0] and x[1] > x[0]


@given(st.lists(st.floats(-180, 180), min_size=1, max_size=20))
def test_unwrapping_moves_by_whole_turns_into_one_stretch(lon) -> None:
    given_lon = np.array(lon)
    moved = unwrapped(given_lon)
    turns = (moved - given_lon) / 360
    assert np.abs(turns - turns.round()).max() < 1e-9
    assert np.ptp(moved) <= 360 + 1e-9


def test_points_across_the_date_line_are_neighbours() -> None:
    assert np.ptp(unwrapped(np.array([178.0, -178.0, 175.0]))) == pytest.approx(7.0)


def test_a_map_without_outliers_keeps_every_point() -> None:
    rng = np.random.default_rng(1)
    assert in_frame(rng.uniform(30, 45, 100), rng.uniform(-120, -75, 100)).all()


def test_the_convergence_chart_needs_a_cost_and_a_bound(make_result) -> None:
    result = make_result()
    frame(convergence_chart(result.events, result.objective, result.bound))
    assert convergence_chart((), result.objective, result.bound) == ""
    assert convergence_chart(result.events[:1], result.objective, result.bound) == ""
    assert convergence_chart(result.events, result.objective, -np.inf) == ""


def test_the_convergence_chart_never_claims_more_than_the_result() -> None:
    wrong = [
        Progress(0.0, "search", 120.0, 90.0),
        Progress(1.0, "search", 100.0, 108.0),
        Progress(2.0, "search", 115.0, 92.0),
        Progress(3.0, "search", 110.0, 95.0),
    ]
    drawn = convergence_chart(wrong, 110.0, 95.0)
    assert "cost 110" in drawn and "proven bound 95" in drawn
    root, _, _ = frame(drawn)
    lines = [re.findall(r"V([\d.]+)", path.get("d")) for path in root.findall(f"{SVG}path")]
    # Downwards on the page is cheaper: the cost only falls and the bound only rises.
    assert [float(y) for y in lines[0]] == sorted(float(y) for y in lines[0])
    assert [float(y) for y in lines[1]] == sorted((float(y) for y in lines[1]), reverse=True)


def test_the_notebook_display_escapes_names(make_result, hostile) -> None:
    text = result_html(make_result(columns=hostile))
    assert "<img" not in text and "<script" not in text and "&lt;img" in text


def test_the_notebook_display_of_a_failed_result_says_why(make_result) -> None:
    why = Termination(Reason.INFEASIBLE, None, "bands <too> tight")
    text = result_html(make_result(found=False, termination=why))
    assert "Bands &lt;too&gt; tight" in text


def test_a_notebook_shows_what_a_problem_asks_for(make_result, hostile) -> None:
    problem = make_result(columns=hostile, criteria=[topt.Balance("tam", within=0.3), topt.Travel(weight=1.0)]).problem
    text = problem._repr_html_()
    assert "24 accounts, 4 reps" in text
    assert all(criterion.describe() in text for criterion in problem.criteria)
    assert text.count(">limit<") + text.count(">cost<") == 2
    assert "<img" not in text and "<script" not in text


def test_a_notebook_shows_how_many_accounts_every_rep_has(make_result) -> None:
    accounts = {"account_id": list("abcde"), "acv": [1.0] * 5}
    result = make_result(columns=(accounts, {"rep_id": ["<b>", "x"]}), criteria=[])
    text = result.alignment._repr_html_()
    assert "5 accounts, 2 reps" in text and "<td>3</td>" in text and "<td>2</td>" in text
    assert "<b>" not in text
    assert "40 reps with fewer accounts not shown" in make_result(200, 100).alignment._repr_html_()


def test_importing_the_library_loads_no_template_engine() -> None:
    import subprocess
    import sys

    heavy = ("jinja2", "pandas", "altair", "IPython", "territory_opt.report.html")
    code = f"import sys, territory_opt; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert topt.Result
