"""Small problems end for certain with the large engine, whatever their bands are measured from."""

import numpy as np
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


@pytest.mark.parametrize("of", ["mean", "median", "target"])
def test_a_measure_that_nobody_brings_any_of_is_no_obstacle(of):
    accounts = topt.Accounts.from_frame({"account_id": [f"a{i}" for i in range(60)], "acv": np.zeros(60)})
    team = topt.Team.from_frame({"rep_id": ["r0", "r1", "r2"]})
    policy = topt.Policy(friction_per_hour=0.0)
    criteria = [topt.Balance("tam", within=0.1, of=of), topt.Balance("accounts", within=0.1)]
    result = topt.solve(topt.Problem(accounts, team, policy=policy, criteria=criteria), solver="lagrangian")
    assert result.evaluation.feasible
    assert np.ptp(np.bincount(result.alignment.rep_index)) <= 4
