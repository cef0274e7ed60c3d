"""Limits of every book's own are diagnosed as bands are: in words, with the least factor that does."""

import itertools

import numpy as np
import pytest

import territory_opt as topt

COST = np.arange(24.0).reshape(8, 3)


def effort(seed, per_pair=False):
    rng = np.random.default_rng([5, seed])
    return rng.integers(5, 25, (8, 3) if per_pair else 8).astype(float)


def keeps(amounts, lower, upper, mask=None):
    """True when some way of giving 8 accounts to 3 reps keeps the limits, by enumeration."""
    each = amounts if amounts.ndim == 2 else np.repeat(amounts[:, None], 3, axis=1)
    for reps in itertools.product(range(3), repeat=8):
        if mask is not None and not mask[np.arange(8), reps].all():
            continue
        books = np.bincount(reps, weights=each[np.arange(8), reps], minlength=3)
        if (books <= upper * (1 + 1e-6)).all() and (books >= lower * (1 - 1e-6)).all():
            return True
    return False


def test_what_does_not_fit_is_told_with_the_limits_of_the_books():
    problem = topt.Problem.from_arrays(COST, measures={"effort": np.full(8, 10.0)}, upper={"effort": [30, 20, 10]})
    found = topt.diagnose(problem)
    (conflict,) = found.conflicts
    assert conflict.sentence == "all accounts: 80 effort for all 3 reps; by the limits of their books 60 fit"
    # 8 whole accounts of 10: by half more 4, 3 and 1 of them fit, by less only 4, 2 and 1.
    ways = {way.short: way for way in found.relaxations}
    assert ways["upper limits of effort 50% higher"].least
    assert ways["one more rep"].problem.n_reps == 4


@pytest.mark.parametrize(("seed", "per_pair"), [(0, False), (1, False), (2, True), (3, True)])
def test_the_least_factor_on_upper_limits_is_the_least(seed, per_pair):
    amounts = effort(seed, per_pair)
    upper = np.array([40.0, 30.0, 25.0]) * (0.5 if per_pair else 1.0)
    found = topt.diagnose(topt.Problem.from_arrays(COST, measures={"effort": amounts}, upper={"effort": upper}))
    assert found.feasible is False
    way = next(way for way in found.relaxations if way.unit == "times the limits")
    assert way.least and len(way.criteria) == 1
    assert keeps(amounts, np.zeros(3), upper * way.amount)
    assert not keeps(amounts, np.zeros(3), upper * (way.amount - 0.0011))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_greatest_factor_on_lower_limits_is_the_greatest(seed):
    amounts, lower = effort(seed), np.array([70.0, 60.0, 50.0])
    found = topt.diagnose(topt.Problem.from_arrays(COST, measures={"effort": amounts}, lower={"effort": lower}))
    assert found.conflicts[0].kind == "starved"
    way = next(way for way in found.relaxations if way.unit == "times the limits")
    assert way.short.startswith("lower limits of effort") and way.least
    assert keeps(amounts, lower * way.amount, np.full(3, np.inf))
    assert not keeps(amounts, lower * (way.amount + 0.0011), np.full(3, np.inf))


def test_a_book_without_a_limit_holds_everything():
    upper = [30.0, np.inf, 10.0]
    problem = topt.Problem.from_arrays(COST, measures={"effort": effort(0)}, upper={"effort": upper})
    assert topt.diagnose(problem).feasible is True
    mask = np.ones((8, 3), dtype=bool)
    mask[:, 1] = False
    problem = topt.Problem.from_arrays(COST, measures={"effort": effort(0)}, upper={"effort": upper}, eligible=mask)
    found = topt.diagnose(problem)
    assert found.conflicts[0].kind == "crowded" and "r2" not in found.conflicts[0].rep_id


def test_a_copied_rep_brings_costs_and_limits_along():
    problem = topt.Problem.from_arrays(COST, measures={"effort": np.full(8, 10.0)}, upper={"effort": [30, 20, 20]})
    more = next(way for way in topt.diagnose(problem).relaxations if way.unit == "reps")
    limits = next(c for c in more.problem.criteria if type(c).__name__ == "BookLimits")
    costs = next(c for c in more.problem.criteria if isinstance(c, topt.Costs))
    assert limits.upper.shape == (more.problem.n_reps,) and costs.table.shape == (8, more.problem.n_reps)
    assert topt.evaluate(more.problem, more.alignment).feasible


def test_an_account_too_large_for_every_own_limit_is_a_whale():
    amounts = effort(0)
    amounts[0] = 90.0
    problem = topt.Problem.from_arrays(COST, measures={"effort": amounts}, upper={"effort": [60, 70, 55]})
    (whale,) = topt.diagnose(problem).whales
    assert whale.account_id == ("a1",) and whale.size == 90 and whale.limit == 70
    assert {way.short for way in whale.proposals} >= {"a house account", "a book of its own"}
