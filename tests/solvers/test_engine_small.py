"""Small problems end for certain with the large engine, whatever their bands are measured from."""

import pytest

import territory_opt as topt
from ground_truth import Truth, random_case
from territory_opt.solvers.bridge import obstacles

# Found by running random cases: with placed books alone each of these ended without an answer.
ENDED_WITHOUT = (2653, 2666, 2742, 2781, 2913, 3055, 3239, 756)


@pytest.mark.parametrize("seed", ENDED_WITHOUT)
def test_a_small_problem_with_a_median_band_ends_with_the_optimum_or_a_proof(seed):
    case = random_case(seed)
    problem = case.problem()
    assert not obstacles(problem)
    answer = Truth(case).answer()
    assert not answer.unsure
    result = topt.solve(problem, solver="lagrangian", gap=0.0, time_limit=20)
    if answer.n_feasible == 0:
        assert result.termination.reason is topt.Reason.INFEASIBLE
    else:
        assert result.has_alignment
        assert result.objective == pytest.approx(answer.best, rel=1e-6, abs=1e-5)
        assert result.bound <= answer.best + 1e-5 + 1e-6 * abs(answer.best)
