from dataclasses import replace

import numpy as np
import pytest
from generator import make_instance
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import coo_matrix, vstack

from territory_opt.solvers.lagrangian.engine import solve_instance
from territory_opt.solvers.lagrangian.instance import EngineStatus
from territory_opt.solvers.lagrangian.items import build_model, pair_cost, pair_measures


def optimum(inst):
    """Optimum of the full integer program, solved by SciPy's HiGHS."""
    # with every pair allowed no account is folded away, so positions are those of the instance
    model = build_model(replace(inst, class_allowed=np.ones_like(inst.class_allowed)))
    item, rep = np.nonzero(inst.class_allowed[inst.class_index])
    cost = pair_cost(model, model.items, item, rep)
    amount = pair_measures(model, model.items, item, rep)
    pair = np.arange(item.size)
    once = coo_matrix((np.ones(item.size), (item, pair)), shape=(inst.n_accounts, item.size))
    books = [coo_matrix((amount[:, m], (rep, pair)), shape=(inst.n_reps, item.size)) for m in range(2)]
    lower = np.concatenate([np.ones(inst.n_accounts), inst.measures.lower.T.ravel()])
    upper = np.concatenate([np.ones(inst.n_accounts), inst.measures.upper.T.ravel()])
    answer = milp(
        cost, constraints=LinearConstraint(vstack([once, *books]).tocsr(), lower, upper),
        integrality=np.ones(item.size), bounds=(0, 1), options={"mip_rel_gap": 1e-7, "time_limit": 60},
    )  # fmt: skip
    assert answer.status == 0
    return float(answer.fun)


@pytest.mark.parametrize("seed", range(4))
def test_engine_and_the_full_integer_program_agree(seed):
    inst = make_instance(60, 3, seed=seed, load_band=0.10, units_band=0.20)
    best = optimum(inst)
    outcome = solve_instance(inst, gap=0.0, time_limit=20, seed=0)
    assert outcome.bound <= best * (1 + 1e-9)
    assert outcome.status is EngineStatus.OPTIMAL
    assert outcome.objective == pytest.approx(best, rel=2e-6)
