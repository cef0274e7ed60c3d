"""How fair the books are: measures, bands, the books that stand out, and what to do about them."""

from territory_opt.fairness.attainment import QuotaAttainment
from territory_opt.fairness.books import BooksApart, OutsideBook
from territory_opt.fairness.change import Change
from territory_opt.fairness.ensemble import Ensemble, ensemble
from territory_opt.fairness.ensemble_standing import Standing
from territory_opt.fairness.envy import EnvyReport, envy
from territory_opt.fairness.groups import GroupReport
from territory_opt.fairness.measure import Band, MeasureFairness
from territory_opt.fairness.mix import NamedMix, TierMix
from territory_opt.fairness.outlook import RepOutlook
from territory_opt.fairness.report import FairnessReport, fairness
from territory_opt.fairness.simulation import FairnessSimulation, simulate_fairness
from territory_opt.fairness.travel import TravelFairness
from territory_opt.fairness.uncertainty import ForecastRisk
from territory_opt.fairness.uncertainty_groups import GroupRisk
from territory_opt.fairness.uncertainty_measure import Driver, Interval, MeasureRisk
from territory_opt.fairness.units import UnitOverload

__all__ = [
    "Band",
    "BooksApart",
    "Change",
    "Driver",
    "Ensemble",
    "EnvyReport",
    "FairnessReport",
    "FairnessSimulation",
    "ForecastRisk",
    "GroupReport",
    "GroupRisk",
    "Interval",
    "MeasureFairness",
    "MeasureRisk",
    "NamedMix",
    "OutsideBook",
    "QuotaAttainment",
    "RepOutlook",
    "Standing",
    "TierMix",
    "TravelFairness",
    "UnitOverload",
    "ensemble",
    "envy",
    "fairness",
    "simulate_fairness",
]
