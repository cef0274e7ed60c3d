"""The integer program says what the criteria say: optimum, infeasibility and bound against enumeration."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import territory_opt as topt
from ground_truth import KINDS, Truth, random_case


def assert_solved_to_truth(case, **options):
    answer = Truth(case).answer()
    if answer.unsure:
        return
    result = topt.solve(case.problem(), gap=0.0, time_limit=30, **({"solver": "highs"} | options))
    if answer.n_feasible == 0:
        assert result.termination.reason is topt.Reason.INFEASIBLE, result.termination
        assert result.bound == math.inf
        return
    assert result.has_alignment, result.termination
    assert result.objective == pytest.approx(answer.best, rel=1e-6, abs=1e-5)
    assert result.bound <= result.objective
    assert result.bound <= answer.best + 1e-6 * max(1.0, answer.best)
    if answer.best == 0 or answer.best >= 1.5:  # HiGHS leaves an absolute gap of 1e-6
        assert result.termination.reason is topt.Reason.OPTIMAL, result.termination
        assert result.gap <= 1.001e-6


@pytest.mark.parametrize("kind", [*KINDS, "variation"])
def test_optimum_and_infeasibility_of_every_kind_are_those_of_enumeration(kind):
    for seed in range(6):
        assert_solved_to_truth(random_case(1000 + seed, kinds=["travel", kind, "disruption"]))


@pytest.mark.parametrize("block", range(8))
def test_optimum_and_infeasibility_of_mixed_criteria_are_those_of_enumeration(block):
    for seed in range(10 * block, 10 * block + 10):
        assert_solved_to_truth(random_case(seed))


@pytest.mark.parametrize("k", [2, 3, 4, 5])
def test_a_median_band_is_exact_for_odd_and_even_teams_with_friction(k):
    for seed in range(5):
        case = random_case(7000 + seed, n=max(k, 5), k=k, kinds=["median", "travel"], median="load")
        case.per_hour = 0.2
        assert_solved_to_truth(case)


@pytest.mark.parametrize("solver", ["pulp:CBC", "core"])
def test_other_solvers_find_the_same_optimum(solver):
    for seed in range(200, 212):
        assert_solved_to_truth(random_case(seed, k=2), solver=solver)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_decode_undoes_encode_and_the_program_scores_like_evaluate(seed):
    case = random_case(seed)
    problem, rng = case.problem(), np.random.default_rng(seed)
    formulation = topt.formulate(problem)
    reps = rng.integers(0, case.k, case.n)
    evaluation = topt.evaluate(problem, topt.Alignment.from_index(problem, reps))
    try:
        x = formulation.encode(reps)
    except ValueError:
        kinds = (topt.Eligible, topt.Seniority, topt.Lock, topt.Forbid, topt.Together)
        assert any(isinstance(check.criterion, kinds) for check in evaluation.broken)
        return
    assert formulation.decode(x).tolist() == reps.tolist()
    assert formulation.program.objective(x) == pytest.approx(evaluation.objective, rel=1e-9, abs=1e-7)
    room = Truth(case).score(tuple(reps)).room
    if abs(room) > 1e-5:
        assert (formulation.program.violation(x) <= 1e-9) == evaluation.feasible


def test_relabelling_accounts_and_reps_changes_nothing():
    for seed in range(300, 315):
        case = random_case(seed, kinds=["median", "travel", "disruption", "vertical", "apart", "together"])
        rng = np.random.default_rng(seed)
        rows, columns = rng.permutation(case.n), rng.permutation(case.k)
        shuffled = random_case(seed, kinds=["median", "travel", "disruption", "vertical", "apart", "together"])
        shuffled.accounts = {name: [values[i] for i in rows] for name, values in case.accounts.items()}
        shuffled.reps = {name: [values[j] for j in columns] for name, values in case.reps.items()}
        one, other = (topt.solve(c.problem(), solver="highs", gap=0.0) for c in (case, shuffled))
        assert one.termination.reason is other.termination.reason
        assert one.objective == pytest.approx(other.objective)


def test_one_more_criterion_never_improves_the_optimum():
    for seed in range(400, 420):
        case = random_case(seed, kinds=["mean", "lock", "travel", "vertical", "disruption_cap"])
        before = -math.inf
        for count in range(len(case.criteria) + 1):
            limits = [c for c in case.criteria if c.is_limit][:count]
            terms = [c for c in case.criteria if not c.is_limit]
            objective = topt.solve(case.problem(terms + limits), solver="highs", gap=0.0).objective
            assert objective >= before - 1e-6
            before = objective


def test_families_that_are_merged_and_accounts_that_are_constrained_have_one_optimum():
    for seed in range(500, 515):
        case = random_case(seed, kinds=["together", "mean", "travel", "vertical"])
        merged = topt.solve(case.problem(), solver="highs", gap=0.0)
        free = [c for c in case.criteria if not isinstance(c, topt.Together)]
        best = math.inf
        family = next(c for c in case.criteria if isinstance(c, topt.Together))
        truth = Truth(case)
        loose = Truth(type(case)(case.accounts, case.reps, free, case.per_hour, case.measures))
        import itertools

        for reps in itertools.product(range(case.k), repeat=case.n):
            if truth._together(family, reps, {})[0] > 0:
                score = loose.score(reps)
                if score.feasible:
                    best = min(best, score.objective)
        assert merged.objective == pytest.approx(best, rel=1e-6, abs=1e-5)


def test_pairs_of_one_account_follow_each_other_and_blocks_have_names():
    case = random_case(3, kinds=["median", "travel", "travel_cap", "disruption_cap", "apart"])
    formulation = topt.formulate(case.problem())
    assert (np.diff(formulation.table.group) >= 0).all()
    names = {block.name for block in formulation.program.blocks}
    assert {"pair", "assign", "travel"} <= names
    assert any(name.startswith("disruption.") for name in names)


def test_an_account_that_no_rep_may_have_makes_an_infeasible_program_and_no_crash():
    case = random_case(5, n=4, k=2, kinds=["travel"])
    mask = np.ones((4, 2), dtype=bool)
    mask[1] = False
    problem = case.problem([*case.criteria, topt.Eligible(mask)])
    program = topt.formulate(problem).program
    from territory_opt.solvers.base import ProgramReason
    from territory_opt.solvers.highs import HighsBackend

    assert HighsBackend().solve(program).reason is ProgramReason.INFEASIBLE


def test_programs_are_written_as_mps_and_lp(tmp_path):
    formulation = topt.formulate(random_case(3, kinds=["median", "travel"]).problem())
    assert formulation.write_mps(tmp_path / "a.mps").stat().st_size > 0
    assert formulation.write_lp(tmp_path / "a.lp").stat().st_size > 0
