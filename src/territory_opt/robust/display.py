"""A robust carve as text and as a notebook table."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from territory_opt.fairness.display import html_table, text_table
from territory_opt.fairness.wording import clean, percent

if TYPE_CHECKING:
    from territory_opt.robust.answer import RobustResult

__all__ = ["as_html", "as_text"]

_HEAD = ("tightened by", "outcome", "held", "objective", "bound")


def as_text(found: RobustResult) -> str:
    """Return the outcome in words, every solve, and the notes."""
    table = text_table(_HEAD, _rows(found), n_left=2)
    return "\n".join([*_sentences(found), "", *table, *(f"Note: {note}" for note in _notes(found))])


def as_html(found: RobustResult) -> str:
    """Return the same as HTML; every name is escaped."""
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in _sentences(found))
    notes = "".join(f"<li>{escape(note)}</li>" for note in _notes(found))
    table = html_table(_HEAD, _rows(found), "Solves of the search")
    return f'<div class="topt-f">{said}{table}<ul>{notes}</ul></div>'


def _notes(found: RobustResult) -> list[str]:
    """Bands are in the words of the table: a header may hold anything."""
    return [clean(note) for note in found.notes]


def _sentences(found: RobustResult) -> list[str]:
    what = "every book is inside its bands" if found.hold == "every" else "the least certain book is inside its bands"
    if found.robust is None or found.held is None:
        return [f"No alignment was found: {found.nominal.termination}"]
    sentences = [
        f"{'Reached' if found.reached else 'Not reached'}: {what} in {percent(found.held, digits=1)} of the draws "
        f"({percent(found.held_fresh, digits=1)} of fresh draws), {percent(found.share)} asked"
    ]
    if found.nominal_held is not None:
        sentences.append(f"Without robustness: in {percent(found.nominal_held, digits=1)} of the draws")
    between = found.price_range
    if found.price is not None and between is not None and found.tightening > 0:
        of = abs(found.nominal.objective)
        share = f" ({percent(found.price / of, signed=True, digits=1)})" if of > 0 else ""
        low, high = (f"{end:,.6g}" if math.isfinite(end) else "no known limit" for end in between)
        sentences.append(
            f"Price of robustness: {found.price:,.6g} in objective{share}; between {low} and {high} "
            "if both were solved to proof"
        )
    return sentences


def _rows(found: RobustResult) -> list[tuple[str, ...]]:
    return [
        (
            percent(row.tightening, digits=1),
            row.outcome,
            "" if row.held is None else percent(row.held, digits=1),
            "" if row.objective is None else f"{row.objective:,.6g}",
            "" if row.bound is None else f"{row.bound:,.6g}",
        )
        for row in found.rounds
    ]
