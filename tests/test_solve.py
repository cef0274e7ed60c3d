"""solve: what it promises about limits, interrupts, starts, homes, and wrong input."""

import math
import pickle
import threading

import numpy as np
import pytest

import territory_opt as topt
from ground_truth import random_case
from territory_opt.solvers.base import Feature, ProgramOutcome, ProgramReason


def located(n=30, k=3, *, homes=True, seed=0, criteria=None):
    rng = np.random.default_rng(seed)
    accounts = topt.Accounts.from_frame(
        {
            "account_id": [f"a{i}" for i in range(n)],
            "acv": rng.integers(10, 200, n) * 1000.0,
            "lat": rng.uniform(35, 42, n),
            "lon": rng.uniform(-100, -80, n),
            "owner": [f"r{j}" for j in rng.integers(0, k, n)],
        }
    )
    reps = {"rep_id": [f"r{j}" for j in range(k)]}
    if homes:
        reps |= {"lat": rng.uniform(35, 42, k), "lon": rng.uniform(-100, -80, k)}
    if criteria is None:
        criteria = [topt.Balance("tam", within=0.1), topt.Travel(weight=1.0)]
    return topt.Problem(accounts, topt.Team.from_frame(reps), criteria=criteria)


def flat(values, k, *criteria, **columns):
    accounts = topt.Accounts.from_frame(
        {"account_id": [f"a{i}" for i in range(len(values))], "acv": list(map(float, values)), **columns}
    )
    return topt.Problem(accounts, topt.Team.from_frame({"rep_id": [f"r{j}" for j in range(k)]}), criteria=criteria)


def test_the_first_answer_has_a_bound_a_gap_and_a_reason():
    result = topt.solve(located(), gap=1e-3)
    assert result.termination.reason in (topt.Reason.OPTIMAL, topt.Reason.FEASIBLE)
    assert result.bound <= result.objective
    assert result.gap <= 1e-3
    assert result.evaluation.feasible
    assert result.solver == "highs"
    assert "few enough" in result.solver_reason
    assert result.events[0].stage == "screen"


def test_stopping_at_the_asked_gap_is_not_called_optimal():
    result = topt.solve(located(60, 4), gap=0.5)
    if result.gap > 1e-6:
        assert result.termination.reason is topt.Reason.FEASIBLE
        assert result.termination.limit is topt.Limit.GAP


def test_bands_that_cannot_hold_are_a_result_and_not_an_exception():
    result = topt.solve(flat([7, 7, 7], 2, topt.Balance("tam", within=0.1)))
    assert result.termination.reason is topt.Reason.INFEASIBLE
    assert (result.objective, result.bound, result.gap) == (math.inf, math.inf, math.inf)
    with pytest.raises(topt.NoAlignmentError, match="no alignment keeps every criterion"):
        _ = result.alignment


def test_no_time_is_no_alignment_found_and_says_what_to_do():
    result = topt.solve(located(80, 6, seed=1), time_limit=0)
    if not result.has_alignment:
        assert result.termination.reason is topt.Reason.NO_ALIGNMENT_FOUND
        assert result.termination.limit is topt.Limit.TIME
        assert result.bound <= 1e300
        with pytest.raises(topt.NoAlignmentError, match=r"found in time.*give it more time, or widen the bands"):
            _ = result.evaluation


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("time_limit", -1, "time_limit=-1 must be a number of at least 0"),
        ("time_limit", math.nan, "time_limit=nan must be a number of at least 0"),
        ("gap", -0.1, "gap=-0.1 must be a number of at least 0"),
        ("gap", math.nan, "gap=nan"),
        ("seed", 1.5, "seed=1.5 must be a whole number"),
        ("time_limit", "5", "time_limit='5' must be a number"),
        ("seed", -1, "seed=-1 must be a whole number of at least 0"),
        ("threads", 0, "threads=0 must be a whole number of at least 1"),
    ],
)
def test_limits_below_their_least_are_refused_by_name(option, value, message):
    with pytest.raises(ValueError, match=message):
        topt.solve(flat([1, 1], 2), **{option: value})


def test_an_unknown_solver_is_refused_with_the_ones_there_are():
    known = "known are auto, core, exact, lagrangian, highs"
    with pytest.raises(topt.SolverUnavailableError, match=f"no solver is called 'gurobbi'; {known}"):
        topt.solve(flat([1, 1], 2), solver="gurobbi")


def test_a_good_start_is_never_made_worse_and_a_broken_one_does_no_harm():
    problem = located(40, 3)
    best = topt.solve(problem, gap=0.0, time_limit=20)
    again = topt.solve(problem, start=best.alignment, time_limit=0)
    assert again.has_alignment
    assert again.objective <= best.objective * (1 + 1e-9)
    broken = topt.Alignment.from_index(problem, np.zeros(40, dtype=int))
    assert not topt.evaluate(problem, broken).feasible
    free = topt.solve(problem, start=broken, gap=0.0, time_limit=20)
    assert free.objective == pytest.approx(best.objective, rel=1e-5)


def test_a_start_that_splits_a_family_or_breaks_a_lock_does_no_harm():
    problem = located(12, 2).with_criteria(topt.Together([["a0", "a1"]]), topt.Lock({"a2": "r1"}))
    start = topt.Alignment.from_index(problem, [0, 1, 0, *[0, 1] * 4, 0])
    result = topt.solve(problem, start=start)
    assert result.evaluation.feasible


def test_a_start_of_other_tables_is_refused():
    start = topt.solve(flat([1, 1, 1], 2)).alignment
    with pytest.raises(topt.DataError, match="has other accounts"):
        topt.solve(flat([1, 1], 2), start=start)


@pytest.mark.parametrize("stage", ["screen", "search", "homes"])
def test_ctrl_c_in_a_listener_returns_the_best_found(stage):
    problem = located(70, 5, homes=stage != "homes", seed=3)
    heard = []

    def interrupt(progress):
        heard.append(progress.stage)
        if progress.stage == stage and (stage != "search" or progress.objective is not None):
            raise KeyboardInterrupt

    result = topt.solve(problem, on_event=interrupt, time_limit=20, gap=0.0)
    assert stage in heard
    assert result.seconds < 15
    if stage == "search":
        assert result.evaluation.feasible
    else:
        assert result.termination.reason is topt.Reason.NO_ALIGNMENT_FOUND
        assert result.termination.limit is topt.Limit.INTERRUPTED


def test_ctrl_c_while_a_method_prepares_is_a_result(monkeypatch):
    import territory_opt.solvers.carve as carve

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(carve, "formulate", interrupted)
    result = topt.solve(flat([1, 1], 2))
    assert result.termination.limit is topt.Limit.INTERRUPTED
    assert not result.has_alignment


def test_other_exceptions_of_a_listener_end_the_solve():
    def fail(progress):
        raise RuntimeError("display is gone")

    with pytest.raises(RuntimeError, match="display is gone"):
        topt.solve(flat([1, 1], 2), on_event=fail)


def test_a_cancel_from_another_thread_ends_the_solve_soon():
    cancel = topt.Cancel()
    threading.Timer(0.5, cancel.request).start()
    criteria = [topt.Balance("tam", within=0.01), topt.Travel(weight=1.0)]
    problem = located(120, 12, seed=4, criteria=criteria)
    result = topt.solve(problem, solver="highs", gap=0.0, time_limit=60, cancel=cancel)
    assert result.seconds < 10
    assert result.termination.limit is topt.Limit.INTERRUPTED
    assert result.bound <= result.objective


def test_a_cancel_before_the_start_finds_nothing_and_says_so():
    cancel = topt.Cancel()
    cancel.request()
    result = topt.solve(flat([1, 1], 2), cancel=cancel)
    assert str(result.termination).startswith("no alignment found (stopped by: interrupted)")
    assert cancel.requested


def test_two_solves_in_two_threads_do_not_touch():
    problems = [located(24, 3, seed=s) for s in (1, 2)]
    alone = [topt.solve(p, gap=0.0).objective for p in problems]
    found = [None, None]

    def work(number):
        found[number] = topt.solve(problems[number], gap=0.0).objective

    threads = [threading.Thread(target=work, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == pytest.approx(alone)


def test_the_same_seed_gives_the_same_alignment():
    problem = located(50, 4, homes=False)
    one, other = (topt.solve(problem, seed=3, time_limit=20, gap=0.01) for _ in range(2))
    assert one.alignment == other.alignment


def test_problem_and_result_survive_pickling():
    result = topt.solve(located(20, 3, homes=False), gap=0.01)
    again = pickle.loads(pickle.dumps(result))
    assert again.alignment == result.alignment
    assert again.objective == result.objective
    assert again.termination == result.termination
    assert again.problem.fingerprint == result.problem.fingerprint
    assert topt.evaluate(again.problem, again.alignment).objective == result.objective


def test_global_random_state_is_left_alone():
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    topt.solve(located(20, 3, homes=False), gap=0.05)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


# open homes


def test_open_homes_are_chosen_and_never_called_optimal():
    result = topt.solve(located(40, 3, homes=False), gap=0.0, time_limit=30)
    assert result.termination.reason is topt.Reason.FEASIBLE
    homes = result.alignment.home_index
    assert (homes >= 0).all()
    assert (homes < 40).all()
    assert any("homes chosen" in note for note in result.notes)
    again = topt.evaluate(result.problem, result.alignment)
    assert again.objective == result.objective > 0
    nowhere = topt.Alignment.from_index(result.problem, result.alignment.rep_index)
    with pytest.warns(topt.TerritoryOptWarning, match=r"3 reps .* have no home in this alignment"):
        assert topt.evaluate(result.problem, nowhere).objective == 0.0


def test_reps_with_a_home_keep_it_when_others_have_none():
    accounts = {"account_id": list("abcd"), "acv": [1.0] * 4, "lat": [40.0, 40, 30, 30], "lon": [-90.0] * 4}
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"], "lat": [40.0, np.nan], "lon": [-90.0, np.nan]})
    criteria = [topt.Balance("accounts", within=0.0), topt.Travel(weight=1.0)]
    result = topt.solve(topt.Problem(topt.Accounts.from_frame(accounts), team, criteria=criteria))
    assert result.alignment.home_index[0] == -1
    assert result.alignment.home_index[1] in (2, 3)
    assert result.alignment.rep_index.tolist() == [0, 0, 1, 1]
    assert result.objective == pytest.approx(0.0, abs=1e-6)


def test_infeasible_for_any_home_is_infeasible():
    problem = located(9, 2, homes=False, criteria=[topt.Balance("accounts", within=0.0), topt.Travel(weight=1.0)])
    assert topt.solve(problem).termination.reason is topt.Reason.INFEASIBLE


def test_infeasible_for_the_homes_that_were_tried_proves_nothing():
    criteria = [topt.Balance("travel_hours", between=(0, 1e-3)), topt.Travel(weight=1.0)]
    result = topt.solve(located(9, 2, homes=False, criteria=criteria), time_limit=10)
    assert result.termination.reason is topt.Reason.NO_ALIGNMENT_FOUND
    assert result.termination.limit is topt.Limit.HOMES
    assert result.bound == -math.inf


def test_homes_that_no_criterion_needs_do_not_cost_the_proof():
    result = topt.solve(located(20, 2, homes=False, criteria=[topt.Balance("tam", within=0.1)]))
    assert result.termination.reason is topt.Reason.OPTIMAL
    assert (result.alignment.home_index >= 0).all()
    assert result.evaluation.books["travel_hours"].min() > 0


# certification


class Liar:
    """A backend that gives a fixed point or claims a bound."""

    name = "liar"
    features = frozenset({Feature.BOUND})

    def __init__(self, x=None, bound=0.0):
        self.x, self.bound = x, bound

    def is_available(self):
        return True

    def solve(self, program, options=None, *, on_event=None, cancel=None):
        x = np.zeros(program.n_columns) if self.x is None else np.asarray(self.x, dtype=float)
        return ProgramOutcome(x, 0.0, self.bound, ProgramReason.OPTIMAL)


def test_a_solver_that_breaks_a_limit_is_found_out():
    with pytest.raises(topt.SolverError, match="liar gave an alignment that does not keep: TAM of every book"):
        topt.solve(flat([1, 1], 2, topt.Balance("tam", within=0.1)), solver=Liar())


def test_a_solver_whose_bound_is_above_its_own_answer_is_found_out():
    with pytest.raises(topt.SolverError, match="claims a bound of 5 above its own re-scored objective 0"):
        topt.solve(flat([1, 1], 2), solver=Liar(bound=5.0))


def test_an_answer_that_only_just_misses_a_band_is_no_solver_error():
    for capacity in (1.0, 0.1, 0.01):
        for overshoot in (1e-9, 3e-7, 1.5e-6, 5e-6, 1e-4):
            book = 1.1 * capacity * 1e5 * (1 + overshoot)
            other = (1 + capacity) * 1e5 - book
            accounts = topt.Accounts.from_frame(
                {"account_id": list("abcd"), "acv": [other / 2, other / 2, 0.7 * book, 0.3 * book]}
            )
            team = topt.Team.from_frame({"rep_id": ["r1", "r2"], "capacity": [1.0, capacity]})
            criteria = [topt.Balance("tam", within=0.1), topt.Lock({"a": "r1"})]
            result = topt.solve(topt.Problem(accounts, team, criteria=criteria), solver="highs")
            assert result.has_alignment or result.termination.reason is topt.Reason.INFEASIBLE


def test_bounds_of_events_never_exceed_the_optimum(monkeypatch):
    import territory_opt.solvers.carve as carve

    monkeypatch.setattr(carve, "EXACT_MEDIAN_PAIRS", 0)
    for seed in range(20):
        case = random_case(seed, k=3, kinds=["median", "travel"])
        events = []
        result = topt.solve(case.problem(), solver="highs", gap=0.0, on_event=events.append)
        if result.has_alignment:
            assert result.termination.reason is topt.Reason.OPTIMAL
            bounds = [event.bound for event in events if event.bound is not None]
            assert max(bounds, default=-math.inf) <= result.objective * (1 + 1e-6) + 1e-6


def test_a_start_that_keeps_every_limit_is_never_answered_with_infeasible(monkeypatch):
    """A proof and an evaluation may differ by a hair: then the alignment in hand is the answer, unproven."""
    import sys

    accounts = topt.Accounts.from_frame({"account_id": list("abcd"), "acv": [9e4, 7e4, 8e4, 8e4]})
    problem = topt.Problem(
        accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}), criteria=[topt.Balance("tam", within=0.01)]
    )
    start = topt.Alignment.from_index(problem, [0, 0, 1, 1])
    monkeypatch.setattr(sys.modules["territory_opt.solve"], "screen", lambda problem: ("nothing fits",))
    assert topt.solve(problem).termination.reason is topt.Reason.INFEASIBLE
    result = topt.solve(problem, start=start)
    assert result.termination.reason is topt.Reason.FEASIBLE
    assert result.alignment.rep_index.tolist() == [0, 0, 1, 1]
    assert result.bound == float("-inf")


@pytest.mark.parametrize("name", ["screen", "certified"])
def test_ctrl_c_before_and_after_the_search_is_a_result_too(name, monkeypatch):
    import importlib

    module = importlib.import_module("territory_opt.solve")
    real, calls = getattr(module, name), []

    def interrupted(*args):
        calls.append(args)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(module, name, interrupted)
    accounts = topt.Accounts.from_frame({"account_id": list("abcd"), "acv": [9e4, 7e4, 8e4, 8e4]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    result = module.solve(topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.1)]))
    assert result.has_alignment == (name == "certified")
    if name == "screen":
        assert result.termination.limit is topt.Limit.INTERRUPTED
