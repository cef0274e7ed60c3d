"""What a good alignment must satisfy or minimise."""

from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.criteria.costs import Costs
from territory_opt.criteria.disruption import Disruption
from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.criteria.grouping import Apart, Together
from territory_opt.criteria.ownership import Forbid, Lock
from territory_opt.criteria.travel import Travel
from territory_opt.criteria.variation import Variation

__all__ = [
    "Apart",
    "Balance",
    "BookLimits",
    "Costs",
    "Criterion",
    "Disruption",
    "Eligible",
    "Forbid",
    "Lock",
    "Seniority",
    "Together",
    "Travel",
    "Variation",
]
