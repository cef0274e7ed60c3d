"""A rep's book as text, as HTML and as a frame."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from territory_opt.explain.display import TEXT_LAST, signed
from territory_opt.fairness.display import html_table, text_table
from territory_opt.fairness.wording import amount, clean, count, measure_title, percent

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.explain.rep import BookLine, Move, RepExplanation

__all__ = ["moves_frame", "rep_html", "rep_text"]

_SHOWN = 10
_BOOK = ("measure", "book", "per full rep", "team median", "against it", "limits")
_MOVES = ("account", "ACV", "from / to", "own cost", "books", "why")
_NEAR = ("account", "to", "would cost")


def rep_text(book: RepExplanation) -> str:
    """The explanation in plain text."""
    lines = [_headline(book), "", *text_table(_BOOK, [_line(line) for line in book.lines])]
    for title, moves, other in (("Came", book.came, "from_id"), ("Went", book.went, "to_id")):
        if moves and not _nobodys(book):
            rows = [_move(move, other) for move in moves[:_SHOWN]]
            lines += ["", f"{title}: {_sum(moves)}", *text_table(_MOVES, rows), *_more(moves)]
    if book.near:
        lines += ["", "Closest to somebody else:", *text_table(_NEAR, _near(book))]
    return "\n".join([*lines, "", _foot(book)])


def rep_html(book: RepExplanation) -> str:
    """The same as HTML without scripts; every name is escaped."""
    parts = [f'{TEXT_LAST}<div class="topt-f topt-w"><p><b>{escape(_headline(book))}</b></p>']
    parts.append(html_table(_BOOK, [_line(line) for line in book.lines], "Book against the team"))
    for title, moves, other in (("Came", book.came, "from_id"), ("Went", book.went, "to_id")):
        if moves and not _nobodys(book):
            rows = [_move(move, other) for move in moves[:_SHOWN]]
            parts.append(html_table(_MOVES, rows, f"{title}: {_sum(moves)}"))
            parts += [f"<p>{escape(line)}</p>" for line in _more(moves)]
    if book.near:
        parts.append(html_table(_NEAR, _near(book), "Closest to somebody else"))
    return "".join([*parts, f"<p>{escape(_foot(book))}</p></div>"])


def moves_frame(book: RepExplanation) -> pd.DataFrame:
    """One row per account that came or went; see :meth:`RepExplanation.to_frame`."""
    import pandas as pd

    names = ("account_id", "account_name", "acv", "direction", "from_id", "to_id", "own", "rebalance", "why")
    rows = [
        (m.account_id, m.account_name, m.acv, side, m.from_id, m.to_id, m.own, m.rebalance, m.why)
        for side, moves in (("came", book.came), ("went", book.went))
        for m in moves
    ]
    return pd.DataFrame(rows, columns=list(names))


def _nobodys(book: RepExplanation) -> bool:
    """True where nothing of the book had an owner in the team: there is no today to hold it against."""
    return not book.n_kept and not book.went and all(not move.from_id for move in book.came)


def _headline(book: RepExplanation) -> str:
    if _nobodys(book):
        return f"{clean(book.rep_name)}: {count(book.n_accounts, 'account')}, none of which had an owner in the team."
    return (
        f"{clean(book.rep_name)}: {count(book.n_accounts, 'account')}, {book.n_kept:,} kept, "
        f"{len(book.came):,} came, {len(book.went):,} went."
    )


def _line(line: BookLine) -> tuple[str, ...]:
    low, high = (None if edge is None else amount(edge, line.unit) for edge in (line.low, line.high))
    limits = f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}" if high else ""
    return (
        measure_title(line.measure),
        amount(line.total, line.unit),
        amount(line.per_full, line.unit),
        amount(line.median, line.unit),
        percent(line.against_median, signed=True, digits=1),
        limits,
    )


def _move(move: Move, other: str) -> tuple[str, ...]:
    cost = ("", "") if not move.from_id else (signed(move.own), signed(move.rebalance))
    who = getattr(move, other) or "nobody"
    return (clean(move.account_name), amount(move.acv, "money"), clean(who), *cost, clean(move.why))


def _sum(moves: tuple[Move, ...]) -> str:
    return f"{count(len(moves), 'account')}, ACV {amount(sum(m.acv for m in moves), 'money')}"


def _more(moves: tuple[Move, ...]) -> list[str]:
    hidden = len(moves) - _SHOWN
    return [f"... and {count(hidden, 'smaller one')} in .to_frame()"] if hidden > 0 else []


def _near(book: RepExplanation) -> list[tuple[str, ...]]:
    return [(clean(one.account_name), clean(one.rep_id), signed(one.estimate)) for one in book.near]


def _foot(book: RepExplanation) -> str:
    return (
        "Costs are in objective units: own is exact, books and what giving an account would cost are estimated by "
        f"shadow prices of the {book.source}."
    )
