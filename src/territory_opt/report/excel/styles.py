"""How cells look: few styles, each with one meaning."""

from __future__ import annotations

from typing import Any

__all__ = ["BAR", "GOOD", "INPUT", "WARN", "Styles"]

INK, QUIET, LINE, HEAD = "#1b2733", "#5f6b76", "#d5dbe1", "#e8eef2"
INPUT, GOOD, WARN, BAR = "#fff7d6", "#1d6b43", "#a3341f", "#cfe3ea"
_WARN_FILL, _GOOD_FILL = "#fbe3dd", "#e3f2e9"

# Text from the data is formatted as text, so that editing a cell cannot turn it into a formula either.
_KINDS: dict[str, dict[str, Any]] = {
    "text": {"num_format": "@", "indent": 1},
    "input_text": {"num_format": "@", "bg_color": INPUT, "indent": 1},
    "status": {"align": "left", "indent": 1},
    "link": {"num_format": "@", "indent": 1, "font_color": "#1f5f8b", "underline": 1},
    "money": {"num_format": "#,##0"},
    "fine": {"num_format": "#,##0.00"},
    "units": {"num_format": "#,##0"},
    "tenths": {"num_format": "#,##0.0"},
    "index": {"num_format": "0.000"},
    "ratio": {"num_format": "0.00"},
    "percent": {"num_format": "0.0%"},
    "signed": {"num_format": "+0.0%;-0.0%;0.0%"},
    "degrees": {"num_format": "0.0000"},
    "whole": {"num_format": "0"},
    "input": {"num_format": "General", "bg_color": INPUT},
    "input_percent": {"num_format": "0.0%", "bg_color": INPUT},
    "input_money": {"num_format": "#,##0.00", "bg_color": INPUT},
    "input_degrees": {"num_format": "0.0000", "bg_color": INPUT},
    "was": {"num_format": "General", "font_color": QUIET},
    "was_percent": {"num_format": "0.0%", "font_color": QUIET},
    "was_money": {"num_format": "#,##0.00", "font_color": QUIET},
    "was_degrees": {"num_format": "0.0000", "font_color": QUIET},
}
_PLAIN: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "remark": {"font_color": QUIET},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "section": {"bold": True, "font_size": 12, "bottom": 1, "bottom_color": LINE},
    "section_right": {"font_color": QUIET, "bottom": 1, "bottom_color": LINE, "align": "right"},
    "remark_wrapped": {"font_color": QUIET, "text_wrap": True, "valign": "top"},
    "bold_wrapped": {"bold": True, "text_wrap": True, "valign": "top"},
    "proven": {"bold": True, "font_size": 16, "font_color": GOOD},
    "open": {"bold": True, "font_size": 16, "font_color": "#8a6100"},
    "failed": {"bold": True, "font_size": 16, "font_color": WARN},
    "bold": {"bold": True},
    "total": {"bold": True, "num_format": "#,##0", "font_color": QUIET},
    "total_text": {"font_color": QUIET, "align": "left"},
    "head": {"bold": True, "bg_color": HEAD, "text_wrap": True, "valign": "vcenter", "align": "right"},
    "head_left": {"bold": True, "bg_color": HEAD, "text_wrap": True, "valign": "vcenter", "indent": 1},
    "link_plain": {"font_color": "#1f5f8b", "underline": 1},
    "note": {"font_color": QUIET, "indent": 1},
    "warn": {"font_color": WARN, "bg_color": _WARN_FILL},
    "good": {"font_color": GOOD, "bg_color": _GOOD_FILL},
    "spare": {"font_color": "#ffffff"},
    "edited": {"bold": True, "bg_color": "#ffe28a"},
    "fact": {"align": "left", "num_format": "#,##0"},
    "fact_tenths": {"align": "left", "num_format": "#,##0.0"},
    "fact_fine": {"align": "left", "num_format": "#,##0.00"},
    "fact_percent": {"align": "left", "num_format": "0.0%"},
    "fact_whole": {"align": "left", "num_format": "0"},
    "fact_text": {"align": "left", "num_format": "@"},
}


class Styles:
    """The formats of one workbook, made when first asked for.

    Parameters
    ----------
    book : xlsxwriter workbook
        That owns them.
    """

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            own = _KINDS[name] | {"bottom": 4, "bottom_color": LINE} if name in _KINDS else _PLAIN[name]
            # A rule that marks a cell must not bring a font of its own.
            base = {} if name in ("warn", "good", "edited", "spare") else {"font_name": "Calibri", "font_size": 11}
            self._made[name] = self._book.add_format({**base, **own})
        return self._made[name]
