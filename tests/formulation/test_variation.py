"""A limit on the coefficient of variation as tangents: what they let through, and what they never leave out."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import territory_opt as topt
from ground_truth import Truth, random_case
from territory_opt.formulation.variation import tangent_points


def cases():
    for seed in range(8):
        case = random_case(seed, n=5, k=3, kinds=["variation"], median="tam" if seed % 2 else None)
        case.criteria = [c for c in case.criteria if isinstance(c, topt.Variation)]
        yield case


def variation(truth, case, reps):
    """Coefficient of variation, or None where there is none."""
    room = truth.score(reps).room
    return case.criteria[0].at_most - room if math.isfinite(room) else None


def test_tangents_leave_out_no_alignment_that_keeps_the_limit_and_tight_ones_let_no_other_through():
    seen = {"outer": 0, "inner": 0}
    for case in cases():
        problem, truth, limit = case.problem(), Truth(case), case.criteria[0].at_most
        for mode in seen:
            formulation = topt.formulate(problem, variation=mode)
            for reps in itertools.product(range(3), repeat=5):
                found = variation(truth, case, reps)
                if found is None or abs(found / limit - 1) < 1e-6:
                    continue
                fits = formulation.program.violation(formulation.encode(np.array(reps))) <= 1e-9
                if mode == "outer" and found < limit:
                    assert fits, (reps, found, limit)
                    seen[mode] += 1
                if mode == "inner" and fits:
                    assert found < limit, (reps, found, limit)
                    seen[mode] += 1
                if found > 1.0026 * limit:
                    assert not fits
                if found < 0.9974 * limit:
                    assert fits
    assert min(seen.values()) > 100


@given(
    limit=st.floats(0.005, 0.9),
    books=st.lists(st.floats(0.1, 10), min_size=2, max_size=40),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_largest_tangent_of_a_deviation_misses_its_square_by_no_more_than_is_allowed_for(limit, books):
    share = np.array(books) / np.mean(books) - 1.0
    points = tangent_points(limit, len(books))
    tangent = np.maximum((2 * np.outer(points, share) - points[:, None] ** 2).max(axis=0), 0.0)
    assert (tangent <= share**2 * (1 + 1e-9) + 1e-12).all()
    near = np.abs(share) <= points.max() * (1 + 1e-9)
    missed = share**2 - tangent
    assert (missed[near] <= np.maximum(limit**2, share[near] ** 2) * 0.0025 + 1e-12).all()


def test_a_tangent_at_the_deviations_of_a_point_cuts_it_off():
    case = random_case(3, n=5, k=3, kinds=["variation"])
    limit = 0.2
    case.criteria = [topt.Variation("tam", at_most=limit)]
    problem, truth = case.problem(), Truth(case)
    cut = 0
    for reps in itertools.product(range(3), repeat=5):
        full = np.array(truth.score(reps).books["tam"]) / np.array(truth.capacity)
        if not limit * 1.00001 < full.std() / full.mean() < limit * 1.5:
            continue
        at = {"tam": (full / full.mean() - 1.0)[None, :]}
        formulation = topt.formulate(problem, variation="outer", cuts=at)
        assert formulation.program.violation(formulation.encode(np.array(reps))) > 1e-9
        cut += 1
    assert cut


@pytest.mark.parametrize("capacity", [[1.0, 1.0], [1.0, 0.5]])
def test_a_book_per_capacity_is_what_varies(capacity):
    accounts = topt.Accounts.from_frame({"account_id": list("abc"), "acv": [1e4, 1e4, 1e4]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"], "capacity": capacity})
    problem = topt.Problem(accounts, team, criteria=[topt.Variation("tam", at_most=0.01)])
    result = topt.solve(problem)
    assert result.has_alignment == (capacity[1] == 0.5)


@pytest.mark.parametrize("limit", [topt.Variation("load", at_most=0.3), topt.Balance("load", within=0.3)])
def test_books_that_friction_alone_fills_are_below_zero_and_keep_no_limit(limit):
    accounts = topt.Accounts.from_frame(
        {"account_id": list("abc"), "acv": [0.0] * 3, "lat": [40.0, 41, 42], "lon": [-80.0] * 3}
    )
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"], "lat": [38.0, 45], "lon": [-80.0] * 2})
    problem = topt.Problem(accounts, team, policy=topt.Policy(friction_per_hour=1.0), criteria=[limit])
    assert topt.solve(problem).termination.reason is topt.Reason.INFEASIBLE
