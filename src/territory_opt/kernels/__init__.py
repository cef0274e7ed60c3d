"""Compiled loops: arrays in, arrays out.

Nothing here knows accounts or criteria. Each module holds one kernel with an explicit signature, so that it is
compiled once, cached on disk, and never compiled again for another type by accident. The modules import Numba and
are imported only when first used: by :mod:`territory_opt.solvers.lagrangian`, and for large tables by
:mod:`territory_opt.fairness`.
"""
