"""The large engine: smoothed Lagrangian dual, exact bound, rounding, search, and repair by growing programs.

Read in this order: :mod:`~territory_opt.solvers.lagrangian.instance` (what goes in and out), ``items`` (the reduced
problem), ``propagate`` and ``strengthen`` (proofs and cuts before any search), ``pack`` (groups of 32), ``band`` and
``dual`` (Newton), ``pricing`` (exact bound and near-best pairs), ``dive`` (large accounts first), ``core`` (search),
``state``, ``subproblem``, ``repair`` and ``improve`` (small integer programs), ``engine`` (the order of it all) and
``score`` (independent re-scoring).
"""
