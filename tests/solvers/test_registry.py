"""Backends are found by name, loaded late, and a missing one says how to get it."""

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from territory_opt.errors import SolverUnavailableError
from territory_opt.solvers import registry
from territory_opt.solvers.highs import HighsBackend
from territory_opt.solvers.registry import available_solvers, get_backend, known_solvers


class _Own(HighsBackend):
    name = "own"


def _make_own():
    return _Own()


def test_shipped_names_are_known_and_highs_is_there():
    assert "highs" in available_solvers()
    assert set(available_solvers()) <= set(known_solvers())
    assert "pulp:GUROBI" in known_solvers()


def test_listing_imports_no_solver():
    code = (
        "import sys; from territory_opt.solvers.registry import available_solvers; available_solvers();"
        "print([m for m in ('pulp', 'highspy', 'gurobipy', 'pyscipopt') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_backend_is_returned_as_it_is():
    own = _Own()
    assert get_backend(own) is own
    with pytest.raises(TypeError, match="not int"):
        get_backend(3)


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(SolverUnavailableError, match=r"nonesuch.*highs"):
        get_backend("nonesuch")


def test_packages_register_backends_by_entry_points(monkeypatch):
    good = EntryPoint("own", f"{__name__}:_make_own", registry.ENTRY_POINT_GROUP)
    missing = EntryPoint("gone", "no_such_module_here:make", registry.ENTRY_POINT_GROUP)
    wrong = EntryPoint("wrong", "builtins:object", registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "_registered", lambda: {p.name: p for p in (good, missing, wrong)})
    monkeypatch.setattr(EntryPoint, "load", lambda self: {"own": _make_own, "wrong": object}.get(self.name) or _gone())
    assert get_backend("own").name == "own"
    assert "own" in available_solvers()
    assert "gone" not in available_solvers()
    with pytest.raises(SolverUnavailableError, match="does not make"):
        get_backend("wrong")
    with pytest.raises(SolverUnavailableError, match="not here"):
        get_backend("gone")


def _gone():
    raise ImportError("not here")


def test_a_backend_that_is_not_installed_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(HighsBackend, "is_available", lambda self: False)
    with pytest.raises(SolverUnavailableError, match="pip install highspy"):
        get_backend("highs")
