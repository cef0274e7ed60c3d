"""How fair the books are: measures, bands, the books that stand out, and what to do about them."""

from territory_opt.fairness.books import BooksApart, OutsideBook
from territory_opt.fairness.change import Change
from territory_opt.fairness.groups import GroupReport
from territory_opt.fairness.measure import Band, MeasureFairness
from territory_opt.fairness.mix import NamedMix, TierMix
from territory_opt.fairness.report import FairnessReport, fairness
from territory_opt.fairness.travel import TravelFairness
from territory_opt.fairness.units import UnitOverload

__all__ = [
    "Band",
    "BooksApart",
    "Change",
    "FairnessReport",
    "GroupReport",
    "MeasureFairness",
    "NamedMix",
    "OutsideBook",
    "TierMix",
    "TravelFairness",
    "UnitOverload",
    "fairness",
]
