from dataclasses import replace

import numpy as np
import pytest
from generator import make_instance

from territory_opt.solvers.lagrangian.engine import solve_instance
from territory_opt.solvers.lagrangian.instance import EngineStatus, Measures, PairCosts
from territory_opt.solvers.lagrangian.score import score


def with_measures(inst, **changes):
    m = inst.measures
    values = {"names": m.names, "base": m.base, "per_hour": m.per_hour, "lower": m.lower, "upper": m.upper} | changes
    return replace(inst, measures=Measures(**values))


def solve(inst):
    return solve_instance(inst, gap=0.1, time_limit=20, seed=0)


def test_an_account_without_any_rep_is_named():
    inst = make_instance(200, 4, seed=0)
    pairs = PairCosts(np.full(4, 7), np.arange(4), np.full(4, np.inf))
    outcome = solve(replace(inst, pairs=pairs))
    assert outcome.status is EngineStatus.INFEASIBLE
    assert "account 7" in outcome.detail


def test_an_account_larger_than_every_band_is_named():
    inst = make_instance(200, 4, seed=0)
    base = np.array(inst.measures.base)
    base[11, 0] = 2 * inst.measures.upper[:, 0].max()
    outcome = solve(with_measures(inst, base=base))
    assert outcome.status is EngineStatus.INFEASIBLE
    assert "account 11" in outcome.detail
    assert "load" in outcome.detail


def test_a_class_with_too_few_reps_is_named_with_its_reps():
    inst = make_instance(400, 8, seed=0)
    allowed = np.ones((2, 8), dtype=bool)
    allowed[1] = False
    allowed[1, [2, 5]] = True  # half of the accounts for two of eight reps
    crowded = replace(inst, class_index=np.arange(400) % 2, class_allowed=allowed)
    outcome = solve(crowded)
    assert outcome.status is EngineStatus.INFEASIBLE
    assert "class 1" in outcome.detail
    assert "2, 5" in outcome.detail
    assert sum(outcome.seconds.values()) < 1


def test_bands_that_contradict_each_other_only_together_are_proven_infeasible():
    n, k = 400, 4
    inst = make_instance(n, k, seed=0)
    rng = np.random.default_rng(0)
    size = rng.uniform(1, 2, n)
    base = np.column_stack([size, 2 * size])  # the second is always twice the first
    lower, upper = np.empty((k, 2)), np.empty((k, 2))
    each = size.sum() / k
    lower[:, 0], upper[:, 0] = [0.9 * each, 0.9 * each, 1.05 * each, 1.05 * each], 1.1 * each
    upper[:2, 0] = 0.95 * each
    lower[:, 1], upper[:, 1] = 1.96 * each, 2.04 * each
    allowed = np.ones((1, k), dtype=bool)
    clash = with_measures(inst, base=base, lower=lower, upper=upper)
    nobody, alike = np.full(n, -1), np.zeros(n, dtype=int)
    outcome = solve(replace(clash, class_index=alike, class_allowed=allowed, owner_index=nobody))
    assert outcome.status is EngineStatus.INFEASIBLE
    assert "cannot hold together" in outcome.detail
    assert "rep" in outcome.detail


def test_integer_programs_prove_that_indivisible_accounts_do_not_fit():
    k = 2
    inst = make_instance(3, k, seed=0)
    base = np.column_stack([np.full(3, 10.0), np.ones(3)])
    lower, upper = np.full((k, 2), 14.0), np.full((k, 2), 16.0)
    lower[:, 1], upper[:, 1] = 0.0, 3.0
    tight = with_measures(inst, base=base, lower=lower, upper=upper)
    outcome = solve(replace(tight, class_allowed=np.ones((10, k), dtype=bool)))
    assert outcome.status is EngineStatus.INFEASIBLE
    assert outcome.detail


def test_a_class_with_exactly_enough_reps_is_served():
    inst = make_instance(1_000, 10, seed=3)
    allowed = np.ones((2, 10), dtype=bool)
    allowed[1, 2:] = False
    load, upper = inst.measures.base, inst.measures.upper
    order = np.random.default_rng(0).permutation(1_000)
    room = upper[:2].sum(0)
    total, mine = np.zeros(2), []
    for i in order:  # fill two books to within a thousandth
        if np.all(total + load[i] <= 0.999 * room):
            total += load[i]
            mine.append(i)
    kind = np.zeros(1_000, dtype=int)
    kind[mine] = 1
    outcome = solve(replace(inst, class_index=kind, class_allowed=allowed))
    assert outcome.status in (EngineStatus.FEASIBLE, EngineStatus.OPTIMAL)


@pytest.mark.parametrize("n_exact", [1, 3])
def test_a_class_with_exactly_enough_reps_is_served_whoever_they_are(n_exact):
    for seed in range(3):
        inst = make_instance(1_000, 10, seed=seed, n_exact=n_exact)
        outcome = solve_instance(inst, gap=1.0, time_limit=20, seed=0)
        assert outcome.rep_index is not None, outcome.detail
        assert score(inst, outcome.rep_index, outcome.scale)[1] == ""


@pytest.mark.parametrize("seed", range(4))
def test_a_class_that_brings_a_little_more_than_its_reps_can_take_is_named_with_reps_and_measure(seed):
    inst = make_instance(1_000, 10, seed=seed, n_exact=2, exact_fill=1.02)
    outcome = solve_instance(inst, gap=1.0, time_limit=20, seed=0)
    reps = np.flatnonzero(inst.class_allowed[-1])
    assert outcome.status is EngineStatus.INFEASIBLE
    assert "class 10 bring" in outcome.detail
    assert f"{reps[0]}, {reps[1]}," in outcome.detail
    assert outcome.detail.startswith(("load:", "account_units:"))
    assert sum(outcome.seconds.values()) < 1
