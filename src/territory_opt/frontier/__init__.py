"""Criteria against each other: non-dominated answers between two or three, or one after the other in order."""

from territory_opt.frontier.least import Rung
from territory_opt.frontier.order import Lexicographic, LexicographicStep, lexicographic, minimax
from territory_opt.frontier.points import Frontier, FrontierPoint
from territory_opt.frontier.trace import frontier

__all__ = [
    "Frontier",
    "FrontierPoint",
    "Lexicographic",
    "LexicographicStep",
    "Rung",
    "frontier",
    "lexicographic",
    "minimax",
]
