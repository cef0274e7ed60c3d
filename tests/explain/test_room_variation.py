"""A bare move is held against limits on variation, too."""

import itertools

import numpy as np

import territory_opt as topt


def test_a_move_that_breaks_a_limit_on_variation_is_said_to():
    accounts = topt.Accounts.from_frame({"account_id": list("abcdef"), "acv": [5e4, 4e4, 4e4, 3e4, 3e4, 2e4]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2", "r3"]})
    costs = np.random.default_rng(3).integers(1, 90, (6, 3)).astype(float)
    limit = 0.25
    problem = topt.Problem(accounts, team, criteria=[topt.Variation("tam", at_most=limit), topt.Costs(costs)])
    result = topt.solve(problem, gap=0)
    reps, acv, said = result.alignment.rep_index, problem.scores.acv, 0
    for account, other in itertools.product(range(6), range(3)):
        if other == reps[account]:
            continue
        moved = reps.copy()
        moved[account] = other
        books = np.bincount(moved, weights=acv, minlength=3)
        breaks = books.std() > limit * books.mean()
        option = next(
            option for option in result.explain("abcdef"[account]).options if option.rep_id == f"r{other + 1}"
        )
        assert any("variation of TAM" in text for text in option.breaks) == breaks
        said += breaks
    assert said
