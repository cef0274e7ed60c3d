"""All scores of an account table in one frozen value; every assumption made on the way is a note."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from territory_opt._typing import BoolArray, FloatArray, TextArray, read_only
from territory_opt.accounts import Accounts
from territory_opt.policy import Policy
from territory_opt.scoring.buckets import NAMED, WHITE_SPACE, bucket
from territory_opt.scoring.dormancy import dormant, latest
from territory_opt.scoring.fit import FIT_COMPONENTS, fit_score
from territory_opt.scoring.load import gross_load
from territory_opt.scoring.tiers import by_tier, tier, unusual_shares
from territory_opt.scoring.value import DEAL_COLUMNS, MONEY_COLUMNS, account_value, partner_factor
from territory_opt.travel import DENSITY_CLASSES, density_class

__all__ = ["Scores", "score"]

_SUM_TOLERANCE = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What the domain rules make of every account; all arrays are (n,) and read-only.

    Parameters
    ----------
    acv : ndarray
        Annual potential, money.
    named_acv, white_space_acv : ndarray
        Its named and white-space parts after dormant accounts returned to white space, money.
    gross_load : ndarray
        Load before coverage friction, money.
    tier : ndarray of str
        ``"A"``, ``"B"`` or ``"C"``.
    account_units : ndarray
        Units by tier.
    bucket : ndarray of str
        ``"named"``, ``"priority_inbound"`` or ``"white_space"`` after dormancy.
    fit : ndarray
        0-100; NaN where unknown.
    dormant, partner : ndarray of bool
        Dormant named accounts; partner-sourced accounts.
    visits : ndarray
        Visits a year.
    speed_kmh : ndarray
        Travel speed around the account, km/h.
    protected_owner : ndarray of str
        The owner a move would be taken from; ``""`` when unknown, or when the account is dormant and may be
        re-assigned.
    notes, warnings : tuple of str
        What was derived or defaulted; what a rule advises against.
    """

    acv: FloatArray
    named_acv: FloatArray
    white_space_acv: FloatArray
    gross_load: FloatArray
    tier: TextArray
    account_units: FloatArray
    bucket: TextArray
    fit: FloatArray
    dormant: BoolArray
    partner: BoolArray
    visits: FloatArray
    speed_kmh: FloatArray
    protected_owner: TextArray
    notes: tuple[str, ...]
    warnings: tuple[str, ...]

    def __post_init__(self) -> None:
        for spec in fields(self):
            value = getattr(self, spec.name)
            if isinstance(value, np.ndarray):
                object.__setattr__(self, spec.name, read_only(value))

    def __reduce__(self) -> tuple[type[Scores], tuple[Any, ...]]:
        # through __init__, because unpickled arrays are writeable again
        return type(self), tuple(getattr(self, spec.name) for spec in fields(self))


def score(accounts: Accounts, policy: Policy) -> Scores:
    """Score every account by the domain rules.

    Parameters
    ----------
    accounts : Accounts
        The account table.
    policy : Policy
        The numbers of the rules.

    Returns
    -------
    Scores
        One value per account and score, with notes on what was derived or assumed.

    Notes
    -----
    D-ICP-1, D-BUCKET-1, D-TIER-1, D-UNITS-1, D-VALUE-1, D-PARTNER-1, D-DORMANT-1, D-LOAD-1, D-TRAVEL-2. Order: value,
    fit, bucket, named and white-space parts, dormancy, partner discount, load; tier by the whole annual potential.

    Examples
    --------
    >>> accounts = Accounts.from_frame({"id": ["x", "y"], "acv": [120_000, 10_000]})
    >>> scores = score(accounts, Policy())
    >>> scores.tier.tolist(), scores.gross_load.tolist()
    (['A', 'C'], [72000.0, 6000.0])
    """
    notes: list[str] = []
    alerts: list[str] = []
    acv = _acv(accounts, notes, alerts)
    fit = _fit(accounts, policy, notes)
    kind = _bucket(accounts, acv, fit, policy, notes)
    named, white = _parts(accounts, acv, kind, notes, alerts)
    asleep = _dormant(accounts, kind, named, policy, notes)
    white = np.where(asleep, white + named, white)
    named = np.where(asleep, 0.0, named)
    kind = np.where(asleep, WHITE_SPACE, kind).astype(object)
    partner = (
        accounts.number("partner_sourced") == 1.0
        if accounts.has("partner_sourced")
        else np.zeros(len(accounts), dtype=bool)
    )
    if partner.any():
        notes.append(
            f"{int(partner.sum()):,} partner-sourced accounts count {1.0 - policy.partner_discount:.1%} of their ACV "
            "in the load, all of it in TAM (D-PARTNER-1)"
        )
    tiers = _tier(accounts, acv, policy, notes)
    if accounts.has("tier") or any(accounts.has(name) for name in MONEY_COLUMNS):
        alerts += unusual_shares(tiers, policy.tier_shares)
    owner = accounts.text("owner") if accounts.has("owner") else np.full(len(accounts), "", dtype=object)
    load = gross_load(
        named,
        white,
        partner_factor(partner, policy.partner_discount),
        named_weight=policy.named_weight,
        white_space_weight=policy.white_space_weight,
    )
    return Scores(
        acv=acv,
        named_acv=named,
        white_space_acv=white,
        gross_load=load,
        tier=tiers,
        account_units=by_tier(tiers, policy.unit_weights),
        bucket=kind,
        fit=fit,
        dormant=asleep,
        partner=partner,
        visits=_visits(accounts, tiers, policy, notes),
        speed_kmh=_speed(accounts, policy, notes),
        protected_owner=np.where(asleep, "", owner).astype(object),
        notes=tuple(notes),
        warnings=tuple(alerts),
    )


def _acv(accounts: Accounts, notes: list[str], alerts: list[str]) -> FloatArray:
    deal = [name for name in DEAL_COLUMNS if accounts.has(name)]
    given = [name for name in ("acv", "named_acv", "white_space_acv") if accounts.has(name)]
    if given and deal:
        notes.append(f"{', '.join(deal)} not used for the value: {' and '.join(given)} given (D-VALUE-1)")
    has_named, has_white = accounts.has("named_acv"), accounts.has("white_space_acv")
    if accounts.has("acv"):
        acv = accounts.number("acv")
        if has_named and has_white:
            parts = accounts.number("named_acv") + accounts.number("white_space_acv")
            off = int(np.count_nonzero(np.abs(parts - acv) > _SUM_TOLERANCE * np.maximum(acv, parts)))
            if off:
                alerts.append(
                    f"acv differs from named_acv + white_space_acv by more than 1 % in {off:,} accounts; "
                    "the load uses the parts, TAM and tier use acv"
                )
        return acv
    if given:
        notes.append(f"acv derived as {' + '.join(given)}")
        return np.asarray(sum(accounts.number(name) for name in given), np.float64)
    if any(name in MONEY_COLUMNS for name in deal):
        unknown = np.full(len(accounts), np.nan)
        columns = [accounts.number(name) if accounts.has(name) else unknown for name in DEAL_COLUMNS]
        notes.append(f"acv derived from {', '.join(deal)} (D-VALUE-1)")
        return account_value(*columns)
    notes.append("no money column: every account counts as 1")
    return np.ones(len(accounts))


def _fit(accounts: Accounts, policy: Policy, notes: list[str]) -> FloatArray:
    components = {name: accounts.number(name) for name in FIT_COMPONENTS if accounts.has(name)}
    derived = fit_score(components, policy.fit_weights, len(accounts))
    absent = [name for name in FIT_COMPONENTS if name not in components]
    if components and absent:
        notes.append(f"fit without {', '.join(absent)}: not in the table (D-ICP-1)")
    fit = derived
    if accounts.has("fit"):
        given = accounts.number("fit")
        fit = np.where(np.isnan(given), derived, given)
    elif components:
        notes.append(f"fit derived from {', '.join(components)} (D-ICP-1)")
    n_unknown = int(np.isnan(fit).sum())
    # where no fit is known at all, the note on the bucket says what that means
    if 0 < n_unknown < len(accounts):
        notes.append(f"fit is unknown for {n_unknown:,} accounts: they are white space unless a bucket says otherwise")
    return np.asarray(fit, np.float64)


def _bucket(accounts: Accounts, acv: FloatArray, fit: FloatArray, policy: Policy, notes: list[str]) -> TextArray:
    if np.isnan(fit).all():
        derived = np.full(len(accounts), NAMED, dtype=object)
        how = "no fit score: every account is named"
    else:
        derived = bucket(fit, acv, fit_threshold=policy.fit_threshold, named_acv_threshold=policy.named_acv_threshold)
        how = "bucket derived from fit and acv"
    if not accounts.has("bucket"):
        has_parts = accounts.has("named_acv") or accounts.has("white_space_acv")
        if np.isnan(fit).all() and has_parts:
            named = accounts.number("named_acv") > 0.0 if accounts.has("named_acv") else np.zeros(len(accounts), bool)
            derived = np.where(named, NAMED, WHITE_SPACE).astype(object)
            how = "no fit score: an account with named ACV is named, any other white space"
        notes.append(f"{how} (D-BUCKET-1)")
        return derived
    given = accounts.text("bucket")
    blank = given == ""
    if blank.any():
        notes.append(f"bucket blank for {int(blank.sum()):,} accounts: {how} (D-BUCKET-1)")
    return np.where(blank, derived, given).astype(object)


def _parts(
    accounts: Accounts, acv: FloatArray, kind: TextArray, notes: list[str], alerts: list[str]
) -> tuple[FloatArray, FloatArray]:
    has_named, has_white = accounts.has("named_acv"), accounts.has("white_space_acv")
    if has_named and has_white:
        return accounts.number("named_acv"), accounts.number("white_space_acv")
    if has_named or has_white:
        one, other = ("named_acv", "white_space_acv") if has_named else ("white_space_acv", "named_acv")
        part = accounts.number(one)
        over = int(np.count_nonzero(part > acv))
        if over:
            alerts.append(f"{one} is above acv in {over:,} accounts; their {other} is 0")
        rest = np.maximum(acv - part, 0.0)
        notes.append(f"{other} derived as acv - {one}" if accounts.has("acv") else f"{other} absent: 0")
        return (part, rest) if has_named else (rest, part)
    named = kind == NAMED
    notes.append("acv split by bucket: named accounts into named ACV, all others into white space")
    return np.where(named, acv, 0.0), np.where(named, 0.0, acv)


def _dormant(accounts: Accounts, kind: TextArray, named_acv: FloatArray, policy: Policy, notes: list[str]) -> BoolArray:
    nobody = np.zeros(len(accounts), dtype=bool)
    if not accounts.has("last_activity"):
        return nobody
    activity = accounts.dates("last_activity")
    last = latest(activity)
    if last is None:
        notes.append("last_activity is empty: no account counts as dormant")
        return nobody
    as_of = policy.as_of or last
    if policy.as_of is None:
        notes.append(f"as of {as_of.isoformat()}, the latest last_activity (set Policy.as_of to change it)")
    asleep = dormant((kind == NAMED) & (named_acv > 0.0), activity, as_of, policy.dormant_days)
    if asleep.any():
        never = int((asleep & np.isnat(activity)).sum())
        logged = f", {never:,} of them never had any" if never else ""
        notes.append(
            f"{int(asleep.sum()):,} named accounts without activity for {policy.dormant_days:g} days return to "
            f"white space{logged} (D-DORMANT-1)"
        )
    return asleep


def _tier(accounts: Accounts, acv: FloatArray, policy: Policy, notes: list[str]) -> TextArray:
    derived = tier(acv, tier_a_acv=policy.tier_a_acv, tier_b_acv=policy.tier_b_acv)
    if not accounts.has("tier"):
        notes.append("tier derived from acv (D-TIER-1)")
        return derived
    given = accounts.text("tier")
    blank = given == ""
    if blank.any():
        notes.append(f"tier derived from acv for {int(blank.sum()):,} accounts without one (D-TIER-1)")
    return np.where(blank, derived, given).astype(object)


def _visits(accounts: Accounts, tiers: TextArray, policy: Policy, notes: list[str]) -> FloatArray:
    default = by_tier(tiers, policy.visits_by_tier)
    if not accounts.has("visits"):
        return default
    given = accounts.number("visits")
    missing = np.isnan(given)
    if missing.any():
        notes.append(f"visits defaulted by tier for {int(missing.sum()):,} accounts (D-TIER-1)")
    return np.asarray(np.where(missing, default, given), np.float64)


def _speed(accounts: Accounts, policy: Policy, notes: list[str]) -> FloatArray:
    density = accounts.text("density") if accounts.has("density") else np.full(len(accounts), "", dtype=object)
    blank = density == ""
    if blank.any() and accounts.has("lat") and accounts.has("lon"):
        derived = density_class(accounts.number("lat"), accounts.number("lon"))
        density = np.where(blank, derived, density).astype(object)
        shares = ", ".join(f"{name} {100.0 * float((derived == name).mean()):.0f} %" for name in DENSITY_CLASSES)
        notes.append(f"density class from the accounts nearby ({shares}) for {int(blank.sum()):,} accounts")
    urban, suburban, rural = policy.speed_kmh
    speed = np.where(density == "urban", urban, np.where(density == "rural", rural, suburban))
    if accounts.has("speed_kmh"):
        given = accounts.number("speed_kmh")
        speed = np.where(np.isnan(given), speed, given)
    return np.asarray(speed, np.float64)
