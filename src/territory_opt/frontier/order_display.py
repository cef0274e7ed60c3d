"""Steps of a lexicographic carve as text, as HTML and as a frame."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from territory_opt.fairness.display import html_table, text_table
from territory_opt.fairness.wording import amount, count, percent
from territory_opt.frontier.display import axis_title

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.frontier.order import Lexicographic, LexicographicStep

__all__ = ["order_frame", "order_html", "order_text"]

_NOTHING = 5e-5  # Shown as 0.00%.
_HEAD = ("step", "criterion", "reached", "proven", "later steps keep")


def order_frame(found: Lexicographic) -> pd.DataFrame:
    """One row per step; see :meth:`Lexicographic.to_frame`."""
    import pandas as pd

    rows = [
        {
            "criterion": step.name,
            "unit": step.unit,
            "value": step.value,
            "bound": step.bound,
            "limit": "" if step.limit is None else step.limit.describe(),
            "n_rungs": len(step.rungs),
            "seconds": step.seconds,
        }
        for step in found.steps
    ]
    return pd.DataFrame(rows, columns=["criterion", "unit", "value", "bound", "limit", "n_rungs", "seconds"])


def order_text(found: Lexicographic) -> str:
    """The steps, and how the last solve ended."""
    return "\n".join([_title(found), "", *text_table(_HEAD, _rows(found)), "", _foot(found)])


def order_html(found: Lexicographic) -> str:
    """The same as HTML without scripts; every name is escaped."""
    table = html_table(_HEAD, _rows(found), _title(found))
    return f'<div class="topt-f">{table}<p>{escape(_foot(found))}</p></div>'


def _title(found: Lexicographic) -> str:
    return f"{count(len(found.steps), 'criterion', 'criteria')} in order of importance"


def _rows(found: Lexicographic) -> list[tuple[str, ...]]:
    return [
        (
            str(number),
            axis_title(step.name, step.unit),
            _shown(step.value, step.unit),
            _proven(step),
            "" if step.limit is None else step.limit.describe(),
        )
        for number, step in enumerate(found.steps, 1)
    ]


def _shown(value: float, unit: str) -> str:
    return percent(value, digits=2) if unit == "share" else amount(value, unit)


def _proven(step: LexicographicStep) -> str:
    if step.value - step.bound <= 1e-9 * max(1.0, abs(step.value)):
        return "the least there is"
    if step.bound <= (_NOTHING if step.unit == "share" else 0.0):
        return "nothing"
    return f"not below {_shown(step.bound, step.unit)}"


def _foot(found: Lexicographic) -> str:
    result = found.result
    if not result.has_alignment:
        return f"No alignment: {result.termination} ({found.seconds:.0f} s)."
    if not found.steps:
        return f"No step was taken: the books of the answer found have no mean above zero ({found.seconds:.0f} s)."
    gap = percent(result.gap, digits=2)
    return f"The answer keeps every step; {result.termination}, gap {gap} ({found.seconds:.0f} s)."
