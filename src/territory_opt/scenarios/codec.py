"""Criteria as JSON values, out and back in."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from territory_opt._typing import FloatArray
from territory_opt.criteria import (
    Apart,
    Balance,
    BookLimits,
    Costs,
    Criterion,
    Disruption,
    Eligible,
    Forbid,
    Lock,
    Seniority,
    Together,
    Travel,
    Variation,
)
from territory_opt.errors import CriterionError, UnsupportedError

__all__ = ["criterion_from_json", "criterion_to_json"]

_FLAT: dict[type, tuple[str, ...]] = {
    Travel: ("weight", "share_at_most"),
    Disruption: ("measure", "weight", "at_most"),
    Seniority: ("tier", "min_years", "weight"),
    Variation: ("measure", "at_most"),
}
_SIZES = {"kind", "shape", "bits"}


def criterion_to_json(criterion: Criterion) -> dict[str, Any]:
    """Return a criterion as JSON-ready values.

    Parameters
    ----------
    criterion : Criterion
        One of the library's own.

    Raises
    ------
    UnsupportedError
        For any other kind: a file could not bring it back.

    Examples
    --------
    >>> criterion_to_json(Travel(weight=1.0))
    {'kind': 'Travel', 'weight': 1.0, 'share_at_most': None}
    """
    kind = type(criterion).__name__
    if isinstance(criterion, Balance):
        between = None
        if criterion.between is not None:
            between = [edge if math.isfinite(edge) else None for edge in criterion.between]
        names = ("measure", "within", "of", "weight")
        return {"kind": kind, **{name: getattr(criterion, name) for name in names}, "between": between}
    if type(criterion) in _FLAT:
        return {"kind": kind, **{name: getattr(criterion, name) for name in _FLAT[type(criterion)]}}
    if isinstance(criterion, Eligible):
        by: Any = criterion.attribute
        if criterion.mask is not None:
            bits = base64.b64encode(np.packbits(criterion.mask).tobytes()).decode()
            by = {"shape": list(criterion.mask.shape), "bits": bits}
        return {"kind": kind, "by": by, "weight": criterion.weight}
    if isinstance(criterion, BookLimits):
        sides = {name: _edges(getattr(criterion, name)) for name in ("lower", "upper")}
        return {"kind": kind, "measure": criterion.measure, **sides}
    if isinstance(criterion, Costs):
        # As bytes: text would take three times the room, and a cost must come back to the last bit.
        raw = base64.b64encode(np.ascontiguousarray(criterion.table, dtype="<f8").tobytes()).decode()
        table = {"shape": list(criterion.table.shape), "float64": raw}
        return {"kind": kind, "table": table, "weight": criterion.weight}
    if isinstance(criterion, Lock | Forbid | Apart):
        return {"kind": kind, "pairs": [list(pair) for pair in criterion.pairs]}
    if isinstance(criterion, Together):
        return {"kind": kind, "by": criterion.column or [list(group) for group in criterion.groups]}
    raise UnsupportedError(f"a file cannot keep {kind}: {criterion.describe()}")


def criterion_from_json(value: Any) -> Criterion:
    """Bring a criterion back.

    Parameters
    ----------
    value : dict
        What :func:`criterion_to_json` made.

    Raises
    ------
    CriterionError
        The values are not those of a criterion.

    Examples
    --------
    >>> criterion_from_json({"kind": "Travel", "weight": 1.0, "share_at_most": None})
    Travel(weight=1.0, share_at_most=None)
    """
    if not isinstance(value, dict) or value.get("kind") not in _MAKERS:
        kind = value.get("kind") if isinstance(value, dict) else value
        raise CriterionError(f"{kind!r} is no criterion; there are: {', '.join(_MAKERS)}")
    given = {name: part for name, part in value.items() if name != "kind"}
    try:
        return _MAKERS[value["kind"]](**given)
    except CriterionError:
        raise
    except (TypeError, ValueError, AttributeError) as error:
        raise CriterionError(f"{value['kind']}: {error}") from None


def _balance(*, between: list[float | None] | None, **given: Any) -> Criterion:
    if between is None:
        return Balance(**given)
    low, high = between
    return Balance(**given, between=(-math.inf if low is None else low, math.inf if high is None else high))


def _eligible(*, by: Any, weight: float | None) -> Criterion:
    if not isinstance(by, dict):
        return Eligible(by, weight=weight)
    n, k = (int(side) for side in by["shape"]) if set(by) == _SIZES - {"kind"} else (-1, -1)
    raw = np.frombuffer(base64.b64decode(str(by.get("bits", "")), validate=True), dtype=np.uint8)
    if n < 1 or k < 1 or len(raw) != -(-n * k // 8):
        raise CriterionError("Eligible: the bits of the mask do not fit its shape")
    return Eligible(np.unpackbits(raw, count=n * k).astype(np.bool_).reshape(n, k), weight=weight)


def _edges(limits: FloatArray) -> Any:
    """Limits of a side, one or per rep; None where there is none."""
    edges = [edge if math.isfinite(edge) else None for edge in np.atleast_1d(limits).tolist()]
    return edges if limits.ndim else edges[0]


def _book_limits(*, measure: str, lower: Any, upper: Any) -> Criterion:
    def edges(given: Any, none: float) -> Any:
        if isinstance(given, list):
            return [none if edge is None else float(edge) for edge in given]
        return none if given is None else float(given)

    return BookLimits(measure, lower=edges(lower, -math.inf), upper=edges(upper, math.inf))


def _costs(*, table: dict[str, Any], weight: float) -> Criterion:
    n, k = (int(side) for side in table["shape"]) if set(table) == {"shape", "float64"} else (-1, -1)
    raw = np.frombuffer(base64.b64decode(str(table.get("float64", "")), validate=True), dtype=np.uint8)
    if n < 1 or k < 1 or len(raw) != 8 * n * k:
        raise CriterionError("Costs: the numbers do not fit the shape of the table")
    return Costs(raw.view("<f8").reshape(n, k), weight=weight)


def _lock(*, pairs: list[list[str | None]]) -> Criterion:
    kept = [str(account) for account, rep in pairs if rep is None]
    given = {str(account): str(rep) for account, rep in pairs if rep is not None}
    if kept and given:
        raise CriterionError("Lock: some accounts with a rep and some without; that takes two locks")
    return Lock(kept) if kept else Lock(given)


def _pairs(kind: Callable[..., Criterion]) -> Callable[..., Criterion]:
    def make(*, pairs: list[list[str]]) -> Criterion:
        return kind([tuple(pair) for pair in pairs])

    return make


def _seniority(*, tier: str, min_years: float, weight: float | None) -> Criterion:
    return Seniority(tier, min_years=min_years, weight=weight)


def _together(*, by: Any) -> Criterion:
    return Together(by)


_MAKERS: dict[str, Callable[..., Criterion]] = {
    "Balance": _balance,
    "BookLimits": _book_limits,
    "Costs": _costs,
    "Travel": Travel,
    "Variation": Variation,
    "Disruption": Disruption,
    "Seniority": _seniority,
    "Eligible": _eligible,
    "Lock": _lock,
    "Forbid": _pairs(Forbid),
    "Apart": _pairs(Apart),
    "Together": _together,
}
