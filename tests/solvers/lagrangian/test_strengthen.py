import numpy as np
from generator import make_instance

from territory_opt.solvers.lagrangian.engine import solve_instance
from territory_opt.solvers.lagrangian.items import build_model
from territory_opt.solvers.lagrangian.score import score
from territory_opt.solvers.lagrangian.strengthen import strengthen


def test_pairs_that_cannot_fit_are_forbidden_and_ordinary_accounts_keep_theirs():
    inst = make_instance(400, 6, seed=1, n_lumps=3, lump_share=0.8)
    before, after = build_model(inst), strengthen(build_model(inst))
    upper = inst.measures.upper[:, 0]
    n_tighter = 0
    for i in range(after.items.n_items):
        old = before.allowed[before.items.class_row[i]]
        new = after.allowed[after.items.class_row[i]]
        amount = before.items.base[i, 0]
        fits = old & (amount <= upper * (1 + 1e-9))
        assert not (new & ~fits).any()
        if amount < 0.2 * upper.min():
            assert np.array_equal(new, old)
        n_tighter += int((fits & ~new).sum())
    assert n_tighter  # next to eight tenths of a small book there is no room for the units it has to hold


def test_counting_measure_never_cuts_off_an_assignment_inside_the_bands():
    inst = make_instance(2_000, 10, seed=2, n_lumps=5, lump_share=0.6)
    model = strengthen(build_model(inst))
    assert model.n_measures == inst.n_measures + 1
    outcome = solve_instance(inst, gap=0.05, time_limit=20, seed=0)
    assert outcome.rep_index is not None
    assert score(inst, outcome.rep_index, outcome.scale)[1] == ""
    count = np.bincount(outcome.rep_index, weights=model.items.base[:, -1], minlength=10)
    assert (count <= model.upper[:, -1]).all()
    assert outcome.duals.shape == (10, 2)
