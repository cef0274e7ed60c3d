"""What else one could run on the same instances, scored with the same code and measured against the same bound."""

from __future__ import annotations

import time
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np

from territory_opt.solvers.lagrangian.instance import EngineInstance
from territory_opt.solvers.lagrangian.items import Model, build_model, pair_cost, pair_measures
from territory_opt.solvers.lagrangian.score import score


def judged(inst: EngineInstance, rep: np.ndarray | None, bound: float, began: tuple[float, float]) -> dict[str, Any]:
    wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    record: dict[str, Any] = {"wall_s": wall, "cpu_s": cpu, "status": "none", "gap": float("inf")}
    if rep is None:
        return record
    objective, broken = score(inst, rep, inst.measures.scale_low)
    record |= {"objective": objective, "gap": (objective - bound) / objective, "detail": broken}
    record["status"] = "bands broken" if broken else "feasible"
    record["reps_outside"] = reps_outside(inst, rep)
    return record


def reps_outside(inst: EngineInstance, rep: np.ndarray) -> int:
    measures = inst.measures
    bad = np.zeros(inst.n_reps, dtype=bool)
    for m in range(inst.n_measures):
        total = np.bincount(rep, weights=measures.base[:, m], minlength=inst.n_reps)
        bad |= (total > measures.upper[:, m] * (1 + 1e-9)) | (total < measures.lower[:, m] * (1 - 1e-9))
    return int(bad.sum())


def unfolded(inst: EngineInstance) -> Model:
    """The model with every pair allowed: no account is folded away, positions are those of the instance."""
    return build_model(replace(inst, class_allowed=np.ones_like(inst.class_allowed)))


def full_costs(inst: EngineInstance) -> np.ndarray:
    model = unfolded(inst)
    n, k = inst.n_accounts, inst.n_reps
    item, rep = np.repeat(np.arange(n), k), np.tile(np.arange(k), n)
    cost = pair_cost(model, model.items, item, rep)
    return np.where(inst.class_allowed[inst.class_index], cost.reshape(n, k), np.inf)


def greedy(inst: EngineInstance, seconds: float, bound: float) -> dict[str, Any]:
    """Largest load first, each to the cheapest eligible rep with room below both upper bands."""
    began = time.perf_counter(), time.process_time()
    cost = full_costs(inst)
    base, upper = inst.measures.base, inst.measures.upper
    totals, rep = np.zeros_like(upper), np.zeros(inst.n_accounts, dtype=np.int64)
    for i in np.argsort(-base[:, 0], kind="stable"):
        room = np.all(totals + base[i] <= upper, axis=1) & np.isfinite(cost[i])
        j = int(np.argmin(np.where(room, cost[i], np.inf))) if room.any() else int(np.argmin(cost[i]))
        rep[i] = j
        totals[j] += base[i]
    return judged(inst, rep, bound, began)


def highs(inst: EngineInstance, seconds: float, bound: float) -> dict[str, Any]:
    """The full integer program: every eligible pair a binary, one thread."""
    import highspy

    began = time.perf_counter(), time.process_time()
    cost = full_costs(inst)
    item, rep = np.nonzero(np.isfinite(cost))
    model = unfolded(inst)
    amount = pair_measures(model, model.items, item, rep) if item.size else np.zeros((0, inst.n_measures))
    n, m = inst.n_accounts, inst.n_measures
    index = np.concatenate([item[:, None], n + rep[:, None] * m + np.arange(m)], axis=1).ravel()
    value = np.concatenate([np.ones((item.size, 1)), amount], axis=1).ravel()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = item.size, n + inst.n_reps * m
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost[item, rep], np.zeros(item.size), np.ones(item.size)
    lp.row_lower_ = np.concatenate([np.ones(n), inst.measures.lower.ravel()])
    lp.row_upper_ = np.concatenate([np.ones(n), inst.measures.upper.ravel()])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = (np.arange(item.size + 1) * (m + 1)).astype(np.int32)
    lp.a_matrix_.index_, lp.a_matrix_.value_ = index.astype(np.int32), value
    lp.integrality_ = [highspy.HighsVarType.kInteger] * item.size
    solver = highspy.Highs()
    for name, option in (("output_flag", False), ("threads", 1), ("time_limit", seconds)):
        solver.setOptionValue(name, option)
    solver.passModel(lp)
    solver.run()
    if solver.getInfo().primal_solution_status != 2:
        return judged(inst, None, bound, began)
    x = np.asarray(solver.getSolution().col_value)
    order = np.lexsort((-x, item))
    chosen = order[np.searchsorted(item[order], np.arange(n))]
    record = judged(inst, rep[chosen], bound, began)
    return record | {"own_gap": float(solver.getInfo().mip_gap)}


def constrained_k_means(inst: EngineInstance, seconds: float, bound: float) -> dict[str, Any]:
    """k-means-constrained: equal counts around free centres, matched to the nearest homes; two iterations.

    It knows neither load nor eligibility nor owners; sizes are held to within 10 % of n / k. Left out above
    20,000 accounts, where two iterations take minutes.
    """
    from k_means_constrained import KMeansConstrained
    from scipy.optimize import linear_sum_assignment

    from territory_opt.kernels.sphere import unit_vectors

    began = time.perf_counter(), time.process_time()
    n, k = inst.n_accounts, inst.n_reps
    if n > 20_000:
        return judged(inst, None, bound, began)
    points = unit_vectors(inst.lat, inst.lon)
    homes = unit_vectors(inst.rep_lat, inst.rep_lon)
    found = KMeansConstrained(
        k, size_min=int(0.9 * n / k), size_max=int(np.ceil(1.1 * n / k)), init=homes, n_init=1, max_iter=2, n_jobs=1
    ).fit(points)
    distance = ((found.cluster_centers_[:, None, :] - homes[None, :, :]) ** 2).sum(2)
    _, match = linear_sum_assignment(distance)
    return judged(inst, match[found.labels_].astype(np.int64), bound, began)


def b2b_territory_optimization(inst: EngineInstance, seconds: float, bound: float) -> dict[str, Any]:
    """b2b-territory-optimization: each eligibility class split greedily by load, the pieces matched to reps.

    Its strict taxonomy is the eligibility class; a class gets reps by its share of the load, at least one. Pieces go to
    reps by the Hungarian algorithm on cost, which its own assigner runs on seniority. It knows no homes, bands, owners
    or second measure, and has no time limit.
    """
    import pandas as pd
    from b2b_territory_optimization.allocator import TerritoryAllocator
    from b2b_territory_optimization.taxonomy import TaxonomySchema
    from scipy.optimize import linear_sum_assignment

    began = time.perf_counter(), time.process_time()
    n, k = inst.n_accounts, inst.n_reps
    load = inst.measures.base[:, 0]
    kinds = np.unique(inst.class_index)
    share = np.bincount(inst.class_index, weights=load)[kinds]
    pieces = np.ones(kinds.size, dtype=np.int64)
    while pieces.sum() < k:
        pieces[np.argmax(share / pieces)] += 1
    frame = pd.DataFrame({"Account_ID": np.arange(n), "kind": inst.class_index, "Estimated_TAM": load})
    counts = {(int(kind),): int(count) for kind, count in zip(kinds, pieces, strict=True)}
    carved = TerritoryAllocator().allocate_all_taxonomies(TaxonomySchema(frame, ["kind"]), counts)
    _, piece = np.unique(carved["Territory_ID"].to_numpy(dtype=str), return_inverse=True)
    where = np.empty(n, dtype=np.int64)
    where[carved["Account_ID"].to_numpy()] = piece
    cost = np.zeros((k, k))
    pairs = full_costs(inst)
    np.add.at(cost, where, np.where(np.isfinite(pairs), pairs, 1e9))
    _, rep = linear_sum_assignment(cost)
    return judged(inst, rep[where].astype(np.int64), bound, began)


PEERS = {"greedy": greedy, "k-means-constrained": constrained_k_means, "HiGHS full model": highs}
if find_spec("b2b_territory_optimization") is not None:  # optional: pip install b2b-territory-optimization
    PEERS["b2b-territory-optimization"] = b2b_territory_optimization
