"""A diagnosis as a sentence, as text, in a notebook and as a table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from territory_opt.fairness.wording import clean, count

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.diagnose.findings import Diagnosis, Relaxation

__all__ = ["frame", "html", "sentence", "text"]

_WAYS, _WHALES = 4, 5
_STYLE = (
    "<style>.topt-d{font:14px/1.5 system-ui,sans-serif;max-width:64em}.topt-d h3{font-size:20px;margin:0 0 .2em}"
    ".topt-d p{margin:0 0 .6em}.topt-d table{border-collapse:collapse}.topt-d th,.topt-d td{padding:.15em 1em .15em 0;"
    "text-align:left;font-weight:400;background:none;vertical-align:top}"
    ".topt-d thead th{opacity:.7;border-bottom:1px solid #8886}</style>"
)


def sentence(found: Diagnosis) -> str:
    """The diagnosis in one sentence or two."""
    if found.feasible is None:
        return "not known: neither an alignment nor a proof that there is none was found in time"
    if found.feasible:
        return "feasible: an alignment that keeps every limit was found"
    first = found.conflicts[0].sentence if found.conflicts else "no alignment keeps every limit"
    more = len(found.conflicts) - 1
    also = f" (and {more} more conflict{'' if more == 1 else 's'})" if more > 0 else ""
    shorts = list(dict.fromkeys(relaxation.short for relaxation in found.relaxations))[:_WAYS]
    if not shorts:
        return f"{first}{also}"
    return f"{first}{also}; needs {', or '.join(shorts)}"


def text(found: Diagnosis) -> str:
    """The diagnosis as lines for a terminal."""
    if found.feasible is not False:
        return "\n".join([_capital(sentence(found)) + ".", *(f"  note: {clean(note)}" for note in found.notes)])
    lines = ["No alignment keeps every limit."]
    for conflict in found.conflicts:
        lines.append(f"  {_capital(conflict.sentence)}.")
        lines += [f"    limit  {clean(criterion.describe())}" for criterion in conflict.criteria]
    lines += [f"  {line}." for line in _whales(found)]
    if found.relaxations:
        lines.append("Any one of these makes it possible; each was verified by solving with it:")
        lines += [
            f"  {_capital(r.change)}{' (the least that does)' if r.least else ''}: {r.cost}." for r in found.relaxations
        ]
    lines += [f"  note: {clean(note)}" for note in found.notes]
    return "\n".join(lines)


def html(found: Diagnosis) -> str:
    """The diagnosis as a fragment without scripts; every name is escaped."""
    title = {True: "Feasible", False: "No alignment keeps every limit", None: "Not known"}[found.feasible]
    parts = [_STYLE, f'<div class="topt-d"><h3>{title}</h3>']
    if found.feasible is not False:
        parts.append(f"<p>{escape(_capital(sentence(found)))}.</p>")
    for conflict in found.conflicts:
        rules = "; ".join(clean(criterion.describe()) for criterion in conflict.criteria)
        parts.append(f"<p><b>{escape(_capital(conflict.sentence))}.</b><br>{escape(rules)}</p>")
    parts += [f"<p>{escape(line)}.</p>" for line in _whales(found)]
    if found.relaxations:
        offers = [id(way) for whale in found.whales for way in whale.proposals]
        rows = "".join(
            f"<tr><td>{escape(_capital(r.change))}</td><td>{_least(r, offered=id(r) in offers)}</td>"
            f"<td>{escape(r.cost)}</td></tr>"
            for r in found.relaxations
        )
        parts.append(
            "<p>Any one of these makes it possible; each was verified by solving with it.</p><table><thead><tr>"
            '<th scope="col">Change</th><th scope="col">Least that does</th><th scope="col">What it costs</th></tr>'
            f"</thead><tbody>{rows}</tbody></table>"
        )
    parts += [f"<p>{escape(clean(note))}</p>" for note in found.notes]
    return "".join(parts) + "</div>"


def frame(found: Diagnosis) -> pd.DataFrame:
    """One row per conflict, whale and relaxation."""
    import pandas as pd

    rows: list[tuple[str, str, float | None, str, bool | None, str]] = []
    rows += [
        ("conflict", c.sentence, None, "", None, "; ".join(x.describe() for x in c.criteria)) for c in found.conflicts
    ]
    rows += [("whale", w.sentence, w.size, w.measure, None, "") for w in found.whales]
    rows += [("relaxation", r.change, r.amount, r.unit, r.least, r.cost) for r in found.relaxations]
    return pd.DataFrame(rows, columns=["kind", "what", "amount", "unit", "least", "detail"])


def _least(way: Relaxation, *, offered: bool) -> str:
    # What is done with a whale has no degrees.
    return "yes" if way.least else "" if offered else "not proven"


def _whales(found: Diagnosis) -> list[str]:
    more = len(found.whales) - _WHALES
    lines = [_capital(whale.sentence) for whale in found.whales[:_WHALES]]
    return [*lines, f"... and {count(more, 'more whale')} in .whales"] if more > 0 else lines


def _capital(words: str) -> str:
    safe = clean(words)
    return safe[:1].upper() + safe[1:]
