"""solver="exact": every supported criterion, held against enumeration; the engine's route and the core's."""

import numpy as np
import pytest

import territory_opt as topt
import territory_opt.solvers.exact as exact_module
from ground_truth import Truth, random_case
from territory_opt.multipliers import Multipliers
from territory_opt.solvers.attempt import Attempt


@pytest.fixture(params=["whole", "together"])
def route(request, monkeypatch):
    """Tiny problems by one program, and, as large ones would be, by engine and core."""
    if request.param == "together":
        monkeypatch.setattr(exact_module, "_FEW_PAIRS", 0)
    return request.param


def checked(case, time_limit=6):
    """Solve and hold against enumeration; None where the truth is a matter of rounding."""
    answer = Truth(case).answer()
    if answer.unsure:
        return None
    events = []
    result = topt.solve(case.problem(), solver="exact", gap=1e-6, time_limit=time_limit, on_event=events.append)
    assert result.solver == "exact"
    near = 1e-6 * max(1.0, abs(answer.best)) if answer.n_feasible else 0.0
    if answer.n_feasible:
        assert result.has_alignment, str(result.termination)
        assert result.evaluation.feasible
        assert abs(result.objective - answer.best) <= near
        assert result.bound <= answer.best + near
        assert result.termination.reason is topt.Reason.OPTIMAL
    else:
        assert result.termination.reason is topt.Reason.INFEASIBLE
    told = [event.objective for event in events if event.objective is not None]
    assert told == sorted(told, reverse=True)
    bounds = [event.bound for event in events if event.bound is not None]
    assert bounds == sorted(bounds)
    return result


KINDS = (
    ["target", "travel"],
    ["mean", "travel", "vertical"],
    ["between", "disruption"],
    ["median", "travel"],
    ["median", "disruption", "vertical"],
)


@pytest.mark.parametrize("kinds", KINDS, ids="-".join)
def test_it_is_optimal_wherever_enumeration_can_say(kinds, route):
    seen = [checked(random_case(seed, k=3, kinds=kinds)) for seed in range(700, 706)]
    assert sum(found is not None for found in seen) >= 3


@pytest.mark.parametrize("seed", range(12))
def test_it_takes_any_mix_of_criteria(seed, route):
    checked(random_case(900 + seed, k=3))


def _problem(*more):
    accounts = topt.Accounts.from_frame({"account_id": list("abcdef"), "acv": [9e4, 7e4, 8e4, 8e4, 3e4, 4e4]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    return topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.2), *more])


def test_what_the_engine_cannot_take_is_solved_without_it(route):
    result = topt.solve(_problem(topt.Apart([("a", "b")])), solver="exact", gap=1e-6)
    assert result.termination.reason is topt.Reason.OPTIMAL
    assert result.alignment.rep_index[0] != result.alignment.rep_index[1]


def test_an_infeasible_problem_is_said_to_be_infeasible(route):
    problem = _problem().with_criteria(topt.Balance("tam", between=(1e4, 2e4)))
    assert topt.solve(problem, solver="exact").termination.reason is topt.Reason.INFEASIBLE


def test_a_cancel_before_it_begins_ends_it_at_once(route):
    cancel = topt.Cancel()
    cancel.request()
    result = topt.solve(_problem(), solver="exact", cancel=cancel)
    assert result.seconds < 5


def test_the_same_seed_gives_the_same_answer():
    problem = random_case(703, k=3, kinds=["mean", "travel", "vertical"]).problem()
    one, two = (topt.solve(problem, solver="exact", seed=4, gap=1e-6) for _ in range(2))
    assert one.objective == two.objective
    assert one.alignment.rep_index.tolist() == two.alignment.rep_index.tolist()


def test_prices_of_the_problem_outlive_the_answer_they_came_with():
    problem = topt.Problem.from_arrays([[1.0, 5.0], [5.0, 1.0]], measures={"m": [1.0, 1.0]}, upper={"m": 2.0})
    prices = Multipliers(("m",), np.zeros((2, 1)))
    one = Attempt(np.array([1, 0]), 0.0, None, "", prices)
    other = Attempt(np.array([0, 1]), 1.0, None, "")
    best = exact_module._better(problem, None, one, other)
    assert best.rep_index.tolist() == [0, 1] and best.bound == 1.0
    assert best.multipliers is prices
    assert exact_module._better(problem, None, other, one).multipliers is prices
