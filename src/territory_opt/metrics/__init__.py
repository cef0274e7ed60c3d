"""Measures of how evenly books are filled and of how much changes: arrays in, arrays out, NumPy only."""

from territory_opt.metrics import draws
from territory_opt.metrics.bands import band_limits, deviation, in_band, reference, share_in_band
from territory_opt.metrics.dispersion import atkinson, cv, gini, jain, max_min_ratio, theil
from territory_opt.metrics.disruption import has_moved, moved_share, moved_total
from territory_opt.metrics.pairs import n_pairs_apart, pairs_apart
from territory_opt.metrics.totals import totals

__all__ = [
    "atkinson",
    "band_limits",
    "cv",
    "deviation",
    "draws",
    "gini",
    "has_moved",
    "in_band",
    "jain",
    "max_min_ratio",
    "moved_share",
    "moved_total",
    "n_pairs_apart",
    "pairs_apart",
    "reference",
    "share_in_band",
    "theil",
    "totals",
]
