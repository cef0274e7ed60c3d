"""Prices of criteria as text and as HTML."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from territory_opt.explain.display import signed
from territory_opt.fairness.display import html_table, text_table
from territory_opt.fairness.wording import amount, clean, count, measure_title

if TYPE_CHECKING:
    from territory_opt.prices import BandPrice, Price, Prices

__all__ = ["prices_html", "prices_text"]

_HEAD = ("criterion", "costs", "proven between", "travel", "moves", "moved ACV", "gap")
_BANDS = ("book", "presses on", "a unit costs")
_LOCKS = ("account", "locked to", "costs", "at most")
_SHOWN = 8


def prices_text(found: Prices) -> str:
    """The prices in plain text."""
    lines = [_title(found), "", *text_table(_HEAD, [_row(row) for row in found.rows])]
    if found.bands:
        lines += ["", *text_table(_BANDS, _bands(found)), *_more(len(found.bands), "band")]
    if found.locks:
        lines += ["", *text_table(_LOCKS, _locks(found)), *_more(len(found.locks), "lock")]
    return "\n".join([*lines, "", *_foot(found)])


def prices_html(found: Prices) -> str:
    """The same as HTML without scripts; every name is escaped."""
    # A number and its unit stay on one line.
    rows = [tuple(cell.replace(" h", "\u00a0h") if c else cell for c, cell in enumerate(_row(r))) for r in found.rows]
    parts = [f'<div class="topt-f">{html_table(_HEAD, rows, _title(found))}']
    if found.bands:
        parts.append(html_table(_BANDS, _bands(found), "Books that press on a limit"))
        parts += [f"<p>{line}</p>" for line in _more(len(found.bands), "band")]
    if found.locks:
        parts.append(html_table(_LOCKS, _locks(found), "Locked accounts"))
        parts += [f"<p>{line}</p>" for line in _more(len(found.locks), "lock")]
    return "".join([*parts, *(f"<p>{escape(line)}</p>" for line in _foot(found)), "</div>"])


def _title(found: Prices) -> str:
    return f"What each criterion costs (objective {found.objective:,.6g}, proven bound {found.bound:,.6g})"


def _row(row: Price) -> tuple[str, ...]:
    name = clean(row.name)
    if not row.verified:
        cost = "unknown" if math.isnan(row.estimate) else f"{signed(row.estimate)} (estimate)"
        high = "" if math.isnan(row.high) else f"at most {signed(row.high)}"
        return (name, cost, high, "", "", "", "")
    between = f"{signed(row.low)} and {signed(row.high)}"
    if row.inside_gaps:
        between += " (inside the gaps)"
    gap = "0" if row.gap < 5e-7 else f"{100 * row.gap:.2g}%" if math.isfinite(row.gap) else "unknown"
    hours = amount(-row.travel_hours, "hours")
    moves = f"{-(row.moves or 0):+,}" if row.moves else "0"
    acv = amount(-row.moved_acv, "money")
    travel = hours if row.travel_hours > 0 or not abs(row.travel_hours) >= 0.05 else f"+{hours}"
    moved = acv if row.moved_acv > 0 or not abs(row.moved_acv) >= 0.5 else f"+{acv}"
    return (name, signed(row.saved), between, travel, moves, moved, gap)


def _bands(found: Prices) -> list[tuple[str, ...]]:
    return [
        (f"{measure_title(band.measure)} of {clean(band.rep_id)}", f"{band.side} limit", _per(band))
        for band in found.bands[:_SHOWN]
    ]


def _per(band: BandPrice) -> str:
    if band.unit == "money":
        return f"{1000 * band.per_unit:.3g} per 1,000"
    return f"{band.per_unit:.3g} per {'hour' if band.unit == 'hours' else 'unit'}"


def _locks(found: Prices) -> list[tuple[str, ...]]:
    return [
        (clean(lock.account_id), clean(lock.rep_id), f"{signed(lock.estimate)} (estimate)", signed(lock.at_most))
        for lock in found.locks[:_SHOWN]
    ]


def _more(n: int, noun: str) -> list[str]:
    return [f"... and {count(n - _SHOWN, 'more ' + noun)} in .{noun}s"] if n > _SHOWN else []


def _foot(found: Prices) -> list[str]:
    lines = list(found.notes)
    lines.append(
        "costs: what leaving the criterion out saves, in objective units; a weighted term is priced by what the other "
        "terms pay for it. travel, moves, moved ACV: change when it is left out."
    )
    if any(row.inside_gaps and row.verified for row in found.rows):
        lines.append("Inside the gaps: the solves are not exact enough to say that it costs anything. Give more time.")
    return lines
