"""Non-dominated answers between two or three criteria, each with its own gap."""

from territory_opt.frontier.points import Frontier, FrontierPoint
from territory_opt.frontier.trace import frontier

__all__ = ["Frontier", "FrontierPoint", "frontier"]
