"""Sets that need more than they reach: found if and only if a transport problem has no solution."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from territory_opt.diagnose.halls import crowded_sets, greatest_ratio


@st.composite
def transports(draw):
    m, k = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    reach = rng.random((m, k)) < draw(st.sampled_from([0.3, 0.6]))
    reach[~reach.any(axis=1), 0] = True
    return reach, rng.integers(0, 9, m).astype(float), rng.integers(0, 12, k).astype(float)


def excess(reach, demand, supply):
    """Least demand left over, by linear programming."""
    m, k = reach.shape
    pairs = np.argwhere(reach)
    served = np.zeros((m, len(pairs)))
    used = np.zeros((k, len(pairs)))
    served[pairs[:, 0], np.arange(len(pairs))] = 1
    used[pairs[:, 1], np.arange(len(pairs))] = 1
    best = linprog(-np.ones(len(pairs)), np.vstack([served, used]), np.concatenate([demand, supply]))
    return demand.sum() + best.fun


@settings(deadline=None, max_examples=120)
@given(transports())
def test_a_set_is_found_exactly_when_the_demands_do_not_fit(case):
    reach, demand, supply = case
    sets = crowded_sets(reach, demand, supply)
    assert bool(sets) == (excess(reach, demand, supply) > 1e-7)
    used = np.zeros(reach.shape[1], dtype=int)
    for rows in sets:
        reached = reach[rows].any(axis=0)
        assert demand[rows].sum() > supply[reached].sum()
        used += reached
    assert used.max(initial=0) <= 1


@settings(deadline=None, max_examples=60)
@given(transports())
def test_the_greatest_ratio_is_just_enough(case):
    reach, demand, supply = case
    supply = supply + 1.0
    ratio, rows = greatest_ratio(reach, demand, supply)
    assert excess(reach, demand, supply * (ratio + 1e-9)) < 1e-6
    if rows is not None and ratio > 0:
        assert demand[rows].sum() / supply[reach[rows].any(axis=0)].sum() == ratio
        assert excess(reach, demand, supply * ratio * 0.99) > 0


def test_a_demand_that_reaches_nothing_has_no_finite_ratio():
    assert greatest_ratio(np.array([[False]]), np.array([1.0]), np.array([1.0]))[0] == np.inf
