"""Opportunities of a CRM, rolled up to the accounts and reps they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from territory_opt._ingest import Draft, read_draft
from territory_opt._specs import Spec
from territory_opt._spelling import near_spellings
from territory_opt._text import close_matches, codes, text_array
from territory_opt._typing import AnyArray, BoolArray, FloatArray, IntArray, TextArray
from territory_opt.accounts import Accounts
from territory_opt.frames import read_columns
from territory_opt.importers.rollup import deal_values, favourite, latest_by, sum_by
from territory_opt.quality import DataQuality
from territory_opt.team import Team

__all__ = ["CrmImport", "opportunities_to_accounts"]

_YEAR_DAYS = 365
_STAGES = (
    ("won", "won"), ("closedwon", "won"), ("lost", "lost"), ("closedlost", "lost"),
    *((stage, "open") for stage in (
        "open", "engaging", "prospecting", "qualification", "qualified", "needsanalysis", "valueproposition",
        "proposal", "proposalpricequote", "negotiation", "negotiationreview", "perceptionanalysis",
        "appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "decisionmakerboughtin", "contractsent",
    )),
)  # fmt: skip
_MADE = ("current_spend", "expansion", "fit", "owner", "last_activity")
_COUNTED = ("n_deals_won", "n_deals_open")
_DEALS = (
    Spec("deal_id", "id", ("opportunityid", "dealid", "recordid", "id", "oppid"), blank=False),
    Spec("account", "text", ("accountid", "accountname", "company", "companyname", "associatedcompany")),
    Spec("owner", "text", ("salesagent", "opportunityowner", "dealowner", "ownerid", "salesrep", "repid"), ("rep",)),
    Spec("stage", "choice", ("dealstage", "stagename", "status"), choices=_STAGES),
    Spec("product", "text", ("productname",), ("productid",)),
    Spec("value", "money", ("closevalue", "amount", "dealvalue", "dealamount"), (), 0.0, 1e15),
    Spec("start", "date", ("engagedate", "createdate", "createddate", "opendate")),
    Spec("close", "date", ("closedate", "closeddate")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CrmImport:
    """What an export of deals became.

    Parameters
    ----------
    accounts : Accounts
        One row per account, with what its deals say about it.
    team : Team
        The reps: those of the reps table, or else those who own deals.
    quality : DataQuality
        The mess of the export: deals without account, names spelled in several ways, reps without deals.
    """

    accounts: Accounts
    team: Team
    quality: DataQuality

    def _repr_html_(self) -> str:
        return self.quality._repr_html_()


def opportunities_to_accounts(
    opportunities: Any,
    *,
    accounts: Any = None,
    reps: Any = None,
    products: Any = None,
    columns: Mapping[str, str | None] | None = None,
    spellings: Mapping[str, str] | None = None,
) -> CrmImport:
    """Roll a table of opportunities up to accounts.

    Parameters
    ----------
    opportunities : frame or mapping
        One row per deal: account, owner, stage (won, lost, open), value, product, dates.
    accounts : frame or mapping, optional
        One row per account with further columns; accounts without deals stay in. By default the accounts that
        have deals.
    reps : frame or mapping, optional
        One row per rep; reps without deals stay in and are reported. By default the owners of deals.
    products : frame or mapping, optional
        The price list: its first text column holds the product names as they should be spelled.
    columns : mapping of str to str or None, optional
        Headers of the opportunities by canonical name: deal_id, account, owner, stage, product, value, start, close.
    spellings : mapping of str to str, optional
        Corrections to apply to accounts, products and categories, for example ``{"technolgy": "technology"}``.

    Returns
    -------
    CrmImport
        Accounts with ``current_spend`` (won in the last 365 days of the data), ``expansion`` (open deals at their own
        value, or else the median won value of their product, times the win rate), ``fit`` (100 x win rate of the
        account's decided deals), ``owner`` (who has most of its deals), ``last_activity``, and the measures
        ``n_deals_won``, ``n_deals_open``. What the accounts table says itself of the first five is kept; the deals
        fill its blanks.

    Raises
    ------
    DataError
        With every problem of a table at once.

    Notes
    -----
    D-VALUE-1. A win rate is a stand-in for a fit score: replace it when you have one. Nothing is corrected that
    ``spellings`` does not name: suggestions are in the report.

    Examples
    --------
    >>> deals = {"opportunity_id": ["1", "2"], "account": ["Acme", ""], "sales_agent": ["Ann", "Bo"],
    ...     "deal_stage": ["Won", "Prospecting"], "close_value": [500, None], "close_date": ["2026-01-31", ""]}
    >>> result = opportunities_to_accounts(deals)
    >>> result.accounts.number("current_spend").tolist(), result.team.rep_id.tolist()
    ([500.0], ['Ann', 'Bo'])
    """
    draft = read_draft(
        "opportunities", opportunities, _DEALS, columns=columns, required=("account", "owner", "stage", "value")
    )
    draft.raise_issues()
    fixes = dict(spellings or {})
    _respell(draft.columns, fixes, draft.notes, "opportunities")
    base, given = _base(accounts, draft, fixes)
    names: TextArray = base["account_id"]
    at = {name: row for row, name in enumerate(names.tolist())}
    deal_account = np.array([at.get(name, -1) for name in draft.columns["account"].tolist()], dtype=np.int64)
    _report_unplaced(draft, deal_account, names)
    _report_spellings(draft, base, products)
    _roll_up(base, draft, deal_account)
    _keep_given(base, given, draft.notes)
    reading = draft.quality()
    made = Accounts.from_frame(base, measures=_COUNTED)
    team = _team(reps, draft)
    quality = DataQuality(
        table="opportunities",
        n_rows=draft.n_rows,
        mapped=reading.mapped,
        derived=tuple(draft.derived),
        ignored=reading.ignored,
        notes=tuple(draft.notes),
        warnings=tuple(draft.warnings),
    )
    return CrmImport(made, team, quality)


def _respell(columns: dict[str, AnyArray], fixes: Mapping[str, str], notes: list[str], table: str) -> None:
    for name, values in columns.items():
        if values.dtype != object or name == "deal_id":
            continue
        changed = sum(text in fixes for text in values.tolist())
        if changed:
            columns[name] = text_array(fixes.get(text, text) for text in values.tolist())
            notes.append(f"{table} {name}: {changed:,} spellings corrected as you asked")


def _base(accounts: Any, draft: Draft, fixes: Mapping[str, str]) -> tuple[dict[str, AnyArray], dict[str, AnyArray]]:
    """Return the account table the deals are added to, and what it says itself of columns that deals can make."""
    if accounts is None:
        _, names = codes(draft.columns["account"])
        return {"account_id": text_array(sorted(name for name in names if name))}, {}
    raw = read_columns(accounts, table="accounts")
    _respell(raw, fixes, draft.notes, "accounts")
    read = Accounts.from_frame(raw)
    header = dict(read.quality.mapped)
    given = {name: read.columns[name] for name in _MADE if read.has(name)}
    counted = [name for name in _COUNTED if name in raw]
    draft.notes += [f"accounts: {name!r} is counted from the deals, not read" for name in counted]
    apart = {header["account_id"], *(header[name] for name in given), *counted}
    base = {"account_id": text_array(fixes.get(name, name) for name in read.account_id.tolist())}
    base.update({name: values for name, values in raw.items() if name not in apart})
    return base, given


def _keep_given(base: dict[str, AnyArray], given: Mapping[str, AnyArray], notes: list[str]) -> None:
    """Put what the accounts table says itself over what the deals say."""
    for name, values in given.items():
        if values.dtype == object:
            blank = values == ""
        else:
            blank = np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)
        made = base.get(name, values)
        base[name] = np.where(blank, made, values)
        n_blank = int(blank.sum())
        notes.append(
            f"{name}: the accounts table gives it for {values.size - n_blank:,} accounts; "
            f"the deals fill the other {n_blank:,}"
        )


def _report_unplaced(draft: Draft, deal_account: IntArray, names: TextArray) -> None:
    given = draft.columns["account"]
    value = np.nan_to_num(draft.columns["value"])
    blank = given == ""
    if blank.any():
        stages = ", ".join(
            f"{int(np.count_nonzero(blank & (draft.columns['stage'] == stage))):,} {stage}"
            for stage in ("won", "lost", "open")
        )
        draft.warnings.append(
            f"{int(blank.sum()):,} of {draft.n_rows:,} deals have no account "
            f"({stages}; value {value[blank].sum():,.0f}): they count for no account"
        )
    stray = (deal_account < 0) & ~blank
    if stray.any():
        code, unknown = codes(given[stray])
        for position, name in enumerate(unknown[:20]):
            near = close_matches(name, names.tolist(), n=1)
            hint = f": looks like {near[0]!r}" if near else ""
            n_deals = int(np.count_nonzero(code == position))
            draft.warnings.append(f"{n_deals:,} deals of {name!r}, which is not in the account table{hint}")


def _report_spellings(draft: Draft, base: Mapping[str, AnyArray], products: Any) -> None:
    """Look at products and account names; the categories of the account table are looked at by Accounts."""
    listed: list[str] = []
    if products is not None:
        texts = [column for column in read_columns(products, table="products").values() if column.dtype == object]
        listed = texts[0].tolist() if texts else []
    if "product" in draft.columns:
        draft.warnings += [
            f"product: {found}" for found in near_spellings(draft.columns["product"], listed, exact=True)
        ]
    draft.warnings += [f"account: {found}" for found in near_spellings(base["account_id"])]


def _roll_up(base: dict[str, AnyArray], draft: Draft, deal_account: IntArray) -> None:
    """Add what the deals say to the account table."""
    n_accounts = base["account_id"].size
    stage = draft.columns["stage"]
    placed: BoolArray = deal_account >= 0
    won, lost, still_open = stage == "won", stage == "lost", stage == "open"
    value = np.nan_to_num(draft.columns["value"])
    n_won, n_lost = int(won.sum()), int(lost.sum())
    win_rate = n_won / (n_won + n_lost) if n_won + n_lost else 0.0
    recent = won & _recent(draft)
    base["current_spend"] = sum_by(deal_account, value, placed & recent, n_accounts)
    worth: FloatArray = deal_values(draft.columns.get("product"), value, won) * win_rate
    base["expansion"] = sum_by(deal_account, worth, placed & still_open, n_accounts)
    ones = np.ones(stage.size)
    base["n_deals_won"] = sum_by(deal_account, ones, placed & won, n_accounts)
    base["n_deals_open"] = sum_by(deal_account, ones, placed & still_open, n_accounts)
    decided = base["n_deals_won"] + sum_by(deal_account, ones, placed & lost, n_accounts)
    with np.errstate(invalid="ignore", divide="ignore"):
        base["fit"] = np.where(decided > 0.0, 100.0 * base["n_deals_won"] / decided, np.nan)
    base["owner"] = favourite(deal_account, draft.columns["owner"], placed, n_accounts)
    days = [draft.columns[name] for name in ("start", "close") if name in draft.columns]
    if days:
        base["last_activity"] = latest_by(deal_account, days, placed, n_accounts)
    draft.derived += [
        "current_spend: deals won in the last 365 days of the data",
        f"expansion: open deals at their own value, or else the median won value of their product, "
        f"x win rate {win_rate:.3f}",
        "fit: 100 x win rate of the account, a stand-in for an ICP score",
        "owner: the rep with most deals of the account",
    ]


def _recent(draft: Draft) -> BoolArray:
    close = draft.columns.get("close")
    if close is None or np.isnat(close).all():
        draft.notes.append("no close dates: every won deal counts as current spend")
        return np.ones(draft.n_rows, dtype=bool)
    last = close[~np.isnat(close)].max()
    return np.asarray(close > last - np.timedelta64(_YEAR_DAYS, "D"), np.bool_)


def _team(reps: Any, draft: Draft) -> Team:
    owners = [name for name in codes(draft.columns["owner"])[1] if name]
    if reps is None:
        return Team.from_frame({"rep_id": sorted(owners)})
    team = Team.from_frame(reps)
    found = team.positions(owners)
    idle = [str(rep) for row, rep in enumerate(team.name.tolist()) if row not in set(found.tolist())]
    if idle:
        draft.warnings.append(f"{len(idle):,} reps have no deals: {', '.join(idle)}")
    gone = [owner for owner, row in zip(owners, found.tolist(), strict=True) if row < 0]
    if gone:
        draft.warnings.append(f"{len(gone):,} owners of deals are not in the team: {', '.join(gone[:20])}")
    return team
