"""Moves by hand: remembered, told, answered and undone."""

import itertools
import json
import pickle

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.alignment_records import alignment_from_json, alignment_schema, alignment_to_json
from territory_opt.history import Step


@pytest.fixture
def problem():
    rng = np.random.default_rng(3)
    n, k = 24, 3
    accounts = {
        "account_id": [f"A{i}" for i in range(n)],
        "acv": np.round(rng.uniform(2e4, 9e4, n)),
        "lat": rng.uniform(39, 41, n),
        "lon": rng.uniform(-90, -88, n),
        "owner": [f"R{j}" for j in rng.integers(0, k, n)],
        "vertical": rng.choice(["x", "y"], n),
    }
    team = {
        "rep_id": ["R0", "R1", "R2"],
        "lat": [39.5, 40, 40.5],
        "lon": [-89.5, -89, -88.5],
        "verticals": ["x;y", "x;y", "x"],
    }
    return topt.Problem(
        topt.Accounts.from_frame(accounts),
        topt.Team.from_frame(team),
        policy=topt.Policy(friction_per_hour=0.0),
        criteria=[
            topt.Balance("tam", within=0.10, of="target"),
            topt.Eligible("vertical"),
            topt.Travel(weight=1.0),
            topt.Disruption("acv", weight=0.001),
        ],
    )


@pytest.fixture
def solved(problem):
    return topt.solve(problem, gap=0.0, time_limit=10).alignment


def a_move(problem, alignment):
    """An account and the rep it may go to."""
    for account, rep in itertools.product(alignment.account_id, ("R0", "R1")):
        if alignment.owner_of(account) not in (rep, "R2"):
            return str(account), rep
    raise AssertionError("no move")


def test_a_move_makes_a_child_and_leaves_the_parent(problem, solved) -> None:
    account, rep = a_move(problem, solved)
    before = solved.owner_of(account)
    child = solved.move(account, rep, who="Ann", why="next door")
    assert child.owner_of(account) == rep
    assert solved.owner_of(account) == before
    assert child.history == (Step(((account, before, rep),), "Ann", "next door"),)
    assert child.parent == solved
    assert solved.parent is None


def test_undo_restores_every_step_in_any_order(problem, solved) -> None:
    rng = np.random.default_rng(5)
    states = [solved]
    for _ in range(12):
        now = states[-1]
        account = str(rng.choice(now.account_id))
        other = str(rng.choice([r for r in now.rep_id if r != now.owner_of(account)]))
        states.append(now.move(account, other))
    for steps in range(1, 13):
        assert states[-1].undo(steps) == states[-1 - steps]
        assert states[-1].undo(steps).history == states[-1 - steps].history


@pytest.mark.parametrize("steps", [0, 2, -1, 1.0, True])
def test_undo_of_steps_that_are_not_there_is_refused(solved, problem, steps) -> None:
    child = solved.move(*a_move(problem, solved))
    with pytest.raises(topt.DataError, match="cannot undo"):
        child.undo(steps)


def test_the_effect_is_what_scoring_from_scratch_says(problem, solved) -> None:
    account, rep = a_move(problem, solved)
    effect = solved.move(account, rep).effect
    before, after = topt.evaluate(problem, solved), topt.evaluate(problem, solved.move(account, rep))
    assert effect.objective_change == pytest.approx(after.objective - before.objective)
    assert set(effect.rep_id) == {solved.owner_of(account), rep}
    frame = effect.to_frame().set_index(["rep_id", "measure"])
    value = problem.measure("tam").base[problem.accounts.index_of(account)]
    assert frame.loc[(rep, "tam"), "after"] - frame.loc[(rep, "tam"), "before"] == pytest.approx(value)
    middle = problem.measure("tam").base.sum() / 3
    assert frame.loc[(rep, "tam"), "low"] == pytest.approx(0.9 * middle, rel=1e-5)
    for _, row in frame.loc[(slice(None), "tam"), :].iterrows():
        assert row["in_band_after"] == (0.9 * middle * (1 - 1e-5) <= row["after"] <= 1.1 * middle * (1 + 1e-5))
    assert bool(effect.newly_broken) == (not after.feasible)


def test_counter_moves_are_scored_from_scratch_and_ranked(problem, solved) -> None:
    account, rep = a_move(problem, solved)
    child = solved.move(account, rep)
    answers = child.counter_swaps(8)
    assert answers
    now = topt.evaluate(problem, child).objective
    for answer in answers:
        score = topt.evaluate(problem, answer.alignment)
        assert answer.objective_change == pytest.approx(score.objective - now)
        assert (not answer.breaks) == score.feasible
        assert answer.alignment.owner_of(account) == rep
        assert answer.alignment.parent == child
        assert answer.alignment.history[-1].moves == answer.moves
    keys = [(len(a.breaks), a.objective_change) for a in answers]
    assert keys == sorted(keys)


def test_the_best_counter_move_is_the_best_of_all_of_them(problem, solved) -> None:
    account, rep = a_move(problem, solved)
    giver, child = solved.owner_of(account), solved.move(account, rep)
    best = np.inf
    mine = [a for a in child.account_id if child.owner_of(a) == rep and a != account]
    theirs = [None, *(a for a in child.account_id if child.owner_of(a) == giver)]
    for one, other in itertools.product(mine, theirs):
        moves = {one: giver} if other is None else {one: giver, other: rep}
        score = topt.evaluate(problem, child.move_all(moves))
        best = min(best, score.objective if score.feasible else np.inf)
    now = topt.evaluate(problem, child).objective
    first = child.counter_swaps(1)[0]
    if np.isfinite(best):
        assert not first.breaks
        assert first.objective_change == pytest.approx(best - now)
    else:
        assert first.breaks


def test_counter_moves_know_costs_and_limits_of_your_own() -> None:
    rng = np.random.default_rng(11)
    n = 60
    size = rng.integers(1, 9, n).astype(float)
    problem = topt.Problem.from_arrays(
        rng.uniform(0, 50, (n, 2)), measures={"size": size}, upper={"size": [size.sum() / 2 + 1, size.sum() / 2 + 2]}
    )
    solved = topt.solve(problem, gap=0.0, time_limit=20).alignment
    account = next(a for a in solved.account_id if solved.owner_of(a) == "r1")
    child = solved.move(account, "r2")
    now, best = topt.evaluate(problem, child).objective, np.inf
    mine = [a for a in child.account_id if child.owner_of(a) == "r2" and a != account]
    theirs = [None, *(a for a in child.account_id if child.owner_of(a) == "r1")]
    for one, other in itertools.product(mine, theirs):
        score = topt.evaluate(problem, child.move_all({one: "r1"} | ({} if other is None else {other: "r2"})))
        best = min(best, score.objective if score.feasible else np.inf)
    first = child.counter_swaps(1)[0]
    assert not first.breaks
    assert first.objective_change == pytest.approx(best - now)


def test_many_moves_are_one_step_and_undone_at_once(problem, solved) -> None:
    moves = {a: ("R0" if solved.owner_of(a) != "R0" else "R1") for a in map(str, solved.account_id[:9])}
    child = solved.move_all(moves)
    assert all(child.owner_of(a) == rep for a, rep in moves.items())
    assert child.undo() == solved
    with pytest.raises(topt.DataError, match="no account 'nobody'"):
        solved.move_all({**moves, "nobody": "R1"})


def test_locked_accounts_are_never_asked_back(problem, solved) -> None:
    account, rep = a_move(problem, solved)
    stays = [str(a) for a in solved.account_id if solved.owner_of(a) == rep][:3]
    locked = problem.with_criteria(topt.Lock(dict.fromkeys(stays, rep)))
    child = topt.Alignment.from_index(locked, solved.rep_index).move(account, rep)
    moved = {a for answer in child.counter_swaps(40) for a, _, _ in answer.moves}
    assert moved.isdisjoint({*stays, account})


def test_bad_moves_are_refused_all_at_once(solved) -> None:
    with pytest.raises(topt.DataError) as error:
        solved.move_all({"nobody": "R0", "A1": "R9"})
    assert "'nobody'" in str(error.value)
    assert "'R9'" in str(error.value)
    with pytest.raises(topt.DataError, match="already"):
        solved.move("A1", solved.owner_of("A1"))
    with pytest.raises(topt.DataError, match="no step"):
        solved.counter_swaps()
    with pytest.raises(topt.DataError, match="cannot undo"):
        _ = solved.effect


def test_history_survives_json_and_pickle(problem, solved) -> None:
    account, rep = a_move(problem, solved)
    child = solved.move(account, rep, who="<b>Ann</b>", why='=cmd|"x"')
    answer = child.counter_swaps(1)[0].alignment
    again = alignment_from_json(problem, alignment_to_json(answer))
    assert again == answer
    assert again.history == answer.history
    assert again.undo(2) == solved
    copy = pickle.loads(pickle.dumps(answer))
    assert copy == answer
    assert copy.history == answer.history
    assert not copy.rep_index.flags.writeable


def test_json_that_contradicts_itself_is_refused(problem, solved) -> None:
    account, rep = a_move(problem, solved)
    record = json.loads(alignment_to_json(solved.move(account, rep)))
    record["history"][0]["moves"][0]["to_rep"] = "R2"
    with pytest.raises(topt.DataError, match="the file was changed"):
        alignment_from_json(problem, json.dumps(record))
    record["history"][0]["moves"][0]["to_rep"] = "nobody"
    with pytest.raises(topt.DataError, match="'nobody'"):
        alignment_from_json(problem, json.dumps(record))
    record["more"] = 1
    with pytest.raises(topt.DataError, match="more"):
        alignment_from_json(problem, json.dumps(record))
    assert alignment_schema()["$id"] == "territory-opt/alignment/1"


def test_edits_keep_everything_else(problem) -> None:
    less = problem.without_reps("R2").without_accounts("A3", "A4")
    assert less.team.rep_id.tolist() == ["R0", "R1"]
    assert less.n_accounts == 22
    assert less.criteria == problem.criteria
    more = less.with_accounts({"account_id": ["N1"], "acv": [5e4], "vertical": ["x"]}).with_reps({"rep_id": ["R9"]})
    assert more.accounts.account_id[-1] == "N1"
    assert np.isnan(more.accounts.number("lat")[-1])
    assert more.team.rep_id.tolist() == ["R0", "R1", "R9"]
    assert more.team.serves["vertical"][0] == problem.team.serves["vertical"][0]
    again = problem.with_values("acv", {"A7": 12_345.0})
    assert again.accounts.number("acv")[7] == 12_345.0
    assert again.accounts.text("owner").tolist() == problem.accounts.text("owner").tolist()
    same = problem.with_values("acv", {"A7": problem.accounts.number("acv")[7]})
    assert same.fingerprint == problem.fingerprint


def test_edits_cut_travel_times_and_masks_of_your_own(problem) -> None:
    hours = np.arange(72.0).reshape(24, 3)
    mask = np.ones((24, 3), dtype=bool)
    mask[5, 1] = False
    own = problem.replace(travel_time=hours, criteria=[topt.Eligible(mask), topt.Travel(weight=1.0)])
    less = own.without_reps("R0").without_accounts("A0")
    at = np.array([4]), np.array([0])
    assert less.places.own_hours_per_visit(*at).tolist() == [hours[5, 1]]
    assert not less.criteria[0].mask[4, 0]
    called = own.replace(travel_time=lambda i, j: hours[i, j]).without_reps("R0").without_accounts("A0")
    assert called.places.own_hours_per_visit(*at).tolist() == [hours[5, 1]]
    with pytest.raises(topt.CriterionError, match="travel times"):
        own.with_reps({"rep_id": ["R9"]})


def test_edits_cut_costs_limits_and_measures_of_your_own() -> None:
    rng = np.random.default_rng(2)
    cost, effort = rng.normal(size=(5, 3)), rng.uniform(1, 2, (5, 3))
    problem = topt.Problem.from_arrays(
        cost, measures={"effort": effort, "size": np.arange(5.0)}, upper={"effort": [7, 8, 9], "size": 9}
    )
    less = problem.without_reps("r2").without_accounts("a1", "a4")
    rows, reps = [1, 2, 4], [0, 2]
    again = topt.Problem.from_arrays(
        cost[np.ix_(rows, reps)],
        measures={"effort": effort[np.ix_(rows, reps)], "size": [1.0, 2.0, 4.0]},
        upper={"effort": [7, 9], "size": 9},
    )
    assert less.criteria == again.criteria
    assert all(np.array_equal(less.own_measures[name], again.own_measures[name]) for name in ("effort", "size"))
    only = topt.Problem.from_arrays(cost, measures={"size": np.arange(5.0)}, upper={"size": [np.inf, 9, np.inf]})
    assert [c.key[0] for c in only.without_reps("r2").criteria] == ["costs"]
    with pytest.raises(topt.CriterionError, match="measure 'size' say nothing about new accounts"):
        problem.with_accounts({"account_id": ["a9"]})
    with pytest.raises(topt.CriterionError, match=r"costs of your own .* limits of its own .*'effort' say nothing"):
        problem.with_reps({"rep_id": ["r9"]})


@pytest.mark.parametrize(
    "edit",
    [
        lambda p: p.without_reps("R0", "nobody", "R8"),
        lambda p: p.without_accounts("nobody", "R8"),
        lambda p: p.with_values("nothing", {"nobody": 1}),
    ],
)
def test_unknown_ids_are_named_all_at_once(problem, edit) -> None:
    with pytest.raises(topt.DataError) as error:
        edit(problem)
    assert len(error.value.issues) == 2


def test_nobody_left_is_refused(problem) -> None:
    with pytest.raises(topt.DataError, match="nothing would be left"):
        problem.without_reps("R0", "R1", "R2")


def test_ids_in_a_list_are_told_how_to_be_given(problem) -> None:
    with pytest.raises(topt.DataError, match=r"\(\*ids\)"):
        problem.without_accounts(["A1", "A2"])
    with pytest.raises(topt.DataError, match="17 is not an id"):
        problem.without_reps(17)


def test_headers_that_are_not_recognised_stay_in_the_data_quality_of_what_is_joined() -> None:
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 7e4], "Fax": ["1", "2"]})
    team = topt.Team.from_frame({"rep_id": ["r1"], "Shoe size": [42]})
    problem = topt.Problem(accounts, team, criteria=[])
    more = problem.with_accounts({"account_id": ["c"], "acv": [1e4], "Pager": ["3"]})
    assert more.accounts.quality.ignored == ("Fax", "Pager")
    assert more.accounts.quality.n_rows == 3
    assert "Fax, Pager" in str(more.accounts.quality)
    assert more.with_values("acv", {"c": 2e4}).accounts.quality.ignored == ("Fax", "Pager")
    assert problem.with_reps({"rep_id": ["r2"], "Star sign": ["Leo"]}).team.quality.ignored == (
        "Shoe size",
        "Star sign",
    )


def test_a_file_that_gives_a_home_to_a_rep_who_has_one_is_refused() -> None:
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "lat": [40.0, 41.0], "lon": [-90.0, -90.0]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"], "lat": [40.0, 41.0], "lon": [-90.0, -90.0]})
    problem = topt.Problem(accounts, team, criteria=[topt.Travel(weight=1.0)])
    record = json.loads(alignment_to_json(topt.Alignment.from_index(problem, [0, 1])))
    record["homes"] = {"r2": "a"}
    with pytest.raises(topt.DataError, match="'r2' has a home of its own in the team, or needs none"):
        alignment_from_json(problem, json.dumps(record))
