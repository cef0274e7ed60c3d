"""Plans side by side: what differs, and which one to take."""

from territory_opt.compare.comparison import Comparison, ComparisonRow
from territory_opt.compare.sides import compare

__all__ = ["Comparison", "ComparisonRow", "compare"]
