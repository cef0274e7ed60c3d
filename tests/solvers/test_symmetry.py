"""Of carves that differ only by identical reps one is left, and the optimum stays."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.instances import carve
from territory_opt.solvers.base import ProgramOptions
from territory_opt.solvers.highs import HighsBackend
from territory_opt.solvers.pairs import Pairs
from territory_opt.solvers.symmetry import Symmetry, identical_reps, triangular_pairs


def open_carve(n, k, seed):
    """Reps alike in everything: no owners, one price per account."""
    case = carve(n, k, seed=seed, identical=True, load_band=0.3, units_band=0.4)
    cost = case.program.cost.copy()
    cost[: case.pairs.n_pairs] = np.repeat(cost[: case.pairs.n_pairs : k], k)
    return replace(case.program, cost=cost), case.pairs


def test_identical_reps_are_found_and_others_are_not():
    program, pairs = open_carve(12, 4, 1)
    assert identical_reps(program, pairs).tolist() == [0, 0, 0, 0]
    cost = program.cost.copy()
    cost[2] += 1.0  # the first account costs more with the third rep
    assert identical_reps(replace(program, cost=cost), pairs).tolist() == [0, 0, 2, 0]
    upper = program.row_upper.copy()
    upper[program.block("units", "rows").start + 3] += 1
    assert identical_reps(replace(program, row_upper=upper), pairs).tolist() == [0, 0, 0, 3]
    assert identical_reps(carve(12, 4, seed=1).program, pairs).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("seed", range(3))
def test_fixing_keeps_the_optimum(seed):
    program, pairs = open_carve(12, 3, seed)
    rng = np.random.default_rng(seed)
    cost = program.cost.copy()
    cost[: pairs.n_pairs] = np.repeat(rng.uniform(1, 9, 12), 3)
    whole = HighsBackend().solve(replace(program, cost=cost), ProgramOptions(time_limit=60.0))
    symmetry = Symmetry.of(replace(program, cost=cost), pairs, rng.random(12))
    assert symmetry.n_fixed == 2 + 1
    fixed = HighsBackend().solve(symmetry.program, ProgramOptions(time_limit=60.0))
    assert fixed.reason is whole.reason
    if whole.x is not None:
        assert fixed.objective == pytest.approx(whole.objective)
        assert symmetry.program.violation(symmetry.place(whole.x)) <= 1e-6
        assert program.objective(symmetry.place(whole.x)) == pytest.approx(program.objective(whole.x))


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_carve_has_exactly_one_name_left(data):
    n, k = data.draw(st.integers(1, 7)), data.draw(st.integers(1, 4))
    pairs = Pairs(
        np.repeat(np.arange(n), k), np.tile(np.arange(k), n), k * np.arange(n + 1), slice(0, n * k), slice(0, n)
    )
    value = np.array(data.draw(st.lists(st.integers(0, 5), min_size=n, max_size=n)), dtype=float)
    rep = np.array(data.draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n)))
    keep = triangular_pairs(pairs, np.zeros(k, dtype=int), value).reshape(n, k)
    order = np.argsort(-value, kind="stable")
    names, new = {}, np.zeros(n, dtype=int)
    for account in order:
        new[account] = names.setdefault(rep[account], len(names))
    assert keep[np.arange(n), new].all()
