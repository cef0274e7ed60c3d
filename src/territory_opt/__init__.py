"""Carve sales territories: balanced, proven, fair."""

from territory_opt._version import __version__
from territory_opt.accounts import Accounts
from territory_opt.alignment import Alignment
from territory_opt.compare import Comparison, compare
from territory_opt.criteria import (
    Apart,
    Balance,
    Criterion,
    Disruption,
    Eligible,
    Forbid,
    Lock,
    Seniority,
    Together,
    Travel,
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
from territory_opt.formulation import formulate
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.result import Result
from territory_opt.robust import RobustResult, solve_robust
from territory_opt.scenarios import Scenario, Scenarios, design_scenarios
from territory_opt.solve import solve
from territory_opt.solvers.registry import available_solvers
from territory_opt.team import Team
from territory_opt.termination import Limit, Reason, Termination

__all__ = [
    "Accounts",
    "Alignment",
    "Apart",
    "Balance",
    "Cancel",
    "Comparison",
    "Criterion",
    "CriterionError",
    "DataError",
    "Disruption",
    "Eligible",
    "Ensemble",
    "EnvyReport",
    "Evaluation",
    "FairnessReport",
    "FairnessSimulation",
    "Forbid",
    "ForecastRisk",
    "Limit",
    "Lock",
    "NoAlignmentError",
    "Policy",
    "Problem",
    "Progress",
    "Reason",
    "Result",
    "RobustResult",
    "Scenario",
    "Scenarios",
    "Seniority",
    "SolverError",
    "SolverUnavailableError",
    "Team",
    "Termination",
    "TerritoryOptError",
    "TerritoryOptWarning",
    "Together",
    "Travel",
    "UnsupportedError",
    "__version__",
    "available_solvers",
    "compare",
    "design_scenarios",
    "ensemble",
    "envy",
    "evaluate",
    "fairness",
    "formulate",
    "simulate_fairness",
    "solve",
    "solve_robust",
]
