"""Carve sales territories: balanced, proven, fair."""

from typing import TYPE_CHECKING

from territory_opt._late import open_late
from territory_opt._version import __version__
from territory_opt.accounts import Accounts
from territory_opt.alignment import Alignment
from territory_opt.criteria import (
    Apart,
    Balance,
    BookLimits,
    Costs,
    Criterion,
    Disruption,
    Eligible,
    Forbid,
    Lock,
    Seniority,
    Together,
    Travel,
    Variation,
)
from territory_opt.errors import (
    CriterionError,
    DataError,
    NoAlignmentError,
    SolverError,
    SolverUnavailableError,
    TerritoryOptError,
    TerritoryOptWarning,
    UnsupportedError,
)
from territory_opt.evaluation import Evaluation, evaluate
from territory_opt.events import Cancel, Progress
from territory_opt.formulation import formulate
from territory_opt.history import Step
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.result import Result
from territory_opt.solve import solve
from territory_opt.solvers.registry import available_solvers
from territory_opt.team import Team
from territory_opt.termination import Limit, Reason, Termination

if TYPE_CHECKING:
    from territory_opt.compare import Comparison, compare
    from territory_opt.counter import CounterMove
    from territory_opt.diagnose import Conflict, Diagnosis, Relaxation, Whale, diagnose
    from territory_opt.effect import MoveEffect, move_effect
    from territory_opt.fairness import (
        Ensemble,
        EnvyReport,
        FairnessReport,
        FairnessSimulation,
        ForecastRisk,
        ensemble,
        envy,
        fairness,
        simulate_fairness,
    )
    from territory_opt.frontier import Frontier, Lexicographic, frontier, lexicographic, minimax
    from territory_opt.instances import read_instance
    from territory_opt.resolve import Resolved, resolve  # type: ignore[no-redef]
    from territory_opt.robust import RobustResult, solve_robust
    from territory_opt.scenarios import Scenario, Scenarios, design_scenarios

__all__ = [
    "Accounts",
    "Alignment",
    "Apart",
    "Balance",
    "BookLimits",
    "Cancel",
    "Comparison",
    "Conflict",
    "Costs",
    "CounterMove",
    "Criterion",
    "CriterionError",
    "DataError",
    "Diagnosis",
    "Disruption",
    "Eligible",
    "Ensemble",
    "EnvyReport",
    "Evaluation",
    "FairnessReport",
    "FairnessSimulation",
    "Forbid",
    "ForecastRisk",
    "Frontier",
    "Lexicographic",
    "Limit",
    "Lock",
    "MoveEffect",
    "NoAlignmentError",
    "Policy",
    "Problem",
    "Progress",
    "Reason",
    "Relaxation",
    "Resolved",
    "Result",
    "RobustResult",
    "Scenario",
    "Scenarios",
    "Seniority",
    "SolverError",
    "SolverUnavailableError",
    "Step",
    "Team",
    "Termination",
    "TerritoryOptError",
    "TerritoryOptWarning",
    "Together",
    "Travel",
    "UnsupportedError",
    "Variation",
    "Whale",
    "__version__",
    "available_solvers",
    "compare",
    "design_scenarios",
    "diagnose",
    "ensemble",
    "envy",
    "evaluate",
    "fairness",
    "formulate",
    "frontier",
    "lexicographic",
    "minimax",
    "move_effect",
    "read_instance",
    "resolve",
    "simulate_fairness",
    "solve",
    "solve_robust",
]

open_late(
    {
        "compare": (
            "Comparison",
            "compare",
        ),
        "counter": ("CounterMove",),
        "diagnose": (
            "Conflict",
            "Diagnosis",
            "Relaxation",
            "Whale",
            "diagnose",
        ),
        "effect": (
            "MoveEffect",
            "move_effect",
        ),
        "fairness": (
            "Ensemble",
            "EnvyReport",
            "FairnessReport",
            "FairnessSimulation",
            "ForecastRisk",
            "ensemble",
            "envy",
            "fairness",
            "simulate_fairness",
        ),
        "frontier": (
            "Frontier",
            "Lexicographic",
            "frontier",
            "lexicographic",
            "minimax",
        ),
        "instances": ("read_instance",),
        "resolve": (
            "Resolved",
            "resolve",
        ),
        "robust": (
            "RobustResult",
            "solve_robust",
        ),
        "scenarios": (
            "Scenario",
            "Scenarios",
            "design_scenarios",
        ),
    }
)
