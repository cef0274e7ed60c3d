"""Reps that nothing tells apart are found, and leaving out their renamed alignments loses none."""

import itertools

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.formulation import symmetry
from territory_opt.formulation.symmetry import interchangeable
from territory_opt.solvers import carve

N, K = 6, 3


def problem(criteria, *, seed=0, team=None, **columns):
    rng = np.random.default_rng(seed)
    table = {"account_id": [f"a{i}" for i in range(N)], "acv": rng.integers(1, 9, N) * 1e4, **columns}
    reps = {"rep_id": [f"r{j}" for j in range(K)], **(team or {})}
    return topt.Problem(topt.Accounts.from_frame(table), topt.Team.from_frame(reps), criteria=criteria)


BANDS = [
    [topt.Balance("tam", within=0.4)],
    [topt.Balance("tam", within=0.0, weight=1.0)],
    [topt.Balance("tam", within=0.4, of="median"), topt.Balance("accounts", between=(1, 3))],
    [topt.Variation("tam", at_most=0.3), topt.Apart([("a0", "a1")])],
]


@pytest.mark.parametrize("criteria", BANDS, ids=lambda cs: cs[0].describe())
def test_reps_without_a_difference_are_one_class(criteria):
    found = interchangeable(topt.formulate(problem(criteria)))
    assert [reps.tolist() for reps in found.classes] == [[0, 1, 2]]
    assert found.leave_out.sum() == 3


DIFFERENCES = {
    "capacity": {"team": {"capacity": [1.0, 0.5, 1.0]}},
    "lock": {"criteria": [topt.Lock({"a3": "r1"})]},
    "forbid": {"criteria": [topt.Forbid([("a3", "r1")])]},
    "owner": {"criteria": [topt.Disruption("acv", weight=1.0)], "owner": ["", "r1", "", "", "", ""]},
    "cap": {"criteria": [topt.Disruption("acv", at_most=0.5)], "owner": ["", "r1", "", "", "", ""]},
    "limits": {"criteria": [topt.BookLimits("accounts", upper=[6, 5, 6])]},
    "costs": {"criteria": [topt.Costs(np.eye(N, K) * [0, 1, 0])]},
    "amounts": {"criteria": [topt.Costs(np.zeros((N, K)))], "team": {"capacity": [1.0, 0.9, 1.0]}},
}


@pytest.mark.parametrize("what", DIFFERENCES)
def test_a_rep_that_anything_tells_apart_is_not_in_the_class(what):
    given = dict(DIFFERENCES[what])
    criteria = [topt.Balance("tam", within=0.4), *given.pop("criteria", [])]
    found = interchangeable(topt.formulate(problem(criteria, **given)))
    assert [reps.tolist() for reps in found.classes] == [[0, 2]]


def test_a_home_of_ones_own_tells_a_rep_apart():
    rng = np.random.default_rng(1)
    places = {"lat": rng.uniform(35, 40, N), "lon": rng.uniform(-90, -80, N)}
    team = {"lat": [36.0, 37.0, 38.0], "lon": [-85.0, -85.0, -85.0]}
    stated = problem([topt.Balance("accounts", within=0.5), topt.Travel(weight=1.0)], team=team, **places)
    assert interchangeable(topt.formulate(stated)) is None


@pytest.mark.parametrize("seed", range(4))
def test_every_alignment_has_a_renamed_one_that_uses_no_pair_left_out(seed):
    stated = problem([topt.Balance("tam", within=1.0)], seed=seed)
    formulation = topt.formulate(stated)
    found = interchangeable(formulation)
    for reps in itertools.product(range(K), repeat=N):
        lead = np.array(reps)
        renamed = found.renamed(lead)
        assert sorted(renamed) == list(range(K))
        assert not found.leave_out[np.arange(N), renamed[lead]].any()


@pytest.mark.parametrize("criteria", BANDS, ids=lambda cs: cs[0].describe())
@pytest.mark.parametrize("solver", ["highs", "core"])
def test_the_optimum_is_the_same_without_the_renamed_alignments(criteria, solver, monkeypatch):
    costs = np.repeat(np.random.default_rng(5).integers(0, 9, (N, 1)), K, axis=1).astype(float)
    stated = problem([*criteria, topt.Costs(costs)], seed=2)
    found = topt.solve(stated, solver=solver, gap=0.0, time_limit=20)
    monkeypatch.setattr(carve, "interchangeable", lambda formulation: None)
    other = topt.solve(stated, solver=solver, gap=0.0, time_limit=20)
    assert found.has_alignment == other.has_alignment
    if found.has_alignment:
        assert found.objective == pytest.approx(other.objective, rel=1e-9)
        assert found.termination.reason is topt.Reason.OPTIMAL


def test_accounts_stay_with_their_owner_as_far_as_names_decide():
    stated = problem([topt.Balance("accounts", between=(2, 2))], owner=["r2", "r2", "r0", "r0", "r1", "r1"])
    costs = np.repeat(np.arange(N, dtype=float)[:, None], K, axis=1)
    result = topt.solve(stated.replace(criteria=[*stated.criteria, topt.Costs(costs)]), solver="highs")
    owner, reps = stated.owners.rep_index, result.alignment.rep_index
    kept = max(int((np.array(names)[reps] == owner).sum()) for names in itertools.permutations(range(K)))
    assert int((reps == owner).sum()) == kept


def test_a_start_is_kept_under_its_own_names():
    stated = problem([topt.Balance("tam", within=1.0), topt.Balance("accounts", between=(2, 2))])
    start = topt.Alignment.from_index(stated, [2, 2, 0, 0, 1, 1])
    result = topt.solve(stated, solver="highs", start=start)
    assert result.alignment.rep_index.tolist() == start.rep_index.tolist()


@pytest.mark.parametrize(
    "criterion", [topt.BookLimits("tam", upper=[9e5, 8e5, 7e5]), topt.Disruption("acv", at_most=0.9)]
)
def test_reps_whose_rows_differ_are_told_apart_without_a_look_at_the_whole_program(criterion, monkeypatch):
    # With many reps a look per pair of them takes longer than the solve.
    looks = []
    monkeypatch.setattr(symmetry, "_maps_onto_itself", lambda *args: looks.append(args))
    assert interchangeable(topt.formulate(problem([criterion], owner=["r0", "r1", "r2", "r0", "r1", "r2"]))) is None
    assert not looks
