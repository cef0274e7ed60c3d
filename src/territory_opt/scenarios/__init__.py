"""Named, hashed, reproducible what-ifs of one problem, kept in one file."""

from territory_opt.scenarios.collection import Scenarios
from territory_opt.scenarios.design import design_scenarios
from territory_opt.scenarios.scenario import Scenario

__all__ = ["Scenario", "Scenarios", "design_scenarios"]
