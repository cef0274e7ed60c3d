"""Through PuLP nothing is believed that was not checked, and the bound is the solver's own."""

import numpy as np
import pytest

from territory_opt.errors import SolverUnavailableError
from territory_opt.solvers import _pulp_table
from territory_opt.solvers._pulp_bound import cbc_bound, native_bound
from territory_opt.solvers.base import Feature, ProgramLimit, ProgramOptions, ProgramReason
from territory_opt.solvers.pulp import PulpBackend
from territory_opt.testing.programs import market_split, random_program, tiny_carve

CBC = PulpBackend("cbc")
needs_cbc = pytest.mark.skipif(not CBC.is_available(), reason="PuLP brings no CBC for this machine")


@pytest.mark.parametrize("name", sorted(_pulp_table.SOLVERS))
def test_what_a_solver_claims_is_handed_on_and_what_it_does_not_claim_is_not(name):
    import inspect

    import pulp

    entry = _pulp_table.SOLVERS[name]
    given = entry.arguments(ProgramOptions(gap=0.25, absolute_gap=3.0, threads=2, seed=9))
    for feature, plain, own in (
        (Feature.THREADS, "threads", entry.threads_key),
        (Feature.ABSOLUTE_GAP, "gapAbs", entry.absolute_gap_key),
    ):
        assert (feature in entry.features) == ((own or plain) in given)
    if not entry.is_installed():
        return
    accepted = inspect.signature(getattr(pulp, entry.pulp_class).__init__).parameters
    free = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in accepted.values())
    unheard = {key for key in given if key not in accepted and not (free and key in entry.extra_arguments)}
    assert unheard <= ({"gapRel"} if entry.gap_option else set())


def test_glpk_stops_at_the_asked_gap_and_claims_no_more():
    glpk = PulpBackend("glpk")
    if not glpk.is_available():
        pytest.skip("GLPK is not on the path")
    program = tiny_carve(seed=4, n_accounts=14, n_reps=3)
    best = PulpBackend("HiGHS").solve(program, ProgramOptions(time_limit=30.0, gap=0.0))
    rough = glpk.solve(program, ProgramOptions(time_limit=60.0, gap=0.2))
    assert rough.reason in (ProgramReason.FEASIBLE, ProgramReason.OPTIMAL)
    assert rough.bound <= best.objective + 1e-6
    assert rough.gap <= 0.2 + 1e-9
    assert rough.seconds < 20


def test_glpk_out_of_time_is_no_proof():
    glpk = PulpBackend("glpk")
    if not glpk.is_available():
        pytest.skip("GLPK is not on the path")
    program, planted = market_split()
    outcome = glpk.solve(program, ProgramOptions(time_limit=1.0, start=planted))
    assert outcome.limit is ProgramLimit.TIME
    assert outcome.bound <= program.objective(planted)
    assert outcome.objective == program.objective(planted)


def test_names_are_pulps_own_in_any_case():
    assert PulpBackend("pulp_cbc_cmd") == PulpBackend("CBC")
    assert PulpBackend("scip").name == "pulp:SCIP_PY"
    with pytest.raises(SolverUnavailableError, match="no solver 'nonesuch'"):
        PulpBackend("nonesuch")


@needs_cbc
def test_cbc_reads_its_bound_at_a_time_limit():
    program = tiny_carve(seed=2, n_accounts=40, n_reps=5)
    outcome = CBC.solve(program, ProgramOptions(time_limit=1.0, gap=0.0))
    exact = PulpBackend("HiGHS").solve(program, ProgramOptions(time_limit=10.0, gap=0.0))
    assert outcome.x is None or program.violation(outcome.x) <= 1e-6
    assert -np.inf < outcome.bound <= exact.objective + 1e-6


@needs_cbc
def test_optimal_at_a_time_limit_is_not_believed():
    program, _ = market_split()
    outcome = CBC.solve(program, ProgramOptions(time_limit=0.5))
    assert outcome.reason is not ProgramReason.OPTIMAL
    assert outcome.limit is ProgramLimit.TIME


def test_a_solver_whose_bound_cannot_be_read_gets_that_of_the_relaxation(monkeypatch):
    entry = _pulp_table.PulpSolver("HiGHS", module="highspy", install="", features=frozenset({Feature.THREADS}))
    monkeypatch.setitem(_pulp_table.SOLVERS, "HiGHS", entry)
    monkeypatch.setattr("territory_opt.solvers.pulp.native_bound", lambda *_: None)
    program, planted = market_split()
    outcome = PulpBackend("HiGHS").solve(program, ProgramOptions(time_limit=0.5))
    assert np.isfinite(outcome.bound)
    assert outcome.bound <= program.objective(planted)
    solved = PulpBackend("HiGHS").solve(random_program(2), ProgramOptions(time_limit=20.0))
    assert solved.reason is ProgramReason.OPTIMAL


def test_a_missing_solver_says_how_to_install_it(monkeypatch):
    missing = _pulp_table.PulpSolver("GUROBI", module="no_such_module_here", install="pip install it")
    monkeypatch.setitem(_pulp_table.SOLVERS, "GUROBI", missing)
    with pytest.raises(SolverUnavailableError, match="pip install it"):
        PulpBackend("gurobi").solve(random_program(2))


def test_ctrl_c_while_pulp_waits_returns_the_start(monkeypatch):
    import pulp

    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(pulp.LpProblem, "solve", stopped)
    program, planted = market_split()
    outcome = PulpBackend("HiGHS").solve(program, ProgramOptions(start=planted))
    assert outcome.limit is ProgramLimit.INTERRUPTED
    assert outcome.objective == program.objective(planted)


@pytest.mark.parametrize(
    ("log", "bound"),
    [
        ("Result - Stopped on time limit\n\nNo feasible solution found\nLower bound:   -7.5\n", -7.5),
        ("Result - Optimal solution found\n\nObjective value:    3.25\n", 3.25),
        ("Result - Problem proven infeasible\n", None),
        ("best possible 4.5 (0.1 seconds)\nbest possible 4.75 (0.2 seconds)", 4.75),
        ("", None),
    ],
)
def test_bounds_are_read_from_logs_of_cbc(log, bound):
    assert cbc_bound(log) == bound


def test_a_log_that_is_not_there_proves_nothing(tmp_path):
    assert native_bound("PULP_CBC_CMD", None, tmp_path / "absent.log") is None
    assert native_bound("MOSEK", object(), tmp_path / "absent.log") is None
