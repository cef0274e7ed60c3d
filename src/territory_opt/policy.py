"""Every number of the domain rules in one frozen value; no algorithm holds a literal of its own."""

from __future__ import annotations

import datetime as dt
import math
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from territory_opt._specs import MONEY_LIMIT
from territory_opt.errors import CriterionError, TerritoryOptWarning

__all__ = ["Policy"]

_SHARE = (0.0, 1.0)
# sums of larger amounts lose their cents in double precision, and their squares overflow
_NOT_NEGATIVE = (0.0, MONEY_LIMIT)
_PRICE = (0.0, 1e12)
_COUNT = (0.0, 1e6)
_SPEED = (1.0, 1_000.0)
_TOLERANCE = 1e-9


def _rule(
    default: Any,
    rule: str,
    possible: tuple[float, float] = _NOT_NEGATIVE,
    usual: tuple[float, float] | None = None,
    *,
    above_zero: bool = False,
    judges: bool = False,
) -> Any:
    """Return a dataclass field that remembers its rule, its possible range and its documented range.

    A number that only judges what is there already is no part of what a problem asks: no answer depends on it.
    """
    metadata = {"rule": rule, "possible": possible, "usual": usual, "above_zero": above_zero, "judges": judges}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The defaults of the domain rules, each of them yours to change.

    A value outside the range a rule documents is accepted with a :class:`~territory_opt.TerritoryOptWarning` that
    names the rule; a value that cannot be (a share above 1, weights that do not sum to 1) is a
    :class:`~territory_opt.CriterionError` listing everything that is wrong.

    Parameters
    ----------
    named_weight, white_space_weight : float
        Weights of named and white-space ACV in the load; they sum to 1 (D-LOAD-1).
    load_band : float
        Half width of the load band around the team median, a share (D-LOAD-2).
    tam_band : float
        Half width of the TAM band around the mean, a share (D-TAM-1).
    units_low, units_high : float
        Account units a full rep should hold (D-UNITS-1).
    unit_weights : tuple of float
        Account units of one A, B and C account (D-UNITS-1).
    tier_a_acv, tier_b_acv : float
        Annual potential above which an account is A, and from which it is B, in money (D-TIER-1).
    tier_shares : tuple of (low, high)
        Expected shares of A, B and C accounts; others are reported (D-TIER-1).
    visits_by_tier : tuple of float
        Visits a year an A, B and C account needs (D-TIER-1).
    speed_kmh : tuple of float
        Travel speed in urban, suburban and rural surroundings, km/h (D-TRAVEL-2).
    selling_hours : float
        Selling hours of a full rep in a year (D-LOAD-4).
    friction_per_hour : float or None
        Money of one travel hour; None derives it as team gross load / team selling hours; 0 is off (D-LOAD-4).
    friction_share : float
        Most of the team's selling hours that travel to the nearest reps may take for the derived price to make sense;
        above, the friction is off and a note says so (library default).
    time_zone_penalty_per_hour : float
        Money per account and hour of time-zone gap (D-LOAD-4).
    language_penalty, vertical_penalty : float
        Money per account whose language or vertical the rep does not serve (D-LOAD-4).
    partner_discount : float
        Share taken off partner-sourced ACV in the load (D-PARTNER-1).
    dormant_days : float
        Days without logged activity after which a named account returns to white space (D-DORMANT-1).
    as_of : datetime.date or None
        The day the data are as of; None takes the latest activity in the data.
    travel_share : float
        Largest share of selling hours spent travelling (D-TRAVEL-1).
    red_flag_driving_hours_month : float
        Driving hours a month in one book that call for a split (D-TRAVEL-1).
    cv_target : float
        Coefficient of variation across books to stay under (D-CV-1).
    senior_years, junior_years : float
        Tenure from which a rep is senior, and below which junior (D-TIER-1, D-SENIOR-1).
    fit_threshold : float
        Fit score (0-100) from which an account is in the tier-1 pool (D-BUCKET-1).
    named_acv_threshold : float
        Forecast ACV from which a tier-1 account is named, in money (D-BUCKET-1).
    fit_weights : tuple of float
        Weights of the firmographic, technographic and intent components of fit (D-ICP-1).
    white_space_untouched_days : float
        Days without activity after which a prospect counts as untouched (D-WHITE-1).
    white_space_contact_share : float
        Share of high-fit prospects to contact at least once a year (D-WHITE-1).
    segment_mid_market, segment_enterprise : float
        Potential from which an account is mid-market, and above which enterprise, in money (D-TIER-2).
    named_mix : float
        Share of named in the reported named / white-space mix (D-LOAD-3).
    named_mix_room : float
        How far from that share a team's mix is still called usual. Library default: the rule states none.
    books_apart : float
        Relative distance from which two books are a failure that the report names (D-LOAD-2).
    fair_tolerance : float
        Change of a rep's earnings base that still counts as equal. Library default: the rule states none (D-FAIR-1).
    fair_share : float
        Share of the judged reps who must be equal or better for a pass (D-FAIR-1).
    significant_fall : float
        Fall of a book's TAM from which it counts as significantly reduced (D-FAIR-2).
    move_cost_share : float
        Cost of moving an account as a share of its ACV. Library default: the domain states no number.
    seniority_hours : float
        Cost of one account with a rep of the wrong seniority, in hours. Library default.
    pooled_below, warn_below : int
        Head counts below which one pooled book is advised, and below which a carve is warned about (D-SEG-3).

    Raises
    ------
    CriterionError
        A value is impossible; the message lists every one.

    Notes
    -----
    Rules D-ICP-1, D-BUCKET-1, D-TIER-1/2, D-PARTNER-1, D-DORMANT-1, D-WHITE-1, D-LOAD-1 to 4, D-TAM-1, D-UNITS-1,
    D-TRAVEL-1/2, D-CV-1, D-SEG-3, D-SENIOR-1, D-FAIR-1/2.

    Examples
    --------
    >>> Policy(load_band=0.10).load_band
    0.1
    >>> Policy(named_weight=0.8)
    Traceback (most recent call last):
        ...
    territory_opt.errors.CriterionError: named_weight + white_space_weight is 1.2, not 1 (D-LOAD-1)
    """

    named_weight: float = _rule(0.6, "D-LOAD-1", _SHARE)
    white_space_weight: float = _rule(0.4, "D-LOAD-1", _SHARE)
    load_band: float = _rule(0.15, "D-LOAD-2", _SHARE, above_zero=True)
    tam_band: float = _rule(0.15, "D-TAM-1", _SHARE, above_zero=True)
    units_low: float = _rule(100.0, "D-UNITS-1")
    units_high: float = _rule(150.0, "D-UNITS-1", above_zero=True)
    unit_weights: tuple[float, float, float] = _rule((3.0, 2.0, 1.0), "D-UNITS-1", _COUNT)
    tier_a_acv: float = _rule(100_000.0, "D-TIER-1", above_zero=True)
    tier_b_acv: float = _rule(25_000.0, "D-TIER-1", above_zero=True)
    tier_shares: tuple[tuple[float, float], tuple[float, float], tuple[float, float]] = _rule(
        ((0.10, 0.20), (0.30, 0.40), (0.40, 0.50)), "D-TIER-1", _SHARE
    )
    visits_by_tier: tuple[float, float, float] = _rule((12.0, 6.0, 4.0), "D-TIER-1", _COUNT)
    speed_kmh: tuple[float, float, float] = _rule((30.0, 50.0, 80.0), "D-TRAVEL-2", _SPEED)
    selling_hours: float = _rule(4_000.0, "D-LOAD-4", (1.0, 1e6))
    friction_per_hour: float | None = _rule(None, "D-LOAD-4", _PRICE)
    friction_share: float = _rule(0.5, "D-LOAD-4", _SHARE)
    time_zone_penalty_per_hour: float = _rule(0.0, "D-LOAD-4", _PRICE)
    language_penalty: float = _rule(0.0, "D-LOAD-4", _PRICE)
    vertical_penalty: float = _rule(0.0, "D-LOAD-4", _PRICE)
    partner_discount: float = _rule(0.325, "D-PARTNER-1", _SHARE, (0.25, 0.40))
    dormant_days: float = _rule(90.0, "D-DORMANT-1", above_zero=True)
    as_of: dt.date | None = None
    travel_share: float = _rule(0.25, "D-TRAVEL-1", _SHARE, (0.15, 0.25), above_zero=True)
    red_flag_driving_hours_month: float = _rule(30.0, "D-TRAVEL-1", above_zero=True)
    cv_target: float = _rule(0.20, "D-CV-1", _SHARE, above_zero=True)
    senior_years: float = _rule(3.0, "D-TIER-1")
    junior_years: float = _rule(1.0, "D-TIER-1")
    fit_threshold: float = _rule(70.0, "D-BUCKET-1", (0.0, 100.0))
    named_acv_threshold: float = _rule(75_000.0, "D-BUCKET-1")
    fit_weights: tuple[float, float, float] = _rule((1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0), "D-ICP-1")
    white_space_untouched_days: float = _rule(182.0, "D-WHITE-1", above_zero=True)
    white_space_contact_share: float = _rule(0.80, "D-WHITE-1", _SHARE)
    segment_mid_market: float = _rule(500_000.0, "D-TIER-2", above_zero=True)
    segment_enterprise: float = _rule(5_000_000.0, "D-TIER-2", above_zero=True)
    named_mix: float = _rule(0.60, "D-LOAD-3", _SHARE)
    move_cost_share: float = _rule(0.05, "library default", _COUNT)
    seniority_hours: float = _rule(8.0, "library default", _COUNT)
    pooled_below: int = _rule(4, "D-SEG-3")
    warn_below: int = _rule(6, "D-SEG-3")
    named_mix_room: float = _rule(0.10, "library default", _SHARE, judges=True)
    books_apart: float = _rule(0.50, "D-LOAD-2", _COUNT, above_zero=True, judges=True)
    fair_tolerance: float = _rule(0.05, "library default", _SHARE, judges=True)
    fair_share: float = _rule(0.80, "D-FAIR-1", _SHARE, judges=True)
    significant_fall: float = _rule(0.30, "D-FAIR-2", _SHARE, judges=True)

    def __post_init__(self) -> None:
        wrong: list[str] = []
        advice: list[str] = []
        for spec in fields(self):
            value = getattr(self, spec.name)
            if spec.name == "as_of":
                if isinstance(value, dt.datetime):
                    object.__setattr__(self, "as_of", value.date())
                elif value is not None and not isinstance(value, dt.date):
                    wrong.append(f"as_of must be a datetime.date or None, not {value!r}")
                continue
            numbers = _numbers(value, spec.default)
            if numbers is None:
                wrong.append(f"{spec.name} must look like {spec.default!r}, not {value!r}")
                continue
            wrong += _impossible(spec.name, numbers, spec.metadata)
            advice += _unusual(spec.name, numbers, spec.metadata)
        if not wrong:
            wrong += self._contradictions()
        if wrong:
            raise CriterionError("; ".join(wrong))
        for line in advice:
            warnings.warn(line, TerritoryOptWarning, stacklevel=3)

    def _contradictions(self) -> list[str]:
        wrong = []
        total = self.named_weight + self.white_space_weight
        if abs(total - 1.0) > _TOLERANCE:
            wrong.append(f"named_weight + white_space_weight is {total:.6g}, not 1 (D-LOAD-1)")
        if abs(sum(self.fit_weights) - 1.0) > _TOLERANCE:
            wrong.append(f"fit_weights sum to {sum(self.fit_weights):.6g}, not 1 (D-ICP-1)")
        ordered = [
            ("units_low", "units_high", "D-UNITS-1"),
            ("tier_b_acv", "tier_a_acv", "D-TIER-1"),
            ("junior_years", "senior_years", "D-TIER-1"),
            ("segment_mid_market", "segment_enterprise", "D-TIER-2"),
            ("pooled_below", "warn_below", "D-SEG-3"),
        ]
        for low, high, rule in ordered:
            if getattr(self, low) > getattr(self, high):
                wrong.append(f"{low} {getattr(self, low):g} is above {high} {getattr(self, high):g} ({rule})")
        wrong += [
            f"tier_shares of {tier}: {low:g} is above {high:g} (D-TIER-1)"
            for tier, (low, high) in zip("ABC", self.tier_shares, strict=True)
            if low > high
        ]
        return wrong

    def replace(self, **changes: Any) -> Policy:
        """Return a copy with some values changed.

        Parameters
        ----------
        **changes
            New values by name.

        Returns
        -------
        Policy
            The changed copy, validated.

        Raises
        ------
        CriterionError
            A name is unknown or a value impossible.

        Examples
        --------
        >>> Policy().replace(dormant_days=120).dormant_days
        120
        """
        unknown = sorted(set(changes) - {spec.name for spec in fields(self)})
        if unknown:
            raise CriterionError(f"Policy has no {', '.join(unknown)}")
        return replace(self, **changes)

    def rules(self) -> tuple[tuple[str, Any, str], ...]:
        """Return (name, value, rule id) of every number, in the order of the parameters.

        Examples
        --------
        >>> Policy().rules()[0]
        ('named_weight', 0.6, 'D-LOAD-1')
        """
        return tuple((s.name, getattr(self, s.name), s.metadata.get("rule", "")) for s in fields(self))

    def asked(self) -> str:
        """Return the numbers an answer can depend on as one text: what a problem's fingerprint is made of.

        Numbers that came later and only judge an answer are left out, so that fingerprints in older files stay right.

        Examples
        --------
        >>> Policy(fair_share=0.7).asked() == Policy().asked(), Policy(load_band=0.1).asked() == Policy().asked()
        (True, False)
        """
        numbers = (f"{s.name}={getattr(self, s.name)!r}" for s in fields(self) if not s.metadata.get("judges"))
        return f"Policy({', '.join(numbers)})"

    def to_dict(self) -> dict[str, Any]:
        """Return the policy as JSON-ready values: dates as ISO text, tuples as lists.

        Examples
        --------
        >>> Policy().to_dict()["unit_weights"]
        [3.0, 2.0, 1.0]
        """
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Policy:
        """Return the policy that :meth:`to_dict` wrote; names left out keep their default.

        Raises
        ------
        CriterionError
            A name is unknown or a value impossible.

        Examples
        --------
        >>> Policy.from_dict(Policy(as_of=dt.date(2026, 1, 31)).to_dict()).as_of
        datetime.date(2026, 1, 31)
        """
        changes = {name: _tupled(value) for name, value in values.items()}
        if isinstance(changes.get("as_of"), str):
            try:
                changes["as_of"] = dt.date.fromisoformat(changes["as_of"])
            except ValueError:
                raise CriterionError(f"as_of {changes['as_of']!r} is not an ISO date") from None
        unknown = sorted(set(changes) - {spec.name for spec in fields(cls)})
        if unknown:
            raise CriterionError(f"Policy has no {', '.join(unknown)}")
        return cls(**changes)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _tupled(value: Any) -> Any:
    return tuple(_tupled(part) for part in value) if isinstance(value, list | tuple) else value


def _numbers(value: Any, default: Any) -> tuple[float, ...] | None:
    """Return the numbers in ``value`` when it has the shape of ``default``, else None."""
    if default is None and value is None:
        return ()
    if isinstance(default, tuple):
        if not isinstance(value, tuple) or len(value) != len(default):
            return None
        parts = [_numbers(part, like) for part, like in zip(value, default, strict=True)]
        return None if None in parts else tuple(x for part in parts if part is not None for x in part)
    # NumPy scalars are numbers too, without NumPy being imported here
    if isinstance(value, bool | str) or not hasattr(value, "__float__"):
        return None
    return (float(value),)


def _impossible(name: str, numbers: tuple[float, ...], metadata: Mapping[str, Any]) -> list[str]:
    low, high = metadata["possible"]
    bad = [x for x in numbers if not math.isfinite(x) or not low <= x <= high]
    bad += [x for x in numbers if metadata["above_zero"] and x == 0.0]
    if not bad:
        return []
    edge = "above" if metadata["above_zero"] else "at least"
    limit = f"{edge} {low:g}" + f" and at most {high:g}"
    return [f"{name} must be {limit}, not {bad[0]:g} ({metadata['rule']})"]


def _unusual(name: str, numbers: tuple[float, ...], metadata: Mapping[str, Any]) -> list[str]:
    if metadata["usual"] is None:
        return []
    low, high = metadata["usual"]
    bad = [x for x in numbers if math.isfinite(x) and not low <= x <= high]
    return [f"{name} {x:g} is outside the {low:g} to {high:g} that {metadata['rule']} advises" for x in bad]
