"""Why a problem has no alignment, and the least that would help."""

from territory_opt.diagnose.findings import Conflict, Diagnosis, Relaxation, Whale
from territory_opt.diagnose.verb import diagnose

__all__ = ["Conflict", "Diagnosis", "Relaxation", "Whale", "diagnose"]
