"""Further sections of the page: a heading, a sentence, a table. Any analysis can add one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from territory_opt.errors import CriterionError
from territory_opt.fairness.wording import clean

__all__ = ["Section", "section_values"]

_MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Section:
    """One further section of a report page.

    Parameters
    ----------
    heading : str
        Title of the section.
    summary : str
        What it says, in a sentence or two.
    head : sequence of str
        Column titles; empty for a section without a table.
    rows : sequence of sequence of str
        Cells as they are to be read, the first of each row naming it. At most 1,000 rows are shown; the page says how
        many are left out.
    note : str
        Small print under the summary.
    points : sequence of str
        Findings, as a list under the summary.

    Raises
    ------
    CriterionError
        Without a heading, or when a row has another number of cells than the head.

    Examples
    --------
    >>> Section("Envy", "Nobody would swap.", ("Rep", "Would rather have"), [("Ana", "own book")]).heading
    'Envy'
    """

    heading: str
    summary: str
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    note: str = ""
    points: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not clean(self.heading):
            raise CriterionError("a section needs a heading")
        wrong = [i for i, row in enumerate(self.rows) if len(row) != len(self.head)]
        if wrong:
            raise CriterionError(
                f"section {clean(self.heading)!r}: row {wrong[0]} has {len(self.rows[wrong[0]])} cells for "
                f"{len(self.head)} columns; give one text per column"
            )


def section_values(sections: Iterable[Section]) -> list[dict[str, object]]:
    """Return what the template shows of each section; every text is cleaned and escaped later."""
    found: list[dict[str, object]] = []
    for section in sections:
        n_hidden = max(len(section.rows) - _MOST_ROWS, 0)
        found.append(
            {
                "heading": clean(section.heading),
                "summary": clean(section.summary),
                "note": clean(section.note),
                "points": [clean(text) for text in section.points],
                "head": [clean(text) for text in section.head],
                "rows": [[clean(text) for text in row] for row in section.rows[:_MOST_ROWS]],
                "n_hidden": n_hidden,
                # A column is set to the right when everything in it starts like a number.
                "numeric": [
                    bool(section.rows) and all(_numeric(row[c]) for row in section.rows)
                    for c in range(len(section.head))
                ],
            }
        )
    return found


def _numeric(text: str) -> bool:
    bare = text.strip().lstrip("+-−<>~* ")
    return not bare or bare[0].isdigit() or bare == "undefined"
