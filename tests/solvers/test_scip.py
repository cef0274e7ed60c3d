"""SCIP beyond the conformance suite: missing, cancelled, watched, side by side with another."""

import threading

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.solvers import scip
from territory_opt.solvers.base import Feature, ProgramLimit, ProgramOptions, ProgramReason
from territory_opt.solvers.registry import available_solvers, get_backend, known_solvers
from territory_opt.testing.programs import market_split, tiny_carve


def test_without_the_package_the_error_has_the_install_line(monkeypatch):
    monkeypatch.setattr(scip, "find_spec", lambda name: None)
    assert "scip" not in available_solvers()
    assert "scip" in known_solvers()
    with pytest.raises(topt.SolverUnavailableError, match=r"pip install 'territory-opt\[scip\]'"):
        get_backend("scip")
    with pytest.raises(topt.SolverUnavailableError, match=r"pip install 'territory-opt\[scip\]'"):
        scip.ScipBackend().solve(tiny_carve())


def test_a_package_that_does_not_load_says_so(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyscipopt", None)
    monkeypatch.setattr(scip, "find_spec", lambda name: object())
    with pytest.raises(topt.SolverUnavailableError, match="cannot be loaded"):
        scip.ScipBackend().solve(tiny_carve())


class TestInstalled:
    @pytest.fixture(autouse=True)
    def _there(self):
        pytest.importorskip("pyscipopt")

    def test_it_claims_no_threads(self):
        assert Feature.THREADS not in scip.ScipBackend.features

    def test_a_cancel_from_another_thread_stops_it_with_the_start_kept(self):
        program, planted = market_split()
        cancel = topt.Cancel()
        timer = threading.Timer(0.7, cancel.request)
        timer.start()
        options = ProgramOptions(time_limit=60.0, start=planted)
        outcome = scip.ScipBackend().solve(program, options, cancel=cancel)
        timer.join()
        assert outcome.limit is ProgramLimit.INTERRUPTED
        assert outcome.seconds < 20
        assert outcome.objective <= program.objective(planted)
        assert np.isfinite(outcome.bound)

    def test_an_exception_of_the_listener_stops_it_and_is_raised(self):
        def fail(_):
            raise RuntimeError("listener")

        with pytest.raises(RuntimeError, match="listener"):
            scip.ScipBackend().solve(market_split()[0], ProgramOptions(time_limit=30.0), on_event=fail)

    def test_two_solves_in_two_threads_do_not_touch(self):
        programs = [tiny_carve(seed=seed, n_accounts=11) for seed in (1, 2)]
        alone = [scip.ScipBackend().solve(program) for program in programs]
        found = [None, None]

        def work(i):
            found[i] = scip.ScipBackend().solve(programs[i])

        threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for one, other in zip(alone, found, strict=True):
            assert other.reason is ProgramReason.OPTIMAL
            assert one.objective == other.objective

    def test_no_time_is_no_crash(self):
        outcome = scip.ScipBackend().solve(market_split()[0], ProgramOptions(time_limit=0.0))
        assert outcome.limit is ProgramLimit.TIME

    def test_solve_takes_it_by_name(self):
        problem = topt.Problem.from_arrays([[1, 5], [1, 4], [2, 2]], measures={"x": [3, 2, 2]}, upper={"x": [4, 5]})
        result = topt.solve(problem, solver="scip", gap=0.0)
        assert (result.solver, result.objective, result.termination.reason) == ("scip", 7.0, topt.Reason.OPTIMAL)
