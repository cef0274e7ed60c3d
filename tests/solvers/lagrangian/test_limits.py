"""Clock, cancel and Ctrl-C inside the engine: by fake clocks and counters, never by measured seconds."""

import time
from dataclasses import replace

import highspy
import numpy as np
import pytest
from generator import make_instance

from territory_opt.solvers.lagrangian import engine, improve, offers, repair, subproblem
from territory_opt.solvers.lagrangian.band import build_bands
from territory_opt.solvers.lagrangian.chunks import Workers
from territory_opt.solvers.lagrangian.clock import Clock
from territory_opt.solvers.lagrangian.engine import solve_instance
from territory_opt.solvers.lagrangian.instance import EngineLimit, EngineStatus, Measures
from territory_opt.solvers.lagrangian.items import build_model
from territory_opt.solvers.lagrangian.pack import pack
from territory_opt.solvers.lagrangian.pairs import impossible_pairs
from territory_opt.solvers.lagrangian.pricing import price_all
from territory_opt.solvers.lagrangian.repair import exchange_graph
from territory_opt.solvers.lagrangian.score import score
from territory_opt.solvers.lagrangian.state import State
from territory_opt.solvers.lagrangian.subproblem import build_program, solve_program


@pytest.fixture
def now(monkeypatch):
    """A clock that stands still until it is moved: a list with the time in it."""
    moment = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: moment[0])
    return moment


def some_state(seed=0):
    model = build_model(make_instance(600, 8, seed=seed))
    bands = build_bands(model)
    packed = pack(model, model.items, bands.unit)
    price = np.random.default_rng(seed).normal(0, 300, (8, 2))
    priced = price_all(model, packed, bands, price, Workers(1))
    return State(model, bands, price, bands.scale_low, priced.best_value, priced.best_rep)


def test_a_loop_that_looks_ahead_ends_before_its_next_step_would_eat_into_the_reserve(now):
    clock = Clock(10.0, None, None)
    stop = clock.ahead(2.0)
    answers = []
    for step in (1.0, 3.0, 1.0, 1.0):
        now[0] += step
        answers.append(stop())
    # Left 9, 6, 5, 4; the longest step was 1, then 3; the reserve is 2.
    assert answers == [False, False, False, True]


def test_a_loop_that_looks_ahead_hears_of_a_cancel_at_once(now):
    asked = []
    clock = Clock(10.0, None, lambda: bool(asked))
    stop = clock.ahead()
    assert not stop()
    asked.append(True)
    assert stop() and clock.interrupted


@pytest.mark.parametrize("stage", ["search", "improve"])
def test_ctrl_c_while_an_answer_is_improved_returns_it(monkeypatch, stage):
    inst = make_instance(1_000, 10, seed=0)

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    if stage == "search":
        monkeypatch.setattr(engine, "close_gap", interrupted)
    else:
        monkeypatch.setattr(improve, "solve_program", interrupted)
    outcome = solve_instance(inst, gap=0.0, time_limit=60, seed=0)
    assert (outcome.status, outcome.limit) == (EngineStatus.FEASIBLE, EngineLimit.INTERRUPTED)
    assert score(inst, outcome.rep_index, outcome.scale)[1] == ""
    assert np.isfinite(outcome.bound) and outcome.duals.any()


def test_ctrl_c_before_any_answer_is_an_interrupted_outcome_with_the_bound_so_far(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "build_core", interrupted)
    outcome = solve_instance(make_instance(1_000, 10, seed=0), gap=0.0, time_limit=60, seed=0)
    assert (outcome.status, outcome.limit) == (EngineStatus.NO_ALIGNMENT, EngineLimit.INTERRUPTED)
    assert outcome.rep_index is None and np.isfinite(outcome.bound) and outcome.duals.any()


def test_ctrl_c_inside_the_solver_of_a_program_crosses_it_unharmed():
    program = build_program(some_state(), np.arange(8), per_arc=None)

    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solve_program(program, seconds=60.0, seed=0, elastic=True, stop=stop)


def test_a_cancel_after_the_bound_ends_the_run_with_multipliers_and_scales_to_begin_anew_from():
    inst = make_instance(1_000, 10, seed=0)
    measures = inst.measures
    target = measures.base[:, 0].sum() / 10
    lower, upper = measures.lower.copy(), measures.upper.copy()
    lower[:, 0], upper[:, 0] = 0.9, 1.1
    low, high = np.array([0.9 * target, 1.0]), np.array([1.1 * target, 1.0])
    free = replace(inst, measures=Measures(measures.names, measures.base, measures.per_hour, lower, upper, low, high))
    seen = []
    outcome = solve_instance(
        free, gap=0.0, time_limit=60, seed=0, on_progress=seen.append, should_stop=lambda: bool(seen)
    )
    assert (outcome.status, outcome.limit) == (EngineStatus.NO_ALIGNMENT, EngineLimit.INTERRUPTED)
    assert outcome.duals.any()
    assert 0.9 * target <= outcome.scale[0] <= 1.1 * target
    assert "search" not in outcome.seconds


def test_where_the_bound_took_too_large_a_share_no_assignment_is_made():
    inst = make_instance(1_000, 10, seed=0)
    outcome = solve_instance(inst, gap=0.0, time_limit=60, seed=0, bound_share=1.0)
    assert (outcome.status, outcome.limit) == (EngineStatus.NO_ALIGNMENT, EngineLimit.TIME)
    assert np.isfinite(outcome.bound) and outcome.duals.any()
    assert not {"dive", "search", "repair"} & set(outcome.seconds)


def test_a_start_that_keeps_the_bands_is_returned_however_early_the_end():
    inst = make_instance(1_000, 10, seed=0)
    good = solve_instance(inst, gap=0.05, time_limit=20, seed=0)
    seen = []
    again = solve_instance(
        inst, gap=0.0, time_limit=60, seed=0, start=good.rep_index, on_progress=seen.append,
        should_stop=lambda: bool(seen),
    )  # fmt: skip
    assert again.objective == good.objective
    assert again.limit is EngineLimit.INTERRUPTED


def test_open_pairs_are_not_counted_once_the_time_is_up(monkeypatch):
    counted, over = [], []
    monkeypatch.setattr(improve, "count_offers", lambda *_, **__: counted.append(1) or 10_000)
    monkeypatch.setattr(improve, "improve", lambda *_, **__: over.append(1))
    state = some_state()
    clock = Clock(60.0, None, lambda: bool(over))
    bound = improve.close_gap(state, state.cost() - 1e6, 0.0, clock, 0, 1.0, lambda *_: None)
    assert bound == state.cost() - 1e6
    assert (len(counted), len(over)) == (1, 1)


def test_open_pairs_are_counted_as_the_last_program_has_them():
    state = some_state(1)
    for at_most in (50.0, 500.0, np.inf):
        program = build_program(state, np.arange(8), per_arc=None, at_most=at_most, exact=True)
        assert offers.count_offers(state, at_most, most=10**9, stop=lambda: False) == program.cost.size
    assert offers.count_offers(state, np.inf, most=5, stop=lambda: False) > 5
    assert offers.count_offers(state, 0.0, most=10**6, stop=lambda: True) > 10**6


@pytest.mark.parametrize("options", [{"per_arc": 4}, {"per_arc": None, "n_pairs": 90}, {"per_arc": None}])
def test_a_program_is_the_same_in_however_many_pieces_its_pairs_are_priced(monkeypatch, options):
    state, reps = some_state(2), np.array([0, 2, 3, 5, 7])
    whole = build_program(state, reps, **options)
    monkeypatch.setattr(offers, "_PIECE", 1)
    pieces = build_program(state, reps, **options)
    for name in ("item", "first", "pair_rep", "cost", "amount", "lower", "upper"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(pieces, name))


def test_a_program_over_everything_ends_early_when_asked(monkeypatch):
    monkeypatch.setattr(offers, "_PIECE", 1)
    count = []
    build_program(some_state(), np.arange(8), per_arc=None, stop=lambda: count.append(1) or len(count) == 3)
    assert len(count) == 3


def test_the_graph_of_exchanges_ends_early_when_asked():
    state, count = some_state(), []
    graph = exchange_graph(state, stop=lambda: count.append(1) or len(count) > 3)
    assert np.flatnonzero(np.diff(graph.indptr)).tolist() == [0, 1, 2]
    assert graph.shape == (8, 8)


def test_the_last_program_of_a_repair_is_told_when_to_stop(monkeypatch):
    state, told = some_state(), []

    def solve(program, **options):
        told.append(options)
        return subproblem.Answer(None, False, False, -np.inf)

    monkeypatch.setattr(repair, "_mend", lambda *_: False)
    monkeypatch.setattr(repair, "solve_program", solve)

    def stop():
        return bool(told)

    assert state.violation().any()
    done = repair.repair(state, exchange_graph(state), seconds=lambda: 9.0, seed=0, stop=stop, unit_cost=1.0)
    assert not done.feasible
    assert len(told) == 1 and told[0]["stop"] is stop and told[0]["prompt"]


@pytest.mark.parametrize(("pairs", "said"), [(10_000, []), (1, ["off"])])
def test_presolve_is_left_out_of_large_programs_that_have_to_keep_a_time_limit(monkeypatch, pairs, said):
    options = []

    class Watched(highspy.Highs):
        def setOptionValue(self, name, value):
            options.append((name, value))
            return super().setOptionValue(name, value)

    monkeypatch.setattr(highspy, "Highs", Watched)
    monkeypatch.setattr(subproblem, "_PRESOLVED_PAIRS", pairs)
    program = build_program(some_state(), np.arange(8), per_arc=3)
    answer = solve_program(program, seconds=10.0, seed=0, elastic=True, prompt=True)
    assert answer.choice is not None
    assert [value for name, value in options if name == "presolve"] == said


def test_pairs_that_there_was_no_time_to_test_stay_allowed():
    inst = make_instance(300, 6, seed=3)
    measures = inst.measures
    per_hour = np.array([0.0, 0.0, 1.0])
    base = np.column_stack([measures.base, np.zeros(300)])
    lower = np.column_stack([measures.lower, np.full(6, -np.inf)])
    upper = np.column_stack([measures.upper, np.full(6, 60.0)])
    capped = build_model(replace(inst, measures=Measures((*measures.names, "hours"), base, per_hour, lower, upper)))
    every = impossible_pairs(capped)
    count = []
    some = impossible_pairs(capped, lambda: count.append(1) or len(count) > 2)
    assert set(every.rep.tolist()) == set(range(6))
    assert set(some.rep.tolist()) == {0, 1}
    known = set(zip(every.item.tolist(), every.rep.tolist(), strict=True))
    assert set(zip(some.item.tolist(), some.rep.tolist(), strict=True)) <= known


def test_a_book_that_is_short_is_told_which_bound_holds_it_back():
    state = some_state()
    state.price = np.zeros_like(state.price)
    state.price[4, 1] = 5.0
    broken = np.zeros_like(state.totals)
    broken[4, 0] = 1.0
    state.totals[4, 0] = state.lower[4, 0] - 1.0
    words = repair.describe(state, broken)
    assert words.startswith("rep 4 is ")
    assert "below its lower bound of measure 0, against which its upper bound of measure 1 stands;" in words
    state.price[4, 1] = 0.0
    assert "against" not in repair.describe(state, broken)


def test_what_a_cap_takes_away_is_not_blamed_on_the_rules():
    inst = make_instance(400, 6, seed=3)
    measures = inst.measures
    base = np.column_stack([measures.base, np.zeros(400)])
    words = []
    for hours in (2.0, 8.0, 15.0, 25.0, 40.0, 60.0):
        lower = np.column_stack([measures.lower, np.full(6, -np.inf)])
        upper = np.column_stack([measures.upper, np.full(6, hours)])
        capped = Measures((*measures.names, "hours"), base, np.array([0.0, 0.0, 1.0]), lower, upper)
        outcome = solve_instance(replace(inst, measures=capped), gap=1.0, time_limit=10, seed=0)
        if outcome.status is EngineStatus.INFEASIBLE:
            words.append(outcome.detail)
    assert words
    assert not any("they may have" in said for said in words)
    assert any("hours" in said for said in words)
