"""Bounds are recomputed from duals and hold for any duals; parts and softened programs say the same as the whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.instances import carve
from territory_opt.solvers._relaxation import Relaxation, implied_bounds
from territory_opt.solvers._restricted import restrict, with_whole_rows
from territory_opt.solvers._soft import giving_way, soft_rows, softened
from territory_opt.solvers._structure import reps_of_rows, reps_of_rows_and_columns
from territory_opt.solvers.base import ProgramOptions
from territory_opt.solvers.highs import HighsBackend, relaxed_bound
from territory_opt.solvers.pairs import Pairs

CASE = carve(20, 3, seed=7, load_band=0.25, units_band=0.3)
OPTIMUM = HighsBackend().solve(CASE.program, ProgramOptions(time_limit=60.0))


def relaxation(case=CASE):
    return Relaxation(case.program, case.pairs, case.program.matrix().tocsc())


def test_the_bound_is_that_of_the_relaxation():
    linear, interrupted = relaxation().solve(np.inf, None)
    assert not interrupted
    assert linear.bound == pytest.approx(relaxed_bound(CASE.program), rel=1e-7)
    assert linear.excess.min() >= 0.0


@given(seed=st.integers(0, 10_000), size=st.floats(0.0, 1e4))
@settings(max_examples=30, deadline=None)
def test_any_duals_give_a_bound_below_the_optimum(seed, size):
    duals = np.random.default_rng(seed).normal(size=CASE.program.n_rows) * size
    bound, excess = relaxation().bound_of(duals)
    assert bound <= OPTIMUM.objective + 1e-6
    # The excess of every pair in use may be added: the bound of a program that must use it.
    used = OPTIMUM.x[CASE.pairs.columns] > 0.5
    assert bound + excess[used].sum() <= OPTIMUM.objective + 1e-5 * max(1.0, abs(bound))


def test_tightened_rows_guide_the_search_but_leave_the_bound_valid():
    kept = relaxation()
    plain, _ = kept.solve(np.inf, None)
    tight, _ = kept.solve(np.inf, None, tightened=0.02, around=plain.x)
    assert tight.bound <= plain.bound + 1e-6
    assert CASE.program.objective(tight.x) >= plain.bound - 1e-6
    again, _ = kept.solve(np.inf, None)
    assert again.bound == pytest.approx(plain.bound)


def test_excess_and_slack_explain_objective_minus_bound():
    linear, _ = relaxation().solve(np.inf, None)
    used = OPTIMUM.x[CASE.pairs.columns] > 0.5
    explained = linear.excess[used].sum() + linear.slack_costs(CASE.program, OPTIMUM.x).sum()
    assert explained == pytest.approx(OPTIMUM.objective - linear.bound, abs=1e-3)


def test_free_columns_get_the_bounds_that_rows_imply():
    low, high = implied_bounds(CASE.program)
    assert np.isfinite(low).all()
    assert np.isfinite(high).all()
    assert (low <= OPTIMUM.x + 1e-9).all()
    assert (OPTIMUM.x <= high + 1e-9).all()


def test_rows_and_columns_know_their_rep():
    row_rep, column_rep = reps_of_rows_and_columns(CASE.program, CASE.pairs)
    for name in ("load", "load_high", "load_low", "units"):
        assert row_rep[CASE.program.block(name, "rows").slice].tolist() == [0, 1, 2]
    assert (row_rep[CASE.pairs.rows] == -1).all()
    assert row_rep[CASE.program.block("mean", "rows").start] == -1
    assert column_rep[CASE.program.block("book").slice].tolist() == [0, 1, 2]
    assert column_rep[-1] == -1
    assert np.array_equal(row_rep, reps_of_rows(CASE.program, CASE.pairs))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_a_part_says_what_the_whole_says(seed):
    program = CASE.program
    rng = np.random.default_rng(seed)
    columns = np.flatnonzero(rng.random(program.n_columns) < 0.4)
    point = np.round(rng.random(program.n_columns), 2)
    part = restrict(program, program.matrix().tocsc(), columns, point)
    x = np.round(rng.random(len(columns)), 2)
    whole = part.expand(x)
    assert part.program.objective(x) == pytest.approx(program.objective(whole))
    inside = np.isin(np.arange(program.n_columns), columns)
    assert np.array_equal(whole[~inside], point[~inside])
    touched = np.unique(program.row_indices()[inside[program.indices]])
    slack = np.minimum(program.activity(whole) - program.row_lower, program.row_upper - program.activity(whole))
    level = part.program.activity(x)
    left = np.minimum(level - part.program.row_lower, part.program.row_upper - level)
    np.testing.assert_allclose(left, slack[touched], atol=1e-9)


def test_bounds_of_whole_rows_are_rounded_inwards_and_no_solution_is_lost():
    whole = with_whole_rows(CASE.program)
    units = CASE.program.block("units", "rows").slice
    assert (whole.row_lower[units] == np.ceil(CASE.program.row_lower[units])).all()
    assert whole.violation(OPTIMUM.x) <= 1e-6
    assert relaxed_bound(whole) >= relaxed_bound(CASE.program) - 1e-9


def test_a_softened_program_takes_any_assignment_at_its_price():
    program, pairs = CASE.program, CASE.pairs
    rows = soft_rows(program, pairs)
    assert not np.isin(rows, np.arange(pairs.rows.start, pairs.rows.stop)).any()
    soft = softened(program, rows, np.full(len(rows), 3.0))
    x = OPTIMUM.x.copy()
    x[:60] = 0.0
    x[0:60:3] = 1.0
    x[60:63] = program.matrix()[program.block("load", "rows").slice, :60] @ x[:60]
    x[63] = x[60:63].sum() / -program.matrix()[[program.block("mean", "rows").start], [63]].item()
    point = giving_way(program, rows, x)
    assert program.violation(x) > 0.1
    assert soft.violation(point) <= 1e-9
    assert soft.objective(point) == pytest.approx(program.objective(x) + 3.0 * point[program.n_columns :].sum())
    assert soft.objective(giving_way(program, rows, OPTIMUM.x)) == pytest.approx(OPTIMUM.objective, abs=1e-4)


@pytest.mark.parametrize(
    "parts",
    [
        ([0, 1, 0], [0, 0, 1], [0, 2, 3], slice(0, 3), slice(0, 2)),
        ([0, 0], [0, 1], [0, 2], slice(0, 3), slice(0, 1)),
        ([0, 0], [0, 1], [0, 2], slice(0, 2), slice(0, 2)),
    ],
)
def test_pairs_that_do_not_agree_are_refused(parts):
    with pytest.raises(ValueError, match="pairs"):
        Pairs(*(np.array(part) if isinstance(part, list) else part for part in parts))
