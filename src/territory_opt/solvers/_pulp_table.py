"""What is known about PuLP's solvers without importing them: module or program, features, install line."""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from territory_opt.errors import SolverUnavailableError
from territory_opt.solvers.base import Feature, ProgramOptions

__all__ = ["SOLVERS", "PulpSolver", "bundled_cbc", "canonical_name"]

_LIMITS = frozenset({Feature.THREADS, Feature.ABSOLUTE_GAP})
_ALIASES = {"cbc": "PULP_CBC_CMD", "glpk": "GLPK_CMD", "scip": "SCIP_PY", "cplex": "CPLEX_PY", "xpress": "XPRESS_PY"}


@dataclass(frozen=True, slots=True)
class PulpSolver:
    """One solver of PuLP.

    Parameters
    ----------
    name : str
        PuLP's name.
    module, program : str
        What must be importable, or on the path.
    install : str
        What to do when it is missing.
    features : frozenset of Feature
        What it can do through PuLP.
    seed_key, threads_key, absolute_gap_key : str
        The solver's own parameters that PuLP hands on, where PuLP has no argument for the seed, the threads or the
        absolute gap.
    gap_option : str
        Option on its command line that takes the gap, where PuLP has no argument for it.
    whole_seconds : bool
        Its time limit must be a whole number of seconds; it is then rounded up.
    """

    name: str
    module: str = ""
    program: str = ""
    install: str = ""
    features: frozenset[Feature] = _LIMITS
    seed_key: str = ""
    threads_key: str = ""
    absolute_gap_key: str = ""
    gap_option: str = ""
    whole_seconds: bool = False

    @property
    def is_cbc(self) -> bool:
        """Whether this is CBC, bundled with PuLP or on the path."""
        return self.name in ("PULP_CBC_CMD", "COIN_CMD")

    @property
    def pulp_class(self) -> str:
        """Class in PuLP. The bundled CBC runs through COIN_CMD, as PuLP 4 will have it."""
        return "COIN_CMD" if self.is_cbc else self.name

    @property
    def reads_log(self) -> bool:
        """Whether the bound is read from its log."""
        return self.is_cbc

    @property
    def extra_arguments(self) -> frozenset[str]:
        """Keywords that go to the solver's own parameters."""
        return frozenset({self.seed_key, self.threads_key, self.absolute_gap_key} - {""})

    def is_installed(self) -> bool:
        """Whether it is there; nothing is imported and no licence is taken."""
        if find_spec("pulp") is None:
            return False
        if self.name == "PULP_CBC_CMD":
            return bundled_cbc() is not None
        if self.module:
            return find_spec(self.module) is not None
        return shutil.which(self.program) is not None

    def arguments(self, options: ProgramOptions) -> dict[str, Any]:
        """Keywords of PuLP's class for what was asked, as far as the solver can do it."""
        found: dict[str, Any] = {"gapRel": options.gap}
        if Feature.THREADS in self.features:
            found[self.threads_key or "threads"] = options.threads
        if Feature.ABSOLUTE_GAP in self.features:
            found[self.absolute_gap_key or "gapAbs"] = options.absolute_gap
        seed = options.seed % 2**31
        if self.is_cbc:
            found["options"] = [f"randomSeed {seed}", f"randomCbcSeed {seed}"]
        elif self.seed_key:
            found[self.seed_key] = seed
        if self.gap_option:
            found["options"] = [self.gap_option, f"{options.gap:g}"]
        if self.name == "PULP_CBC_CMD":
            found["path"] = str(bundled_cbc())
        return found


def bundled_cbc() -> Path | None:
    """Path of the CBC that PuLP brings, None when it brings none for this machine."""
    spec = find_spec("pulp")
    if spec is None or spec.origin is None:
        return None
    system = {"win32": "win", "darwin": "osx"}.get(sys.platform, "linux")
    arm = platform.machine().lower() in ("arm64", "aarch64")
    machine = "arm64" if arm and system == "linux" else ("i64" if sys.maxsize > 2**32 else "i32")
    path = Path(spec.origin).parent / "solverdir" / "cbc" / system / machine
    path /= "cbc.exe" if system == "win" else "cbc"
    return path if path.exists() else None


def canonical_name(name: str) -> str:
    """Return PuLP's spelling of a solver's name.

    Raises
    ------
    SolverUnavailableError
        When there is none; the message lists those there are.

    Examples
    --------
    >>> canonical_name("cbc"), canonical_name("highs")
    ('PULP_CBC_CMD', 'HiGHS')
    """
    spelled = {known.lower(): known for known in SOLVERS}
    found = _ALIASES.get(name.lower()) or spelled.get(name.lower())
    if found is None:
        raise SolverUnavailableError(f"PuLP has no solver {name!r}; it has {', '.join(SOLVERS)}")
    return found


def _vendor(module: str) -> str:
    return f"pip install {module} and have its licence at hand"


# What PuLP 3.3 hands on, by its sources: what it takes no argument for is not claimed.
_OWN = frozenset({Feature.WARM_START, Feature.BOUND})
_FULL = _LIMITS | _OWN
_NONE: frozenset[Feature] = frozenset()

SOLVERS: dict[str, PulpSolver] = {
    entry.name: entry
    for entry in (
        PulpSolver(
            "PULP_CBC_CMD",
            install="pip install pulp, which brings CBC for common machines",
            features=_FULL | {Feature.SEED},
        ),
        PulpSolver(
            "COIN_CMD", program="cbc", install="install CBC and put it on the path", features=_FULL | {Feature.SEED}
        ),
        PulpSolver(
            "HiGHS",
            module="highspy",
            install="pip install highspy",
            features=_LIMITS | {Feature.BOUND, Feature.SEED},
            seed_key="random_seed",
        ),
        PulpSolver("HiGHS_CMD", program="highs", install="install HiGHS and put it on the path"),
        PulpSolver(
            "SCIP_PY", module="pyscipopt", install="pip install pyscipopt", features=_OWN | {Feature.ABSOLUTE_GAP}
        ),
        PulpSolver(
            "SCIP_CMD",
            program="scip",
            install="install SCIP and put it on the path",
            features=frozenset({Feature.ABSOLUTE_GAP}),
        ),
        PulpSolver("FSCIP_CMD", program="fscip", install="install FSCIP and put it on the path"),
        PulpSolver(
            "GLPK_CMD",
            program="glpsol",
            install="install GLPK and put it on the path",
            features=_NONE,
            gap_option="--mipgap",
            whole_seconds=True,
        ),
        PulpSolver(
            "GUROBI",
            module="gurobipy",
            install=_vendor("gurobipy"),
            features=_FULL | {Feature.SEED},
            seed_key="Seed",
            threads_key="Threads",
            absolute_gap_key="MIPGapAbs",
        ),
        PulpSolver("GUROBI_CMD", program="gurobi_cl", install="install Gurobi and put it on the path"),
        PulpSolver("CPLEX_PY", module="cplex", install=_vendor("cplex"), features=_OWN | {Feature.THREADS}),
        PulpSolver("CPLEX_CMD", program="cplex", install="install CPLEX and put it on the path"),
        PulpSolver("XPRESS_PY", module="xpress", install=_vendor("xpress"), features=_OWN),
        PulpSolver("MOSEK", module="mosek", install=_vendor("mosek"), features=_NONE),
        PulpSolver("COPT", module="coptpy", install=_vendor("coptpy"), features=_OWN),
        PulpSolver("CUOPT", module="cuopt", install="install cuOpt", features=_NONE),
    )
}
