"""A frontier holds what enumeration calls non-dominated."""

import itertools
import math

import numpy as np
import pytest

import territory_opt as topt
from explain.enumerated import make
from territory_opt.frontier import frontier, search


def read(problem, reps):
    """Moved share, travel hours and widest deviation, worked out here once more."""
    owner, acv = problem.owners.protected_index, problem.scores.acv
    reps = np.array(reps)
    moved = acv[(owner >= 0) & (owner != reps)].sum() / acv[owner >= 0].sum()
    hours = problem.hours(np.arange(len(reps)), reps).sum()
    books = np.bincount(reps, weights=acv, minlength=problem.n_reps)
    return {"disruption": moved, "travel": hours, "balance:tam": np.abs(books / books.mean() - 1).max()}


def everything(problem):
    return [read(problem, reps) for reps in itertools.product(range(problem.n_reps), repeat=problem.n_accounts)]


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("first", ["disruption", "travel"])
def test_every_point_is_the_least_that_its_level_allows_and_none_is_dominated(seed, first):
    problem = make(seed)
    found = frontier(problem, first, "balance:tam", points=5, gap=0.0)
    known = everything(problem)
    assert len(found.points) >= 3
    for point in found.points:
        inside = [v[first] for v in known if v["balance:tam"] <= point.levels["balance:tam"] + 1e-6]
        if point.status == "infeasible":
            assert not inside
            continue
        assert point.values[first] == pytest.approx(min(inside), abs=1e-6)
        assert point.gap <= 2e-6
    values = [(p.values[first], p.values["balance:tam"]) for p in found.kept]
    for one, other in itertools.permutations(values, 2):
        assert not (one[0] <= other[0] + 1e-12 and one[1] <= other[1] + 1e-12)
    assert len(values) >= 2


def test_values_are_what_the_alignments_read():
    problem = make(2)
    found = frontier(problem, "travel", "disruption", "balance:tam", points=9, gap=0.0)
    assert found.minimised == "travel"
    assert len(found.alignments) == len(found.kept) >= 2
    for point, alignment in zip(found.kept, found.alignments, strict=True):
        assert point.values == pytest.approx(read(problem, alignment.rep_index))
        assert point.values["disruption"] <= point.levels["disruption"] + 1e-6


def test_with_disruption_minimised_the_moves_go_where_the_objective_wants_them():
    problem = make(3)
    found = frontier(problem, "disruption", "balance:tam", levels={"balance:tam": [0.2]}, gap=0.0)
    point = found.points[0]
    hours = [
        v["travel"]
        for v in everything(problem)
        if v["balance:tam"] <= 0.2 + 1e-6 and v["disruption"] <= point.values["disruption"] + 1e-9
    ]
    assert read(problem, point.result.alignment.rep_index)["travel"] == pytest.approx(min(hours))


def test_the_other_limits_of_the_problem_hold_at_every_point():
    problem = make(1, extra=[topt.Lock({"a0": "r2"})])
    for alignment in frontier(problem, "disruption", "balance:tam", points=4).alignments:
        assert alignment.owner_of("a0") == "r2"


def test_levels_that_nothing_meets_are_called_infeasible():
    found = frontier(make(0), "travel", "balance:tam", levels={"balance:tam": [0.0, 0.6]})
    assert [point.status for point in found.points] == ["infeasible", "kept"]
    assert "1 level proven impossible: balance:tam 0%" in str(found)
    assert math.isnan(found.to_frame()["travel"][0])


def test_dominated_levels_are_dropped_and_said():
    found = frontier(make(0), "travel", "balance:tam", levels={"balance:tam": [0.97, 0.98, 1.0]}, gap=0.0)
    assert [point.status for point in found.points] == ["kept", "dominated", "dominated"]
    assert "2 levels dropped" in str(found)
    assert found.to_frame()["status"].tolist() == ["kept", "dominated", "dominated"]


def test_it_plots_and_shows():
    found = frontier(make(0), "travel", "disruption", "balance:tam", points=4)
    assert found.plot().to_dict()["encoding"]["x"]["field"] == "c0"
    assert "none is better than another" in found._repr_html_()
    two = frontier(make(0), "travel", "balance:tam", levels={"balance:tam": [0.3, 0.6]})
    assert len(two.plot().to_dict()["layer"]) == 2


@pytest.mark.parametrize(
    ("names", "options", "match"),
    [
        (("travel",), {}, "two or three"),
        (("travel", "travel"), {}, "two or three"),
        (("balance:tam", "balance:accounts"), {}, "never minimised"),
        (("travel", "objective"), {}, "both minimised"),
        (("travel", "nonsense"), {}, "no criterion 'nonsense'"),
        (("travel", "balance:nonsense"), {}, "no measure"),
        (("travel", "balance:tam"), {"points": 1}, "points=1"),
        (("travel", "balance:tam"), {"levels": {"balance:tam": [15]}}, "shares in"),
        (("travel", "balance:tam"), {"levels": {"travel": [0.5]}}, "have a ladder"),
    ],
)
def test_a_question_without_sense_is_refused(names, options, match):
    with pytest.raises(topt.CriterionError, match=match):
        frontier(make(0), *names, **options)


def test_disruption_needs_owners():
    with pytest.raises(topt.CriterionError, match="owner in the team"):
        frontier(make(0, owners=False), "disruption", "balance:tam")


@pytest.mark.parametrize(
    "wrong",
    [
        {"points": 2.5}, {"time_limit": -1}, {"time_limit": "x"}, {"threads": 0}, {"levels": [0.1]},
        {"levels": {"balance:tam": "0.1"}},
    ],
)  # fmt: skip
def test_a_limit_that_is_none_is_refused(wrong):
    with pytest.raises(topt.CriterionError):
        topt.frontier(make(0), "travel", "balance:tam", **wrong)


def test_moves_of_nothing_are_no_criterion_and_empty_books_do_not_deviate():
    table = {"account_id": list("abcd"), "acv": [0.0] * 4, "owner": ["r", "r", "r", "s"]}
    problem = topt.Problem(
        topt.Accounts.from_frame(table), topt.Team.from_frame({"rep_id": ["r", "s"]}),
        criteria=[topt.Balance("accounts", between=(2, 2))],
    )  # fmt: skip
    with pytest.raises(topt.CriterionError, match="adds up to 0"):
        topt.frontier(problem, "disruption", "balance:accounts")
    found = topt.frontier(problem, "disruption:accounts", "balance:tam", points=2)
    assert [point.values["balance:tam"] for point in found.kept] == [0.0]


def test_the_answer_without_limits_is_known_at_every_level_that_it_keeps():
    problem = make(3)
    found = topt.frontier(problem, "travel", "disruption", "balance:tam", points=9, time_limit=20)
    end = next(point for point in found.points if math.inf in point.levels.values())
    for point in found.points:
        if all(end.values[name] <= level for name, level in point.levels.items()):
            assert point.values and point.values["travel"] <= end.values["travel"] + 1e-9
    # Two ladders of three levels each: no level of no moves at all, which is mostly impossible.
    assert min(point.levels["disruption"] for point in found.points) > 0


def test_beginning_near_today_changes_no_answer(monkeypatch):
    problem = make(2)
    plain = topt.frontier(problem, "disruption", "balance:tam", points=4, gap=0.0)
    asked = []
    real = search.solve
    monkeypatch.setattr(search, "ENGINE_FROM_PAIRS", 1)
    monkeypatch.setattr(
        search, "solve", lambda problem, **options: (asked.append(problem), real(problem, **options))[1]
    )
    near = topt.frontier(problem, "disruption", "balance:tam", points=4, gap=0.0)
    read = [[tuple(point.values.values()) for point in found.kept] for found in (plain, near)]
    assert read[1] == [pytest.approx(values) for values in read[0]]
    both = [p for p in asked if {type(c).__name__ for c in p.criteria if not c.is_limit} == {"Travel", "Disruption"}]
    assert both
