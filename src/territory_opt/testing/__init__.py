"""For authors of solvers: the conformance suite that every backend shipped here passes.

Examples
--------
>>> from territory_opt.solvers.highs import HighsBackend
>>> from territory_opt.testing import BACKEND_CASES
>>> all(case.applies(HighsBackend()) for case in BACKEND_CASES)
True
"""

from territory_opt.testing.backend import BACKEND_CASES, BackendCase, check_backend

__all__ = ["BACKEND_CASES", "BackendCase", "check_backend"]
