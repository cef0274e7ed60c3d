"""A comparison as one page: which plan to take, why, and every number, in the style of the report."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from territory_opt.compare.display import LEGEND, table_html
from territory_opt.compare.recommend import NOBODY
from territory_opt.fairness.wording import joined
from territory_opt.frames import write_text_atomic

if TYPE_CHECKING:
    from territory_opt.compare.comparison import Comparison

__all__ = ["comparison_page", "write_comparison"]

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body class="{tone}">
<header>
<p class="kicker"><bdi>{title}</bdi></p>
<h1>{headline}</h1>
{detail}
</header>
<main>
{why}
<section aria-labelledby="h-numbers">
<h2 id="h-numbers">The numbers</h2>
<p class="note">{legend}</p>
<div class="scroll" role="region" aria-labelledby="h-numbers" tabindex="0">{table}</div>
{notes}
</section>
</main>
</body>
</html>
"""


def write_comparison(comparison: Comparison, path: str | Path) -> Path:
    """Write a comparison as one page that opens offline.

    Parameters
    ----------
    comparison : Comparison
        What to write.
    path : str or Path
        Where to; the file is written whole or not at all.

    Raises
    ------
    OSError
        The folder does not exist or cannot be written to.
    """
    target = Path(path)
    write_text_atomic(target, comparison_page(comparison))
    return target


def comparison_page(comparison: Comparison) -> str:
    """Return the page as text.

    Parameters
    ----------
    comparison : Comparison
        What to show.

    Returns
    -------
    str
        A complete HTML document without a script; every name is escaped.

    Notes
    -----
    D-TRANS-1.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": list("abcd"), "acv": [9e4, 7e4, 8e4, 8e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> one, two = (topt.Alignment.from_index(problem, reps) for reps in ([0, 0, 0, 1], [0, 0, 1, 1]))
    >>> page = comparison_page(topt.compare({"one": one, "two": two}, problem))
    >>> page.count("<h1>"), page.count("<table"), page.count("<script")
    (1, 1, 0)
    """
    headline, rest = comparison.recommendation[0], ""
    if headline.startswith(NOBODY):
        # Names in the sentence may hold full stops of their own.
        headline, rest = NOBODY, headline.removeprefix(NOBODY).strip()
    style = files("territory_opt.report").joinpath("templates", "report.css").read_text("utf-8")
    reasons = "".join(f"<li>{escape(sentence)}</li>" for sentence in comparison.recommendation[1:])
    notes = "".join(f"<li>{escape(note)}</li>" for note in comparison.notes)
    why = f'<section aria-labelledby="h-why"><h2 id="h-why">Why</h2><ul class="advice">{reasons}</ul></section>'
    beside = f"Beside each number: the difference against {comparison.base}. "
    return _PAGE.format(
        title=escape(f"Plans side by side: {joined(comparison.names, at_most=len(comparison.names))}"),
        style=style,
        tone="proven" if any(comparison.feasible) else "failed",
        headline=escape(headline.rstrip(".")),
        detail=f'<p class="detail">{escape(rest)}</p>' if rest else "",
        why=why if reasons else "",
        legend=escape(beside + LEGEND),
        table=table_html(comparison, caption="Every plan, scored by the same rules."),
        notes=f'<ul class="advice">{notes}</ul>' if notes else "",
    )
