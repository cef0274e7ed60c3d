"""Carve sales territories: balanced, proven, fair."""

from territory_opt.accounts import Accounts
from territory_opt.alignment import Alignment
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
from territory_opt.fairness import FairnessReport, fairness
from territory_opt.formulation import formulate
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.result import Result
from territory_opt.solve import solve
from territory_opt.solvers.registry import available_solvers
from territory_opt.team import Team
from territory_opt.termination import Limit, Reason, Termination

__version__ = "0.1.0"

__all__ = [
    "Accounts",
    "Alignment",
    "Apart",
    "Balance",
    "Cancel",
    "Criterion",
    "CriterionError",
    "DataError",
    "Disruption",
    "Eligible",
    "Evaluation",
    "FairnessReport",
    "Forbid",
    "Limit",
    "Lock",
    "NoAlignmentError",
    "Policy",
    "Problem",
    "Progress",
    "Reason",
    "Result",
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
    "evaluate",
    "fairness",
    "formulate",
    "solve",
]
