"""Least-change re-solve of an edited problem."""

from territory_opt.resolve.resolve import Resolved, resolve

__all__ = ["Resolved", "resolve"]
