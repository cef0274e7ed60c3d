"""Kernels that take long to compile are loaded beside a search, which does without them until then."""

import threading
import types

import numpy as np
import pytest
from engine_tiny import best_by_enumeration, tiny_instance

from territory_opt.solvers.lagrangian import exact, exact_subsets, loading
from territory_opt.solvers.lagrangian.exact import solve_exact
from territory_opt.solvers.lagrangian.loading import Loading


def test_the_first_question_waits_no_longer_than_its_patience(monkeypatch):
    go = threading.Event()
    monkeypatch.setattr(loading, "import_module", lambda name: go.wait(60))
    slow = Loading("slow", patience=0.01)
    assert not slow.ready
    go.set()
    slow._thread.join(60)
    assert slow.ready


def test_what_an_import_ended_with_is_raised_to_those_who_ask():
    wrong = Loading("territory_opt.kernels.no_such_kernel")
    with pytest.raises(ModuleNotFoundError, match="no_such_kernel"):
        _ = wrong.ready


def test_modules_are_imported_once(monkeypatch):
    asked = []
    monkeypatch.setattr(loading, "import_module", asked.append)
    both = Loading("one", "two")
    assert both.ready and both.ready
    assert asked == ["one", "two"]


@pytest.mark.parametrize("seed", range(4))
def test_until_they_are_there_integer_programs_do_the_proof(seed, monkeypatch):
    never = types.SimpleNamespace(ready=False)
    monkeypatch.setattr(exact, "trees", never)
    monkeypatch.setattr(exact_subsets, "trees", never)
    inst = tiny_instance(seed, n=8)
    best = best_by_enumeration(inst)
    if not np.isfinite(best):
        return
    found = solve_exact(inst, gap=1e-9, time_limit=20, seed=0)
    assert found.objective == pytest.approx(best, rel=1e-6)
    assert found.bound <= best + 1e-6 * max(1.0, abs(best))
