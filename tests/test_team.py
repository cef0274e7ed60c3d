import pickle

import numpy as np
import polars as pl
import pytest

from territory_opt.errors import CriterionError, DataError, TerritoryOptWarning
from territory_opt.team import Team


def problems(table, **options):
    with pytest.raises(DataError) as caught:
        Team.from_frame(table, **options)
    return caught.value.issues


def test_reps_read_with_usual_headers():
    team = Team.from_frame(
        {
            "sales_agent": ["Ann", "Bo"],
            "manager": ["M", ""],
            "Tenure": [3, None],
            "FTE": [1, 0.8],
            "Quota": ["$1,000", "2000"],
        }
    )
    assert team.rep_id.tolist() == ["Ann", "Bo"]
    assert team.capacity.tolist() == [1.0, 0.8]
    np.testing.assert_array_equal(team.tenure_years, [3.0, np.nan])
    assert team.quota.tolist() == [1000.0, 2000.0]


def test_names_serve_as_ids_when_there_are_none():
    team = Team.from_frame({"name": ["Ann", "Bo"]})
    assert team.rep_id.tolist() == ["Ann", "Bo"]
    assert "rep_id taken from 'name'" in team.quality.derived
    assert problems({"name": ["Ann", "Ann"]})[0].row == 1


def test_every_problem_is_reported_at_once():
    issues = problems(
        {
            "rep": ["a", "b", "b", ""],
            "capacity": [0, -1, 1, np.inf],
            "lat": [425, 1, 2, 3],
            "lon": [0, 0, 0, None],
            "quota": [-1, 1e308, 1, 2],
        }
    )
    assert {(issue.row, issue.column) for issue in issues} == {
        (0, "capacity"), (0, "lat"), (0, "quota"), (1, "capacity"), (1, "quota"), (2, "rep"),
        (3, "rep"), (3, "capacity"), (3, "lon"),
    }  # fmt: skip


def test_no_reps_and_no_id_column_are_refused():
    assert "no rows" in problems({"rep_id": []})[0].what
    assert "rep_id" in problems({"colour": ["red"]})[0].what


def test_capacity_above_a_full_book_is_accepted_with_a_warning():
    with pytest.warns(TerritoryOptWarning, match="share of a full book"):
        team = Team.from_frame({"rep_id": ["a"], "capacity": [1.2]})
    assert team.capacity.tolist() == [1.2]
    assert team.quality.warnings


def test_a_capacity_in_percent_is_refused_not_rescaled():
    assert problems({"rep_id": ["a"], "capacity": [80]})[0].what == "capacity 80 is above 10"
    assert Team.from_frame({"rep_id": ["a"], "capacity": ["80%"]}).capacity.tolist() == [0.8]


def test_a_blank_capacity_is_a_full_book_and_said():
    team = Team.from_frame({"rep_id": ["a", "b"], "capacity": [None, 0.5]})
    assert team.capacity.tolist() == [1.0, 0.5]
    assert team.quality.defaulted


def test_reps_without_home_are_open():
    team = Team.from_frame({"rep_id": ["a", "b"], "lat": [40.0, None], "lon": [-74.0, None]})
    assert np.isnan(team.lat).tolist() == [False, True]
    assert any("no home" in note for note in team.quality.notes)
    assert np.isnan(Team.open(3).lat).all()
    assert len(Team.open(3)) == 3


def test_an_open_team_needs_a_rep():
    with pytest.raises(CriterionError):
        Team.open(0)


def test_lists_of_what_reps_serve_come_as_texts_or_lists():
    text = Team.from_frame({"rep_id": ["a", "b"], "verticals": ["Retail; Energy", ""]})
    lists = Team.from_frame(pl.DataFrame({"rep_id": ["a", "b"], "verticals": [["Retail", "Energy"], None]}))
    assert text.serves["vertical"] == lists.serves["vertical"] == (frozenset({"Retail", "Energy"}), frozenset())
    assert text.serves["language"] == (frozenset(), frozenset())


def test_owners_are_found_by_id_then_by_unambiguous_name():
    team = Team.from_frame({"rep_id": ["r1", "r2", "r3"], "name": ["Ann", "Bo", "bo"]})
    assert team.positions(["r2", "ANN", "Bo", "", "Zed"]).tolist() == [1, 0, -1, -1, -1]


def test_an_id_in_other_letter_case_counts_where_it_can_mean_one_rep_only():
    assert Team.from_frame({"rep_id": ["r0", "r1"]}).positions(["R0", " r1 "]).tolist() == [0, 1]
    assert Team.from_frame({"rep_id": ["ann", "ANN"]}).positions(["Ann", "ANN"]).tolist() == [-1, 1]


def test_a_capacity_that_is_hardly_a_book_is_refused():
    with pytest.raises(DataError, match=r"capacity 0\.001 is below 0\.01 \(1 is a full book"):
        Team.from_frame({"rep_id": ["a"], "capacity": [0.001]})


def test_texts_that_are_no_time_zone_are_counted_with_an_example():
    quality = Team.from_frame({"rep_id": ["a", "b", "c"], "time_zone": ["Foo/Bar", "UTC", "Foo/Bar"]}).quality
    assert any("2 rows hold no time zone, such as 'Foo/Bar'" in line for line in quality.warnings)


def test_unknown_reps_name_near_ones():
    with pytest.raises(DataError, match="Rep 12"):
        Team.open(12).index_of("Rep12")
    assert Team.open(12).index_of("Rep 12") == 11


def test_teams_are_frozen_and_pickle():
    team = Team.from_frame({"rep_id": ["a"], "lat": [1.0], "lon": [2.0], "verticals": ["x"]})
    again = pickle.loads(pickle.dumps(team))
    assert again.serves == team.serves
    for each in (team, again):
        with pytest.raises(ValueError, match="read-only"):
            each.capacity[0] = 0.5
        with pytest.raises(ValueError, match="read-only"):
            each.columns["lat"][0] = 0.5


def test_to_frame_reads_back_the_same():
    team = Team.from_frame({"rep_id": ["a", "b"], "verticals": ["x;y", ""], "capacity": [0.5, 1]})
    again = Team.from_frame(team.to_frame())
    assert again.serves == team.serves
    assert again.capacity.tolist() == team.capacity.tolist()


def test_a_rep_whose_list_says_not_available_serves_all_and_it_is_said():
    team = Team.from_frame({"rep_id": ["a", "b"], "verticals": ["N/A", "Retail"]})
    assert team.serves["vertical"] == (frozenset(), frozenset({"Retail"}))
    assert "verticals: 'N/A' read as missing, which serves all, in 1 rows" in team.quality.notes
