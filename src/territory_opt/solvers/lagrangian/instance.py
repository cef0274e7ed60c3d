"""What the large engine is given: arrays only, frozen, checked once."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, IntArray, read_only

__all__ = [
    "EngineInstance",
    "EngineLimit",
    "EngineOutcome",
    "EngineStatus",
    "Measures",
    "PairCosts",
    "relative_gap",
]


@dataclass(frozen=True, slots=True)
class Measures:
    """Balance measures and the band of every book.

    Parameters
    ----------
    names : tuple of str
        One name per measure, used in messages.
    base : ndarray of shape (n, M)
        Contribution of an account, whoever serves it.
    per_hour : ndarray of shape (M,)
        Added per yearly travel hour of the pair: ``w_ijm = base_im + per_hour_m * hours_ij`` (load with a
        friction price f has -f; yearly travel hours have base 0 and slope 1).
    lower, upper : ndarray of shape (k, M)
        Least and largest total of a book; infinite where there is none. Where a scale is free these are shares
        of it.
    scale_low, scale_high : ndarray of shape (M,)
        Range of the common scale T_m; both 1 where the band is absolute. A free scale turns the band into
        ``lower_jm T_m <= total_jm <= upper_jm T_m`` with T_m chosen by the engine.
    elastic : ndarray of shape (M,)
        Objective per unit that a book is outside its band; infinite (the default) where the band must hold. Not with a
        free scale.
    """

    names: tuple[str, ...]
    base: FloatArray
    per_hour: FloatArray
    lower: FloatArray
    upper: FloatArray
    scale_low: FloatArray | None = None
    scale_high: FloatArray | None = None
    elastic: FloatArray | None = None

    def __post_init__(self) -> None:
        m = len(self.names)
        for name, width in (("base", 2), ("per_hour", 1), ("lower", 2), ("upper", 2)):
            value = np.ascontiguousarray(getattr(self, name), dtype=np.float64)
            if value.ndim != width or value.shape[-1] != m:
                raise ValueError(f"{name} must have {width} dimensions, the last of {m} measures")
            object.__setattr__(self, name, read_only(value))
        if self.lower.shape != self.upper.shape:
            raise ValueError("lower and upper must have the same shape")
        if not np.all(np.isfinite(self.base)) or not np.all(np.isfinite(self.per_hour)):
            raise ValueError("base and per_hour must be finite")
        if np.isnan(self.lower).any() or np.isnan(self.upper).any() or np.any(self.lower > self.upper):
            raise ValueError("every band needs lower <= upper")
        low = np.ones(m) if self.scale_low is None else np.asarray(self.scale_low, dtype=np.float64)
        high = low if self.scale_high is None else np.asarray(self.scale_high, dtype=np.float64)
        if low.shape != (m,) or high.shape != (m,) or np.any(low > high) or np.any(low < 0):
            raise ValueError("scale ranges must be (M,) with 0 <= low <= high")
        elastic = np.full(m, np.inf) if self.elastic is None else np.asarray(self.elastic, dtype=np.float64)
        if elastic.shape != (m,) or not np.all(elastic >= 0) or np.any(np.isfinite(elastic) & (low < high)):
            raise ValueError("elastic must be (M,), 0 or more, and infinite where a scale is free")
        object.__setattr__(self, "elastic", read_only(elastic.copy()))
        object.__setattr__(self, "scale_low", read_only(low.copy()))
        object.__setattr__(self, "scale_high", read_only(high.copy()))


@dataclass(frozen=True, slots=True)
class PairCosts:
    """Sparse additions to the cost of single (account, rep) pairs; an infinite cost forbids the pair.

    Parameters
    ----------
    account_index, rep_index : ndarray of shape (p,)
        Positions of the pairs.
    cost : ndarray of shape (p,)
        Added to the objective when the pair is chosen.
    """

    account_index: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    rep_index: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    cost: FloatArray = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        for name, kind in (("account_index", np.int64), ("rep_index", np.int64), ("cost", np.float64)):
            value = np.ascontiguousarray(getattr(self, name), dtype=kind)
            object.__setattr__(self, name, read_only(value))
        if not self.account_index.shape == self.rep_index.shape == self.cost.shape:
            raise ValueError("pair costs need three arrays of one length")
        if np.isnan(self.cost).any() or np.any(self.cost == -np.inf):
            raise ValueError("pair costs must be finite, or +inf for a forbidden pair")


@dataclass(frozen=True, slots=True)
class EngineInstance:
    """An assignment problem with structured costs: every account to one eligible rep.

    Parameters
    ----------
    lat, lon : ndarray of shape (n,)
        Degrees; NaN = unknown position, no travel for any rep.
    rep_lat, rep_lon : ndarray of shape (k,)
        Degrees; NaN = the rep has no home, no travel for any account.
    travel_hours_per_km : ndarray of shape (n,)
        Yearly hours per kilometre of distance: visits / speed.
    travel_weight : float
        Objective per travel hour.
    owner_index : ndarray of shape (n,)
        Rep that holds the account today, -1 for none.
    move_cost : ndarray of shape (n,)
        Objective when an owned account gets another rep; >= 0.
    measures : Measures
        Balance measures and bands.
    class_index : ndarray of shape (n,)
        Eligibility class of an account.
    class_allowed : ndarray of shape (C, k), bool
        Reps a class may have.
    cost_class : ndarray of shape (n,), optional
        Row of ``cost_table`` that prices an account.
    cost_table : ndarray of shape (R, k), optional
        Cost per unit of ``cost_weight`` (travel cost per region, language misfit ...).
    cost_weight : ndarray of shape (n,), optional
        Multiplies the row of the account; 1 if absent.
    amount_table : ndarray of shape (Q, R, k), optional
        Further quantities of a pair, per unit of ``cost_weight`` and in the rows of ``cost_class``: hours that no
        distance tells, friction in money. Their cost, if any, belongs into ``cost_table``.
    per_amount : ndarray of shape (Q, M), optional
        What a unit of them adds to every measure.
    locked_rep : ndarray of shape (n,), optional
        The only rep an account may have, -1 for free.
    pairs : PairCosts
        Sparse extra costs and forbidden pairs.

    Notes
    -----
    Objective: ``sum_i travel_weight hours_i,x(i) + move_cost_i [x(i) != owner_i] + cost_weight_i table[cost_class_i,
    x(i)] + pair costs``, with ``hours_ij = travel_hours_per_km_i * great_circle_km_ij``. Measure m of a pair is
    ``base_im + per_hour_m hours_ij + cost_weight_i sum_q per_amount_qm amount_table[q, cost_class_i, j]``.
    """

    lat: FloatArray
    lon: FloatArray
    rep_lat: FloatArray
    rep_lon: FloatArray
    travel_hours_per_km: FloatArray
    travel_weight: float
    owner_index: IntArray
    move_cost: FloatArray
    measures: Measures
    class_index: IntArray
    class_allowed: BoolArray
    cost_class: IntArray | None = None
    cost_table: FloatArray | None = None
    cost_weight: FloatArray | None = None
    amount_table: FloatArray | None = None
    per_amount: FloatArray | None = None
    locked_rep: IntArray | None = None
    pairs: PairCosts = field(default_factory=PairCosts)

    def __post_init__(self) -> None:
        n, k = np.shape(self.lat)[0], np.shape(self.rep_lat)[0]
        floats = ("lat", "lon", "rep_lat", "rep_lon", "travel_hours_per_km", "move_cost")
        for name in floats:
            value = np.ascontiguousarray(getattr(self, name), dtype=np.float64)
            if value.shape != ((k,) if name.startswith("rep_") else (n,)):
                raise ValueError(f"{name} has the wrong length")
            object.__setattr__(self, name, read_only(value))
        for name in ("owner_index", "class_index"):
            value = np.ascontiguousarray(getattr(self, name), dtype=np.int64)
            if value.shape != (n,):
                raise ValueError(f"{name} has the wrong length")
            object.__setattr__(self, name, read_only(value))
        object.__setattr__(self, "class_allowed", read_only(np.ascontiguousarray(self.class_allowed, dtype=np.bool_)))
        if self.class_allowed.ndim != 2 or self.class_allowed.shape[1] != k:
            raise ValueError("class_allowed must have one column per rep")
        if self.measures.base.shape[0] != n or self.measures.lower.shape[0] != k:
            raise ValueError("measures do not fit the accounts or the reps")
        _within(self.owner_index, -1, k, "owner_index")
        _within(self.class_index, 0, self.class_allowed.shape[0], "class_index")
        _within(self.pairs.account_index, 0, n, "pairs.account_index")
        _within(self.pairs.rep_index, 0, k, "pairs.rep_index")
        _non_negative(self.travel_hours_per_km, "travel_hours_per_km")
        _non_negative(self.move_cost, "move_cost")
        if not (np.isfinite(self.travel_weight) and self.travel_weight >= 0):
            raise ValueError("travel_weight must be finite and >= 0")
        self._set_table(n, k)
        locked = np.full(n, -1) if self.locked_rep is None else self.locked_rep
        locked = np.ascontiguousarray(locked, dtype=np.int64)
        if locked.shape != (n,):
            raise ValueError("locked_rep has the wrong length")
        _within(locked, -1, k, "locked_rep")
        object.__setattr__(self, "locked_rep", read_only(locked))

    def _set_table(self, n: int, k: int) -> None:
        table = np.zeros((1, k)) if self.cost_table is None else self.cost_table
        table = np.ascontiguousarray(table, dtype=np.float64)
        code = np.zeros(n, dtype=np.int64) if self.cost_class is None else self.cost_class
        code = np.ascontiguousarray(code, dtype=np.int64)
        no_weight = 0.0 if self.cost_table is None else 1.0
        weight = np.full(n, no_weight) if self.cost_weight is None else self.cost_weight
        weight = np.ascontiguousarray(weight, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] != k or code.shape != (n,) or weight.shape != (n,):
            raise ValueError("cost_table must be (R, k), cost_class and cost_weight (n,)")
        if not np.all(np.isfinite(table)):
            raise ValueError("cost_table must be finite; forbid pairs through class_allowed")
        _within(code, 0, table.shape[0], "cost_class")
        _non_negative(weight, "cost_weight")
        self._set_amounts(table)
        object.__setattr__(self, "cost_table", read_only(table))
        object.__setattr__(self, "cost_class", read_only(code))
        object.__setattr__(self, "cost_weight", read_only(weight))

    def _set_amounts(self, table: FloatArray) -> None:
        m = len(self.measures.names)
        amounts, slope = self.amount_table, self.per_amount
        if amounts is None or slope is None or not len(amounts):
            amounts, slope = np.zeros((0, *table.shape)), np.zeros((0, m))
        amounts = np.ascontiguousarray(amounts, dtype=np.float64)
        slope = np.ascontiguousarray(slope, dtype=np.float64)
        if amounts.ndim != 3 or amounts.shape[1:] != table.shape or slope.shape != (amounts.shape[0], m):
            raise ValueError("amount_table must be (Q, R, k) with the rows of cost_table, per_amount (Q, M)")
        if not np.all(np.isfinite(amounts)) or not np.all(np.isfinite(slope)):
            raise ValueError("amount_table and per_amount must be finite")
        object.__setattr__(self, "amount_table", read_only(amounts))
        object.__setattr__(self, "per_amount", read_only(slope))

    @property
    def n_accounts(self) -> int:
        """Number of accounts."""
        return int(self.lat.shape[0])

    @property
    def n_reps(self) -> int:
        """Number of reps."""
        return int(self.rep_lat.shape[0])

    @property
    def n_measures(self) -> int:
        """Number of balance measures."""
        return len(self.measures.names)


class EngineStatus(Enum):
    """How a run of the engine ended."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NO_ALIGNMENT = "no_alignment"


class EngineLimit(Enum):
    """What stopped a run that could have gone on."""

    GAP = "gap"
    TIME = "time"
    INTERRUPTED = "interrupted"
    ITERATIONS = "iterations"


@dataclass(frozen=True, slots=True)
class EngineOutcome:
    """Answer of the engine.

    Parameters
    ----------
    rep_index : ndarray of shape (n,) or None
        Position of the rep of every account; every band holds.
    objective, bound : float
        Re-scored objective of ``rep_index`` (inf without one) and a proven lower bound.
    status : EngineStatus
        How the run ended.
    limit : EngineLimit or None
        What stopped it before a proof.
    detail : str
        For an infeasible instance: which reps, measures or classes make it so.
    duals : ndarray of shape (k, M)
        Change of the objective per unit of the active side of every band (negative on an upper side).
    scale : ndarray of shape (M,)
        Scale T_m the bands were read with.
    seconds : mapping of str to float
        Wall-clock seconds per stage.
    cap_price : float
        Price per unit of capped moves that ``duals`` and ``bound`` go with; 0 without a cap.
    """

    rep_index: IntArray | None
    objective: float
    bound: float
    status: EngineStatus
    limit: EngineLimit | None
    detail: str
    duals: FloatArray
    scale: FloatArray
    seconds: dict[str, float]
    cap_price: float = 0.0

    @property
    def gap(self) -> float:
        """(objective - bound) / abs(objective); inf without an alignment, 0 when both agree."""
        if self.rep_index is None:
            return float("inf")
        return relative_gap(self.objective, self.bound)


def relative_gap(objective: float, bound: float) -> float:
    """Return the relative gap of an objective and its lower bound, never below 0.

    Examples
    --------
    >>> relative_gap(100.0, 99.0)
    0.01
    """
    if objective <= bound:
        return 0.0
    return (objective - bound) / abs(objective) if objective != 0.0 else float("inf")


def _within(values: IntArray, low: int, high: int, name: str) -> None:
    if values.size and (values.min() < low or values.max() >= high):
        raise ValueError(f"{name} must lie in [{low}, {high})")


def _non_negative(values: FloatArray, name: str) -> None:
    if not np.all(np.isfinite(values)) or np.any(values < 0):
        raise ValueError(f"{name} must be finite and >= 0")
