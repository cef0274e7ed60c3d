import itertools
from dataclasses import replace

import numpy as np
import pytest
from engine_tiny import tiny_instance
from generator import make_instance

from territory_opt.solvers.lagrangian.engine import solve_instance
from territory_opt.solvers.lagrangian.instance import EngineStatus, Measures
from territory_opt.solvers.lagrangian.items import build_model
from territory_opt.solvers.lagrangian.pairs import forbid_pairs, impossible_pairs
from territory_opt.solvers.lagrangian.score import score


def with_tight_second_measure(inst, seed):
    """Both bounds on both measures, so that two bounds of one book can clash."""
    rng = np.random.default_rng(seed)
    base = np.array(inst.measures.base)
    base[rng.integers(inst.n_accounts), 0] *= 4.0
    target = base.sum(0) / inst.n_reps
    lower, upper = np.tile(0.5 * target, (inst.n_reps, 1)), np.tile(1.5 * target, (inst.n_reps, 1))
    return replace(inst, measures=Measures(inst.measures.names, base, inst.measures.per_hour, lower, upper))


def used_pairs(inst):
    """Pairs of all assignments inside the bands, by enumeration."""
    used = np.zeros((inst.n_accounts, inst.n_reps), dtype=bool)
    for reps in itertools.product(range(inst.n_reps), repeat=inst.n_accounts):
        rep = np.array(reps)
        if not score(inst, rep, inst.measures.scale_low)[1]:
            used[np.arange(rep.size), rep] = True
    return used


@pytest.mark.parametrize("friction", [0.0, 0.5])
def test_no_assignment_inside_the_bands_uses_a_pair_called_impossible(friction):
    n_blocked = 0
    for seed in range(8):
        inst = with_tight_second_measure(tiny_instance(seed, n=6, friction=friction, extras=seed % 2 == 0), seed)
        model = build_model(inst)
        if not model.items.n_items:
            continue
        blocked = impossible_pairs(model)
        used = used_pairs(inst)
        assert not used[model.account_index[blocked.item], blocked.rep].any()
        n_blocked += blocked.item.size
    assert n_blocked


def test_forbidding_pairs_changes_the_rows_of_their_accounts_alone():
    model = build_model(make_instance(60, 5, seed=0))
    item, rep = np.array([3, 3, 9]), np.array([0, 2, 1])
    after = forbid_pairs(model, item, rep)
    old, new = model.allowed[model.items.class_row], after.allowed[after.items.class_row]
    expected = old.copy()
    expected[item, rep] = False
    assert np.array_equal(new, expected)


@pytest.mark.parametrize(("seed", "account"), [(4, 279), (16, 317), (34, 239)])
def test_an_account_that_leaves_no_room_for_the_other_lower_bounds_is_named(seed, account):
    # The integer program of these three was solved once with HiGHS: infeasible, after 25 to 50 seconds.
    inst = make_instance(600, 50, seed=seed, load_band=0.25, units_band=0.35)
    outcome = solve_instance(inst, gap=1.0, time_limit=10, seed=0)
    assert outcome.status is EngineStatus.INFEASIBLE
    assert f"account {account} " in outcome.detail
    assert "load" in outcome.detail
    assert "account_units" in outcome.detail
    assert sum(outcome.seconds.values()) < 2


def test_ordinary_accounts_cost_no_pair_test():
    inst = make_instance(5_000, 25, seed=1)
    assert not impossible_pairs(build_model(inst)).item.size
