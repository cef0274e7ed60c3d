"""Trees that are tied to an assignment: against enumeration, with all pairs and with few, from good and bad answers."""

import itertools
import time
from dataclasses import replace

import numpy as np
import pytest
from engine_tiny import best_by_enumeration, tiny_instance
from generator import make_instance

import territory_opt.solvers.lagrangian.exact as exact_module
import territory_opt.solvers.lagrangian.exact_subsets as subsets_module
from territory_opt.solvers.lagrangian.clock import Clock
from territory_opt.solvers.lagrangian.engine import solve_instance
from territory_opt.solvers.lagrangian.exact import solve_exact
from territory_opt.solvers.lagrangian.exact_subsets import Subsets
from territory_opt.solvers.lagrangian.exact_trees import Grown, suits, take
from territory_opt.solvers.lagrangian.instance import EngineStatus
from territory_opt.solvers.lagrangian.subproblem import build_program, solve_program
from territory_opt.solvers.lagrangian.tree import PairTree, narrowed


def begun(inst):
    """State of the engine's first answer, and the bound at its multipliers."""
    first = solve_instance(inst, gap=1.0, time_limit=10, seed=0)
    proof = exact_module._Proof(inst, first, 1e-6, 0, 1, Clock(60, None, None))
    return proof._state, proof._least


def everything(state, *, at_most=np.inf):
    return build_program(state, np.arange(state.model.n_reps), per_arc=None, at_most=at_most, exact=True)


def run(grown):
    until = time.perf_counter() + 30
    bounds = []
    grown.run(
        step=1e-9, seconds=lambda: until - time.perf_counter(), stop=lambda: False,
        report=lambda: bounds.append(grown.bound),
    )  # fmt: skip
    return bounds


def solvable(n=8):
    for seed in range(12):
        inst = tiny_instance(seed, n=n, friction=0.3 * (seed % 2))
        best = best_by_enumeration(inst)
        if np.isfinite(best):
            yield inst, best


def test_a_tree_over_all_pairs_ends_at_the_optimum():
    for inst, best in solvable():
        state, _ = begun(inst)
        grown = Grown(state, narrowed(everything(state), state), np.inf, unit=1.0, step=1e-9)
        bounds = run(grown)
        assert grown.is_over
        assert state.cost() == pytest.approx(best, rel=1e-9)
        assert all(bound <= best + 1e-6 for bound in bounds)
        assert grown.bound == pytest.approx(best, rel=1e-6)


def test_a_tree_over_few_pairs_never_claims_more_than_its_roof():
    for inst, best in solvable():
        state, least = begun(inst)
        reach = 0.3 * (state.cost() - least)
        grown = Grown(state, narrowed(everything(state, at_most=reach), state), least + reach, unit=1.0, step=1e-9)
        bounds = run(grown)
        assert all(bound <= best + 1e-6 for bound in bounds)
        assert not state.violation().any()


def test_bands_of_whole_measures_are_narrowed_to_what_they_are():
    inst = make_instance(60, 3, seed=2)
    state, _ = begun(inst)
    program = everything(state)
    tight = narrowed(program, state)
    stays = state.totals - np.array(
        [[program.amount[program.first[:-1]][program.pair_rep[program.first[:-1]] == j, m].sum() for m in range(2)]
         for j in range(3)]
    )  # fmt: skip
    unit = state.bands.unit[1]
    assert (tight.upper + stays)[:, 1] * unit == pytest.approx(state.upper[:, 1] * unit, abs=1e-5)
    assert np.all(tight.upper[:, 1] < program.upper[:, 1] - 0.3 / unit)
    assert tight.lower[:, 0] == pytest.approx(program.lower[:, 0])


def test_an_assignment_outside_the_bands_or_dearer_is_not_taken():
    inst = make_instance(60, 3, seed=2)
    state, _ = begun(inst)
    kept, cost = state.rep.copy(), state.cost()
    assert not take(state, np.zeros_like(kept))
    assert np.array_equal(state.rep, kept)
    assert state.cost() == pytest.approx(cost)
    assert not take(state, kept)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_tree_and_integer_program_agree(seed):
    state, _ = begun(make_instance(50, 4, seed=seed))
    program = narrowed(everything(state), state)
    tree = PairTree(program, unit=1e-3 * state.cost(), cutoff=0.0, step=1e-9)
    tree.run(seconds=lambda: 30.0, stop=lambda: False)
    answer = solve_program(program, seconds=60, seed=0, unit_cost=1e-3 * state.cost(), strict=True)
    assert answer.proven
    best = 0.0 if tree.choice is None else -program.gain(tree.choice)
    assert best == pytest.approx(min(-program.gain(answer.choice), 0.0), abs=1e-6 * state.cost())
    assert tree.is_settled
    assert tree.bound <= best + 1e-9 * state.cost()


def test_a_tree_stops_when_told_and_goes_on_where_it_was():
    state, _ = begun(make_instance(120, 5, seed=4))
    program = narrowed(everything(state), state)
    tree = PairTree(program, unit=1e-3 * state.cost(), cutoff=0.0, step=1e-9)
    tree.run(seconds=lambda: 30.0, stop=lambda: False, pieces=30)
    seen, bound = tree.n_pieces, tree.bound
    tree.run(seconds=lambda: 30.0, stop=lambda: True)
    assert tree.n_pieces == seen
    tree.run(seconds=lambda: 30.0, stop=lambda: False, pieces=30)
    assert tree.is_settled or tree.n_pieces > seen
    assert tree.bound >= bound


def test_elastic_bands_are_left_to_the_solver():
    state, _ = begun(make_instance(60, 3, seed=2))
    program = everything(state)
    assert suits(program)
    assert not suits(replace(program, outside=np.array([1.0, 0.0])))


def test_without_trees_the_solver_proves_the_same(monkeypatch):
    inst = make_instance(120, 4, seed=11)
    with_trees = solve_exact(inst, gap=1e-6, time_limit=40, seed=1)
    monkeypatch.setattr(exact_module, "suits", lambda program: False)
    without = solve_exact(inst, gap=1e-6, time_limit=60, seed=1)
    assert with_trees.status is without.status is EngineStatus.OPTIMAL
    assert with_trees.objective == pytest.approx(without.objective, rel=2e-6)
    assert with_trees.bound <= without.objective * (1 + 1e-9)


def test_programs_over_a_few_reps_only_ever_lower_the_objective():
    state, least = begun(make_instance(400, 8, seed=3))
    costs = [state.cost()]
    subsets = Subsets(state, seed=1, unit_cost=1.0)
    until = time.perf_counter() + 3
    subsets.run(
        target=0.0, seconds=lambda: until - time.perf_counter(), stop=lambda: False,
        report=lambda: costs.append(state.cost()),
    )  # fmt: skip
    assert len(costs) > 1
    assert all(after <= before + 1e-9 * before for before, after in itertools.pairwise(costs))
    assert state.cost() >= least
    assert not state.violation().any()
    assert subsets._width <= subsets_module._MOST_WIDTH
