"""A problem as an integer program: arrays with names, and no solver in sight."""

from territory_opt.formulation.formulate import Formulation, formulate
from territory_opt.formulation.program import Block, IntegerProgram

__all__ = ["Block", "Formulation", "IntegerProgram", "formulate"]
