"""Hours between time zones, for the coverage friction (D-LOAD-4)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

__all__ = ["unknown_zones", "utc_offset_hours"]

_SHORT = {
    "utc": 0.0, "gmt": 0.0, "wet": 0.0, "cet": 1.0, "eet": 2.0,
    "et": -5.0, "est": -5.0, "edt": -5.0, "eastern": -5.0,
    "ct": -6.0, "cst": -6.0, "cdt": -6.0, "central": -6.0,
    "mt": -7.0, "mst": -7.0, "mdt": -7.0, "mountain": -7.0,
    "pt": -8.0, "pst": -8.0, "pdt": -8.0, "pacific": -8.0,
    "akst": -9.0, "akt": -9.0, "alaska": -9.0, "hst": -10.0, "hawaii": -10.0,
}  # fmt: skip

_FIXED = re.compile(r"^(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?$")


@lru_cache(maxsize=1024)
def utc_offset_hours(zone: str) -> float | None:
    """Standard-time offset from UTC of a zone, or None when the text is not a zone.

    Parameters
    ----------
    zone : str
        An IANA name (``America/Denver``), an offset (``UTC-7``, ``+05:30``) or a common short name (``PST``); case
        does not matter.

    Returns
    -------
    float or None
        Hours east of UTC, without daylight saving.

    Examples
    --------
    >>> utc_offset_hours("UTC-7"), utc_offset_hours("+05:30"), utc_offset_hours("PST")
    (-7.0, 5.5, -8.0)
    >>> utc_offset_hours("lunch") is None
    True
    """
    text = zone.strip()
    short = text.lower()
    if short in _SHORT:
        return _SHORT[short]
    fixed = _FIXED.match(short)
    if fixed:
        sign = -1.0 if fixed[1] == "-" else 1.0
        hours, minutes = int(fixed[2]), int(fixed[3] or 0)
        return sign * (hours + minutes / 60) if hours <= 14 and minutes < 60 else None
    try:
        place = ZoneInfo(_spelled(text))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    # Summer time is an hour ahead in one of the two, whatever the hemisphere and whatever the law calls standard.
    offsets = [datetime(2024, month, 15, 12, tzinfo=place).utcoffset() for month in (1, 7)]
    return min(offset.total_seconds() / 3600 for offset in offsets if offset is not None)


def unknown_zones(zones: Iterable[str]) -> tuple[str, ...]:
    """Say which texts are no time zone, in at most one sentence; ``""`` is missing and not counted.

    Examples
    --------
    >>> unknown_zones(["PST", "Foo/Bar", "Foo/Bar", ""])
    ("time_zone: 2 rows hold no time zone, such as 'Foo/Bar': they fit the same text only, and no gap is counted",)
    """
    counts = Counter(zone.strip() for zone in zones)
    wrong = {zone: count for zone, count in counts.items() if zone and utc_offset_hours(zone) is None}
    if not wrong:
        return ()
    n_rows, example = sum(wrong.values()), next(iter(wrong))
    rows = "1 row holds" if n_rows == 1 else f"{n_rows:,} rows hold"
    they = "it fits" if n_rows == 1 else "they fit"
    return (f"time_zone: {rows} no time zone, such as {example!r}: {they} the same text only, and no gap is counted",)


def _spelled(name: str) -> str:
    return _names().get(name.lower(), name)


@cache
def _names() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}
