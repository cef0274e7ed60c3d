"""Explanations as text, as HTML and as frames."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

from territory_opt.explain.verify import Verified
from territory_opt.fairness.display import html_table, text_table
from territory_opt.fairness.wording import amount, clean, count

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.explain.account import Explanation, Option
    from territory_opt.explain.flip import Flip

__all__ = ["TEXT_LAST", "explanation_frame", "explanation_html", "explanation_text", "said_of", "signed"]

TEXT_LAST = "<style>.topt-w th:last-child,.topt-w td:last-child{text-align:left!important}</style>"
"""Tables that end in a sentence read from the left."""

_OPTIONS, _BARRED, _FLIPS, _FAMILY = 6, 5, 3, 6
_HEAD = ("rep", "own cost", "re-balancing", "total", "at least", "verified", "alone it would break")


def signed(value: float) -> str:
    """A difference with its sign, four digits; "0" for rounding.

    Examples
    --------
    >>> signed(12.3456), signed(-0.5), signed(1e-12), signed(float("inf"))
    ('+12.35', '-0.5', '0', 'impossible')
    """
    if math.isinf(value):
        return "impossible" if value > 0 else "unknown"
    if abs(value) < 5e-7:
        return "0"
    return f"{value:+,.4g}" if abs(value) < 1e4 else f"{value:+,.0f}"


def said_of(found: Verified | None) -> str:
    """What a re-solve said of a difference: a number when proven, else the range, and whether it is inside the gaps."""
    if found is None:
        return ""
    if found.impossible:
        return "impossible"
    if not math.isfinite(found.high):
        return f"at least {signed(found.low)}" if math.isfinite(found.low) and found.low > 0 else "not settled in time"
    if found.high - found.low <= 1e-6 * max(1.0, abs(found.high)):
        return signed(found.difference)
    text = f"{signed(found.low)} to {signed(found.high)}"
    return f"{text} (inside the gaps)" if found.inside_gaps else text


def explanation_text(why: Explanation) -> str:
    """The explanation in plain text."""
    lines = [_headline(why), ""]
    lines += [f"  {line}" for line in _factor_lines(why)]
    lines += ["", *text_table(_HEAD, [_row(option) for option in _shown(why)])]
    hidden = len(why.options) - len(_shown(why))
    if hidden > 0:
        lines.append(f"... and {count(hidden, 'more eligible rep')} in .options")
    for title, entries in (("May not have it", _barred(why)), ("It would go elsewhere", _flips(why))):
        if entries:
            lines += ["", f"{title}:", *(f"- {entry}" for entry in entries)]
    lines += ["", *_foot(why)]
    return "\n".join(lines)


def explanation_html(why: Explanation) -> str:
    """The same as HTML without scripts; every name is escaped."""
    factors = "".join(f"<li>{escape(line)}</li>" for line in _factor_lines(why))
    body = f'{TEXT_LAST}<div class="topt-f topt-w"><p><b>{escape(_headline(why))}</b></p><ul>{factors}</ul>'
    body += html_table(_HEAD, [_row(option) for option in _shown(why)], "What each rep would cost, in objective units")
    hidden = len(why.options) - len(_shown(why))
    if hidden > 0:
        body += f"<p>{escape(count(hidden, 'more eligible rep'))} in .options</p>"
    for title, entries in (("May not have it", _barred(why)), ("It would go elsewhere", _flips(why))):
        if entries:
            body += f"<p>{title}:</p><ul>" + "".join(f"<li>{escape(entry)}</li>" for entry in entries) + "</ul>"
    return body + "".join(f"<p>{escape(line)}</p>" for line in _foot(why)) + "</div>"


def explanation_frame(why: Explanation) -> pd.DataFrame:
    """One row per rep; see :meth:`Explanation.to_frame`."""
    import pandas as pd

    names = [line.name for line in why.options[0].factors] if why.options else []
    rows: list[dict[str, Any]] = []
    for option in why.options:
        row: dict[str, Any] = {
            "rep_id": option.rep_id, "rep_name": option.rep_name, "eligible": True, "current": option.current,
            "today": option.today, "travel_hours": option.hours,
        }  # fmt: skip
        row |= {line.name: line.objective for line in option.factors}
        said = option.verified
        row |= {
            "own": option.own, "rebalance": option.rebalance, "estimate": option.estimate, "at_least": option.at_least,
            "verified_low": math.nan if said is None else said.low,
            "verified_high": math.nan if said is None else said.high, "why_not": "; ".join(option.breaks),
        }  # fmt: skip
        rows.append(row)
    for barred in why.barred:
        row = {
            "rep_id": barred.rep_id, "rep_name": barred.rep_name, "eligible": False, "current": False, "today": False,
            "travel_hours": math.nan,
        }  # fmt: skip
        row |= dict.fromkeys(names, math.nan) | {"own": math.nan, "rebalance": math.nan, "estimate": barred.estimate}
        row |= {"at_least": math.nan, "verified_low": math.nan, "verified_high": math.nan}
        rows.append(row | {"why_not": "; ".join(barred.reasons)})
    return pd.DataFrame(rows)


def _headline(why: Explanation) -> str:
    chosen = why.chosen
    stays = " and stays" if chosen.today else ""
    today = next((option.rep_name for option in why.options if option.today), None)
    moved = f", from {clean(today)}" if today and not chosen.today else ""
    name = clean(why.account_name)
    who = name if name == why.account_id else f"{name} ({clean(why.account_id)})"
    return f"{who} goes to {clean(why.rep_name)}{moved}{stays}."


def _factor_lines(why: Explanation) -> list[str]:
    if not why.chosen.factors:
        return ["No weighted criterion prices a pair: only limits decided."]
    lines = []
    for line in why.chosen.factors:
        money = ""
        if why.money_per_unit is not None and line.objective:
            money = f", about {amount(line.objective * why.money_per_unit, 'money')} in money"
        lines.append(f"{line.name}: {amount(line.amount, line.unit)} -> {line.objective:,.4g} of the objective{money}")
    return lines


def _shown(why: Explanation) -> list[Option]:
    first = [option for option in why.options if option.current]
    return first + list(why.alternatives[:_OPTIONS])


def _row(option: Option) -> tuple[str, ...]:
    marks = [word for word, true in (("has it", option.current), ("owner today", option.today)) if true]
    name = clean(option.rep_name) + (f" ({', '.join(marks)})" if marks else "")
    if option.current:
        return (name, "0", "0", "0", "", "", "")
    return (
        name,
        signed(option.own),
        signed(option.rebalance),
        signed(option.estimate),
        signed(option.at_least) if option.at_least > 0 else "",
        said_of(option.verified),
        "; ".join(option.breaks),
    )


def _barred(why: Explanation) -> list[str]:
    lines = [f"{clean(b.rep_name)}: {'; '.join(b.reasons)}" for b in why.barred[:_BARRED]]
    hidden = len(why.barred) - _BARRED
    return [*lines, f"{count(hidden, 'other rep')}: see .barred"] if hidden > 0 else lines


def _flips(why: Explanation) -> list[str]:
    names = {option.rep_id: option.rep_name for option in why.options}
    names |= {barred.rep_id: barred.rep_name for barred in why.barred}
    return [f"to {clean(names[flip.rep_id])} {flip.words}{_how_sure(flip)}" for flip in why.flips[:_FLIPS]]


def _how_sure(flip: Flip) -> str:
    if flip.flipped is False:
        return " (tried: it did not)"
    if flip.certain:
        return " (proven)"
    if flip.flipped:
        return " (tried: it does)"
    return " (a better answer, for certain)" if flip.kind == "balance" else " (estimate)"


def _foot(why: Explanation) -> list[str]:
    lines = list(why.notes)
    if len(why.family) > 1:
        shown = ", ".join(clean(a) for a in why.family[:_FAMILY])
        more = len(why.family) - _FAMILY
        lines.append(f"Family: {shown}" + (f" and {more:,} more" if more > 0 else ""))
    lines.append(
        f"Differences are in objective units (all: {why.objective:,.6g}, proven bound {why.bound:,.6g}). Re-balancing "
        f"is estimated by shadow prices of the {why.source}; 'at least' is proven; verify=True solves again."
    )
    return lines
