"""Criteria as JSON: one model per kind, with the arguments that make it."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from territory_opt._typing import AnyArray
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
from territory_opt.errors import CriterionError

__all__ = ["CriterionStatement", "criterion_of", "statement_of"]


class _Statement(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class BalanceStatement(_Statement):
    """Every book within a band."""

    kind: Literal["balance"] = "balance"
    measure: str
    within: float | None = None
    of: Literal["target", "mean", "median"] = "mean"
    between: tuple[float | None, float | None] | None = Field(default=None, description="Null: no limit.")
    weight: float | None = None


class BookLimitsStatement(_Statement):
    """Limits of every rep's own book."""

    kind: Literal["book_limits"] = "book_limits"
    measure: str
    lower: list[float | None] = Field(description="One per rep, or one for all; null: no limit.")
    upper: list[float | None]


class VariationStatement(_Statement):
    """Coefficient of variation of a measure across books, at most a limit."""

    kind: Literal["variation"] = "variation"
    measure: str
    at_most: float


class CostsStatement(_Statement):
    """Costs of every pair."""

    kind: Literal["costs"] = "costs"
    table: list[list[float]] = Field(description="By account and rep.")
    weight: float = 1.0


class TravelStatement(_Statement):
    """Travel hours, priced or capped."""

    kind: Literal["travel"] = "travel"
    weight: float | None = None
    share_at_most: float | None = None


class DisruptionStatement(_Statement):
    """Value that changes owner, priced or capped."""

    kind: Literal["disruption"] = "disruption"
    measure: str = "acv"
    weight: float | None = None
    at_most: float | None = None


class EligibleStatement(_Statement):
    """Who may have what, by an attribute or a mask."""

    kind: Literal["eligible"] = "eligible"
    attribute: str
    mask: list[str] | None = Field(default=None, description="One text of 0 and 1 per account, one digit per rep.")
    weight: float | None = None


class SeniorityStatement(_Statement):
    """Accounts of a tier to reps with tenure."""

    kind: Literal["seniority"] = "seniority"
    tier: str
    min_years: float
    weight: float | None = None


class LockStatement(_Statement):
    """Accounts that stay (null), or go to a named rep."""

    kind: Literal["lock"] = "lock"
    pairs: list[tuple[str, str | None]]


class ForbidStatement(_Statement):
    """Pairs of account and rep that must not be."""

    kind: Literal["forbid"] = "forbid"
    pairs: list[tuple[str, str]]


class TogetherStatement(_Statement):
    """Accounts that share a rep, by column or by groups."""

    kind: Literal["together"] = "together"
    column: str | None = None
    groups: list[list[str]] = []


class ApartStatement(_Statement):
    """Pairs of accounts that must not share a rep."""

    kind: Literal["apart"] = "apart"
    pairs: list[tuple[str, str]]


CriterionStatement: TypeAlias = Annotated[
    BalanceStatement
    | BookLimitsStatement
    | VariationStatement
    | CostsStatement
    | TravelStatement
    | DisruptionStatement
    | EligibleStatement
    | SeniorityStatement
    | LockStatement
    | ForbidStatement
    | TogetherStatement
    | ApartStatement,
    Field(discriminator="kind"),
]


def statement_of(criterion: Criterion) -> CriterionStatement:
    """State a criterion as its arguments.

    Parameters
    ----------
    criterion : Criterion
        One of this library's.

    Returns
    -------
    CriterionStatement
        What :func:`criterion_of` makes it from again.

    Raises
    ------
    CriterionError
        If it is of another package.
    """
    if isinstance(criterion, Balance):
        between = None if criterion.between is None else tuple(_open(edge) for edge in criterion.between)
        return BalanceStatement.model_validate(
            {
                "measure": criterion.measure,
                "within": criterion.within,
                "of": criterion.of,
                "between": between,
                "weight": criterion.weight,
            }
        )
    if isinstance(criterion, BookLimits):
        lower, upper = ([_open(edge) for edge in np.atleast_1d(s).tolist()] for s in (criterion.lower, criterion.upper))
        return BookLimitsStatement(measure=criterion.measure, lower=lower, upper=upper)
    if isinstance(criterion, Variation):
        return VariationStatement(measure=criterion.measure, at_most=criterion.at_most)
    if isinstance(criterion, Costs):
        return CostsStatement(table=criterion.table.tolist(), weight=criterion.weight)
    if isinstance(criterion, Travel):
        return TravelStatement(weight=criterion.weight, share_at_most=criterion.share_at_most)
    if isinstance(criterion, Disruption):
        return DisruptionStatement(measure=criterion.measure, weight=criterion.weight, at_most=criterion.at_most)
    if isinstance(criterion, Eligible):
        mask = None if criterion.mask is None else _digits(criterion.mask)
        return EligibleStatement(attribute=criterion.attribute, mask=mask, weight=criterion.weight)
    if isinstance(criterion, Seniority):
        return SeniorityStatement(tier=criterion.tier, min_years=criterion.min_years, weight=criterion.weight)
    if isinstance(criterion, Lock):
        return LockStatement(pairs=list(criterion.pairs))
    if isinstance(criterion, Forbid):
        return ForbidStatement(pairs=list(criterion.pairs))
    if isinstance(criterion, Together):
        return TogetherStatement(column=criterion.column, groups=[list(group) for group in criterion.groups])
    if isinstance(criterion, Apart):
        return ApartStatement(pairs=list(criterion.pairs))
    raise CriterionError(f"{criterion!r} cannot be written as JSON: it is not a criterion of this library")


def criterion_of(statement: CriterionStatement) -> Criterion:
    """Make a criterion from its arguments, with its own checks.

    Parameters
    ----------
    statement : CriterionStatement
        Read from JSON.

    Returns
    -------
    Criterion
        Equal to the one that was written.

    Raises
    ------
    CriterionError
        If the arguments contradict each other.
    """
    given: dict[str, Any] = statement.model_dump(exclude={"kind"})
    if isinstance(statement, BalanceStatement):
        if statement.between is not None:
            given["between"] = (_edge(statement.between[0], -math.inf), _edge(statement.between[1], math.inf))
        return Balance(**given)
    if isinstance(statement, BookLimitsStatement):
        edges = [
            np.array([_edge(edge, missing) for edge in side])
            for side, missing in ((statement.lower, -math.inf), (statement.upper, math.inf))
        ]
        lower, upper = (edge[0] if len(edge) == 1 else edge for edge in edges)
        return BookLimits(statement.measure, lower=lower, upper=upper)
    if isinstance(statement, CostsStatement):
        return Costs(statement.table, weight=statement.weight)
    if isinstance(statement, EligibleStatement):
        by = statement.attribute if statement.mask is None else _flags(statement.mask)
        return Eligible(by, weight=statement.weight)
    if isinstance(statement, LockStatement):
        return _lock(statement.pairs)
    if isinstance(statement, TogetherStatement):
        return Together(statement.groups if statement.column is None else statement.column)
    plain = {
        TravelStatement: Travel,
        DisruptionStatement: Disruption,
        SeniorityStatement: Seniority,
        VariationStatement: Variation,
        ForbidStatement: Forbid,
        ApartStatement: Apart,
    }
    made: Criterion = plain[type(statement)](**given)
    return made


def _lock(pairs: list[tuple[str, str | None]]) -> Lock:
    if not pairs or all(rep is None for _, rep in pairs):
        return Lock([account for account, _ in pairs])
    named = {account: rep for account, rep in pairs if rep is not None}
    if len(named) == len(pairs):
        return Lock(named)
    if len(pairs) > len({account for account, _ in pairs}) or len({rep for _, rep in pairs}) > 1:
        raise CriterionError("Lock: one lock names its reps, another keeps the owner: state them as two")
    return Lock([account for account, _ in pairs], rep=pairs[0][1])


def _digits(mask: AnyArray) -> list[str]:
    return ["".join("1" if cell else "0" for cell in row) for row in mask.tolist()]


def _flags(rows: list[str]) -> AnyArray:
    if len({len(row) for row in rows}) > 1 or any(set(row) - {"0", "1"} for row in rows):
        raise CriterionError("Eligible: a mask is one text of 0 and 1 per account, all of one length")
    return np.array([[cell == "1" for cell in row] for row in rows], dtype=np.bool_)


def _open(edge: float) -> float | None:
    return edge if math.isfinite(edge) else None


def _edge(edge: float | None, missing: float) -> float:
    return missing if edge is None else edge
