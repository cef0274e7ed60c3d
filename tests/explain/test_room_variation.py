"""What explains an answer, and edits it, knows limits on variation, too."""

import itertools
import time
from types import SimpleNamespace

import numpy as np

import territory_opt as topt
from territory_opt.diagnose import joint
from territory_opt.diagnose.trial import Clock
from territory_opt.explain.flips import only_costs
from territory_opt.explain.shadow import shadow_prices
from territory_opt.formulation.groups import merge_families
from territory_opt.report.page import _criterion


def test_a_move_that_breaks_a_limit_on_variation_is_said_to():
    accounts = topt.Accounts.from_frame({"account_id": list("abcdef"), "acv": [5e4, 4e4, 4e4, 3e4, 3e4, 2e4]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2", "r3"]})
    costs = np.random.default_rng(3).integers(1, 90, (6, 3)).astype(float)
    limit = 0.25
    problem = topt.Problem(accounts, team, criteria=[topt.Variation("tam", at_most=limit), topt.Costs(costs)])
    result = topt.solve(problem, gap=0)
    reps, acv, said = result.alignment.rep_index, problem.scores.acv, 0
    for account, other in itertools.product(range(6), range(3)):
        if other == reps[account]:
            continue
        moved = reps.copy()
        moved[account] = other
        books = np.bincount(moved, weights=acv, minlength=3)
        breaks = books.std() > limit * books.mean()
        option = next(
            option for option in result.explain("abcdef"[account]).options if option.rep_id == f"r{other + 1}"
        )
        assert any("variation of TAM" in text for text in option.breaks) == breaks
        said += breaks
    assert said


def just_kept(*criteria):
    """Books of 51 and 49 vary by exactly 2%."""
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [51e3, 49e3]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"], "name": ["Ada", "Bo"]})
    return topt.Problem(accounts, team, criteria=[topt.Variation("tam", at_most=0.02), *criteria])


def test_prices_prove_no_bound_above_an_answer_that_just_keeps_the_limit():
    # What an account costs with r2 is its size: the relaxation puts no more there than the limit asks for.
    problem = just_kept(topt.Costs(np.array([[0.0, 51.0], [0.0, 49.0]])))
    result = topt.solve(problem, gap=0)
    assert result.objective == 49.0
    bound = shadow_prices(problem, merge_families(problem), None).bound
    assert 48.9 <= bound <= 49.0 + 1e-7
    assert result.prices(verify=False).bound <= result.objective


def test_no_books_are_said_to_show_a_conflict_that_is_none():
    problem = just_kept(topt.BookLimits("tam", upper=6e4))
    assert joint._reps(problem, Clock(time.perf_counter() + 10, 1)) is None


def test_hours_that_enter_a_limit_on_variation_or_of_books_are_no_cost_only():
    problem = just_kept().replace(criteria=[])
    assert only_costs(problem)
    for limit in (topt.Variation("travel_hours", at_most=0.3), topt.BookLimits("travel_hours", upper=9.0)):
        assert not only_costs(SimpleNamespace(criteria=[limit], friction_per_hour=0.0))
    for limit in (topt.Variation("load", at_most=0.3), topt.BookLimits("load", upper=9.0)):
        assert not only_costs(SimpleNamespace(criteria=[limit], friction_per_hour=1.0))


def test_the_page_names_the_rep_farthest_from_the_mean():
    problem = just_kept()
    check = topt.evaluate(problem, topt.Alignment.from_index(problem, [0, 1])).checks[0]
    assert _criterion(check, {"r1": "Ada", "r2": "Bo"})["worst"] in ("Ada", "Bo")


def test_what_a_move_does_to_a_measure_that_may_vary_only_so_much_is_shown():
    problem = just_kept().with_criteria(topt.Variation("visits", at_most=0.5))
    before = topt.Alignment.from_index(problem, [0, 1])
    shown = topt.move_effect(problem, before, before.move("a", "r2")).to_frame()
    assert "visits" in set(shown["measure"])


def test_a_counter_move_looks_for_books_that_keep_the_limit():
    rng = np.random.default_rng(5)
    acv = np.concatenate([[9e4, 1e4], rng.integers(10, 14, 117) * 1e3, [9e4]])
    accounts = topt.Accounts.from_frame({"account_id": [f"a{i}" for i in range(120)], "acv": acv})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    problem = topt.Problem(accounts, team, criteria=[topt.Variation("tam", at_most=0.02)])
    planned = topt.Alignment.from_index(problem, np.repeat([0, 1], 60))
    assert topt.evaluate(problem, planned).feasible
    answer = planned.move("a0", "r2").counter_swaps(1)[0]
    assert not answer.breaks
