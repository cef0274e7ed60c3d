"""The program of the classes: what it asks of HiGHS, and when it is not begun at all."""

import time

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.data import load_sample
from territory_opt.formulation.formulate import formulate
from territory_opt.solvers import medians
from territory_opt.solvers.attempt import Request
from territory_opt.solvers.medians import least_pairs, settle_classes


@pytest.fixture(scope="module")
def exact():
    accounts, team = load_sample(60, 5)
    return formulate(topt.Problem(accounts, team), median="exact")


def request(seconds):
    now = time.perf_counter()
    return Request(deadline=now + seconds, gap=1e-3, seed=1, threads=1, started=now)


@pytest.fixture
def asked(monkeypatch):
    """Options and settings of every call of HiGHS."""
    seen, solve = [], medians.solve_with_highs

    def watched(program, options, **more):
        seen.append((program, options, more["settings"]))
        return solve(program, options, **more)

    monkeypatch.setattr(medians, "solve_with_highs", watched)
    return seen


def test_presolve_which_looks_at_no_clock_is_left_out_of_large_programs(monkeypatch, exact, asked):
    keep = np.ones(exact.table.n_pairs, dtype=bool)
    small = settle_classes(exact, keep, request(30.0), gap=1e-3)
    monkeypatch.setattr(medians, "_PRESOLVED_PAIRS", 10)
    large = settle_classes(exact, keep, request(30.0), gap=1e-3)
    assert [settings for _, _, settings in asked] == [None, {"presolve": "off"}]
    assert large.bound == pytest.approx(small.bound, rel=2e-3)
    assert large.placements is not None


def test_highs_gets_less_than_the_time_that_is_left_by_what_it_may_overrun(monkeypatch, exact, asked):
    monkeypatch.setattr(time, "perf_counter", lambda: 50.0)
    keep = np.ones(exact.table.n_pairs, dtype=bool)
    monkeypatch.setattr(medians, "_NONZERO_SECONDS", 0.01)
    asked_for = request(1_000.0)
    settle_classes(exact, keep, asked_for, gap=1e-3)
    program, options, _ = asked[0]
    assert options.time_limit == pytest.approx(1_000.0 - 0.01 * program.n_nonzeros)


def test_nothing_is_begun_without_time_or_with_too_many_pairs(monkeypatch, exact, asked):
    keep = np.ones(exact.table.n_pairs, dtype=bool)
    assert settle_classes(exact, keep, request(0.0), gap=1e-3).bound == -np.inf
    monkeypatch.setattr(medians, "_NONZERO_SECONDS", 1e6)
    assert settle_classes(exact, keep, request(30.0), gap=1e-3).bound == -np.inf
    monkeypatch.setattr(medians, "MOST_CLASS_PAIRS", 10)
    assert settle_classes(exact, keep, request(30.0), gap=1e-3).placements is None
    assert not asked


def test_the_likeliest_pairs_are_those_of_the_least_excess():
    excess = np.array([5.0, 0.0, 1.0, 0.0, 9.0, 2.0])
    assert least_pairs(excess, 2, 1.5).tolist() == [False, True, True, True, False, True]
    assert least_pairs(excess, 2, 9.0).all()
